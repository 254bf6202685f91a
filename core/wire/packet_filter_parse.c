/* Words and values are those of the filter of sockets (core/model/filter_parse.c), and so is the
 * precedence:
 *
 *     or    = and { ("or" | "|" | "||") and }
 *     and   = unary { ["and" | "&" | "&&"] unary }
 *     unary = ("not" | "!") unary | "(" or ")" | term
 *     term  = ("port" | "sport" | "dport") [OP] PORT | ("host" | "src" | "dst") [EQ] HOST
 *           | "proto" [EQ] NAME | "flags" [EQ] FLAG {"," FLAG}
 *           | ("len" | "payload" | "window" | "seq" | "ack" | "ttl") [OP] NUMBER
 *           | "rtt" [OP] DURATION | "finding" [[EQ] FINDING] | "conversation" [OP] NUMBER
 *           | "pid" [EQ] NUMBER | ("comm" | "interface") [EQ] NAME | "session" [[EQ] NAME]
 *           | "contains" (HEX | TEXT) | "/" REGEX "/" ["i"] | PORT | HOST | PROTOCOL | '"' TEXT '"'
 */
#include <errno.h>

#include "core/base/mem.h"
#include "core/wire/packet_filter_terms.h"

static int parse_or(struct packet_parser *p, uint16_t *ret);

static int parse_group(struct packet_parser *p, uint16_t *ret)
{
    struct token open = p->lex.token;
    int r = lex_next(&p->lex);

    if (!r)
        r = parse_or(p, ret);
    if (!r && p->lex.token.kind != TOKEN_CLOSE)
        return lex_fail(&p->lex, &p->lex.token, "where the ( at character %td needs its )",
                        open.at - p->lex.text + 1);
    return r ? r : lex_next(&p->lex);
}

static int parse_unary(struct packet_parser *p, uint16_t *ret)
{
    struct token t = p->lex.token;
    int r;

    if (t.kind == TOKEN_WORD || t.kind == TOKEN_TEXT)
        return packet_filter_parse_term(p, ret);
    if (t.kind != TOKEN_OPEN && t.kind != TOKEN_NOT)
        return lex_fail(&p->lex, &t, "where a term is expected");
    if (p->lex.depth == FILTER_DEPTH_MAX)
        return lex_fail(&p->lex, &t, "is nested too deep: %d levels fit", FILTER_DEPTH_MAX);
    p->lex.depth++;
    if (t.kind == TOKEN_OPEN) {
        r = parse_group(p, ret);
    } else {
        r = lex_next(&p->lex);
        if (!r)
            r = parse_unary(p, ret);
        if (!r)
            r = packet_filter_add(p, &(struct packet_term){.kind = PACKET_NOT, .left = *ret},
                                  ret);
    }
    p->lex.depth--;
    return r;
}

/* Whether another term follows without a word between. */
static bool begins_unary(const struct token *t)
{
    return t->kind == TOKEN_WORD || t->kind == TOKEN_TEXT || t->kind == TOKEN_OPEN ||
           t->kind == TOKEN_NOT;
}

static int add_pair(struct packet_parser *p, enum packet_term_kind kind, uint16_t left,
                    uint16_t right, uint16_t *ret)
{
    const struct packet_term pair = {.kind = (uint8_t)kind, .left = left, .right = right};

    return packet_filter_add(p, &pair, ret);
}

static int parse_and(struct packet_parser *p, uint16_t *ret)
{
    uint16_t left = 0, right = 0;
    int r = parse_unary(p, &left);

    while (!r && (p->lex.token.kind == TOKEN_AND || begins_unary(&p->lex.token))) {
        r = p->lex.token.kind == TOKEN_AND ? lex_next(&p->lex) : 0;
        if (!r)
            r = parse_unary(p, &right);
        if (!r)
            r = add_pair(p, PACKET_AND, left, right, &left);
    }
    *ret = left;
    return r;
}

static int parse_or(struct packet_parser *p, uint16_t *ret)
{
    uint16_t left = 0, right = 0;
    int r = parse_and(p, &left);

    while (!r && p->lex.token.kind == TOKEN_OR) {
        r = lex_next(&p->lex);
        if (!r)
            r = parse_and(p, &right);
        if (!r)
            r = add_pair(p, PACKET_OR, left, right, &left);
    }
    *ret = left;
    return r;
}

static int parse_all(struct packet_parser *p)
{
    int r = parse_or(p, &p->filter->root);

    if (!r && p->lex.token.kind != TOKEN_END)
        return lex_fail(&p->lex, &p->lex.token, "is not expected here");
    return r;
}

int packet_filter_parse(const char *text, struct packet_filter **ret, struct err *err)
{
    struct packet_parser p = {.lex = {.text = text, .at = text, .err = err}};
    int r = lex_next(&p.lex);

    if (!r && p.lex.token.kind == TOKEN_END) {
        *ret = NULL;
        return 0;
    }
    if (r)
        return r;
    p.filter = mem_new(1, sizeof(*p.filter));
    r = parse_all(&p);
    if (r)
        packet_filter_free(p.filter);
    else
        *ret = p.filter;
    return r;
}
