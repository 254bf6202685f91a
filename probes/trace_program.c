#include "probes/trace_program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "probes/trace_internal.h"

struct program_trace {
    int channel;
    pid_t tracer;
};

static uint64_t own_netns(void)
{
    struct stat st;

    return stat("/proc/self/ns/net", &st) == 0 ? st.st_ino : 0;
}

/* The tracer ends with the program, so nothing meant for us may end or stop it before. */
static void be_tracer(int channel, char *const argv[], const struct program_settings *settings)
{
    struct tracer *t = mem_new(1, sizeof(*t));
    struct trace_before before;
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before.mask);
    sigaction(SIGCHLD, &usual, &before.child);
    prctl(PR_SET_NAME, "sockeye-trace");
    t->channel = channel;
    t->argv = argv;
    t->settings = *settings;
    t->our_netns = own_netns();
    t->sockets = mem_new(TRACE_SOCKETS, sizeof(*t->sockets));
    tracer_run(t, &before);
    _exit(0);
}

int program_start(char *const argv[], const struct program_settings *settings,
                  struct program_trace **ret, struct err *err)
{
    struct program_trace *p;
    int channel[2];
    pid_t tracer;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) < 0)
        return err_set(err, -errno, "socketpair", "", "%s", "");
    tracer = fork();
    if (tracer < 0) {
        int r = err_set(err, -errno, "fork", "", "%s", "");

        close(channel[0]);
        close(channel[1]);
        return r;
    }
    if (tracer == 0) {
        close(channel[0]);
        be_tracer(channel[1], argv, settings);
    }
    close(channel[1]);
    p = mem_new(1, sizeof(*p));
    *p = (struct program_trace){.channel = channel[0], .tracer = tracer};
    *ret = p;
    return 0;
}

static int order(struct program_trace *t, enum trace_order what, uint32_t value)
{
    struct trace_message m = {.order = what, .value = value};

    return send(t->channel, &m, sizeof(m), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int program_go(struct program_trace *t)
{
    return order(t, ORDER_GO, 0);
}

int program_next(struct program_trace *t, int timeout_ms, struct program_call *ret)
{
    struct pollfd p = {.fd = t->channel, .events = POLLIN};
    struct program_call call;
    ssize_t n;

    if (poll(&p, 1, timeout_ms) <= 0)
        return 0;
    n = recv(t->channel, &call, sizeof(call), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n != sizeof(call))
        return -EPIPE;
    *ret = call;
    return 1;
}

/* When the tracer does not take it, the thread goes on by itself a little later. */
void program_release(struct program_trace *t, uint32_t id)
{
    (void)order(t, ORDER_RELEASE, id);
}

void program_signal(struct program_trace *t, int signal)
{
    (void)order(t, ORDER_SIGNAL, (uint32_t)signal);
}

void program_stop(struct program_trace *t)
{
    if (!t)
        return;
    close(t->channel);
    waitpid(t->tracer, NULL, WNOHANG);
    free(t);
}
