#include "probes/guard/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probes/guard/call.h"
#include "probes/guard/calls.h"
#include "probes/guard/caps.h"
#include "probes/guard/helper_ops.h"
#include "probes/guard/plumbing.h"
#include "probes/guard/wire.h"

static int answer(struct helper *h, struct guard_request *q, int fd)
{
    static struct guard_answer a;
    struct task t = {.helper = h, .request = q, .fd = fd, .answer = &a};
    int rc;

    memset(&a, 0, GUARD_ANSWER_HEAD);
    a.magic = GUARD_MAGIC;
    a.number = q->number;
    a.code = helper_do(&t);
    rc = t.failed
             ? t.failed
             : wire_send(h->connection, &a, GUARD_ANSWER_HEAD + a.n_bytes, t.fds, t.n_fds, 0);
    wire_close_all(t.fds, t.n_fds);
    return rc;
}

/* One request; whoever breaks the protocol has broken something else before, and is left. */
static int serve(struct helper *h)
{
    static struct guard_request q;
    int fds[GUARD_FDS], rc;
    size_t n_fds = 0;
    ssize_t n = wire_receive(h->connection, &q, sizeof(q), fds, &n_fds, MSG_DONTWAIT);

    if (n == -EAGAIN)
        return 0;
    if (n <= 0)
        return -EPIPE;
    rc = guard_request_check(&q, (size_t)n, n_fds);
    if (rc == 0)
        rc = answer(h, &q, n_fds ? fds[0] : -1);
    wire_close_all(fds, n_fds);
    return rc;
}

static void run(struct helper *h)
{
    int rc = 0;

    while (rc >= 0) {
        struct pollfd fds[1 + 2 * HELPER_RELAYS] = {{.fd = h->connection, .events = POLLIN}};

        for (size_t i = 0; i < HELPER_RELAYS; i++) {
            fds[1 + 2 * i] = fds[2 + 2 * i] = (struct pollfd){.fd = -1};
            if (h->relays[i].program >= 0)
                relay_watch(&h->relays[i], &fds[1 + 2 * i]);
        }
        if (poll(fds, sizeof(fds) / sizeof(fds[0]), -1) < 0)
            continue;
        for (size_t i = 0; i < HELPER_RELAYS; i++)
            if (fds[1 + 2 * i].revents || fds[2 + 2 * i].revents)
                relay_turn(&h->relays[i], &fds[1 + 2 * i]);
        if (fds[0].revents)
            rc = serve(h);
    }
}

/* No terminal, nothing of the program's but the connection: whoever waits for the end of its output
 * must not wait for us, and keys are none of ours. */
static void become_alone(int connection)
{
    static const int ignored[] = {SIGINT,  SIGQUIT, SIGTERM, SIGHUP,
                                  SIGPIPE, SIGTSTP, SIGUSR1, SIGUSR2};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    setsid();
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
        signal(ignored[i], SIG_IGN);
    for (int fd = 0; fd <= STDERR_FILENO && null >= 0; fd++)
        dup2(null, fd);
    if (connection > STDERR_FILENO + 1)
        close_range(STDERR_FILENO + 1, (unsigned)connection - 1, 0);
    close_range((unsigned)connection + 1, ~0U, 0);
    if (chdir("/") < 0)
        _exit(1);
}

static _Noreturn void live(int connection, pid_t program)
{
    struct helper *h = calloc(1, sizeof(*h));

    become_alone(connection);
    prctl(PR_SET_NAME, "sockeye-helper");
    if (!h || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || caps_keep(HELPER_CAPABILITIES) < 0)
        _exit(1);
    (void)calls_forbid(CALLS_HELPER); /* the program says whether the kernel has it */
    h->connection = connection;
    h->program = program;
    for (size_t i = 0; i < HELPER_RELAYS; i++)
        h->relays[i].program = -1;
    for (size_t i = 0; i < HELPER_TRACES; i++)
        h->traces[i].root = h->traces[i].instance = -1;
    run(h);
    for (size_t i = 0; i < HELPER_TRACES; i++)
        trace_instance_close(&h->traces[i]);
    _exit(0);
}

int helper_start(int *ret_fd, int *ret_pid)
{
    int pair[2], code;
    pid_t pid, program;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    program = getpid();
    pid = fork();
    if (pid == 0) {
        close(pair[0]);
        live(pair[1], program);
    }
    code = -errno;
    plumbing_add(plumbing_inode(pair[0]));
    plumbing_add(plumbing_inode(pair[1]));
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return code;
    }
    *ret_fd = pair[0];
    *ret_pid = pid;
    return 0;
}
