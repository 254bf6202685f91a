/* Cells, widths, cuts and the sanitizer of the surface. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <string.h>

#include "ui/console/surface.h"

static void text_lands_where_it_was_written(void **state)
{
    struct surface *s = surface_new(2, 8, false);
    struct area a = area_whole(s);
    (void)state;

    assert_int_equal(area_text(a, 1, 2, STYLE_BAD, "abc"), 5);
    assert_string_equal(surface_row(s, 0), "        ");
    assert_string_equal(surface_row(s, 1), "  abc   ");
    assert_int_equal(surface_cell(s, 1, 2)->style, STYLE_BAD);
    assert_int_equal(surface_cell(s, 1, 5)->style, STYLE_NORMAL);
    surface_free(s);
}

static void text_is_cut_at_every_edge(void **state)
{
    struct surface *s = surface_new(3, 6, false);
    struct area a = area_part(area_whole(s), 1, 1, 1, 4);
    (void)state;

    assert_int_equal(area_text(a, 0, 2, STYLE_NORMAL, "abcdef"), 4);
    assert_int_equal(area_text(a, 0, -2, STYLE_NORMAL, "abc"), 1);
    assert_int_equal(area_text(a, 1, 0, STYLE_NORMAL, "below"), 0);
    assert_int_equal(area_text(a, -1, 0, STYLE_NORMAL, "above"), 0);
    assert_string_equal(surface_row(s, 0), "      ");
    assert_string_equal(surface_row(s, 1), " c ab ");
    assert_string_equal(surface_row(s, 2), "      ");
    surface_free(s);
}

static void parts_never_leave_their_area(void **state)
{
    struct surface *s = surface_new(4, 4, false);
    struct area a = area_whole(s), b;
    (void)state;

    b = area_part(a, -1, -1, 3, 3);
    assert_int_equal(b.row, 0);
    assert_int_equal(b.rows, 2);
    assert_int_equal(b.columns, 2);
    b = area_part(a, 3, 2, 2147483647, 2147483647);
    assert_int_equal(b.rows, 1);
    assert_int_equal(b.columns, 2);
    b = area_part(a, 9, 9, 1, 1);
    assert_int_equal(b.rows, 0);
    assert_int_equal(b.columns, 0);
    b = area_part(a, 1, 1, -5, -5);
    assert_int_equal(b.rows, 0);
    surface_free(s);
}

static void wide_characters_take_two_columns(void **state)
{
    struct surface *s = surface_new(1, 6, false);
    (void)state;

    assert_int_equal(text_columns("日本"), 4);
    assert_int_equal(area_text(area_whole(s), 0, 1, STYLE_NORMAL, "日本"), 5);
    assert_string_equal(surface_row(s, 0), " 日本 ");
    assert_int_equal(surface_cell(s, 0, 1)->width, 2);
    assert_int_equal(surface_cell(s, 0, 2)->width, 0);
    assert_string_equal(surface_cell(s, 0, 2)->text, "");
    surface_free(s);
}

static void half_of_a_wide_character_is_a_blank(void **state)
{
    struct surface *s = surface_new(4, 4, false);
    struct area a = area_whole(s);
    (void)state;

    assert_int_equal(area_text(a, 0, 1, STYLE_NORMAL, "日本"), 4);
    assert_string_equal(surface_row(s, 0), " 日 ");
    area_text(a, 1, 0, STYLE_NORMAL, "日本");
    area_text(a, 1, 1, STYLE_NORMAL, "x"); /* over the right half */
    assert_string_equal(surface_row(s, 1), " x本");
    area_text(a, 2, 0, STYLE_NORMAL, "日本");
    area_text(a, 2, 2, STYLE_NORMAL, "x"); /* over the left half */
    assert_string_equal(surface_row(s, 2), "日x ");
    area_text(a, 3, 0, STYLE_NORMAL, "日本");
    area_text(a, 3, 1, STYLE_NORMAL, "語"); /* over two halves */
    assert_string_equal(surface_row(s, 3), " 語 ");
    surface_free(s);
}

static void left_half_beyond_the_left_edge_is_a_blank(void **state)
{
    struct surface *s = surface_new(1, 4, false);
    (void)state;

    area_text(area_whole(s), 0, -1, STYLE_NORMAL, "日ab");
    assert_string_equal(surface_row(s, 0), " ab ");
    surface_free(s);
}

static void combining_marks_join_their_character(void **state)
{
    struct surface *s = surface_new(1, 4, false);
    (void)state;

    assert_int_equal(text_columns("e\xcc\x81x"), 2);
    assert_int_equal(area_text(area_whole(s), 0, 0, STYLE_NORMAL, "e\xcc\x81x"), 2);
    assert_string_equal(surface_cell(s, 0, 0)->text, "e\xcc\x81");
    assert_string_equal(surface_cell(s, 0, 1)->text, "x");
    surface_free(s);
}

