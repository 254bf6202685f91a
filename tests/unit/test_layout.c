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

static struct layout lay_out(enum screen_id screen, int rows, int columns, enum pane_id keys,
                             bool zoom)
{
    return layout_make(&(struct layout_wish){
        .screen = screen, .rows = rows, .columns = columns, .keys = keys, .zoom = zoom});
}

static struct layout lay_out_why(enum screen_id screen, int rows, int columns,
                                 enum pane_id keys, bool zoom)
{
    return layout_make(&(struct layout_wish){.screen = screen,
                                             .rows = rows,
                                             .columns = columns,
                                             .keys = keys,
                                             .zoom = zoom,
                                             .why = true});
}

/* Every cell may belong to one rectangle only. */
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

static void check_layout(const struct layout_wish *w)
{
    static unsigned char taken[ROWS][COLUMNS];
    struct layout l = layout_make(w);
    int rows = w->rows, columns = w->columns;

    memset(taken, 0, sizeof(taken));
    occupy(taken, &l.status, rows, columns);
    occupy(taken, &l.tabs, rows, columns);
    occupy(taken, &l.footer, rows, columns);
    occupy(taken, &l.input, rows, columns);
    occupy(taken, &l.why, rows, columns);
    assert_true(l.n >= 1);
    for (size_t i = 0; i < l.n; i++) {
        assert_true(l.panes[i].at.rows >= 1 && l.panes[i].at.columns >= 1);
        occupy(taken, &l.panes[i].at, rows, columns);
    }
    /* An upright border is a column that no pane has; a level one is the first row of one. */
    for (size_t i = 0; i < l.n_borders; i++)
        if (l.borders[i].upright)
            occupy(taken, &l.borders[i].at, rows, columns);
        else
            assert_int_equal(taken[l.borders[i].at.row][l.borders[i].at.column], 1);
    assert_non_null(layout_find(&l, w->keys));
}

static void panes_never_overlap_nor_leave_the_screen(void **state)
{
    enum pane_id ids[PANE_COUNT];
    (void)state;

    for (int screen = 0; screen < SCREEN_COUNT; screen++) {
        size_t n = layout_panes((enum screen_id)screen, NULL, ids);

        for (int rows = 1; rows <= ROWS; rows++)
            for (int columns = 1; columns <= COLUMNS; columns += columns < 45 ? 1 : 3)
                for (size_t i = 0; i < n; i++) {
                    struct layout_wish w = {.screen = (enum screen_id)screen,
                                            .rows = rows,
                                            .columns = columns,
                                            .keys = ids[i],
                                            .why = i % 2};

                    check_layout(&w);
                    w.zoom = true;
                    check_layout(&w);
                }
    }
}

