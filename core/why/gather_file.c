/* A recording alone: its conversations, and what the packets of each say.
 *
 * The file is read twice, so that a large one costs no memory: the first time only what each
 * conversation came to is kept, the second time the packets of those that look worst. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/why/badness.h"
#include "core/why/gather.h"
#include "core/why/verdict.h"
#include "core/why/wire_digest.h"

struct suspect {
    struct conversation c;
    uint64_t weight;
    /* After the second reading: */
    unsigned side; /* whose view is the worse */
    int badness;
    enum confidence confidence;
};

struct reading {
    struct conversations *all;
    struct dissection dissection;
    struct wire_digest *digest; /* the second time; NULL: the first */
    uint64_t first_ns, last_ns, packets;
    bool has_first;
    struct err cut; /* why the rest of the file could not be read; code 0: it is whole */
    size_t n;
    struct suspect suspects[WHY_FILE_CONVERSATIONS];
};

/* --- the first time ------------------------------------------------------------------------- */

static uint64_t weight_of(const struct conversation *c)
{
    static const uint8_t telling[] = {FINDING_RETRANSMISSION, FINDING_FAST_RETRANSMISSION,
                                      FINDING_ZERO_WINDOW, FINDING_ZERO_WINDOW_PROBE,
                                      FINDING_SPURIOUS_RETRANSMISSION};
    uint64_t found = 0, packets = c->packets[0] + c->packets[1];

    if (c->protocol != IPPROTO_TCP && c->protocol != IPPROTO_UDP)
        return 0;
    for (size_t i = 0; i < sizeof(telling); i++)
        found += c->found[telling[i]];
    if (!c->packets[FROM_SECOND])
        found += 1000;
    if (c->completeness & COMPLETE_RST)
        found += c->completeness & COMPLETE_ACK ? 100 : 1000;
    return found * 1000000 + (packets < 1000000 ? packets : 999999);
}

/* The heaviest stay. */
static void suspect(struct reading *r, const struct conversation *c)
{
    uint64_t weight = weight_of(c);
    size_t at = r->n;

    if (!weight)
        return;
    while (at > 0 && r->suspects[at - 1].weight < weight)
        at--;
    if (at == WHY_FILE_CONVERSATIONS)
        return;
    if (r->n < WHY_FILE_CONVERSATIONS)
        r->n++;
    memmove(&r->suspects[at + 1], &r->suspects[at], (r->n - at - 1) * sizeof(r->suspects[0]));
    r->suspects[at] = (struct suspect){.c = *c, .weight = weight};
}

static bool is_wanted(const struct reading *r, const struct dissection *d)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct conversation *c = &r->suspects[i].c;
        struct flow_pick pick = {
            .local = c->ends[0], .peer = c->ends[1], .protocol = c->protocol};

        if (flow_match(&pick, &d->flow, 0) != FLOW_NONE)
            return true;
    }
    return d->has_icmp;
}

static bool take_packet(void *ctx, const struct packet_facts *p)
{
    struct reading *r = ctx;
    struct dissection *d = &r->dissection;
    struct packet_note note = {.conversation = CONVERSATION_NONE};

    if (!r->has_first)
        r->first_ns = p->packet->wall_ns;
    r->has_first = true;
    if (p->packet->wall_ns > r->last_ns)
        r->last_ns = p->packet->wall_ns;
    decode(p->bytes, p->captured, p->packet->length, p->packet->link_type, DECODE_FLOW, d);
    if (!d->has_flow)
        return true;
    r->packets++;
    if (!r->digest)
        conversations_add(r->all, p->number, p->packet, d, &note);
    else if (is_wanted(r, d))
        wire_digest_add(r->digest, p->number, p->packet, p->bytes, p->captured);
    return true;
}

/* --- the second time ----------------------------------------------------------------------------- */

static void lay_out(const struct reading *r, const struct suspect *s, unsigned side,
                    struct evidence *e)
{
    const struct conversation *c = &s->c;

    e->subject = WHY_FILE;
    e->endpoint.scheme = c->protocol == IPPROTO_UDP ? ENDPOINT_UDP : ENDPOINT_TCP;
    e->began_ns = e->began_wall_ns = r->first_ns;
    e->file_local = c->ends[side];
    e->file_peer = c->ends[!side];
    e->file_end_ns = r->last_ns;
    wire_digest_facts(r->digest, &e->file_local, &e->file_peer, c->protocol, 0, &e->wire);
    e->wire.seen = true;
}

