/* tests/bench/minimal_echo.c - the least that an echo server with one thread does: epoll, recv,
 * send, and a buffer for what the peer does not take: what echo_bench compares with. */
#include <errno.h>
#include <sys/epoll.h>

#include "tests/bench/bench.h"

#define DESCRIPTORS (1 << 16)
#define READ_BYTES (64 << 10)
#define EVENTS 256

struct rest {
    size_t at, len;
    char bytes[READ_BYTES];
};

static int epoll_fd;
static struct rest *rests[DESCRIPTORS]; /* by descriptor; NULL: nothing is owed */
static char buffer[READ_BYTES];

static void watch(int fd, int operation, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.fd = fd};

    if (epoll_ctl(epoll_fd, operation, fd, &ev) < 0)
        err(1, "epoll_ctl");
}

static void accept_all(int listener)
{
    int fd;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (fd >= DESCRIPTORS)
            errx(1, "too many connections");
        watch(fd, EPOLL_CTL_ADD, EPOLLIN);
    }
    if (errno != EAGAIN && errno != ECONNABORTED)
        err(1, "accept");
}

static void drop(int fd)
{
    free(rests[fd]);
    rests[fd] = NULL;
    close(fd);
}

/* The bytes that the kernel took; 0 when it takes none now; -1 when the connection is gone. */
static ssize_t send_some(int fd, const char *bytes, size_t len)
{
    ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

    return n < 0 && errno == EAGAIN ? 0 : n;
}

static void echo(int fd)
{
    ssize_t n = recv(fd, buffer, sizeof(buffer), 0), sent;

    if (n < 0 && errno == EAGAIN)
        return;
    sent = n > 0 ? send_some(fd, buffer, (size_t)n) : -1;
    if (sent < 0) {
        drop(fd);
    } else if (sent < n) {
        rests[fd] = malloc(sizeof(**rests));
        if (!rests[fd])
            err(1, "malloc");
        rests[fd]->at = 0;
        rests[fd]->len = (size_t)(n - sent);
        memcpy(rests[fd]->bytes, buffer + sent, (size_t)(n - sent));
        watch(fd, EPOLL_CTL_MOD, EPOLLOUT);
    }
}

static void send_rest(int fd)
{
    struct rest *r = rests[fd];
    ssize_t sent = send_some(fd, r->bytes + r->at, r->len - r->at);

    if (sent < 0) {
        drop(fd);
        return;
    }
    r->at += (size_t)sent;
    if (r->at < r->len)
        return;
    free(r);
    rests[fd] = NULL;
    watch(fd, EPOLL_CTL_MOD, EPOLLIN);
}

int main(void)
{
    struct epoll_event events[EVENTS];
    int listener;

    bench_raise_descriptors();
    listener = bench_listen();
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    watch(listener, EPOLL_CTL_ADD, EPOLLIN);
    for (;;) {
        int n = epoll_wait(epoll_fd, events, EVENTS, -1);

        if (n < 0 && errno != EINTR)
            err(1, "epoll_wait");
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;

            if (fd == listener)
                accept_all(fd);
            else if (rests[fd])
                send_rest(fd);
            else
                echo(fd);
        }
    }
}
