/* The sockets of this host that have to do with the matter. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/why/gather_internal.h"

#define PARTS (DETAIL_MEMINFO | DETAIL_INFO | DETAIL_OPTIONS | DETAIL_SHUTDOWN)

/* Of those that only have the same port a few stand for all. */
#define PLAIN_LINES 12

struct looking {
    struct gathering *g;
    const struct row *own;
    uint16_t port;
    uint64_t at_ns;
    size_t n_said;
};

static bool same_end(const struct addr *wanted, const struct addr *seen)
{
    struct addr a = addr_unmapped(wanted), b = addr_unmapped(seen);

    return addr_equal(&a, &b);
}

static bool is_own(const struct row *own, const struct row *row)
{
    if (!own)
        return false;
    if (own->cookie && row->cookie)
        return own->cookie == row->cookie;
    return same_end(&own->local, &row->local) &&
           (own->peer.family == AF_UNSPEC || same_end(&own->peer, &row->peer));
}

static bool is_peer_of(const struct row *own, const struct row *row)
{
    return own && same_end(&own->local, &row->peer) &&
           (own->peer.family == AF_UNSPEC || same_end(&own->peer, &row->local));
}

/* 127.0.0.1 and ::1 are other hosts in other namespaces. */
static bool is_far_peer_of(const struct row *own, const struct row *row)
{
    struct addr local = addr_unmapped(&row->local);

    return is_peer_of(own, row) && !addr_is_loopback(&local);
}

static bool takes_connections(const struct row *row)
{
    return row->state == STATE_LISTEN ||
           (row->state == STATE_CLOSE && row->kind != KIND_TCP && row->peer.port == 0);
}

static enum sighting_role role_of(const struct row *own, const struct row *row)
{
    if (is_own(own, row))
        return ROLE_OURS;
    if (is_peer_of(own, row))
        return ROLE_PEER;
    return takes_connections(row) ? ROLE_LISTENER : ROLE_SAME_PORT;
}

/* More processes than this hold one socket hardly ever. */
#define HOLDERS_LOOKED_AT 16

/* A socket of which one holder is stopped may still be read by another. */
static void count_stopped(struct gathering *g, const struct snapshot *s,
                          const struct owner *owner, struct sighting *to)
{
    struct process_facts facts;

    for (size_t i = 0; !owner->past && i < to->n_holders && i < HOLDERS_LOOKED_AT; i++)
        if (g->probes->process_look(owner_process(&s->owned, owner, i)->pid, &facts) == 0)
            to->n_stopped += process_is_stopped(&facts);
}

void gather_owner(struct gathering *g, const struct snapshot *s, struct sighting *to)
{
    const struct owner *owner = snapshot_owner_of(s, &to->row);

    to->owner = owner ? (enum owner_knowledge)owner->knowledge : OWNER_NOT_ASKED;
    if (!owner || owner->knowledge != OWNER_KNOWN || !owner->n)
        return;
    to->owner_past = owner->past;
    to->n_holders = owner_processes(&s->owned, owner);
    count_stopped(g, s, owner, to);
    if (g->probes->process_look(owner_process(&s->owned, owner, 0)->pid, &to->process) < 0) {
        const struct process *p = owner_process(&s->owned, owner, 0);

        to->process = (struct process_facts){.pid = p->pid, .start_ticks = p->start_ticks};
        memcpy(to->process.comm, p->comm, sizeof(to->process.comm));
    }
}

static const char *role_words(enum sighting_role role)
{
    static const char *const words[] = {
        [ROLE_OURS] = "this socket",
        [ROLE_PEER] = "the other end",
        [ROLE_LISTENER] = "a listener on the port",
        [ROLE_SAME_PORT] = "on the same port",
    };

    return words[role];
}

static void say_sighting(struct gathering *g, const struct snapshot *s,
                         const struct sighting *to, uint64_t at_ns)
{
    char local[ROW_END_BYTES], peer[ROW_END_BYTES], holder[SIGHTING_HOLDER_BYTES];
    char received[TEXT_NUMBER_BYTES], sent[TEXT_NUMBER_BYTES];
    struct evidence_line *line = evidence_say(
        g->e, "sock_diag", at_ns, "%s: %s %s %s -> %s, Recv-Q %s, Send-Q %s, held by %s%s%s",
        role_words((enum sighting_role)to->role), kind_name((enum socket_kind)to->row.kind),
        state_name((enum socket_state)to->row.state), row_local(s, &to->row, local),
        row_peer(s, &to->row, peer), text_number(to->row.rqueue, received),
        text_number(to->row.wqueue, sent), sighting_holder(to, holder),
        to->own_netns ? "" : ", in network namespace ", to->own_netns ? "" : to->netns);

    if (line)
        line->cookie = to->row.cookie;
}

