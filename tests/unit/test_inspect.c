#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/base/text.h"
#include "core/wire/inspect.h"

static void every_reading_in_both_orders(void **state)
{
    static const uint8_t bytes[] = {9, 0xc0, 0xa8, 1, 2, 0, 0, 0, 0xff, 7};
    struct inspection i[INSPECT_COUNT];

    (void)state;
    inspect(bytes, sizeof(bytes), 1, i);
    assert_string_equal(i[INSPECT_U8].big, "192");
    assert_string_equal(i[INSPECT_I8].big, "-64");
    assert_string_equal(i[INSPECT_U8].little, "");
    assert_string_equal(i[INSPECT_CHARACTER].big, "not UTF-8");
    assert_string_equal(i[INSPECT_IPV4].big, "192.168.1.2");
    assert_string_equal(i[INSPECT_U16].big, "49320");
    assert_string_equal(i[INSPECT_U16].little, "43200");
    assert_string_equal(i[INSPECT_I16].big, "-16216");
    assert_string_equal(i[INSPECT_U32].big, "3232235778");
    assert_string_equal(i[INSPECT_I32].little, "33663168");
    assert_string_equal(i[INSPECT_U64].big, "13882346959471116543");
    assert_string_equal(i[INSPECT_U64].little, "18374686479705286848");
    assert_string_equal(i[INSPECT_I64].little, "-72057594004264768");
    assert_string_equal(i[INSPECT_FLOAT].big, "-5.250123");
    assert_string_equal(i[INSPECT_DOUBLE].little, "-5.486124109800957e+303");
}

static void what_reaches_behind_the_end_is_unknown(void **state)
{
    static const uint8_t bytes[] = {1, 2, 3};
    struct inspection i[INSPECT_COUNT];

    (void)state;
    inspect(bytes, 3, 1, i);
    assert_string_equal(i[INSPECT_U16].big, "515");
    for (int what = INSPECT_U32; what < INSPECT_COUNT; what++) {
        assert_string_equal(i[what].big, "-");
        assert_string_equal(i[what].little, "-");
    }
    assert_string_equal(i[INSPECT_IPV4].big, "-");
    for (size_t at = 3; at < 5; at++) {
        inspect(bytes, 3, at, i);
        for (int what = 0; what < INSPECT_COUNT; what++)
            assert_string_equal(i[what].big, "-");
    }
}

static void is_character(const char *bytes, const char *expected)
{
    struct inspection i[INSPECT_COUNT];

    inspect((const uint8_t *)bytes, strlen(bytes), 0, i);
    assert_string_equal(i[INSPECT_CHARACTER].big, expected);
}

static void characters_have_their_code_point(void **state)
{
    (void)state;
    is_character("Hello", "H U+0048");
    is_character("\xe4\xb8\x96x", "\xe4\xb8\x96 U+4E16");
    is_character("\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80 U+1F600");
    is_character("\n", "\\n U+000A");
    is_character("\x1b[", "\\x1b U+001B");
    is_character("\xe2\x80\xae", "\\u{202e} U+202E");
}

static void a_cut_character_is_unknown_and_a_wrong_one_is_none(void **state)
{
    (void)state;
    is_character("\xe4", "-");
    is_character("\xe0", "-"); /* only a high one may follow */
    is_character("\xed", "-"); /* only a low one may */
    is_character("\xf4", "-");
    is_character("\xe4\xb8", "-");
    is_character("\xf4\x8f", "-");
    is_character("\xe0\xa0", "-");
    is_character("\xe0\x80", "not UTF-8"); /* would be overlong */
    is_character("\xed\xa0", "not UTF-8"); /* would be a surrogate */
    is_character("\xf4\x90", "not UTF-8"); /* would be past U+10FFFF */
    is_character("\xe4x", "not UTF-8");
    is_character("\xff", "not UTF-8");
    is_character("\x80", "not UTF-8");
}

/* Whatever the bytes are: no value is longer than it says. */
static void no_value_is_longer_than_its_columns(void **state)
{
    static const uint8_t edges[] = {0, 1, 0x1b, 0x38, 0x7f, 0x80, 0xbf, 0xc7, 0xf4, 0xff};
    uint8_t bytes[8] = {0};

    (void)state;
    for (unsigned n = 0; n < 200000; n++) {
        struct inspection i[INSPECT_COUNT];

        for (unsigned b = 0, rest = n * 2654435761U; b < 8; b++, rest /= 10)
            bytes[b] = n % 2 ? edges[rest % 10] : (uint8_t)(bytes[b] * 181 + rest + 7);
        inspect(bytes, sizeof(bytes), 0, i);
        for (int what = 0; what < INSPECT_COUNT; what++) {
            if (what != INSPECT_CHARACTER && (int)strlen(i[what].big) > i[what].columns)
                fail_msg("%s %s", i[what].name, i[what].big);
            assert_true((int)strlen(i[what].little) <= i[what].columns);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reading_in_both_orders),
        cmocka_unit_test(what_reaches_behind_the_end_is_unknown),
        cmocka_unit_test(characters_have_their_code_point),
        cmocka_unit_test(a_cut_character_is_unknown_and_a_wrong_one_is_none),
        cmocka_unit_test(no_value_is_longer_than_its_columns),
    };

    return cmocka_run_group_tests_name("inspect", tests, NULL, NULL);
}
