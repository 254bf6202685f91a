#include "core/model/packets.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

static void start_over(struct packet_list *l)
{
    l->next = 0;
    l->missed = 0;
    l->hidden = 0;
    l->dropped = 0;
    l->has_first = false;
    l->first_wall_ns = 0;
    l->count = 0;
}

void packet_list_pick(struct packet_list *l, const struct flow_pick *pick)
{
    l->picking = pick != NULL;
    l->pick = pick ? *pick : (struct flow_pick){0};
    start_over(l);
}

void packet_list_filter(struct packet_list *l, packet_wanted wanted, void *ctx)
{
    l->wanted = wanted;
    l->wanted_ctx = ctx;
    start_over(l);
}

void packet_list_done(struct packet_list *l)
{
    free(l->refs);
    *l = (struct packet_list){0};
}

static void add(struct packet_list *l, struct packet_ref ref)
{
    if (l->count == l->room) {
        l->room = l->room ? l->room * 2 : 64;
        l->refs = mem_resize(l->refs, l->room, sizeof(*l->refs));
    }
    l->refs[l->count++] = ref;
}

static bool drop_lost(struct packet_list *l, uint64_t tail)
{
    size_t lost = packet_list_find(l, tail);

    if (!lost)
        return false;
    l->count -= lost;
    l->dropped += lost;
    memmove(l->refs, l->refs + lost, l->count * sizeof(*l->refs));
    return true;
}

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Whether the pick lets a packet through; what it costs is added. */
static bool picked(const struct packet_list *l, const struct packet_index *index,
                   const struct ring *store, const struct packet_entry *e,
                   enum flow_direction *ret_direction, size_t *cost)
{
    const struct conversation *c = packet_index_conversation(index, e->number);
    struct dissection d;
    struct packet packet;
    struct flow flow;

    if (!e->has_flow)
        return false;
    if (c) {
        uint8_t from = e->note.direction;

        flow = (struct flow){c->ends[from], c->ends[!from], c->protocol};
    } else {
        *cost += LIST_COST_DECODE;
        if (!packet_look(store, e->number, &packet, &d) || !d.has_flow)
            return false;
        flow = d.flow;
    }
    *ret_direction = flow_match(&l->pick, &flow, e->wall_ns);
    return *ret_direction != FLOW_NONE;
}

/* Look at the next packet; returns what it cost. */
static size_t take(struct packet_list *l, const struct packet_index *index,
                   const struct ring *store, bool *changed)
{
    const struct packet_entry *e = packet_index_entry(index, l->next);
    enum flow_direction direction = FLOW_NONE;
    size_t cost = LIST_COST;

    if (!e) {
        l->missed++;
        *changed = true;
        return cost;
    }
    if (l->picking && !picked(l, index, store, e, &direction, &cost))
        return cost;
    if (l->wanted) {
        cost += LIST_COST_WANTED;
        if (!l->wanted(l->wanted_ctx, e->number)) {
            l->hidden++;
            *changed = true;
            return cost;
        }
    }
    if (!l->has_first)
        l->first_wall_ns = e->wall_ns;
    l->has_first = true;
    add(l, (struct packet_ref){
               .number = e->number, .direction = (uint8_t)direction, .payload = e->payload});
    *changed = true;
    return cost;
}

bool packet_list_update(struct packet_list *l, const struct packet_index *index,
                        const struct ring *store, size_t budget)
{
    uint64_t end = packet_index_next(index), tail = ring_tail(store);
    bool changed = drop_lost(l, tail);

    tail = tail < end ? tail : end;
    if (tail > l->next) {
        l->missed += tail - l->next;
        l->next = tail;
        changed = true;
    }
    for (size_t cost = 0; l->next < end && cost < budget; l->next++)
        cost += take(l, index, store, &changed);
    return changed;
}

bool packet_list_newest(const struct packet_list *l, uint64_t *ret_number)
{
    if (!l->count)
        return false;
    for (size_t i = l->count; i-- > 0;) {
        if (l->refs[i].payload) {
            *ret_number = l->refs[i].number;
            return true;
        }
    }
    *ret_number = l->refs[l->count - 1].number;
    return true;
}

size_t packet_list_find(const struct packet_list *l, uint64_t number)
{
    size_t low = 0, high = l->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (l->refs[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool packet_list_seek(const struct packet_list *l, uint64_t from, bool backward,
                      packet_fits fits, const void *ctx, uint64_t *ret_number)
{
    size_t at = packet_list_find(l, backward ? from : from + 1);

    if (backward)
        while (at > 0 && !fits(ctx, l->refs[at - 1].number))
            at--;
    else
        while (at < l->count && !fits(ctx, l->refs[at].number))
            at++;
    if (backward ? at == 0 : at == l->count)
        return false;
    *ret_number = l->refs[backward ? at - 1 : at].number;
    return true;
}

bool packet_view_read(struct packet_view *v, const struct ring *store, uint64_t number,
                      unsigned what)
{
    const struct packet *p = &v->packet;
    size_t len;

    if (!ring_get(store, number, &v->packet, v->bytes, sizeof(v->bytes), &len))
        return false;
    v->captured = min_size(len, sizeof(v->bytes));
    decode(v->bytes, v->captured, p->length > v->captured ? p->length : v->captured,
           p->link_type, what, &v->dissection);
    return true;
}
