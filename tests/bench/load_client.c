/* tests/bench/load_client.c - many connections to an echo server, each with a bounded number of
 * bytes on their way; every byte that comes back is compared.
 *
 *   load_client PORT CONNECTIONS MESSAGE_BYTES WINDOW_BYTES
 *
 * Opens its connections, prints "ready" and takes orders from stdin (bench.h).  For each it sends
 * messages as long as the order says, takes back all that is on its way, and prints
 * {"seconds": S, "trips": N, "bytes": N}.  The connections stay open until stdin ends; without an
 * order they are idle.  With WINDOW_BYTES = MESSAGE_BYTES it plays ping-pong. */
#include <errno.h>
#include <sys/epoll.h>

#include "tests/bench/bench.h"

/* The stream of each connection is this pattern again and again; from any place in it a whole
 * chunk lies in one piece.  A prime, so that messages do not look alike. */
#define PERIOD 65521
#define CHUNK_BYTES (64 << 10)
#define EVENTS 256

struct connection {
    int fd;
    bool wants_out;                /* watched for EPOLLOUT, too */
    uint64_t goal, sent, received; /* places in the stream; up to goal it shall be sent */
};

static struct {
    int epoll_fd;
    size_t n;
    uint64_t message_bytes, window_bytes;
    uint64_t messages_left; /* that may still be begun in this round */
    uint64_t outstanding;   /* bytes of all connections still to come back */
    uint64_t bytes;         /* that came back in this round */
    struct connection *connections;
} load;

static char pattern[PERIOD + CHUNK_BYTES], buffer[CHUNK_BYTES];

static void fill_pattern(void)
{
    uint32_t x = 2463534242U; /* xorshift */

    for (size_t i = 0; i < PERIOD; i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        pattern[i] = (char)x;
    }
    for (size_t i = PERIOD; i < sizeof(pattern); i++)
        pattern[i] = pattern[i - PERIOD];
}

static const char *stream_at(const struct connection *c, uint64_t place)
{
    return pattern + (place + 97 * (uint64_t)(c - load.connections)) % PERIOD;
}

static void watch(struct connection *c, int operation, bool wants_out)
{
    struct epoll_event ev = {.events = EPOLLIN | (wants_out ? (uint32_t)EPOLLOUT : 0),
                             .data.ptr = c};

    if (epoll_ctl(load.epoll_fd, operation, c->fd, &ev) < 0)
        err(1, "epoll_ctl");
    c->wants_out = wants_out;
}

/* Begin the messages that the window has room for, and send what the kernel takes. */
static void send_on(struct connection *c)
{
    uint64_t left;
    ssize_t n;

    while (load.messages_left &&
           c->goal + load.message_bytes <= c->received + load.window_bytes) {
        c->goal += load.message_bytes;
        load.outstanding += load.message_bytes;
        load.messages_left--;
    }
    left = c->goal - c->sent;
    if (left) {
        n = send(c->fd, stream_at(c, c->sent), left < CHUNK_BYTES ? left : CHUNK_BYTES,
                 MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN)
            err(1, "send");
        c->sent += n > 0 ? (uint64_t)n : 0;
    }
    if ((c->sent < c->goal) != c->wants_out)
        watch(c, EPOLL_CTL_MOD, !c->wants_out);
}

static void receive(struct connection *c)
{
    ssize_t n = recv(c->fd, buffer, sizeof(buffer), MSG_DONTWAIT);

    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0)
        errx(1, "the server closed: %s", n < 0 ? strerror(errno) : "FIN");
    if ((uint64_t)n > c->sent - c->received ||
        memcmp(buffer, stream_at(c, c->received), (size_t)n) != 0)
        errx(1, "what came back is not what was sent");
    c->received += (uint64_t)n;
    load.outstanding -= (uint64_t)n;
    load.bytes += (uint64_t)n;
}

static void play_round(struct order order)
{
    struct epoll_event events[EVENTS];
    double start = bench_now_seconds();

    load.messages_left = order.count;
    load.bytes = 0;
    for (size_t i = 0; i < load.n; i++)
        send_on(&load.connections[i]);
    while (load.outstanding) {
        int n = epoll_wait(load.epoll_fd, events, EVENTS, -1);

        if (bench_now_seconds() - start >= order.seconds)
            load.messages_left = 0;
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;

            if (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP))
                receive(c);
            send_on(c);
        }
    }
    printf("{\"seconds\": %.6f, \"trips\": %" PRIu64 ", \"bytes\": %" PRIu64 "}\n",
           bench_now_seconds() - start, load.bytes / load.message_bytes, load.bytes);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct order order;

    if (argc != 5)
        errx(2, "usage: load_client PORT CONNECTIONS MESSAGE_BYTES WINDOW_BYTES");
    bench_raise_descriptors();
    fill_pattern();
    load.n = (size_t)atol(argv[2]);
    load.message_bytes = (uint64_t)atol(argv[3]);
    load.window_bytes = (uint64_t)atol(argv[4]);
    load.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    load.connections = calloc(load.n, sizeof(*load.connections));
    if (!load.connections || !load.message_bytes || load.window_bytes < load.message_bytes)
        errx(2, "a number does not fit");
    for (size_t i = 0; i < load.n; i++) {
        load.connections[i].fd = bench_connect(argv[1]);
        watch(&load.connections[i], EPOLL_CTL_ADD, false);
    }
    puts("ready");
    fflush(stdout);
    while (bench_next_order(&order))
        play_round(order);
    return 0;
}
