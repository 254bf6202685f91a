/* Which steps become one.
 *
 * A new step looks back over a few steps for one that it is alike to.  What belongs to other
 * ends does not hold it up, nor do runs of its own ends that themselves are only repeats: a
 * sender's data, its receiver's window updates and the calls of both fold side by side.  What
 * tells something of its own ends it.
 *
 * Repeats whose gaps grow are left alone: a retransmission or a probe that backs off (RFC 6298,
 * 5.5; RFC 9293, 3.8.6.1) is to be seen doing so. */
#include <string.h>

#include "core/wire/ladder_internal.h"

#define LOOK_BACK 32
#define LARGE_BYTES 536 /* the least segment that every host takes (RFC 9293, 3.7.1) */

/* Gaps up to these are no pause, however short those before were. */
#define DATA_PAUSE_NS (200 * UINT64_C(1000000))
#define FOUND_PAUSE_NS (20 * UINT64_C(1000000))
#define GAP_UNKNOWN UINT64_MAX

enum ladder_fold ladder_fold_of(const struct ladder_step *s)
{
    int64_t result;

    if (s->kind == LADDER_CALL) {
        bool moves = strncmp(s->text, "send", 4) == 0 || strncmp(s->text, "recv", 4) == 0;
        bool counted = ladder_call_result(s->text, &result) && result > 0;

        return moves && (s->failed || counted) ? FOLD_CALLS : FOLD_NEVER;
    }
    if (s->kind != LADDER_PACKET || !(s->has & LADDER_TCP) || s->flags & TCP_FLAG_RST)
        return FOLD_NEVER;
    if (s->findings)
        return FOLD_FOUND;
    if (s->flags & (TCP_FLAG_SYN | TCP_FLAG_FIN))
        return FOLD_NEVER;
    if (s->bytes >= LARGE_BYTES)
        return FOLD_DATA;
    return !s->bytes && s->flags == TCP_FLAG_ACK ? FOLD_ACKS : FOLD_NEVER;
}

static bool same_way(const struct ladder_step *a, const struct ladder_step *b)
{
    return a->from == b->from && a->to == b->to && a->conversation == b->conversation;
}

static bool other_way(const struct ladder_step *a, const struct ladder_step *b)
{
    return a->from == b->to && a->to == b->from && a->conversation == b->conversation;
}

/* Whether both concern the same ends. */
static bool touches(const struct ladder_step *a, const struct ladder_step *b)
{
    if (a->kind == LADDER_PACKET && b->kind == LADDER_PACKET)
        return same_way(a, b) || other_way(a, b);
    return a->from == b->from || a->from == b->to || a->to == b->from || a->to == b->to;
}

static uint64_t gap_between(const struct ladder_step *old, const struct ladder_step *s)
{
    return s->wall_ns > old->last_wall_ns ? s->wall_ns - old->last_wall_ns : 0;
}

static bool in_pace(const struct ladder_entry *old, const struct ladder_step *s)
{
    uint64_t gap_ns = gap_between(&old->step, s);
    uint64_t pause_ns = s->fold == FOLD_FOUND ? FOUND_PAUSE_NS : DATA_PAUSE_NS;

    return gap_ns <= pause_ns || gap_ns / 3 <= old->gap_ns / 2;
}

static bool alike_calls(const struct ladder_step *a, const struct ladder_step *b)
{
    size_t a_len, b_len;
    const char *a_result = ladder_call_outcome(a->text, &a_len);
    const char *b_result = ladder_call_outcome(b->text, &b_len);

    if (a->failed != b->failed || !ladder_same_call(a->text, b->text))
        return false;
    return !a->failed || (a_len == b_len && memcmp(a_result, b_result, a_len) == 0);
}

static bool alike(const struct ladder_step *a, const struct ladder_step *b)
{
    if (a->fold == FOLD_NEVER || a->fold != b->fold || a->kind != b->kind || !same_way(a, b))
        return false;
    if (a->fold == FOLD_CALLS)
        return alike_calls(a, b);
    return a->findings == b->findings && !((a->flags ^ b->flags) & ~TCP_FLAG_PSH) &&
           !a->bytes == !b->bytes;
}

/* A plain ACK amid the data of the other side. */
static bool answers(const struct ladder_step *data, const struct ladder_step *s)
{
    return data->fold == FOLD_DATA && s->fold == FOLD_ACKS && other_way(data, s);
}

