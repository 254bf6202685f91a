/* The words of the grant, and the directory of descriptors. */
#include "probes/grant.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Root is told of no command. */
static int become_user(void **state)
{
    (void)state;
    return geteuid() == 0 ? seteuid(65534) : 0;
}

static int become_root_again(void **state)
{
    (void)state;
    return getuid() == 0 ? seteuid(0) : 0;
}

static void root_has_nothing_left_to_gain(void **state)
{
    char command[512] = "?";

    (void)state;
    if (geteuid() != 0)
        skip();
    grant_command(command, sizeof(command));
    assert_string_equal(command, "");
}

static void command_names_this_program_and_its_capabilities(void **state)
{
    char command[512], path[256];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

    (void)state;
    assert_true(n > 0);
    path[n] = '\0';
    grant_command(command, sizeof(command));
    assert_non_null(strstr(command, "sudo setcap cap_net_raw"));
    assert_non_null(strstr(command, "cap_sys_ptrace"));
    assert_non_null(strstr(command, path));
}

static void command_is_whole_or_not_there(void **state)
{
    char whole[512], cut[512];
    size_t len;

    (void)state;
    grant_command(whole, sizeof(whole));
    len = strlen(whole);
    grant_command(cut, len + 1);
    assert_string_equal(cut, whole);
    grant_command(cut, len);
    assert_string_equal(cut, "run it as root");
}

static void own_descriptors_can_be_listed(void **state)
{
    char link[64];
    int directory;

    (void)state;
    assert_int_equal(grant_fd_directory(getpid(), &directory), 0);
    assert_true(readlinkat(directory, "1", link, sizeof(link)) > 0);
    assert_int_equal(close(directory), 0);
}

static void vanished_process_is_told(void **state)
{
    int directory = -42;
    pid_t pid = fork();

    (void)state;
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(grant_fd_directory(pid, &directory), -ENOENT);
    assert_int_equal(directory, -42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_has_nothing_left_to_gain),
        cmocka_unit_test_setup_teardown(command_names_this_program_and_its_capabilities,
                                        become_user, become_root_again),
        cmocka_unit_test_setup_teardown(command_is_whole_or_not_there, become_user,
                                        become_root_again),
        cmocka_unit_test(own_descriptors_can_be_listed),
        cmocka_unit_test(vanished_process_is_told),
    };

    return cmocka_run_group_tests_name("grant", tests, NULL, NULL);
}
