/* The observer on sockets that this test opens itself, on loopback and free ports. */
#include "probes/observer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "probes/sock_diag.h"

#define PATIENCE_NS (10 * CLOCK_SECOND_NS)

struct fixture {
    struct observer *observer;
    struct snapshot *snapshot; /* the newest taken */
    int fds[16];
    size_t n_fds;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));

    f->observer = observer_start(NULL, NULL);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    observer_stop(f->observer);
    snapshot_free(f->snapshot);
    for (size_t i = 0; i < f->n_fds; i++)
        close(f->fds[i]);
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

static uint64_t cookie_of(int fd)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof(cookie);

    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len), 0);
    return cookie;
}

static struct addr local_of(int fd)
{
    struct sockaddr_storage name;
    socklen_t len = sizeof(name);

    assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &len), 0);
    return addr_from_sockaddr((struct sockaddr *)&name);
}

static int socket_of(int family)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 && errno == EAFNOSUPPORT) {
        print_message("skipped: this host has no IPv6\n");
        skip();
    }
    return fd;
}

static int open_bound(struct fixture *f, const char *ip, bool share)
{
    struct addr a = {.family = strchr(ip, ':') ? AF_INET6 : AF_INET};
    struct sockaddr_storage name;
    socklen_t len;
    int fd, one = 1, rc;

    assert_int_equal(inet_pton(a.family, ip, a.ip), 1);
    fd = keep(f, socket_of(a.family));
    if (share)
        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)), 0);
    assert_true(addr_to_sockaddr(&a, &name, &len));
    rc = bind(fd, (struct sockaddr *)&name, len);
    if (rc < 0 && errno == EADDRNOTAVAIL) {
        print_message("skipped: %s is no address of this host\n", ip);
        skip();
    }
    assert_int_equal(rc, 0);
    return fd;
}

static int open_listener(struct fixture *f, const char *ip, int backlog)
{
    int fd = open_bound(f, ip, false);

    assert_int_equal(listen(fd, backlog), 0);
    return fd;
}

static int open_session(struct fixture *f, const struct addr *to)
{
    struct sockaddr_storage name;
    socklen_t len;
    int fd = keep(f, socket(to->family, SOCK_STREAM | SOCK_CLOEXEC, 0));

    assert_true(addr_to_sockaddr(to, &name, &len));
    assert_int_equal(connect(fd, (struct sockaddr *)&name, len), 0);
    return fd;
}

static struct wish *new_wish(void)
{
    return mem_new(1, sizeof(struct wish));
}

static const struct snapshot *next_snapshot(struct fixture *f)
{
    struct mailbox *m = observer_snapshots(f->observer);
    struct pollfd fd = {.fd = mailbox_fd(m), .events = POLLIN};
    struct snapshot *s = NULL;

    while (!s) {
        assert_int_equal(poll(&fd, 1, (int)(PATIENCE_NS / CLOCK_MS_NS)), 1);
        s = mailbox_take(m);
    }
    snapshot_free(f->snapshot);
    f->snapshot = s;
    if (s->err.code == -EPROTONOSUPPORT || s->err.code == -ENOENT || s->err.code == -EPERM) {
        print_message("skipped: %s: %s\n", s->err.operation, s->err.reason);
        skip();
    }
    assert_int_equal(s->err.code, 0);
    return s;
}

static const struct snapshot *observe(struct fixture *f, struct wish *w)
{
    snapshot_free(mailbox_take(observer_snapshots(f->observer)));
    w->once = true;
    observer_wish(f->observer, w);
    return next_snapshot(f);
}

static const struct row *row_of(const struct snapshot *s, int fd)
{
    uint64_t cookie = cookie_of(fd);

    for (size_t i = 0; i < s->n_rows; i++)
        if (s->rows[i].cookie == cookie)
            return &s->rows[i];
    return NULL;
}

