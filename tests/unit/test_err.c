/* A failure in words: what a person reads, and what never reaches them. */
#include "core/base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

static void set_returns_the_code_and_fills_every_part(void **state)
{
    struct err err;

    (void)state;
    memset(&err, 'x', sizeof(err));
    assert_int_equal(err_set(&err, -EACCES, "bind", "tcp://:80", "port %d", 80), -EACCES);
    assert_int_equal(err.code, -EACCES);
    assert_string_equal(err.operation, "bind");
    assert_string_equal(err.input, "tcp://:80");
    assert_string_equal(err.reason, "port 80");
    assert_string_equal(err.hint, "");
}

static void nobody_needs_to_listen(void **state)
{
    (void)state;
    assert_int_equal(err_set(NULL, -EIO, "read", NULL, "gone"), -EIO);
    err_hint(NULL, "try again");
}

static void line_has_operation_input_reason_errno_and_hint(void **state)
{
    struct err err;
    char line[256];

    (void)state;
    err_set(&err, -ECONNREFUSED, "connect", "127.0.0.1:1", "%s", "");
    err_format(&err, line, sizeof(line));
    assert_string_equal(line, "connect 127.0.0.1:1: Connection refused (ECONNREFUSED)");
    err_set(&err, -EACCES, "bind", NULL, "port 80 is reserved");
    err_hint(&err, "take a port above %d", 1023);
    err_format(&err, line, sizeof(line));
    assert_string_equal(line, "bind: port 80 is reserved: Permission denied (EACCES); "
                              "take a port above 1023");
}

static void invalid_argument_is_left_out_when_there_is_a_reason(void **state)
{
    struct err err;
    char line[256];

    (void)state;
    err_set(&err, -EINVAL, "parse endpoint", "a:b:c", "too many colons");
    err_format(&err, line, sizeof(line));
    assert_string_equal(line, "parse endpoint a:b:c: too many colons");
    err_set(&err, -EINVAL, "bind", NULL, "%s", "");
    err_format(&err, line, sizeof(line));
    assert_string_equal(line, "bind: Invalid argument (EINVAL)");
}

static void control_bytes_come_out_escaped(void **state)
{
    struct err err;
    char line[512];

    (void)state;
    err_set(&err, -EINVAL, "parse", "a\033[2Jb\n", "word '%s'", "\007\r");
    err_hint(&err, "not '%s'", "\x9b");
    err_format(&err, line, sizeof(line));
    assert_string_equal(line, "parse a\\x1b[2Jb\\n: word '\\x07\\r'; not '\\x9b'");
}

static void long_texts_are_cut_at_a_character(void **state)
{
    struct err err;
    char text[400] = "", line[64];

    (void)state;
    for (size_t i = 0; i < 100; i++)
        strcat(text, "\xe2\x86\x92");
    err_set(&err, -EIO, "read", text, "%s", text);
    assert_int_equal(strlen(err.input), (ERR_TEXT_BYTES - 1) / 3 * 3);
    assert_int_equal(strlen(err.reason), (ERR_TEXT_BYTES - 1) / 3 * 3);
    err_format(&err, line, sizeof(line));
    assert_int_equal(strlen(line), sizeof(line) - 1);
}

static void an_error_can_be_told_again_in_its_own_words(void **state)
{
    struct err err;

    (void)state;
    err_set(&err, -ENOENT, "open", "/x", "no such file");
    err_set(&err, err.code, "read config", err.input, "%s", err.reason);
    assert_string_equal(err.operation, "read config");
    assert_string_equal(err.input, "/x");
    assert_string_equal(err.reason, "no such file");
}

static void names_are_the_kernels_for_either_sign(void **state)
{
    (void)state;
    assert_string_equal(err_name(ECONNREFUSED), "ECONNREFUSED");
    assert_string_equal(err_name(-ETIMEDOUT), "ETIMEDOUT");
}

static void a_number_nobody_knows_is_shown_as_a_number(void **state)
{
    struct err err;
    char line[128];

    (void)state;
    assert_string_equal(err_name(-4242), "errno 4242");
    err_set(&err, -4242, "connect", NULL, "%s", "");
    err_format(&err, line, sizeof(line));
    assert_string_equal(line, "connect: unknown error (errno 4242)");
}

static void without_a_code_only_the_reason_is_told(void **state)
{
    struct err err;
    char line[128];

    (void)state;
    err_set(&err, 0, "capture", "lo", "stopped");
    err_format(&err, line, sizeof(line));
    assert_string_equal(line, "capture lo: stopped");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_returns_the_code_and_fills_every_part),
        cmocka_unit_test(nobody_needs_to_listen),
        cmocka_unit_test(line_has_operation_input_reason_errno_and_hint),
        cmocka_unit_test(invalid_argument_is_left_out_when_there_is_a_reason),
        cmocka_unit_test(control_bytes_come_out_escaped),
        cmocka_unit_test(long_texts_are_cut_at_a_character),
        cmocka_unit_test(an_error_can_be_told_again_in_its_own_words),
        cmocka_unit_test(names_are_the_kernels_for_either_sign),
        cmocka_unit_test(a_number_nobody_knows_is_shown_as_a_number),
        cmocka_unit_test(without_a_code_only_the_reason_is_told),
    };

    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
