#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/packets.h"
#include "tests/unit/frames.h"

struct fixture {
    struct ring *store;
    struct packet_index *index;
    struct packet_list list;
    struct packet_view *view;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));

    f->store = ring_new(8, sizeof(struct packet), 64 << 10);
    f->index = packet_index_new(8);
    f->view = mem_new(1, sizeof(*f->view));
    packet_list_pick(&f->list, NULL);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    packet_list_done(&f->list);
    assert_null(f->list.refs);
    packet_index_free(f->index);
    ring_free(f->store);
    free(f->view);
    free(f);
    return 0;
}

/* Look at all that came. */
static bool update(struct fixture *f)
{
    packet_index_update(f->index, f->store, 1000);
    return packet_list_update(&f->list, f->index, f->store, 100000);
}

static void put(struct fixture *f, const struct frame *frame, uint64_t wall_ns)
{
    struct packet p = {.wall_ns = wall_ns,
                       .length = (uint32_t)frame->len,
                       .captured = (uint32_t)frame->len,
                       .link_type = 1};

    ring_put(f->store, &p, frame->bytes, frame->len);
}

static void put_tcp_packet(struct fixture *f, const char *payload)
{
    struct frame frame = frame_tcp(TCP_FLAG_ACK, 1, 1, payload);

    put(f, &frame, 10);
}

static void put_udp_packet(struct fixture *f)
{
    struct frame frame = frame_udp("x");

    put(f, &frame, 10);
}

static struct flow_pick tcp_pick(bool from_receiver)
{
    uint32_t source = htonl(0x0a000001), destination = htonl(0x0a000002);
    struct addr a = addr_make(AF_INET, &source, 40000);
    struct addr b = addr_make(AF_INET, &destination, 65432);

    return from_receiver ? flow_pick_of(&b, &a, IPPROTO_TCP)
                         : flow_pick_of(&a, &b, IPPROTO_TCP);
}

static void without_a_pick_every_packet_is_listed(void **state)
{
    struct fixture *f = *state;

    assert_false(update(f));
    put_tcp_packet(f, "");
    put_udp_packet(f);
    put_tcp_packet(f, "abc");
    assert_true(update(f));
    assert_int_equal(f->list.count, 3);
    assert_int_equal(f->list.refs[1].number, 1);
    assert_false(f->list.refs[0].payload);
    assert_true(f->list.refs[1].payload);
    assert_true(f->list.refs[2].payload);
    assert_int_equal(f->list.refs[2].direction, FLOW_NONE);
    assert_false(update(f));
}

static void a_pick_lists_its_flow_with_directions(void **state)
{
    struct fixture *f = *state;
    struct flow_pick sender = tcp_pick(false), receiver = tcp_pick(true);

    put_udp_packet(f);
    put_tcp_packet(f, "abc");
    put_udp_packet(f);
    packet_list_pick(&f->list, &sender);
    assert_true(update(f));
    assert_int_equal(f->list.count, 1);
    assert_int_equal(f->list.refs[0].number, 1);
    assert_int_equal(f->list.refs[0].direction, FLOW_OUT);
    put_udp_packet(f);
    assert_false(update(f));
    packet_list_pick(&f->list, &receiver);
    assert_int_equal(f->list.count, 0);
    assert_true(update(f));
    assert_int_equal(f->list.refs[0].direction, FLOW_IN);
}

static void packets_from_before_the_pick_are_left_out(void **state)
{
    struct fixture *f = *state;
    struct flow_pick pick = tcp_pick(false);
    struct frame frame = frame_tcp(TCP_FLAG_ACK, 1, 1, "x");

    pick.since_wall_ns = 100;
    put(f, &frame, 99);
    put(f, &frame, 100);
    packet_list_pick(&f->list, &pick);
    update(f);
    assert_int_equal(f->list.count, 1);
    assert_int_equal(f->list.refs[0].number, 1);
}

static void what_the_store_lost_is_dropped(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < 8; i++)
        put_tcp_packet(f, "x");
    update(f);
    assert_int_equal(f->list.count, 8);
    for (size_t i = 0; i < 3; i++)
        put_tcp_packet(f, "x");
    assert_true(update(f));
    assert_int_equal(f->list.count, 8);
    assert_int_equal(f->list.refs[0].number, 3);
    assert_int_equal(f->list.refs[7].number, 10);
    assert_int_equal(f->list.missed, 0);
    assert_int_equal(f->list.dropped, 3);
    packet_list_pick(&f->list, NULL);
    assert_int_equal(f->list.dropped, 0);
}

