/* The program and its helper: a real one, one that ends, is stopped, or talks nonsense. */
#include "probes/guard/call.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/thread.h"
#include "probes/grant.h"
#include "probes/guard/helper.h"
#include "probes/guard/plumbing.h"
#include "probes/guard/wire.h"

static pid_t start_helper(void)
{
    int fds[GUARD_CHANNELS], pid;

    assert_int_equal(helper_start(fds, &pid), 0);
    guard_connect(fds, pid);
    return pid;
}

static void end_helper(pid_t pid)
{
    guard_disconnect();
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void it_tells_what_is_open(void **state)
{
    struct socket_fds asked = {0}, read = {0};
    int pair[2], directory;
    struct guard_inode inode;
    uint32_t uid = 0;
    int stat;
    pid_t pid;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    pid = start_helper();
    assert_int_equal(grant_fd_directory(getpid(), &directory), 0);
    assert_int_equal(socket_fds_read(directory, 0, &read), 0);
    assert_int_equal(grant_fds_read(directory, 0, &asked), 0);
    assert_int_equal(asked.n, read.n);
    assert_memory_equal(asked.at, read.at, read.n * sizeof(*read.at));
    assert_int_equal(grant_fd_inodes(directory, &pair[0], 1, &inode), 0);
    assert_int_equal(inode.inode, plumbing_inode(pair[0]));
    assert_int_equal(grant_file_beside(directory, GUARD_PROC_STAT, &stat, &uid), 0);
    assert_int_equal(uid, geteuid());
    close(stat);
    close(directory);
    free(asked.at);
    free(read.at);
    close(pair[0]);
    close(pair[1]);
    end_helper(pid);
}

/* A directory that is none of /proc leads to nothing. */
static void it_reads_links_of_proc_only(void **state)
{
    struct socket_fds fds = {0};
    int pair[2];
    pid_t pid = start_helper();

    (void)state;
    assert_int_equal(pipe(pair), 0);
    assert_int_equal(grant_fds_read(pair[0], 0, &fds), -EPERM);
    assert_int_equal(fds.n, 0);
    close(pair[0]);
    close(pair[1]);
    end_helper(pid);
}

static void what_is_no_request_ends_it(void **state)
{
    int fds[GUARD_CHANNELS], pid, status;

    (void)state;
    assert_int_equal(helper_start(fds, &pid), 0);
    assert_int_equal(send(fds[GUARD_QUICK], "GET / HTTP/1.1\r\n\r\n", 18, 0), 18);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    for (size_t i = 0; i < GUARD_CHANNELS; i++)
        close(fds[i]);
}

static void its_end_is_told(void **state)
{
    struct err err = {0};
    pid_t pid = start_helper();
    int fd;

    (void)state;
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(grant_socket(GUARD_PACKET_RAW, &fd), -EPIPE);
    assert_int_equal(guard_state(), -EPIPE);
    assert_true(guard_say(-EPIPE, "capture", &err));
    assert_string_equal(err.reason, "the privileged helper has ended");
    guard_disconnect();
}

static void one_that_is_stopped_is_not_waited_for_twice(void **state)
{
    pid_t pid = start_helper();
    struct socket_fds fds = {0};
    int directory, status;

    (void)state;
    assert_int_equal(grant_fd_directory(getpid(), &directory), 0);
    assert_int_equal(grant_fds_read(directory, 0, &fds), 0); /* it has nothing of ours by now */
    assert_int_equal(kill(pid, SIGSTOP), 0);
    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    assert_int_equal(grant_fds_read(directory, 0, &fds), -ETIMEDOUT);
    alarm(1); /* so long nobody waits now */
    for (int i = 0; i < 100; i++)
        assert_int_equal(grant_fds_read(directory, 0, &fds), -ETIMEDOUT);
    alarm(0);
    assert_int_equal(guard_state(), -ETIMEDOUT);
    assert_int_equal(kill(pid, SIGCONT), 0);
    /* Its late answer is nobody's; the next question has one of its own. */
    while (grant_fds_read(directory, 0, &fds) == -ETIMEDOUT)
        continue;
    assert_true(fds.n > 0);
    assert_int_equal(guard_state(), 0);
    free(fds.at);
    close(directory);
    end_helper(pid);
}

/* ---- one that talks nonsense ------------------------------------------------------------------ */

struct liar {
    int fds[2];
    const void *bytes;
    size_t len;
    struct guard_request asked;
};

static void *lie(void *arg)
{
    struct liar *l = arg;

    if (recv(l->fds[1], &l->asked, sizeof(l->asked), 0) > 0)
        (void)!send(l->fds[1], l->bytes, l->len, MSG_NOSIGNAL);
    return NULL;
}

static void nonsense_is_refused(const void *bytes, size_t len)
{
    struct liar liar = {.bytes = bytes, .len = len};
    struct guard_call c = guard_call_of(GUARD_SOCKET, GUARD_ROUTE, -1, 1);
    int fds[GUARD_CHANNELS] = {-1, -1};
    pthread_t thread;

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, liar.fds), 0);
    fds[GUARD_QUICK] = liar.fds[0];
    fds[GUARD_SLOW] = dup(liar.fds[0]);
    guard_connect(fds, getpid());
    assert_int_equal(thread_start(&thread, "liar", lie, &liar), 0);
    assert_int_equal(guard_ask(&c), -EPROTO);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(guard_ask(&c), -EPROTO); /* and it is asked no more */
    guard_disconnect();
    close(liar.fds[1]);
}

static void nonsense_is_not_believed(void **state)
{
    static struct guard_answer a;

    (void)state;
    nonsense_is_refused("x", 1);
    a = (struct guard_answer){.magic = GUARD_MAGIC, .number = 4711};
    nonsense_is_refused(&a, GUARD_ANSWER_HEAD); /* to a question that was not asked */
    nonsense_is_refused(&a, GUARD_ANSWER_HEAD - 4);
    a.n_bytes = 4;
    nonsense_is_refused(&a, GUARD_ANSWER_HEAD);
}

/* The connection is what it was before: the next test has one of its own. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_tells_what_is_open),
        cmocka_unit_test(it_reads_links_of_proc_only),
        cmocka_unit_test(what_is_no_request_ends_it),
        cmocka_unit_test(its_end_is_told),
        cmocka_unit_test(one_that_is_stopped_is_not_waited_for_twice),
        cmocka_unit_test(nonsense_is_not_believed),
    };

    return cmocka_run_group_tests_name("guard call", tests, NULL, NULL);
}