static void marks_beyond_measure_are_left_out(void **state)
{
    struct surface *s = surface_new(1, 2, false);
    char text[400] = "e";
    (void)state;

    for (int i = 0; i < 100; i++)
        strcat(text, "\xcc\x81");
    area_text(area_whole(s), 0, 0, STYLE_NORMAL, text);
    assert_int_equal(strlen(surface_cell(s, 0, 0)->text), 1 + 4 * 2);
    surface_free(s);
}

/* What one terminal shows in one column and another in two would push the rest of the line. */
static void characters_that_terminals_disagree_about_keep_the_line(void **state)
{
    static const struct {
        const char *text, *shown;
        int columns;
    } cases[] = {
        {"\u2764\ufe0f|", "\u2764|", 2},             /* a heart as a picture */
        {"\u2764\ufe0e|", "\u2764|", 2},             /* and as text */
        {"1\ufe0f\u20e3|", "1\u20e3|", 2},           /* a keycap */
        {"\U0001f1e9\U0001f1ea|", "DE|", 3},         /* a flag */
        {"\U0001f44d\U0001f3fd|", "\U0001f44d|", 3}, /* a thumb and its skin */
        {"\U0001f468\u200d\U0001f469|", "\U0001f468\\u{200d}\U0001f469|", 13}, /* a family */
        {"\U0001f600|", "\U0001f600|", 3},
        {"e\u0301|", "e\u0301|", 2},
        {"\uff21\u3042|", "\uff21\u3042|", 5},
        {"\U0001fae8|", "\U0001fae8|", -1}, /* newer than the locale, or not */
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct surface *s = surface_new(1, 20, false);
        int columns = area_text(area_whole(s), 0, 0, STYLE_NORMAL, cases[i].text);
        int sum = 0;

        assert_int_equal(columns, text_columns(cases[i].text));
        if (cases[i].columns >= 0)
            assert_int_equal(columns, cases[i].columns);
        /* Every cell is where its columns say. */
        for (int at = 0; at < columns; at++)
            sum += surface_cell(s, 0, at)->width;
        assert_int_equal(sum, columns);
        assert_string_equal(surface_cell(s, 0, columns - 1)->text, "|");
        assert_memory_equal(surface_row(s, 0), cases[i].shown, strlen(cases[i].shown));
        surface_free(s);
    }
}

static void control_bytes_never_get_through(void **state)
{
    struct surface *s = surface_new(1, 40, false);
    (void)state;

    area_text(area_whole(s), 0, 0, STYLE_NORMAL, "a\x1b[31m\n\xff\xe2\x80\xae");
    assert_string_equal(surface_row(s, 0), "a\\x1b[31m\\n\\xff\\u{202e}                 ");
    assert_int_equal(text_columns("\x1b\n"), 6);
    surface_free(s);
}

static void too_long_text_ends_in_an_ellipsis(void **state)
{
    struct surface *s = surface_new(4, 10, false);
    struct area a = area_whole(s);
    (void)state;

    assert_int_equal(area_text_cut(a, 0, 0, 4, STYLE_NORMAL, "abcd"), 4);
    assert_int_equal(area_text_cut(a, 1, 0, 4, STYLE_NORMAL, "abcde"), 4);
    assert_int_equal(area_text_cut(a, 2, 8, 6, STYLE_NORMAL, "abcde"), 10);
    assert_int_equal(area_text_cut(a, 3, 0, 4, STYLE_NORMAL, "日本語"), 4);
    assert_string_equal(surface_row(s, 0), "abcd      ");
    assert_string_equal(surface_row(s, 1), "abc…      ");
    assert_string_equal(surface_row(s, 2), "        a…");
    assert_string_equal(surface_row(s, 3), "日 …      ");
    assert_int_equal(area_text_cut(a, 0, 0, 0, STYLE_NORMAL, "abcd"), 0);
    surface_free(s);
}

static void right_aligned_text_ends_at_its_column(void **state)
{
    struct surface *s = surface_new(2, 10, false);
    struct area a = area_whole(s);
    (void)state;

    assert_int_equal(area_text_right(a, 0, 1, 6, STYLE_NORMAL, "42"), 7);
    assert_int_equal(area_text_right(a, 1, 1, 3, STYLE_NORMAL, "12345"), 4);
    assert_string_equal(surface_row(s, 0), "     42   ");
    assert_string_equal(surface_row(s, 1), " 12…      ");
    surface_free(s);
}

