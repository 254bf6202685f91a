#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/conversing.h"

#define MS 1000 /* later_us() */

static void an_exchange_without_trouble_has_no_findings(void **state)
{
    struct talk *t = *state;

    assert_nothing(say(t, CLIENT, S, 0, 0, 0));
    assert_nothing(say(t, SERVER, S | A, 0, 1, 0));
    assert_nothing(say(t, CLIENT, A, 1, 1, 0));
    assert_nothing(say(t, CLIENT, A, 1, 1, 100));
    assert_nothing(say(t, SERVER, A, 1, 101, 0));
    assert_nothing(say(t, SERVER, A, 1, 101, 50));
    assert_nothing(say(t, CLIENT, F | A, 101, 51, 0));
    assert_nothing(say(t, SERVER, F | A, 51, 102, 0));
    assert_nothing(say(t, CLIENT, A, 102, 52, 0));
}

/* --- bytes that were there before --- */

static void a_segment_sent_again_is_a_retransmission(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    say(t, CLIENT, A, 1, 1, 100);
    later_us(t, 200 * MS);
    assert_found(say(t, CLIENT, A, 1, 1, 100), FINDING_RETRANSMISSION);
    assert_true(t->note.has & NOTE_ABOUT);
    assert_int_equal(t->note.about, 4);
    assert_int_equal(last(t)->found[FINDING_RETRANSMISSION], 1);
}

static void a_syn_sent_again_is_a_retransmission_of_the_same_conversation(void **state)
{
    struct talk *t = *state;

    say(t, CLIENT, S, 0, 0, 0);
    later_us(t, 1000 * MS);
    assert_found(say(t, CLIENT, S, 0, 0, 0), FINDING_RETRANSMISSION);
    assert_int_equal(t->note.conversation, 0);
}

static void bytes_that_are_wanted_twice_and_come_soon_are_a_fast_retransmission(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    say(t, CLIENT, A, 1, 1, 100);
    say(t, CLIENT, A, 101, 1, 100);
    assert_found(say(t, SERVER, A, 1, 1, 0), FINDING_DUPLICATE_ACK);
    assert_int_equal(t->note.duplicate_acks, 1);
    assert_int_equal(t->note.about, 2);
    say(t, SERVER, A, 1, 1, 0);
    assert_int_equal(t->note.duplicate_acks, 2);
    later_us(t, 15 * MS);
    assert_found(say(t, CLIENT, A, 1, 1, 100), FINDING_FAST_RETRANSMISSION);
}

static void the_same_20_ms_later_is_a_common_one(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    say(t, CLIENT, A, 1, 1, 100);
    say(t, CLIENT, A, 101, 1, 100);
    say(t, SERVER, A, 1, 1, 0);
    say(t, SERVER, A, 1, 1, 0);
    later_us(t, 20 * MS);
    assert_found(say(t, CLIENT, A, 1, 1, 100), FINDING_RETRANSMISSION);
}

static void what_was_acknowledged_and_comes_again_is_spurious(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    say(t, CLIENT, A, 1, 1, 100);
    say(t, SERVER, A, 1, 101, 0);
    assert_found(say(t, CLIENT, A, 1, 1, 100), FINDING_SPURIOUS_RETRANSMISSION);
}

static void what_was_overtaken_is_out_of_order_within_the_round_trip(void **state)
{
    struct talk *t = *state;

    shake_hands(t); /* 200 us */
    assert_found(say(t, CLIENT, A, 101, 1, 100), FINDING_LOST_SEGMENT);
    assert_found(say(t, CLIENT, A, 1, 1, 100), FINDING_OUT_OF_ORDER);
    say(t, CLIENT, A, 301, 1, 100);
    later_us(t, 100);
    assert_found(say(t, CLIENT, A, 201, 1, 100), FINDING_RETRANSMISSION);
}

static void without_a_handshake_3_ms_divide_the_overtaken_from_the_lost(void **state)
{
    struct talk *t = *state;

    say(t, CLIENT, A, 1, 1, 10);
    say(t, CLIENT, A, 101, 1, 100);
    later_us(t, 2 * MS);
    assert_found(say(t, CLIENT, A, 11, 1, 10), FINDING_OUT_OF_ORDER);
    later_us(t, 1 * MS);
    assert_found(say(t, CLIENT, A, 21, 1, 10), FINDING_RETRANSMISSION);
}

