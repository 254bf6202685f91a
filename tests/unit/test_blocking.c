/* Sessions whose calls wait in threads of their own: nothing is lost, doubled or left behind, and
 * the engine answers all the while. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/engine.h"
#include "tests/unit/units.h"

/* What never repeats within a socket's buffers. */
static uint8_t byte_at(size_t i)
{
    return (uint8_t)(i * 7 + i / 251 + i / 65521);
}

/* A session on one end of a pair whose other end is the test's. */
struct attached {
    uint64_t id;
    int face;
    size_t sent, got;
};

static struct attached attach_to(struct fixture *f, const struct endpoint *e, bool blocking)
{
    struct command c = command_default(VERB_CONNECT);
    struct attached a = {0};
    struct reply r;
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    c.endpoint = *e;
    c.attach_fd = pair[1];
    c.connect.blocking = blocking;
    c.connect.no_proxy = true;
    r = command(f, &c);
    assert_int_equal(r.err.code, 0);
    a.id = r.id;
    a.face = pair[0];
    AWAIT(f, f->sessions[a.id].state >= SESSION_OPEN);
    return a;
}

/* Give it bytes, up to size of them in all, as many as it takes now. */
static void feed(struct attached *a, size_t size)
{
    uint8_t bytes[30000];
    size_t n = size - a->sent < sizeof(bytes) ? size - a->sent : sizeof(bytes);
    ssize_t taken;

    for (size_t i = 0; i < n; i++)
        bytes[i] = byte_at(a->sent + i);
    taken = n ? unit_send(a->face, bytes, n, MSG_DONTWAIT) : 0;
    if (taken > 0)
        a->sent += (size_t)taken;
}

/* Take what has come, which must be what was sent.  False at its end. */
static bool fetch(struct attached *a, int milliseconds)
{
    struct pollfd p = {.fd = a->face, .events = POLLIN};
    uint8_t bytes[ATTACH_UNIT_BYTES];
    ssize_t n;

    if (poll(&p, 1, milliseconds) <= 0)
        return true;
    n = unit_recv(a->face, bytes, sizeof(bytes), MSG_DONTWAIT);
    for (ssize_t i = 0; i < n; i++)
        if (bytes[i] != byte_at(a->got + (size_t)i))
            fail_msg("byte %zu is wrong", a->got + (size_t)i);
    if (n > 0)
        a->got += (size_t)n;
    return n != 0;
}

static uint64_t dial(struct fixture *f, uint64_t server, const char *options)
{
    char line[ENDPOINT_TEXT_BYTES + 60], text[ENDPOINT_TEXT_BYTES];
    struct reply r;

    snprintf(line, sizeof(line), "connect %s --no-proxy %s", options,
             endpoint_format(&f->servers[server].endpoint, text));
    r = say(f, line);
    AWAIT(f, f->sessions[r.id].state >= SESSION_OPEN);
    assert_int_equal(f->sessions[r.id].state, SESSION_OPEN);
    return r.id;
}

static void closing_while_both_calls_wait_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    size_t descriptors = open_descriptors(), threads = running_threads();
    uint64_t server = serve(f, "serve never-recv 127.0.0.1:0"), id;

    for (int i = 0; i < 5; i++) {
        id = dial(f, server, "--blocking");
        say(f, "flood");
        AWAIT(f, f->sessions[id].recv_waits_since_ns && f->sessions[id].send_waits_since_ns);
        say(f, "close");
        AWAIT(f, f->sessions[id].state == SESSION_CLOSED);
        assert_int_equal(f->sessions[id].recv_waits_since_ns, 0);
    }
    say(f, "stop");
    AWAIT(f, open_descriptors() == descriptors && running_threads() == threads);
}

static void a_peer_that_closes_ends_the_wait(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0"), id = dial(f, server, "--blocking");
    size_t threads;

    AWAIT(f, f->sessions[id].recv_waits_since_ns);
    threads = running_threads();
    say(f, "stop");
    AWAIT(f, f->sessions[id].state == SESSION_REMOTE_CLOSED);
    AWAIT(f, f->sessions[id].recv_waits_since_ns == 0);
    say(f, "close");
    AWAIT(f, f->sessions[id].state == SESSION_CLOSED);
    AWAIT(f, running_threads() == threads - 2);
}

static void a_reset_ends_the_wait(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve never-recv 127.0.0.1:0");
    uint64_t id = dial(f, server, "--blocking");

    AWAIT(f, f->sessions[id].recv_waits_since_ns);
    say(f, "send unread");
    AWAIT(f, f->sessions[id].sent_bytes == 6);
    say(f, "stop");
    AWAIT(f, f->sessions[id].state == SESSION_FAILED);
    assert_int_equal(f->sessions[id].err.code, -ECONNRESET);
}

