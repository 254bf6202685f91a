#include "probes/sockets_list.h"

#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "probes/intake.h"
#include "probes/owners.h"

struct listing {
    const struct wish *wish;
    bool (*part)(void *ctx, const struct snapshot *part);
    void *ctx;
    struct intake *intake;
    struct owners *owners; /* NULL: nobody asks for owners */
    bool by_owner;         /* the filter can only judge once they are known */
    struct snapshot *s;
    uint32_t *inodes; /* room for a part */
};

static void look_up_owners(struct listing *l)
{
    struct snapshot *s = l->s;

    for (size_t i = 0; i < s->n_rows; i++)
        l->inodes[i] = s->rows[i].inode;
    ownership_done(&s->owned);
    owners_lookup(l->owners, l->inodes, s->n_rows, &s->owned);
}

static bool hand_over(void *ctx)
{
    struct listing *l = ctx;
    bool go_on;

    if (l->owners)
        look_up_owners(l);
    if (l->by_owner)
        intake_filter(l->wish->filter, l->s);
    l->s->cost_ns = clock_now_ns() - l->s->at_ns;
    go_on = l->part(l->ctx, l->s);
    intake_empty(l->intake, l->s);
    return go_on;
}

int sockets_list(const struct wish *wish, bool (*part)(void *ctx, const struct snapshot *part),
                 void *ctx, struct err *err)
{
    struct listing l = {.wish = wish, .part = part, .ctx = ctx};
    struct intake_order order = {.wish = wish,
                                 .narrow = true,
                                 .part_rows = SOCKETS_LIST_PART,
                                 .part = hand_over,
                                 .ctx = &l};
    int rc;

    l.by_owner = wish->filter && filter_needs_owner(wish->filter);
    order.filter = l.by_owner ? NULL : wish->filter;
    if (l.by_owner || wish->every_owner)
        l.owners = owners_new();
    l.inodes = mem_new(SOCKETS_LIST_PART, sizeof(*l.inodes));
    l.intake = intake_new();
    l.s = mem_new(1, sizeof(*l.s));
    l.s->at_ns = clock_now_ns();
    if (intake_run(l.intake, &order, l.s))
        hand_over(&l);
    rc = l.s->n_total ? 0 : l.s->err.code;
    if (rc < 0 && err)
        *err = l.s->err;
    snapshot_free(l.s);
    intake_free(l.intake);
    owners_free(l.owners);
    free(l.inodes);
    return rc;
}
