/* One socket among all: the kernel's exact question where it has one, else its tables. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/unix_diag.h>
#include <stddef.h>
#include <string.h>

#include "probes/sock_diag.h"

#define STATE_BIT(state) (UINT32_C(1) << (state))
#define STATES_ALL (STATE_BIT(STATE_COUNT) - STATE_BIT(STATE_ESTABLISHED))
#define STATES_UNCONNECTED                                                                     \
    (STATE_BIT(STATE_LISTEN) | STATE_BIT(STATE_BOUND_INACTIVE) | STATE_BIT(STATE_CLOSE))
/* The others' exact question looks for something else (a token, a raw protocol). */
#define KINDS_EXACT (KIND_BIT(KIND_TCP) | KIND_BIT(KIND_UDP) | KIND_BIT(KIND_UDPLITE))

struct search {
    const struct row *key;
    const struct diag_want *want;
    diag_parse *parse;
    struct diag_socket *found; /* the caller's; also where each answer is read into */
    bool done;
};

/* A kernel that cannot find a 4-tuple answers with the listener of its port.  Associations of
 * SCTP have the cookie of their endpoint. */
static bool is_it(const struct row *key, const struct row *row)
{
    bool same_ends = addr_equal(&row->local, &key->local) && addr_equal(&row->peer, &key->peer);

    if (row->kind != key->kind)
        return false;
    if (!key->cookie)
        return same_ends && (!key->inode || row->inode == key->inode);
    return row->cookie == key->cookie && (row->kind != KIND_SCTP || same_ends);
}

/* -ECANCELED: found, the rest need not be read. */
static int search_message(void *ctx, const struct nlmsghdr *message)
{
    struct search *s = ctx;
    int rc = s->parse(message, s->want, s->found);

    if (rc < 0)
        return rc;
    s->done = is_it(s->key, &s->found->row);
    return s->done ? -ECANCELED : 0;
}

/* A malformed answer is an error, a different socket is -ENOENT.  A dump that fails for want of a
 * module is -EPROTONOSUPPORT; of an exact question that cannot be told from a socket that is no
 * more. */
static int search(struct diag *d, const struct diag_question *question, struct search *s)
{
    struct diag_outcome outcome = {0};
    int rc = diag_ask(d, question, search_message, s, &outcome);

    if (s->done)
        return 0;
    if (question->dump && diag_is_unavailable(rc))
        return -EPROTONOSUPPORT;
    if (rc == 0)
        return outcome.malformed ? -EBADMSG : -ENOENT;
    return rc == -ESTALE ? -ENOENT : rc; /* another cookie */
}

static void put_cookie(const struct row *key, uint32_t halves[2])
{
    halves[0] = key->cookie ? (uint32_t)key->cookie : INET_DIAG_NOCOOKIE;
    halves[1] = key->cookie ? (uint32_t)(key->cookie >> 32) : INET_DIAG_NOCOOKIE;
}

static void aim_inet(const struct row *key, struct diag_question *question)
{
    struct inet_diag_req_v2 q;

    memcpy(&q, question->body, sizeof(q));
    q.id.idiag_sport = htons(key->local.port);
    q.id.idiag_dport = htons(key->peer.port);
    q.id.idiag_if = key->local.scope ? key->local.scope : key->peer.scope;
    memcpy(q.id.idiag_src, key->local.ip, sizeof(q.id.idiag_src));
    memcpy(q.id.idiag_dst, key->peer.ip, sizeof(q.id.idiag_dst));
    put_cookie(key, q.id.idiag_cookie);
    memcpy(question->body, &q, sizeof(q));
}

/* What the exact question cannot find: sockets that are only bound, members of a
 * SO_REUSEPORT group, sockets bound to a device.  The kernel walks its tables for the local
 * port; the cookie tells which it is. */
