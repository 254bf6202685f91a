/* What is said over a connection, and what is answered: by the socket itself, or through
 * TLS. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/why/gather_internal.h"
#include "core/wire/http_response.h"

/* Without anything to send: for a peer that closes or resets at once. */
#define GREETING_NS (150 * CLOCK_MS_NS)
/* A pattern goes out in pieces of so much; a datagram is one, and never larger than this. */
#define CHUNK_BYTES ((size_t)1 << 16)
#define DATAGRAM_BYTES ((size_t)1 << 20)

struct talking {
    struct trying *t;
    const char *bytes; /* what is sent, again and again until `total` */
    size_t len;
    uint64_t total;
    char *pattern;                  /* owned; NULL: it is the wish's own */
    struct frame_look came;         /* of a stream */
    struct http_response answer;    /* to a request that was sent */
    bool no_answer;                 /* it is none, or cannot be read */
    uint64_t connected_ns, last_ns; /* when something came last */
};

/* --- sending ------------------------------------------------------------------------------ */

static ssize_t put(const struct trying *t, const char *bytes, size_t len)
{
    struct sockname to;
    ssize_t n;

    if (t->tls)
        return tls_try_send(t->tls, bytes, len);
    if (t->to_group) {
        to = sockname_from_addr(&t->a->to);
        n = sendto(t->fd, bytes, len, MSG_DONTWAIT, (struct sockaddr *)&to.sa, to.len);
    } else {
        n = send(t->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    return n < 0 ? -errno : n;
}

static void send_some(struct talking *k, uint64_t until_ns)
{
    struct trying *t = k->t;
    struct attempt *a = t->a;

    while (a->sent_bytes < k->total && !a->send_error) {
        size_t at = (size_t)(a->sent_bytes % k->len);
        uint64_t left = k->total - a->sent_bytes;
        size_t n = left < k->len - at ? (size_t)left : k->len - at;
        ssize_t sent = put(t, k->bytes + at, n);

        if (sent >= 0)
            a->sent_bytes += (uint64_t)sent;
        else if (sent != -EAGAIN)
            a->send_error = (int)sent;
        else if (!trying_wait(t, POLLOUT, until_ns))
            break;
    }
    a->unsent_bytes = k->total - a->sent_bytes;
    if (a->send_error)
        evidence_say(t->g->e, "send", clock_now_ns(), "%s (%s) after %llu bytes",
                     strerrordesc_np(-a->send_error), err_name(a->send_error),
                     (unsigned long long)a->sent_bytes);
}

static void send_nothing(struct trying *t)
{
    ssize_t n = put(t, "", 0);

    if (n < 0)
        t->a->send_error = (int)n;
}

/* Who is not connected gets its port with the first datagram. */
static void learn_port(struct trying *t)
{
    struct sockname name = {.len = sizeof(name.sa)};

    if (getsockname(t->fd, (struct sockaddr *)&name.sa, &name.len) == 0)
        t->a->from.port = addr_from_sockname(&name).port;
}

/* Digits and letters, one line of 64 after the other: a place in them is easily found again. */
static char *make_pattern(size_t len)
{
    static const char line[] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.\n";
    char *pattern = mem_new(len, 1);

    for (size_t i = 0; i < len; i++)
        pattern[i] = line[i % (sizeof(line) - 1)];
    return pattern;
}

static void choose_bytes(struct talking *k)
{
    const struct why_wish *wish = k->t->g->wish;
    size_t most = k->t->datagram ? DATAGRAM_BYTES : CHUNK_BYTES;

    if (!wish->send_size) {
        k->bytes = wish->send;
        k->len = wish->send_len;
        k->total = wish->send_len;
        return;
    }
    k->len = wish->send_size < most ? (size_t)wish->send_size : most;
    k->total = k->t->datagram ? k->len : wish->send_size;
    k->pattern = make_pattern(k->len);
    k->bytes = k->pattern;
}

/* What the bytes are that the person wants to be sent. */
static void look_at_sent(struct talking *k)
{
    struct attempt *a = k->t->a;
    struct frame_look frame;

    k->no_answer = true;
    /* They are the pattern, or there are none. */
    if (k->bytes == k->pattern || !k->len || k->t->datagram)
        return;
    request_look(k->bytes, k->len, &a->request);
    frame_look_init(&frame);
    frame_look_feed(&frame, k->bytes, k->len);
    frame_look_facts(&frame, &a->frame_sent);
    frame_look_done(&frame);
    /* To HEAD and CONNECT no body belongs, whatever the head says: RFC 9112, 6.3. */
    k->no_answer = a->request.state != REQUEST_WHOLE || strncmp(k->bytes, "HEAD ", 5) == 0 ||
                   strncmp(k->bytes, "CONNECT ", 8) == 0;
    a->sent_tls = tls_look_at((const uint8_t *)k->bytes, k->len, NULL, 0) == TLS_LOOK_RECORD;
}

/* --- listening ---------------------------------------------------------------------------- */

static ssize_t get(const struct trying *t, uint8_t *bytes, size_t size)
{
    ssize_t n;

    if (t->tls)
        return tls_try_receive(t->tls, bytes, size);
    n = recv(t->fd, bytes, size, MSG_DONTWAIT);
    return n < 0 ? -errno : n;
}

static void follow_answer(struct talking *k, const uint8_t *bytes, size_t n)
{
    size_t used;

    while (n && !k->no_answer) {
        k->no_answer = http_response_feed(&k->answer, bytes, n, &used) < 0;
        bytes += used;
        n -= used;
    }
}

/* The connection has ended. */
static void end_answer(struct talking *k)
{
    struct attempt *a = k->t->a;

    a->answer_body_bytes = k->answer.body_bytes;
    a->answer_length = k->answer.has_length ? k->answer.length : 0;
    a->answer_cut = http_response_finish(&k->answer) < 0;
    if (a->answer_cut)
        evidence_say(k->t->g->e, "recv", clock_now_ns(), "the HTTP response is not whole");
}

static void keep(struct talking *k, const uint8_t *bytes, size_t n)
{
    struct attempt *a = k->t->a;
    size_t room = sizeof(a->peek) - a->peek_len;

    k->last_ns = clock_now_ns();
    if (!a->received_bytes)
        a->first_byte_ns = k->last_ns - k->connected_ns;
    a->received_bytes += n;
    if (!k->t->datagram) {
        frame_look_feed(&k->came, bytes, n);
        frame_look_facts(&k->came, &a->frame_came);
        follow_answer(k, bytes, n);
    }
    if (n > room)
        n = room;
    memcpy(a->peek + a->peek_len, bytes, n);
    a->peek_len += n;
}

/* What came tells all that there is to tell: nothing is gained by waiting for more. */
static bool is_decided(const struct talking *k)
{
    const struct attempt *a = k->t->a;

    if (!a->received_bytes)
        return false;
    if (k->t->datagram || a->frame_came.state == FRAME_BAD ||
        a->frame_came.state == FRAME_SWAPPED)
        return true;
    return a->frame_came.state == FRAME_WHOLE && a->frame_sent.state == FRAME_WHOLE;
}

/* Read until the peer ends it, nothing more is to be learned, or the time is over. */
static void listen_to(struct talking *k, uint64_t until_ns)
{
    struct trying *t = k->t;
    struct attempt *a = t->a;
    uint8_t bytes[4096];

    k->last_ns = clock_now_ns();
    while (!a->peer_closed && !a->recv_error) {
        ssize_t n = get(t, bytes, sizeof(bytes));

        if (n == -EAGAIN) {
            if (!trying_wait(t, POLLIN, until_ns))
                break;
        } else if (n < 0) {
            a->recv_error = (int)n;
        } else if (n == 0 && !t->datagram) {
            a->peer_closed = true;
        } else {
            keep(k, bytes, (size_t)n);
        }
        if (is_decided(k) || clock_now_ns() >= until_ns)
            break;
    }
    a->listened = !gather_stopped(t->g);
    a->quiet_ns = clock_now_ns() - k->last_ns;
}

/* --- saying what was seen ----------------------------------------------------------------- */

static void say_frame(const struct trying *t, const char *source, const char *whose,
                      const struct frame_facts *f)
{
    static const char *const words[] = {
        [FRAME_WHOLE] = "a whole message",
        [FRAME_CUT] = "a message that is cut",
        [FRAME_SWAPPED] = "a message whose length is byte-swapped",
        [FRAME_BAD] = "a message with a broken header",
    };

    if (f->state != FRAME_NONE)
        evidence_say(t->g->e, source, clock_now_ns(), "%s: %s%s%s", whose, words[f->state],
                     f->why[0] ? ": " : "", f->why);
}

static void say_exchange(const struct trying *t)
{
    const struct attempt *a = t->a;
    uint64_t now = clock_now_ns();
    char first[80], n[TEXT_NUMBER_BYTES];
    struct evidence_line *line;

    if (a->sent_bytes)
        evidence_say(t->g->e, "send", now, "%s bytes", text_number(a->sent_bytes, n));
    if (a->request.why[0])
        evidence_say(t->g->e, "send", now, "it is an HTTP request: %s", a->request.why);
    say_frame(t, "send", "what was sent", &a->frame_sent);
    if (a->received_bytes) {
        text_clean(a->peek, a->peek_len, first, sizeof(first));
        line = evidence_say(t->g->e, "recv", now, "%s bytes: %s",
                            text_number(a->received_bytes, n), first);
        if (line)
            line->content = true;
    }
    say_frame(t, "recv", "what came", &a->frame_came);
    if (a->recv_error)
        evidence_say(t->g->e, "recv", now, "%s (%s)", strerrordesc_np(-a->recv_error),
                     err_name(a->recv_error));
    if (a->peer_closed)
        evidence_say(t->g->e, "recv", now, "the peer closed its side");
}

/* The peer may refuse us behind the handshake (RFC 8446, 4.4.2.4). */
static void take_late_alert(struct trying *t)
{
    const struct tls_try_facts *f = tls_try_facts(t->tls);

    if (f->has_alert_in && !t->a->tls.has_alert_in)
        evidence_say(t->g->e, "handshake", clock_now_ns(), "%s", f->why);
    t->a->tls = *f;
}

void gather_talk(struct trying *t)
{
    const struct why_wish *wish = t->g->wish;
    struct talking k = {.t = t, .connected_ns = clock_now_ns()};
    bool sends = wish->send || wish->send_size;
    uint64_t wait_ns = sends || t->datagram ? WHY_WAIT_NS : GREETING_NS;

    if (wish->wait_ns)
        wait_ns = wish->wait_ns;
    frame_look_init(&k.came);
    /* Nothing else can be observed of a datagram socket than what comes of a datagram. */
    if (t->datagram && (!sends || !(wish->send_len + wish->send_size)))
        send_nothing(t);
    choose_bytes(&k);
    look_at_sent(&k);
    send_some(&k, k.connected_ns + wait_ns);
    if (t->to_group)
        learn_port(t);
    /* What does not take it all was watched for as long already. */
    listen_to(&k, clock_now_ns() + (t->a->unsent_bytes ? wait_ns / 2 : wait_ns));
    say_exchange(t);
    if (t->a->peer_closed && !k.no_answer)
        end_answer(&k);
    if (t->tls)
        take_late_alert(t);
    frame_look_done(&k.came);
    free(k.pattern);
}
