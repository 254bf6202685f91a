/* Expectations about what the rings hold: packets, calls, what was said.
 *
 * Each remembers how far it has read, so that a look costs only what is new. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/scenario/run_internal.h"

/* The capture's clock and ours may differ by so much. */
#define CLOCK_SLACK_NS CLOCK_MS_NS

static bool since_run(const struct expectation *e)
{
    const struct scenario_test *t = eye_test(e, "since");

    return t && strcmp(t->values[0], "run") == 0;
}

/* --- packets -------------------------------------------------------------------------------- */

enum run_packets run_packets(const struct scenario_run *r, char *why)
{
    const struct capture_status *c = r->m->capture;
    char text[ERR_TEXT_BYTES * 3] = "capturing is turned off";

    if (r->no_capture) {
        if (why)
            snprintf(why, RUN_SEEN_BYTES, "%s", text);
        return PACKETS_NONE;
    }
    if (!c || !c->n_interfaces)
        return PACKETS_NOT_YET;
    for (size_t i = 0; i < c->n_interfaces; i++) {
        if (c->interfaces[i].state == CAPTURE_OPENING)
            return PACKETS_NOT_YET;
        if (c->interfaces[i].state == CAPTURE_RUNNING)
            return PACKETS_COME;
    }
    err_format(&c->interfaces[0].err, text, sizeof(text));
    if (why)
        snprintf(why, RUN_SEEN_BYTES, "%s", text);
    return PACKETS_NONE;
}

static int parse(const struct scenario_run *r, struct eye *eye, const char *text,
                 struct err *err)
{
    packet_filter_free(eye->packets);
    eye->packets = NULL;
    eye->next = r->packets_from;
    eye->count = 0;
    return packet_filter_parse(text, &eye->packets, err);
}

static unsigned facts_needed(const struct packet_filter *f)
{
    unsigned needs = packet_filter_needs(f);

    return DECODE_FLOW | (needs & PACKET_NEEDS_FIELDS ? DECODE_FIELDS : 0U) |
           (needs & PACKET_NEEDS_OWNERS ? (unsigned)FACTS_OWNERS : 0U);
}

static void count_packets(struct scenario_run *r, struct eye *eye)
{
    uint64_t end = packet_index_next(r->m->packet_index), tail = ring_tail(r->m->packets);
    uint64_t from_wall_ns = run_result(r)->began_ns + r->wall_offset_ns - CLOCK_SLACK_NS;
    unsigned what = facts_needed(eye->packets);
    struct packet_view *v = mem_new(1, sizeof(*v));
    bool all = since_run(eye->e);
    struct packet_facts facts;

    if (eye->next < tail)
        eye->next = tail;
    for (; eye->next < end; eye->next++) {
        const struct packet_entry *entry = packet_index_entry(r->m->packet_index, eye->next);

        if (!entry || !entry->looked || (!all && entry->wall_ns < from_wall_ns))
            continue;
        if (model_packet_facts(r->m, eye->next, what, v, &facts))
            eye->count += packet_filter_match(eye->packets, &facts);
    }
    free(v);
}

enum check_state eye_packets(struct scenario_run *r, struct eye *eye)
{
    enum run_packets come = run_packets(r, eye->to->seen);
    enum check_state state;

    if (come == PACKETS_NONE)
        return CHECK_LEFT_OUT;
    state = eye_prepare(r, eye, parse);
    if (state != CHECK_HOLDS)
        return state;
    count_packets(r, eye);
    seen_add(eye->to->seen, "%llu", (unsigned long long)eye->count);
    if (come == PACKETS_NOT_YET)
        return CHECK_UNSEEN;
    return eye_count(r, eye->e, eye->count);
}

/* --- calls ---------------------------------------------------------------------------------- */

/* As asked, and it was done. */
static bool is_short(const struct call *c)
{
    bool moves = c->name == CALL_SEND || c->name == CALL_RECV || c->name == CALL_SENDTO ||
                 c->name == CALL_RECVFROM || c->name == CALL_SENDMSG || c->name == CALL_RECVMSG;

    return moves && c->result > 0 && (uint64_t)c->result < c->length;
}

static bool test_field(struct scenario_run *r, const struct expectation *e, const char *field,
                       enum figure_kind kind, const struct figure_value *v)
{
    const struct scenario_test *t = eye_test(e, field);

    return !t || run_test(r, t, kind, v) == CHECK_HOLDS;
}

static bool call_matches(struct scenario_run *r, const struct expectation *e,
                         const struct call *c)
{
    struct figure_value error = {0}, result = {0}, cut = {0};

    figure_put_text(&error, c->error ? err_name(c->error) : "none");
    figure_put_number(&result, (double)c->result);
    figure_put_text(&cut, is_short(c) ? "true" : "false");
    return test_field(r, e, "error", FIGURE_TEXT, &error) &&
           test_field(r, e, "result", FIGURE_NUMBER, &result) &&
           test_field(r, e, "short", FIGURE_FLAG, &cut);
}

static bool has_opened(const struct scenario_run *r, uint64_t id)
{
    for (size_t i = 0; i < r->n_opened; i++)
        if (r->opened[i].id == id)
            return true;
    return false;
}

/* Whose call it is: of what the run has opened, or accepted there. */
static enum whose { OURS, OTHERS, NOT_KNOWN } whose(const struct scenario_run *r, uint64_t id)
{
    const struct session_status *s = model_session(r->m, id);

    if (has_opened(r, id) || (s && s->server_id && has_opened(r, s->server_id)))
        return OURS;
    return s || model_server(r->m, id) ? OTHERS : NOT_KNOWN;
}

