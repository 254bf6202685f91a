/* The mouse in a console without a terminal. */
#include "tests/unit/consoles.h"

#define ROWS 30

static void show_rows(struct fixture *f)
{
    struct row rows[ROWS];

    for (uint16_t i = 0; i < ROWS; i++)
        rows[i] = a_row(i + 1U, STATE_ESTABLISHED, 80, (uint16_t)(1000 + i));
    model_take_snapshot(&f->c.model, a_snapshot(rows, ROWS));
    console_tell_all(&f->c, PANEL_TICK);
    console_draw(&f->c);
}

static void mouse(struct fixture *f, enum mouse_kind kind, int row, int column)
{
    const struct mouse m = {.kind = kind, .row = row, .column = column};

    console_mouse(&f->c, &m);
    console_draw(&f->c);
}

static void click(struct fixture *f, int row, int column)
{
    mouse(f, MOUSE_PRESS, row, column);
    mouse(f, MOUSE_RELEASE, row, column);
}

static const struct rectangle *pane(struct fixture *f, enum pane_id id)
{
    const struct rectangle *at = layout_find(&f->c.layout, id);

    assert_non_null(at);
    return at;
}

/* Where the row of the screen has a text. */
static int column_of(struct fixture *f, int row, const char *text)
{
    const char *line, *found;

    console_draw(&f->c);
    line = surface_row(f->c.surface, row);
    found = strstr(line, text);
    assert_non_null(found);
    return (int)(found - line);
}

static void a_click_selects_the_pane_and_the_row(void **state)
{
    struct fixture *f = *state;
    const struct rectangle *at;

    show_rows(f);
    at = pane(f, PANE_SOCKETS);
    click(f, at->row + 3, 20);
    assert_int_equal(f->c.model.focus.kind, FOCUS_ROW);
    assert_int_equal(f->c.model.focus.row.cookie, 3);
    assert_int_equal(console_keys_pane(&f->c), PANE_SOCKETS);
    at = pane(f, PANE_PACKETS);
    click(f, at->row + 1, 20);
    assert_int_equal(console_keys_pane(&f->c), PANE_PACKETS);
    assert_int_equal(f->c.model.focus.row.cookie, 3);
}

static void a_click_on_a_column_sorts_by_it_and_another_inverts(void **state)
{
    struct fixture *f = *state;
    int row, column;

    show_rows(f);
    row = pane(f, PANE_SOCKETS)->row;
    column = column_of(f, row, "Recv-Q") + 2;
    click(f, row, column);
    assert_string_equal(f->c.model.sort->name, "recvq");
    assert_true(f->c.model.descending);
    click(f, row, column);
    assert_string_equal(f->c.model.sort->name, "recvq");
    assert_false(f->c.model.descending);
    click(f, row, column_of(f, row, "Local"));
    assert_string_equal(f->c.model.sort->name, "local");
    assert_false(f->c.model.descending);
    /* However often: it is no Enter on a row. */
    assert_int_equal(console_keys_pane(&f->c), PANE_SOCKETS);
}

/* The rows in a view, as a snapshot brings them. */
static void show_view(struct fixture *f, enum socket_view view)
{
    struct row rows[ROWS];
    struct snapshot *s;

    for (uint16_t i = 0; i < ROWS; i++)
        rows[i] = a_row(i + 1U, i < 2 ? STATE_CLOSE_WAIT : STATE_ESTABLISHED, 80,
                        (uint16_t)(1000 + i));
    rows[1].rqueue = 77;
    s = a_snapshot(rows, ROWS);
    s->view = view_make(s, view);
    f->c.model.view = view;
    model_take_snapshot(&f->c.model, s);
    f->c.as[SCREEN_HOME].preset = LAYOUT_LIST;
    console_lay_out(&f->c);
    console_tell_all(&f->c, PANEL_TICK);
    console_draw(&f->c);
}

static void a_click_sorts_both_ends(void **state)
{
    struct fixture *f = *state;
    int row;

    resize(f, 24, 160);
    show_view(f, VIEW_ENDS);
    row = pane(f, PANE_SOCKETS)->row + 1;
    click(f, row, column_of(f, row, "Recv-Q") + 1);
    assert_string_equal(f->c.model.sort->name, "recvq");
    assert_true(f->c.model.descending);
    click(f, row, column_of(f, row, "Recv-Q") + 1);
    assert_false(f->c.model.descending);
    click(f, row, column_of(f, row, "Right") + 1);
    assert_string_equal(f->c.model.sort->name, "peer");
    assert_true(row_holds(f, row, "Right^"));
    click(f, row, column_of(f, row, "Proto") + 1);
    assert_string_equal(f->c.model.sort->name, "netid");
    click(f, row, column_of(f, row, "Owner") + 1);
    assert_null(f->c.model.sort);
}

