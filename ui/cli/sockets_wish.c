/* Which sockets the letters ask for, as ss(8) understands them. */
#include <stdio.h>
#include <string.h>

#include "ui/cli/sockets.h"

#define BIT(state) (UINT32_C(1) << (state))
/* ss(8): without -a and -l, the connected states; bound-inactive rows are never among -a's. */
#define STATES_ALL ((BIT(STATE_COUNT) - 2) & ~BIT(STATE_BOUND_INACTIVE))
#define STATES_CONNECTED                                                                       \
    (STATES_ALL &                                                                              \
     ~(BIT(STATE_LISTEN) | BIT(STATE_CLOSE) | BIT(STATE_TIME_WAIT) | BIT(STATE_SYN_RECV)))

/* Kinds that are never connected: asked for alone, they are shown without -a. */
#define KINDS_UNCONNECTED (KINDS_PACKET | KIND_BIT(KIND_NETLINK))

static uint32_t kinds_by_letters(const struct sockets_choice *c)
{
    return (c->tcp ? KIND_BIT(KIND_TCP) : 0) | (c->udp ? KIND_BIT(KIND_UDP) : 0) |
           (c->udplite ? KIND_BIT(KIND_UDPLITE) : 0) | (c->raw ? KIND_BIT(KIND_RAW) : 0) |
           (c->icmp ? KIND_BIT(KIND_ICMP) : 0) | (c->local ? KINDS_UNIX : 0) |
           (c->packet ? KINDS_PACKET : 0) | (c->mptcp ? KIND_BIT(KIND_MPTCP) : 0) |
           (c->sctp ? KIND_BIT(KIND_SCTP) : 0) | (c->dccp ? KIND_BIT(KIND_DCCP) : 0) |
           (c->vsock ? KINDS_VSOCK : 0);
}

static const struct {
    const char *name;
    uint32_t families, kinds;
} families[] = {
    {"inet", WISH_IPV4, KINDS_INET}, {"inet6", WISH_IPV6, KINDS_INET},
    {"unix", 0, KINDS_UNIX},         {"link", 0, KINDS_PACKET},
    {"vsock", 0, KINDS_VSOCK},       {"netlink", 0, KIND_BIT(KIND_NETLINK)},
};

#define N_FAMILIES (sizeof(families) / sizeof(families[0]))

/* What -A calls them, and the names in the first column. */
static const struct {
    const char *name;
    uint32_t kinds;
} queries[] = {
    {"all", KINDS_ALL},
    {"inet", KINDS_INET},
    {"tcp", KIND_BIT(KIND_TCP)},
    {"mptcp", KIND_BIT(KIND_MPTCP)},
    {"sctp", KIND_BIT(KIND_SCTP)},
    {"dccp", KIND_BIT(KIND_DCCP)},
    {"udp", KIND_BIT(KIND_UDP)},
    {"udplite", KIND_BIT(KIND_UDPLITE)},
    {"raw", KIND_BIT(KIND_RAW)},
    {"icmp", KIND_BIT(KIND_ICMP)},
    {"unix", KINDS_UNIX},
    {"unix_stream", KIND_BIT(KIND_UNIX_STREAM)},
    {"u_str", KIND_BIT(KIND_UNIX_STREAM)},
    {"unix_dgram", KIND_BIT(KIND_UNIX_DGRAM)},
    {"u_dgr", KIND_BIT(KIND_UNIX_DGRAM)},
    {"unix_seqpacket", KIND_BIT(KIND_UNIX_SEQPACKET)},
    {"u_seq", KIND_BIT(KIND_UNIX_SEQPACKET)},
    {"packet", KINDS_PACKET},
    {"packet_raw", KIND_BIT(KIND_PACKET_RAW)},
    {"p_raw", KIND_BIT(KIND_PACKET_RAW)},
    {"packet_dgram", KIND_BIT(KIND_PACKET_DGRAM)},
    {"p_dgr", KIND_BIT(KIND_PACKET_DGRAM)},
    {"netlink", KIND_BIT(KIND_NETLINK)},
    {"vsock", KINDS_VSOCK},
    {"vsock_stream", KIND_BIT(KIND_VSOCK_STREAM)},
    {"v_str", KIND_BIT(KIND_VSOCK_STREAM)},
    {"vsock_dgram", KIND_BIT(KIND_VSOCK_DGRAM)},
    {"v_dgr", KIND_BIT(KIND_VSOCK_DGRAM)},
};

