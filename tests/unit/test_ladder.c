#include "tests/unit/ladder_wire.h"

static void handshake_shows_its_states(void **state)
{
    static const char *const lines[] = {
        "51826>65432 SYN win 65,495 mss 1,460 scale 0 seq 0",
        "51826 (SYN_SENT)",
        "65432>51826 SYN ACK win 65,483 mss 1,460 scale 0 seq 0 ack 1",
        "65432 (SYN_RECV)",
        "51826>65432 ACK win 65,495 seq 1 ack 1",
        "51826 (ESTABLISHED)",
        "65432 (ESTABLISHED)",
        NULL};
    struct wire w;

    (void)state;
    wire_open(&w, 100);
    wire_handshake(&w);
    wire_expect(&w, lines);
    assert_int_equal(ladder_columns(w.ladder), 2);
    assert_null(ladder_column(w.ladder, 2));
    wire_close(&w);
}

static void request_and_answer_are_not_folded(void **state)
{
    static const char *const lines[] = {"51826>65432 PSH ACK len 20 win 500 seq 1 ack 1",
                                        "65432>51826 ACK win 500 seq 1 ack 21",
                                        "51826>65432 PSH ACK len 20 win 500 seq 21 ack 1",
                                        "65432>51826 ACK win 500 seq 1 ack 41",
                                        "65432>51826 PSH ACK len 1,000 win 500 seq 1 ack 41",
                                        "51826>65432 ACK win 500 seq 41 ack 1,001",
                                        NULL};
    struct wire w;

    (void)state;
    wire_open(&w, 100);
    wire_handshake(&w);
    ladder_free(w.ladder);
    w.ladder = ladder_new(100);
    wire_out(&w, 100, W_PSH | W_ACK, 1, 1, 500, 20);
    wire_in(&w, 110, W_ACK, 1, 21, 500, 0);
    wire_out(&w, 120, W_PSH | W_ACK, 21, 1, 500, 20);
    wire_in(&w, 130, W_ACK, 1, 41, 500, 0);
    wire_in(&w, 140, W_PSH | W_ACK, 1, 41, 500, 1000);
    wire_out(&w, 150, W_ACK, 41, 1001, 500, 0);
    wire_expect(&w, lines);
    wire_close(&w);
}

/* Large segments from `at_us` on, each with an ACK whose window shrinks by as much. */
static void bulk(struct wire *w, uint64_t at_us, unsigned n, unsigned window)
{
    for (uint32_t i = 0; i < n; i++) {
        wire_out(w, at_us + 20 * i, W_ACK, 1 + 1000 * i, 1, 65495, 1000);
        wire_in(w, at_us + 20 * i + 10, W_ACK, 1, 1001 + 1000 * i, window - 1000 * (i + 1), 0);
    }
}

static void bulk_transfer_is_one_step_with_its_answers(void **state)
{
    static const char *const lines[] = {
        "51826>65432 37 x data 37,000 bytes, 37 ACKs, win 49,000 to 13,000, over 730 us",
        "51826>65432 PSH ACK len 12 win 65,495 seq 37,001 ack 1",
        "65432>51826 ACK win 13,000 seq 1 ack 37,013", NULL};
    const struct ladder_step *s;
    struct wire w;

    (void)state;
    wire_open(&w, 100);
    wire_handshake(&w);
    ladder_free(w.ladder);
    w.ladder = ladder_new(100);
    bulk(&w, 1000, 37, 50000);
    wire_out(&w, 2000, W_PSH | W_ACK, 37001, 1, 65495, 12);
    wire_in(&w, 2010, W_ACK, 1, 37013, 13000, 0);
    wire_expect(&w, lines);
    s = ladder_step(w.ladder, 0);
    assert_int_equal(s->count, 37);
    assert_int_equal(s->answers, 37);
    assert_int_equal(s->bytes, 37000);
    assert_int_equal(s->packet, 3);
    assert_int_equal(s->last_packet, 3 + 73);
    assert_true(s->wall_ns == WIRE_START_NS + 1000000);
    assert_true(s->last_wall_ns == WIRE_START_NS + 1730000);
    wire_close(&w);
}

