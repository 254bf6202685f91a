/* Framed messages (core/message/message.h): two bytes of length, a JSON header, content.
 *
 * Recognised only where the whole header is here and has every field that it must have. */
#include "core/message/header.h"
#include "core/message/json.h"
#include "core/wire/decode_app.h"

static const char LAYER[] = "Framed Message";

enum { MESSAGES_MAX = 16, NUMBER_DIGITS = 15 };

struct framed {
    size_t at, header_at, header_len;
    bool has_content_len;
    uint64_t content_len;
    size_t type_at, type_len; /* of the JSON string content-type; 0: none */
};

/* The message at the cursor. */
static bool read_frame(struct cursor c, struct framed *ret)
{
    struct framed f = {.at = c.at};

    f.header_len = cursor_be16(&c);
    f.header_at = c.at;
    if (c.short_read || f.header_len < 2 || f.header_len > cursor_left(&c) ||
        c.bytes[c.at] != '{' ||
        !header_is_whole(c.bytes + c.at, f.header_len, MESSAGE_NESTING_MAX))
        return false;
    *ret = f;
    return true;
}

static bool recognise(const struct app_data *a)
{
    struct framed f;

    return a->len > MESSAGE_LENGTH_BYTES + 2 && a->bytes[a->at + MESSAGE_LENGTH_BYTES] == '{' &&
           read_frame(app_cursor(a), &f);
}

static void note_length(struct framed *f, const char *text, const struct json_token *value)
{
    uint64_t n = 0;

    if (value->kind != JSON_NUMBER || value->len > NUMBER_DIGITS)
        return;
    for (size_t i = 0; i < value->len; i++) {
        if (text[value->at + i] < '0' || text[value->at + i] > '9')
            return;
        n = n * 10 + (uint64_t)(text[value->at + i] - '0');
    }
    f->has_content_len = true;
    f->content_len = n;
}

static void read_facts(const char *text, struct framed *f)
{
    struct json_reader reader;
    struct json_member member;

    json_reader_init(&reader, text, f->header_len, MESSAGE_NESTING_MAX);
    while (json_next_member(&reader, &member) > 0) {
        const struct json_token *value = &member.value;

        if (json_string_is(text, &member.key, message_field_names[MESSAGE_CONTENT_LENGTH]))
            note_length(f, text, value);
        else if (json_string_is(text, &member.key, message_field_names[MESSAGE_CONTENT_TYPE])) {
            f->type_at = f->header_at + value->at;
            f->type_len = value->len;
        }
    }
}

/* The four fields by their names, others with their keys. */
static void header_fields(struct decoder *k, const char *text, const struct framed *f)
{
    struct json_reader reader;
    struct json_member member;

    json_reader_init(&reader, text, f->header_len, MESSAGE_NESTING_MAX);
    while (json_next_member(&reader, &member) > 0) {
        const char *name = NULL;
        size_t from, end = member.value.at + member.value.len;

        for (unsigned i = 0; i < MESSAGE_FIELDS; i++)
            if (json_string_is(text, &member.key, message_field_names[i]))
                name = message_field_names[i];
        from = name ? member.value.at : member.key.at;
        decode_field_text(k, 2, name ? name : "header field", f->header_at + from, end - from);
    }
}

static void decode_content(struct decoder *k, const struct app_data *a, const struct framed *f,
                           struct cursor *c)
{
    size_t there = cursor_left(c), len;

    if (!f->has_content_len) {
        decode_malformed(k, LAYER);
        c->at = c->len;
        return;
    }
    len = f->content_len < there ? (size_t)f->content_len : there;
    if (len)
        decode_field_text(k, 1, "Content", c->at, len);
    cursor_take(c, len);
    if (f->content_len > there)
        app_ended(k, a, LAYER, c->at);
}

static void decode_frame(struct decoder *k, const struct app_data *a, struct framed *f,
                         struct cursor *c)
{
    const char *text = (const char *)c->bytes + f->header_at;
    size_t head = MESSAGE_LENGTH_BYTES + f->header_len, rest = c->len - f->at - head;

    read_facts(text, f);
    if (k->what & DECODE_FIELDS) {
        FIELD(k, 0, LAYER, f->at,
              head + (f->content_len < rest ? (size_t)f->content_len : rest),
              "header of %zu bytes", f->header_len);
        FIELD(k, 1, "Length", f->at, MESSAGE_LENGTH_BYTES, "%zu", f->header_len);
        decode_field_text(k, 1, "Header", f->header_at, f->header_len);
        header_fields(k, text, f);
    }
    if (k->info_len)
        SAY(k, ", ");
    SAY(k, "message ");
    if (f->type_len > 2)
        decode_say_clean(k, c->bytes + f->type_at + 1, f->type_len - 2, 40);
    if (f->has_content_len)
        SAY_NUMBER(k, " content ", f->content_len);
    c->at = f->header_at + f->header_len;
    decode_content(k, a, f, c);
}

static void decode_messages(struct decoder *k, const struct app_data *a)
{
    struct cursor c = app_cursor(a);
    struct framed f;

    for (unsigned n = 0; n < MESSAGES_MAX && cursor_left(&c); n++) {
        if (!read_frame(c, &f)) {
            app_ended(k, a, LAYER, c.at);
            return;
        }
        decode_frame(k, a, &f, &c);
    }
}

const struct app app_message = {"Message", recognise, decode_messages};
