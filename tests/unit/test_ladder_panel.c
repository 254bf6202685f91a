#include "tests/unit/screen.h"

enum { CLIENT = 51826, SERVER = 65432, ROWS = 20, COLUMNS = 80 };
enum { SYN = TCP_FLAG_SYN, ACK = TCP_FLAG_ACK, PSH = TCP_FLAG_PSH, RST = TCP_FLAG_RST };

#define US UINT64_C(1000)

static void focus_on_client(struct screen *s)
{
    struct row row = a_row(13, STATE_ESTABLISHED, CLIENT, SERVER);
    struct focus focus = model_focus_of_row(&s->m, &row);

    model_focus(&s->m, &focus);
}

static void put_handshake(struct screen *s)
{
    put_answer(s, 0, CLIENT, SERVER, SYN, 99, 0, "");
    put_answer(s, 21 * US, SERVER, CLIENT, SYN | ACK, 899, 100, "");
    put_answer(s, 30 * US, CLIENT, SERVER, ACK, 100, 900, "");
}

/* A handshake, twelve bytes, the same again after a while, a reset; a packet of another flow. */
static void conversation(struct screen *s)
{
    focus_on_client(s);
    put_handshake(s);
    put_answer(s, 31 * US, 4444, 5555, SYN, 1, 0, "");
    put_answer(s, 1204017 * US, CLIENT, SERVER, PSH | ACK, 100, 900, "Hello, world");
    put_answer(s, 1604020 * US, CLIENT, SERVER, PSH | ACK, 100, 900, "Hello, world");
    put_answer(s, 1604040 * US, SERVER, CLIENT, RST, 900, 0, "");
    screen_tick(s);
}

static void call_at(struct screen *s, uint64_t at_ns, struct call call)
{
    /* The model's start is the packets' noon. */
    call.start_ns = SCREEN_START_NS + at_ns;
    call.session_id = 2;
    call.fd = 5;
    ring_put(s->journal, &call, NULL, 0);
}

static void open_session(struct screen *s)
{
    struct session_status session = a_session(2, SESSION_OPEN, 13);

    apply_session_status(s, &session);
}

static void focus_is_drawn_with_states_and_findings(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "── ladder of this row ──────────────────────────────────────────────────────────",
        "       Time   127.0.0.1:51826                                    127.0.0.1:65432",
        "   0.000000   │──SYN win 512 seq 0────────────────────────────────────────────→│",
        "   0.000000   (SYN_SENT)                                                       │",
        "   0.000021   │←─SYN ACK win 512 seq 0 ack 1───────────────────────────────────│",
        "   0.000021   │                                                       (SYN_RECV)",
        "   0.000030   │──ACK win 512 seq 1 ack 1──────────────────────────────────────→│",
        "   0.000030   (ESTABLISHED)                                                    │",
        "   0.000030   │                                                    (ESTABLISHED)",
        "   1.204017   │──PSH ACK len 12 win 512 seq 1 ack 1───────────────────────────→│",
        "   1.604020 + │──PSH ACK len 12 win 512 [retransmission] seq 1 ack 1──────────→│",
        "   1.604040   │←─RST win 512 seq 1─────────────────────────────────────────────│",
        "   1.604040   │                                                          (CLOSE)",
        "   1.604040   (CLOSE)                                                          │",
        "",
        "",
        "",
        "",
        " a state as seen on the wire: CLOSE",
        NULL};
    /* clang-format on */
    struct screen s;

    (void)state;
    screen_open(&s, &ladder_panel, ROWS, COLUMNS);
    conversation(&s);
    screen_expect(&s, screen);
    assert_int_equal(screen_style(&s, 2, 20), STYLE_BUSY);
    assert_int_equal(screen_style(&s, 9, 20), STYLE_SENT);
    assert_int_equal(screen_style(&s, 10, 20), STYLE_BUSY);
    assert_int_equal(screen_style(&s, 11, 20), STYLE_BAD);
    assert_int_equal(screen_style(&s, 7, 16), STYLE_GOOD);
    assert_int_equal(screen_style(&s, 9, 14), STYLE_DIM);
    assert_int_equal(screen_style(&s, 13, 20), STYLE_SELECTED);
    screen_close(&s);
}

static void terminal_without_utf8_has_its_own_arrows(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &ladder_panel, ROWS, COLUMNS);
    screen_resize(&s, ROWS, COLUMNS, true);
    conversation(&s);
    assert_true(screen_holds(
        &s,
        "   0.000021   |<-SYN ACK win 512 seq 0 ack 1-----------------------------------|"));
    assert_true(screen_holds(&s, "1.604020 + |--PSH ACK len 12 win 512 [retransmission]"));
    screen_close(&s);
}

