/* The language is that of ss(8), "STATE-FILTER" and "EXPRESSION", with its precedence as its
 * manual says it (ss 6.1 itself reads `a or b and c` from left to right):
 *
 *     or      = and { ("or" | "|" | "||") and }
 *     and     = unary { ["and" | "&" | "&&"] unary }
 *     unary   = ("not" | "!") unary | "(" or ")" | term
 *     term    = ("state" | "exclude") STATE
 *             | ("sport" | "dport" | "port") [OP] PORT | ("src" | "dst") [EQ] HOST
 *             | "dev" [EQ] DEVICE | "fwmark" [EQ] MARK | "cgroup" [EQ] PATH | "autobound"
 *             | "inet" | "inet6" | "unix" | "link" | "netlink" | "vsock" | "limited"
 *             | ("comm" | "command" | "container" | "user" | "netns" | "proto") [EQ] NAME
 *             | ("recvq" | "sendq" | "uid" | "pid" | "inode" | "cookie") [OP] NUMBER
 *             | COLUMN OP VALUE | COLUMN | "/" TEXT "/" | WORD
 *
 * OP is = == eq != ne neq < lt > gt <= le leq >= ge geq; EQ is one of the first six.  As in ss,
 * states named side by side are alternatives.  A value may stand in double quotes. */
#include <errno.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/model/filter_terms.h"

static int parse_or(struct parser *p, uint16_t *ret);
static int parse_unary(struct parser *p, uint16_t *ret);

static int parse_group(struct parser *p, uint16_t *ret)
{
    struct token open = p->token;
    int r = lex_next(p);

    if (!r)
        r = parse_or(p, ret);
    if (!r && p->token.kind != TOKEN_CLOSE)
        return lex_fail(p, &p->token, "where the ( at character %td needs its )",
                        open.at - p->text + 1);
    return r ? r : lex_next(p);
}

static int parse_not(struct parser *p, uint16_t *ret)
{
    int r = lex_next(p);

    if (!r)
        r = parse_unary(p, ret);
    return r ? r : filter_add_pair(p, FILTER_NOT, *ret, 0, ret);
}

static int parse_unary(struct parser *p, uint16_t *ret)
{
    int r;

    if (p->token.kind == TOKEN_WORD || p->token.kind == TOKEN_TEXT)
        return filter_parse_term(p, ret);
    if (p->token.kind != TOKEN_OPEN && p->token.kind != TOKEN_NOT)
        return lex_fail(p, &p->token, "where a term is expected");
    if (p->depth == FILTER_DEPTH_MAX)
        return lex_fail(p, &p->token, "is nested too deep: %d levels fit", FILTER_DEPTH_MAX);
    p->depth++;
    r = p->token.kind == TOKEN_OPEN ? parse_group(p, ret) : parse_not(p, ret);
    p->depth--;
    return r;
}

static bool begins_unary(const struct token *t)
{
    return t->kind == TOKEN_WORD || t->kind == TOKEN_TEXT || t->kind == TOKEN_OPEN ||
           t->kind == TOKEN_NOT;
}

static int parse_and(struct parser *p, uint16_t *ret)
{
    bool after_state = lex_is(&p->token, "state");
    uint16_t left = 0, last, right = 0;
    int r = parse_unary(p, &left);

    last = left;
    while (!r && (p->token.kind == TOKEN_AND || begins_unary(&p->token))) {
        bool beside = p->token.kind != TOKEN_AND, state;

        r = beside ? 0 : lex_next(p);
        state = lex_is(&p->token, "state");
        if (!r)
            r = parse_unary(p, &right);
        if (r)
            return r;
        if (beside && state && after_state) {
            p->filter->nodes[last].set |= p->filter->nodes[right].set;
            p->filter->nodes[last].number |= p->filter->nodes[right].number;
            p->filter->n_nodes--;
            continue;
        }
        last = right;
        after_state = state;
        r = filter_add_pair(p, FILTER_AND, left, right, &left);
    }
    if (!r)
        *ret = left;
    return r;
}

static int parse_or(struct parser *p, uint16_t *ret)
{
    uint16_t left = 0, right = 0;
    int r = parse_and(p, &left);

    while (!r && p->token.kind == TOKEN_OR) {
        r = lex_next(p);
        if (!r)
            r = parse_and(p, &right);
        if (!r)
            r = filter_add_pair(p, FILTER_OR, left, right, &left);
    }
    if (!r)
        *ret = left;
    return r;
}

static int parse_all(struct parser *p)
{
    int r = parse_or(p, &p->filter->root);

    if (!r && p->token.kind != TOKEN_END)
        return lex_fail(p, &p->token, "is not expected here");
    return r;
}

int filter_parse(const char *text, struct filter **ret, struct err *err)
{
    struct parser p = {.text = text, .at = text, .err = err};
    int r = lex_next(&p);

    if (!r && p.token.kind == TOKEN_END) {
        *ret = NULL;
        return 0;
    }
    if (r)
        return r;
    p.filter = mem_new(1, sizeof(*p.filter));
    r = parse_all(&p);
    if (r)
        filter_free(p.filter);
    else
        *ret = p.filter;
    return r;
}

void filter_free(struct filter *f)
{
    free(f);
}
