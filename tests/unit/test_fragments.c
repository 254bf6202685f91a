#include "core/wire/fragments.h"

#include <stdlib.h>

#include "tests/unit/dissect.h"

static struct fragments *table;
static struct datagram whole;
static uint64_t now_ns;

static int setup(void **state)
{
    (void)state;
    table = fragments_new(4, 16384);
    now_ns = 1000;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fragments_free(table);
    return 0;
}

/* A datagram's bytes: a UDP header, then a byte for each offset. */
static void body(uint8_t *bytes, size_t len)
{
    struct frame f = {0};

    put_udp(&f, (unsigned)len);
    for (size_t i = 0; i < len; i++)
        bytes[i] = i < 8 ? f.bytes[i] : (uint8_t)(i * 7);
}

static struct frame part4(unsigned offset, size_t len, bool more, uint8_t xored)
{
    struct frame f = {0};
    static uint8_t bytes[FRAME_BYTES];
    size_t ip = put_ipv4_options(&f, 17, (unsigned)more << 13 | offset / 8, NULL, 0);

    body(bytes, 3000);
    for (size_t i = 0; i < len; i++)
        put8(&f, bytes[offset + i] ^ xored);
    ipv4_done(&f, ip);
    return f;
}

static struct frame part6(unsigned offset, size_t len, bool more)
{
    struct frame f = {0};
    static uint8_t bytes[FRAME_BYTES];
    size_t ip = put_ipv6(&f, 44);

    body(bytes, 3000);
    put16(&f, 17 << 8);
    put16(&f, offset | more);
    put32(&f, 99);
    put_bytes(&f, bytes + offset, len);
    ipv6_done(&f, ip);
    return f;
}

static bool add(uint64_t number, struct frame f, size_t captured)
{
    static struct frame kept; /* the table may only borrow it for the call */
    bool done;

    kept = f;
    decode(kept.bytes, captured < f.len ? captured : f.len, f.len, 101, DECODE_FLOW, &d);
    done = fragments_add(table, number, now_ns, kept.bytes, &d, &whole);
    memset(&kept, 0xee, sizeof(kept));
    return done;
}

static void expect_bytes(size_t len)
{
    uint8_t bytes[3000];

    body(bytes, 3000);
    assert_int_equal(whole.len, 3000);
    assert_int_equal(whole.captured, len);
    assert_memory_equal(whole.bytes, bytes, len);
}

static void parts_in_any_order_make_the_datagram(void **state)
{
    (void)state;
    assert_false(add(7, part4(2000, 1000, false, 0), SIZE_MAX));
    assert_false(add(8, part4(0, 1000, true, 0), SIZE_MAX));
    assert_true(add(9, part4(1000, 1000, true, 0), SIZE_MAX));
    expect_bytes(3000);
    assert_int_equal(whole.n_parts, 3);
    assert_int_equal(whole.parts[0].packet, 8);
    assert_int_equal(whole.parts[1].packet, 9);
    assert_int_equal(whole.parts[2].packet, 7);
    assert_int_equal(whole.parts[2].offset, 2000);
    assert_int_equal(whole.protocol, IPPROTO_UDP);
    assert_int_equal(fragments_counts(table).completed, 1);
    assert_int_equal(fragments_waiting(table, &(size_t){0}), 0);
}

static void the_datagram_is_decoded_with_offsets_in_its_bytes(void **state)
{
    (void)state;
    assert_false(add(1, part4(0, 1480, true, 0), SIZE_MAX));
    assert_true(add(2, part4(1480, 1520, false, 0), SIZE_MAX));
    decode_datagram(&whole, ALL, &d);
    expect_whole();
    assert_true(d.reassembled && !d.has_fragment);
    expect_flow("10.0.0.1:40000", "10.0.0.2:53", IPPROTO_UDP);
    expect_payload(8, 2992, 2992);
    expect("Reassembled Packet", "2 parts, 3000 bytes: offsets are those in these bytes");
    expect("Part", "packet 2, 1480 bytes");
    assert_int_equal(find("Source Port")->offset, 0);
    assert_string_equal(d.info, "UDP 40000 -> 53 len 2992 [2 parts]");
}

static void ipv6_parts_make_the_datagram_too(void **state)
{
    (void)state;
    assert_false(add(1, part6(1448, 1552, false), SIZE_MAX));
    assert_true(add(2, part6(0, 1448, true), SIZE_MAX));
    expect_bytes(3000);
    decode_datagram(&whole, ALL, &d);
    expect_flow("[fd77::1]:40000", "[fd77::2]:53", IPPROTO_UDP);
}

