#include "core/model/resend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/mem.h"
#include "core/message/content.h"

/* Of one "KEY=VALUE". */
#define WORD_BYTES (WORDS_BYTES + 16)

/* What a command line can hold: characters, no control bytes. */
static bool can_be_typed(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    return json_utf8_span(text, len) == len;
}

/* Whether the header would get it as something else than a string. */
static bool is_scalar(const char *text, size_t len)
{
    struct json_reader reader;
    struct json_token token, end;

    json_reader_init(&reader, text, len, 0);
    return json_next(&reader, &token) == 0 && json_next(&reader, &end) == 0;
}

/* A value as `--header` takes it: a string without its quotes where it stays one. */
static bool write_value(const char *text, const struct json_token *value, char *out,
                        size_t size)
{
    char *plain = mem_new(value->len + 1, 1);
    size_t len = value->kind == JSON_STRING ? json_unescape(text, value, plain) : 0;
    bool as_it_is =
        value->kind != JSON_STRING || !can_be_typed(plain, len) || is_scalar(plain, len);
    const char *from = as_it_is ? text + value->at : plain;

    if (as_it_is)
        len = value->len;
    if (len < size) {
        memcpy(out, from, len);
        out[len] = '\0';
    }
    free(plain);
    return len < size && value->kind != JSON_OBJECT && value->kind != JSON_ARRAY;
}

static bool add_field(struct words *fields, const char *text, const struct json_member *member)
{
    char word[WORD_BYTES];
    size_t len;

    if (member->key.len >= WORDS_BYTES)
        return false;
    len = json_unescape(text, &member->key, word);
    if (!len || memchr(word, '=', len) || !can_be_typed(word, len))
        return false;
    word[len++] = '=';
    return write_value(text, &member->value, word + len, sizeof(word) - len) &&
           words_add(fields, word);
}

static bool add_fields(const struct message *m, struct words *fields)
{
    const char *text = (const char *)m->bytes + m->header.at;
    struct json_reader reader;
    struct json_member member;
    bool all = true;

    json_reader_init(&reader, text, m->header.len, JSON_NESTING_LIMIT);
    while (json_next_member(&reader, &member) > 0)
        all = add_field(fields, text, &member) && all;
    return all;
}

/* As `--binary`: the bytes themselves. */
static bool add_bytes(const struct message *m, struct command *c)
{
    const char *bytes = (const char *)m->bytes + m->content.at;
    char word[WORDS_BYTES];

    c->message.binary = true;
    if (!m->content.len)
        return true;
    if (!can_be_typed(bytes, m->content.len) ||
        m->content.len + sizeof("content=") > WORDS_BYTES)
        return false;
    snprintf(word, sizeof(word), "content=%.*s", (int)m->content.len, bytes);
    return words_add(&c->message.parts, word);
}

static bool is_utf8(const char *encoding)
{
    return strcasecmp(encoding, "utf-8") == 0 || strcasecmp(encoding, "utf8") == 0;
}

/* Whether the text makes the same content again: some encodings have several ways. */
static bool makes_content(const struct message *m, const char *text, size_t len)
{
    size_t again_len;
    char *again;
    bool same;

    if (content_encode(m->content_encoding, text, len, &again, &again_len, NULL) < 0)
        return false;
    same =
        again_len == m->content.len && memcmp(again, m->bytes + m->content.at, again_len) == 0;
    free(again);
    return same;
}

/* As `--raw-json`, in the encoding it has; what is no JSON, as its bytes. */
static bool add_json(const struct message *m, struct command *c)
{
    size_t len;
    char *text;
    bool fits;

    if (content_text(m, &message_limits, &text, &len, NULL) < 0)
        return add_bytes(m, c);
    fits = len && len < sizeof(c->message.raw_json) && can_be_typed(text, len) &&
           strlen(m->content_encoding) <= COMMAND_ENCODING_BYTES && makes_content(m, text, len);
    if (fits) {
        memcpy(c->message.raw_json, text, len);
        if (!is_utf8(m->content_encoding))
            strcpy(c->message.encoding, m->content_encoding);
    }
    free(text);
    return fits || add_bytes(m, c);
}

enum resend_left resend_command(const struct message *m, uint64_t session_id,
                                struct command *ret)
{
    bool fields, content;

    *ret = command_default(VERB_MESSAGE);
    ret->target_id = session_id;
    if (!m)
        return RESEND_ALL;
    fields = add_fields(m, &ret->message.fields);
    content = message_is_json(m) ? add_json(m, ret) : add_bytes(m, ret);
    return !content ? RESEND_BUT_CONTENT : !fields ? RESEND_BUT_FIELDS : RESEND_ALL;
}
