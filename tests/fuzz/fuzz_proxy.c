/* Whatever a proxy answers, in whatever pieces: the dialogue ends or waits, it reads no more than
 * what is the proxy's, and its words hold no control byte.  The first byte says how the answer is
 * parted, the second what is asked of which proxy; as text the rest is an URL, too. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/model/journal.h"
#include "core/net/proxy.h"
#include "core/net/session_internal.h"

#define PIECES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct net net;

static void check_words(const struct err *err)
{
    char line[ERR_TEXT_BYTES * 4];

    err_format(err, line, sizeof(line));
    for (const char *c = line; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            abort();
}

static void try_url(const uint8_t *data, size_t size)
{
    char *url = mem_copy(data, size), text[ENDPOINT_TEXT_BYTES];
    struct proxy p, again;
    struct err err = {0};

    if (proxy_parse(url, &p, &err) < 0)
        check_words(&err);
    else if (proxy_parse(proxy_format(&p, text), &again, &err) < 0 || again.kind != p.kind ||
             strcmp(again.endpoint.host, p.endpoint.host) != 0 ||
             again.endpoint.port != p.endpoint.port)
        abort();
    free(url);
}

static void forget_request(int fd)
{
    char bytes[4096];

    while (recv(fd, bytes, sizeof(bytes), 0) > 0)
        ;
}

/* Ends as the dialogue does; what it did not read is not its business. */
static int converse(struct session *s, void *state, int peer, const uint8_t *data, size_t size,
                    unsigned parting)
{
    size_t step = parting ? parting : size + 1;
    uint32_t events = 0;
    struct err err = {0};
    int r = -EAGAIN;

    if (size / step > PIECES)
        step = size / PIECES + 1;
    for (size_t at = 0; r == -EAGAIN && at < size; at += step) {
        send(peer, data + at, size - at < step ? size - at : step, MSG_NOSIGNAL);
        forget_request(peer);
        r = proxy_negotiation.step(s, state, &events, &err);
    }
    if (r == -EAGAIN) {
        shutdown(peer, SHUT_WR);
        r = proxy_negotiation.step(s, state, &events, &err);
        if (r == -EAGAIN)
            abort();
    }
    check_words(&err);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const urls[] = {"socks5://p", "socks5://u:w@p", "http://p",
                                       "http://u:w@p"};
    static const char *const fars[] = {"tcp://far:1", "tcp://10.0.0.1:2", "tls://[::1]:3"};
    struct session s = {.net = &net};
    struct proxy proxy;
    struct endpoint far;
    int pair[2];
    void *state;

    if (size < 2)
        return 0;
    try_url(data + 2, size - 2);
    if (!net.journal)
        net.journal = journal_new();
    if (proxy_parse(urls[data[1] % 4], &proxy, NULL) < 0 ||
        endpoint_parse(fars[data[1] / 4 % 3], &far, NULL) < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
        abort();
    s.watch.fd = pair[0];
    state = proxy_state_new(&proxy, &far);
    converse(&s, state, pair[1], data + 2, size - 2, data[0]);
    proxy_negotiation.drop(state);
    free(s.extras);
    close(pair[0]);
    close(pair[1]);
    return 0;
}