static void the_first_time_outlives_its_packet(void **state)
{
    struct fixture *f = *state;
    struct flow_pick pick = tcp_pick(false);
    struct frame frame = frame_tcp(TCP_FLAG_ACK, 1, 1, "x");

    put_udp_packet(f);
    put(f, &frame, 70);
    put(f, &frame, 80);
    packet_list_pick(&f->list, &pick);
    assert_false(f->list.has_first);
    update(f);
    assert_true(f->list.has_first);
    assert_int_equal(f->list.first_wall_ns, 70);
    for (size_t i = 0; i < 8; i++)
        put_udp_packet(f);
    update(f);
    assert_int_equal(f->list.count, 0);
    assert_int_equal(f->list.dropped, 2);
    assert_int_equal(f->list.first_wall_ns, 70);
    put(f, &frame, 90);
    update(f);
    assert_int_equal(f->list.count, 1);
    assert_int_equal(f->list.first_wall_ns, 70);
}

static void what_was_never_looked_at_is_counted(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < 20; i++)
        put_tcp_packet(f, "x");
    assert_true(update(f));
    assert_int_equal(f->list.missed, 12);
    assert_int_equal(f->list.count, 8);
    assert_int_equal(f->list.refs[0].number, 12);
    assert_int_equal(f->list.next, 20);
}

static void the_newest_is_the_newest_with_payload(void **state)
{
    struct fixture *f = *state;
    uint64_t number = 99;

    assert_false(packet_list_newest(&f->list, &number));
    assert_int_equal(number, 99);
    put_tcp_packet(f, "");
    update(f);
    assert_true(packet_list_newest(&f->list, &number));
    assert_int_equal(number, 0);
    put_tcp_packet(f, "abc");
    put_tcp_packet(f, "");
    put_tcp_packet(f, "");
    update(f);
    assert_true(packet_list_newest(&f->list, &number));
    assert_int_equal(number, 1);
}

static void a_number_is_found_or_the_next_behind_it(void **state)
{
    struct fixture *f = *state;
    struct flow_pick pick = tcp_pick(false);

    put_tcp_packet(f, "");
    put_udp_packet(f);
    put_udp_packet(f);
    put_tcp_packet(f, "");
    packet_list_pick(&f->list, &pick);
    update(f);
    assert_int_equal(packet_list_find(&f->list, 0), 0);
    assert_int_equal(packet_list_find(&f->list, 1), 1);
    assert_int_equal(packet_list_find(&f->list, 3), 1);
    assert_int_equal(packet_list_find(&f->list, 4), 2);
}

static void a_long_packet_is_known_by_its_first_bytes(void **state)
{
    struct fixture *f = *state;
    struct frame frame = frame_tcp(TCP_FLAG_ACK, 1, 1, "");
    struct flow_pick pick = tcp_pick(false);

    while (frame.len < 3000)
        put8(&frame, 'x');
    ipv4_done(&frame, 14);
    put(f, &frame, 10);
    packet_list_pick(&f->list, &pick);
    update(f);
    assert_int_equal(f->list.count, 1);
    assert_true(f->list.refs[0].payload);
}

static void headers_longer_than_the_first_look_are_read_on(void **state)
{
    struct fixture *f = *state;
    struct frame frame = {0};
    struct flow_pick pick = {.protocol = IPPROTO_UDP};
    size_t ip;

    put_ethernet(&frame, 0x86dd);
    ip = put_ipv6(&frame, 60);
    put8(&frame, 17);
    put8(&frame, 49);
    for (size_t i = 0; i < 398; i++)
        put8(&frame, 0);
    put_udp(&frame, 8);
    ipv6_done(&frame, ip);
    put(f, &frame, 10);
    packet_list_pick(&f->list, &pick);
    update(f);
    assert_int_equal(f->list.count, 1);
}

static void packets_without_a_flow_are_never_picked(void **state)
{
    struct fixture *f = *state;
    struct flow_pick any = {0};
    struct frame frame = {0};

    put_ethernet(&frame, 0x88cc);
    put(f, &frame, 10);
    packet_list_pick(&f->list, &any);
    assert_false(update(f));
    assert_int_equal(f->list.count, 0);
    packet_list_pick(&f->list, NULL);
    assert_true(update(f));
    assert_int_equal(f->list.count, 1);
}

