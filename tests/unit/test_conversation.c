#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/wire/tcp_segments.h"
#include "tests/unit/conversing.h"

static void both_directions_are_one_conversation(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    assert_int_equal(t->note.conversation, 0);
    assert_int_equal(t->note.direction, FROM_FIRST);
    say(t, SERVER, A, 1, 1, 7);
    assert_int_equal(t->note.conversation, 0);
    assert_int_equal(t->note.direction, FROM_SECOND);
    assert_int_equal(conversations_end(t->c), 1);
    assert_int_equal(last(t)->packets[FROM_FIRST], 2);
    assert_int_equal(last(t)->packets[FROM_SECOND], 2);
    assert_int_equal(last(t)->payload_bytes[FROM_SECOND], 7);
    assert_int_equal(last(t)->first_packet, 1);
    assert_int_equal(last(t)->last_packet, 4);
    assert_int_equal(last(t)->last_wall_ns - last(t)->first_wall_ns, 300000);
}

static void ends_on_one_host_differ_by_their_ports(void **state)
{
    struct talk *t = *state;

    say(t, CLIENT, S, 0, 0, 0);
    t->d.flow.destination = t->d.flow.source;
    t->d.flow.destination.port = 9;
    conversations_add(t->c, ++t->number, &t->packet, &t->d, &t->note);
    assert_int_equal(t->note.conversation, 1);
    t->d.flow = (struct flow){.source = t->d.flow.destination,
                              .destination = t->d.flow.source,
                              .protocol = IPPROTO_TCP};
    t->d.tcp.flags = A;
    conversations_add(t->c, ++t->number, &t->packet, &t->d, &t->note);
    assert_int_equal(t->note.conversation, 1);
    assert_int_equal(t->note.direction, FROM_SECOND);
}

static void who_is_answered_was_the_first(void **state)
{
    struct talk *t = *state;
    struct addr client = end_of(t, CLIENT);

    say(t, SERVER, S | A, 0, 1, 0);
    assert_int_equal(t->note.direction, FROM_SECOND);
    assert_memory_equal(&last(t)->ends[0], &client, sizeof(client));
}

static void other_ports_and_protocols_are_others(void **state)
{
    struct talk *t = *state;

    say(t, CLIENT, A, 1, 1, 3);
    t->client_port++;
    say(t, CLIENT, A, 1, 1, 3);
    assert_int_equal(t->note.conversation, 1);
    t->d.flow.protocol = IPPROTO_UDP;
    t->d.has_tcp = false;
    conversations_add(t->c, ++t->number, &t->packet, &t->d, &t->note);
    assert_int_equal(t->note.conversation, 2);
    assert_int_equal(t->note.has, 0);
    assert_int_equal(last(t)->payload_bytes[FROM_FIRST], 3);
}

static void what_has_no_ports_has_no_conversation(void **state)
{
    struct talk *t = *state;

    t->d.has_flow = true;
    conversations_add(t->c, 1, &t->packet, &t->d, &t->note);
    assert_int_equal(t->note.conversation, CONVERSATION_NONE);
    t->d.has_flow = false;
    t->d.flow.protocol = IPPROTO_UDP;
    conversations_add(t->c, 2, &t->packet, &t->d, &t->note);
    assert_int_equal(t->note.conversation, CONVERSATION_NONE);
    assert_int_equal(conversations_end(t->c), 0);
    assert_null(conversations_get(t->c, 0));
}

static void a_part_of_a_datagram_counts_but_is_not_analysed(void **state)
{
    struct talk *t = *state;

    shake_hands(t);
    t->d.has_fragment = true;
    assert_nothing(say(t, CLIENT, A, 900, 1, 3));
    assert_int_equal(t->note.has, 0);
    assert_int_equal(last(t)->packets[FROM_FIRST], 3);
}

static void the_silent_one_is_forgotten_first(void **state)
{
    struct talk t;

    (void)state;
    talk_init(&t, 2);
    say(&t, CLIENT, A, 1, 1, 3); /* 0 */
    t.client_port++;
    say(&t, CLIENT, A, 1, 1, 3); /* 1 */
    t.client_port--;
    say(&t, CLIENT, A, 4, 1, 3); /* 0 again */
    t.client_port += 2;
    say(&t, CLIENT, A, 1, 1, 3); /* 2 */
    assert_non_null(conversations_get(t.c, 0));
    assert_null(conversations_get(t.c, 1));
    assert_non_null(conversations_get(t.c, 2));
    assert_int_equal(conversations_forgotten(t.c), 1);
    assert_int_equal(conversations_end(t.c), 3);
    t.client_port--;
    say(&t, CLIENT, A, 4, 1, 3);
    assert_int_equal(t.note.conversation, 3); /* not the one that was forgotten */
    conversations_free(t.c);
}

static void a_table_for_one_survives_the_reuse_of_its_ports(void **state)
{
    struct talk t;

    (void)state;
    talk_init(&t, 1);
    shake_hands(&t);
    t.isn[CLIENT] += 77777;
    assert_found(say(&t, CLIENT, S, 0, 0, 0), FINDING_PORT_REUSED);
    assert_int_equal(t.note.conversation, 1);
    assert_null(conversations_get(t.c, 0));
    say(&t, SERVER, S | A, 0, 1, 0);
    assert_int_equal(t.note.conversation, 1);
    conversations_free(t.c);
}

