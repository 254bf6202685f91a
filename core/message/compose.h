/* core/message/compose.h - a message out of the words that a person writes.
 *
 * KEY=VALUE and KEY:=JSON become the members of the JSON that is sent, or, of binary content, its
 * bytes; a text, a file or a header field may be given as it stands, also wrong.  The grammar of
 * `sockeye message` and of the console's `message`.  Pure functions. */
#ifndef SOCKEYE_MESSAGE_COMPOSE_H
#define SOCKEYE_MESSAGE_COMPOSE_H

#include "core/message/message.h"

/* Everything is borrowed for the call. */
struct composition {
    bool binary;
    const char *raw_json; /* the whole content, right or wrong; NULL: the words */
    const char *encoding; /* of text; NULL: utf-8 */
    const void *content;  /* the whole content, as bytes; NULL: the words */
    size_t content_len;
    const char *const *words; /* KEY=VALUE, KEY:=JSON */
    size_t n_words;
    const char *const *fields; /* of the header: KEY=VALUE, or KEY: it is left out */
    size_t n_fields;
};

/* Whether a word is one of those, and the whole something that can be asked for.  Return 0, or
 * -EINVAL with err naming the word. */
int compose_check_word(const char *word, struct err *err);
int compose_check_field(const char *field, struct err *err);
int compose_check(const struct composition *c, struct err *err);

/* The message's bytes, the caller's to free(), of a composition that was checked.  Returns 0, or
 * with err: -EILSEQ, -EBADMSG or -E2BIG for a word that makes no content, -EINVAL for an encoding
 * that is not known, -EMSGSIZE for a header that does not fit its length. */
int compose_message(const struct composition *c, uint8_t **ret_bytes, size_t *ret_len,
                    struct err *err);

#endif
