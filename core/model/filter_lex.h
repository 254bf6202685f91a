/* core/model/filter_lex.h - the words of a filter expression, and the complaint about one; for
 * the parser only. */
#ifndef SOCKEYE_MODEL_FILTER_LEX_H
#define SOCKEYE_MODEL_FILTER_LEX_H

#include "core/model/filter_tree.h"

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_TEXT, /* between slashes; the second one may be missing */
    TOKEN_OP,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_NOT,
    TOKEN_AND,
    TOKEN_OR,
};

struct token {
    enum token_kind kind;
    enum filter_op op;
    bool quoted;    /* never a keyword; at and len leave the quotes out */
    const char *at; /* in the expression */
    size_t len;
};

struct parser {
    const char *text, *at; /* at: behind the token */
    struct token token;
    struct filter *filter;
    struct err *err;
    unsigned depth;
};

/* Returns -EINVAL; err says the place and what is wrong with the token. */
int lex_fail(const struct parser *p, const struct token *t, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Go on to the next token. */
int lex_next(struct parser *p);
/* Read the token anew as one word up to a blank or a ')': a path or a pattern. */
void lex_whole_word(struct parser *p);

/* Whether the token is this keyword, in any case of letters. */
bool lex_is(const struct token *t, const char *word);
/* Whether it is a comparison, as a sign or as a word ("ge"). */
bool lex_is_op(const struct token *t, enum filter_op *ret);
/* Copy the token's characters; false when they do not fit. */
bool lex_copy(const struct token *t, char *buf, size_t size);

#endif
