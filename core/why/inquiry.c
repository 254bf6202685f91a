#include "core/why/inquiry.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/thread.h"

/* How long the end waits for a question that is given up. */
#define LEAVE_NS (2 * CLOCK_SECOND_NS)

/* --- a question --------------------------------------------------------------------------- */

struct inquiry *inquiry_new(void)
{
    struct inquiry *q = mem_new(1, sizeof(*q));

    q->wish.stop = &q->stop;
    return q;
}

void inquiry_free(struct inquiry *q)
{
    if (q)
        evidence_free(q->e);
    free(q);
}

/* The ends of a connection, that is or was. */
static void name_socket(struct inquiry *q)
{
    const struct why_wish *w = &q->wish;
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES];

    snprintf(q->target, sizeof(q->target), "%s://%s%s%s",
             w->protocol == IPPROTO_UDP || w->endpoint.scheme == ENDPOINT_UDP ? "udp" : "tcp",
             addr_format(&w->local, local), w->peer.family != AF_UNSPEC ? "-" : "",
             w->peer.family != AF_UNSPEC ? addr_format(&w->peer, peer) : "");
}

void inquiry_name(struct inquiry *q)
{
    char endpoint[ENDPOINT_TEXT_BYTES];

    if (q->wish.subject == WHY_SOCKET || q->wish.past.error)
        name_socket(q);
    else
        snprintf(q->target, sizeof(q->target), "%s%s",
                 q->wish.subject == WHY_BIND ? "bind:" : "",
                 endpoint_format(&q->wish.endpoint, endpoint));
}

/* --- the thread --------------------------------------------------------------------------- */

struct inquirer {
    const struct probes *probes;
    struct mailbox *questions, *answers; /* of struct inquiry */
    bool started;
    pthread_t thread;
    /* Asked last; with the thread, which frees nothing of it while it is this one. */
    struct inquiry *current;
};

static void look_into(const struct inquirer *i, struct inquiry *q)
{
    if (atomic_load(&q->stop))
        return;
    if (why_gather(&q->wish, i->probes, &q->e, &q->err) < 0)
        return;
    snprintf(q->e->target, sizeof(q->e->target), "%s", q->target);
    why_judge(q->e, &q->v);
}

static void *run(void *arg)
{
    struct inquirer *i = arg;
    struct pollfd fd = {.fd = mailbox_fd(i->questions), .events = POLLIN};
    bool last = false;

    while (!last) {
        struct inquiry *q = mailbox_take(i->questions);

        if (!q) {
            poll(&fd, 1, -1);
            continue;
        }
        last = q->last;
        if (!last)
            look_into(i, q);
        /* One that was not taken has been given up: another was asked behind it. */
        inquiry_free(mailbox_put(i->answers, q));
    }
    return NULL;
}

struct inquirer *inquirer_new(const struct probes *probes)
{
    struct inquirer *i = mem_new(1, sizeof(*i));

    i->probes = probes;
    i->questions = mailbox_new();
    i->answers = mailbox_new();
    return i;
}

/* Whether the thread came to its end. */
static bool leave(struct inquirer *i)
{
    struct pollfd fd = {.fd = mailbox_fd(i->answers), .events = POLLIN};
    uint64_t until_ns = clock_now_ns() + LEAVE_NS;
    struct inquiry *q = inquiry_new();
    bool last = false;

    q->last = true;
    inquirer_give_up(i);
    inquiry_free(mailbox_put(i->questions, q));
    while (!last && clock_now_ns() < until_ns) {
        poll(&fd, 1, (int)(LEAVE_NS / CLOCK_MS_NS));
        q = mailbox_take(i->answers);
        last = q && q->last;
        inquiry_free(q);
    }
    if (last)
        pthread_join(i->thread, NULL);
    else
        pthread_detach(i->thread);
    return last;
}

void inquirer_free(struct inquirer *i)
{
    if (!i || (i->started && !leave(i)))
        return;
    inquiry_free(mailbox_free(i->questions));
    inquiry_free(mailbox_free(i->answers));
    free(i);
}

int inquirer_ask(struct inquirer *i, struct inquiry *q)
{
    int r;

    inquirer_give_up(i);
    if (!i->started) {
        r = thread_start(&i->thread, "why", run, i);
        if (r < 0) {
            inquiry_free(q);
            return r;
        }
        i->started = true;
    }
    q->wish.stop = &q->stop;
    q->asked_ns = clock_now_ns();
    i->current = q;
    inquiry_free(mailbox_put(i->questions, q));
    return 0;
}

void inquirer_give_up(struct inquirer *i)
{
    if (i->current)
        atomic_store(&i->current->stop, true);
    i->current = NULL;
}

struct inquiry *inquirer_take(struct inquirer *i)
{
    struct inquiry *q = mailbox_take(i->answers);

    if (q && q != i->current) {
        inquiry_free(q);
        return NULL;
    }
    i->current = q ? NULL : i->current;
    return q;
}

int inquirer_fd(const struct inquirer *i)
{
    return mailbox_fd(i->answers);
}

bool inquirer_busy(const struct inquirer *i)
{
    return i->current;
}