/* As far as it is of the name, the owner and the time that are meant. */
static bool is_meant(const struct scenario_run *r, const struct eye *eye, uint64_t of,
                     const struct call *c, enum whose whose)
{
    if (strcmp(call_name((enum call_name)c->name), eye->e->subject) != 0 ||
        (!since_run(eye->e) && c->start_ns < r->results[r->step].began_ns))
        return false;
    if (of)
        return c->session_id == of;
    /* What a command that failed wanted to open never becomes known. */
    return whose == OURS || (whose == NOT_KNOWN && r->err.code);
}

/* Calls of what is not known yet are looked at again, with all that follow. */
static void count_calls(struct scenario_run *r, struct eye *eye, uint64_t of)
{
    uint64_t head = ring_head(r->m->journal), number;
    bool settled = true;
    struct call c;

    if (!eye->begun)
        eye->next = r->journal_from;
    eye->begun = true;
    if (eye->next < ring_tail(r->m->journal))
        eye->next = ring_tail(r->m->journal);
    eye->count = eye->settled_count;
    eye->calls = eye->settled_calls;
    for (number = eye->next; number < head; number++) {
        enum whose owner;

        if (!ring_get(r->m->journal, number, &c, NULL, 0, NULL))
            continue;
        owner = of ? OURS : whose(r, c.session_id);
        if (is_meant(r, eye, of, &c, owner)) {
            eye->calls++;
            eye->last = c;
            eye->has_last = true;
            eye->count += call_matches(r, eye->e, &c);
        }
        settled &= owner != NOT_KNOWN;
        if (!settled)
            continue;
        eye->next = number + 1;
        eye->settled_count = eye->count;
        eye->settled_calls = eye->calls;
    }
}

enum check_state eye_calls(struct scenario_run *r, struct eye *eye)
{
    const struct scenario_test *t = eye_test(eye->e, "of");
    char text[CALL_TEXT_BYTES];
    uint64_t of = 0;
    bool server;

    if (t) {
        of = scenario_run_thing(r, t->values[0], &server);
        if (!of) {
            seen_add(eye->to->seen, "%s is not there", t->values[0]);
            return CHECK_UNSEEN;
        }
    }
    count_calls(r, eye, of);
    seen_add(eye->to->seen, "%llu of %llu calls", (unsigned long long)eye->count,
             (unsigned long long)eye->calls);
    if (eye->has_last) {
        call_format(&eye->last, text, sizeof(text));
        seen_add(eye->to->seen, "the last: %s", text);
    }
    return eye_count(r, eye->e, eye->count);
}

/* --- what was said -------------------------------------------------------------------------- */

#define SAID_BYTES (64U << 10) /* of one session and direction; what comes behind is left out */

/* Digits in place of the bytes. */
static void make_hex(char **bytes, size_t *len)
{
    static const char digits[] = "0123456789abcdef";
    char *hex = mem_new(2 * *len + 1, 1);

    for (size_t i = 0; i < *len; i++) {
        hex[2 * i] = digits[(uint8_t)(*bytes)[i] >> 4];
        hex[2 * i + 1] = digits[(uint8_t)(*bytes)[i] & 15];
    }
    free(*bytes);
    *bytes = hex;
    *len *= 2;
}

bool run_said(const struct scenario_run *r, const struct session_status *s, const char *figure,
              char **ret_bytes, size_t *ret_len)
{
    uint64_t head = ring_head(r->m->transcript), at = ring_tail(r->m->transcript);
    bool sent = strncmp(figure, "sent_", 5) == 0, whole;
    uint8_t direction = sent ? DIRECTION_SENT : DIRECTION_RECEIVED;
    char *bytes = mem_new(SAID_BYTES + TRANSCRIPT_KEPT_BYTES, 1);
    size_t len = 0;

    if (at < r->transcript_from)
        at = r->transcript_from;
    for (; at < head && len < SAID_BYTES; at++) {
        struct passage p;
        size_t kept;

        if (!ring_get(r->m->transcript, at, &p, bytes + len, TRANSCRIPT_KEPT_BYTES, &kept) ||
            p.session_id != s->id || p.direction != direction)
            continue;
        len += kept < TRANSCRIPT_KEPT_BYTES ? kept : TRANSCRIPT_KEPT_BYTES;
    }
    whole = len >= (sent ? s->sent_bytes : s->received_bytes);
    *ret_bytes = bytes;
    *ret_len = len;
    if (strstr(figure, "hex"))
        make_hex(ret_bytes, ret_len);
    return whole;
}

/* From what was said to what came back, as often as that was. */
static void answer_ms(const struct scenario_run *r, const struct session_status *s,
                      struct figure_value *ret)
{
    uint64_t head = ring_head(r->m->transcript), at = ring_tail(r->m->transcript), asked_ns = 0;
    struct passage p;

    if (at < r->transcript_from)
        at = r->transcript_from;
    for (; at < head; at++) {
        if (!ring_get(r->m->transcript, at, &p, NULL, 0, NULL) || p.session_id != s->id)
            continue;
        if (p.direction == DIRECTION_SENT && !asked_ns)
            asked_ns = p.at_ns;
        if (p.direction != DIRECTION_RECEIVED || !asked_ns)
            continue;
        figure_put_number(ret, (double)(p.at_ns - asked_ns) / (double)CLOCK_MS_NS);
        asked_ns = 0;
    }
}

void run_session_figure(const struct scenario_run *r, const struct figure *f,
                        const struct session_status *s, struct figure_value *ret)
{
    session_figure_get(f, s, s->changed_ns + r->wall_offset_ns, ret);
    if (strcmp(f->name, "answer_ms") == 0)
        answer_ms(r, s, ret);
}
