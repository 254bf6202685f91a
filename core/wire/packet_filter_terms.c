/* The terms of the language; its grammar is packet_filter_parse.c's. */
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/mem.h"
#include "core/model/filter_value.h"
#include "core/wire/packet_filter_terms.h"

#define HINT_TERMS                                                                             \
    "port, host, src, dst, proto, flags, len, payload, window, seq, ack, ttl, rtt, finding, "  \
    "conversation, pid, comm, session, interface, contains, /regex/"

/* What begins a term, and how the rest of it is read. */
struct term_word {
    const char *word;
    int (*parse)(struct packet_parser *p, const struct term_word *w, uint16_t *ret);
    enum packet_term_kind kind;
    enum filter_side side;
    const char *what; /* its value, for a person */
    uint64_t max;     /* of a number */
};

/* ---- terms are added -------------------------------------------------------------------- */

int packet_filter_add(struct packet_parser *p, const struct packet_term *term, uint16_t *ret)
{
    if (p->filter->n_terms == PACKET_TERMS_MAX) {
        packet_pattern_free(term->pattern);
        free(term->word);
        return lex_fail(&p->lex, &p->lex.token, "is one term too many: %d fit",
                        PACKET_TERMS_MAX);
    }
    p->filter->terms[p->filter->n_terms] = *term;
    *ret = p->filter->n_terms++;
    return 0;
}

/* The last step of each term: it is added, and the token behind its value is read. */
static int end_term(struct packet_parser *p, const struct packet_term *term, uint16_t *ret)
{
    int r = packet_filter_add(p, term, ret);

    return r ? r : lex_next(&p->lex);
}

static struct packet_term term_of(const struct term_word *w)
{
    return (struct packet_term){
        .kind = (uint8_t)w->kind, .side = (uint8_t)w->side, .op = OP_EQ};
}

/* ---- values ----------------------------------------------------------------------------- */

static int parse_op(struct packet_parser *p, struct packet_term *term)
{
    enum filter_op op = OP_EQ;
    bool given = lex_is_op(&p->lex.token, &op);

    term->op = (uint8_t)op;
    return given ? lex_next(&p->lex) : 0;
}

static int parse_equality(struct packet_parser *p, struct packet_term *term)
{
    struct token t = p->lex.token;
    int r = parse_op(p, term);

    if (!r && term->op != OP_EQ && term->op != OP_NE)
        return lex_fail(&p->lex, &t, "does not fit here: only = and != do");
    return r;
}

static int parse_word(struct packet_parser *p, const char *what, char *buf, size_t size)
{
    if (p->lex.token.kind == TOKEN_TEXT)
        lex_whole_word(&p->lex);
    if (p->lex.token.kind != TOKEN_WORD)
        return lex_fail(&p->lex, &p->lex.token, "where %s is expected", what);
    if (!lex_copy(&p->lex.token, buf, size))
        return lex_fail(&p->lex, &p->lex.token, "is too long");
    return 0;
}

/* ---- terms ------------------------------------------------------------------------------ */

static int parse_port(struct packet_parser *p, const struct term_word *w, uint16_t *ret)
{
    struct packet_term term = term_of(w);
    char text[FILTER_WORD_BYTES] = "";
    int r = parse_op(p, &term);

    if (!r)
        r = parse_word(p, "a port", text, sizeof(text));
    if (r)
        return r;
    if (!value_ports(text + (text[0] == ':'), &term.low, &term.high)) {
        lex_fail(&p->lex, &p->lex.token, "is no port");
        err_hint(p->lex.err, "a port is 80, :80, http, 1024-2048 or *");
        return -EINVAL;
    }
    if (term.low != term.high && term.op != OP_EQ && term.op != OP_NE)
        return lex_fail(&p->lex, &p->lex.token, "is a range: only = and != take one");
    return end_term(p, &term, ret);
}

static int parse_host(struct packet_parser *p, const struct term_word *w, uint16_t *ret)
{
    struct packet_term term = term_of(w);
    char text[FILTER_WORD_BYTES] = "", *port;
    int r = parse_equality(p, &term);

    if (!r)
        r = parse_word(p, "an address", text, sizeof(text));
    if (r)
        return r;
    port = value_cut_port(text);
    term.high = 65535;
    if (!value_prefix(text, AF_UNSPEC, &term.addr, &term.prefix)) {
        lex_fail(&p->lex, &p->lex.token, "is no address");
        err_hint(p->lex.err,
                 "10.0.0.1, 10.0.0.0/8, [fd00::]/8, 10.0.0.1:80, *:80, or a name of "
                 "/etc/hosts: others are not looked up");
        return -EINVAL;
    }
    if (port && !value_ports(port, &term.low, &term.high))
        return lex_fail(&p->lex, &p->lex.token, "has no port behind the colon");
    return end_term(p, &term, ret);
}

