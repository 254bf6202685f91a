/* core/base/share.h - the data files that come with the program: share/ of the tree when it runs
 * from there, else the installed data folder. */
#ifndef SOCKEYE_BASE_SHARE_H
#define SOCKEYE_BASE_SHARE_H

#include <limits.h>
#include <stddef.h>

#include "core/base/err.h"

/* No data file of ours comes near it. */
#define SHARE_FILE_BYTES (4U << 20)

/* Where a file of share/ lies, such as "errors.json": in the tree of the running program, beside
 * the folder it was installed to, or in the folder it was built for.  Returns buf, or NULL when it
 * is in none of them. */
const char *share_path(const char *name, char buf[PATH_MAX]);

/* Read a file of share/ whole; a NUL stands behind it.  Returns 0 and the bytes, which are the
 * caller's to free(), or negative errno with err. */
int share_read(const char *name, char **ret_bytes, size_t *ret_len, struct err *err);

/* The same for any path, up to max bytes; -EFBIG when it is longer. */
int share_read_path(const char *path, size_t max, char **ret_bytes, size_t *ret_len,
                    struct err *err);
/* The same of a descriptor, which is closed; name says in err what it is. */
int share_read_fd(int fd, const char *name, size_t max, char **ret_bytes, size_t *ret_len,
                  struct err *err);

#endif
