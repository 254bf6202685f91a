/* AF_VSOCK sockets: linux/vm_sockets_diag.h, vsock(7). */
#include <linux/vm_sockets_diag.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "probes/diag_socket.h"

void vsock_diag_question(const struct diag_want *want, struct diag_question *ret)
{
    struct vsock_diag_req q = {.sdiag_family = AF_VSOCK, .vdiag_states = want->states};

    *ret = (struct diag_question){.body_bytes = sizeof(q), .dump = true};
    memcpy(ret->body, &q, sizeof(q));
}

/* It sends no attributes, and tells neither user nor queues. */
int vsock_diag_parse(const struct nlmsghdr *message, const struct diag_want *want,
                     struct diag_socket *ret)
{
    struct vsock_diag_msg m;
    const uint8_t *at;
    size_t left;

    (void)want;
    if (!diag_body(message, &m, sizeof(m), &at, &left))
        return -EBADMSG;
    if (m.vdiag_family != AF_VSOCK ||
        diag_kind(KIND_VSOCK_STREAM, m.vdiag_type) == KIND_COUNT || m.vdiag_state == 0 ||
        m.vdiag_state >= STATE_COUNT)
        return -EBADMSG;
    ret->name_len = 0;
    ret->detail.info_bytes = 0;
    ret->detail.known = DETAIL_SHUTDOWN;
    ret->detail.shutdown = m.vdiag_shutdown;
    ret->row = (struct row){
        .cookie = diag_cookie(m.vdiag_cookie),
        .local = {.family = AF_VSOCK, .number = {m.vdiag_src_cid, m.vdiag_src_port}},
        .peer = {.family = AF_VSOCK, .number = {m.vdiag_dst_cid, m.vdiag_dst_port}},
        .rqueue = QUEUE_UNKNOWN,
        .wqueue = QUEUE_UNKNOWN,
        .uid = UID_UNKNOWN,
        .inode = m.vdiag_ino,
        .kind = (uint8_t)diag_kind(KIND_VSOCK_STREAM, m.vdiag_type),
        .state = m.vdiag_state};
    return 0;
}