static void one_duplicate_ack_wants_nothing_sent_again(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    say(t, CLIENT, A, 1, 1, 100);
    say(t, CLIENT, A, 101, 1, 100);
    say(t, SERVER, A, 1, 1, 0);
    later_us(t, 15 * MS);
    assert_found(say(t, CLIENT, A, 1, 1, 100), FINDING_RETRANSMISSION);
}

static void duplicate_acks_are_counted_anew_behind_each_ack(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    say(t, CLIENT, A, 1, 1, 100);
    say(t, SERVER, A, 1, 1, 0);
    say(t, SERVER, A, 1, 1, 0);
    assert_int_equal(t->note.duplicate_acks, 2);
    say(t, SERVER, A, 1, 101, 0);
    assert_int_equal(t->note.duplicate_acks, 0);
    say(t, SERVER, A, 1, 101, 0);
    assert_int_equal(t->note.duplicate_acks, 1);
}

static void the_newest_segment_sent_again_at_once_was_not_overtaken(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    say(t, CLIENT, A, 1, 1, 100);
    say(t, CLIENT, A, 101, 1, 100);
    assert_found(say(t, CLIENT, A, 101, 1, 100), FINDING_RETRANSMISSION);
}

static void a_byte_sent_again_with_new_ones_behind_it_is_none(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    say(t, CLIENT, A, 1, 1, 100);
    assert_nothing(say(t, CLIENT, A, 100, 1, 50));
}

static void a_syn_sets_right_what_a_reset_claimed(void **state)
{
    struct talk *t = *state;

    say(t, CLIENT, S, 0, 0, 0);
    say(t, CLIENT, R, 5000, 0, 0);
    assert_found(say(t, CLIENT, S, 0, 0, 0), FINDING_RETRANSMISSION);
}

/* --- gaps --- */

static void an_ack_over_a_gap_is_of_bytes_not_captured(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    say(t, CLIENT, A, 1, 1, 100);
    say(t, CLIENT, A, 301, 1, 100);
    assert_nothing(say(t, SERVER, A, 1, 101, 0));
    assert_found(say(t, SERVER, A, 1, 401, 0), FINDING_ACK_UNSEEN);
    say(t, CLIENT, A, 401, 1, 100);
    assert_nothing(say(t, SERVER, A, 1, 501, 0));
}

static void a_gap_is_a_lost_segment_and_hides_what_is_on_the_way(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    say(t, CLIENT, A, 1, 1, 100);
    assert_int_equal(t->note.in_flight_bytes, 100);
    assert_found(say(t, CLIENT, A, 201, 1, 100), FINDING_LOST_SEGMENT);
    assert_false(t->note.has & NOTE_IN_FLIGHT);
    say(t, SERVER, A, 1, 101, 0);
    say(t, CLIENT, A, 301, 1, 100);
    assert_true(t->note.has & NOTE_IN_FLIGHT);
    assert_int_equal(t->note.in_flight_bytes, 200);
}

static void a_reset_behind_a_gap_is_none(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    assert_nothing(say(t, CLIENT, R, 501, 0, 0));
}

static void acknowledging_what_was_not_captured_is_told_once(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    assert_found(say(t, SERVER, A, 1, 501, 0), FINDING_ACK_UNSEEN);
    assert_nothing(say(t, SERVER, A, 1, 901, 0));
    assert_nothing(say(t, SERVER, A, 1, 1301, 1));
}

/* --- windows --- */

static void a_window_of_0_is_told_of_every_packet_that_says_so(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    say(t, CLIENT, A, 1, 1, 100);
    t->window[SERVER] = 0;
    assert_found(say(t, SERVER, A, 1, 101, 0), FINDING_ZERO_WINDOW);
    assert_nothing(say(t, SERVER, F | A, 1, 101, 0));
}

static void a_byte_into_a_closed_window_is_a_probe_and_its_answer_is_named(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    say(t, CLIENT, A, 1, 1, 100);
    t->window[SERVER] = 0;
    say(t, SERVER, A, 1, 101, 0);
    assert_found(say(t, CLIENT, A, 101, 1, 1), FINDING_ZERO_WINDOW_PROBE);
    assert_found(say(t, SERVER, A, 1, 101, 0), FINDING_ZERO_WINDOW,
                 FINDING_ZERO_WINDOW_PROBE_ACK);
    assert_found(say(t, CLIENT, A, 101, 1, 1), FINDING_ZERO_WINDOW_PROBE);
    /* The byte was not taken: it goes with the others. */
    t->window[SERVER] = 500;
    assert_found(say(t, SERVER, A, 1, 101, 0), FINDING_WINDOW_UPDATE);
    assert_nothing(say(t, CLIENT, A, 101, 1, 50));
}

