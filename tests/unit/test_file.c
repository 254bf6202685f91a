/* Files are written whole, or stay as they were. */
#include "core/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/test-file-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void holds(const char *name, const char *text, mode_t mode)
{
    char bytes[64] = "";
    struct stat st;
    FILE *f = fopen(in_folder(name), "r");

    assert_non_null(f);
    assert_int_equal(fread(bytes, 1, sizeof(bytes) - 1, f), strlen(text));
    fclose(f);
    assert_string_equal(bytes, text);
    assert_int_equal(stat(in_folder(name), &st), 0);
    assert_int_equal(st.st_mode & 0777, mode);
}

static void a_file_takes_the_place_of_another(void **state)
{
    (void)state;
    assert_int_equal(file_replace(in_folder("a"), "old", 3, 0644), 0);
    holds("a", "old", 0644);
    assert_int_equal(file_replace(in_folder("a"), "newer", 5, 0600), 0);
    holds("a", "newer", 0600);
    assert_int_equal(file_replace(in_folder("empty"), "", 0, 0600), 0);
    holds("empty", "", 0600);
    unlink(in_folder("empty"));
}

static void only_a_file_is_replaced(void **state)
{
    (void)state;
    assert_int_equal(file_replace(folder, "x", 1, 0600), -EISDIR);
    assert_int_equal(file_replace("/dev/null", "x", 1, 0600), -EEXIST);
    assert_int_equal(symlink("a", in_folder("link")), 0);
    assert_int_equal(file_replace(in_folder("link"), "x", 1, 0600), -EEXIST);
    unlink(in_folder("link"));
    assert_int_equal(file_replace(in_folder("no/where"), "x", 1, 0600), -ENOENT);
    holds("a", "newer", 0600);
    unlink(in_folder("a"));
    assert_int_equal(rmdir(folder), 0); /* nothing was left behind */
}

static void what_cannot_be_written_is_told(void **state)
{
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(file_write(fd, "x", 1), -ENOSPC);
    assert_int_equal(file_write(fd, "", 0), 0);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_takes_the_place_of_another),
        cmocka_unit_test(only_a_file_is_replaced),
        cmocka_unit_test(what_cannot_be_written_is_told),
    };

    if (!mkdtemp(folder))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
