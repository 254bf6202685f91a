/* The one-line editor: characters, editing keys, history, drawing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "ui/console/action.h"
#include "ui/console/line_edit.h"

static int setup(void **state)
{
    static struct line_edit e;

    line_edit_init(&e);
    *state = &e;
    return 0;
}

static int teardown(void **state)
{
    line_edit_done(*state);
    return 0;
}

static void typed_characters_go_in_at_the_cursor(void **state)
{
    struct line_edit *e = *state;

    assert_true(line_edit_key(e, 'a'));
    assert_true(line_edit_key(e, 0x65e5));
    assert_true(line_edit_key(e, KEYS_LEFT));
    assert_true(line_edit_key(e, 'b'));
    assert_string_equal(e->text, "ab日");
    assert_int_equal(e->cursor, 2);
}

static void keys_of_others_are_left_alone(void **state)
{
    static const uint32_t keys[] = {KEYS_ENTER, KEYS_TAB, KEYS_ESCAPE, KEYS_F1, KEYS_PGUP,
                                    0x1b,       0x0c,     0x9b,        0x202e,  0};
    struct line_edit *e = *state;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        assert_false(line_edit_key(e, keys[i]));
    assert_int_equal(e->len, 0);
}

static void marks_go_with_their_character(void **state)
{
    struct line_edit *e = *state;

    line_edit_set(e, "ae\xcc\x81x");
    line_edit_key(e, KEYS_LEFT);
    line_edit_key(e, KEYS_LEFT);
    assert_int_equal(e->cursor, 1);
    line_edit_key(e, KEYS_RIGHT);
    assert_int_equal(e->cursor, 4);
    line_edit_key(e, KEYS_BACKSPACE);
    assert_string_equal(e->text, "ax");
    line_edit_set(e, "e\xcc\x81x");
    line_edit_key(e, KEYS_HOME);
    line_edit_key(e, KEYS_DELETE);
    assert_string_equal(e->text, "x");
}

static void edges_of_the_line_stop_the_cursor(void **state)
{
    struct line_edit *e = *state;

    line_edit_key(e, KEYS_LEFT);
    line_edit_key(e, KEYS_RIGHT);
    line_edit_key(e, KEYS_BACKSPACE);
    line_edit_key(e, KEYS_DELETE);
    line_edit_key(e, 'w' - 'a' + 1);
    assert_int_equal(e->len, 0);
    assert_int_equal(e->cursor, 0);
}

static void control_keys_remove_parts(void **state)
{
    struct line_edit *e = *state;

    line_edit_set(e, "connect host  80");
    line_edit_key(e, 'w' - 'a' + 1);
    assert_string_equal(e->text, "connect host  ");
    line_edit_key(e, 'w' - 'a' + 1);
    assert_string_equal(e->text, "connect ");
    line_edit_key(e, 'a' - 'a' + 1);
    line_edit_key(e, KEYS_RIGHT);
    line_edit_key(e, 'k' - 'a' + 1);
    assert_string_equal(e->text, "c");
    line_edit_key(e, 'e' - 'a' + 1);
    line_edit_key(e, 'u' - 'a' + 1);
    assert_string_equal(e->text, "");
}

static void line_never_grows_beyond_its_bound(void **state)
{
    struct line_edit *e = *state;

    for (int i = 0; i < 2 * LINE_EDIT_BYTES; i++)
        line_edit_key(e, 0x65e5);
    assert_int_equal(e->len, LINE_EDIT_BYTES / 3 * 3);
    assert_false(line_edit_insert(e, "日本", 6));
    assert_int_equal(strlen(e->text), e->len);
}

static void bytes_that_are_no_characters_stay_out(void **state)
{
    struct line_edit *e = *state;

    assert_false(line_edit_insert(e, "ab\xff", 3));
    assert_string_equal(e->text, "ab");
    line_edit_set(e, "ok\xe2\x82");
    assert_string_equal(e->text, "ok");
}

static void history_keeps_no_doubles_and_the_draft(void **state)
{
    struct line_edit *e = *state;

    line_edit_set(e, "one");
    line_edit_accept(e);
    line_edit_set(e, "two");
    line_edit_accept(e);
    line_edit_set(e, "two");
    line_edit_accept(e);
    line_edit_accept(e); /* empty */
    assert_int_equal(e->n_history, 2);
    line_edit_set(e, "dra");
    line_edit_key(e, KEYS_UP);
    assert_string_equal(e->text, "two");
    line_edit_key(e, KEYS_UP);
    line_edit_key(e, KEYS_UP);
    assert_string_equal(e->text, "one");
    line_edit_key(e, KEYS_DOWN);
    line_edit_key(e, KEYS_DOWN);
    line_edit_key(e, KEYS_DOWN);
    assert_string_equal(e->text, "dra");
    assert_int_equal(e->cursor, 3);
}