static void linux_probes_are_named_as_such_while_the_kernel_says_persist(void **state)
{
    struct talk *t = *state;
    struct addr local = end_of(t, CLIENT), peer = end_of(t, SERVER);

    shake_hands(t);
    say(t, CLIENT, A, 1, 1, 100);
    t->window[SERVER] = 0;
    say(t, SERVER, A, 1, 101, 0);
    assert_found(say(t, CLIENT, A, 100, 1, 0), FINDING_KEEP_ALIVE);
    assert_found(say(t, SERVER, A, 1, 101, 0), FINDING_ZERO_WINDOW);
    conversations_persist(t->c, &local, &peer, true);
    assert_found(say(t, CLIENT, A, 100, 1, 0), FINDING_ZERO_WINDOW_PROBE);
    assert_found(say(t, SERVER, A, 1, 101, 0), FINDING_ZERO_WINDOW,
                 FINDING_ZERO_WINDOW_PROBE_ACK);
    conversations_persist(t->c, &local, &peer, false);
    assert_found(say(t, CLIENT, A, 100, 1, 0), FINDING_KEEP_ALIVE);
}

static void a_persist_timer_of_nobody_here_is_no_matter(void **state)
{
    struct talk *t = *state;
    struct addr local = end_of(t, CLIENT), peer = end_of(t, SERVER);

    conversations_persist(t->c, &local, &peer, true);
    assert_int_equal(conversations_end(t->c), 0);
}

static void filling_the_window_is_told_only_where_its_scale_is_known(void **state)
{
    struct talk *t = *state;

    t->window[SERVER] = 500;
    say(t, CLIENT, A, 1, 1, 10);
    say(t, SERVER, A, 1, 11, 0);
    assert_nothing(say(t, CLIENT, A, 11, 1, 500));
    t->client_port++;
    shake_hands(t);
    assert_found(say(t, CLIENT, A, 1, 1, 500), FINDING_WINDOW_FULL);
}

static void the_window_of_a_syn_is_not_scaled_those_after_it_are(void **state)
{
    struct talk *t = *state;

    t->window[SERVER] = 50;
    t->d.tcp.has_window_scale = true;
    t->d.tcp.window_scale = 3;
    say(t, CLIENT, S, 0, 0, 0);
    say(t, CLIENT, S, 0, 0, 0);
    assert_int_equal(t->note.window_bytes, 1000);
    t->d.tcp.window_scale = 2;
    say(t, SERVER, S | A, 0, 1, 0);
    t->d.tcp.has_window_scale = false;
    say(t, CLIENT, A, 1, 1, 0);
    assert_true(t->note.has & NOTE_WINDOW);
    assert_int_equal(t->note.window_bytes, 8000);
    assert_found(say(t, CLIENT, A, 1, 1, 50), FINDING_WINDOW_FULL);
    assert_nothing(say(t, CLIENT, A, 51, 1, 150));
    say(t, SERVER, A, 1, 51, 0);
    assert_int_equal(t->note.window_bytes, 200);
    assert_found(say(t, CLIENT, A, 201, 1, 50), FINDING_WINDOW_FULL);
    assert_true(last(t)->has_window_scale[FROM_FIRST]);
    assert_int_equal(last(t)->window_scale[FROM_SECOND], 2);
}

static void a_scale_that_only_one_offers_is_not_used(void **state)
{
    struct talk *t = *state;

    t->d.tcp.has_window_scale = true;
    t->d.tcp.window_scale = 7;
    say(t, CLIENT, S, 0, 0, 0);
    t->d.tcp.has_window_scale = false;
    say(t, SERVER, S | A, 0, 1, 0);
    say(t, CLIENT, A, 1, 1, 0);
    assert_int_equal(t->note.window_bytes, 1000);
}

static void a_shift_beyond_14_is_14(void **state)
{
    struct talk *t = *state;

    t->d.tcp.has_window_scale = true;
    t->d.tcp.window_scale = 255;
    shake_hands(t);
    assert_int_equal(t->note.window_bytes, 1000U << 14);
}

