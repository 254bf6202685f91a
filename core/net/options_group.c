/* core/net/options_group.c - values of socket options that name multicast groups and their sources.
 * Structures: ip(7), ipv6(7), RFC 3678; written as GROUP%INTERFACE and SOURCE@GROUP%INTERFACE. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "core/net/options_internal.h"
#include "core/net/options_place.h"

/* Which interface: "" any, one of its IPv4 addresses, or its name or number. */
static int parse_local(const char *text, struct ip_mreqn *m)
{
    unsigned index;
    int r;

    if (inet_pton(AF_INET, text, &m->imr_address) == 1)
        return 0;
    r = place_parse_interface(text, &index);
    if (r < 0)
        return r;
    m->imr_ifindex = (int)index;
    return 0;
}

static int multicast_if_parse(const struct socket_option *o, const char *text,
                              struct option_value *ret)
{
    struct ip_mreqn m = {0};
    int r = parse_local(text, &m);

    (void)o;
    if (r < 0)
        return r;
    option_value_put(ret, &m, sizeof(m));
    return 0;
}

/* The kernel gives the address only (ip(7)): 0.0.0.0 for an interface that was set by its index. */
static bool multicast_if_format(const struct socket_option *o, const struct option_value *v,
                                struct line_out *l)
{
    struct ip_mreqn m = {0};

    (void)o;
    if (option_value_take(v, &m, sizeof(m)) && m.imr_ifindex)
        place_add_interface(l, (unsigned)m.imr_ifindex);
    else if (v->len == sizeof(m))
        place_add_ipv4(l, m.imr_address);
    else if (option_value_take(v, &m.imr_address, sizeof(m.imr_address)))
        place_add_ipv4(l, m.imr_address);
    else
        return false;
    return true;
}

static void trace_mreqn(const struct ip_mreqn *m, struct line_out *l)
{
    line_add(l, "{imr_multiaddr=inet_addr(\"");
    place_add_ipv4(l, m->imr_multiaddr);
    line_add(l, "\"), imr_address=inet_addr(\"");
    place_add_ipv4(l, m->imr_address);
    line_add(l, "\"), imr_ifindex=%d}", m->imr_ifindex);
}

static bool membership_trace(const struct socket_option *o, const struct option_value *v,
                             struct line_out *l)
{
    struct ip_mreqn m;

    (void)o;
    if (!option_value_take(v, &m, sizeof(m)))
        return false;
    trace_mreqn(&m, l);
    return true;
}

static bool multicast_if_trace(const struct socket_option *o, const struct option_value *v,
                               struct line_out *l)
{
    struct in_addr a;

    if (membership_trace(o, v, l))
        return true;
    if (!option_value_take(v, &a, sizeof(a)))
        return false;
    line_add(l, "[inet_addr(\"");
    place_add_ipv4(l, a);
    line_add(l, "\")]");
    return true;
}

static int membership_parse(const struct socket_option *o, const char *text,
                            struct option_value *ret)
{
    struct ip_mreqn m = {0};
    struct place p;
    int r;

    (void)o;
    if (!place_take_apart(text, false, &p) ||
        inet_pton(AF_INET, p.address, &m.imr_multiaddr) != 1)
        return -EINVAL;
    r = parse_local(p.zone, &m);
    if (r < 0)
        return r;
    option_value_put(ret, &m, sizeof(m));
    return 0;
}

static bool membership_format(const struct socket_option *o, const struct option_value *v,
                              struct line_out *l)
{
    struct ip_mreqn m;

    (void)o;
    if (!option_value_take(v, &m, sizeof(m)))
        return false;
    place_add_ipv4(l, m.imr_multiaddr);
    if (m.imr_ifindex) {
        place_add_zone(l, (unsigned)m.imr_ifindex);
    } else if (m.imr_address.s_addr) {
        line_add(l, "%%");
        place_add_ipv4(l, m.imr_address);
    }
    return true;
}

static int source_parse(const struct socket_option *o, const char *text,
                        struct option_value *ret)
{
    struct ip_mreq_source m = {0};
    struct place p;

    (void)o;
    if (!place_take_apart(text, true, &p) ||
        inet_pton(AF_INET, p.source, &m.imr_sourceaddr) != 1 ||
        inet_pton(AF_INET, p.address, &m.imr_multiaddr) != 1 ||
        (p.zone[0] && inet_pton(AF_INET, p.zone, &m.imr_interface) != 1))
        return -EINVAL;
    option_value_put(ret, &m, sizeof(m));
    return 0;
}

