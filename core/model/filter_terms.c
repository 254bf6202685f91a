/* The terms of the language; its grammar is filter_parse.c's. */
#include "core/model/filter_terms.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <strings.h>

#include "core/model/filter_value.h"

/* ---- nodes ---- */

static int add_node(struct parser *p, const struct filter_node *node, uint16_t *ret)
{
    if (p->filter->n_nodes == FILTER_NODES_MAX)
        return lex_fail(p, &p->token, "is one term too many: %d fit", FILTER_NODES_MAX);
    p->filter->nodes[p->filter->n_nodes] = *node;
    *ret = p->filter->n_nodes++;
    return 0;
}

int filter_add_pair(struct parser *p, enum filter_kind kind, uint16_t left, uint16_t right,
                    uint16_t *ret)
{
    return add_node(p, &(struct filter_node){.kind = kind, .left = left, .right = right}, ret);
}

/* The last step of each term: its node, and the token behind its value. */
static int add_term(struct parser *p, const struct filter_node *node, uint16_t *ret)
{
    int r = add_node(p, node, ret);

    return r ? r : lex_next(p);
}

/* ---- values ---- */

/* An operator, if there is one; "=" else. */
static int parse_op(struct parser *p, enum filter_op *ret)
{
    *ret = OP_EQ;
    return lex_is_op(&p->token, ret) ? lex_next(p) : 0;
}

/* "=" and "!=" are all that names and addresses know. */
static int parse_equality(struct parser *p, enum filter_op *ret)
{
    struct token t = p->token;
    int r = parse_op(p, ret);

    if (!r && *ret != OP_EQ && *ret != OP_NE)
        return lex_fail(p, &t, "does not fit here: only = and != do");
    return r;
}

/* The word that a keyword needs.  Paths begin with what else begins a /text/. */
static int parse_word(struct parser *p, const char *what, char *buf, size_t size)
{
    if (p->token.kind == TOKEN_TEXT)
        lex_whole_word(p);
    if (p->token.kind != TOKEN_WORD)
        return lex_fail(p, &p->token, "where %s is expected", what);
    if (!lex_copy(&p->token, buf, size))
        return lex_fail(p, &p->token, "is too long");
    return 0;
}

/* ---- terms ---- */

struct term {
    const char *word;
    int (*parse)(struct parser *p, const struct term *term, uint16_t *ret);
    enum filter_kind kind;
    enum filter_side side;
    int family;
    const char *what; /* its value, for a person */
};

static int add_states(struct parser *p, bool exclude, uint16_t *ret)
{
    struct filter_node node = {.kind = FILTER_STATE};
    char name[FILTER_WORD_BYTES];
    int r = parse_word(p, "a state", name, sizeof(name));

    if (r)
        return r;
    node.set = value_states(name);
    if (!node.set) {
        lex_fail(p, &p->token, "is no state");
        err_hint(p->err, "established, syn-sent, syn-recv, fin-wait-1, fin-wait-2, time-wait, "
                         "closed, close-wait, last-ack, listening, closing, all, connected, "
                         "synchronized");
        return -EINVAL;
    }
    if (!exclude && state_parse(name))
        node.number = node.set;
    if (exclude)
        node.set = FILTER_EVERY_STATE & ~node.set;
    return add_term(p, &node, ret);
}

static int parse_state(struct parser *p, const struct term *term, uint16_t *ret)
{
    (void)term;
    return add_states(p, false, ret);
}

static int parse_exclude(struct parser *p, const struct term *term, uint16_t *ret)
{
    (void)term;
    return add_states(p, true, ret);
}

static const struct {
    const char *word;
    int family;
} families[] = {
    {"inet", AF_INET},   {"inet6", AF_INET6},     {"unix", AF_UNIX},
    {"link", AF_PACKET}, {"netlink", AF_NETLINK}, {"vsock", AF_VSOCK},
};

/* The family of "unix:/run/x" and where its address begins; AF_UNSPEC and 0: none named. */
static int named_family(const char *text, size_t *ret_prefix)
{
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        size_t len = strlen(families[i].word);

        if (strncasecmp(text, families[i].word, len) == 0 && text[len] == ':') {
            *ret_prefix = len + 1;
            return families[i].family;
        }
    }
    *ret_prefix = 0;
    return AF_UNSPEC;
}

