/* A copy of a process keeps the descriptors that it needs and no other. */
#include "core/base/alone.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define BELOW 40
#define BETWEEN 41
#define ABOVE 43

/* As a kernel answers that does not know the call. */
static bool forbid_close_range(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static _Noreturn void live(bool old_kernel, int a, int b)
{
    for (int fd = BELOW; fd <= ABOVE; fd++)
        if (dup2(STDERR_FILENO, fd) < 0)
            _exit(2);
    if (old_kernel && !forbid_close_range())
        _exit(77);
    alone_keep(a, b);
    for (int fd = 0; fd < 100; fd++)
        if (is_open(fd) != (fd == a || fd == b))
            _exit(1);
    _exit(0);
}

static int ends_with(bool old_kernel, int a, int b)
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0)
        live(old_kernel, a, b);
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void two_stay(void **state)
{
    (void)state;
    assert_int_equal(ends_with(false, BETWEEN, ABOVE), 0);
    assert_int_equal(ends_with(false, ABOVE, BELOW), 0);
    assert_int_equal(ends_with(false, BELOW, BELOW), 0);
}

static void two_stay_where_the_kernel_is_old(void **state)
{
    int status = ends_with(true, BETWEEN, ABOVE);

    (void)state;
    if (status == 77)
        skip();
    assert_int_equal(status, 0);
    assert_int_equal(ends_with(true, BELOW, BELOW), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_stay),
        cmocka_unit_test(two_stay_where_the_kernel_is_old),
    };

    return cmocka_run_group_tests_name("alone", tests, NULL, NULL);
}
