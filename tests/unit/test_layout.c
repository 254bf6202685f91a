/* Where the panes are, for every size of a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "ui/console/layout.h"

#define ROWS 70
#define COLUMNS 210

/* Every cell may belong to one rectangle only. */
/* NULL when the pane is not shown. */
static const struct rectangle *find(const struct layout *l, enum pane_id id)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->panes[i].id == id)
            return &l->panes[i].at;
    return NULL;
}

static void occupy(unsigned char taken[ROWS][COLUMNS], const struct rectangle *r, int rows,
                   int columns)
{
    assert_true(r->rows >= 0 && r->columns >= 0 && r->row >= 0 && r->column >= 0);
    if (!r->rows)
        return;
    assert_true(r->row + r->rows <= rows);
    assert_true(r->column + r->columns <= columns);
    for (int y = r->row; y < r->row + r->rows; y++)
        for (int x = r->column; x < r->column + r->columns; x++) {
            assert_int_equal(taken[y][x], 0);
            taken[y][x] = 1;
        }
}

static void check_layout(enum screen_id screen, int rows, int columns, enum pane_id keys,
                         bool zoom)
{
    static unsigned char taken[ROWS][COLUMNS];
    struct layout l = layout_make(screen, rows, columns, keys, zoom);

    memset(taken, 0, sizeof(taken));
    occupy(taken, &l.status, rows, columns);
    occupy(taken, &l.tabs, rows, columns);
    occupy(taken, &l.footer, rows, columns);
    occupy(taken, &l.input, rows, columns);
    assert_true(l.n >= 1);
    for (size_t i = 0; i < l.n; i++) {
        assert_true(l.panes[i].at.rows >= 1 && l.panes[i].at.columns >= 1);
        occupy(taken, &l.panes[i].at, rows, columns);
    }
    assert_non_null(find(&l, keys));
}

static void panes_never_overlap_nor_leave_the_screen(void **state)
{
    enum pane_id ids[PANE_COUNT];
    (void)state;

    for (int screen = 0; screen < SCREEN_COUNT; screen++) {
        size_t n = layout_panes((enum screen_id)screen, ids);

        for (int rows = 1; rows <= ROWS; rows++)
            for (int columns = 1; columns <= COLUMNS; columns += columns < 45 ? 1 : 3)
                for (size_t i = 0; i < n; i++) {
                    check_layout((enum screen_id)screen, rows, columns, ids[i], false);
                    check_layout((enum screen_id)screen, rows, columns, ids[i], true);
                }
    }
}

static void no_screen_has_no_panes(void **state)
{
    (void)state;
    assert_int_equal(layout_make(SCREEN_HOME, 0, 0, PANE_SOCKETS, false).n, 0);
    assert_int_equal(layout_make(SCREEN_HOME, 5, 0, PANE_SOCKETS, false).n, 0);
    assert_int_equal(layout_make(SCREEN_HOME, -1, 5, PANE_SOCKETS, false).n, 0);
}

static void small_terminal_shows_everything_at_once(void **state)
{
    struct layout l = layout_make(SCREEN_HOME, 24, 80, PANE_SOCKETS, false);
    (void)state;

    assert_int_equal(l.status.rows, 1);
    assert_int_equal(l.tabs.rows, 1);
    assert_int_equal(l.footer.row, 23);
    assert_true(find(&l, PANE_SOCKETS)->rows >= 4);
    assert_true(find(&l, PANE_SESSION)->rows >= 3);
    assert_int_equal(l.input.rows, 1);
    assert_true(find(&l, PANE_PACKETS)->rows >= 4);
    assert_true(find(&l, PANE_BYTES)->rows >= 3);
    assert_null(find(&l, PANE_DETAIL));
    assert_int_equal(find(&l, PANE_SOCKETS)->columns, 80);
}

static void details_open_when_they_get_the_keys(void **state)
{
    struct layout l = layout_make(SCREEN_HOME, 24, 80, PANE_DETAIL, false);
    (void)state;

    assert_non_null(find(&l, PANE_DETAIL));
    assert_non_null(find(&l, PANE_SOCKETS));
}

static void wide_terminal_puts_the_wire_beside_the_session(void **state)
{
    static const int sizes[][2] = {{30, 120}, {40, 132}, {60, 200}};
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        struct layout l =
            layout_make(SCREEN_HOME, sizes[i][0], sizes[i][1], PANE_SOCKETS, false);
        const struct rectangle *session = find(&l, PANE_SESSION);
        const struct rectangle *packets = find(&l, PANE_PACKETS);

        assert_int_equal(l.n, 5);
        assert_int_equal(find(&l, PANE_SOCKETS)->columns, sizes[i][1]);
        assert_int_equal(session->row, packets->row);
        assert_true(packets->column > session->column + session->columns);
        assert_true(session->rows >= 3 && packets->rows >= 5);
        assert_true(find(&l, PANE_DETAIL)->rows >= 6);
        assert_true(find(&l, PANE_BYTES)->rows >= 6);
    }
}

