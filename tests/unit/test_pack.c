/* The expected bytes are those of Python 3.11's struct on Linux, x86-64. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hex.h"
#include "core/base/mem.h"
#include "core/report/pack.h"
#include "core/wire/pack.h"
#include "core/wire/pack_float.h"
#include "core/wire/pack_text.h"

#define WORDS_MAX 8

/* Pack the words; the hex of the bytes, which is the caller's, or NULL with err. */
static char *packed(const char *format, const char *const words[WORDS_MAX], struct err *err)
{
    struct pack_format f;
    struct pack_walk walk = {0};
    struct pack_slot slot;
    uint8_t *bytes;
    char *hex = NULL;
    int r;

    if (pack_format_parse(format, &f, err) < 0)
        return NULL;
    bytes = mem_new(f.n_bytes + 1, 1);
    for (r = 0; r == 0 && pack_next(&f, &walk, &slot);) {
        char *word = mem_copy(words[slot.number - 1], strlen(words[slot.number - 1]));
        struct pack_value value;

        r = pack_text_read(&slot, word, &value, err);
        if (r == 0)
            r = pack_put(&slot, &value, bytes, err);
        free(word);
    }
    if (r == 0) {
        hex = mem_new(2 * f.n_bytes + 1, 1);
        hex_write(bytes, f.n_bytes, hex);
    }
    free(bytes);
    pack_format_done(&f);
    return hex;
}

#define PACKS(hex, format, ...) packs(hex, format, (const char *const[WORDS_MAX]){__VA_ARGS__})
#define REFUSES(words, format, ...)                                                            \
    refuses(words, format, (const char *const[WORDS_MAX]){__VA_ARGS__})

static void packs(const char *expected, const char *format, const char *const words[WORDS_MAX])
{
    struct err err = {0};
    char *hex = packed(format, words, &err);

    if (!hex)
        fail_msg("%s: %s %s", format, err.input, err.reason);
    assert_string_equal(hex, expected);
    free(hex);
}

static void refuses(const char *expected, const char *format,
                    const char *const words[WORDS_MAX])
{
    struct err err = {0};
    char line[ERR_TEXT_BYTES * 4];

    assert_null(packed(format, words, &err));
    err_format(&err, line, sizeof(line));
    if (!strstr(line, expected))
        fail_msg("'%s' is not in: %s", expected, line);
}

static void orders_and_sizes_are_those_of_struct(void **state)
{
    (void)state;
    PACKS("0102", ">H", "258");
    PACKS("0102", "!H", "258");
    PACKS("0201", "<H", "258");
    PACKS("feffffff", "<l", "-2");
    PACKS("fffffffffffffffe", ">q", "-2");
    PACKS("0100000000000000"
          "0200000000000000",
          "@lL", "1", "2");
    PACKS("ffffffffffffffff", "P", "-1");
    PACKS("01000201", " 2B\th ", "1", "0", "258");
    PACKS("01000001", "?2x0B?", "true", "1");
}

static void native_formats_are_aligned(void **state)
{
    (void)state;
    PACKS("0100000002000000", "bi", "1", "2");
    PACKS("0102000000", "=bi", "1", "2");
    PACKS("0100000000000000", "b0l", "1");
    PACKS("01", "<b0l", "1");
    PACKS("010000000000000002", "b0dB", "1", "2");
    PACKS("01000002", "bx0hxB", "1", "2");
}

static void integers_are_read_in_four_bases(void **state)
{
    (void)state;
    PACKS("ff0a0503", "4B", "0xfF", "10", "0b101", "0o3");
    PACKS("80ff", "2b", "-0x80", "-1");
    PACKS("0007", "2B", "-0", "+007");
    REFUSES("value 1, for 'B' at character 1 of the format, is no integer", "B", "");
    REFUSES("is no integer", "B", "0x");
    REFUSES("is no integer", "B", "12a");
    REFUSES("is no integer", "B", "0b2");
    REFUSES("is no integer", "B", "--1");
    REFUSES("does not fit 64 bits", "Q", "18446744073709551616");
}

static void a_number_that_does_not_fit_is_named_with_its_code_and_place(void **state)
{
    (void)state;
    PACKS("ff", "B", "255");
    PACKS("8000", ">h", "-32768");
    PACKS("ffffffffffffffff", "Q", "18446744073709551615");
    PACKS("0000000000000080", "<q", "-9223372036854775808");
    REFUSES("value 2, 256, for 'B' at character 4 of the format, is not from 0 to 255", "<h B",
            "1", "256");
    REFUSES("value 1, -1, for 'I' at character 1 of the format", "I", "-1");
    REFUSES("-32769, for 'h' at character 2 of the format, is not from -32768 to 32767", ">h",
            "-32769");
    REFUSES("is not from", "q", "9223372036854775808");
}

