#include "tests/unit/screen.h"

#include "ui/console/journal_panel.h"

static void record(struct screen *s, enum call_name name, uint64_t at_us, int error)
{
    struct call call = {.start_ns = SCREEN_START_NS + at_us * 1000,
                        .duration_ns = 21000,
                        .session_id = 2,
                        .result = error ? -1 : 5,
                        .fd = 5,
                        .error = error,
                        .name = (uint8_t)name};

    if (name == CALL_SOCKET) {
        call.a = AF_INET;
        call.b = SOCK_STREAM | SOCK_NONBLOCK;
        call.fd = -1;
    }
    if (name == CALL_CONNECT) {
        call.addr = an_addr("127.0.0.1", 1);
        call.d = 16;
    }
    if (name == CALL_SEND) {
        call.length = call.data_len = 5;
        memcpy(call.data, "Hello", 5);
    }
    ring_put(s->journal, &call, NULL, 0);
}

static void calls_in_straces_form(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "        Time Session     Call as strace                                                           3 calls, 0 overwritten",
        "    0.000102 session 2   socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_IP) = 5 <0.000021>",
        "    0.000187 session 2   connect(5, {sa_family=AF_INET, sin_port=htons(1), sin_addr=\"127.0.0.1\"}, 16) = -1 ECONNREFUSED…",
        "    0.000300 session 2   send(5, \"Hello\", 5, 0) = -1 EAGAIN (Resource temporarily unavailable) <0.000021>",
        NULL};
    /* clang-format on */
    struct session_status session = a_session(2, SESSION_OPEN, 13);
    struct screen s;

    (void)state;
    screen_open(&s, &journal_panel, 5, 120);
    apply_session_status(&s, &session);
    record(&s, CALL_SOCKET, 102, 0);
    record(&s, CALL_CONNECT, 187, ECONNREFUSED);
    record(&s, CALL_SEND, 300, EAGAIN);
    screen_tick(&s);
    screen_expect(&s, screen);
    assert_int_equal(screen_style(&s, 1, 25), STYLE_NORMAL);
    assert_int_equal(screen_style(&s, 2, 25), STYLE_BAD);
    assert_int_equal(screen_style(&s, 3, 25), STYLE_SELECTED);
    screen_act(&s, ACTION_TIME_FORMAT);
    assert_true(screen_holds(&s, "12:00:00.000187 session 2"));
    screen_close(&s);
}

static void a_key_shows_calls_in_other_languages(void **state)
{
    struct session_status session = a_session(2, SESSION_OPEN, 13);
    struct screen s;
    char *text;

    (void)state;
    screen_open(&s, &journal_panel, 5, 120);
    apply_session_status(&s, &session);
    record(&s, CALL_CONNECT, 187, ECONNREFUSED);
    record(&s, CALL_SEND, 300, 0);
    screen_tick(&s);
    screen_act(&s, ACTION_VIEW);
    assert_true(screen_holds(&s, "Call as Python"));
    assert_true(screen_holds(&s, "s5.connect((\"127.0.0.1\", 1))  # ConnectionRefusedError: "));
    assert_true(screen_holds(&s, "s5.send(b\"Hello\", 0)  # 5"));
    screen_act(&s, ACTION_VIEW);
    assert_true(screen_holds(&s, "Call as C"));
    assert_true(screen_holds(&s, "send(5, \"Hello\", 5, 0); /* 5 */"));
    text = journal_panel_text(s.panel, &s.m);
    assert_string_equal(text, "send(5, \"Hello\", 5, 0); /* 5 */");
    free(text);
    assert_int_equal(journal_panel_session(s.panel, &s.m), 2);
    assert_int_equal(journal_panel_language(s.panel), PROGRAM_C);
    screen_act(&s, ACTION_VIEW);
    assert_true(screen_holds(&s, "Call as strace"));
    screen_close(&s);
}

static void overwritten_calls_are_counted(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &journal_panel, 6, 80);
    for (unsigned i = 0; i < 100; i++)
        record(&s, CALL_SEND, i, 0);
    screen_tick(&s);
    assert_true(screen_holds(&s, "100 calls, 36 overwritten"));
    screen_close(&s);
}

