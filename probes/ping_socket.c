#include "probes/ping_socket.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "probes/grant.h"

/* A raw socket sees every ping's replies: so many are looked at before others have their turn. */
#define LOOKS_MAX 64
/* The longest IP packet there is: 40 + 65,535. */
#define PACKET_BYTES (64U << 10 | 64U)
#define DISCARD_PORT 9

/* ---- opening -------------------------------------------------------------------------- */

struct choice {
    int level, name, value;
};

static int set(const struct ping_socket *s, const struct choice *c)
{
    return setsockopt(s->fd, c->level, c->name, &c->value, sizeof(c->value)) < 0 ? -errno : 0;
}

static int discovery(const struct ping_socket *s, const struct ping_settings *settings)
{
    if (settings->path_mtu)
        return s->v6 ? IPV6_PMTUDISC_PROBE : IP_PMTUDISC_PROBE;
    if (settings->dont_fragment)
        return s->v6 ? IPV6_PMTUDISC_DO : IP_PMTUDISC_DO;
    return s->v6 ? IPV6_PMTUDISC_WANT : IP_PMTUDISC_WANT;
}

static int set_all(const struct ping_socket *s, const struct ping_settings *settings)
{
    const struct choice v4[] = {{IPPROTO_IP, IP_RECVTTL, 1},
                                {IPPROTO_IP, IP_RECVERR, 1},
                                {IPPROTO_IP, IP_MTU_DISCOVER, discovery(s, settings)}};
    const struct choice v6[] = {{IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1},
                                {IPPROTO_IPV6, IPV6_RECVERR, 1},
                                {IPPROTO_IPV6, IPV6_MTU_DISCOVER, discovery(s, settings)}};
    const struct choice stamps = {SOL_SOCKET, SO_TIMESTAMPNS, 1};
    const struct choice ttl =
        s->v6 ? (struct choice){IPPROTO_IPV6, IPV6_UNICAST_HOPS, settings->ttl}
              : (struct choice){IPPROTO_IP, IP_TTL, settings->ttl};
    int r = set(s, &stamps);

    for (size_t i = 0; r == 0 && i < sizeof(v4) / sizeof(v4[0]); i++)
        r = set(s, s->v6 ? &v6[i] : &v4[i]);
    return r == 0 && settings->ttl ? set(s, &ttl) : r;
}

/* Of all the ICMP that comes to this host a raw socket need not see more than this. */
static int set_filter(const struct ping_socket *s)
{
    struct icmp_filter v4 = {~((1U << ICMP_ECHOREPLY) | (1U << ICMP_DEST_UNREACH) |
                               (1U << ICMP_SOURCE_QUENCH) | (1U << ICMP_REDIRECT) |
                               (1U << ICMP_TIME_EXCEEDED) | (1U << ICMP_PARAMETERPROB))};
    struct icmp6_filter v6;

    if (!s->v6)
        return setsockopt(s->fd, SOL_RAW, ICMP_FILTER, &v4, sizeof(v4)) < 0 ? -errno : 0;
    ICMP6_FILTER_SETBLOCKALL(&v6);
    for (int type = ICMP6_DST_UNREACH; type <= ICMP6_PARAM_PROB; type++)
        ICMP6_FILTER_SETPASS(type, &v6);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &v6);
    return setsockopt(s->fd, IPPROTO_ICMPV6, ICMP6_FILTER, &v6, sizeof(v6)) < 0 ? -errno : 0;
}

/* The kernel gives a datagram socket its identifier as a port; a raw one's is ours to choose. */
static int identify(struct ping_socket *s, const struct ping_settings *settings,
                    struct err *err)
{
    struct addr from = settings->source;
    struct sockaddr_storage name;
    socklen_t len;
    char ip[ADDR_TEXT_BYTES];

    if (from.family == AF_UNSPEC)
        from.family = settings->to.family;
    from.port = 0;
    addr_to_sockaddr(&from, &name, &len);
    if (bind(s->fd, (struct sockaddr *)&name, len) < 0)
        return err_set(err, -errno, "send from", addr_format_ip(&from, ip), "%s", "");
    len = sizeof(name);
    if (getrandom(&s->owner, sizeof(s->owner), 0) != sizeof(s->owner))
        return err_set(err, -EIO, "draw a random number", "", "%s", "");
    s->id = (uint16_t)s->owner;
    if (!s->raw && getsockname(s->fd, (struct sockaddr *)&name, &len) == 0)
        s->id = addr_from_sockaddr((struct sockaddr *)&name).port;
    return 0;
}

