/* K explains what is under the cursor on every screen, :explain by a name, and a screen says what it
 * shows until the first key. */
#include "tests/unit/consoles.h"

#include "core/wire/finding.h"
#include "tests/unit/frames.h"
#include "ui/console/explain_box.h"

static bool screen_says(struct fixture *f, const char *text)
{
    console_draw(&f->c);
    for (int row = 0; row < surface_rows(f->c.surface); row++)
        if (strstr(surface_row(f->c.surface, row), text))
            return true;
    return false;
}

static void expect_said(struct fixture *f, const char *text)
{
    if (screen_says(f, text))
        return;
    for (int row = 0; row < surface_rows(f->c.surface); row++)
        print_error("|%s|\n", surface_row(f->c.surface, row));
    fail_msg("\"%s\" is not on the screen", text);
}

static void show_a_row(struct fixture *f)
{
    struct row row = a_row(1, STATE_CLOSE_WAIT, 80, 1000);

    row.wqueue = 2755072;
    model_take_snapshot(&f->c.model, a_snapshot(&row, 1));
    console_tell_all(&f->c, PANEL_TICK);
}

static void cells_of_a_row_are_gone_through(void **state)
{
    struct fixture *f = *state;

    show_a_row(f);
    type(f, "K");
    assert_int_equal(f->c.mode, MODE_EXPLAIN);
    expect_said(f, "State (column state)");
    expect_said(f, "CLOSE_WAIT: The peer has closed;");
    assert_true(row_holds(f, 23, "Esc leaves"));
    assert_true(row_holds(f, 0, "sockeye")); /* the screen stays above */
    type(f, "kkk");
    expect_said(f, "Send-Q (column sendq), bytes");
    expect_said(f, "2,755,072");
    type(f, "G");
    expect_said(f, "sockets (screen)");
    console_key(&f->c, KEYS_ESCAPE);
    assert_int_equal(f->c.mode, MODE_KEYS);
    assert_false(screen_says(f, "sockets (screen)"));
}

static void another_key_ends_it_and_means_what_it_means(void **state)
{
    struct fixture *f = *state;

    show_a_row(f);
    type(f, "KK");
    assert_int_equal(f->c.mode, MODE_KEYS);
    type(f, "K5");
    assert_int_equal(f->c.mode, MODE_KEYS);
    assert_int_equal(f->c.screen, SCREEN_JOURNAL);
    type(f, "Kq"); /* leaves only the box */
    assert_int_equal(f->c.screen, SCREEN_JOURNAL);
    type(f, "K\x1e");
    assert_int_equal(f->c.mode, MODE_EXPLAIN);
}

static void an_empty_screen_explains_itself(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < SCREEN_TABS; i++) {
        console_go(&f->c, (enum screen_id)i);
        type(f, "K");
        expect_said(f, "(screen)");
        assert_true(f->c.explain->now.n >= 3);
        type(f, "K");
    }
}

static void a_call_and_its_errno_are_explained(void **state)
{
    struct fixture *f = *state;
    struct call call = {.name = CALL_CONNECT, .fd = 5, .result = -1, .error = ECONNREFUSED};

    ring_put((struct ring *)(uintptr_t)engine_journal(f->engine), &call, NULL, 0);
    type(f, "5");
    console_tell_all(&f->c, PANEL_TICK);
    type(f, "K");
    expect_said(f, "connect (call)");
    type(f, "j");
    expect_said(f, "ECONNREFUSED (111): Connection refused");
}

static void a_packets_findings_come_first_then_its_fields(void **state)
{
    struct fixture *f = *state;
    struct frame syn = frame_tcp(TCP_FLAG_SYN, 1, 0, "");
    struct packet packet = {.length = (uint32_t)syn.len, .link_type = 1};

    ring_put(f->c.packets, &packet, syn.bytes, syn.len);
    type(f, "3");
    model_update_packets(&f->c.model);
    console_tell_all(&f->c, PANEL_TICK);
    console_tell_all(&f->c, PANEL_TICK);
    type(f, "gK");
    expect_said(f, "Flags (field of Transmission Control Protocol)");
    expect_said(f, "The sender begins a connection here");
}

static void a_session_tells_its_state_its_error_and_its_phases(void **state)
{
    struct fixture *f = *state;

    tell_session(f, 2, SESSION_FAILED, ETIMEDOUT);
    type(f, "2");
    console_tell_all(&f->c, PANEL_TICK);
    type(f, "K");
    expect_said(f, "ETIMEDOUT (110): Connection timed out");
    type(f, "k");
    expect_said(f, "failed   An error ended it");
    type(f, "jj");
    expect_said(f, "(phase)");
}

static void every_column_of_the_sessions_is_explained(void **state)
{
    struct fixture *f = *state;
    struct explanation e;

    tell_session(f, 2, SESSION_OPEN, 0);
    type(f, "2");
    console_tell_all(&f->c, PANEL_TICK);
    type(f, "K");
    assert_true(f->c.explain->subjects.n > 10);
    for (size_t i = 0; i < f->c.explain->subjects.n; i++)
        if (!explanation_of(&f->c.explain->subjects.list[i], &e))
            fail_msg("%s is not explained", f->c.explain->subjects.list[i].name);
}

