/* tests/bench/message_client.c - framed requests, one connection each, so many at a time; every
 * answer must be whole and the same.
 *
 *   message_client PORT CONNECTIONS
 *
 * Prints "ready" and takes orders from stdin (bench.h); for each {"seconds": S, "trips": N}.
 * A frame is two bytes, big-endian: the length of the JSON header; the header, whose
 * content-length tells how much content follows. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <sys/epoll.h>

#include "tests/bench/bench.h"

#define ANSWER_BYTES 4096
#define EVENTS 256

struct exchange {
    int fd;
    size_t len;
    char answer[ANSWER_BYTES];
};

static struct {
    int epoll_fd;
    const char *port;
    size_t n;
    uint64_t requests_left, pending, trips;
    struct exchange *exchanges;
} load;

static char request[512], expected[ANSWER_BYTES];
static size_t request_len, expected_len;

static void make_request(void)
{
    static const char content[] = "{\"action\":\"search\",\"value\":\"morpheus\"}";
    char header[256];
    int n = snprintf(header, sizeof(header),
                     "{\"byteorder\":\"little\",\"content-type\":\"text/json\","
                     "\"content-encoding\":\"utf-8\",\"content-length\":%zu}",
                     strlen(content));

    request[0] = (char)(n >> 8);
    request[1] = (char)n;
    request_len =
        2 + (size_t)snprintf(request + 2, sizeof(request) - 2, "%s%s", header, content);
}

/* The first answer, looked at closely: all others must equal it. */
static void learn_answer(const struct exchange *x)
{
    const unsigned char *head = (const unsigned char *)x->answer;
    size_t header_len = x->len < 2 ? 0 : (size_t)(head[0] << 8 | head[1]), content_len;
    cJSON *header, *content;

    if (header_len == 0 || 2 + header_len > x->len)
        errx(1, "the answer is no frame");
    content_len = x->len - 2 - header_len;
    header = cJSON_ParseWithLength(x->answer + 2, header_len);
    content = cJSON_ParseWithLength(x->answer + 2 + header_len, content_len);
    if (cJSON_GetNumberValue(cJSON_GetObjectItem(header, "content-length")) !=
        (double)content_len)
        errx(1, "the answer's content-length is wrong");
    if (!cJSON_GetStringValue(cJSON_GetObjectItem(content, "result")))
        errx(1, "the answer has no result");
    cJSON_Delete(header);
    cJSON_Delete(content);
    memcpy(expected, x->answer, x->len);
    expected_len = x->len;
}

static void begin(struct exchange *x)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = x};

    if (!load.requests_left)
        return;
    load.requests_left--;
    load.pending++;
    x->len = 0;
    x->fd = bench_connect(load.port);
    if (epoll_ctl(load.epoll_fd, EPOLL_CTL_ADD, x->fd, &ev) < 0)
        err(1, "epoll_ctl");
    if (send(x->fd, request, request_len, MSG_NOSIGNAL) != (ssize_t)request_len)
        err(1, "send");
}

static void receive(struct exchange *x)
{
    ssize_t n = recv(x->fd, x->answer + x->len, sizeof(x->answer) - x->len, MSG_DONTWAIT);

    if (n < 0 && errno == EAGAIN)
        return;
    if (n < 0)
        err(1, "recv");
    x->len += (size_t)n;
    if (n > 0)
        return;
    if (!expected_len)
        learn_answer(x);
    if (x->len != expected_len || memcmp(x->answer, expected, expected_len) != 0)
        errx(1, "an answer differs from the first");
    close(x->fd);
    load.pending--;
    load.trips++;
    begin(x);
}

static void play_round(struct order order)
{
    struct epoll_event events[EVENTS];
    double start = bench_now_seconds();

    load.requests_left = order.count;
    load.trips = 0;
    for (size_t i = 0; i < load.n; i++)
        begin(&load.exchanges[i]);
    while (load.pending) {
        int n = epoll_wait(load.epoll_fd, events, EVENTS, -1);

        if (bench_now_seconds() - start >= order.seconds)
            load.requests_left = 0;
        for (int i = 0; i < n; i++)
            receive(events[i].data.ptr);
    }
    printf("{\"seconds\": %.6f, \"trips\": %" PRIu64 "}\n", bench_now_seconds() - start,
           load.trips);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct order order;

    if (argc != 3)
        errx(2, "usage: message_client PORT CONNECTIONS");
    make_request();
    load.port = argv[1];
    load.n = (size_t)atol(argv[2]);
    load.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    load.exchanges = calloc(load.n, sizeof(*load.exchanges));
    if (!load.exchanges)
        err(1, "calloc");
    puts("ready");
    fflush(stdout);
    while (bench_next_order(&order))
        play_round(order);
    return 0;
}
