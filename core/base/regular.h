/* core/base/regular.h - files that people name: opened so that nothing waits and nobody is fooled. */
#ifndef SOCKEYE_BASE_REGULAR_H
#define SOCKEYE_BASE_REGULAR_H

#include <stdio.h>

#include "core/base/err.h"
#include "core/base/whole.h"

/* A regular file and nothing else: a FIFO or device could hold the thread.  flags: open(2)'s.
 * Returns a descriptor or negative errno with err. */
int regular_open(const char *path, int flags, struct err *err);

/* Of a file that is written for as long as somebody works, to be asked before each piece and at the
 * end: is what was written so far still there for others?  The descriptor's offset tells how much
 * that is.  A file that was moved is where it was moved to; what is no regular file is not looked
 * at.  Returns 0; -ENOENT where its last name was taken away, -ENODATA where it was cut, with err. */
int regular_kept(int fd, const char *path, struct err *err);

/* A file that is there when it is whole: core/base/whole.h, in words.  regular_begin() returns 0, or
 * negative errno with nothing to be ended; regular_end() does the same and gives back why. */
int regular_begin(struct whole *w, const char *path, struct err *err);
int regular_end(struct whole *w, const char *path, int why, struct err *err);

/* To write to it; the caller closes it before the end.  NULL with errno. */
FILE *regular_stream(const struct whole *w);

/* Such a file with what put() prints; an existing one is replaced, a symbolic link is not
 * followed.  Returns 0 or negative errno with err. */
int regular_write(const char *path, void (*put)(FILE *out, const void *ctx), const void *ctx,
                  struct err *err);

#endif
