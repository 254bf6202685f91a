#include "core/net/resolve.h"

#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/thread.h"

/* Shared by the loop's side and the thread; the last to leave frees it. */
struct question {
    atomic_int holders;
    struct endpoint endpoint;
    struct answer answer; /* the thread's until ready */
    atomic_bool ready;
    struct loop *loop;
    struct watch watch; /* an eventfd that says the answer is there */
    void (*done)(void *owner, const struct answer *answer);
    void *owner;
};

static void leave(struct question *q)
{
    if (atomic_fetch_sub(&q->holders, 1) > 1)
        return;
    close(q->watch.fd);
    free(q);
}

/* EAI_* codes are not errno values: the nearest kin, and getaddrinfo's own name and words. */
static const struct {
    int eai, code;
    const char *symbol;
} name_errors[] = {
    {EAI_NONAME, -ENOENT, "EAI_NONAME"}, {EAI_NODATA, -ENOENT, "EAI_NODATA"},
    {EAI_AGAIN, -EAGAIN, "EAI_AGAIN"},   {EAI_FAIL, -EIO, "EAI_FAIL"},
    {EAI_MEMORY, -ENOMEM, "EAI_MEMORY"}, {EAI_FAMILY, -EAFNOSUPPORT, "EAI_FAMILY"},
};

static int name_error(int eai, const char *host, struct err *err)
{
    if (eai == EAI_SYSTEM)
        return err_set(err, -errno, "resolve", host, "%s", "");
    for (size_t i = 0; i < sizeof(name_errors) / sizeof(name_errors[0]); i++) {
        if (name_errors[i].eai != eai)
            continue;
        err_set(err, name_errors[i].code, "resolve", host, "%s", gai_strerror(eai));
        memcpy(err->symbol, name_errors[i].symbol, strlen(name_errors[i].symbol) + 1);
        return err->code;
    }
    return err_set(err, -EIO, "resolve", host, "%s", gai_strerror(eai));
}

static void ask(const struct endpoint *e, struct answer *answer)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    int eai;

    if (e->zone[0]) {
        answer->code = err_set(&answer->err, -ENODEV, "resolve", e->zone,
                               "the zone is no interface of this host");
        return;
    }
    eai = getaddrinfo(e->host, NULL, &hints, &list);

    if (eai) {
        answer->code = name_error(eai, e->host, &answer->err);
        return;
    }
    for (struct addrinfo *ai = list; ai && answer->n < RESOLVE_ADDRESSES; ai = ai->ai_next) {
        struct addr a = addr_from_sockaddr(ai->ai_addr);

        a.port = e->port;
        if (a.family != AF_UNSPEC)
            answer->addresses[answer->n++] = a;
    }
    freeaddrinfo(list);
}

/* Threads are the process's, whichever loop asks. */
static atomic_int running;

static void *ask_thread(void *arg)
{
    struct question *q = arg;

    ask(&q->endpoint, &q->answer);
    atomic_fetch_sub(&running, 1);
    atomic_store(&q->ready, true);
    eventfd_write(q->watch.fd, 1);
    leave(q);
    return NULL;
}

static void answered(struct watch *w, uint32_t events)
{
    struct question *q = w->owner;

    (void)events;
    if (!atomic_load(&q->ready))
        return;
    loop_remove(q->loop, w);
    q->done(q->owner, &q->answer);
    leave(q);
}

static int start_thread(struct question *q)
{
    pthread_t thread;
    int r;

    if (atomic_fetch_add(&running, 1) >= RESOLVE_THREADS) {
        atomic_fetch_sub(&running, 1);
        return -EAGAIN;
    }
    atomic_fetch_add(&q->holders, 1);
    r = thread_start(&thread, "resolve", ask_thread, q);
    if (r < 0) {
        atomic_fetch_sub(&running, 1);
        atomic_fetch_sub(&q->holders, 1);
        return r;
    }
    pthread_detach(thread); /* a silent server may keep it long after we left */
    return 0;
}

int resolve(struct loop *loop, const struct endpoint *e,
            void (*done)(void *owner, const struct answer *answer), void *owner,
            struct question **ret)
{
    struct question *q = mem_new(1, sizeof(*q));
    int r;

    atomic_init(&q->holders, 1);
    q->endpoint = *e;
    q->loop = loop;
    q->done = done;
    q->owner = owner;
    q->watch = (struct watch){.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
                              .events = EPOLLIN,
                              .ready = answered,
                              .owner = q};
    r = q->watch.fd < 0 ? -errno : loop_add(loop, &q->watch);
    if (r == 0 && endpoint_numeric(e, &q->answer.addresses[0])) {
        q->answer.n = 1;
        atomic_store(&q->ready, true);
        eventfd_write(q->watch.fd, 1);
    } else if (r == 0) {
        r = start_thread(q);
        if (r)
            loop_remove(loop, &q->watch);
    }
    if (r) {
        leave(q);
        return r;
    }
    *ret = q;
    return 0;
}

void resolve_drop(struct question *q)
{
    if (!q)
        return;
    loop_remove(q->loop, &q->watch);
    leave(q);
}
