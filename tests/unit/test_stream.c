#include "tests/unit/streams.h"

#define ACK TCP_FLAG_ACK
#define FIN (TCP_FLAG_FIN | TCP_FLAG_ACK)

static struct feed f;

static int open_feed(void **state)
{
    (void)state;
    feed_open(&f, 1 << 16);
    return 0;
}

static int close_feed(void **state)
{
    (void)state;
    feed_close(&f);
    return 0;
}

static const struct stream_chunk *chunk(uint64_t number)
{
    const struct stream_chunk *c = stream_chunk(f.s, number);

    assert_non_null(c);
    return c;
}

static void segments_in_order_are_chunks_in_order(void **state)
{
    (void)state;
    feed_handshake(&f);
    assert_int_equal(stream_count(f.s), 0);
    assert_true(feed_text(&f, FROM_FIRST, 101, 901, "GET "));
    assert_true(feed_text(&f, FROM_FIRST, 105, 901, "/"));
    assert_true(feed_text(&f, FROM_SECOND, 901, 106, "200"));
    assert_false(feed_flags(&f, FROM_FIRST, ACK, 106, 904));
    assert_string_equal(feed_story(&f), ">GET  >/ <200");
    assert_int_equal(chunk(0)->packet, 3);
    assert_int_equal(chunk(0)->offset, 0);
    assert_false(chunk(0)->datagram);
    assert_int_equal(chunk(1)->offset, 4);
    assert_int_equal(chunk(1)->packet, 4);
    assert_int_equal(chunk(2)->offset, 0);
    assert_int_equal(chunk(1)->wall_ns - chunk(0)->wall_ns, 1000);
    assert_int_equal(stream_lost_bytes(f.s), 0);
}

static void overtaken_segments_wait_for_their_turn(void **state)
{
    uint64_t number;

    (void)state;
    feed_handshake(&f);
    assert_false(feed_text(&f, FROM_FIRST, 107, 901, "cc")); /* packet 3 */
    assert_false(feed_text(&f, FROM_FIRST, 104, 901, "bbb"));
    assert_int_equal(stream_waiting_bytes(f.s, FROM_FIRST), 5);
    assert_false(stream_chunk_of(f.s, 3, &number));
    assert_true(feed_text(&f, FROM_FIRST, 101, 901, "aaa")); /* 5 */
    assert_string_equal(feed_story(&f), ">aaa >bbb >cc");
    assert_int_equal(stream_waiting_bytes(f.s, FROM_FIRST), 0);
    assert_true(stream_chunk_of(f.s, 3, &number));
    assert_int_equal(number, 2);
    assert_true(stream_chunk_of(f.s, 5, &number));
    assert_int_equal(number, 0);
}

static void retransmissions_bring_nothing(void **state)
{
    uint64_t number = 77;

    (void)state;
    feed_handshake(&f);
    feed_text(&f, FROM_FIRST, 101, 901, "abc");
    assert_false(feed_text(&f, FROM_FIRST, 101, 901, "abc"));
    assert_false(feed_text(&f, FROM_FIRST, 102, 901, "b"));
    assert_string_equal(feed_story(&f), ">abc");
    assert_false(stream_chunk_of(f.s, 4, &number));
    assert_int_equal(number, 77);
    assert_true(stream_chunk_before(f.s, 4, &number));
    assert_int_equal(number, 0);
}

static void a_retransmission_with_more_behind_it_brings_that(void **state)
{
    (void)state;
    feed_handshake(&f);
    feed_text(&f, FROM_FIRST, 101, 901, "abc");
    assert_true(feed_text(&f, FROM_FIRST, 102, 901, "bcdef"));
    assert_string_equal(feed_story(&f), ">abc >def");
    assert_int_equal(chunk(1)->offset, 3);
}

static void of_two_that_disagree_the_first_counts(void **state)
{
    (void)state;
    feed_handshake(&f);
    feed_text(&f, FROM_FIRST, 101, 901, "abc");
    feed_text(&f, FROM_FIRST, 104, 901, "def");
    feed_text(&f, FROM_FIRST, 107, 901, "ghi");
    feed_text(&f, FROM_FIRST, 103, 901, "cdXf");
    assert_string_equal(feed_story(&f), ">abc >def! >ghi");
    feed_text(&f, FROM_FIRST, 109, 901, "Xjk");
    assert_string_equal(feed_story(&f), ">abc >def! >ghi! >jk");
}

