/* Layouts, one more pane, and changes of the view that are taken back. */
#include "tests/unit/consoles.h"

static void show_a_row(struct fixture *f)
{
    struct row row = a_row(1, STATE_ESTABLISHED, 80, 1000);

    model_take_snapshot(&f->c.model, a_snapshot(&row, 1));
    console_tell_all(&f->c, PANEL_TICK);
}

static bool shows(const struct fixture *f, enum pane_id id)
{
    return layout_find(&f->c.layout, id) != NULL;
}

static void layouts_follow_each_other(void **state)
{
    struct fixture *f = *state;

    type(f, "|");
    assert_int_equal(f->c.layout.n, 1);
    assert_string_equal(f->c.model.notice,
                        "layout list: the list alone; Tab still goes to the others");
    assert_true(row_holds(f, 1, "[layout list]"));
    type(f, "|");
    assert_true(shows(f, PANE_BYTES) && !shows(f, PANE_SESSION));
    type(f, "|");
    assert_true(shows(f, PANE_SESSION) && !shows(f, PANE_BYTES));
    /* `stacked` looks as usual here. */
    type(f, "|");
    assert_int_equal(f->c.as[SCREEN_HOME].preset, LAYOUT_BESIDE);
    type(f, "|");
    assert_int_equal(f->c.as[SCREEN_HOME].preset, LAYOUT_USUAL);
    assert_false(row_holds(f, 1, "[layout"));
    type(f, "5|");
    assert_string_equal(f->c.model.notice,
                        "there is but one layout of this screen at its size");
}

static void a_folded_pane_gives_the_keys_back(void **state)
{
    struct fixture *f = *state;

    console_give_pane(&f->c, PANE_BYTES);
    console_line(&f->c, "layout talk");
    assert_int_equal(console_keys_pane(&f->c), PANE_SOCKETS);
    console_give_pane(&f->c, PANE_BYTES);
    assert_true(shows(f, PANE_BYTES));
    console_line(&f->c, "layout sideways");
    assert_string_equal(
        f->c.model.notice,
        "there is no layout 'sideways': usual, list, wire, talk, stacked or beside");
}

static void keys_change_sizes(void **state)
{
    struct fixture *f = *state;
    int rows;

    type(f, "3");
    rows = layout_find(&f->c.layout, PANE_PACKETS)->rows;
    type(f, "++-+");
    assert_int_equal(layout_find(&f->c.layout, PANE_PACKETS)->rows, rows + 2);
    type(f, "}");
    assert_string_equal(f->c.model.notice, "no pane beside this one has any columns to give");
    type(f, "5-");
    assert_string_equal(f->c.model.notice,
                        "no pane above or below this one has any rows to take");
    /* Another layout begins with its own. */
    type(f, "3");
    console_line(&f->c, "layout usual");
    assert_int_equal(layout_find(&f->c.layout, PANE_PACKETS)->rows, rows);
}

static void a_pane_is_split_off_and_taken_away(void **state)
{
    struct fixture *f = *state;

    resize(f, 40, 140);
    console_line(&f->c, "split journal");
    assert_true(shows(f, PANE_JOURNAL));
    console_give_pane(&f->c, PANE_JOURNAL);
    console_line(&f->c, "unsplit");
    assert_false(shows(f, PANE_JOURNAL));
    assert_int_equal(console_keys_pane(&f->c), PANE_SOCKETS);
    console_line(&f->c, "unsplit");
    assert_string_equal(f->c.model.notice,
                        "nothing was split on this screen: :split PANE does");
    console_line(&f->c, "split packets");
    assert_string_equal(f->c.model.notice,
                        "packets is a pane of this screen already: Tab goes there");
    console_line(&f->c, "split \x1b[2J");
    assert_null(strchr(f->c.model.notice, 0x1b));
    assert_true(f->c.model.notice_bad);
}

/* Tab reaches it also where there is no room. */
static void a_split_pane_is_reached_by_tab(void **state)
{
    struct fixture *f = *state;

    resize(f, 8, 39);
    console_line(&f->c, "split journal");
    for (int i = 0; i < 5; i++)
        console_key(&f->c, KEYS_TAB);
    assert_int_equal(console_keys_pane(&f->c), PANE_JOURNAL);
    assert_true(shows(f, PANE_JOURNAL));
    console_key(&f->c, KEYS_TAB);
    assert_int_equal(console_keys_pane(&f->c), PANE_SOCKETS);
}

