/* AF_UNIX sockets: linux/unix_diag.h. */
#include <linux/unix_diag.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/text.h"
#include "probes/diag_socket.h"

#define PATH_BYTES 108 /* of struct sockaddr_un */

void unix_diag_question(const struct diag_want *want, struct diag_question *ret)
{
    struct unix_diag_req q = {.sdiag_family = AF_UNIX,
                              .udiag_states = want->states,
                              .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER |
                                            UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID};

    if (want->parts & DETAIL_VFS)
        q.udiag_show |= UDIAG_SHOW_VFS;
    if (want->parts & DETAIL_PEERS)
        q.udiag_show |= UDIAG_SHOW_ICONS;
    if (want->parts & DETAIL_MEMINFO)
        q.udiag_show |= UDIAG_SHOW_MEMINFO;
    *ret = (struct diag_question){.body_bytes = sizeof(q), .dump = true};
    memcpy(ret->body, &q, sizeof(q));
}

/* An abstract name begins with a NUL and may hold more: each is shown as "@", as ss does.  A
 * path ends at its first. */
static void take_name(struct diag_socket *s, const struct diag_attribute *a)
{
    char name[PATH_BYTES];
    size_t len = a->len < sizeof(name) ? a->len : sizeof(name);

    if (!len)
        return;
    memcpy(name, a->data, len);
    if (name[0])
        len = strnlen(name, len);
    else
        for (size_t i = 0; i < len; i++)
            if (!name[i])
                name[i] = '@';
    s->name_len = text_clean(name, len, s->name, sizeof(s->name));
}

static void take_vfs(struct socket_detail *d, const struct diag_attribute *a)
{
    struct unix_diag_vfs vfs;

    if (a->len < sizeof(vfs))
        return;
    memcpy(&vfs, a->data, sizeof(vfs));
    d->known |= DETAIL_VFS;
    d->vfs_inode = vfs.udiag_vfs_ino;
    d->vfs_device = vfs.udiag_vfs_dev;
}

static void take_queues(struct row *row, const struct diag_attribute *a)
{
    struct unix_diag_rqlen queues;

    if (a->len < sizeof(queues))
        return;
    memcpy(&queues, a->data, sizeof(queues));
    row->rqueue = queues.udiag_rqueue;
    row->wqueue = queues.udiag_wqueue;
}

static void take(struct diag_socket *s, const struct diag_attribute *a)
{
    switch (a->type) {
    case UNIX_DIAG_NAME:
        take_name(s, a);
        break;
    case UNIX_DIAG_VFS:
        take_vfs(&s->detail, a);
        break;
    case UNIX_DIAG_PEER:
        diag_u32(a, &s->row.peer.number[0]);
        break;
    case UNIX_DIAG_ICONS:
        s->detail.known |= DETAIL_PEERS;
        s->detail.waiting = (uint32_t)(a->len / sizeof(uint32_t));
        break;
    case UNIX_DIAG_RQLEN:
        take_queues(&s->row, a);
        break;
    case UNIX_DIAG_MEMINFO:
        diag_take_meminfo(&s->detail, a);
        break;
    case UNIX_DIAG_SHUTDOWN:
        if (a->len) {
            s->detail.known |= DETAIL_SHUTDOWN;
            s->detail.shutdown = a->data[0];
        }
        break;
    case UNIX_DIAG_UID:
        diag_u32(a, &s->row.uid);
        break;
    default:
        break;
    }
}

int unix_diag_parse(const struct nlmsghdr *message, const struct diag_want *want,
                    struct diag_socket *ret)
{
    struct unix_diag_msg m;
    struct diag_attribute a;
    const uint8_t *at;
    size_t left;
    int rc;

    (void)want;
    if (!diag_body(message, &m, sizeof(m), &at, &left))
        return -EBADMSG;
    if (m.udiag_family != AF_UNIX || diag_kind(KIND_UNIX_STREAM, m.udiag_type) == KIND_COUNT ||
        m.udiag_state == 0 || m.udiag_state >= STATE_COUNT)
        return -EBADMSG;
    ret->name_len = 0;
    ret->detail.known = 0;
    ret->detail.info_bytes = 0;
    ret->row = (struct row){.cookie = diag_cookie(m.udiag_cookie),
                            .local = {.family = AF_UNIX, .number = {m.udiag_ino}},
                            .peer = {.family = AF_UNIX},
                            .rqueue = QUEUE_UNKNOWN,
                            .wqueue = QUEUE_UNKNOWN,
                            .uid = UID_UNKNOWN,
                            .inode = m.udiag_ino,
                            .kind = (uint8_t)diag_kind(KIND_UNIX_STREAM, m.udiag_type),
                            .state = m.udiag_state};
    while ((rc = diag_next_attribute(&at, &left, &a)) > 0)
        take(ret, &a);
    return rc;
}