static void of_two_that_wait_the_first_counts(void **state)
{
    (void)state;
    feed_handshake(&f);
    feed_text(&f, FROM_FIRST, 103, 901, "cd");
    feed_text(&f, FROM_FIRST, 107, 901, "gh");
    /* Over both, and what is between and behind them. */
    feed_text(&f, FROM_FIRST, 103, 901, "CdefghIJ");
    assert_int_equal(stream_count(f.s), 0);
    feed_text(&f, FROM_FIRST, 101, 901, "abc");
    assert_string_equal(feed_story(&f), ">ab >cd! >ef >gh >IJ");
    assert_int_equal(chunk(2)->packet, 5);
    assert_int_equal(chunk(4)->packet, 5);
}

static void one_segment_may_fill_several_holes(void **state)
{
    (void)state;
    feed_handshake(&f);
    feed_text(&f, FROM_FIRST, 103, 901, "c");
    feed_text(&f, FROM_FIRST, 105, 901, "e");
    feed_text(&f, FROM_FIRST, 101, 901, "abcdefg");
    assert_string_equal(feed_story(&f), ">ab >c >d >e >fg");
}

static void sequence_numbers_may_wrap_around(void **state)
{
    (void)state;
    feed_flags(&f, FROM_FIRST, TCP_FLAG_SYN, 0xfffffffc, 0);
    feed_text(&f, FROM_FIRST, 2, 901, "fgh"); /* waits over the end */
    feed_text(&f, FROM_FIRST, 0xfffffffd, 901, "abcde");
    feed_text(&f, FROM_FIRST, 0xffffffff, 901, "cdefghi");
    feed_text(&f, FROM_FIRST, 6, 901, "j");
    assert_string_equal(feed_story(&f), ">abcde >fgh >i >j");
    assert_int_equal(chunk(3)->offset, 9);
}

static void syn_and_fin_take_a_number_and_no_byte(void **state)
{
    (void)state;
    /* TCP Fast Open: the SYN has bytes. */
    feed_packet(&f, FROM_FIRST, TCP_FLAG_SYN, 100, 0, "ab", 2, 2);
    feed_flags(&f, FROM_SECOND, TCP_FLAG_SYN | ACK, 900, 103);
    feed_packet(&f, FROM_FIRST, FIN, 103, 901, "cd", 2, 2);
    feed_flags(&f, FROM_SECOND, FIN, 901, 106);
    feed_flags(&f, FROM_FIRST, ACK, 106, 902);
    stream_end(f.s);
    assert_string_equal(feed_story(&f), ">ab >cd");
    assert_int_equal(chunk(0)->offset, 0);
}

static void a_fin_that_was_not_captured_is_no_gap(void **state)
{
    (void)state;
    feed_handshake(&f);
    feed_text(&f, FROM_FIRST, 101, 901, "ab");
    feed_flags(&f, FROM_SECOND, FIN, 901, 104);
    stream_end(f.s);
    assert_string_equal(feed_story(&f), ">ab");
}

static void a_stream_may_begin_in_its_middle(void **state)
{
    (void)state;
    feed_flags(&f, FROM_SECOND, ACK, 901, 5000);
    feed_text(&f, FROM_FIRST, 5000, 901, "lo");
    feed_text(&f, FROM_FIRST, 4990, 901, "before it?");
    feed_text(&f, FROM_FIRST, 4998, 901, "??lo, wo");
    feed_text(&f, FROM_SECOND, 901, 5006, "hi");
    assert_string_equal(feed_story(&f), ">lo >, wo <hi");
    assert_int_equal(chunk(0)->offset, 0);
}

static void a_syn_ack_tells_where_the_other_side_begins(void **state)
{
    (void)state;
    feed_flags(&f, FROM_SECOND, TCP_FLAG_SYN | ACK, 900, 101);
    feed_text(&f, FROM_FIRST, 104, 901, "def");
    assert_int_equal(stream_count(f.s), 0);
    feed_text(&f, FROM_FIRST, 101, 901, "abc");
    assert_string_equal(feed_story(&f), ">abc >def");
}

