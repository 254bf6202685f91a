#include "core/model/packets.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

/* Headers are nearly always within the first bytes; where they are not, look further. */
#define LOOK_BYTES 256
#define LOOK_FAR_BYTES 2048

void packet_list_pick(struct packet_list *l, const struct flow_pick *pick)
{
    l->picking = pick != NULL;
    l->pick = pick ? *pick : (struct flow_pick){0};
    l->next = 0;
    l->missed = 0;
    l->dropped = 0;
    l->has_first = false;
    l->first_wall_ns = 0;
    l->count = 0;
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

static void decode_record(const struct packet *p, const uint8_t *bytes, size_t len,
                          unsigned what, struct dissection *ret)
{
    decode(bytes, len, p->length > len ? p->length : len, p->link_type, what, ret);
}

/* The flow of a packet from as few bytes as will do.  False when it was overwritten. */
static bool look_at(const struct ring *store, uint64_t number, struct packet *ret_packet,
                    struct dissection *ret)
{
    uint8_t bytes[LOOK_FAR_BYTES];
    size_t len;

    if (!ring_get(store, number, ret_packet, bytes, LOOK_BYTES, &len))
        return false;
    decode_record(ret_packet, bytes, min_size(len, LOOK_BYTES), DECODE_FLOW, ret);
    if (!ret->truncated_in || len <= LOOK_BYTES)
        return true;
    if (!ring_get(store, number, ret_packet, bytes, sizeof(bytes), &len))
        return false;
    decode_record(ret_packet, bytes, min_size(len, sizeof(bytes)), DECODE_FLOW, ret);
    return true;
}

/* True when the packet belongs to the list. */
static bool choose(const struct packet_list *l, const struct packet *p,
                   const struct dissection *d, enum flow_direction *ret_direction)
{
    if (!l->picking) {
        *ret_direction = FLOW_NONE;
        return true;
    }
    if (!d->has_flow)
        return false;
    *ret_direction = flow_match(&l->pick, &d->flow, p->wall_ns);
    return *ret_direction != FLOW_NONE;
}

bool packet_list_update(struct packet_list *l, const struct ring *store)
{
    uint64_t head = ring_head(store), tail = ring_tail(store);
    bool changed = drop_lost(l, tail);

    if (tail > l->next) {
        l->missed += tail - l->next;
        l->next = tail;
        changed = true;
    }
    for (; l->next < head; l->next++) {
        struct packet packet;
        struct dissection d;
        enum flow_direction direction;

        if (!look_at(store, l->next, &packet, &d)) {
            l->missed++;
            changed = true;
        } else if (choose(l, &packet, &d, &direction)) {
            if (!l->has_first)
                l->first_wall_ns = packet.wall_ns;
            l->has_first = true;
            add(l, (struct packet_ref){.number = l->next,
                                       .direction = (uint8_t)direction,
                                       .payload = d.payload_claimed > 0});
            changed = true;
        }
    }
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

bool packet_view_read(struct packet_view *v, const struct ring *store, uint64_t number,
                      unsigned what)
{
    size_t len;

    if (!ring_get(store, number, &v->packet, v->bytes, sizeof(v->bytes), &len))
        return false;
    v->captured = min_size(len, sizeof(v->bytes));
    decode_record(&v->packet, v->bytes, v->captured, what, &v->dissection);
    return true;
}
