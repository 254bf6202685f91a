/* tests/unit/conversing.h - packets of one connection, written as they are told: who, what,
 * where.  Included by the tests of the conversation table, behind cmocka's headers. */
#ifndef SOCKEYE_TESTS_CONVERSING_H
#define SOCKEYE_TESTS_CONVERSING_H

#include <netinet/in.h>
#include <string.h>

#include "core/model/snapshot.h"
#include "core/wire/conversation.h"

enum { CLIENT, SERVER };
enum { S = TCP_FLAG_SYN, A = TCP_FLAG_ACK, F = TCP_FLAG_FIN, R = TCP_FLAG_RST };

#define CLIENT_ISN 1000U
#define SERVER_ISN 5000U
#define WINDOW_USUAL 1000

struct talk {
    struct conversations *c;
    struct packet packet;
    struct dissection d;
    struct packet_note note; /* of the last packet */
    uint64_t number;
    uint16_t client_port;
    uint16_t window[2];
    uint32_t isn[2];
};

static struct addr end_of(const struct talk *t, unsigned who)
{
    const uint8_t ip[2][4] = {{10, 0, 0, 1}, {10, 0, 0, 2}};

    return addr_make(AF_INET, ip[who], who == CLIENT ? t->client_port : 80);
}

static void talk_init(struct talk *t, size_t max)
{
    *t = (struct talk){.c = conversations_new(max),
                       .client_port = 4000,
                       .window = {WINDOW_USUAL, WINDOW_USUAL},
                       .isn = {CLIENT_ISN, SERVER_ISN},
                       .packet = {.wall_ns = UINT64_C(1700000000) * 1000000000}};
}

static void later_us(struct talk *t, uint64_t us)
{
    t->packet.wall_ns += us * 1000;
}

/* seq and ack are relative: 0 is the SYN.  Findings of the packet come back. */
static uint32_t say(struct talk *t, unsigned who, unsigned flags, uint32_t seq, uint32_t ack,
                    uint32_t len)
{
    t->d.has_flow = t->d.has_tcp = true;
    t->d.flow = (struct flow){
        .source = end_of(t, who), .destination = end_of(t, !who), .protocol = IPPROTO_TCP};
    t->d.tcp.flags = (uint16_t)flags;
    t->d.tcp.seq = t->isn[who] + seq;
    t->d.tcp.ack = flags & A ? t->isn[!who] + ack : 0;
    t->d.tcp.window = t->window[who];
    t->d.payload_claimed = t->d.payload_len = len;
    later_us(t, 100);
    conversations_add(t->c, ++t->number, &t->packet, &t->d, &t->note);
    return t->note.findings;
}

/* SYN, SYN ACK, ACK, each with what is in t->d.tcp of options. */
static inline void shake_hands(struct talk *t)
{
    say(t, CLIENT, S, 0, 0, 0);
    say(t, SERVER, S | A, 0, 1, 0);
    say(t, CLIENT, A, 1, 1, 0);
}

static inline const struct conversation *last(const struct talk *t)
{
    return conversations_get(t->c, t->note.conversation);
}

#define assert_found(expression, ...)                                                          \
    assert_int_equal((expression), bits_of((const enum finding[]){__VA_ARGS__, FINDING_COUNT}))
#define assert_nothing(expression) assert_int_equal((expression), 0)

static inline uint32_t bits_of(const enum finding *f)
{
    uint32_t bits = 0;

    for (; *f != FINDING_COUNT; f++)
        bits |= FINDING_BIT(*f);
    return bits;
}

static inline int talk_setup(void **state)
{
    static struct talk t;

    talk_init(&t, CONVERSATIONS_USUAL);
    *state = &t;
    return 0;
}

static inline int talk_teardown(void **state)
{
    struct talk *t = *state;

    conversations_free(t->c);
    return 0;
}

#define TALK(test) cmocka_unit_test_setup_teardown(test, talk_setup, talk_teardown)

#endif
