/* Dumps of NETLINK_SOCK_DIAG, whatever the family. */
#include "probes/sock_diag.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>

#include "core/base/hash.h"
#include "core/base/mem.h"

#define STATE_BIT(state) (UINT32_C(1) << (state))

const struct sock_diag_table sock_diag_tables[SOCK_DIAG_TABLES] = {
    {KIND_BIT(KIND_NETLINK), false},
    {KINDS_PACKET, false},
    {KINDS_UNIX, false},
    {KIND_BIT(KIND_RAW), true},
    {KIND_BIT(KIND_UDP), true},
    {KIND_BIT(KIND_UDPLITE), true},
    {KIND_BIT(KIND_TCP), true},
    {KIND_BIT(KIND_MPTCP), true},
    {KIND_BIT(KIND_DCCP), true},
    {KINDS_VSOCK, false},
    {KIND_BIT(KIND_SCTP), true},
};

const struct sock_diag_family *sock_diag_family(uint32_t kinds)
{
    static const struct sock_diag_family families[] = {
        {KINDS_INET & ~KIND_BIT(KIND_ICMP), inet_diag_question, inet_diag_parse},
        {KINDS_UNIX, unix_diag_question, unix_diag_parse},
        {KINDS_PACKET, packet_diag_question, packet_diag_parse},
        {KIND_BIT(KIND_NETLINK), netlink_diag_question, netlink_diag_parse},
        {KINDS_VSOCK, vsock_diag_question, vsock_diag_parse},
    };

    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        if (kinds & families[i].kinds)
            return &families[i];
    return NULL;
}

/* A cookie that was seen. */
struct seen {
    uint64_t cookie;
    UT_hash_handle hh;
};

static bool see(struct seen **all, uint64_t cookie)
{
    struct seen *seen = NULL;

    HASH_FIND(hh, *all, &cookie, sizeof(cookie), seen);
    if (seen)
        return false;
    seen = mem_new(1, sizeof(*seen));
    seen->cookie = cookie;
    HASH_ADD(hh, *all, cookie, sizeof(seen->cookie), seen);
    return true;
}

static void forget(struct seen *all)
{
    struct seen *seen = all, *next;

    HASH_CLEAR(hh, all);
    for (; seen; seen = next) {
        next = seen->hh.next;
        free(seen);
    }
}

struct dump {
    const struct diag_want *want;
    diag_parse *parse;
    int (*take)(void *ctx, const struct diag_socket *socket);
    void *ctx;
    struct seen *in_groups; /* netlink: the kernel tells those twice */
    struct diag_socket socket;
};

static int dump_message(void *ctx, const struct nlmsghdr *message)
{
    struct dump *dump = ctx;
    const struct row *row = &dump->socket.row;
    int rc = dump->parse(message, dump->want, &dump->socket);

    if (rc < 0)
        return rc;
    if (!(dump->want->kinds & KIND_BIT(row->kind)) ||
        !(dump->want->states & STATE_BIT(row->state)))
        return 0;
    if (row->kind == KIND_NETLINK && dump->socket.detail.groups &&
        !see(&dump->in_groups, row->cookie))
        return 0;
    return dump->take(dump->ctx, &dump->socket);
}

int sock_diag_dump(struct diag *d, const struct diag_want *want,
                   int (*take)(void *ctx, const struct diag_socket *socket), void *ctx,
                   struct diag_outcome *ret)
{
    const struct sock_diag_family *family = sock_diag_family(want->kinds);
    struct dump dump = {.want = want, .take = take, .ctx = ctx};
    struct diag_question question;
    int rc;

    if (!family)
        return -EPROTONOSUPPORT;
    dump.parse = family->parse;
    family->question(want, &question);
    rc = diag_ask(d, &question, dump_message, &dump, ret);
    if ((rc == -EINVAL || rc == -EPERM) && question.program_bytes) {
        question.program_bytes = 0;
        rc = diag_ask(d, &question, dump_message, &dump, ret);
    }
    forget(dump.in_groups);
    return rc;
}
