/* core/base/confine.h - below which folders this program may open files, as its sandbox was set up.
 *
 * The kernel decides; this is for the words: a person who is refused a file is told that it was the
 * sandbox, and how to go on.  Set once, before there is a second thread; then any thread asks. */
#ifndef SOCKEYE_BASE_CONFINE_H
#define SOCKEYE_BASE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

#define CONFINE_FOLDERS 64

/* One more file or folder, absolute and without links, that may be written too; copied.  Once there
 * are more than the cap no hint is given: it could be wrong. */
void confine_allow(const char *path);

/* From now on what is not allowed is forbidden; as_caller: files are opened as the caller of sudo(8),
 * although root started this program. */
void confine_begin(bool as_caller);

/* What to do about EACCES for a path, or for what has one in it ("unix:/run/x"), when it was the
 * sandbox; NULL when it was not. */
const char *confine_hint(const char *path);

#endif
