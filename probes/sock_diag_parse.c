/* One message of NETLINK_SOCK_DIAG made into a row or a detail.  Pure: sees nothing but the
 * message.  linux/inet_diag.h, linux/sock_diag.h; what the kernel fills in is told by
 * inet_diag_msg_common_fill() and its neighbours in net/ipv4/inet_diag.c. */
#include "probes/sock_diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>

#include "core/base/text.h"

/* mnl_nlmsg_ok() of libmnl 1.0.4 compares as int and believes lengths of 2 GiB and more. */
const struct nlmsghdr *sock_diag_next(const uint8_t **at, size_t *left)
{
    const struct nlmsghdr *message = (const void *)*at;
    size_t whole;

    if (*left < sizeof(*message) || message->nlmsg_len < sizeof(*message) ||
        message->nlmsg_len > *left)
        return NULL;
    whole = ((size_t)message->nlmsg_len + 3) & ~(size_t)3;
    if (whole > *left)
        whole = *left;
    *at += whole;
    *left -= whole;
    return message;
}

/* A link-local address means nothing without its interface; others stand alone. */
static struct addr address(int family, const __be32 *ip, __be16 port, uint32_t interface)
{
    struct addr a = addr_make(family, ip, ntohs(port));

    if (family == AF_INET6 && a.ip[0] == 0xfe && (a.ip[1] & 0xc0) == 0x80)
        a.scope = interface;
    return a;
}

static int row_from(const struct inet_diag_msg *m, struct row *ret)
{
    int family = m->idiag_family;

    if (family != AF_INET && family != AF_INET6)
        return -EBADMSG;
    if (m->idiag_state < STATE_ESTABLISHED || m->idiag_state >= STATE_COUNT)
        return -EBADMSG;
    *ret = (struct row){
        .cookie = (uint64_t)m->id.idiag_cookie[1] << 32 | m->id.idiag_cookie[0],
        .local = address(family, m->id.idiag_src, m->id.idiag_sport, m->id.idiag_if),
        .peer = address(family, m->id.idiag_dst, m->id.idiag_dport, m->id.idiag_if),
        .rqueue = m->idiag_rqueue,
        .wqueue = m->idiag_wqueue,
        .uid = m->idiag_uid,
        .inode = m->idiag_inode,
        .timer_ms = m->idiag_timer ? m->idiag_expires : 0,
        .state = m->idiag_state,
        .timer = m->idiag_timer,
        .retransmits = m->idiag_retrans,
    };
    return 0;
}

/* NLA_TYPE_MASK without its sign: the bits beside the type are flags. */
#define ATTRIBUTE_TYPE 0x3fffU

struct attribute {
    unsigned type;
    const uint8_t *data;
    size_t len;
};

/* Takes the attribute at *at off the front.  1, 0 at the end, -EBADMSG when its length does
 * not fit: then nothing behind it can be believed either. */
static int next_attribute(const uint8_t **at, size_t *left, struct attribute *ret)
{
    struct nlattr header;
    size_t whole;

    if (*left == 0)
        return 0;
    if (*left < sizeof(header))
        return -EBADMSG;
    memcpy(&header, *at, sizeof(header));
    if (header.nla_len < sizeof(header) || header.nla_len > *left)
        return -EBADMSG;
    ret->type = header.nla_type & ATTRIBUTE_TYPE;
    ret->data = *at + sizeof(header);
    ret->len = header.nla_len - sizeof(header);
    /* The last one may come without its padding. */
    whole = (header.nla_len + 3U) & ~3U;
    if (whole > *left)
        whole = *left;
    *at += whole;
    *left -= whole;
    return 1;
}

static void take_meminfo(struct socket_detail *d, const struct attribute *a)
{
    uint32_t v[SK_MEMINFO_VARS];

    /* Old kernels tell fewer: unknown is better than a drop counter that reads 0. */
    if (a->len < sizeof(v))
        return;
    memcpy(v, a->data, sizeof(v));
    d->known |= DETAIL_MEMINFO;
    d->rmem_alloc = v[SK_MEMINFO_RMEM_ALLOC];
    d->rcvbuf = v[SK_MEMINFO_RCVBUF];
    d->wmem_alloc = v[SK_MEMINFO_WMEM_ALLOC];
    d->sndbuf = v[SK_MEMINFO_SNDBUF];
    d->fwd_alloc = v[SK_MEMINFO_FWD_ALLOC];
    d->wmem_queued = v[SK_MEMINFO_WMEM_QUEUED];
    d->optmem = v[SK_MEMINFO_OPTMEM];
    d->backlog = v[SK_MEMINFO_BACKLOG];
    d->drops = v[SK_MEMINFO_DROPS];
}

/* struct tcp_info grows at its end: take what is there, tell how much. */
static void take_info(struct socket_detail *d, const struct attribute *a)
{
    size_t len = a->len < sizeof(d->info) ? a->len : sizeof(d->info);

    memset(d->info, 0, sizeof(d->info));
    memcpy(d->info, a->data, len);
    d->known |= DETAIL_INFO;
    d->info_bytes = (uint32_t)len;
}

static void take_congestion(struct socket_detail *d, const struct attribute *a)
{
    d->known |= DETAIL_CONGESTION;
    text_clean(a->data, strnlen((const char *)a->data, a->len), d->congestion,
               sizeof(d->congestion));
}

static void take(struct row *row, struct socket_detail *detail, const struct attribute *a)
{
    if (a->type == INET_DIAG_SKV6ONLY && a->len >= 1)
        row->v6only = a->data[0] != 0;
    else if (!detail)
        return;
    else if (a->type == INET_DIAG_SKMEMINFO)
        take_meminfo(detail, a);
    else if (a->type == INET_DIAG_INFO)
        take_info(detail, a);
    else if (a->type == INET_DIAG_CONG)
        take_congestion(detail, a);
}

static int parse(const struct nlmsghdr *message, struct row *row, struct socket_detail *detail)
{
    const uint8_t *at = (const uint8_t *)message + NLMSG_HDRLEN;
    struct inet_diag_msg m;
    struct attribute a;
    size_t left;
    int rc;

    if (message->nlmsg_len < NLMSG_LENGTH(sizeof(m)))
        return -EBADMSG;
    memcpy(&m, at, sizeof(m));
    rc = row_from(&m, row);
    if (rc < 0)
        return rc;
    at += sizeof(m);
    left = message->nlmsg_len - NLMSG_LENGTH(sizeof(m));
    while ((rc = next_attribute(&at, &left, &a)) > 0)
        take(row, detail, &a);
    return rc;
}

int sock_diag_parse_row(const struct nlmsghdr *message, struct row *ret)
{
    struct row row;
    int rc = parse(message, &row, NULL);

    if (rc == 0)
        *ret = row;
    return rc;
}

int sock_diag_parse_portrait(const struct nlmsghdr *message, struct socket_portrait *ret)
{
    struct socket_portrait portrait = {0};
    int rc = parse(message, &portrait.row, &portrait.detail);

    if (rc == 0)
        *ret = portrait;
    return rc;
}