/* A small generator of its own: the same arrangements in every run. */
static unsigned next_number(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

static struct arrangement any_arrangement(unsigned *seed)
{
    struct arrangement as = {.preset = (enum layout_preset)(next_number(seed) % LAYOUT_COUNT),
                             .split = next_number(seed) % 2,
                             .beside = (enum pane_id)(next_number(seed) % PANE_COUNT)};

    for (int i = 0; i < PANE_COUNT; i++) {
        as.more[i].rows = (short)(next_number(seed) % 41 - 20);
        as.more[i].columns = (short)(next_number(seed) % 161 - 80);
    }
    return as;
}

static void a_lesson_stands_over_every_screen(void **state)
{
    (void)state;
    for (int screen = 0; screen < SCREEN_TABS; screen++) {
        struct layout_wish w = {.screen = (enum screen_id)screen,
                                .rows = 24,
                                .columns = 80,
                                .keys = PANE_LESSONS,
                                .lesson = true};
        struct layout l = layout_make(&w);
        const struct rectangle *at = layout_find(&l, PANE_LESSONS);

        assert_non_null(at);
        assert_int_equal(at->rows + at->row, 23);
        assert_int_equal(l.n, screen == SCREEN_LESSONS ? 1 : 2);
        w.columns = 120;
        l = layout_make(&w);
        assert_int_equal(layout_find(&l, PANE_LESSONS)->row, 2);
        w.lesson = false;
        l = layout_make(&w);
        assert_true(screen == SCREEN_LESSONS || !layout_find(&l, PANE_LESSONS));
    }
}

static void a_lessons_border_moves(void **state)
{
    struct arrangement as = {0};
    struct layout_wish w = {.screen = SCREEN_HOME,
                            .rows = 24,
                            .columns = 80,
                            .keys = PANE_LESSONS,
                            .lesson = true,
                            .as = &as};
    struct layout l = layout_make(&w);
    int rows = layout_find(&l, PANE_LESSONS)->rows;
    (void)state;

    assert_true(layout_grow_rows(&w, PANE_LESSONS, 2, &as));
    l = layout_make(&w);
    assert_int_equal(layout_find(&l, PANE_LESSONS)->rows, rows + 2);
    assert_true(layout_grow_rows(&w, PANE_SOCKETS, 3, &as));
    l = layout_make(&w);
    assert_int_equal(layout_find(&l, PANE_LESSONS)->rows, rows - 1);
}

static void no_arrangement_makes_them_overlap(void **state)
{
    unsigned seed = 7;
    (void)state;

    for (int i = 0; i < 20000; i++) {
        struct arrangement as = any_arrangement(&seed);
        struct layout_wish w = {.screen = (enum screen_id)(next_number(&seed) % SCREEN_COUNT),
                                .rows = (int)(next_number(&seed) % ROWS) + 1,
                                .columns = (int)(next_number(&seed) % COLUMNS) + 1,
                                .why = i % 2,
                                .lesson = i % 3 == 0,
                                .as = &as};
        enum pane_id ids[PANE_COUNT];

        w.keys = ids[next_number(&seed) % layout_panes(w.screen, &as, ids)];
        if (w.lesson && i % 2)
            w.keys = PANE_LESSONS;
        check_layout(&w);
        layout_grow_rows(&w, w.keys, (int)(next_number(&seed) % 21) - 10, &as);
        layout_grow_columns(&w, w.keys, (int)(next_number(&seed) % 41) - 20, &as);
        check_layout(&w);
    }
}

static void a_pane_grows_at_its_neighbours_cost(void **state)
{
    struct arrangement as = {0};
    struct layout_wish w = {
        .screen = SCREEN_PACKETS, .rows = 24, .columns = 80, .keys = PANE_PACKETS, .as = &as};
    struct layout l = layout_make(&w);
    int packets = layout_find(&l, PANE_PACKETS)->rows,
        bytes = layout_find(&l, PANE_BYTES)->rows;
    (void)state;

    assert_true(layout_grow_rows(&w, PANE_PACKETS, 2, &as));
    l = layout_make(&w);
    assert_int_equal(layout_find(&l, PANE_PACKETS)->rows, packets + 2);
    assert_int_equal(layout_find(&l, PANE_BYTES)->rows, bytes - 2);
    assert_true(layout_grow_rows(&w, PANE_BYTES, 1, &as));
    l = layout_make(&w);
    assert_int_equal(layout_find(&l, PANE_PACKETS)->rows, packets + 1);
    /* As far as it goes, and back at once. */
    assert_true(layout_grow_rows(&w, PANE_PACKETS, 100, &as));
    l = layout_make(&w);
    assert_int_equal(layout_find(&l, PANE_BYTES)->rows, 3);
    assert_false(layout_grow_rows(&w, PANE_PACKETS, 1, &as));
    assert_true(layout_grow_rows(&w, PANE_PACKETS, -1, &as));
    l = layout_make(&w);
    assert_int_equal(layout_find(&l, PANE_BYTES)->rows, 4);
    assert_false(layout_grow_columns(&w, PANE_PACKETS, 1, &as));
}

static void what_a_smaller_screen_cannot_show_does_not_stick(void **state)
{
    struct arrangement as = {0};
    struct layout_wish w = {
        .screen = SCREEN_PACKETS, .rows = 60, .columns = 80, .keys = PANE_PACKETS, .as = &as};
    struct layout l;
    int rows;
    (void)state;

    assert_true(layout_grow_rows(&w, PANE_PACKETS, 100, &as));
    w.rows = 24;
    l = layout_make(&w);
    rows = layout_find(&l, PANE_PACKETS)->rows;
    assert_true(layout_grow_rows(&w, PANE_PACKETS, -1, &as));
    l = layout_make(&w);
    assert_int_equal(layout_find(&l, PANE_PACKETS)->rows, rows - 1);
}

static void a_border_is_dragged(void **state)
{
    struct arrangement as = {.split = true, .beside = PANE_JOURNAL};
    struct layout_wish w = {
        .screen = SCREEN_HOME, .rows = 40, .columns = 160, .keys = PANE_SOCKETS, .as = &as};
    struct layout l = layout_make(&w), moved;
    (void)state;

    /* Of each border, whatever it parts. */
    assert_true(l.n_borders >= 4);
    for (size_t i = 0; i < l.n_borders; i++)
        for (int by = -2; by <= 2; by += 4) {
            struct arrangement changed = as;

            w.as = &as;
            assert_true(layout_drag(&w, &l.borders[i], by, &changed));
            w.as = &changed;
            moved = layout_make(&w);
            if (l.borders[i].upright)
                assert_int_equal(moved.borders[i].at.column, l.borders[i].at.column + by);
            else
                assert_int_equal(moved.borders[i].at.row, l.borders[i].at.row + by);
        }
}

static void columns_are_moved_from_either_side(void **state)
{
    struct arrangement as = {0};
    struct layout_wish w = {
        .screen = SCREEN_HOME, .rows = 40, .columns = 160, .keys = PANE_SOCKETS, .as = &as};
    struct layout l = layout_make(&w);
    int columns = layout_find(&l, PANE_SESSION)->columns;
    (void)state;

    assert_true(layout_grow_columns(&w, PANE_BYTES, 5, &as));
    l = layout_make(&w);
    assert_int_equal(layout_find(&l, PANE_SESSION)->columns, columns - 5);
    assert_true(layout_grow_columns(&w, PANE_DETAIL, 7, &as));
    l = layout_make(&w);
    assert_int_equal(layout_find(&l, PANE_SESSION)->columns, columns + 2);
    assert_false(layout_grow_columns(&w, PANE_SOCKETS, 1, &as));
}

static void presets_choose_the_panes(void **state)
{
    struct arrangement as = {0};
    struct layout_wish w = {
        .screen = SCREEN_HOME, .rows = 24, .columns = 80, .keys = PANE_SOCKETS, .as = &as};
    struct layout l;
    (void)state;

    as.preset = LAYOUT_LIST;
    assert_int_equal(layout_make(&w).n, 1);
    w.keys = PANE_BYTES; /* who has the keys is there in every one */
    assert_int_equal(layout_make(&w).n, 2);
    w.keys = PANE_SOCKETS;
    as.preset = LAYOUT_WIRE;
    l = layout_make(&w);
    assert_int_equal(l.n, 3);
    assert_non_null(layout_find(&l, PANE_BYTES));
    as.preset = LAYOUT_TALK;
    l = layout_make(&w);
    assert_int_equal(l.n, 2);
    assert_non_null(layout_find(&l, PANE_SESSION));
    as.preset = LAYOUT_BESIDE;
    l = layout_make(&w);
    assert_int_equal(layout_find(&l, PANE_SOCKETS)->rows, 21);
    assert_int_equal(layout_find(&l, PANE_PACKETS)->column, 41);
    as.preset = LAYOUT_STACKED;
    w.rows = 60;
    w.columns = 200;
    l = layout_make(&w);
    for (size_t i = 0; i < l.n; i++)
        assert_int_equal(l.panes[i].at.columns, 200);
}

static void a_split_pane_stands_beside_or_below(void **state)
{
    struct arrangement as = {.split = true, .beside = PANE_JOURNAL};
    struct layout_wish w = {
        .screen = SCREEN_HOME, .rows = 24, .columns = 80, .keys = PANE_SOCKETS, .as = &as};
    enum pane_id ids[PANE_COUNT];
    struct layout l = layout_make(&w);
    (void)state;

    assert_true(layout_find(&l, PANE_JOURNAL)->rows >= 5);
    assert_int_equal(layout_find(&l, PANE_JOURNAL)->columns, 80);
    assert_int_equal(layout_panes(SCREEN_HOME, &as, ids), 6);
    assert_int_equal(ids[5], PANE_JOURNAL);
    w.columns = 160;
    l = layout_make(&w);
    assert_int_equal(layout_find(&l, PANE_JOURNAL)->rows, 21);
    assert_int_equal(layout_find(&l, PANE_JOURNAL)->column, 97);
    /* One that the screen has anyway is not there twice. */
    as.beside = PANE_PACKETS;
    assert_int_equal(layout_panes(SCREEN_HOME, &as, ids), 5);
}

static void names_lead_back(void **state)
{
    enum layout_preset preset;
    enum screen_id screen;
    enum pane_id pane;
    (void)state;

    for (int i = 0; i < LAYOUT_COUNT; i++) {
        assert_true(layout_preset_parse(layout_preset_name((enum layout_preset)i), &preset));
        assert_int_equal(preset, i);
    }
    for (int i = 0; i < PANE_COUNT; i++) {
        assert_true(layout_pane_parse(layout_pane_name((enum pane_id)i), &pane));
        assert_int_equal(pane, i);
    }
    for (int i = 0; i < SCREEN_COUNT; i++) {
        assert_true(layout_screen_parse(layout_screen_name((enum screen_id)i), &screen));
        assert_int_equal(screen, i);
    }
    assert_false(layout_preset_parse("x", &preset) || layout_pane_parse("", &pane) ||
                 layout_screen_parse("home", &screen));
}

static void no_screen_has_no_panes(void **state)
{
    (void)state;
    assert_int_equal(lay_out(SCREEN_HOME, 0, 0, PANE_SOCKETS, false).n, 0);
    assert_int_equal(lay_out(SCREEN_HOME, 5, 0, PANE_SOCKETS, false).n, 0);
    assert_int_equal(lay_out(SCREEN_HOME, -1, 5, PANE_SOCKETS, false).n, 0);
}

static void small_terminal_shows_everything_at_once(void **state)
{
    struct layout l = lay_out(SCREEN_HOME, 24, 80, PANE_SOCKETS, false);
    (void)state;

    assert_int_equal(l.status.rows, 1);
    assert_int_equal(l.tabs.rows, 1);
    assert_int_equal(l.footer.row, 23);
    assert_true(layout_find(&l, PANE_SOCKETS)->rows >= 4);
    assert_true(layout_find(&l, PANE_SESSION)->rows >= 3);
    assert_int_equal(l.input.rows, 1);
    assert_true(layout_find(&l, PANE_PACKETS)->rows >= 4);
    assert_true(layout_find(&l, PANE_BYTES)->rows >= 3);
    assert_null(layout_find(&l, PANE_DETAIL));
    assert_int_equal(layout_find(&l, PANE_SOCKETS)->columns, 80);
}

static void details_open_when_they_get_the_keys(void **state)
{
    struct layout l = lay_out(SCREEN_HOME, 24, 80, PANE_DETAIL, false);
    (void)state;

    assert_non_null(layout_find(&l, PANE_DETAIL));
    assert_non_null(layout_find(&l, PANE_SOCKETS));
}

static void wide_terminal_puts_the_wire_beside_the_session(void **state)
{
    static const int sizes[][2] = {{30, 120}, {40, 132}, {60, 200}};
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        struct layout l = lay_out(SCREEN_HOME, sizes[i][0], sizes[i][1], PANE_SOCKETS, false);
        const struct rectangle *session = layout_find(&l, PANE_SESSION);
        const struct rectangle *packets = layout_find(&l, PANE_PACKETS);

        assert_int_equal(l.n, 5);
        assert_int_equal(layout_find(&l, PANE_SOCKETS)->columns, sizes[i][1]);
        assert_int_equal(session->row, packets->row);
        assert_true(packets->column > session->column + session->columns);
        assert_true(session->rows >= 3 && packets->rows >= 5);
        assert_true(layout_find(&l, PANE_DETAIL)->rows >= 6);
        assert_true(layout_find(&l, PANE_BYTES)->rows >= 6);
    }
}