static void listener_shows_its_queue_and_limit(void **state)
{
    struct fixture *f = *state;
    int listener = open_listener(f, "127.0.0.1", 5);
    struct addr at = local_of(listener);
    const struct snapshot *s;
    const struct row *row;

    open_session(f, &at);
    open_session(f, &at);
    s = observe(f, new_wish());
    row = row_of(s, listener);
    assert_non_null(row);
    assert_int_equal(row->state, STATE_LISTEN);
    assert_true(addr_equal(&row->local, &at));
    assert_int_equal(row->peer.port, 0);
    assert_true(addr_is_any(&row->peer));
    assert_int_equal(row->rqueue, 2);
    assert_int_equal(row->wqueue, 5);
    assert_int_equal(row->uid, getuid());
    assert_int_equal(row->kind, KIND_TCP);
    assert_int_not_equal(row->inode, 0);
}

static void session_shows_bytes_that_wait(void **state)
{
    struct fixture *f = *state;
    int listener = open_listener(f, "::1", 5);
    struct addr at = local_of(listener), from;
    int client = open_session(f, &at);
    int server = keep(f, accept4(listener, NULL, NULL, SOCK_CLOEXEC));
    const struct snapshot *s;
    const struct row *row;

    from = local_of(client);
    assert_int_equal(send(client, "hello", 5, 0), 5);
    s = observe(f, new_wish());
    row = row_of(s, server);
    assert_non_null(row);
    assert_int_equal(row->state, STATE_ESTABLISHED);
    assert_int_equal(row->rqueue, 5);
    assert_true(addr_equal(&row->local, &at));
    assert_true(addr_equal(&row->peer, &from));
    row = row_of(s, client);
    assert_non_null(row);
    assert_int_equal(row->state, STATE_ESTABLISHED);
    assert_true(addr_equal(&row->local, &from));
    assert_true(s->n_states[STATE_ESTABLISHED] >= 2);
    assert_true(s->n_states[STATE_LISTEN] >= 1);
    assert_true(s->n_total >= 3);
    assert_true(s->cost_ns > 0);
}

static void child_that_waits_for_accept_has_no_inode(void **state)
{
    struct fixture *f = *state;
    int listener = open_listener(f, "127.0.0.1", 5);
    struct addr at = local_of(listener);
    struct addr from = local_of(open_session(f, &at));
    const struct snapshot *s = observe(f, new_wish());

    for (size_t i = 0; i < s->n_rows; i++) {
        const struct row *row = &s->rows[i];

        if (addr_equal(&row->local, &at) && addr_equal(&row->peer, &from)) {
            assert_int_equal(row->inode, 0);
            return;
        }
    }
    fail_msg("the child is not in the list");
}

static void closing_from_our_side_leaves_time_wait(void **state)
{
    struct fixture *f = *state;
    int listener = open_listener(f, "127.0.0.1", 5);
    struct addr at = local_of(listener);
    int client = open_session(f, &at);
    int server = keep(f, accept4(listener, NULL, NULL, SOCK_CLOEXEC));
    struct addr from = local_of(client);
    uint64_t deadline_ns = clock_now_ns() + PATIENCE_NS;

    assert_int_equal(shutdown(client, SHUT_WR), 0);
    assert_int_equal(shutdown(server, SHUT_WR), 0);
    while (clock_now_ns() < deadline_ns) {
        struct wish *w = new_wish();
        const struct snapshot *s;

        w->states = UINT32_C(1) << STATE_TIME_WAIT;
        s = observe(f, w);
        for (size_t i = 0; i < s->n_rows; i++) {
            const struct row *row = &s->rows[i];

            assert_int_equal(row->state, STATE_TIME_WAIT);
            if (addr_equal(&row->local, &from) && addr_equal(&row->peer, &at)) {
                assert_int_equal(row->inode, 0);
                assert_int_equal(row->timer, TIMER_TIMEWAIT);
                assert_in_range(row->timer_ms, 1, 60000);
                return;
            }
        }
    }
    fail_msg("no TIME_WAIT row came");
}

static void bound_socket_is_seen(void **state)
{
    struct fixture *f = *state;
    int bound = open_bound(f, "127.0.0.1", false);
    const struct snapshot *s = observe(f, new_wish());
    const struct row *row = row_of(s, bound);

    if (!row) {
        print_message("skipped: this kernel does not list bound sockets (Linux 6.8 does)\n");
        skip();
    }
    assert_int_equal(row->state, STATE_BOUND_INACTIVE);
    assert_int_equal(row->local.port, local_of(bound).port);
}