static int parse_port(struct parser *p, const struct term *term, uint16_t *ret)
{
    struct filter_node node = {.kind = FILTER_PORT, .side = term->side};
    char text[FILTER_WORD_BYTES], *port;
    uint64_t number = 0;
    size_t prefix;
    int r = parse_op(p, &node.op);

    if (!r)
        r = parse_word(p, "a port", text, sizeof(text));
    if (r)
        return r;
    node.addr.family = (uint8_t)named_family(text, &prefix);
    port = text + prefix;
    port += *port == ':';
    if (node.addr.family == AF_NETLINK || node.addr.family == AF_VSOCK) {
        if (!value_integer(port, UINT32_MAX, &number))
            return lex_fail(p, &p->token, "is no port");
        node.low = node.high = (uint32_t)number;
    } else if ((node.addr.family != AF_UNSPEC && node.addr.family != AF_INET &&
                node.addr.family != AF_INET6) ||
               !value_ports(port, &node.low, &node.high)) {
        lex_fail(p, &p->token, "is no port");
        err_hint(p->err, "a port is :80, 80, http, 1024-2048 or *");
        return -EINVAL;
    }
    if (node.low != node.high && node.op != OP_EQ && node.op != OP_NE)
        return lex_fail(p, &p->token, "is a range: only = and != take one");
    return add_term(p, &node, ret);
}

static int parse_ip(struct parser *p, struct filter_node *node, int family, char *text,
                    uint16_t *ret)
{
    struct filter_node only = {.kind = FILTER_FAMILY, .addr.family = (uint8_t)family};
    char *port = value_cut_port(text);
    uint16_t address = 0, named = 0;
    int r;

    node->kind = FILTER_ADDR;
    node->high = 65535;
    if (!value_prefix(text, family, &node->addr, &node->prefix)) {
        lex_fail(p, &p->token, "is no address");
        err_hint(p->err, "10.0.0.1, 10.0.0.0/8, [fd00::]/8, 10.0.0.1:80, *:80, unix:PATTERN, "
                         "or a name of /etc/hosts: others are not looked up");
        return -EINVAL;
    }
    if (port && !value_ports(port, &node->low, &node->high))
        return lex_fail(p, &p->token, "has no port behind the colon");
    if (family == AF_UNSPEC)
        return add_term(p, node, ret);
    /* A family that is named leaves mapped addresses out. */
    r = add_node(p, node, &address);
    if (!r)
        r = add_node(p, &only, &named);
    if (!r)
        r = filter_add_pair(p, FILTER_AND, address, named, ret);
    return r ? r : lex_next(p);
}

static int parse_address(struct parser *p, const struct term *term, uint16_t *ret)
{
    struct filter_node node = {.side = term->side};
    char text[FILTER_WORD_BYTES] = "";
    size_t prefix;
    int family, r = parse_equality(p, &node.op);

    if (r)
        return r;
    family = p->token.kind == TOKEN_WORD ? named_family(p->token.at, &prefix) : AF_UNSPEC;
    if (family != AF_UNSPEC && family != AF_INET && family != AF_INET6)
        lex_whole_word(p);
    r = parse_word(p, "an address", text, sizeof(text));
    if (r)
        return r;
    family = named_family(text, &prefix);
    if (family == AF_UNSPEC && (text[0] == '/' || text[0] == '@'))
        family = AF_UNIX;
    if (family == AF_UNSPEC || family == AF_INET || family == AF_INET6)
        return parse_ip(p, &node, family, text + prefix, ret);
    node.kind = FILTER_NAME;
    node.addr.family = (uint8_t)family;
    memcpy(node.word, text + prefix, strlen(text + prefix) + 1);
    return add_term(p, &node, ret);
}

/* A word that is a whole term. */
static int parse_fact(struct parser *p, const struct term *term, uint16_t *ret)
{
    struct filter_node node = {.kind = term->kind, .addr.family = (uint8_t)term->family};

    return add_node(p, &node, ret);
}

static int parse_autobound(struct parser *p, const struct term *term, uint16_t *ret)
{
    struct filter_node node = {.kind = term->kind};

    value_ephemeral(&node.low, &node.high);
    return add_node(p, &node, ret);
}

