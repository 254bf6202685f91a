/* core/model/call_words.h - what the arguments of socket calls are called: AF_INET, MSG_NOSIGNAL.
 *
 * One table for every form in which a call is written: strace's, Python's, C's.  Pure. */
#ifndef SOCKEYE_MODEL_CALL_WORDS_H
#define SOCKEYE_MODEL_CALL_WORDS_H

#include <stdbool.h>

#include "core/base/line.h"

enum call_words { WORDS_DOMAIN, WORDS_TYPE, WORDS_PROTOCOL, WORDS_MESSAGE_FLAGS, WORDS_HOW };

/* How a language writes them: "socket." before each, " | " between flags; both may be "". */
struct word_style {
    const char *prefix, *between;
};

/* The name of a value, or the number where it has none. */
void call_add_word(struct line_out *l, const struct word_style *style, enum call_words what,
                   int value);
/* Flags: WORDS_MESSAGE_FLAGS, or a type with its flags; "0" where none is set. */
void call_add_flags(struct line_out *l, const struct word_style *style, int flags);
void call_add_type(struct line_out *l, const struct word_style *style, int type);
/* Of accept4(2): SOCK_NONBLOCK and SOCK_CLOEXEC alone. */
void call_add_type_flags(struct line_out *l, const struct word_style *style, int flags);

#endif
