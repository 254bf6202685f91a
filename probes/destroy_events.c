#include "probes/destroy_events.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "probes/diag_socket.h"
#include "probes/grant.h"

#define DATAGRAM_BYTES 8192
#define READS_MAX 16384

struct destroy_events {
    struct mnl_socket *nl;
    uint8_t buffer[DATAGRAM_BYTES] __attribute__((aligned(8)));
};

static int join(struct mnl_socket *nl)
{
    static const int groups[] = {SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET_UDP_DESTROY,
                                 SKNLGRP_INET6_TCP_DESTROY, SKNLGRP_INET6_UDP_DESTROY};

    if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
        return -errno;
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        int group = groups[i];

        if (mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
            return -errno;
    }
    return 0;
}

struct destroy_events *destroy_events_open(struct kernel_events_status *status)
{
    struct mnl_socket *nl = NULL;
    struct destroy_events *d;
    int fd = -1, code = grant_socket(GUARD_DESTROYS, &fd);

    if (code == 0) {
        nl = mnl_socket_fdopen(fd);
        code = nl ? join(nl) : -errno;
    }

    if (code < 0) {
        err_set(&status->why_not[KERNEL_DESTROYED], code, "sock_diag", "destroy groups",
                "the kernel does not tell which sockets it destroys");
        if (nl)
            mnl_socket_close(nl);
        else if (fd >= 0)
            close(fd);
        return NULL;
    }
    status->on[KERNEL_DESTROYED] = true;
    d = mem_new(1, sizeof(*d));
    d->nl = nl;
    return d;
}

void destroy_events_close(struct destroy_events *d)
{
    if (!d)
        return;
    mnl_socket_close(d->nl);
    free(d);
}

int destroy_events_fd(const struct destroy_events *d)
{
    return d ? mnl_socket_get_fd(d->nl) : -1;
}

int destroy_events_parse(const struct nlmsghdr *message, struct kernel_event *ret)
{
    struct inet_diag_msg m;
    struct diag_attribute a;
    struct row row;
    const uint8_t *at;
    size_t left;
    uint8_t protocol = 0;

    if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY)
        return -ENOMSG;
    if (!diag_body(message, &m, sizeof(m), &at, &left) ||
        (m.idiag_family != AF_INET && m.idiag_family != AF_INET6))
        return -EBADMSG;
    inet_diag_row(&m, KIND_TCP, &row);
    while (diag_next_attribute(&at, &left, &a) > 0)
        if (a.type == INET_DIAG_PROTOCOL && a.len)
            protocol = a.data[0];
    *ret = (struct kernel_event){.kind = KERNEL_DESTROYED,
                                 .cookie = row.cookie,
                                 .local = row.local,
                                 .peer = row.peer,
                                 .protocol = protocol,
                                 .new_state = STATE_CLOSE,
                                 .unread_bytes = row.rqueue};
    return 0;
}

static void take_datagram(const uint8_t *at, size_t left,
                          void (*event)(void *ctx, const struct kernel_event *e), void *ctx)
{
    const struct nlmsghdr *message;
    struct kernel_event e;

    while ((message = diag_next_message(&at, &left))) {
        if (destroy_events_parse(message, &e) < 0)
            continue;
        e.at_ns = clock_now_ns();
        event(ctx, &e);
    }
}

uint64_t destroy_events_read(struct destroy_events *d,
                             void (*event)(void *ctx, const struct kernel_event *e), void *ctx)
{
    uint64_t lost = 0;

    for (int i = 0; d && i < READS_MAX; i++) {
        struct sockaddr_nl from = {0};
        socklen_t from_len = sizeof(from);
        ssize_t n = recvfrom(mnl_socket_get_fd(d->nl), d->buffer, sizeof(d->buffer), 0,
                             (struct sockaddr *)&from, &from_len);

        if (n < 0 && errno == ENOBUFS)
            lost++;
        else if (n < 0)
            break;
        else if (from.nl_pid == 0)
            take_datagram(d->buffer, (size_t)n, event, ctx);
    }
    return lost;
}
