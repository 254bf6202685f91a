/* Questions to NETLINK_SOCK_DIAG and the reading of its answers: sock_diag(7), netlink(7). */
#include "probes/sock_diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "core/base/clock.h"
#include "core/base/mem.h"

/* The kernel fills datagrams of up to 32 KiB once it has seen that the reader has room. */
#define BUFFER_BYTES (64U << 10)
/* Nothing from the kernel for this long, or one answer that takes longer, is a failure. */
#define SILENCE_S 2
#define ANSWER_NS (10 * CLOCK_SECOND_NS)

#define STATE_BIT(state) (UINT32_C(1) << (state))
#define STATES_ALL (STATE_BIT(STATE_COUNT) - STATE_BIT(STATE_ESTABLISHED))
#define STATES_UNCONNECTED                                                                     \
    (STATE_BIT(STATE_LISTEN) | STATE_BIT(STATE_BOUND_INACTIVE) | STATE_BIT(STATE_CLOSE))

#define EXTENSION(attribute) (1U << ((attribute)-1))
#define DETAIL_EXTENSIONS                                                                      \
    (EXTENSION(INET_DIAG_INFO) | EXTENSION(INET_DIAG_SKMEMINFO) | EXTENSION(INET_DIAG_CONG))

struct sock_diag {
    struct mnl_socket *nl;
    uint32_t sequence;
    /* An answer was left unread: the kernel may still be dumping into this socket. */
    bool soiled;
    char *buffer;
};

static int open_socket(struct mnl_socket **ret, struct err *err)
{
    struct timeval silence = {.tv_sec = SILENCE_S};
    struct mnl_socket *nl = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
    int rc;

    if (!nl)
        return err_set(err, -errno, "sock_diag", "socket",
                       "cannot open a netlink socket to the kernel's socket tables");
    if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
        setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence)) <
            0) {
        rc = err_set(err, -errno, "sock_diag", "bind", "cannot set up the netlink socket");
        mnl_socket_close(nl);
        return rc;
    }
    *ret = nl;
    return 0;
}

int sock_diag_open(struct sock_diag **ret, struct err *err)
{
    struct mnl_socket *nl = NULL;
    int rc = open_socket(&nl, err);

    if (rc < 0)
        return rc;
    *ret = mem_new(1, sizeof(**ret));
    (*ret)->nl = nl;
    (*ret)->buffer = mem_new(BUFFER_BYTES, 1);
    return 0;
}

void sock_diag_close(struct sock_diag *d)
{
    if (!d)
        return;
    mnl_socket_close(d->nl);
    free(d->buffer);
    free(d);
}

static int renew(struct sock_diag *d, struct err *err)
{
    struct mnl_socket *nl = NULL;
    int rc = open_socket(&nl, err);

    if (rc < 0)
        return rc;
    mnl_socket_close(d->nl);
    d->nl = nl;
    d->soiled = false;
    return 0;
}

static int ask(struct sock_diag *d, const struct inet_diag_req_v2 *question, uint16_t flags,
               struct err *err)
{
    char buffer[NLMSG_SPACE(sizeof(*question))] __attribute__((aligned(4)));
    struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
    int rc = d->soiled ? renew(d, err) : 0;

    if (rc < 0)
        return rc;
    message->nlmsg_type = SOCK_DIAG_BY_FAMILY;
    message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    message->nlmsg_seq = ++d->sequence;
    memcpy(mnl_nlmsg_put_extra_header(message, sizeof(*question)), question, sizeof(*question));
    if (mnl_socket_sendto(d->nl, message, message->nlmsg_len) < 0)
        return err_set(err, -errno, "sock_diag", "send",
                       "the kernel did not take the question");
    return 0;
}