/* Names that say more than what a packet is called; of the others only the name is known. */
static const struct {
    const char *word;
    uint8_t protocol, family;
    const char *name; /* as the decoder calls it; NULL: the same */
} protocols[] = {
    {"ip", 0, AF_INET, "IPv4"},
    {"ipv4", 0, AF_INET, NULL},
    {"ip6", 0, AF_INET6, "IPv6"},
    {"ipv6", 0, AF_INET6, NULL},
    {"tcp", IPPROTO_TCP, 0, NULL},
    {"udp", IPPROTO_UDP, 0, NULL},
    {"sctp", IPPROTO_SCTP, 0, NULL},
    {"udplite", IPPROTO_UDPLITE, 0, "UDP-Lite"},
    {"dccp", IPPROTO_DCCP, 0, NULL},
    {"icmp", 0, 0, NULL},
    {"icmp6", 0, 0, "ICMPv6"},
    {"icmpv6", 0, 0, NULL},
    {"arp", 0, 0, NULL},
    {"dns", 0, 0, NULL},
    {"http", 0, 0, NULL},
    {"tls", 0, 0, NULL},
    {"dhcp", 0, 0, NULL},
    {"ntp", 0, 0, NULL},
};

/* False: the name is none of those. */
static bool set_protocol(struct packet_term *term, const char *name)
{
    for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
        if (strcasecmp(protocols[i].word, name) == 0) {
            const char *called = protocols[i].name ? protocols[i].name : name;

            term->protocol = protocols[i].protocol;
            term->family = protocols[i].family;
            term->word = mem_copy(called, strlen(called));
            return true;
        }
    }
    return false;
}

static int parse_proto(struct packet_parser *p, const struct term_word *w, uint16_t *ret)
{
    struct packet_term term = term_of(w);
    char text[FILTER_WORD_BYTES] = "";
    int r = parse_equality(p, &term);

    if (!r)
        r = parse_word(p, w->what, text, sizeof(text));
    if (r)
        return r;
    if (!set_protocol(&term, text))
        term.word = mem_copy(text, strlen(text));
    return end_term(p, &term, ret);
}

/* "syn,ack", "none". */
static bool read_flags(char *text, uint32_t *ret)
{
    static const char *const names[] = {"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"};
    char *save = NULL;

    *ret = 0;
    if (strcasecmp(text, "none") == 0)
        return true;
    for (char *word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
        size_t i = 0, n = sizeof(names) / sizeof(names[0]);

        while (i < n && strcasecmp(word, names[i]) != 0)
            i++;
        if (i == n)
            return false;
        *ret |= UINT32_C(1) << i;
    }
    return *ret != 0;
}

static int parse_flags(struct packet_parser *p, const struct term_word *w, uint16_t *ret)
{
    struct packet_term term = term_of(w);
    char text[FILTER_WORD_BYTES] = "";
    enum filter_op ignored;
    bool compared = lex_is_op(&p->lex.token, &ignored);
    int r = parse_equality(p, &term);

    if (!r)
        r = parse_word(p, "a TCP flag", text, sizeof(text));
    if (r)
        return r;
    if (!read_flags(text, &term.low)) {
        lex_fail(&p->lex, &p->lex.token, "is no TCP flag");
        err_hint(p->lex.err, "fin, syn, rst, psh, ack, urg, ece, cwr, none, or some of them "
                             "with commas: syn,ack");
        return -EINVAL;
    }
    /* All flags hold none. */
    term.all_of = !compared && term.low != 0;
    return end_term(p, &term, ret);
}

static int parse_number(struct packet_parser *p, const struct term_word *w, uint16_t *ret)
{
    enum column_unit unit = w->kind == PACKET_RTT ? UNIT_MS : UNIT_BYTES;
    bool exact = w->kind == PACKET_PID || w->kind == PACKET_CONVERSATION;
    struct packet_term term = term_of(w);
    char text[FILTER_WORD_BYTES] = "";
    uint64_t scale;
    int r = w->kind == PACKET_PID ? parse_equality(p, &term) : parse_op(p, &term);

    if (!r)
        r = parse_word(p, w->what, text, sizeof(text));
    if (r)
        return r;
    if (exact ? value_integer(text, w->max, &term.number)
              : value_amount(text, unit, &term.number, &scale) && term.number <= w->max)
        return end_term(p, &term, ret);
    lex_fail(&p->lex, &p->lex.token, "is not %s", w->what);
    if (!exact)
        err_hint(p->lex.err, "%s takes a number %s", w->word, value_amount_words(unit));
    return -EINVAL;
}

