/* The console without a terminal: events, commands and keys in, lines of the screen out. */
#include "tests/unit/consoles.h"

/* --- typing ----------------------------------------------------------------------------- */

static void typing_ends_with_its_session(void **state)
{
    struct fixture *f = *state;

    tell_session(f, 7, SESSION_OPEN, 0);
    type(f, "ihalf a li");
    assert_int_equal(f->c.mode, MODE_TYPE);
    tell_session(f, 6, SESSION_FAILED, -EPIPE);
    assert_int_equal(f->c.mode, MODE_TYPE);
    tell_session(f, 7, SESSION_FAILED, -EPIPE);
    assert_int_equal(f->c.mode, MODE_KEYS);
    assert_string_equal(f->c.model.notice,
                        "session 7 has ended: EPIPE; what was typed is kept");
    assert_string_equal(f->c.typing.text, "half a li");
    /* The rest of the line is no Q that quits. */
    type(f, "neQ");
    console_key(&f->c, KEYS_ENTER);
    assert_false(f->c.stopped);
    assert_int_equal(f->c.screen, SCREEN_HOME);
    type(f, "5");
    assert_int_equal(f->c.screen, SCREEN_JOURNAL);
    tell_session(f, 8, SESSION_OPEN, 0);
    type(f, "i");
    assert_int_equal(f->c.mode, MODE_TYPE);
    assert_string_equal(f->c.typing.text, "half a li");
}

static void closed_session_ends_typing_without_alarm(void **state)
{
    struct fixture *f = *state;

    tell_session(f, 7, SESSION_OPEN, 0);
    type(f, "i");
    tell_session(f, 7, SESSION_REMOTE_CLOSED, 0);
    assert_int_equal(f->c.mode, MODE_TYPE);
    tell_session(f, 7, SESSION_CLOSED, 0);
    assert_int_equal(f->c.mode, MODE_KEYS);
    assert_string_equal(f->c.model.notice, "session 7 has ended");
    assert_false(f->c.model.notice_bad);
}

static void enter_says_that_the_session_has_ended(void **state)
{
    struct fixture *f = *state;

    tell_session(f, 7, SESSION_FAILED, -EPIPE);
    f->c.mode = MODE_TYPE;
    f->c.typing_session = 7;
    type(f, "x");
    console_key(&f->c, KEYS_ENTER);
    assert_int_equal(f->c.mode, MODE_KEYS);
    assert_string_equal(f->c.model.notice,
                        "session 7 has ended: EPIPE; what was typed is kept");
    assert_string_equal(f->c.typing.text, "x");
}

/* --- the capture ------------------------------------------------------------------------ */

static void failed_interface_is_tried_again(void **state)
{
    struct fixture *f = *state;

    console_line(&f->c, "capture lo");
    console_line(&f->c, "capture eth9");
    assert_string_equal(asked, "lo eth9 ");
    tell_capture(f, (struct interface[]){{"lo", CAPTURE_RUNNING}, {"eth9", CAPTURE_FAILED}}, 2);
    assert_non_null(strstr(f->c.model.notice, "ENODEV"));
    console_line(&f->c, "capture eth9");
    assert_string_equal(asked, "lo eth9 eth9 ");
    assert_string_equal(f->c.model.notice, "trying again to capture on eth9");
    tell_capture(f, (struct interface[]){{"lo", CAPTURE_RUNNING}, {"eth9", CAPTURE_FAILED}}, 2);
    assert_non_null(strstr(f->c.model.notice, "ENODEV"));
    console_line(&f->c, "capture lo");
    assert_string_equal(asked, "lo eth9 eth9 ");
    assert_string_equal(f->c.model.notice, "packets on lo are being captured already");
}

static void failed_interface_gives_way_on_the_top_line(void **state)
{
    static const struct interface list[] = {
        {"lo", CAPTURE_RUNNING}, {"eth8", CAPTURE_FAILED}, {"eth9", CAPTURE_FAILED}};
    struct fixture *f = *state;

    resize(f, 24, 120);
    tell_capture(f, list, 3);
    assert_true(row_holds(f, 0, "lo: 0 packets, 0 dropped · eth8: no capture "));
    assert_false(row_holds(f, 0, "eth9"));
    resize(f, 24, 60);
    assert_true(row_holds(f, 0, "lo: 0 packets, 0 dropped"));
    assert_false(row_holds(f, 0, "eth8"));
    tell_capture(f, &(struct interface){"lo", CAPTURE_FAILED}, 1);
    assert_true(row_holds(f, 0, "lo: no capture: ENODEV"));
}

