/* Two looks at the host's sockets: which were unwell in the first, and how they are in the second. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/why/checkup_internal.h"

#define KINDS                                                                                  \
    (KIND_BIT(KIND_TCP) | KIND_BIT(KIND_MPTCP) | KIND_BIT(KIND_UDP) | KIND_BIT(KIND_UDPLITE) | \
     KINDS_UNIX)
#define PARTS (DETAIL_MEMINFO | DETAIL_INFO | DETAIL_SHUTDOWN)
/* Rows whose owners are wanted in the second look: those that may be candidates. */
#define MAY_BE_UNWELL                                                                          \
    "recvq > 0 or sendq > 0 and not state listening or state close-wait or "                   \
    "state fin-wait-1 or state fin-wait-2 or state closing or state last-ack or "              \
    "state time-wait or proto udp"
/* Peers that TIME_WAIT is counted for; a host that exhausts its ports has few. */
#define WAITING_MAX 4096

/* --- what is unwell at first sight ------------------------------------------------------ */

static bool is_datagram(const struct row *row)
{
    return row->kind == KIND_UDP || row->kind == KIND_UDPLITE;
}

static bool is_unix(const struct row *row)
{
    return KIND_BIT(row->kind) & KINDS_UNIX;
}

static bool is_closing(const struct row *row)
{
    return row->state == STATE_FIN_WAIT1 || row->state == STATE_FIN_WAIT2 ||
           row->state == STATE_CLOSING || row->state == STATE_LAST_ACK;
}

/* sock_diag: of a listener Recv-Q is what waits to be accepted, Send-Q how many may. */
static bool looks_unwell(const struct row *row, const struct socket_detail *detail)
{
    switch (row->state) {
    case STATE_LISTEN:
        return row->rqueue > row->wqueue;
    case STATE_CLOSE_WAIT:
        return !is_unix(row);
    case STATE_ESTABLISHED:
        return row->rqueue || (!is_unix(row) && row->wqueue);
    case STATE_CLOSE:
        return is_datagram(row) &&
               (row->rqueue || (detail && detail->known & DETAIL_MEMINFO && detail->drops));
    default:
        return is_closing(row) && !row->inode && row->retransmits;
    }
}

/* --- the table ---------------------------------------------------------------------------- */

static struct ends ends_of(const struct row *row)
{
    return (struct ends){.local = row->local, .peer = row->peer, .kind = row->kind};
}

static struct identity identity_of(const struct row *row)
{
    return (struct identity){.cookie = row->cookie, .ends = ends_of(row)};
}

static void add_candidate(struct search *s, const struct snapshot *snapshot,
                          const struct row *row, const struct socket_detail *detail)
{
    struct candidate *c, *same = NULL;
    char name[ROW_END_BYTES];

    if (s->n == CHECKUP_CANDIDATES) {
        s->result->n_left_out++;
        return;
    }
    c = mem_new(1, sizeof(*c));
    c->identity = identity_of(row);
    c->s.role = ROLE_OURS;
    c->s.own_netns = true;
    c->s.row = *row;
    if (detail)
        socket_detail_copy(&c->s.detail, detail);
    if (is_unix(row))
        snprintf(c->name, sizeof(c->name), "unix:%s", row_local(snapshot, row, name));
    *s->last = c;
    s->last = &c->next;
    s->n++;
    HASH_ADD(hh, s->all, identity, sizeof(c->identity), c);
    HASH_FIND(by_ends, s->ends, &c->identity.ends, sizeof(c->identity.ends), same);
    if (!same) {
        HASH_ADD(by_ends, s->ends, identity.ends, sizeof(c->identity.ends), c);
        c->has_ends = true;
    }
}

static void count_waiting(struct search *s, const struct row *row)
{
    struct waiting *w = NULL;
    struct ends ends = ends_of(row);

    ends.local.port = 0;
    HASH_FIND(hh, s->waiting, &ends, sizeof(ends), w);
    if (!w && HASH_COUNT(s->waiting) == WAITING_MAX)
        return;
    if (!w) {
        w = mem_new(1, sizeof(*w));
        w->ends = ends;
        w->row = *row;
        HASH_ADD(hh, s->waiting, ends, sizeof(w->ends), w);
    }
    w->n++;
}

/* --- owners ------------------------------------------------------------------------------- */

