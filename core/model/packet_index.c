#include "core/model/packet_index.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "core/base/mem.h"

/* Headers are nearly always within the first bytes; where they are not, look further. */
#define LOOK_BYTES 256
#define LOOK_FAR_BYTES 2048

struct packet_index {
    size_t mask; /* of a packet's number: its place */
    struct packet_entry *entries;
    struct conversations *conversations;
    uint64_t next, missed;
    struct dissection dissection; /* of the packet that is looked at */
};

struct packet_index *packet_index_new(size_t packets)
{
    struct packet_index *x = mem_new(1, sizeof(*x));
    size_t n = 1;

    while (n < packets)
        n *= 2;
    x->mask = n - 1;
    x->entries = mem_map(n * sizeof(*x->entries));
    x->conversations = conversations_new(CONVERSATIONS_USUAL);
    return x;
}

void packet_index_free(struct packet_index *x)
{
    if (!x)
        return;
    conversations_free(x->conversations);
    mem_unmap(x->entries, (x->mask + 1) * sizeof(*x->entries));
    free(x);
}

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void decode_flow(const struct packet *p, const uint8_t *bytes, size_t len,
                        struct dissection *ret)
{
    decode(bytes, len, p->length > len ? p->length : len, p->link_type, DECODE_FLOW, ret);
}

bool packet_look(const struct ring *store, uint64_t number, struct packet *ret_packet,
                 struct dissection *ret)
{
    uint8_t bytes[LOOK_FAR_BYTES];
    size_t len;

    if (!ring_get(store, number, ret_packet, bytes, LOOK_BYTES, &len))
        return false;
    decode_flow(ret_packet, bytes, min_size(len, LOOK_BYTES), ret);
    if (!ret->truncated_in || len <= LOOK_BYTES)
        return true;
    if (!ring_get(store, number, ret_packet, bytes, sizeof(bytes), &len))
        return false;
    decode_flow(ret_packet, bytes, min_size(len, sizeof(bytes)), ret);
    return true;
}

static void look_at(struct packet_index *x, const struct ring *store, uint64_t number)
{
    struct packet_entry *e = &x->entries[number & x->mask];
    struct packet packet;

    *e = (struct packet_entry){.number = number};
    if (!packet_look(store, number, &packet, &x->dissection)) {
        x->missed++;
        return;
    }
    conversations_add(x->conversations, number, &packet, &x->dissection, &e->note);
    e->wall_ns = packet.wall_ns;
    e->looked = true;
    e->has_flow = x->dissection.has_flow;
    e->payload = x->dissection.payload_claimed > 0;
}

size_t packet_index_update(struct packet_index *x, const struct ring *store, size_t budget)
{
    uint64_t head = ring_head(store), tail = ring_tail(store), lost = 0;

    if (tail > x->next) {
        lost = tail - x->next;
        x->missed += lost;
        x->next = tail;
    }
    budget = head - x->next < budget ? (size_t)(head - x->next) : budget;
    for (size_t i = 0; i < budget; i++)
        look_at(x, store, x->next++);
    return (size_t)lost + budget;
}

uint64_t packet_index_next(const struct packet_index *x)
{
    return x->next;
}

uint64_t packet_index_missed(const struct packet_index *x)
{
    return x->missed;
}

const struct packet_entry *packet_index_entry(const struct packet_index *x, uint64_t number)
{
    const struct packet_entry *e = &x->entries[number & x->mask];

    return number < x->next && e->number == number && e->looked ? e : NULL;
}

const struct packet_note *packet_index_note(const struct packet_index *x, uint64_t number)
{
    const struct packet_entry *e = packet_index_entry(x, number);

    return e ? &e->note : NULL;
}

struct conversations *packet_index_conversations(const struct packet_index *x)
{
    return x->conversations;
}

const struct conversation *packet_index_conversation(const struct packet_index *x,
                                                     uint64_t number)
{
    const struct packet_note *note = packet_index_note(x, number);

    return note && note->conversation != CONVERSATION_NONE
               ? conversations_get(x->conversations, note->conversation)
               : NULL;
}

/* Whether an entry's packet is of this connection; from_local: who sent it. */
static bool is_between(const struct packet_index *x, const struct packet_entry *e,
                       const struct addr *local, const struct addr *peer, bool *from_local)
{
    const struct conversation *c = packet_index_conversation(x, e->number);
    uint8_t from = e->note.direction;

    if (!c || c->protocol != IPPROTO_TCP)
        return false;
    *from_local = addr_equal(&c->ends[from], local) && addr_equal(&c->ends[!from], peer);
    return *from_local ||
           (addr_equal(&c->ends[from], peer) && addr_equal(&c->ends[!from], local));
}

static void swap_finding(struct packet_note *note, enum finding before, enum finding after)
{
    note->findings &= ~FINDING_BIT(before);
    note->findings |= FINDING_BIT(after);
}

/* Back to the last data that it sent. */
static void rename_probes(struct packet_index *x, const struct addr *local,
                          const struct addr *peer)
{
    uint64_t oldest = x->next > x->mask ? x->next - x->mask - 1 : 0;
    struct packet_note *answer = NULL;

    for (uint64_t number = x->next; number-- > oldest;) {
        struct packet_entry *e = &x->entries[number & x->mask];
        bool from_local, probe, keep_alive;

        if (!e->looked || e->number != number || !is_between(x, e, local, peer, &from_local))
            continue;
        probe = e->note.findings & FINDING_BIT(FINDING_ZERO_WINDOW_PROBE);
        keep_alive = e->note.findings & FINDING_BIT(FINDING_KEEP_ALIVE);
        if (from_local && !probe && !keep_alive)
            return;
        if (from_local && keep_alive) {
            swap_finding(&e->note, FINDING_KEEP_ALIVE, FINDING_ZERO_WINDOW_PROBE);
            if (answer)
                swap_finding(answer, FINDING_KEEP_ALIVE_ACK, FINDING_ZERO_WINDOW_PROBE_ACK);
        }
        answer = from_local ? NULL : &e->note;
    }
}

void packet_index_persist(struct packet_index *x, const struct addr *local,
                          const struct addr *peer, bool persist)
{
    struct addr ours = addr_unmapped(local), theirs = addr_unmapped(peer);

    conversations_persist(x->conversations, local, peer, persist);
    if (persist)
        rename_probes(x, &ours, &theirs);
}
