#include "core/model/rates.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"

void rates_done(struct rates *r)
{
    free(r->list);
    free(r->spare);
    *r = (struct rates){.n = 0};
}

static uint64_t per_second(uint64_t before, uint64_t now, uint64_t ns)
{
    return now > before ? (uint64_t)((unsigned __int128)(now - before) * CLOCK_SECOND_NS / ns)
                        : 0;
}

static void grow(struct rate *to, const struct rate *before, const struct rate_counts *now,
                 uint64_t ns)
{
    uint64_t both;

    *to = *before;
    memcpy(to->counts, now->counts, sizeof(to->counts));
    to->known = true;
    for (int k = 0; k < RATE_KINDS; k++)
        to->per_s[k] = per_second(before->counts[k], now->counts[k], ns);
    both = to->per_s[RATE_SENT] + to->per_s[RATE_RECEIVED];
    memmove(to->curve, to->curve + 1, (RATE_LOOKS - 1) * sizeof(to->curve[0]));
    to->curve[RATE_LOOKS - 1] = both < UINT32_MAX ? (uint32_t)both : UINT32_MAX;
    to->looks += to->looks < RATE_LOOKS;
}

static void make_room(struct rates *r, size_t n)
{
    if (n <= r->room)
        return;
    r->room = n < 64 ? 64 : 2 * n;
    r->list = mem_resize(r->list, r->room, sizeof(*r->list));
    r->spare = mem_resize(r->spare, r->room, sizeof(*r->spare));
}

void rates_look(struct rates *r, uint64_t at_ns, size_t n, rates_get get, const void *from)
{
    uint64_t ns = at_ns - r->at_ns;
    struct rate *new_list;
    size_t old = 0;

    if (r->at_ns && (at_ns <= r->at_ns || ns < RATE_LOOK_NS))
        return;
    make_room(r, n);
    new_list = r->spare;
    for (size_t i = 0; i < n; i++) {
        struct rate_counts now;

        get(from, i, &now);
        while (old < r->n && r->list[old].id < now.id)
            old++;
        if (old < r->n && r->list[old].id == now.id) {
            grow(&new_list[i], &r->list[old], &now, ns);
            continue;
        }
        new_list[i] = (struct rate){.id = now.id};
        memcpy(new_list[i].counts, now.counts, sizeof(now.counts));
    }
    r->spare = r->list;
    r->list = new_list;
    r->n = n;
    r->at_ns = at_ns;
}

static int by_id(const void *key, const void *item)
{
    uint64_t id = *(const uint64_t *)key, other = ((const struct rate *)item)->id;

    return id < other ? -1 : id > other;
}

const struct rate *rates_find(const struct rates *r, uint64_t id)
{
    return r->n ? bsearch(&id, r->list, r->n, sizeof(*r->list), by_id) : NULL;
}
