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
        "      1    0.000000 → TCP            54 SYN win 512 seq 0",
        "      2    0.000021 ← TCP            54 SYN ACK win 512 seq 0 ack 1",
        "      4    1.204017 → TCP            66 PSH ACK len 12 win 512 seq 1 ack 1",
        "      5    1.204020 ← TCP            54 ACK win 512 seq 1 ack 13",
        "      6    2.000000 ← TCP            54 RST win 512 seq 1",
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
    assert_true(screen_holds(&s, "      4    1.204017 → PSH ACK len 12 win 512 seq 1 ack 1"));
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
    assert_true(screen_holds(&s, "      4    1.204017 →"));
    screen_act(&s, ACTION_TIME_FORMAT);
    assert_true(screen_holds(&s, "      4           ? →"));
    assert_true(screen_holds(&s, "      5    0.000003 ←"));
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

/* A search is done in steps; it never asks for more of them than there are packets. */
static void search_on(struct screen *s, const char *text)
{
    screen_search(s, text);
    for (int i = 0; i < 64 && s->requests.go_on; i++) {
        s->requests.go_on = false;
        screen_event(s, &(struct panel_event){.kind = PANEL_GO_ON});
    }
}

static void search_finds_bytes_in_hex_and_by_a_regex(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &packets_panel, 8, 90);
    conversation(&s);
    screen_act(&s, ACTION_FIRST);
    search_on(&s, "0x2c20776f");
    assert_int_equal(s.m.packet, 3);
    assert_int_equal(s.m.found.packet, 3);
    assert_int_equal(s.m.found.at, 54 + 5);
    assert_int_equal(s.m.found.len, 4);
    screen_act(&s, ACTION_FIRST);
    search_on(&s, "/w[aeiou]rld/");
    assert_int_equal(s.m.packet, 3);
    search_on(&s, "/nothing like it/");
    assert_string_equal(s.requests.notice, "no packet of the list holds /nothing like it/");
    search_on(&s, "/(/");
    assert_non_null(strstr(s.requests.notice, "("));
    assert_int_equal(s.m.packet, 3);
    screen_close(&s);
}

static void a_finding_stands_before_the_info_and_colours_it(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &packets_panel, 10, 90);
    conversation(&s);
    put_answer(&s, 3000000000, CLIENT, SERVER, TCP_FLAG_PSH | TCP_FLAG_ACK, 501, 901, "later");
    screen_tick(&s);
    screen_act(&s, ACTION_FIRST);
    assert_true(screen_holds(&s, "→ [lost-segment] PSH ACK len 5 win 512 seq 401 ack 1"));
    assert_int_equal(screen_style(&s, 7, 40), STYLE_BAD);
    screen_close(&s);
}

static void tags_and_marks_stand_before_the_number(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &packets_panel, 8, 90);
    conversation(&s);
    assert_true(packet_tag(&s.m.marks, 1));
    assert_true(packet_mark(&s.m.marks, 'b', 3));
    assert_false(packet_mark(&s.m.marks, '-', 3));
    assert_true(screen_holds(&s, "*     2    0.000021"));
    assert_true(screen_holds(&s, "b     4    1.204017"));
    assert_true(packet_tag(&s.m.marks, 1));
    assert_false(screen_holds(&s, "*     1"));
    screen_close(&s);
}

static void times_are_told_from_the_reference(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &packets_panel, 8, 90);
    conversation(&s);
    packet_reference(&s.m.marks, 3, SCREEN_NOON_NS + 1204017000);
    screen_act(&s, ACTION_TIME_REFERENCE);
    assert_true(screen_holds(&s, "Since ref"));
    assert_true(screen_holds(&s, "      4    0.000000 →"));
    assert_true(screen_holds(&s, "      1   -1.204017 →"));
    packet_reference(&s.m.marks, 3, SCREEN_NOON_NS + 1204017000);
    assert_true(screen_holds(&s, "      4    1.204017 →"));
    screen_close(&s);
}

static void all_packets_have_the_number_of_their_conversation(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &packets_panel, 8, 120);
    put_segment(&s, 0, CLIENT, SERVER, TCP_FLAG_SYN, 100, "");
    put_segment(&s, 1, 4444, 5555, TCP_FLAG_SYN, 100, "");
    screen_tick(&s);
    assert_true(screen_holds(&s, "  Conv Proto"));
    assert_true(screen_holds(&s, "     1 TCP            54 127.0.0.1:4444"));
    screen_close(&s);
}