static void the_byte_of_a_keep_alive_is_none(void **state)
{
    (void)state;
    feed_handshake(&f);
    feed_text(&f, FROM_FIRST, 101, 901, "abc");
    feed_text(&f, FROM_FIRST, 103, 901, "X");
    feed_flags(&f, FROM_FIRST, ACK, 103, 901);
    feed_text(&f, FROM_FIRST, 104, 901, "d");
    assert_string_equal(feed_story(&f), ">abc >d");
}

static void a_keep_alive_does_not_fill_a_hole(void **state)
{
    (void)state;
    feed_handshake(&f);
    feed_text(&f, FROM_FIRST, 101, 901, "abc");
    feed_flags(&f, FROM_SECOND, ACK, 901, 107);
    feed_text(&f, FROM_FIRST, 106, 901, "X");
    feed_text(&f, FROM_FIRST, 107, 901, "g");
    stream_end(f.s);
    assert_string_equal(feed_story(&f), ">abc >[3] >g");
}

static void a_keep_alive_does_not_begin_a_stream(void **state)
{
    (void)state;
    feed_flags(&f, FROM_SECOND, ACK, 901, 5000);
    feed_text(&f, FROM_FIRST, 4999, 901, "X");
    feed_text(&f, FROM_FIRST, 5000, 901, "abc");
    assert_string_equal(feed_story(&f), ">abc");
}

static void what_the_analysis_calls_a_keep_alive_is_one(void **state)
{
    (void)state;
    f.findings = FINDING_BIT(FINDING_KEEP_ALIVE);
    feed_text(&f, FROM_FIRST, 4999, 901, "X");
    f.findings = 0;
    feed_text(&f, FROM_FIRST, 5000, 901, "abc");
    assert_string_equal(feed_story(&f), ">abc");
}

static void a_cut_segment_is_its_beginning_and_a_gap(void **state)
{
    uint64_t number;

    (void)state;
    feed_handshake(&f);
    feed_packet(&f, FROM_FIRST, ACK, 101, 901, "ab", 2, 10);
    feed_packet(&f, FROM_FIRST, ACK, 111, 901, "", 0, 4);
    feed_text(&f, FROM_FIRST, 115, 901, "cd");
    assert_string_equal(feed_story(&f), ">ab~ >[8] >[4] >cd");
    assert_int_equal(chunk(1)->offset, 2);
    assert_int_equal(chunk(1)->packet, 3);
    assert_true(stream_chunk_of(f.s, 4, &number));
    assert_int_equal(number, 2);
}

static void what_was_cut_may_have_come_in_another_segment(void **state)
{
    (void)state;
    feed_handshake(&f);
    feed_text(&f, FROM_FIRST, 105, 901, "ef");
    feed_packet(&f, FROM_FIRST, ACK, 101, 901, "ab", 2, 10);
    assert_string_equal(feed_story(&f), ">ab~ >[2] >ef >[4]");
}

static void a_hole_that_is_acknowledged_is_a_gap(void **state)
{
    (void)state;
    feed_handshake(&f);
    feed_text(&f, FROM_FIRST, 101, 901, "ab");
    feed_text(&f, FROM_FIRST, 105, 901, "ef");
    /* Only a part of the hole, and an ACK alone. */
    feed_flags(&f, FROM_SECOND, ACK, 901, 104);
    assert_string_equal(feed_story(&f), ">ab");
    assert_true(feed_flags(&f, FROM_SECOND, ACK, 901, 107)); /* packet 6 */
    assert_string_equal(feed_story(&f), ">ab >[2] >ef");
    assert_int_equal(chunk(1)->packet, 6);
    assert_int_equal(chunk(1)->offset, 2);
    /* Too late. */
    assert_false(feed_text(&f, FROM_FIRST, 103, 901, "cd"));
    assert_string_equal(feed_story(&f), ">ab >[2] >ef");
}

