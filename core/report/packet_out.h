/* core/report/packet_out.h - text that grows at its end: what packets become, many at a time.
 *
 * By hand, because printf would take most of the time that a packet's line takes. */
#ifndef SOCKEYE_REPORT_PACKET_OUT_H
#define SOCKEYE_REPORT_PACKET_OUT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/base/addr.h"
#include "core/base/text.h"

/* All zero is an empty one.  Release with packet_out_done(). */
struct packet_out {
    char *text; /* without a NUL */
    size_t used, room;
};

void packet_out_done(struct packet_out *o);

/* Room for n more bytes, from the place that is returned; what was written there counts once it
 * is added to used. */
char *packet_out_room(struct packet_out *o, size_t n);

static inline void put_bytes_to(struct packet_out *o, const void *bytes, size_t n)
{
    memcpy(packet_out_room(o, n), bytes, n);
    o->used += n;
}

/* A string literal. */
#define put_literal(o, literal) put_bytes_to(o, literal, sizeof(literal) - 1)

static inline void put_string(struct packet_out *o, const char *s)
{
    put_bytes_to(o, s, strlen(s));
}

static inline void put_char(struct packet_out *o, char c)
{
    *packet_out_room(o, 1) = c;
    o->used++;
}

static inline void put_number(struct packet_out *o, uint64_t n)
{
    o->used += text_u64(n, packet_out_room(o, TEXT_U64_BYTES));
}

/* With leading zeros. */
void put_digits(struct packet_out *o, uint64_t n, unsigned digits);

/* Of any bytes, as text_clean() makes them. */
void put_clean(struct packet_out *o, const char *s);

/* The address without its port; "?" when it is none. */
void put_ip(struct packet_out *o, const struct addr *a);
/* "127.0.0.1:80", "[::1]:80". */
void put_end(struct packet_out *o, const struct addr *a);

/* In quotes, as JSON has it; what text_clean() would not let through comes as it makes it. */
void put_json_string(struct packet_out *o, const char *s);

#endif