/* Whether the term's value is left out: "session", "finding and ...". */
static bool stands_alone(const struct packet_parser *p)
{
    enum filter_op ignored;

    return p->lex.token.kind != TOKEN_WORD && !lex_is_op(&p->lex.token, &ignored);
}

static int parse_finding(struct packet_parser *p, const struct term_word *w, uint16_t *ret)
{
    struct packet_term term = term_of(w);
    char text[FILTER_WORD_BYTES] = "", *c;
    enum finding finding;
    int r;

    term.low = UINT32_MAX;
    if (stands_alone(p))
        return packet_filter_add(p, &term, ret);
    r = parse_equality(p, &term);
    if (!r)
        r = parse_word(p, w->what, text, sizeof(text));
    if (r)
        return r;
    for (c = text; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    finding = finding_by_id(text);
    if (finding == FINDING_COUNT) {
        lex_fail(&p->lex, &p->lex.token, "is no finding");
        err_hint(p->lex.err, "retransmission, out-of-order, duplicate-ack, lost-segment, "
                             "window-full, zero-window, zero-window-probe, keep-alive, ...");
        return -EINVAL;
    }
    term.low = FINDING_BIT((uint32_t)finding);
    return end_term(p, &term, ret);
}

static int parse_name(struct packet_parser *p, const struct term_word *w, uint16_t *ret)
{
    struct packet_term term = term_of(w);
    char text[FILTER_WORD_BYTES] = "";
    int r;

    if (w->kind == PACKET_SESSION && stands_alone(p)) {
        term.word = mem_copy("", 0);
        return packet_filter_add(p, &term, ret);
    }
    r = parse_equality(p, &term);
    if (!r)
        r = parse_word(p, w->what, text, sizeof(text));
    if (r)
        return r;
    term.word = mem_copy(text, strlen(text));
    return end_term(p, &term, ret);
}

/* What is wrong with a pattern, at its place in the filter. */
static int fail_pattern(struct packet_parser *p, const struct token *t, const struct err *why)
{
    size_t at = why->place ? why->place - 1 : 0;
    struct token rest = *t;
    const char *reason = strstr(why->reason, ": ");

    rest.at += at < rest.len ? at : 0;
    rest.len -= at < rest.len ? at : 0;
    lex_fail(&p->lex, &rest, "is no pattern");
    err_hint(p->lex.err, "%s", reason ? reason + 2 : why->reason);
    return -EINVAL;
}

static int parse_contains(struct packet_parser *p, const struct term_word *w, uint16_t *ret)
{
    struct packet_term term = term_of(w);
    struct err err = {0};
    struct token *t = &p->lex.token;
    int r;

    if (t->kind == TOKEN_TEXT)
        lex_whole_word(&p->lex);
    if (t->kind != TOKEN_WORD)
        return lex_fail(&p->lex, t, "where %s is expected", w->what);
    if (!t->quoted && t->len > 2 && strncasecmp(t->at, "0x", 2) == 0)
        r = packet_pattern_hex(t->at, t->len, &term.pattern, &err);
    else
        r = packet_pattern_text(t->at, t->len, false, &term.pattern, &err);
    return r < 0 ? fail_pattern(p, t, &err) : end_term(p, &term, ret);
}

/* The lexer ends it at the first slash; one behind a backslash belongs to it. */
static int parse_regex(struct packet_parser *p, uint16_t *ret)
{
    struct packet_term term = {.kind = PACKET_BYTES};
    struct token t = p->lex.token;
    char regex[PATTERN_BYTES];
    const char *c = t.at + 1;
    struct err err = {0};
    size_t len = 0;
    bool any_case;
    int r;

    for (; *c && *c != '/' && len < sizeof(regex) - 1; c++) {
        if (*c == '\\' && c[1] == '/')
            c++;
        else if (*c == '\\' && c[1] && len < sizeof(regex) - 2)
            regex[len++] = *c++;
        regex[len++] = *c;
    }
    t.len = (size_t)(c - t.at);
    if (*c != '/')
        return lex_fail(&p->lex, &t, *c ? "is too long" : "has no second /");
    any_case = c[1] == 'i' && (!c[2] || isspace((unsigned char)c[2]) || strchr("()&|", c[2]));
    r = packet_pattern_regex(regex, len, any_case, &term.pattern, &err);
    t.at++;
    t.len--;
    if (r < 0)
        return fail_pattern(p, &t, &err);
    p->lex.at = c + 1 + any_case;
    return end_term(p, &term, ret);
}

/* A port, an address, a protocol, or bytes in quotes. */
static int parse_bare(struct packet_parser *p, uint16_t *ret)
{
    static const struct term_word port = {"port",      parse_port, PACKET_PORT,
                                          SIDE_EITHER, NULL,       0};
    static const struct term_word host = {"host",      parse_host, PACKET_HOST,
                                          SIDE_EITHER, NULL,       0};
    static const struct term_word bytes = {"",          parse_contains, PACKET_BYTES,
                                           SIDE_EITHER, NULL,           0};
    struct packet_term term = {.kind = PACKET_PROTO, .op = OP_EQ};
    const struct token *t = &p->lex.token;
    char text[FILTER_WORD_BYTES] = "";

    if (t->quoted)
        return parse_contains(p, &bytes, ret);
    if (!lex_copy(t, text, sizeof(text)))
        return lex_fail(&p->lex, t, "is too long");
    if (strspn(text, "0123456789-") == t->len || (text[0] == ':' && isdigit(text[1])))
        return parse_port(p, &port, ret);
    if (isdigit((unsigned char)text[0]) || strpbrk(text, ":[*"))
        return parse_host(p, &host, ret);
    if (set_protocol(&term, text))
        return end_term(p, &term, ret);
    lex_fail(&p->lex, t, "is none of this language's words");
    err_hint(p->lex.err, HINT_TERMS);
    return -EINVAL;
}

static const struct term_word words[] = {
    {"port", parse_port, PACKET_PORT, SIDE_EITHER, NULL, 0},
    {"sport", parse_port, PACKET_PORT, SIDE_LOCAL, NULL, 0},
    {"dport", parse_port, PACKET_PORT, SIDE_PEER, NULL, 0},
    {"host", parse_host, PACKET_HOST, SIDE_EITHER, NULL, 0},
    {"src", parse_host, PACKET_HOST, SIDE_LOCAL, NULL, 0},
    {"dst", parse_host, PACKET_HOST, SIDE_PEER, NULL, 0},
    {"proto", parse_proto, PACKET_PROTO, SIDE_EITHER, "a protocol", 0},
    {"flags", parse_flags, PACKET_FLAGS, SIDE_EITHER, NULL, 0},
    {"len", parse_number, PACKET_LEN, SIDE_EITHER, "a number of bytes", UINT32_MAX},
    {"payload", parse_number, PACKET_PAYLOAD, SIDE_EITHER, "a number of bytes", UINT32_MAX},
    {"window", parse_number, PACKET_WINDOW, SIDE_EITHER, "a window", UINT32_MAX},
    {"seq", parse_number, PACKET_SEQ, SIDE_EITHER, "a sequence number", UINT32_MAX},
    {"ack", parse_number, PACKET_ACK, SIDE_EITHER, "a sequence number", UINT32_MAX},
    {"ttl", parse_number, PACKET_TTL, SIDE_EITHER, "a number of hops", UINT32_MAX},
    {"rtt", parse_number, PACKET_RTT, SIDE_EITHER, "a duration", UINT64_MAX},
    {"conversation", parse_number, PACKET_CONVERSATION, SIDE_EITHER,
     "a number of a conversation", UINT32_MAX},
    {"pid", parse_number, PACKET_PID, SIDE_EITHER, "a number of a process", INT32_MAX},
    {"finding", parse_finding, PACKET_FINDING, SIDE_EITHER, "a finding", 0},
    {"comm", parse_name, PACKET_COMM, SIDE_EITHER, "a process name", 0},
    {"session", parse_name, PACKET_SESSION, SIDE_EITHER, "a session", 0},
    {"interface", parse_name, PACKET_INTERFACE, SIDE_EITHER, "an interface", 0},
    {"contains", parse_contains, PACKET_BYTES, SIDE_EITHER, "a text or 0x and bytes in hex", 0},
};

int packet_filter_parse_term(struct packet_parser *p, uint16_t *ret)
{
    size_t i = 0, n = sizeof(words) / sizeof(words[0]);
    int r;

    if (p->lex.token.kind == TOKEN_TEXT)
        return parse_regex(p, ret);
    while (i < n && !lex_is(&p->lex.token, words[i].word))
        i++;
    if (i == n)
        return parse_bare(p, ret);
    r = lex_next(&p->lex);
    return r ? r : words[i].parse(p, &words[i], ret);
}
