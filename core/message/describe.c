#include "core/message/describe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/message/content.h"

#define NAME_COLUMNS 18
#define RANGE_COLUMNS 12

/* Behind what the line has. */
static void add_text(struct describe_line *line, const void *bytes, size_t len)
{
    static const char dots[] = "...";
    char *at = line->text + strlen(line->text);
    size_t room = sizeof(line->text) - (size_t)(at - line->text);
    /* No byte becomes less than one character. */
    size_t looked_at = len < room ? len : room;
    char whole[4 * DESCRIBE_TEXT_BYTES + 1];
    size_t n = text_clean(bytes, looked_at, whole, sizeof(whole));

    if (looked_at == len && n < room) {
        memcpy(at, whole, n + 1);
        return;
    }
    n = text_clean(bytes, looked_at, at, room - strlen(dots));
    memcpy(at + n, dots, sizeof(dots));
}

/* What is here of a part. */
static size_t here(const struct message *m, struct message_part part)
{
    size_t behind = m->len > part.at ? m->len - part.at : 0;

    return behind < part.len ? behind : part.len;
}

/* A part of which only `len` bytes are here. */
static void set_partial(struct describe_line *line, const struct message *m, size_t len)
{
    char some[TEXT_NUMBER_BYTES], all[TEXT_NUMBER_BYTES];

    snprintf(line->text, sizeof(line->text), "%s of %s bytes%s", text_number(len, some),
             text_number(line->part.len, all), len ? ": " : "");
    line->part.len = len;
    if (len)
        add_text(line, m->bytes + line->part.at, len);
}

static struct describe_line *add(struct describe_line *lines, size_t *n, const char *name,
                                 struct message_part part)
{
    struct describe_line *line = &lines[(*n)++];

    *line = (struct describe_line){.part = part};
    snprintf(line->name, sizeof(line->name), "%s", name);
    return line;
}

static void add_field(const struct message *m, const struct json_member *member,
                      struct describe_line *lines, size_t *n)
{
    const char *text = (const char *)m->bytes + m->header.at;
    struct message_part part = {m->header.at + member->key.at,
                                member->value.at + member->value.len - member->key.at};
    struct describe_line *line = add(lines, n, "", part);

    line->is_field = true;
    text_clean(text + member->key.at + 1, member->key.len - 2, line->name, sizeof(line->name));
    add_text(line, text + member->value.at, member->value.len);
}

static void add_fields(const struct message *m, struct describe_line *lines, size_t *n)
{
    struct json_reader reader;
    struct json_member member;
    unsigned left_out = 0;

    json_reader_init(&reader, (const char *)m->bytes + m->header.at, here(m, m->header),
                     JSON_NESTING_LIMIT);
    while (json_next_member(&reader, &member) > 0) {
        /* Room stays for the count and the content. */
        if (*n < DESCRIBE_LINES_MAX - 2)
            add_field(m, &member, lines, n);
        else
            left_out++;
    }
    if (left_out) {
        struct describe_line *line = add(lines, n, "...", (struct message_part){0});

        line->is_field = true;
        snprintf(line->text, sizeof(line->text), "%u more", left_out);
    }
}

static void add_content(const struct message *m, const struct message_limits *limits,
                        struct describe_line *lines, size_t *n)
{
    struct describe_line *line = add(lines, n, "content", m->content);
    struct message_fault fault;
    char *text;
    size_t len;

    if (!m->content.at) {
        snprintf(line->text, sizeof(line->text), "not known: the header comes first");
    } else if (here(m, m->content) < m->content.len) {
        set_partial(line, m, here(m, m->content));
    } else if (!message_is_json(m)) {
        add_text(line, m->bytes + m->content.at, m->content.len);
    } else if (content_json(m, limits, JSON_COMPACT, true, &text, &len, &fault) == 0) {
        add_text(line, text, len);
        free(text);
    } else {
        line->is_wrong = true;
        snprintf(line->text, sizeof(line->text), "%s", fault.err.reason);
    }
}

size_t describe_message(const struct message *m, const struct message_limits *limits,
                        struct describe_line ret[DESCRIBE_LINES_MAX])
{
    struct describe_line *line;
    size_t n = 0;

    line = add(ret, &n, "length", m->length);
    if (m->header.at)
        snprintf(line->text, sizeof(line->text), "the header has %zu bytes", m->header.len);
    else
        set_partial(line, m, here(m, m->length));
    line = add(ret, &n, "header", m->header);
    if (!m->header.at)
        snprintf(line->text, sizeof(line->text), "not known: its length comes first");
    else if (here(m, m->header) < m->header.len)
        set_partial(line, m, here(m, m->header));
    else
        add_text(line, m->bytes + m->header.at, m->header.len);
    if (m->header.at)
        add_fields(m, ret, &n);
    add_content(m, limits, ret, &n);
    return n;
}

size_t describe_format(const struct describe_line *line, char buf[DESCRIBE_FORMAT_BYTES])
{
    char range[48] = "-";

    if (line->part.len)
        snprintf(range, sizeof(range), "%zu..%zu", line->part.at,
                 line->part.at + line->part.len - 1);
    return (size_t)snprintf(buf, DESCRIBE_FORMAT_BYTES, "%s%-*s %-*s %s",
                            line->is_field ? "  " : "", NAME_COLUMNS - 2 * line->is_field,
                            line->name, RANGE_COLUMNS, range, line->text);
}
