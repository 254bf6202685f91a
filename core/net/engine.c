#include "core/net/engine.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utlist.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/model/journal.h"
#include "core/model/transcript.h"
#include "core/net/attach.h"
#include "core/net/net.h"
#include "core/net/resolve.h"
#include "core/net/server.h"
#include "core/net/session.h"

#define COMMANDS_WAITING 256
#define EVENTS_WAITING 1024
/* How often changed counters are told; changes of our own sessions are told at once. */
#define TELL_NS (100 * CLOCK_MS_NS)

struct engine {
    struct net net;
    pthread_t thread;
    struct queue *commands, *events;
    struct bell news;
    struct watch commands_watch;
    struct timer tell_timer;
    atomic_ullong next_command;
    struct watch stop_watch;                /* an eventfd: end the thread */
    uint64_t journal_told, transcript_told; /* ring heads when the bell last rang */
    struct waiting_reply *replies;          /* utlist; while any waits no command is taken */
    struct serving *serving;                /* names of servers being looked up */
};

/* A reply that found the queue full. */
struct waiting_reply {
    struct event event;
    struct waiting_reply *next;
};

/* A serve command whose host is a name. */
struct serving {
    struct engine *engine;
    struct command command;
    struct question *question;
    struct serving *prev, *next;
};

/* ---- events --------------------------------------------------------------------------- */

/* True when no reply waits any more. */
static bool push_replies(struct engine *e)
{
    while (e->replies && queue_push(e->events, &e->replies->event)) {
        struct waiting_reply *told = e->replies;

        LL_DELETE(e->replies, told);
        free(told);
    }
    return !e->replies;
}

static void reply(struct engine *e, const struct command *command, uint64_t id,
                  const struct err *err, const char *text)
{
    struct waiting_reply *w = mem_new(1, sizeof(*w));

    w->event = (struct event){.kind = EVENT_REPLY, .at_ns = clock_now_ns()};
    w->event.reply.command_id = command->id;
    w->event.reply.id = id;
    if (err)
        w->event.reply.err = *err;
    snprintf(w->event.reply.text, sizeof(w->event.reply.text), "%s", text);
    LL_APPEND(e->replies, w);
    push_replies(e);
}

static void tell_sessions(struct engine *e)
{
    struct session *s, *next;

    DL_FOREACH_SAFE(e->net.dirty_sessions, s, next)
    {
        struct event ev = {.kind = EVENT_SESSION, .at_ns = loop_now(e->net.loop)};

        session_status(s, &ev.session);
        if (!queue_push(e->events, &ev))
            return;
        session_heard(s);
    }
    /* Nothing waits to be told: brief sessions may be told of again. */
    e->net.brief_sessions = 0;
}

static void tell_servers(struct engine *e)
{
    struct server *s, *next;

    HASH_ITER(hh, e->net.servers, s, next)
    {
        struct event ev = {.kind = EVENT_SERVER, .at_ns = loop_now(e->net.loop)};

        if (!s->traffic.changed)
            continue;
        server_status(s, &ev.server);
        if (!queue_push(e->events, &ev))
            return;
        s->traffic.changed = false;
        if (!ev.server.listening)
            server_free(s);
    }
}

static void tell(struct engine *e)
{
    e->net.urgent = false;
    if (!push_replies(e))
        return;
    loop_change(e->net.loop, &e->commands_watch, EPOLLIN);
    tell_servers(e);
    tell_sessions(e);
}

static void tell_tick(struct timer *t)
{
    tell(t->owner);
}

static bool server_changed(const struct engine *e)
{
    for (const struct server *s = e->net.servers; s; s = s->hh.next)
        if (s->traffic.changed)
            return true;
    return false;
}

