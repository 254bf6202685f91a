#include "core/wire/ladder.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/snapshot.h"
#include "core/wire/ladder_internal.h"

/* The kernel's word and the packet that shows the same come at most so far apart. */
#define SAME_STATE_NS (200 * UINT64_C(1000000))
#define SAME_STATE_STEPS 64

/* What the packets showed last of both ends of a conversation. */
struct ends_seen {
    bool seen;
    uint8_t states[2]; /* as in struct packet_note */
    uint32_t conversation;
};

struct ladder {
    size_t max, n;
    struct ladder_entry *entries; /* slots, in no order; pages that are not used cost nothing */
    uint32_t *order;              /* slots by time, a ring that begins at `head` */
    size_t head;
    uint32_t *unused; /* max - n slots */
    uint64_t first;   /* number of the oldest */
    uint64_t next_id, left_out;
    bool folding;
    size_t n_columns;
    struct addr columns[LADDER_COLUMNS];
    struct ends_seen ends[LADDER_COLUMNS][LADDER_COLUMNS]; /* by ends[0] and ends[1] */
};

struct ladder *ladder_new(size_t max_steps)
{
    struct ladder *l = mem_new(1, sizeof(*l));

    l->max = max_steps ? max_steps : 1;
    l->entries = mem_map(l->max * sizeof(*l->entries));
    l->order = mem_new(l->max, sizeof(*l->order));
    l->unused = mem_new(l->max, sizeof(*l->unused));
    for (size_t i = 0; i < l->max; i++)
        l->unused[i] = (uint32_t)(l->max - 1 - i);
    l->folding = true;
    return l;
}

void ladder_free(struct ladder *l)
{
    if (!l)
        return;
    mem_unmap(l->entries, l->max * sizeof(*l->entries));
    free(l->order);
    free(l->unused);
    free(l);
}

void ladder_folding(struct ladder *l, bool on)
{
    l->folding = on;
}

/* --- the store -------------------------------------------------------------------------- */

static uint32_t *slot_at(const struct ladder *l, size_t place)
{
    size_t at = l->head + place;

    return &l->order[at < l->max ? at : at - l->max];
}

struct ladder_entry *ladder_at(const struct ladder *l, size_t place)
{
    return &l->entries[*slot_at(l, place)];
}

void ladder_remove(struct ladder *l, size_t place)
{
    l->unused[l->max - l->n] = *slot_at(l, place);
    for (size_t i = place; i + 1 < l->n; i++)
        *slot_at(l, i) = *slot_at(l, i + 1);
    l->n--;
}

static void drop_oldest(struct ladder *l)
{
    l->unused[l->max - l->n] = *slot_at(l, 0);
    l->head = l->head + 1 < l->max ? l->head + 1 : 0;
    l->n--;
    l->first++;
}