static void a_name_is_explained_wherever_one_is(void **state)
{
    struct fixture *f = *state;

    console_line(&f->c, "explain econnrefused");
    expect_said(f, "ECONNREFUSED (111): Connection refused");
    type(f, "K");
    console_line(&f->c, "explain TCP Option - Window scale");
    expect_said(f, "By how many bits the sender's windows");
    type(f, "K");
    console_line(&f->c, "explain xyzzy");
    assert_int_equal(f->c.mode, MODE_KEYS);
    assert_string_equal(f->c.model.notice, "explain: nothing is called 'xyzzy'; Tab behind "
                                           ":explain lists names");
    show_a_row(f);
    console_line(&f->c, "explain");
    expect_said(f, "State (column state)");
}

static void an_explanation_is_copied(void **state)
{
    struct fixture *f = *state;

    console_line(&f->c, "explain ESTABLISHED");
    type(f, "y");
    assert_int_equal(f->c.mode, MODE_EXPLAIN);
    assert_non_null(strstr(copied, "ESTABLISHED (state)\n  is       The connection is open"));
}

/* ---- hints ---- */

static void a_screen_says_what_it_shows_until_the_first_key(void **state)
{
    struct fixture *f = *state;

    assert_true(row_holds(f, 23, "F1 help") || row_holds(f, 23, "help"));
    type(f, "5");
    assert_true(row_holds(f, 23, "Every socket call of ours as strace writes it"));
    type(f, "5");
    assert_false(row_holds(f, 23, "Every socket call"));
    type(f, "j");
    assert_true(row_holds(f, 23, "help"));
}

static void every_screen_has_a_hint_of_one_line(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < SCREEN_COUNT; i++) {
        size_t len;

        f->c.screen = (enum screen_id)i;
        len = strlen(console_hint(&f->c));
        assert_true(len > 20 && len <= 78);
    }
    f->c.screen = SCREEN_HOME;
}

static void help_lists_what_the_screens_show(void **state)
{
    struct fixture *f = *state;

    type(f, "?G");
    expect_said(f, "bytes");
    type(f, "kkkk");
    for (int i = 0; i < 30 && !screen_says(f, "What the screens show"); i++)
        type(f, "k");
    expect_said(f, "What the screens show");
    expect_said(f, "Every socket call of ours");
}

/* ---- the box ---- */

static void open_word(struct explain_box *b, const char *word, int rows, int columns)
{
    assert_int_equal(explanation_load(NULL), 0);
    *b = (struct explain_box){0};
    assert_true(explanation_find(word, &b->subjects) > 0);
    explain_box_open(b);
    explain_box_resize(b, rows, columns);
}

static void a_long_text_scrolls(void **state)
{
    static struct explain_box b;
    struct surface *s = surface_new(12, 60, true);

    (void)state;
    open_word(&b, "no-listener", 12, 60);
    assert_true(explain_box_draw(&b, area_whole(s)) >= 0);
    assert_non_null(strstr(surface_row(s, 11 - 1), "~")); /* more below */
    for (int i = 0; i < 50; i++)
        assert_true(explain_box_act(&b, ACTION_DOWN));
    surface_clear(s);
    explain_box_draw(&b, area_whole(s));
    assert_non_null(strstr(surface_row(s, 10), "connect(2)"));
    assert_true(explain_box_act(&b, ACTION_PAGE_UP));
    for (int i = 0; i < 50; i++)
        explain_box_act(&b, ACTION_UP);
    assert_int_equal(b.top, 0);
    assert_false(explain_box_act(&b, ACTION_HELP));
    surface_free(s);
}

static void any_size_is_drawn(void **state)
{
    static struct explain_box b;

    (void)state;
    for (int rows = 1; rows < 60; rows += 3)
        for (int columns = 1; columns < 170; columns += 7) {
            struct surface *s = surface_new(rows, columns, false);

            open_word(&b, "checksum", rows, columns);
            explain_box_act(&b, ACTION_LAST);
            explain_box_resize(&b, rows, columns);
            assert_in_range(explain_box_draw(&b, area_whole(s)), 0, rows);
            surface_free(s);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(cells_of_a_row_are_gone_through),
        TEST(another_key_ends_it_and_means_what_it_means),
        TEST(an_empty_screen_explains_itself),
        TEST(a_call_and_its_errno_are_explained),
        TEST(a_packets_findings_come_first_then_its_fields),
        TEST(a_session_tells_its_state_its_error_and_its_phases),
        TEST(every_column_of_the_sessions_is_explained),
        TEST(a_name_is_explained_wherever_one_is),
        TEST(an_explanation_is_copied),
        TEST(a_screen_says_what_it_shows_until_the_first_key),
        TEST(every_screen_has_a_hint_of_one_line),
        TEST(help_lists_what_the_screens_show),
        cmocka_unit_test(a_long_text_scrolls),
        cmocka_unit_test(any_size_is_drawn),
    };

    return cmocka_run_group_tests_name("console_explain", tests, NULL, NULL);
}
