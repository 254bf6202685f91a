#include "probes/snapshot_make.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "probes/owners.h"
#include "probes/rows_sort.h"
#include "probes/sock_diag.h"

struct looker {
    struct sock_diag *diag; /* NULL until netlink could be opened */
    struct owners *owners;
    size_t n_rows_before; /* how many to make room for */
    uint64_t gone_cookie; /* a selected socket that was seen to be gone; 0: none */
};

struct looker *looker_new(void)
{
    struct looker *l = mem_new(1, sizeof(*l));

    l->owners = owners_new();
    return l;
}

void looker_free(struct looker *l)
{
    if (!l)
        return;
    sock_diag_close(l->diag);
    owners_free(l->owners);
    free(l);
}

/* A snapshot while its rows come in. */
struct collection {
    struct snapshot *s;
    const struct filter *filter; /* NULL: all rows, or filtered later */
    size_t room;
};

static void collect(void *ctx, const struct row *row)
{
    struct collection *c = ctx;
    struct snapshot *s = c->s;

    s->n_total++;
    s->n_states[row->state]++;
    s->n_kinds[row->kind]++;
    if (c->filter && !filter_match(c->filter, s, row))
        return;
    if (s->n_rows == c->room) {
        c->room *= 2;
        s->rows = mem_resize(s->rows, c->room, sizeof(*s->rows));
    }
    s->rows[s->n_rows++] = *row;
}

/* One family.  A dump that was interrupted is repeated once: rows may be missing or doubled
 * in it.  When the second one is no better it stays, marked. */
static void dump_family(struct looker *l, int family, uint32_t states, struct collection *c)
{
    struct snapshot *s = c->s;
    const struct snapshot before = *s;
    struct dump_outcome outcome = {0};
    struct err err = {0};

    for (int attempt = 0; attempt < 2; attempt++) {
        s->n_rows = before.n_rows;
        s->n_total = before.n_total;
        memcpy(s->n_states, before.n_states, sizeof(s->n_states));
        err.code = 0;
        sock_diag_dump(l->diag, family, IPPROTO_TCP, states, collect, c, &outcome, &err);
        if (err.code == 0 ? !outcome.interrupted : err.code != -ENOBUFS)
            break;
    }
    if (err.code && !s->err.code)
        s->err = err;
    s->interrupted |= outcome.interrupted;
    s->malformed += outcome.malformed;
}

static void dump(struct looker *l, const struct wish *wish, const struct filter *filter,
                 struct snapshot *s)
{
    uint32_t states = wish->states ? wish->states : ~UINT32_C(0);
    struct collection c = {.s = s, .filter = filter, .room = l->n_rows_before + 64};

    s->rows = mem_new(c.room, sizeof(*s->rows));
    if (!l->diag && sock_diag_open(&l->diag, &s->err) < 0)
        return;
    dump_family(l, AF_INET, states, &c);
    dump_family(l, AF_INET6, states, &c);
    l->n_rows_before = s->n_rows;
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
    free(inodes);
}

static void filter_by_owner(const struct filter *filter, struct snapshot *s)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->n_rows; i++)
        if (filter_match(filter, s, &s->rows[i]))
            s->rows[kept++] = s->rows[i];
    s->n_rows = kept;
}

static void look_at_selected(struct looker *l, const struct row *key, struct snapshot *s)
{
    struct err err = {0};
    int rc = -ENOENT;

    /* Looking for what is not there walks the kernel's tables: once is enough, for a cookie
     * is never given twice. */
    if (!key->cookie || key->cookie != l->gone_cookie)
        rc = sock_diag_lookup(l->diag, key, &s->selected, &err);
    if (rc == -ENOENT) {
        s->selected =
            (struct socket_portrait){.row = *key, .at_ns = clock_now_ns(), .gone = true};
        l->gone_cookie = key->cookie;
    } else if (rc < 0 && !s->err.code) {
        s->err = err;
    }
    s->has_selected = rc == 0 || rc == -ENOENT;
}

struct snapshot *snapshot_make(struct looker *l, const struct wish *wish)
{
    struct snapshot *s = mem_new(1, sizeof(*s));
    const struct cookie_set ours = cookie_set_of(wish);
    bool by_owner = wish->filter && filter_needs_owner(wish->filter);

    s->at_ns = clock_now_ns();
    dump(l, wish, by_owner ? NULL : wish->filter, s);
    if (by_owner) {
        look_up_owners(l, wish, &ours, true, s);
        filter_by_owner(wish->filter, s);
    }
    rows_sort(s, wish, &ours);
    look_up_owners(l, wish, &ours, wish->every_owner, s);
    if (wish->has_selected && l->diag)
        look_at_selected(l, &wish->selected, s);
    s->cost_ns = clock_now_ns() - s->at_ns;
    return s;
}
