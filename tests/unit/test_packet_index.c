#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/model/packet_index.h"
#include "tests/unit/frames.h"

enum { STORE = 8 };

struct fixture {
    struct ring *store;
    struct packet_index *index;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));

    f->store = ring_new(STORE, sizeof(struct packet), 64 << 10);
    f->index = packet_index_new(STORE);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    packet_index_free(f->index);
    ring_free(f->store);
    free(f);
    return 0;
}

static void put(struct fixture *f, const struct frame *frame, uint64_t wall_ns)
{
    struct packet p = {.wall_ns = wall_ns,
                       .length = (uint32_t)frame->len,
                       .captured = (uint32_t)frame->len,
                       .link_type = 1};

    ring_put(f->store, &p, frame->bytes, frame->len);
}

static void put_tcp_packets(struct fixture *f, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct frame frame = frame_tcp(TCP_FLAG_ACK, 1 + 3 * (uint32_t)i, 1, "abc");

        put(f, &frame, 10 + i);
    }
}

/* The same the other way. */
static struct frame turned(struct frame f)
{
    for (size_t i = 0; i < 4; i++) {
        uint8_t ip = f.bytes[26 + i];

        f.bytes[26 + i] = f.bytes[30 + i];
        f.bytes[30 + i] = ip;
    }
    for (size_t i = 0; i < 2; i++) {
        uint8_t port = f.bytes[34 + i];

        f.bytes[34 + i] = f.bytes[36 + i];
        f.bytes[36 + i] = port;
    }
    return f;
}

static void packets_are_looked_at_in_order_and_once(void **state)
{
    struct fixture *f = *state;

    put_tcp_packets(f, 5);
    assert_null(packet_index_entry(f->index, 0));
    assert_int_equal(packet_index_update(f->index, f->store, 2), 2);
    assert_int_equal(packet_index_next(f->index), 2);
    assert_non_null(packet_index_entry(f->index, 1));
    assert_null(packet_index_entry(f->index, 2));
    assert_int_equal(packet_index_update(f->index, f->store, 100), 3);
    assert_int_equal(packet_index_update(f->index, f->store, 100), 0);
    for (uint64_t i = 0; i < 5; i++) {
        const struct packet_entry *e = packet_index_entry(f->index, i);

        assert_non_null(e);
        assert_int_equal(e->number, i);
        assert_int_equal(e->wall_ns, 10 + i);
        assert_true(e->has_flow && e->payload);
    }
    assert_int_equal(packet_index_missed(f->index), 0);
}

static void both_directions_are_one_conversation(void **state)
{
    struct fixture *f = *state;
    struct frame syn = frame_tcp(TCP_FLAG_SYN, 1, 0, ""), udp = frame_udp("x");
    struct frame back = turned(frame_tcp(TCP_FLAG_SYN | TCP_FLAG_ACK, 50, 2, ""));
    const struct conversation *c;

    put(f, &syn, 1);
    put(f, &udp, 2);
    put(f, &back, 3);
    packet_index_update(f->index, f->store, 100);
    c = packet_index_conversation(f->index, 0);
    assert_non_null(c);
    assert_ptr_equal(packet_index_conversation(f->index, 2), c);
    assert_true(packet_index_conversation(f->index, 1) != c);
    assert_int_equal(packet_index_note(f->index, 0)->direction, FROM_FIRST);
    assert_int_equal(packet_index_note(f->index, 2)->direction, FROM_SECOND);
    assert_int_equal(c->packets[FROM_FIRST], 1);
    assert_int_equal(c->packets[FROM_SECOND], 1);
}

static void what_was_sent_again_is_found(void **state)
{
    struct fixture *f = *state;
    struct frame data = frame_tcp(TCP_FLAG_ACK, 100, 1, "abc");
    struct frame more = frame_tcp(TCP_FLAG_ACK, 103, 1, "def");

    put(f, &data, 1000000000);
    put(f, &more, 1000001000);
    put(f, &data, 3000000000);
    packet_index_update(f->index, f->store, 100);
    assert_int_equal(packet_index_note(f->index, 1)->findings, 0);
    assert_int_equal(packet_index_note(f->index, 2)->findings,
                     FINDING_BIT(FINDING_RETRANSMISSION));
}

