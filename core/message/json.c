#include "core/message/json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"

void json_reader_init(struct json_reader *r, const char *text, size_t len, unsigned nesting_max)
{
    *r = (struct json_reader){
        .text = text,
        .len = len,
        .nesting_max = nesting_max < JSON_NESTING_LIMIT ? nesting_max : JSON_NESTING_LIMIT,
    };
}

__attribute__((format(printf, 4, 5))) static int wrong(struct json_reader *r, int code,
                                                       size_t at, const char *reason, ...)
{
    va_list args;

    va_start(args, reason);
    vsnprintf(r->reason, sizeof(r->reason), reason, args);
    va_end(args);
    r->wrong_at = at;
    return code;
}

static int ends_early(struct json_reader *r)
{
    return wrong(r, -EBADMSG, r->len, "the JSON ends too early");
}

/* Something else than what is wanted. */
static int unexpected(struct json_reader *r, const char *wanted)
{
    uint8_t c;

    if (r->at == r->len)
        return ends_early(r);
    c = (uint8_t)r->text[r->at];
    if (c > ' ' && c < 0x7f)
        return wrong(r, -EBADMSG, r->at, "bad JSON: '%c' where %s is due", c, wanted);
    return wrong(r, -EBADMSG, r->at, "bad JSON: 0x%02x where %s is due", c, wanted);
}

static void skip_blanks(struct json_reader *r)
{
    while (r->at < r->len && r->text[r->at] && strchr(" \t\r\n", r->text[r->at]))
        r->at++;
}

static bool in_object(const struct json_reader *r)
{
    return r->depth && (r->objects[(r->depth - 1) / 8] >> ((r->depth - 1) % 8) & 1);
}

