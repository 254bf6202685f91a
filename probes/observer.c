#include "probes/observer.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/model/changes.h"
#include "probes/gone_rows.h"
#include "probes/kernel_events.h"
#include "probes/revise.h"
#include "probes/snapshot_make.h"
#include "probes/touched.h"
#include "probes/unseen.h"

/* The pace: a look costs about 1 % of a core as long as one a second still does. */
#define INTERVAL_MIN_NS (250 * CLOCK_MS_NS)
#define INTERVAL_MAX_NS (1000 * CLOCK_MS_NS)
#define COST_SHARE 100
/* However fast wishes come, looks do not begin faster than this. */
#define WISH_INTERVAL_NS (20 * CLOCK_MS_NS)
/* With the kernel's events: between two corrections of the rows, and two readings. */
#define REVISE_NS (50 * CLOCK_MS_NS)
#define REST_NS (10 * CLOCK_MS_NS)
/* How long after its last event the kernel may tell that a socket is destroyed: it does so in a
 * work queue, which waits where processors are busy. */
#define TOUCHED_NS (2 * CLOCK_SECOND_NS)
#define NEVER UINT64_MAX

struct observer {
    pthread_t thread;
    int start_error; /* negative errno: there is no thread, and why */
    int stop_fd;
    struct mailbox *wishes, *snapshots;
    struct ring *events; /* NULL: nobody wants them */
    struct bell *news;
    /* The thread's own. */
    struct looker *looker;
    struct wish *wish; /* NULL before the first */
    uint64_t began_ns, cost_ns, due_ns;
    struct changes *changes;
    struct gone_rows gone;
    struct unseen unseen;
    /* With events. */
    struct kernel_events *kernel; /* NULL until there is something to look at */
    struct touched *touched;
    struct diag *diag;      /* for exact questions; NULL until one was asked */
    struct snapshot *shown; /* shared with whoever took it; NULL: rows are not corrected */
    uint64_t published_ns, rest_until_ns, revise_ns;
    uint64_t revise_cost_ns; /* of the newest one */
};

/* ---- snapshots ------------------------------------------------------------------------- */

static struct kernel_events_status *status_copy(const struct kernel_events *k)
{
    struct kernel_events_status *status = mem_new(1, sizeof(*status));

    *status = *kernel_events_status(k);
    return status;
}

/* What became of the rows, then hand them over.  Rows that nobody took are taken back: what
 * became of them is told too. */
static void publish(struct observer *o, struct snapshot *s)
{
    struct snapshot *untaken;

    changes_look(o->changes, s);
    if (o->kernel) {
        o->unseen.seen += touched_tell(o->touched, s, o->changes);
        touched_clear(o->touched, s->at_ns - TOUCHED_NS);
        s->events = status_copy(o->kernel);
    }
    unseen_tell(&o->unseen, o->changes, s);
    if (!o->wish->once)
        gone_rows_put(&o->gone, s, o->wish);
    /* Its rows are final now: what they are grouped into names them by their index. */
    s->view = view_make(s, o->wish->view);
    untaken = mailbox_take(o->snapshots);
    if (untaken)
        snapshot_carry(s, untaken);
    snapshot_free(untaken);
    snapshot_free(o->shown);
    o->shown = o->kernel ? snapshot_share(s) : NULL;
    o->published_ns = clock_now_ns();
    o->revise_ns = NEVER;
    snapshot_free(mailbox_put(o->snapshots, s));
}

uint64_t observer_interval_ns(uint64_t wished_ns, uint64_t cost_ns)
{
    uint64_t ns = COST_SHARE * cost_ns;

    if (wished_ns)
        return wished_ns < 2 * cost_ns ? 2 * cost_ns : wished_ns;
    if (ns < INTERVAL_MIN_NS)
        ns = INTERVAL_MIN_NS;
    if (ns > INTERVAL_MAX_NS)
        ns = INTERVAL_MAX_NS;
    return ns < 2 * cost_ns ? 2 * cost_ns : ns;
}

static void look(struct observer *o)
{
    struct snapshot *s;

    unseen_look(&o->unseen, clock_now_ns());
    s = snapshot_make(o->looker, o->wish);
    o->began_ns = s->at_ns;
    o->cost_ns = s->cost_ns;
    o->due_ns = o->wish->once ? NEVER
                              : o->began_ns + o->cost_ns +
                                    observer_interval_ns(o->wish->interval_ns, o->cost_ns);
    publish(o, s);
    o->cost_ns = clock_now_ns() - o->began_ns;
    /* Not before the first rows can be seen: it takes the kernel a while. */
    if (o->events && !o->kernel && !o->wish->once) {
        o->kernel = kernel_events_open(o->events, o->news);
        o->due_ns = o->began_ns + INTERVAL_MIN_NS;
    }
    if (o->kernel)
        kernel_events_drops(o->kernel, o->wish->drops);
}

/* ---- events ---------------------------------------------------------------------------- */

/* The events are of our own namespace; the rows are when no other was asked for. */
static bool is_ours(const struct wish *wish)
{
    return !wish->netns[0] || strcmp(wish->netns, "all") == 0;
}

static void take_event(void *ctx, const struct kernel_event *e)
{
    struct observer *o = ctx;
    const struct row *known = NULL;

    if (e->kind == KERNEL_DESTROYED && !is_ours(o->wish))
        return;
    if (e->kind == KERNEL_DESTROYED &&
        changes_destroyed(o->changes, e->cookie, e->unread_bytes))
        known = changes_find(o->changes, e->cookie);
    touched_event(o->touched, e, known);
}

