/* Snapshots in a recording.  What is the same as in the one before, most rows of most hosts, is
 * told by its place there. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/changes.h"
#include "core/model/host.h"
#include "core/model/kernel_event.h"
#include "core/model/record_shapes.h"
#include "core/model/views.h"

/* How far from where it would be if none had come or gone a row is looked for. */
#define SAME_WITHIN 32
/* The least that one of them takes, so that a count cannot ask for memory that no bytes back. */
#define ROW_LEAST 40
#define NETNS_LEAST 12
#define CHANGE_LEAST 40
#define PROCESS_LEAST 20
#define HOLDER_LEAST 8
#define OWNER_LEAST 12
#define COUNTER_LEAST 10

static const struct record_field snapshot_fields[] = {
    RECORD_NUMBER(struct snapshot, at_ns),
    RECORD_NUMBER(struct snapshot, cost_ns),
    RECORD_NUMBER(struct snapshot, n_total),
    RECORD_NUMBER(struct snapshot, from_procfs),
    RECORD_NUMBER(struct snapshot, unavailable),
    RECORD_FLAG(struct snapshot, interrupted),
    RECORD_NUMBER(struct snapshot, malformed),
    RECORD_NUMBER(struct snapshot, unseen_processes),
    RECORD_SHAPE(struct snapshot, err, &record_err),
    RECORD_NUMBER(struct snapshot, n_gone),
    RECORD_NUMBER(struct snapshot, changes_dropped),
    RECORD_FLAG(struct snapshot, has_unseen),
    RECORD_NUMBER(struct snapshot, unseen),
    RECORD_FLAG(struct snapshot, owned.hides),
    RECORD_NUMBER(struct snapshot, owned.n_forgotten),
    RECORD_FLAG(struct snapshot, has_selected),
};
static const struct record_shape snapshot_shape = RECORD_SHAPE_OF(snapshot_fields);

static const struct record_field netns_fields[] = {
    RECORD_NUMBER(struct netns, inode),
    RECORD_TEXT(struct netns, name),
    RECORD_SIGNED(struct netns, pid),
    RECORD_SHAPE(struct netns, err, &record_err),
};
static const struct record_shape netns_shape = RECORD_SHAPE_OF(netns_fields);

static const struct record_field change_fields[] = {
    RECORD_NUMBER(struct change, at_ns),
    RECORD_SHAPE(struct change, row, &record_row),
    RECORD_ENUM(struct change, kind, CHANGE_GONE + 1),
    RECORD_ENUM(struct change, old_state, STATE_COUNT),
    RECORD_FLAG(struct change, by_event),
    RECORD_FLAG(struct change, no_look),
    RECORD_NUMBER(struct change, unread_bytes),
    RECORD_FLAG(struct change, has_unread),
    RECORD_TEXT(struct change, local),
    RECORD_TEXT(struct change, peer),
    RECORD_TEXT(struct change, owner),
};
static const struct record_shape change_shape = RECORD_SHAPE_OF(change_fields);

static const struct record_field process_fields[] = {
    RECORD_NUMBER(struct process, start_ticks), RECORD_SIGNED(struct process, pid),
    RECORD_NUMBER(struct process, uid),         RECORD_TEXT(struct process, comm),
    RECORD_NUMBER(struct process, fds),         RECORD_NUMBER(struct process, fd_limit),
};
static const struct record_shape process_shape = RECORD_SHAPE_OF(process_fields);

static const struct record_field holder_fields[] = {
    RECORD_NUMBER(struct holder, process),
    RECORD_SIGNED(struct holder, fd),
};
static const struct record_shape holder_shape = RECORD_SHAPE_OF(holder_fields);

static const struct record_field owner_fields[] = {
    RECORD_NUMBER(struct owner, inode), RECORD_ENUM(struct owner, knowledge, OWNER_KNOWN + 1),
    RECORD_FLAG(struct owner, past),    RECORD_FLAG(struct owner, incomplete),
    RECORD_NUMBER(struct owner, first), RECORD_NUMBER(struct owner, n),
};
static const struct record_shape owner_shape = RECORD_SHAPE_OF(owner_fields);

/* --- rows --------------------------------------------------------------------------------- */

void record_rows_done(struct record_rows *r)
{
    record_bytes_done(&r->bytes);
    free(r->ends);
    *r = (struct record_rows){0};
}

static size_t row_begin(const struct record_rows *r, size_t i)
{
    return i ? r->ends[i - 1] : 0;
}

