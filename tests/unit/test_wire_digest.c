/* From packets to the facts of one flow. */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/why/wire_digest.h"
#include "tests/unit/frames.h"

enum { F = 1, S = 2, R = 4, P = 8, A = 16 };

#define LINKTYPE_ETHERNET 1
#define US UINT64_C(1000)
#define START_NS (UINT64_C(1700000000) * CLOCK_SECOND_NS)

/* A digest, and the time of the next packet. */
struct watch {
    struct wire_digest *digest;
    uint64_t number, now_ns;
    struct wire_facts facts;
};

static int begin(void **state)
{
    struct watch *w = calloc(1, sizeof(*w));

    w->digest = wire_digest_new();
    w->now_ns = START_NS;
    *state = w;
    return 0;
}

static int end(void **state)
{
    struct watch *w = *state;

    wire_digest_free(w->digest);
    free(w);
    return 0;
}

static void pass(struct watch *w, uint64_t ns)
{
    w->now_ns += ns;
}

/* Turn source and destination round, so that it comes from the peer. */
static void turn(struct frame *f)
{
    uint8_t ip[4], ports[2];

    memcpy(ip, f->bytes + 26, 4);
    memmove(f->bytes + 26, f->bytes + 30, 4);
    memcpy(f->bytes + 30, ip, 4);
    memcpy(ports, f->bytes + 34, 2);
    memmove(f->bytes + 34, f->bytes + 36, 2);
    memcpy(f->bytes + 36, ports, 2);
}

static void take(struct watch *w, struct frame f, bool out)
{
    struct packet packet = {.wall_ns = w->now_ns,
                            .length = (uint32_t)f.len,
                            .captured = (uint32_t)f.len,
                            .link_type = LINKTYPE_ETHERNET};

    if (!out)
        turn(&f);
    wire_digest_add(w->digest, w->number++, &packet, f.bytes, f.len);
    pass(w, 10 * US);
}

static void sent(struct watch *w, unsigned flags, uint32_t seq, uint32_t ack,
                 const char *payload)
{
    take(w, frame_tcp(flags, seq, ack, payload), true);
}

static void came(struct watch *w, unsigned flags, uint32_t seq, uint32_t ack,
                 const char *payload)
{
    take(w, frame_tcp(flags, seq, ack, payload), false);
}

static void windowed(struct watch *w, uint32_t ack, unsigned window)
{
    struct frame f = frame_tcp(A, 501, ack, "");

    set16(&f, 14 + 20 + 14, window);
    take(w, f, false);
}

static const struct wire_facts *facts(struct watch *w)
{
    struct addr local = addr_make(AF_INET, (const uint8_t[]){10, 0, 0, 1}, 40000);
    struct addr peer = addr_make(AF_INET, (const uint8_t[]){10, 0, 0, 2}, 65432);

    wire_digest_facts(w->digest, &local, &peer, IPPROTO_TCP, 0, &w->facts);
    return &w->facts;
}

static void shake_hands(struct watch *w)
{
    sent(w, S, 100, 0, "");
    came(w, S | A, 500, 101, "");
    sent(w, A, 101, 501, "");
}

static void the_first_bytes_of_each_side_are_kept(void **state)
{
    struct watch *w = *state;
    const struct wire_facts *f;

    shake_hands(w);
    sent(w, P | A, 101, 501, "GET / ");
    sent(w, P | A, 107, 501, "HTTP/1.1\r\n");
    sent(w, P | A, 101, 501, "GET / "); /* again */
    came(w, P | A, 501, 117, "HTTP");
    f = facts(w);
    assert_true(f->said_out.seen && !f->said_out.cut);
    assert_int_equal(f->said_out.len, 16);
    assert_memory_equal(f->said_out.bytes, "GET / HTTP/1.1\r\n", 16);
    assert_memory_equal(f->said_in.bytes, "HTTP", 4);
    assert_int_equal(f->payload_out_bytes, 22);
}