static void ascii_terminals_get_ascii_only(void **state)
{
    struct surface *s = surface_new(3, 24, true);
    struct area a = area_whole(s);
    (void)state;

    area_text(a, 0, 0, STYLE_NORMAL, "日e\xcc\x81 · → ─ x");
    area_title(a, 1, STYLE_TITLE, "queues");
    area_text_cut(a, 2, 0, 5, STYLE_NORMAL, "abcdefgh");
    area_gauge(a, 2, 6, 8, 5, 8);
    assert_string_equal(surface_row(s, 0), "??e . > - x             ");
    assert_string_equal(surface_row(s, 1), "-- queues --------------");
    assert_string_equal(surface_row(s, 2), "abcd~ #####             ");
    surface_free(s);
}

static void titles_are_drawn_over_the_whole_width(void **state)
{
    struct surface *s = surface_new(3, 16, false);
    (void)state;

    area_title(area_whole(s), 0, STYLE_TITLE, "bytes");
    area_title(area_whole(s), 1, STYLE_TITLE, "a very long title");
    area_title(area_part(area_whole(s), 2, 0, 1, 3), 0, STYLE_TITLE, "bytes");
    assert_string_equal(surface_row(s, 0), "── bytes ───────");
    assert_string_equal(surface_row(s, 1), "── a very long… ");
    assert_string_equal(surface_row(s, 2), "───             ");
    surface_free(s);
}

static void gauges_fill_in_eighths(void **state)
{
    struct surface *s = surface_new(5, 5, false);
    struct area a = area_whole(s);
    (void)state;

    area_gauge(a, 0, 0, 4, 1, 2);
    area_gauge(a, 1, 0, 4, 9, 32);
    area_gauge(a, 2, 0, 4, 1, UINT64_MAX);
    area_gauge(a, 3, 0, 4, UINT64_MAX, UINT64_MAX - 1);
    area_gauge(a, 4, 0, 4, 5, 0);
    assert_string_equal(surface_row(s, 0), "██   ");
    assert_string_equal(surface_row(s, 1), "█▏   ");
    assert_string_equal(surface_row(s, 2), "▏    ");
    assert_string_equal(surface_row(s, 3), "████ ");
    assert_string_equal(surface_row(s, 4), "     ");
    surface_free(s);
}

static void restyling_keeps_the_text(void **state)
{
    struct surface *s = surface_new(1, 6, false);
    struct area a = area_whole(s);
    (void)state;

    area_text(a, 0, 0, STYLE_NORMAL, "abcdef");
    area_restyle(a, 0, 2, 99, STYLE_SELECTED);
    area_restyle(a, 7, 0, 3, STYLE_SELECTED);
    assert_string_equal(surface_row(s, 0), "abcdef");
    assert_int_equal(surface_cell(s, 0, 1)->style, STYLE_NORMAL);
    assert_int_equal(surface_cell(s, 0, 2)->style, STYLE_SELECTED);
    assert_int_equal(surface_cell(s, 0, 5)->style, STYLE_SELECTED);
    surface_free(s);
}

static void surface_without_cells_is_harmless(void **state)
{
    struct surface *s = surface_new(0, 0, false);
    struct area a = area_whole(s);
    (void)state;

    area_text(a, 0, 0, STYLE_NORMAL, "x");
    area_text_cut(a, 0, 0, 5, STYLE_NORMAL, "x");
    area_text_right(a, 0, 0, 5, STYLE_NORMAL, "x");
    area_title(a, 0, STYLE_TITLE, "x");
    area_gauge(a, 0, 0, 5, 1, 2);
    area_printf(a, 0, 0, STYLE_NORMAL, "%d", 5);
    surface_clear(s);
    assert_string_equal(surface_row(s, 0), "");
    assert_string_equal(surface_cell(s, 0, 0)->text, " ");
    surface_free(s);
    surface_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_lands_where_it_was_written),
        cmocka_unit_test(text_is_cut_at_every_edge),
        cmocka_unit_test(parts_never_leave_their_area),
        cmocka_unit_test(wide_characters_take_two_columns),
        cmocka_unit_test(half_of_a_wide_character_is_a_blank),
        cmocka_unit_test(left_half_beyond_the_left_edge_is_a_blank),
        cmocka_unit_test(combining_marks_join_their_character),
        cmocka_unit_test(marks_beyond_measure_are_left_out),
        cmocka_unit_test(characters_that_terminals_disagree_about_keep_the_line),
        cmocka_unit_test(control_bytes_never_get_through),
        cmocka_unit_test(too_long_text_ends_in_an_ellipsis),
        cmocka_unit_test(right_aligned_text_ends_at_its_column),
        cmocka_unit_test(ascii_terminals_get_ascii_only),
        cmocka_unit_test(titles_are_drawn_over_the_whole_width),
        cmocka_unit_test(gauges_fill_in_eighths),
        cmocka_unit_test(restyling_keeps_the_text),
        cmocka_unit_test(surface_without_cells_is_harmless),
    };

    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests_name("surface", tests, NULL, NULL);
}
