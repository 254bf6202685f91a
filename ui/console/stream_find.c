#include "ui/console/stream_find.h"

#include <string.h>

void stream_find_done(struct stream_find *f)
{
    packet_pattern_free(f->pattern);
    *f = (struct stream_find){0};
}

int stream_find_set(struct stream_find *f, const char *text, struct err *err)
{
    struct packet_pattern *pattern = NULL;
    int r = packet_pattern_parse(text, true, &pattern, err);

    if (r < 0)
        return r;
    stream_find_done(f);
    f->pattern = pattern;
    return 0;
}

void stream_find_begin(struct stream_find *f, bool backward, uint64_t chunk, uint64_t from)
{
    f->backward = backward;
    f->going = true;
    f->wrapped = false;
    f->chunk = f->start = chunk;
    f->from = from;
}

/* A match may begin in one chunk and end in the next of the same direction. */
static bool find_across(const struct stream_find *f, const struct stream *s, uint64_t end,
                        uint64_t *ret_byte)
{
    const struct stream_chunk *a = stream_chunk(s, f->chunk), *b;
    uint8_t joined[2 * PATTERN_BYTES + 1] = {0}; /* with a NUL: see stream_store.c */
    size_t tail, head, at, len, from = 0;

    b = f->chunk + 1 < end ? stream_chunk(s, f->chunk + 1) : NULL;
    if (!b || b->direction != a->direction || b->kind == CHUNK_GAP || b->datagram)
        return false;
    tail = a->len < PATTERN_BYTES ? (size_t)a->len : PATTERN_BYTES;
    head = b->len < PATTERN_BYTES ? (size_t)b->len : PATTERN_BYTES;
    memcpy(joined, stream_bytes(s, f->chunk) + (a->len - tail), tail);
    memcpy(joined + tail, stream_bytes(s, f->chunk + 1), head);
    for (; packet_pattern_find(f->pattern, joined, tail + head, from, &at, &len) && at < tail;
         from = at + 1) {
        uint64_t byte = a->len - tail + at;

        if (at + len > tail && (f->backward ? byte < f->from : byte >= f->from)) {
            *ret_byte = byte;
            return true;
        }
    }
    return false;
}

static bool find_in_chunk(const struct stream_find *f, const struct stream *s, uint64_t end,
                          uint64_t *ret_byte)
{
    const struct stream_chunk *c = stream_chunk(s, f->chunk);
    const uint8_t *bytes = stream_bytes(s, f->chunk);
    size_t at;

    if (!c || !bytes)
        return false;
    if (f->backward && find_across(f, s, end, ret_byte))
        return true;
    if (f->backward
            ? packet_pattern_find_last(f->pattern, bytes, (size_t)c->len,
                                       f->from < c->len ? (size_t)f->from : (size_t)c->len, &at,
                                       NULL)
            : f->from <= c->len && packet_pattern_find(f->pattern, bytes, (size_t)c->len,
                                                       (size_t)f->from, &at, NULL)) {
        *ret_byte = at;
        return true;
    }
    return !f->backward && find_across(f, s, end, ret_byte);
}

/* To the next chunk, from the last to the first; the one where it began comes last again. */
static void go_on(struct stream_find *f, uint64_t first, uint64_t end)
{
    bool over = f->wrapped && f->chunk == f->start;

    f->from = f->backward ? UINT64_MAX : 0;
    if (f->backward ? f->chunk <= first : f->chunk + 1 >= end) {
        over |= f->wrapped;
        f->wrapped = true;
        f->chunk = f->backward ? end - 1 : first;
    } else {
        f->chunk += f->backward ? UINT64_MAX : 1;
    }
    f->going = !over;
}

bool stream_find_step(struct stream_find *f, const struct stream *s, uint64_t end,
                      uint64_t *ret_chunk, uint64_t *ret_byte)
{
    uint64_t first = stream_first(s), looked = 0;

    if (!f->pattern || first >= end) {
        f->going = false;
        return false;
    }
    /* Meanwhile it may have been lost to the bound. */
    if (f->chunk < first)
        f->chunk = first;
    if (f->start < first)
        f->start = first;
    while (f->going && looked < STREAM_FIND_BYTES) {
        const struct stream_chunk *c = stream_chunk(s, f->chunk);

        if (find_in_chunk(f, s, end, ret_byte)) {
            *ret_chunk = f->chunk;
            f->going = false;
            return true;
        }
        looked += (c && c->kind == CHUNK_BYTES ? c->len : 0) + 64;
        go_on(f, first, end);
    }
    return false;
}
