#include "core/wire/tcp_segments.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

#define ROOM_FIRST 4 /* most connections never have more on the way */
#define ROOM_KEPT 16 /* an empty list gives back what is beyond */

/* room is a power of two. */
static struct tcp_segment *nth(const struct tcp_segments *l, unsigned n)
{
    return &l->at[(l->first + n) & (l->room - 1U)];
}

void tcp_segments_done(struct tcp_segments *l, struct tcp_room *room)
{
    free(l->at);
    room->left += l->room;
    *l = (struct tcp_segments){.at = NULL};
}

static bool grow(struct tcp_segments *l, struct tcp_room *room)
{
    unsigned wanted = l->room ? 2U * l->room : ROOM_FIRST;
    struct tcp_segment *at;

    if (wanted > CONVERSATION_SEGMENTS || wanted - l->room > room->left)
        return false;
    at = mem_new(wanted, sizeof(*at));
    for (unsigned i = 0; i < l->count; i++)
        at[i] = *nth(l, i);
    free(l->at);
    room->left -= wanted - l->room;
    l->at = at;
    l->first = 0;
    l->room = (uint16_t)wanted;
    return true;
}

/* Make a gap before the nth; the shorter part moves. */
static void open_gap(struct tcp_segments *l, unsigned n)
{
    if (n < l->count / 2U) {
        l->first = (uint16_t)((l->first - 1U) & (l->room - 1U));
        for (unsigned i = 0; i < n; i++)
            *nth(l, i) = *nth(l, i + 1);
    } else {
        for (unsigned i = l->count; i > n; i--)
            *nth(l, i) = *nth(l, i - 1);
    }
    l->count++;
}

/* Of those that begin at the same byte the older ones come first. */
static unsigned place_of(const struct tcp_segments *l, uint32_t seq)
{
    unsigned low = 0, high = l->count;

    if (!high || !seq_before(seq, nth(l, high - 1)->seq))
        return high;
    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (seq_before(seq, nth(l, middle)->seq))
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

void tcp_segments_add(struct tcp_segments *l, struct tcp_room *room,
                      const struct tcp_segment *segment)
{
    unsigned place;

    if (l->count == l->room && !grow(l, room)) {
        room->dropped++;
        return;
    }
    place = place_of(l, segment->seq);
    if (!l->count || seq_before(l->top, segment->end))
        l->top = segment->end;
    open_gap(l, place);
    *nth(l, place) = *segment;
}

bool tcp_segments_acknowledge(struct tcp_segments *l, struct tcp_room *room, uint32_t ack,
                              struct tcp_segment *ret_segment)
{
    unsigned kept = 0, n = 0;
    bool found = false;

    for (; n < l->count && seq_before(nth(l, n)->seq, ack); n++) {
        struct tcp_segment *s = nth(l, n);

        if (s->end == ack && (!found || s->packet < ret_segment->packet)) {
            *ret_segment = *s;
            found = true;
        }
        if (seq_before(ack, s->end)) { /* in part */
            s->seq = ack;
            *nth(l, kept++) = *s;
        }
    }
    if (!n)
        return false;
    /* What was kept of them moves up to those that were not looked at. */
    for (unsigned i = kept; i > 0; i--)
        *nth(l, n - kept + i - 1) = *nth(l, i - 1);
    l->first = (uint16_t)((l->first + n - kept) & (l->room - 1U));
    l->count = (uint16_t)(l->count - (n - kept));
    if (!l->count && l->room > ROOM_KEPT)
        tcp_segments_done(l, room);
    return found;
}

bool tcp_segments_find(const struct tcp_segments *l, uint32_t seq, uint64_t *ret_packet)
{
    unsigned n = place_of(l, seq);
    bool found = false;

    for (; n > 0 && nth(l, n - 1)->seq == seq; n--) {
        *ret_packet = nth(l, n - 1)->packet;
        found = true;
    }
    return found;
}

uint32_t tcp_segments_span(const struct tcp_segments *l)
{
    return l->count ? l->top - nth(l, 0)->seq : 0;
}
