/* tests/bench/minimal_message.c - the least that a server of framed messages with one thread
 * does: epoll, cJSON, one answer, close: what message_bench compares with.
 *
 * A frame is two bytes, big-endian: the length of the JSON header; the header with byteorder,
 * content-type, content-encoding and content-length; the content.  A malformed one is closed. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <sys/epoll.h>

#include "tests/bench/bench.h"

#define FRAME_BYTES 4096
#define EVENTS 256

struct connection {
    int fd;
    bool answering;
    size_t at, len; /* received up to len; or of the answer, at .. len is still to be sent */
    char frame[FRAME_BYTES];
};

static int epoll_fd;

static void drop(struct connection *c)
{
    close(c->fd);
    free(c);
}

static const char *find(const char *value)
{
    return strcmp(value, "morpheus") == 0 ? "Follow the white rabbit. \xf0\x9f\x90\xb0"
                                          : "no match";
}

/* Turn the request's content into the answer's; NULL when it is none.  The caller frees it. */
static char *answer_content(const char *bytes, size_t len)
{
    cJSON *asked = cJSON_ParseWithLength(bytes, len), *answer;
    const char *action = cJSON_GetStringValue(cJSON_GetObjectItem(asked, "action"));
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(asked, "value"));
    char *text = NULL;

    if (action && value && strcmp(action, "search") == 0) {
        answer = cJSON_CreateObject();
        cJSON_AddStringToObject(answer, "result", find(value));
        text = cJSON_PrintUnformatted(answer);
        cJSON_Delete(answer);
    }
    cJSON_Delete(asked);
    return text;
}

static bool frame_answer(struct connection *c, const char *content)
{
    size_t content_len = strlen(content), header_len;
    cJSON *header = cJSON_CreateObject();
    char *text;

    cJSON_AddStringToObject(header, "byteorder", "little");
    cJSON_AddStringToObject(header, "content-type", "text/json");
    cJSON_AddStringToObject(header, "content-encoding", "utf-8");
    cJSON_AddNumberToObject(header, "content-length", (double)content_len);
    text = cJSON_PrintUnformatted(header);
    cJSON_Delete(header);
    header_len = strlen(text);
    c->at = 0;
    c->len = 2 + header_len + content_len;
    if (c->len <= FRAME_BYTES) {
        c->frame[0] = (char)(header_len >> 8);
        c->frame[1] = (char)header_len;
        memcpy(c->frame + 2, text, header_len);
        memcpy(c->frame + 2 + header_len, content, content_len);
    }
    free(text);
    return c->len <= FRAME_BYTES;
}

/* 1: the frame has become its answer; 0: more has to come; -1: malformed. */
static int answer(struct connection *c)
{
    const unsigned char *head = (const unsigned char *)c->frame;
    size_t header_len = c->len < 2 ? 0 : (size_t)(head[0] << 8 | head[1]);
    cJSON *header;
    double content_len;
    char *content;
    int r = -1;

    if (c->len < 2 || c->len < 2 + header_len)
        return 0;
    header = cJSON_ParseWithLength(c->frame + 2, header_len);
    content_len = cJSON_GetNumberValue(cJSON_GetObjectItem(header, "content-length"));
    cJSON_Delete(header);
    if (!(content_len >= 0 && content_len <= (double)(FRAME_BYTES - 2 - header_len)))
        return -1;
    if (c->len < 2 + header_len + (size_t)content_len)
        return 0;
    content = answer_content(c->frame + 2 + header_len, (size_t)content_len);
    if (content && frame_answer(c, content))
        r = 1;
    free(content);
    return r;
}

static void send_on(struct connection *c)
{
    ssize_t n = send(c->fd, c->frame + c->at, c->len - c->at, MSG_NOSIGNAL);
    struct epoll_event ev = {.events = EPOLLOUT, .data.ptr = c};

    if (n < 0 && errno != EAGAIN) {
        drop(c);
        return;
    }
    c->at += n > 0 ? (size_t)n : 0;
    if (c->at == c->len)
        drop(c);
    else if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &ev) < 0)
        err(1, "epoll_ctl");
}

static void receive(struct connection *c)
{
    ssize_t n = recv(c->fd, c->frame + c->len, FRAME_BYTES - c->len, 0);
    int r;

    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        drop(c);
        return;
    }
    c->len += (size_t)n;
    r = answer(c);
    if (r < 0) {
        drop(c);
    } else if (r > 0) {
        c->answering = true;
        send_on(c);
    }
}

static void accept_all(int listener)
{
    int fd;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct connection *c = malloc(sizeof(*c));
        struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};

        if (!c || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
            err(1, "accept");
        c->fd = fd;
        c->answering = false;
        c->at = c->len = 0;
    }
    if (errno != EAGAIN && errno != ECONNABORTED)
        err(1, "accept");
}

int main(void)
{
    struct epoll_event events[EVENTS], ev = {.events = EPOLLIN, .data.ptr = NULL};
    int listener;

    bench_raise_descriptors();
    listener = bench_listen();
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &ev) < 0)
        err(1, "epoll_ctl");
    for (;;) {
        int n = epoll_wait(epoll_fd, events, EVENTS, -1);

        if (n < 0 && errno != EINTR)
            err(1, "epoll_wait");
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;

            if (!c)
                accept_all(listener);
            else if (c->answering)
                send_on(c);
            else
                receive(c);
        }
    }
}