/* What was added to the bytes is one more row. */
static void end_row(struct record_rows *r)
{
    if (r->n == r->room) {
        r->room = 2 * r->room + SAME_WITHIN;
        r->ends = mem_resize(r->ends, r->room, sizeof(*r->ends));
    }
    r->ends[r->n++] = r->bytes.len;
}

static void put_row(struct record_bytes *b, const struct snapshot *s, const struct row *row)
{
    const struct socket_detail *d = row_detail(s, row);

    record_put_shape(b, &record_row, row);
    record_put_text(b, row->name ? texts_at(&s->names, row->name) : "");
    record_put_u8(b, d != NULL);
    if (d)
        record_put_detail(b, d);
}

static bool same_row(const struct record_rows *a, size_t i, const struct record_rows *b,
                     size_t j)
{
    size_t at = row_begin(a, i), len = a->ends[i] - at;

    return b->ends[j] - row_begin(b, j) == len &&
           memcmp(a->bytes.bytes + at, b->bytes.bytes + row_begin(b, j), len) == 0;
}

/* Where among those before it is, from `from` on; new rows stand before it.  before->n: nowhere
 * near. */
static size_t find_row(const struct record_rows *now, size_t i,
                       const struct record_rows *before, size_t from, size_t new)
{
    size_t j = from + (new > SAME_WITHIN ? new - SAME_WITHIN : 0);
    size_t end = from + new + SAME_WITHIN;

    for (; j < before->n && j < end; j++)
        if (same_row(now, i, before, j))
            return j;
    return before->n;
}

/* Runs: how many are new, these, how many are as before, from which on. */
static void put_runs(struct record_bytes *b, const struct record_rows *now,
                     const struct record_rows *before)
{
    size_t from = 0;

    for (size_t i = 0; i < now->n;) {
        size_t begin = i, n = 0, at = before->n;

        while (i < now->n && (at = find_row(now, i, before, from, i - begin)) == before->n)
            i++;
        record_put_u32(b, (uint32_t)(i - begin));
        if (i > begin)
            record_put(b, now->bytes.bytes + row_begin(now, begin),
                       now->ends[i - 1] - row_begin(now, begin));
        while (i < now->n && at + n < before->n && same_row(now, i, before, at + n))
            i++, n++;
        from = n ? at + n : from;
        record_put_u32(b, (uint32_t)n);
        record_put_u32(b, (uint32_t)(n ? at : from));
    }
}

static void put_rows(struct record_bytes *b, const struct snapshot *s,
                     struct record_rows *before)
{
    struct record_rows now = {0};

    for (size_t i = 0; i < s->n_rows; i++) {
        put_row(&now.bytes, s, &s->rows[i]);
        end_row(&now);
    }
    record_put_u32(b, (uint32_t)s->n_rows);
    put_runs(b, &now, before);
    record_rows_done(before);
    *before = now;
}

static uint32_t get_text(struct cursor *c, struct texts *into)
{
    size_t len;
    const char *text = record_get_text(c, &len);

    return text ? texts_add(into, text, len) : 0;
}

/* Adds it to the snapshot. */
static void get_row(struct cursor *c, struct snapshot *s)
{
    struct row row = {0};
    struct socket_detail detail = {0};
    uint8_t detailed;

    record_get_shape(c, &record_row, &row);
    row.name = get_text(c, &s->names);
    detailed = cursor_u8(c);
    if (detailed)
        record_get_detail(c, &detail);
    if (row.netns >= s->n_netns || detailed > 1)
        record_spoil(c);
    if (c->short_read)
        return;
    if (detailed)
        snapshot_attach(s, &row, &detail);
    s->rows = s->n_rows & (s->n_rows - 1)
                  ? s->rows
                  : mem_resize(s->rows, 2 * s->n_rows + 1, sizeof(*s->rows));
    s->rows[s->n_rows++] = row;
}

static void get_new_row(struct cursor *c, struct snapshot *s, struct record_rows *now)
{
    size_t at = c->at;

    get_row(c, s);
    if (c->short_read)
        return;
    record_put(&now->bytes, c->bytes + at, c->at - at);
    end_row(now);
}

static void get_same_row(struct cursor *c, struct snapshot *s, struct record_rows *now,
                         const struct record_rows *before, size_t i)
{
    struct cursor row = cursor_over(before->bytes.bytes + row_begin(before, i),
                                    before->ends[i] - row_begin(before, i));

    get_new_row(&row, s, now);
    if (row.short_read)
        record_spoil(c);
}

