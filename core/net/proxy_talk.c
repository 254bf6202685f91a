/* core/net/proxy_talk.c - the dialogue with a proxy, before the session is open.
 *
 * It reads exactly the proxy's bytes: what comes behind them is the session's. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <openssl/evp.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/net/call.h"
#include "core/net/proxy.h"
#include "core/net/session_internal.h"

/* A CONNECT answer's header; more of it is refused. */
#define ANSWER_BYTES 8192
#define REQUEST_BYTES 2048

struct talk {
    struct proxy proxy;
    struct endpoint to;
    /* What to do with the answer once it is whole: 0 goes on, 1 ends well, else negative errno. */
    int (*answered)(struct talk *t, struct err *err);
    size_t out_at, out_len;
    size_t in_len, in_wanted; /* in_wanted 0: up to the empty line of a header */
    uint8_t out[REQUEST_BYTES];
    uint8_t in[ANSWER_BYTES];
};

static int refuse(const struct talk *t, int code, struct err *err, const char *format,
                  const char *detail)
{
    char text[ENDPOINT_TEXT_BYTES], reason[ERR_TEXT_BYTES];

    snprintf(reason, sizeof(reason), "%s%.120s", format, detail);
    return err_set(err, code, "proxy", proxy_format(&t->proxy, text), "%s", reason);
}

static void say(struct talk *t, const void *bytes, size_t len)
{
    memcpy(t->out + t->out_len, bytes, len);
    t->out_len += len;
}

static void await(struct talk *t, size_t len, int (*answered)(struct talk *t, struct err *err))
{
    t->in_len = 0;
    t->in_wanted = len;
    t->answered = answered;
}

/* ---- SOCKS5 --------------------------------------------------------------------------- */

enum { SOCKS_V4 = 1, SOCKS_NAME = 3, SOCKS_V6 = 4, SOCKS_NO_METHOD = 0xff };

static int socks_connected(struct talk *t, struct err *err)
{
    (void)err;
    (void)t;
    return 1;
}

static int socks_replied(struct talk *t, struct err *err)
{
    static const struct {
        int code;
        const char *text;
    } replies[] = {{0, ""},
                   {-EIO, "general failure"},
                   {-EACCES, "its rules do not allow the connection"},
                   {-ENETUNREACH, "the network is unreachable from there"},
                   {-EHOSTUNREACH, "the host is unreachable from there"},
                   {-ECONNREFUSED, "the far end refused the connection"},
                   {-ETIMEDOUT, "the packets' time to live expired"},
                   {-EOPNOTSUPP, "it does not know CONNECT"},
                   {-EAFNOSUPPORT, "it does not know this kind of address"}};
    uint8_t reply = t->in[1];
    size_t rest;
    char number[16];

    if (t->in[0] != 5)
        return refuse(t, -EPROTO, err, "it does not speak SOCKS5", "");
    if (reply >= sizeof(replies) / sizeof(replies[0])) {
        snprintf(number, sizeof(number), "%u", reply);
        return refuse(t, -EPROTO, err, "it answered with the unknown code ", number);
    }
    if (reply)
        return refuse(t, replies[reply].code, err, "it says: ", replies[reply].text);
    /* The bound address: 5 of its bytes are here, the last is a name's length or the first of an
     * address. */
    if (t->in[3] != SOCKS_V4 && t->in[3] != SOCKS_V6 && t->in[3] != SOCKS_NAME)
        return refuse(t, -EPROTO, err, "it answered with an unknown kind of address", "");
    rest = t->in[3] == SOCKS_V4   ? 4 + 2 - 1
           : t->in[3] == SOCKS_V6 ? 16 + 2 - 1
                                  : (size_t)t->in[4] + 2;
    await(t, rest, socks_connected);
    return 0;
}

static int socks_request(struct talk *t)
{
    struct addr numeric;
    uint8_t head[4] = {5, 1, 0, SOCKS_NAME}, len = (uint8_t)strlen(t->to.host);
    uint16_t port = htons(t->to.port);

    if (t->to.host[0] && endpoint_numeric(&t->to, &numeric)) {
        head[3] = numeric.family == AF_INET ? SOCKS_V4 : SOCKS_V6;
        say(t, head, sizeof(head));
        say(t, numeric.ip, numeric.family == AF_INET ? 4 : 16);
    } else {
        say(t, head, sizeof(head));
        say(t, &len, 1);
        say(t, t->to.host, len);
    }
    say(t, &port, sizeof(port));
    await(t, 5, socks_replied);
    return 0;
}

static int socks_authenticated(struct talk *t, struct err *err)
{
    if (t->in[1] != 0)
        return refuse(t, -EACCES, err, "it does not accept the user and password", "");
    return socks_request(t);
}

static int socks_greeted(struct talk *t, struct err *err)
{
    uint8_t version = 1, user = (uint8_t)strlen(t->proxy.user),
            password = (uint8_t)strlen(t->proxy.password);

    if (t->in[0] != 5)
        return refuse(t, -EPROTO, err, "it does not speak SOCKS5", "");
    if (t->in[1] == 0)
        return socks_request(t);
    if (t->in[1] != SOCKS_NO_METHOD && (t->in[1] != 2 || !t->proxy.has_credentials))
        return refuse(t, -EPROTO, err, "it chose a method that was not offered", "");
    if (t->in[1] == SOCKS_NO_METHOD)
        return refuse(t, -EACCES, err,
                      t->proxy.has_credentials ? "it takes neither user and password nor none"
                                               : "it wants a user and a password",
                      "");
    say(t, &version, 1);
    say(t, &user, 1);
    say(t, t->proxy.user, user);
    say(t, &password, 1);
    say(t, t->proxy.password, password);
    await(t, 2, socks_authenticated);
    return 0;
}

