#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/wire/hexdump.h"

static void a_line_has_offset_bytes_and_text(void **state)
{
    static const uint8_t bytes[0x40 + 12] = {[0x40] = 'H', 'e', 'l', 'l', 'o', ',',
                                             ' ',          'w', 'o', 'r', 'l', 'd'};
    struct hexdump h = {.len = sizeof(bytes), .width = 16};
    char line[HEXDUMP_LINE_BYTES];
    static const char expected[] =
        "0040  48 65 6c 6c 6f 2c 20 77  6f 72 6c 64              Hello, world";

    (void)state;
    assert_int_equal(hexdump_line(&h, bytes, 4, line), strlen(expected));
    assert_string_equal(line, expected);
}

static void a_width_of_8_has_no_gap(void **state)
{
    static const uint8_t bytes[] = "12345678\x1b[2J";
    struct hexdump h = {.len = 12, .width = 8};
    char line[HEXDUMP_LINE_BYTES];

    (void)state;
    hexdump_line(&h, bytes, 0, line);
    assert_string_equal(line, "0000  31 32 33 34 35 36 37 38  12345678");
    hexdump_line(&h, bytes, 1, line);
    assert_string_equal(line, "0008  1b 5b 32 4a              .[2J");
}

static void rows_never_run_across_the_break(void **state)
{
    struct hexdump h = {.len = 100, .width = 16, .brk = 54};

    (void)state;
    assert_int_equal(hexdump_rows(&h), 4 + 3);
    assert_int_equal(hexdump_row_start(&h, 3), 48);
    assert_int_equal(hexdump_row_len(&h, 3), 6);
    assert_int_equal(hexdump_row_start(&h, 4), 54);
    assert_int_equal(hexdump_row_len(&h, 4), 16);
    assert_int_equal(hexdump_row_len(&h, 6), 14);
    assert_int_equal(hexdump_row_len(&h, 7), 0);
    assert_int_equal(hexdump_row_start(&h, 7), 100);
    assert_int_equal(hexdump_row_of(&h, 53), 3);
    assert_int_equal(hexdump_row_of(&h, 54), 4);
    assert_int_equal(hexdump_row_of(&h, 99), 6);
}

static void rows_cover_every_byte_once(void **state)
{
    (void)state;
    for (size_t len = 0; len < 70; len++) {
        for (size_t width = 1; width <= 20; width++) {
            for (size_t brk = 0; brk < 75; brk++) {
                struct hexdump h = {.len = len, .width = width, .brk = brk};
                size_t at = 0, rows = hexdump_rows(&h);

                for (size_t row = 0; row < rows; row++) {
                    size_t n = hexdump_row_len(&h, row);

                    assert_int_equal(hexdump_row_start(&h, row), at);
                    assert_in_range(n, 1, width);
                    assert_true(brk == 0 || at >= brk || at + n <= brk || brk >= len);
                    for (size_t i = 0; i < n; i++)
                        assert_int_equal(hexdump_row_of(&h, at + i), row);
                    at += n;
                }
                assert_int_equal(at, len);
            }
        }
    }
}

static void nothing_has_no_rows(void **state)
{
    struct hexdump h = {.len = 0, .width = 16, .brk = 3};
    char line[HEXDUMP_LINE_BYTES] = "x";

    (void)state;
    assert_int_equal(hexdump_rows(&h), 0);
    assert_int_equal(hexdump_row_len(&h, 0), 0);
    assert_int_equal(hexdump_line(&h, NULL, 0, line), 0);
    assert_string_equal(line, "");
}

static void a_width_of_0_or_too_much_is_mended(void **state)
{
    uint8_t bytes[80];
    struct hexdump none = {.len = 3, .width = 0}, wide = {.len = 80, .width = 1000};
    char line[HEXDUMP_LINE_BYTES];

    (void)state;
    memset(bytes, 'A', sizeof(bytes));
    assert_int_equal(hexdump_rows(&none), 3);
    assert_int_equal(hexdump_rows(&wide), 3);
    assert_true(hexdump_line(&wide, bytes, 0, line) < HEXDUMP_LINE_BYTES);
    assert_non_null(strstr(line, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
}

static void far_offsets_have_their_digits(void **state)
{
    uint8_t *bytes = calloc(1, 0x20010);
    struct hexdump h = {.len = 0x20010, .width = 16};
    char line[HEXDUMP_LINE_BYTES];

    (void)state;
    assert_non_null(bytes);
    hexdump_line(&h, bytes, 0x2000, line);
    assert_memory_equal(line, "020000  00 00", 13);
    free(bytes);
}

static void only_printable_ascii_is_shown(void **state)
{
    (void)state;
    for (unsigned b = 0; b < 256; b++) {
        char c = hexdump_char((uint8_t)b);

        assert_true(c >= ' ' && c <= '~');
        assert_true(c == '.' || c == (char)b);
    }
    assert_int_equal(hexdump_char(' '), ' ');
    assert_int_equal(hexdump_char('~'), '~');
    assert_int_equal(hexdump_char(0x7f), '.');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_offset_bytes_and_text),
        cmocka_unit_test(a_width_of_8_has_no_gap),
        cmocka_unit_test(rows_never_run_across_the_break),
        cmocka_unit_test(rows_cover_every_byte_once),
        cmocka_unit_test(nothing_has_no_rows),
        cmocka_unit_test(a_width_of_0_or_too_much_is_mended),
        cmocka_unit_test(far_offsets_have_their_digits),
        cmocka_unit_test(only_printable_ascii_is_shown),
    };

    return cmocka_run_group_tests_name("hexdump", tests, NULL, NULL);
}