static void an_answer_comes_behind_the_gap_that_it_answers(void **state)
{
    (void)state;
    feed_handshake(&f);
    feed_text(&f, FROM_SECOND, 901, 111, "answer");
    assert_string_equal(feed_story(&f), ">[10] <answer");
    assert_int_equal(chunk(0)->packet, 3);
}

static void an_ack_that_overtook_its_segment_makes_no_gap(void **state)
{
    (void)state;
    feed_handshake(&f);
    feed_flags(&f, FROM_SECOND, ACK, 901, 104);
    feed_text(&f, FROM_FIRST, 101, 901, "abc");
    assert_string_equal(feed_story(&f), ">abc");
    /* A single byte is no keep-alive then. */
    feed_flags(&f, FROM_SECOND, ACK, 901, 105);
    feed_text(&f, FROM_FIRST, 104, 901, "d");
    assert_string_equal(feed_story(&f), ">abc >d");
}

static void the_end_gives_out_what_waits(void **state)
{
    (void)state;
    feed_handshake(&f);
    feed_text(&f, FROM_SECOND, 903, 101, "c");
    feed_text(&f, FROM_FIRST, 103, 901, "c");
    feed_text(&f, FROM_FIRST, 106, 901, "f");
    feed_flags(&f, FROM_SECOND, ACK, 904, 110);
    assert_string_equal(feed_story(&f), ">[2] >c >[2] >f");
    stream_end(f.s);
    assert_string_equal(feed_story(&f), ">[2] >c >[2] >f <[2] <c >[3]");
    stream_end(f.s);
    assert_int_equal(stream_count(f.s), 7);
}

static void a_fin_shows_what_was_never_captured(void **state)
{
    (void)state;
    feed_handshake(&f);
    feed_flags(&f, FROM_FIRST, FIN, 111, 901);
    assert_int_equal(stream_count(f.s), 0);
    stream_end(f.s);
    assert_string_equal(feed_story(&f), ">[10]");
    assert_int_equal(chunk(0)->packet, 3);
}

static void more_than_the_bound_does_not_wait(void **state)
{
    char text[1000];

    (void)state;
    memset(text, 'x', sizeof(text));
    feed_close(&f);
    feed_open(&f, 4000);
    feed_handshake(&f);
    for (uint32_t i = 0; i < 4; i++)
        assert_false(feed_packet(&f, FROM_FIRST, ACK, 1101 + 1000 * i, 901, text, 1000, 1000));
    assert_int_equal(stream_waiting_bytes(f.s, FROM_FIRST), 4000);
    assert_true(feed_packet(&f, FROM_FIRST, ACK, 5101, 901, text, 1, 1));
    assert_int_equal(stream_waiting_bytes(f.s, FROM_FIRST), 0);
    assert_int_equal(stream_count(f.s), 6);
    assert_int_equal(chunk(5)->len, 1);
    assert_int_equal(chunk(5)->offset, 5000);
}

static void more_segments_than_the_bound_do_not_wait(void **state)
{
    (void)state;
    feed_handshake(&f);
    /* The last first: each goes in front of the others. */
    for (uint32_t i = 0; i < STREAM_WAITING_SEGMENTS; i++)
        assert_false(feed_text(&f, FROM_FIRST, 90000 - 2 * i, 901, "x"));
    assert_true(feed_text(&f, FROM_FIRST, 100000, 901, "y"));
    assert_int_equal(chunk(0)->kind, CHUNK_GAP);
    assert_int_equal(chunk(0)->len, 90000 - 2 * (STREAM_WAITING_SEGMENTS - 1) - 101);
    assert_int_equal(stream_waiting_bytes(f.s, FROM_FIRST), STREAM_WAITING_SEGMENTS);
}

