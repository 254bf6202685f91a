/* core/net/options.c - finding an option of the table, and telling what it takes. */
#include "core/net/options.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include <linux/tcp.h>
#include <linux/udp.h>

#include "core/net/options_internal.h"

static const struct {
    int level;
    const char *name;
    const struct socket_option *options;
} levels[] = {{SOL_SOCKET, "SOL_SOCKET", options_of_socket},
              {IPPROTO_IP, "SOL_IP", options_of_ip},
              {IPPROTO_IPV6, "SOL_IPV6", options_of_ipv6},
              {IPPROTO_TCP, "SOL_TCP", options_of_tcp},
              {IPPROTO_UDP, "SOL_UDP", options_of_udp}};

#define N_LEVELS (sizeof(levels) / sizeof(levels[0]))

const struct socket_option *option_at(size_t i)
{
    for (size_t k = 0; k < N_LEVELS; k++)
        for (const struct socket_option *o = levels[k].options; o->name; o++)
            if (i-- == 0)
                return o;
    return NULL;
}

const char *option_level_name(int level)
{
    for (size_t k = 0; k < N_LEVELS; k++)
        if (levels[k].level == level)
            return levels[k].name;
    return NULL;
}

const struct socket_option *option_by_number(int level, int option)
{
    for (size_t k = 0; k < N_LEVELS; k++)
        for (const struct socket_option *o = levels[k].options; o->name; o++) {
            bool here =
                o->level == level || ((o->flags & OPTION_BOTH_LEVELS) && level == IPPROTO_IPV6);

            if (here && o->option == option)
                return o;
        }
    return NULL;
}

/* What stands behind "SO_", "IPV6_" and so on. */
static const char *short_name(const char *name)
{
    return strchr(name, '_') + 1;
}

static bool is_called(const struct socket_option *o, const char *name, size_t len,
                      const char *(*form)(const char *))
{
    const char *names[] = {o->name, o->alias};

    for (size_t i = 0; i < 2 && names[i]; i++) {
        const char *n = form ? form(names[i]) : names[i];

        if (strlen(n) == len && strncasecmp(n, name, len) == 0)
            return true;
    }
    return false;
}

/* Returns how many have this name: 0, 1 with *ret_first, or 2 for several with *ret_second. */
static int find(const char *name, size_t len, const struct socket_option **ret_first,
                const struct socket_option **ret_second)
{
    const struct socket_option *o;
    int found = 0;

    for (size_t i = 0; (o = option_at(i)); i++)
        if (is_called(o, name, len, NULL)) {
            *ret_first = o;
            return 1;
        }
    for (size_t i = 0; (o = option_at(i)) && found < 2; i++)
        if (is_called(o, name, len, short_name)) {
            *(found ? ret_second : ret_first) = o;
            found++;
        }
    return found;
}

/* The option whose name is the first len bytes of text. */
static const struct socket_option *choose(const char *text, size_t len, struct err *err)
{
    const struct socket_option *first = NULL, *second = NULL;
    int found = find(text, len, &first, &second);

    if (found == 1)
        return first;
    if (found) {
        err_set(err, -EINVAL, "option", text, "is it %s or %s?", first->name, second->name);
        return NULL;
    }
    err_set(err, -EINVAL, "option", text, "no socket option has this name");
    err_hint(err, "sockeye options lists them");
    return NULL;
}

const struct socket_option *option_choose(const char *name, struct err *err)
{
    return choose(name, strlen(name), err);
}

const struct socket_option *option_find(const char *name)
{
    return option_choose(name, NULL);
}

int option_parse_assignment(const char *text, const struct socket_option **ret,
                            const char **ret_value, struct err *err)
{
    size_t len = strcspn(text, "=");
    const struct socket_option *o = choose(text, len, err);

    if (!o)
        return -EINVAL;
    if (!text[len] && o->type != OPTION_BOOL)
        return err_set(err, -EINVAL, "option", text, "a value is missing: %s=VALUE", o->name);
    *ret = o;
    *ret_value = text[len] ? text + len + 1 : "1";
    return 0;
}