/* --- the filter ------------------------------------------------------------------------- */

static void a_wrong_filter_has_the_cursor_where_it_is_wrong(void **state)
{
    struct fixture *f = *state;

    type(f, "&state estab and ( rtt > 5x )");
    console_key(&f->c, KEYS_ENTER);
    assert_int_equal(f->c.mode, MODE_FILTER);
    assert_string_equal(f->c.filter.text, "state estab and ( rtt > 5x )");
    assert_int_equal(f->c.filter.cursor, 24);
    console_key(&f->c, KEYS_ESCAPE);
    type(f, "&port >");
    console_key(&f->c, KEYS_ENTER);
    assert_int_equal(f->c.filter.cursor, 6);
}

/* --- the kernel's events ---------------------------------------------------------------- */

static void tell_events_of(struct fixture *f, bool on, uint64_t unseen, uint64_t lost)
{
    struct snapshot *s = a_snapshot(NULL, 0);

    s->events = mem_new(1, sizeof(*s->events));
    s->events->lost = lost;
    s->unseen = unseen;
    for (int i = 0; i < KERNEL_EVENT_KINDS; i++) {
        s->events->on[i] = on || i == KERNEL_DESTROYED;
        if (!s->events->on[i])
            err_set(&s->events->why_not[i], -EPERM, "trace", "tracefs", "events need root");
    }
    s->events->on[KERNEL_DROP] = false;
    f->c.held = s;
    console_unpause(&f->c);
}

static void the_top_line_says_whether_events_are_on(void **state)
{
    struct fixture *f = *state;

    tell_capture(f, &(struct interface){"lo", CAPTURE_RUNNING}, 1);
    tell_events_of(f, true, 0, 0);
    assert_string_equal(f->c.model.notice, "");
    resize(f, 24, 120);
    assert_true(row_holds(f, 0, "lo: 0 packets, 0 dropped · kernel events on"));
    resize(f, 24, 70);
    assert_true(row_holds(f, 0, "lo: 0 packets · events on"));
}

static void what_was_not_seen_is_counted_on_the_top_line(void **state)
{
    struct fixture *f = *state;

    tell_capture(f, &(struct interface){"lo", CAPTURE_RUNNING}, 1);
    tell_events_of(f, true, 116561, 30);
    f->c.model.gone.untold = 4;
    resize(f, 24, 160);
    assert_true(row_holds(f, 0, "kernel events on · 116,561 unseen · 30 lost · 4 untold"));
    resize(f, 24, 80);
    assert_true(row_holds(f, 0, " 116,561 unseen · 30 lost · 4 untold"));
}

static void why_there_are_no_events_is_said_once(void **state)
{
    struct fixture *f = *state;

    tell_events_of(f, false, 0, 0);
    assert_non_null(strstr(f->c.model.notice, "not all kernel events: trace"));
    assert_non_null(strstr(f->c.model.notice, "events need root"));
    assert_true(row_holds(f, 0, "kernel events partly on"));
    model_notice(&f->c.model, false, "another");
    tell_events_of(f, false, 0, 0);
    assert_string_equal(f->c.model.notice, "another");
}

static void why_there_are_no_events_waits_for_what_is_worse(void **state)
{
    struct fixture *f = *state;

    model_notice(&f->c.model, true, "worse");
    tell_events_of(f, false, 0, 0);
    assert_string_equal(f->c.model.notice, "worse");
    console_key(&f->c, KEYS_ESCAPE);
    tell_events_of(f, false, 0, 0);
    assert_non_null(strstr(f->c.model.notice, "events need root"));
}

/* --- the screens ------------------------------------------------------------------------ */

static void tabs_fit_a_narrow_screen(void **state)
{
    struct fixture *f = *state;

    assert_true(row_holds(
        f, 1,
        "1 Sockets 2 Sessions 3 Packets 4 Ladder 5 Journal 6 Why 7 Lessons 8 Host 9 Names"));
    resize(f, 24, 40);
    assert_true(row_holds(f, 1, "1 Sockets 2 3 4 5 6 "));
    console_line(&f->c, "goto packets");
    assert_true(row_holds(f, 1, "1 2 3 Packets 4 5 6 "));
    resize(f, 24, 12);
    assert_true(row_holds(f, 1, "1 2 3 Pack…"));
}