static void v6only_is_told(void **state)
{
    struct fixture *f = *state;
    int fd = keep(f, socket_of(AF_INET6)), one = 1;
    struct sockaddr_in6 any = {.sin6_family = AF_INET6};
    int dual = open_listener(f, "::", 5);
    const struct snapshot *s;

    assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
    assert_int_equal(listen(fd, 5), 0);
    s = observe(f, new_wish());
    assert_non_null(row_of(s, fd));
    assert_non_null(row_of(s, dual));
    assert_true(row_of(s, fd)->v6only);
    assert_false(row_of(s, dual)->v6only);
}

static void only_the_states_asked_for_come(void **state)
{
    struct fixture *f = *state;
    int listener = open_listener(f, "127.0.0.1", 5);
    struct addr at = local_of(listener);
    int client = open_session(f, &at);
    struct wish *w = new_wish();
    const struct snapshot *s;

    w->kinds = KIND_BIT(KIND_TCP);
    w->states = UINT32_C(1) << STATE_LISTEN;
    s = observe(f, w);
    assert_non_null(row_of(s, listener));
    assert_null(row_of(s, client));
    assert_int_equal(s->n_states[STATE_LISTEN], s->n_total);
}

static void filter_leaves_the_counts_alone(void **state)
{
    struct fixture *f = *state;
    int one = open_listener(f, "127.0.0.1", 5), other = open_listener(f, "127.0.0.1", 5);
    struct wish *w = new_wish();
    const struct snapshot *s;
    char text[64];

    snprintf(text, sizeof(text), "sport = :%u", local_of(one).port);
    assert_int_equal(filter_parse(text, &w->filter, NULL), 0);
    w->parts = DETAIL_EVERYTHING;
    s = observe(f, w);
    assert_non_null(row_of(s, one));
    assert_null(row_of(s, other));
    assert_true(s->n_total >= 2);
    assert_true(s->n_rows < s->n_total);
    assert_true(s->n_states[STATE_LISTEN] >= 2);
    /* The details of the others are not kept either. */
    assert_in_range(s->details_bytes, 1, sizeof(struct socket_detail) + 8);
}

static void ours_stand_first_then_listeners(void **state)
{
    struct fixture *f = *state;
    int foreign = open_listener(f, "127.0.0.1", 5);
    struct addr at = local_of(foreign);
    int client = open_session(f, &at), ours = open_listener(f, "127.0.0.9", 5);
    struct wish *w = new_wish();
    const struct snapshot *s;

    w->ours[w->n_ours++] = cookie_of(client);
    w->ours[w->n_ours++] = cookie_of(ours);
    s = observe(f, w);
    assert_true(s->n_rows >= 3);
    assert_int_equal(s->rows[0].cookie, cookie_of(ours));
    assert_int_equal(s->rows[1].cookie, cookie_of(client));
    assert_int_equal(s->rows[2].state, STATE_LISTEN);
    for (size_t i = 3; i < s->n_rows; i++)
        assert_false(s->rows[i].state == STATE_LISTEN && s->rows[i - 1].state != STATE_LISTEN);
}

static void column_sorts_both_ways(void **state)
{
    struct fixture *f = *state;
    struct wish *up = new_wish(), *down = new_wish();
    const struct snapshot *s;

    open_listener(f, "127.0.0.1", 3);
    open_listener(f, "127.0.0.1", 17);
    open_listener(f, "127.0.0.1", 9);
    up->sort = down->sort = column_find("sendq");
    assert_non_null(up->sort);
    up->kinds = down->kinds = KIND_BIT(KIND_TCP);
    down->descending = true;
    s = observe(f, up);
    for (size_t i = 1; i < s->n_rows; i++)
        assert_true(s->rows[i - 1].wqueue <= s->rows[i].wqueue);
    s = observe(f, down);
    for (size_t i = 1; i < s->n_rows; i++)
        assert_true(s->rows[i - 1].wqueue >= s->rows[i].wqueue);
}

