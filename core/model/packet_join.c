#include "core/model/packet_join.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

/* A socket's addresses; a zero peer: it has none. */
struct ends {
    struct addr local, peer;
    uint64_t protocol;
};

/* Places by their addresses: open addressing, place + 1, several may have the same addresses. */
struct table {
    size_t mask;
    uint32_t *slots;
};

struct packet_join {
    struct table sessions, rows, gone;
    /* What they were made of. */
    uint64_t changes;
    const struct snapshot *snapshot;
    uint64_t snapshot_ns, gone_total;
    bool made;
};

struct packet_join *packet_join_new(void)
{
    return mem_new(1, sizeof(struct packet_join));
}

void packet_join_free(struct packet_join *j)
{
    if (!j)
        return;
    free(j->sessions.slots);
    free(j->rows.slots);
    free(j->gone.slots);
    free(j);
}

/* --- tables ----------------------------------------------------------------------------- */

static struct addr plain(const struct addr *a)
{
    struct addr p = addr_unmapped(a);

    p.scope = 0;
    return p;
}

static struct ends ends_of(const struct addr *local, const struct addr *peer, uint8_t protocol)
{
    struct ends e = {.local = plain(local), .protocol = protocol};

    /* An address of all zeros is nobody's; the family of the peer says nothing then. */
    if (addr_is_any(&e.local))
        e.local = (struct addr){.port = e.local.port};
    if (peer && peer->port && !addr_is_any(peer))
        e.peer = plain(peer);
    return e;
}

