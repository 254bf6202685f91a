#include "tests/unit/screen.h"

enum { CLIENT = 51826, SERVER = 65432 };

static void two_segments(struct screen *s)
{
    put_segment(s, 0, CLIENT, SERVER, TCP_FLAG_ACK, 100, "one");
    put_segment(s, 1, CLIENT, SERVER, TCP_FLAG_ACK, 103, "two");
    screen_tick(s);
}

static void nothing_is_compared_before_two_are_tagged(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &compare_panel, 30, 100);
    two_segments(&s);
    assert_true(packet_tag(&s.m.marks, 0));
    screen_tick(&s);
    assert_true(screen_holds(&s, "Space tags a packet; two of them are compared here"));
    screen_close(&s);
}

static void what_differs_is_marked_and_counted(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &compare_panel, 30, 100);
    two_segments(&s);
    packet_tag(&s.m.marks, 0);
    packet_tag(&s.m.marks, 1);
    screen_tick(&s);
    assert_true(screen_holds(&s, "packets 0 and 1: "));
    assert_true(screen_holds(&s, " fields differ"));
    assert_true(screen_holds(&s, " !   Sequence Number"));
    assert_true(screen_holds(&s, "     Window  "));
    screen_close(&s);
}

static void what_is_the_same_can_be_hidden(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &compare_panel, 30, 100);
    two_segments(&s);
    packet_tag(&s.m.marks, 0);
    packet_tag(&s.m.marks, 1);
    screen_tick(&s);
    screen_act(&s, ACTION_VIEW);
    assert_true(screen_holds(&s, "Sequence Number"));
    assert_true(screen_holds(&s, "Transmission Control Protocol"));
    assert_false(screen_holds(&s, "Window  "));
    assert_false(screen_holds(&s, "Ethernet II"));
    screen_close(&s);
}

static void the_packets_outlive_the_store(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &compare_panel, 30, 100);
    two_segments(&s);
    packet_tag(&s.m.marks, 0);
    packet_tag(&s.m.marks, 1);
    screen_tick(&s);
    for (int i = 0; i < 70; i++)
        put_segment(&s, 2, CLIENT, SERVER, TCP_FLAG_ACK, 106, "x");
    screen_tick(&s);
    assert_true(screen_holds(&s, "Sequence Number"));
    packet_tag(&s.m.marks, 0);
    packet_tag(&s.m.marks, 0);
    screen_tick(&s);
    assert_true(screen_holds(&s, "the store has lost one of the packets"));
    screen_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_compared_before_two_are_tagged),
        cmocka_unit_test(what_differs_is_marked_and_counted),
        cmocka_unit_test(what_is_the_same_can_be_hidden),
        cmocka_unit_test(the_packets_outlive_the_store),
    };

    return cmocka_run_group_tests_name("compare_panel", tests, NULL, NULL);
}