static void halves_round_to_even(void **state)
{
    (void)state;
    PACKS("3c00", ">e", "1");
    PACKS("c000", ">e", "-2");
    PACKS("7bff", ">e", "65519.99");
    PACKS("0001", ">e", "5.960464477539063e-08");
    PACKS("0000", ">e", "2.98023223876953125e-08"); /* a tie, and 0 is even */
    PACKS("0001", ">e", "2.980232238769532e-08");
    PACKS("0002", ">e", "8.940696716308594e-08"); /* a tie, 1 is odd */
    PACKS("0400", ">e", "6.1035156e-05");         /* rounding makes it normal */
    PACKS("6800", ">e", "2049");
    PACKS("6802", ">e", "2051");
    PACKS("8000", ">e", "-0.0");
    PACKS("0000", ">e", "1e-300");
    REFUSES("65520.0, for 'e' at character 2 of the format, is too large for its 2 bytes", ">e",
            "65520");
}

static void floats_have_infinities_and_nan(void **state)
{
    (void)state;
    PACKS("7c00fc007e00", ">3e", "inf", "-inf", "nan");
    PACKS("7f800000ff8000007fc00000", ">3f", "inf", "-inf", "nan");
    PACKS("fff8000000000000", ">d", "-nan");
    PACKS("3dcccccd", ">f", "0.1");
    PACKS("0000807f", "f", "1e300"); /* as a cast in C, and as struct does */
    REFUSES("1e+300, for 'f' at character 2 of the format, is too large", "<f", "1e300");
    REFUSES("is too large for a double", "d", "1e400");
    REFUSES("is no number", "d", "1,5");
    REFUSES("is no number", "d", "");
}

static void texts_are_cut_and_padded(void **state)
{
    (void)state;
    PACKS("61626300", "4s", "abc");
    PACKS("6162", "2s", "abc");
    PACKS("", "0s", "abc");
    PACKS("0d0a0041", "4s", "\\r\\n\\0\\x41");
    PACKS("0a0b00", "3s", "0x0A0b");
    PACKS("30780a", "3s", "\\x30x\\n");
    PACKS("026162", "3p", "abc");
    PACKS("0161000000", "5p", "a");
    PACKS("00", "1p", "abc");
    PACKS("5c", "c", "\\\\");
    REFUSES("for 'c' at character 1 of the format, is 2 bytes, not one", "c", "ab");
    REFUSES("\\x30x", "2s", "0x1");
    REFUSES("no valid escape at its character 2", "2s", "a\\q");
}

static void pascal_text_of_more_than_255_bytes_says_255(void **state)
{
    char word[301], *hex;
    struct err err = {0};

    (void)state;
    memset(word, 'a', 300);
    word[300] = '\0';
    hex = packed("300p", (const char *const[WORDS_MAX]){word}, &err);
    assert_non_null(hex);
    assert_memory_equal(hex, "ff6161", 6);
    assert_string_equal(hex + 596, "6161");
    free(hex);
}

static void truths_are_words_or_digits(void **state)
{
    (void)state;
    PACKS("01000100", "4?", "true", "false", "1", "0");
    REFUSES("is none of true, false, 1, 0", "?", "2");
}

static void a_bad_format_is_named_with_its_place(void **state)
{
    (void)state;
    REFUSES("character 2: a count without a code", "B12", "1");
    REFUSES("character 2: no code", "2 b", "1");
    REFUSES("character 3: no code", "BBz", "1");
    REFUSES("character 2: n, N and P", "<n", "1");
    REFUSES("character 2: no code", "B<B", "1");
    REFUSES("character 1: no code", "\xc3\xa9", "1");
}

static void a_format_has_a_limit(void **state)
{
    char *text = mem_new(PACK_FORMAT_BYTES + 2, 1);
    struct pack_format f = {.n_bytes = 77};

    (void)state;
    assert_int_equal(pack_format_parse("1048576x", &f, NULL), 0);
    assert_int_equal(f.n_bytes, PACK_BYTES_MAX);
    pack_format_done(&f);
    f.n_bytes = 77;
    assert_int_equal(pack_format_parse("1048577x", &f, NULL), -EINVAL);
    assert_int_equal(pack_format_parse("x1048576x", &f, NULL), -EINVAL);
    assert_int_equal(pack_format_parse("131073d", &f, NULL), -EINVAL);
    assert_int_equal(pack_format_parse("1048575xh", &f, NULL), -EINVAL);
    assert_int_equal(pack_format_parse("99999999999999999999999999999999s", &f, NULL), -EINVAL);
    memset(text, 'x', PACK_FORMAT_BYTES + 1);
    assert_int_equal(pack_format_parse(text, &f, NULL), -EINVAL);
    assert_int_equal(f.n_bytes, 77);
    free(text);
}