static void what_the_store_lost_unseen_is_counted(void **state)
{
    struct fixture *f = *state;

    put_tcp_packets(f, 3);
    packet_index_update(f->index, f->store, 2);
    put_tcp_packets(f, STORE + 2);
    assert_int_equal(packet_index_update(f->index, f->store, 100), 3 + STORE);
    assert_int_equal(packet_index_missed(f->index), 3);
    assert_int_equal(packet_index_next(f->index), 5 + STORE);
    assert_null(packet_index_entry(f->index, 4));
    assert_non_null(packet_index_entry(f->index, 5));
}

static void notes_live_as_long_as_their_packets(void **state)
{
    struct fixture *f = *state;

    put_tcp_packets(f, STORE);
    packet_index_update(f->index, f->store, 100);
    assert_non_null(packet_index_note(f->index, 0));
    put_tcp_packets(f, 1);
    packet_index_update(f->index, f->store, 100);
    assert_null(packet_index_note(f->index, 0));
    assert_non_null(packet_index_note(f->index, 1));
    assert_non_null(packet_index_note(f->index, STORE));
    assert_null(packet_index_note(f->index, STORE + 1));
    assert_null(packet_index_note(f->index, UINT64_MAX));
}

static void probes_before_the_kernel_told_are_named_too(void **state)
{
    struct fixture *f = *state;
    struct frame data = frame_tcp(TCP_FLAG_ACK, 100, 1, "abc");
    struct frame probe = frame_tcp(TCP_FLAG_ACK, 102, 1, "");
    struct frame closed = turned(frame_tcp(TCP_FLAG_ACK, 1, 103, ""));
    uint32_t source = htonl(0x0a000001), destination = htonl(0x0a000002);
    struct addr a = addr_make(AF_INET, &source, 40000);
    struct addr b = addr_make(AF_INET, &destination, 65432);

    closed.bytes[48] = closed.bytes[49] = 0; /* its window */
    put(f, &data, 1000000000);
    put(f, &closed, 1000001000);
    put(f, &probe, 1200000000);
    put(f, &closed, 1200001000);
    packet_index_update(f->index, f->store, 100);
    assert_int_equal(packet_index_note(f->index, 2)->findings, FINDING_BIT(FINDING_KEEP_ALIVE));
    packet_index_persist(f->index, &b, &a, true);
    assert_int_equal(packet_index_note(f->index, 2)->findings, FINDING_BIT(FINDING_KEEP_ALIVE));
    packet_index_persist(f->index, &a, &b, true);
    assert_int_equal(packet_index_note(f->index, 0)->findings, 0);
    assert_false(packet_index_note(f->index, 1)->findings &
                 FINDING_BIT(FINDING_ZERO_WINDOW_PROBE_ACK));
    assert_int_equal(packet_index_note(f->index, 2)->findings,
                     FINDING_BIT(FINDING_ZERO_WINDOW_PROBE));
    assert_int_equal(packet_index_note(f->index, 3)->findings,
                     FINDING_BIT(FINDING_ZERO_WINDOW) |
                         FINDING_BIT(FINDING_ZERO_WINDOW_PROBE_ACK));
}

static void a_packet_without_a_flow_has_no_conversation(void **state)
{
    struct fixture *f = *state;
    struct frame frame = {0};

    put_ethernet(&frame, 0x88cc);
    put(f, &frame, 10);
    packet_index_update(f->index, f->store, 100);
    assert_int_equal(packet_index_note(f->index, 0)->conversation, CONVERSATION_NONE);
    assert_null(packet_index_conversation(f->index, 0));
    assert_false(packet_index_entry(f->index, 0)->has_flow);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(packets_are_looked_at_in_order_and_once),
        TEST(both_directions_are_one_conversation),
        TEST(what_was_sent_again_is_found),
        TEST(what_the_store_lost_unseen_is_counted),
        TEST(notes_live_as_long_as_their_packets),
        TEST(probes_before_the_kernel_told_are_named_too),
        TEST(a_packet_without_a_flow_has_no_conversation),
    };

    return cmocka_run_group_tests_name("packet index", tests, NULL, NULL);
}