/* A number of one of the row's own fields. */
static int parse_number(struct parser *p, const struct term *term, uint16_t *ret)
{
    bool queue = term->kind == FILTER_RECVQ || term->kind == FILTER_SENDQ;
    enum column_unit unit = queue ? UNIT_BYTES : UNIT_NONE;
    struct filter_node node = {.kind = term->kind, .scale = 1};
    char text[FILTER_WORD_BYTES];
    int r = parse_op(p, &node.op);

    if (!r)
        r = parse_word(p, "a number", text, sizeof(text));
    if (r)
        return r;
    if (queue ? !value_amount(text, unit, &node.number, &node.scale)
              : !value_integer(text, UINT64_MAX, &node.number)) {
        lex_fail(p, &p->token, "is no number");
        if (queue)
            err_hint(p->err, "a number %s", value_amount_words(unit));
        return -EINVAL;
    }
    return add_term(p, &node, ret);
}

/* What the name stands for. */
static bool name_value(struct filter_node *node, char *text)
{
    switch (node->kind) {
    case FILTER_UID:
        return value_user(text, &node->number);
    case FILTER_DEVICE: /* of which namespace is not known here */
        node->is_number = value_integer(text, INT32_MAX, &node->number);
        return strlen(text) < IF_NAMESIZE && !strchr(text, '/');
    case FILTER_CGROUP:
        return value_cgroup(text, &node->number);
    case FILTER_MARK:
        return value_mark(text, &node->number, &node->mask);
    case FILTER_KIND:
        node->set = value_kinds(text);
        if (node->op == OP_NE && node->set)
            node->set = KINDS_ALL & ~node->set;
        return node->set;
    case FILTER_NETNS:
        node->is_number = value_integer(text, UINT64_MAX, &node->number);
        return true;
    default:
        return true;
    }
}

static int parse_name(struct parser *p, const struct term *term, uint16_t *ret)
{
    struct filter_node node = {.kind = term->kind};
    char text[512];
    int r = parse_equality(p, &node.op);

    if (r)
        return r;
    /* A mark is all one word: "0x1/0xff". */
    if (p->token.kind == TOKEN_WORD && node.kind == FILTER_MARK)
        lex_whole_word(p);
    r = parse_word(p, term->what, text, sizeof(text));
    if (r)
        return r;
    if (strlen(text) < sizeof(node.word))
        memcpy(node.word, text, strlen(text) + 1);
    else if (node.kind != FILTER_CGROUP)
        return lex_fail(p, &p->token, "is too long");
    if (!name_value(&node, text)) {
        lex_fail(p, &p->token, "is not %s", term->what);
        if (node.kind == FILTER_KIND)
            err_hint(p->err, "tcp, udp, raw, unix, packet, netlink, ..., or u_str and such");
        return -EINVAL;
    }
    return add_term(p, &node, ret);
}

/* A bare word, or /text/. */
static int parse_text(struct parser *p, uint16_t *ret)
{
    struct filter_node node = {.kind = FILTER_TEXT};
    struct token inner = p->token;

    if (inner.kind == TOKEN_TEXT) {
        if (inner.len < 2 || inner.at[inner.len - 1] != '/')
            return lex_fail(p, &p->token, "has no second /");
        inner.at++;
        inner.len -= 2;
    }
    if (!lex_copy(&inner, node.word, sizeof(node.word)))
        return lex_fail(p, &p->token, "is too long");
    return add_term(p, &node, ret);
}

static int parse_column(struct parser *p, const struct column *c, enum filter_op op,
                        uint16_t *ret)
{
    struct filter_node node = {.kind = FILTER_COLUMN, .op = op, .column = c, .scale = 1};
    int r = lex_next(p);

    if (!r)
        r = parse_word(p, "a value", node.word, sizeof(node.word));
    if (r)
        return r;
    node.is_number = value_amount(node.word, c->unit, &node.number, &node.scale);
    if (node.is_number || (c->unit == UNIT_NONE && (op == OP_EQ || op == OP_NE)))
        return add_term(p, &node, ret);
    lex_fail(p, &p->token, "is no number");
    err_hint(p->err, "%s takes a number %s", c->name, value_amount_words(c->unit));
    return -EINVAL;
}