static void owner_is_looked_up_only_when_wished(void **state)
{
    struct fixture *f = *state;
    int one = open_listener(f, "127.0.0.1", 5), other = open_listener(f, "127.0.0.1", 5);
    const struct snapshot *s = observe(f, new_wish());
    const struct owner *owner;
    uint32_t inode_one, inode_other;
    struct wish *w = new_wish();

    inode_one = row_of(s, one)->inode;
    inode_other = row_of(s, other)->inode;
    assert_null(snapshot_owner(s, inode_one));
    w->inodes[w->n_inodes++] = inode_one;
    s = observe(f, w);
    owner = snapshot_owner(s, inode_one);
    assert_non_null(owner);
    assert_int_equal(owner->knowledge, OWNER_KNOWN);
    assert_int_equal(owner_process(&s->owned, owner, 0)->pid, getpid());
    assert_int_equal(owner_fd(&s->owned, owner, 0), one);
    assert_null(snapshot_owner(s, inode_other));
}

static void owners_of_ours_and_of_all_come_unasked(void **state)
{
    struct fixture *f = *state;
    int one = open_listener(f, "127.0.0.1", 5), other = open_listener(f, "127.0.0.1", 5);
    struct wish *ours = new_wish(), *every = new_wish();
    const struct snapshot *s;

    ours->ours[ours->n_ours++] = cookie_of(one);
    s = observe(f, ours);
    assert_non_null(snapshot_owner(s, row_of(s, one)->inode));
    assert_null(snapshot_owner(s, row_of(s, other)->inode));
    every->every_owner = true;
    s = observe(f, every);
    assert_non_null(snapshot_owner(s, row_of(s, one)->inode));
    assert_int_equal(
        owner_process(&s->owned, snapshot_owner(s, row_of(s, other)->inode), 0)->pid, getpid());
    for (size_t i = 1; i < s->owned.n_owners; i++)
        assert_true(s->owned.owners[i - 1].inode < s->owned.owners[i].inode);
}

static const struct socket_portrait *portrait_of(struct fixture *f, const struct row *key)
{
    struct wish *w = new_wish();

    w->has_selected = true;
    w->selected = *key;
    w->states = UINT32_C(1) << STATE_LISTEN;
    observe(f, w);
    assert_true(f->snapshot->has_selected);
    return &f->snapshot->selected;
}

static struct row key_of(struct fixture *f, int fd)
{
    const struct row *row = row_of(observe(f, new_wish()), fd);

    if (!row) {
        print_message("skipped: this kernel does not list the socket\n");
        skip();
    }
    return *row;
}

static void selected_session_has_its_detail(void **state)
{
    struct fixture *f = *state;
    int listener = open_listener(f, "127.0.0.1", 5);
    struct addr at = local_of(listener);
    int client = open_session(f, &at);
    struct row key = key_of(f, client);
    const struct socket_portrait *d = portrait_of(f, &key);

    assert_false(d->gone);
    assert_int_equal(d->row.cookie, cookie_of(client));
    assert_int_equal(d->row.kind, KIND_TCP);
    assert_true(d->at_ns >= f->snapshot->at_ns);
    assert_true(d->detail.known & DETAIL_MEMINFO);
    assert_true(d->detail.sndbuf > 0);
    assert_true(d->detail.info_bytes > 100);
    assert_int_equal(d->detail.info[0], STATE_ESTABLISHED);
    assert_true(d->detail.known & DETAIL_CONGESTION);
    assert_string_not_equal(d->detail.congestion, "");
}