static bool source_format(const struct socket_option *o, const struct option_value *v,
                          struct line_out *l)
{
    struct ip_mreq_source m;

    (void)o;
    if (!option_value_take(v, &m, sizeof(m)))
        return false;
    place_add_ipv4(l, m.imr_sourceaddr);
    line_add(l, "@");
    place_add_ipv4(l, m.imr_multiaddr);
    if (m.imr_interface.s_addr) {
        line_add(l, "%%");
        place_add_ipv4(l, m.imr_interface);
    }
    return true;
}

static bool source_trace(const struct socket_option *o, const struct option_value *v,
                         struct line_out *l)
{
    struct ip_mreq_source m;

    (void)o;
    if (!option_value_take(v, &m, sizeof(m)))
        return false;
    line_add(l, "{imr_multiaddr=inet_addr(\"");
    place_add_ipv4(l, m.imr_multiaddr);
    line_add(l, "\"), imr_interface=inet_addr(\"");
    place_add_ipv4(l, m.imr_interface);
    line_add(l, "\"), imr_sourceaddr=inet_addr(\"");
    place_add_ipv4(l, m.imr_sourceaddr);
    line_add(l, "\")}");
    return true;
}

/* struct ipv6_mreq and struct in6_pktinfo have the same members in the same places. */
_Static_assert(sizeof(struct ipv6_mreq) == sizeof(struct in6_pktinfo) &&
                   offsetof(struct ipv6_mreq, ipv6mr_interface) ==
                       offsetof(struct in6_pktinfo, ipi6_ifindex),
               "an IPv6 address and an interface");

static int ipv6_zone_parse(const struct socket_option *o, const char *text,
                           struct option_value *ret)
{
    struct ipv6_mreq m = {0};
    struct place p;
    int r;

    (void)o;
    if (!place_take_apart(text, false, &p) ||
        inet_pton(AF_INET6, p.address, &m.ipv6mr_multiaddr) != 1)
        return -EINVAL;
    r = place_parse_interface(p.zone, &m.ipv6mr_interface);
    if (r < 0)
        return r;
    option_value_put(ret, &m, sizeof(m));
    return 0;
}

static bool ipv6_zone_format(const struct socket_option *o, const struct option_value *v,
                             struct line_out *l)
{
    struct ipv6_mreq m;

    (void)o;
    if (!option_value_take(v, &m, sizeof(m)))
        return false;
    place_add_ipv6(l, &m.ipv6mr_multiaddr);
    place_add_zone(l, m.ipv6mr_interface);
    return true;
}

static bool ipv6_zone_trace(const struct socket_option *o, const struct option_value *v,
                            struct line_out *l)
{
    bool is_packet = strstr(o->name, "PKTINFO") != NULL;
    struct ipv6_mreq m;

    if (!option_value_take(v, &m, sizeof(m)))
        return false;
    line_add(l, "{%s=inet_pton(AF_INET6, \"", is_packet ? "ipi6_addr" : "ipv6mr_multiaddr");
    place_add_ipv6(l, &m.ipv6mr_multiaddr);
    line_add(l, "\"), %s=%u}", is_packet ? "ipi6_ifindex" : "ipv6mr_interface",
             m.ipv6mr_interface);
    return true;
}

static int level_of(const struct sockaddr_storage *sa)
{
    return sa->ss_family == AF_INET6 ? SOL_IPV6 : SOL_IP;
}

static int group_parse(const struct socket_option *o, const char *text,
                       struct option_value *ret)
{
    struct group_req g;
    struct place p;
    unsigned index;
    int r;

    (void)o;
    memset(&g, 0, sizeof(g));
    if (!place_take_apart(text, false, &p) || !place_parse_address(p.address, &g.gr_group))
        return -EINVAL;
    r = place_parse_interface(p.zone, &index);
    if (r < 0)
        return r;
    g.gr_interface = index;
    option_value_put(ret, &g, sizeof(g));
    ret->level = level_of(&g.gr_group);
    return 0;
}

static bool group_format(const struct socket_option *o, const struct option_value *v,
                         struct line_out *l)
{
    struct group_req g;

    (void)o;
    if (!option_value_take(v, &g, sizeof(g)))
        return false;
    place_add_address(l, &g.gr_group);
    place_add_zone(l, g.gr_interface);
    return true;
}

static int group_source_parse(const struct socket_option *o, const char *text,
                              struct option_value *ret)
{
    struct group_source_req g;
    struct place p;
    unsigned index;
    int r;

