/* core/wire/packet_search.h - bytes that are looked for: in one packet, and across the store.
 *
 *   text            these bytes; \r \n \t \0 \\ \xNN stand for bytes
 *   0x0d0a, 0x 0d 0a    these bytes, in hex
 *   /regex/         POSIX extended, over bytes: no locale, `.` is any byte but NUL and none is
 *                   a line's end
 *
 * Pure; one owner, no locks. */
#ifndef SOCKEYE_WIRE_PACKET_SEARCH_H
#define SOCKEYE_WIRE_PACKET_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/wire/packet.h"

#define PATTERN_BYTES 256

struct packet_pattern;

/* A pattern as a person writes it.  any_case: ASCII letters match in either case; bytes in hex
 * stay as they are.  Returns 0, or -EINVAL with the place in err. */
int packet_pattern_parse(const char *text, bool any_case, struct packet_pattern **ret,
                         struct err *err);
/* The kinds one by one, of len characters that need no end.  A regex is refused that could take
 * too long or too much memory: back references, counts of counts of counts. */
int packet_pattern_text(const char *text, size_t len, bool any_case,
                        struct packet_pattern **ret, struct err *err);
int packet_pattern_hex(const char *digits, size_t len, struct packet_pattern **ret,
                       struct err *err);
int packet_pattern_regex(const char *regex, size_t len, bool any_case,
                         struct packet_pattern **ret, struct err *err);
void packet_pattern_free(struct packet_pattern *p); /* NULL is a no-op */

/* The first match that begins at `from` or behind it; the outputs may be NULL. */
bool packet_pattern_find(const struct packet_pattern *p, const uint8_t *bytes, size_t len,
                         size_t from, size_t *ret_at, size_t *ret_len);
/* The last match that begins before `before`. */
bool packet_pattern_find_last(const struct packet_pattern *p, const uint8_t *bytes, size_t len,
                              size_t before, size_t *ret_at, size_t *ret_len);

/* A match in the store. */
struct packet_place {
    uint64_t packet; /* its number */
    size_t at, len;  /* in its captured bytes */
};

enum search_result {
    SEARCH_FOUND,
    SEARCH_NONE, /* up to the end of the store */
    SEARCH_MORE, /* the budget is used up: call again with the place as it is now */
};

/* The next match behind `place` (at + 1 in its packet, then the packets after it), or, backwards,
 * the one before it.  Looks at about budget_bytes, so that a caller with a screen can do something
 * else meanwhile.  SEARCH_FOUND: *place is the match; SEARCH_MORE: where to go on; SEARCH_NONE:
 * untouched.  buffer has PACKET_BYTES_MAX bytes.  Packets that the store lost are passed over. */
enum search_result packet_search(const struct ring *store, const struct packet_pattern *p,
                                 bool backwards, size_t budget_bytes, uint8_t *buffer,
                                 struct packet_place *place);

/* Where to begin so that the very first, or backwards the very last, byte is looked at. */
struct packet_place packet_search_begin(const struct ring *store, bool backwards);

#endif
