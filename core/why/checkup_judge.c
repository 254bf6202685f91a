/* What becomes of the candidates: each is judged by the rules of one socket, and what two looks can
 * decide becomes an ailment. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/tcp_info.h"
#include "core/why/badness.h"
#include "core/why/checkup_internal.h"
#include "core/why/rules_words.h"

/* Bytes that wait for less may be those of a program that is busy for a moment. */
#define UNREAD_MS 5000
/* Closed connections that wait for their peers: so many are worth a word, and one whose last segments
 * were sent so often without an answer. */
#define ORPHANS_MANY 1000
#define ORPHAN_RETRANSMITS 3
/* Of the ports that there are; as rules_closing.c has it. */
#define WAITING_MANY_OF_RANGE 4
#define PORTS_USUAL 28232

/* --- how bad it is -------------------------------------------------------------------------- */

static uint64_t waiting_bytes(const struct ailment *a)
{
    return (uint64_t)a->row.rqueue + a->row.wqueue;
}

static int by_badness(const void *one, const void *other)
{
    const struct ailment *a = one, *b = other;
    int x = cause_badness(a->cause), y = cause_badness(b->cause);

    if (x != y)
        return y - x;
    if (a->confidence != b->confidence)
        return (int)b->confidence - (int)a->confidence;
    if (waiting_bytes(a) != waiting_bytes(b))
        return waiting_bytes(a) < waiting_bytes(b) ? 1 : -1;
    return strcmp(a->socket, b->socket);
}

/* --- what is listed --------------------------------------------------------------------------- */

/* The bytes wait for longer than the two looks show. */
static bool waits_long(const struct sighting *s)
{
    uint64_t silent_ms;

    return tcp_info_read(&s->detail_later, TCP_INFO_last_data_recv, &silent_ms) &&
           silent_ms >= UNREAD_MS;
}

/* Between the looks bytes of its own left: acknowledged by the peer, or sent at all. */
static bool moves(const struct sighting *s, enum tcp_info_id id)
{
    uint64_t before, after;

    return tcp_info_read(&s->detail, id, &before) &&
           tcp_info_read(&s->detail_later, id, &after) && after != before;
}

/* A peer that takes a little is slow; a program that still answers one that sends no more closes
 * later. */
static bool is_busy(const char *cause, const struct sighting *s)
{
    if (strcmp(cause, "peer-not-reading") == 0)
        return moves(s, TCP_INFO_bytes_acked);
    return strcmp(cause, "close-wait-leak") == 0 &&
           (s->row_later.wqueue || moves(s, TCP_INFO_bytes_sent));
}

static bool is_listed(const struct verdict *v, const struct sighting *s)
{
    static const char *const never[] = {"healthy", "unknown", "time-wait-normal",
                                        "half-closed"};

    if (v->confidence < CONFIDENCE_LIKELY || is_busy(v->cause, s))
        return false;
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
        if (strcmp(v->cause, never[i]) == 0)
            return false;
    /* A busy connection is slowed by something all the time. */
    if (cause_badness(v->cause) <= BADNESS_SLOWED && v->confidence < CONFIDENCE_CERTAIN)
        return false;
    if (strcmp(v->cause, "app-not-reading") == 0)
        return v->confidence == CONFIDENCE_CERTAIN || waits_long(s);
    if (strcmp(v->cause, "process-stopped") == 0)
        return s->row_later.rqueue > 0;
    if (strcmp(v->cause, "fin-wait-orphan") == 0)
        return s->row_later.retransmits >= ORPHAN_RETRANSMITS;
    return true;
}

static void name_socket(const struct candidate *c, const struct row *row, char *buf)
{
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES];
    const char *scheme = kind_protocol((enum socket_kind)row->kind);

    if (c && c->name[0])
        snprintf(buf, CHECKUP_SOCKET_BYTES, "%s", c->name);
    else if (row->state == STATE_LISTEN || !row->peer.port)
        snprintf(buf, CHECKUP_SOCKET_BYTES, "%s://%s", scheme, addr_format(&row->local, local));
    else
        snprintf(buf, CHECKUP_SOCKET_BYTES, "%s://%s-%s", scheme,
                 addr_format(&row->local, local), addr_format(&row->peer, peer));
}

static struct ailment *add_ailment(struct checkup *r, const struct verdict *v)
{
    struct ailment *a;

    if (r->n == r->room) {
        r->room = r->room ? 2 * r->room : 64;
        r->list = mem_resize(r->list, r->room, sizeof(*r->list));
    }
    a = &r->list[r->n++];
    *a = (struct ailment){.cause = v->cause,
                          .confidence = v->confidence,
                          .summary = mem_copy(v->summary, strlen(v->summary)),
                          .n_fixes = v->n_fixes};
    for (size_t i = 0; i < v->n_fixes; i++)
        a->fixes[i] = mem_copy(v->fixes[i], strlen(v->fixes[i]));
    return a;
}

/* --- one of them -------------------------------------------------------------------------------- */

static const struct candidate *other_end(const struct search *s, const struct candidate *c)
{
    struct ends turned = {.local = c->identity.ends.peer,
                          .peer = c->identity.ends.local,
                          .kind = c->identity.ends.kind};
    struct candidate *peer = NULL;

    HASH_FIND(by_ends, s->ends, &turned, sizeof(turned), peer);
    return peer && peer != c && peer->s.row_later.state ? peer : NULL;
}

