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
/* Between two looks at a connection that does not move: a window's probe and a first repetition
 * take 200 ms each at least. */
#define SECOND_LOOK_NS (450 * CLOCK_MS_NS)

static uint64_t or_usual(uint64_t wished, uint64_t usual)
{
    return wished ? wished : usual;
}

short trying_wait(const struct trying *t, short events, uint64_t until_ns)
{
    struct pollfd p = {.fd = t->fd, .events = events};

    while (!gather_stopped(t->g)) {
        if (poll(&p, 1, SLICE_MS) > 0)
            return p.revents;
        gather_watch_step(t->g);
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

    if (!trying_wait(t, POLLOUT, t->a->began_ns + patience)) {
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

/* connect(2) has shown whether there is a way.  A socket that stays connected hears nobody but the
 * group itself, and IPv6 connects to no group of a link whose interface is not named, though it
 * sends there. */
static void stay_unconnected(struct trying *t)
{
    struct sockaddr none = {.sa_family = AF_UNSPEC};

    if (t->a->error && t->a->error != -EINVAL)
        return;
    t->to_group = connect(t->fd, &none, sizeof(none)) == 0;
    t->a->error = t->to_group ? 0 : t->a->error;
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
        evidence_failed(evidence_say(t->g->e, a->call, a->began_ns,
                                     "to %s from %s: %s (%s) after %s", to, from,
                                     strerrordesc_np(-a->error), err_name(a->error), took),
                        a->error);
    else
        evidence_say(t->g->e, a->call, a->began_ns, "to %s from %s: done after %s", to, from,
                     took);
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

/* Nothing came of it that the peer must have answered. */
static bool is_silent(const struct trying *t)
{
    const struct attempt *a = t->a;

    return a->undecided || (a->error && !a->in_call) ||
           (t->datagram && !a->error && !a->received_bytes);
}

static void try_address(struct gathering *g, const struct addr *to, bool datagram)
{
    struct route_question way = {.protocol = datagram ? IPPROTO_UDP : IPPROTO_TCP,
                                 .to = meant(to)};
    struct trying t = {.g = g, .a = evidence_attempt(g->e), .datagram = datagram};

    if (!t.a)
        return;
    t.a->to = way.to;
    t.a->began_ns = clock_now_ns();
    g->probes->route_look(&way, &t.a->route);
    t.fd = socket(to->family,
                  (datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (t.fd < 0) {
        fail(&t, "socket", errno);
        t.a->in_call = true;
        say_attempt(&t);
        return;
    }
    do_connect(&t);
    if (datagram && gather_is_group(to))
        stay_unconnected(&t);
    say_attempt(&t);
    if (!t.a->error && !t.a->undecided && gather_tls(&t))
        gather_talk(&t);
    tls_try_free(t.tls);
    way.from = t.a->from;
    if (is_silent(&t))
        g->probes->route_look(&way, &t.a->route); /* the neighbour has had its time */
    gather_way(g, t.a);
    gather_keep(g, t.fd);
}

/* --- all of them ------------------------------------------------------------------------------ */

static struct row own_row(const struct attempt *a)
{
    struct row row = {.cookie = a->cookie, .local = a->from, .peer = a->to};

    return row;
}

/* What was sent did not leave, or nothing came back: the sockets are looked at twice. */
static bool is_stalled(const struct attempt *a)
{
    return !a->error && !a->undecided && !a->send_error && !a->recv_error && !a->peer_closed &&
           (a->unsent_bytes || (a->sent_bytes && !a->received_bytes));
}

static void look_translation(struct gathering *g, uint8_t protocol, struct attempt *a)
{
    struct translation_facts *t = &g->e->surroundings.translation;
    struct addr from = addr_unmapped(&a->from);
    char asked[ADDR_TEXT_BYTES], real[ADDR_TEXT_BYTES];

    if (g->probes->translation_look(protocol, &a->from, &a->to, t, NULL) < 0)
        return;
    if (t->real_local.family != AF_UNSPEC && !addr_equal(&t->real_local, &from)) {
        a->outside = t->real_local;
        evidence_say(g->e, "conntrack", clock_now_ns(), "what comes from %s is sent as from %s",
                     addr_format(&a->from, asked), addr_format(&t->real_local, real));
    }
    if (t->translated)
        evidence_say(g->e, "conntrack", clock_now_ns(), "what goes to %s is sent to %s",
                     addr_format(&a->to, asked), addr_format(&t->real_peer, real));
}

/* What this host shows of the attempt that the answer is about. */
static void look_behind(struct gathering *g, struct attempt *last)
{
    bool datagram = g->wish->endpoint.scheme == ENDPOINT_UDP;
    uint8_t protocol = datagram ? IPPROTO_UDP : IPPROTO_TCP;
    struct row own = own_row(last);

    gather_rows(g, protocol, g->wish->endpoint.port, &own);
    if (!datagram && is_stalled(last)) {
        gather_sleep_until(g, g->rows_ns + SECOND_LOOK_NS);
        gather_rows_again(g, protocol, g->wish->endpoint.port);
    }
    gather_groups(g, last);
    gather_tls_library(g, last);
    if (last->error == -EADDRNOTAVAIL || last->error == -EAGAIN)
        gather_ports(g, protocol, &last->to);
    look_translation(g, protocol, last);
}

void gather_connect(struct gathering *g)
{
    bool datagram = g->wish->endpoint.scheme == ENDPOINT_UDP;
    uint8_t protocol = datagram ? IPPROTO_UDP : IPPROTO_TCP;
    struct addr addresses[EVIDENCE_ATTEMPTS];
    size_t n = gather_addresses(g, addresses, EVIDENCE_ATTEMPTS);
    struct firewall_question question = {.protocol = protocol};
    struct attempt *last = NULL;

    if (!n)
        return;
    for (size_t i = 0; i < n; i++)
        addresses[i] = meant(&addresses[i]);
    question.remote = addresses[0];
    /* Of several the rules are judged for any. */
    if (n > 1)
        question.remote = (struct addr){.port = addresses[0].port};
    g->probes->interface_to(&(struct route_question){.protocol = protocol, .to = addresses[0]},
                            question.interface);
    question.remote_is_here = strcmp(question.interface, "lo") == 0;
    gather_watch_begin(g, protocol, g->wish->endpoint.port, addresses, n);
    gather_surroundings_before(g, &question);
    gather_watch_ready(g);
    for (size_t i = 0; i < n && !gather_stopped(g); i++) {
        try_address(g, &addresses[i], datagram);
        last = &g->e->attempts[g->e->n_attempts - 1];
        /* As a client does: what comes behind the connection is no reason for another address. */
        if ((!last->error && !last->undecided) || last->tls.tried)
            break;
    }
    g->acted_ns = clock_now_ns();
    /* Given up before anything was tried there is none. */
    if (last)
        look_behind(g, last);
    gather_watch_end(g);
    gather_surroundings_after(g, &question);
}
