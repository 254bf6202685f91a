/* Matching.  The parser is packet_filter_parse.c. */
#include "core/wire/packet_filter.h"

#include <fnmatch.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/wire/packet_filter_tree.h"

/* Kleene's logic: `not` leaves what is unknown unknown. */
enum answer { NO, YES, UNKNOWN };

static enum answer answer_of(bool yes)
{
    return yes ? YES : NO;
}

static enum answer not_of(enum answer a)
{
    return a == UNKNOWN ? UNKNOWN : a == YES ? NO : YES;
}

static bool is_equality(const struct packet_term *t)
{
    return t->op == OP_EQ;
}

static enum answer compare_number(const struct packet_term *t, uint64_t value)
{
    return answer_of(filter_compare((enum filter_op)t->op, value, t->number, t->number));
}

/* A packet that has no ports is known to have none, unless they are in what is not here. */
static enum answer absent(const struct dissection *d)
{
    return d->truncated_in || (d->has_fragment && d->fragment.offset > 0) ? UNKNOWN : NO;
}

/* ---- addresses ---- */

static bool has_ports(const struct dissection *d)
{
    return d->has_flow && d->flow.protocol != 0;
}

static enum answer port_matches(const struct packet_term *t, const struct dissection *d)
{
    enum filter_op op = (enum filter_op)t->op;
    bool source, destination;

    if (!has_ports(d))
        return absent(d);
    source = filter_compare(op, d->flow.source.port, t->low, t->high);
    destination = filter_compare(op, d->flow.destination.port, t->low, t->high);
    if (t->side != SIDE_EITHER)
        return answer_of(t->side == SIDE_LOCAL ? source : destination);
    /* "not this port" means on neither side. */
    return answer_of(op == OP_NE ? source && destination : source || destination);
}

static bool same_prefix(const struct packet_term *t, const struct addr *a)
{
    unsigned whole = t->prefix / 8, rest = t->prefix % 8;

    if (t->addr.family == AF_UNSPEC)
        return true;
    if (t->addr.family != a->family || memcmp(t->addr.ip, a->ip, whole) != 0)
        return false;
    return !rest || (t->addr.ip[whole] ^ a->ip[whole]) >> (8 - rest) == 0;
}

static bool end_matches(const struct packet_term *t, const struct dissection *d,
                        const struct addr *end)
{
    bool any_port = t->low == 0 && t->high == 65535;

    return same_prefix(t, end) &&
           (any_port || (has_ports(d) && end->port >= t->low && end->port <= t->high));
}

static enum answer host_matches(const struct packet_term *t, const struct dissection *d)
{
    bool found = false;

    if (!d->has_flow)
        return absent(d);
    if (t->side & SIDE_LOCAL)
        found = end_matches(t, d, &d->flow.source);
    if (!found && (t->side & SIDE_PEER))
        found = end_matches(t, d, &d->flow.destination);
    return answer_of(found == is_equality(t));
}

/* ---- headers ---- */

static bool has_layer(const struct dissection *d, const char *name)
{
    for (size_t i = 0; i < d->n_fields; i++)
        if (d->fields[i].depth == 0 && strcasecmp(d->fields[i].name, name) == 0)
            return true;
    return false;
}

static enum answer proto_matches(const struct packet_term *t, const struct dissection *d)
{
    bool found;

    if (t->family)
        found = d->has_flow && d->flow.source.family == t->family;
    else if (t->protocol)
        found = d->has_flow && d->flow.protocol == t->protocol;
    else
        found = false;
    found = found || strcasecmp(d->protocol, t->word) == 0 || has_layer(d, t->word);
    return found || absent(d) == NO ? answer_of(found == is_equality(t)) : UNKNOWN;
}

static enum answer flags_match(const struct packet_term *t, const struct dissection *d)
{
    if (!d->has_tcp)
        return absent(d);
    if (t->all_of)
        return answer_of((d->tcp.flags & t->low) == t->low);
    return answer_of((d->tcp.flags == t->low) == is_equality(t));
}

static enum answer tcp_matches(const struct packet_term *t, const struct dissection *d)
{
    if (!d->has_tcp)
        return absent(d);
    return compare_number(t, t->kind == PACKET_SEQ   ? d->tcp.seq
                             : t->kind == PACKET_ACK ? d->tcp.ack
                                                     : d->tcp.window);
}

static enum answer payload_matches(const struct packet_term *t, const struct dissection *d)
{
    return has_ports(d) ? compare_number(t, d->payload_claimed) : absent(d);
}

static enum answer bytes_match(const struct packet_term *t, const struct packet_facts *p)
{
    const struct dissection *d = p->dissection;

    /* A dissection of other bytes must not lead out of these. */
    if (d->payload_at > p->captured || d->payload_len > p->captured - d->payload_at)
        return UNKNOWN;
    if (packet_pattern_find(t->pattern, p->bytes + d->payload_at, d->payload_len, 0, NULL,
                            NULL))
        return YES;
    /* It could be in what was cut off. */
    return d->payload_len < d->payload_claimed ? UNKNOWN : absent(d);
}

/* ---- what the order of packets says ---- */

static enum answer rtt_matches(const struct packet_term *t, const struct packet_note *note)
{
    return note && (note->has & NOTE_RTT) ? compare_number(t, note->rtt_ns) : UNKNOWN;
}

static enum answer finding_matches(const struct packet_term *t, const struct packet_note *note)
{
    return note ? answer_of(((note->findings & t->low) != 0) == is_equality(t)) : UNKNOWN;
}