/* One datagram of the kernel.  Datagrams of other processes may arrive too: skipped. */
static int receive(struct sock_diag *d, uint64_t deadline_ns, size_t *ret_len)
{
    while (clock_now_ns() < deadline_ns) {
        struct sockaddr_nl from = {0};
        struct iovec iov = {.iov_base = d->buffer, .iov_len = BUFFER_BYTES};
        struct msghdr m = {
            .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
        ssize_t n = recvmsg(mnl_socket_get_fd(d->nl), &m, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? -ETIMEDOUT : -errno;
        if (m.msg_namelen != sizeof(from) || from.nl_pid != 0)
            continue;
        if (m.msg_flags & MSG_TRUNC)
            return -EMSGSIZE;
        *ret_len = (size_t)n;
        return 0;
    }
    return -ETIMEDOUT;
}

struct answer {
    void (*row)(void *ctx, const struct nlmsghdr *message, struct dump_outcome *outcome);
    void *ctx;
    bool dump; /* ends with NLMSG_DONE, else with its first message */
    struct dump_outcome outcome;
    bool clean; /* read to its end: nothing more will come */
};

/* The number that NLMSG_ERROR and NLMSG_DONE begin with: 0 or negative errno.  A dump that
 * fails on its way says so only in NLMSG_DONE. */
static int closing_code(const struct nlmsghdr *message)
{
    int code = 0;

    if (mnl_nlmsg_get_payload_len(message) < sizeof(code))
        return message->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
    memcpy(&code, mnl_nlmsg_get_payload(message), sizeof(code));
    return code > 0 ? -EBADMSG : code;
}

/* 1: more will come; else the answer's end: 0 or negative errno. */
static int take_message(struct sock_diag *d, const struct nlmsghdr *message, struct answer *a)
{
    if (message->nlmsg_seq != d->sequence || message->nlmsg_pid != mnl_socket_get_portid(d->nl))
        return 1;
    a->outcome.interrupted |= (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    switch (message->nlmsg_type) {
    case NLMSG_DONE:
    case NLMSG_ERROR:
        a->clean = true;
        return closing_code(message);
    case NLMSG_OVERRUN:
        return -ENOBUFS;
    case SOCK_DIAG_BY_FAMILY:
        a->row(a->ctx, message, &a->outcome);
        a->clean = !a->dump;
        return a->dump;
    default:
        return 1;
    }
}

/* 1: more datagrams will come; else the answer's end: 0 or negative errno. */
static int take_datagram(struct sock_diag *d, size_t len, struct answer *a)
{
    const uint8_t *at = (const uint8_t *)d->buffer;
    const struct nlmsghdr *message;
    int rc = 1;

    while (rc > 0 && (message = sock_diag_next(&at, &len)))
        rc = take_message(d, message, a);
    if (rc > 0 && len)
        a->outcome.malformed++;
    return rc;
}

static int read_answer(struct sock_diag *d, struct answer *a)
{
    uint64_t deadline_ns = clock_now_ns() + ANSWER_NS;
    size_t len = 0;
    int rc;

    do {
        rc = receive(d, deadline_ns, &len);
        if (rc == 0)
            rc = take_datagram(d, len, a);
    } while (rc > 0);
    d->soiled = !a->clean;
    return rc;
}

static const char *why(int code)
{
    switch (code) {
    case -ENOENT:
    case -EINVAL:
        return "this kernel has no diagnosis for that protocol (tcp_diag, inet_diag)";
    case -ETIMEDOUT:
        return "the kernel did not finish its answer";
    case -EMSGSIZE:
        return "a part of the answer was too long to read";
    case -ENOBUFS:
        return "a part of the answer was lost for want of memory";
    default:
        return "the kernel refused the question";
    }
}

static const struct {
    uint8_t protocol;
    enum socket_kind kind;
} inet_kinds[] = {
    {IPPROTO_TCP, KIND_TCP},   {IPPROTO_UDP, KIND_UDP},   {IPPROTO_UDPLITE, KIND_UDPLITE},
    {IPPROTO_SCTP, KIND_SCTP}, {IPPROTO_DCCP, KIND_DCCP}, {IPPROTO_RAW, KIND_RAW},
};

static enum socket_kind kind_of(uint8_t protocol)
{
    for (size_t i = 0; i < sizeof(inet_kinds) / sizeof(inet_kinds[0]); i++)
        if (inet_kinds[i].protocol == protocol)
            return inet_kinds[i].kind;
    return KIND_COUNT;
}

static uint8_t protocol_of(enum socket_kind kind)
{
    for (size_t i = 0; i < sizeof(inet_kinds) / sizeof(inet_kinds[0]); i++)
        if (inet_kinds[i].kind == kind)
            return inet_kinds[i].protocol;
    return 0;
}

/* What a message does not say but its question knows.  The kernel asks for bound TCP sockets
 * by a state of their own, yet calls them closed; no other closed one is in its tables. */
static void complete(struct row *row, uint8_t protocol)
{
    row->kind = (uint8_t)kind_of(protocol);
    if (row->kind == KIND_TCP && row->state == STATE_CLOSE)
        row->state = STATE_BOUND_INACTIVE;
}

struct dump {
    uint8_t protocol;
    void (*row)(void *ctx, const struct row *row);
    void *ctx;
};

static void dump_message(void *ctx, const struct nlmsghdr *message,
                         struct dump_outcome *outcome)
{
    const struct dump *dump = ctx;
    struct row row;

    if (sock_diag_parse_row(message, &row) < 0) {
        outcome->malformed++;
        return;
    }
    complete(&row, dump->protocol);
    dump->row(dump->ctx, &row);
}

int sock_diag_dump(struct sock_diag *d, int family, uint8_t protocol, uint32_t states,
                   void (*row)(void *ctx, const struct row *row), void *ctx,
                   struct dump_outcome *ret, struct err *err)
{
    struct inet_diag_req_v2 question = {.sdiag_family = (uint8_t)family,
                                        .sdiag_protocol = protocol,
                                        .idiag_states = states & STATES_ALL};
    struct dump dump = {.protocol = protocol, .row = row, .ctx = ctx};
    struct answer answer = {.row = dump_message, .ctx = &dump, .dump = true};
    int rc = ask(d, &question, NLM_F_DUMP, err);

    if (rc < 0)
        return rc;
    rc = read_answer(d, &answer);
    if (rc < 0)
        return err_set(err, rc, "sock_diag", family == AF_INET6 ? "dump IPv6" : "dump IPv4",
                       "%s", why(rc));
    *ret = answer.outcome;
    return 0;
}

struct search {
    const struct row *key;
    struct socket_portrait portrait;
    bool found;
};

/* A kernel that cannot find a 4-tuple answers with the listener of its port. */
static bool is_it(const struct row *key, const struct row *row)
{
    if (key->cookie)
        return row->cookie == key->cookie;
    return addr_equal(&row->local, &key->local) && addr_equal(&row->peer, &key->peer);
}

static void search_message(void *ctx, const struct nlmsghdr *message,
                           struct dump_outcome *outcome)
{
    struct search *search = ctx;
    struct socket_portrait portrait;

    if (sock_diag_parse_portrait(message, &portrait) < 0) {
        outcome->malformed++;
        return;
    }
    if (search->found || !is_it(search->key, &portrait.row))
        return;
    complete(&portrait.row, protocol_of((enum socket_kind)search->key->kind));
    portrait.at_ns = clock_now_ns();
    search->portrait = portrait;
    search->found = true;
}

static struct inet_diag_req_v2 question_about(const struct row *key)
{
    struct inet_diag_req_v2 q = {
        .sdiag_family = key->local.family,
        .sdiag_protocol = protocol_of((enum socket_kind)key->kind),
        .idiag_ext = DETAIL_EXTENSIONS,
        .idiag_states = STATES_ALL,
        .id = {.idiag_sport = htons(key->local.port),
               .idiag_dport = htons(key->peer.port),
               .idiag_if = key->local.scope ? key->local.scope : key->peer.scope,
               .idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}};

    memcpy(q.id.idiag_src, key->local.ip, sizeof(q.id.idiag_src));
    memcpy(q.id.idiag_dst, key->peer.ip, sizeof(q.id.idiag_dst));
    if (key->cookie) {
        q.id.idiag_cookie[0] = (uint32_t)key->cookie;
        q.id.idiag_cookie[1] = (uint32_t)(key->cookie >> 32);
    }
    return q;
}

/* One question; a malformed answer is an error, a different socket is -ENOENT. */
static int search(struct sock_diag *d, const struct inet_diag_req_v2 *question, bool dump,
                  struct search *s, struct err *err)
{
    struct answer answer = {.row = search_message, .ctx = s, .dump = dump};
    int rc = ask(d, question, dump ? NLM_F_DUMP : 0, err);

    if (rc < 0)
        return rc;
    rc = read_answer(d, &answer);
    if (s->found)
        return 0;
    if (rc == 0)
        rc = answer.outcome.malformed ? -EBADMSG : -ENOENT;
    return err_set(err, rc, "sock_diag", "lookup", "%s",
                   rc == -ENOENT ? "the socket is gone" : why(rc));
}

/* What the exact question cannot find: sockets that are only bound, members of a
 * SO_REUSEPORT group, sockets bound to a device.  The kernel walks its tables for the local
 * port; the cookie tells which it is. */
static int search_tables(struct sock_diag *d, const struct row *key, struct search *s,
                         struct err *err)
{
    const uint32_t unconnected = STATES_UNCONNECTED, connected = STATES_ALL & ~unconnected;
    bool begin_unconnected = (STATE_BIT(key->state) & unconnected) != 0;
    struct inet_diag_req_v2 question = question_about(key);
    int rc;

    question.id.idiag_dport = 0;
    question.idiag_states = begin_unconnected ? unconnected : connected;
    rc = search(d, &question, true, s, err);
    if (rc != -ENOENT)
        return rc;
    question.idiag_states = begin_unconnected ? connected : unconnected;
    return search(d, &question, true, s, err);
}

static bool has_address(const struct row *key)
{
    return key->state < STATE_COUNT &&
           (key->local.family == AF_INET || key->local.family == AF_INET6);
}

int sock_diag_find(struct sock_diag *d, const struct row *key, struct socket_portrait *ret,
                   struct err *err)
{
    struct inet_diag_req_v2 question = question_about(key);
    struct search s = {.key = key};
    int rc;

    if (!has_address(key))
        return err_set(err, -EINVAL, "sock_diag", "lookup", "not the address of a socket");
    rc = search(d, &question, false, &s, err);
    if (rc == 0)
        *ret = s.portrait;
    return rc;
}

int sock_diag_lookup(struct sock_diag *d, const struct row *key, struct socket_portrait *ret,
                     struct err *err)
{
    struct search s = {.key = key};
    int rc = sock_diag_find(d, key, ret, err);

    if (rc != -ENOENT)
        return rc;
    rc = search_tables(d, key, &s, err);
    if (rc == 0)
        *ret = s.portrait;
    return rc;
}
