#include "probes/firewall_match.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

static struct packet_shape ours(const struct firewall_question *q)
{
    return (struct packet_shape){.protocol = q->protocol,
                                 .source = q->local,
                                 .destination = q->remote,
                                 .in = "",
                                 .out = "",
                                 .is_new = !q->established};
}

static struct packet_shape reply(const struct firewall_question *q)
{
    return (struct packet_shape){.reply = true,
                                 .protocol = q->protocol,
                                 .source = q->remote,
                                 .destination = q->local,
                                 .in = "",
                                 .out = ""};
}

static bool enters(enum firewall_hook hook)
{
    return hook == HOOK_INPUT || hook == HOOK_PREROUTING || hook == HOOK_INGRESS;
}

static bool leaves(enum firewall_hook hook)
{
    return hook == HOOK_OUTPUT || hook == HOOK_POSTROUTING || hook == HOOK_EGRESS;
}

static bool passes(const struct firewall_question *q, enum firewall_hook hook, bool is_reply)
{
    switch (q->stand) {
    case FIREWALL_ON_THE_WAY:
        return hook != HOOK_INPUT && hook != HOOK_OUTPUT && hook != HOOK_OTHER;
    case FIREWALL_AT_TARGET:
        return is_reply ? leaves(hook) : enters(hook);
    default:
        if (q->remote_is_here)
            return enters(hook) || leaves(hook);
        return is_reply ? enters(hook) : leaves(hook);
    }
}

/* Only of our own the interface is known. */
static void put_interface(const struct firewall_question *q, enum firewall_hook hook,
                          struct packet_shape *p)
{
    if (q->stand != FIREWALL_OURS)
        return;
    if (leaves(hook))
        p->out = q->interface;
    else
        p->in = q->interface;
}

size_t firewall_shapes(const struct firewall_question *q, enum firewall_hook hook,
                       struct packet_shape ret[2])
{
    size_t n = 0;

    if (passes(q, hook, false)) {
        ret[n] = ours(q);
        put_interface(q, hook, &ret[n++]);
    }
    if (passes(q, hook, true)) {
        ret[n] = reply(q);
        put_interface(q, hook, &ret[n++]);
    }
    return n;
}

enum fit fit_port(uint16_t port, uint16_t low, uint16_t high)
{
    if (!port)
        return FIT_UNKNOWN;
    return port >= low && port <= high ? FIT_YES : FIT_NO;
}

enum fit fit_address(const struct addr *a, const char *text, unsigned prefix)
{
    uint8_t bytes[16];
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;
    unsigned whole = prefix / 8, rest = prefix % 8;

    if (inet_pton(family, text, bytes) != 1 || prefix > (family == AF_INET ? 32U : 128U))
        return FIT_UNKNOWN;
    if (a->family == AF_UNSPEC)
        return FIT_UNKNOWN;
    if (a->family != family || memcmp(a->ip, bytes, whole) != 0)
        return FIT_NO;
    if (rest && (a->ip[whole] ^ bytes[whole]) >> (8 - rest))
        return FIT_NO;
    return FIT_YES;
}

enum fit fit_interface(const char *name, const char *pattern)
{
    size_t len = strlen(pattern);

    if (!name[0])
        return FIT_UNKNOWN;
    if (len && (pattern[len - 1] == '*' || pattern[len - 1] == '+'))
        return strncmp(name, pattern, len - 1) == 0 ? FIT_YES : FIT_NO;
    return strcmp(name, pattern) == 0 ? FIT_YES : FIT_NO;
}

enum fit fit_protocol(const struct packet_shape *p, const char *name)
{
    static const struct {
        const char *name;
        int number;
    } known[] = {
        {"tcp", IPPROTO_TCP},         {"udp", IPPROTO_UDP},          {"icmp", IPPROTO_ICMP},
        {"icmpv6", IPPROTO_ICMPV6},   {"ipv6-icmp", IPPROTO_ICMPV6}, {"sctp", IPPROTO_SCTP},
        {"udplite", IPPROTO_UDPLITE}, {"dccp", IPPROTO_DCCP},        {"esp", IPPROTO_ESP},
        {"ah", IPPROTO_AH},           {"gre", IPPROTO_GRE}};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcasecmp(known[i].name, name) == 0)
            return known[i].number == p->protocol ? FIT_YES : FIT_NO;
    return strcasecmp(name, "all") == 0 ? FIT_YES : FIT_UNKNOWN;
}

static int family_of(const struct packet_shape *p)
{
    return p->destination.family != AF_UNSPEC ? p->destination.family : p->source.family;
}

static enum fit fit_one_family(const struct packet_shape *p, int family)
{
    if (family_of(p) == AF_UNSPEC)
        return FIT_UNKNOWN;
    return family_of(p) == family ? FIT_YES : FIT_NO;
}

enum fit fit_family(const struct packet_shape *p, const char *name)
{
    if (strcmp(name, "ipv4") == 0 || strcmp(name, "ip") == 0)
        return fit_one_family(p, AF_INET);
    if (strcmp(name, "ipv6") == 0 || strcmp(name, "ip6") == 0)
        return fit_one_family(p, AF_INET6);
    return FIT_UNKNOWN;
}

enum fit firewall_fit_table(const struct packet_shape *p, const char *family)
{
    if (strcmp(family, "inet") == 0 || strcmp(family, "netdev") == 0)
        return FIT_YES;
    if (strcmp(family, "arp") == 0)
        return FIT_NO;
    return fit_family(p, family); /* of a bridge it is not known whether they pass it */
}

enum firewall_hook firewall_hook_of(const char *name)
{
    static const char *const names[] = {
        [HOOK_INPUT] = "input",           [HOOK_OUTPUT] = "output",
        [HOOK_FORWARD] = "forward",       [HOOK_PREROUTING] = "prerouting",
        [HOOK_POSTROUTING] = "postrouting", [HOOK_INGRESS] = "ingress",
        [HOOK_EGRESS] = "egress"};

    for (int i = HOOK_INPUT; i <= HOOK_EGRESS; i++)
        if (strcasecmp(names[i], name) == 0)
            return (enum firewall_hook)i;
    return HOOK_OTHER;
}

void firewall_note(struct firewall_facts *f, const struct firewall_rule *rule)
{
    f->active = true;
    for (size_t i = 0; i < f->n_rules; i++) {
        if (strcmp(f->rules[i].where, rule->where) != 0)
            continue;
        f->rules[i].packets_after = rule->packets_before;
        if (!f->seen)
            f->rules[i].matches_surely |= rule->matches_surely;
        return;
    }
    if (f->seen)
        return;
    if (f->n_rules == FIREWALL_RULES) {
        f->rules_left_out++;
        return;
    }
    f->rules[f->n_rules] = *rule;
    f->rules[f->n_rules++].packets_after = rule->packets_before;
}