const struct option_codec *option_codec(enum option_type type)
{
    static const struct option_codec *const codecs[OPTION_TYPES] = {
        [OPTION_INT] = &option_int_codec,
        [OPTION_UINT] = &option_uint_codec,
        [OPTION_UINT64] = &option_uint64_codec,
        [OPTION_BOOL] = &option_bool_codec,
        [OPTION_ENUM] = &option_enum_codec,
        [OPTION_FLAGS] = &option_flags_codec,
        [OPTION_ERROR] = &option_error_codec,
        [OPTION_LINGER] = &option_linger_codec,
        [OPTION_TIMEVAL] = &option_timeval_codec,
        [OPTION_PORT_RANGE] = &option_port_range_codec,
        [OPTION_TXTIME] = &option_txtime_codec,
        [OPTION_STRING] = &option_string_codec,
        [OPTION_INTERFACE] = &option_interface_codec,
        [OPTION_INTERFACE_NET] = &option_interface_net_codec,
        [OPTION_MULTICAST_IF] = &option_multicast_if_codec,
        [OPTION_MEMBERSHIP] = &option_membership_codec,
        [OPTION_SOURCE] = &option_source_codec,
        [OPTION_IPV6_ZONE] = &option_ipv6_zone_codec,
        [OPTION_GROUP] = &option_group_codec,
        [OPTION_GROUP_SOURCE] = &option_group_source_codec,
        [OPTION_SOURCE_FILTER] = &option_source_filter_codec,
        [OPTION_MD5_KEY] = &option_md5_key_codec,
        [OPTION_FILTER] = &option_filter_codec,
        [OPTION_SOCKADDR] = &option_sockaddr_codec,
        [OPTION_MTU_INFO] = &option_mtu_info_codec,
        [OPTION_UCRED] = &option_ucred_codec,
        [OPTION_GROUPS] = &option_groups_codec,
        [OPTION_PIDFD] = &option_pidfd_codec,
        [OPTION_TCP_INFO] = &option_tcp_info_codec,
        [OPTION_MEMINFO] = &option_meminfo_codec,
        [OPTION_OPAQUE] = &option_opaque_codec};

    return codecs[type];
}

const char *option_type_name(enum option_type type)
{
    return option_codec(type)->name;
}

static void add_words(struct line_out *l, const struct option_word *words)
{
    for (const struct option_word *w = words; w->text; w++)
        line_add(l, "%s%s", w == words ? "" : ", ", w->text);
}

static void add_range(struct line_out *l, const struct socket_option *o)
{
    bool bounded = o->min || o->max;

    line_add(l, "a number");
    if (bounded)
        line_add(l, " from %" PRId64 " to %" PRId64, o->min, o->max);
    if (*o->unit)
        line_add(l, " (%s)", o->unit);
    if (o->words) {
        line_add(l, ", or ");
        add_words(l, o->words);
    }
}

const char *option_expects(const struct socket_option *o, char buf[OPTION_EXPECTS_BYTES])
{
    const struct option_codec *codec = option_codec(o->type);
    struct line_out l = line_in(buf, OPTION_EXPECTS_BYTES);

    if (codec->expects) {
        line_add(&l, "%s", codec->expects);
    } else if (o->type == OPTION_STRING) {
        line_add(&l, "a text of %" PRId64 " to %" PRId64 " bytes", o->min, o->max);
    } else if (o->type == OPTION_OPAQUE) {
        line_add(&l, "bytes in hex, such as 0a1b2c");
        if (o->max)
            line_add(&l, ", %" PRId64 " to %" PRId64 " of them", o->min, o->max);
    } else if (o->type == OPTION_ENUM) {
        line_add(&l, "one of ");
        add_words(&l, o->words);
    } else if (o->type == OPTION_FLAGS) {
        line_add(&l, "none, or some of ");
        add_words(&l, o->words);
        line_add(&l, ", joined by commas");
    } else {
        add_range(&l, o);
    }
    return buf;
}

bool option_applies(const struct socket_option *o, int domain, int type)
{
    unsigned kind, family;

    if (domain == AF_UNIX)
        return o->flags & OPTION_ON_UNIX;
    kind = type == SOCK_STREAM  ? OPTION_ON_TCP
           : type == SOCK_DGRAM ? OPTION_ON_UDP
                                : OPTION_ON_RAW;
    family = domain == AF_INET ? OPTION_ON_IPV4 : domain == AF_INET6 ? OPTION_ON_IPV6 : 0;
    return (o->flags & kind) && (o->flags & family);
}
