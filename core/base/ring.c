#include "core/base/ring.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

typedef _Atomic uint64_t word;

/* A slot is the record; in a ring with data two words of our own come first. */
enum { SLOT_DATA_AT, SLOT_DATA_LEN, SLOT_OWN };

struct ring {
    size_t n_slots, slot_words, record_bytes, data_words;
    size_t record_at; /* words of a slot before its record */
    word *slots, *data;
    /* head: records written.  tail: the first whose slot and data are whole; it moves
     * before anything of an old record is overwritten. */
    word head, tail;
    bool loose;         /* data go without their records: */
    word data_tail;     /* of it the first word of data that is whole */
    word data_most;     /* bytes of data that are kept of a record */
    uint64_t data_at;   /* writers only: words of data ever written */
    atomic_bool shared; /* several threads write: one at a time */
    pthread_mutex_t lock;
};

static size_t power_of_two(size_t n)
{
    size_t p = 1;

    while (p < n)
        p *= 2;
    return p;
}

static size_t words_of(size_t bytes)
{
    return (bytes + sizeof(uint64_t) - 1) / sizeof(uint64_t);
}

struct ring *ring_new(size_t n_records, size_t record_bytes, size_t data_bytes)
{
    struct ring *r = mem_new(1, sizeof(*r));

    pthread_mutex_init(&r->lock, NULL);
    r->n_slots = power_of_two(n_records);
    r->record_bytes = record_bytes;
    r->data_words = data_bytes ? power_of_two(words_of(data_bytes)) : 0;
    r->record_at = data_bytes ? SLOT_OWN : 0;
    r->slot_words = r->record_at + words_of(record_bytes);
    r->slots = mem_map(r->n_slots * r->slot_words * sizeof(word));
    if (r->data_words)
        r->data = mem_map(r->data_words * sizeof(word));
    ring_keep_data(r, r->data_words * sizeof(word));
    return r;
}

struct ring *ring_new_loose(size_t n_records, size_t record_bytes, size_t data_bytes)
{
    struct ring *r = ring_new(n_records, record_bytes, data_bytes);

    r->loose = true;
    ring_keep_data(r, 0);
    return r;
}

void ring_keep_data(struct ring *r, size_t most)
{
    if (most > r->data_words * sizeof(word))
        most = r->data_words * sizeof(word);
    atomic_store_explicit(&r->data_most, most, memory_order_relaxed);
}

void ring_free(struct ring *r)
{
    if (!r)
        return;
    mem_unmap(r->slots, r->n_slots * r->slot_words * sizeof(word));
    if (r->data_words)
        mem_unmap(r->data, r->data_words * sizeof(word));
    pthread_mutex_destroy(&r->lock);
    free(r);
}

void ring_share(struct ring *r)
{
    atomic_store_explicit(&r->shared, true, memory_order_relaxed);
}

static word *slot_of(const struct ring *r, uint64_t number)
{
    return r->slots + (number & (r->n_slots - 1)) * r->slot_words;
}

/* Every word is stored with release and loaded with acquire: whoever sees a new word
 * also sees the tail that had moved before it. */
static void store_bytes(word *area, const void *bytes, size_t len)
{
    const char *from = bytes;
    size_t whole = len / sizeof(word), rest = len % sizeof(word);
    uint64_t last = 0;

    for (size_t i = 0; i < whole; i++) {
        uint64_t w;

        memcpy(&w, from + i * sizeof(w), sizeof(w));
        atomic_store_explicit(&area[i], w, memory_order_release);
    }
    if (rest == 0)
        return;
    memcpy(&last, from + whole * sizeof(last), rest);
    atomic_store_explicit(&area[whole], last, memory_order_release);
}

/* Behind the end of the data it goes on at their beginning. */
static void store_data(struct ring *r, const void *data, size_t len)
{
    size_t at = r->data_at & (r->data_words - 1);
    size_t room = (r->data_words - at) * sizeof(word);
    size_t first = len < room ? len : room;

    store_bytes(r->data + at, data, first);
    if (first < len)
        store_bytes(r->data, (const char *)data + first, len - first);
}

