/* JSON that was made to hurt: too deep, too much, numbers and texts that RFC 8259 does not know. */
#include "core/message/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/message/json_tree.h"
#include "core/message/message.h"

static size_t allocated(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

/* To the end or to the fault; *ret_tokens counts. */
static int read_all(const char *text, size_t len, struct json_reader *r, size_t *ret_tokens)
{
    struct json_token token;
    int rc;

    json_reader_init(r, text, len, message_limits.nesting_max);
    *ret_tokens = 0;
    while ((rc = json_next(r, &token)) == 0 && token.kind != JSON_END)
        (*ret_tokens)++;
    return rc;
}

static int verdict(const char *text, size_t len)
{
    struct json_reader r;
    size_t tokens;
    int rc = read_all(text, len, &r, &tokens);

    if (rc < 0) {
        assert_true(r.wrong_at <= len); /* the fault has a place */
        assert_true(r.reason[0] != '\0');
    }
    return rc;
}

static char *repeated(const char *piece, size_t n)
{
    size_t len = strlen(piece);
    char *text = mem_new(n * len + 1, 1);

    for (size_t i = 0; i < n; i++)
        memcpy(text + i * len, piece, len);
    return text;
}

static void what_is_too_deep_is_refused_at_that_level(void **state)
{
    static const size_t depths[] = {65, 1001, 16 << 20};

    (void)state;
    for (size_t i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
        char *text = repeated("[", depths[i]);
        size_t before = allocated(), tokens;
        struct json_reader r;
        uint64_t begin = clock_now_ns();

        assert_int_equal(read_all(text, depths[i], &r, &tokens), -E2BIG);
        assert_true(clock_now_ns() - begin < CLOCK_SECOND_NS);
        assert_int_equal(tokens, 64);
        assert_int_equal(r.wrong_at, 64);
        assert_int_equal(allocated(), before);
        free(text);
    }
}

static void a_million_values_cost_no_memory(void **state)
{
    const size_t n = 1000000;
    char *text = repeated("{},", n);
    size_t before, tokens;
    struct json_reader r;

    (void)state;
    text[0] = '[';
    text[1] = '0';
    text[3 * n - 1] = ']';
    before = allocated();
    assert_int_equal(read_all(text, 3 * n, &r, &tokens), 0);
    assert_int_equal(tokens, 2 * n - 2 + 3);
    assert_int_equal(allocated(), before);
    free(text);
}

static void a_tree_has_a_bound_of_values_members_and_depth(void **state)
{
    static const struct {
        const char *piece;
        size_t n;
    } cases[] = {{"{},", JSON_TREE_VALUES + 10}, {"[", JSON_TREE_NESTING + 1}, {"[", 1 << 20}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text = repeated(cases[i].piece, cases[i].n);
        struct json_node *root = NULL;
        struct err err = {0};
        size_t len = strlen(text), line = 0;

        if (cases[i].piece[0] == '{') {
            text[0] = '[';
            text[1] = '0';
            text[len - 1] = ']';
        }
        assert_int_equal(json_tree_read(text, len, &root, &line, &err), -EBADMSG);
        assert_null(root);
        assert_true(err.reason[0] != '\0');
        free(text);
    }
}

static void a_key_that_stands_twice_is_refused_in_a_file(void **state)
{
    static const char *const twice[] = {"{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}",
                                        "{\"\":1,\"\":2}"};
    struct json_node *root = NULL;
    struct err err = {0};
    size_t line = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(twice) / sizeof(twice[0]); i++)
        assert_int_equal(json_tree_read(twice[i], strlen(twice[i]), &root, &line, &err),
                         -EBADMSG);
    assert_int_equal(json_tree_read("{\"\":1}", 6, &root, &line, &err), 0);
    json_tree_free(root);
}

