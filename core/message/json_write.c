#include "core/message/json_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"

#define FIRST_BYTES 128
/* Deeper levels move no further to the right, so that deep text does not grow without measure. */
#define INDENTED_LEVELS 8
#define INDENT "  "

void json_write(struct json_writer *w, const char *bytes, size_t len)
{
    if (!len)
        return;
    if (len > w->room - w->len) {
        w->room = 2 * (w->len + len);
        if (w->room < FIRST_BYTES)
            w->room = FIRST_BYTES;
        w->bytes = mem_resize(w->bytes, w->room, 1);
    }
    memcpy(w->bytes + w->len, bytes, len);
    w->len += len;
}

void json_write_text(struct json_writer *w, const char *text)
{
    json_write(w, text, strlen(text));
}

/* \u escapes are UTF-16 (RFC 8259, 7). */
void json_write_escape(struct json_writer *w, uint32_t code)
{
    static const char plain[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
    const char *found = code && code < 0x80 ? strchr(plain, (char)code) : NULL;
    char text[16];

    if (found)
        snprintf(text, sizeof(text), "\\%c", names[found - plain]);
    else if (code < 0x10000)
        snprintf(text, sizeof(text), "\\u%04x", (unsigned)code);
    else
        snprintf(text, sizeof(text), "\\u%04x\\u%04x",
                 0xd800 + (unsigned)((code - 0x10000) >> 10),
                 0xdc00 + (unsigned)((code - 0x10000) & 0x3ff));
    json_write_text(w, text);
}

void json_write_string(struct json_writer *w, const char *text, size_t len, bool printable)
{
    size_t from = 0, at = 0;
    unsigned marks = 0;

    json_write_text(w, "\"");
    while (at < len) {
        uint32_t code = 0;
        size_t n = text_utf8_decode(text + at, len - at, &code);
        bool shown = text_shown_as_it_is(text + at, len - at, &marks);

        if (n && code >= 0x20 && code != '"' && code != '\\' && (!printable || shown)) {
            at += n;
            continue;
        }
        json_write(w, text + from, at - from);
        json_write_escape(w, n ? code : 0xfffd);
        at += n ? n : 1;
        from = at;
    }
    json_write(w, text + from, at - from);
    json_write_text(w, "\"");
}

static void rewrite_string(struct json_writer *w, const char *text,
                           const struct json_token *token, bool printable)
{
    char *plain = mem_new(token->len, 1);

    json_write_string(w, plain, json_unescape(text, token, plain), printable);
    free(plain);
}

static void break_line(struct json_writer *w, unsigned depth)
{
    json_write_text(w, "\n");
    for (unsigned i = 0; i < depth && i < INDENTED_LEVELS; i++)
        json_write_text(w, INDENT);
}

static bool opens(enum json_kind kind)
{
    return kind == JSON_OBJECT || kind == JSON_ARRAY;
}

/* What stands between two tokens. */
static void part(struct json_writer *w, const struct json_token *last,
                 const struct json_token *token, enum json_style style)
{
    bool closes = token->kind == JSON_OBJECT_END || token->kind == JSON_ARRAY_END;

    if (last->kind == JSON_END)
        return;
    if (last->kind == JSON_KEY) {
        json_write_text(w, style == JSON_COMPACT ? ":" : ": ");
        return;
    }
    if (!opens(last->kind) && !closes)
        json_write_text(w, style == JSON_SPACED ? ", " : ",");
    if (style == JSON_PRETTY && !(opens(last->kind) && closes))
        break_line(w, token->depth);
}

int json_rewrite(struct json_writer *w, struct json_reader *r, enum json_style style,
                 bool printable)
{
    struct json_token last = {.kind = JSON_END}, token;
    int rc;

    while ((rc = json_next(r, &token)) == 0 && token.kind != JSON_END) {
        part(w, &last, &token, style);
        if (token.kind == JSON_KEY || token.kind == JSON_STRING)
            rewrite_string(w, r->text, &token, printable);
        else if (opens(token.kind))
            json_write(w, r->text + token.at, 1);
        else
            json_write(w, r->text + token.at, token.len);
        last = token;
    }
    return rc;
}