static void pause_ends_a_run_of_data(void **state)
{
    struct wire w;

    (void)state;
    wire_open(&w, 100);
    bulk(&w, 1000, 5, 50000);
    wire_out(&w, 900000, W_ACK, 5001, 1, 65495, 1000);
    assert_int_equal(ladder_count(w.ladder), 2);
    assert_int_equal(ladder_step(w.ladder, 0)->count, 5);
    assert_int_equal(ladder_step(w.ladder, 1)->count, 1);
    wire_close(&w);
}

static void unfolded_ladder_has_every_packet(void **state)
{
    struct wire w;

    (void)state;
    wire_open(&w, 100);
    ladder_folding(w.ladder, false);
    bulk(&w, 1000, 20, 50000);
    assert_int_equal(ladder_count(w.ladder), 40);
    wire_close(&w);
}

/* A receiver that does not read: its window closes, the sender asks ever more seldom, and at
 * last the window opens. */
static void stall(struct wire *w)
{
    static const uint32_t probes_ms[] = {210, 630, 1470, 3150};
    struct addr client = wire_addr(WIRE_CLIENT), server = wire_addr(WIRE_SERVER);

    wire_handshake(w);
    ladder_free(w->ladder);
    w->ladder = ladder_new(100);
    bulk(w, 1000, 3, 4000);
    wire_out(w, 1100, W_PSH | W_ACK, 3001, 1, 65495, 1000);
    wire_in(w, 1110, W_ACK, 1, 4001, 0, 0);
    conversations_persist(w->conversations, &client, &server, true);
    for (size_t i = 0; i < 4; i++) {
        wire_out(w, probes_ms[i] * 1000, W_ACK, 4000, 1, 65495, 0);
        wire_in(w, probes_ms[i] * 1000 + 10, W_ACK, 1, 4001, 0, 0);
    }
    wire_in(w, 4000000, W_ACK, 1, 4001, 4000, 0);
    conversations_persist(w->conversations, &client, &server, false);
    wire_out(w, 4000020, W_ACK, 4001, 1, 65495, 1000);
    wire_in(w, 4000030, W_ACK, 1, 5001, 4000, 0);
    wire_out(w, 4000040, W_ACK, 5001, 1, 65495, 1000);
    wire_in(w, 4000050, W_ACK, 1, 6001, 4000, 0);
}

static void receiver_that_does_not_read_is_told_step_by_step(void **state)
{
    static const char *const lines[] = {
        "51826>65432 3 x data 3,000 bytes, 3 ACKs, win 3,000 to 1,000, over 50 us",
        "51826>65432 PSH ACK len 1,000 win 65,495 [window full] seq 3,001 ack 1",
        "65432>51826 ACK win 0 [zero window] seq 1 ack 4,001",
        "51826>65432 ACK win 65,495 [zero window probe] seq 4,000 ack 1",
        "65432>51826 ACK win 0 [zero window, zero window probe ack] seq 1 ack 4,001",
        "51826>65432 ACK win 65,495 [zero window probe] seq 4,000 ack 1",
        "65432>51826 ACK win 0 [zero window, zero window probe ack] seq 1 ack 4,001",
        "51826>65432 ACK win 65,495 [zero window probe] seq 4,000 ack 1",
        "65432>51826 ACK win 0 [zero window, zero window probe ack] seq 1 ack 4,001",
        "51826>65432 ACK win 65,495 [zero window probe] seq 4,000 ack 1",
        "65432>51826 ACK win 0 [zero window, zero window probe ack] seq 1 ack 4,001",
        "65432>51826 ACK win 4,000 [window update] seq 1 ack 4,001",
        "51826>65432 2 x data 2,000 bytes, 2 ACKs, win 4,000, over 30 us",
        NULL};
    struct wire w;

    (void)state;
    wire_open(&w, 100);
    stall(&w);
    wire_expect(&w, lines);
    wire_close(&w);
}

