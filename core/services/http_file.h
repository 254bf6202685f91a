/* core/services/http_file.h - files below a directory, and nothing but files below it.
 *
 * The kernel keeps to the directory (openat2(2), RESOLVE_BENEATH); where it does not know how, no
 * symbolic link is followed at all. */
#ifndef SOCKEYE_SERVICES_HTTP_FILE_H
#define SOCKEYE_SERVICES_HTTP_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

/* Open a path of http_path() for reading; "" is the directory itself.  Only regular files and
 * directories are opened for good.  by_hand: as if there were no openat2(2).  Returns the descriptor,
 * which is the caller's, and what it is; or negative errno, -EACCES also for what is neither. */
int http_file_open(int directory, const char *path, bool by_hand, struct stat *ret_stat);

/* The media type by the name's ending. */
const char *http_file_type(const char *path);

#endif
