/* core/base/whole.h - a file that appears under its name when all of it is written, and not before:
 * whoever is killed meanwhile leaves nothing, and an older file as it was.
 *
 * It has no name until then (O_TMPFILE of open(2)); where the file system cannot do that, one that
 * begins with the file's own.  To take the place of an older file it needs a second name for the
 * time of two calls; if a process was killed between them the next one takes it away. */
#ifndef SOCKEYE_BASE_WHOLE_H
#define SOCKEYE_BASE_WHOLE_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

struct whole {
    int fd; /* to be written to; not to be closed */
    char *path, *beside;
    bool named; /* beside is a name of it already */
};

/* Nothing of path changes yet.  An older file passes on its owner and mode.  What is there and no
 * regular file stays: -ELOOP (a symbolic link), -EISDIR, -EEXIST; so does what the caller may not
 * write to: -EACCES.  Returns 0 or negative errno. */
int whole_open(struct whole *w, const char *path, mode_t mode);

/* Give it its name, or (why < 0) leave nothing of it.  What it had is released.  Returns why, 0 or
 * negative errno, with an older file as it was. */
int whole_close(struct whole *w, int why);

#endif
