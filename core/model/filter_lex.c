#include "core/model/filter_lex.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/text.h"

#define BLANKS " \t\n\v\f\r"

int lex_fail(const struct parser *p, const struct token *t, const char *format, ...)
{
    char word[48], why[100];
    va_list args;

    text_clean(t->at, t->len, word, sizeof(word));
    va_start(args, format);
    vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    if (t->kind == TOKEN_END)
        err_set(p->err, -EINVAL, "parse filter", p->text, "character %td: the end, %s",
                t->at - p->text + 1, why);
    else
        err_set(p->err, -EINVAL, "parse filter", p->text, "character %td: '%s' %s",
                t->at - p->text + 1, word, why);
    if (p->err)
        p->err->place = (size_t)(t->at - p->text) + 1;
    return -EINVAL;
}

bool lex_is(const struct token *t, const char *word)
{
    return t->kind == TOKEN_WORD && !t->quoted && t->len == strlen(word) &&
           strncasecmp(t->at, word, t->len) == 0;
}

bool lex_is_op(const struct token *t, enum filter_op *ret)
{
    static const struct {
        const char *word;
        enum filter_op op;
    } words[] = {
        {"eq", OP_EQ}, {"ne", OP_NE},  {"neq", OP_NE}, {"lt", OP_LT},  {"gt", OP_GT},
        {"le", OP_LE}, {"leq", OP_LE}, {"ge", OP_GE},  {"geq", OP_GE},
    };

    if (t->kind == TOKEN_OP) {
        *ret = t->op;
        return true;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (lex_is(t, words[i].word)) {
            *ret = words[i].op;
            return true;
        }
    }
    return false;
}

bool lex_copy(const struct token *t, char *buf, size_t size)
{
    if (t->len >= size)
        return false;
    memcpy(buf, t->at, t->len);
    buf[t->len] = '\0';
    return true;
}

static size_t read_symbol(const char *at, struct token *ret)
{
    static const struct {
        const char *text;
        enum token_kind kind;
        enum filter_op op;
    } symbols[] = {
        {"==", TOKEN_OP, OP_EQ},  {"!=", TOKEN_OP, OP_NE},   {"<=", TOKEN_OP, OP_LE},
        {">=", TOKEN_OP, OP_GE},  {"=", TOKEN_OP, OP_EQ},    {"<", TOKEN_OP, OP_LT},
        {">", TOKEN_OP, OP_GT},   {"!", TOKEN_NOT, OP_EQ},   {"&&", TOKEN_AND, OP_EQ},
        {"&", TOKEN_AND, OP_EQ},  {"||", TOKEN_OR, OP_EQ},   {"|", TOKEN_OR, OP_EQ},
        {"(", TOKEN_OPEN, OP_EQ}, {")", TOKEN_CLOSE, OP_EQ},
    };

    for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
        size_t len = strlen(symbols[i].text);

        if (strncmp(at, symbols[i].text, len) == 0) {
            ret->kind = symbols[i].kind;
            ret->op = symbols[i].op;
            return len;
        }
    }
    return 0;
}

static void read_word(struct token *t)
{
    t->kind = TOKEN_WORD;
    t->len = strcspn(t->at, BLANKS "()!=<>&|");
    if (lex_is(t, "and"))
        t->kind = TOKEN_AND;
    else if (lex_is(t, "or"))
        t->kind = TOKEN_OR;
    else if (lex_is(t, "not"))
        t->kind = TOKEN_NOT;
}

/* Returns what stands behind the closing quote. */
static const char *read_quoted(struct token *t)
{
    const char *close = strchr(t->at + 1, '"');

    if (!close)
        return NULL;
    *t = (struct token){.kind = TOKEN_WORD,
                        .quoted = true,
                        .at = t->at + 1,
                        .len = (size_t)(close - t->at) - 1};
    return close + 1;
}

static void read_text(struct token *t)
{
    const char *close = strchr(t->at + 1, '/');

    t->kind = TOKEN_TEXT;
    t->len = close ? (size_t)(close - t->at) + 1 : strlen(t->at);
}

int lex_next(struct parser *p)
{
    struct token t = {.kind = TOKEN_END, .at = p->at + strspn(p->at, BLANKS)};
    const char *behind = NULL;

    if (*t.at == '"') {
        behind = read_quoted(&t);
        if (!behind) {
            t.kind = TOKEN_WORD;
            t.len = strlen(t.at);
            return lex_fail(p, &t, "has no second \"");
        }
    } else if (*t.at == '/') {
        read_text(&t);
    } else if (*t.at) {
        t.len = read_symbol(t.at, &t);
        if (!t.len)
            read_word(&t);
    }
    p->token = t;
    p->at = behind ? behind : t.at + t.len;
    return 0;
}

void lex_whole_word(struct parser *p)
{
    struct token *t = &p->token;

    if (t->kind == TOKEN_END || t->quoted)
        return;
    t->kind = TOKEN_WORD;
    t->len = strcspn(t->at, BLANKS ")");
    p->at = t->at + t->len;
}