static void closed_session_is_gone(void **state)
{
    struct fixture *f = *state;
    int listener = open_listener(f, "127.0.0.1", 5);
    struct addr at = local_of(listener);
    int client = open_session(f, &at);
    struct row key = key_of(f, client);
    struct linger now = {.l_onoff = 1};
    const struct socket_portrait *d;

    assert_int_equal(setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
    close(client);
    f->n_fds--;
    /* The second time it is known without asking. */
    for (int i = 0; i < 2; i++) {
        d = portrait_of(f, &key);
        assert_true(d->gone);
        assert_int_equal(d->row.cookie, key.cookie);
        assert_int_equal(d->detail.known, 0);
    }
}

static void socket_with_the_same_address_is_another_one(void **state)
{
    struct fixture *f = *state;
    int listener = open_listener(f, "127.0.0.1", 5);
    struct row key = key_of(f, listener);

    key.cookie++;
    assert_true(portrait_of(f, &key)->gone);
}

/* The kernel's exact question cannot tell the members of a group apart. */
static void each_member_of_a_reuseport_group_has_its_detail(void **state)
{
    struct fixture *f = *state;
    int first = open_bound(f, "127.0.0.1", true);
    struct addr at = local_of(first);
    struct sockaddr_storage name;
    socklen_t len;
    int members[4] = {first};

    assert_true(addr_to_sockaddr(&at, &name, &len));
    for (size_t i = 0; i < 4; i++) {
        int one = 1;

        if (i) {
            members[i] = keep(f, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
            assert_int_equal(
                setsockopt(members[i], SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)), 0);
            assert_int_equal(bind(members[i], (struct sockaddr *)&name, len), 0);
        }
        assert_int_equal(listen(members[i], (int)i + 1), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        struct row key = key_of(f, members[i]);
        const struct socket_portrait *d = portrait_of(f, &key);

        assert_false(d->gone);
        assert_int_equal(d->row.cookie, cookie_of(members[i]));
        assert_int_equal(d->row.wqueue, i + 1);
    }
}

static void bound_socket_has_its_detail(void **state)
{
    struct fixture *f = *state;
    int bound = open_bound(f, "127.0.0.1", false);
    struct row key = key_of(f, bound);
    const struct socket_portrait *d = portrait_of(f, &key);

    assert_false(d->gone);
    assert_int_equal(d->row.state, STATE_BOUND_INACTIVE);
    assert_true(d->detail.known & DETAIL_MEMINFO);
}

static void mapped_session_has_its_detail(void **state)
{
    struct fixture *f = *state;
    int listener = open_listener(f, "::", 5);
    struct addr at = local_of(listener);
    struct addr v4 = addr_make(AF_INET, &(struct in_addr){htonl(INADDR_LOOPBACK)}, at.port);
    int client = open_session(f, &v4);
    int server = keep(f, accept4(listener, NULL, NULL, SOCK_CLOEXEC));
    struct row key = key_of(f, server), client_key = key_of(f, client);

    assert_int_equal(key.local.family, AF_INET6);
    assert_false(portrait_of(f, &key)->gone);
    assert_int_equal(f->snapshot->selected.row.cookie, cookie_of(server));
    assert_false(portrait_of(f, &client_key)->gone);
    /* And the dual-stack listener at the wildcard address. */
    key = key_of(f, listener);
    assert_false(portrait_of(f, &key)->gone);
    assert_int_equal(f->snapshot->selected.row.state, STATE_LISTEN);
}

/* Without a cookie the kernel would answer with the listener of the port. */
static void listener_is_no_answer_for_a_closed_session(void **state)
{
    struct fixture *f = *state;
    int listener = open_listener(f, "127.0.0.1", 5);
    struct row key = key_of(f, listener);

    key.cookie = 0;
    assert_false(portrait_of(f, &key)->gone);
    key.peer = key.local;
    key.peer.port = 1;
    key.state = STATE_ESTABLISHED;
    assert_true(portrait_of(f, &key)->gone);
}

/* A socket of any family keeps its place and its name. */
static void selected_has_its_detail_whatever_its_kind(void **state)
{
    static const struct {
        int family, type, protocol;
        uint32_t parts; /* the kernel tells of it */
    } kinds[] = {{AF_INET, SOCK_DGRAM, 0, DETAIL_MEMINFO},
                 {AF_UNIX, SOCK_STREAM, 0, DETAIL_MEMINFO | DETAIL_SHUTDOWN},
                 {AF_NETLINK, SOCK_RAW, 0, DETAIL_MEMINFO | DETAIL_GROUPS}};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        int fd =
            keep(f, socket(kinds[i].family, kinds[i].type | SOCK_CLOEXEC, kinds[i].protocol));
        struct sockaddr_storage at = {.ss_family = (sa_family_t)kinds[i].family};
        const struct socket_portrait *d;
        struct row key;

        assert_int_equal(bind(fd, (struct sockaddr *)&at,
                              kinds[i].family == AF_UNIX ? sizeof(sa_family_t) : 16),
                         0);
        key = key_of(f, fd);
        d = portrait_of(f, &key);
        assert_false(d->gone);
        assert_int_equal(d->row.cookie, cookie_of(fd));
        assert_int_equal(d->row.kind, key.kind);
        assert_int_equal(d->detail.known & kinds[i].parts, kinds[i].parts);
        if (kinds[i].family == AF_UNIX)
            assert_int_equal(texts_at(&f->snapshot->names, d->row.name)[0], '@');
        key.cookie += UINT64_C(1) << 48; /* that of nobody */
        assert_true(portrait_of(f, &key)->gone);
        close(fd);
        f->n_fds--;
        key.cookie -= UINT64_C(1) << 48;
        assert_true(portrait_of(f, &key)->gone);
    }
}

/* Where only /proc/net tells of it there is no cookie and no detail; that it is gone is told. */
static void selected_raw_socket_is_found(void **state)
{
    struct fixture *f = *state;
    int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 89);
    const struct row *row = NULL;
    const struct snapshot *s;
    struct stat st;
    struct row key;

    if (fd < 0) {
        print_message("skipped: socket(): %s\n", strerror(errno));
        skip();
    }
    keep(f, fd);
    assert_int_equal(fstat(fd, &st), 0);
    s = observe(f, new_wish());
    for (size_t i = 0; i < s->n_rows; i++)
        if (s->rows[i].inode == st.st_ino)
            row = &s->rows[i];
    assert_non_null(row);
    key = *row;
    assert_false(portrait_of(f, &key)->gone);
    assert_int_equal(f->snapshot->selected.row.inode, st.st_ino);
    close(fd);
    f->n_fds--;
    assert_true(portrait_of(f, &key)->gone);
}