static void without_the_handshake_the_window_is_unknown(void **state)
{
    struct talk *t = *state;

    say(t, CLIENT, A, 1, 1, 10);
    assert_false(t->note.has & NOTE_WINDOW);
}

/* --- keep-alives --- */

static void a_keep_alive_and_its_answer_are_named(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    say(t, SERVER, A, 1, 1, 5);
    say(t, CLIENT, A, 1, 6, 0);
    later_us(t, 5000 * MS);
    assert_found(say(t, SERVER, A, 5, 1, 0), FINDING_KEEP_ALIVE);
    assert_found(say(t, CLIENT, A, 1, 6, 0), FINDING_KEEP_ALIVE_ACK);
    assert_found(say(t, SERVER, A, 5, 1, 1), FINDING_KEEP_ALIVE); /* with a byte of garbage */
    assert_int_equal(last(t)->found[FINDING_KEEP_ALIVE], 2);
    assert_nothing(say(t, SERVER, A, 6, 1, 5));
}

static void a_fin_one_before_the_next_is_no_keep_alive(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    say(t, CLIENT, F | A, 1, 1, 0);
    later_us(t, 300 * MS);
    assert_found(say(t, CLIENT, F | A, 1, 1, 0), FINDING_RETRANSMISSION);
}

/* --- numbers --- */

static void reused_ports_are_a_new_conversation(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    say(t, CLIENT, R, 1, 0, 0);
    t->isn[CLIENT] += 100000;
    assert_found(say(t, CLIENT, S, 0, 0, 0), FINDING_PORT_REUSED);
    assert_int_equal(t->note.conversation, 1);
    assert_int_equal(t->note.relative_seq, 0);
    assert_int_equal(last(t)->packets[FROM_FIRST], 1);
    assert_int_equal(conversations_get(t->c, 0)->packets[FROM_FIRST], 3);
    t->isn[SERVER] += 100000;
    assert_nothing(say(t, SERVER, S | A, 0, 1, 0));
    assert_int_equal(t->note.conversation, 1);
}

static void packets_behind_a_reuse_belong_to_the_new_conversation(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    t->isn[CLIENT] += 100000;
    say(t, CLIENT, S, 0, 0, 0);
    t->client_port++;
    say(t, CLIENT, S, 0, 0, 0);
    t->client_port--;
    say(t, SERVER, S | A, 0, 1, 0);
    assert_int_equal(t->note.conversation, 1);
}

static void a_syn_ack_with_another_number_begins_anew(void **state)
{
    struct talk *t = *state;

    say(t, CLIENT, A, 1, 1, 10);
    t->isn[SERVER] += 5000;
    assert_true(say(t, SERVER, S | A, 0, 1, 0) & FINDING_BIT(FINDING_PORT_REUSED));
    assert_int_equal(t->note.relative_seq, 0);
    assert_int_equal(t->note.conversation, 0);
}

static void a_fin_is_not_a_byte_on_the_way(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    say(t, CLIENT, F | A, 1, 1, 100);
    assert_int_equal(t->note.in_flight_bytes, 100);
}

static void numbers_are_relative_and_wrap(void **state)
{
    struct talk *t = *state;

    t->isn[CLIENT] = UINT32_MAX - 50;
    shake_hands(t);
    assert_int_equal(t->note.relative_seq, 1);
    assert_int_equal(t->note.relative_ack, 1);
    assert_nothing(say(t, CLIENT, A, 1, 1, 100));
    assert_nothing(say(t, CLIENT, A, 101, 1, 100));
    assert_nothing(say(t, SERVER, A, 1, 201, 0));
    assert_int_equal(t->note.relative_ack, 201);
    assert_int_equal(t->note.about, 5);
    assert_int_equal(t->note.rtt_ns, 100000);
    assert_found(say(t, CLIENT, A, 1, 1, 100), FINDING_SPURIOUS_RETRANSMISSION);
    assert_nothing(say(t, CLIENT, A, 201, 1, 100));
}