/* The values of bytes, one a line. */
static void unpacks(const char *hex, const char *format, const char *lines)
{
    struct pack_format f;
    struct pack_walk walk = {0};
    struct pack_slot slot;
    uint8_t bytes[64];
    char all[512] = "", one[PACK_TEXT_BYTES(64)];
    size_t len;

    assert_int_equal(hex_read(hex, strlen(hex), bytes, sizeof(bytes), &len, NULL), 0);
    assert_int_equal(pack_format_parse(format, &f, NULL), 0);
    assert_int_equal(f.n_bytes, len);
    while (pack_next(&f, &walk, &slot)) {
        struct pack_value v = pack_get(&slot, bytes);

        strcat(all, pack_text_write(&v, one));
        strcat(all, "\n");
    }
    assert_string_equal(all, lines);
    pack_format_done(&f);
}

static void values_come_back_as_they_are_written(void **state)
{
    (void)state;
    unpacks("ff ff 8000 7fff", "!bBhH", "-1\n255\n-32768\n32767\n");
    unpacks("ffffffffffffffff 8000000000000000", ">Qq",
            "18446744073709551615\n-9223372036854775808\n");
    unpacks("00 01 80", "3?", "false\ntrue\ntrue\n");
    unpacks("3dcccccd 3fb999999999999a 2e66", ">fde", "0.10000000149011612\n0.1\n0.0999755859375\n");
    unpacks("7e00 fc00 0001 8000", ">4e", "nan\n-inf\n5.9604644775390625e-08\n-0.0\n");
    unpacks("7fefffffffffffff 40f86a0000000000 4341c37937e08000", ">3d",
            "1.7976931348623157e+308\n100000.0\n1e+16\n");
    unpacks("610a5cc3a9ff00", "7s", "a\\n\\\\é\\xff\\x00\n");
    unpacks("3078", "2s", "\\x30x\n");
    unpacks("02616263 ff6162", "4p3p", "ab\nab\n");
    unpacks("0100000002000000", "bi", "1\n2\n");
}

static void what_is_written_is_read_again(void **state)
{
    static const char *const texts[] = {"0x41", "\\x41", "\\", "0X", "a\nb", "\xff\xfe", "é"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct pack_slot slot = {.code = 's', .bytes = strlen(texts[i])};
        struct pack_value v = pack_get(&slot, (const uint8_t *)texts[i]), again;
        char word[PACK_TEXT_BYTES(16)];

        pack_text_write(&v, word);
        assert_int_equal(pack_text_read(&slot, word, &again, NULL), 0);
        assert_int_equal(again.len, v.len);
        assert_memory_equal(again.text, texts[i], v.len);
    }
}

static void every_half_is_its_own_text_and_value(void **state)
{
    (void)state;
    for (uint64_t bits = 0; bits < 0x10000; bits++) {
        double x = pack_float_value(2, bits), again;
        char text[PACK_FLOAT_TEXT_BYTES];
        uint64_t back;
        size_t used;

        if ((bits & 0x7c00) == 0x7c00 && bits & 0x3ff)
            continue; /* NaN: there are many */
        pack_float_text(2, x, text);
        assert_true(pack_float_read(text, &again, &used));
        assert_true(pack_float_bits(2, again, false, &back));
        assert_int_equal(back, bits);
    }
}

static void json_is_exact(void **state)
{
    static const uint8_t bytes[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                    0xff, 0,    0x7e, 0,    'a',  '"'};
    struct pack_format f;
    cJSON *json;
    char *text;

    (void)state;
    assert_int_equal(pack_format_parse("<Qex2s", &f, NULL), 0);
    json = pack_json("<Qex2s", &f, bytes);
    text = cJSON_PrintUnformatted(json);
    assert_string_equal(text, "{\"format\":\"<Qex2s\",\"size\":13,"
                              "\"bytes\":\"ffffffffffffffff007e006122\",\"values\":["
                              "{\"offset\":0,\"code\":\"Q\",\"value\":18446744073709551615},"
                              "{\"offset\":8,\"code\":\"e\",\"value\":\"nan\"},"
                              "{\"offset\":11,\"code\":\"2s\",\"value\":\"a\\\"\","
                              "\"hex\":\"6122\"}]}");
    cJSON_free(text);
    cJSON_Delete(json);
    pack_format_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_and_sizes_are_those_of_struct),
        cmocka_unit_test(native_formats_are_aligned),
        cmocka_unit_test(integers_are_read_in_four_bases),
        cmocka_unit_test(a_number_that_does_not_fit_is_named_with_its_code_and_place),
        cmocka_unit_test(halves_round_to_even),
        cmocka_unit_test(floats_have_infinities_and_nan),
        cmocka_unit_test(texts_are_cut_and_padded),
        cmocka_unit_test(pascal_text_of_more_than_255_bytes_says_255),
        cmocka_unit_test(truths_are_words_or_digits),
        cmocka_unit_test(a_bad_format_is_named_with_its_place),
        cmocka_unit_test(a_format_has_a_limit),
        cmocka_unit_test(values_come_back_as_they_are_written),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(every_half_is_its_own_text_and_value),
        cmocka_unit_test(json_is_exact),
    };

    return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
