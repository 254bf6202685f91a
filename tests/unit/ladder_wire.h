/* tests/unit/ladder_wire.h - a ladder over segments made by hand, whose order is really judged. */
#ifndef SOCKEYE_TESTS_LADDER_WIRE_H
#define SOCKEYE_TESTS_LADDER_WIRE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/model/snapshot.h"
#include "core/wire/ladder.h"

#define WIRE_START_NS (UINT64_C(1700000000) * CLOCK_SECOND_NS)

enum { WIRE_CLIENT = 51826, WIRE_SERVER = 65432 };
enum {
    W_FIN = TCP_FLAG_FIN,
    W_SYN = TCP_FLAG_SYN,
    W_RST = TCP_FLAG_RST,
    W_PSH = TCP_FLAG_PSH,
    W_ACK = TCP_FLAG_ACK
};

struct wire {
    struct ladder *ladder;
    struct conversations *conversations;
    uint64_t number;
};

static inline void wire_open(struct wire *w, size_t max_steps)
{
    *w = (struct wire){.ladder = ladder_new(max_steps), .conversations = conversations_new(64)};
}

static inline void wire_close(struct wire *w)
{
    ladder_free(w->ladder);
    conversations_free(w->conversations);
}

static inline struct addr wire_addr(uint16_t port)
{
    return addr_make(AF_INET, &(struct in_addr){htonl(INADDR_LOOPBACK)}, port);
}

/* A segment at so many microseconds; sequence numbers count from a client's 1000 and a server's
 * 9000.  Returns the packet's number. */
static inline uint64_t wire_segment(struct wire *w, uint64_t at_us, uint16_t from, uint16_t to,
                                    unsigned flags, uint32_t seq, uint32_t ack, unsigned window,
                                    uint32_t len)
{
    static struct dissection d;
    struct packet packet = {.wall_ns = WIRE_START_NS + at_us * 1000,
                            .length = 54 + len,
                            .captured = 54,
                            .link_type = 1};
    bool client = to == WIRE_SERVER;
    struct packet_note note;
    struct packet_facts facts = {
        .number = w->number, .packet = &packet, .dissection = &d, .note = &note};

    memset(&d, 0, sizeof(d));
    d.has_flow = d.has_tcp = true;
    d.flow = (struct flow){wire_addr(from), wire_addr(to), IPPROTO_TCP};
    d.tcp = (struct tcp_facts){.seq = seq + (client ? 1000 : 9000),
                               .ack = flags & W_ACK ? ack + (client ? 9000 : 1000) : 0,
                               .window = (uint16_t)window,
                               .flags = (uint16_t)flags,
                               .header_len = 20,
                               .has_mss = flags & W_SYN,
                               .mss = 1460,
                               .has_window_scale = flags & W_SYN,
                               .window_scale = 0};
    d.payload_at = 54;
    d.payload_claimed = len;
    d.protocol = "TCP";
    conversations_add(w->conversations, w->number, &packet, &d, &note);
    ladder_packet(w->ladder, &facts);
    return w->number++;
}

static inline uint64_t wire_out(struct wire *w, uint64_t at_us, unsigned flags, uint32_t seq,
                                uint32_t ack, unsigned window, uint32_t len)
{
    return wire_segment(w, at_us, WIRE_CLIENT, WIRE_SERVER, flags, seq, ack, window, len);
}

static inline uint64_t wire_in(struct wire *w, uint64_t at_us, unsigned flags, uint32_t seq,
                               uint32_t ack, unsigned window, uint32_t len)
{
    return wire_segment(w, at_us, WIRE_SERVER, WIRE_CLIENT, flags, seq, ack, window, len);
}

static inline void wire_handshake(struct wire *w)
{
    wire_out(w, 0, W_SYN, 0, 0, 65495, 0);
    wire_in(w, 21, W_SYN | W_ACK, 0, 1, 65483, 0);
    wire_out(w, 30, W_ACK, 1, 1, 65495, 0);
}

static inline void wire_call(struct wire *w, uint64_t at_us, uint16_t port, const char *text)
{
    struct addr local = wire_addr(port);

    ladder_call(w->ladder, WIRE_START_NS + at_us * 1000, &local, strstr(text, "= -1") != NULL,
                text);
}

static inline void wire_state(struct wire *w, uint64_t at_us, uint16_t port, uint8_t state)
{
    struct addr local = wire_addr(port);

    ladder_state(w->ladder, WIRE_START_NS + at_us * 1000, &local, state);
}

/* "51826>65432 SYN win 65,495 seq 0", "65432 (LISTEN)"; NULL: no such step.  Good until the next
 * call. */
static inline const char *wire_line(const struct ladder *l, uint64_t number)
{
    static char line[400];
    const struct ladder_step *s = ladder_step(l, number);
    char label[LADDER_LABEL_BYTES];

    if (!s)
        return NULL;
    ladder_label(s, label);
    if (s->kind == LADDER_PACKET)
        snprintf(line, sizeof(line), "%u>%u %s", ladder_column(l, s->from)->port,
                 ladder_column(l, s->to)->port, label);
    else if (s->kind == LADDER_STATE)
        snprintf(line, sizeof(line), s->on_wire ? "%u (%s)" : "%u [%s]",
                 ladder_column(l, s->from)->port, label);
    else
        snprintf(line, sizeof(line), "%u * %s", ladder_column(l, s->from)->port, label);
    return line;
}

/* All steps, ended by NULL. */
static inline void wire_expect(const struct wire *w, const char *const lines[])
{
    uint64_t first = ladder_first(w->ladder), count = ladder_count(w->ladder);
    bool same = true;
    size_t n = 0;

    while (lines[n])
        n++;
    same = n == count - first;
    for (size_t i = 0; same && i < n; i++)
        same = strcmp(wire_line(w->ladder, first + i), lines[i]) == 0;
    if (same)
        return;
    for (uint64_t i = first; i < count; i++)
        print_message("        \"%s\",\n", wire_line(w->ladder, i));
    fail_msg("the ladder is not as expected; above is what it is");
}

#endif