/* Which address of ours the route leaves by; says early that there is no route. */
static int find_source(struct ping_socket *s, const struct ping_settings *settings,
                       struct err *err)
{
    struct addr to = settings->to;
    struct sockaddr_storage name;
    socklen_t len;
    char ip[ADDR_TEXT_BYTES];
    int fd = socket(to.family, SOCK_DGRAM | SOCK_CLOEXEC, 0), r = 0;

    to.port = DISCARD_PORT; /* connecting sends nothing */
    addr_to_sockaddr(&to, &name, &len);
    if (fd < 0 || connect(fd, (struct sockaddr *)&name, len) < 0)
        r = -errno;
    len = sizeof(name);
    if (r == 0 && getsockname(fd, (struct sockaddr *)&name, &len) == 0)
        s->source = addr_from_sockaddr((struct sockaddr *)&name);
    if (fd >= 0)
        close(fd);
    if (settings->source.family)
        s->source = settings->source;
    if (r == -EACCES)
        return err_set(err, -EINVAL, "ping", addr_format_ip(&to, ip),
                       "it is a broadcast address: name one host");
    return r < 0 ? err_set(err, r, "ping", addr_format_ip(&to, ip), "%s", "") : 0;
}

int ping_socket_open(struct ping_socket *s, const struct ping_settings *settings,
                     struct err *err)
{
    struct addr to = settings->to;
    int r;

    *s = (struct ping_socket){.fd = -1, .v6 = to.family == AF_INET6};
    to.port = 0;
    if (!addr_to_sockaddr(&to, &s->to, &s->to_len))
        return err_set(err, -EINVAL, "ping", "", "the address is missing");
    if (settings->source.family && settings->source.family != to.family)
        return err_set(err, -EINVAL, "ping", "",
                       "the source and the host are of different families");
    r = find_source(s, settings, err);
    if (r == 0)
        r = grant_echo_socket(to.family, &s->fd, &s->raw, err);
    if (r == 0)
        r = identify(s, settings, err);
    if (r < 0)
        goto fail;
    r = set_all(s, settings);
    if (r == 0 && s->raw)
        r = set_filter(s);
    if (r < 0) {
        err_set(err, r, "prepare a socket for", s->v6 ? "ICMPv6" : "ICMP", "%s", "");
        goto fail;
    }
    s->buffer = mem_new(PACKET_BYTES, 1);
    return 0;
fail:
    ping_socket_close(s);
    return r;
}

void ping_socket_close(struct ping_socket *s)
{
    if (s->fd >= 0)
        close(s->fd);
    free(s->buffer);
    s->fd = -1;
    s->buffer = NULL;
}

/* ---- receiving ------------------------------------------------------------------------ */

/* What recvmsg(2) tells beside the bytes. */
struct extras {
    struct ping_arrival *arrival;
    bool has_error;
    struct sock_extended_err error;
    struct addr offender;
};

static void take_error(struct extras *x, const struct cmsghdr *c)
{
    size_t len = c->cmsg_len - CMSG_LEN(0);
    struct {
        struct sock_extended_err error;
        struct sockaddr_storage offender;
    } got = {0};

    if (len < sizeof(got.error))
        return;
    memcpy(&got, CMSG_DATA(c), len < sizeof(got) ? len : sizeof(got));
    x->has_error = true;
    x->error = got.error;
    /* SO_EE_OFFENDER: the address stands right behind. */
    x->offender = addr_from_sockaddr((struct sockaddr *)&got.offender);
    x->offender.port = 0;
}

static void take_extras(struct msghdr *message, struct extras *x)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        struct timespec at;
        int ttl;

        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
            memcpy(&at, CMSG_DATA(c), sizeof(at));
            x->arrival->has_wall = true;
            x->arrival->wall_ns = (uint64_t)at.tv_sec * CLOCK_SECOND_NS + (uint64_t)at.tv_nsec;
        } else if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL) ||
                   (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)) {
            memcpy(&ttl, CMSG_DATA(c), sizeof(ttl));
            x->arrival->has_ttl = true;
            x->arrival->ttl = (uint8_t)ttl;
        } else if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
                   (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR)) {
            take_error(x, c);
        }
    }
}

