#include "core/report/packets_findings.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/model/snapshot.h"

struct places {
    uint32_t conversation; /* the key */
    uint64_t first[FINDING_COUNT][FINDING_PLACES];
    uint8_t n[FINDING_COUNT];
    UT_hash_handle hh;
};

struct packet_findings {
    struct places *table;
    size_t max;
};

struct packet_findings *packet_findings_new(size_t max)
{
    struct packet_findings *f = mem_new(1, sizeof(*f));

    f->max = max;
    return f;
}

void packet_findings_free(struct packet_findings *f)
{
    struct places *p, *next;

    if (!f)
        return;
    p = f->table;
    HASH_CLEAR(hh, f->table); /* which leaves them linked */
    for (; p; p = next) {
        next = p->hh.next;
        free(p);
    }
    free(f);
}

static struct places *places_of(const struct packet_findings *f, uint32_t conversation)
{
    struct places *p;

    HASH_FIND(hh, f->table, &conversation, sizeof(conversation), p);
    return p;
}

void packet_findings_add(struct packet_findings *f, uint64_t number,
                         const struct packet_note *note)
{
    struct places *p;

    if (!note->findings || note->conversation == CONVERSATION_NONE)
        return;
    p = places_of(f, note->conversation);
    if (!p && HASH_COUNT(f->table) >= f->max)
        return;
    if (!p) {
        p = mem_new(1, sizeof(*p));
        p->conversation = note->conversation;
        HASH_ADD(hh, f->table, conversation, sizeof(p->conversation), p);
    }
    for (unsigned i = 0; i < FINDING_COUNT; i++)
        if ((note->findings & FINDING_BIT(i)) && p->n[i] < FINDING_PLACES)
            p->first[i][p->n[i]++] = number;
}

/* ---- the order ---------------------------------------------------------------------------- */

static uint64_t count_of(const struct conversation *c, enum finding_severity severity)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < FINDING_COUNT; i++)
        if (finding_infos[i].severity == severity)
            n += c->found[i];
    return n;
}

static int by_count(uint64_t a, uint64_t b)
{
    return (a < b) - (a > b);
}

static int worst_first(const void *left, const void *right)
{
    const struct conversation *a = *(const struct conversation *const *)left;
    const struct conversation *b = *(const struct conversation *const *)right;
    int r = 0;

    for (int severity = SEVERITY_WARN; r == 0 && severity >= SEVERITY_CHAT; severity--)
        r = by_count(count_of(a, (enum finding_severity)severity),
                     count_of(b, (enum finding_severity)severity));
    return r ? r : (a->number > b->number) - (a->number < b->number);
}

/* The caller frees it. */
static const struct conversation **in_order(const struct conversations *c, size_t *ret_n)
{
    uint32_t end = conversations_end(c);
    size_t n = 0, room = 64;
    const struct conversation **all = mem_new(room, sizeof(*all));

    for (uint32_t i = 0; i < end; i++) {
        const struct conversation *one = conversations_get(c, i);

        if (!one)
            continue;
        if (n == room) {
            room *= 2;
            all = mem_resize(all, room, sizeof(*all));
        }
        all[n++] = one;
    }
    qsort(all, n, sizeof(const struct conversation *), worst_first);
    *ret_n = n;
    return all;
}

/* Which findings a conversation has, worst and most frequent first. */
static size_t findings_in_order(const struct conversation *c, unsigned ret[FINDING_COUNT])
{
    size_t n = 0;

    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        size_t at = n;

        if (!c->found[i])
            continue;
        for (; at > 0; at--) {
            unsigned other = ret[at - 1];

            if (finding_infos[other].severity > finding_infos[i].severity ||
                (finding_infos[other].severity == finding_infos[i].severity &&
                 c->found[other] >= c->found[i]))
                break;
            ret[at] = other;
        }
        ret[at] = i;
        n++;
    }
    return n;
}

/* ---- text --------------------------------------------------------------------------------- */