static void a_reset_that_answers_a_syn_has_no_number_of_its_senders(void **state)
{
    struct talk *t = *state;

    say(t, CLIENT, S, 0, 0, 0);
    t->isn[SERVER] = 0;
    say(t, SERVER, R | A, 0, 1, 0);
    t->isn[SERVER] = SERVER_ISN; /* somebody listens now */
    say(t, CLIENT, S, 0, 0, 0);
    say(t, SERVER, S | A, 0, 1, 0);
    assert_false(t->note.findings & FINDING_BIT(FINDING_LOST_SEGMENT));
}

static void selective_acknowledgments_are_not_on_the_way(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    say(t, CLIENT, A, 1, 1, 100);
    say(t, CLIENT, A, 101, 1, 100);
    t->d.tcp.n_sacks = 1;
    t->d.tcp.sacks[0].left = CLIENT_ISN + 101;
    t->d.tcp.sacks[0].right = CLIENT_ISN + 201;
    say(t, SERVER, A, 1, 1, 0);
    t->d.tcp.n_sacks = 0;
    say(t, CLIENT, A, 201, 1, 100);
    assert_int_equal(t->note.in_flight_bytes, 200);
}

static void what_is_said_to_have_come_twice_is_not_taken_from_what_is_on_the_way(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    say(t, CLIENT, A, 1, 1, 100);
    t->d.tcp.n_sacks = 1;
    t->d.tcp.sacks[0].left = CLIENT_ISN + 1;
    t->d.tcp.sacks[0].right = CLIENT_ISN + 101;
    say(t, SERVER, A, 1, 101, 0);
    t->d.tcp.n_sacks = 0;
    say(t, CLIENT, A, 101, 1, 100);
    assert_int_equal(t->note.in_flight_bytes, 100);
}

static void the_round_trip_is_of_the_segment_that_is_acknowledged(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    assert_true(last(t)->has_handshake_rtt);
    assert_int_equal(last(t)->handshake_rtt_ns, 200000);
    say(t, CLIENT, A, 1, 1, 100);
    say(t, CLIENT, A, 101, 1, 100);
    later_us(t, 30 * MS);
    say(t, SERVER, A, 1, 101, 0);
    assert_int_equal(t->note.has & (NOTE_RTT | NOTE_ABOUT), NOTE_RTT | NOTE_ABOUT);
    assert_int_equal(t->note.about, 4);
    assert_int_equal(t->note.rtt_ns, 30200000);
    say(t, SERVER, A, 1, 151, 0);
    assert_false(t->note.has & NOTE_RTT);
}

/* --- beginning and end --- */

static void assert_states(const struct talk *t, enum socket_state first,
                          enum socket_state second)
{
    assert_int_equal(t->note.states[0], first);
    assert_int_equal(t->note.states[1], second);
}

static void both_ends_go_through_their_states(void **state)
{
    struct talk *t = *state;

    say(t, CLIENT, S, 0, 0, 0);
    assert_states(t, STATE_SYN_SENT, 0); /* nobody knows whether anybody listens */
    say(t, SERVER, S | A, 0, 1, 0);
    assert_states(t, STATE_SYN_SENT, STATE_SYN_RECV);
    say(t, CLIENT, A, 1, 1, 0);
    assert_states(t, STATE_ESTABLISHED, STATE_ESTABLISHED);
    say(t, SERVER, S | A, 0, 1, 0); /* the ACK was lost */
    assert_states(t, STATE_ESTABLISHED, STATE_ESTABLISHED);
    say(t, SERVER, F | A, 1, 1, 0);
    assert_states(t, STATE_CLOSE_WAIT, STATE_FIN_WAIT1);
    say(t, CLIENT, A, 1, 2, 0);
    assert_states(t, STATE_CLOSE_WAIT, STATE_FIN_WAIT2);
    say(t, CLIENT, A, 1, 2, 50); /* half closed: the other half still speaks */
    assert_states(t, STATE_CLOSE_WAIT, STATE_FIN_WAIT2);
    say(t, CLIENT, F | A, 51, 2, 0);
    assert_states(t, STATE_LAST_ACK, STATE_TIME_WAIT);
    say(t, SERVER, A, 2, 52, 0);
    assert_states(t, STATE_CLOSE, STATE_TIME_WAIT);
    assert_true(last(t)->has_closed_first);
    assert_int_equal(last(t)->closed_first, FROM_SECOND);
    assert_false(last(t)->has_reset_by);
}