static void what_snaplen_cut_is_not_made_up(void **state)
{
    (void)state;
    assert_false(add(1, part4(0, 1000, true, 0), 20 + 600));
    assert_true(add(2, part4(1000, 2000, false, 0), SIZE_MAX));
    expect_bytes(600);
    decode_datagram(&whole, ALL, &d);
    expect_payload(8, 592, 2992);
}

static void the_first_bytes_win_where_ipv4_parts_overlap(void **state)
{
    (void)state;
    assert_false(add(1, part4(0, 1000, true, 0), SIZE_MAX));
    assert_false(add(2, part4(1800, 1200, false, 0), SIZE_MAX));
    /* What is wrong in it is there already, but for the hole from 1000 to 1800. */
    assert_false(add(3, part4(400, 800, true, 0), SIZE_MAX));
    assert_true(add(4, part4(1000, 1200, true, 0), SIZE_MAX));
    expect_bytes(3000);
    assert_int_equal(fragments_counts(table).overlaps, 2);
    assert_false(add(5, part4(0, 1000, true, 0), SIZE_MAX));
    assert_false(add(6, part4(0, 1200, true, 0xff), SIZE_MAX)); /* other bytes */
    assert_true(add(7, part4(1200, 1800, false, 0), SIZE_MAX));
    assert_memory_equal(whole.bytes + 1000, "\xa7\xa0\x99\x92", 4); /* ~(1000 * 7 & 255), ... */
    assert_int_equal(whole.bytes[999], (uint8_t)(999 * 7));
}

static void ipv6_parts_that_overlap_give_the_datagram_up(void **state)
{
    (void)state;
    assert_false(add(1, part6(0, 1000, true), SIZE_MAX));
    assert_false(add(2, part6(800, 1000, true), SIZE_MAX));
    assert_int_equal(fragments_counts(table).given_up, 1);
    assert_false(add(3, part6(1000, 2000, false), SIZE_MAX));
    assert_int_equal(fragments_counts(table).completed, 0);
    now_ns += FRAGMENTS_TIMEOUT_NS + 1;
    assert_false(add(4, part6(0, 1000, true), SIZE_MAX));
    assert_true(add(5, part6(1000, 2000, false), SIZE_MAX));
    assert_int_equal(fragments_counts(table).timed_out, 0);
}

static void the_same_part_once_more_changes_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_false(add(1, part6(0, 1000, true), SIZE_MAX));
    assert_true(add(2, part6(1000, 2000, false), SIZE_MAX));
    expect_bytes(3000);
    assert_int_equal(fragments_counts(table).duplicates, 2);
    assert_int_equal(fragments_counts(table).overlaps, 0);
}

static void a_datagram_waits_thirty_seconds(void **state)
{
    (void)state;
    assert_false(add(1, part4(0, 1000, true, 0), SIZE_MAX));
    now_ns += FRAGMENTS_TIMEOUT_NS;
    assert_true(add(2, part4(1000, 2000, false, 0), SIZE_MAX));
    assert_false(add(3, part4(0, 1000, true, 0), SIZE_MAX));
    now_ns += FRAGMENTS_TIMEOUT_NS + 1;
    assert_false(add(4, part4(1000, 2000, false, 0), SIZE_MAX));
    assert_int_equal(fragments_counts(table).timed_out, 1);
    now_ns = 5; /* a clock that was set back ends nothing */
    assert_true(add(5, part4(0, 1000, true, 0), SIZE_MAX));
}

static void other_identifications_do_not_mix(void **state)
{
    struct frame f = part4(1000, 2000, false, 0);

    (void)state;
    assert_false(add(1, part4(0, 1000, true, 0), SIZE_MAX));
    set16(&f, 4, 0x9999);
    assert_false(add(2, f, SIZE_MAX));
    f.bytes[9] = 6; /* another protocol */
    set16(&f, 4, 0x1234);
    assert_false(add(3, f, SIZE_MAX));
    assert_int_equal(fragments_waiting(table, &(size_t){0}), 3);
}

static void the_oldest_goes_when_there_are_too_many(void **state)
{
    size_t bytes;

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        struct frame f = part4(0, 1000, true, 0);

        set16(&f, 4, i);
        assert_false(add(i, f, SIZE_MAX));
    }
    assert_int_equal(fragments_waiting(table, &bytes), 4);
    assert_int_equal(fragments_counts(table).dropped, 2);
    assert_true(bytes <= 16384);
}