static void answers_to_single_probes_stand_behind_them(void **state)
{
    struct wire w;

    (void)state;
    wire_open(&w, 100);
    wire_handshake(&w);
    wire_out(&w, 100, W_PSH | W_ACK, 1, 1, 65495, 5);
    wire_in(&w, 250000, W_ACK, 1, 6, 0, 0);
    for (uint32_t i = 0; i < 3; i++) {
        wire_out(&w, 460000 + 210000 * i, W_ACK, 5, 1, 65495, 0);
        wire_in(&w, 460010 + 210000 * i, W_ACK, 1, 6, 0, 0);
    }
    /* The second probe comes in the pace of the first. */
    assert_string_equal(wire_line(w.ladder, ladder_count(w.ladder) - 3),
                        "65432>51826 ACK win 0 [zero window] seq 1 ack 6");
    assert_string_equal(wire_line(w.ladder, ladder_count(w.ladder) - 2),
                        "51826>65432 3 x keep alive win 65,495, over 420 ms");
    assert_string_equal(wire_line(w.ladder, ladder_count(w.ladder) - 1),
                        "65432>51826 3 x zero window win 0, over 420 ms");
    wire_close(&w);
}

static void repeats_in_a_steady_pace_are_folded(void **state)
{
    static const char *const lines[] = {"51826>65432 PSH ACK len 5 win 65,495 seq 1 ack 1",
                                        "65432>51826 ACK win 500 seq 1 ack 6",
                                        "51826>65432 9 x keep alive win 65,495, over 8.0 s",
                                        "65432>51826 9 x keep alive ack win 500, over 8.0 s",
                                        NULL};
    struct wire w;

    (void)state;
    wire_open(&w, 100);
    wire_handshake(&w);
    ladder_free(w.ladder);
    w.ladder = ladder_new(100);
    wire_out(&w, 100, W_PSH | W_ACK, 1, 1, 65495, 5);
    wire_in(&w, 110, W_ACK, 1, 6, 500, 0);
    for (unsigned i = 0; i < 9; i++) {
        wire_out(&w, 1000000 * (i + 10), W_ACK, 5, 1, 65495, 0);
        wire_in(&w, 1000000 * (i + 10) + 10, W_ACK, 1, 6, 500, 0);
    }
    wire_expect(&w, lines);
    wire_close(&w);
}

static void both_sides_repeats_fold_beside_each_other(void **state)
{
    static const char *const lines[] = {
        "51826>65432 12 x window full 12,000 bytes, win 65,495, over 220 us",
        "65432>51826 12 x zero window win 0, over 220 us",
        "65432>51826 11 x window update win 1,000, over 200 us", NULL};
    struct wire w;

    (void)state;
    wire_open(&w, 100);
    wire_handshake(&w);
    wire_in(&w, 40, W_ACK, 1, 1, 1000, 0);
    ladder_free(w.ladder);
    w.ladder = ladder_new(100);
    for (unsigned i = 0; i < 12; i++) {
        wire_out(&w, 1000 + 20 * i, W_PSH | W_ACK, 1 + 1000 * i, 1, 65495, 1000);
        wire_in(&w, 1005 + 20 * i, W_ACK, 1, 1001 + 1000 * i, 0, 0);
        if (i < 11)
            wire_in(&w, 1010 + 20 * i, W_ACK, 1, 1001 + 1000 * i, 1000, 0);
    }
    wire_expect(&w, lines);
    wire_close(&w);
}

static void other_conversations_do_not_hold_a_run_up(void **state)
{
    struct wire w;

    (void)state;
    wire_open(&w, 100);
    for (uint32_t i = 0; i < 10; i++) {
        wire_out(&w, 20 * i, W_ACK, 1 + 1000 * i, 1, 65495, 1000);
        wire_segment(&w, 20 * i + 1, 4000, WIRE_SERVER, W_PSH | W_ACK, 1 + i, 1, 500, 1);
        wire_segment(&w, 20 * i + 2, 4001, WIRE_SERVER, W_ACK, 1 + 1000 * i, 1, 500, 1000);
    }
    assert_int_equal(ladder_count(w.ladder), 12);
    assert_int_equal(ladder_step(w.ladder, 0)->count, 10);
    wire_close(&w);
}

/* --- calls and states ------------------------------------------------------------------- */