static void narrow_pane_keeps_flags_and_lengths(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &ladder_panel, ROWS, 44);
    conversation(&s);
    assert_true(screen_holds(&s, "       Time   127.0.…1:51826  127.0.…1:65432"));
    assert_true(screen_holds(&s, "   1.604020 + │──PSH ACK len 12 win 512 …─→│"));
    assert_true(screen_holds(&s, "   0.000021   │←─SYN ACK win 512 seq 0 a…──│"));
    screen_close(&s);
}

/* --- what else happened ------------------------------------------------------------------ */

static void our_calls_stand_beside_the_arrows(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "── ladder of this row ──────────────────────────────────────────────────────────",
        "       Time   127.0.0.1:51826                                    127.0.0.1:65432",
        "   0.000000   │──SYN win 512 seq 0────────────────────────────────────────────→│",
        "   0.000000   (SYN_SENT)                                                       │",
        "   0.000005   │* connect(127.0.0.1:65432) = -1 EINPROGRESS                     │",
        "   0.000021   │←─SYN ACK win 512 seq 0 ack 1───────────────────────────────────│",
        "   0.000021   │                                                       (SYN_RECV)",
        "   0.000030   │──ACK win 512 seq 1 ack 1──────────────────────────────────────→│",
        "   0.000030   (ESTABLISHED)                                                    │",
        "   0.000030   │                                                    (ESTABLISHED)",
        "   0.000900   │* send(5) = 5                                                   │",
        "   0.001000   │──PSH ACK len 5 win 512 seq 1 ack 1────────────────────────────→│",
        "   0.002000   │* recv(65536) = -1 EAGAIN                                       │",
        "   0.003000   │* shutdown(SHUT_WR) = 0                                         │",
        "",
        "",
        "",
        "",
        " a call of ours: shutdown(SHUT_WR) = 0",
        NULL};
    /* clang-format on */
    struct screen s;

    (void)state;
    screen_open(&s, &ladder_panel, ROWS, COLUMNS);
    focus_on_client(&s);
    open_session(&s);
    put_handshake(&s);
    put_answer(&s, 1000 * US, CLIENT, SERVER, PSH | ACK, 100, 900, "Hello");
    call_at(&s, 1 * US, (struct call){.name = CALL_SOCKET, .result = 5});
    call_at(&s, 5 * US,
            (struct call){.name = CALL_CONNECT,
                          .result = -1,
                          .error = EINPROGRESS,
                          .addr = an_addr("127.0.0.1", SERVER)});
    call_at(&s, 900 * US, (struct call){.name = CALL_SEND, .length = 5, .result = 5});
    call_at(&s, 2000 * US,
            (struct call){.name = CALL_RECV, .length = 65536, .result = -1, .error = EAGAIN});
    call_at(&s, 3000 * US, (struct call){.name = CALL_SHUTDOWN, .a = SHUT_WR});
    screen_tick(&s);
    screen_expect(&s, screen);
    assert_int_equal(screen_style(&s, 4, 20), STYLE_BUSY);
    assert_int_equal(screen_style(&s, 10, 20), STYLE_NORMAL);
    screen_close(&s);
}

static void calls_wait_until_their_socket_has_an_address(void **state)
{
    struct session_status session = a_session(2, SESSION_CONNECTING, 13);
    struct screen s;

    (void)state;
    screen_open(&s, &ladder_panel, ROWS, COLUMNS);
    focus_on_client(&s);
    session.local = (struct addr){0};
    apply_session_status(&s, &session);
    call_at(&s, 0, (struct call){.name = CALL_SEND, .length = 5, .result = 5});
    put_answer(&s, 1000 * US, CLIENT, SERVER, PSH | ACK, 100, 900, "Hello");
    screen_tick(&s);
    assert_false(screen_holds(&s, "send(5)"));
    open_session(&s);
    screen_tick(&s);
    assert_true(screen_holds(&s, "* send(5) = 5"));
    screen_close(&s);
}

static void calls_of_other_sockets_are_not_drawn(void **state)
{
    struct session_status session = a_session(2, SESSION_OPEN, 14);
    struct screen s;

    (void)state;
    screen_open(&s, &ladder_panel, ROWS, COLUMNS);
    focus_on_client(&s);
    session.local.port = 4444;
    apply_session_status(&s, &session);
    call_at(&s, 0, (struct call){.name = CALL_SEND, .length = 5, .result = 5});
    put_answer(&s, 1000 * US, CLIENT, SERVER, PSH | ACK, 100, 900, "Hello");
    screen_tick(&s);
    assert_false(screen_holds(&s, "send(5)"));
    screen_close(&s);
}

