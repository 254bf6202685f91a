/* A socket that is there: its rows twice, and its packets and the kernel's events meanwhile. */
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/tcp_info.h"
#include "core/why/gather_internal.h"

/* Bytes that came just before the watch began may still be fetched by a program that is merely
 * slow, and silence that has just begun may be a packet or two that were lost: then it is looked at
 * once more. */
#define DOUBT_NS (1000 * CLOCK_MS_NS)
/* Timeouts in a row that may still be so; the next one comes within another second where the round
 * trip is short (RFC 6298: 200 ms and twice as long each time).  The first is late where it was long
 * before. */
#define FEW_TIMEOUTS 2

static struct sighting *ours(const struct gathering *g)
{
    for (size_t i = 0; i < g->e->n_sightings; i++)
        if (g->e->sightings[i].role == ROLE_OURS)
            return &g->e->sightings[i];
    return NULL;
}

/* Several sockets may have the address that was asked for: a listener and what it accepted, a
 * connection and what is left of one before.  A listener is what an address alone means. */
static unsigned fitness(const struct sighting *s, bool peer_asked)
{
    if (!peer_asked && s->row.state == STATE_LISTEN)
        return 4;
    if (s->row.kind == KIND_MPTCP) /* its subflow has the queues */
        return 1;
    return s->row.state == STATE_TIME_WAIT ? 2 : 3;
}

static bool same(const struct addr *one, const struct addr *other)
{
    struct addr a = addr_unmapped(one), b = addr_unmapped(other);

    return addr_equal(&a, &b);
}

/* One socket is ours; whose peer is not its is nobody's. */
static void choose_ours(struct gathering *g)
{
    bool peer_asked = g->wish->peer.family != AF_UNSPEC;
    struct sighting *best = NULL;

    for (size_t i = 0; i < g->e->n_sightings; i++) {
        struct sighting *s = &g->e->sightings[i];

        if (s->role == ROLE_OURS &&
            (!best || fitness(s, peer_asked) > fitness(best, peer_asked)))
            best = s;
    }
    for (size_t i = 0; best && i < g->e->n_sightings; i++) {
        struct sighting *s = &g->e->sightings[i];

        if (s->role == ROLE_OURS && s != best)
            s->role = s->row.state == STATE_LISTEN ? ROLE_LISTENER : ROLE_SAME_PORT;
        else if (s->role == ROLE_PEER && (s == best || !same(&s->row.local, &best->row.peer)))
            s->role = ROLE_SAME_PORT;
    }
}

/* The peer, where it was left open, is that of the row. */
static struct addr peer_of(const struct gathering *g)
{
    const struct sighting *s = ours(g);

    return s ? s->row.peer : g->wish->peer;
}

/* Its own state tells all: nothing would change by waiting. */
static bool is_settled(const struct sighting *s)
{
    return s->row.state == STATE_TIME_WAIT ||
           (!s->row.inode && s->row.state != STATE_ESTABLISHED);
}

static bool is_just_silent(const struct sighting *s)
{
    uint64_t timeouts, before, after, unacked = 0;

    tcp_info_read(&s->detail_later, TCP_INFO_unacked, &unacked);
    return tcp_info_read(&s->detail_later, TCP_INFO_timeouts, &timeouts) &&
           (timeouts || unacked) && timeouts <= FEW_TIMEOUTS &&
           tcp_info_read(&s->detail, TCP_INFO_segs_in, &before) &&
           tcp_info_read(&s->detail_later, TCP_INFO_segs_in, &after) && before == after;
}

static bool is_read_slowly(const struct sighting *s)
{
    uint64_t since_ms, window;

    if (!s->row.rqueue || s->row_later.rqueue < s->row.rqueue || s->row.state == STATE_LISTEN ||
        process_is_stopped(&s->process))
        return false;
    /* A full queue is no matter of a moment. */
    if (tcp_info_read(&s->detail_later, TCP_INFO_rcv_wnd, &window) && window == 0)
        return false;
    return !tcp_info_read(&s->detail_later, TCP_INFO_last_data_recv, &since_ms) ||
           since_ms * CLOCK_MS_NS < s->between_ns + DOUBT_NS;
}

static void watch_rows(struct gathering *g)
{
    const struct why_wish *w = g->wish;
    uint64_t until_ns = g->rows_ns + (w->wait_ns ? w->wait_ns : WHY_WAIT_NS);
    const struct sighting *s = ours(g);

    if (s && is_settled(s))
        return;
    gather_sleep_until(g, until_ns);
    gather_rows_again(g, w->protocol, w->local.port);
    if (s && s->row_later.state && (is_read_slowly(s) || is_just_silent(s)) && !w->wait_ns) {
        gather_sleep_until(g, until_ns + DOUBT_NS);
        gather_rows_again(g, w->protocol, w->local.port);
    }
}

static void say_home(struct gathering *g)
{
    const struct route_facts *home = &g->e->home;
    char local[ADDR_TEXT_BYTES];

    if (!home->seen)
        return;
    addr_format_ip(&g->wish->local, local);
    if (home->error)
        evidence_say(g->e, "rtnetlink", clock_now_ns(), "no interface has the address %s%s%s",
                     local, home->interface[0] ? "; one that is down: " : "", home->interface);
    else
        evidence_say(g->e, "rtnetlink", clock_now_ns(), "%s is an address of %s: %s", local,
                     home->interface,
                     !home->up       ? "down"
                     : home->carrier ? "up"
                                     : "up, without a carrier");
}