static int search_tables(struct diag *d, struct search *s)
{
    const uint32_t unconnected = STATES_UNCONNECTED, connected = STATES_ALL & ~unconnected;
    bool begin_unconnected = (STATE_BIT(s->key->state) & unconnected) != 0;
    struct diag_want want = *s->want;
    int rc = -ENOENT;

    for (int i = 0; rc == -ENOENT && i < 2; i++) {
        struct diag_question question;
        in_port_t port = htons(s->key->local.port);

        want.states = (i == 0) == begin_unconnected ? unconnected : connected;
        inet_diag_question(&want, &question);
        memcpy(question.body + offsetof(struct inet_diag_req_v2, id.idiag_sport), &port,
               sizeof(port));
        rc = search(d, &question, s);
    }
    return rc;
}

static int search_exactly(struct diag *d, struct search *s)
{
    struct diag_question question;

    inet_diag_question(s->want, &question);
    aim_inet(s->key, &question);
    question.dump = false;
    return search(d, &question, s);
}

static int search_inet(struct diag *d, struct search *s)
{
    int rc = s->want->kinds & KINDS_EXACT ? search_exactly(d, s) : -ENOENT;

    return rc == -ENOENT ? search_tables(d, s) : rc;
}

/* No socket at all is wanted: what is answered is whether the family can be asked. */
static int search_nothing(struct diag *d, struct search *s)
{
    struct diag_want want = *s->want;
    struct diag_question question;

    want.states = 0;
    unix_diag_question(&want, &question);
    return search(d, &question, s);
}

/* The answer must fit into a page: a listener with a long queue is asked again without it. */
static int search_unix(struct diag *d, struct search *s)
{
    struct diag_want want = *s->want;
    struct diag_question question;
    int rc = -ENOENT;

    for (int i = 0; i < 2; i++) {
        struct unix_diag_req q;

        unix_diag_question(&want, &question);
        memcpy(&q, question.body, sizeof(q));
        q.udiag_ino = s->key->inode;
        put_cookie(s->key, q.udiag_cookie);
        memcpy(question.body, &q, sizeof(q));
        question.dump = false;
        rc = search(d, &question, s);
        if (rc == 0 || rc == -ENOENT)
            break;
        want.parts &= ~(uint32_t)DETAIL_PEERS;
    }
    return rc == -ENOENT ? search_nothing(d, s) : rc;
}

static int search_dump(struct diag *d, struct search *s, const struct sock_diag_family *family)
{
    struct diag_question question;

    family->question(s->want, &question);
    return search(d, &question, s);
}

int sock_diag_lookup(struct diag *d, const struct row *key, uint32_t parts,
                     struct diag_socket *ret, struct err *err)
{
    const struct diag_want want = {.kinds = key->kind < KIND_COUNT ? KIND_BIT(key->kind) : 0,
                                   .family = key->local.family,
                                   .states = STATES_ALL,
                                   .parts = parts};
    const struct sock_diag_family *family = sock_diag_family(want.kinds);
    struct search s = {.key = key, .want = &want, .found = ret};
    bool internet = (want.kinds & KINDS_INET) != 0;
    int rc;

    if (key->state >= STATE_COUNT || key->kind >= KIND_COUNT ||
        (internet && key->local.family != AF_INET && key->local.family != AF_INET6))
        return err_set(err, -EINVAL, "sock_diag", "lookup", "not the address of a socket");
    if (!family)
        return err_set(err, -EPROTONOSUPPORT, "sock_diag", kind_name(key->kind), "%s",
                       diag_why(-EPROTONOSUPPORT));
    s.parse = family->parse;
    rc = internet                                ? search_inet(d, &s)
         : want.kinds & KINDS_UNIX && key->inode ? search_unix(d, &s)
                                                 : search_dump(d, &s, family);
    if (rc < 0)
        err_set(err, rc, "sock_diag", "lookup", "%s",
                rc == -ENOENT ? "the socket is gone" : diag_why(rc));
    return rc;
}

int sock_diag_find(struct diag *d, const struct row *key, uint32_t parts,
                   struct diag_socket *ret)
{
    const struct diag_want want = {.kinds = KIND_BIT(key->kind),
                                   .family = key->local.family,
                                   .states = STATES_ALL,
                                   .parts = parts};
    struct search s = {.key = key, .want = &want, .found = ret};

    if (!(want.kinds & KINDS_EXACT))
        return -EPROTONOSUPPORT;
    s.parse = sock_diag_family(want.kinds)->parse;
    return search_exactly(d, &s);
}
