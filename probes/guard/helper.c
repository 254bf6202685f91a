#include "probes/guard/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/alone.h"
#include "core/base/mem.h"
#include "core/base/thread.h"
#include "probes/guard/call.h"
#include "probes/guard/calls.h"
#include "probes/guard/caps.h"
#include "probes/guard/helper_ops.h"
#include "probes/guard/plumbing.h"
#include "probes/guard/wire.h"

static int answer(struct helper *h, int fd)
{
    struct guard_answer *a = &h->answer;
    struct task t = {.helper = h, .request = &h->request, .fd = fd, .answer = a};
    int rc;

    memset(a, 0, GUARD_ANSWER_HEAD);
    a->magic = GUARD_MAGIC;
    a->number = h->request.number;
    a->code = helper_do(&t);
    rc = t.failed;
    if (rc == 0)
        rc = wire_send(h->connection, a, GUARD_ANSWER_HEAD + a->n_bytes, t.fds, t.n_fds, 0);
    wire_close_all(t.fds, t.n_fds);
    return rc;
}

/* One request; whoever breaks the protocol has broken something else before, and is left. */
static int serve(struct helper *h)
{
    struct guard_request *q = &h->request;
    int fds[GUARD_FDS], rc;
    size_t n_fds = 0;
    ssize_t n = wire_receive(h->connection, q, sizeof(*q), fds, &n_fds, MSG_DONTWAIT);

    if (n == -EAGAIN)
        return 0;
    if (n <= 0)
        return -EPIPE;
    rc = guard_request_check(q, (size_t)n, n_fds);
    if (rc == 0)
        rc = answer(h, n_fds ? fds[0] : -1);
    wire_close_all(fds, n_fds);
    return rc;
}

static void run(struct helper *h)
{
    int rc = 0;

    while (rc >= 0) {
        struct pollfd fds[1 + 2 * HELPER_RELAYS] = {{.fd = h->connection, .events = POLLIN}};
        struct relay *watched[HELPER_RELAYS];
        size_t n = 0;

        /* poll(2) takes no more than RLIMIT_NOFILE of them, also where they are none. */
        for (size_t i = 0; i < HELPER_RELAYS; i++)
            if (h->relays[i].program >= 0) {
                relay_watch(&h->relays[i], &fds[1 + 2 * n]);
                watched[n++] = &h->relays[i];
            }
        if (poll(fds, 1 + 2 * n, -1) < 0) {
            rc = errno == EINTR ? 0 : -errno;
            continue;
        }
        for (size_t i = 0; i < n; i++)
            if (fds[1 + 2 * i].revents || fds[2 + 2 * i].revents)
                relay_turn(watched[i], &fds[1 + 2 * i]);
        if (fds[0].revents)
            rc = serve(h);
    }
}

/* No terminal, nothing of the program's but the connection: whoever waits for the end of its output
 * must not wait for us, and keys are none of ours. */
static void become_alone(const int connections[GUARD_CHANNELS])
{
    static const int ignored[] = {SIGINT,  SIGQUIT, SIGTERM, SIGHUP,
                                  SIGPIPE, SIGTSTP, SIGUSR1, SIGUSR2};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    setsid();
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
        signal(ignored[i], SIG_IGN);
    for (int fd = 0; fd <= STDERR_FILENO && null >= 0; fd++)
        dup2(null, fd);
    for (size_t i = 0, from = STDERR_FILENO + 1; i <= GUARD_CHANNELS; i++) {
        unsigned upto = i < GUARD_CHANNELS ? (unsigned)connections[i] : 0;

        alone_close((unsigned)from, upto - 1);
        from = upto + 1;
    }
    if (chdir("/") < 0)
        _exit(1);
}

static struct helper *helper_for(int connection, pid_t program)
{
    struct helper *h = mem_new(1, sizeof(*h));

    h->connection = connection;
    h->program = program;
    for (size_t i = 0; i < HELPER_RELAYS; i++)
        h->relays[i].program = -1;
    for (size_t i = 0; i < HELPER_TRACES; i++)
        h->traces[i].root = h->traces[i].instance = -1;
    return h;
}

/* Whoever sees the end of its connection ends the other's, too.  arg is released. */
static void *serve_all(void *arg)
{
    struct helper *h = arg;

    run(h);
    shutdown(h->connection, SHUT_RDWR);
    for (size_t i = 0; i < HELPER_TRACES; i++)
        trace_instance_close(&h->traces[i]);
    free(h);
    return NULL;
}

static _Noreturn void live(const int connections[GUARD_CHANNELS], pid_t program)
{
    pthread_t slow;

    become_alone(connections);
    prctl(PR_SET_NAME, "sockeye-helper");
    caps_bound(HELPER_CAPABILITIES);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || caps_keep(HELPER_CAPABILITIES) < 0)
        _exit(1);
    (void)calls_forbid(CALLS_HELPER); /* the program says whether the kernel has it */
    if (thread_start(&slow, "sockeye-helper", serve_all,
                     helper_for(connections[GUARD_SLOW], program)) < 0)
        _exit(1);
    serve_all(helper_for(connections[GUARD_QUICK], program));
    shutdown(connections[GUARD_SLOW], SHUT_RDWR);
    pthread_join(slow, NULL);
    _exit(0);
}

/* The connections rise, as become_alone() has it: a pair's ends are the lowest that are free. */
static int connect_pairs(int ours[GUARD_CHANNELS], int theirs[GUARD_CHANNELS])
{
    for (size_t i = 0; i < GUARD_CHANNELS; i++) {
        int pair[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
            int code = -errno;

            wire_close_all(ours, i);
            wire_close_all(theirs, i);
            return code;
        }
        ours[i] = pair[0];
        theirs[i] = pair[1];
    }
    return 0;
}

int helper_start(int ret_fds[GUARD_CHANNELS], int *ret_pid)
{
    int ours[GUARD_CHANNELS], theirs[GUARD_CHANNELS], rc = connect_pairs(ours, theirs);
    pid_t pid, program = getpid();

    if (rc < 0)
        return rc;
    pid = fork();
    if (pid == 0)
        live(theirs, program);
    rc = pid < 0 ? -errno : 0;
    for (size_t i = 0; i < GUARD_CHANNELS && rc == 0; i++) {
        plumbing_add(plumbing_inode(ours[i]));
        plumbing_add(plumbing_inode(theirs[i]));
    }
    wire_close_all(theirs, GUARD_CHANNELS);
    if (rc < 0) {
        wire_close_all(ours, GUARD_CHANNELS);
        return rc;
    }
    memcpy(ret_fds, ours, sizeof(ours));
    *ret_pid = pid;
    return 0;
}