static void calls_that_come_late_stand_at_their_time(void **state)
{
    static const char *const lines[] = {
        "51826 * connect(127.0.0.1:65432) = -1 EINPROGRESS",
        "51826>65432 SYN win 65,495 mss 1,460 scale 0 seq 0",
        "51826 (SYN_SENT)",
        "65432>51826 SYN ACK win 65,483 mss 1,460 scale 0 seq 0 ack 1",
        "65432 (SYN_RECV)",
        "51826>65432 ACK win 65,495 seq 1 ack 1",
        "51826 (ESTABLISHED)",
        "65432 (ESTABLISHED)",
        "51826 * send(5) = 5",
        "51826>65432 PSH ACK len 5 win 65,495 seq 1 ack 1",
        "51826 * shutdown(SHUT_WR) = 0",
        NULL};
    struct addr client = wire_addr(WIRE_CLIENT);
    struct wire w;
    uint64_t id, number = 0;

    (void)state;
    wire_open(&w, 100);
    wire_segment(&w, 0, WIRE_CLIENT, WIRE_SERVER, W_SYN, 0, 0, 65495, 0);
    id = ladder_step(w.ladder, 0)->id;
    wire_in(&w, 21, W_SYN | W_ACK, 0, 1, 65483, 0);
    wire_out(&w, 30, W_ACK, 1, 1, 65495, 0);
    wire_out(&w, 100, W_PSH | W_ACK, 1, 1, 65495, 5);
    wire_call(&w, 120, WIRE_CLIENT, "shutdown(SHUT_WR) = 0");
    wire_call(&w, 90, WIRE_CLIENT, "send(5) = 5");
    ladder_call(w.ladder, WIRE_START_NS - 1000, &client, true,
                "connect(127.0.0.1:65432) = -1 EINPROGRESS");
    wire_expect(&w, lines);
    assert_true(ladder_find(w.ladder, id, 0, &number));
    assert_int_equal(number, 1);
    assert_false(ladder_find(w.ladder, 4711, 0, &number));
    assert_int_equal(number, 1);
    wire_close(&w);
}

static void calls_of_one_kind_are_folded_and_do_not_break_data(void **state)
{
    static const char *const lines[] = {
        "51826 * 10 x send(...) = 10,000 in all, over 180 us",
        "51826>65432 10 x data 10,000 bytes, win 65,495 unscaled, over 180 us",
        "51826 * 3 x send(...) = -1 EAGAIN, over 20 us",
        "51826 * send(1000) = -1 EPIPE",
        "51826 * recv(1000) = 0",
        "51826 * recv(1000) = 0",
        NULL};
    struct wire w;

    (void)state;
    wire_open(&w, 100);
    for (uint32_t i = 0; i < 10; i++) {
        wire_call(&w, 20 * i, WIRE_CLIENT, "send(1000) = 1000");
        wire_out(&w, 20 * i + 5, W_ACK, 1 + 1000 * i, 1, 65495, 1000);
    }
    for (unsigned i = 0; i < 3; i++)
        wire_call(&w, 300 + 10 * i, WIRE_CLIENT, "send(1000) = -1 EAGAIN");
    wire_call(&w, 400, WIRE_CLIENT, "send(1000) = -1 EPIPE");
    wire_call(&w, 410, WIRE_CLIENT, "recv(1000) = 0");
    wire_call(&w, 420, WIRE_CLIENT, "recv(1000) = 0");
    wire_expect(&w, lines);
    assert_true(ladder_step(w.ladder, 2)->failed);
    assert_int_equal(ladder_step(w.ladder, 0)->bytes, 10000);
    wire_close(&w);
}

static void kernel_states_take_the_place_of_those_on_the_wire(void **state)
{
    static const char *const lines[] = {
        "51826 [SYN_SENT]",
        "51826>65432 SYN win 65,495 mss 1,460 scale 0 seq 0",
        "65432>51826 SYN ACK win 65,483 mss 1,460 scale 0 seq 0 ack 1",
        "65432 (SYN_RECV)",
        "51826 [ESTABLISHED]",
        "51826>65432 ACK win 65,495 seq 1 ack 1",
        "65432 (ESTABLISHED)",
        "51826 [CLOSE]",
        NULL};
    struct addr client = wire_addr(WIRE_CLIENT);
    struct wire w;

    (void)state;
    wire_open(&w, 100);
    ladder_state(w.ladder, WIRE_START_NS - 1000, &client, STATE_SYN_SENT);
    wire_handshake(&w);
    wire_state(&w, 25, WIRE_CLIENT, STATE_ESTABLISHED);
    wire_state(&w, 5000000, WIRE_CLIENT, STATE_CLOSE);
    wire_expect(&w, lines);
    wire_close(&w);
}

