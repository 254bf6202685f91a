#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "core/base/hex.h"

static void reads(const char *text, const char *plain)
{
    uint8_t bytes[64];
    char hex[129];
    size_t len = 99;

    assert_int_equal(hex_read(text, strlen(text), bytes, sizeof(bytes), &len, NULL), 0);
    assert_string_equal(hex_write(bytes, len, hex), plain);
}

static void refuses(const char *text, const char *words)
{
    uint8_t bytes[64];
    struct err err = {0};
    char line[ERR_TEXT_BYTES * 4];
    size_t len = 99;

    assert_int_equal(hex_read(text, strlen(text), bytes, sizeof(bytes), &len, &err), -EINVAL);
    assert_int_equal(len, 99);
    err_format(&err, line, sizeof(line));
    if (!strstr(line, words))
        fail_msg("'%s' is not in: %s", words, line);
}

static void every_way_to_paste_hex_means_the_same(void **state)
{
    (void)state;
    reads("48656c6C6F", "48656c6c6f");
    reads("48 65 6c 6c 6f", "48656c6c6f");
    reads("0x48,0x65, 0X6c;0x6c 0x6f", "48656c6c6f");
    reads("\\x48\\x65\\X6c\\x6c\\x6f", "48656c6c6f");
    reads("48:65:6c-6c-6f", "48656c6c6f");
    reads("0x48656c6c6f", "48656c6c6f");
    reads("0x480x650x6c 6c6f", "48656c6c6f");
    reads(" 48 65\r\n\t6c 6c\n6f\n", "48656c6c6f");
}

static void a_lone_digit_is_a_byte(void **state)
{
    (void)state;
    reads("1 2,f", "01020f");
    reads("0xa \\xb", "0a0b");
    reads("0", "00");
    reads("\\xa\\xb", "0a0b");
}

static void nothing_is_no_bytes(void **state)
{
    (void)state;
    reads("", "");
    reads(" ,\n", "");
}

static void what_is_no_hex_is_named_with_its_place(void **state)
{
    (void)state;
    refuses("48 6g", "character 5: this is no hex digit");
    refuses("48 g5", "character 4: this is no hex digit");
    refuses("48 123", "character 4: an odd number of digits");
    refuses("0x", "character 3: digits must follow");
    refuses("0x 48", "character 3: digits must follow");
    refuses("\\n", "character 1: this is no hex digit");
    refuses("80x48", "character 1: an odd number of digits");
    refuses("48\x1b[2J", "\\x1b");
}

static void no_more_bytes_than_there_is_room_for(void **state)
{
    uint8_t bytes[3] = {0, 0, 0xee};
    size_t len = 99;

    (void)state;
    assert_int_equal(hex_read("0102", 4, bytes, 2, &len, NULL), 0);
    assert_int_equal(len, 2);
    assert_int_equal(hex_read("010203", 6, bytes, 2, &len, NULL), -EMSGSIZE);
    assert_int_equal(hex_read("01 02 3", 7, bytes, 2, &len, NULL), -EMSGSIZE);
    assert_int_equal(bytes[2], 0xee);
    assert_int_equal(len, 2);
}

static void a_nul_inside_is_no_separator(void **state)
{
    uint8_t bytes[4];
    size_t len;

    (void)state;
    assert_int_equal(hex_read("01\0"
                              "02",
                              5, bytes, 4, &len, NULL),
                     -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_to_paste_hex_means_the_same),
        cmocka_unit_test(a_lone_digit_is_a_byte),
        cmocka_unit_test(nothing_is_no_bytes),
        cmocka_unit_test(what_is_no_hex_is_named_with_its_place),
        cmocka_unit_test(no_more_bytes_than_there_is_room_for),
        cmocka_unit_test(a_nul_inside_is_no_separator),
    };

    return cmocka_run_group_tests_name("hex", tests, NULL, NULL);
}
