/* The list of sockets of the live kernel: sockets that this test opens itself, of every kind that
 * it may open. */
#include "probes/sockets_list.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/mem.h"

struct fixture {
    struct wish wish;
    int fds[16];
    size_t n_fds;
    /* What was listed. */
    uint64_t cookie;    /* looked for */
    uint32_t inode;     /* the same, where there are no cookies */
    size_t names_bytes; /* of the last part */
    size_t n_total, n_found, n_parts, n_rows, largest, end_after;
    struct row row; /* the last that was found */
    char local[ROW_END_BYTES], peer[ROW_END_BYTES], name[ROW_END_BYTES];
    struct socket_detail detail;
    struct netns netns;
    bool known_owner;
    uint32_t unavailable, from_procfs;
    struct err err;
};

static int set_up(void **state)
{
    *state = mem_new(1, sizeof(struct fixture));
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < f->n_fds; i++)
        close(f->fds[i]);
    filter_free(f->wish.filter);
    free(f);
    return 0;
}

static int keep(struct fixture *f, int fd)
{
    assert_true(fd >= 0);
    assert_true(f->n_fds < sizeof(f->fds) / sizeof(f->fds[0]));
    f->fds[f->n_fds++] = fd;
    return fd;
}

static int open_socket(struct fixture *f, int family, int type, int protocol)
{
    int fd = socket(family, type | SOCK_CLOEXEC, protocol);

    if (fd < 0) {
        print_message("skipped: socket(): %s\n", strerror(errno));
        skip();
    }
    return keep(f, fd);
}

static void bind_loopback(int fd)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};

    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
}

static uint64_t cookie_of(int fd)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof(cookie);

    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len), 0);
    return cookie;
}

static void remember(struct fixture *f, const struct snapshot *s, const struct row *row)
{
    const struct socket_detail *detail = row_detail(s, row);
    const struct owner *owner = snapshot_owner(s, row->inode);

    f->n_found++;
    f->row = *row;
    f->netns = s->netns[row->netns];
    f->detail.known = 0;
    if (detail)
        memcpy(&f->detail, detail, offsetof(struct socket_detail, info) + detail->info_bytes);
    f->known_owner = owner && owner->knowledge == OWNER_KNOWN;
    row_local(s, row, f->local);
    row_peer(s, row, f->peer);
    snprintf(f->name, sizeof(f->name), "%s", texts_at(&s->names, row->name));
}

static bool take_part(void *ctx, const struct snapshot *s)
{
    struct fixture *f = ctx;

    f->n_parts++;
    f->n_rows += s->n_rows;
    if (s->n_rows > f->largest)
        f->largest = s->n_rows;
    for (size_t i = 0; i < s->n_rows; i++)
        if (s->rows[i].cookie ? s->rows[i].cookie == f->cookie
                              : f->inode && s->rows[i].inode == f->inode)
            remember(f, s, &s->rows[i]);
    f->n_total = s->n_total;
    f->names_bytes = s->names.used;
    f->unavailable = s->unavailable;
    f->from_procfs = s->from_procfs;
    f->err = s->err;
    return f->n_parts != f->end_after;
}

static void list(struct fixture *f, int fd)
{
    struct err err = {0};
    struct stat st;
    int rc;

    f->inode = fd >= 0 && fstat(fd, &st) == 0 ? (uint32_t)st.st_ino : 0;
    f->n_found = f->n_parts = f->n_rows = f->largest = 0;
    f->cookie = fd < 0 ? 0 : cookie_of(fd);
    rc = sockets_list(&f->wish, take_part, f, &err);
    if (rc == -EPROTONOSUPPORT || rc == -EPERM) {
        print_message("skipped: %s: %s\n", err.operation, err.reason);
        skip();
    }
    assert_int_equal(rc, 0);
}

