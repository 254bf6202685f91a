#include "tests/unit/screen.h"

enum { CLIENT = 51826, SERVER = 65432 };

/* A handshake, twelve bytes, an ACK, a reset, and a packet of another flow. */
static void conversation(struct screen *s)
{
    struct row row = a_row(13, STATE_ESTABLISHED, CLIENT, SERVER);
    struct focus focus = model_focus_of_row(&s->m, &row);

    model_focus(&s->m, &focus);
    put_segment(s, 0, CLIENT, SERVER, TCP_FLAG_SYN, 100, "");
    put_answer(s, 21000, SERVER, CLIENT, TCP_FLAG_SYN | TCP_FLAG_ACK, 900, 101, "");
    put_segment(s, 30000, 4444, 5555, TCP_FLAG_SYN, 1, "");
    put_answer(s, 1204017000, CLIENT, SERVER, TCP_FLAG_PSH | TCP_FLAG_ACK, 101, 901,
               "Hello, world");
    put_answer(s, 1204020000, SERVER, CLIENT, TCP_FLAG_ACK, 901, 113, "");
    put_segment(s, 2000000000, SERVER, CLIENT, TCP_FLAG_RST, 901, "");
    screen_tick(s);
}

static void packets_of_the_focus_with_times_and_directions(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "── packets of this row ─────────────────────────────────────────────────────────────────────────────",
        "    No.        Time   Proto      Length Info",
        "      0    0.000000 → TCP            54 SYN win 512 seq 0",
        "      1    0.000021 ← TCP            54 SYN ACK win 512 seq 0 ack 1",
        "      3    1.204017 → TCP            66 PSH ACK len 12 win 512 seq 1 ack 1",
        "      4    1.204020 ← TCP            54 ACK win 512 seq 1 ack 13",
        "      5    2.000000 ← TCP            54 RST win 512 seq 1",
        NULL};
    /* clang-format on */
    struct screen s;

    (void)state;
    screen_open(&s, &packets_panel, 8, 100);
    conversation(&s);
    screen_expect(&s, screen);
    assert_int_equal(screen_style(&s, 2, 24), STYLE_BUSY);
    assert_int_equal(screen_style(&s, 4, 24), STYLE_SELECTED);
    assert_int_equal(screen_style(&s, 5, 24), STYLE_NORMAL);
    assert_int_equal(screen_style(&s, 6, 24), STYLE_BAD);
    screen_close(&s);
}

static void middle_pane_gives_its_room_to_the_info(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &packets_panel, 8, 80);
    conversation(&s);
    assert_true(screen_holds(&s, "      3    1.204017 → PSH ACK len 12 win 512 seq 1 ack 1"));
    screen_close(&s);
}

static void narrow_pane_keeps_time_arrow_and_info(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "── packets of this row ─────────────────────────",
        "    1.204017 → PSH ACK len 12 win 512 seq 1 ack…",
        "    1.204020 ← ACK win 512 seq 1 ack 13",
        NULL};
    /* clang-format on */
    struct screen s;

    (void)state;
    screen_open(&s, &packets_panel, 3, 48);
    conversation(&s);
    screen_expect(&s, screen);
    screen_close(&s);
}

static void times_change_their_form(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &packets_panel, 8, 90);
    conversation(&s);
    screen_act(&s, ACTION_TIME_FORMAT);
    assert_true(screen_holds(&s, "0.000003 ←"));
    screen_act(&s, ACTION_TIME_FORMAT);
    assert_true(screen_holds(&s, "12:00:01.204017 →"));
    screen_act(&s, ACTION_TIME_FORMAT);
    assert_true(screen_holds(&s, "   1.204017 →"));
    screen_close(&s);
}

static void newest_payload_is_followed_until_moved(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &packets_panel, 8, 90);
    conversation(&s);
    assert_int_equal(s.m.packet, 3);
    put_segment(&s, 3000000000, CLIENT, SERVER, TCP_FLAG_ACK, 113, "again");
    screen_tick(&s);
    assert_int_equal(s.m.packet, 6);
    screen_act(&s, ACTION_UP);
    assert_int_equal(s.m.packet, 5);
    put_segment(&s, 4000000000, CLIENT, SERVER, TCP_FLAG_ACK, 118, "and again");
    screen_tick(&s);
    assert_int_equal(s.m.packet, 5);
    screen_act(&s, ACTION_LAST);
    assert_int_equal(s.m.packet, 7);
    put_segment(&s, 5000000000, CLIENT, SERVER, TCP_FLAG_ACK, 127, "!");
    screen_tick(&s);
    assert_int_equal(s.m.packet, 8);
    screen_close(&s);
}

static void all_packets_name_both_ends(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &packets_panel, 8, 120);
    put_segment(&s, 0, CLIENT, SERVER, TCP_FLAG_SYN, 100, "");
    screen_tick(&s);
    assert_true(screen_holds(&s, "127.0.0.1:51826 > 127.0.0.1:65432 SYN"));
    screen_close(&s);
}