static void states_that_the_kernel_told_are_drawn_as_such(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &ladder_panel, ROWS, COLUMNS);
    focus_on_client(&s);
    put_handshake(&s);
    state_path_look(&s.m.path, STATE_SYN_SENT, SCREEN_START_NS);
    state_path_change(&s.m.path, STATE_SYN_SENT, STATE_ESTABLISHED, SCREEN_START_NS + 25 * US);
    screen_tick(&s);
    assert_true(screen_holds(&s, "   0.000025   [ESTABLISHED]   "));
    assert_false(screen_holds(&s, "   0.000030   (ESTABLISHED)"));
    assert_true(screen_holds(&s, "   0.000000   (SYN_SENT)   "));
    screen_close(&s);
}

/* --- the cursor -------------------------------------------------------------------------- */

static void byte_pane_follows_the_cursor(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &ladder_panel, ROWS, COLUMNS);
    conversation(&s);
    assert_int_equal(s.m.packet, 5);
    screen_act(&s, ACTION_UP);
    screen_act(&s, ACTION_UP);
    assert_int_equal(s.m.packet, 6);
    screen_act(&s, ACTION_FIRST);
    assert_int_equal(s.m.packet, 0);
    assert_false(s.m.packet_follows);
    put_answer(&s, 3000000 * US, CLIENT, SERVER, PSH | ACK, 112, 900, "more");
    screen_tick(&s);
    assert_int_equal(s.m.packet, 0);
    screen_draw(&s);
    assert_int_equal(screen_style(&s, 2, 20), STYLE_SELECTED);
    screen_act(&s, ACTION_LAST);
    assert_int_equal(s.m.packet, 7);
    put_answer(&s, 3000001 * US, CLIENT, SERVER, PSH | ACK, 116, 900, "and more");
    screen_tick(&s);
    assert_int_equal(s.m.packet, 8);
    screen_draw(&s);
    assert_int_equal(screen_style(&s, 15, 20), STYLE_SELECTED);
    screen_close(&s);
}

static void cursor_stays_on_its_step_when_something_is_put_in_before_it(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &ladder_panel, ROWS, COLUMNS);
    conversation(&s);
    screen_act(&s, ACTION_UP);
    screen_act(&s, ACTION_UP);
    screen_draw(&s);
    assert_int_equal(screen_style(&s, 11, 20), STYLE_SELECTED);
    open_session(&s);
    call_at(&s, 900 * US, (struct call){.name = CALL_SEND, .length = 5, .result = 5});
    screen_tick(&s);
    screen_draw(&s);
    assert_int_equal(screen_style(&s, 12, 20), STYLE_SELECTED);
    assert_true(screen_holds(&s, " packet 6: RST win 512 seq 1"));
    screen_close(&s);
}

static void packet_that_another_pane_chose_gets_the_cursor(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &ladder_panel, ROWS, COLUMNS);
    conversation(&s);
    model_show_packet(&s.m, 1);
    s.m.packet_follows = false;
    screen_tick(&s);
    screen_draw(&s);
    assert_int_equal(screen_style(&s, 4, 20), STYLE_SELECTED);
    screen_close(&s);
}

static void findings_are_stepped_through(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &ladder_panel, ROWS, COLUMNS);
    conversation(&s);
    screen_act(&s, ACTION_PREVIOUS_FINDING);
    assert_int_equal(s.m.packet, 5);
    assert_true(screen_holds(&s,
                             "packet 5: PSH ACK len 12 win 512 [retransmission] seq 1 ack 1; "
                             "retransmission:"));
    assert_true(screen_holds(&s, " sent again"));
    screen_act(&s, ACTION_NEXT_FINDING);
    assert_string_equal(s.requests.notice, "no finding behind this step");
    assert_int_equal(s.m.packet, 5);
    screen_close(&s);
}

static void search_finds_flags_and_calls(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &ladder_panel, ROWS, COLUMNS);
    conversation(&s);
    screen_act(&s, ACTION_FIRST);
    screen_search(&s, "retrans");
    assert_int_equal(s.m.packet, 5);
    screen_search(&s, "syn ack");
    assert_int_equal(s.m.packet, 1);
    screen_act(&s, ACTION_SEARCH_NEXT);
    assert_int_equal(s.m.packet, 1);
    screen_close(&s);
}

/* --- views ------------------------------------------------------------------------------- */