/* The row of the socket, which is there once. */
static void find(struct fixture *f, int fd, enum socket_kind kind)
{
    list(f, fd);
    if (f->unavailable & KIND_BIT(kind)) {
        print_message("skipped: this kernel cannot list %s\n", kind_name(kind));
        skip();
    }
    assert_int_equal(f->n_found, 1);
    assert_int_equal(f->row.kind, kind);
}

static void bind_abstract(int fd, const char *name, size_t len)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};

    memcpy(at.sun_path + 1, name, len);
    assert_int_equal(bind(fd, (struct sockaddr *)&at,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len)),
                     0);
}

static void unix_listener_shows_name_queue_and_limit(void **state)
{
    struct fixture *f = *state;
    int listener = open_socket(f, AF_UNIX, SOCK_STREAM, 0);
    int client = open_socket(f, AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un at;
    socklen_t len = sizeof(at);
    char name[64], expected[ROW_END_BYTES];

    snprintf(name, sizeof(name), "sockeye test\033%d", getpid());
    bind_abstract(listener, name, strlen(name));
    assert_int_equal(listen(listener, 5), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len), 0);
    assert_int_equal(connect(client, (struct sockaddr *)&at, len), 0);
    f->wish.kinds = KIND_BIT(KIND_UNIX_STREAM);
    f->wish.parts = DETAIL_PEERS;
    find(f, listener, KIND_UNIX_STREAM);
    assert_int_equal(f->row.state, STATE_LISTEN);
    assert_int_equal(f->row.rqueue, 1);
    assert_int_equal(f->row.wqueue, 5);
    assert_int_equal(f->row.uid, getuid());
    assert_int_not_equal(f->row.inode, 0);
    snprintf(expected, sizeof(expected), "@sockeye test\\x1b%d %u", getpid(), f->row.inode);
    assert_string_equal(f->local, expected);
    assert_true(f->detail.known & DETAIL_PEERS);
    assert_int_equal(f->detail.waiting, 1);
}

static void unix_pair_names_each_other(void **state)
{
    static const struct {
        int type;
        enum socket_kind kind;
    } types[] = {{SOCK_STREAM, KIND_UNIX_STREAM},
                 {SOCK_DGRAM, KIND_UNIX_DGRAM},
                 {SOCK_SEQPACKET, KIND_UNIX_SEQPACKET}};
    struct fixture *f = *state;

    for (size_t i = 0; i < 3; i++) {
        uint32_t inode, peer;
        int pair[2];

        assert_int_equal(socketpair(AF_UNIX, types[i].type, 0, pair), 0);
        keep(f, pair[0]);
        keep(f, pair[1]);
        assert_int_equal(send(pair[0], "hello", 5, 0), 5);
        find(f, pair[0], types[i].kind);
        inode = f->row.inode;
        peer = f->row.peer.number[0];
        find(f, pair[1], types[i].kind);
        assert_int_equal(f->row.state, STATE_ESTABLISHED);
        assert_int_equal(f->row.inode, peer);
        assert_int_equal(f->row.peer.number[0], inode);
        assert_true(f->row.rqueue >= 5);
    }
}

