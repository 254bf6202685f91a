/* core/net/net.c - a thread's sessions and servers: how their changes are told. */
#include "core/net/net.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/net/attach.h"
#include "core/net/exchange.h"
#include "core/net/server.h"
#include "core/net/session.h"

/* How often changed counters are told; changes of our own sessions are told at once. */
#define TELL_NS (100 * CLOCK_MS_NS)

/* A reply that found the queue full. */
struct waiting_reply {
    struct event event;
    struct waiting_reply *next;
};

bool net_push_replies(struct net *net)
{
    while (net->replies && queue_push(net->hub->events, &net->replies->event)) {
        struct waiting_reply *told = net->replies;

        LL_DELETE(net->replies, told);
        free(told);
    }
    return !net->replies;
}

void net_reply(struct net *net, const struct command *command, uint64_t id,
               const struct err *err, const char *text)
{
    struct waiting_reply *w = mem_new(1, sizeof(*w));

    w->event = (struct event){.kind = EVENT_REPLY, .at_ns = clock_now_ns()};
    w->event.reply.command_id = command->id;
    w->event.reply.id = id;
    if (err)
        w->event.reply.err = *err;
    snprintf(w->event.reply.text, sizeof(w->event.reply.text), "%s", text);
    LL_APPEND(net->replies, w);
    net_push_replies(net);
}

static void tell_sessions(struct net *net)
{
    struct session *s, *next;

    DL_FOREACH_SAFE(net->dirty_sessions, s, next)
    {
        struct event ev = {.kind = EVENT_SESSION, .at_ns = loop_now(net->loop)};

        session_status(s, &ev.session);
        if (!queue_push(net->hub->events, &ev))
            return;
        session_heard(s);
    }
}

static void tell_servers(struct net *net)
{
    struct server *s, *next;

    HASH_ITER(hh, net->servers, s, next)
    {
        struct event ev = {.kind = EVENT_SERVER, .at_ns = loop_now(net->loop)};

        /* Taken back before the counts are read: what changes meanwhile is told again. */
        if (server_is_shard(s) || !atomic_exchange(&s->tally->changed, false))
            continue;
        server_status(s, &ev.server);
        if (!queue_push(net->hub->events, &ev)) {
            tally_changed(s->tally);
            return;
        }
        if (!ev.server.listening)
            server_free(s);
    }
}

static void settle_traffic(struct net *net)
{
    struct traffic *t = &net->traffic;

    if (!t->tally)
        return;
    if (t->sent_bytes)
        tally_add(&t->tally->sent_bytes, t->sent_bytes);
    if (t->received_bytes)
        tally_add(&t->tally->received_bytes, t->received_bytes);
    tally_changed(t->tally);
    *t = (struct traffic){0};
}

void net_count(struct net *net, struct tally *tally, uint64_t sent_bytes,
               uint64_t received_bytes)
{
    struct traffic *t = &net->traffic;

    if (t->tally != tally) {
        settle_traffic(net);
        t->tally = tally;
    }
    t->sent_bytes += sent_bytes;
    t->received_bytes += received_bytes;
}

/* A server is forgotten here only. */
void net_tell(struct net *net)
{
    settle_traffic(net);
    net->urgent = false;
    if (!net_push_replies(net))
        return;
    if (net->told)
        net->told(net);
    tell_servers(net);
    tell_sessions(net);
}

static void tell_tick(struct timer *t)
{
    net_tell(t->owner);
}

static bool server_changed(const struct net *net)
{
    for (const struct server *s = net->servers; s; s = s->hh.next)
        if (atomic_load_explicit(&s->tally->changed, memory_order_relaxed))
            return true;
    return false;
}

static void after_turn(void *owner)
{
    struct net *net = owner;

    settle_traffic(net);
    if (net->dead_sessions)
        session_bury(net);
    if (net->urgent)
        net_tell(net);
    if (!net->tell_timer.slot && (net->dirty_sessions || net->replies || server_changed(net)))
        loop_timer_set(net->loop, &net->tell_timer, loop_now(net->loop) + TELL_NS);
    if (ring_head(net->journal) != net->journal_told ||
        ring_head(net->transcript) != net->transcript_told) {
        net->journal_told = ring_head(net->journal);
        net->transcript_told = ring_head(net->transcript);
        bell_ring(&net->hub->news);
    }
}

int net_open(struct net *net, struct hub *hub)
{
    int r = loop_new(&net->loop);

    if (r < 0)
        return r;
    net->hub = hub;
    net->journal = hub->journal;
    net->transcript = hub->transcript;
    net->tell_timer = (struct timer){.fire = tell_tick, .owner = net};
    loop_after_turn(net->loop, after_turn, net);
    return 0;
}

void net_close(struct net *net)
{
    struct session *s, *next;
    struct server *server, *next_server;
    struct waiting_reply *w, *next_reply;

    exchange_stop_all(net);
    for (server = net->servers; server; server = server->hh.next)
        server_stop(server);
    HASH_ITER(hh, net->sessions, s, next)
    session_close(s);
    net_tell(net);
    session_bury(net);
    while (net->dirty_sessions)
        session_heard(net->dirty_sessions);
    HASH_ITER(hh, net->servers, server, next_server)
    server_free(server);
    attach_drop_all(net);
    LL_FOREACH_SAFE(net->replies, w, next_reply)
    free(w);
    loop_free(net->loop);
}