/* The same ACK again and again. */
static void duplicate_acks(struct screen *s)
{
    focus_on_client(s);
    put_handshake(s);
    put_answer(s, 1000 * US, SERVER, CLIENT, PSH | ACK, 900, 100, "Hello");
    put_answer(s, 1010 * US, CLIENT, SERVER, ACK, 100, 905, "");
    put_answer(s, 1015 * US, SERVER, CLIENT, PSH | ACK, 910, 100, "world");
    for (unsigned i = 0; i < 4; i++)
        put_answer(s, (1020 + i) * US, CLIENT, SERVER, ACK, 100, 905, "");
    put_answer(s, 2000 * US, CLIENT, SERVER, RST, 100, 0, "");
    screen_tick(s);
}

static void fold_is_opened_and_closed(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &ladder_panel, 24, COLUMNS);
    duplicate_acks(&s);
    assert_true(
        screen_holds(&s, "   0.001020 + │──4 x duplicate ack win 512, over 3 us─────────"));
    screen_search(&s, "4 x dup");
    assert_int_equal(s.m.packet, 6);
    assert_true(screen_holds(&s, " packets 6 to 9, Enter opens and closes: 4 x duplicate ack"));
    assert_false(screen_holds(&s, "   0.001023 . │"));
    screen_act(&s, ACTION_DETAILS);
    assert_true(
        screen_holds(&s,
                     "   0.001023 . │──ACK win 512 [duplicate ack] seq 101 ack 906───────") ||
        screen_holds(&s, "   0.001023 . │──ACK win 512 [duplicate ack] seq 1 ack 6───────"));
    screen_act(&s, ACTION_DOWN);
    screen_act(&s, ACTION_DOWN);
    assert_int_equal(s.m.packet, 7);
    put_answer(&s, 2100 * US, SERVER, CLIENT, RST, 915, 0, "");
    screen_tick(&s);
    assert_true(screen_holds(&s, " packet 7: ACK win 512 [duplicate ack]"));
    screen_act(&s, ACTION_DETAILS);
    assert_false(screen_holds(&s, "   0.001023 . │"));
    assert_true(screen_holds(&s, " packets 6 to 9, Enter opens"));
    screen_act(&s, ACTION_FIRST);
    screen_act(&s, ACTION_DETAILS);
    assert_string_equal(s.requests.notice, "nothing is folded here");
    screen_close(&s);
}

static void gaps_are_drawn_to_scale_on_request(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &ladder_panel, 40, COLUMNS);
    conversation(&s);
    screen_act(&s, ACTION_VIEW);
    assert_true(screen_holds(&s, "ladder of this row [an empty line is 100 ms]"));
    /* Of 1.2 s and of 0.4 s. */
    for (int row = 9; row < 26; row++)
        assert_string_equal(surface_cell(s.surface, row, 17)->text, row == 21 ? "P" : " ");
    assert_string_equal(surface_cell(s.surface, 26, 17)->text, "P");
    screen_resize(&s, 10, COLUMNS, false);
    screen_act(&s, ACTION_UP);
    screen_act(&s, ACTION_UP);
    screen_act(&s, ACTION_UP);
    assert_true(screen_holds(&s, "[retransmission]"));
    screen_act(&s, ACTION_VIEW);
    assert_false(screen_holds(&s, "an empty line"));
    screen_close(&s);
}

static void times_change_their_form(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &ladder_panel, ROWS, COLUMNS);
    conversation(&s);
    screen_act(&s, ACTION_TIME_FORMAT);
    assert_true(screen_holds(&s, "   0.400003 + │──PSH"));
    screen_act(&s, ACTION_TIME_FORMAT);
    assert_true(screen_holds(&s, "12:00:01.604020 + │──PSH"));
    screen_act(&s, ACTION_TIME_FORMAT);
    assert_true(screen_holds(&s, "   1.604020 + │──PSH"));
    packet_reference(&s.m.marks, 4, SCREEN_NOON_NS + 1204017 * US);
    screen_act(&s, ACTION_TIME_FORMAT);
    assert_true(screen_holds(&s, "   0.400003 + │──PSH"));
    assert_true(screen_holds(&s, "  -1.203987   │──ACK"));
    screen_close(&s);
}