static void judge(const struct reading *r, struct suspect *s, struct evidence *e)
{
    s->badness = -2;
    for (unsigned side = 0; side < 2; side++) {
        struct verdict v;
        int bad;

        lay_out(r, s, side, e);
        why_judge(e, &v);
        bad = cause_badness(v.cause);
        if (bad < s->badness || (bad == s->badness && v.confidence <= s->confidence))
            continue;
        s->side = side;
        s->badness = bad;
        s->confidence = v.confidence;
    }
}

static int by_badness(const void *one, const void *other)
{
    const struct suspect *a = one, *b = other;

    /* What is sure comes before what would be worse. */
    if ((a->badness < 0) != (b->badness < 0))
        return a->badness < 0 ? 1 : -1;
    if (a->confidence != b->confidence)
        return (int)b->confidence - (int)a->confidence;
    if (a->badness != b->badness)
        return b->badness - a->badness;
    return a->weight < b->weight ? 1 : a->weight > b->weight ? -1 : 0;
}

static struct evidence *tell(const struct why_wish *wish, const struct reading *r,
                             const struct suspect *s)
{
    struct evidence *e = evidence_new();
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES];

    lay_out(r, s, s->side, e);
    e->ended_ns = r->last_ns;
    snprintf(e->target, sizeof(e->target), "%.200s: %s://%s-%s", wish->path,
             s->c.protocol == IPPROTO_UDP ? "udp" : "tcp", addr_format(&e->file_local, local),
             addr_format(&e->file_peer, peer));
    evidence_say(e, "recording", r->first_ns, "%llu packets with an address, %u conversations",
                 (unsigned long long)r->packets, conversations_end(r->all));
    wire_digest_say(r->digest, &e->file_local, &e->file_peer, s->c.protocol, 0, e);
    evidence_unseen(e, "sockets", "sockeye why --socket LOCAL-PEER, on the host itself",
                    "a recording holds packets only, no sockets and no owners");
    if (r->cut.code)
        evidence_unseen(e, "rest of the file", NULL, "%s", r->cut.reason);
    if (e->wire.incomplete)
        evidence_unseen(e, "packets", NULL, "there were more than there is room for");
    return e;
}

/* Of a file that is cut short what is there is judged. */
static int read_file(struct reading *r, const struct why_wish *wish,
                     const struct probes *probes, struct err *err)
{
    const struct capture_reader to = {.packet = take_packet};
    struct err failed = {0};
    int result;

    r->packets = 0;
    result = probes->capture_read(wish->path, NULL, &to, r, &failed);
    if (result < 0 && r->packets) {
        r->cut = failed;
        return 0;
    }
    if (result < 0 && err)
        *err = failed;
    return result;
}

static void judge_all(struct reading *r)
{
    struct evidence *scratch = evidence_new();

    for (size_t i = 0; i < r->n; i++)
        judge(r, &r->suspects[i], scratch);
    evidence_free(scratch);
    qsort(r->suspects, r->n, sizeof(r->suspects[0]), by_badness);
}

int why_gather_file(const struct why_wish *wish, const struct probes *probes,
                    bool (*take)(void *ctx, struct evidence *e), void *ctx, struct err *err)
{
    struct reading *r = mem_new(1, sizeof(*r));
    int result;

    r->all = conversations_new(CONVERSATIONS_USUAL);
    result = read_file(r, wish, probes, err);
    for (uint32_t i = 0; result == 0 && i < conversations_end(r->all); i++) {
        const struct conversation *c = conversations_get(r->all, i);

        if (c)
            suspect(r, c);
    }
    if (result == 0 && r->n == 0)
        result = err_set(err, -ENODATA, "read", wish->path, "it has no TCP or UDP packet");
    if (result == 0) {
        r->digest = wire_digest_new();
        result = read_file(r, wish, probes, err);
    }
    if (result == 0)
        judge_all(r);
    for (size_t i = 0; result == 0 && i < r->n; i++)
        if ((i > 0 && r->suspects[i].badness < 0) || !take(ctx, tell(wish, r, &r->suspects[i])))
            break;
    wire_digest_free(r->digest);
    conversations_free(r->all);
    free(r);
    return result;
}
