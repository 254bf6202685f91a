#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/services/http_value.h"

/* NULL: it is refused. */
static void check_path(const char *path, const char *expected, bool expected_folder)
{
    char out[100];
    bool folder = !expected_folder;
    int r = http_path((const uint8_t *)path, strlen(path), out, &folder);

    if (!expected) {
        if (r != -EINVAL)
            fail_msg("%s becomes %s", path, out);
        return;
    }
    if (r < 0)
        fail_msg("%s is refused", path);
    assert_string_equal(out, expected);
    assert_int_equal(folder, expected_folder);
}

static void a_path_stays_below_the_top(void **state)
{
    (void)state;
    check_path("/", "", true);
    check_path("", "", true);
    check_path("//", "", true);
    check_path("/a", "a", false);
    check_path("/a/", "a", true);
    check_path("//a///b", "a/b", false);
    check_path("/a/./b/.", "a/b", true);
    check_path("/a/b/../c", "a/c", false);
    check_path("/a/..", "", true);
    check_path("/a/b/%2e%2E", "a", true);
    check_path("/a%20b/%c3%a4", "a b/\xc3\xa4", false);
    check_path("/...", "...", false);
    check_path("/.a/..b", ".a/..b", false);
    check_path("/%252e%252e/a", "%2e%2e/a", false);
    check_path("/..", NULL, false);
    check_path("/../a", NULL, false);
    check_path("/a/../../b", NULL, false);
    check_path("/%2e%2e/a", NULL, false);
    check_path("/.%2e/", NULL, false);
}

static void an_escape_that_means_something_else_is_refused(void **state)
{
    (void)state;
    check_path("/a%2fb", NULL, false);
    check_path("/..%2Fa", NULL, false);
    check_path("/a%00", NULL, false);
    check_path("/a%", NULL, false);
    check_path("/a%4", NULL, false);
    check_path("/a%zz", NULL, false);
    check_path("/a%u0041", NULL, false);
}

static void a_date_is_read_as_it_is_written(void **state)
{
    static const char same[] = "Sun, 06 Nov 1994 08:49:37 GMT";
    char buf[HTTP_DATE_BYTES];
    time_t t = 0;

    (void)state;
    assert_string_equal(http_date_write(784111777, buf), same);
    assert_true(http_date_read((const uint8_t *)same, strlen(same), &t));
    assert_int_equal(t, 784111777);
    assert_string_equal(http_date_write(1582934400, buf), "Sat, 29 Feb 2020 00:00:00 GMT");
    assert_int_equal(strlen(http_date_write((time_t)INT64_MAX, buf)), HTTP_DATE_BYTES - 1);
}

static void another_form_of_date_is_none(void **state)
{
    static const char *const dates[] = {
        "",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nuv 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:x9:37 GMT",
    };
    time_t t = 42;

    (void)state;
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++)
        if (http_date_read((const uint8_t *)dates[i], strlen(dates[i]), &t))
            fail_msg("%s is a date", dates[i]);
    assert_int_equal(t, 42);
}

static void check_range(const char *text, uint64_t size, enum http_range expected,
                        uint64_t first, uint64_t len)
{
    uint64_t at = 0, n = 0;

    if (http_range_read((const uint8_t *)text, strlen(text), size, &at, &n) != expected)
        fail_msg("%s of %ju", text, (uintmax_t)size);
    if (at != first || n != len)
        fail_msg("%s of %ju: %ju bytes at %ju", text, (uintmax_t)size, (uintmax_t)n,
                 (uintmax_t)at);
}

static void a_range_is_a_part_of_what_is_there(void **state)
{
    (void)state;
    check_range("bytes=0-0", 10, HTTP_RANGE_PART, 0, 1);
    check_range("Bytes=2-5", 10, HTTP_RANGE_PART, 2, 4);
    check_range("bytes=2-", 10, HTTP_RANGE_PART, 2, 8);
    check_range("bytes=2-99999999999999999999", 10, HTTP_RANGE_PART, 2, 8);
    check_range("bytes=-3", 10, HTTP_RANGE_PART, 7, 3);
    check_range("bytes=-30", 10, HTTP_RANGE_PART, 0, 10);
    check_range("bytes=10-", 10, HTTP_RANGE_BEYOND, 0, 0);
    check_range("bytes=-0", 10, HTTP_RANGE_BEYOND, 0, 0);
    check_range("bytes=0-", 0, HTTP_RANGE_BEYOND, 0, 0);
    check_range("bytes=-5", 0, HTTP_RANGE_BEYOND, 0, 0);
    check_range("bytes=5-2", 10, HTTP_RANGE_NONE, 0, 0);
    check_range("bytes=0-1,3-4", 10, HTTP_RANGE_NONE, 0, 0);
    check_range("bytes=-", 10, HTTP_RANGE_NONE, 0, 0);
    check_range("bytes=a-b", 10, HTTP_RANGE_NONE, 0, 0);
    check_range("lines=0-1", 10, HTTP_RANGE_NONE, 0, 0);
    check_range("bytes=", 10, HTTP_RANGE_NONE, 0, 0);
    check_range("", 10, HTTP_RANGE_NONE, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_stays_below_the_top),
        cmocka_unit_test(an_escape_that_means_something_else_is_refused),
        cmocka_unit_test(a_date_is_read_as_it_is_written),
        cmocka_unit_test(another_form_of_date_is_none),
        cmocka_unit_test(a_range_is_a_part_of_what_is_there),
    };

    return cmocka_run_group_tests_name("http_value", tests, NULL, NULL);
}
