/* core/net/options_report.c - values of socket options that the kernel reports and nobody sets: peers,
 * credentials, struct tcp_info.  Structures: socket(7), unix(7), tcp(7), RFC 3542,
 * <linux/tcp.h>, <linux/sock_diag.h>. */
#include <inttypes.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <linux/tcp.h>

#include "core/model/snapshot.h"
#include "core/net/options_internal.h"

static bool take_address(const struct option_value *v, struct addr *ret)
{
    struct sockaddr_storage sa = {0};

    memcpy(&sa, v->bytes, v->have < sizeof(sa) ? v->have : sizeof(sa));
    *ret = addr_from_sockaddr((const struct sockaddr *)&sa);
    return ret->family != AF_UNSPEC;
}

static bool sockaddr_format(const struct socket_option *o, const struct option_value *v,
                            struct line_out *l)
{
    char text[ADDR_TEXT_BYTES];
    struct addr a;

    (void)o;
    if (!take_address(v, &a))
        return false;
    line_add(l, "%s", addr_format(&a, text));
    return true;
}

static bool sockaddr_trace(const struct socket_option *o, const struct option_value *v,
                           struct line_out *l)
{
    struct addr a;

    (void)o;
    if (!take_address(v, &a))
        return false;
    addr_trace(&a, l);
    return true;
}

static bool mtu_info_format(const struct socket_option *o, const struct option_value *v,
                            struct line_out *l)
{
    struct ip6_mtuinfo info;

    (void)o;
    if (!option_value_take(v, &info, sizeof(info)))
        return false;
    line_add(l, "%" PRIu32, info.ip6m_mtu);
    return true;
}

static bool mtu_info_trace(const struct socket_option *o, const struct option_value *v,
                           struct line_out *l)
{
    struct ip6_mtuinfo info;

    (void)o;
    if (!option_value_take(v, &info, sizeof(info)))
        return false;
    line_add(l, "{ip6m_addr={sin6_family=%s}, ip6m_mtu=%" PRIu32 "}",
             info.ip6m_addr.sin6_family == AF_INET6 ? "AF_INET6" : "0", info.ip6m_mtu);
    return true;
}

/* The kernel fills pid 0 and ids -1 where it knows of nobody. */
static bool ucred_format(const struct socket_option *o, const struct option_value *v,
                         struct line_out *l)
{
    struct ucred c;

    (void)o;
    if (!option_value_take(v, &c, sizeof(c)))
        return false;
    if (c.pid == 0 && c.uid == (uid_t)-1)
        line_add(l, "unknown");
    else
        line_add(l, "pid %d, uid %u, gid %u", c.pid, c.uid, c.gid);
    return true;
}

static bool ucred_trace(const struct socket_option *o, const struct option_value *v,
                        struct line_out *l)
{
    struct ucred c;

    (void)o;
    if (!option_value_take(v, &c, sizeof(c)))
        return false;
    line_add(l, "{pid=%d, uid=%d, gid=%d}", c.pid, (int)c.uid, (int)c.gid);
    return true;
}

static bool groups_format(const struct socket_option *o, const struct option_value *v,
                          struct line_out *l)
{
    size_t count = v->have / sizeof(gid_t);

    (void)o;
    if (!count)
        line_add(l, "none");
    for (size_t i = 0; i < count; i++) {
        gid_t gid;

        memcpy(&gid, v->bytes + i * sizeof(gid), sizeof(gid));
        line_add(l, "%s%u", i ? " " : "", gid);
    }
    return true;
}

static bool groups_trace(const struct socket_option *o, const struct option_value *v,
                         struct line_out *l)
{
    size_t count = v->have / sizeof(gid_t);

    (void)o;
    line_add(l, "[");
    for (size_t i = 0; i < count; i++) {
        gid_t gid;

        memcpy(&gid, v->bytes + i * sizeof(gid), sizeof(gid));
        line_add(l, "%s%u", i ? ", " : "", gid);
    }
    line_add(l, v->have < v->len ? ", ...]" : "]");
    return true;
}

/* proc_pid_fdinfo(5) tells the process of a pidfd: -1 once it was waited for. */
static bool pidfd_format(const struct socket_option *o, const struct option_value *v,
                         struct line_out *l)
{
    char path[64], text[128];
    FILE *info;
    int fd, pid;
    bool found = false;

    (void)o;
    if (!option_value_take(v, &fd, sizeof(fd)))
        return false;
    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    info = fopen(path, "re");
    while (info && !found && fgets(text, sizeof(text), info))
        found = sscanf(text, "Pid: %d", &pid) == 1;
    if (info)
        fclose(info);
    if (!found)
        line_add(l, "unknown: /proc does not tell");
    else if (pid > 0)
        line_add(l, "pid %d", pid);
    else
        line_add(l, "a process that has ended");
    return true;
}

static bool pidfd_trace(const struct socket_option *o, const struct option_value *v,
                        struct line_out *l)
{
    int fd;

    (void)o;
    if (!option_value_take(v, &fd, sizeof(fd)))
        return false;
    line_add(l, "[%d]", fd);
    return true;
}

/* The structure grows at its end (linux/tcp.h): an older kernel gives less, and what it did not give
 * is not said. */
#define TCP_INFO_HAS(v, field)                                                                 \
    ((v)->have >= offsetof(struct tcp_info, field) + sizeof(((struct tcp_info *)NULL)->field))

