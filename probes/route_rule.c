/* Rules of routing that say no by themselves: ip-rule(8), fib_rules.h.
 *
 * One of type unreachable gives the errno of a table without a route (net/ipv4/fib_rules.c): only the
 * rule tells them apart. */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "probes/route_parse.h"

static bool fits_address(const struct nlattr *attribute, unsigned prefix, const struct addr *to)
{
    size_t bytes = to->family == AF_INET ? 4 : 16, whole = prefix / 8;
    const uint8_t *wanted = mnl_attr_get_payload(attribute);
    unsigned rest = prefix % 8;

    if (mnl_attr_get_payload_len(attribute) < bytes || prefix > 8 * bytes ||
        memcmp(wanted, to->ip, whole) != 0)
        return false;
    return !rest || !((wanted[whole] ^ to->ip[whole]) >> (8 - rest));
}

static bool fits_port(const struct nlattr *attribute, uint16_t port)
{
    const struct fib_rule_port_range *range = mnl_attr_get_payload(attribute);

    return mnl_attr_get_payload_len(attribute) >= sizeof(*range) && range->start <= port &&
           port <= range->end;
}

static int take_selector(const struct nlattr *attribute, void *ctx)
{
    struct route_rule *r = ctx;

    switch (mnl_attr_get_type(attribute)) {
    case FRA_DST:
        r->fits &= fits_address(attribute, r->prefix, &r->question->to);
        break;
    case FRA_IP_PROTO:
        r->fits &= mnl_attr_validate(attribute, MNL_TYPE_U8) >= 0 &&
                   mnl_attr_get_u8(attribute) == r->question->protocol;
        break;
    case FRA_DPORT_RANGE:
        r->fits &= fits_port(attribute, r->question->to.port);
        break;
    case FRA_SRC:
        r->fits &= r->question->from.family == r->question->to.family &&
                   fits_address(attribute, r->from_prefix, &r->question->from);
        break;
    case FRA_FWMARK:
        r->fits &= mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0 &&
                   mnl_attr_get_u32(attribute) == r->question->mark;
        break;
    case FRA_IIFNAME: /* what else it selects by is not known of our packets */
    case FRA_SPORT_RANGE:
        r->fits = false;
        break;
    default:
        break;
    }
    return MNL_CB_OK;
}

int route_take_rule(const struct nlmsghdr *message, void *ctx)
{
    const struct fib_rule_hdr *rule = mnl_nlmsg_get_payload(message);
    struct route_rule *r = ctx;

    if (message->nlmsg_type != RTM_NEWRULE ||
        mnl_nlmsg_get_payload_len(message) < sizeof(*rule) ||
        rule->action != FR_ACT_UNREACHABLE || rule->family != r->question->to.family)
        return MNL_CB_OK;
    r->fits = !(rule->flags & FIB_RULE_INVERT);
    r->prefix = rule->dst_len;
    r->from_prefix = rule->src_len;
    mnl_attr_parse(message, sizeof(*rule), take_selector, r);
    r->found |= r->fits;
    return MNL_CB_OK;
}
