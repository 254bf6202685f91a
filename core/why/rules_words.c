#include "core/why/rules_words.h"

bool row_covers(const struct row *row, const struct addr *to)
{
    struct addr bound = addr_unmapped(&row->local), wanted = addr_unmapped(to);

    if (bound.port != wanted.port)
        return false;
    if (addr_is_any(&bound))
        return bound.family == wanted.family || (bound.family == AF_INET6 && !row->v6only);
    return addr_same_ip(&bound, &wanted);
}

const struct sighting *listener_for(const struct evidence *e, const struct addr *to)
{
    for (size_t i = 0; i < e->n_sightings; i++) {
        const struct sighting *s = &e->sightings[i];

        if (s->role == ROLE_LISTENER && s->own_netns && row_covers(&s->row, to))
            return s;
    }
    return NULL;
}

bool is_own_address(const struct attempt *a)
{
    return a->route.seen ? a->route.kind == ROUTE_LOCAL : addr_is_loopback(&a->to);
}

const struct firewall_rule *acting_rule(const struct evidence *e, enum firewall_action action,
                                        bool *ret_sure)
{
    const struct firewall_facts *f = &e->surroundings.firewall;
    const struct firewall_rule *found = NULL;

    *ret_sure = false;
    for (size_t i = 0; i < f->n_rules; i++) {
        const struct firewall_rule *rule = &f->rules[i];

        if (rule->action != action)
            continue;
        if (rule->has_counter && rule->packets_after > rule->packets_before) {
            *ret_sure = true;
            return rule;
        }
        if (!rule->has_counter && rule->matches_surely && !found)
            found = rule;
    }
    return found;
}

const char *transport_word(const struct evidence *e)
{
    return e->endpoint.scheme == ENDPOINT_UDP ? "udp" : "tcp";
}