static void the_engine_answers_while_calls_wait(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve never-recv 127.0.0.1:0"), begun, id;

    for (int i = 0; i < 5; i++)
        id = dial(f, server, "--blocking");
    AWAIT(f, f->sessions[id].recv_waits_since_ns);
    begun = clock_now_ns();
    for (int i = 0; i < 100; i++)
        assert_int_equal(say(f, "get SO_TYPE").err.code, 0);
    assert_true(clock_now_ns() - begun < 5 * CLOCK_SECOND_NS);
}

static void switching_under_traffic_keeps_every_byte(void **state)
{
    struct fixture *f = *state;
    size_t size = 10 << 20, descriptors, threads;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0");
    struct attached a;
    char line[40];
    unsigned switched = 0;
    bool blocking = false;

    descriptors = open_descriptors();
    threads = running_threads();
    a = attach_to(f, &f->servers[server].endpoint, false);
    while (a.got < size) {
        feed(&a, size);
        assert_true(fetch(&a, 20));
        if (a.got < switched * (size / 200))
            continue;
        switched++;
        blocking = !blocking;
        snprintf(line, sizeof(line), "blocking %llu %s", (unsigned long long)a.id,
                 blocking ? "on" : "off");
        assert_int_equal(say(f, line).err.code, 0);
    }
    assert_true(switched >= 100);
    shutdown(a.face, SHUT_WR);
    while (fetch(&a, 1000))
        pump(f);
    assert_int_equal(a.got, size);
    close(a.face);
    AWAIT(f, f->sessions[a.id].state == SESSION_CLOSED);
    AWAIT(f, f->servers[server].open_sessions == 0);
    AWAIT(f, open_descriptors() == descriptors && running_threads() == threads);
}

static void a_blocking_session_carries_a_lot(void **state)
{
    struct fixture *f = *state;
    size_t size = 10 << 20;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0");
    struct attached a = attach_to(f, &f->servers[server].endpoint, true);

    while (a.got < size) {
        feed(&a, size);
        assert_true(fetch(&a, 20));
    }
    close(a.face);
    AWAIT(f, f->sessions[a.id].state == SESSION_CLOSED);
}

static struct reply say_to(struct fixture *f, const char *verb, uint64_t id, const char *rest)
{
    char line[80];

    snprintf(line, sizeof(line), "%s %llu %s", verb, (unsigned long long)id, rest);
    return say(f, line);
}

/* An echo does not read while it owes bytes, but one recv(2) was on its way already. */
static void what_came_before_switching_off_is_not_lost(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0"), id;
    int peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_storage sa = {0};
    socklen_t len = sizeof(sa);
    struct addr at;
    static char got[1 << 20];
    char last[5] = "";

    engine_watch_traffic(f->engine);
    assert_true(endpoint_numeric(&f->servers[server].endpoint, &at));
    addr_to_sockaddr(&at, &sa, &len);
    assert_int_equal(connect(peer, (struct sockaddr *)&sa, len), 0);
    AWAIT(f, accepted_by(f, server));
    id = accepted_by(f, server);
    assert_int_equal(say_to(f, "blocking", id, "on").err.code, 0);
    AWAIT(f, f->sessions[id].recv_waits_since_ns);
    assert_int_equal(say_to(f, "flood", id, "1000000000000").err.code, 0);
    AWAIT(f, f->sessions[id].send_waits_since_ns);
    assert_int_equal(send(peer, "hello", 5, 0), 5);
    AWAIT(f, f->sessions[id].recv_waits_since_ns == 0);
    /* Off, on and off again: it is kept all the while. */
    assert_int_equal(say_to(f, "blocking", id, "off").err.code, 0);
    assert_int_equal(say_to(f, "blocking", id, "on").err.code, 0);
    assert_int_equal(say_to(f, "blocking", id, "off").err.code, 0);
    assert_int_equal(say_to(f, "flood", id, "off").err.code, 0);
    for (struct pollfd p = {.fd = peer, .events = POLLIN}; memcmp(last, "hello", 5) != 0;) {
        ssize_t n;

        assert_int_equal(poll(&p, 1, 5000), 1);
        n = recv(peer, got, sizeof(got), 0);
        assert_true(n >= 5);
        memcpy(last, got + n - 5, 5);
    }
    AWAIT(f, f->sessions[id].received_bytes == 5);
    /* And from here on it reads as ever. */
    assert_int_equal(send(peer, "again", 5, 0), 5);
    assert_int_equal(recv(peer, got, 5, MSG_WAITALL), 5);
    assert_memory_equal(got, "again", 5);
    close(peer);
}

static bool pattern_goes_on(const uint8_t *bytes, size_t len, size_t from)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != (uint8_t)(' ' + (from + i) % 95))
            return false;
    return true;
}

/* The same send(2) waits on and on: no buffer on the way takes more. */
static void await_stall(struct fixture *f, uint64_t id)
{
    uint64_t since;

    do {
        AWAIT(f, f->sessions[id].send_waits_since_ns);
        since = f->sessions[id].send_waits_since_ns;
        for (int i = 0; i < 15; i++)
            pump(f);
    } while (f->sessions[id].send_waits_since_ns != since);
}

