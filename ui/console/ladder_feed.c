#include "ui/console/ladder_feed.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/report/ladder_call.h"
#include "ui/console/figures.h"

/* In one go: some milliseconds. */
enum { PACKETS_AT_ONCE = 512, CALLS_AT_ONCE = 2048 };

/* Packets may come so much later than the call that they belong to. */
#define CALL_WAIT_NS (150 * CLOCK_MS_NS)

void ladder_feed_init(struct ladder_feed *f)
{
    *f = (struct ladder_feed){.ladder = ladder_new(LADDER_STEPS_USUAL),
                              .view = mem_new(1, sizeof(*f->view))};
}

void ladder_feed_done(struct ladder_feed *f)
{
    ladder_free(f->ladder);
    free(f->view);
}

/* --- starting over ---------------------------------------------------------------------- */

static bool same_pick(const struct flow_pick *a, const struct flow_pick *b)
{
    return addr_equal(&a->local, &b->local) && addr_equal(&a->peer, &b->peer) &&
           a->protocol == b->protocol && a->since_wall_ns == b->since_wall_ns;
}

static void start_over_if_other(struct ladder_feed *f, const struct model *m)
{
    const struct packet_list *list = &m->packet_list;
    bool same = f->picking == list->picking && same_pick(&f->pick, &list->pick) &&
                strcmp(f->filter, m->packet_filter) == 0 && list->next >= f->list_next;

    f->list_next = list->next;
    if (same)
        return;
    ladder_free(f->ladder);
    f->ladder = ladder_new(LADDER_STEPS_USUAL);
    f->begun++;
    f->picking = list->picking;
    f->pick = list->pick;
    memcpy(f->filter, m->packet_filter, sizeof(f->filter));
    f->next_packet = f->next_call = f->next_state = 0;
    f->newest_wall_ns = 0;
    f->n_waiting = 0;
}

/* --- packets ---------------------------------------------------------------------------- */

/* True when the list has more of them. */
static bool take_packets(struct ladder_feed *f, const struct model *m)
{
    const struct packet_list *list = &m->packet_list;
    size_t at = packet_list_find(list, f->next_packet);
    size_t end = list->count - at > PACKETS_AT_ONCE ? at + PACKETS_AT_ONCE : list->count;

    for (; at < end; at++) {
        struct packet_facts facts;

        f->next_packet = list->refs[at].number + 1;
        if (!model_packet_facts(m, list->refs[at].number, DECODE_INFO, f->view, &facts))
            continue;
        ladder_packet(f->ladder, &facts);
        if (facts.packet->wall_ns > f->newest_wall_ns)
            f->newest_wall_ns = facts.packet->wall_ns;
    }
    return end < list->count;
}

/* --- calls ------------------------------------------------------------------------------ */

enum fate { CALL_TAKEN, CALL_WAITS, CALL_DROPPED };

static bool has_ended(const struct session_status *s)
{
    return s->state == SESSION_CLOSED || s->state == SESSION_FAILED;
}

static bool concerns(const struct ladder_feed *f, const struct session_status *s)
{
    struct flow flow = {addr_unmapped(&s->local), addr_unmapped(&s->peer), f->pick.protocol};
    struct flow_pick pick = f->pick;

    if (!f->picking)
        return true;
    pick.since_wall_ns = 0;
    return flow_match(&pick, &flow, 0) != FLOW_NONE;
}

static enum fate take_call(struct ladder_feed *f, const struct model *m, const struct call *c)
{
    const struct session_status *s = model_session(m, c->session_id);
    char text[LADDER_TEXT_BYTES];

    if (!s || !ladder_call_text(c, text))
        return CALL_DROPPED;
    if (s->local.family != AF_INET && s->local.family != AF_INET6)
        return s->local.family == AF_UNSPEC && !has_ended(s) ? CALL_WAITS : CALL_DROPPED;
    if (!concerns(f, s))
        return CALL_DROPPED;
    ladder_call(f->ladder, figure_wall_ns(m, c->start_ns), &s->local, c->error != 0, text);
    return CALL_TAKEN;
}

static void take_waiting(struct ladder_feed *f, const struct model *m)
{
    size_t kept = 0;

    for (size_t i = 0; i < f->n_waiting; i++) {
        struct call call;

        if (ring_get(m->journal, f->waiting[i], &call, NULL, 0, NULL) &&
            take_call(f, m, &call) == CALL_WAITS)
            f->waiting[kept++] = f->waiting[i];
    }
    f->n_waiting = kept;
}