/* Whether such a socket may be in the way of what is to be bound, or says why nobody answers. */
static bool is_weighty(const struct gathering *g, enum sighting_role role,
                       const struct row *row)
{
    if (role != ROLE_SAME_PORT)
        return true;
    return g->wish->subject == WHY_BIND && row->local.port == g->wish->endpoint.port &&
           row->state != STATE_ESTABLISHED && row->state != STATE_TIME_WAIT;
}

static void count_row(struct gathering *g, const struct looking *l, const struct row *row)
{
    struct port_counts *c = &g->e->counts;

    if (row->state >= STATE_COUNT)
        return;
    if (row->local.port == l->port)
        c->local[row->state]++;
    if (row->peer.port == l->port)
        c->remote[row->state]++;
}

static enum sighting_role role_in(const struct looking *l, const struct row *row,
                                  bool own_netns)
{
    if (own_netns)
        return role_of(l->own, row);
    return is_far_peer_of(l->own, row) ? ROLE_PEER
           : takes_connections(row)    ? ROLE_LISTENER
                                       : ROLE_SAME_PORT;
}

static void take_row(struct looking *l, const struct snapshot *s, const struct row *row)
{
    const struct netns *where = s->netns ? &s->netns[row->netns] : NULL;
    bool own_netns = row->netns == 0 || !where || !where->name[0];
    enum sighting_role role = role_in(l, row, own_netns);
    const struct socket_detail *detail = row_detail(s, row);
    struct sighting *to = is_weighty(l->g, role, row) ? evidence_weighty_sighting(l->g->e)
                                                      : evidence_sighting(l->g->e);

    if (own_netns)
        count_row(l->g, l, row);
    if (!to)
        return;
    to->row = *row;
    to->role = (uint8_t)role;
    to->own_netns = own_netns;
    to->netns_inode = where ? where->inode : 0;
    if (!own_netns)
        memcpy(to->netns, where->name, sizeof(to->netns));
    if (row->interface && row->name)
        text_clean(texts_at(&s->names, row->name), strlen(texts_at(&s->names, row->name)),
                   to->device, sizeof(to->device));
    if (detail)
        socket_detail_copy(&to->detail, detail);
    gather_owner(l->g, s, to);
    if (to->weighty || l->n_said++ < PLAIN_LINES)
        say_sighting(l->g, s, to, l->at_ns);
}

static bool take_part(void *ctx, const struct snapshot *s)
{
    struct looking *l = ctx;

    for (size_t i = 0; i < s->n_rows; i++)
        take_row(l, s, &s->rows[i]);
    /* [0] is our own namespace; without a list of them there is no other. */
    l->g->e->rows_seen = !s->n_netns || !s->netns[0].err.code;
    if (s->unseen_processes) {
        char grant[ERR_TEXT_BYTES];

        l->g->probes->grant_command(grant, sizeof(grant));
        evidence_unseen(l->g->e, "other namespaces", grant,
                        "%zu process%s may not be looked into", s->unseen_processes,
                        s->unseen_processes == 1 ? "" : "es");
    }
    return true;
}

static struct wish *wish_for(uint8_t protocol, uint16_t port, const char *netns)
{
    struct wish *w = mem_new(1, sizeof(*w));
    char text[64] = "sport = :0"; /* nothing is: but every listener's peer has port 0 */

    if (port)
        snprintf(text, sizeof(text), "sport = :%u or dport = :%u", port, port);
    if (filter_parse(text, &w->filter, NULL) < 0)
        w->filter = NULL;
    w->kinds = protocol == IPPROTO_UDP ? KIND_BIT(KIND_UDP) | KIND_BIT(KIND_UDPLITE)
                                       : KIND_BIT(KIND_TCP) | KIND_BIT(KIND_MPTCP);
    w->parts = PARTS;
    w->every_owner = true;
    snprintf(w->netns, sizeof(w->netns), "%s", netns);
    return w;
}

