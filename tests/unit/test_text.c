/* The sanitizer, UTF-8, numbers, durations and escapes. */
#include "core/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define UNTOUCHED 0xdeadbeefU

static void utf8_is_read_up_to_the_last_code_point(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        uint32_t code;
    } good[] = {
        {"A", 1, 'A'},
        {"\x7f", 1, 0x7f},
        {"\xc2\x80", 2, 0x80},
        {"\xdf\xbf", 2, 0x7ff},
        {"\xe0\xa0\x80", 3, 0x800},
        {"\xed\x9f\xbf", 3, 0xd7ff},
        {"\xee\x80\x80", 3, 0xe000},
        {"\xef\xbf\xbf", 3, 0xffff},
        {"\xf0\x90\x80\x80", 4, 0x10000},
        {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        uint32_t code = UNTOUCHED;
        char out[4];

        assert_int_equal(text_utf8_decode(good[i].bytes, good[i].len, &code), good[i].len);
        assert_int_equal(code, good[i].code);
        assert_int_equal(text_utf8_encode(code, out), good[i].len);
        assert_memory_equal(out, good[i].bytes, good[i].len);
    }
}

static void what_is_no_utf8_is_refused_and_leaves_the_output_alone(void **state)
{
    static const char *const bad[] = {
        "\x80",             /* a continuation alone */
        "\xc0\xaf",         /* overlong "/" */
        "\xc1\xbf",         /* overlong */
        "\xe0\x9f\xbf",     /* overlong */
        "\xf0\x8f\xbf\xbf", /* overlong */
        "\xed\xa0\x80",     /* a surrogate */
        "\xf4\x90\x80\x80", /* above the last code point */
        "\xf5\x80\x80\x80",
        "\xff",
        "\xc2"
        "A", /* the second byte is missing */
        "\xe2\x82"
        "A",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint32_t code = UNTOUCHED;

        assert_int_equal(text_utf8_decode(bad[i], strlen(bad[i]), &code), 0);
        assert_int_equal(code, UNTOUCHED);
    }
}

static void a_cut_sequence_is_refused_at_every_length(void **state)
{
    static const char euro[] = "\xe2\x82\xac", face[] = "\xf0\x9f\x98\x80";
    uint32_t code = UNTOUCHED;

    (void)state;
    for (size_t len = 0; len < 3; len++)
        assert_int_equal(text_utf8_decode(euro, len, &code), 0);
    for (size_t len = 0; len < 4; len++)
        assert_int_equal(text_utf8_decode(face, len, &code), 0);
    assert_int_equal(code, UNTOUCHED);
}

static void surrogates_and_numbers_too_large_cannot_be_encoded(void **state)
{
    char out[4];

    (void)state;
    assert_int_equal(text_utf8_encode(0xd800, out), 0);
    assert_int_equal(text_utf8_encode(0xdfff, out), 0);
    assert_int_equal(text_utf8_encode(0x110000, out), 0);
}

static void what_steers_a_terminal_is_not_printable(void **state)
{
    static const uint32_t hidden[] = {0,      7,      0x1b,    0x7f,    0x85,
                                      0x9b,   0x200b, 0x200e,  0x2028,  0x202e,
                                      0x2066, 0xfeff, 0xe0041, 0x10ffff};
    static const uint32_t shown[] = {' ', '~', 0xa0, 0xe9, 0x2192, 0x2588, 0x4e2d, 0x1f600};

    (void)state;
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
        assert_false(text_printable(hidden[i]));
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
        assert_true(text_printable(shown[i]));
}

static void assert_cleaned(const char *bytes, size_t len, const char *expected)
{
    char out[128];

    assert_int_equal(text_clean(bytes, len, out, sizeof(out)), strlen(expected));
    assert_string_equal(out, expected);
}

static void cleaning_keeps_text_and_escapes_the_rest(void **state)
{
    (void)state;
    assert_cleaned("Hello, w\xc3\xb6rld \\n", 16, "Hello, w\xc3\xb6rld \\n");
    assert_cleaned("a\r\n\tb", 5, "a\\r\\n\\tb");
    assert_cleaned("\0\033[31m", 6, "\\x00\\x1b[31m");
    assert_cleaned("\xc2\x9b", 2, "\\u{9b}");
    assert_cleaned("\xe2\x80\xae", 3, "\\u{202e}");
    assert_cleaned("\xff\xe2\x82", 3, "\\xff\\xe2\\x82");
    assert_cleaned("", 0, "");
}

static void every_byte_comes_out_printable(void **state)
{
    char out[8];

    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t in = (uint8_t)byte;
        size_t n = text_clean(&in, 1, out, sizeof(out));

        assert_in_range(n, 1, 4);
        for (size_t i = 0; i < n; i++)
            assert_in_range(out[i], ' ', '~');
    }
}

static void a_result_too_long_is_cut_at_a_whole_piece(void **state)
{
    char out[8];

    (void)state;
    memset(out, 'x', sizeof(out));
    assert_int_equal(text_clean("ab\xe2\x82\xac\xe2\x82\xac", 8, out, sizeof(out)), 5);
    assert_string_equal(out, "ab\xe2\x82\xac");
    assert_int_equal(text_clean("abcde\033", 6, out, sizeof(out)), 5);
    assert_string_equal(out, "abcde");
    assert_int_equal(text_clean("abcdefgh", 8, out, sizeof(out)), 7);
    assert_string_equal(out, "abcdefg");
    assert_int_equal(text_clean("abc", 3, out, 1), 0);
    assert_string_equal(out, "");
    out[0] = '!';
    assert_int_equal(text_clean("abc", 3, out, 0), 0);
    assert_int_equal(out[0], '!');
}