static void after_turn(void *owner)
{
    struct engine *e = owner;

    if (e->net.dead_sessions)
        session_bury(&e->net);
    if (e->net.urgent)
        tell(e);
    if (!e->tell_timer.slot && (e->net.dirty_sessions || e->replies || server_changed(e)))
        loop_timer_set(e->net.loop, &e->tell_timer, loop_now(e->net.loop) + TELL_NS);
    if (ring_head(e->net.journal) != e->journal_told ||
        ring_head(e->net.transcript) != e->transcript_told) {
        e->journal_told = ring_head(e->net.journal);
        e->transcript_told = ring_head(e->net.transcript);
        bell_ring(&e->news);
    }
}

static void session_has_ended(struct net *net, const struct session *s)
{
    struct server *server = NULL;

    HASH_FIND(hh, net->servers, &s->server_id, sizeof(s->server_id), server);
    if (!server)
        return;
    server->open_sessions--;
    server->traffic.changed = true;
}

/* ---- commands ------------------------------------------------------------------------- */

/* The session a command means: the named one, else the newest of ours that can be used. */
static struct session *find_session(struct engine *e, uint64_t id)
{
    struct session *found = NULL;

    if (id) {
        HASH_FIND(hh, e->net.sessions, &id, sizeof(id), found);
        return found;
    }
    for (struct session *s = e->net.sessions; s; s = s->hh.next)
        if (!s->server_id && !session_ended(s))
            found = s;
    return found;
}

static struct server *find_server(struct engine *e, uint64_t id)
{
    struct server *found = NULL;

    if (id) {
        HASH_FIND(hh, e->net.servers, &id, sizeof(id), found);
        return found && server_listening(found) ? found : NULL;
    }
    for (struct server *s = e->net.servers; s; s = s->hh.next)
        if (server_listening(s))
            found = s;
    return found;
}

static void no_such(struct engine *e, const struct command *command, const char *what)
{
    struct err err;
    char id[32] = "";

    if (command->target_id)
        snprintf(id, sizeof(id), "%llu", (unsigned long long)command->target_id);
    err_set(&err, -ENOENT, verbs[command->verb].name, id,
            command->target_id ? "there is no such %s" : "there is no %s to do it with", what);
    reply(e, command, 0, &err, "");
}

static void do_connect(struct engine *e, const struct command *command)
{
    struct session *s;

    if (command->attach_fd >= 0)
        s = attach_dial(&e->net, &command->endpoint, &command->connect, command->attach_fd);
    else
        s = session_dial(&e->net, &command->endpoint, &command->connect,
                         command->quiet ? &quiet_behaviour : &transcript_behaviour, NULL);
    reply(e, command, s->id, NULL, "");
}

static void serve_at(struct engine *e, const struct command *command, const struct addr *addr)
{
    struct server *s = NULL;
    struct err err = {0};
    char text[200] = "", wanted[ADDR_TEXT_BYTES], got[ENDPOINT_TEXT_BYTES];
    int r = server_listen(&e->net, service_find(command->service), command, addr, &s, &err);

    if (r < 0) {
        reply(e, command, 0, &err, "");
        return;
    }
    if (addr->port && addr->port != s->local.port)
        snprintf(text, sizeof(text), "%s is taken: server %llu listens on %.110s instead",
                 addr_format(addr, wanted), (unsigned long long)s->id,
                 endpoint_format(&s->endpoint, got));
    else
        snprintf(text, sizeof(text), "server %llu: %s listens on %.130s",
                 (unsigned long long)s->id, command->service,
                 endpoint_format(&s->endpoint, got));
    reply(e, command, s->id, NULL, text);
    e->net.urgent = true;
}

static void serving_resolved(void *owner, const struct answer *answer)
{
    struct serving *serving = owner;

    DL_DELETE(serving->engine->serving, serving);
    if (answer->code) {
        reply(serving->engine, &serving->command, 0, &answer->err, "");
    } else if (answer->n == 0) {
        struct err err;

        err_set(&err, -ENOENT, "resolve", serving->command.endpoint.host,
                "the name has no address");
        reply(serving->engine, &serving->command, 0, &err, "");
    } else {
        serve_at(serving->engine, &serving->command, &answer->addresses[0]);
    }
    free(serving);
}