static void connection_that_was_there_before_has_no_new_states(void **state)
{
    struct wire w;

    (void)state;
    wire_open(&w, 100);
    wire_out(&w, 0, W_PSH | W_ACK, 1, 1, 65495, 5);
    wire_in(&w, 10, W_ACK, 1, 6, 65495, 0);
    assert_int_equal(ladder_count(w.ladder), 2);
    wire_out(&w, 20, W_FIN | W_ACK, 6, 1, 65495, 0);
    assert_true(ladder_count(w.ladder) > 3);
    assert_int_equal(ladder_step(w.ladder, 3)->kind, LADDER_STATE);
    wire_close(&w);
}

/* --- bounds ----------------------------------------------------------------------------- */

static void oldest_steps_go_first_and_are_counted(void **state)
{
    struct wire w;
    uint64_t number;

    (void)state;
    wire_open(&w, 4);
    for (uint32_t i = 0; i < 10; i++)
        wire_out(&w, 10 * i, W_PSH | W_ACK, 1 + i, 1, 65495, 1);
    assert_int_equal(ladder_first(w.ladder), 6);
    assert_int_equal(ladder_count(w.ladder), 10);
    assert_null(ladder_step(w.ladder, 5));
    assert_null(ladder_step(w.ladder, 10));
    assert_int_equal(ladder_step(w.ladder, 6)->packet, 6);
    assert_int_equal(ladder_step(w.ladder, 9)->packet, 9);
    /* Into the middle: the oldest makes room. */
    wire_call(&w, 75, WIRE_CLIENT, "close() = 0");
    assert_int_equal(ladder_first(w.ladder), 7);
    assert_int_equal(ladder_step(w.ladder, 7)->packet, 7);
    assert_int_equal(ladder_step(w.ladder, 8)->kind, LADDER_CALL);
    assert_int_equal(ladder_step(w.ladder, 10)->packet, 9);
    /* Before all of them: it is itself the oldest. */
    wire_call(&w, 1, WIRE_CLIENT, "close() = 0");
    assert_int_equal(ladder_first(w.ladder), 8);
    assert_int_equal(ladder_step(w.ladder, 8)->packet, 7);
    assert_true(ladder_find(w.ladder, ladder_step(w.ladder, 11)->id, 0, &number));
    assert_int_equal(number, 11);
    wire_close(&w);
}

static void further_columns_are_left_out_and_counted(void **state)
{
    struct wire w;

    (void)state;
    wire_open(&w, 1000);
    for (unsigned i = 0; i < 100; i++)
        wire_segment(&w, i, (uint16_t)(1000 + i), WIRE_SERVER, W_PSH | W_ACK, 1, 1, 500, 1);
    wire_call(&w, 200, 7777, "close() = 0");
    wire_state(&w, 200, 7778, STATE_CLOSE);
    assert_int_equal(ladder_columns(w.ladder), LADDER_COLUMNS);
    assert_int_equal(ladder_left_out(w.ladder), 100 - (LADDER_COLUMNS - 1) + 2);
    assert_int_equal(ladder_count(w.ladder), LADDER_COLUMNS - 1);
    wire_close(&w);
}

static void texts_from_outside_come_out_printable(void **state)
{
    char text[400] = "send(\x1b[31m\n\xff\xe2\x80\xae\", ";
    const struct ladder_step *s;
    struct wire w;

    (void)state;
    memset(text + strlen(text), 'A', 300);
    wire_open(&w, 10);
    wire_call(&w, 0, WIRE_CLIENT, text);
    s = ladder_step(w.ladder, 0);
    assert_memory_equal(s->text, "send(\\x1b[31m\\x0a\\xff\\xe2\\x80\\xae\", AAA", 38);
    assert_true(strlen(s->text) < LADDER_TEXT_BYTES);
    for (const char *c = s->text; *c; c++)
        assert_true(*c >= ' ' && *c <= '~');
    memset(text, '\x1b', sizeof(text) - 1);
    wire_call(&w, 1, WIRE_CLIENT, text);
    s = ladder_step(w.ladder, 1);
    assert_int_equal(strlen(s->text) % 4, 0);
    wire_close(&w);
}