static uint64_t hash_ends(const struct ends *e)
{
    uint64_t words[sizeof(*e) / sizeof(uint64_t)], hash = UINT64_C(0xcbf29ce484222325);

    memcpy(words, e, sizeof(words));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        hash = (hash ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return hash;
}

static void table_make(struct table *t, size_t n)
{
    size_t size = 16;

    while (size < 2 * n)
        size *= 2;
    if (size != t->mask + 1 || !t->slots) {
        free(t->slots);
        t->slots = mem_new(size, sizeof(*t->slots));
        t->mask = size - 1;
        return;
    }
    memset(t->slots, 0, size * sizeof(*t->slots));
}

static void table_add(struct table *t, const struct ends *e, size_t place)
{
    size_t at = (size_t)hash_ends(e) & t->mask;

    while (t->slots[at])
        at = (at + 1) & t->mask;
    t->slots[at] = (uint32_t)place + 1;
}

/* Goes through the places whose addresses may be these: begin with *at = hash, false: no more. */
static bool table_next(const struct table *t, size_t *at, size_t *ret_place)
{
    uint32_t slot = t->slots ? t->slots[*at & t->mask] : 0;

    if (!slot)
        return false;
    *ret_place = slot - 1;
    *at += 1;
    return true;
}

/* --- what the tables hold --------------------------------------------------------------- */

static bool is_inet(const struct addr *a)
{
    return a->family == AF_INET || a->family == AF_INET6;
}

static struct ends session_ends(const struct session_status *s)
{
    bool datagrams = s->endpoint.scheme == ENDPOINT_UDP;

    return ends_of(&s->local, &s->peer, datagrams ? IPPROTO_UDP : IPPROTO_TCP);
}

static struct ends row_ends(const struct row *row)
{
    return ends_of(&row->local, &row->peer, kind_ip_protocol((enum socket_kind)row->kind));
}

static bool is_ours_namespace(const struct snapshot *s, const struct row *row)
{
    return row->netns >= s->n_netns || !s->netns[row->netns].name[0];
}

static void make_sessions(struct packet_join *j, const struct join_sources *from)
{
    table_make(&j->sessions, from->n_sessions);
    for (size_t i = 0; i < from->n_sessions; i++) {
        struct ends e = session_ends(&from->sessions[i]);

        if (is_inet(&from->sessions[i].local))
            table_add(&j->sessions, &e, i);
    }
}

static void make_rows(struct packet_join *j, const struct snapshot *s)
{
    table_make(&j->rows, s ? s->n_rows : 0);
    for (size_t i = 0; s && i < s->n_rows; i++) {
        const struct row *row = &s->rows[i];
        struct ends e = row_ends(row);

        if (e.protocol && row->change != CHANGE_GONE && is_inet(&row->local) &&
            is_ours_namespace(s, row))
            table_add(&j->rows, &e, i);
    }
}

static void make_gone(struct packet_join *j, const struct gone *g)
{
    table_make(&j->gone, g->n);
    for (size_t i = 0; i < g->n; i++) {
        const struct row *row = &gone_at(g, i)->row;
        struct ends e = row_ends(row);

        if (e.protocol && is_inet(&row->local))
            table_add(&j->gone, &e, i);
    }
}

static void renew(struct packet_join *j, const struct join_sources *from)
{
    uint64_t snapshot_ns = from->snapshot ? from->snapshot->at_ns : 0;

    if (!j->made || j->changes != from->changes)
        make_sessions(j, from);
    if (!j->made || j->snapshot != from->snapshot || j->snapshot_ns != snapshot_ns)
        make_rows(j, from->snapshot);
    if (!j->made || j->gone_total != from->gone->total)
        make_gone(j, from->gone);
    j->made = true;
    j->changes = from->changes;
    j->snapshot = from->snapshot;
    j->snapshot_ns = snapshot_ns;
    j->gone_total = from->gone->total;
}

/* --- finding ---------------------------------------------------------------------------- */

static uint64_t wall_of(const struct join_sources *from, uint64_t at_ns)
{
    return from->start_wall_ns + (at_ns - from->start_ns);
}

static bool same_ends(const struct ends *a, const struct ends *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static bool has_ended(const struct session_status *s)
{
    return s->state == SESSION_CLOSED || s->state == SESSION_FAILED;
}

/* The newest session that was, or had been shortly before, at that time. */
static const struct session_status *find_session(const struct packet_join *j,
                                                 const struct join_sources *from,
                                                 const struct ends *e, uint64_t wall_ns)
{
    const struct session_status *best = NULL;
    size_t at = (size_t)hash_ends(e), place;

    while (table_next(&j->sessions, &at, &place)) {
        const struct session_status *s = &from->sessions[place];
        struct ends theirs = session_ends(s);

        if (same_ends(&theirs, e) && wall_ns + JOIN_BEFORE_NS >= wall_of(from, s->opened_ns) &&
            (!has_ended(s) || wall_ns <= wall_of(from, s->changed_ns) + JOIN_AFTER_NS) &&
            (!best || s->id > best->id))
            best = s;
    }
    return best;
}

static const struct row *find_row(const struct packet_join *j, const struct join_sources *from,
                                  const struct ends *e)
{
    size_t at = (size_t)hash_ends(e), place;

    while (table_next(&j->rows, &at, &place)) {
        struct ends theirs = row_ends(&from->snapshot->rows[place]);

        if (same_ends(&theirs, e))
            return &from->snapshot->rows[place];
    }
    return NULL;
}

/* The one that ended first after the packet, else the one that ended shortly before it. */
static const struct change *find_gone(const struct packet_join *j,
                                      const struct join_sources *from, const struct ends *e,
                                      uint64_t wall_ns, bool *ret_before)
{
    const struct change *after = NULL, *before = NULL;
    size_t at = (size_t)hash_ends(e), place;

    while (table_next(&j->gone, &at, &place)) {
        const struct change *c = gone_at(from->gone, place);
        struct ends theirs = row_ends(&c->row);
        uint64_t end_ns = wall_of(from, c->at_ns);

        if (!same_ends(&theirs, e))
            continue;
        if (end_ns >= wall_ns && (!after || c->at_ns < after->at_ns))
            after = c;
        else if (end_ns < wall_ns && wall_ns - end_ns <= JOIN_AFTER_NS &&
                 (!before || c->at_ns > before->at_ns))
            before = c;
    }
    *ret_before = !after;
    return after ? after : before;
}

/* A socket without a peer that takes what comes to this address. */
static const struct row *find_open_row(const struct packet_join *j,
                                       const struct join_sources *from,
                                       const struct addr *local, uint8_t protocol)
{
    struct ends e = ends_of(local, NULL, protocol);
    const struct row *row = find_row(j, from, &e);

    if (row)
        return row;
    e.local = (struct addr){.port = local->port};
    return find_row(j, from, &e);
}

/* --- telling ---------------------------------------------------------------------------- */

static void write_socket(struct joined_end *end, const struct ends *e)
{
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES];
    const char *scheme = e->protocol == IPPROTO_TCP   ? "tcp://"
                         : e->protocol == IPPROTO_UDP ? "udp://"
                                                      : "";

    addr_format(&e->local, local);
    snprintf(end->socket, sizeof(end->socket), "%s%s", scheme, local);
    if (e->peer.port)
        snprintf(end->socket, sizeof(end->socket), "%s%s-%s", scheme, local,
                 addr_format(&e->peer, peer));
    end->owner.socket = end->socket;
}

static void write_process(struct joined_end *end, const char *name, int pid)
{
    snprintf(end->process, sizeof(end->process), "%s (%d)", name, pid);
    end->owner.process = end->process;
}

static const struct server_status *server_of(const struct join_sources *from, uint64_t id,
                                             uint64_t cookie)
{
    for (size_t i = 0; i < from->n_servers; i++)
        if (id ? from->servers[i].id == id : cookie && from->servers[i].cookie == cookie)
            return &from->servers[i];
    return NULL;
}

/* It is a socket of this program. */
static void write_ours(struct joined_end *end, const struct server_status *server)
{
    if (server)
        snprintf(end->session, sizeof(end->session), "server %llu %s",
                 (unsigned long long)server->id, server->service);
    else
        snprintf(end->session, sizeof(end->session), "session %llu",
                 (unsigned long long)end->session_id);
    end->owner.session = end->session;
    write_process(end, program_invocation_short_name, owner_ourselves());
}

static void take_row(struct joined_end *end, enum join_kind kind, const struct row *row)
{
    end->kind = kind;
    end->has_row = true;
    end->row = *row;
    end->row.name = end->row.detail = 0;
    end->owner.guess = true;
}

static void write_holder(struct joined_end *end, const struct join_sources *from,
                         const struct row *row)
{
    const struct owner *o = snapshot_owner_of(from->snapshot, row);
    const struct process *p = o && o->knowledge == OWNER_KNOWN && o->n
                                  ? owner_process(&from->snapshot->owned, o, 0)
                                  : NULL;
    const struct server_status *server = server_of(from, 0, row->cookie);

    if (server)
        write_ours(end, server);
    else if (p)
        write_process(end, process_name(p), p->pid);
}

/* Its row, if the snapshot has that of its cookie. */
static void take_session(struct joined_end *end, const struct packet_join *j,
                         const struct join_sources *from, const struct ends *e,
                         const struct session_status *s)
{
    const struct row *row = find_row(j, from, e);

    if (row && row->cookie == s->cookie && s->cookie)
        take_row(end, JOIN_SESSION, row);
    end->kind = JOIN_SESSION;
    end->owner.guess = false;
    end->session_id = s->id;
    write_ours(end, s->server_id ? server_of(from, s->server_id, 0) : NULL);
}

static void join_end(const struct packet_join *j, const struct join_sources *from,
                     const struct ends *e, uint64_t wall_ns, struct joined_end *end)
{
    const struct session_status *s = find_session(j, from, e, wall_ns);
    const struct row *row = s ? NULL : find_row(j, from, e);
    bool before = false;
    const struct change *gone = s ? NULL : find_gone(j, from, e, wall_ns, &before);

    if (s) {
        take_session(end, j, from, e, s);
    } else if (gone && (!row || !before)) {
        take_row(end, JOIN_GONE, &gone->row);
        snprintf(end->process, sizeof(end->process), "%s", gone->owner);
        end->owner.process = gone->owner[0] ? end->process : NULL;
    } else if (row) {
        take_row(end, JOIN_ROW, row);
        write_holder(end, from, row);
    } else {
        row = find_open_row(j, from, &e->local, (uint8_t)e->protocol);
        if (!row)
            return;
        take_row(end, JOIN_LISTENER, row);
        write_holder(end, from, row);
    }
    if (row && end->kind == JOIN_LISTENER) {
        struct ends open = row_ends(row);

        open.local = e->local;
        write_socket(end, &open);
    } else {
        write_socket(end, e);
    }
}

void packet_join(struct packet_join *j, const struct join_sources *from,
                 const struct flow *flow, uint64_t wall_ns, struct joined_packet *ret)
{
    struct ends e;

    for (int i = 0; i < 2; i++)
        ret->ends[i] = (struct joined_end){.kind = JOIN_NONE};
    if (!flow->protocol)
        return;
    renew(j, from);
    e = ends_of(&flow->source, &flow->destination, flow->protocol);
    join_end(j, from, &e, wall_ns, &ret->ends[0]);
    e = ends_of(&flow->destination, &flow->source, flow->protocol);
    join_end(j, from, &e, wall_ns, &ret->ends[1]);
}