static void numbers_are_those_of_the_rfc(void **state)
{
    static const char *const none[] = {"NaN", "Infinity", "0x10", "01",  "+1", "1.",
                                       ".5",  "1e",       "1e+",  "--1", "-",  "1_0"};
    static const char *const some[] = {"1e400", "-0", "9007199254740993", "1E-5", "0.10"};
    char *digits = repeated("7", 10000);

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        if (verdict(none[i], strlen(none[i])) != -EBADMSG)
            fail_msg("taken as a number: %s", none[i]);
    for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
        struct json_reader r;
        struct json_token token;

        json_reader_init(&r, some[i], strlen(some[i]), 1);
        assert_int_equal(json_next(&r, &token), 0);
        assert_int_equal(token.kind, JSON_NUMBER);
        assert_int_equal(token.len, strlen(some[i])); /* every digit is kept */
    }
    assert_int_equal(verdict(digits, 10000), 0);
    free(digits);
}

static void texts_are_utf8_without_raw_controls(void **state)
{
    static const struct {
        const char *text;
        int rc;
    } cases[] = {
        {"\"\xff\"", -EILSEQ},         {"\"\xc0\xaf\"", -EILSEQ},
        {"\"\xed\xa0\x80\"", -EILSEQ}, {"\"\xe2\x82\"", -EILSEQ},
        {"\"\\ud800\"", -EILSEQ},      {"\"\\udc00\\ud800\"", -EILSEQ},
        {"\xef\xbb\xbf{}", -EBADMSG},  {"\"\n\"", -EBADMSG},
        {"\"\x1b[31m\"", -EBADMSG},    {"\"\\x1b\"", -EBADMSG},
        {"\"\\u00g0\"", -EBADMSG},     {"\"a\\u0000b\"", 0},
        {"\"\\ud83d\\ude00\"", 0},     {"\"\xf0\x9f\x98\x80\"", 0},
    };
    struct json_reader r;
    struct json_token token;
    char out[16];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (verdict(cases[i].text, strlen(cases[i].text)) != cases[i].rc)
            fail_msg("case %zu: %s", i, cases[i].text);
    /* It is not cut at the NUL. */
    json_reader_init(&r, "\"a\\u0000b\"", 10, 1);
    assert_int_equal(json_next(&r, &token), 0);
    assert_int_equal(json_unescape("\"a\\u0000b\"", &token, out), 3);
    assert_memory_equal(out, "a\0b", 3);
}

static void one_value_and_nothing_else(void **state)
{
    static const char *const none[] = {
        "",           "   ",     "{} x",    "1 2",     "{}{}",  "[1,]", "[,1]",
        "{\"a\":1,}", "/* */ 1", "// c\n1", "{'a':1}", "{a:1}", "[1",   "{\"a\"",
        "\"",         "tru",     "nulll",   "]",       "}",     "[}",   "{\"a\":]"};

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        if (verdict(none[i], strlen(none[i])) != -EBADMSG)
            fail_msg("taken: %s", none[i]);
    assert_int_equal(verdict("1\0", 2), -EBADMSG);
    assert_int_equal(verdict(" [ 1 , {\"a\" : null} ]\n", 22), 0);
}

static void a_key_of_a_megabyte_is_read_as_any_other(void **state)
{
    const size_t n = 1 << 20;
    char *text = repeated("k", n + 7);
    size_t before, tokens;
    struct json_reader r;

    (void)state;
    memcpy(text, "{\"", 2);
    memcpy(text + n + 2, "\":1}", 5);
    before = allocated();
    assert_int_equal(read_all(text, n + 6, &r, &tokens), 0);
    assert_int_equal(tokens, 4);
    assert_int_equal(allocated(), before);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_too_deep_is_refused_at_that_level),
        cmocka_unit_test(a_million_values_cost_no_memory),
        cmocka_unit_test(a_tree_has_a_bound_of_values_members_and_depth),
        cmocka_unit_test(a_key_that_stands_twice_is_refused_in_a_file),
        cmocka_unit_test(numbers_are_those_of_the_rfc),
        cmocka_unit_test(texts_are_utf8_without_raw_controls),
        cmocka_unit_test(one_value_and_nothing_else),
        cmocka_unit_test(a_key_of_a_megabyte_is_read_as_any_other),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