static void history_loses_the_oldest(void **state)
{
    struct line_edit *e = *state;
    char text[16];

    for (int i = 0; i < LINE_EDIT_HISTORY + 5; i++) {
        snprintf(text, sizeof(text), "line %d", i);
        line_edit_set(e, text);
        line_edit_accept(e);
    }
    assert_int_equal(e->n_history, LINE_EDIT_HISTORY);
    for (int i = 0; i < LINE_EDIT_HISTORY + 5; i++)
        line_edit_key(e, KEYS_UP);
    assert_string_equal(e->text, "line 5");
}

static void long_lines_scroll_to_the_cursor(void **state)
{
    struct line_edit *e = *state;
    struct surface *s = surface_new(1, 10, false);

    line_edit_set(e, "abcdefghijkl");
    line_edit_draw(e, area_whole(s), 0, 2);
    assert_string_equal(surface_row(s, 0), "  fghijkl ");
    assert_int_equal(surface_cell(s, 0, 9)->style, STYLE_CURSOR);
    assert_int_equal(surface_cell(s, 0, 8)->style, STYLE_INPUT);
    line_edit_key(e, KEYS_HOME);
    line_edit_draw(e, area_whole(s), 0, 2);
    assert_string_equal(surface_row(s, 0), "  abcdefgh");
    assert_int_equal(surface_cell(s, 0, 2)->style, STYLE_CURSOR);
    surface_free(s);
}

static void cursor_covers_a_wide_character(void **state)
{
    struct line_edit *e = *state;
    struct surface *s = surface_new(1, 5, false);

    line_edit_set(e, "ab日");
    line_edit_key(e, KEYS_LEFT);
    line_edit_draw(e, area_whole(s), 0, 0);
    assert_string_equal(surface_row(s, 0), "ab日 ");
    assert_int_equal(surface_cell(s, 0, 2)->style, STYLE_CURSOR);
    assert_int_equal(surface_cell(s, 0, 3)->style, STYLE_CURSOR);
    assert_int_equal(surface_cell(s, 0, 4)->style, STYLE_INPUT);
    surface_free(s);
}

static void no_room_to_draw_is_harmless(void **state)
{
    struct line_edit *e = *state;
    struct surface *s = surface_new(1, 1, false), *none = surface_new(0, 0, false);

    line_edit_set(e, "abc");
    line_edit_draw(e, area_whole(s), 0, 5);
    line_edit_draw(e, area_whole(s), 0, 0);
    line_edit_draw(e, area_whole(none), 0, 0);
    surface_free(s);
    surface_free(none);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(typed_characters_go_in_at_the_cursor),
        TEST(keys_of_others_are_left_alone),
        TEST(marks_go_with_their_character),
        TEST(edges_of_the_line_stop_the_cursor),
        TEST(control_keys_remove_parts),
        TEST(line_never_grows_beyond_its_bound),
        TEST(bytes_that_are_no_characters_stay_out),
        TEST(history_keeps_no_doubles_and_the_draft),
        TEST(history_loses_the_oldest),
        TEST(long_lines_scroll_to_the_cursor),
        TEST(cursor_covers_a_wide_character),
        TEST(no_room_to_draw_is_harmless),
    };

    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests_name("line_edit", tests, NULL, NULL);
}
