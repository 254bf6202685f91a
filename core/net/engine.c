#include "core/net/engine.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utlist.h>

#include "core/base/mailbox.h"
#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/model/journal.h"
#include "core/model/transcript.h"
#include "core/net/actions.h"
#include "core/net/attach.h"
#include "core/net/exchange.h"
#include "core/net/feed.h"
#include "core/net/net.h"
#include "core/net/resolve.h"
#include "core/net/server.h"
#include "core/net/session.h"
#include "core/net/worker.h"

#define COMMANDS_WAITING 256
#define EVENTS_WAITING 1024

struct engine {
    struct net net; /* first: take_commands() gets it */
    struct hub hub;
    pthread_t thread;
    struct queue *commands;
    struct watch commands_watch;
    atomic_ullong next_command;
    struct watch stop_watch; /* an eventfd: end the thread */
    struct serving *serving; /* names of servers being looked up */
};

/* A serve command whose host is a name. */
struct serving {
    struct engine *engine;
    struct command command;
    struct question *question;
    struct serving *prev, *next;
};

/* ---- commands ------------------------------------------------------------------------- */

static struct server *find_server(struct engine *e, uint64_t id)
{
    struct server *found = NULL;

    if (id) {
        HASH_FIND(hh, e->net.servers, &id, sizeof(id), found);
        return found && found->listening ? found : NULL;
    }
    for (struct server *s = e->net.servers; s; s = s->hh.next)
        if (s->listening)
            found = s;
    return found;
}

/* It is refused: what came with it is released. */
static void refuse_connect(struct engine *e, const struct command *command,
                           const struct err *err)
{
    if (command->attach_fd >= 0)
        close(command->attach_fd);
    net_reply(&e->net, command, 0, err, "");
}

static void do_connect(struct engine *e, const struct command *command)
{
    struct feed *feed = NULL;
    struct session *s;
    struct err err = {0};

    if (command->connect.connections) {
        if (exchange_begin(&e->net, command, &err) < 0)
            refuse_connect(e, command, &err);
        return;
    }
    if (feed_of_settings(&command->connect, &feed, &err) < 0) {
        refuse_connect(e, command, &err);
        return;
    }
    if (command->attach_fd >= 0) {
        if (attach_dial(&e->net, command, feed, &s, &err) < 0) {
            feed_free(feed);
            refuse_connect(e, command, &err);
            return;
        }
    } else {
        s = session_dial(&e->net, &command->endpoint, &command->connect,
                         command->quiet ? &quiet_behaviour : &transcript_behaviour, NULL);
        if (feed && !session_feed(s, feed))
            feed_free(feed);
    }
    net_reply(&e->net, command, s->id, NULL, "");
}