static const struct process_facts *look_process(struct search *s, const struct process *p)
{
    struct known_process *known = NULL;

    HASH_FIND(hh, s->processes, &p->pid, sizeof(p->pid), known);
    if (known)
        return &known->facts;
    known = mem_new(1, sizeof(*known));
    known->pid = p->pid;
    if (s->probes->process_look(p->pid, &known->facts) < 0) {
        known->facts = (struct process_facts){.pid = p->pid, .start_ticks = p->start_ticks};
        memcpy(known->facts.comm, p->comm, sizeof(known->facts.comm));
    }
    HASH_ADD(hh, s->processes, pid, sizeof(known->pid), known);
    return &known->facts;
}

static void look_owner(struct search *s, const struct snapshot *snapshot, const struct row *row,
                       struct sighting *to)
{
    const struct owner *owner = snapshot_owner_of(snapshot, row);

    to->owner = owner ? (enum owner_knowledge)owner->knowledge : OWNER_NOT_ASKED;
    if (!owner || owner->knowledge != OWNER_KNOWN || !owner->n)
        return;
    to->owner_past = owner->past;
    to->n_holders = owner_processes(&snapshot->owned, owner);
    to->process = *look_process(s, owner_process(&snapshot->owned, owner, 0));
    for (size_t i = 0; !owner->past && i < to->n_holders; i++)
        to->n_stopped +=
            process_is_stopped(look_process(s, owner_process(&snapshot->owned, owner, i)));
}

/* --- the looks ---------------------------------------------------------------------------- */

static void look_first(struct search *s, const struct snapshot *snapshot, const struct row *row)
{
    const struct socket_detail *detail = row_detail(snapshot, row);

    if (s->wish->pid || looks_unwell(row, detail))
        add_candidate(s, snapshot, row, detail);
}

static void look_again(struct search *s, const struct snapshot *snapshot, const struct row *row)
{
    const struct socket_detail *detail = row_detail(snapshot, row);
    struct identity identity = identity_of(row);
    struct candidate *c = NULL;

    if (row->state == STATE_TIME_WAIT)
        count_waiting(s, row);
    if (is_closing(row) && !row->inode) {
        s->n_orphans++;
        s->orphan = *row;
    }
    HASH_FIND(hh, s->all, &identity, sizeof(identity), c);
    if (!c)
        return;
    c->s.row_later = *row;
    if (detail)
        socket_detail_copy(&c->s.detail_later, detail);
    look_owner(s, snapshot, row, &c->s);
}

static void note_missing(struct search *s, const struct snapshot *snapshot)
{
    struct evidence *e = s->result->e;

    if (snapshot->err.code)
        evidence_unseen(e, "sock_diag", snapshot->err.hint, "%s", snapshot->err.reason);
    if (snapshot->interrupted)
        evidence_unseen(e, "interrupted dump", NULL,
                        "sockets changed meanwhile: some may be missing");
}

static bool take_part(void *ctx, const struct snapshot *snapshot)
{
    struct search *s = ctx;

    note_missing(s, snapshot);
    if (!s->second)
        s->result->n_checked += snapshot->n_rows;
    for (size_t i = 0; i < snapshot->n_rows; i++)
        if (s->second)
            look_again(s, snapshot, &snapshot->rows[i]);
        else
            look_first(s, snapshot, &snapshot->rows[i]);
    return !(s->wish->stop && atomic_load(s->wish->stop));
}

static struct wish *wish_for(const struct search *s)
{
    struct wish *w = mem_new(1, sizeof(*w));
    char text[32];

    w->kinds = KINDS;
    w->parts = PARTS;
    w->every_owner = s->second;
    snprintf(text, sizeof(text), "pid = %d", s->wish->pid);
    if (filter_parse(s->wish->pid ? text
                     : s->second  ? MAY_BE_UNWELL
                                  : "",
                     &w->filter, NULL) < 0)
        w->filter = NULL;
    return w;
}

int search_look(struct search *s, struct err *err)
{
    struct wish *w = wish_for(s);
    int r;

    s->looked_ns[s->second] = clock_now_ns();
    r = s->probes->sockets_list(w, take_part, s, err);
    wish_free(w);
    if (s->second)
        for (struct candidate *c = s->first; c; c = c->next) {
            c->s.later = true;
            c->s.between_ns = s->looked_ns[1] - s->looked_ns[0];
        }
    return r;
}

void search_done(struct search *s)
{
    struct waiting *w, *next_w;
    struct known_process *p, *next_p;

    HASH_CLEAR(hh, s->all);
    HASH_CLEAR(by_ends, s->ends);
    for (struct candidate *c = s->first, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    w = s->waiting;
    HASH_CLEAR(hh, s->waiting);
    for (; w; w = next_w) {
        next_w = w->hh.next;
        free(w);
    }
    p = s->processes;
    HASH_CLEAR(hh, s->processes);
    for (; p; p = next_p) {
        next_p = p->hh.next;
        free(p);
    }
}
