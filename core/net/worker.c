#include "core/net/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utlist.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/net/actions.h"
#include "core/net/call.h"
#include "core/net/session.h"

/* What one worker may be told at once; commands beyond that are refused. */
#define INBOX_ERRANDS 64
/* How often a worker whose replies nobody reads looks again. */
#define REPLIES_WAIT_NS (100 * CLOCK_MS_NS)

enum errand_kind {
    ERRAND_CONNECTION,
    ERRAND_COMMAND,
    ERRAND_CLOSE, /* a session, without a reply */
    ERRAND_WAKE   /* for its own sake: what every wake-up looks at */
};

struct errand {
    enum errand_kind kind;
    int fd;
    struct sockname peer;
    struct command *command; /* the worker's to free() */
    uint64_t session_id;
};

struct worker {
    struct net net;
    struct server *server; /* whose thread started this one; it outlives it */
    pthread_t thread;
    struct queue *inbox;
    struct watch inbox_watch;
    struct timer replies_wait; /* the inbox is not looked at until then */
    bool for_one_connection;
    atomic_bool stopping; /* asked to; also when its inbox is full */
    atomic_bool finished;
    struct worker *prev, *next;
};

/* Which worker has a session. */
struct entry {
    uint64_t id;
    char tag[COMMAND_TAG_BYTES + 1];
    struct worker *worker;
    UT_hash_handle hh;
};

/* ---- the hub's book ------------------------------------------------------------------- */

void worker_enter_session(struct worker *w, uint64_t id)
{
    struct hub *hub = w->net.hub;
    struct entry *entry = mem_new(1, sizeof(*entry));

    entry->id = id;
    entry->worker = w;
    pthread_mutex_lock(&hub->book_lock);
    HASH_ADD(hh, hub->book, id, sizeof(entry->id), entry);
    pthread_mutex_unlock(&hub->book_lock);
}

void worker_leave_session(struct worker *w, uint64_t id)
{
    struct hub *hub = w->net.hub;
    struct entry *entry = NULL;

    pthread_mutex_lock(&hub->book_lock);
    HASH_FIND(hh, hub->book, &id, sizeof(id), entry);
    if (entry)
        HASH_DEL(hub->book, entry);
    pthread_mutex_unlock(&hub->book_lock);
    free(entry);
}

void worker_tag_session(struct worker *w, uint64_t id, const char *tag)
{
    struct hub *hub = w->net.hub;
    struct entry *entry = NULL;

    pthread_mutex_lock(&hub->book_lock);
    HASH_FIND(hh, hub->book, &id, sizeof(id), entry);
    if (entry)
        snprintf(entry->tag, sizeof(entry->tag), "%s", tag);
    pthread_mutex_unlock(&hub->book_lock);
}

size_t worker_close_several(struct hub *hub, const struct command *command, size_t *ret_busy)
{
    size_t closed = 0, busy = 0;

    pthread_mutex_lock(&hub->book_lock);
    for (struct entry *e = hub->book; e; e = e->hh.next) {
        struct errand errand = {.kind = ERRAND_CLOSE, .fd = -1, .session_id = e->id};

        if (!act_means(command, e->id, e->tag, true))
            continue;
        if (queue_push(e->worker->inbox, &errand))
            closed++;
        else
            busy++;
    }
    pthread_mutex_unlock(&hub->book_lock);
    *ret_busy = busy;
    return closed;
}

int worker_forward(struct hub *hub, const struct command *command)
{
    struct errand errand = {.kind = ERRAND_COMMAND, .fd = -1};
    struct entry *entry = NULL;
    int r = -ENOENT;

    errand.command = mem_copy(command, sizeof(*command));
    /* Held while it is handed over: the worker cannot end meanwhile, it has a session. */
    pthread_mutex_lock(&hub->book_lock);
    HASH_FIND(hh, hub->book, &command->target_id, sizeof(command->target_id), entry);
    if (entry)
        r = queue_push(entry->worker->inbox, &errand) ? 0 : -EAGAIN;
    pthread_mutex_unlock(&hub->book_lock);
    if (r < 0)
        free(errand.command);
    return r;
}

/* ---- in the worker's thread ----------------------------------------------------------- */

static void run_errand(struct worker *w, const struct errand *errand)
{
    switch (errand->kind) {
    case ERRAND_CONNECTION:
        server_take_connection(w->server, &w->net, errand->fd, &errand->peer);
        break;
    case ERRAND_COMMAND:
        if (!act_on_session(&w->net, errand->command))
            act_on_nothing(&w->net, errand->command, VERB_CONNECT);
        free(errand->command);
        break;
    case ERRAND_CLOSE:
        act_close_quietly(&w->net, errand->session_id);
        break;
    case ERRAND_WAKE:
        break;
    }
}

static void inbox_ready(struct watch *watch, uint32_t events)
{
    struct worker *w = watch->owner;
    struct server *s, *next;
    struct errand errand;

    (void)events;
    while (net_push_replies(&w->net) && queue_pop(w->inbox, &errand))
        run_errand(w, &errand);
    /* A face that does not read its replies gets no more commands carried out; but a stop. */
    if (w->net.replies) {
        loop_change(w->net.loop, &w->inbox_watch, 0);
        loop_timer_set(w->net.loop, &w->replies_wait, loop_now(w->net.loop) + REPLIES_WAIT_NS);
    }
    HASH_ITER(hh, w->net.servers, s, next)
    server_look_for_room(s);
    if (atomic_load(&w->stopping))
        loop_stop(w->net.loop);
}