static int count_row(void *ctx, const struct diag_socket *socket)
{
    size_t *n = ctx;

    *n += socket->row.kind == KIND_TCP;
    return 0;
}

static int no_message(void *ctx, const struct nlmsghdr *message)
{
    (void)message;
    ++*(size_t *)ctx;
    return 0;
}

static struct diag *open_diag(void)
{
    struct diag *d = NULL;
    struct err err = {0};

    if (diag_open(-1, &d, &err) < 0) {
        print_message("skipped: %s: %s\n", err.operation, err.reason);
        skip();
    }
    return d;
}

/* A dump fails inside its closing message; that must not look like "no sockets". */
static void protocol_without_diagnosis_is_an_error(void **state)
{
    struct fixture *f = *state;
    const struct diag_want want = {
        .kinds = KIND_BIT(KIND_TCP), .family = AF_INET, .states = UINT32_MAX};
    struct diag_outcome outcome = {0};
    struct diag_question question;
    struct diag *d = open_diag();
    size_t n = 0;

    open_listener(f, "127.0.0.1", 5);
    inet_diag_question(&want, &question);
    question.body[1] = 250;
    assert_true(diag_is_unavailable(diag_ask(d, &question, no_message, &n, &outcome)));
    assert_int_equal(n, 0);
    assert_int_equal(sock_diag_dump(d, &want, count_row, &n, &outcome), 0);
    assert_int_equal(outcome.malformed, 0);
    assert_true(n >= 1);
    diag_close(d);
}

static int stop_at_once(void *ctx, const struct diag_socket *socket)
{
    (void)socket;
    ++*(size_t *)ctx;
    return -ECANCELED;
}

/* What the kernel still sends of an answer that was ended must not be read as the next one. */
static void answer_that_was_ended_leaves_nothing_behind(void **state)
{
    struct fixture *f = *state;
    const struct diag_want want = {
        .kinds = KIND_BIT(KIND_TCP), .family = AF_INET, .states = UINT32_MAX};
    struct diag_outcome outcome = {0};
    struct diag *d = open_diag();
    size_t stopped = 0, n = 0;

    open_listener(f, "127.0.0.1", 5);
    open_listener(f, "127.0.0.1", 5);
    assert_int_equal(sock_diag_dump(d, &want, stop_at_once, &stopped, &outcome), -ECANCELED);
    assert_int_equal(stopped, 1);
    assert_int_equal(sock_diag_dump(d, &want, count_row, &n, &outcome), 0);
    assert_true(n >= 2);
    diag_close(d);
}

