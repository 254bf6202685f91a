/* tests/bench/bench.h - what the small programs of the benches share: a listener on loopback
 * that says its port, a connection to it, and orders line by line.
 *
 * Errors end the program with one line: a bench that goes on after one measures something else. */
#ifndef SOCKEYE_BENCH_H
#define SOCKEYE_BENCH_H

#include <arpa/inet.h>
#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* As many descriptors as the hard limit gives. */
static inline void bench_raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        err(1, "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        err(1, "setrlimit");
}

/* A listening socket on a free port of 127.0.0.1; prints "listens on 127.0.0.1:PORT". */
static inline int bench_listen(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) < 0 || listen(fd, 4096) < 0 ||
        getsockname(fd, (struct sockaddr *)&a, &len) < 0)
        err(1, "listen");
    printf("listens on 127.0.0.1:%u\n", ntohs(a.sin_port));
    fflush(stdout);
    return fd;
}

/* A connected socket; on loopback connect(2) waits for nothing but a full backlog. */
static inline int bench_connect(const char *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                            .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
        err(1, "connect to port %s", port);
    return fd;
}

static inline double bench_now_seconds(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* How long one round lasts: the first of both ends it. */
struct order {
    double seconds;
    uint64_t count;
};

/* The next line of stdin, "seconds 0.5" or "count 1000"; false at its end. */
static inline bool bench_next_order(struct order *ret)
{
    struct order order = {.seconds = 1e9, .count = UINT64_MAX};
    char line[80];

    if (!fgets(line, sizeof(line), stdin))
        return false;
    if (sscanf(line, "seconds %lf", &order.seconds) != 1 &&
        sscanf(line, "count %" SCNu64, &order.count) != 1)
        errx(1, "no order: %s", line);
    *ret = order;
    return true;
}

#endif
