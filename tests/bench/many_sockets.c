/* tests/bench/many_sockets.c - N established TCP connections over loopback, in pairs of processes:
 * one connects, the other accepts.
 *
 *   many_sockets N     ends with its standard input; each pair says "ready" when it is */
#include "tests/bench/bench.h"

#include <signal.h>
#include <sys/prctl.h>

/* Below the size of a listener's queue, so that no connect(2) has to wait for a retry. */
#define BATCH 1000
/* Connections of a pair of processes. */
#define PER_PAIR 15000

/* A reset at the end instead of a minute in TIME_WAIT, which would be counted in the next run. */
static void end_by_reset(int fd)
{
    struct linger at_once = {.l_onoff = 1};

    if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) < 0)
        err(1, "SO_LINGER");
}

/* On an address of its own, so that no pair wants for ports. */
static int listen_at(int index, struct sockaddr_in *ret)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)index)};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        err(1, "socket");
    end_by_reset(fd);
    if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 4096) < 0 ||
        getsockname(fd, (struct sockaddr *)&a, &len) < 0)
        err(1, "listen");
    *ret = a;
    return fd;
}

/* Accepts as many as each order says, and answers with a line. */
static void accept_forever(int listener, FILE *orders, FILE *answers)
{
    int n;

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    while (fscanf(orders, "%d", &n) == 1) {
        for (int i = 0; i < n; i++)
            if (accept4(listener, NULL, NULL, SOCK_CLOEXEC) < 0)
                err(1, "accept");
        fprintf(answers, "done\n");
        fflush(answers);
    }
    exit(0);
}

static void connect_batch(const struct sockaddr_in *to, int n, FILE *orders, FILE *answers)
{
    char line[16];

    for (int i = 0; i < n; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof(*to)) < 0)
            err(1, "connect");
        end_by_reset(fd);
    }
    fprintf(orders, "%d\n", n);
    fflush(orders);
    if (!fgets(line, sizeof(line), answers))
        errx(1, "the accepting process ended");
}

/* One pair of processes with a listener of its own; does not return in either. */
static void pair(int index, int n)
{
    struct sockaddr_in to;
    int there[2], back[2], listener = listen_at(index, &to);
    FILE *orders, *answers;
    pid_t child;

    if (pipe(there) < 0 || pipe(back) < 0 || (child = fork()) < 0)
        err(1, "fork");
    if (child == 0) {
        close(there[1]);
        close(back[0]);
        accept_forever(listener, fdopen(there[0], "r"), fdopen(back[1], "w"));
    }
    close(listener);
    close(there[0]);
    close(back[1]);
    orders = fdopen(there[1], "w");
    answers = fdopen(back[0], "r");
    for (int made = 0, batch; made < n; made += batch) {
        batch = n - made < BATCH ? n - made : BATCH;
        connect_batch(&to, batch, orders, answers);
    }
    puts("ready");
    fflush(stdout);
    for (;;)
        pause();
}

/* A pair that failed has said why: then nothing here is what was asked for. */
static void on_child(int signal)
{
    (void)signal;
    _exit(1);
}

/* A process of its own for each part, for the descriptors of one process are limited. */
int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 0;

    if (n < 1)
        errx(2, "usage: many_sockets N");
    bench_raise_descriptors();
    signal(SIGCHLD, on_child);
    for (int index = 0; index * PER_PAIR < n; index++) {
        int left = n - index * PER_PAIR;
        pid_t child = fork();

        if (child < 0)
            err(1, "fork");
        if (child == 0) {
            signal(SIGCHLD, SIG_DFL);
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            pair(index, left < PER_PAIR ? left : PER_PAIR);
        }
    }
    while (getchar() != EOF)
        ;
    return 0;
}