/* A flood's send(2) is on its way when something else is to be said. */
static void what_is_said_in_a_flood_comes_behind_what_is_on_its_way(void **state)
{
    struct fixture *f = *state;
    int pair[2], listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_storage sa = {0};
    socklen_t len = sizeof(sa);
    struct addr at = addr_make(AF_INET, "\x7f\0\0\1", 0);
    static uint8_t got[64 << 20];
    size_t n = 0, mark;
    char line[80], text[ADDR_TEXT_BYTES];
    uint64_t id;
    ssize_t r;

    addr_to_sockaddr(&at, &sa, &len);
    assert_int_equal(bind(listener, (struct sockaddr *)&sa, len), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&sa, &len), 0);
    at = addr_from_sockaddr((struct sockaddr *)&sa);
    snprintf(line, sizeof(line), "connect --blocking --no-proxy %s", addr_format(&at, text));
    id = say(f, line).id;
    pair[0] = accept(listener, NULL, NULL);
    AWAIT(f, f->sessions[id].state == SESSION_OPEN);
    say(f, "flood");
    await_stall(f, id);
    assert_int_equal(say(f, "send \\x01MARK\\x02").err.code, 0);
    assert_int_equal(say(f, "flood off").err.code, 0);
    assert_int_equal(say(f, "send \\x03").err.code, 0);
    assert_int_equal(say(f, "half-close").err.code, 0);
    while (n < sizeof(got) && (r = recv(pair[0], got + n, sizeof(got) - n, 0)) > 0)
        n += (size_t)r;
    assert_in_range(n, 8, sizeof(got) - 1);
    mark = n - 7;
    assert_memory_equal(got + mark, "\1MARK\2\3", 7);
    assert_true(pattern_goes_on(got, mark, 0));
    AWAIT(f, f->sessions[id].sent_bytes == n);
    close(pair[0]);
    close(listener);
}

static void a_counted_flood_is_counted_right(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0"), id = dial(f, server, "--blocking");

    say(f, "flood 3000000");
    for (int i = 0; i < 20; i++) {
        say(f, i % 2 ? "blocking on" : "blocking off");
        pump(f);
    }
    AWAIT(f, f->sessions[id].received_bytes == 3000000);
    assert_int_equal(f->sessions[id].sent_bytes, 3000000);
}

/* epoll(7) refuses to look at it. */
static void a_device_that_is_always_ready_is_sent(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve slow-recv 127.0.0.1:0"),
             id = dial(f, server, "--blocking");

    assert_int_equal(say(f, "send-file /dev/zero").err.code, 0);
    AWAIT(f, f->sessions[id].sent_bytes > 100000);
    say(f, "close");
    AWAIT(f, f->sessions[id].state == SESSION_CLOSED);
}

static void datagrams_keep_their_boundaries(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo udp://127.0.0.1:0");
    uint64_t id = dial(f, server, "--unconnected --blocking --receive-bytes 3");

    say(f, "send hello");
    say(f, "send \\x41");
    AWAIT(f, f->sessions[id].received_bytes == 4);
    assert_true(was_noted(f, id, "a datagram of 5 bytes"));
    assert_true(was_noted(f, id, "truncated: the datagram had 5 bytes, recv(2) was given 3"));
    assert_true(was_noted(f, id, "a datagram of 1 bytes"));
    say(f, "blocking off");
    say(f, "send again");
    AWAIT(f, f->sessions[id].received_bytes == 7);
}

static void who_is_not_open_cannot_block(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0"), id = dial(f, server, "");

    assert_int_equal(say(f, "blocking off").err.code, 0);
    assert_int_equal(say(f, "blocking on").err.code, 0);
    assert_int_equal(say(f, "blocking on").err.code, 0);
    say(f, "close");
    AWAIT(f, f->sessions[id].state == SESSION_CLOSED);
    assert_int_equal(say(f, "blocking on").err.code, -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(closing_while_both_calls_wait_leaves_nothing),
        TEST(a_peer_that_closes_ends_the_wait),
        TEST(a_reset_ends_the_wait),
        TEST(the_engine_answers_while_calls_wait),
        TEST(switching_under_traffic_keeps_every_byte),
        TEST(a_blocking_session_carries_a_lot),
        TEST(what_came_before_switching_off_is_not_lost),
        TEST(what_is_said_in_a_flood_comes_behind_what_is_on_its_way),
        TEST(a_counted_flood_is_counted_right),
        TEST(a_device_that_is_always_ready_is_sent),
        TEST(datagrams_keep_their_boundaries),
        TEST(who_is_not_open_cannot_block),
    };

    return cmocka_run_group_tests_name("blocking", tests, NULL, NULL);
}