static enum answer conversation_matches(const struct packet_term *t,
                                        const struct packet_note *note)
{
    if (!note)
        return UNKNOWN;
    return note->conversation == CONVERSATION_NONE ? NO : compare_number(t, note->conversation);
}

/* ---- owners ---- */

/* "python3 (812)": where its "(" is; NULL: that is none. */
static const char *pid_at(const char *process)
{
    const char *open = process ? strrchr(process, '(') : NULL;

    return open && open[1] >= '0' && open[1] <= '9' ? open : NULL;
}

static bool is_comm(const char *pattern, const char *process)
{
    const char *open = pid_at(process);
    size_t len = open ? (size_t)(open - process) : strlen(process);
    char comm[64];

    while (len > 0 && process[len - 1] == ' ')
        len--;
    if (len >= sizeof(comm))
        return false;
    memcpy(comm, process, len);
    comm[len] = '\0';
    return strcmp(comm, pattern) == 0 || fnmatch(pattern, comm, 0) == 0;
}

static bool is_session(const char *pattern, const char *session)
{
    static const char word[] = "session ";
    size_t len = sizeof(word) - 1;

    if (!*pattern || strcasecmp(pattern, session) == 0 ||
        fnmatch(pattern, session, FNM_CASEFOLD) == 0)
        return true;
    return strncmp(session, word, len) == 0 && strcmp(session + len, pattern) == 0;
}

static enum answer owner_is(const struct packet_term *t, const struct packet_owner *o)
{
    const char *pid;

    if (t->kind == PACKET_SESSION)
        return answer_of(o->session && is_session(t->word, o->session));
    if (!o->process)
        return UNKNOWN;
    if (t->kind == PACKET_COMM)
        return answer_of(is_comm(t->word, o->process));
    pid = pid_at(o->process);
    return pid ? answer_of(strtoull(pid + 1, NULL, 10) == t->number) : UNKNOWN;
}

/* The far end's owner is never known: what is known of either end decides. */
static enum answer owners_match(const struct packet_term *t, const struct packet_facts *p)
{
    enum answer found = UNKNOWN;

    for (size_t i = 0; i < 2 && found != YES; i++) {
        enum answer a = p->owners[i] ? owner_is(t, p->owners[i]) : UNKNOWN;

        if (a != UNKNOWN)
            found = a;
    }
    return is_equality(t) ? found : not_of(found);
}

static enum answer interface_matches(const struct packet_term *t, const char *interface)
{
    if (!interface)
        return UNKNOWN;
    return answer_of((strcmp(t->word, interface) == 0 || fnmatch(t->word, interface, 0) == 0) ==
                     is_equality(t));
}

/* ---- all of it ---- */

static enum answer leaf_matches(const struct packet_term *t, const struct packet_facts *p)
{
    const struct dissection *d = p->dissection;

    switch ((enum packet_term_kind)t->kind) {
    case PACKET_PORT:
        return port_matches(t, d);
    case PACKET_HOST:
        return host_matches(t, d);
    case PACKET_PROTO:
        return proto_matches(t, d);
    case PACKET_FLAGS:
        return flags_match(t, d);
    case PACKET_LEN:
        return compare_number(t, p->packet->length);
    case PACKET_PAYLOAD:
        return payload_matches(t, d);
    case PACKET_WINDOW:
    case PACKET_SEQ:
    case PACKET_ACK:
        return tcp_matches(t, d);
    case PACKET_TTL:
        return d->has_ttl ? compare_number(t, d->ttl) : absent(d);
    case PACKET_RTT:
        return rtt_matches(t, p->note);
    case PACKET_FINDING:
        return finding_matches(t, p->note);
    case PACKET_CONVERSATION:
        return conversation_matches(t, p->note);
    case PACKET_PID:
    case PACKET_COMM:
    case PACKET_SESSION:
        return owners_match(t, p);
    case PACKET_INTERFACE:
        return interface_matches(t, p->interface);
    case PACKET_BYTES:
        return bytes_match(t, p);
    case PACKET_AND:
    case PACKET_OR:
    case PACKET_NOT:
        break;
    }
    return UNKNOWN;
}

static enum answer term_matches(const struct packet_filter *f, uint16_t at,
                                const struct packet_facts *p)
{
    const struct packet_term *t = &f->terms[at];
    enum answer left, right, decides;

    if (t->kind == PACKET_NOT)
        return not_of(term_matches(f, t->left, p));
    if (t->kind != PACKET_AND && t->kind != PACKET_OR)
        return leaf_matches(t, p);
    decides = t->kind == PACKET_AND ? NO : YES;
    left = term_matches(f, t->left, p);
    if (left == decides)
        return left;
    right = term_matches(f, t->right, p);
    return right == decides || left != UNKNOWN ? right : UNKNOWN;
}

unsigned packet_filter_needs(const struct packet_filter *f)
{
    unsigned needs = 0;

    for (size_t i = 0; f && i < f->n_terms; i++) {
        const struct packet_term *t = &f->terms[i];

        if (t->kind == PACKET_PROTO)
            needs |= PACKET_NEEDS_FIELDS;
        if (t->kind == PACKET_PID || t->kind == PACKET_COMM || t->kind == PACKET_SESSION)
            needs |= PACKET_NEEDS_OWNERS;
    }
    return needs;
}

bool packet_filter_match(const struct packet_filter *f, const struct packet_facts *p)
{
    return !f || term_matches(f, f->root, p) == YES;
}

void packet_filter_free(struct packet_filter *f)
{
    for (size_t i = 0; f && i < f->n_terms; i++) {
        packet_pattern_free(f->terms[i].pattern);
        free(f->terms[i].word);
    }
    free(f);
}
