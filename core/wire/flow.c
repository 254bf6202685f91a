#include "core/wire/flow.h"

static bool end_matches(const struct addr *wanted, const struct addr *seen)
{
    if (wanted->family != AF_UNSPEC && !addr_same_ip(wanted, seen))
        return false;
    return wanted->port == 0 || wanted->port == seen->port;
}

enum flow_direction flow_match(const struct flow_pick *pick, const struct flow *flow,
                               uint64_t wall_ns)
{
    if (wall_ns < pick->since_wall_ns || (pick->protocol && pick->protocol != flow->protocol))
        return FLOW_NONE;
    if (end_matches(&pick->local, &flow->source) &&
        end_matches(&pick->peer, &flow->destination))
        return FLOW_OUT;
    if (end_matches(&pick->local, &flow->destination) &&
        end_matches(&pick->peer, &flow->source))
        return FLOW_IN;
    return FLOW_NONE;
}

static struct addr open_when_any(const struct addr *a)
{
    struct addr plain = addr_unmapped(a);

    return addr_is_any(&plain) ? (struct addr){.family = AF_UNSPEC, .port = plain.port} : plain;
}

struct flow_pick flow_pick_of(const struct addr *local, const struct addr *peer,
                              uint8_t protocol)
{
    return (struct flow_pick){
        .local = open_when_any(local), .peer = open_when_any(peer), .protocol = protocol};
}