static void goto_and_keys_go_to_the_same_screens(void **state)
{
    static const char *const names[] = {"sockets", "sessions", "packets", "ladder", "journal"};
    struct fixture *f = *state;

    for (size_t i = 0; i < 5; i++) {
        char line[32];
        enum screen_id screen;

        snprintf(line, sizeof(line), "goto %s", names[i]);
        console_line(&f->c, line);
        screen = f->c.screen;
        assert_int_equal(screen, i);
        console_action(&f->c, ACTION_HELP);
        console_action(&f->c, action_by_name(names[i]));
        assert_int_equal(f->c.screen, screen);
    }
}

/* --- packets ----------------------------------------------------------------------------- */

static void put_packets(struct fixture *f, size_t n)
{
    static const uint8_t bytes[54] = {
        [12] = 0x08, [14] = 0x45, [17] = 40, [22] = 64, [23] = 6,    [26] = 127, [29] = 1,
        [30] = 127,  [33] = 1,    [35] = 9,  [37] = 7,  [46] = 0x50, [47] = 16};
    struct packet p = {.length = 54, .captured = 54, .link_type = 1};

    for (size_t i = 0; i < n; i++)
        ring_put(f->c.packets, &p, bytes, sizeof(bytes));
    model_update_packets(&f->c.model);
}

static void type_line(struct fixture *f, const char *text)
{
    type(f, text);
    console_key(&f->c, KEYS_ENTER);
}

static void a_letter_marks_a_packet_and_leads_back_to_it(void **state)
{
    struct fixture *f = *state;

    console_key(&f->c, 'm');
    assert_string_equal(f->c.model.notice, "no packet is chosen");
    put_packets(f, 5);
    model_show_packet(&f->c.model, 1);
    console_key(&f->c, 'm');
    assert_int_equal(f->c.mode, MODE_MARK);
    console_key(&f->c, 'q');
    assert_int_equal(f->c.mode, MODE_KEYS);
    model_show_packet(&f->c.model, 4);
    console_key(&f->c, '\'');
    console_key(&f->c, 'q');
    assert_int_equal(f->c.model.packet, 1);
    console_key(&f->c, '\'');
    console_key(&f->c, 'z');
    assert_string_equal(f->c.model.notice, "no packet has this mark");
    console_key(&f->c, '\'');
    console_key(&f->c, KEYS_ESCAPE);
    assert_int_equal(f->c.mode, MODE_KEYS);
    assert_int_equal(f->c.model.packet, 1);
}

static void two_tagged_packets_are_compared(void **state)
{
    struct fixture *f = *state;

    put_packets(f, 3);
    console_key(&f->c, '3');
    model_show_packet(&f->c.model, 0);
    console_key(&f->c, ' ');
    console_key(&f->c, '=');
    assert_int_equal(f->c.screen, SCREEN_PACKETS);
    model_show_packet(&f->c.model, 2);
    console_key(&f->c, ' ');
    console_key(&f->c, '=');
    assert_int_equal(f->c.screen, SCREEN_COMPARE);
    assert_true(row_holds(f, 2, "packets 1 and 3: 0 of "));
    console_key(&f->c, KEYS_ESCAPE);
    assert_int_equal(f->c.screen, SCREEN_PACKETS);
}

static void each_kind_of_screen_has_its_own_filter(void **state)
{
    struct fixture *f = *state;

    put_packets(f, 3);
    console_key(&f->c, '3');
    console_key(&f->c, '&');
    type_line(f, "port 9 and (");
    assert_int_equal(f->c.mode, MODE_PACKET_FILTER);
    assert_string_equal(f->c.packet_filter.text, "port 9 and (");
    assert_string_equal(f->c.model.packet_filter, "");
    console_key(&f->c, KEYS_ESCAPE);
    console_line(&f->c, "packets-filter port 9");
    assert_true(row_holds(f, 1, "[filter port 9]"));
    console_key(&f->c, '1');
    assert_false(row_holds(f, 1, "[filter"));
    assert_string_equal(f->c.model.filter, "");
    console_key(&f->c, '3');
    console_key(&f->c, KEYS_ESCAPE);
    assert_string_equal(f->c.model.packet_filter, "");
}

