/* The language is that of ss(8), "STATE-FILTER" and "EXPRESSION":
 *
 *     or      = and { ("or" | "|") and }
 *     and     = unary { ["and" | "&"] unary }
 *     unary   = ("not" | "!") unary | "(" or ")" | term
 *     term    = "state" NAME | "exclude" NAME | ("sport" | "dport" | "port") [OP] PORT
 *             | ("src" | "dst") [OP] ADDRESS | ("recvq" | "sendq" | "pid") [OP] NUMBER
 *             | ("comm" | "user") [OP] NAME | "/" TEXT "/" | WORD
 *
 * As in ss, states named side by side are alternatives. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/filter_tree.h"

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_TEXT, /* between slashes */
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

/* Every parse function returns 0 or -EINVAL with the place in err. */
static int fail(const struct parser *p, const struct token *t, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int fail(const struct parser *p, const struct token *t, const char *format, ...)
{
    char word[48], why[100];
    va_list args;

    text_clean(t->at, t->len, word, sizeof(word));
    va_start(args, format);
    vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    if (t->kind == TOKEN_END)
        return err_set(p->err, -EINVAL, "parse filter", p->text, "at %td: the end, %s",
                       t->at - p->text, why);
    return err_set(p->err, -EINVAL, "parse filter", p->text, "at %td: '%s' %s", t->at - p->text,
                   word, why);
}

/* ---- words ---- */

static bool is_word(const struct token *t, const char *word)
{
    return t->kind == TOKEN_WORD && t->len == strlen(word) &&
           strncasecmp(t->at, word, t->len) == 0;
}

static size_t symbol(const char *at, struct token *ret)
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

static void name_word(struct token *t)
{
    static const struct {
        const char *word;
        enum token_kind kind;
        enum filter_op op;
    } words[] = {
        {"and", TOKEN_AND, OP_EQ},
        {"or", TOKEN_OR, OP_EQ},
        {"not", TOKEN_NOT, OP_EQ},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (is_word(t, words[i].word)) {
            t->kind = words[i].kind;
            return;
        }
    }
}

static int next_token(struct parser *p)
{
    struct token t = {.kind = TOKEN_END};
    const char *close;

    while (isspace((unsigned char)*p->at))
        p->at++;
    t.at = p->at;
    t.len = symbol(p->at, &t);
    if (*p->at == '/') {
        close = strchr(p->at + 1, '/');
        t = (struct token){.kind = TOKEN_TEXT, .at = p->at, .len = strlen(p->at)};
        if (!close)
            return fail(p, &t, "has no second /");
        t.len = (size_t)(close - p->at) + 1;
    } else if (!t.len && *p->at) {
        t.kind = TOKEN_WORD;
        t.len = strcspn(p->at, " \t\n\v\f\r()!=<>&|");
        name_word(&t);
    }
    p->token = t;
    p->at = t.at + t.len;
    return 0;
}

/* Copy the token's characters; false when they do not fit. */
static bool copy_token(const struct token *t, char *buf, size_t size)
{
    if (t->len >= size)
        return false;
    memcpy(buf, t->at, t->len);
    buf[t->len] = '\0';
    return true;
}

/* ---- nodes ---- */

static int add_node(struct parser *p, const struct filter_node *node, uint16_t *ret)
{
    if (p->filter->n_nodes == FILTER_NODES_MAX)
        return fail(p, &p->token, "is one term too many: %d fit", FILTER_NODES_MAX);
    p->filter->nodes[p->filter->n_nodes] = *node;
    *ret = p->filter->n_nodes++;
    return 0;
}

static int add_pair(struct parser *p, enum filter_kind kind, uint16_t left, uint16_t right,
                    uint16_t *ret)
{
    return add_node(p, &(struct filter_node){.kind = kind, .left = left, .right = right}, ret);
}

/* ---- terms ---- */

/* An operator, if there is one; "=" else. */
static int parse_op(struct parser *p, enum filter_op *ret)
{
    static const char *const words[] = {[OP_EQ] = "eq", [OP_NE] = "ne", [OP_LT] = "lt",
                                        [OP_GT] = "gt", [OP_LE] = "le", [OP_GE] = "ge"};

    *ret = OP_EQ;
    if (p->token.kind == TOKEN_OP) {
        *ret = p->token.op;
        return next_token(p);
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (is_word(&p->token, words[i])) {
            *ret = (enum filter_op)i;
            return next_token(p);
        }
    }
    return 0;
}

/* The word that a keyword needs. */
static int expect_word(struct parser *p, const char *what)
{
    if (p->token.kind == TOKEN_WORD)
        return 0;
    return fail(p, &p->token, "where %s is expected", what);
}

static uint32_t bit(enum socket_state state)
{
    return 1U << state;
}

static uint32_t state_mask(const char *name)
{
    uint32_t apart = bit(STATE_LISTEN) | bit(STATE_CLOSE) | bit(STATE_BOUND_INACTIVE);
    uint32_t half_open = bit(STATE_SYN_RECV) | bit(STATE_NEW_SYN_RECV);
    uint32_t bucket = half_open | bit(STATE_TIME_WAIT);
    enum socket_state state = state_parse(name);

    if (strcasecmp(name, "all") == 0)
        return FILTER_EVERY_STATE;
    if (strcasecmp(name, "connected") == 0)
        return FILTER_EVERY_STATE & ~apart;
    if (strcasecmp(name, "synchronized") == 0)
        return FILTER_EVERY_STATE & ~(apart | bit(STATE_SYN_SENT));
    if (strcasecmp(name, "bucket") == 0)
        return bucket;
    if (strcasecmp(name, "big") == 0)
        return FILTER_EVERY_STATE & ~bucket;
    /* The kernel tells both kinds of half-open connection as one. */
    return state == STATE_SYN_RECV ? half_open : state ? bit(state) : 0;
}

static int parse_state(struct parser *p, bool exclude, uint16_t *ret)
{
    struct filter_node node = {.kind = FILTER_STATE};
    char name[32];
    int r = expect_word(p, "a state");

    if (r)
        return r;
    if (copy_token(&p->token, name, sizeof(name)))
        node.states = state_mask(name);
    if (!node.states) {
        fail(p, &p->token, "is no state");
        err_hint(p->err, "states: established, syn-sent, syn-recv, fin-wait-1, fin-wait-2, "
                         "time-wait, closed, close-wait, last-ack, listening, closing, all, "
                         "connected, synchronized");
        return -EINVAL;
    }
    if (exclude)
        node.states = FILTER_EVERY_STATE & ~node.states;
    r = add_node(p, &node, ret);
    return r ? r : next_token(p);
}

/* Digits only, at most max. */
static bool parse_digits(const char *text, uint32_t max, uint32_t *ret)
{
    uint64_t n = 0;

    if (!*text)
        return false;
    for (; *text; text++) {
        if (!isdigit((unsigned char)*text))
            return false;
        n = n * 10 + (uint64_t)(*text - '0');
        if (n > max)
            return false;
    }
    *ret = (uint32_t)n;
    return true;
}

static bool parse_port_number(const char *text, uint32_t *ret)
{
    struct servent entry, *found = NULL;
    char buf[1024];

    if (parse_digits(text, 65535, ret))
        return true;
    if (!isalpha((unsigned char)*text) ||
        getservbyname_r(text, NULL, &entry, buf, sizeof(buf), &found) != 0 || !found)
        return false;
    *ret = ntohs((uint16_t)found->s_port);
    return true;
}

/* "80", "1000-2000", "http", "*"; changes text. */
static bool parse_port_range(char *text, uint32_t *ret_low, uint32_t *ret_high)
{
    char *dash = strchr(text, '-');
    uint32_t low, high;

    if (strcmp(text, "*") == 0) {
        *ret_low = 0;
        *ret_high = 65535;
        return true;
    }
    if (dash && isdigit((unsigned char)*text)) { /* service names have dashes too */
        *dash = '\0';
        if (!parse_digits(text, 65535, &low) || !parse_digits(dash + 1, 65535, &high) ||
            low > high)
            return false;
    } else {
        if (!parse_port_number(text, &low))
            return false;
        high = low;
    }
    *ret_low = low;
    *ret_high = high;
    return true;
}

static int parse_port(struct parser *p, enum filter_side side, uint16_t *ret)
{
    struct filter_node node = {.kind = FILTER_PORT, .side = side};
    char text[FILTER_WORD_BYTES];
    int r = parse_op(p, &node.op);

    if (!r)
        r = expect_word(p, "a port");
    if (r)
        return r;
    if (!copy_token(&p->token, text, sizeof(text)) ||
        !parse_port_range(text + (text[0] == ':'), &node.low, &node.high))
        return fail(p, &p->token, "is no port");
    if (node.low != node.high && node.op != OP_EQ && node.op != OP_NE)
        return fail(p, &p->token, "is a range: only = and != take one");
    r = add_node(p, &node, ret);
    return r ? r : next_token(p);
}

/* Where the port of "ADDR:PORT" begins, without the colon; NULL: it has none.  Cuts the
 * colon away.  Many colons without brackets are an IPv6 address. */
static char *cut_port(char *text)
{
    char *colon = strrchr(text, ':'), *bracket = strrchr(text, ']');

    if (!colon || (bracket ? colon < bracket : strchr(text, ':') != colon))
        return NULL;
    *colon = '\0';
    return colon + 1;
}

/* Take the brackets of "[fd00::]/8" and "[fd00::/8]" away. */
static bool strip_brackets(char *text)
{
    char *close = strchr(text, ']');
    size_t inside = close ? (size_t)(close - text) - 1 : 0;

    if (text[0] != '[')
        return !close && !strchr(text, '[');
    if (!close || !memchr(text, ':', inside + 1))
        return false;
    memmove(text, text + 1, inside);
    memmove(text + inside, close + 1, strlen(close + 1) + 1);
    return !strpbrk(text, "[]");
}

/* "10.0.0.0/8", "::1", "[fd00::]/8", "*", "". */
static bool parse_prefix(char *text, struct filter_node *ret)
{
    uint8_t ip[16];
    uint32_t bits;
    char *slash;
    int family;

    if (!*text || strcmp(text, "*") == 0)
        return true;
    if (!strip_brackets(text))
        return false;
    slash = strchr(text, '/');
    if (slash)
        *slash++ = '\0';
    family = strchr(text, ':') ? AF_INET6 : AF_INET;
    bits = family == AF_INET6 ? 128 : 32;
    if (inet_pton(family, text, ip) != 1 || (slash && !parse_digits(slash, bits, &bits)))
        return false;
    ret->addr = addr_make(family, ip, 0);
    ret->prefix = bits;
    if (family == AF_INET6 && bits >= 96) {
        ret->addr = addr_unmapped(&ret->addr);
        ret->prefix -= ret->addr.family == AF_INET ? 96 : 0;
    }
    return true;
}

static int negate(struct parser *p, enum filter_op op, uint16_t *ret)
{
    return op == OP_NE ? add_pair(p, FILTER_NOT, *ret, 0, ret) : 0;
}

/* "=" and "!=" are all that names and addresses know. */
static int parse_equality(struct parser *p, enum filter_op *ret)
{
    struct token t = p->token;
    int r = parse_op(p, ret);

    if (!r && *ret != OP_EQ && *ret != OP_NE)
        return fail(p, &t, "does not fit here: only = and != do");
    return r;
}

static int parse_address(struct parser *p, enum filter_side side, uint16_t *ret)
{
    struct filter_node node = {.kind = FILTER_ADDR, .side = side, .high = 65535};
    char text[ADDR_TEXT_BYTES], *port;
    enum filter_op op;
    int r = parse_equality(p, &op);

    if (!r)
        r = expect_word(p, "an address");
    if (r)
        return r;
    if (!copy_token(&p->token, text, sizeof(text)))
        return fail(p, &p->token, "is no address");
    port = cut_port(text);
    if (!parse_prefix(text, &node))
        return fail(p, &p->token, "is no numeric address");
    if (port && !parse_port_range(port, &node.low, &node.high))
        return fail(p, &p->token, "has no port behind the colon");
    r = add_node(p, &node, ret);
    if (!r)
        r = negate(p, op, ret);
    return r ? r : next_token(p);
}

static int parse_number(struct parser *p, enum filter_kind kind, uint16_t *ret)
{
    struct filter_node node = {.kind = kind};
    char text[16];
    int r = parse_op(p, &node.op);

    if (!r)
        r = expect_word(p, "a number");
    if (r)
        return r;
    if (!copy_token(&p->token, text, sizeof(text)) ||
        !parse_digits(text, UINT32_MAX, &node.low))
        return fail(p, &p->token, "is no number from 0 to %u", UINT32_MAX);
    r = add_node(p, &node, ret);
    return r ? r : next_token(p);
}

static bool find_user(const char *name, uint32_t *ret)
{
    struct passwd entry, *found = NULL;
    char buf[4096];

    if (parse_digits(name, UINT32_MAX, ret))
        return true;
    if (getpwnam_r(name, &entry, buf, sizeof(buf), &found) != 0 || !found)
        return false;
    *ret = found->pw_uid;
    return true;
}

static int parse_name(struct parser *p, enum filter_kind kind, uint16_t *ret)
{
    struct filter_node node = {.kind = kind};
    enum filter_op op;
    int r = parse_equality(p, &op);

    if (!r)
        r = expect_word(p, kind == FILTER_USER ? "a user" : "a process name");
    if (r)
        return r;
    if (!copy_token(&p->token, node.word, sizeof(node.word)))
        return fail(p, &p->token, "is too long");
    if (kind == FILTER_USER && !find_user(node.word, &node.low))
        return fail(p, &p->token, "is no user of this host");
    r = add_node(p, &node, ret);
    if (!r)
        r = negate(p, op, ret);
    return r ? r : next_token(p);
}

/* A bare word, or /text/. */
static int parse_text(struct parser *p, uint16_t *ret)
{
    struct filter_node node = {.kind = FILTER_TEXT};
    struct token inner = p->token;
    int r;

    if (inner.kind == TOKEN_TEXT) {
        inner.at++;
        inner.len -= 2;
    }
    if (!copy_token(&inner, node.word, sizeof(node.word)))
        return fail(p, &p->token, "is too long");
    r = add_node(p, &node, ret);
    return r ? r : next_token(p);
}

static int parse_term(struct parser *p, uint16_t *ret)
{
    enum term { STATE, EXCLUDE, PORT, ADDRESS, NUMBER, NAME };
    static const struct {
        const char *word;
        enum term term;
        enum filter_side side;
        enum filter_kind kind;
    } terms[] = {
        {"state", STATE, SIDE_EITHER, FILTER_STATE},
        {"exclude", EXCLUDE, SIDE_EITHER, FILTER_STATE},
        {"sport", PORT, SIDE_LOCAL, FILTER_PORT},
        {"dport", PORT, SIDE_PEER, FILTER_PORT},
        {"port", PORT, SIDE_EITHER, FILTER_PORT},
        {"src", ADDRESS, SIDE_LOCAL, FILTER_ADDR},
        {"dst", ADDRESS, SIDE_PEER, FILTER_ADDR},
        {"recvq", NUMBER, SIDE_EITHER, FILTER_RECVQ},
        {"sendq", NUMBER, SIDE_EITHER, FILTER_SENDQ},
        {"pid", NUMBER, SIDE_EITHER, FILTER_PID},
        {"comm", NAME, SIDE_EITHER, FILTER_COMM},
        {"user", NAME, SIDE_EITHER, FILTER_USER},
    };
    size_t i = 0, n = sizeof(terms) / sizeof(terms[0]);
    int r;

    while (i < n && !is_word(&p->token, terms[i].word))
        i++;
    if (i == n)
        return parse_text(p, ret);
    r = next_token(p);
    if (r)
        return r;
    switch (terms[i].term) {
    case STATE:
    case EXCLUDE:
        return parse_state(p, terms[i].term == EXCLUDE, ret);
    case PORT:
        return parse_port(p, terms[i].side, ret);
    case ADDRESS:
        return parse_address(p, terms[i].side, ret);
    case NUMBER:
        return parse_number(p, terms[i].kind, ret);
    case NAME:
        break;
    }
    return parse_name(p, terms[i].kind, ret);
}

/* ---- and, or, not ---- */

static int parse_or(struct parser *p, uint16_t *ret);
static int parse_unary(struct parser *p, uint16_t *ret);

static int parse_group(struct parser *p, uint16_t *ret)
{
    struct token open = p->token;
    int r = next_token(p);

    if (!r)
        r = parse_or(p, ret);
    if (!r && p->token.kind != TOKEN_CLOSE)
        return fail(p, &p->token, "where the ( at %td needs its )", open.at - p->text);
    return r ? r : next_token(p);
}

static int parse_not(struct parser *p, uint16_t *ret)
{
    int r = next_token(p);

    if (!r)
        r = parse_unary(p, ret);
    return r ? r : add_pair(p, FILTER_NOT, *ret, 0, ret);
}

static int parse_unary(struct parser *p, uint16_t *ret)
{
    int r;

    if (p->token.kind == TOKEN_WORD || p->token.kind == TOKEN_TEXT)
        return parse_term(p, ret);
    if (p->token.kind != TOKEN_OPEN && p->token.kind != TOKEN_NOT)
        return fail(p, &p->token, "where a term is expected");
    if (p->depth == FILTER_DEPTH_MAX)
        return fail(p, &p->token, "is nested too deep: %d levels fit", FILTER_DEPTH_MAX);
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
    bool after_state = is_word(&p->token, "state");
    uint16_t left = 0, last, right = 0;
    int r = parse_unary(p, &left);

    last = left;
    while (!r && (p->token.kind == TOKEN_AND || begins_unary(&p->token))) {
        bool beside = p->token.kind != TOKEN_AND, state;

        r = beside ? 0 : next_token(p);
        state = is_word(&p->token, "state");
        if (!r)
            r = parse_unary(p, &right);
        if (r)
            return r;
        if (beside && state && after_state) {
            p->filter->nodes[last].states |= p->filter->nodes[right].states;
            p->filter->n_nodes--;
            continue;
        }
        last = right;
        after_state = state;
        r = add_pair(p, FILTER_AND, left, right, &left);
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
        r = next_token(p);
        if (!r)
            r = parse_and(p, &right);
        if (!r)
            r = add_pair(p, FILTER_OR, left, right, &left);
    }
    if (!r)
        *ret = left;
    return r;
}

static int parse_all(struct parser *p)
{
    int r = parse_or(p, &p->filter->root);

    if (!r && p->token.kind != TOKEN_END)
        return fail(p, &p->token, "is not expected here");
    return r;
}

int filter_parse(const char *text, struct filter **ret, struct err *err)
{
    struct parser p = {.text = text, .at = text, .err = err};
    int r = next_token(&p);

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
