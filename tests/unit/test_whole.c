/* A file appears whole or not at all, and leaves nothing else. */
#include "core/base/whole.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/test-whole-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static int names(void)
{
    DIR *directory = opendir(folder);
    int n = -2; /* . and .. */

    assert_non_null(directory);
    while (readdir(directory))
        n++;
    closedir(directory);
    return n;
}

static void holds(const char *name, const char *text)
{
    char bytes[64] = "";
    FILE *f = fopen(in_folder(name), "r");

    assert_non_null(f);
    assert_int_equal(fread(bytes, 1, sizeof(bytes) - 1, f), strlen(text));
    fclose(f);
    assert_string_equal(bytes, text);
}

static void put(const char *name, const char *text)
{
    struct whole w;

    assert_int_equal(whole_open(&w, in_folder(name), 0644), 0);
    assert_int_equal(write(w.fd, text, strlen(text)), strlen(text));
    assert_int_equal(whole_close(&w, 0), 0);
}

static void it_appears_when_it_is_whole(void **state)
{
    struct whole w;

    (void)state;
    assert_int_equal(whole_open(&w, in_folder("a"), 0644), 0);
    assert_int_equal(write(w.fd, "new", 3), 3);
    assert_int_equal(names(), 0);
    assert_int_equal(whole_close(&w, 0), 0);
    holds("a", "new");
    assert_int_equal(names(), 1);
    unlink(in_folder("a"));
}

static void an_older_file_is_there_until_then(void **state)
{
    struct stat st;
    struct whole w;

    (void)state;
    put("a", "old");
    assert_int_equal(chmod(in_folder("a"), 0640), 0);
    assert_int_equal(whole_open(&w, in_folder("a"), 0644), 0);
    assert_int_equal(write(w.fd, "newer", 5), 5);
    holds("a", "old");
    assert_int_equal(whole_close(&w, 0), 0);
    holds("a", "newer");
    assert_int_equal(stat(in_folder("a"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(names(), 1);
    unlink(in_folder("a"));
}

static void one_that_failed_leaves_nothing(void **state)
{
    struct whole w;

    (void)state;
    assert_int_equal(whole_open(&w, in_folder("a"), 0644), 0);
    assert_int_equal(whole_close(&w, -ENOSPC), -ENOSPC);
    assert_int_equal(names(), 0);
}

static void what_a_killed_process_left_is_used(void **state)
{
    (void)state;
    put("a", "old");
    put("a.sockeye", "half way between two names");
    put("a", "new");
    holds("a", "new");
    assert_int_equal(names(), 1);
    unlink(in_folder("a"));
}

static void only_a_file_is_replaced(void **state)
{
    struct whole w;

    (void)state;
    assert_int_equal(whole_open(&w, folder, 0644), -EISDIR);
    assert_int_equal(whole_open(&w, "/dev/null", 0644), -EEXIST);
    assert_int_equal(whole_open(&w, in_folder("no/where"), 0644), -ENOENT);
    assert_int_equal(whole_open(&w, in_folder("a"), 0644), 0);
    assert_int_equal(symlink("b", in_folder("a")), 0); /* meanwhile */
    assert_int_equal(whole_close(&w, 0), -ELOOP);
    assert_int_equal(whole_open(&w, in_folder("a"), 0644), -ELOOP);
    assert_int_equal(names(), 1);
    unlink(in_folder("a"));
}

static void many_at_once_leave_one_of_them(void **state)
{
    enum { PROCESSES = 8, TIMES = 200 };
    int status;

    (void)state;
    put("a", "0000");
    for (int i = 0; i < PROCESSES; i++) {
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0) {
            char text[5];

            snprintf(text, sizeof(text), "%04d", i);
            for (int n = 0; n < TIMES; n++)
                put("a", text);
            _exit(0);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        status = -1;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(names(), 1);
    unlink(in_folder("a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_appears_when_it_is_whole),
        cmocka_unit_test(an_older_file_is_there_until_then),
        cmocka_unit_test(one_that_failed_leaves_nothing),
        cmocka_unit_test(what_a_killed_process_left_is_used),
        cmocka_unit_test(only_a_file_is_replaced),
        cmocka_unit_test(many_at_once_leave_one_of_them),
    };
    int failed;

    if (!mkdtemp(folder))
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    return rmdir(folder) < 0 ? 1 : failed;
}