static void packet_without_flow_or_dissection_is_no_step(void **state)
{
    static struct dissection d = {.protocol = "ARP"};
    struct packet packet = {.wall_ns = 1};
    struct wire w;

    (void)state;
    wire_open(&w, 10);
    ladder_packet(w.ladder, &(struct packet_facts){.packet = &packet, .dissection = &d});
    ladder_packet(w.ladder, &(struct packet_facts){.packet = &packet});
    assert_int_equal(ladder_count(w.ladder), 0);
    assert_int_equal(ladder_columns(w.ladder), 0);
    wire_close(&w);
}

static void datagram_says_what_its_decoder_says(void **state)
{
    static struct dissection d = {.has_flow = true,
                                  .protocol = "DNS",
                                  .info = "query A example.org",
                                  .payload_claimed = 29};
    struct packet packet = {.wall_ns = 1};
    struct packet_note note = {.conversation = 3};
    struct wire w;

    (void)state;
    wire_open(&w, 10);
    d.flow = (struct flow){wire_addr(4242), wire_addr(53), IPPROTO_UDP};
    ladder_packet(w.ladder,
                  &(struct packet_facts){.packet = &packet, .dissection = &d, .note = &note});
    assert_string_equal(wire_line(w.ladder, 0), "4242>53 DNS query A example.org");
    assert_int_equal(ladder_step(w.ladder, 0)->bytes, 29);
    wire_close(&w);
}

static void window_and_numbers_without_a_note_are_said_to_be_raw(void **state)
{
    static struct dissection d = {.has_flow = true, .has_tcp = true, .protocol = "TLS"};
    struct packet packet = {.wall_ns = 1};
    struct wire w;

    (void)state;
    wire_open(&w, 10);
    d.flow = (struct flow){wire_addr(4242), wire_addr(443), IPPROTO_TCP};
    d.tcp =
        (struct tcp_facts){.flags = W_ACK | W_PSH, .seq = 4000000000, .ack = 5, .window = 512};
    d.payload_claimed = 517;
    ladder_packet(w.ladder, &(struct packet_facts){.packet = &packet, .dissection = &d});
    assert_string_equal(wire_line(w.ladder, 0),
                        "4242>443 PSH ACK len 517 TLS win 512 unscaled seq 4000000000 ack 5");
    assert_int_equal(ladder_step(w.ladder, 0)->has, LADDER_TCP);
    wire_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshake_shows_its_states),
        cmocka_unit_test(request_and_answer_are_not_folded),
        cmocka_unit_test(bulk_transfer_is_one_step_with_its_answers),
        cmocka_unit_test(pause_ends_a_run_of_data),
        cmocka_unit_test(unfolded_ladder_has_every_packet),
        cmocka_unit_test(receiver_that_does_not_read_is_told_step_by_step),
        cmocka_unit_test(answers_to_single_probes_stand_behind_them),
        cmocka_unit_test(repeats_in_a_steady_pace_are_folded),
        cmocka_unit_test(both_sides_repeats_fold_beside_each_other),
        cmocka_unit_test(other_conversations_do_not_hold_a_run_up),
        cmocka_unit_test(calls_that_come_late_stand_at_their_time),
        cmocka_unit_test(calls_of_one_kind_are_folded_and_do_not_break_data),
        cmocka_unit_test(kernel_states_take_the_place_of_those_on_the_wire),
        cmocka_unit_test(connection_that_was_there_before_has_no_new_states),
        cmocka_unit_test(oldest_steps_go_first_and_are_counted),
        cmocka_unit_test(further_columns_are_left_out_and_counted),
        cmocka_unit_test(texts_from_outside_come_out_printable),
        cmocka_unit_test(packet_without_flow_or_dissection_is_no_step),
        cmocka_unit_test(datagram_says_what_its_decoder_says),
        cmocka_unit_test(window_and_numbers_without_a_note_are_said_to_be_raw),
    };

    return cmocka_run_group_tests_name("ladder", tests, NULL, NULL);
}
