#include "ui/cli/sockets_watch.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/message/json_write.h"
#include "core/model/changes.h"
#include "core/model/kernel_event.h"
#include "core/report/changes.h"
#include "ui/cli/say.h"

/* Nobody reads them here: what they say is in the changes. */
#define EVENTS_KEPT 16
#define SAID_BYTES 512

struct watch {
    const struct subcommand *self;
    struct filter *filter; /* NULL: all */
    uint32_t states;       /* 0: all */
    uint32_t kinds;
    uint32_t families; /* 0: all */
    bool json, told;
    bool elsewhere; /* in a namespace that is named: without it there is nothing to watch */
    int signals, status; /* 0: until a signal */
    uint64_t unseen, dropped, lost;
    char said[SAID_BYTES]; /* what went wrong with the look before; empty: nothing */
    struct json_writer out;
};

/* The kernel's events are of every kind and family. */
static bool is_asked_for(const struct watch *w, const struct row *row)
{
    uint32_t family = row->local.family == AF_INET    ? WISH_IPV4
                      : row->local.family == AF_INET6 ? WISH_IPV6
                                                      : w->families;

    return w->kinds & KIND_BIT(row->kind) && (!w->families || w->families & family);
}

static bool side_matches(const struct watch *w, const struct snapshot *s, const struct row *row)
{
    return (!w->states || w->states & UINT32_C(1) << row->state) &&
           (!w->filter || filter_match(w->filter, s, row));
}

/* A change is of interest when what was or what is now would be listed. */
static bool matches(const struct watch *w, const struct snapshot *s, const struct change *c)
{
    struct row before = c->row;

    if (!is_asked_for(w, &c->row))
        return false;
    before.state = c->old_state ? c->old_state : c->row.state;
    return side_matches(w, s, &c->row) || side_matches(w, s, &before);
}

static void say_how(struct watch *w, const struct snapshot *s)
{
    const struct kernel_events_status *events = s->events;
    char text[512];

    if (w->told || !events)
        return;
    w->told = true;
    if (events->on[KERNEL_SET_STATE]) {
        say_line("sockeye %s: watching by the kernel's events", w->self->name);
        return;
    }
    err_format(&events->why_not[KERNEL_SET_STATE], text, sizeof(text));
    say_line("sockeye %s: watching by looking%s: %s", w->self->name,
             events->on[KERNEL_DESTROYED] ? ", and by events what is closed" : "", text);
}

static int put_changes(struct watch *w, const struct snapshot *s)
{
    w->out.len = 0;
    for (size_t i = 0; i < s->n_changes; i++) {
        if (!matches(w, s, &s->changes[i]))
            continue;
        if (w->json)
            change_put_json(&w->out, &s->changes[i]);
        else
            change_put_text(&w->out, &s->changes[i]);
    }
    return w->out.len ? cli_put(w->signals, w->out.bytes, w->out.len) : 0;
}

/* Once, as long as it is the same. */
static void say_error(struct watch *w, const struct err *err)
{
    char text[SAID_BYTES] = "";

    if (err->code)
        err_format(err, text, sizeof(text));
    if (err->code && strcmp(text, w->said) != 0)
        cli_fail(w->self, EXIT_FAILED, err);
    memcpy(w->said, text, sizeof(text));
}

static int take(struct watch *w, const struct snapshot *s)
{
    if (w->elsewhere && s->err.code && !s->n_rows) {
        w->status = cli_fail(w->self, cli_status_of(s->err.code), &s->err);
        return -EINTR;
    }
    say_error(w, &s->err);
    say_how(w, s);
    w->dropped += s->changes_dropped;
    w->unseen = s->has_unseen ? s->unseen : w->unseen;
    w->lost = s->events ? s->events->lost : w->lost;
    return put_changes(w, s);
}

static void say_missing(const struct watch *w)
{
    if (w->unseen && w->kinds & KIND_BIT(KIND_TCP))
        say_line("sockeye %s: %" PRIu64 " connections came and went unseen", w->self->name,
                 w->unseen);
    if (w->dropped)
        say_line("sockeye %s: %" PRIu64 " changes were too many to tell", w->self->name,
                 w->dropped);
    if (w->lost)
        say_line("sockeye %s: %" PRIu64 " events of the kernel were lost", w->self->name,
                 w->lost);
}

static int loop(struct watch *w, struct mailbox *box)
{
    struct pollfd fds[] = {{.fd = w->signals, .events = POLLIN},
                           {.fd = mailbox_fd(box), .events = POLLIN}};
    int r = 0;

    while (r == 0) {
        struct snapshot *s;

        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[0].revents)
            break;
        s = mailbox_take(box);
        r = s ? take(w, s) : 0;
        snapshot_free(s);
    }
    return r;
}

int sockets_watch(const struct subcommand *self, const struct probes *probes, struct wish *wish,
                  bool json)
{
    struct watch w = {.self = self,
                      .json = json,
                      .filter = wish->filter,
                      .states = wish->states,
                      .kinds = wish->kinds,
                      .families = wish->families,
                      .elsewhere = wish->netns[0] && strcmp(wish->netns, "all") != 0,
                      .signals = cli_signals()};
    struct ring *events;
    struct observer *o;
    int r;

    if (w.signals < 0) {
        wish_free(wish);
        return cli_fail_signals(self, w.signals);
    }
    events = ring_new(EVENTS_KEPT, sizeof(struct kernel_event), 0);
    wish->filter = NULL;
    wish->states = 0;
    wish->once = false;
    wish->every_owner = true;
    o = probes->observer_start(events, NULL);
    probes->observer_wish(o, wish);
    r = loop(&w, probes->observer_snapshots(o));
    probes->observer_stop(o);
    say_missing(&w);
    ring_free(events);
    filter_free(w.filter);
    free(w.out.bytes);
    close(w.signals);
    return w.status ? w.status : cli_put_status(self, r);
}