static void the_oldest_chunks_go_and_are_counted(void **state)
{
    char text[16];
    uint64_t number;

    (void)state;
    feed_close(&f);
    feed_open(&f, 100);
    feed_handshake(&f);
    for (uint32_t i = 0; i < 50; i++) {
        snprintf(text, sizeof(text), "%07u", i);
        feed_text(&f, FROM_FIRST, 101 + 7 * i, 901, text);
    }
    /* 14 of them fill the bound; the last lap has begun with the one before the oldest. */
    assert_int_equal(stream_count(f.s), 50);
    assert_int_equal(stream_first(f.s), 36);
    assert_int_equal(stream_lost_bytes(f.s), 36 * 7);
    assert_null(stream_chunk(f.s, 35));
    assert_null(stream_bytes(f.s, 35));
    assert_memory_equal(stream_bytes(f.s, 36), "0000036", 7);
    assert_memory_equal(stream_bytes(f.s, 49), "0000049", 7);
    assert_false(stream_chunk_of(f.s, 3 + 35, &number));
    assert_true(stream_chunk_of(f.s, 3 + 36, &number));
    assert_int_equal(number, 36);
    assert_false(stream_chunk_at(f.s, FROM_FIRST, 35 * 7, &number));
    assert_true(stream_chunk_at(f.s, FROM_FIRST, 36 * 7 + 6, &number));
    assert_int_equal(number, 36);
    assert_false(stream_chunk_at(f.s, FROM_FIRST, 50 * 7, &number));
}

static void small_chunks_are_bounded_too(void **state)
{
    uint64_t number;

    (void)state;
    feed_close(&f);
    feed_open(&f, 1024);
    feed_handshake(&f);
    for (uint32_t i = 0; i < 500; i++)
        feed_text(&f, i & 1, i & 1 ? 901 + i / 2 : 101 + i / 2, 0, "x");
    assert_int_equal(stream_count(f.s), 500);
    assert_int_equal(stream_first(f.s), 500 - 1024 / 64);
    assert_int_equal(stream_lost_bytes(f.s), 500 - 1024 / 64);
    assert_true(stream_chunk_of(f.s, 3 + 499, &number));
    assert_int_equal(number, 499);
    assert_false(stream_chunk_before(f.s, 3 + 483, &number));
}

static void gaps_that_go_are_no_lost_bytes(void **state)
{
    (void)state;
    feed_close(&f);
    feed_open(&f, 8);
    feed_handshake(&f);
    feed_packet(&f, FROM_FIRST, ACK, 101, 901, "ab", 2, 1000);
    feed_text(&f, FROM_FIRST, 1101, 901, "12345678");
    assert_string_equal(feed_story(&f), ">12345678");
    assert_int_equal(stream_lost_bytes(f.s), 2);
}

static void a_segment_longer_than_the_bound_leaves_its_end(void **state)
{
    (void)state;
    feed_close(&f);
    feed_open(&f, 4);
    feed_handshake(&f);
    feed_text(&f, FROM_FIRST, 101, 901, "abcdefghij");
    assert_string_equal(feed_story(&f), ">ij");
    assert_int_equal(chunk(2)->offset, 8);
    assert_int_equal(stream_lost_bytes(f.s), 8);
}

static void another_connection_is_another_stream(void **state)
{
    (void)state;
    assert_int_equal(stream_conversation(f.s), CONVERSATION_NONE);
    f.conversation = 7;
    feed_handshake(&f);
    feed_text(&f, FROM_FIRST, 101, 901, "abc");
    f.conversation = 8;
    assert_false(feed_flags(&f, FROM_FIRST, TCP_FLAG_SYN, 3, 0));
    assert_false(feed_text(&f, FROM_FIRST, 104, 901, "xyz"));
    assert_string_equal(feed_story(&f), ">abc");
    assert_int_equal(stream_conversation(f.s), 7);
}

static void packets_without_a_note_or_payload_are_left_out(void **state)
{
    struct packet packet = {0};
    struct dissection d = {.has_flow = true};
    struct packet_note note = {.conversation = CONVERSATION_NONE};
    struct packet_facts p = {.packet = &packet, .dissection = &d};

    (void)state;
    assert_false(stream_add(f.s, &p));
    p.note = &note;
    assert_false(stream_add(f.s, &p));
    note.conversation = 0;
    assert_false(stream_add(f.s, &p));
    p.dissection = NULL;
    assert_false(stream_add(f.s, &p));
    stream_end(f.s);
    assert_int_equal(stream_count(f.s), 0);
}