/* The oldest goes when there are too many. */
static void let_wait(struct ladder_feed *f, uint64_t number)
{
    if (f->n_waiting == LADDER_FEED_WAITING)
        memmove(f->waiting, f->waiting + 1, --f->n_waiting * sizeof(*f->waiting));
    f->waiting[f->n_waiting++] = number;
}

/* Calls are taken when the packets up to them are there: what folds is decided in order. */
static bool take_calls(struct ladder_feed *f, const struct model *m, bool behind)
{
    uint64_t tail = ring_tail(m->journal), end = model_journal_end(m);
    uint64_t now_ns = clock_shown_ns();

    if (f->next_call < tail)
        f->next_call = tail;
    take_waiting(f, m);
    for (int n = 0; f->next_call < end; f->next_call++, n++) {
        struct call call;
        bool due;

        if (n == CALLS_AT_ONCE)
            return true;
        if (!ring_get(m->journal, f->next_call, &call, NULL, 0, NULL))
            continue;
        due = figure_wall_ns(m, call.start_ns) <= f->newest_wall_ns ||
              (!behind && call.start_ns + CALL_WAIT_NS <= now_ns);
        if (!due)
            return false;
        if (take_call(f, m, &call) == CALL_WAITS)
            let_wait(f, f->next_call);
    }
    return false;
}

/* --- states ----------------------------------------------------------------------------- */

bool ladder_feed_local(const struct model *m, struct addr *ret)
{
    const struct session_status *s =
        m->focus.session_id ? model_session(m, m->focus.session_id) : NULL;
    struct addr local = m->focus.kind == FOCUS_ROW ? m->focus.row.local
                        : s                        ? s->local
                                                   : (struct addr){0};

    if (m->focus.kind == FOCUS_NONE || (local.family != AF_INET && local.family != AF_INET6))
        return false;
    *ret = addr_unmapped(&local);
    return true;
}

/* Only those whose moment the kernel told. */
static void take_states(struct ladder_feed *f, const struct model *m)
{
    const struct state_path *path = &m->path;
    struct addr local;

    if (!f->picking || !ladder_feed_local(m, &local) || addr_is_any(&local))
        return;
    if (f->next_state < path->forgotten)
        f->next_state = path->forgotten;
    for (; f->next_state < path->forgotten + path->n; f->next_state++) {
        const struct state_step *s = &path->steps[f->next_state - path->forgotten];

        if (s->exact)
            ladder_state(f->ladder, figure_wall_ns(m, s->from_ns), &local, s->state);
    }
}

bool ladder_feed_update(struct ladder_feed *f, const struct model *m)
{
    bool packets, calls;

    start_over_if_other(f, m);
    packets = take_packets(f, m);
    calls = take_calls(f, m, packets);
    take_states(f, m);
    return packets || calls;
}

/* --- opening a fold --------------------------------------------------------------------- */

/* Whether a packet between the fold's first and last is in it. */
static bool is_part(const struct ladder *l, const struct ladder_step *fold,
                    const struct packet_facts *p)
{
    const struct addr *from = ladder_column(l, fold->from);
    struct addr source = addr_unmapped(&p->dissection->flow.source);
    bool forth = p->dissection->has_flow && addr_equal(&source, from);

    if (p->note->conversation != fold->conversation || p->note->findings != fold->findings)
        return false;
    if (!forth)
        return fold->answers && !p->dissection->payload_claimed;
    return !p->dissection->payload_claimed == !fold->bytes;
}

bool ladder_feed_open(struct ladder_feed *f, const struct model *m,
                      const struct ladder_step *fold, uint64_t *next, struct ladder *to)
{
    const struct packet_list *list = &m->packet_list;
    size_t at = packet_list_find(list, *next), end = at + PACKETS_AT_ONCE;

    for (; at < list->count && at < end; at++) {
        struct packet_facts facts;
        struct packet_note note;

        if (list->refs[at].number > fold->last_packet)
            return false;
        *next = list->refs[at].number + 1;
        if (!model_packet_facts(m, list->refs[at].number, DECODE_INFO, f->view, &facts) ||
            !is_part(f->ladder, fold, &facts))
            continue;
        /* The states stand beside the fold already. */
        note = *facts.note;
        note.has &= (uint8_t)~NOTE_STATES;
        facts.note = &note;
        ladder_packet(to, &facts);
    }
    return at < list->count && list->refs[at].number <= fold->last_packet;
}