#define N_QUERIES (sizeof(queries) / sizeof(queries[0]))

/* A list with commas; an exclamation mark takes one away from what was there, at first all.
 * What stands there by its own name is asked for, too.  False: a word is none of theirs. */
static bool take_query(const char *list, uint32_t *kinds, uint32_t *asked)
{
    for (const char *word = list; word; word = strchr(word, ',')) {
        size_t i = 0, len;
        bool without;

        word += word != list;
        without = *word == '!';
        word += without;
        len = strcspn(word, ",");
        while (i < N_QUERIES &&
               (strncmp(queries[i].name, word, len) != 0 || queries[i].name[len]))
            i++;
        if (i == N_QUERIES)
            return false;
        if (without)
            *kinds = (*kinds ? *kinds : KINDS_ALL) & ~queries[i].kinds;
        else
            *kinds |= queries[i].kinds;
        if (!without && queries[i].kinds != KINDS_ALL && queries[i].kinds != KINDS_INET)
            *asked |= queries[i].kinds;
    }
    return true;
}

/* Without -a and -l: connected ones; as in ss, a letter of packet sockets or netlink brings what
 * is not connected. */
static uint32_t states_by_default(uint32_t asked)
{
    if (asked && !(asked & ~KINDS_UNCONNECTED))
        return BIT(STATE_CLOSE);
    return STATES_CONNECTED | (asked & KINDS_UNCONNECTED ? BIT(STATE_CLOSE) : 0);
}

/* What the letters ask for; a filter that names states itself asks for those. */
static uint32_t states_of(const struct sockets_choice *c, uint32_t asked,
                          const struct filter *f)
{
    uint32_t by_name;
    /* What is counted is what the console counts. */
    uint32_t states = c->summary     ? ~UINT32_C(0)
                      : c->all       ? STATES_ALL
                      : c->listening ? BIT(STATE_LISTEN) | BIT(STATE_CLOSE)
                                     : states_by_default(asked);

    if (filter_names_states(f, &by_name))
        states = filter_states(f) & (STATES_ALL | by_name);
    if (c->bound)
        states = c->all || c->listening ? states | BIT(STATE_BOUND_INACTIVE)
                                        : BIT(STATE_BOUND_INACTIVE);
    return states;
}

int sockets_wish(const struct subcommand *self, const struct sockets_choice *c,
                 struct wish *wish, uint32_t *ret_asked)
{
    uint32_t kinds = kinds_by_letters(c);
    int len;

    wish->families = (c->ipv4 ? WISH_IPV4 : 0) | (c->ipv6 ? WISH_IPV6 : 0);
    if (c->family) {
        size_t i = 0;

        while (i < N_FAMILIES && strcmp(families[i].name, c->family) != 0)
            i++;
        if (i == N_FAMILIES)
            return cli_usage_error(self, c->family,
                                   "is none of inet, inet6, unix, link, netlink and vsock");
        wish->families |= families[i].families;
        if (!families[i].families)
            kinds |= families[i].kinds;
    }
    *ret_asked = kinds;
    if (c->query && !take_query(c->query, &kinds, ret_asked))
        return cli_usage_error(self, c->query,
                               "names a kind that is none: tcp, udp, raw, unix, packet, "
                               "netlink, unix_stream, ... or all, with commas");
    if (wish->families && !(kinds & KINDS_INET))
        kinds |= KINDS_INET;
    if (!kinds)
        kinds = KINDS_ALL;
    wish->kinds = kinds;
    wish->states = states_of(c, *ret_asked, wish->filter);
    wish->once = true;
    if (c->netns && !c->netns[0])
        return cli_usage_error(self, "--netns", "names no network namespace");
    len = snprintf(wish->netns, sizeof(wish->netns), "%s", c->netns ? c->netns : "");
    if (len < 0 || (size_t)len >= sizeof(wish->netns))
        return cli_usage_error(self, c->netns, "is too long for a network namespace");
    return 0;
}