static void look_again(struct timer *t)
{
    struct worker *w = t->owner;

    loop_change(w->net.loop, &w->inbox_watch, EPOLLIN);
    inbox_ready(&w->inbox_watch, EPOLLIN);
}

/* Its connection has ended and everybody knows. */
static void look_for_the_end(struct net *net)
{
    if (net->worker->for_one_connection && !net->sessions && !net->replies)
        loop_stop(net->loop);
}

static void *worker_thread(void *arg)
{
    struct worker *w = arg;
    int wake_fd = w->server->tally->wake_fd;

    loop_run(w->net.loop);
    net_close(&w->net);
    atomic_store(&w->finished, true);
    eventfd_write(wake_fd, 1);
    return NULL;
}

/* ---- in the server's thread ----------------------------------------------------------- */

/* What is left in its inbox is answered, or closed. */
static void release(struct worker *w)
{
    struct net *net = w->server->net;
    struct caller c = {.journal = net->journal, .id = w->server->id};
    struct errand errand;

    while (queue_pop(w->inbox, &errand)) {
        if (errand.kind == ERRAND_CONNECTION)
            call_close(&c, errand.fd);
        if (errand.kind != ERRAND_COMMAND)
            continue;
        act_on_nothing(net, errand.command, VERB_CONNECT);
        free(errand.command);
    }
    queue_free(w->inbox);
    free(w);
}

/* Everything but its thread; negative errno: there is nothing. */
static int make(struct server *server, struct worker **ret)
{
    struct worker *w = mem_new(1, sizeof(*w));
    int r = queue_open(INBOX_ERRANDS, sizeof(struct errand), &w->inbox);

    if (r < 0) {
        free(w);
        return r;
    }
    /* From now on several threads write them. */
    ring_share(server->net->hub->journal);
    ring_share(server->net->hub->transcript);
    w->server = server;
    r = net_open(&w->net, server->net->hub);
    if (r < 0) {
        release(w);
        return r;
    }
    w->net.worker = w;
    w->replies_wait = (struct timer){.fire = look_again, .owner = w};
    w->net.emptied = w->net.told = look_for_the_end;
    w->inbox_watch = (struct watch){
        .fd = queue_fd(w->inbox), .events = EPOLLIN, .ready = inbox_ready, .owner = w};
    r = loop_add(w->net.loop, &w->inbox_watch);
    if (r < 0) {
        net_close(&w->net);
        release(w);
        return r;
    }
    *ret = w;
    return 0;
}

/* Its thread; without one it goes, with all that it has been given. */
static int launch(struct server *server, struct worker *w)
{
    int r = thread_start(&w->thread, "worker", worker_thread, w);

    if (r == 0) {
        DL_APPEND(server->workers, w);
        return 0;
    }
    net_close(&w->net);
    release(w);
    return r;
}

int worker_serve_connection(struct server *server, int fd, const struct sockname *peer)
{
    struct errand first = {.kind = ERRAND_CONNECTION, .fd = fd, .peer = *peer};
    struct caller c = {.journal = server->net->journal, .id = server->id};
    struct worker *w;
    int r = make(server, &w);

    if (r < 0) {
        call_close(&c, fd);
        return r;
    }
    w->for_one_connection = true;
    queue_push(w->inbox, &first);
    return launch(server, w);
}

int worker_serve_listener(struct server *server, int fd)
{
    struct caller c = {.journal = server->net->journal, .id = server->id};
    struct worker *w;
    int r = make(server, &w);

    if (r < 0) {
        call_close(&c, fd);
        return r;
    }
    r = server_add_shard(server, &w->net, fd);
    if (r == 0)
        return launch(server, w);
    net_close(&w->net);
    release(w);
    return r;
}

static void wake(struct worker *w)
{
    /* One whose inbox is full wakes up anyway. */
    queue_push(w->inbox, &(struct errand){.kind = ERRAND_WAKE, .fd = -1});
}

void workers_look_for_room(struct server *server)
{
    struct worker *w;

    DL_FOREACH(server->workers, w)
    if (!w->for_one_connection)
        wake(w);
}

void workers_reap(struct server *server)
{
    struct worker *w, *next;

    DL_FOREACH_SAFE(server->workers, w, next)
    {
        if (!atomic_load(&w->finished))
            continue;
        pthread_join(w->thread, NULL);
        DL_DELETE(server->workers, w);
        release(w);
    }
}

void workers_stop(struct server *server)
{
    struct worker *w, *next;

    /* All at once, then one after the other: their ends take as long as the slowest. */
    DL_FOREACH(server->workers, w)
    {
        atomic_store(&w->stopping, true);
        wake(w);
    }
    DL_FOREACH_SAFE(server->workers, w, next)
    {
        pthread_join(w->thread, NULL);
        DL_DELETE(server->workers, w);
        release(w);
    }
}