static void a_view_has_the_packet_its_bytes_and_fields(void **state)
{
    struct fixture *f = *state;

    put_tcp_packet(f, "Hello, world");
    assert_true(packet_view_read(f->view, f->store, 0, DECODE_INFO | DECODE_FIELDS));
    assert_int_equal(f->view->captured, 66);
    assert_string_equal(f->view->dissection.info, "ACK len 12 win 512 seq 1 ack 1");
    assert_memory_equal(f->view->bytes + f->view->dissection.payload_at, "Hello, world", 12);
    assert_true(f->view->dissection.n_fields > 0);
    assert_false(packet_view_read(f->view, f->store, 1, DECODE_INFO));
    for (size_t i = 0; i < 8; i++)
        put_tcp_packet(f, "x");
    assert_false(packet_view_read(f->view, f->store, 0, DECODE_INFO));
}

static void a_packet_cut_by_the_capture_keeps_its_length(void **state)
{
    struct fixture *f = *state;
    struct frame frame = frame_tcp(TCP_FLAG_ACK, 1, 1, "Hello, world");
    struct packet p = {.length = (uint32_t)frame.len, .captured = 60, .link_type = 1};

    ring_put(f->store, &p, frame.bytes, 60);
    assert_true(packet_view_read(f->view, f->store, 0, DECODE_INFO));
    assert_int_equal(f->view->dissection.payload_len, 6);
    assert_int_equal(f->view->dissection.payload_claimed, 12);
    assert_null(f->view->dissection.malformed_in);
}

static void what_nobody_looked_at_yet_is_not_listed(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < 5; i++)
        put_tcp_packet(f, "x");
    packet_index_update(f->index, f->store, 2);
    assert_true(packet_list_update(&f->list, f->index, f->store, 100));
    assert_int_equal(f->list.count, 2);
    assert_false(packet_list_update(&f->list, f->index, f->store, 100));
    assert_true(update(f));
    assert_int_equal(f->list.count, 5);
}

static void a_small_budget_takes_several_rounds(void **state)
{
    struct fixture *f = *state;
    size_t rounds = 0;

    for (size_t i = 0; i < 8; i++)
        put_udp_packet(f);
    packet_index_update(f->index, f->store, 100);
    while (f->list.next < packet_index_next(f->index)) {
        packet_list_update(&f->list, f->index, f->store, 3);
        rounds++;
    }
    assert_int_equal(rounds, 3);
    assert_int_equal(f->list.count, 8);
}

static bool only_odd(void *ctx, uint64_t number)
{
    ++*(size_t *)ctx;
    return number % 2;
}

static void a_filter_is_asked_about_what_the_pick_lets_through(void **state)
{
    struct fixture *f = *state;
    struct flow_pick pick = tcp_pick(false);
    size_t asked = 0;

    put_udp_packet(f);
    put_tcp_packet(f, "a");
    put_tcp_packet(f, "b");
    put_tcp_packet(f, "c");
    packet_list_pick(&f->list, &pick);
    packet_list_filter(&f->list, only_odd, &asked);
    assert_true(update(f));
    assert_int_equal(asked, 3);
    assert_int_equal(f->list.count, 2);
    assert_int_equal(f->list.refs[0].number, 1);
    assert_int_equal(f->list.refs[1].number, 3);
    assert_int_equal(f->list.hidden, 1);
    packet_list_filter(&f->list, NULL, NULL);
    update(f);
    assert_int_equal(f->list.count, 3);
    assert_int_equal(f->list.hidden, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_pick_every_packet_is_listed),
        TEST(a_pick_lists_its_flow_with_directions),
        TEST(packets_from_before_the_pick_are_left_out),
        TEST(what_the_store_lost_is_dropped),
        TEST(the_first_time_outlives_its_packet),
        TEST(what_was_never_looked_at_is_counted),
        TEST(the_newest_is_the_newest_with_payload),
        TEST(a_number_is_found_or_the_next_behind_it),
        TEST(a_long_packet_is_known_by_its_first_bytes),
        TEST(headers_longer_than_the_first_look_are_read_on),
        TEST(packets_without_a_flow_are_never_picked),
        TEST(what_nobody_looked_at_yet_is_not_listed),
        TEST(a_small_budget_takes_several_rounds),
        TEST(a_filter_is_asked_about_what_the_pick_lets_through),
        TEST(a_view_has_the_packet_its_bytes_and_fields),
        TEST(a_packet_cut_by_the_capture_keeps_its_length),
    };

    return cmocka_run_group_tests_name("packets", tests, NULL, NULL);
}
