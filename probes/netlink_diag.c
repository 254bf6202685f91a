/* AF_NETLINK sockets: linux/netlink_diag.h, netlink(7). */
#include <linux/netlink_diag.h>

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "probes/diag_socket.h"

#define CONNECTED 1 /* ndiag_state: NETLINK_CONNECTED of net/netlink/af_netlink.c */

void netlink_diag_question(const struct diag_want *want, struct diag_question *ret)
{
    /* The queues come with the memory.  The kernel tells those that joined a group twice: the
     * groups say which they are. */
    struct netlink_diag_req q = {.sdiag_family = AF_NETLINK,
                                 .sdiag_protocol = NDIAG_PROTO_ALL,
                                 .ndiag_show = NDIAG_SHOW_MEMINFO | NDIAG_SHOW_GROUPS};

    (void)want;
    *ret = (struct diag_question){.body_bytes = sizeof(q), .dump = true};
    memcpy(ret->body, &q, sizeof(q));
}

static uint32_t count_bits(const uint8_t *bytes, size_t len)
{
    uint32_t n = 0;

    for (size_t i = 0; i < len; i++)
        n += (uint32_t)__builtin_popcount(bytes[i]);
    return n;
}

static void take(struct diag_socket *s, const struct diag_attribute *a)
{
    if (a->type == NETLINK_DIAG_GROUPS) {
        s->detail.groups = count_bits(a->data, a->len);
    } else if (a->type == NETLINK_DIAG_MEMINFO) {
        diag_take_meminfo(&s->detail, a);
        if (!(s->detail.known & DETAIL_MEMINFO))
            return;
        s->row.rqueue = s->detail.rmem_alloc;
        s->row.wqueue = s->detail.wmem_alloc;
    }
}

int netlink_diag_parse(const struct nlmsghdr *message, const struct diag_want *want,
                       struct diag_socket *ret)
{
    struct netlink_diag_msg m;
    struct diag_attribute a;
    const uint8_t *at;
    size_t left;
    int rc;

    (void)want;
    if (!diag_body(message, &m, sizeof(m), &at, &left) || m.ndiag_family != AF_NETLINK)
        return -EBADMSG;
    ret->name_len = 0;
    /* A socket that never joined one comes without the attribute. */
    ret->detail.known = DETAIL_GROUPS;
    ret->detail.groups = 0;
    ret->detail.info_bytes = 0;
    ret->row = (struct row){
        .cookie = diag_cookie(m.ndiag_cookie),
        .local = {.family = AF_NETLINK, .number = {m.ndiag_protocol, m.ndiag_portid}},
        .rqueue = QUEUE_UNKNOWN,
        .wqueue = QUEUE_UNKNOWN,
        .uid = UID_UNKNOWN,
        .inode = m.ndiag_ino,
        .kind = KIND_NETLINK,
        .state = STATE_CLOSE};
    if (m.ndiag_state == CONNECTED)
        ret->row.peer = (struct addr){.family = AF_NETLINK,
                                      .number = {m.ndiag_dst_group, m.ndiag_dst_portid}};
    while ((rc = diag_next_attribute(&at, &left, &a)) > 0)
        take(ret, &a);
    return rc;
}