/* Connections in TIME_WAIT to the same server use up ports, those of the same server memory. */
static bool count_time_waits(void *ctx, const struct snapshot *s)
{
    struct gathering *g = ctx;

    g->e->time_waits += s->n_rows;
    return true;
}

static void look_at_time_waits(struct gathering *g, const struct sighting *s)
{
    struct wish *w = mem_new(1, sizeof(*w));
    char text[64];

    snprintf(text, sizeof(text), "sport = :%u or dport = :%u", s->row.local.port,
             s->row.peer.port);
    if (filter_parse(text, &w->filter, NULL) < 0)
        w->filter = NULL;
    w->kinds = KIND_BIT(KIND_TCP);
    w->states = 1U << STATE_TIME_WAIT;
    g->probes->sockets_list(w, count_time_waits, g, NULL);
    wish_free(w);
    evidence_say(g->e, "sock_diag", clock_now_ns(),
                 "%zu connections in TIME_WAIT with port %u, or to port %u", g->e->time_waits,
                 s->row.local.port, s->row.peer.port);
}

/* A socket that connects is asked about as if we had called connect(2) ourselves. */
static void as_attempt(struct gathering *g, const struct sighting *s)
{
    struct attempt *a = evidence_attempt(g->e);

    if (!a)
        return;
    g->e->subject = WHY_CONNECT;
    g->e->endpoint.port = s->row.peer.port;
    *a = (struct attempt){.call = "connect",
                          .undecided = true,
                          .to = s->row.peer,
                          .from = s->row.local,
                          .cookie = s->row.cookie,
                          .began_ns = g->rows_ns,
                          .elapsed_ns = clock_now_ns() - g->rows_ns};
    g->probes->route_look(
        &(struct route_question){.protocol = g->wish->protocol, .to = a->to, .from = a->from},
        &a->route);
}

/* One that connects has to do with what is on the port that it connects to. */
static void look_at_rows(struct gathering *g)
{
    const struct why_wish *w = g->wish;
    struct row own = {.local = w->local, .peer = w->peer};
    const struct sighting *s;

    gather_rows(g, w->protocol, w->local.port, &own);
    choose_ours(g);
    s = ours(g);
    if (s && s->row.state == STATE_SYN_SENT) {
        own = s->row;
        gather_rows(g, w->protocol, own.peer.port, &own);
    }
}

static void look_at_route(struct gathering *g, const struct addr *peer)
{
    struct route_question question = {
        .protocol = g->wish->protocol, .to = *peer, .from = g->wish->local};
    const struct sighting *s = ours(g);

    if (s && s->detail.known & DETAIL_MARK)
        question.mark = s->detail.mark;
    g->probes->route_look(&question, &g->e->route);
}

/* It may have changed meanwhile; and what waits for its interface. */
static void look_at_route_again(struct gathering *g, const struct addr *peer)
{
    struct queue_facts before = g->e->route.queue;
    const struct queue_facts *after = &g->e->route.queue;
    char waiting[TEXT_NUMBER_BYTES];

    look_at_route(g, peer);
    if (!before.seen || !after->seen || strcmp(before.kind, after->kind) != 0 ||
        after->dropped_pkts < before.dropped_pkts)
        return;
    g->e->queue_dropped_pkts = after->dropped_pkts - before.dropped_pkts;
    if (after->backlog_bytes || g->e->queue_dropped_pkts)
        evidence_say(g->e, "rtnetlink", clock_now_ns(),
                     "the queue of %s (%s) holds %s bytes and dropped %llu packets meanwhile",
                     g->e->route.interface, after->kind,
                     text_number(after->backlog_bytes, waiting),
                     (unsigned long long)g->e->queue_dropped_pkts);
}

static void look_around(struct gathering *g, const struct addr *peer,
                        struct firewall_question *question)
{
    g->probes->home_look(&g->wish->local, &g->e->home);
    say_home(g);
    question->remote = *peer;
    look_at_route(g, peer);
    memcpy(question->interface, g->e->route.interface, sizeof(question->interface));
    question->remote_is_here = g->e->route.kind == ROUTE_LOCAL;
    gather_surroundings_before(g, question);
}

void gather_socket(struct gathering *g)
{
    const struct why_wish *w = g->wish;
    struct firewall_question question = {
        .protocol = w->protocol, .local = w->local, .established = true};
    bool watched = w->peer.family != AF_UNSPEC;
    const struct sighting *s;
    struct addr peer;

    g->e->local = w->local;
    g->e->peer = w->peer;
    if (watched)
        gather_watch_begin(g, w->protocol, w->local.port, &w->peer, 1);
    look_at_rows(g);
    s = ours(g);
    peer = g->e->peer = peer_of(g);
    if (!watched)
        gather_watch_begin(g, w->protocol, w->local.port, &peer, 1);
    look_around(g, &peer, &question);
    gather_watch_ready(g);
    watch_rows(g);
    g->acted_ns = clock_now_ns();
    if (s && s->row.state == STATE_TIME_WAIT)
        look_at_time_waits(g, s);
    if (s && s->row.state == STATE_SYN_SENT)
        as_attempt(g, s);
    gather_surroundings_after(g, &question);
    look_at_route_again(g, &peer);
    gather_watch_end(g);
    /* A SYN is repeated ever more rarely: none may have been due. */
    if (g->e->n_attempts && !g->e->attempts[0].wire.packets_out)
        g->e->attempts[0].wire.incomplete = true;
}