static void get_rows(struct cursor *c, struct snapshot *s, struct record_rows *before)
{
    struct record_rows now = {0};
    size_t n = cursor_be32(c), next = 0;

    while (s->n_rows < n && !c->short_read) {
        size_t fresh = record_get_count(c, ROW_LEAST), same, from;

        for (size_t i = 0; i < fresh && s->n_rows < n && !c->short_read; i++)
            get_new_row(c, s, &now);
        same = cursor_be32(c);
        from = cursor_be32(c);
        /* Each run brings something, and none of those before twice: it ends, and is no larger
         * than what was read. */
        if (from < next || from > before->n || same > before->n - from ||
            same > n - s->n_rows || fresh + same == 0)
            record_spoil(c);
        next = from + same;
        for (size_t i = 0; i < same && !c->short_read; i++)
            get_same_row(c, s, &now, before, from + i);
    }
    record_rows_done(before);
    *before = now;
}

/* --- owners ------------------------------------------------------------------------------- */

static void put_owners(struct record_bytes *b, const struct ownership *o)
{
    record_put_u32(b, (uint32_t)o->n_processes);
    for (size_t i = 0; i < o->n_processes; i++) {
        record_put_shape(b, &process_shape, &o->processes[i]);
        record_put_text(b, texts_at(&o->texts, o->processes[i].command));
        record_put_text(b, texts_at(&o->texts, o->processes[i].container));
    }
    record_put_u32(b, (uint32_t)o->n_holders);
    for (size_t i = 0; i < o->n_holders; i++)
        record_put_shape(b, &holder_shape, &o->holders[i]);
    record_put_u32(b, (uint32_t)o->n_owners);
    for (size_t i = 0; i < o->n_owners; i++)
        record_put_shape(b, &owner_shape, &o->owners[i]);
    record_put_u32(b, (uint32_t)o->n_past);
    for (size_t i = 0; i < o->n_past; i++) {
        record_put_u64(b, o->past[i].cookie);
        record_put_shape(b, &owner_shape, &o->past[i].owner);
    }
}

static void get_processes(struct cursor *c, struct ownership *o)
{
    o->n_processes = record_get_count(c, PROCESS_LEAST);
    o->processes = mem_new(o->n_processes + 1, sizeof(*o->processes));
    for (size_t i = 0; i < o->n_processes && !c->short_read; i++) {
        record_get_shape(c, &process_shape, &o->processes[i]);
        o->processes[i].command = get_text(c, &o->texts);
        o->processes[i].container = get_text(c, &o->texts);
    }
    o->n_holders = record_get_count(c, HOLDER_LEAST);
    o->holders = mem_new(o->n_holders + 1, sizeof(*o->holders));
    for (size_t i = 0; i < o->n_holders && !c->short_read; i++) {
        record_get_shape(c, &holder_shape, &o->holders[i]);
        if (o->holders[i].process >= o->n_processes)
            record_spoil(c);
    }
}

static void get_owner(struct cursor *c, const struct ownership *o, struct owner *ret)
{
    record_get_shape(c, &owner_shape, ret);
    if (ret->first > o->n_holders || ret->n > o->n_holders - ret->first ||
        (ret->knowledge == OWNER_KNOWN && !ret->n))
        record_spoil(c);
}

static void get_owners(struct cursor *c, struct ownership *o)
{
    get_processes(c, o);
    o->n_owners = record_get_count(c, OWNER_LEAST);
    o->owners = mem_new(o->n_owners + 1, sizeof(*o->owners));
    for (size_t i = 0; i < o->n_owners && !c->short_read; i++)
        get_owner(c, o, &o->owners[i]);
    o->n_past = record_get_count(c, OWNER_LEAST);
    o->past = mem_new(o->n_past + 1, sizeof(*o->past));
    for (size_t i = 0; i < o->n_past && !c->short_read; i++) {
        o->past[i].cookie = record_get_u64(c);
        get_owner(c, o, &o->past[i].owner);
    }
}

/* --- the rest ----------------------------------------------------------------------------- */

static void put_events(struct record_bytes *b, const struct kernel_events_status *e)
{
    record_put_u8(b, e != NULL);
    if (!e)
        return;
    record_put_u64(b, e->seen);
    record_put_u64(b, e->lost);
    for (int i = 0; i < KERNEL_EVENT_KINDS; i++) {
        record_put_u8(b, e->on[i]);
        record_put_shape(b, &record_err, &e->why_not[i]);
    }
}