static void columns_are_scrolled(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &ladder_panel, ROWS, COLUMNS);
    for (uint16_t i = 0; i < 4; i++)
        put_answer(&s, i * US, (uint16_t)(4001 + i), SERVER, PSH | ACK, 1, 1, "x");
    screen_tick(&s);
    assert_true(screen_holds(&s, "── ladder [columns 1 to 3 of 5] ──"));
    assert_true(screen_holds(
        &s, "       Time   127.0.0.1:4001           127.0.0.1:65432           127.0.0.1:4002"));
    assert_true(screen_holds(
        &s, "   0.000003   │                               │←─PSH ACK len 1 win 512 unsca…──"));
    screen_act(&s, ACTION_RIGHT);
    screen_act(&s, ACTION_RIGHT);
    assert_true(screen_holds(&s, "── ladder [columns 3 to 5 of 5] ──"));
    assert_true(
        screen_holds(&s, "   0.000000   │<< PSH ACK len 1 win 512 unscaled seq 1 ack 1"));
    screen_act(&s, ACTION_RIGHT);
    screen_act(&s, ACTION_LEFT);
    assert_true(screen_holds(&s, "── ladder [columns 2 to 4 of 5] ──"));
    screen_close(&s);
}

static void many_packets_are_taken_some_at_a_time(void **state)
{
    const struct panel_event tick = {.kind = PANEL_TICK};
    struct requests requests = {0};
    struct screen s;

    (void)state;
    screen_open(&s, &ladder_panel, ROWS, COLUMNS);
    ring_free(s.packets);
    s.m.packets = s.packets = ring_new(4096, sizeof(struct packet), 1 << 20);
    for (uint32_t i = 0; i < 2000; i++)
        put_answer(&s, i * US, CLIENT, SERVER, PSH | ACK, 100 + i, 900, "x");
    while (model_update_packets(&s.m) && model_packets_behind(&s.m))
        ;
    s.ops->update(s.panel, &tick, &s.m, &requests);
    assert_true(requests.go_on);
    assert_false(screen_holds(&s, "packet 1,999:"));
    screen_tick(&s);
    assert_true(screen_holds(&s, "packet 1,999: PSH ACK len 1 win 512 unscaled seq 2,000"));
    assert_false(s.requests.go_on);
    screen_close(&s);
}

static void another_focus_starts_over(void **state)
{
    struct row other = a_row(14, STATE_ESTABLISHED, 4444, 5555);
    struct screen s;

    (void)state;
    screen_open(&s, &ladder_panel, ROWS, COLUMNS);
    conversation(&s);
    screen_act(&s, ACTION_FIRST);
    model_focus(&s.m, &(struct focus){.kind = FOCUS_ROW, .row = other});
    screen_tick(&s);
    assert_false(screen_holds(&s, "51826"));
    assert_true(screen_holds(&s, "   0.000000   │──SYN win 512 seq 0"));
    screen_close(&s);
}

static void empty_ladder_says_what_to_do(void **state)
{
    struct capture_status *status = mem_new(1, sizeof(*status));
    struct screen s;

    (void)state;
    screen_open(&s, &ladder_panel, ROWS, COLUMNS);
    assert_true(screen_holds(&s, "no packets: nothing is being captured; :capture IF begins"));
    status->n_interfaces = 1;
    strcpy(status->interfaces[0].name, "lo");
    status->interfaces[0].state = CAPTURE_RUNNING;
    model_take_capture(&s.m, status);
    focus_on_client(&s);
    screen_tick(&s);
    assert_true(
        screen_holds(&s, "nothing of this row yet: packets, calls and states are drawn"));
    screen_act(&s, ACTION_DETAILS);
    screen_act(&s, ACTION_NEXT_FINDING);
    screen_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(focus_is_drawn_with_states_and_findings),
        cmocka_unit_test(terminal_without_utf8_has_its_own_arrows),
        cmocka_unit_test(narrow_pane_keeps_flags_and_lengths),
        cmocka_unit_test(our_calls_stand_beside_the_arrows),
        cmocka_unit_test(calls_wait_until_their_socket_has_an_address),
        cmocka_unit_test(calls_of_other_sockets_are_not_drawn),
        cmocka_unit_test(states_that_the_kernel_told_are_drawn_as_such),
        cmocka_unit_test(byte_pane_follows_the_cursor),
        cmocka_unit_test(cursor_stays_on_its_step_when_something_is_put_in_before_it),
        cmocka_unit_test(packet_that_another_pane_chose_gets_the_cursor),
        cmocka_unit_test(findings_are_stepped_through),
        cmocka_unit_test(search_finds_flags_and_calls),
        cmocka_unit_test(fold_is_opened_and_closed),
        cmocka_unit_test(gaps_are_drawn_to_scale_on_request),
        cmocka_unit_test(times_change_their_form),
        cmocka_unit_test(columns_are_scrolled),
        cmocka_unit_test(many_packets_are_taken_some_at_a_time),
        cmocka_unit_test(another_focus_starts_over),
        cmocka_unit_test(empty_ladder_says_what_to_do),
    };

    return cmocka_run_group_tests_name("ladder_panel", tests, NULL, NULL);
}