static void larger_terminals_show_more(void **state)
{
    struct layout small = lay_out(SCREEN_HOME, 30, 120, PANE_SOCKETS, false);
    struct layout large = lay_out(SCREEN_HOME, 60, 200, PANE_SOCKETS, false);
    (void)state;

    for (size_t i = 0; i < small.n; i++) {
        const struct rectangle *at = layout_find(&large, small.panes[i].id);

        assert_true(at->rows > small.panes[i].at.rows);
        assert_true(at->columns > small.panes[i].at.columns);
    }
}

static void tiny_terminal_keeps_the_pane_that_has_the_keys(void **state)
{
    struct layout l = lay_out(SCREEN_HOME, 8, 39, PANE_BYTES, false);
    (void)state;

    assert_int_equal(l.n, 1);
    assert_int_equal(l.panes[0].id, PANE_BYTES);
    l = lay_out(SCREEN_HOME, 1, 1, PANE_SOCKETS, false);
    assert_int_equal(l.n, 1);
    assert_int_equal(l.footer.rows, 0);
}

static void zoomed_pane_fills_the_screen(void **state)
{
    struct layout l = lay_out(SCREEN_HOME, 24, 80, PANE_PACKETS, true);
    (void)state;

    assert_int_equal(l.n, 1);
    assert_int_equal(l.panes[0].at.rows, 21);
    l = lay_out(SCREEN_HOME, 24, 80, PANE_SESSION, true);
    assert_int_equal(l.panes[0].at.rows, 20);
    assert_int_equal(l.input.row, 22);
}

