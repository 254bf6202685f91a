/* What the families of sock_diag have in common. */
#include "probes/diag_socket.h"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

bool diag_body(const struct nlmsghdr *message, void *body, size_t size, const uint8_t **ret_at,
               size_t *ret_left)
{
    const uint8_t *at = (const uint8_t *)message + NLMSG_HDRLEN;

    if (message->nlmsg_len < NLMSG_HDRLEN + size)
        return false;
    memcpy(body, at, size);
    *ret_at = at + size;
    *ret_left = message->nlmsg_len - NLMSG_HDRLEN - size;
    return true;
}

bool diag_u32(const struct diag_attribute *a, uint32_t *ret)
{
    if (a->len < sizeof(*ret))
        return false;
    memcpy(ret, a->data, sizeof(*ret));
    return true;
}

void diag_take_meminfo(struct socket_detail *d, const struct diag_attribute *a)
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

enum socket_kind diag_kind(enum socket_kind first, uint8_t type)
{
    return type == SOCK_STREAM      ? first
           : type == SOCK_DGRAM     ? first + 1
           : type == SOCK_SEQPACKET ? first + 2
                                    : KIND_COUNT;
}

uint64_t diag_cookie(const uint32_t halves[2])
{
    return (uint64_t)halves[1] << 32 | halves[0];
}
