/* core/net/options_address.c - values of socket options that name an interface or a peer's key.
 * Structures: ip(7), <linux/tcp.h>. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <linux/tcp.h>

#include "core/net/options_internal.h"
#include "core/net/options_place.h"

_Static_assert(PLACE_SOURCE_BYTES == TCP_MD5SIG_MAXKEYLEN + 1, "room for a key");

static int put_interface(const char *text, bool network_order, struct option_value *ret)
{
    unsigned index;
    int r = place_parse_interface(text, &index);

    if (r < 0)
        return r;
    if (network_order)
        index = htonl(index);
    option_value_put(ret, &index, sizeof(index));
    return 0;
}

static int interface_parse(const struct socket_option *o, const char *text,
                           struct option_value *ret)
{
    (void)o;
    return put_interface(text, false, ret);
}

static int interface_net_parse(const struct socket_option *o, const char *text,
                               struct option_value *ret)
{
    (void)o;
    return put_interface(text, true, ret);
}

static bool interface_format(const struct socket_option *o, const struct option_value *v,
                             struct line_out *l)
{
    unsigned index;

    (void)o;
    if (!option_value_take(v, &index, sizeof(index)))
        return false;
    place_add_interface(l, index);
    return true;
}

static bool interface_net_format(const struct socket_option *o, const struct option_value *v,
                                 struct line_out *l)
{
    unsigned index;

    (void)o;
    if (!option_value_take(v, &index, sizeof(index)))
        return false;
    place_add_interface(l, ntohl(index));
    return true;
}

static bool interface_trace(const struct socket_option *o, const struct option_value *v,
                            struct line_out *l)
{
    unsigned index;

    (void)o;
    if (!option_value_take(v, &index, sizeof(index)))
        return false;
    line_add(l, "[%u]", index);
    return true;
}

static bool interface_net_trace(const struct socket_option *o, const struct option_value *v,
                                struct line_out *l)
{
    unsigned index;

    (void)o;
    if (!option_value_take(v, &index, sizeof(index)))
        return false;
    line_add(l, "[htonl(%u)]", ntohl(index));
    return true;
}

/* "/24" behind the address: *ret its length, else -1. */
static bool take_prefix(char *address, int *ret)
{
    char *slash = strchr(address, '/');
    const char *end;
    int64_t prefix;

    *ret = -1;
    if (!slash)
        return true;
    if (!option_number(slash + 1, &prefix, &end) || *end || prefix < 0 || prefix > 128)
        return false;
    *slash = '\0';
    *ret = (int)prefix;
    return true;
}

/* An empty key takes the address's key away (linux/tcp.h: tcpm_keylen 0). */
static int md5_key_parse(const struct socket_option *o, const char *text,
                         struct option_value *ret)
{
    struct tcp_md5sig m;
    struct sockaddr_storage sa;
    struct place p;
    int prefix;

    memset(&m, 0, sizeof(m));
    if (!place_take_apart(text, true, &p) || p.zone[0] || !take_prefix(p.address, &prefix) ||
        !place_parse_address(p.address, &sa) || (prefix > 32 && sa.ss_family == AF_INET))
        return -EINVAL;
    if (prefix >= 0 && o->option != TCP_MD5SIG_EXT)
        return -EINVAL;
    memcpy(&m.tcpm_addr, &sa, sizeof(sa));
    if (prefix >= 0) {
        m.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX;
        m.tcpm_prefixlen = (uint8_t)prefix;
    }
    m.tcpm_keylen = (uint16_t)strlen(p.source);
    memcpy(m.tcpm_key, p.source, m.tcpm_keylen);
    option_value_put(ret, &m, sizeof(m));
    return 0;
}

/* The key is nobody's business who reads a screen or a journal. */
static bool md5_key_format(const struct socket_option *o, const struct option_value *v,
                           struct line_out *l)
{
    struct sockaddr_storage sa;
    struct tcp_md5sig m;

    (void)o;
    if (!option_value_take(v, &m, sizeof(m)))
        return false;
    memcpy(&sa, &m.tcpm_addr, sizeof(sa));
    line_add(l, "(%u bytes)@", m.tcpm_keylen);
    place_add_address(l, &sa);
    if (m.tcpm_flags & TCP_MD5SIG_FLAG_PREFIX)
        line_add(l, "/%u", m.tcpm_prefixlen);
    return true;
}

static bool md5_key_trace(const struct socket_option *o, const struct option_value *v,
                          struct line_out *l)
{
    struct sockaddr_storage sa;

    (void)o;
    memset(&sa, 0, sizeof(sa));
    if (v->len < sizeof(struct tcp_md5sig) || v->have < sizeof(struct sockaddr_in6))
        return false;
    memcpy(&sa, v->bytes, sizeof(struct sockaddr_in6));
    line_add(l, "{tcpm_addr=\"");
    place_add_address(l, &sa);
    line_add(l, "\", ...}");
    return true;
}

const struct option_codec option_interface_codec = {.name = "interface",
                                                    .expects = "the name or index of an "
                                                               "interface, or none",
                                                    .bytes = sizeof(unsigned),
                                                    .parse = interface_parse,
                                                    .format = interface_format,
                                                    .trace = interface_trace};
const struct option_codec option_interface_net_codec = {.name = "interface",
                                                        .expects = "the name or index of an "
                                                                   "interface, or none",
                                                        .bytes = sizeof(unsigned),
                                                        .parse = interface_net_parse,
                                                        .format = interface_net_format,
                                                        .trace = interface_net_trace};
const struct option_codec option_md5_key_codec = {
    .name = "key",
    .expects =
        "KEY@ADDRESS, with TCP_MD5SIG_EXT also KEY@ADDRESS/PREFIX; an empty KEY removes it",
    .bytes = sizeof(struct tcp_md5sig),
    .parse = md5_key_parse,
    .format = md5_key_format,
    .trace = md5_key_trace};