/* "rtt > 50ms", "v6only", or only a word. */
static int parse_other(struct parser *p, uint16_t *ret)
{
    struct filter_node node = {.kind = FILTER_FLAG};
    struct parser ahead = *p;
    enum filter_op op;
    int r;

    if (p->token.kind == TOKEN_TEXT || p->token.quoted ||
        !lex_copy(&p->token, node.word, sizeof(node.word)))
        return parse_text(p, ret);
    node.column = column_find(node.word);
    r = lex_next(&ahead);
    if (r)
        return r;
    if (node.column && lex_is_op(&ahead.token, &op)) {
        *p = ahead;
        return parse_column(p, node.column, op, ret);
    }
    if (ahead.token.kind == TOKEN_OP) {
        lex_fail(p, &p->token, "is nothing that can be compared");
        err_hint(p->err, "names: sport, dport, src, dst, dev, pid, comm, user, netns, proto, "
                         "inode, recvq, sendq and every other column (sockets --columns help)");
        return -EINVAL;
    }
    if (node.column && node.column->unit == UNIT_NONE)
        return add_term(p, &node, ret);
    return parse_text(p, ret);
}

static const struct term terms[] = {
    {"state", parse_state, FILTER_STATE, SIDE_EITHER, 0, NULL},
    {"exclude", parse_exclude, FILTER_STATE, SIDE_EITHER, 0, NULL},
    {"sport", parse_port, FILTER_PORT, SIDE_LOCAL, 0, NULL},
    {"dport", parse_port, FILTER_PORT, SIDE_PEER, 0, NULL},
    {"port", parse_port, FILTER_PORT, SIDE_EITHER, 0, NULL},
    {"src", parse_address, FILTER_ADDR, SIDE_LOCAL, 0, NULL},
    {"dst", parse_address, FILTER_ADDR, SIDE_PEER, 0, NULL},
    {"dev", parse_name, FILTER_DEVICE, SIDE_EITHER, 0, "a name of a device"},
    {"fwmark", parse_name, FILTER_MARK, SIDE_EITHER, 0, "a mark like 0x1 or 0x1/0xff"},
    {"cgroup", parse_name, FILTER_CGROUP, SIDE_EITHER, 0, "a control group of this host"},
    {"autobound", parse_autobound, FILTER_AUTOBOUND, SIDE_EITHER, 0, NULL},
    {"inet", parse_fact, FILTER_FAMILY, SIDE_EITHER, AF_INET, NULL},
    {"inet6", parse_fact, FILTER_FAMILY, SIDE_EITHER, AF_INET6, NULL},
    {"unix", parse_fact, FILTER_FAMILY, SIDE_EITHER, AF_UNIX, NULL},
    {"link", parse_fact, FILTER_FAMILY, SIDE_EITHER, AF_PACKET, NULL},
    {"netlink", parse_fact, FILTER_FAMILY, SIDE_EITHER, AF_NETLINK, NULL},
    {"vsock", parse_fact, FILTER_FAMILY, SIDE_EITHER, AF_VSOCK, NULL},
    {"limited", parse_fact, FILTER_LIMITED, SIDE_EITHER, 0, NULL},
    {"recvq", parse_number, FILTER_RECVQ, SIDE_EITHER, 0, NULL},
    {"sendq", parse_number, FILTER_SENDQ, SIDE_EITHER, 0, NULL},
    {"uid", parse_number, FILTER_UID, SIDE_EITHER, 0, NULL},
    {"inode", parse_number, FILTER_INODE, SIDE_EITHER, 0, NULL},
    {"cookie", parse_number, FILTER_COOKIE, SIDE_EITHER, 0, NULL},
    {"pid", parse_number, FILTER_PID, SIDE_EITHER, 0, NULL},
    {"user", parse_name, FILTER_UID, SIDE_EITHER, 0, "a user of this host"},
    {"comm", parse_name, FILTER_COMM, SIDE_EITHER, 0, "a process name"},
    {"command", parse_name, FILTER_COMMAND, SIDE_EITHER, 0, "a part of a command line"},
    {"container", parse_name, FILTER_CONTAINER, SIDE_EITHER, 0, "a container"},
    {"netns", parse_name, FILTER_NETNS, SIDE_EITHER, 0, "a network namespace"},
    {"proto", parse_name, FILTER_KIND, SIDE_EITHER, 0, "a kind of socket"},
};

int filter_parse_term(struct parser *p, uint16_t *ret)
{
    size_t i = 0, n = sizeof(terms) / sizeof(terms[0]);
    int r;

    while (i < n && !lex_is(&p->token, terms[i].word))
        i++;
    if (i == n)
        return parse_other(p, ret);
    r = lex_next(p);
    return r ? r : terms[i].parse(p, &terms[i], ret);
}