static const char *protocol_name(uint8_t protocol)
{
    switch (protocol) {
    case IPPROTO_TCP:
        return "tcp";
    case IPPROTO_UDP:
        return "udp";
    case IPPROTO_SCTP:
        return "sctp";
    case IPPROTO_UDPLITE:
        return "udplite";
    case IPPROTO_DCCP:
        return "dccp";
    default:
        return "ip";
    }
}

static const char *severity_name(enum finding_severity severity)
{
    static const char *const names[] = {
        [SEVERITY_CHAT] = "chat", [SEVERITY_NOTE] = "note", [SEVERITY_WARN] = "warn"};

    return names[severity];
}

void packet_conversation_name(const struct conversation *c, struct packet_out *out)
{
    put_literal(out, "conversation ");
    put_number(out, c->number);
    put_literal(out, "  ");
    put_string(out, protocol_name(c->protocol));
    put_char(out, ' ');
    put_end(out, &c->ends[FROM_FIRST]);
    put_literal(out, " - ");
    put_end(out, &c->ends[FROM_SECOND]);
}

static void put_separated(struct packet_out *out, uint64_t n)
{
    char text[TEXT_NUMBER_BYTES];

    put_string(out, text_number(n, text));
}

static void put_traffic(const struct conversation *c, struct packet_out *out)
{
    put_literal(out, "    ");
    for (unsigned i = 0; i < 2; i++) {
        put_string(out, i ? ", <- " : "-> ");
        put_separated(out, c->packets[i]);
        put_string(out, c->packets[i] == 1 ? " packet, " : " packets, ");
        put_separated(out, c->payload_bytes[i]);
        put_string(out, c->payload_bytes[i] == 1 ? " byte" : " bytes");
    }
    put_char(out, '\n');
}

static void put_course(const struct conversation *c, struct packet_out *out)
{
    char text[120], rtt[TEXT_DURATION_BYTES];

    put_literal(out, "    ");
    put_string(out, conversation_completeness(c, text, sizeof(text)));
    if (c->has_handshake_rtt) {
        put_literal(out, "; handshake ");
        put_string(out, text_duration(c->handshake_rtt_ns, rtt));
    }
    if (c->has_closed_first) {
        put_literal(out, "; closed first by ");
        put_end(out, &c->ends[c->closed_first]);
    }
    if (c->has_reset_by) {
        put_literal(out, "; reset by ");
        put_end(out, &c->ends[c->reset_by]);
        if (c->reset_state) {
            put_literal(out, " in ");
            put_string(out, state_name((enum socket_state)c->reset_state));
        }
    }
    put_char(out, '\n');
}

static void put_places(const struct places *p, unsigned finding, uint64_t found,
                       struct packet_out *out)
{
    if (!p || !p->n[finding])
        return;
    put_string(out, found == 1 ? ": packet " : ": packets ");
    for (unsigned i = 0; i < p->n[finding]; i++) {
        if (i)
            put_literal(out, ", ");
        put_number(out, packet_called(p->first[finding][i]));
    }
    if (found > p->n[finding])
        put_literal(out, ", ...");
}

static void put_conversation(const struct packet_findings *f, const struct conversation *c,
                             struct packet_out *out)
{
    const struct places *p = places_of(f, c->number);
    unsigned order[FINDING_COUNT];
    size_t n = findings_in_order(c, order);

    packet_conversation_name(c, out);
    put_char(out, '\n');
    put_traffic(c, out);
    if (c->protocol == IPPROTO_TCP)
        put_course(c, out);
    for (size_t i = 0; i < n; i++) {
        const struct finding_info *info = &finding_infos[order[i]];

        put_literal(out, "    ");
        put_string(out, severity_name(info->severity));
        put_literal(out, "  ");
        put_separated(out, c->found[order[i]]);
        put_literal(out, " x ");
        put_string(out, info->id);
        put_places(p, order[i], c->found[order[i]], out);
        put_literal(out, "; ");
        put_string(out, info->words);
        put_char(out, '\n');
    }
}

void packet_findings_text(const struct packet_findings *f, const struct conversations *c,
                          struct packet_out *out)
{
    const struct conversation **all;
    size_t n = 0;