/* As soon as it may be; where rows are many it takes no more than a fifth of a core. */
static void plan_revision(struct observer *o, uint64_t now_ns)
{
    uint64_t distance_ns = 4 * o->revise_cost_ns;

    if (distance_ns < REVISE_NS)
        distance_ns = REVISE_NS;
    o->revise_ns = o->published_ns + distance_ns;
    if (o->revise_ns < now_ns)
        o->revise_ns = now_ns;
}

static void read_events(struct observer *o)
{
    uint64_t now_ns = clock_now_ns();

    if (kernel_events_read(o->kernel, take_event, o) && o->due_ns != NEVER)
        o->due_ns = now_ns; /* only a look at everything tells what was lost */
    o->rest_until_ns = now_ns + REST_NS;
    if (o->revise_ns == NEVER && o->touched->fresh)
        plan_revision(o, now_ns);
}

static void revise_shown(struct observer *o)
{
    struct snapshot *s = NULL;
    uint64_t began_ns = clock_now_ns();
    int rc;

    o->revise_ns = NEVER;
    if (!o->shown || !is_ours(o->wish) || o->wish->once)
        return;
    rc = o->diag ? 0 : diag_open(-1, &o->diag, NULL);
    if (rc == 0)
        rc = revise(o->diag, o->shown, o->wish, o->touched, &s);
    if (s)
        publish(o, s);
    else if (rc == 0)
        touched_clear(o->touched, began_ns - TOUCHED_NS);
    else if (o->due_ns > o->began_ns + INTERVAL_MIN_NS)
        o->due_ns = o->began_ns + INTERVAL_MIN_NS;
    o->revise_cost_ns = clock_now_ns() - began_ns;
}

/* ---- the loop -------------------------------------------------------------------------- */

/* Whether rows of two looks can be compared. */
static bool is_same_choice(const struct wish *a, const struct wish *b)
{
    bool same_filter =
        a->choice && b->choice ? a->choice == b->choice : !a->filter && !b->filter;

    return same_filter && a->kinds == b->kinds && a->states == b->states &&
           a->families == b->families && strcmp(a->netns, b->netns) == 0;
}

static bool has_every_connection(const struct wish *w)
{
    const uint32_t connected = (UINT32_C(1) << STATE_NEW_SYN_RECV) -
                               (UINT32_C(1) << STATE_ESTABLISHED) -
                               (UINT32_C(1) << STATE_CLOSE) - (UINT32_C(1) << STATE_LISTEN);

    return !w->filter && (!w->kinds || w->kinds & KIND_BIT(KIND_TCP)) &&
           (!w->states || (w->states & connected) == connected) &&
           (!w->families || w->families == (WISH_IPV4 | WISH_IPV6)) && !w->netns[0] && !w->once;
}

static void take_wish(struct observer *o)
{
    struct wish *wish = mailbox_take(o->wishes);

    if (!wish)
        return;
    if (!o->wish || !is_same_choice(o->wish, wish)) {
        changes_reset(o->changes);
        unseen_reset(&o->unseen, o->changes, has_every_connection(wish));
        snapshot_free(mailbox_take(o->snapshots));
        snapshot_free(o->shown);
        o->shown = NULL;
        o->gone.n = 0;
    }
    wish_free(o->wish);
    o->wish = wish;
    o->due_ns = o->began_ns + WISH_INTERVAL_NS;
}

/* For poll(): rounded up so that it does not wake before its time. */
static int patience_ms(const struct observer *o, uint64_t now_ns)
{
    uint64_t due_ns = o->due_ns < o->revise_ns ? o->due_ns : o->revise_ns;

    if (o->kernel && now_ns < o->rest_until_ns && o->rest_until_ns < due_ns)
        due_ns = o->rest_until_ns;
    if (due_ns == NEVER)
        return -1;
    return due_ns <= now_ns ? 0 : (int)((due_ns - now_ns + CLOCK_MS_NS - 1) / CLOCK_MS_NS);
}

static bool is_readable(const struct pollfd *fds)
{
    for (size_t i = 0; i < KERNEL_EVENTS_FDS; i++)
        if (fds[i].revents)
            return true;
    return false;
}

static void act(struct observer *o)
{
    uint64_t now_ns = clock_now_ns();

    if (o->due_ns <= now_ns) {
        if (o->kernel)
            read_events(o); /* what the look will see was told before it */
        look(o);
    } else if (o->revise_ns <= now_ns) {
        revise_shown(o);
    }
}

static void *run(void *arg)
{
    struct observer *o = arg;
    struct pollfd fds[2 + KERNEL_EVENTS_FDS] = {
        {.fd = o->stop_fd, .events = POLLIN}, {.fd = mailbox_fd(o->wishes), .events = POLLIN}};

    while (!fds[0].revents) {
        uint64_t now_ns = clock_now_ns();
        /* Events come singly and by the thousand: read them in batches. */
        bool rests = !o->kernel || now_ns < o->rest_until_ns;

        if (!rests)
            kernel_events_fds(o->kernel, fds + 2);
        if (poll(fds, rests ? 2 : 2 + KERNEL_EVENTS_FDS, patience_ms(o, now_ns)) < 0)
            continue;
        if (fds[1].revents)
            take_wish(o);
        if (!rests && is_readable(fds + 2))
            read_events(o);
        if (!fds[0].revents)
            act(o);
    }
    return NULL;
}

struct observer *observer_start(struct ring *events, struct bell *news)
{
    struct observer *o = mem_new(1, sizeof(*o));

    o->events = events;
    o->news = news;
    o->changes = changes_new();
    o->touched = touched_new();
    o->revise_ns = NEVER;
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
    snapshot_free(mailbox_put(o->snapshots, s));
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
    snapshot_free(o->shown);
    wish_free(o->wish);
    looker_free(o->looker);
    kernel_events_close(o->kernel);
    diag_close(o->diag);
    touched_free(o->touched);
    changes_free(o->changes);
    free(o);
}
