/* What a step says.  Whatever came from outside is printable ASCII before it is here. */
#include <stdlib.h>
#include <string.h>

#include "core/base/line.h"
#include "core/base/text.h"
#include "core/model/snapshot.h"
#include "core/wire/ladder_internal.h"

void ladder_ascii(char *buf, size_t size, const char *text)
{
    struct line_out l = line_in(buf, size);

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        size_t room = l.size - 1 - l.used;

        if (c >= 0x20 && c < 0x7f) {
            line_add(&l, "%c", c);
        } else {
            if (room < 4) /* an escape is whole or not there */
                return;
            line_add(&l, "\\x%02x", c);
        }
    }
}

bool ladder_same_call(const char *a, const char *b)
{
    size_t len = strcspn(a, "(");

    return len == strcspn(b, "(") && strncmp(a, b, len) == 0;
}

const char *ladder_call_outcome(const char *text, size_t *ret_len)
{
    const char *at = strrchr(text, '=');

    if (!at)
        at = text + strlen(text);
    *ret_len = strcspn(at, "(<,");
    while (*ret_len && at[*ret_len - 1] == ' ')
        --*ret_len;
    return at;
}

bool ladder_call_result(const char *text, int64_t *ret)
{
    const char *at = strrchr(text, '=');
    char *end;
    int64_t n;

    if (!at)
        return false;
    n = strtoll(at + 1, &end, 10);
    if (end == at + 1)
        return false;
    *ret = n;
    return true;
}

/* --- pieces ----------------------------------------------------------------------------- */

static void add_number(struct line_out *l, const char *before, uint64_t n, const char *behind)
{
    char number[TEXT_NUMBER_BYTES];

    line_add(l, "%s%s%s", before, text_number(n, number), behind);
}

static void add_flags(struct line_out *l, uint16_t flags)
{
    static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
    const char *between = "";

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (flags >> i & 1) {
            line_add(l, "%s%s", between, names[i]);
            between = " ";
        }
    if (!(flags & 0xff))
        line_add(l, "no flags");
}

static void add_windows(struct line_out *l, const struct ladder_entry *e, const char *between)
{
    const struct ladder_step *s = &e->step;

    line_add(l, "%s", between);
    add_number(l, "win ", s->window_bytes, "");
    if (s->last_window_bytes != s->window_bytes)
        add_number(l, " to ", s->last_window_bytes, "");
    if (!(s->has & LADDER_WINDOW))
        line_add(l, " unscaled");
}

static void add_span(struct line_out *l, const struct ladder_step *s)
{
    char duration[TEXT_DURATION_BYTES];

    line_add(l, ", over %s", text_duration(s->last_wall_ns - s->wall_ns, duration));
}

/* --- kinds ------------------------------------------------------------------------------ */

static void write_segment(struct ladder_entry *e, struct line_out *l)
{
    struct ladder_step *s = &e->step;

    add_flags(l, s->flags);
    if (s->bytes)
        add_number(l, " len ", s->bytes, "");
    if (strcmp(s->protocol, "TCP") != 0)
        line_add(l, " %s", s->protocol);
    add_windows(l, e, " ");
    s->tail_at = (uint8_t)l->used;
    if (e->mss)
        add_number(l, " mss ", e->mss, "");
    if (e->window_scale)
        line_add(l, " scale %u", e->window_scale - 1U);
    /* Absolute ones are no quantities. */
    if (e->absolute) {
        line_add(l, " seq %u", s->seq);
        if (s->flags & TCP_FLAG_ACK)
            line_add(l, " ack %u", s->ack);
        return;
    }
    add_number(l, " seq ", s->seq, "");
    if (s->flags & TCP_FLAG_ACK)
        add_number(l, " ack ", s->ack, "");
}

static void write_folded_segments(struct ladder_entry *e, struct line_out *l)
{
    struct ladder_step *s = &e->step;
    const char *between = " ";

    if (s->fold == FOLD_DATA)
        line_add(l, "data");
    else if (s->fold == FOLD_ACKS)
        line_add(l, "ACK");
    s->tail_at = (uint8_t)l->used;
    if (s->bytes) {
        add_number(l, between, s->bytes, s->bytes == 1 ? " byte" : " bytes");
        between = ", ";
    }
    if (s->answers) {
        add_number(l, between, s->answers, s->answers == 1 ? " ACK" : " ACKs");
        between = ", ";
    }
    add_windows(l, e, between);
    add_span(l, s);
}

static void write_folded_calls(struct ladder_step *s)
{
    size_t name = strcspn(s->text, "("), len;
    const char *outcome = ladder_call_outcome(s->text, &len);
    char buf[LADDER_TEXT_BYTES];
    struct line_out l = line_in(buf, sizeof(buf));

    line_add(&l, "%.*s(...) ", (int)name, s->text);
    if (s->failed)
        line_add(&l, "%.*s", (int)len, outcome);
    else
        add_number(&l, "= ", s->bytes, " in all");
    add_span(&l, s);
    memcpy(s->text, buf, sizeof(buf));
}

void ladder_write(struct ladder_entry *e)
{
    struct ladder_step *s = &e->step;
    struct line_out l;

    e->unwritten = false;
    if (s->kind == LADDER_CALL) {
        if (s->count > 1)
            write_folded_calls(s);
        s->tail_at = (uint8_t)strlen(s->text);
        return;
    }
    if (s->kind == LADDER_PACKET && !(s->has & LADDER_TCP)) {
        s->tail_at = (uint8_t)strlen(s->text);
        return;
    }
    l = line_in(s->text, sizeof(s->text));
    if (s->kind == LADDER_STATE) {
        line_add(&l, "%s", state_name(s->state));
        s->tail_at = (uint8_t)l.used;
    } else if (s->count > 1 || s->answers) {
        write_folded_segments(e, &l);
    } else {
        write_segment(e, &l);
    }
}

/* --- labels ----------------------------------------------------------------------------- */

const char *ladder_findings(const struct ladder_step *s, char buf[LADDER_LABEL_BYTES])
{
    struct line_out l = line_in(buf, LADDER_LABEL_BYTES);

    for (unsigned f = 0; f < FINDING_COUNT; f++)
        if (s->findings & FINDING_BIT(f))
            line_add(&l, "%s%s", l.used ? ", " : "", finding_infos[f].id);
    for (char *c = buf; *c; c++)
        if (*c == '-')
            *c = ' ';
    return buf;
}

const char *ladder_label(const struct ladder_step *s, char buf[LADDER_LABEL_BYTES])
{
    struct line_out l = line_in(buf, LADDER_LABEL_BYTES);
    char findings[LADDER_LABEL_BYTES];

    if (s->count > 1)
        add_number(&l, "", s->count, " x ");
    if (s->kind == LADDER_PACKET && !(s->has & LADDER_TCP))
        line_add(&l, "%s ", s->protocol);
    line_add(&l, "%.*s", (int)s->tail_at, s->text);
    if (s->findings) {
        /* Of a fold they are the subject. */
        bool subject = s->count > 1 && s->fold == FOLD_FOUND;

        line_add(&l, subject ? "%s" : " [%s]", ladder_findings(s, findings));
    }
    line_add(&l, "%s", s->text + s->tail_at);
    return buf;
}