static void udp_shows_its_state_and_bytes(void **state)
{
    struct fixture *f = *state;
    int one = open_socket(f, AF_INET, SOCK_DGRAM, 0),
        two = open_socket(f, AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in at;
    socklen_t len = sizeof(at);

    bind_loopback(one);
    assert_int_equal(getsockname(one, (struct sockaddr *)&at, &len), 0);
    assert_int_equal(connect(two, (struct sockaddr *)&at, len), 0);
    assert_int_equal(send(two, "hello", 5, 0), 5);
    find(f, one, KIND_UDP);
    assert_int_equal(f->row.state, STATE_CLOSE);
    assert_true(f->row.rqueue >= 5);
    assert_int_equal(f->row.local.port, ntohs(at.sin_port));
    find(f, two, KIND_UDP);
    assert_int_equal(f->row.state, STATE_ESTABLISHED);
    assert_int_equal(f->row.peer.port, ntohs(at.sin_port));
}

static void udplite_is_listed(void **state)
{
    struct fixture *f = *state;
    int fd = open_socket(f, AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);

    bind_loopback(fd);
    find(f, fd, KIND_UDPLITE);
    assert_int_equal(f->row.uid, getuid());
}

static void mptcp_is_not_tcp(void **state)
{
    struct fixture *f = *state;
    int fd = open_socket(f, AF_INET, SOCK_STREAM, IPPROTO_MPTCP);

    bind_loopback(fd);
    assert_int_equal(listen(fd, 7), 0);
    f->wish.kinds = KIND_BIT(KIND_MPTCP);
    find(f, fd, KIND_MPTCP);
    assert_int_equal(f->row.state, STATE_LISTEN);
    f->wish.kinds = KIND_BIT(KIND_TCP);
    list(f, fd);
    assert_int_equal(f->n_found, 0);
}

/* By sock_diag or, where it cannot tell, by /proc/net; of ICMP always so. */
static void raw_socket_is_listed(void **state)
{
    struct fixture *f = *state;
    int fd = open_socket(f, AF_INET, SOCK_RAW, 89);

    f->wish.kinds = KIND_BIT(KIND_RAW);
    find(f, fd, KIND_RAW);
    assert_string_equal(f->local, "0.0.0.0:89");
    assert_string_equal(f->peer, "0.0.0.0:*");
    assert_int_equal(f->row.state, STATE_CLOSE);
    assert_int_equal(f->from_procfs, f->row.cookie ? 0 : KIND_BIT(KIND_RAW));
    f->wish.states = UINT32_C(1) << STATE_ESTABLISHED;
    list(f, fd);
    assert_int_equal(f->n_found, 0);
}

static void ping_socket_is_listed(void **state)
{
    struct fixture *f = *state;
    int fd = open_socket(f, AF_INET, SOCK_DGRAM, IPPROTO_ICMP);

    bind_loopback(fd);
    find(f, fd, KIND_ICMP);
    assert_int_equal(f->from_procfs & KIND_BIT(KIND_ICMP), KIND_BIT(KIND_ICMP));
}

static void packet_socket_shows_protocol_and_interface(void **state)
{
    struct fixture *f = *state;
    int fd = open_socket(f, AF_PACKET, SOCK_DGRAM, htons(0x88cc));

    f->wish.parts = DETAIL_EVERYTHING;
    find(f, fd, KIND_PACKET_DGRAM);
    assert_string_equal(f->local, "LLDP:*");
    assert_string_equal(f->peer, "*");
    assert_int_equal(f->row.uid, getuid());
    assert_int_equal(f->row.wqueue, 0);
    assert_int_equal(f->detail.known & (DETAIL_PACKET | DETAIL_MEMINFO | DETAIL_GROUPS),
                     DETAIL_PACKET | DETAIL_MEMINFO | DETAIL_GROUPS);
}

/* The kernel tells a member of a group twice. */
static void netlink_socket_is_there_once(void **state)
{
    struct fixture *f = *state;
    int fd = open_socket(f, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    struct sockaddr_nl at = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
    socklen_t len = sizeof(at);
    char expected[ROW_END_BYTES];

    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    f->wish.kinds = KIND_BIT(KIND_NETLINK);
    f->wish.parts = DETAIL_GROUPS;
    find(f, fd, KIND_NETLINK);
    snprintf(expected, sizeof(expected), "rtnl:%u", at.nl_pid);
    assert_string_equal(f->local, expected);
    assert_string_equal(f->peer, "*");
    assert_int_equal(f->row.uid, UID_UNKNOWN);
    assert_true(f->detail.known & DETAIL_GROUPS);
    assert_int_equal(f->detail.groups, 1);
    assert_true(f->n_rows >= 2);
}

static void bound_device_is_named(void **state)
{
    struct fixture *f = *state;
    int fd = open_socket(f, AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at;
    socklen_t len = sizeof(at);
    char expected[ROW_END_BYTES];

    if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) < 0) {
        print_message("skipped: SO_BINDTODEVICE: %s\n", strerror(errno));
        skip();
    }
    bind_loopback(fd);
    assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    find(f, fd, KIND_TCP);
    snprintf(expected, sizeof(expected), "127.0.0.1%%lo:%u", ntohs(at.sin_port));
    assert_string_equal(f->local, expected);
    assert_string_equal(f->name, "lo");
}

static int tcp_listener(struct fixture *f)
{
    int fd = open_socket(f, AF_INET, SOCK_STREAM, 0);

    bind_loopback(fd);
    assert_int_equal(listen(fd, 5), 0);
    return fd;
}

static int tcp_client(struct fixture *f, int listener)
{
    int fd = open_socket(f, AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at;
    socklen_t len = sizeof(at);

    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, len), 0);
    return fd;
}

