#include "probes/observer.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/thread.h"
#include "probes/snapshot_make.h"

/* The pace: a look costs about 1 % of a core as long as one a second still does. */
#define INTERVAL_MIN_NS (250 * CLOCK_MS_NS)
#define INTERVAL_MAX_NS (1000 * CLOCK_MS_NS)
#define COST_SHARE 100
/* However fast wishes come, looks do not begin faster than this. */
#define WISH_INTERVAL_NS (20 * CLOCK_MS_NS)
#define NEVER UINT64_MAX

struct observer {
    pthread_t thread;
    int start_error; /* negative errno: there is no thread, and why */
    int stop_fd;
    struct mailbox *wishes, *snapshots;
    /* The thread's own. */
    struct looker *looker;
    struct wish *wish; /* NULL before the first */
    uint64_t began_ns, cost_ns, due_ns;
};

/* Its rows are final now: what they are grouped into names them by their index. */
static void publish(struct observer *o, struct snapshot *s)
{
    if (o->wish)
        s->view = view_make(s, o->wish->view);
    snapshot_free(mailbox_put(o->snapshots, s));
}

static uint64_t interval_ns(uint64_t cost_ns)
{
    uint64_t ns = COST_SHARE * cost_ns;

    if (ns < INTERVAL_MIN_NS)
        ns = INTERVAL_MIN_NS;
    if (ns > INTERVAL_MAX_NS)
        ns = INTERVAL_MAX_NS;
    return ns < 2 * cost_ns ? 2 * cost_ns : ns;
}

static void look(struct observer *o)
{
    struct snapshot *s = snapshot_make(o->looker, o->wish);

    o->began_ns = s->at_ns;
    o->cost_ns = s->cost_ns;
    o->due_ns = o->wish->once ? NEVER : o->began_ns + o->cost_ns + interval_ns(o->cost_ns);
    publish(o, s);
}

static void take_wish(struct observer *o)
{
    struct wish *wish = mailbox_take(o->wishes);

    if (!wish)
        return;
    wish_free(o->wish);
    o->wish = wish;
    o->due_ns = o->began_ns + WISH_INTERVAL_NS;
}

/* For poll(): until the next look, rounded up so that it does not wake before its time. */
static int patience_ms(const struct observer *o)
{
    uint64_t now_ns = clock_now_ns();

    if (o->due_ns == NEVER)
        return -1;
    return o->due_ns <= now_ns ? 0
                               : (int)((o->due_ns - now_ns + CLOCK_MS_NS - 1) / CLOCK_MS_NS);
}

static void *run(void *arg)
{
    struct observer *o = arg;
    struct pollfd fds[] = {{.fd = o->stop_fd, .events = POLLIN},
                           {.fd = mailbox_fd(o->wishes), .events = POLLIN}};

    while (!fds[0].revents) {
        if (poll(fds, 2, patience_ms(o)) < 0)
            continue;
        if (fds[1].revents)
            take_wish(o);
        if (!fds[0].revents && o->due_ns <= clock_now_ns())
            look(o);
    }
    return NULL;
}

struct observer *observer_start(void)
{
    struct observer *o = mem_new(1, sizeof(*o));

    o->wishes = mailbox_new();
    o->snapshots = mailbox_new();
    o->looker = looker_new();
    o->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    o->due_ns = NEVER;
    o->start_error = o->stop_fd < 0 ? -errno : thread_start(&o->thread, "observer", run, o);
    return o;
}

void observer_wish(struct observer *o, struct wish *w)
{
    struct snapshot *s;

    if (o->start_error == 0) {
        wish_free(mailbox_put(o->wishes, w));
        return;
    }
    wish_free(w);
    s = mem_new(1, sizeof(*s));
    s->at_ns = clock_now_ns();
    err_set(&s->err, o->start_error, "observer", "", "its thread could not be started");
    publish(o, s);
}

struct mailbox *observer_snapshots(struct observer *o)
{
    return o->snapshots;
}

void observer_stop(struct observer *o)
{
    if (!o)
        return;
    if (o->start_error == 0) {
        eventfd_write(o->stop_fd, 1);
        pthread_join(o->thread, NULL);
    }
    if (o->stop_fd >= 0)
        close(o->stop_fd);
    wish_free(mailbox_free(o->wishes));
    snapshot_free(mailbox_free(o->snapshots));
    wish_free(o->wish);
    looker_free(o->looker);
    free(o);
}