static void larger_terminals_show_more(void **state)
{
    struct layout small = layout_make(SCREEN_HOME, 30, 120, PANE_SOCKETS, false);
    struct layout large = layout_make(SCREEN_HOME, 60, 200, PANE_SOCKETS, false);
    (void)state;

    for (size_t i = 0; i < small.n; i++) {
        const struct rectangle *at = find(&large, small.panes[i].id);

        assert_true(at->rows > small.panes[i].at.rows);
        assert_true(at->columns > small.panes[i].at.columns);
    }
}

static void tiny_terminal_keeps_the_pane_that_has_the_keys(void **state)
{
    struct layout l = layout_make(SCREEN_HOME, 8, 39, PANE_BYTES, false);
    (void)state;

    assert_int_equal(l.n, 1);
    assert_int_equal(l.panes[0].id, PANE_BYTES);
    l = layout_make(SCREEN_HOME, 1, 1, PANE_SOCKETS, false);
    assert_int_equal(l.n, 1);
    assert_int_equal(l.footer.rows, 0);
}

static void zoomed_pane_fills_the_screen(void **state)
{
    struct layout l = layout_make(SCREEN_HOME, 24, 80, PANE_PACKETS, true);
    (void)state;

    assert_int_equal(l.n, 1);
    assert_int_equal(l.panes[0].at.rows, 21);
    l = layout_make(SCREEN_HOME, 24, 80, PANE_SESSION, true);
    assert_int_equal(l.panes[0].at.rows, 20);
    assert_int_equal(l.input.row, 22);
}

static void folding_spares_what_matters_most(void **state)
{
    struct layout l = layout_make(SCREEN_HOME, 12, 80, PANE_PACKETS, false);
    (void)state;

    assert_non_null(find(&l, PANE_PACKETS));
    assert_non_null(find(&l, PANE_SOCKETS));
    assert_null(find(&l, PANE_BYTES));
    l = layout_make(SCREEN_HOME, 14, 80, PANE_SOCKETS, false);
    assert_non_null(find(&l, PANE_SESSION));
}

static void ladder_and_stream_fill_a_small_terminal(void **state)
{
    static const struct {
        enum screen_id screen;
        enum pane_id pane;
    } wire[] = {{SCREEN_LADDER, PANE_LADDER}, {SCREEN_STREAM, PANE_STREAM}};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct layout l = layout_make(wire[i].screen, 24, 80, wire[i].pane, false);

        assert_int_equal(l.n, 1);
        assert_int_equal(find(&l, wire[i].pane)->rows, 21);
        l = layout_make(wire[i].screen, 24, 80, PANE_BYTES, false);
        assert_non_null(find(&l, PANE_BYTES));
        l = layout_make(wire[i].screen, 48, 160, wire[i].pane, false);
        assert_int_equal(l.n, 2);
        assert_true(find(&l, wire[i].pane)->rows > 2 * find(&l, PANE_BYTES)->rows);
        l = layout_make(wire[i].screen, 48, 200, wire[i].pane, false);
        assert_int_equal(find(&l, wire[i].pane)->row, find(&l, PANE_BYTES)->row);
    }
}

static void a_line_of_why_stands_above_the_footer(void **state)
{
    (void)state;
    for (int rows = 1; rows <= ROWS; rows++) {
        struct layout l = layout_make_why(SCREEN_HOME, rows, 80, PANE_SOCKETS, false);
        struct layout without = layout_make(SCREEN_HOME, rows - 1, 80, PANE_SOCKETS, false);

        if (rows <= LAYOUT_SMALL_ROWS) {
            assert_int_equal(l.why.rows, 0);
            continue;
        }
        assert_int_equal(l.why.row, rows - 2);
        assert_int_equal(l.why.rows, 1);
        assert_int_equal(l.why.columns, 80);
        assert_int_equal(l.footer.row, rows - 1);
        assert_memory_equal(l.panes, without.panes, l.n * sizeof(l.panes[0]));
    }
}

static void a_line_of_why_is_on_the_first_screen_only(void **state)
{
    (void)state;
    for (int screen = 0; screen < SCREEN_COUNT; screen++) {
        struct layout l = layout_make_why((enum screen_id)screen, 24, 80, PANE_SOCKETS, false);

        assert_int_equal(l.why.rows, screen == SCREEN_HOME);
        assert_int_equal(l.footer.row, 23);
    }
    assert_int_equal(layout_make_why(SCREEN_HOME, 24, 80, PANE_SOCKETS, true).why.rows, 0);
    assert_int_equal(layout_make_why(SCREEN_HOME, 24, 39, PANE_SOCKETS, false).why.rows, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(panes_never_overlap_nor_leave_the_screen),
        cmocka_unit_test(no_screen_has_no_panes),
        cmocka_unit_test(small_terminal_shows_everything_at_once),
        cmocka_unit_test(details_open_when_they_get_the_keys),
        cmocka_unit_test(wide_terminal_puts_the_wire_beside_the_session),
        cmocka_unit_test(larger_terminals_show_more),
        cmocka_unit_test(tiny_terminal_keeps_the_pane_that_has_the_keys),
        cmocka_unit_test(zoomed_pane_fills_the_screen),
        cmocka_unit_test(folding_spares_what_matters_most),
        cmocka_unit_test(ladder_and_stream_fill_a_small_terminal),
        cmocka_unit_test(a_line_of_why_stands_above_the_footer),
        cmocka_unit_test(a_line_of_why_is_on_the_first_screen_only),
    };

    return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