static void parts_come_when_they_are_asked_for(void **state)
{
    const uint32_t expected =
        DETAIL_MEMINFO | DETAIL_INFO | DETAIL_CONGESTION | DETAIL_TOS | DETAIL_SHUTDOWN;
    struct fixture *f = *state;
    int client = tcp_client(f, tcp_listener(f)), tos = 0x10;

    assert_int_equal(setsockopt(client, IPPROTO_IP, IP_TOS, &tos, sizeof(tos)), 0);
    f->wish.kinds = KIND_BIT(KIND_TCP);
    find(f, client, KIND_TCP);
    assert_int_equal(f->detail.known, 0);
    f->wish.parts = DETAIL_EVERYTHING;
    find(f, client, KIND_TCP);
    assert_int_equal(f->detail.known & expected, expected);
    assert_true(f->detail.info_bytes > 100);
    assert_int_equal(f->detail.info[0], STATE_ESTABLISHED);
    assert_int_equal(f->detail.tos, 0x10);
    assert_true(f->detail.sndbuf > 0);
    assert_string_not_equal(f->detail.congestion, "");
}

static void families_and_states_are_left_out(void **state)
{
    struct fixture *f = *state;
    int listener = tcp_listener(f), client = tcp_client(f, listener);

    f->wish.families = WISH_IPV6;
    list(f, listener);
    assert_int_equal(f->n_found, 0);
    f->wish.families = WISH_IPV4;
    find(f, listener, KIND_TCP);
    f->wish.states = UINT32_C(1) << STATE_ESTABLISHED;
    list(f, listener);
    assert_int_equal(f->n_found, 0);
    find(f, client, KIND_TCP);
}

static void filters_are_applied(void **state)
{
    struct fixture *f = *state;
    int listener = tcp_listener(f), client = tcp_client(f, listener);
    char text[64];

    assert_int_equal(filter_parse("state listening", &f->wish.filter, NULL), 0);
    find(f, listener, KIND_TCP);
    list(f, client);
    assert_int_equal(f->n_found, 0);
    filter_free(f->wish.filter);
    snprintf(text, sizeof(text), "pid = %d", getpid());
    assert_int_equal(filter_parse(text, &f->wish.filter, NULL), 0);
    find(f, listener, KIND_TCP);
    assert_true(f->known_owner);
    filter_free(f->wish.filter);
    assert_int_equal(filter_parse("pid = 0", &f->wish.filter, NULL), 0);
    list(f, listener);
    assert_int_equal(f->n_rows, 0);
    assert_int_equal(f->n_parts, 1);
}

static void kernel_leaves_out_what_cannot_match(void **state)
{
    struct fixture *f = *state;
    int listener = tcp_listener(f);
    struct sockaddr_in at;
    socklen_t len = sizeof(at);
    char text[64];

    tcp_client(f, listener);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len), 0);
    snprintf(text, sizeof(text), "state listening and sport = :%u", ntohs(at.sin_port));
    assert_int_equal(filter_parse(text, &f->wish.filter, NULL), 0);
    f->wish.kinds = KIND_BIT(KIND_TCP);
    find(f, listener, KIND_TCP);
    assert_int_equal(f->n_rows, 1);
    assert_int_equal(f->n_total, 1);
}