static void a_capture_filter_that_is_wrong_is_mended(void **state)
{
    struct fixture *f = *state;

    console_key(&f->c, 'b');
    assert_int_equal(f->c.mode, MODE_CAPTURE_FILTER);
    type_line(f, "tcp bad");
    assert_int_equal(f->c.mode, MODE_CAPTURE_FILTER);
    assert_int_equal(f->c.capture_filter.cursor, 4);
    assert_string_equal(filtered, "");
    console_key(&f->c, KEYS_ESCAPE);
    console_line(&f->c, "capture-filter tcp port 80");
    assert_string_equal(filtered, "tcp port 80");
    assert_int_equal(f->c.mode, MODE_KEYS);
}

static void a_packet_leads_to_its_socket_and_back(void **state)
{
    struct fixture *f = *state;
    struct event event = {.kind = EVENT_SESSION, .session = {.id = 4, .state = SESSION_OPEN}};
    uint32_t loopback = htonl(0x7f000001);

    event.session.local = addr_make(AF_INET, &loopback, 9);
    event.session.peer = addr_make(AF_INET, &loopback, 7);
    event.session.opened_ns = f->c.model.start_ns;
    put_packets(f, 1);
    console_key(&f->c, 's');
    assert_int_equal(f->c.screen, SCREEN_PACKETS);
    console_key(&f->c, 's');
    assert_string_equal(f->c.model.notice,
                        "no socket of this host is known with its addresses");
    f->c.model.start_wall_ns = 0; /* when the packets came */
    model_apply(&f->c.model, &event);
    console_key(&f->c, 's');
    assert_int_equal(f->c.screen, SCREEN_HOME);
    assert_int_equal(f->c.model.focus.kind, FOCUS_SESSION);
    assert_int_equal(f->c.model.focus.session_id, 4);
    assert_int_equal(f->c.model.packet, 0);
}

static void the_stream_goes_back_to_where_it_was_opened(void **state)
{
    struct fixture *f = *state;

    console_line(&f->c, "goto packets");
    console_action(&f->c, ACTION_FOLLOW);
    assert_int_equal(f->c.screen, SCREEN_STREAM);
    assert_true(row_holds(f, 2, "stream"));
    console_action(&f->c, ACTION_HELP);
    console_action(&f->c, ACTION_QUIT);
    assert_int_equal(f->c.screen, SCREEN_STREAM);
    console_action(&f->c, ACTION_QUIT);
    assert_int_equal(f->c.screen, SCREEN_PACKETS);
    console_line(&f->c, "goto sockets");
    console_action(&f->c, ACTION_FOLLOW);
    console_action(&f->c, ACTION_LEAVE);
    assert_int_equal(f->c.screen, SCREEN_HOME);
}

/* --- the views of the sockets ----------------------------------------------------------- */

static void observe(struct fixture *f)
{
    static char nobody;

    f->c.observer = (struct observer *)(void *)&nobody;
}

static void key_command_and_panel_choose_the_view(void **state)
{
    struct fixture *f = *state;

    console_action(&f->c, ACTION_VIEW);
    assert_int_equal(f->c.model.view, VIEW_TREE);
    assert_true(row_holds(f, 1, "[view tree]"));
    console_line(&f->c, "filter sport = :80 or dport = :80");
    assert_true(row_holds(f, 1, "[view tree] [filter sport = :80 or dport = :80]"));
    console_line(&f->c, "filter sport = :80 or dport = :80 or sport = :8080");
    assert_false(row_holds(f, 1, "[view tree]"));
    assert_true(row_holds(f, 1, "[filter sport = :80 or dport = :80 or sport = :8080]"));
    console_line(&f->c, "filter");
    console_line(&f->c, "goto packets");
    assert_false(row_holds(f, 1, "[view"));
    console_line(&f->c, "view listeners");
    assert_int_equal(f->c.model.view, VIEW_LISTENERS);
    assert_int_equal(f->c.screen, SCREEN_HOME);
    console_line(&f->c, "view list");
    assert_false(row_holds(f, 1, "[view"));
    console_action(&f->c, ACTION_PICK_VIEW);
    assert_int_equal(f->c.mode, MODE_COMMAND);
    assert_string_equal(f->c.command.text, "view ");
}

static void view_key_goes_to_the_pane_that_has_the_keys(void **state)
{
    struct fixture *f = *state;

    console_action(&f->c, ACTION_NEXT_PANE);
    assert_int_equal(console_keys_pane(&f->c), PANE_SESSION);
    console_action(&f->c, ACTION_VIEW);
    assert_int_equal(f->c.model.view, VIEW_LIST);
}