static void do_serve(struct engine *e, const struct command *command)
{
    struct serving *serving;
    struct addr addr;
    struct err err;
    char text[ENDPOINT_TEXT_BYTES];
    int r;

    if (!service_find(command->service)) {
        err_set(&err, -EINVAL, "serve", command->service, "there is no such service");
        service_names(text, sizeof(text));
        err_hint(&err, "services: %s", text);
        reply(e, command, 0, &err, "");
    } else if (command->endpoint.path[0]) {
        serve_at(e, command, &(struct addr){.family = AF_UNIX});
    } else if (endpoint_numeric(&command->endpoint, &addr)) {
        serve_at(e, command, &addr);
    } else {
        serving = mem_new(1, sizeof(*serving));
        serving->engine = e;
        serving->command = *command;
        DL_APPEND(e->serving, serving);
        r = resolve(e->net.loop, &command->endpoint, serving_resolved, serving,
                    &serving->question);
        if (r < 0) {
            struct answer failed = {.code = r};

            err_set(&failed.err, r, "serve", command->endpoint.host, "%s", "");
            serving_resolved(serving, &failed);
        }
    }
}

static void do_send(struct engine *e, const struct command *command, struct session *s)
{
    struct err err;
    size_t taken;

    if (!session_can_send(s)) {
        err_set(&err, -ENOTCONN, "send", "", "session %llu is %s", (unsigned long long)s->id,
                session_state_name(s->state));
        reply(e, command, s->id, &err, "");
        return;
    }
    taken = session_send(s, command->text, command->text_len);
    if (taken == command->text_len) {
        reply(e, command, s->id, NULL, "");
        return;
    }
    err_set(&err, -EAGAIN, "send", "",
            "%zu of %zu bytes taken: the send queue of session %llu "
            "is full",
            taken, command->text_len, (unsigned long long)s->id);
    reply(e, command, s->id, &err, "");
}

static void on_session(struct engine *e, const struct command *command)
{
    struct session *s = find_session(e, command->target_id);
    struct err err;

    if (!s) {
        no_such(e, command, "session");
        return;
    }
    if (command->verb == VERB_SEND) {
        do_send(e, command, s);
        return;
    }
    if (command->verb != VERB_CLOSE && !session_can_send(s)) {
        err_set(&err, -ENOTCONN, verbs[command->verb].name, "", "session %llu is %s",
                (unsigned long long)s->id, session_state_name(s->state));
        reply(e, command, s->id, &err, "");
        return;
    }
    if (command->verb == VERB_FLOOD)
        session_flood(s, command->off ? 0 : command->count ? command->count : UINT64_MAX);
    else if (command->verb == VERB_HALF_CLOSE)
        session_half_close(s);
    else
        session_close(s);
    reply(e, command, s->id, NULL, "");
}

static void do_stop(struct engine *e, const struct command *command)
{
    struct server *s = find_server(e, command->target_id);
    char text[80];

    if (!s) {
        no_such(e, command, "server");
        return;
    }
    snprintf(text, sizeof(text), "server %llu stopped; it had %u sessions open",
             (unsigned long long)s->id, s->open_sessions);
    reply(e, command, s->id, NULL, text);
    server_stop(s);
    e->net.urgent = true;
}

static void carry_out(struct engine *e, const struct command *command)
{
    switch (command->verb) {
    case VERB_CONNECT:
        do_connect(e, command);
        break;
    case VERB_SERVE:
        do_serve(e, command);
        break;
    case VERB_SEND:
    case VERB_FLOOD:
    case VERB_HALF_CLOSE:
    case VERB_CLOSE:
        on_session(e, command);
        break;
    case VERB_STOP:
        do_stop(e, command);
        break;
    default:
        reply(e, command, 0, NULL, "");
        break;
    }
}

static void stop_ready(struct watch *w, uint32_t events)
{
    struct engine *e = w->owner;

    (void)events;
    loop_stop(e->net.loop);
}