static void two_that_close_at_once_are_closing(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    say(t, CLIENT, F | A, 1, 1, 0);
    say(t, SERVER, F | A, 1, 1, 0);
    assert_states(t, STATE_CLOSING, STATE_CLOSING);
    say(t, CLIENT, A, 2, 2, 0);
    say(t, SERVER, A, 2, 2, 0);
    assert_states(t, STATE_TIME_WAIT, STATE_TIME_WAIT);
}

static void a_reset_tells_who_and_in_which_state(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    say(t, SERVER, F | A, 1, 1, 0);
    say(t, CLIENT, R | A, 1, 2, 0);
    assert_true(last(t)->has_reset_by);
    assert_int_equal(last(t)->reset_by, FROM_FIRST);
    assert_int_equal(last(t)->reset_state, STATE_CLOSE_WAIT);
    assert_states(t, STATE_CLOSE, STATE_CLOSE);
    say(t, SERVER, R, 2, 0, 0);
    assert_int_equal(last(t)->reset_by, FROM_FIRST);
}

static void a_reset_that_answers_a_syn_comes_from_where_nobody_listens(void **state)
{
    struct talk *t = *state;

    say(t, CLIENT, S, 0, 0, 0);
    say(t, SERVER, R | A, 0, 1, 0);
    assert_int_equal(last(t)->reset_by, FROM_SECOND);
    assert_int_equal(last(t)->reset_state, STATE_CLOSE);
    assert_false(last(t)->has_handshake_rtt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TALK(an_exchange_without_trouble_has_no_findings),
        TALK(a_segment_sent_again_is_a_retransmission),
        TALK(a_syn_sent_again_is_a_retransmission_of_the_same_conversation),
        TALK(bytes_that_are_wanted_twice_and_come_soon_are_a_fast_retransmission),
        TALK(the_same_20_ms_later_is_a_common_one),
        TALK(what_was_acknowledged_and_comes_again_is_spurious),
        TALK(what_was_overtaken_is_out_of_order_within_the_round_trip),
        TALK(one_duplicate_ack_wants_nothing_sent_again),
        TALK(duplicate_acks_are_counted_anew_behind_each_ack),
        TALK(the_newest_segment_sent_again_at_once_was_not_overtaken),
        TALK(a_byte_sent_again_with_new_ones_behind_it_is_none),
        TALK(a_syn_sets_right_what_a_reset_claimed),
        TALK(an_ack_over_a_gap_is_of_bytes_not_captured),
        TALK(without_a_handshake_3_ms_divide_the_overtaken_from_the_lost),
        TALK(a_gap_is_a_lost_segment_and_hides_what_is_on_the_way),
        TALK(a_reset_behind_a_gap_is_none),
        TALK(acknowledging_what_was_not_captured_is_told_once),
        TALK(a_window_of_0_is_told_of_every_packet_that_says_so),
        TALK(a_byte_into_a_closed_window_is_a_probe_and_its_answer_is_named),
        TALK(linux_probes_are_named_as_such_while_the_kernel_says_persist),
        TALK(a_persist_timer_of_nobody_here_is_no_matter),
        TALK(filling_the_window_is_told_only_where_its_scale_is_known),
        TALK(the_window_of_a_syn_is_not_scaled_those_after_it_are),
        TALK(a_scale_that_only_one_offers_is_not_used),
        TALK(a_shift_beyond_14_is_14),
        TALK(without_the_handshake_the_window_is_unknown),
        TALK(a_keep_alive_and_its_answer_are_named),
        TALK(a_fin_one_before_the_next_is_no_keep_alive),
        TALK(reused_ports_are_a_new_conversation),
        TALK(packets_behind_a_reuse_belong_to_the_new_conversation),
        TALK(a_syn_ack_with_another_number_begins_anew),
        TALK(a_fin_is_not_a_byte_on_the_way),
        TALK(numbers_are_relative_and_wrap),
        TALK(a_reset_that_answers_a_syn_has_no_number_of_its_senders),
        TALK(selective_acknowledgments_are_not_on_the_way),
        TALK(what_is_said_to_have_come_twice_is_not_taken_from_what_is_on_the_way),
        TALK(the_round_trip_is_of_the_segment_that_is_acknowledged),
        TALK(both_ends_go_through_their_states),
        TALK(two_that_close_at_once_are_closing),
        TALK(a_reset_tells_who_and_in_which_state),
        TALK(a_reset_that_answers_a_syn_comes_from_where_nobody_listens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