/* The evidence of one socket; what was there of another is gone. */
static void lay_out(const struct search *s, const struct candidate *c, struct evidence *e)
{
    const struct candidate *peer = other_end(s, c);
    const struct row *row = &c->s.row_later;

    e->n_sightings = 0;
    *evidence_sighting(e) = c->s;
    if (peer) {
        struct sighting *other = evidence_sighting(e);

        *other = peer->s;
        other->role = ROLE_PEER;
    }
    name_socket(c, row, e->target);
    e->endpoint.scheme = row->kind == KIND_UDP || row->kind == KIND_UDPLITE ? ENDPOINT_UDP
                         : c->name[0]                                       ? ENDPOINT_UNIX
                                                                            : ENDPOINT_TCP;
    e->route = (struct route_facts){0};
    if (row->peer.family == AF_INET || row->peer.family == AF_INET6)
        s->probes->route_look(&(struct route_question){.protocol = IPPROTO_TCP,
                                                       .to = row->peer,
                                                       .from = row->local},
                              &e->route);
}

static void say_socket(struct search *s, const struct candidate *c, const char *name)
{
    char received[TEXT_NUMBER_BYTES], sent[TEXT_NUMBER_BYTES];
    const struct row *row = c->s.row_later.state ? &c->s.row_later : &c->s.row;
    struct evidence_line *line =
        evidence_say(s->result->e, "sock_diag", s->looked_ns[1], "%s %s, Recv-Q %s, Send-Q %s",
                     name, state_name((enum socket_state)row->state),
                     text_number(row->rqueue, received), text_number(row->wqueue, sent));

    if (line)
        line->cookie = row->cookie;
}

static void judge(struct search *s, const struct candidate *c, struct evidence *e)
{
    struct checkup *r = s->result;
    struct verdict v;
    struct ailment *a;

    if (c->s.owner == OWNER_NOT_PERMITTED && !evidence_is_unseen(r->e, "owners")) {
        char grant[ERR_TEXT_BYTES];

        s->probes->grant_command(grant, sizeof(grant));
        evidence_unseen(r->e, "owners", grant, "processes of other users may not be seen");
    }
    if (s->wish->pid) {
        char name[CHECKUP_SOCKET_BYTES];

        name_socket(c, &c->s.row, name);
        say_socket(s, c, name);
    }
    if (!c->s.row_later.state)
        return;
    lay_out(s, c, e);
    why_judge(e, &v);
    if (!is_listed(&v, &c->s))
        return;
    a = add_ailment(r, &v);
    a->row = c->s.row_later;
    name_socket(c, &a->row, a->socket);
    sighting_holder(&c->s, a->owner);
}

/* --- those that only their number makes unwell ---------------------------------------------------- */

static void add_crowd(struct search *s, const struct row *row, const char *cause,
                      const char *summary, const char *fix)
{
    struct verdict v = {.cause = cause, .confidence = CONFIDENCE_CERTAIN, .n_fixes = 1};
    struct ailment *a;

    snprintf(v.summary, sizeof(v.summary), "%s", summary);
    snprintf(v.fixes[0], sizeof(v.fixes[0]), "%s", fix);
    a = add_ailment(s->result, &v);
    a->row = *row;
    name_socket(NULL, row, a->socket);
    snprintf(a->owner, sizeof(a->owner), "no process");
}

static void judge_waiting(struct search *s, const struct limit_facts *limits)
{
    unsigned range =
        limits->has_port_range ? limits->port_high - limits->port_low + 1U : PORTS_USUAL;
    char text[VERDICT_TEXT_BYTES], peer[ADDR_TEXT_BYTES], n[TEXT_NUMBER_BYTES];
    struct waiting *w, *next;

    HASH_ITER(hh, s->waiting, w, next)
    {
        if (w->n * WAITING_MANY_OF_RANGE < range)
            continue;
        snprintf(text, sizeof(text),
                 "%s connections to %s are in TIME_WAIT, of %u ports there are.",
                 text_number(w->n, n), addr_format(&w->row.peer, peer), range);
        add_crowd(s, &w->row, "time-wait-many", text,
                  "Keep connections open and use them again, or let the other side close "
                  "first.");
    }
}

static void judge_orphans(struct search *s)
{
    char text[VERDICT_TEXT_BYTES], n[TEXT_NUMBER_BYTES];

    if (s->n_orphans < ORPHANS_MANY)
        return;
    snprintf(text, sizeof(text),
             "%s connections were closed here and wait for their peers; no process holds them "
             "any more.",
             text_number(s->n_orphans, n));
    add_crowd(s, &s->orphan, "fin-wait-orphan", text,
              "Look why the peers do not close; net.ipv4.tcp_fin_timeout ends them sooner.");
}

void search_judge(struct search *s)
{
    struct evidence *e = evidence_new();

    e->subject = WHY_SOCKET;
    e->rows_seen = true;
    s->probes->limits_read(&e->surroundings.limits);
    for (struct candidate *c = s->first; c; c = c->next)
        judge(s, c, e);
    if (!s->wish->pid) {
        judge_waiting(s, &e->surroundings.limits);
        judge_orphans(s);
    }
    evidence_free(e);
    if (s->result->n)
        qsort(s->result->list, s->result->n, sizeof(s->result->list[0]), by_badness);
}