static void folding_spares_what_matters_most(void **state)
{
    struct layout l = lay_out(SCREEN_HOME, 12, 80, PANE_PACKETS, false);
    (void)state;

    assert_non_null(layout_find(&l, PANE_PACKETS));
    assert_non_null(layout_find(&l, PANE_SOCKETS));
    assert_null(layout_find(&l, PANE_BYTES));
    l = lay_out(SCREEN_HOME, 14, 80, PANE_SOCKETS, false);
    assert_non_null(layout_find(&l, PANE_SESSION));
}

static void ladder_and_stream_fill_a_small_terminal(void **state)
{
    static const struct {
        enum screen_id screen;
        enum pane_id pane;
    } wire[] = {{SCREEN_LADDER, PANE_LADDER}, {SCREEN_STREAM, PANE_STREAM}};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct layout l = lay_out(wire[i].screen, 24, 80, wire[i].pane, false);

        assert_int_equal(l.n, 1);
        assert_int_equal(layout_find(&l, wire[i].pane)->rows, 21);
        l = lay_out(wire[i].screen, 24, 80, PANE_BYTES, false);
        assert_non_null(layout_find(&l, PANE_BYTES));
        l = lay_out(wire[i].screen, 48, 160, wire[i].pane, false);
        assert_int_equal(l.n, 2);
        assert_true(layout_find(&l, wire[i].pane)->rows >
                    2 * layout_find(&l, PANE_BYTES)->rows);
        l = lay_out(wire[i].screen, 48, 200, wire[i].pane, false);
        assert_int_equal(layout_find(&l, wire[i].pane)->row, layout_find(&l, PANE_BYTES)->row);
    }
}