static void serve_at(struct engine *e, const struct command *command, const struct addr *addr)
{
    struct server *s = NULL;
    struct err err = {0};
    char text[200] = "", wanted[ADDR_TEXT_BYTES], got[ENDPOINT_TEXT_BYTES];
    int r = server_listen(&e->net, service_find(command->service), command, addr, &s, &err);

    if (r < 0) {
        net_reply(&e->net, command, 0, &err, "");
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
    net_reply(&e->net, command, s->id, NULL, text);
    e->net.urgent = true;
}

static void serving_resolved(void *owner, const struct answer *answer)
{
    struct serving *serving = owner;

    DL_DELETE(serving->engine->serving, serving);
    if (answer->code) {
        net_reply(&serving->engine->net, &serving->command, 0, &answer->err, "");
    } else if (answer->n == 0) {
        struct err err;

        err_set(&err, -ENOENT, "resolve", serving->command.endpoint.host,
                "the name has no address");
        net_reply(&serving->engine->net, &serving->command, 0, &err, "");
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
    int r;

    if (!service_find(command->service)) {
        err_set(&err, -EINVAL, "serve", command->service, "there is no such service");
        err_hint(&err, "sockeye serve --help, or F1 in the console, lists them");
        net_reply(&e->net, command, 0, &err, "");
    } else if (command->endpoint.path[0]) {
        serve_at(e, command, &(struct addr){.family = AF_UNIX});
    } else if (!command->endpoint.host[0]) {
        addr = addr_make(AF_INET6, &in6addr_any, command->endpoint.port);
        serve_at(e, command, &addr);
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

static void do_stop(struct engine *e, const struct command *command)
{
    struct server *s = find_server(e, command->target_id);
    char text[80];

    if (!s) {
        act_on_nothing(&e->net, command, VERB_SERVE);
        return;
    }
    snprintf(text, sizeof(text), "server %llu stopped; it had %u sessions open",
             (unsigned long long)s->id, atomic_load(&s->tally->open_sessions));
    net_reply(&e->net, command, s->id, NULL, text);
    server_stop(s);
    e->net.urgent = true;
}

/* An option of a listening socket; false when the command means no server. */
static bool set_on_server(struct engine *e, const struct command *command)
{
    const struct server *s = command->target_id ? find_server(e, command->target_id) : NULL;
    struct caller c = {.journal = e->hub.journal, .id = command->target_id};
    struct err err;

    if (!s)
        return false;
    if (s->watch.fd >= 0) {
        act_on_option(&e->net, command, &c, s->watch.fd);
        return true;
    }
    err_set(&err, -EOPNOTSUPP, verbs[command->verb].name, "",
            "server %llu has no socket of its own: each of its workers has one",
            (unsigned long long)s->id);
    err_hint(&err, "serve --option NAME=VALUE sets it on all of them");
    act_on_no_socket(&e->net, command, s->id, &err);
    return true;
}

static void carry_out_on_session(struct engine *e, const struct command *command)
{
    struct err err;
    int r;

    if (command->all || command->n_targets > 1) {
        act_close_several(&e->net, command);
        return;
    }
    if (act_on_session(&e->net, command))
        return;
    r = worker_forward(&e->hub, command);
    if (r == -ENOENT)
        act_on_nothing(&e->net, command, VERB_CONNECT);
    if (r != -EAGAIN)
        return;
    err_set(&err, r, verbs[command->verb].name, "",
            "the thread of session %llu has too many commands to carry out already",
            (unsigned long long)command->target_id);
    net_reply(&e->net, command, command->target_id, &err, "");
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
    case VERB_SET:
    case VERB_GET:
        if (set_on_server(e, command))
            break;
        /* fall through */
    case VERB_SEND:
    case VERB_MESSAGE:
    case VERB_BLOCKING:
    case VERB_SEND_HEX:
    case VERB_SEND_FILE:
    case VERB_REPEAT:
    case VERB_TAG:
    case VERB_FLOOD:
    case VERB_HALF_CLOSE:
    case VERB_CLOSE:
        carry_out_on_session(e, command);
        break;
    case VERB_STOP:
        do_stop(e, command);
        break;
    default:
        net_reply(&e->net, command, 0, NULL, "");
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
    while (net_push_replies(&e->net) && queue_pop(e->commands, &command))
        carry_out(e, &command);
    /* A face that does not read its replies gets no more commands carried out. */
    if (e->net.replies)
        loop_change(e->net.loop, w, 0);
}

/* Replies have found their way: commands are taken again. */
static void take_commands(struct net *net)
{
    struct engine *e = (struct engine *)net;

    loop_change(net->loop, &e->commands_watch, EPOLLIN);
}

/* ---- the thread ----------------------------------------------------------------------- */

static void *engine_thread(void *arg)
{
    struct engine *e = arg;

    loop_run(e->net.loop);
    while (e->serving) {
        struct serving *serving = e->serving;

        DL_DELETE(e->serving, serving);
        resolve_drop(serving->question);
        free(serving);
    }
    net_close(&e->net);
    return NULL;
}

static void release(struct engine *e)
{
    close(e->stop_watch.fd);
    queue_free(e->commands);
    queue_free(e->hub.events);
    free(mailbox_free(e->hub.options));
    ring_free(e->hub.journal);
    ring_free(e->hub.transcript);
    bell_done(&e->hub.news);
    pthread_mutex_destroy(&e->hub.book_lock);
    free(e);
}

static int start_failed(struct engine *e, int r, struct err *err)
{
    release(e);
    return err_set(err, r, "start", "", "%s",
                   r == -EAGAIN ? "there is no thread to be had, or no memory for its stack"
                                : "");
}

int engine_start(struct engine **ret, struct err *err)
{
    struct engine *e = mem_new(1, sizeof(*e));
    int r;

    e->commands = queue_new(COMMANDS_WAITING, sizeof(struct command));
    e->hub.events = queue_new(EVENTS_WAITING, sizeof(struct event));
    bell_init(&e->hub.news);
    e->hub.options = mailbox_new();
    e->hub.journal = journal_new();
    e->hub.transcript = transcript_new();
    pthread_mutex_init(&e->hub.book_lock, NULL);
    atomic_init(&e->hub.next_id, 1);
    atomic_init(&e->next_command, 1);
    e->commands_watch = (struct watch){
        .fd = queue_fd(e->commands), .events = EPOLLIN, .ready = commands_ready, .owner = e};
    e->stop_watch =
        (struct watch){.fd = mem_eventfd(), .events = EPOLLIN, .ready = stop_ready, .owner = e};
    r = net_open(&e->net, &e->hub);
    if (r < 0)
        return start_failed(e, r, err);
    e->net.told = take_commands;
    r = loop_add(e->net.loop, &e->commands_watch);
    if (r == 0)
        r = loop_add(e->net.loop, &e->stop_watch);
    if (r == 0)
        r = thread_start(&e->thread, "engine", engine_thread, e);
    if (r < 0) {
        net_close(&e->net);
        return start_failed(e, r, err);
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

void engine_watch_traffic(struct engine *e)
{
    atomic_store(&e->hub.watches_traffic, true);
}

struct queue *engine_events(struct engine *e)
{
    return e->hub.events;
}

struct bell *engine_news(struct engine *e)
{
    return &e->hub.news;
}

const struct ring *engine_journal(const struct engine *e)
{
    return e->hub.journal;
}

struct mailbox *engine_options(struct engine *e)
{
    return e->hub.options;
}

void engine_keep_data(struct engine *e, size_t most)
{
    journal_keep_data(e->hub.journal, most);
}

const struct ring *engine_transcript(const struct engine *e)
{
    return e->hub.transcript;
}
