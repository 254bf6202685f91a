/* core/message/json.h - JSON read token by token, strictly, with the byte of every token.
 *
 * Reading builds no tree: foreign text of any size costs no memory, numbers keep all their
 * digits, and what is wrong is known to the byte.  Beyond RFC 8259 it refuses what no UTF-8
 * text can hold, a lone surrogate in an escape (RFC 7493, 2.1).  Pure functions. */
#ifndef SOCKEYE_MESSAGE_JSON_H
#define SOCKEYE_MESSAGE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No reader goes deeper. */
#define JSON_NESTING_LIMIT 1000

enum json_kind {
    JSON_END, /* of the text */
    JSON_OBJECT,
    JSON_OBJECT_END,
    JSON_ARRAY,
    JSON_ARRAY_END,
    JSON_KEY,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL
};

struct json_token {
    enum json_kind kind;
    size_t at, len; /* in the text; of strings with their quotes */
    unsigned depth; /* 0: the outermost value */
};

enum json_place { JSON_AT_VALUE, JSON_AT_FIRST, JSON_AT_KEY, JSON_BEHIND_VALUE };

struct json_reader {
    const char *text; /* borrowed as long as the reader is used */
    size_t len, at;
    unsigned depth, nesting_max;
    enum json_place place;
    uint8_t objects[(JSON_NESTING_LIMIT + 7) / 8]; /* by depth: an object, not an array */
    /* Once a function has failed: */
    size_t wrong_at; /* len: the text ends too early */
    char reason[80];
};

/* nesting_max above JSON_NESTING_LIMIT counts as that. */
void json_reader_init(struct json_reader *r, const char *text, size_t len,
                      unsigned nesting_max);

/* The next token; JSON_END when the text was one whole value.  Returns 0; -EBADMSG for what is
 * no JSON, -EILSEQ for what is no UTF-8, -E2BIG for too deep nesting, all with wrong_at and
 * reason.  After a failure the reader is of no more use. */
int json_next(struct json_reader *r, struct json_token *ret);

/* A member of the outermost object; the value is a whole one, whatever its kind. */
struct json_member {
    struct json_token key, value;
};

/* Returns 1 with the next member, 0 when the text has come to its end and was an object, else
 * as json_next(). */
int json_next_member(struct json_reader *r, struct json_member *ret);

/* What a string or key stands for, without quotes and escapes.  Writes up to token->len bytes,
 * which may hold NUL, and returns how many. */
size_t json_unescape(const char *text, const struct json_token *token, char *out);

/* Whether it stands for just this. */
bool json_string_is(const char *text, const struct json_token *token, const char *value);

/* How many bytes at the beginning are UTF-8: len when all of them are. */
size_t json_utf8_span(const char *text, size_t len);

#endif