static void a_reset_brings_no_bytes(void **state)
{
    (void)state;
    feed_handshake(&f);
    feed_packet(&f, FROM_FIRST, TCP_FLAG_RST | ACK, 101, 99999, "why", 3, 3);
    feed_text(&f, FROM_SECOND, 901, 101, "x");
    stream_end(f.s);
    assert_string_equal(feed_story(&f), "<x");
}

static void each_datagram_is_a_chunk(void **state)
{
    uint64_t number;

    (void)state;
    f.protocol = IPPROTO_UDP;
    feed_packet(&f, FROM_FIRST, 0, 0, 0, "abc", 3, 3);
    feed_packet(&f, FROM_SECOND, 0, 0, 0, "", 0, 0);
    feed_packet(&f, FROM_FIRST, 0, 0, 0, "d", 1, 5);
    feed_packet(&f, FROM_FIRST, 0, 0, 0, "abc", 3, 3);
    assert_string_equal(feed_story(&f), ">abc < >d~ >[4] >abc");
    assert_int_equal(chunk(4)->offset, 8);
    assert_true(chunk(0)->datagram && chunk(1)->datagram && chunk(2)->datagram);
    assert_true(stream_chunk_of(f.s, 1, &number));
    assert_int_equal(number, 1);
    assert_non_null(stream_bytes(f.s, 1));
}

static void an_empty_datagram_may_come_first(void **state)
{
    (void)state;
    f.protocol = IPPROTO_UDP;
    assert_true(feed_packet(&f, FROM_FIRST, 0, 0, 0, "", 0, 0));
    assert_non_null(stream_bytes(f.s, 0));
    stream_end(f.s);
    assert_string_equal(feed_story(&f), ">");
}

int main(void)
{
#define WITH_FEED(test) cmocka_unit_test_setup_teardown(test, open_feed, close_feed)
    const struct CMUnitTest tests[] = {
        WITH_FEED(segments_in_order_are_chunks_in_order),
        WITH_FEED(overtaken_segments_wait_for_their_turn),
        WITH_FEED(retransmissions_bring_nothing),
        WITH_FEED(a_retransmission_with_more_behind_it_brings_that),
        WITH_FEED(of_two_that_disagree_the_first_counts),
        WITH_FEED(of_two_that_wait_the_first_counts),
        WITH_FEED(one_segment_may_fill_several_holes),
        WITH_FEED(sequence_numbers_may_wrap_around),
        WITH_FEED(syn_and_fin_take_a_number_and_no_byte),
        WITH_FEED(a_fin_that_was_not_captured_is_no_gap),
        WITH_FEED(a_stream_may_begin_in_its_middle),
        WITH_FEED(a_syn_ack_tells_where_the_other_side_begins),
        WITH_FEED(the_byte_of_a_keep_alive_is_none),
        WITH_FEED(a_keep_alive_does_not_fill_a_hole),
        WITH_FEED(a_keep_alive_does_not_begin_a_stream),
        WITH_FEED(what_the_analysis_calls_a_keep_alive_is_one),
        WITH_FEED(a_cut_segment_is_its_beginning_and_a_gap),
        WITH_FEED(what_was_cut_may_have_come_in_another_segment),
        WITH_FEED(a_hole_that_is_acknowledged_is_a_gap),
        WITH_FEED(an_answer_comes_behind_the_gap_that_it_answers),
        WITH_FEED(an_ack_that_overtook_its_segment_makes_no_gap),
        WITH_FEED(the_end_gives_out_what_waits),
        WITH_FEED(a_fin_shows_what_was_never_captured),
        WITH_FEED(more_than_the_bound_does_not_wait),
        WITH_FEED(more_segments_than_the_bound_do_not_wait),
        WITH_FEED(the_oldest_chunks_go_and_are_counted),
        WITH_FEED(small_chunks_are_bounded_too),
        WITH_FEED(gaps_that_go_are_no_lost_bytes),
        WITH_FEED(a_segment_longer_than_the_bound_leaves_its_end),
        WITH_FEED(another_connection_is_another_stream),
        WITH_FEED(packets_without_a_note_or_payload_are_left_out),
        WITH_FEED(a_reset_brings_no_bytes),
        WITH_FEED(each_datagram_is_a_chunk),
        WITH_FEED(an_empty_datagram_may_come_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
