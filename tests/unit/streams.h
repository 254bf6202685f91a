/* tests/unit/streams.h - packets for a stream: only what it looks at, no frame. */
#ifndef SOCKEYE_TESTS_STREAMS_H
#define SOCKEYE_TESTS_STREAMS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/wire/stream.h"

enum { STREAMS_HEADER = 54, STREAMS_PAYLOAD = 70000 };

struct feed {
    struct stream *s;
    uint64_t number;       /* of the next packet */
    uint64_t wall_ns;      /* of the next packet */
    uint32_t conversation; /* of the next packet */
    uint32_t findings;
    uint8_t protocol;
    struct dissection d; /* of the last one */
};

static inline void feed_open(struct feed *f, size_t max_bytes)
{
    memset(f, 0, sizeof(*f));
    f->s = stream_new(max_bytes);
    f->wall_ns = UINT64_C(1700000000000000000);
    f->protocol = IPPROTO_TCP;
}

static inline void feed_close(struct feed *f)
{
    stream_free(f->s);
}

/* A packet whose headers say it has `claimed` bytes; `len` of them were captured. */
static inline bool feed_packet(struct feed *f, unsigned direction, unsigned flags, uint32_t seq,
                               uint32_t ack, const void *payload, size_t len, size_t claimed)
{
    static uint8_t bytes[STREAMS_HEADER + STREAMS_PAYLOAD];
    struct packet packet = {.wall_ns = f->wall_ns,
                            .length = (uint32_t)(STREAMS_HEADER + claimed),
                            .captured = (uint32_t)(STREAMS_HEADER + len)};
    struct packet_note note = {.conversation = f->conversation,
                               .direction = (uint8_t)direction,
                               .findings = f->findings};
    struct dissection *d = &f->d;
    struct packet_facts p = {.number = f->number++,
                             .packet = &packet,
                             .bytes = bytes,
                             .captured = STREAMS_HEADER + len,
                             .dissection = d,
                             .note = &note};

    f->wall_ns += 1000;
    memcpy(bytes + STREAMS_HEADER, payload, len);
    d->has_flow = true;
    d->flow.protocol = f->protocol;
    d->has_tcp = f->protocol == IPPROTO_TCP;
    d->tcp.seq = seq;
    d->tcp.ack = ack;
    d->tcp.flags = (uint16_t)flags;
    d->payload_at = STREAMS_HEADER;
    d->payload_len = (uint32_t)len;
    d->payload_claimed = (uint32_t)claimed;
    return stream_add(f->s, &p);
}

static inline bool feed_text(struct feed *f, unsigned direction, uint32_t seq, uint32_t ack,
                             const char *text)
{
    return feed_packet(f, direction, TCP_FLAG_ACK | TCP_FLAG_PSH, seq, ack, text, strlen(text),
                       strlen(text));
}

static inline bool feed_flags(struct feed *f, unsigned direction, unsigned flags, uint32_t seq,
                              uint32_t ack)
{
    return feed_packet(f, direction, flags, seq, ack, "", 0, 0);
}

/* SYN, SYN ACK, ACK: the first bytes are at 101 and 901. */
static inline void feed_handshake(struct feed *f)
{
    feed_flags(f, FROM_FIRST, TCP_FLAG_SYN, 100, 0);
    feed_flags(f, FROM_SECOND, TCP_FLAG_SYN | TCP_FLAG_ACK, 900, 101);
    feed_flags(f, FROM_FIRST, TCP_FLAG_ACK, 101, 901);
}

/* All chunks that are left: "> text" and "< text" of both directions, "[4]" a gap of four, "~" cut,
 * "!" disputed. */
static inline const char *feed_story(const struct feed *f)
{
    static char text[1 << 16];
    size_t used = 0;

    text[0] = '\0';
    for (uint64_t n = stream_first(f->s); n < stream_count(f->s); n++) {
        const struct stream_chunk *c = stream_chunk(f->s, n);

        assert_non_null(c);
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%c",
                                 n > stream_first(f->s) ? " " : "",
                                 c->direction == FROM_FIRST ? '>' : '<');
        if (c->kind == CHUNK_GAP) {
            assert_null(stream_bytes(f->s, n));
            used += (size_t)snprintf(text + used, sizeof(text) - used, "[%llu]",
                                     (unsigned long long)c->len);
        } else {
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%.*s%s%s", (int)c->len,
                                     (const char *)stream_bytes(f->s, n), c->cut ? "~" : "",
                                     c->disputed ? "!" : "");
        }
    }
    return text;
}

#endif