static void a_line_of_why_stands_above_the_footer(void **state)
{
    (void)state;
    for (int rows = 1; rows <= ROWS; rows++) {
        struct layout l = lay_out_why(SCREEN_HOME, rows, 80, PANE_SOCKETS, false);
        struct layout without = lay_out(SCREEN_HOME, rows - 1, 80, PANE_SOCKETS, false);

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
        struct layout l = lay_out_why((enum screen_id)screen, 24, 80, PANE_SOCKETS, false);

        assert_int_equal(l.why.rows, screen == SCREEN_HOME);
        assert_int_equal(l.footer.row, 23);
    }
    assert_int_equal(lay_out_why(SCREEN_HOME, 24, 80, PANE_SOCKETS, true).why.rows, 0);
    assert_int_equal(lay_out_why(SCREEN_HOME, 24, 39, PANE_SOCKETS, false).why.rows, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(panes_never_overlap_nor_leave_the_screen),
        cmocka_unit_test(no_arrangement_makes_them_overlap),
        cmocka_unit_test(a_lesson_stands_over_every_screen),
        cmocka_unit_test(a_lessons_border_moves),
        cmocka_unit_test(a_pane_grows_at_its_neighbours_cost),
        cmocka_unit_test(what_a_smaller_screen_cannot_show_does_not_stick),
        cmocka_unit_test(a_border_is_dragged),
        cmocka_unit_test(columns_are_moved_from_either_side),
        cmocka_unit_test(presets_choose_the_panes),
        cmocka_unit_test(a_split_pane_stands_beside_or_below),
        cmocka_unit_test(names_lead_back),
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
