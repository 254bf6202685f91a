#include "core/model/names_order.h"

#include <stdio.h>
#include <string.h>

struct policy {
    uint8_t prefix[16], bits, precedence, label;
};

/* RFC 6724, 2.1; the longest prefixes first. */
static const struct policy policies[] = {
    {{[15] = 1}, 128, 50, 0},
    {{[10] = 0xff, [11] = 0xff}, 96, 35, 4},
    {{0}, 96, 1, 3},
    {{0x20, 0x01, 0, 0}, 32, 5, 5},
    {{0x20, 0x02}, 16, 30, 2},
    {{0x3f, 0xfe}, 16, 1, 12},
    {{0xfe, 0xc0}, 10, 1, 11},
    {{0xfc}, 7, 3, 13},
    {{0}, 0, 40, 1},
};

/* Multicast scopes of RFC 4291, 2.7, also for what is no group (RFC 6724, 3.1). */
enum { SCOPE_LINK = 0x2, SCOPE_SITE = 0x5, SCOPE_GLOBAL = 0xe };

static void as_ipv6(const struct addr *a, uint8_t ret[16])
{
    memcpy(ret, a->ip, 16);
    if (a->family != AF_INET)
        return;
    memset(ret, 0, 10);
    ret[10] = ret[11] = 0xff;
    memcpy(ret + 12, a->ip, 4);
}

static unsigned common_bits(const uint8_t a[16], const uint8_t b[16])
{
    unsigned n = 0;

    while (n < 128 && !((a[n / 8] ^ b[n / 8]) >> (7 - n % 8) & 1))
        n++;
    return n;
}

static const struct policy *policy_of(const struct addr *a)
{
    const struct policy *p = policies;
    uint8_t ip[16];

    as_ipv6(a, ip);
    while (common_bits(ip, p->prefix) < p->bits)
        p++; /* the last one fits everything */
    return p;
}

static unsigned scope_of(const struct addr *a)
{
    if (a->family == AF_INET)
        return a->ip[0] == 127 || (a->ip[0] == 169 && a->ip[1] == 254) ? SCOPE_LINK
                                                                       : SCOPE_GLOBAL;
    if (a->ip[0] == 0xff)
        return a->ip[1] & 0xf;
    if (addr_is_loopback(a) || (a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80))
        return SCOPE_LINK;
    return a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0xc0 ? SCOPE_SITE : SCOPE_GLOBAL;
}

static bool reachable(const struct name_address *a)
{
    return a->source.family != AF_UNSPEC;
}

static unsigned shared_prefix(const struct name_address *a)
{
    uint8_t to[16], from[16];

    as_ipv6(&a->addr, to);
    as_ipv6(&a->source, from);
    return common_bits(to, from);
}

/* Which rule tells them apart: above 0 it prefers a, below 0 b, 0: none does. */
static int rule_between(const struct name_address *a, const struct name_address *b,
                        const char **ret)
{
    int by;

    *ret = "rule 1: it can be reached, the next one cannot";
    if ((by = reachable(a) - reachable(b)) != 0 || !reachable(a))
        return by;
    *ret = "rule 2: it has the scope of our address";
    by = (scope_of(&a->addr) == scope_of(&a->source)) -
         (scope_of(&b->addr) == scope_of(&b->source));
    if (by)
        return by;
    *ret = "rule 5: it is of the same kind as our address";
    by = (policy_of(&a->addr)->label == policy_of(&a->source)->label) -
         (policy_of(&b->addr)->label == policy_of(&b->source)->label);
    if (by)
        return by;
    *ret = "rule 6: higher precedence";
    by = policy_of(&a->addr)->precedence - policy_of(&b->addr)->precedence;
    if (by)
        return by;
    *ret = "rule 8: smaller scope";
    by = (int)scope_of(&b->addr) - (int)scope_of(&a->addr);
    if (by || a->addr.family != b->addr.family)
        return by;
    by = (int)shared_prefix(a) - (int)shared_prefix(b);
    *ret = "rule 9: more of it is the same as our address";
    if (a->addr.family == AF_INET6)
        return by;
    /* glibc looks at that of IPv4 within a subnet only, which cannot be told from here. */
    *ret = "rule 9 or 10: nearer to our address, or as the source gave them";
    return by > 0;
}

bool names_order(const struct name_report *r, size_t i, char buf[NAMES_ORDER_BYTES])
{
    const struct name_address *a = &r->addresses[i], *b = a + 1;
    const char *rule;
    int by;

    if (i + 1 >= r->n_addresses)
        return false;
    if (!a->source_looked || !b->source_looked) {
        snprintf(buf, NAMES_ORDER_BYTES, "as the system gave them");
        return true;
    }
    by = rule_between(a, b, &rule);
    if (by > 0)
        snprintf(buf, NAMES_ORDER_BYTES, "%s", rule);
    else if (by < 0)
        snprintf(buf, NAMES_ORDER_BYTES, "against %.6s: gai.conf, or the source's own order",
                 rule);
    else
        snprintf(buf, NAMES_ORDER_BYTES, "rule 10: as the source gave them");
    return true;
}