void gather_rows(struct gathering *g, uint8_t protocol, uint16_t port, const struct row *own)
{
    struct looking l = {.g = g, .own = own, .port = port, .at_ns = clock_now_ns()};
    struct wish *w = wish_for(protocol, port, "all");
    struct err err = {0};
    char grant[ERR_TEXT_BYTES];
    int r = g->probes->sockets_list(w, take_part, &l, &err);

    wish_free(w);
    g->rows_ns = l.at_ns;
    if (r < 0 && !g->e->rows_seen) {
        evidence_unseen(g->e, "sock_diag", err.hint, "%s", err.reason);
        return;
    }
    if (g->e->sightings_left_out)
        evidence_say(g->e, "sock_diag", l.at_ns,
                     "%zu more sockets on the port are only counted", g->e->sightings_left_out);
    g->probes->grant_command(grant, sizeof(grant));
    for (size_t i = 0; i < g->e->n_sightings; i++)
        if (g->e->sightings[i].owner == OWNER_NOT_PERMITTED)
            evidence_unseen(g->e, "owners", grant, "processes of other users may not be seen");
    g->e->other_netns_seen = !evidence_is_unseen(g->e, "other namespaces");
}

/* --- a second look ---------------------------------------------------------------------------- */

struct again {
    struct evidence *e;
    uint64_t at_ns, before_ns;
};

static bool is_same(const struct sighting *s, const struct row *row, const char *netns)
{
    if (strcmp(s->netns, netns) != 0)
        return false;
    if (s->row.cookie && row->cookie)
        return s->row.cookie == row->cookie;
    return addr_equal(&s->row.local, &row->local) && addr_equal(&s->row.peer, &row->peer);
}

static bool take_again(void *ctx, const struct snapshot *snapshot)
{
    struct again *a = ctx;

    for (size_t i = 0; i < snapshot->n_rows; i++) {
        const struct row *row = &snapshot->rows[i];
        const struct socket_detail *detail = row_detail(snapshot, row);
        const char *netns = snapshot->netns ? snapshot->netns[row->netns].name : "";

        for (size_t k = 0; k < a->e->n_sightings; k++) {
            struct sighting *s = &a->e->sightings[k];

            if (!is_same(s, row, netns))
                continue;
            s->row_later = *row;
            if (detail)
                socket_detail_copy(&s->detail_later, detail);
        }
    }
    return true;
}

static void say_changes(struct gathering *g, const struct again *a)
{
    char before[TEXT_NUMBER_BYTES], after[TEXT_NUMBER_BYTES], took[TEXT_DURATION_BYTES];

    for (size_t i = 0; i < g->e->n_sightings; i++) {
        const struct sighting *s = &g->e->sightings[i];

        if (s->role != ROLE_OURS && s->role != ROLE_PEER)
            continue;
        text_duration(s->between_ns, took);
        if (!s->row_later.state) {
            evidence_say(g->e, "sock_diag", a->at_ns, "%s is gone %s later",
                         role_words((enum sighting_role)s->role), took);
            continue;
        }
        evidence_say(g->e, "sock_diag", a->at_ns, "%s %s later: %s, Recv-Q %s, Send-Q %s",
                     role_words((enum sighting_role)s->role), took,
                     state_name((enum socket_state)s->row_later.state),
                     text_number(s->row_later.rqueue, before),
                     text_number(s->row_later.wqueue, after));
        gather_say_figures(g, s, a->at_ns);
    }
}

/* Of the two ends; a process that runs now was stopped for a moment only. */
static void look_at_processes(struct gathering *g)
{
    struct process_facts facts;

    for (size_t i = 0; i < g->e->n_sightings; i++) {
        struct sighting *s = &g->e->sightings[i];

        if (s->role != ROLE_SAME_PORT && s->process.pid && !s->owner_past &&
            g->probes->process_look(s->process.pid, &facts) == 0 &&
            facts.start_ticks == s->process.start_ticks && facts.has_state)
            s->process_state_later = facts.state;
    }
}

/* What could not be looked at again is not gone. */
static void forget_later(struct gathering *g, const struct err *err)
{
    for (size_t i = 0; i < g->e->n_sightings; i++)
        g->e->sightings[i].later = false;
    evidence_unseen(g->e, "sock_diag", err->hint, "a second time: %s", err->reason);
}

void gather_rows_again(struct gathering *g, uint8_t protocol, uint16_t port)
{
    struct again a = {.e = g->e, .at_ns = clock_now_ns()};
    struct wish *w = wish_for(protocol, port, "all");
    struct err err = {0};

    w->every_owner = false;
    for (size_t i = 0; i < g->e->n_sightings; i++) {
        g->e->sightings[i].later = true;
        g->e->sightings[i].between_ns = a.at_ns - g->rows_ns;
        g->e->sightings[i].row_later.state = 0;
    }
    look_at_processes(g);
    if (g->probes->sockets_list(w, take_again, &a, &err) == 0)
        say_changes(g, &a);
    else
        forget_later(g, &err);
    wish_free(w);
}
