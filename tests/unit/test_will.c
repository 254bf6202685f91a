/* What a process that is killed at once had to leave behind goes nevertheless. */
#include "core/base/will.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/test-will-XXXXXX";
static struct sockaddr_un name = {.sun_family = AF_UNIX};
static int pipe_to_us[2];

static bool is_there(void)
{
    struct stat st;

    return lstat(name.sun_path, &st) == 0;
}

static int make_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    if (bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 || listen(fd, 1) < 0)
        _exit(1);
    return fd;
}

static void tell(void)
{
    struct stat st;

    if (lstat(name.sun_path, &st) < 0)
        _exit(1);
    will_socket(name.sun_path, st.st_dev, st.st_ino);
}

static void restore(void)
{
    ssize_t n = write(pipe_to_us[1], "restored", 8);

    (void)n;
}

/* Returns when the copy, which holds the pipe as its terminal, is gone, too; true: it restored it. */
static bool die_in(void (*life)(void))
{
    char said[16] = "";
    int status;
    pid_t pid;

    assert_int_equal(pipe(pipe_to_us), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        will_terminal(pipe_to_us[1], restore);
        will_begin();
        will_terminal_taken(false);
        life();
        raise(SIGKILL);
        _exit(1);
    }
    close(pipe_to_us[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    while (read(pipe_to_us[0], said, sizeof(said) - 1) > 0)
        ;
    close(pipe_to_us[0]);
    return strcmp(said, "restored") == 0;
}

static void served(void)
{
    will_socket_begins(name.sun_path);
    make_socket();
    tell();
}

static void killed_behind_bind(void)
{
    will_socket_begins(name.sun_path);
    make_socket();
}

static void put_away(void)
{
    served();
    unlink(name.sun_path);
    will_socket_gone(name.sun_path);
    make_socket(); /* of which nothing was said */
}

static void replaced(void)
{
    int before = make_socket();

    will_socket_begins(name.sun_path); /* there is one: it is not ours */
    unlink(name.sun_path);
    close(before);
    make_socket();
}

static void has_terminal(void)
{
    will_terminal_taken(true);
    served();
}

static void gave_terminal_back(void)
{
    will_terminal_taken(true);
    will_terminal_taken(false);
}

static void the_file_of_a_socket_goes(void **state)
{
    (void)state;
    die_in(served);
    assert_false(is_there());
}

static void so_does_one_that_was_just_made(void **state)
{
    (void)state;
    die_in(killed_behind_bind);
    assert_false(is_there());
}

static void what_is_not_ours_stays(void **state)
{
    (void)state;
    die_in(put_away);
    assert_true(is_there());
    unlink(name.sun_path);
    die_in(replaced);
    assert_true(is_there());
    unlink(name.sun_path);
}

static void the_terminal_is_given_back(void **state)
{
    (void)state;
    assert_true(die_in(has_terminal));
    assert_false(is_there());
    assert_false(die_in(gave_terminal_back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_of_a_socket_goes),
        cmocka_unit_test(so_does_one_that_was_just_made),
        cmocka_unit_test(what_is_not_ours_stays),
        cmocka_unit_test(the_terminal_is_given_back),
    };
    int failed;

    if (!mkdtemp(folder))
        return 1;
    snprintf(name.sun_path, sizeof(name.sun_path), "%s/server", folder);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    return rmdir(folder) < 0 ? 1 : failed;
}