    all = in_order(c, &n);
    for (size_t i = 0; i < n; i++)
        put_conversation(f, all[i], out);
    free(all);
    if (n == 0)
        put_literal(out, "no conversations\n");
    if (conversations_forgotten(c)) {
        put_separated(out, conversations_forgotten(c));
        put_literal(out,
                    " more conversations were forgotten, silent longest, for want of room\n");
    }
}

/* ---- JSON --------------------------------------------------------------------------------- */

#define put_key(out, key) put_literal(out, ",\"" key "\":")

static void put_quoted_end(struct packet_out *out, const struct addr *a)
{
    put_char(out, '"');
    put_end(out, a);
    put_char(out, '"');
}

static void put_pair(struct packet_out *out, const uint64_t n[2])
{
    put_char(out, '[');
    put_number(out, n[FROM_FIRST]);
    put_char(out, ',');
    put_number(out, n[FROM_SECOND]);
    put_char(out, ']');
}

static void put_course_json(const struct conversation *c, struct packet_out *out)
{
    char text[120];

    put_key(out, "completeness");
    put_json_string(out, conversation_completeness(c, text, sizeof(text)));
    put_key(out, "completeness_bits");
    put_number(out, c->completeness);
    put_key(out, "handshake_rtt_us");
    if (c->has_handshake_rtt)
        put_number(out, c->handshake_rtt_ns / 1000);
    else
        put_literal(out, "null");
    put_key(out, "closed_first_by");
    if (c->has_closed_first)
        put_quoted_end(out, &c->ends[c->closed_first]);
    else
        put_literal(out, "null");
    put_key(out, "reset_by");
    if (c->has_reset_by)
        put_quoted_end(out, &c->ends[c->reset_by]);
    else
        put_literal(out, "null");
    if (c->has_reset_by && c->reset_state) {
        put_key(out, "reset_state");
        put_json_string(out, state_name((enum socket_state)c->reset_state));
    }
}

static void put_finding_json(const struct places *p, unsigned finding, uint64_t found,
                             struct packet_out *out)
{
    put_literal(out, "{\"id\":");
    put_json_string(out, finding_infos[finding].id);
    put_key(out, "severity");
    put_json_string(out, severity_name(finding_infos[finding].severity));
    put_key(out, "count");
    put_number(out, found);
    put_key(out, "packets");
    put_char(out, '[');
    for (unsigned i = 0; p && i < p->n[finding]; i++) {
        if (i)
            put_char(out, ',');
        put_number(out, packet_called(p->first[finding][i]));
    }
    put_literal(out, "]}");
}

static void put_conversation_json(const struct packet_findings *f, const struct conversation *c,
                                  struct packet_out *out)
{
    const struct places *p = places_of(f, c->number);
    unsigned order[FINDING_COUNT];
    size_t n = findings_in_order(c, order);

    put_literal(out, "{\"conversation\":");
    put_number(out, c->number);
    put_key(out, "proto");
    put_json_string(out, protocol_name(c->protocol));
    put_key(out, "ends");
    put_char(out, '[');
    put_quoted_end(out, &c->ends[FROM_FIRST]);
    put_char(out, ',');
    put_quoted_end(out, &c->ends[FROM_SECOND]);
    put_char(out, ']');
    put_key(out, "packets");
    put_pair(out, c->packets);
    put_key(out, "bytes");
    put_pair(out, c->payload_bytes);
    if (c->protocol == IPPROTO_TCP)
        put_course_json(c, out);
    put_key(out, "findings");
    put_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i)
            put_char(out, ',');
        put_finding_json(p, order[i], c->found[order[i]], out);
    }
    put_literal(out, "]}");
}

void packet_findings_json(const struct packet_findings *f, const struct conversations *c,
                          struct packet_out *out)
{
    const struct conversation **all;
    size_t n = 0;

    all = in_order(c, &n);
    put_literal(out, "{\"schema\":1,\"conversations\":[");
    for (size_t i = 0; i < n; i++) {
        if (i)
            put_char(out, ',');
        put_conversation_json(f, all[i], out);
    }
    free(all);
    put_literal(out, "],\"forgotten\":");
    put_number(out, conversations_forgotten(c));
    put_literal(out, "}\n");
}
