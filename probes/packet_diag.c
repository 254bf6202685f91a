/* AF_PACKET sockets: linux/packet_diag.h, packet(7). */
#include <linux/packet_diag.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "probes/diag_socket.h"

void packet_diag_question(const struct diag_want *want, struct diag_question *ret)
{
    /* The interface, the user and the receive queue come with these. */
    struct packet_diag_req q = {.sdiag_family = AF_PACKET,
                                .pdiag_show = PACKET_SHOW_INFO | PACKET_SHOW_MEMINFO};

    if (want->parts & DETAIL_GROUPS)
        q.pdiag_show |= PACKET_SHOW_MCLIST;
    *ret = (struct diag_question){.body_bytes = sizeof(q), .dump = true};
    memcpy(ret->body, &q, sizeof(q));
}

static void take_info(struct diag_socket *s, const struct diag_attribute *a)
{
    struct packet_diag_info info;

    if (a->len < sizeof(info))
        return;
    memcpy(&info, a->data, sizeof(info));
    s->row.interface = info.pdi_index;
    s->row.local.number[1] = info.pdi_index;
    s->detail.known |= DETAIL_PACKET;
    s->detail.packet_version = info.pdi_version;
    s->detail.packet_flags = info.pdi_flags;
}

static void take(struct diag_socket *s, const struct diag_attribute *a)
{
    switch (a->type) {
    case PACKET_DIAG_INFO:
        take_info(s, a);
        break;
    case PACKET_DIAG_UID:
        diag_u32(a, &s->row.uid);
        break;
    case PACKET_DIAG_MEMINFO:
        diag_take_meminfo(&s->detail, a);
        if (s->detail.known & DETAIL_MEMINFO) {
            s->row.rqueue = s->detail.rmem_alloc;
            s->row.wqueue = s->detail.wmem_alloc;
        }
        break;
    case PACKET_DIAG_MCLIST:
        s->detail.known |= DETAIL_GROUPS;
        s->detail.groups = (uint32_t)(a->len / sizeof(struct packet_diag_mclist));
        break;
    default:
        break;
    }
}

int packet_diag_parse(const struct nlmsghdr *message, const struct diag_want *want,
                      struct diag_socket *ret)
{
    struct packet_diag_msg m;
    struct diag_attribute a;
    const uint8_t *at;
    size_t left;
    int rc;

    (void)want;
    if (!diag_body(message, &m, sizeof(m), &at, &left))
        return -EBADMSG;
    /* SOCK_PACKET is the raw one of Linux 2.0. */
    if (m.pdiag_family != AF_PACKET ||
        (m.pdiag_type != SOCK_RAW && m.pdiag_type != SOCK_DGRAM && m.pdiag_type != SOCK_PACKET))
        return -EBADMSG;
    ret->name_len = 0;
    ret->detail.known = 0;
    ret->detail.info_bytes = 0;
    ret->row =
        (struct row){.cookie = diag_cookie(m.pdiag_cookie),
                     .local = {.family = AF_PACKET, .number = {m.pdiag_num}},
                     .rqueue = QUEUE_UNKNOWN,
                     .wqueue = QUEUE_UNKNOWN,
                     .uid = UID_UNKNOWN,
                     .inode = m.pdiag_ino,
                     .kind = m.pdiag_type == SOCK_DGRAM ? KIND_PACKET_DGRAM : KIND_PACKET_RAW,
                     .state = STATE_CLOSE};
    while ((rc = diag_next_attribute(&at, &left, &a)) > 0)
        take(ret, &a);
    return rc;
}
