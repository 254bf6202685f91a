#include "core/wire/fragments.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/hash.h"
#include "core/base/mem.h"

/* A plain value without padding, so that it can be hashed. */
struct key {
    struct addr source, destination;
    uint32_t id;
    uint32_t protocol; /* IPv4: it is part of the name (RFC 791, 3.2); IPv6: 0 */
};

/* What is known of a part beside where it is. */
struct piece {
    struct datagram_part part;
    uint32_t captured; /* bytes of it that are there */
};

struct entry {
    struct key key;
    uint64_t since_wall_ns;
    uint8_t protocol;
    bool has_len, given_up;
    uint32_t len, room; /* of the whole, of bytes */
    uint8_t *bytes;
    size_t n;
    struct piece pieces[FRAGMENTS_PARTS]; /* by offset, without overlaps */
    UT_hash_handle hh;
};

struct fragments {
    struct entry *entries; /* in the order in which they were begun */
    size_t max_datagrams, max_bytes, bytes;
    struct fragments_counts counts;
    uint8_t *given; /* the bytes of the datagram that was given out last */
    struct datagram_part parts[FRAGMENTS_PARTS];
};

struct fragments *fragments_new(size_t max_datagrams, size_t max_bytes)
{
    struct fragments *f = mem_new(1, sizeof(*f));

    f->max_datagrams = max_datagrams;
    f->max_bytes = max_bytes;
    return f;
}

/* The analyzer does not see through uthash that what is freed has left the table.
 * NOLINTBEGIN(clang-analyzer-unix.Malloc,clang-analyzer-core.NullDereference) */
static void forget(struct fragments *f, struct entry *e)
{
    HASH_DEL(f->entries, e);
    f->bytes -= e->room;
    free(e->bytes);
    free(e);
}

void fragments_free(struct fragments *f)
{
    if (!f)
        return;
    while (f->entries)
        forget(f, f->entries);
    free(f->given);
    free(f);
}

struct fragments_counts fragments_counts(const struct fragments *f)
{
    return f->counts;
}

size_t fragments_waiting(const struct fragments *f, size_t *ret_bytes)
{
    *ret_bytes = f->bytes;
    return HASH_COUNT(f->entries);
}

/* The first entry is the oldest: the table keeps the order. */
static void expire(struct fragments *f, uint64_t wall_ns)
{
    while (f->entries && wall_ns > f->entries->since_wall_ns &&
           wall_ns - f->entries->since_wall_ns > FRAGMENTS_TIMEOUT_NS) {
        if (!f->entries->given_up)
            f->counts.timed_out++;
        forget(f, f->entries);
    }
}

static void drop_oldest(struct fragments *f)
{
    f->counts.dropped++;
    forget(f, f->entries);
}

static struct entry *entry_of(struct fragments *f, const struct fragment_facts *part,
                              uint64_t wall_ns)
{
    struct key key = {.source = part->source, .destination = part->destination, .id = part->id};
    struct entry *e;

    if (part->source.family == AF_INET)
        key.protocol = part->protocol;
    HASH_FIND(hh, f->entries, &key, sizeof(key), e);
    if (e)
        return e;
    while (HASH_COUNT(f->entries) >= f->max_datagrams)
        drop_oldest(f);
    e = mem_new(1, sizeof(*e));
    e->key = key;
    e->since_wall_ns = wall_ns;
    e->protocol = part->protocol;
    HASH_ADD(hh, f->entries, key, sizeof(key), e);
    return e;
}

/* Whether a part can belong to any datagram, and to this one. */
static bool fits(const struct entry *e, const struct fragment_facts *part)
{
    uint64_t end = (uint64_t)part->offset + part->claimed;
    uint32_t known = e->n ? e->pieces[e->n - 1].part.offset + e->pieces[e->n - 1].part.len : 0;

    if (!part->claimed || end > FRAGMENTS_DATAGRAM_BYTES || (part->more && part->claimed % 8))
        return false;
    if (e->has_len && (end > e->len || (!part->more && end != e->len)))
        return false;
    return part->more || end >= known;
}

/* Room for `end` bytes of e; older datagrams make way.  False when it is too much even so. */
static bool make_room(struct fragments *f, struct entry *e, uint32_t end)
{
    uint32_t room = e->room ? e->room : 2048;
    uint8_t *bytes;

    while (room < end)
        room *= 2;
    if (room == e->room)
        return true;
    while (f->bytes - e->room + room > f->max_bytes) {
        struct entry *oldest = f->entries != e ? f->entries : e->hh.next;

        if (!oldest)
            return false;
        f->counts.dropped++;
        forget(f, oldest);
    }
    bytes = mem_new(1, room);
    if (e->room)
        memcpy(bytes, e->bytes, e->room);
    free(e->bytes);
    f->bytes += room - e->room;
    e->bytes = bytes;
    e->room = room;
    return true;
}