static void owners_of_all_are_asked_for_where_a_view_needs_them(void **state)
{
    struct fixture *f = *state;

    observe(f);
    console_wish(&f->c);
    assert_non_null(wished);
    assert_int_equal(wished->kinds, 0); /* every kind, every state */
    assert_int_equal(wished->states, 0);
    for (int view = 0; view < VIEW_COUNT; view++) {
        console_set_view(&f->c, (enum socket_view)view);
        console_wish(&f->c);
        assert_int_equal(wished->view, view);
        assert_int_equal(wished->every_owner, view == VIEW_TREE || view == VIEW_PROCESSES);
        assert_int_equal(wished->parts, view == VIEW_LISTENERS ? DETAIL_MEMINFO : 0);
    }
}

static void owners_of_what_is_near_the_cursor_are_asked_for(void **state)
{
    struct row rows[1200];
    struct fixture *f = *state;
    size_t around = (size_t)surface_rows(f->c.surface) * 3 / 2;
    struct focus focus;

    for (uint32_t i = 0; i < 1200; i++) {
        bool first = i < 600;
        uint16_t port = (uint16_t)(2000 + i % 600);

        rows[i] = a_row(i + 1, STATE_ESTABLISHED, first ? 80 : port, first ? port : 80);
    }
    observe(f);
    model_take_snapshot(&f->c.model, a_snapshot(rows, 1200));
    f->c.model.snapshot->view = view_make(f->c.model.snapshot, VIEW_ENDS);
    f->c.model.view = VIEW_ENDS;
    focus = model_focus_of_row(&f->c.model, &rows[300]);
    model_focus(&f->c.model, &focus);
    console_wish(&f->c);
    /* The other ends, too; half of them stand above the cursor. */
    assert_int_equal(wished->n_inodes, 4 * around);
    assert_int_equal(wished->inodes[2 * around], rows[300].inode);
    assert_int_equal(wished->inodes[2 * around + 1], rows[300 + 600].inode);
    console_set_view(&f->c, VIEW_LIST);
    console_wish(&f->c);
    assert_int_equal(wished->n_inodes, 2 * around);
    assert_int_equal(wished->inodes[around], rows[300].inode);
    assert_int_equal(wished->inodes[around + 1], rows[301].inode);
}

static void filter_of_an_opened_state_keeps_the_one_before(void **state)
{
    struct fixture *f = *state;
    struct row row = a_row(1, STATE_LISTEN, 80, 0);

    model_take_snapshot(&f->c.model, a_snapshot(&row, 1));
    f->c.model.snapshot->view = view_make(f->c.model.snapshot, VIEW_STATES);
    console_line(&f->c, "filter sport = :80");
    console_set_view(&f->c, VIEW_STATES);
    console_action(&f->c, ACTION_DETAILS);
    assert_int_equal(f->c.model.view, VIEW_LIST);
    assert_string_equal(f->c.model.filter, "state LISTEN and ( sport = :80 )");
    assert_string_equal(f->c.model.notice, "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(typing_ends_with_its_session),
        TEST(closed_session_ends_typing_without_alarm),
        TEST(a_wrong_filter_has_the_cursor_where_it_is_wrong),
        TEST(the_top_line_says_whether_events_are_on),
        TEST(what_was_not_seen_is_counted_on_the_top_line),
        TEST(why_there_are_no_events_is_said_once),
        TEST(why_there_are_no_events_waits_for_what_is_worse),
        TEST(enter_says_that_the_session_has_ended),
        TEST(failed_interface_is_tried_again),
        TEST(failed_interface_gives_way_on_the_top_line),
        TEST(tabs_fit_a_narrow_screen),
        TEST(goto_and_keys_go_to_the_same_screens),
        TEST(the_stream_goes_back_to_where_it_was_opened),
        TEST(a_letter_marks_a_packet_and_leads_back_to_it),
        TEST(two_tagged_packets_are_compared),
        TEST(each_kind_of_screen_has_its_own_filter),
        TEST(a_capture_filter_that_is_wrong_is_mended),
        TEST(a_packet_leads_to_its_socket_and_back),
        TEST(key_command_and_panel_choose_the_view),
        TEST(view_key_goes_to_the_pane_that_has_the_keys),
        TEST(owners_of_all_are_asked_for_where_a_view_needs_them),
        TEST(owners_of_what_is_near_the_cursor_are_asked_for),
        TEST(filter_of_an_opened_state_keeps_the_one_before),
    };

    return cmocka_run_group_tests_name("console", tests, NULL, NULL);
}