static void filtered_packets_are_hidden_and_said_to_be(void **state)
{
    struct screen s;
    struct err err = {0};

    (void)state;
    screen_open(&s, &packets_panel, 8, 90);
    run_capture(&s);
    conversation(&s);
    assert_int_equal(model_set_packet_filter(&s.m, "flags syn", &err), 0);
    screen_tick(&s);
    assert_true(screen_holds(&s, "packets of this row [filter: flags syn]"));
    assert_int_equal(s.m.packet_list.count, 2);
    assert_int_equal(model_set_packet_filter(&s.m, "port 1", &err), 0);
    screen_tick(&s);
    assert_true(screen_holds(&s, "the filter hides 5 packets of this row; & changes it"));
    assert_int_equal(model_set_packet_filter(&s.m, "port 1 and (", &err), -EINVAL);
    assert_true(err.place > 0);
    assert_string_equal(s.m.packet_filter, "port 1");
    assert_int_equal(model_set_packet_filter(&s.m, "", &err), 0);
    screen_tick(&s);
    assert_int_equal(s.m.packet_list.count, 5);
    screen_close(&s);
}

static void a_session_that_is_known_later_is_filtered_for_again(void **state)
{
    struct session_status session = a_session(2, SESSION_OPEN, 13);
    struct screen s;

    (void)state;
    screen_open(&s, &packets_panel, 8, 90);
    put_segment(&s, 9 * CLOCK_SECOND_NS, CLIENT, SERVER, TCP_FLAG_SYN, 100, "");
    assert_int_equal(model_set_packet_filter(&s.m, "session 2", NULL), 0);
    screen_tick(&s);
    assert_int_equal(s.m.packet_list.count, 0);
    apply_session_status(&s, &session);
    model_take_snapshot(&s.m, a_snapshot(NULL, 0));
    screen_tick(&s);
    assert_int_equal(s.m.packet_list.count, 1);
    screen_close(&s);
}

static void the_meter_tells_what_was_not_seen(void **state)
{
    struct screen s;
    struct capture_interface *lo;

    (void)state;
    screen_open(&s, &packets_panel, 12, 120);
    run_capture(&s);
    conversation(&s);
    lo = &s.m.capture->interfaces[0];
    lo->packets = 1204;
    lo->cut = 3;
    lo->delay_ns = 12 * CLOCK_MS_NS;
    assert_true(screen_holds(&s, " lo: 1,204 seen · 6 kept · 3 cut · dropped by kernel 0, "
                                 "interface ?, us 0 · delay 12 ms"));
    assert_int_equal(screen_style(&s, 1, 1), STYLE_DIM);
    lo->dropped = 7;
    lo->has_interface_dropped = true;
    assert_true(screen_holds(&s, " lo: 1,211 seen · 6 kept · 3 cut · dropped by kernel 7, "
                                 "interface 0, us 0 · delay 12 ms"));
    assert_int_equal(screen_style(&s, 1, 1), STYLE_BAD);
    screen_resize(&s, 12, 60, false);
    assert_true(screen_holds(&s, " 1,211 seen, 6 kept, 3 cut, 7/0/0 dropped, 12 ms"));
    screen_close(&s);
}

static void findings_and_conversations_are_stepped_through(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &packets_panel, 12, 90);
    for (uint32_t i = 0; i < 3; i++) {
        put_segment(&s, 10 * i, CLIENT, SERVER, TCP_FLAG_ACK, 100 + 3 * i, "abc");
        put_segment(&s, 10 * i + 1, 4444, 5555, TCP_FLAG_ACK, 100 + 50 * i, "abc");
    }
    screen_tick(&s);
    screen_act(&s, ACTION_FIRST);
    assert_true(model_seek_finding(&s.m, false));
    assert_int_equal(s.m.packet, 3);
    assert_true(model_seek_finding(&s.m, false));
    assert_int_equal(s.m.packet, 5);
    assert_false(model_seek_finding(&s.m, false));
    assert_true(model_seek_finding(&s.m, true));
    assert_int_equal(s.m.packet, 3);
    assert_true(model_seek_conversation(&s.m, true));
    assert_int_equal(s.m.packet, 1);
    assert_false(model_seek_conversation(&s.m, true));
    assert_true(model_seek_conversation(&s.m, false));
    assert_int_equal(s.m.packet, 3);
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
        cmocka_unit_test(search_finds_bytes_in_hex_and_by_a_regex),
        cmocka_unit_test(a_finding_stands_before_the_info_and_colours_it),
        cmocka_unit_test(tags_and_marks_stand_before_the_number),
        cmocka_unit_test(times_are_told_from_the_reference),
        cmocka_unit_test(all_packets_have_the_number_of_their_conversation),
        cmocka_unit_test(filtered_packets_are_hidden_and_said_to_be),
        cmocka_unit_test(a_session_that_is_known_later_is_filtered_for_again),
        cmocka_unit_test(the_meter_tells_what_was_not_seen),
        cmocka_unit_test(findings_and_conversations_are_stepped_through),
    };

    return cmocka_run_group_tests_name("packets_panel", tests, NULL, NULL);
}