static bool tcp_info_format(const struct socket_option *o, const struct option_value *v,
                            struct line_out *l)
{
    struct tcp_info i = {0};

    (void)o;
    if (!TCP_INFO_HAS(v, tcpi_total_retrans))
        return false;
    memcpy(&i, v->bytes, v->have < sizeof(i) ? v->have : sizeof(i));
    line_add(l, "%s, rtt %.3f ms, rttvar %.3f ms, rto %.3f ms, ",
             state_name((enum socket_state)i.tcpi_state), i.tcpi_rtt / 1e3, i.tcpi_rttvar / 1e3,
             i.tcpi_rto / 1e3);
    line_add(l, "cwnd %u, mss %u, pmtu %u, unacked %u, lost %u, retransmitted %u",
             i.tcpi_snd_cwnd, i.tcpi_snd_mss, i.tcpi_pmtu, i.tcpi_unacked, i.tcpi_lost,
             i.tcpi_total_retrans);
    if (TCP_INFO_HAS(v, tcpi_bytes_received))
        line_add(l, ", acked %" PRIu64 " bytes, received %" PRIu64 " bytes",
                 (uint64_t)i.tcpi_bytes_acked, (uint64_t)i.tcpi_bytes_received);
    if (TCP_INFO_HAS(v, tcpi_snd_wnd))
        line_add(l, ", peer's window %u bytes", i.tcpi_snd_wnd);
    return true;
}

/* A record keeps the members up to tcpi_unacked. */
static bool tcp_info_trace(const struct socket_option *o, const struct option_value *v,
                           struct line_out *l)
{
    struct tcp_info i = {0};

    (void)o;
    if (!TCP_INFO_HAS(v, tcpi_unacked))
        return false;
    memcpy(&i, v->bytes, v->have < sizeof(i) ? v->have : sizeof(i));
    line_add(l,
             "{tcpi_state=%u, tcpi_ca_state=%u, tcpi_retransmits=%u, tcpi_rto=%u, "
             "tcpi_snd_mss=%u, tcpi_unacked=%u, ...}",
             i.tcpi_state, i.tcpi_ca_state, i.tcpi_retransmits, i.tcpi_rto, i.tcpi_snd_mss,
             i.tcpi_unacked);
    return true;
}

static const char *const meminfo_names[SK_MEMINFO_VARS] = {
    [SK_MEMINFO_RMEM_ALLOC] = "rmem_alloc",
    [SK_MEMINFO_RCVBUF] = "rcvbuf",
    [SK_MEMINFO_WMEM_ALLOC] = "wmem_alloc",
    [SK_MEMINFO_SNDBUF] = "sndbuf",
    [SK_MEMINFO_FWD_ALLOC] = "fwd_alloc",
    [SK_MEMINFO_WMEM_QUEUED] = "wmem_queued",
    [SK_MEMINFO_OPTMEM] = "optmem",
    [SK_MEMINFO_BACKLOG] = "backlog",
    [SK_MEMINFO_DROPS] = "drops"};

static bool add_meminfo(const struct option_value *v, const char *between, struct line_out *l)
{
    size_t count = v->have / sizeof(uint32_t);

    for (size_t i = 0; i < count && i < SK_MEMINFO_VARS; i++) {
        uint32_t n;

        memcpy(&n, v->bytes + i * sizeof(n), sizeof(n));
        line_add(l, "%s%s%s%" PRIu32, i ? ", " : "", meminfo_names[i], between, n);
    }
    return count > 0;
}

static bool meminfo_format(const struct socket_option *o, const struct option_value *v,
                           struct line_out *l)
{
    (void)o;
    return add_meminfo(v, " ", l);
}

static bool meminfo_trace(const struct socket_option *o, const struct option_value *v,
                          struct line_out *l)
{
    (void)o;
    line_add(l, "{");
    add_meminfo(v, "=", l);
    line_add(l, v->have < v->len ? ", ...}" : "}");
    return true;
}

const struct option_codec option_sockaddr_codec = {.name = "address",
                                                   .bytes = sizeof(struct sockaddr_in6),
                                                   .format = sockaddr_format,
                                                   .trace = sockaddr_trace};
const struct option_codec option_mtu_info_codec = {.name = "path MTU",
                                                   .bytes = sizeof(struct ip6_mtuinfo),
                                                   .format = mtu_info_format,
                                                   .trace = mtu_info_trace};
const struct option_codec option_ucred_codec = {.name = "credentials",
                                                .bytes = sizeof(struct ucred),
                                                .format = ucred_format,
                                                .trace = ucred_trace};
const struct option_codec option_groups_codec = {.name = "group ids",
                                                 .bytes = OPTION_VALUE_BYTES,
                                                 .format = groups_format,
                                                 .trace = groups_trace};
const struct option_codec option_pidfd_codec = {.name = "process",
                                                .bytes = sizeof(int),
                                                .is_fd = true,
                                                .format = pidfd_format,
                                                .trace = pidfd_trace};
const struct option_codec option_tcp_info_codec = {.name = "tcp_info",
                                                   .bytes = OPTION_VALUE_BYTES,
                                                   .format = tcp_info_format,
                                                   .trace = tcp_info_trace};
const struct option_codec option_meminfo_codec = {.name = "memory figures",
                                                  .bytes = OPTION_VALUE_BYTES,
                                                  .format = meminfo_format,
                                                  .trace = meminfo_trace};
