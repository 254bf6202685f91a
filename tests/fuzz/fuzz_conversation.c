/* The conversation table on any packets: it ends, stays in its bounds, and its counts agree with
 * its notes.
 *
 * Input, a packet: who and which port, flags, four bytes that move sequence, acknowledgment, length
 * and time, window.  Small tables, so that forgetting happens. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include "core/wire/conversation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PACKET_BYTES 8
#define TABLE 4
#define PORTS 8

struct sender {
    uint32_t next[2]; /* of both directions */
};

/* Numbers near what was sent before find more than any would; now and then they jump. */
static uint32_t number_near(uint32_t next, uint8_t by)
{
    if (by == 0xff)
        return next + UINT32_C(0x7fffff00);
    if (by < 0x40)
        return next;
    return by < 0x80 ? next + by : next - (256U - by);
}

static struct addr end_of(unsigned who, unsigned port)
{
    const uint8_t ip[4] = {10, 0, 0, (uint8_t)(1 + who)};

    return addr_make(AF_INET, ip, (uint16_t)(who ? 80 : 4000 + port));
}

static void read_packet(const uint8_t *at, struct sender *s, struct packet *packet,
                        struct dissection *d)
{
    unsigned who = at[0] & 1, port = at[0] >> 1 & (PORTS - 1);
    struct tcp_facts *t = &d->tcp;

    d->has_flow = true;
    d->flow = (struct flow){.source = end_of(who, port),
                            .destination = end_of(!who, port),
                            .protocol = IPPROTO_TCP};
    d->has_tcp = at[0] < 0xf0;
    d->has_fragment = at[0] >> 4 == 0xe;
    *t = (struct tcp_facts){.flags = at[1],
                            .seq = number_near(s->next[who], at[2]),
                            .ack = number_near(s->next[!who], at[3]),
                            .window = at[4] < 0x40 ? 0 : at[4]};
    t->has_window_scale = at[5] & 1;
    t->window_scale = at[5] >> 1;
    t->n_sacks = at[5] >> 6;
    for (unsigned i = 0; i < t->n_sacks; i++) {
        t->sacks[i].left = t->ack + at[6];
        t->sacks[i].right = t->ack + at[7];
    }
    d->payload_claimed = at[6] < 0x60 ? 0 : at[6];
    packet->wall_ns += (uint64_t)at[7] * at[7] * 1000;
    if (at[7] == 0xfe)
        packet->wall_ns -= 50000000; /* clocks are set */
    s->next[who] = t->seq + d->payload_claimed;
}

static void check_note(const struct conversations *c, const struct packet_note *n,
                       uint64_t number)
{
    const struct conversation *v = conversations_get(c, n->conversation);
    uint64_t found = 0;

    if (!v || v->number != n->conversation || v->last_packet != number ||
        n->findings >> FINDING_COUNT || n->direction > FROM_SECOND)
        abort();
    if ((n->has & NOTE_RTT && !(n->has & NOTE_ABOUT)) ||
        (n->has & NOTE_ABOUT && n->about >= number))
        abort();
    if ((n->duplicate_acks > 0) != !!(n->findings & FINDING_BIT(FINDING_DUPLICATE_ACK)))
        abort();
    for (unsigned f = 0; f < FINDING_COUNT; f++) {
        if (n->findings & FINDING_BIT(f) && !v->found[f])
            abort();
        found += v->found[f];
    }
    if (found > (v->packets[0] + v->packets[1]) * FINDING_COUNT)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct conversations *c = conversations_new(TABLE);
    struct packet packet = {.wall_ns = UINT64_C(1) << 60};
    struct sender senders[PORTS] = {{{0xffffff00, 0x10}}};
    static struct dissection d; /* large; what of it is read is written for each packet */
    struct packet_note note;
    uint64_t number = 0;
    size_t live = 0;

    for (; size >= PACKET_BYTES; data += PACKET_BYTES, size -= PACKET_BYTES) {
        read_packet(data, &senders[data[0] >> 1 & (PORTS - 1)], &packet, &d);
        if (data[1] == 0xff)
            conversations_persist(c, &d.flow.source, &d.flow.destination, data[2] & 1);
        conversations_add(c, ++number, &packet, &d, &note);
        check_note(c, &note, number);
    }
    for (uint32_t i = 0; i < conversations_end(c); i++)
        live += conversations_get(c, i) != NULL;
    if (live > TABLE || live + conversations_forgotten(c) != conversations_end(c))
        abort();
    conversations_free(c);
    return 0;
}