static void a_click_sorts_sums(void **state)
{
    struct fixture *f = *state;
    int row;

    show_view(f, VIEW_STATES);
    row = pane(f, PANE_SOCKETS)->row + 1;
    assert_true(row_holds(f, row, "State^"));
    assert_true(row_holds(f, row + 1, "ESTABLISHED"));
    assert_true(row_holds(f, row + 2, "CLOSE_WAIT"));
    click(f, row, column_of(f, row, "Recv-Q"));
    assert_true(row_holds(f, row, "Recv-Qv"));
    assert_true(row_holds(f, row + 1, "CLOSE_WAIT"));
    click(f, row, column_of(f, row, "Recv-Q"));
    assert_true(row_holds(f, row, "Recv-Q^"));
    assert_true(row_holds(f, row + 1, "ESTABLISHED"));
    type(f, "<");
    assert_true(row_holds(f, row, "Socketsv"));
    type(f, "I");
    assert_true(row_holds(f, row, "Sockets^"));
    assert_true(row_holds(f, row + 1, "CLOSE_WAIT"));
    assert_null(f->c.model.sort); /* the rows keep theirs */
    type(f, ">");
    assert_true(row_holds(f, row, "Recv-Qv"));
}

static void two_clicks_are_enter(void **state)
{
    struct fixture *f = *state;
    int row;

    show_rows(f);
    row = pane(f, PANE_SOCKETS)->row + 2;
    click(f, row, 20);
    click(f, row + 1, 20); /* on another row: two single ones */
    assert_int_equal(console_keys_pane(&f->c), PANE_SOCKETS);
    click(f, row + 1, 25);
    assert_int_equal(console_keys_pane(&f->c), PANE_DETAIL);
}

static void the_wheel_scrolls_the_pane_under_it(void **state)
{
    struct fixture *f = *state;
    const struct rectangle *at;
    char first[16];

    show_rows(f);
    console_key(&f->c, KEYS_TAB);
    assert_int_equal(console_keys_pane(&f->c), PANE_SESSION);
    at = pane(f, PANE_SOCKETS);
    mouse(f, MOUSE_WHEEL_DOWN, at->row + 1, 5);
    snprintf(first, sizeof(first), ":%d ", 1003);
    assert_true(row_holds(f, at->row + 1, first));
    assert_int_equal(console_keys_pane(&f->c), PANE_SESSION);
    for (int i = 0; i < 5; i++)
        mouse(f, MOUSE_WHEEL_UP, at->row + 1, 5);
    assert_true(row_holds(f, at->row + 1, ":1000 "));
    assert_int_equal(f->c.model.focus.row.cookie, 1);
}

static void tabs_and_the_footer_are_clicked(void **state)
{
    struct fixture *f = *state;

    show_rows(f);
    click(f, 1, column_of(f, 1, "Journal") + 1);
    assert_int_equal(f->c.screen, SCREEN_JOURNAL);
    click(f, 1, column_of(f, 1, "Packets"));
    assert_int_equal(f->c.screen, SCREEN_PACKETS);
    console_key(&f->c, 'j'); /* the sentence about the screen gives way to the footer */
    click(f, 23, column_of(f, 23, "command"));
    assert_int_equal(f->c.mode, MODE_COMMAND);
    console_key(&f->c, KEYS_ESCAPE);
    click(f, 23, column_of(f, 23, "help"));
    assert_int_equal(f->c.screen, SCREEN_HELP);
}

static void what_covers_the_footer_is_not_the_footer(void **state)
{
    struct fixture *f = *state;
    int column;

    show_rows(f);
    column = column_of(f, 23, "command");
    model_notice(&f->c.model, true, "something to be read first");
    console_draw(&f->c);
    click(f, 23, column);
    assert_int_equal(f->c.mode, MODE_KEYS);
    /* Which takes it away. */
    click(f, 23, column);
    assert_int_equal(f->c.mode, MODE_COMMAND);
}

static void a_border_is_dragged_and_one_step_to_undo(void **state)
{
    struct fixture *f = *state;
    int row, rows;

    show_rows(f);
    type(f, "3");
    console_draw(&f->c);
    row = pane(f, PANE_BYTES)->row;
    rows = pane(f, PANE_PACKETS)->rows;
    mouse(f, MOUSE_PRESS, row, 10);
    for (int i = 1; i <= 3; i++)
        mouse(f, MOUSE_DRAG, row + i, 10);
    mouse(f, MOUSE_DRAG, 500, 900);
    mouse(f, MOUSE_RELEASE, row + 3, 10);
    assert_int_equal(pane(f, PANE_BYTES)->row, row + 3);
    assert_int_equal(pane(f, PANE_PACKETS)->rows, rows + 3);
    /* What was only dragged was not clicked. */
    assert_int_equal(console_keys_pane(&f->c), PANE_PACKETS);
    type(f, "u");
    assert_int_equal(pane(f, PANE_BYTES)->row, row);
    assert_string_equal(f->c.model.notice, "undone, now: other sizes of panes");
    click(f, row, 10);
    assert_int_equal(console_keys_pane(&f->c), PANE_BYTES);
}