/* A filter that names both ends is answered without a walk, and by what was wished for only. */
static void named_connection_is_listed_if_it_is_wished_for(void **state)
{
    struct fixture *f = *state;
    int client = tcp_client(f, tcp_listener(f));
    struct sockaddr_in from, to;
    socklen_t len = sizeof(from);
    char text[96];

    assert_int_equal(getsockname(client, (struct sockaddr *)&from, &len), 0);
    assert_int_equal(getpeername(client, (struct sockaddr *)&to, &len), 0);
    snprintf(text, sizeof(text), "src 127.0.0.1:%u and dst 127.0.0.1:%u", ntohs(from.sin_port),
             ntohs(to.sin_port));
    assert_int_equal(filter_parse(text, &f->wish.filter, NULL), 0);
    find(f, client, KIND_TCP);
    assert_int_equal(f->n_rows, 1);
    f->wish.states = UINT32_C(1) << STATE_LISTEN;
    list(f, client);
    assert_int_equal(f->n_rows, 0);
    f->wish.states = 0;
    f->wish.families = WISH_IPV6;
    list(f, client);
    assert_int_equal(f->n_rows, 0);
}

static void owners_come_when_they_are_asked_for(void **state)
{
    struct fixture *f = *state;
    int listener = tcp_listener(f);

    f->wish.kinds = KIND_BIT(KIND_TCP);
    find(f, listener, KIND_TCP);
    assert_false(f->known_owner);
    f->wish.every_owner = true;
    find(f, listener, KIND_TCP);
    assert_true(f->known_owner);
}

/* More than a part; each is full but the last, and holds its own names only. */
static void list_comes_in_parts(void **state)
{
    enum { MANY = SOCKETS_LIST_PART + 100 };
    struct fixture *f = *state;
    struct sockaddr_un any = {.sun_family = AF_UNIX}; /* the kernel makes a name */
    struct rlimit limit, more;
    int *fds = mem_new(MANY, sizeof(*fds));
    size_t n = 0;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    more = (struct rlimit){.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &more), 0);
    while (n < MANY && (fds[n] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) >= 0)
        assert_int_equal(bind(fds[n++], (struct sockaddr *)&any, sizeof(any.sun_family)), 0);
    f->wish.kinds = KIND_BIT(KIND_UNIX_DGRAM);
    if (n == MANY) {
        list(f, fds[MANY - 1]);
        assert_int_equal(f->n_found, 1);
        assert_true(f->n_rows >= MANY);
        assert_int_equal(f->n_parts, f->n_rows / SOCKETS_LIST_PART + 1);
        assert_int_equal(f->largest, SOCKETS_LIST_PART);
        assert_true(f->names_bytes <= f->n_rows % SOCKETS_LIST_PART * 128 + 1);
        f->end_after = 1;
        list(f, -1);
        assert_int_equal(f->n_parts, 1);
        assert_int_equal(f->n_rows, SOCKETS_LIST_PART);
    }
    for (size_t i = 0; i < n; i++)
        close(fds[i]);
    free(fds);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    if (n < MANY) {
        print_message("skipped: only %zu descriptors may be open\n", n);
        skip();
    }
}

/* A process with a listener in a namespace of its own; 0 where that is not permitted. */
static pid_t elsewhere(struct fixture *f, uint64_t *ret_cookie)
{
    int ready[2];
    pid_t child;

    assert_int_equal(pipe(ready), 0);
    keep(f, ready[0]);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        uint64_t cookie = 0;
        socklen_t len = sizeof(cookie);
        int fd;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) {
            fd = socket(AF_INET, SOCK_STREAM, 0);
            if (fd >= 0 && listen(fd, 3) == 0)
                getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len);
        }
        if (write(ready[1], &cookie, sizeof(cookie)) == sizeof(cookie))
            pause();
        _exit(0);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], ret_cookie, sizeof(*ret_cookie)), sizeof(*ret_cookie));
    return child;
}