/* Behind everything that is not later. */
static size_t place_of(const struct ladder *l, uint64_t wall_ns)
{
    size_t low = 0, high = l->n;

    /* Nearly always the newest. */
    if (!high || ladder_at(l, high - 1)->step.wall_ns <= wall_ns)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ladder_at(l, middle)->step.wall_ns <= wall_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert(struct ladder *l, size_t place, struct ladder_entry *e)
{
    uint32_t slot;

    e->step.id = l->next_id++;
    if (l->n == l->max) {
        if (!place) {
            l->first++; /* it would be the oldest, and go */
            return;
        }
        drop_oldest(l);
        place--;
    }
    slot = l->unused[l->max - l->n - 1];
    l->n++;
    for (size_t i = l->n - 1; i > place; i--)
        *slot_at(l, i) = *slot_at(l, i - 1);
    *slot_at(l, place) = slot;
    l->entries[slot] = *e;
}

static void add(struct ladder *l, struct ladder_entry *e)
{
    size_t place = place_of(l, e->step.wall_ns);

    if (!l->folding || !ladder_join(l, place, e))
        insert(l, place, e);
}

/* --- columns ---------------------------------------------------------------------------- */

/* False when there are too many already. */
static bool column_of(struct ladder *l, const struct addr *address, uint8_t *ret)
{
    struct addr a = addr_unmapped(address);

    for (size_t i = 0; i < l->n_columns; i++)
        if (addr_equal(&l->columns[i], &a)) {
            *ret = (uint8_t)i;
            return true;
        }
    if (l->n_columns == LADDER_COLUMNS)
        return false;
    *ret = (uint8_t)l->n_columns;
    l->columns[l->n_columns++] = a;
    return true;
}

/* --- states ----------------------------------------------------------------------------- */

static bool same_state(const struct ladder_step *s, uint64_t wall_ns, uint8_t column,
                       uint8_t state, bool on_wire)
{
    uint64_t apart_ns = s->wall_ns > wall_ns ? s->wall_ns - wall_ns : wall_ns - s->wall_ns;

    return s->kind == LADDER_STATE && s->from == column && s->state == state &&
           s->on_wire == on_wire && apart_ns <= SAME_STATE_NS;
}

/* The other source's step of the same change; false: it has told of none. */
static bool find_state(const struct ladder *l, uint64_t wall_ns, uint8_t column, uint8_t state,
                       bool on_wire, size_t *ret_place)
{
    size_t place = place_of(l, wall_ns);
    size_t from = place > SAME_STATE_STEPS ? place - SAME_STATE_STEPS : 0;

    for (size_t i = from; i < l->n && i < place + SAME_STATE_STEPS; i++)
        if (same_state(&ladder_at(l, i)->step, wall_ns, column, state, on_wire)) {
            *ret_place = i;
            return true;
        }
    return false;
}

static void add_state(struct ladder *l, uint64_t wall_ns, uint8_t column, uint8_t state,
                      uint32_t conversation, bool on_wire)
{
    struct ladder_entry e = {.step = {.wall_ns = wall_ns,
                                      .last_wall_ns = wall_ns,
                                      .count = 1,
                                      .kind = LADDER_STATE,
                                      .from = column,
                                      .to = column,
                                      .state = state,
                                      .on_wire = on_wire,
                                      .conversation = conversation},
                             .unwritten = true};
    size_t twin;

    if (find_state(l, wall_ns, column, state, !on_wire, &twin)) {
        if (on_wire)
            return;
        e.step.conversation = ladder_at(l, twin)->step.conversation;
        ladder_remove(l, twin);
    }
    insert(l, place_of(l, wall_ns), &e);
}

/* What a packet changed, its sender first.  The states that a conversation is in when it is first
 * seen are no change, except for those that its first SYN makes. */
static void add_wire_states(struct ladder *l, const struct packet_facts *p, uint8_t from,
                            uint8_t to)
{
    const struct packet_note *note = p->note;
    unsigned sender = note->direction == FROM_SECOND;
    struct ends_seen *ends = sender ? &l->ends[to][from] : &l->ends[from][to];
    bool known = ends->seen && ends->conversation == note->conversation;
    bool syn = p->dissection->has_tcp && p->dissection->tcp.flags & TCP_FLAG_SYN;

    for (unsigned i = 0; i < 2; i++) {
        unsigned end = i ? !sender : sender;
        uint8_t state = note->states[end];
        bool rest = state == STATE_CLOSE || state == STATE_LISTEN;

        if (state && (known ? state != ends->states[end] : syn && !rest))
            add_state(l, p->packet->wall_ns, i ? to : from, state, note->conversation, true);
    }
    *ends = (struct ends_seen){.seen = true,
                               .states = {note->states[0], note->states[1]},
                               .conversation = note->conversation};
}

void ladder_state(struct ladder *l, uint64_t wall_ns, const struct addr *local, uint8_t state)
{
    uint8_t column;

    if (column_of(l, local, &column))
        add_state(l, wall_ns, column, state, CONVERSATION_NONE, false);
    else
        l->left_out++;
}

/* --- packets and calls ------------------------------------------------------------------ */

static void take_tcp(struct ladder_entry *e, const struct packet_facts *p)
{
    const struct tcp_facts *t = &p->dissection->tcp;
    const struct packet_note *note = p->note;
    struct ladder_step *s = &e->step;

    s->has = LADDER_TCP;
    s->flags = t->flags;
    e->absolute = !note || !(note->has & NOTE_RELATIVE);
    s->seq = e->absolute ? t->seq : note->relative_seq;
    s->ack = e->absolute ? t->ack : note->relative_ack;
    if (!e->absolute)
        s->has |= t->flags & TCP_FLAG_ACK ? LADDER_SEQ | LADDER_ACK : LADDER_SEQ;
    /* That of a SYN is never scaled (RFC 7323, 2.2). */
    e->unscaled = !(t->flags & TCP_FLAG_SYN) && (!note || !(note->has & NOTE_WINDOW));
    s->window_bytes = note && note->has & NOTE_WINDOW ? note->window_bytes : t->window;
    s->last_window_bytes = s->window_bytes;
    s->has |= e->unscaled ? 0 : LADDER_WINDOW;
    if (t->flags & TCP_FLAG_SYN) {
        e->mss = t->has_mss ? t->mss : 0;
        e->window_scale = t->has_window_scale ? (uint8_t)(t->window_scale + 1) : 0;
    }
}

void ladder_packet(struct ladder *l, const struct packet_facts *p)
{
    const struct dissection *d = p->dissection;
    struct ladder_entry e = {.step = {.count = 1, .conversation = CONVERSATION_NONE},
                             .unwritten = true};
    struct ladder_step *s = &e.step;

    if (!d || !d->has_flow)
        return;
    if (!column_of(l, &d->flow.source, &s->from) ||
        !column_of(l, &d->flow.destination, &s->to)) {
        l->left_out++;
        return;
    }
    s->wall_ns = s->last_wall_ns = p->packet->wall_ns;
    s->packet = s->last_packet = p->number;
    s->bytes = d->payload_claimed;
    if (p->note) {
        s->conversation = p->note->conversation;
        s->findings = p->note->findings;
    }
    ladder_ascii(s->protocol, sizeof(s->protocol), d->protocol);
    if (d->has_tcp)
        take_tcp(&e, p);
    else
        ladder_ascii(s->text, sizeof(s->text), d->info);
    s->fold = (uint8_t)ladder_fold_of(s);
    add(l, &e);
    if (p->note && p->note->has & NOTE_STATES)
        add_wire_states(l, p, s->from, s->to);
}

void ladder_call(struct ladder *l, uint64_t wall_ns, const struct addr *local, bool failed,
                 const char *text)
{
    struct ladder_entry e = {.step = {.wall_ns = wall_ns,
                                      .last_wall_ns = wall_ns,
                                      .count = 1,
                                      .kind = LADDER_CALL,
                                      .failed = failed,
                                      .conversation = CONVERSATION_NONE}};
    struct ladder_step *s = &e.step;
    int64_t result;

    if (!column_of(l, local, &s->from)) {
        l->left_out++;
        return;
    }
    s->to = s->from;
    ladder_ascii(s->text, sizeof(s->text), text);
    if (!failed && ladder_call_result(s->text, &result) && result > 0)
        s->bytes = (uint64_t)result;
    s->fold = (uint8_t)ladder_fold_of(s);
    s->tail_at = (uint8_t)strlen(s->text);
    add(l, &e);
}

/* --- looking ---------------------------------------------------------------------------- */

uint64_t ladder_first(const struct ladder *l)
{
    return l->first;
}

uint64_t ladder_count(const struct ladder *l)
{
    return l->first + l->n;
}

const struct ladder_step *ladder_step(const struct ladder *l, uint64_t number)
{
    struct ladder_entry *e;

    if (number < l->first || number - l->first >= l->n)
        return NULL;
    e = ladder_at(l, (size_t)(number - l->first));
    if (e->unwritten)
        ladder_write(e);
    return &e->step;
}

bool ladder_find(const struct ladder *l, uint64_t id, uint64_t near, uint64_t *ret_number)
{
    size_t from = near > l->first ? (size_t)(near - l->first) : 0;

    if (!l->n)
        return false;
    if (from >= l->n)
        from = l->n - 1;
    for (size_t away = 0; away < l->n; away++) {
        size_t places[2] = {from + away, from - away};

        for (int i = 0; i < 2; i++)
            if (places[i] < l->n && ladder_at(l, places[i])->step.id == id) {
                *ret_number = l->first + places[i];
                return true;
            }
    }
    return false;
}

size_t ladder_columns(const struct ladder *l)
{
    return l->n_columns;
}

const struct addr *ladder_column(const struct ladder *l, size_t column)
{
    return column < l->n_columns ? &l->columns[column] : NULL;
}

uint64_t ladder_left_out(const struct ladder *l)
{
    return l->left_out;
}
