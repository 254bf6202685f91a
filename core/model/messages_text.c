#include "core/model/messages_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/line.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/message/content.h"

/* No summary shows more of a text. */
#define SHOWN_BYTES 160

/* Bytes as text, with dots for what does not fit. */
static void add_clean(struct line_out *l, const void *bytes, size_t len)
{
    char text[4 * SHOWN_BYTES + 1];

    size_t n = len < SHOWN_BYTES ? len : SHOWN_BYTES;

    /* Not in the middle of a character. */
    while (n < len && n && (((const uint8_t *)bytes)[n] & 0xc0) == 0x80)
        n--;
    text_clean(bytes, n, text, sizeof(text));
    line_add(l, "%s%s", text, n < len ? "..." : "");
}

/* What did not fit is not left out in silence, and no character is cut in two. */
static void end_in_dots(struct line_out *l)
{
    static const char dots[] = "...";
    size_t at = l->size - sizeof(dots);

    if (l->used < l->size - 1)
        return;
    while (at && ((uint8_t)l->buf[at] & 0xc0) == 0x80)
        at--;
    memcpy(l->buf + at, dots, sizeof(dots));
}

/* A member's value as people say it: a string without its quotes. */
static void add_value(struct line_out *l, const char *text, const struct json_token *value)
{
    char *plain;

    if (value->kind != JSON_STRING) {
        add_clean(l, text + value->at, value->len);
        return;
    }
    plain = mem_new(value->len + 1, 1);
    add_clean(l, plain, json_unescape(text, value, plain));
    free(plain);
}

/* A member of the outermost object; false when there is none. */
static bool find_member(const char *text, size_t len, const char *name, struct json_token *ret)
{
    struct json_reader reader;
    struct json_member member;

    json_reader_init(&reader, text, len, JSON_NESTING_LIMIT);
    while (json_next_member(&reader, &member) > 0)
        /* A value of several tokens is shown with all the rest. */
        if (json_string_is(text, &member.key, name)) {
            *ret = member.value;
            return true;
        }
    return false;
}

/* A request's action and value, an answer's result, else all of it; false when it is none. */
static bool add_json(struct line_out *l, const struct message *m)
{
    struct json_token action, value;
    struct message_fault fault;
    char *text;
    size_t len;

    if (content_text(m, &message_limits, &text, &len, &fault) < 0) {
        line_add(l, "%s", fault.err.reason);
        return false;
    }
    if (find_member(text, len, "result", &value)) {
        add_value(l, text, &value);
    } else if (find_member(text, len, "action", &action) &&
               find_member(text, len, "value", &value)) {
        add_value(l, text, &action);
        line_add(l, " ");
        add_value(l, text, &value);
    } else {
        add_clean(l, text, len);
    }
    free(text);
    return true;
}

static void add_type(struct line_out *l, const struct message *m)
{
    add_clean(l, m->content_type, strlen(m->content_type));
    line_add(l, "  ");
}

static void add_cut(struct line_out *l, const struct message *m)
{
    char kept[TEXT_NUMBER_BYTES], all[TEXT_NUMBER_BYTES];

    line_add(l, "the first %s of %s bytes of its content were kept",
             text_number(m->len - m->content.at, kept), text_number(m->content.len, all));
}

static void add_lost(struct line_out *l, const struct found *f)
{
    char number[TEXT_NUMBER_BYTES];

    if (f->gone)
        line_add(l, "cannot be followed from here: older passages are gone");
    else
        line_add(l, "cannot be followed from here: %s bytes were not kept",
                 text_number(f->missing_bytes, number));
    if (f->behind_bytes)
        line_add(l, "; %s bytes since", text_number(f->behind_bytes, number));
}

void found_summarize(struct found *f, const struct decoder *decoder)
{
    struct describe_line lines[FOUND_LINES_MAX];
    struct line_out l = line_in(f->summary, sizeof(f->summary));
    char progress[DECODER_PROGRESS_BYTES];

    switch (f->kind) {
    case FOUND_COMING:
        if (f->message->content.at)
            add_type(&l, f->message);
        line_add(&l, "%s so far", decoder_progress(decoder, progress));
        break;
    case FOUND_WHOLE:
        add_type(&l, f->message);
        if (message_is_json(f->message))
            f->wrong = !add_json(&l, f->message);
        else
            add_clean(&l, f->message->bytes + f->message->content.at, f->message->content.len);
        break;
    case FOUND_CUT:
        add_type(&l, f->message);
        add_cut(&l, f->message);
        break;
    case FOUND_FAULTY:
        line_add(&l, "%s", f->fault.err.reason);
        break;
    case FOUND_LOST:
        add_lost(&l, f);
        break;
    }
    end_in_dots(&l);
    f->n_lines = found_describe(f, lines);
}

size_t found_describe(const struct found *f, struct describe_line ret[FOUND_LINES_MAX])
{
    const struct message_fault *fault = &f->fault;
    struct describe_line *line;
    size_t n;

    if (!f->message)
        return 0;
    n = describe_message(f->message, &message_limits, ret);
    if (f->kind != FOUND_FAULTY)
        return n;
    line = &ret[n++];
    *line = (struct describe_line){.name = "fault", .is_wrong = true};
    line->part = (struct message_part){fault->at, fault->at < f->message->len};
    snprintf(line->text, sizeof(line->text), "%s%s%s", fault->err.reason,
             fault->err.hint[0] ? "; " : "", fault->err.hint);
    return n;
}