static void packets_lost_from_the_store_are_counted(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &packets_panel, 8, 90);
    conversation(&s);
    for (int i = 0; i < 64; i++)
        put_segment(&s, 3000000000, CLIENT, SERVER, TCP_FLAG_ACK, 113, "x");
    screen_tick(&s);
    assert_true(screen_holds(&s, "lost from the store: the oldest 6 packets"));
    for (int i = 0; i < 70; i++)
        put_segment(&s, 3000000000, CLIENT, SERVER, TCP_FLAG_ACK, 113, "x");
    screen_tick(&s);
    assert_true(screen_holds(&s, "lost from the store: 76 packets, 6 of them unseen"));
    screen_close(&s);
}

static void run_capture(struct screen *s)
{
    struct capture_status *status = mem_new(1, sizeof(*status));

    status->n_interfaces = 1;
    strcpy(status->interfaces[0].name, "lo");
    status->interfaces[0].state = CAPTURE_RUNNING;
    model_take_capture(&s->m, status);
}

static void overwritten_packets_are_not_packets_that_never_came(void **state)
{
    struct screen s;
    struct row other = a_row(14, STATE_ESTABLISHED, 1, 2);

    (void)state;
    screen_open(&s, &packets_panel, 8, 90);
    run_capture(&s);
    model_focus(&s.m, &(struct focus){.kind = FOCUS_ROW, .row = other});
    screen_tick(&s);
    assert_true(screen_holds(&s, "no packet of this row yet; capturing on lo"));
    conversation(&s);
    for (int i = 0; i < 64; i++)
        put_segment(&s, 3000000000, 4444, 5555, TCP_FLAG_ACK, 113, "x");
    screen_tick(&s);
    assert_false(screen_holds(&s, "yet"));
    assert_true(screen_holds(&s, "5 packets of this row came and were overwritten since: "
                                 "other traffic filled the store"));
    model_focus(&s.m, &(struct focus){.kind = FOCUS_ROW, .row = other});
    screen_tick(&s);
    assert_false(screen_holds(&s, "yet"));
    assert_true(screen_holds(&s, "is in the store, which has lost 6 older packets"));
    screen_close(&s);
}

static void times_stay_when_the_first_packets_are_lost(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &packets_panel, 8, 90);
    conversation(&s);
    for (int i = 0; i < 61; i++)
        put_segment(&s, 3000000000, 4444, 5555, TCP_FLAG_ACK, 113, "x");
    screen_tick(&s);
    assert_int_equal(s.m.packet_list.refs[0].number, 3);
    assert_true(screen_holds(&s, "      3    1.204017 →"));
    screen_act(&s, ACTION_TIME_FORMAT);
    assert_true(screen_holds(&s, "      3           ? →"));
    assert_true(screen_holds(&s, "      4    0.000003 ←"));
    screen_close(&s);
}

static void missing_capture_says_what_grants_it(void **state)
{
    struct capture_status *status = mem_new(1, sizeof(*status));
    struct screen s;

    (void)state;
    screen_open(&s, &packets_panel, 8, 60);
    assert_true(screen_holds(&s, "no packets: nothing is being captured"));
    status->n_interfaces = 2;
    strcpy(status->interfaces[0].name, "lo");
    status->interfaces[0].state = CAPTURE_FAILED;
    err_set(&status->interfaces[0].err, -EPERM, "pcap_activate", "lo", "%s", "");
    err_hint(&status->interfaces[0].err, "sudo setcap cap_net_raw+ep build/sockeye");
    strcpy(status->interfaces[1].name, "eth0");
    status->interfaces[1].state = CAPTURE_RUNNING;
    model_take_capture(&s.m, status);
    screen_tick(&s);
    assert_true(
        screen_holds(&s, "no capture on lo: pcap_activate lo: Operation not permitted"));
    assert_true(screen_holds(&s, "setcap cap_net_raw+ep build/sockeye"));
    assert_true(screen_holds(&s, "no packet yet; capturing on eth0"));
    screen_close(&s);
}

static void search_looks_into_the_info(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &packets_panel, 8, 90);
    conversation(&s);
    screen_search(&s, "rst");
    assert_int_equal(s.m.packet, 5);
    screen_search(&s, "syn");
    assert_int_equal(s.m.packet, 0);
    screen_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_of_the_focus_with_times_and_directions),
        cmocka_unit_test(middle_pane_gives_its_room_to_the_info),
        cmocka_unit_test(narrow_pane_keeps_time_arrow_and_info),
        cmocka_unit_test(times_change_their_form),
        cmocka_unit_test(newest_payload_is_followed_until_moved),
        cmocka_unit_test(all_packets_name_both_ends),
        cmocka_unit_test(packets_lost_from_the_store_are_counted),
        cmocka_unit_test(overwritten_packets_are_not_packets_that_never_came),
        cmocka_unit_test(times_stay_when_the_first_packets_are_lost),
        cmocka_unit_test(missing_capture_says_what_grants_it),
        cmocka_unit_test(search_looks_into_the_info),
    };

    return cmocka_run_group_tests_name("packets_panel", tests, NULL, NULL);
}
