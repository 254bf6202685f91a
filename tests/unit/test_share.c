/* The data files are found from wherever the program was built. */
#include "core/base/share.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_file_of_the_tree_is_found_and_read(void **state)
{
    char *bytes;
    size_t len;

    (void)state;
    assert_int_equal(share_read("VERSION", &bytes, &len, NULL), 0);
    assert_int_equal(len, strlen(SOCKEYE_VERSION) + 1);
    assert_memory_equal(bytes, SOCKEYE_VERSION, len - 1);
    assert_int_equal(bytes[len], '\0');
    free(bytes);
}

static void a_missing_file_is_named(void **state)
{
    struct err err = {0};
    char *bytes;
    size_t len;

    (void)state;
    assert_int_equal(share_read("no-such.json", &bytes, &len, &err), -ENOENT);
    assert_string_equal(err.input, "no-such.json");
    assert_non_null(strstr(err.hint, "make install"));
    assert_int_equal(share_read_path("/no/such", 10, &bytes, &len, &err), -ENOENT);
}

static void a_file_longer_than_asked_for_is_refused(void **state)
{
    struct err err = {0};
    char *bytes;
    size_t len;

    (void)state;
    assert_int_equal(share_read_path("/dev/zero", 100000, &bytes, &len, &err), -EFBIG);
    assert_int_equal(share_read_path("/dev/null", 0, &bytes, &len, &err), 0);
    assert_int_equal(len, 0);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_of_the_tree_is_found_and_read),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(a_file_longer_than_asked_for_is_refused),
    };

    return cmocka_run_group_tests_name("share", tests, NULL, NULL);
}