static void list_cookie(struct fixture *f, uint64_t cookie)
{
    f->n_found = f->n_parts = f->n_rows = 0;
    f->cookie = cookie;
    f->inode = 0;
    sockets_list(&f->wish, take_part, f, NULL);
}

static void sockets_of_another_namespace_are_told_apart(void **state)
{
    struct fixture *f = *state;
    uint64_t cookie = 0;
    pid_t child = elsewhere(f, &cookie);
    int listener = tcp_listener(f), own_found, other_found, one_found;
    struct row other;
    struct netns netns;

    f->wish.kinds = KIND_BIT(KIND_TCP);
    strcpy(f->wish.netns, "all");
    list_cookie(f, cookie);
    other_found = (int)f->n_found;
    other = f->row;
    netns = f->netns;
    list_cookie(f, cookie_of(listener));
    own_found = (int)f->n_found;
    assert_string_equal(f->netns.name, "");
    snprintf(f->wish.netns, sizeof(f->wish.netns), "%d", child);
    list_cookie(f, cookie);
    one_found = (int)f->n_found;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_int_equal(own_found, 1);
    if (!cookie) {
        print_message("skipped: no namespace may be made here\n");
        skip();
    }
    if (!other_found && f->err.code == -EPERM) {
        print_message("skipped: no other namespace may be entered here\n");
        skip();
    }
    assert_int_equal(other_found, 1);
    assert_int_equal(one_found, 1);
    assert_int_not_equal(other.netns, 0);
    assert_int_equal(netns.pid, child);
    assert_int_equal(f->row.netns, 0);
    assert_int_equal(f->netns.inode, netns.inode);
    /* It is gone with its process. */
    list_cookie(f, cookie);
    assert_int_equal(f->n_found, 0);
    assert_int_equal(f->err.code, -ENOENT);
}

static void own_namespace_has_no_name(void **state)
{
    struct fixture *f = *state;
    int listener = tcp_listener(f);

    snprintf(f->wish.netns, sizeof(f->wish.netns), "%d", getpid());
    find(f, listener, KIND_TCP);
    assert_string_equal(f->netns.name, "");
    assert_int_not_equal(f->netns.inode, 0);
}

static void namespace_that_is_none_is_an_error(void **state)
{
    static const char *const names[] = {"no-such-namespace", "..", "a/b", "999999999", ".x"};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct err err = {0};
        int rc;

        snprintf(f->wish.netns, sizeof(f->wish.netns), "%s", names[i]);
        f->n_parts = f->n_rows = 0;
        rc = sockets_list(&f->wish, take_part, f, &err);
        assert_true(rc == -ENOENT || rc == -EINVAL);
        assert_int_equal(err.code, rc);
        assert_string_not_equal(err.reason, "");
        assert_int_equal(f->n_parts, 1);
        assert_int_equal(f->n_rows, 0);
        assert_int_equal(f->unavailable, 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(unix_listener_shows_name_queue_and_limit),
        TEST(unix_pair_names_each_other),
        TEST(udp_shows_its_state_and_bytes),
        TEST(udplite_is_listed),
        TEST(mptcp_is_not_tcp),
        TEST(raw_socket_is_listed),
        TEST(ping_socket_is_listed),
        TEST(kernel_leaves_out_what_cannot_match),
        TEST(packet_socket_shows_protocol_and_interface),
        TEST(netlink_socket_is_there_once),
        TEST(bound_device_is_named),
        TEST(parts_come_when_they_are_asked_for),
        TEST(families_and_states_are_left_out),
        TEST(filters_are_applied),
        TEST(named_connection_is_listed_if_it_is_wished_for),
        TEST(owners_come_when_they_are_asked_for),
        TEST(list_comes_in_parts),
        TEST(sockets_of_another_namespace_are_told_apart),
        TEST(own_namespace_has_no_name),
        TEST(namespace_that_is_none_is_an_error),
    };

    return cmocka_run_group_tests_name("sockets_list", tests, NULL, NULL);
}
