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

size_t firewall_shapes(const struct firewall_question *q, enum firewall_hook hook,
                       struct packet_shape ret[2])
{
    bool leaves = hook == HOOK_OUTPUT || hook == HOOK_OTHER;
    bool enters = hook == HOOK_INPUT || hook == HOOK_PREROUTING || hook == HOOK_OTHER;
    size_t n = 0;

    if (leaves || (enters && q->remote_is_here)) {
        ret[n] = ours(q);
        if (hook == HOOK_OUTPUT)
            ret[n].out = q->interface;
        else if (enters && hook != HOOK_OTHER)
            ret[n].in = q->interface;
        n++;
    }
    if (enters || (leaves && q->remote_is_here)) {
        ret[n] = reply(q);
        if (hook == HOOK_OUTPUT)
            ret[n].out = q->interface;
        else if (hook != HOOK_OTHER)
            ret[n].in = q->interface;
        n++;
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

enum firewall_hook firewall_hook_of(const char *name)
{
    static const char *const names[] = {[HOOK_INPUT] = "input",
                                        [HOOK_OUTPUT] = "output",
                                        [HOOK_FORWARD] = "forward",
                                        [HOOK_PREROUTING] = "prerouting"};

    for (int i = HOOK_INPUT; i <= HOOK_PREROUTING; i++)
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