/* How many bytes of [offset, offset + len) are there already; *ret_same: exactly that part. */
static uint32_t covered(const struct entry *e, uint32_t offset, uint32_t len, bool *ret_same)
{
    uint32_t sum = 0, end = offset + len;

    *ret_same = false;
    for (size_t i = 0; i < e->n; i++) {
        const struct datagram_part *p = &e->pieces[i].part;
        uint32_t from = p->offset > offset ? p->offset : offset;
        uint32_t to = p->offset + p->len < end ? p->offset + p->len : end;

        if (from < to)
            sum += to - from;
        if (p->offset == offset && p->len == len)
            *ret_same = true;
    }
    return sum;
}

/* [from, to) of a part into a hole before the piece number `at`.  False: too many pieces. */
static bool put_piece(struct entry *e, size_t at, uint64_t number, const uint8_t *bytes,
                      const struct fragment_facts *part, uint32_t from, uint32_t to)
{
    uint32_t there = part->offset + part->len; /* where its captured bytes end */
    uint32_t captured = there <= from ? 0 : (there < to ? there : to) - from;

    if (e->n == FRAGMENTS_PARTS)
        return false;
    memmove(e->pieces + at + 1, e->pieces + at, (e->n - at) * sizeof(e->pieces[0]));
    e->pieces[at] = (struct piece){.part = {.packet = number, .offset = from, .len = to - from},
                                   .captured = captured};
    e->n++;
    if (captured)
        memcpy(e->bytes + from, bytes + part->at + (from - part->offset), captured);
    return true;
}

/* The bytes of the part that are not there yet. */
static bool put_part(struct entry *e, uint64_t number, const uint8_t *bytes,
                     const struct fragment_facts *part)
{
    uint32_t from = part->offset, end = part->offset + part->claimed;

    for (size_t i = 0; from < end; i++) {
        bool last = i == e->n;
        uint32_t begin = last ? end : e->pieces[i].part.offset;
        uint32_t behind = last ? end : begin + e->pieces[i].part.len;

        if (behind <= from)
            continue;
        if (begin > from) {
            if (!put_piece(e, i, number, bytes, part, from, begin < end ? begin : end))
                return false;
            i++;
        }
        from = behind;
    }
    return true;
}

static bool complete(const struct entry *e)
{
    uint32_t at = 0;

    if (!e->has_len)
        return false;
    for (size_t i = 0; i < e->n && e->pieces[i].part.offset == at; i++)
        at += e->pieces[i].part.len;
    return at == e->len;
}

/* Hand the datagram out; its bytes live on in the table until the next call. */
static void give(struct fragments *f, struct entry *e, struct datagram *ret)
{
    bool cut = false;
    uint32_t captured = 0;

    for (size_t i = 0; i < e->n; i++) {
        f->parts[i] = e->pieces[i].part;
        if (!cut)
            captured += e->pieces[i].captured;
        cut = cut || e->pieces[i].captured < e->pieces[i].part.len;
    }
    f->given = e->bytes;
    *ret = (struct datagram){
        .source = e->key.source,
        .destination = e->key.destination,
        .id = e->key.id,
        .protocol = e->protocol,
        .bytes = f->given,
        .captured = captured,
        .len = e->len,
        .n_parts = e->n,
        .parts = f->parts,
    };
    e->bytes = NULL;
    forget(f, e);
    f->counts.completed++;
}

/* What overlaps say.  False when nothing of the part is to be kept. */
static bool judge(struct fragments *f, struct entry *e, const struct fragment_facts *part)
{
    bool same;
    uint32_t there = covered(e, part->offset, part->claimed, &same);

    if (same) {
        f->counts.duplicates++;
        return false;
    }
    if (!there)
        return true;
    f->counts.overlaps++;
    if (part->source.family != AF_INET6)
        return there < part->claimed;
    f->counts.given_up++;
    e->given_up = true; /* and stays, so that the rest of it does not begin anew */
    return false;
}

bool fragments_add(struct fragments *f, uint64_t number, uint64_t wall_ns, const uint8_t *bytes,
                   const struct dissection *d, struct datagram *ret)
{
    const struct fragment_facts *part = &d->fragment;
    struct entry *e;

    free(f->given);
    f->given = NULL;
    expire(f, wall_ns);
    if (!d->has_fragment || d->reassembled)
        return false;
    f->counts.parts++;
    e = entry_of(f, part, wall_ns);
    if (e->given_up)
        return false;
    if (!fits(e, part)) {
        f->counts.rejected++;
        if (!e->n)
            forget(f, e);
        return false;
    }
    if (!judge(f, e, part))
        return false;
    if (!make_room(f, e, part->offset + part->claimed) || !put_part(e, number, bytes, part)) {
        f->counts.dropped++;
        forget(f, e);
        return false;
    }
    if (!part->more) {
        e->has_len = true;
        e->len = part->offset + part->claimed;
    }
    if (part->offset == 0)
        e->protocol = part->protocol;
    if (!complete(e))
        return false;
    give(f, e, ret);
    return true;
}
/* NOLINTEND(clang-analyzer-unix.Malloc,clang-analyzer-core.NullDereference) */
