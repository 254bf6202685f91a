/* core/services/http_value.h - values within an HTTP request: paths, dates, ranges.
 *
 * Pure, of the bytes only; nothing is allocated. */
#ifndef SOCKEYE_SERVICES_HTTP_VALUE_H
#define SOCKEYE_SERVICES_HTTP_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* The path of a target as one below a directory: "/a/./b%20c/../d" becomes "a/d", "/" becomes "".
 * Escapes are resolved, then the segments "." and ".." and empty ones.  *ret_folder: it ends in a
 * slash or such a segment.  out has len + 1 bytes.  Returns 0, or -EINVAL for what could be taken
 * for another path than it is: a broken escape, an escaped slash or NUL, "..": above the top. */
int http_path(const uint8_t *path, size_t len, char *out, bool *ret_folder);

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7), whatever the locale.  Returns buf. */
#define HTTP_DATE_BYTES 30
const char *http_date_write(time_t t, char buf[HTTP_DATE_BYTES]);
/* False when it is not of that form. */
bool http_date_read(const uint8_t *text, size_t len, time_t *ret);

enum http_range {
    HTTP_RANGE_NONE, /* all of it: no range, several, or none that is understood */
    HTTP_RANGE_PART,
    HTTP_RANGE_BEYOND, /* nothing of it is there: 416 */
};

/* "bytes=0-499", "bytes=500-", "bytes=-500" of size bytes: RFC 9110, 14.1.2. */
enum http_range http_range_read(const uint8_t *text, size_t len, uint64_t size,
                                uint64_t *ret_first, uint64_t *ret_len);

#endif
