/* The observer with the kernel's events, on sockets that this test opens itself.  Tracepoints
 * need privileges: without them the tests of these are skipped, the others look. */
#include "probes/observer.h"

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
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/model/changes.h"
#include "core/model/kernel_event.h"

#define PATIENCE_NS (20 * CLOCK_SECOND_NS)
#define KEPT 1024

struct fixture {
    struct observer *observer;
    struct ring *events;
    struct bell news;
    struct kernel_events_status status;
    struct change kept[KEPT]; /* changes of our own ports */
    size_t n_kept;
    uint64_t deadline_ns;
    int listener;
    struct addr address; /* of the listener */
};

static struct addr name_of(int fd, int (*name)(int, struct sockaddr *, socklen_t *))
{
    struct sockaddr_storage sa;
    socklen_t len = sizeof(sa);

    assert_int_equal(name(fd, (struct sockaddr *)&sa, &len), 0);
    return addr_from_sockaddr((struct sockaddr *)&sa);
}

static bool is_ours(const struct fixture *f, const struct row *row)
{
    return row->local.port == f->address.port || row->peer.port == f->address.port;
}

/* Take the next snapshot; the changes of our sockets are added to what was kept. */
static void look(struct fixture *f)
{
    struct mailbox *box = observer_snapshots(f->observer);
    struct pollfd p = {.fd = mailbox_fd(box), .events = POLLIN};
    struct snapshot *s = NULL;

    while (!s) {
        assert_true(clock_now_ns() < f->deadline_ns);
        poll(&p, 1, 1000);
        s = mailbox_take(box);
    }
    for (size_t i = 0; i < s->n_changes; i++)
        if (is_ours(f, &s->changes[i].row) && f->n_kept < KEPT)
            f->kept[f->n_kept++] = s->changes[i];
    if (s->events)
        f->status = *s->events;
    snapshot_free(s);
}

static void listen_here(struct fixture *f)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};

    f->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(f->listener, (struct sockaddr *)&any, sizeof(any)), 0);
    assert_int_equal(listen(f->listener, 128), 0);
    f->address = name_of(f->listener, getsockname);
}

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));
    struct wish *wish = mem_new(1, sizeof(*wish));

    bell_init(&f->news);
    listen_here(f);
    f->events = ring_new(4096, sizeof(struct kernel_event), 0);
    f->observer = observer_start(f->events, &f->news);
    f->deadline_ns = clock_now_ns() + PATIENCE_NS;
    observer_wish(f->observer, wish);
    /* The second one: the events are on. */
    do
        look(f);
    while (!f->status.on[KERNEL_DESTROYED] && !f->status.why_not[KERNEL_DESTROYED].code);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    observer_stop(f->observer);
    ring_free(f->events);
    bell_done(&f->news);
    close(f->listener);
    free(f);
    return 0;
}

static void connect_pair(const struct fixture *f, int *ret_client, int *ret_server)
{
    const struct sockname to = sockname_from_addr(&f->address);

    *ret_client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(*ret_client, (const struct sockaddr *)&to.sa, to.len), 0);
    *ret_server = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(*ret_server >= 0);
}

static void needs_tracing(const struct fixture *f)
{
    char text[512];

    if (f->status.on[KERNEL_SET_STATE])
        return;
    err_format(&f->status.why_not[KERNEL_SET_STATE], text, sizeof(text));
    print_message("skipped: %s\n", text);
    skip();
}

static const struct change *find(const struct fixture *f, const struct addr *local, int kind,
                                 int state)
{
    for (size_t i = 0; i < f->n_kept; i++) {
        const struct change *c = &f->kept[i];

        if (addr_equal(&c->row.local, local) && c->kind == kind &&
            (kind == CHANGE_GONE || c->row.state == state))
            return c;
    }
    return NULL;
}

/* Look until there is such a change. */
static const struct change *await(struct fixture *f, const struct addr *local, int kind,
                                  int state)
{
    const struct change *c;

    while (!(c = find(f, local, kind, state)))
        look(f);
    return c;
}

static void a_connection_is_told_from_its_beginning_to_its_end(void **state)
{
    struct fixture *f = *state;
    const struct change *c;
    struct addr here;
    int client, server;

    connect_pair(f, &client, &server);
    here = name_of(client, getsockname);
    assert_int_equal(send(server, "unread", 6, 0), 6);
    c = await(f, &here, CHANGE_NEW, STATE_ESTABLISHED);
    assert_int_equal(c->row.kind, KIND_TCP);
    assert_non_null(await(f, &f->address, CHANGE_NEW,
                          f->status.on[KERNEL_SET_STATE] ? STATE_SYN_RECV : STATE_ESTABLISHED));
    shutdown(server, SHUT_WR);
    c = await(f, &here, CHANGE_STATE, STATE_CLOSE_WAIT);
    assert_int_equal(c->old_state, STATE_ESTABLISHED);
    close(client); /* with what was not read: the kernel sends a reset */
    c = await(f, &here, CHANGE_GONE, 0);
    assert_int_equal(c->old_state, STATE_CLOSE_WAIT);
    assert_true(c->has_unread);
    assert_int_equal(c->unread_bytes, 6);
    close(server);
}