static void paused_it_stands_still(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &journal_panel, 6, 80);
    record(&s, CALL_SEND, 1, 0);
    model_pause(&s.m, true);
    record(&s, CALL_SEND, 2, 0);
    screen_resize(&s, 8, 90, false);
    assert_true(screen_holds(&s, "1 calls, 0 overwritten"));
    assert_true(screen_holds(&s, "0.000001"));
    assert_false(screen_holds(&s, "0.000002"));
    model_pause(&s.m, false);
    screen_tick(&s);
    assert_true(screen_holds(&s, "2 calls, 0 overwritten"));
    assert_true(screen_holds(&s, "0.000002"));
    screen_close(&s);
}

static void follows_until_scrolled_and_keeps_its_place(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &journal_panel, 6, 80);
    for (unsigned i = 0; i < 60; i++)
        record(&s, CALL_SEND, i, 0);
    screen_tick(&s);
    assert_true(screen_holds(&s, "0.000059"));
    screen_act(&s, ACTION_UP);
    for (unsigned i = 60; i < 70; i++)
        record(&s, CALL_SEND, i, 0);
    screen_tick(&s);
    /* Six records went from the front, the same calls are still shown. */
    assert_true(screen_holds(&s, "0.000059"));
    assert_false(screen_holds(&s, "0.000060"));
    screen_act(&s, ACTION_LAST);
    assert_true(screen_holds(&s, "0.000069"));
    record(&s, CALL_SEND, 70, 0);
    screen_tick(&s);
    assert_true(screen_holds(&s, "0.000070"));
    screen_close(&s);
}

static void narrow_pane_keeps_the_call_and_says_it_is_cut(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &journal_panel, 3, 30);
    record(&s, CALL_CONNECT, 187, ECONNREFUSED);
    screen_tick(&s);
    assert_true(screen_holds(&s, " connect(5,"));
    assert_true(screen_holds(&s, "…"));
    screen_close(&s);
}

static void the_cursor_goes_to_a_call_that_is_asked_for(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &journal_panel, 5, 120);
    for (int i = 0; i < 20; i++)
        record(&s, i == 7 ? CALL_CONNECT : CALL_SEND, 100, i == 7 ? ECONNREFUSED : 0);
    screen_tick(&s);
    assert_false(screen_holds(&s, "connect(5"));
    screen_event(&s, &(struct panel_event){.kind = PANEL_CALL, .call = 7});
    screen_tick(&s);
    assert_true(screen_holds(&s, "connect(5"));
    screen_close(&s);
}

static void search_and_enter_lead_to_the_session(void **state)
{
    struct session_status session = a_session(2, SESSION_FAILED, 0);
    struct screen s;

    (void)state;
    screen_open(&s, &journal_panel, 6, 100);
    apply_session_status(&s, &session);
    record(&s, CALL_SOCKET, 102, 0);
    record(&s, CALL_CONNECT, 187, ECONNREFUSED);
    record(&s, CALL_CLOSE, 200, 0);
    screen_tick(&s);
    screen_search(&s, "econnrefused");
    screen_draw(&s);
    assert_int_equal(screen_style(&s, 2, 30), STYLE_SELECTED);
    screen_act(&s, ACTION_DETAILS);
    assert_int_equal(s.m.focus.session_id, 2);
    screen_close(&s);
}

static void empty_journal_says_what_to_do(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &journal_panel, 3, 80);
    assert_true(screen_holds(&s, "no socket call yet: o opens a session, L starts a server"));
    screen_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_in_straces_form),
        cmocka_unit_test(a_key_shows_calls_in_other_languages),
        cmocka_unit_test(overwritten_calls_are_counted),
        cmocka_unit_test(paused_it_stands_still),
        cmocka_unit_test(follows_until_scrolled_and_keeps_its_place),
        cmocka_unit_test(narrow_pane_keeps_the_call_and_says_it_is_cut),
        cmocka_unit_test(the_cursor_goes_to_a_call_that_is_asked_for),
        cmocka_unit_test(search_and_enter_lead_to_the_session),
        cmocka_unit_test(empty_journal_says_what_to_do),
    };

    return cmocka_run_group_tests_name("journal_panel", tests, NULL, NULL);
}