static void without_its_beginning_nothing_counts_as_first(void **state)
{
    struct watch *w = *state;

    sent(w, P | A, 101, 501, "half of it");
    came(w, A, 501, 111, "");
    assert_false(facts(w)->said_out.seen);
}

static void more_than_fits_is_said_to_be_cut(void **state)
{
    struct watch *w = *state;
    char text[EVIDENCE_HEAD_BYTES] = {0};
    const struct wire_facts *f;

    memset(text, 'x', sizeof(text) - 1);
    shake_hands(w);
    sent(w, A, 101, 501, text);
    assert_false(facts(w)->said_out.cut);
    sent(w, P | A, 101 + (uint32_t)sizeof(text) - 1, 501, "yz");
    f = facts(w);
    assert_true(f->said_out.cut);
    assert_int_equal(f->said_out.len, EVIDENCE_HEAD_BYTES);
    assert_int_equal(f->said_out.bytes[EVIDENCE_HEAD_BYTES - 1], 'y');
}

static void a_piece_that_is_missing_leaves_no_false_text(void **state)
{
    struct watch *w = *state;

    shake_hands(w);
    sent(w, P | A, 111, 501, "second");
    assert_true(facts(w)->said_out.cut);
    assert_int_equal(facts(w)->said_out.len, 0);
}

static void a_reset_of_a_live_socket_is_told_from_one_of_none(void **state)
{
    struct watch *w = *state;

    shake_hands(w);
    sent(w, P | A, 101, 501, "x");
    came(w, R, 501, 0, "");
    assert_false(facts(w)->rst_in_has_ack);
    assert_true(facts(w)->rst_acceptable);
    assert_true(facts(w)->has_rst_in_ttl && facts(w)->rst_in_ttl == 64);
}

static void a_reset_out_of_the_sequence_is_not_acceptable(void **state)
{
    struct watch *w = *state;

    shake_hands(w);
    came(w, R | A, 777, 101, "");
    assert_true(facts(w)->rst_in_has_ack);
    assert_false(facts(w)->rst_acceptable);
}

static void writing_after_the_peers_fin_is_seen(void **state)
{
    struct watch *w = *state;

    shake_hands(w);
    sent(w, P | A, 101, 501, "before");
    came(w, F | A, 501, 107, "");
    assert_false(facts(w)->data_out_after_fin_in);
    sent(w, P | A, 107, 502, "after");
    came(w, R, 502, 0, "");
    assert_true(facts(w)->data_out_after_fin_in);
}

/* Each piece waits for the acknowledgement of the one before it. */
static void write_write_read(struct watch *w, uint64_t wait_ns, uint64_t gap_ns)
{
    uint32_t seq = 101, ack = 501;

    shake_hands(w);
    for (int i = 0; i < 5; i++) {
        sent(w, P | A, seq, ack, "GET");
        pass(w, wait_ns);
        came(w, A, ack, seq + 3, "");
        pass(w, gap_ns);
        sent(w, P | A, seq + 3, ack, " it");
        came(w, P | A, ack, seq + 6, "answer");
        seq += 6;
        ack += 6;
        pass(w, CLOCK_MS_NS);
    }
}

static void small_writes_that_wait_for_a_delayed_ack_are_counted(void **state)
{
    struct watch *w = *state;

    write_write_read(w, 41 * CLOCK_MS_NS, 0);
    assert_int_equal(facts(w)->nagle_waits_out, 5);
    assert_int_equal(facts(w)->nagle_waits_in, 0);
    assert_true(facts(w)->nagle_wait_ns >= 41 * CLOCK_MS_NS);
}

static void writes_at_their_own_time_are_not(void **state)
{
    struct watch *w = *state;

    write_write_read(w, 41 * CLOCK_MS_NS, 3 * CLOCK_MS_NS);
    assert_int_equal(facts(w)->nagle_waits_out, 0);
}