static void get_events(struct cursor *c, struct snapshot *s)
{
    if (!cursor_u8(c))
        return;
    s->events = mem_new(1, sizeof(*s->events));
    s->events->seen = record_get_u64(c);
    s->events->lost = record_get_u64(c);
    for (int i = 0; i < KERNEL_EVENT_KINDS; i++) {
        s->events->on[i] = cursor_u8(c);
        record_get_shape(c, &record_err, &s->events->why_not[i]);
    }
}

/* --- the host's figures -------------------------------------------------------------------- */

static const struct record_field reading_fields[] = {
    RECORD_NUMBER(struct host_reading, at_ns),
    RECORD_FLAG(struct host_reading, counters.seen),
    RECORD_TEXT(struct host_reading, dropper),
    RECORD_NUMBER(struct host_reading, dropper_drops),
    RECORD_SHAPE(struct host_reading, err, &record_err),
    RECORD_NUMBER(struct host_reading, page_bytes),
    RECORD_SHAPE(struct host_reading, tally_err, &record_err),
};
static const struct record_shape reading_shape = RECORD_SHAPE_OF(reading_fields);

static const struct record_field counter_fields[] = {
    RECORD_TEXT(struct counter, name),
    RECORD_NUMBER(struct counter, value),
};
static const struct record_shape counter_shape = RECORD_SHAPE_OF(counter_fields);

static const struct record_field tally_fields[] = {
    RECORD_NUMBER(struct host_tally, total),
    RECORD_ENUM(struct host_tally, n_listeners, HOST_LISTENERS + 1),
    RECORD_NUMBER(struct host_tally, listeners_left_out),
    RECORD_NUMBER(struct host_tally, port_low),
    RECORD_NUMBER(struct host_tally, port_high),
    RECORD_NUMBER(struct host_tally, ports_taken),
    RECORD_ADDR(struct host_tally, worst.local),
    RECORD_ADDR(struct host_tally, worst.peer),
    RECORD_NUMBER(struct host_tally, worst.n),
    RECORD_NUMBER(struct host_tally, destinations_left_out),
};
static const struct record_shape tally_shape = RECORD_SHAPE_OF(tally_fields);

static const struct record_field listener_fields[] = {
    RECORD_SHAPE(struct host_listener, row, &record_row),
    RECORD_TEXT(struct host_listener, name),
};
static const struct record_shape listener_shape = RECORD_SHAPE_OF(listener_fields);

static void put_kind(struct record_bytes *b, const struct host_kind *k)
{
    record_put_u64(b, k->total);
    record_put_u64(b, k->ipv4);
    record_put_u64(b, k->ipv6);
    for (int i = 0; i < STATE_COUNT; i++)
        record_put_u64(b, k->states[i]);
}

static void get_kind(struct cursor *c, struct host_kind *k)
{
    k->total = record_get_u64(c);
    k->ipv4 = record_get_u64(c);
    k->ipv6 = record_get_u64(c);
    for (int i = 0; i < STATE_COUNT; i++)
        k->states[i] = record_get_u64(c);
}

static void put_tally(struct record_bytes *b, const struct host_tally *t)
{
    record_put_u8(b, t != NULL);
    if (!t)
        return;
    record_put_shape(b, &tally_shape, t);
    for (int i = 0; i < KIND_COUNT; i++)
        put_kind(b, &t->kinds[i]);
    for (size_t i = 0; i < t->n_listeners; i++)
        record_put_shape(b, &listener_shape, &t->listeners[i]);
}

static void get_tally(struct cursor *c, struct host_reading *r)
{
    if (!cursor_u8(c))
        return;
    r->tally = mem_new(1, sizeof(*r->tally));
    record_get_shape(c, &tally_shape, r->tally);
    for (int i = 0; i < KIND_COUNT; i++)
        get_kind(c, &r->tally->kinds[i]);
    for (size_t i = 0; i < r->tally->n_listeners && !c->short_read; i++)
        record_get_shape(c, &listener_shape, &r->tally->listeners[i]);
}

static void put_host(struct record_bytes *b, const struct host_reading *r)
{
    record_put_u8(b, r != NULL);
    if (!r)
        return;
    record_put_shape(b, &reading_shape, r);
    record_put_u32(b, (uint32_t)r->counters.n);
    for (size_t i = 0; i < r->counters.n; i++)
        record_put_shape(b, &counter_shape, &r->counters.list[i]);
    put_tally(b, r->tally);
}

