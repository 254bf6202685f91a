/* The attempt to reach an endpoint: connect(2) to each of its addresses as a plain program does,
 * then what was asked to be sent, and what comes back. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/why/gather_internal.h"

#define SLICE_MS 10
/* Without anything to send: for a peer that closes or resets at once. */
#define GREETING_NS (150 * CLOCK_MS_NS)

struct trying {
    struct gathering *g;
    struct attempt *a;
    int fd;
    bool datagram;
};

static uint64_t or_usual(uint64_t wished, uint64_t usual)
{
    return wished ? wished : usual;
}

/* Wait for the socket; what poll(2) said, 0 when the time is over. */
static short wait_until(const struct trying *t, short events, uint64_t until_ns)
{
    struct pollfd p = {.fd = t->fd, .events = events};

    while (!gather_stopped(t->g)) {
        if (poll(&p, 1, SLICE_MS) > 0)
            return p.revents;
        if (clock_now_ns() >= until_ns)
            return 0;
    }
    return 0;
}

static void name_ends(struct trying *t)
{
    struct sockname name = {.len = sizeof(name.sa)};
    socklen_t len = sizeof(t->a->cookie);

    if (getsockname(t->fd, (struct sockaddr *)&name.sa, &name.len) == 0)
        t->a->from = addr_from_sockname(&name);
    if (getsockopt(t->fd, SOL_SOCKET, SO_COOKIE, &t->a->cookie, &len) < 0)
        t->a->cookie = 0;
}

static void fail(struct trying *t, const char *call, int error)
{
    t->a->call = call;
    t->a->error = -error;
}

/* What a pending connect came to. */
static void finish_connect(struct trying *t)
{
    uint64_t patience = or_usual(t->g->wish->timeout_ns, WHY_SILENCE_NS);
    socklen_t len = sizeof(int);
    int error = 0;

    if (!wait_until(t, POLLOUT, t->a->began_ns + patience)) {
        t->a->undecided = true;
        return;
    }
    if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
        error = errno;
    if (error)
        fail(t, "connect", error);
}

static void do_connect(struct trying *t)
{
    struct sockname to = sockname_from_addr(&t->a->to);
    int r;

    t->a->call = "connect";
    t->a->began_ns = clock_now_ns();
    r = connect(t->fd, (struct sockaddr *)&to.sa, to.len) < 0 ? -errno : 0;
    name_ends(t);
    if (r == -EINPROGRESS) {
        finish_connect(t);
    } else if (r < 0) {
        fail(t, "connect", -r);
        t->a->in_call = true;
    }
    t->a->elapsed_ns = clock_now_ns() - t->a->began_ns;
}

static void say_attempt(const struct trying *t)
{
    char to[ADDR_TEXT_BYTES], from[ADDR_TEXT_BYTES], took[TEXT_DURATION_BYTES];
    const struct attempt *a = t->a;

    addr_format(&a->to, to);
    addr_format(&a->from, from);
    text_duration(a->elapsed_ns, took);
    if (a->undecided)
        evidence_say(t->g->e, a->call, a->began_ns, "to %s from %s: no answer within %s", to,
                     from, took);
    else if (a->error)
        evidence_say(t->g->e, a->call, a->began_ns, "to %s from %s: %s (%s) after %s", to, from,
                     strerrordesc_np(-a->error), err_name(a->error), took);
    else
        evidence_say(t->g->e, a->call, a->began_ns, "to %s from %s: done after %s", to, from,
                     took);
}

/* --- what is said over it ------------------------------------------------------------------- */

static void send_some(struct trying *t, uint64_t until_ns)
{
    const struct why_wish *wish = t->g->wish;
    struct attempt *a = t->a;

    while (a->sent_bytes < wish->send_len && !a->send_error) {
        ssize_t n = send(t->fd, wish->send + a->sent_bytes, wish->send_len - a->sent_bytes,
                         MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n >= 0)
            a->sent_bytes += (uint64_t)n;
        else if (errno != EAGAIN)
            a->send_error = -errno;
        else if (!wait_until(t, POLLOUT, until_ns))
            break;
    }
    a->unsent_bytes = wish->send_len - a->sent_bytes;
    if (a->send_error)
        evidence_say(t->g->e, "send", clock_now_ns(), "%s (%s) after %llu bytes",
                     strerrordesc_np(-a->send_error), err_name(a->send_error),
                     (unsigned long long)a->sent_bytes);
}

static void keep(struct attempt *a, const uint8_t *bytes, size_t n, uint64_t connected_ns)
{
    size_t room = sizeof(a->peek) - a->peek_len;

    if (!a->received_bytes)
        a->first_byte_ns = clock_now_ns() - connected_ns;
    a->received_bytes += n;
    if (n > room)
        n = room;
    memcpy(a->peek + a->peek_len, bytes, n);
    a->peek_len += n;
}