/* Whether a step that is not alike ends a run that s could go on with: it tells something, or
 * it came after a pause and s is its answer. */
static bool ends_run(const struct ladder_entry *old, const struct ladder_step *s)
{
    bool data = s->fold == FOLD_DATA || s->fold == FOLD_ACKS;
    bool found = old->step.fold == FOLD_FOUND;
    bool waited = old->gap_ns != GAP_UNKNOWN && old->gap_ns > FOUND_PAUSE_NS;

    return old->step.fold == FOLD_NEVER ||
           (data && found && findings_severity(old->step.findings) > SEVERITY_CHAT) ||
           (found && waited && old->step.count == 1 && s->kind == LADDER_PACKET &&
            other_way(&old->step, s) && gap_between(&old->step, s) <= FOUND_PAUSE_NS);
}

/* --- joining ---------------------------------------------------------------------------- */

static void reach_to(struct ladder_entry *old, const struct ladder_step *s)
{
    if (s->last_packet > old->step.last_packet)
        old->step.last_packet = s->last_packet;
    if (s->last_wall_ns > old->step.last_wall_ns)
        old->step.last_wall_ns = s->last_wall_ns;
    old->unwritten = true;
}

/* Of data that was answered the window is its receiver's. */
static void take_answer(struct ladder_entry *old, const struct ladder_entry *e)
{
    struct ladder_step *data = &old->step;

    if (!data->answers || !(e->step.has & LADDER_WINDOW)) {
        data->has &= (uint8_t)~LADDER_WINDOW;
        data->has |= e->step.has & LADDER_WINDOW;
        data->window_bytes = e->step.window_bytes;
    }
    data->last_window_bytes = e->step.last_window_bytes;
    data->answers += e->step.count;
    reach_to(old, &e->step);
}

static void take_alike(struct ladder_entry *old, const struct ladder_entry *e)
{
    old->gap_ns = gap_between(&old->step, &e->step);
    old->step.count += e->step.count;
    old->step.bytes += e->step.bytes;
    if (!old->step.answers) {
        old->step.has &= e->step.has | (uint8_t)~LADDER_WINDOW;
        old->step.last_window_bytes = e->step.last_window_bytes;
    }
    reach_to(old, &e->step);
}

/* The second of a run of data: what came between them was its answer. */
static void gather_answers(struct ladder *l, size_t data_place, size_t end)
{
    struct ladder_entry *data = ladder_at(l, data_place);
    size_t i = data_place + 1;

    while (i < end) {
        struct ladder_entry *e = ladder_at(l, i);

        if (answers(&data->step, &e->step)) {
            take_answer(data, e);
            ladder_remove(l, i);
            end--;
        } else {
            i++;
        }
    }
}

static bool join(struct ladder *l, size_t at, size_t place, const struct ladder_entry *e)
{
    struct ladder_entry *old = ladder_at(l, at);

    if (answers(&old->step, &e->step)) {
        take_answer(old, e);
        return true;
    }
    take_alike(old, e);
    if (old->step.fold == FOLD_DATA && old->step.count == 2)
        gather_answers(l, at, place);
    return true;
}

/* How long s let wait for it.  An answer comes in the pace of what it answers. */
static uint64_t gap_behind(const struct ladder_entry *old, const struct ladder_step *s)
{
    uint64_t gap_ns = gap_between(&old->step, s);

    return gap_ns <= FOUND_PAUSE_NS && old->gap_ns != GAP_UNKNOWN ? gap_ns + old->gap_ns
                                                                  : gap_ns;
}

bool ladder_join(struct ladder *l, size_t place, struct ladder_entry *e)
{
    const struct ladder_step *s = &e->step;

    e->gap_ns = GAP_UNKNOWN;
    for (size_t back = 1; back <= LOOK_BACK && back <= place; back++) {
        struct ladder_entry *old = ladder_at(l, place - back);
        bool like = alike(&old->step, s);

        if (like || (answers(&old->step, s) && old->step.count > 1)) {
            if (in_pace(old, s))
                return join(l, place - back, place, e);
            like = true;
        }
        if (!touches(&old->step, s))
            continue;
        if (old->step.kind == LADDER_PACKET && e->gap_ns == GAP_UNKNOWN)
            e->gap_ns = gap_behind(old, s);
        if (like || s->fold == FOLD_NEVER || ends_run(old, s))
            break;
    }
    return false;
}
