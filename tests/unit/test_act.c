/* Acts on sockets and processes that the test made itself, in a network of its own. */
#include "probes/act/act.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "probes/proc_stat.h"

#define NOBODY 65534

struct pair {
    int listener, client, server;
    struct row row; /* of the client */
};

/* False where a network of our own may not be had. */
static bool own_network(void)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int fd, rc;

    if (unshare(CLONE_NEWNET) < 0)
        return false;
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    rc = ioctl(fd, SIOCSIFFLAGS, &lo);
    close(fd);
    return rc == 0;
}

static struct addr end_of(int fd, int (*get)(int, struct sockaddr *, socklen_t *))
{
    struct sockaddr_storage sa;
    socklen_t len = sizeof(sa);

    assert_int_equal(get(fd, (struct sockaddr *)&sa, &len), 0);
    return addr_from_sockaddr((struct sockaddr *)&sa);
}

static uint64_t cookie_of(int fd)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof(cookie);

    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len), 0);
    return cookie;
}

static struct row row_of(int fd, enum socket_kind kind)
{
    return (struct row){.kind = (uint8_t)kind,
                        .state = STATE_ESTABLISHED,
                        .local = end_of(fd, getsockname),
                        .peer = end_of(fd, getpeername),
                        .cookie = cookie_of(fd)};
}

