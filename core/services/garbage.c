/* core/services/garbage.c - random bytes for every connection or datagram: what a parser must
 * survive.  With a seed they are the same each time. */
#include <stdlib.h>
#include <sys/random.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/services/answering.h"

/* The longest UDP datagram over IPv4 (udp(7)). */
#define GARBAGE_BYTES 65507

struct garbage {
    struct answering answering;
    uint64_t bytes, seed;
    bool seeded;
};

static const struct service_option options[] = {
    {"bytes", "N", "1024", "how many it sends"},
    {"seed", "N", NULL, "the same bytes each time; else they are random"},
    {NULL, NULL, NULL, NULL},
};

/* splitmix64, by Sebastiano Vigna; public domain. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static ssize_t garbage_answer(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                              size_t size)
{
    const struct garbage *g = instance;
    struct answer_text t = {.out = out, .size = size < g->bytes ? size : g->bytes};
    uint64_t state = g->seed;

    (void)bytes;
    (void)len;
    if (!g->seeded && getrandom(&state, sizeof(state), GRND_NONBLOCK) != sizeof(state))
        state = clock_now_ns();
    while (t.len < t.size) {
        uint64_t piece = next_random(&state);

        answer_put(&t, &piece, sizeof(piece));
    }
    return (ssize_t)t.len;
}

static int garbage_start(const struct service_setup *setup, void **ret_instance,
                         struct err *err)
{
    struct garbage *g = mem_new(1, sizeof(*g));
    int r = service_number(setup, "bytes", 1, GARBAGE_BYTES, &g->bytes, err);

    g->answering.answer = garbage_answer;
    g->seeded = service_text(setup, "seed") != NULL;
    if (r == 0 && g->seeded)
        r = service_number(setup, "seed", 0, UINT64_MAX, &g->seed, err);
    if (r < 0)
        free(g);
    else
        *ret_instance = g;
    return r;
}

const struct service garbage_service = {
    .name = "garbage",
    .summary = "sends random bytes and closes",
    .options = options,
    .start = garbage_start,
    .stop = free,
    .behaviour = ANSWERING_ONCE,
    .answer = answering_answer,
};