    (void)o;
    memset(&g, 0, sizeof(g));
    if (!place_take_apart(text, true, &p) || !place_parse_address(p.address, &g.gsr_group) ||
        !place_parse_address(p.source, &g.gsr_source) ||
        g.gsr_source.ss_family != g.gsr_group.ss_family)
        return -EINVAL;
    r = place_parse_interface(p.zone, &index);
    if (r < 0)
        return r;
    g.gsr_interface = index;
    option_value_put(ret, &g, sizeof(g));
    ret->level = level_of(&g.gsr_group);
    return 0;
}

static bool group_source_format(const struct socket_option *o, const struct option_value *v,
                                struct line_out *l)
{
    struct group_source_req g;

    (void)o;
    if (!option_value_take(v, &g, sizeof(g)))
        return false;
    place_add_address(l, &g.gsr_source);
    line_add(l, "@");
    place_add_address(l, &g.gsr_group);
    place_add_zone(l, g.gsr_interface);
    return true;
}

/* Both begin with the interface and the group; a record keeps no more than its address. */
static bool group_trace(const struct socket_option *o, const struct option_value *v,
                        struct line_out *l)
{
    struct group_req g;
    bool has_source = v->len == sizeof(struct group_source_req);
    const char *prefix = has_source ? "gsr" : "gr";

    (void)o;
    memset(&g, 0, sizeof(g));
    if (v->len < sizeof(g) || v->have < offsetof(struct group_req, gr_group) +
                                            offsetof(struct sockaddr_in6, sin6_scope_id))
        return false;
    memcpy(&g, v->bytes, v->have < sizeof(g) ? v->have : sizeof(g));
    line_add(l, "{%s_interface=%" PRIu32 ", %s_group=\"", prefix, g.gr_interface, prefix);
    place_add_address(l, &g.gr_group);
    line_add(l, has_source ? "\", ...}" : "\"}");
    return true;
}

/* "include,GROUP%INTERFACE,SOURCE,SOURCE": the pieces between the commas, cut out of a copy. */
struct source_filter {
    char text[OPTION_TEXT_BYTES];
    bool include;
    char *group, *next; /* next: behind the last source that was taken */
};

static bool take_filter(const char *text, struct source_filter *ret)
{
    char *mode;

    if (strlen(text) >= sizeof(ret->text))
        return false;
    strcpy(ret->text, text);
    ret->next = ret->text;
    mode = strsep(&ret->next, ",");
    ret->group = strsep(&ret->next, ",");
    ret->include = strcasecmp(mode, "include") == 0;
    return ret->group && (ret->include || strcasecmp(mode, "exclude") == 0);
}

static int ip_filter_parse(struct source_filter *f, struct option_value *ret)
{
    struct ip_msfilter *m = (struct ip_msfilter *)(void *)ret->bytes;
    struct place p;
    char *source;
    uint32_t n = 0;

    memset(m, 0, sizeof(*m));
    if (!place_take_apart(f->group, false, &p) ||
        inet_pton(AF_INET, p.address, &m->imsf_multiaddr) != 1 ||
        (p.zone[0] && inet_pton(AF_INET, p.zone, &m->imsf_interface) != 1))
        return -EINVAL;
    for (; (source = strsep(&f->next, ",")); n++)
        if (IP_MSFILTER_SIZE(n + 1) > OPTION_VALUE_BYTES ||
            inet_pton(AF_INET, source, &m->imsf_slist[n]) != 1)
            return -EINVAL;
    m->imsf_fmode = f->include ? MCAST_INCLUDE : MCAST_EXCLUDE;
    m->imsf_numsrc = n;
    ret->len = ret->have = IP_MSFILTER_SIZE(n);
    return 0;
}

static int group_filter_parse(struct source_filter *f, struct option_value *ret)
{
    struct group_filter *g = (struct group_filter *)(void *)ret->bytes;
    struct place p;
    char *source;
    uint32_t n = 0;
    unsigned index;
    int r;

    memset(g, 0, sizeof(*g));
    if (!place_take_apart(f->group, false, &p) || !place_parse_address(p.address, &g->gf_group))
        return -EINVAL;
    r = place_parse_interface(p.zone, &index);
    if (r < 0)
        return r;
    for (; (source = strsep(&f->next, ",")); n++)
        if (GROUP_FILTER_SIZE(n + 1) > OPTION_VALUE_BYTES ||
            !place_parse_address(source, &g->gf_slist[n]) ||
            g->gf_slist[n].ss_family != g->gf_group.ss_family)
            return -EINVAL;
    g->gf_interface = index;
    g->gf_fmode = f->include ? MCAST_INCLUDE : MCAST_EXCLUDE;
    g->gf_numsrc = n;
    ret->level = level_of(&g->gf_group);
    ret->len = ret->have = GROUP_FILTER_SIZE(n);
    return 0;
}