/* Whole words that lie behind each other. */
static void load_words(const word *from, size_t n, char *to)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t w = atomic_load_explicit(&from[i], memory_order_acquire);

        memcpy(to + i * sizeof(w), &w, sizeof(w));
    }
}

static void load_bytes(const word *area, size_t mask, uint64_t at, void *bytes, size_t len)
{
    size_t begin = at & mask, whole = len / sizeof(word), first = whole;
    char *to = bytes;
    uint64_t last;

    if (first > mask - begin)
        first = mask - begin + 1 < whole ? mask - begin + 1 : whole;
    load_words(area + begin, first, to);
    load_words(area, whole - first, to + first * sizeof(word));
    if (len % sizeof(word)) {
        last = atomic_load_explicit(&area[(at + whole) & mask], memory_order_acquire);
        memcpy(to + whole * sizeof(word), &last, len % sizeof(word));
    }
}

static uint64_t load(const word *w)
{
    return atomic_load_explicit(w, memory_order_acquire);
}

/* Give up the oldest records until slot and data of the next one are free. */
static void make_room(struct ring *r, uint64_t head, size_t need)
{
    uint64_t tail = load(&r->tail);

    if (r->loose && r->data_at + need > r->data_words)
        atomic_store_explicit(&r->data_tail, r->data_at + need - r->data_words,
                              memory_order_release);
    while (tail < head && (head - tail >= r->n_slots ||
                           (need && !r->loose && r->data_at + need - load(&slot_of(r, tail)[SLOT_DATA_AT]) >
                                        r->data_words)))
        tail++;
    atomic_store_explicit(&r->tail, tail, memory_order_release);
}

static void put(struct ring *r, const void *record, const void *data, size_t data_len)
{
    uint64_t head = load(&r->head);
    word *slot = slot_of(r, head);
    size_t need, most = (size_t)atomic_load_explicit(&r->data_most, memory_order_relaxed);

    if (data_len > most)
        data_len = most;
    need = words_of(data_len);
    make_room(r, head, need);
    if (r->data_words) {
        atomic_store_explicit(&slot[SLOT_DATA_AT], r->data_at, memory_order_release);
        atomic_store_explicit(&slot[SLOT_DATA_LEN], data_len, memory_order_release);
    }
    store_bytes(slot + r->record_at, record, r->record_bytes);
    if (data_len)
        store_data(r, data, data_len);
    r->data_at += need;
    atomic_store_explicit(&r->head, head + 1, memory_order_release);
}

void ring_put(struct ring *r, const void *record, const void *data, size_t data_len)
{
    /* It may be said again while others write. */
    bool shared = atomic_load_explicit(&r->shared, memory_order_relaxed);

    if (shared)
        pthread_mutex_lock(&r->lock);
    put(r, record, data, data_len);
    if (shared)
        pthread_mutex_unlock(&r->lock);
}

void ring_skip(struct ring *r, uint64_t number)
{
    atomic_store_explicit(&r->tail, number, memory_order_release);
    atomic_store_explicit(&r->head, number, memory_order_release);
}

uint64_t ring_head(const struct ring *r)
{
    return load(&r->head);
}

uint64_t ring_tail(const struct ring *r)
{
    return load(&r->tail);
}

bool ring_get(const struct ring *r, uint64_t number, void *ret_record, void *ret_data,
              size_t size, size_t *ret_len)
{
    const word *slot = slot_of(r, number);
    uint64_t data_at = 0, data_len = 0;

    if (number >= load(&r->head) || number < load(&r->tail))
        return false;
    if (r->data_words) {
        data_at = load(&slot[SLOT_DATA_AT]);
        data_len = load(&slot[SLOT_DATA_LEN]);
    }
    load_bytes(slot + r->record_at, SIZE_MAX, 0, ret_record, r->record_bytes);
    /* The length is only believed once the slot is known to be whole. */
    if (number < load(&r->tail))
        return false;
    if (ret_data && size && data_len)
        load_bytes(r->data, r->data_words - 1, data_at, ret_data,
                   data_len < size ? (size_t)data_len : size);
    if (ret_len)
        *ret_len = r->loose && data_at < load(&r->data_tail) ? 0 : (size_t)data_len;
    return number >= load(&r->tail);
}
