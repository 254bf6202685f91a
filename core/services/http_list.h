/* core/services/http_list.h - the names in a directory, as text for a person. */
#ifndef SOCKEYE_SERVICES_HTTP_LIST_H
#define SOCKEYE_SERVICES_HTTP_LIST_H

#include <stddef.h>
#include <sys/types.h>

/* A listing that fits an answer; that there is more is said. */
#define HTTP_LIST_BYTES (16U << 10)

/* One name a line, a slash behind those of directories, sorted; names that begin with a dot are
 * left out.  The descriptor stays the caller's, its position changes.  Returns the bytes, or
 * negative errno. */
ssize_t http_list(int fd, char *out, size_t size);

#endif