static void get_host(struct cursor *c, struct snapshot *s)
{
    size_t n;

    if (!cursor_u8(c))
        return;
    s->host = mem_new(1, sizeof(*s->host));
    record_get_shape(c, &reading_shape, s->host);
    n = record_get_count(c, COUNTER_LEAST);
    if (n > COUNTERS_MAX)
        record_spoil(c);
    while (s->host->counters.n < n && !c->short_read)
        record_get_shape(c, &counter_shape, &s->host->counters.list[s->host->counters.n++]);
    get_tally(c, s->host);
}

/* A view is made again of the rows. */
static void put_counts(struct record_bytes *b, const struct snapshot *s)
{
    for (int i = 0; i < STATE_COUNT; i++)
        record_put_u64(b, s->n_states[i]);
    for (int i = 0; i < KIND_COUNT; i++)
        record_put_u64(b, s->n_kinds[i]);
    record_put_u8(b, s->view ? (uint8_t)s->view->which : VIEW_LIST);
}

static enum socket_view get_counts(struct cursor *c, struct snapshot *s)
{
    uint8_t view;

    for (int i = 0; i < STATE_COUNT; i++)
        s->n_states[i] = record_get_u64(c);
    for (int i = 0; i < KIND_COUNT; i++)
        s->n_kinds[i] = record_get_u64(c);
    view = cursor_u8(c);
    if (view >= VIEW_COUNT)
        record_spoil(c);
    return view < VIEW_COUNT ? (enum socket_view)view : VIEW_LIST;
}

static void put_selected(struct record_bytes *b, const struct socket_portrait *p)
{
    record_put_shape(b, &record_row, &p->row);
    record_put_u64(b, p->at_ns);
    record_put_u8(b, p->gone);
    record_put_detail(b, &p->detail);
}

static void get_selected(struct cursor *c, struct socket_portrait *p)
{
    record_get_shape(c, &record_row, &p->row);
    p->at_ns = record_get_u64(c);
    p->gone = cursor_u8(c);
    record_get_detail(c, &p->detail);
}

static void get_changes(struct cursor *c, struct snapshot *s)
{
    size_t n = record_get_count(c, CHANGE_LEAST);

    for (size_t i = 0; i < n && !c->short_read; i++) {
        struct change change = {0};

        record_get_shape(c, &change_shape, &change);
        change.row.name = change.row.detail = 0;
        if (!c->short_read)
            snapshot_change(s, &change);
    }
}

void record_put_snapshot(struct record_bytes *b, const struct snapshot *s,
                         struct record_rows *before)
{
    record_put_shape(b, &snapshot_shape, s);
    put_counts(b, s);
    record_put_u32(b, (uint32_t)s->n_netns);
    for (size_t i = 0; i < s->n_netns; i++)
        record_put_shape(b, &netns_shape, &s->netns[i]);
    put_owners(b, &s->owned);
    put_events(b, s->events);
    put_host(b, s->host);
    if (s->has_selected)
        put_selected(b, &s->selected);
    record_put_u32(b, (uint32_t)s->n_changes);
    for (size_t i = 0; i < s->n_changes; i++)
        record_put_shape(b, &change_shape, &s->changes[i]);
    put_rows(b, s, before);
}

struct snapshot *record_get_snapshot(struct cursor *c, struct record_rows *before)
{
    struct snapshot *s = mem_new(1, sizeof(*s));
    enum socket_view which;

    record_get_shape(c, &snapshot_shape, s);
    which = get_counts(c, s);
    s->n_netns = record_get_count(c, NETNS_LEAST);
    s->netns = mem_new(s->n_netns + 1, sizeof(*s->netns));
    for (size_t i = 0; i < s->n_netns && !c->short_read; i++)
        record_get_shape(c, &netns_shape, &s->netns[i]);
    get_owners(c, &s->owned);
    get_events(c, s);
    get_host(c, s);
    if (s->has_selected)
        get_selected(c, &s->selected);
    get_changes(c, s);
    get_rows(c, s, before);
    if (s->n_gone > s->n_rows || !s->n_netns)
        record_spoil(c);
    if (c->short_read) {
        snapshot_free(s);
        return NULL;
    }
    s->view = view_make(s, which);
    return s;
}
