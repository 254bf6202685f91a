/* Wherever the console shows an error it shows what the reference says of it. */
#include "tests/unit/screen.h"

#include "core/model/errors.h"
#include "ui/console/explain.h"

static int load(void **state)
{
    (void)state;
    return error_reference_load(NULL);
}

static void record(struct screen *s, struct call call)
{
    call.start_ns = SCREEN_START_NS;
    call.session_id = 2;
    call.fd = 5;
    call.result = call.error ? -1 : 0;
    ring_put(s->journal, &call, NULL, 0);
}

static struct call a_call(enum call_name name, int error)
{
    return (struct call){.name = (uint8_t)name, .error = error};
}

/* The row that holds the text, -1 for none; draws. */
static int row_of(struct screen *s, const char *text)
{
    char buf[1024];

    screen_draw(s);
    for (int i = 0; i < surface_rows(s->surface); i++)
        if (strstr(screen_row(s, i, buf), text))
            return i;
    return -1;
}

/* As one paragraph would show it: its beginning. */
static const char *begin_of(const char *text, char buf[24])
{
    snprintf(buf, 24, "%s", text);
    return buf;
}

static void expect_explained(struct screen *s, const char *name)
{
    const struct error_entry *e = error_by_name(name);
    char begin[24];

    assert_true(screen_holds(s, begin_of(e->meaning, begin)));
    assert_true(screen_holds(s, begin_of(e->causes.list[0], begin)));
    assert_true(screen_holds(s, begin_of(e->tries.list[0], begin)));
}

static void the_selected_call_of_the_journal_is_explained(void **state)
{
    struct screen s;
    int title;

    (void)state;
    screen_open(&s, &journal_panel, 20, 80);
    record(&s, a_call(CALL_SOCKET, 0));
    record(&s, a_call(CALL_CONNECT, ECONNREFUSED));
    screen_tick(&s);
    expect_explained(&s, "ECONNREFUSED");
    title = row_of(&s, "ECONNREFUSED: Connection refused");
    assert_true(title > 2);
    assert_true(row_of(&s, "means") == title + 1);
    screen_act(&s, ACTION_UP);
    assert_false(screen_holds(&s, "means"));
    record(&s, a_call(CALL_BIND, EADDRINUSE));
    screen_act(&s, ACTION_LAST);
    expect_explained(&s, "EADDRINUSE");
    screen_close(&s);
}

static void an_error_that_so_error_tells_is_explained(void **state)
{
    struct call call = a_call(CALL_GETSOCKOPT, 0);
    const int error = ETIMEDOUT;
    struct screen s;

    (void)state;
    call.a = SOL_SOCKET;
    call.b = SO_ERROR;
    call.length = call.data_len = sizeof(error);
    memcpy(call.data, &error, sizeof(error));
    screen_open(&s, &journal_panel, 20, 80);
    record(&s, call);
    screen_tick(&s);
    expect_explained(&s, "ETIMEDOUT");
    screen_close(&s);
}

static void not_yet_is_explained_to_who_stops_at_it(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &journal_panel, 20, 80);
    record(&s, a_call(CALL_CONNECT, EINPROGRESS));
    record(&s, a_call(CALL_RECV, EAGAIN));
    screen_tick(&s);
    assert_false(screen_holds(&s, "means"));
    screen_act(&s, ACTION_UP);
    expect_explained(&s, "EINPROGRESS");
    screen_close(&s);
}

static void the_list_keeps_its_cursor_in_sight_and_the_better_half(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &journal_panel, 8, 80);
    for (int i = 0; i < 30; i++)
        record(&s, a_call(CALL_SEND, i % 2 ? EPIPE : 0));
    screen_tick(&s);
    for (int i = 0; i < 40; i++) {
        int title;

        screen_act(&s, i < 20 ? ACTION_UP : ACTION_DOWN);
        title = row_of(&s, "EPIPE: Broken pipe");
        assert_true(title < 0 || title >= 4);
        for (int row = 1, marked = 0; row < 8; row++) {
            marked += screen_style(&s, row, 30) == STYLE_SELECTED;
            assert_true(row < 7 || marked == 1);
        }
    }
    screen_resize(&s, 7, 80, false);
    assert_true(row_of(&s, "means") < 0);
    screen_close(&s);
}

static void a_failed_session_is_explained_below_its_error(void **state)
{
    struct session_status failed = a_session(7, SESSION_FAILED, 0);
    struct screen s;

    (void)state;
    err_set(&failed.err, -ECONNREFUSED, "connect", "127.0.0.1:65432", "%s", "");
    screen_open(&s, &session_panel, 20, 80);
    apply_session_status(&s, &failed);
    screen_tick(&s);
    assert_int_equal(row_of(&s, "Connection refused (ECONNREFUSED)"), 1);
    assert_int_equal(row_of(&s, "means"), 2);
    expect_explained(&s, "ECONNREFUSED");
    assert_true(row_of(&s, "nothing sent or received yet") > row_of(&s, "  try"));
    /* With four rows one is for the meaning, one for what was said. */
    screen_resize(&s, 4, 80, false);
    assert_int_equal(row_of(&s, "means"), 2);
    assert_int_equal(row_of(&s, "nothing sent or received yet"), 3);
    screen_close(&s);
}