/* Read until the peer ends it, nothing more is to be learned, or the time is over. */
static void listen_to(struct trying *t, uint64_t connected_ns, uint64_t until_ns)
{
    struct attempt *a = t->a;
    uint8_t bytes[4096];

    while (!a->peer_closed && !a->recv_error && wait_until(t, POLLIN, until_ns)) {
        ssize_t n = recv(t->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

        if (n < 0 && errno != EAGAIN)
            a->recv_error = -errno;
        else if (n == 0 && !t->datagram)
            a->peer_closed = true;
        else if (n >= 0)
            keep(a, bytes, (size_t)n, connected_ns);
        if (a->received_bytes && t->datagram)
            return;
    }
}

static void say_exchange(const struct trying *t)
{
    const struct attempt *a = t->a;
    uint64_t now = clock_now_ns();

    if (a->sent_bytes)
        evidence_say(t->g->e, "send", now, "%llu bytes", (unsigned long long)a->sent_bytes);
    if (a->received_bytes)
        evidence_say(t->g->e, "recv", now, "%llu bytes", (unsigned long long)a->received_bytes);
    if (a->recv_error)
        evidence_say(t->g->e, "recv", now, "%s (%s)", strerrordesc_np(-a->recv_error),
                     err_name(a->recv_error));
    if (a->peer_closed)
        evidence_say(t->g->e, "recv", now, "the peer closed its side");
}

static void talk(struct trying *t)
{
    const struct why_wish *wish = t->g->wish;
    uint64_t now = clock_now_ns();
    uint64_t wait_ns = or_usual(wish->wait_ns, wish->send ? WHY_WAIT_NS : GREETING_NS);

    /* Nothing else can be observed of a datagram socket than what comes of a datagram. */
    if (t->datagram && !wish->send && send(t->fd, "", 0, MSG_NOSIGNAL) < 0)
        t->a->send_error = -errno;
    if (t->datagram && !wish->send)
        wait_ns = or_usual(wish->wait_ns, WHY_WAIT_NS);
    send_some(t, now + wait_ns);
    listen_to(t, now, clock_now_ns() + wait_ns);
    say_exchange(t);
}

/* --- one address ---------------------------------------------------------------------------- */

/* connect(2) to "any address" goes to this host. */
static struct addr meant(const struct addr *to)
{
    static const uint8_t four[4] = {127, 0, 0, 1}, six[16] = {[15] = 1};

    if (!addr_is_any(to))
        return *to;
    return to->family == AF_INET6 ? addr_make(AF_INET6, six, to->port)
                                  : addr_make(AF_INET, four, to->port);
}

static void try_address(struct gathering *g, const struct addr *to, bool datagram)
{
    struct trying t = {.g = g, .a = evidence_attempt(g->e), .datagram = datagram};

    if (!t.a)
        return;
    t.a->to = meant(to);
    t.a->began_ns = clock_now_ns();
    g->probes->route_look(&t.a->to, &t.a->route);
    t.fd = socket(to->family,
                  (datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (t.fd < 0) {
        fail(&t, "socket", errno);
        t.a->in_call = true;
        say_attempt(&t);
        return;
    }
    do_connect(&t);
    say_attempt(&t);
    if (!t.a->error && !t.a->undecided)
        talk(&t);
    if (t.a->undecided || (t.a->error && !t.a->in_call))
        g->probes->route_look(&t.a->to, &t.a->route); /* the neighbour has had its time */
    gather_way(g, t.a);
    gather_keep(g, t.fd);
}

/* --- all of them ------------------------------------------------------------------------------ */

static struct row own_row(const struct attempt *a)
{
    struct row row = {.cookie = a->cookie, .local = a->from, .peer = a->to};

    return row;
}

static void look_translation(struct gathering *g, uint8_t protocol, const struct attempt *a)
{
    struct translation_facts *t = &g->e->surroundings.translation;
    char asked[ADDR_TEXT_BYTES], real[ADDR_TEXT_BYTES];

    if (g->probes->translation_look(protocol, &a->from, &a->to, t, NULL) == 0 && t->translated)
        evidence_say(g->e, "conntrack", clock_now_ns(), "what goes to %s is sent to %s",
                     addr_format(&a->to, asked), addr_format(&t->real_peer, real));
}

void gather_connect(struct gathering *g)
{
    bool datagram = g->wish->endpoint.scheme == ENDPOINT_UDP;
    uint8_t protocol = datagram ? IPPROTO_UDP : IPPROTO_TCP;
    struct addr addresses[EVIDENCE_ATTEMPTS];
    size_t n = gather_addresses(g, addresses, EVIDENCE_ATTEMPTS);
    struct firewall_question question = {.protocol = protocol};
    const struct attempt *last;
    struct row own;

    if (!n)
        return;
    for (size_t i = 0; i < n; i++)
        addresses[i] = meant(&addresses[i]);
    question.remote = addresses[0];
    /* Of several the rules are judged for any. */
    if (n > 1)
        question.remote = (struct addr){.port = addresses[0].port};
    g->probes->interface_to(&addresses[0], question.interface);
    question.remote_is_here = strcmp(question.interface, "lo") == 0;
    gather_watch_begin(g, protocol, g->wish->endpoint.port, addresses, n);
    gather_surroundings_before(g, &question);
    gather_watch_ready(g);
    for (size_t i = 0; i < n && !gather_stopped(g); i++) {
        try_address(g, &addresses[i], datagram);
        last = &g->e->attempts[g->e->n_attempts - 1];
        if (!last->error && !last->undecided)
            break;
    }
    g->acted_ns = clock_now_ns();
    last = &g->e->attempts[g->e->n_attempts - 1];
    own = own_row(last);
    gather_rows(g, protocol, g->wish->endpoint.port, &own);
    if (last->error == -EADDRNOTAVAIL || last->error == -EAGAIN)
        gather_ports(g, protocol, &last->to);
    look_translation(g, protocol, last);
    gather_watch_end(g);
    gather_surroundings_after(g, &question);
}
