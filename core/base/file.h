/* core/base/file.h - bytes out of files and into them, however many calls it takes. */
#ifndef SOCKEYE_BASE_FILE_H
#define SOCKEYE_BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* Up to the end, at most size bytes.  Returns how many, or negative errno when there was none. */
ssize_t file_read(int fd, char *bytes, size_t size);
/* Every byte.  Returns 0 or negative errno. */
int file_write(int fd, const char *bytes, size_t len);

/* Put a new file in the place of what is called path: whoever reads sees the old bytes or the new
 * ones, also after a crash.  What is there and no regular file (a device, a link, a folder) stays:
 * -EEXIST, -EISDIR.  Returns 0 or negative errno, with the old file as it was. */
int file_replace(const char *path, const char *bytes, size_t len, mode_t mode);

#endif