static void what_was_said_last_stays_in_sight(void **state)
{
    struct session_status failed = a_session(2, SESSION_FAILED, 0);
    struct screen s;

    (void)state;
    err_set(&failed.err, -ECONNRESET, "recv", "127.0.0.1:65432", "%s", "");
    screen_open(&s, &session_panel, 20, 80);
    apply_session_status(&s, &failed);
    for (char c = 'a'; c <= 'z'; c++) {
        char text[] = {'<', c, '>'};
        struct passage p = {.at_ns = SCREEN_START_NS + 9 * CLOCK_SECOND_NS,
                            .session_id = 2,
                            .length = sizeof(text),
                            .direction = DIRECTION_SENT};

        ring_put(s.transcript, &p, text, sizeof(text));
    }
    for (int rows = 4; rows <= 20; rows++) {
        screen_resize(&s, rows, 80, false);
        assert_int_equal(row_of(&s, "<z>"), rows - 1);
        assert_int_equal(row_of(&s, "means"), 2);
    }
    screen_close(&s);
}

static void a_failed_lookup_is_explained_by_its_own_code(void **state)
{
    struct session_status failed = a_session(7, SESSION_FAILED, 0);
    struct screen s;

    (void)state;
    err_set(&failed.err, -ENOENT, "resolve", "nowhere.invalid", "Name or service not known");
    strcpy(failed.err.symbol, "EAI_NONAME");
    screen_open(&s, &session_panel, 20, 80);
    apply_session_status(&s, &failed);
    screen_tick(&s);
    expect_explained(&s, "EAI_NONAME");
    screen_close(&s);
}

static void an_open_session_has_nothing_to_explain(void **state)
{
    struct session_status open = a_session(7, SESSION_OPEN, 0);
    struct screen s;

    (void)state;
    screen_open(&s, &session_panel, 20, 80);
    apply_session_status(&s, &open);
    screen_tick(&s);
    assert_false(screen_holds(&s, "means"));
    screen_close(&s);
}

static void the_notice_says_what_to_try(void **state)
{
    struct session_status failed = a_session(7, SESSION_FAILED, 0);
    struct event reply = {.kind = EVENT_REPLY};
    struct screen s;

    (void)state;
    err_set(&failed.err, -ETIMEDOUT, "connect", "10.0.0.1:80", "%s", "");
    screen_open(&s, &session_panel, 20, 80);
    apply_session_status(&s, &failed);
    assert_non_null(strstr(s.m.notice, "session 7: connect 10.0.0.1:80: "));
    assert_non_null(strstr(s.m.notice, error_by_name("ETIMEDOUT")->tries.list[0]));
    err_set(&reply.reply.err, -EADDRINUSE, "bind", "127.0.0.1:80", "%s", "");
    model_apply(&s.m, &reply);
    assert_non_null(strstr(s.m.notice, error_by_name("EADDRINUSE")->tries.list[0]));
    screen_close(&s);
}

static void rows_are_what_is_drawn_at_every_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < error_count(); i++)
        for (int columns = 0; columns < 130; columns += 3)
            for (int rows = 0; rows < 12; rows++) {
                struct surface *surface = surface_new(rows + 1, columns + 1, false);
                struct area a = area_part(area_whole(surface), 0, 0, rows, columns);
                int said = explain_rows(error_at(i), rows, columns);

                assert_true(said <= rows);
                assert_int_equal(explain_draw(a, error_at(i)), said);
                surface_free(surface);
            }
    assert_int_equal(explain_rows(NULL, 10, 80), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_selected_call_of_the_journal_is_explained),
        cmocka_unit_test(an_error_that_so_error_tells_is_explained),
        cmocka_unit_test(not_yet_is_explained_to_who_stops_at_it),
        cmocka_unit_test(the_list_keeps_its_cursor_in_sight_and_the_better_half),
        cmocka_unit_test(a_failed_session_is_explained_below_its_error),
        cmocka_unit_test(what_was_said_last_stays_in_sight),
        cmocka_unit_test(a_failed_lookup_is_explained_by_its_own_code),
        cmocka_unit_test(an_open_session_has_nothing_to_explain),
        cmocka_unit_test(the_notice_says_what_to_try),
        cmocka_unit_test(rows_are_what_is_drawn_at_every_size),
    };

    return cmocka_run_group_tests_name("explain", tests, load, NULL);
}
