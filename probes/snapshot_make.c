#include "probes/snapshot_make.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "probes/host_look.h"
#include "probes/intake.h"
#include "probes/owners.h"
#include "probes/rows_sort.h"

/* Figures are read so far apart; looks are a little more than that. */
#define HOST_NS (950 * CLOCK_MS_NS)

struct looker {
    struct intake *intake;
    struct owners *owners;
    uint64_t host_ns;     /* when the host's figures were read last */
    bool host_counted;    /* with all sockets */
    uint64_t gone_cookie; /* a selected socket that was seen to be gone; 0: none */
};

struct looker *looker_new(void)
{
    struct looker *l = mem_new(1, sizeof(*l));

    l->intake = intake_new();
    l->owners = owners_new();
    return l;
}

void looker_free(struct looker *l)
{
    if (!l)
        return;
    intake_free(l->intake);
    owners_free(l->owners);
    free(l);
}

/* The owners of all rows, or of those on the screen and of our own sockets. */
static void look_up_owners(struct looker *l, const struct wish *wish,
                           const struct cookie_set *ours, bool all, struct snapshot *s)
{
    uint32_t *inodes = mem_new(s->n_rows + wish->n_inodes, sizeof(*inodes));
    size_t n = wish->n_inodes < WISH_INODES ? wish->n_inodes : WISH_INODES;

    memcpy(inodes, wish->inodes, n * sizeof(*inodes));
    for (size_t i = 0; i < s->n_rows; i++)
        if (all || cookie_set_has(ours, s->rows[i].cookie))
            inodes[n++] = s->rows[i].inode;
    ownership_done(&s->owned);
    owners_lookup(l->owners, inodes, n, &s->owned);
    owners_recall(l->owners, s->rows, s->n_rows, &s->owned);
    free(inodes);
}

static void look_at_selected(struct looker *l, const struct wish *wish, struct snapshot *s)
{
    const struct row *key = &wish->selected;
    struct err err = {0};
    int rc = -ENOENT;

    /* Looking for what is not there walks the kernel's tables: once is enough, for a cookie
     * is never given twice. */
    if (!key->cookie || key->cookie != l->gone_cookie)
        rc = intake_lookup(l->intake, key, wish->selected_netns, s, &err);
    if (rc == -ENOENT) {
        s->selected =
            (struct socket_portrait){.row = *key, .at_ns = clock_now_ns(), .gone = true};
        s->selected.row.name = s->selected.row.detail = 0;
        s->has_selected = true;
        l->gone_cookie = key->cookie;
    } else if (rc < 0 && !s->err.code) {
        s->err = err;
    }
}

/* The host's figures once a second; at once when they are to be counted with sockets from now on. */
static bool host_is_due(const struct looker *l, const struct wish *wish, uint64_t now_ns)
{
    return wish->host &&
           (!l->host_ns || now_ns - l->host_ns >= HOST_NS || (wish->tally && !l->host_counted));
}

/* s has all rows there are. */
static void look_at_host(struct looker *l, const struct wish *wish, struct snapshot *s)
{
    s->host = host_look();
    l->host_ns = s->host->at_ns;
    l->host_counted = wish->tally;
    s->host->tally_err = s->err;
    if (!wish->tally)
        return;
    host_reading_count(s->host);
    host_tally_add(s->host->tally, s);
    host_tally_end(s->host->tally);
}

struct snapshot *snapshot_make(struct looker *l, const struct wish *wish)
{
    struct snapshot *s = mem_new(1, sizeof(*s));
    const struct cookie_set ours = cookie_set_of(wish);
    bool by_owner = wish->filter && filter_needs_owner(wish->filter);
    struct intake_order order = {.wish = wish, .filter = wish->filter};
    bool host, later;

    s->at_ns = clock_now_ns();
    host = host_is_due(l, wish, s->at_ns);
    later = by_owner || (host && wish->tally);
    if (later)
        order.filter = NULL;
    intake_run(l->intake, &order, s);
    if (host)
        look_at_host(l, wish, s);
    if (by_owner)
        look_up_owners(l, wish, &ours, true, s);
    if (later && wish->filter)
        intake_filter(wish->filter, s);
    rows_sort(s, wish, &ours);
    look_up_owners(l, wish, &ours, wish->every_owner || by_owner, s);
    if (wish->has_selected)
        look_at_selected(l, wish, s);
    s->cost_ns = clock_now_ns() - s->at_ns;
    return s;
}