static void bytes_have_a_bound(void **state)
{
    size_t bytes, n;

    (void)state;
    fragments_free(table);
    table = fragments_new(100, 10000);
    for (unsigned i = 0; i < 50; i++) {
        struct frame f = part4(i % 2 ? 0 : 2000, 1000, true, 0);

        set16(&f, 4, i);
        add(i, f, SIZE_MAX);
        n = fragments_waiting(table, &bytes);
        assert_true(bytes <= 10000);
    }
    assert_int_equal(n + fragments_counts(table).dropped, 50);
    fragments_free(table);
    table = fragments_new(100, 100); /* not even one */
    assert_false(add(1, part4(0, 1000, true, 0), SIZE_MAX));
    assert_int_equal(fragments_waiting(table, &bytes), 0);
    assert_int_equal(bytes, 0);
}

static void parts_have_a_bound(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2400 / 8; i += 2)
        assert_false(add(i, part4(i * 8, 8, true, 0), SIZE_MAX));
    assert_int_equal(fragments_counts(table).dropped, 0);
    for (unsigned i = 1; i < 2400 / 8; i += 2)
        assert_false(add(i, part4(i * 8, 8, true, 0), SIZE_MAX));
    assert_int_equal(fragments_counts(table).dropped, 1);
}

static void parts_that_can_be_none_are_rejected(void **state)
{
    (void)state;
    assert_false(add(1, part4(0, 1001, true, 0), SIZE_MAX)); /* not a multiple of eight */
    assert_int_equal(fragments_counts(table).rejected, 1);
    assert_int_equal(fragments_waiting(table, &(size_t){0}), 0);
    assert_false(add(2, part4(0, 0, true, 0), SIZE_MAX));
    assert_false(add(3, part4(1000, 1000, false, 0), SIZE_MAX));
    assert_false(add(4, part4(2000, 1000, true, 0), SIZE_MAX)); /* behind the end */
    assert_false(add(5, part4(8, 1000, false, 0), SIZE_MAX));   /* another end */
    assert_int_equal(fragments_counts(table).rejected, 4);
    assert_true(add(6, part4(0, 1000, true, 0), SIZE_MAX));
    assert_int_equal(whole.len, 2000);
}

static void a_datagram_beyond_65535_bytes_is_rejected(void **state)
{
    struct frame f = part4(0, 1000, false, 0);

    (void)state;
    set16(&f, 6, 0x1fff);
    ipv4_done(&f, 0);
    assert_false(add(1, f, SIZE_MAX));
    assert_int_equal(fragments_counts(table).rejected, 1);
}

static void whole_packets_are_none_of_its_business(void **state)
{
    (void)state;
    assert_false(add(1, frame_udp("whole"), SIZE_MAX));
    assert_int_equal(fragments_counts(table).parts, 0);
}

/* What a viewer does, who knows only which packets they were. */
static void a_table_of_one_rebuilds_it_on_demand(void **state)
{
    (void)state;
    fragments_free(table);
    table = fragments_new(1, FRAGMENTS_DATAGRAM_BYTES * 2);
    assert_false(add(31, part4(0, 1000, true, 0), SIZE_MAX));
    assert_false(add(32, part4(1000, 1000, true, 0), SIZE_MAX));
    assert_true(add(33, part4(2000, 1000, false, 0), SIZE_MAX));
    expect_bytes(3000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(parts_in_any_order_make_the_datagram),
        TEST(the_datagram_is_decoded_with_offsets_in_its_bytes),
        TEST(ipv6_parts_make_the_datagram_too),
        TEST(what_snaplen_cut_is_not_made_up),
        TEST(the_first_bytes_win_where_ipv4_parts_overlap),
        TEST(ipv6_parts_that_overlap_give_the_datagram_up),
        TEST(the_same_part_once_more_changes_nothing),
        TEST(a_datagram_waits_thirty_seconds),
        TEST(other_identifications_do_not_mix),
        TEST(the_oldest_goes_when_there_are_too_many),
        TEST(bytes_have_a_bound),
        TEST(parts_have_a_bound),
        TEST(parts_that_can_be_none_are_rejected),
        TEST(a_datagram_beyond_65535_bytes_is_rejected),
        TEST(whole_packets_are_none_of_its_business),
        TEST(a_table_of_one_rebuilds_it_on_demand),
    };

    return cmocka_run_group_tests_name("fragments", tests, NULL, NULL);
}