static void a_socket_connected_to_itself_has_one_direction(void **state)
{
    struct talk *t = *state;

    say(t, CLIENT, S, 0, 0, 0);
    t->d.flow.destination = t->d.flow.source;
    conversations_add(t->c, 2, &t->packet, &t->d, &t->note);
    conversations_add(t->c, 3, &t->packet, &t->d, &t->note);
    assert_int_equal(t->note.direction, FROM_FIRST);
    assert_int_equal(last(t)->packets[FROM_FIRST], 2);
}

static void completeness_is_told_in_words(void **state)
{
    struct talk *t = *state;
    char buf[80];

    say(t, CLIENT, S, 0, 0, 0);
    assert_string_equal(conversation_completeness(last(t), buf, sizeof(buf)),
                        "incomplete: no answer to the SYN was seen");
    say(t, SERVER, S | A, 0, 1, 0);
    say(t, CLIENT, A, 1, 1, 0);
    assert_string_equal(conversation_completeness(last(t), buf, sizeof(buf)),
                        "incomplete: no end was seen");
    say(t, CLIENT, A, 1, 1, 5);
    say(t, CLIENT, F | A, 6, 1, 0);
    assert_string_equal(conversation_completeness(last(t), buf, sizeof(buf)),
                        "complete, with data");
    assert_int_equal(last(t)->completeness, COMPLETE_SYN | COMPLETE_SYN_ACK | COMPLETE_ACK |
                                                COMPLETE_DATA | COMPLETE_FIN);
    t->client_port++;
    say(t, CLIENT, A, 1, 1, 5);
    assert_string_equal(conversation_completeness(last(t), buf, sizeof(buf)),
                        "incomplete: no SYN was seen");
    t->client_port++;
    say(t, CLIENT, S, 0, 0, 0);
    say(t, SERVER, R | A, 0, 1, 0);
    assert_string_equal(conversation_completeness(last(t), buf, sizeof(buf)),
                        "incomplete: refused");
}

/* --- what is not acknowledged --- */

static struct tcp_segment segment(uint32_t seq, uint32_t end, uint64_t packet)
{
    return (struct tcp_segment){.seq = seq, .end = end, .packet = packet};
}

static void an_acknowledgment_names_the_oldest_that_ended_there(void **state)
{
    struct tcp_segments l = {.at = NULL};
    struct tcp_room room = {.left = 100};
    struct tcp_segment found,
        all[] = {segment(0xfffffff0, 10, 1), segment(10, 20, 2), segment(20, 30, 3),
                 segment(10, 20, 4), segment(0xfffffff0, 20, 5)};

    (void)state;
    for (size_t i = 0; i < 5; i++)
        tcp_segments_add(&l, &room, &all[i]);
    assert_int_equal(tcp_segments_span(&l), 46);
    assert_true(tcp_segments_acknowledge(&l, &room, 20, &found));
    assert_int_equal(found.packet, 2);
    assert_int_equal(tcp_segments_span(&l), 10);
    assert_false(tcp_segments_acknowledge(&l, &room, 25, &found));
    assert_int_equal(tcp_segments_span(&l), 5);
    assert_true(tcp_segments_acknowledge(&l, &room, 30, &found));
    assert_int_equal(found.packet, 3);
    assert_int_equal(tcp_segments_span(&l), 0);
    tcp_segments_done(&l, &room);
    assert_int_equal(room.left, 100);
}

static void what_finds_no_room_is_counted(void **state)
{
    struct tcp_segments l[2] = {{.at = NULL}, {.at = NULL}};
    struct tcp_room room = {.left = 6};

    (void)state;
    for (uint32_t i = 0; i < 5; i++) {
        struct tcp_segment s = segment(i, i + 1, i);

        tcp_segments_add(&l[0], &room, &s);
        tcp_segments_add(&l[1], &room, &s);
    }
    assert_int_equal(room.dropped, 6); /* one of the first list, all of the second */
    assert_int_equal(tcp_segments_span(&l[0]), 4);
    assert_int_equal(tcp_segments_span(&l[1]), 0);
    tcp_segments_done(&l[0], &room);
    tcp_segments_done(&l[1], &room);
    assert_int_equal(room.left, 6);
}

static void a_direction_that_is_never_acknowledged_stays_bounded(void **state)
{
    struct talk *t = *state;

    for (uint32_t i = 0; i < CONVERSATION_SEGMENTS + 10; i++)
        say(t, CLIENT, A, 1 + i * 10, 1, 10);
    assert_int_equal(conversations_segments_dropped(t->c), 10);
    say(t, SERVER, A, 1, 1 + 10 * (CONVERSATION_SEGMENTS + 10), 0);
    assert_false(t->note.has & NOTE_RTT);
    say(t, CLIENT, A, 1 + 10 * (CONVERSATION_SEGMENTS + 10), 1, 10);
    assert_int_equal(t->note.in_flight_bytes, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TALK(both_directions_are_one_conversation),
        TALK(ends_on_one_host_differ_by_their_ports),
        TALK(who_is_answered_was_the_first),
        TALK(other_ports_and_protocols_are_others),
        TALK(what_has_no_ports_has_no_conversation),
        TALK(a_part_of_a_datagram_counts_but_is_not_analysed),
        cmocka_unit_test(the_silent_one_is_forgotten_first),
        cmocka_unit_test(a_table_for_one_survives_the_reuse_of_its_ports),
        TALK(a_socket_connected_to_itself_has_one_direction),
        TALK(completeness_is_told_in_words),
        cmocka_unit_test(an_acknowledgment_names_the_oldest_that_ended_there),
        cmocka_unit_test(what_finds_no_room_is_counted),
        TALK(a_direction_that_is_never_acknowledged_stays_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