static void acknowledgements_that_come_at_once_delay_nobody(void **state)
{
    struct watch *w = *state;

    write_write_read(w, CLOCK_MS_NS, 0);
    assert_int_equal(facts(w)->nagle_waits_out, 0);
}

static void the_time_of_a_closed_window_is_summed_up(void **state)
{
    struct watch *w = *state;

    shake_hands(w);
    windowed(w, 101, 0);
    pass(w, 300 * CLOCK_MS_NS);
    windowed(w, 101, 0);
    pass(w, 200 * CLOCK_MS_NS);
    windowed(w, 101, 100);
    pass(w, 400 * CLOCK_MS_NS);
    windowed(w, 101, 100);
    assert_in_range(facts(w)->window_closed_ns, 500 * CLOCK_MS_NS, 501 * CLOCK_MS_NS);
    assert_int_equal(facts(w)->zero_window_in, 2);
    assert_int_equal(facts(w)->least_window_in_bytes, 0);
}

static void what_passed_and_what_did_not_is_told_by_length(void **state)
{
    struct watch *w = *state;
    const uint8_t sack[12] = {1, 1, 5, 10, 0, 0, 0, 121, 0, 0, 0, 124};
    struct frame f = {0};
    size_t ip, tcp;

    shake_hands(w);
    sent(w, A, 101, 501, "twenty bytes of data");
    sent(w, P | A, 121, 501, "end");
    assert_int_equal(facts(w)->largest_acked_bytes, 0);
    put_ethernet(&f, 0x0800);
    ip = put_ipv4(&f, 6);
    tcp = put_tcp(&f, A, 501, 101, sack, sizeof(sack));
    transport_done(&f, ip, tcp, tcp + 16, 6);
    ipv4_done(&f, ip);
    take(w, f, false);
    assert_true(facts(w)->passed_small);
    assert_int_equal(facts(w)->largest_acked_bytes, 3);
    assert_int_equal(facts(w)->largest_out_bytes, 20);
    pass(w, 300 * CLOCK_MS_NS);
    sent(w, A, 101, 501, "twenty bytes of data");
    assert_int_equal(facts(w)->largest_again_bytes, 20);
}

static void sequence_numbers_wrap_without_harm(void **state)
{
    struct watch *w = *state;

    sent(w, S, 0xfffffffaU, 0, "");
    came(w, S | A, 500, 0xfffffffbU, "");
    sent(w, A, 0xfffffffbU, 501, "");
    sent(w, P | A, 0xfffffffbU, 501, "ten bytes.");
    came(w, A, 501, 5, "");
    assert_int_equal(facts(w)->largest_acked_bytes, 10);
    assert_int_equal(facts(w)->said_out.len, 10);
    assert_int_not_equal(facts(w)->rtts, 0);
}

static void other_flows_do_not_count(void **state)
{
    struct watch *w = *state;
    struct frame f = frame_tcp(P | A, 101, 501, "other");

    shake_hands(w);
    set16(&f, 34, 40001);
    take(w, f, true);
    assert_int_equal(facts(w)->packets_out, 2);
    assert_int_equal(facts(w)->payload_out_bytes, 0);
}

#define watching(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        watching(the_first_bytes_of_each_side_are_kept),
        watching(without_its_beginning_nothing_counts_as_first),
        watching(more_than_fits_is_said_to_be_cut),
        watching(a_piece_that_is_missing_leaves_no_false_text),
        watching(a_reset_of_a_live_socket_is_told_from_one_of_none),
        watching(a_reset_out_of_the_sequence_is_not_acceptable),
        watching(writing_after_the_peers_fin_is_seen),
        watching(small_writes_that_wait_for_a_delayed_ack_are_counted),
        watching(writes_at_their_own_time_are_not),
        watching(acknowledgements_that_come_at_once_delay_nobody),
        watching(the_time_of_a_closed_window_is_summed_up),
        watching(what_passed_and_what_did_not_is_told_by_length),
        watching(sequence_numbers_wrap_without_harm),
        watching(other_flows_do_not_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