static void commands_ready(struct watch *w, uint32_t events)
{
    struct engine *e = w->owner;
    struct command command;

    (void)events;
    while (push_replies(e) && queue_pop(e->commands, &command))
        carry_out(e, &command);
    /* A face that does not read its replies gets no more commands carried out. */
    if (e->replies)
        loop_change(e->net.loop, w, 0);
}

/* ---- the thread ----------------------------------------------------------------------- */

static void close_everything(struct engine *e)
{
    struct session *s, *next;
    struct server *server, *next_server;
    struct serving *serving, *next_serving;

    for (server = e->net.servers; server; server = server->hh.next)
        server_stop(server);
    HASH_ITER(hh, e->net.sessions, s, next)
    session_close(s);
    DL_FOREACH_SAFE(e->serving, serving, next_serving)
    {
        resolve_drop(serving->question);
        free(serving);
    }
    tell(e);
    session_bury(&e->net);
    while (e->net.dirty_sessions)
        session_heard(e->net.dirty_sessions);
    HASH_ITER(hh, e->net.servers, server, next_server)
    server_free(server);
    attach_drop_all(&e->net);
}

static void *engine_thread(void *arg)
{
    struct engine *e = arg;

    loop_run(e->net.loop);
    close_everything(e);
    return NULL;
}

static void release(struct engine *e)
{
    struct waiting_reply *w, *next;

    LL_FOREACH_SAFE(e->replies, w, next)
    free(w);
    loop_free(e->net.loop);
    close(e->stop_watch.fd);
    queue_free(e->commands);
    queue_free(e->events);
    ring_free(e->net.journal);
    ring_free(e->net.transcript);
    bell_done(&e->news);
    free(e);
}

int engine_start(struct engine **ret)
{
    struct engine *e = mem_new(1, sizeof(*e));
    int r = loop_new(&e->net.loop);

    if (r < 0) {
        free(e);
        return r;
    }
    e->commands = queue_new(COMMANDS_WAITING, sizeof(struct command));
    e->events = queue_new(EVENTS_WAITING, sizeof(struct event));
    bell_init(&e->news);
    e->net.journal = journal_new();
    e->net.transcript = transcript_new();
    e->net.next_id = 1;
    e->net.ended = session_has_ended;
    atomic_init(&e->next_command, 1);
    e->tell_timer = (struct timer){.fire = tell_tick, .owner = e};
    e->commands_watch = (struct watch){
        .fd = queue_fd(e->commands), .events = EPOLLIN, .ready = commands_ready, .owner = e};
    e->stop_watch =
        (struct watch){.fd = mem_eventfd(), .events = EPOLLIN, .ready = stop_ready, .owner = e};
    loop_after_turn(e->net.loop, after_turn, e);
    r = loop_add(e->net.loop, &e->commands_watch);
    if (r == 0)
        r = loop_add(e->net.loop, &e->stop_watch);
    if (r == 0)
        r = thread_start(&e->thread, "engine", engine_thread, e);
    if (r < 0) {
        release(e);
        return r;
    }
    *ret = e;
    return 0;
}

void engine_stop(struct engine *e)
{
    struct command rest;

    if (!e)
        return;
    eventfd_write(e->stop_watch.fd, 1);
    pthread_join(e->thread, NULL);
    while (queue_pop(e->commands, &rest))
        if (rest.attach_fd >= 0)
            close(rest.attach_fd);
    release(e);
}

uint64_t engine_post(struct engine *e, const struct command *command)
{
    struct command c = *command;

    c.id = atomic_fetch_add(&e->next_command, 1);
    return queue_push(e->commands, &c) ? c.id : 0;
}

bool engine_takes(const struct engine *e)
{
    return queue_has_room(e->commands);
}

struct queue *engine_events(struct engine *e)
{
    return e->events;
}

struct bell *engine_news(struct engine *e)
{
    return &e->news;
}

const struct ring *engine_journal(const struct engine *e)
{
    return e->net.journal;
}

const struct ring *engine_transcript(const struct engine *e)
{
    return e->net.transcript;
}