static void every_change_of_the_view_is_undone(void **state)
{
    struct fixture *f = *state;
    struct console *c = &f->c;

    show_a_row(f);
    type(f, "u");
    assert_string_equal(c->model.notice, "the view was not changed before this");
    type(f, "&port 80");
    console_key(c, KEYS_ENTER);
    type(f, ">");
    type(f, "I");
    type(f, "v");
    type(f, ":columns netid,rtt");
    console_key(c, KEYS_ENTER);
    type(f, "z");
    type(f, "3");
    type(f, "&tcp");
    console_key(c, KEYS_ENTER);
    type(f, "u");
    assert_string_equal(c->model.packet_filter, "");
    assert_string_equal(c->model.notice, "undone, now: no filter of packets");
    type(f, "u");
    assert_string_equal(c->model.notice, "undone, now: screen sockets, zoomed");
    assert_true(c->zoom && c->layout.n == 1);
    type(f, "u");
    assert_string_equal(c->model.notice, "undone, now: not zoomed");
    type(f, "u");
    assert_string_equal(c->model.notice, "undone, now: the usual columns");
    assert_int_equal(c->model.n_columns, 0);
    type(f, "u");
    assert_string_equal(c->model.notice, "undone, now: view list");
    type(f, "u");
    assert_string_equal(c->model.notice, "undone, now: ascending order");
    type(f, "u");
    assert_string_equal(c->model.notice, "undone, now: sorted by owner, ours first");
    assert_null(c->model.sort);
    type(f, "u");
    assert_string_equal(c->model.notice, "undone, now: no filter");
    type(f, "u");
    assert_string_equal(c->model.notice, "the view was not changed before this");
    type(f, "\x12");
    assert_string_equal(c->model.notice, "done again, now: filter port 80");
    for (int i = 0; i < 7; i++)
        type(f, "\x12");
    assert_string_equal(c->model.packet_filter, "tcp");
    type(f, "\x12");
    assert_string_equal(c->model.notice, "nothing was undone that could be done again");
}

static void a_new_change_ends_what_could_be_done_again(void **state)
{
    struct fixture *f = *state;

    show_a_row(f);
    type(f, "|");
    type(f, "u");
    assert_int_equal(f->c.as[SCREEN_HOME].preset, LAYOUT_USUAL);
    assert_string_equal(f->c.model.notice, "undone, now: layout usual");
    type(f, "I");
    type(f, "\x12");
    assert_string_equal(f->c.model.notice, "nothing was undone that could be done again");
}

static void moving_about_is_no_change(void **state)
{
    struct fixture *f = *state;

    show_a_row(f);
    type(f, "jkgG");
    console_key(&f->c, KEYS_TAB);
    type(f, "u");
    assert_string_equal(f->c.model.notice, "the view was not changed before this");
}

static void the_oldest_views_go_first(void **state)
{
    struct fixture *f = *state;

    show_a_row(f);
    for (int i = 0; i < VIEWS_KEPT + 10; i++)
        type(f, "I");
    for (int i = 0; i < VIEWS_KEPT; i++)
        type(f, "u");
    assert_string_equal(f->c.model.notice, "older changes of the view are not kept");
    for (int i = 0; i < VIEWS_KEPT - 1; i++)
        type(f, "\x12");
    assert_int_equal(f->c.views.at, VIEWS_KEPT - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(layouts_follow_each_other),
        TEST(a_folded_pane_gives_the_keys_back),
        TEST(keys_change_sizes),
        TEST(a_pane_is_split_off_and_taken_away),
        TEST(a_split_pane_is_reached_by_tab),
        TEST(every_change_of_the_view_is_undone),
        TEST(a_new_change_ends_what_could_be_done_again),
        TEST(moving_about_is_no_change),
        TEST(the_oldest_views_go_first),
    };

    return cmocka_run_group_tests_name("console_view", tests, NULL, NULL);
}