static struct pair connected(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(at);
    struct pair p = {.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};

    assert_int_equal(bind(p.listener, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(p.listener, 4), 0);
    assert_int_equal(getsockname(p.listener, (struct sockaddr *)&at, &len), 0);
    p.client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(p.client, (struct sockaddr *)&at, sizeof(at)), 0);
    p.server = accept4(p.listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(p.server >= 0);
    p.row = row_of(p.client, KIND_TCP);
    return p;
}

static void disconnect(const struct pair *p)
{
    close(p->client);
    close(p->server);
    close(p->listener);
}

static int read_error(int fd)
{
    char byte;

    return recv(fd, &byte, 1, 0) < 0 ? errno : 0;
}

/* The test's own sockets are the only ones there. */
static void need_network(void)
{
    static int have = -1;

    if (have < 0)
        have = own_network();
    if (!have)
        skip();
}

static void destroyed_connection_fails_at_both_ends(void **state)
{
    struct pair p;
    struct err err = {0};

    (void)state;
    need_network();
    p = connected();
    assert_int_equal(act_destroy(&p.row, NULL, &err), 0);
    assert_int_equal(read_error(p.client), ECONNABORTED);
    assert_int_equal(read_error(p.server), ECONNRESET);
    assert_int_equal(act_destroy(&p.row, NULL, &err), -ENOENT);
    disconnect(&p);
}

static void wrong_cookie_hurts_nobody(void **state)
{
    struct pair p;
    struct row other;
    struct err err = {0};

    (void)state;
    need_network();
    p = connected();
    other = p.row;
    other.cookie++;
    assert_int_equal(act_destroy(&other, NULL, &err), -ENOENT);
    assert_non_null(strstr(err.reason, "gone"));
    other.cookie = 0;
    assert_int_equal(act_destroy(&other, NULL, &err), -EOPNOTSUPP);
    assert_non_null(strstr(err.reason, "cookie"));
    assert_int_equal(send(p.client, "a", 1, 0), 1);
    assert_int_equal(read_error(p.server), 0);
    disconnect(&p);
}

static void udp_socket_can_be_destroyed(void **state)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(at);
    struct row row;
    int fd, to;

    (void)state;
    need_network();
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    to = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(to, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(getsockname(to, (struct sockaddr *)&at, &len), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    row = row_of(fd, KIND_UDP);
    assert_int_equal(act_destroy(&row, NULL, NULL), 0);
    assert_int_equal(read_error(fd), ECONNABORTED);
    close(fd);
    close(to);
}

static void other_kinds_are_refused_in_words(void **state)
{
    struct row row = {.kind = KIND_UNIX_STREAM, .cookie = 4};
    struct err err = {0};

    (void)state;
    assert_int_equal(act_destroy(&row, NULL, &err), -EOPNOTSUPP);
    assert_non_null(strstr(err.reason, "TCP and UDP"));
}

/* The child's verdict as its exit status. */
static int status_of(pid_t child)
{
    int status = 0;

    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void without_privilege_nothing_is_closed(void **state)
{
    struct pair p;
    pid_t child;

    (void)state;
    need_network();
    if (geteuid() != 0)
        skip();
    p = connected();
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct err err = {0};

        if (setuid(NOBODY) < 0)
            _exit(2);
        _exit(act_destroy(&p.row, NULL, &err) == -EPERM && strstr(err.hint, "cap_net_admin")
                  ? 0
                  : 1);
    }
    assert_int_equal(status_of(child), 0);
    assert_int_equal(send(p.client, "a", 1, 0), 1);
    disconnect(&p);
}

/* A connection in a network of its own: tells its row and namespace, then what its client met. */
static void live_elsewhere(int out)
{
    struct stat st;
    struct pair p;

    if (!own_network() || stat("/proc/self/ns/net", &st) < 0)
        _exit(2);
    p = connected();
    if (write(out, &p.row, sizeof(p.row)) < 0 || write(out, &st.st_ino, sizeof(st.st_ino)) < 0)
        _exit(2);
    _exit(read_error(p.client) == ECONNABORTED ? 0 : 1);
}

static void socket_of_another_namespace_is_closed_there(void **state)
{
    struct netns where = {0};
    struct row row;
    ino_t inode;
    int ends[2];
    pid_t child;

    (void)state;
    need_network();
    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        live_elsewhere(ends[1]);
    close(ends[1]);
    assert_int_equal(read(ends[0], &row, sizeof(row)), sizeof(row));
    assert_int_equal(read(ends[0], &inode, sizeof(inode)), sizeof(inode));
    where.inode = inode;
    where.pid = child;
    assert_int_equal(act_destroy(&row, NULL, NULL), -ENOENT); /* not in ours */
    assert_int_equal(act_destroy(&row, &where, NULL), 0);
    assert_int_equal(status_of(child), 0);
    assert_int_equal(act_destroy(&row, &where, NULL), -ENOENT); /* the namespace is gone, too */
    close(ends[0]);
}

static pid_t sleeper(void)
{
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    return child;
}

static uint64_t start_of(pid_t pid)
{
    struct proc_stat stat;
    char path[32];
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(proc_stat_read(fd, &stat), 0);
    close(fd);
    return stat.start_ticks;
}

/* Linux 5.3; valgrind may know less. */
static void expect_pidfds(void)
{
    int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

    if (fd < 0) {
        print_message("there is no pidfd_open(2) here\n");
        skip();
    }
    close(fd);
}

static void signal_reaches_the_process_that_was_looked_at(void **state)
{
    uint64_t start_ticks;
    pid_t child;
    int status = 0;

    (void)state;
    expect_pidfds();
    child = sleeper();
    start_ticks = start_of(child);
    assert_int_equal(act_signal(child, start_ticks, SIGTERM, NULL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    assert_int_equal(act_signal(child, start_ticks, SIGTERM, NULL), -ESRCH);
}

static void another_process_of_the_pid_is_spared(void **state)
{
    struct err err = {0};
    uint64_t start_ticks;
    pid_t child;
    int status = 0;

    (void)state;
    expect_pidfds();
    child = sleeper();
    start_ticks = start_of(child);
    assert_int_equal(act_signal(child, start_ticks + 1, SIGKILL, &err), -ESRCH);
    assert_non_null(strstr(err.reason, "gone"));
    assert_int_equal(waitpid(child, &status, WNOHANG), 0);
    assert_int_equal(act_signal(child, start_ticks, SIGKILL, NULL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(destroyed_connection_fails_at_both_ends),
        cmocka_unit_test(wrong_cookie_hurts_nobody),
        cmocka_unit_test(udp_socket_can_be_destroyed),
        cmocka_unit_test(other_kinds_are_refused_in_words),
        cmocka_unit_test(without_privilege_nothing_is_closed),
        cmocka_unit_test(socket_of_another_namespace_is_closed_there),
        cmocka_unit_test(signal_reaches_the_process_that_was_looked_at),
        cmocka_unit_test(another_process_of_the_pid_is_spared),
    };

    return cmocka_run_group_tests_name("act", tests, NULL, NULL);
}
