/* Who takes an instance of tracefs away when its maker was killed; any empty folder stands for one. */
#include "probes/guard/trace_keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define NAME "instance"
#define NAP_NS 2000000
#define NAPS 5000

static char folder[] = "/tmp/test-trace-keeper-XXXXXX";

static bool is_there(int root)
{
    return faccessat(root, NAME, F_OK, 0) == 0;
}

static int root_with_instance(void)
{
    int root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    assert_true(root >= 0);
    assert_int_equal(mkdirat(root, NAME, 0700), 0);
    return root;
}

/* As the helper is: it has no time for anything. */
static _Noreturn void be_killed(int root, pid_t program)
{
    struct trace_keeper k;

    trace_keeper_begin(&k, root, NAME, program);
    if (k.pid)
        raise(SIGKILL);
    _exit(1);
}

static void what_a_killed_maker_leaves_goes_away(void **state)
{
    const struct timespec nap = {.tv_nsec = NAP_NS};
    int root = root_with_instance(), status;
    pid_t program = getpid(), maker = fork();

    (void)state;
    if (maker == 0)
        be_killed(root, program);
    assert_int_equal(waitpid(maker, &status, 0), maker);
    assert_true(WIFSIGNALED(status));
    for (int i = 0; i < NAPS && is_there(root); i++)
        nanosleep(&nap, NULL);
    assert_false(is_there(root));
    close(root);
}

static void in_the_end_it_touches_nothing(void **state)
{
    struct trace_keeper k;
    int root = root_with_instance();

    (void)state;
    trace_keeper_begin(&k, root, NAME, getpid());
    assert_true(k.pid > 0);
    trace_keeper_end(&k);
    assert_int_equal(k.pid, 0);
    assert_int_equal(waitpid(-1, NULL, 0), -1);
    assert_int_equal(errno, ECHILD);
    assert_true(is_there(root));
    trace_keeper_end(&k);
    assert_int_equal(unlinkat(root, NAME, AT_REMOVEDIR), 0);
    close(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_killed_maker_leaves_goes_away),
        cmocka_unit_test(in_the_end_it_touches_nothing),
    };
    int failed;

    if (!mkdtemp(folder))
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