/* Four hex digits at `at`; false when there are none. */
static bool hex4(const struct json_reader *r, size_t at, uint32_t *ret)
{
    uint32_t code = 0;

    if (r->len - at < 4)
        return false;
    for (size_t i = at; i < at + 4; i++) {
        char c = r->text[i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;

        if (digit == 16)
            return false;
        code = code << 4 | digit;
    }
    *ret = code;
    return true;
}

/* Behind a backslash; a surrogate must be the first of a pair (RFC 8259, 7). */
static int read_escape(struct json_reader *r)
{
    size_t start = r->at++;
    uint32_t code, low;

    if (r->at == r->len)
        return ends_early(r);
    if (r->text[r->at] && strchr("\"\\/bfnrt", r->text[r->at])) {
        r->at++;
        return 0;
    }
    if (r->text[r->at] != 'u')
        return wrong(r, -EBADMSG, start, "bad JSON: a backslash that begins no escape");
    if (!hex4(r, r->at + 1, &code))
        return wrong(r, -EBADMSG, start, "bad JSON: \\u without four hex digits");
    r->at += 5;
    if (code < 0xd800 || code > 0xdfff)
        return 0;
    if (code > 0xdbff || r->len - r->at < 6 || r->text[r->at] != '\\' ||
        r->text[r->at + 1] != 'u' || !hex4(r, r->at + 2, &low) || low < 0xdc00 || low > 0xdfff)
        return wrong(r, -EILSEQ, start, "\\u%04x is half a character", (unsigned)code);
    r->at += 6;
    return 0;
}

static int read_string(struct json_reader *r)
{
    r->at++;
    while (r->at < r->len) {
        uint8_t c = (uint8_t)r->text[r->at];
        uint32_t code;
        size_t n;
        int rc = 0;

        if (c == '"') {
            r->at++;
            return 0;
        }
        if (c < 0x20)
            return wrong(r, -EBADMSG, r->at, "bad JSON: control byte 0x%02x in a string", c);
        if (c == '\\') {
            rc = read_escape(r);
        } else {
            n = text_utf8_decode(r->text + r->at, r->len - r->at, &code);
            if (!n)
                rc = wrong(r, -EILSEQ, r->at, "bad UTF-8: 0x%02x", c);
            r->at += n;
        }
        if (rc < 0)
            return rc;
    }
    return ends_early(r);
}

static size_t skip_digits(struct json_reader *r)
{
    size_t start = r->at;

    while (r->at < r->len && r->text[r->at] >= '0' && r->text[r->at] <= '9')
        r->at++;
    return r->at - start;
}

static bool skip_one_of(struct json_reader *r, const char *bytes)
{
    if (r->at == r->len || !r->text[r->at] || !strchr(bytes, r->text[r->at]))
        return false;
    r->at++;
    return true;
}

/* RFC 8259, 6. */
static int read_number(struct json_reader *r)
{
    skip_one_of(r, "-");
    if (!skip_one_of(r, "0") && !skip_digits(r))
        return unexpected(r, "a digit");
    if (skip_one_of(r, ".") && !skip_digits(r))
        return unexpected(r, "a digit");
    if (skip_one_of(r, "eE")) {
        skip_one_of(r, "+-");
        if (!skip_digits(r))
            return unexpected(r, "a digit");
    }
    return 0;
}

static int read_word(struct json_reader *r, const char *word)
{
    for (; *word; word++)
        if (!skip_one_of(r, (const char[]){*word, '\0'}))
            return unexpected(r, "true, false or null");
    return 0;
}

static int open_container(struct json_reader *r, bool object)
{
    size_t byte = r->depth / 8;
    uint8_t bit = (uint8_t)(1U << r->depth % 8);

    if (r->depth == r->nesting_max)
        return wrong(r, -E2BIG, r->at, "the JSON is nested more than %u deep", r->nesting_max);
    r->objects[byte] =
        (uint8_t)(object ? r->objects[byte] | bit : r->objects[byte] & (uint8_t)~bit);
    r->depth++;
    r->at++;
    r->place = JSON_AT_FIRST;
    return 0;
}

static int read_value(struct json_reader *r, enum json_kind *ret_kind)
{
    static const struct {
        char first;
        enum json_kind kind;
        const char *word;
    } words[] = {
        {'t', JSON_TRUE, "true"}, {'f', JSON_FALSE, "false"}, {'n', JSON_NULL, "null"}};
    char c = r->text[r->at];

    r->place = JSON_BEHIND_VALUE;
    if (c == '{' || c == '[') {
        *ret_kind = c == '{' ? JSON_OBJECT : JSON_ARRAY;
        return open_container(r, c == '{');
    }
    if (c == '"') {
        *ret_kind = JSON_STRING;
        return read_string(r);
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
        *ret_kind = JSON_NUMBER;
        return read_number(r);
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (words[i].first == c) {
            *ret_kind = words[i].kind;
            return read_word(r, words[i].word);
        }
    return unexpected(r, "a value");
}

static int read_key(struct json_reader *r, struct json_token *t)
{
    int rc = r->text[r->at] == '"' ? read_string(r) : unexpected(r, "a key in quotes");

    if (rc < 0)
        return rc;
    t->kind = JSON_KEY;
    t->len = r->at - t->at;
    skip_blanks(r);
    if (!skip_one_of(r, ":"))
        return unexpected(r, "':'");
    r->place = JSON_AT_VALUE;
    return 0;
}

static void close_container(struct json_reader *r, struct json_token *t)
{
    t->kind = in_object(r) ? JSON_OBJECT_END : JSON_ARRAY_END;
    t->len = 1;
    t->depth = --r->depth;
    r->at++;
    r->place = JSON_BEHIND_VALUE;
}

/* Behind a comma a key or a value must come, behind the opening bracket it may. */
static int read_behind_comma(struct json_reader *r)
{
    r->at++;
    r->place = in_object(r) ? JSON_AT_KEY : JSON_AT_VALUE;
    skip_blanks(r);
    return r->at == r->len ? ends_early(r) : 0;
}

int json_next(struct json_reader *r, struct json_token *ret)
{
    struct json_token t = {.depth = r->depth};
    char closing = in_object(r) ? '}' : ']';
    int rc = 0;

    skip_blanks(r);
    if (r->place == JSON_BEHIND_VALUE && r->depth == 0) {
        if (r->at < r->len)
            return unexpected(r, "the end");
        *ret = (struct json_token){.kind = JSON_END, .at = r->at};
        return 0;
    }
    if (r->at == r->len)
        return ends_early(r);
    if ((r->place == JSON_AT_FIRST || r->place == JSON_BEHIND_VALUE) &&
        r->text[r->at] == closing) {
        t.at = r->at;
        close_container(r, &t);
        *ret = t;
        return 0;
    }
    if (r->place == JSON_BEHIND_VALUE)
        rc = r->text[r->at] == ',' ? read_behind_comma(r)
                                   : unexpected(r, in_object(r) ? "',' or '}'" : "',' or ']'");
    if (rc < 0)
        return rc;
    t.at = r->at;
    if (r->place == JSON_AT_KEY || (r->place == JSON_AT_FIRST && in_object(r))) {
        rc = read_key(r, &t);
    } else {
        rc = read_value(r, &t.kind);
        t.len = r->at - t.at;
    }
    if (rc == 0)
        *ret = t;
    return rc;
}

static int first_token(struct json_reader *r)
{
    struct json_token t = {0};
    int rc;

    if (r->place != JSON_AT_VALUE || r->depth)
        return 0;
    rc = json_next(r, &t);
    if (rc == 0 && t.kind != JSON_OBJECT)
        return wrong(r, -EBADMSG, t.at, "the JSON is no object");
    return rc;
}

int json_next_member(struct json_reader *r, struct json_member *ret)
{
    struct json_token key = {0}, value = {0}, end = {0};
    int rc = first_token(r);

    if (rc == 0)
        rc = json_next(r, &key);
    if (rc < 0)
        return rc;
    if (key.kind != JSON_KEY)
        return json_next(r, &end);
    rc = json_next(r, &value);
    if (rc == 0 && (value.kind == JSON_OBJECT || value.kind == JSON_ARRAY)) {
        do
            rc = json_next(r, &end);
        while (rc == 0 && end.depth > value.depth);
        value.len = r->at - value.at;
    }
    if (rc < 0)
        return rc;
    *ret = (struct json_member){key, value};
    return 1;
}

/* The character of an escape at text[*at], which moves behind it. */
static uint32_t escaped(const char *text, size_t *at)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    struct json_reader r = {.text = text, .len = *at + 12};
    uint32_t code = 0, low = 0;

    if (text[*at + 1] != 'u') {
        *at += 2;
        return (uint8_t)values[strchr(names, text[*at - 1]) - names];
    }
    hex4(&r, *at + 2, &code);
    *at += 6;
    if (code < 0xd800 || code > 0xdfff)
        return code;
    hex4(&r, *at + 2, &low);
    *at += 6;
    return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
}

size_t json_unescape(const char *text, const struct json_token *token, char *out)
{
    size_t end = token->at + token->len - 1, used = 0;

    for (size_t at = token->at + 1; at < end;) {
        char utf8[4];
        size_t n;

        if (text[at] != '\\') {
            out[used++] = text[at++];
            continue;
        }
        n = text_utf8_encode(escaped(text, &at), utf8);
        memcpy(out + used, utf8, n);
        used += n;
    }
    return used;
}

bool json_string_is(const char *text, const struct json_token *token, const char *value)
{
    size_t end = token->at + token->len - 1, left = strlen(value);

    for (size_t at = token->at + 1; at < end;) {
        char utf8[4] = {text[at]};
        size_t n = 1;

        if (text[at] == '\\')
            n = text_utf8_encode(escaped(text, &at), utf8);
        else
            at++;
        if (n > left || memcmp(value, utf8, n) != 0)
            return false;
        value += n;
        left -= n;
    }
    return left == 0;
}

size_t json_utf8_span(const char *text, size_t len)
{
    size_t at = 0, n = 1;
    uint32_t code;

    while (at < len && (n = text_utf8_decode(text + at, len - at, &code)) != 0)
        at += n;
    return at;
}