static int source_filter_parse(const struct socket_option *o, const char *text,
                               struct option_value *ret)
{
    struct source_filter f;

    if (!take_filter(text, &f))
        return -EINVAL;
    return o->option == IP_MSFILTER ? ip_filter_parse(&f, ret) : group_filter_parse(&f, ret);
}

/* Both can only be set, so this tells what was asked for. */
static bool source_filter_format(const struct socket_option *o, const struct option_value *v,
                                 struct line_out *l)
{
    const struct ip_msfilter *m = (const struct ip_msfilter *)(const void *)v->bytes;
    const struct group_filter *g = (const struct group_filter *)(const void *)v->bytes;
    bool old = o->option == IP_MSFILTER;
    uint32_t n;

    if (v->have < (old ? IP_MSFILTER_SIZE(0) : GROUP_FILTER_SIZE(0)))
        return false;
    n = old ? m->imsf_numsrc : g->gf_numsrc;
    if (n > OPTION_VALUE_BYTES || v->have < (old ? IP_MSFILTER_SIZE(n) : GROUP_FILTER_SIZE(n)))
        return false;
    line_add(l, "%s,",
             (old ? m->imsf_fmode : g->gf_fmode) == MCAST_INCLUDE ? "include" : "exclude");
    if (old) {
        place_add_ipv4(l, m->imsf_multiaddr);
    } else {
        place_add_address(l, &g->gf_group);
        place_add_zone(l, g->gf_interface);
    }
    for (uint32_t i = 0; i < n; i++) {
        line_add(l, ",");
        if (old)
            place_add_ipv4(l, m->imsf_slist[i]);
        else
            place_add_address(l, &g->gf_slist[i]);
    }
    return true;
}

const struct option_codec option_multicast_if_codec = {
    .name = "interface",
    .expects = "the name or an IPv4 address of an interface, or none",
    .bytes = sizeof(struct in_addr),
    .parse = multicast_if_parse,
    .format = multicast_if_format,
    .trace = multicast_if_trace};
const struct option_codec option_membership_codec = {
    .name = "group",
    .expects = "a group such as 239.1.1.1, 239.1.1.1%lo or 239.1.1.1%127.0.0.1",
    .bytes = sizeof(struct ip_mreqn),
    .parse = membership_parse,
    .format = membership_format,
    .trace = membership_trace};
const struct option_codec option_source_codec = {
    .name = "source and group",
    .expects = "SOURCE@GROUP or SOURCE@GROUP%ADDRESS: 192.0.2.1@232.1.1.1%127.0.0.1",
    .bytes = sizeof(struct ip_mreq_source),
    .parse = source_parse,
    .format = source_format,
    .trace = source_trace};
const struct option_codec option_ipv6_zone_codec = {.name = "IPv6 address",
                                                    .expects =
                                                        "an IPv6 address such as ff02::1%lo",
                                                    .bytes = sizeof(struct ipv6_mreq),
                                                    .parse = ipv6_zone_parse,
                                                    .format = ipv6_zone_format,
                                                    .trace = ipv6_zone_trace};
const struct option_codec option_group_codec = {
    .name = "group",
    .expects = "a group such as 239.1.1.1%lo or ff02::1%lo",
    .bytes = sizeof(struct group_req),
    .parse = group_parse,
    .format = group_format,
    .trace = group_trace};
const struct option_codec option_group_source_codec = {
    .name = "source and group",
    .expects = "SOURCE@GROUP or SOURCE@GROUP%INTERFACE: 192.0.2.1@232.1.1.1%lo",
    .bytes = sizeof(struct group_source_req),
    .parse = group_source_parse,
    .format = group_source_format,
    .trace = group_trace};
const struct option_codec option_source_filter_codec = {
    .name = "source filter",
    .expects =
        "include or exclude, a group, its sources: include,232.1.1.1,192.0.2.1,192.0.2.2",
    .bytes = OPTION_VALUE_BYTES,
    .parse = source_filter_parse,
    .format = source_filter_format};