static void greet_socks(struct talk *t)
{
    static const uint8_t with[] = {5, 2, 0, 2}, without[] = {5, 1, 0};

    if (t->proxy.has_credentials)
        say(t, with, sizeof(with));
    else
        say(t, without, sizeof(without));
    await(t, 2, socks_greeted);
}

/* ---- HTTP CONNECT --------------------------------------------------------------------- */

static int http_answered(struct talk *t, struct err *err)
{
    char line[100];
    size_t len = 0;

    while (len < t->in_len && t->in[len] != '\r' && t->in[len] != '\n')
        len++;
    text_clean(t->in, len, line, sizeof(line));
    if (len < 12 || memcmp(t->in, "HTTP/1.", 7) != 0 || t->in[8] != ' ')
        return refuse(t, -EPROTO, err, "it does not speak HTTP: ", line);
    /* The answer itself is still to come (RFC 9110, 15.2). */
    if (t->in[9] == '1') {
        await(t, 0, http_answered);
        return 0;
    }
    if (t->in[9] != '2')
        return refuse(t, memcmp(t->in + 9, "407", 3) == 0 ? -EACCES : -ECONNREFUSED, err,
                      "it answered ", line + 9);
    return 1;
}

static void request_tunnel(struct talk *t)
{
    char far[ENDPOINT_TEXT_BYTES], text[REQUEST_BYTES];
    unsigned char basic[800] = "";
    const char *authority = endpoint_format(&t->to, far) + strlen("tcp://");
    int n;

    if (t->proxy.has_credentials) {
        n = snprintf(text, sizeof(text), "%s:%s", t->proxy.user, t->proxy.password);
        EVP_EncodeBlock(basic, (const unsigned char *)text, n);
    }
    n = snprintf(text, sizeof(text),
                 "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s%s%sUser-Agent: sockeye/%s\r\n\r\n",
                 authority, authority, basic[0] ? "Proxy-Authorization: Basic " : "",
                 (char *)basic, basic[0] ? "\r\n" : "", SOCKEYE_VERSION);
    say(t, text, (size_t)n);
    await(t, 0, http_answered);
}

/* ---- both ----------------------------------------------------------------------------- */

/* How many bytes of those that wait belong to the header, which ends with an empty line; *ret_whole
 * when its end is there.  A line may end with LF alone (RFC 9112, 2.2). */
static size_t of_header(const struct talk *t, size_t peeked, bool *ret_whole)
{
    for (size_t i = t->in_len; i < t->in_len + peeked; i++) {
        if (t->in[i] != '\n')
            continue;
        if ((i >= 1 && t->in[i - 1] == '\n') ||
            (i >= 2 && t->in[i - 1] == '\r' && t->in[i - 2] == '\n')) {
            *ret_whole = true;
            return i + 1 - t->in_len;
        }
    }
    *ret_whole = false;
    return peeked;
}

/* Read what is still wanted.  Returns 1 when it is whole, 0 when more is to come, else negative
 * errno. */
static int listen_once(struct session *s, struct talk *t)
{
    struct caller c = session_caller(s);
    size_t wanted = t->in_wanted ? t->in_wanted - t->in_len : sizeof(t->in) - t->in_len;
    bool whole = false;
    ssize_t n;

    if (wanted == 0)
        return -EMSGSIZE;
    n = call_recv(&c, s->watch.fd, t->in + t->in_len, wanted, t->in_wanted ? 0 : MSG_PEEK);
    if (n > 0 && !t->in_wanted)
        n = call_recv(&c, s->watch.fd, t->in + t->in_len, of_header(t, (size_t)n, &whole), 0);
    if (n == 0)
        return -ECONNRESET;
    if (n < 0)
        return (int)n;
    t->in_len += (size_t)n;
    return t->in_wanted ? t->in_len == t->in_wanted : whole;
}

static int speak(struct session *s, struct talk *t)
{
    struct caller c = session_caller(s);

    while (t->out_at < t->out_len) {
        ssize_t n = call_send(&c, s->watch.fd, t->out + t->out_at, t->out_len - t->out_at,
                              MSG_NOSIGNAL);

        if (n < 0)
            return (int)n;
        t->out_at += (size_t)n;
    }
    t->out_at = t->out_len = 0;
    return 0;
}

static int step(struct session *s, void *state, uint32_t *ret_events, struct err *err)
{
    struct talk *t = state;
    int r;

    for (;;) {
        *ret_events = EPOLLOUT;
        r = speak(s, t);
        if (r == 0) {
            *ret_events = EPOLLIN;
            r = listen_once(s, t);
        }
        if (r == -EAGAIN || r == -EINTR)
            return -EAGAIN;
        if (r < 0)
            return refuse(t, r, err,
                          r == -ECONNRESET ? "it closed the connection instead of answering"
                          : r == -EMSGSIZE ? "its answer is longer than 8,192 bytes"
                                           : "",
                          "");
        if (r == 0)
            continue;
        r = t->answered(t, err);
        if (r != 0)
            break;
    }
    if (r > 0)
        session_extras(s)->phases.proxied = clock_now_ns();
    return r > 0 ? 0 : r;
}

void *proxy_state_new(const struct proxy *proxy, const struct endpoint *to)
{
    struct talk *t = mem_new(1, sizeof(*t));

    t->proxy = *proxy;
    t->to = *to;
    t->to.scheme = ENDPOINT_TCP;
    if (proxy->kind == PROXY_SOCKS5)
        greet_socks(t);
    else
        request_tunnel(t);
    return t;
}

const struct negotiation proxy_negotiation = {.name = "proxy", .step = step, .drop = free};