static void with_tracing_changes_are_told_by_the_kernel(void **state)
{
    struct fixture *f = *state;
    const struct change *c;
    uint64_t before_ns, after_ns;
    struct addr here;
    int client, server;

    needs_tracing(f);
    connect_pair(f, &client, &server);
    here = name_of(client, getsockname);
    assert_true(await(f, &here, CHANGE_NEW, STATE_ESTABLISHED)->by_event);
    before_ns = clock_now_ns();
    shutdown(client, SHUT_WR);
    after_ns = clock_now_ns();
    c = await(f, &here, CHANGE_STATE, STATE_FIN_WAIT1);
    assert_true(c->by_event);
    /* Its time is the kernel's, to a microsecond. */
    assert_in_range(c->at_ns, before_ns - 1000, after_ns);
    close(client);
    close(server);
}

/* Faster than anybody looks: both ends of each are told nevertheless. */
static void with_tracing_no_short_connection_is_missed(void **state)
{
    enum { CONNECTIONS = 100 };
    struct fixture *f = *state;
    size_t n_new = 0, n_gone = 0;

    needs_tracing(f);
    for (int i = 0; i < CONNECTIONS; i++) {
        struct linger reset = {.l_onoff = 1};
        int client, server;

        connect_pair(f, &client, &server);
        setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        close(client);
        close(server);
    }
    while (n_new < 2 * CONNECTIONS || n_gone < 2 * CONNECTIONS) {
        look(f);
        n_new = n_gone = 0;
        for (size_t i = 0; i < f->n_kept; i++) {
            n_new += f->kept[i].kind == CHANGE_NEW;
            n_gone += f->kept[i].kind == CHANGE_GONE;
        }
    }
    assert_int_equal(n_new, 2 * CONNECTIONS);
    assert_int_equal(n_gone, 2 * CONNECTIONS);
}

static bool is_in_ring(struct fixture *f, enum kernel_event_kind kind, const struct addr *local)
{
    struct kernel_event e;

    for (uint64_t i = ring_tail(f->events); i < ring_head(f->events); i++)
        if (ring_get(f->events, i, &e, NULL, 0, NULL) && e.kind == kind &&
            addr_equal(&e.local, local))
            return true;
    return false;
}

static void await_event(struct fixture *f, enum kernel_event_kind kind,
                        const struct addr *local)
{
    while (!is_in_ring(f, kind, local)) {
        struct pollfd p = {.fd = f->news.fd, .events = POLLIN};

        assert_true(clock_now_ns() < f->deadline_ns);
        poll(&p, 1, 1000);
        bell_arm(&f->news);
    }
}

static void events_are_in_the_ring_and_the_bell_rings(void **state)
{
    struct fixture *f = *state;
    struct addr here;
    int client, server;

    if (!f->status.on[KERNEL_DESTROYED])
        skip();
    connect_pair(f, &client, &server);
    here = name_of(client, getsockname);
    close(server);
    close(client);
    await_event(f, KERNEL_DESTROYED, &here);
    if (f->status.on[KERNEL_SET_STATE])
        await_event(f, KERNEL_SET_STATE, &here);
}

static void a_reset_is_told_with_its_reason_and_the_errno_to_come(void **state)
{
    struct fixture *f = *state;
    struct addr here;
    int client, server;

    needs_tracing(f);
    connect_pair(f, &client, &server);
    here = name_of(client, getsockname);
    assert_int_equal(send(client, "x", 1, 0), 1);
    close(server);
    await_event(f, KERNEL_ERROR_REPORT, &here);
    if (f->status.on[KERNEL_RECEIVE_RESET])
        await_event(f, KERNEL_RECEIVE_RESET, &here);
    close(client);
}

static void drops_are_on_only_where_they_are_wanted(void **state)
{
    struct fixture *f = *state;
    struct wish *wish;

    needs_tracing(f);
    assert_false(f->status.on[KERNEL_DROP]);
    wish = mem_new(1, sizeof(*wish));
    wish->drops = true;
    observer_wish(f->observer, wish);
    while (!f->status.on[KERNEL_DROP])
        look(f);
}

static void without_a_ring_there_are_no_events(void **state)
{
    struct observer *o = observer_start(NULL, NULL);
    struct pollfd p = {.fd = mailbox_fd(observer_snapshots(o)), .events = POLLIN};
    struct snapshot *s = NULL;

    (void)state;
    observer_wish(o, mem_new(1, sizeof(struct wish)));
    for (int i = 0; i < 2; i++) {
        s = NULL;
        while (!s) {
            assert_true(poll(&p, 1, 20000) == 1);
            s = mailbox_take(observer_snapshots(o));
        }
        assert_null(s->events);
        snapshot_free(s);
    }
    observer_stop(o);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_connection_is_told_from_its_beginning_to_its_end),
        TEST(with_tracing_changes_are_told_by_the_kernel),
        TEST(with_tracing_no_short_connection_is_missed),
        TEST(events_are_in_the_ring_and_the_bell_rings),
        TEST(a_reset_is_told_with_its_reason_and_the_errno_to_come),
        TEST(drops_are_on_only_where_they_are_wanted),
        cmocka_unit_test(without_a_ring_there_are_no_events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