/* The bytes of the next message into s->buffer; negative errno. */
static ssize_t receive(struct ping_socket *s, int flags, struct extras *x)
{
    union {
        struct cmsghdr aligned;
        char bytes[512];
    } control;
    struct sockaddr_storage from = {0};
    struct iovec room = {.iov_base = s->buffer, .iov_len = PACKET_BYTES};
    struct msghdr message = {.msg_name = &from,
                             .msg_namelen = sizeof(from),
                             .msg_iov = &room,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t n = recvmsg(s->fd, &message, flags);

    if (n < 0)
        return -errno;
    take_extras(&message, x);
    x->arrival->from = addr_from_sockaddr((struct sockaddr *)&from);
    x->arrival->from.port = 0;
    return n;
}

/* A raw socket has the errors as packets, which say all that the queue does. */
static bool error_is_ours(struct ping_socket *s, const struct extras *x, size_t len)
{
    uint8_t origin = s->v6 ? SO_EE_ORIGIN_ICMP6 : SO_EE_ORIGIN_ICMP;
    struct echo_message *m = &x->arrival->message;

    if (s->raw || !x->has_error || x->error.ee_origin != origin)
        return false;
    *m = (struct echo_message){
        .kind = ECHO_ERROR, .type = x->error.ee_type, .code = x->error.ee_code};
    if (echo_error_too_big(s->v6, m->type, m->code)) {
        m->mtu = x->error.ee_info;
        m->has_mtu = m->mtu != 0;
    }
    if (echo_read_request(s->v6, s->buffer, len, &m->id, &m->sequence) < 0)
        return false;
    x->arrival->from = x->offender;
    return m->id == s->id;
}

static bool message_is_ours(const struct ping_socket *s, const struct ping_arrival *a)
{
    const struct echo_message *m = &a->message;
    struct addr to = addr_from_sockaddr((const struct sockaddr *)&s->to);

    if (m->id != s->id)
        return false;
    if (m->kind == ECHO_ERROR)
        return addr_same_ip(&m->destination, &to);
    return !m->has_mark ||
           (m->mark.owner == s->owner && (uint16_t)m->mark.sequence == m->sequence);
}

/* One look: 1 with an arrival of ours, 0 with another's; negative errno: nothing was read. */
static int look(struct ping_socket *s, struct ping_arrival *ret)
{
    struct extras x = {.arrival = ret};
    ssize_t n;

    *ret = (struct ping_arrival){0};
    n = receive(s, MSG_ERRQUEUE, &x);
    if (n >= 0)
        return error_is_ours(s, &x, (size_t)n);
    n = receive(s, 0, &x);
    if (n < 0)
        return (int)n;
    return echo_read(s->v6, s->raw && !s->v6, s->buffer, (size_t)n, &ret->message) == 0 &&
           message_is_ours(s, ret);
}

int ping_socket_receive(struct ping_socket *s, struct ping_arrival *ret)
{
    bool any = false;
    int r = 0;

    if (s->has_kept) {
        *ret = s->kept;
        s->has_kept = false;
        return 1;
    }
    for (unsigned looks = 0; looks < LOOKS_MAX && r <= 0; looks++) {
        struct ping_arrival a;

        r = look(s, &a);
        if (r == -EAGAIN)
            return 0;
        if (r > 0)
            *ret = a;
        any = any || r >= 0;
    }
    /* An errno may be that of an error that is in the queue now; not of one look after the other. */
    return any && r < 0 ? 0 : r;
}

/* ---- sending -------------------------------------------------------------------------- */

/* A refusal by this host leaves its MTU in the error queue; an error from elsewhere made
 * sendto(2) fail in passing, and goes to ping_socket_receive(). */
static int why_refused(struct ping_socket *s, int code, uint32_t *ret_mtu)
{
    struct ping_arrival a = {0};
    struct extras x = {.arrival = &a};
    ssize_t n = receive(s, MSG_ERRQUEUE, &x);

    if (n < 0)
        return code;
    if (x.has_error && x.error.ee_origin == SO_EE_ORIGIN_LOCAL) {
        if (code == -EMSGSIZE)
            *ret_mtu = x.error.ee_info;
        return code;
    }
    if (error_is_ours(s, &x, (size_t)n)) {
        s->has_kept = true;
        s->kept = a;
    }
    return -EINPROGRESS;
}

int ping_socket_send(struct ping_socket *s, uint32_t sequence, size_t payload_bytes,
                     uint32_t *ret_mtu)
{
    struct echo_mark mark = {.owner = s->owner, .sequence = sequence};

    echo_write(s->v6, s->id, &mark, payload_bytes, s->buffer);
    if (sendto(s->fd, s->buffer, ECHO_HEADER_BYTES + payload_bytes, 0,
               (struct sockaddr *)&s->to, s->to_len) >= 0)
        return 0;
    *ret_mtu = 0;
    return why_refused(s, -errno, ret_mtu);
}