static void looks_again_without_a_new_wish(void **state)
{
    struct fixture *f = *state;
    const struct snapshot *s;
    uint64_t before_ns;

    observer_wish(f->observer, new_wish());
    s = next_snapshot(f);
    before_ns = s->at_ns;
    s = next_snapshot(f);
    assert_in_range(s->at_ns - before_ns, 240 * CLOCK_MS_NS, PATIENCE_NS);
}

static void once_is_once(void **state)
{
    struct fixture *f = *state;
    struct mailbox *m = observer_snapshots(f->observer);
    struct pollfd fd = {.fd = mailbox_fd(m), .events = POLLIN};

    observe(f, new_wish());
    assert_int_equal(poll(&fd, 1, 300), 0);
}

static void new_wish_is_answered_at_once(void **state)
{
    struct fixture *f = *state;
    uint64_t before_ns, fastest_ns = UINT64_MAX;

    /* A busy machine may delay any one of them. */
    for (int i = 0; i < 10; i++) {
        observer_wish(f->observer, new_wish());
        next_snapshot(f);
        before_ns = clock_now_ns();
        observe(f, new_wish());
        if (clock_now_ns() - before_ns < fastest_ns)
            fastest_ns = clock_now_ns() - before_ns;
    }
    assert_true(fastest_ns < 100 * CLOCK_MS_NS);
}

static void many_wishes_are_merged(void **state)
{
    struct fixture *f = *state;
    struct wish *last = new_wish();
    int listener = open_listener(f, "127.0.0.1", 5);

    for (int i = 0; i < 1000; i++)
        observer_wish(f->observer, new_wish());
    last->ours[last->n_ours++] = cookie_of(listener);
    observer_wish(f->observer, last);
    while (next_snapshot(f)->rows[0].cookie != cookie_of(listener))
        ;
}

static void stopping_needs_no_wish(void **state)
{
    (void)state;
    observer_stop(NULL);
    observer_stop(observer_start(NULL, NULL));
}

static void what_a_look_costs_sets_the_pace(void **state)
{
    const uint64_t ms = CLOCK_MS_NS;

    (void)state;
    /* A hundredth of a processor, as long as that is four to one times a second. */
    assert_int_equal(observer_interval_ns(0, 0), 250 * ms);
    assert_int_equal(observer_interval_ns(0, 5 * ms), 500 * ms);
    assert_int_equal(observer_interval_ns(0, 18 * ms), 1000 * ms);
    /* Never more than a third of it, whatever is wished. */
    assert_int_equal(observer_interval_ns(0, 2000 * ms), 4000 * ms);
    assert_int_equal(observer_interval_ns(100 * ms, 10 * ms), 100 * ms);
    assert_int_equal(observer_interval_ns(100 * ms, 300 * ms), 600 * ms);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(listener_shows_its_queue_and_limit),
        TEST(session_shows_bytes_that_wait),
        TEST(child_that_waits_for_accept_has_no_inode),
        TEST(closing_from_our_side_leaves_time_wait),
        TEST(bound_socket_is_seen),
        TEST(v6only_is_told),
        TEST(only_the_states_asked_for_come),
        TEST(filter_leaves_the_counts_alone),
        TEST(ours_stand_first_then_listeners),
        TEST(column_sorts_both_ways),
        TEST(owner_is_looked_up_only_when_wished),
        TEST(owners_of_ours_and_of_all_come_unasked),
        TEST(selected_session_has_its_detail),
        TEST(closed_session_is_gone),
        TEST(socket_with_the_same_address_is_another_one),
        TEST(each_member_of_a_reuseport_group_has_its_detail),
        TEST(bound_socket_has_its_detail),
        TEST(mapped_session_has_its_detail),
        TEST(listener_is_no_answer_for_a_closed_session),
        TEST(selected_has_its_detail_whatever_its_kind),
        TEST(selected_raw_socket_is_found),
        TEST(protocol_without_diagnosis_is_an_error),
        TEST(answer_that_was_ended_leaves_nothing_behind),
        TEST(looks_again_without_a_new_wish),
        TEST(once_is_once),
        TEST(new_wish_is_answered_at_once),
        TEST(many_wishes_are_merged),
        cmocka_unit_test(stopping_needs_no_wish),
        cmocka_unit_test(what_a_look_costs_sets_the_pace),
    };

    return cmocka_run_group_tests_name("observer", tests, NULL, NULL);
}
