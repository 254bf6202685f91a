/* Both ways to open: by openat2(2), and by hand where the kernel has none. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/services/http_file.h"
#include "core/services/http_list.h"

struct fixture {
    char top[64];
    int fd; /* of the directory that is served, below top */
};

static void write_file(int directory, const char *name, const char *text)
{
    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    int top;

    assert_non_null(f);
    strcpy(f->top, "/tmp/test_http_file.XXXXXX");
    assert_non_null(mkdtemp(f->top));
    top = open(f->top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mkdirat(top, "served", 0700), 0);
    f->fd = openat(top, "served", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(f->fd >= 0);
    write_file(top, "secret", "secret");
    write_file(f->fd, "a.txt", "within");
    assert_int_equal(mkdirat(f->fd, "sub", 0700), 0);
    write_file(f->fd, "sub/b", "b");
    assert_int_equal(symlinkat("sub/b", f->fd, "inner"), 0);
    assert_int_equal(symlinkat("../secret", f->fd, "outer"), 0);
    assert_int_equal(symlinkat("/etc/passwd", f->fd, "absolute"), 0);
    assert_int_equal(symlinkat("/proc/self/root", f->fd, "magic"), 0);
    assert_int_equal(symlinkat("..", f->fd, "up"), 0);
    assert_int_equal(mkfifoat(f->fd, "fifo", 0600), 0);
    close(top);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"served/a.txt", "served/sub/b",    "served/inner",
                                        "served/outer", "served/absolute", "served/magic",
                                        "served/up",    "served/fifo",     "secret"};
    struct fixture *f = *state;
    char path[128];

    close(f->fd);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", f->top, names[i]);
        unlink(path);
    }
    snprintf(path, sizeof(path), "%s/served/sub", f->top);
    rmdir(path);
    snprintf(path, sizeof(path), "%s/served", f->top);
    rmdir(path);
    rmdir(f->top);
    free(f);
    return 0;
}

static void what_is_below_is_opened(void **state)
{
    const struct fixture *f = *state;
    struct stat st;

    for (int by_hand = 0; by_hand < 2; by_hand++) {
        int fd = http_file_open(f->fd, "a.txt", by_hand, &st);

        assert_true(fd >= 0);
        assert_true(S_ISREG(st.st_mode));
        assert_int_equal(st.st_size, 6);
        close(fd);
        fd = http_file_open(f->fd, "sub/b", by_hand, &st);
        assert_true(fd >= 0);
        close(fd);
        fd = http_file_open(f->fd, "", by_hand, &st);
        assert_true(fd >= 0);
        assert_true(S_ISDIR(st.st_mode));
        close(fd);
        assert_int_equal(http_file_open(f->fd, "sub/none", by_hand, &st), -ENOENT);
        assert_int_equal(http_file_open(f->fd, "a.txt/b", by_hand, &st), -ENOTDIR);
    }
}

static void nothing_leads_out_of_it(void **state)
{
    static const char *const paths[] = {
        "outer", "absolute", "magic", "magic/etc/passwd", "up/secret", "up/served/a.txt"};
    const struct fixture *f = *state;
    struct stat st;

    for (int by_hand = 0; by_hand < 2; by_hand++)
        for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
            int fd = http_file_open(f->fd, paths[i], by_hand, &st);

            if (fd >= 0)
                fail_msg("%s is opened%s", paths[i], by_hand ? " by hand" : "");
        }
}

static void a_fifo_is_refused_without_waiting(void **state)
{
    const struct fixture *f = *state;
    struct stat st;

    assert_int_equal(http_file_open(f->fd, "fifo", false, &st), -EACCES);
    assert_int_equal(http_file_open(f->fd, "fifo", true, &st), -EACCES);
}

static void a_long_name_is_refused_by_hand_too(void **state)
{
    const struct fixture *f = *state;
    char name[400];
    struct stat st;

    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(http_file_open(f->fd, name, false, &st), -ENAMETOOLONG);
    assert_int_equal(http_file_open(f->fd, name, true, &st), -ENAMETOOLONG);
}

static void a_listing_is_sorted_and_bounded(void **state)
{
    const struct fixture *f = *state;
    char out[HTTP_LIST_BYTES];
    ssize_t n = http_list(f->fd, out, sizeof(out));

    assert_true(n > 0);
    out[n] = '\0';
    assert_string_equal(out, "a.txt\nabsolute\nfifo\ninner\nmagic\nouter\nsub/\nup\n");
    n = http_list(f->fd, out, 604);
    assert_true(n > 0);
    out[n] = '\0';
    assert_string_equal(out, "a.txt\n... and more\n");
}

static void a_type_goes_by_the_ending(void **state)
{
    (void)state;
    assert_string_equal(http_file_type("a/b.HTML"), "text/html");
    assert_string_equal(http_file_type("a.b/c"), "application/octet-stream");
    assert_string_equal(http_file_type("x.tar.gz"), "application/gzip");
    assert_string_equal(http_file_type("x."), "application/octet-stream");
    assert_string_equal(http_file_type(""), "application/octet-stream");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_below_is_opened),
        cmocka_unit_test(nothing_leads_out_of_it),
        cmocka_unit_test(a_fifo_is_refused_without_waiting),
        cmocka_unit_test(a_long_name_is_refused_by_hand_too),
        cmocka_unit_test(a_listing_is_sorted_and_bounded),
        cmocka_unit_test(a_type_goes_by_the_ending),
    };

    return cmocka_run_group_tests_name("http_file", tests, set_up, tear_down);
}