static void numbers_have_separators(void **state)
{
    static const struct {
        uint64_t n;
        const char *text;
    } cases[] = {
        {0, "0"},          {999, "999"},           {1000, "1,000"},
        {65495, "65,495"}, {4163072, "4,163,072"}, {UINT64_MAX, "18,446,744,073,709,551,615"},
    };
    char buf[TEXT_NUMBER_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(text_number(cases[i].n, buf), cases[i].text);
}

static void durations_come_in_their_natural_unit(void **state)
{
    static const struct {
        uint64_t ns;
        const char *text;
    } cases[] = {
        {0, "0 ns"},
        {999, "999 ns"},
        {21000, "21 us"},
        {999999, "999 us"},
        {1000000, "1 ms"},
        {999999999, "999 ms"},
        {1400000000, "1.4 s"},
        {99999999999, "99.9 s"},
        {100000000000, "1 min 40 s"},
        {200000000000, "3 min 20 s"},
        {7199999999999, "119 min 59 s"},
        {7200000000000, "2 h 0 min"},
        {UINT64_MAX, "5124095 h 34 min"},
    };
    char buf[TEXT_DURATION_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(text_duration(cases[i].ns, buf), cases[i].text);
}

static void escapes_become_bytes_in_place(void **state)
{
    char text[] = "GET /\\r\\n\\t\\0\\\\\\x41\\xfF.";
    size_t at = 77;

    (void)state;
    assert_int_equal(text_unescape(text, &at), 13);
    assert_memory_equal(text, "GET /\r\n\t\0\\A\xff.", 13);
    assert_int_equal(at, 77);
}

static void an_escape_that_is_none_is_pointed_at(void **state)
{
    static const struct {
        const char *text;
        size_t at;
    } cases[] = {
        {"ab\\q", 2}, {"\\", 0}, {"\\n\\", 2}, {"\\x4", 0}, {"\\x4g", 0}, {"a\\n\\x", 3},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[16];
        size_t at = 77;

        strcpy(text, cases[i].text);
        assert_true(text_unescape(text, &at) == (size_t)-1);
        assert_int_equal(at, cases[i].at);
    }
}

static void escaped_text_comes_back_as_it_was(void **state)
{
    static const char all[] = "a\\n\n\r\t\0\x1b\x7f\xff \xc3\xa9 \xe2\x80\xae\xe4\xb8";
    char out[TEXT_ESCAPED_BYTES(sizeof(all))];
    size_t at = 0, n;

    (void)state;
    n = text_escape(all, sizeof(all) - 1, out);
    assert_int_equal(n, strlen(out));
    assert_string_equal(out, "a\\\\n\\n\\r\\t\\x00\\x1b\\x7f\\xff \xc3\xa9 "
                             "\\xe2\\x80\\xae\\xe4\\xb8");
    assert_int_equal(text_unescape(out, &at), sizeof(all) - 1);
    assert_memory_equal(out, all, sizeof(all) - 1);
}

static void digits_are_those_of_printf(void **state)
{
    char digits[TEXT_U64_BYTES + 1], expected[24];

    (void)state;
    for (uint64_t n = 0, step = 1; step; step += n / 7, n += step) {
        size_t len = text_u64(n, digits);

        digits[len] = '\0';
        snprintf(expected, sizeof(expected), "%llu", (unsigned long long)n);
        assert_string_equal(digits, expected);
        if (n > UINT64_MAX / 2)
            break;
    }
    for (unsigned n = 0; n < 20000; n++) {
        digits[text_u64(n, digits)] = '\0';
        snprintf(expected, sizeof(expected), "%u", n);
        assert_string_equal(digits, expected);
    }
    assert_int_equal(text_u64(UINT64_MAX, digits), 20);
    assert_memory_equal(digits, "18446744073709551615", 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digits_are_those_of_printf),
        cmocka_unit_test(utf8_is_read_up_to_the_last_code_point),
        cmocka_unit_test(what_is_no_utf8_is_refused_and_leaves_the_output_alone),
        cmocka_unit_test(a_cut_sequence_is_refused_at_every_length),
        cmocka_unit_test(surrogates_and_numbers_too_large_cannot_be_encoded),
        cmocka_unit_test(what_steers_a_terminal_is_not_printable),
        cmocka_unit_test(cleaning_keeps_text_and_escapes_the_rest),
        cmocka_unit_test(every_byte_comes_out_printable),
        cmocka_unit_test(a_result_too_long_is_cut_at_a_whole_piece),
        cmocka_unit_test(numbers_have_separators),
        cmocka_unit_test(durations_come_in_their_natural_unit),
        cmocka_unit_test(escapes_become_bytes_in_place),
        cmocka_unit_test(an_escape_that_is_none_is_pointed_at),
        cmocka_unit_test(escaped_text_comes_back_as_it_was),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