/* A terminal tells of no button that is let go outside its window. */
static void a_key_lets_a_border_go(void **state)
{
    struct fixture *f = *state;
    int row;

    show_rows(f);
    type(f, "3");
    console_draw(&f->c);
    row = pane(f, PANE_BYTES)->row;
    mouse(f, MOUSE_PRESS, row, 10);
    mouse(f, MOUSE_DRAG, row + 2, 10);
    type(f, "T");
    mouse(f, MOUSE_DRAG, row + 4, 10);
    mouse(f, MOUSE_RELEASE, row + 4, 10);
    assert_int_equal(pane(f, PANE_BYTES)->row, row + 2);
    assert_int_equal(console_keys_pane(&f->c), PANE_PACKETS);
    type(f, "u");
    assert_int_equal(pane(f, PANE_BYTES)->row, row);
}

static void a_click_does_not_throw_away_what_is_typed(void **state)
{
    struct fixture *f = *state;

    show_rows(f);
    tell_session(f, 7, SESSION_OPEN, 0);
    type(f, ":connect 127.0");
    click(f, pane(f, PANE_SOCKETS)->row + 2, 10);
    assert_int_equal(f->c.mode, MODE_COMMAND);
    assert_string_equal(f->c.command.text, "connect 127.0");
    console_key(&f->c, KEYS_ESCAPE);
    type(f, "ihalf");
    click(f, pane(f, PANE_SOCKETS)->row + 2, 10);
    assert_int_equal(f->c.mode, MODE_KEYS);
    assert_string_equal(f->c.typing.text, "half");
    click(f, f->c.layout.input.row, 10);
    assert_int_equal(f->c.mode, MODE_TYPE);
}

static void an_answer_is_clicked(void **state)
{
    struct fixture *f = *state;

    tell_session(f, 7, SESSION_OPEN, 0);
    type(f, "q");
    assert_int_equal(f->c.mode, MODE_ASK);
    click(f, 23, 70);
    assert_int_equal(f->c.mode, MODE_ASK);
    click(f, 23, column_of(f, 23, "(y/n)") + 3);
    assert_int_equal(f->c.mode, MODE_KEYS);
    assert_false(f->c.stopped);
    type(f, "q");
    click(f, 23, column_of(f, 23, "(y/n)") + 1);
    assert_true(f->c.stopped);
}

static void a_menu_and_an_explanation_have_the_wheel(void **state)
{
    struct fixture *f = *state;

    show_rows(f);
    click(f, pane(f, PANE_SOCKETS)->row + 2, 20);
    type(f, "!");
    assert_int_equal(f->c.mode, MODE_MENU);
    mouse(f, MOUSE_WHEEL_DOWN, 5, 5);
    assert_int_equal(f->c.menu.cursor, 1);
    assert_int_equal(f->c.model.focus.row.cookie, 2);
    /* Beside the menu: it is left, and the pane is clicked. */
    click(f, pane(f, PANE_SOCKETS)->row + 1, 20);
    assert_int_equal(f->c.mode, MODE_KEYS);
    assert_int_equal(f->c.model.focus.row.cookie, 1);
}

static void noise_is_harmless(void **state)
{
    struct fixture *f = *state;
    unsigned seed = 1;

    show_rows(f);
    for (int i = 0; i < 5000; i++) {
        struct mouse m;

        seed = seed * 1664525u + 1013904223u;
        m = (struct mouse){.kind = (enum mouse_kind)((seed >> 8) % 5),
                           .button = (int)((seed >> 11) % 3),
                           .row = (int)((seed >> 14) % 40),
                           .column = (int)((seed >> 20) % 200)};
        /* Whoever sees the question whether to quit may say no. */
        if (f->c.mode == MODE_ASK)
            console_key(&f->c, 'n');
        console_mouse(&f->c, &m);
        if (i % 16 == 0)
            console_draw(&f->c);
        if (i % 500 == 0)
            resize(f, 5 + i % 60, 20 + i % 150);
    }
}

static void the_mouse_can_be_left_to_the_terminal(void **state)
{
    struct fixture *f = *state;

    mouse_taken = true;
    console_line(&f->c, "mouse off");
    assert_false(mouse_taken);
    console_line(&f->c, "mouse on");
    assert_true(mouse_taken);
    console_line(&f->c, "mouse");
    assert_true(f->c.model.notice_bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(a_click_selects_the_pane_and_the_row),
        TEST(a_click_on_a_column_sorts_by_it_and_another_inverts),
        TEST(a_click_sorts_both_ends),
        TEST(a_click_sorts_sums),
        TEST(two_clicks_are_enter),
        TEST(the_wheel_scrolls_the_pane_under_it),
        TEST(tabs_and_the_footer_are_clicked),
        TEST(what_covers_the_footer_is_not_the_footer),
        TEST(a_border_is_dragged_and_one_step_to_undo),
        TEST(a_key_lets_a_border_go),
        TEST(a_click_does_not_throw_away_what_is_typed),
        TEST(an_answer_is_clicked),
        TEST(a_menu_and_an_explanation_have_the_wheel),
        TEST(noise_is_harmless),
        TEST(the_mouse_can_be_left_to_the_terminal),
    };

    return cmocka_run_group_tests_name("console_mouse", tests, NULL, NULL);
}
