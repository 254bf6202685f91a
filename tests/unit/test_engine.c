/* The engine over real loopback sockets: every server listens on port 0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/model/journal.h"
#include "core/model/transcript.h"
#include "core/net/engine.h"

#define PATIENCE_NS (10 * CLOCK_SECOND_NS)

struct fixture {
    struct engine *engine;
    struct session_status sessions[64]; /* newest status by id */
    struct server_status servers[64];
    struct reply reply;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    *state = f;
    return engine_start(&f->engine);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    engine_stop(f->engine);
    free(f);
    return 0;
}

static void take(struct fixture *f, const struct event *ev)
{
    if (ev->kind == EVENT_SESSION)
        f->sessions[ev->session.id % 64] = ev->session;
    else if (ev->kind == EVENT_SERVER)
        f->servers[ev->server.id % 64] = ev->server;
    else
        f->reply = ev->reply;
}

/* Read events until the condition holds. */
#define AWAIT(f, condition)                                                                    \
    do {                                                                                       \
        uint64_t until = clock_now_ns() + PATIENCE_NS;                                         \
        while (!(condition)) {                                                                 \
            if (clock_now_ns() > until)                                                        \
                fail_msg("never: %s", #condition);                                             \
            pump(f);                                                                           \
        }                                                                                      \
    } while (0)

static void pump(struct fixture *f)
{
    struct pollfd p = {.fd = queue_fd(engine_events(f->engine)), .events = POLLIN};
    struct event ev;

    poll(&p, 1, 100);
    while (queue_pop(engine_events(f->engine), &ev))
        take(f, &ev);
}

static struct reply command(struct fixture *f, const struct command *c)
{
    uint64_t id = engine_post(f->engine, c);

    assert_true(id > 0);
    AWAIT(f, f->reply.command_id == id);
    return f->reply;
}

static struct reply say(struct fixture *f, const char *line)
{
    struct command c;

    assert_int_equal(command_parse(line, &c, NULL), 0);
    return command(f, &c);
}

static uint64_t serve(struct fixture *f, const char *line)
{
    struct reply r = say(f, line);

    assert_int_equal(r.err.code, 0);
    AWAIT(f, f->servers[r.id].listening);
    return r.id;
}

static uint64_t dial(struct fixture *f, uint64_t server)
{
    char line[ENDPOINT_TEXT_BYTES + 16] = "connect ";
    struct reply r;

    endpoint_format(&f->servers[server].endpoint, line + strlen(line));
    r = say(f, line);
    AWAIT(f, f->sessions[r.id].state >= SESSION_OPEN);
    assert_int_equal(f->sessions[r.id].state, SESSION_OPEN);
    return r.id;
}

static uint64_t accepted_by(const struct fixture *f, uint64_t server)
{
    for (size_t i = 0; i < 64; i++)
        if (f->sessions[i].server_id == server && f->sessions[i].id)
            return f->sessions[i].id;
    return 0;
}

/* All that a session received or sent, as the transcript tells. */
static size_t transcript_of(struct fixture *f, uint64_t id, enum direction direction, char *out,
                            size_t size)
{
    const struct ring *ring = engine_transcript(f->engine);
    size_t used = 0;

    for (uint64_t n = ring_tail(ring); n < ring_head(ring); n++) {
        struct passage p;
        size_t len = 0;

        if (!ring_get(ring, n, &p, out + used, size - used, &len) || p.session_id != id ||
            p.direction != direction)
            continue;
        used += len < size - used ? len : size - used;
    }
    return used;
}

static bool journal_has(struct fixture *f, enum call_name name, int error)
{
    const struct ring *ring = engine_journal(f->engine);
    struct call call;

    for (uint64_t n = ring_tail(ring); n < ring_head(ring); n++)
        if (ring_get(ring, n, &call, NULL, 0, NULL) && call.name == name && call.error == error)
            return true;
    return false;
}

static void an_echo_comes_back(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0");
    uint64_t id = dial(f, server);
    char got[64];

    assert_int_equal(say(f, "send Hello, world").err.code, 0);
    AWAIT(f, f->sessions[id].received_bytes == 12);
    assert_int_equal(transcript_of(f, id, DIRECTION_RECEIVED, got, sizeof(got)), 12);
    assert_memory_equal(got, "Hello, world", 12);
    assert_int_equal(f->sessions[id].sent_bytes, 12);
    assert_true(f->sessions[id].cookie != 0);
    AWAIT(f, accepted_by(f, server) != 0);
    AWAIT(f, f->servers[server].received_bytes == 12 && f->servers[server].sent_bytes == 12);
    assert_true(journal_has(f, CALL_ACCEPT4, 0));
}

static void an_echo_comes_back_over_ipv6(void **state)
{
    struct fixture *f = *state;
    struct reply r = say(f, "serve echo [::1]:0");
    uint64_t id;

    if (r.err.code == -EADDRNOTAVAIL || r.err.code == -EAFNOSUPPORT)
        skip();
    AWAIT(f, f->servers[r.id].listening);
    id = dial(f, r.id);
    say(f, "send x");
    AWAIT(f, f->sessions[id].received_bytes == 1);
    assert_int_equal(f->sessions[id].peer.family, AF_INET6);
}

static void a_closed_port_is_refused(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0");
    char line[ENDPOINT_TEXT_BYTES + 16] = "connect ", text[ERR_TEXT_BYTES * 4];
    struct reply r;

    endpoint_format(&f->servers[server].endpoint, line + strlen(line));
    say(f, "stop");
    AWAIT(f, !f->servers[server].listening);
    r = say(f, line);
    AWAIT(f, f->sessions[r.id].state == SESSION_FAILED);
    assert_int_equal(f->sessions[r.id].err.code, -ECONNREFUSED);
    err_format(&f->sessions[r.id].err, text, sizeof(text));
    assert_non_null(strstr(text, "ECONNREFUSED"));
    assert_non_null(strstr(text, "127.0.0.1:"));
}

/* A container may be without an /etc/hosts. */
static void need_localhost(void)
{
    struct addrinfo *list = NULL;

    if (getaddrinfo("localhost", NULL, NULL, &list) != 0)
        skip();
    freeaddrinfo(list);
}

static void a_name_is_tried_address_by_address(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0");
    char line[64];
    struct reply r;

    need_localhost();
    snprintf(line, sizeof(line), "connect localhost:%u", f->servers[server].endpoint.port);
    r = say(f, line);
    AWAIT(f, f->sessions[r.id].state >= SESSION_OPEN);
    assert_int_equal(f->sessions[r.id].state, SESSION_OPEN);
}

static void an_unknown_name_fails_with_its_name(void **state)
{
    struct fixture *f = *state;
    struct reply r = say(f, "connect no-such-host.invalid:1");
    char text[ERR_TEXT_BYTES * 4];

    AWAIT(f, f->sessions[r.id].state == SESSION_FAILED);
    err_format(&f->sessions[r.id].err, text, sizeof(text));
    assert_non_null(strstr(text, "no-such-host.invalid"));
    assert_non_null(strstr(text, "resolve"));
}

static void a_full_accept_queue_ends_in_a_timeout(void **state)
{
    struct fixture *f = *state;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), filler[2];
    struct sockaddr_storage sa;
    socklen_t len = sizeof(sa);
    struct command c = command_default(VERB_CONNECT);
    struct addr a = addr_make(AF_INET, "\x7f\0\0\1", 0);
    struct reply r;

    addr_to_sockaddr(&a, &sa, &len);
    assert_int_equal(bind(listener, (struct sockaddr *)&sa, len), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&sa, &len), 0);
    for (int i = 0; i < 2; i++) {
        filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        connect(filler[i], (struct sockaddr *)&sa, len);
    }
    a = addr_from_sockaddr((struct sockaddr *)&sa);
    c.endpoint = endpoint_from_addr(ENDPOINT_TCP, &a);
    c.connect.timeout_ns = 150 * CLOCK_MS_NS;
    r = command(f, &c);
    AWAIT(f, f->sessions[r.id].state == SESSION_FAILED);
    assert_int_equal(f->sessions[r.id].err.code, -ETIMEDOUT);
    assert_non_null(strstr(f->sessions[r.id].err.reason, "150 ms"));
    for (int i = 0; i < 2; i++)
        close(filler[i]);
    close(listener);
}

static void a_half_close_is_seen_by_both(void **state)
{
    struct fixture *f = *state;
    uint64_t id = dial(f, serve(f, "serve echo 127.0.0.1:0"));

    say(f, "send last words");
    say(f, "half-close");
    /* The echo sends the rest, then its own FIN: both are closed. */
    AWAIT(f, f->sessions[id].state == SESSION_CLOSED);
    assert_int_equal(f->sessions[id].received_bytes, 10);
    assert_int_equal(say(f, "send more").err.code, -ENOENT);
}

static void a_flood_fills_the_buffers_of_a_server_that_never_reads(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve never-recv 127.0.0.1:0");
    uint64_t id = dial(f, server);

    assert_int_equal(say(f, "flood").err.code, 0);
    /* More than any receive buffer starts with: the rest waits in the send buffer. */
    AWAIT(f, f->sessions[id].sent_bytes > 300000);
    assert_int_equal(f->servers[server].received_bytes, 0);
    assert_int_equal(say(f, "close").err.code, 0);
    AWAIT(f, f->sessions[id].state == SESSION_CLOSED);
}

static void a_counted_flood_comes_back_whole(void **state)
{
    struct fixture *f = *state;
    uint64_t id = dial(f, serve(f, "serve echo 127.0.0.1:0"));

    say(f, "flood 3000000");
    AWAIT(f, f->sessions[id].received_bytes == 3000000);
    assert_int_equal(f->sessions[id].sent_bytes, 3000000);
}

static void what_does_not_fit_the_send_queue_is_refused_with_its_count(void **state)
{
    struct fixture *f = *state;
    uint64_t id = dial(f, serve(f, "serve never-recv 127.0.0.1:0"));
    struct command c = command_default(VERB_SEND);
    struct reply r = {0};

    memset(c.text, 'x', sizeof(c.text));
    c.text_len = sizeof(c.text);
    for (int i = 0; i < 20000 && r.err.code == 0; i++)
        r = command(f, &c);
    assert_int_equal(r.err.code, -EAGAIN);
    assert_non_null(strstr(r.err.reason, "send queue"));
    AWAIT(f, f->sessions[id].queued_bytes > 200000);
}

static void a_message_is_composed_and_sent(void **state)
{
    struct fixture *f = *state;
    uint64_t id = dial(f, serve(f, "serve echo 127.0.0.1:0"));
    struct reply r = say(f, "message action=search value=morpheus --header content-length=3");
    char got[256] = "";
    size_t len;

    assert_int_equal(r.err.code, 0);
    assert_int_equal(r.id, id);
    AWAIT(f, f->sessions[id].received_bytes > 0);
    len = transcript_of(f, id, DIRECTION_SENT, got, sizeof(got) - 1);
    assert_int_equal((size_t)got[1] + 2 + 41, len);
    assert_non_null(strstr(got + 2, "\"content-length\": 3}{\"action\": \"search\","));
    assert_int_equal(say(f, "message value:=x").err.code, -EBADMSG);
    assert_int_equal(say(f, "message --encoding none").err.code, -EINVAL);
    say(f, "close");
    AWAIT(f, f->sessions[id].state == SESSION_CLOSED);
    assert_int_equal(say(f, "message a=b").err.code, -ENOENT);
}

static void a_message_goes_out_whole_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    uint64_t id = dial(f, serve(f, "serve never-recv 127.0.0.1:0"));
    char line[1000] = "message v=";
    uint64_t one, all;
    struct reply r;

    memset(line + strlen(line), 'x', 900);
    r = say(f, line);
    AWAIT(f, f->sessions[id].sent_bytes > 0);
    one = f->sessions[id].sent_bytes;
    for (int i = 0; i < 20000 && r.err.code == 0; i++)
        r = say(f, line);
    assert_int_equal(r.err.code, -EAGAIN);
    assert_non_null(strstr(r.err.reason, "nothing of its"));
    AWAIT(f, f->sessions[id].queued_bytes > 200000);
    all = f->sessions[id].sent_bytes + f->sessions[id].queued_bytes;
    assert_int_equal(all % one, 0);
}

static void a_taken_port_moves_on_only_when_asked(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0");
    struct command c = command_default(VERB_SERVE);
    struct reply r;

    strcpy(c.service, "echo");
    c.endpoint = f->servers[server].endpoint;
    r = command(f, &c);
    assert_int_equal(r.err.code, -EADDRINUSE);
    c.next_port = true;
    r = command(f, &c);
    assert_int_equal(r.err.code, 0);
    assert_non_null(strstr(r.text, "instead"));
    AWAIT(f, f->servers[r.id].listening);
    assert_true(f->servers[r.id].endpoint.port > c.endpoint.port);
}

static void attached_bytes_come_through_whole(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0");
    struct command c = command_default(VERB_CONNECT);
    static char out[1 << 20], in[1 << 20];
    size_t sent = 0, got = 0;
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    c.endpoint = f->servers[server].endpoint;
    c.attach_fd = pair[1];
    assert_int_equal(command(f, &c).err.code, 0);
    for (size_t i = 0; i < sizeof(out); i++)
        out[i] = (char)(i * 7 + i / 251);
    while (got < sizeof(in)) {
        struct pollfd p = {.fd = pair[0],
                           .events = (short)(POLLIN | (sent < sizeof(out) ? POLLOUT : 0))};
        ssize_t n;

        assert_true(poll(&p, 1, 10000) > 0);
        if (p.revents & POLLOUT) {
            n = send(pair[0], out + sent, sizeof(out) - sent, MSG_DONTWAIT);
            if (n > 0 && (sent += (size_t)n) == sizeof(out))
                shutdown(pair[0], SHUT_WR);
        }
        if (!(p.revents & (POLLIN | POLLHUP)))
            continue;
        n = read(pair[0], in + got, sizeof(in) - got);
        assert_true(n > 0);
        got += (size_t)n;
    }
    assert_memory_equal(in, out, sizeof(in));
    /* The peer's FIN arrives as the end of the pair. */
    assert_int_equal(read(pair[0], in, 1), 0);
    close(pair[0]);
}

static void what_is_said_while_connecting_waits_for_the_connection(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0");
    char line[ENDPOINT_TEXT_BYTES + 16] = "connect ", got[16];
    struct command c;
    struct reply r;

    need_localhost();
    snprintf(line, sizeof(line), "connect localhost:%u", f->servers[server].endpoint.port);
    assert_int_equal(command_parse(line, &c, NULL), 0);
    /* All three are posted before the first can be carried out. */
    engine_post(f->engine, &c);
    assert_int_equal(command_parse("send early", &c, NULL), 0);
    engine_post(f->engine, &c);
    r = say(f, "half-close");
    assert_int_equal(r.err.code, 0);
    AWAIT(f, f->sessions[r.id].state == SESSION_CLOSED);
    assert_int_equal(f->sessions[r.id].received_bytes, 5);
    assert_int_equal(transcript_of(f, r.id, DIRECTION_SENT, got, sizeof(got)), 5);
    assert_memory_equal(got, "early", 5);
}

static void traffic_is_told_while_other_things_are_urgent(void **state)
{
    struct fixture *f = *state;
    uint64_t quiet = serve(f, "serve echo 127.0.0.1:0"), busy;
    uint64_t id = dial(f, quiet);
    char line[COMMAND_TEXT_BYTES];

    AWAIT(f, f->servers[quiet].open_sessions == 1);
    busy = serve(f, "serve echo 127.0.0.1:0");
    snprintf(line, sizeof(line), "send %llu hello", (unsigned long long)id);
    say(f, line);
    /* Each connection has everything that changed told at once. */
    for (int i = 0; i < 10; i++)
        dial(f, busy);
    AWAIT(f, f->servers[quiet].received_bytes == 5 && f->servers[quiet].sent_bytes == 5);
}

static void a_reset_is_named(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve never-recv 127.0.0.1:0");
    uint64_t id = dial(f, server);

    /* Closing a socket with unread bytes sends RST (RFC 2525, 2.17). */
    say(f, "send unread");
    say(f, "stop");
    AWAIT(f, f->sessions[id].state == SESSION_FAILED);
    assert_int_equal(f->sessions[id].err.code, -ECONNRESET);
}

static void a_blocking_call_shows_that_it_waits(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve never-recv 127.0.0.1:0");
    uint64_t id = dial(f, server);

    assert_int_equal(say(f, "blocking on").err.code, 0);
    AWAIT(f, f->sessions[id].recv_waits_since_ns > 0);
    assert_int_equal(f->sessions[id].send_waits_since_ns, 0);
    /* What is said goes out beside it, until nobody reads any more. */
    assert_int_equal(say(f, "send Hello").err.code, 0);
    AWAIT(f, f->sessions[id].sent_bytes == 5);
    assert_int_equal(say(f, "flood").err.code, 0);
    AWAIT(f, f->sessions[id].send_waits_since_ns > 0);
    assert_true(f->sessions[id].sent_bytes > 5);
    /* Both calls are interrupted; the session goes on without them. */
    assert_int_equal(say(f, "blocking off").err.code, 0);
    AWAIT(f,
          f->sessions[id].recv_waits_since_ns == 0 && f->sessions[id].send_waits_since_ns == 0);
    assert_int_equal(f->sessions[id].state, SESSION_OPEN);
    assert_true(journal_has(f, CALL_FCNTL, 0));
}

static void a_blocking_session_echoes_and_ends(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0");
    uint64_t id;
    char line[ENDPOINT_TEXT_BYTES + 32] = "connect --blocking ";
    char got[16];

    endpoint_format(&f->servers[server].endpoint, line + strlen(line));
    id = say(f, line).id;
    AWAIT(f, f->sessions[id].recv_waits_since_ns > 0);
    say(f, "send Hello");
    AWAIT(f, f->sessions[id].received_bytes == 5);
    assert_int_equal(transcript_of(f, id, DIRECTION_RECEIVED, got, sizeof(got)), 5);
    assert_memory_equal(got, "Hello", 5);
    say(f, "close");
    AWAIT(f, f->sessions[id].state == SESSION_CLOSED);
}

static void commands_for_nobody_are_answered(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(say(f, "send x").err.code, -ENOENT);
    assert_int_equal(say(f, "close 77").err.code, -ENOENT);
    assert_int_equal(say(f, "stop").err.code, -ENOENT);
    assert_int_equal(say(f, "serve no-such").err.code, -EINVAL);
}

static void a_face_that_does_not_read_stops_no_socket(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0");
    struct addr a;
    struct sockaddr_storage sa;
    socklen_t len;
    char byte = 'x';

    assert_true(endpoint_numeric(&f->servers[server].endpoint, &a));
    addr_to_sockaddr(&a, &sa, &len);
    /* Far more status changes than the event queue holds, and nobody takes one. */
    for (int i = 0; i < 3000; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct linger now = {.l_onoff = 1};

        assert_int_equal(connect(fd, (struct sockaddr *)&sa, len), 0);
        assert_int_equal(send(fd, &byte, 1, 0), 1);
        assert_int_equal(recv(fd, &byte, 1, 0), 1);
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        close(fd);
    }
    AWAIT(f, f->servers[server].accepted == 3000);
    AWAIT(f, f->servers[server].open_sessions == 0);
    assert_int_equal(f->servers[server].received_bytes, 3000);
}

static void stopping_needs_nobody_to_read_replies(void **state)
{
    struct fixture *f = *state;
    struct command c = command_default(VERB_CLOSE);
    uint64_t until = clock_now_ns() + CLOCK_SECOND_NS / 5;

    /* More answers than the event queue holds; then commands stay where they are. */
    c.target_id = 77;
    while (clock_now_ns() < until)
        if (engine_post(f->engine, &c))
            until = clock_now_ns() + CLOCK_SECOND_NS / 5;
    alarm((unsigned)(PATIENCE_NS / CLOCK_SECOND_NS));
    engine_stop(f->engine);
    alarm(0);
    f->engine = NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_echo_comes_back),
        TEST(an_echo_comes_back_over_ipv6),
        TEST(a_closed_port_is_refused),
        TEST(a_name_is_tried_address_by_address),
        TEST(an_unknown_name_fails_with_its_name),
        TEST(a_full_accept_queue_ends_in_a_timeout),
        TEST(a_half_close_is_seen_by_both),
        TEST(a_flood_fills_the_buffers_of_a_server_that_never_reads),
        TEST(a_counted_flood_comes_back_whole),
        TEST(what_does_not_fit_the_send_queue_is_refused_with_its_count),
        TEST(a_message_is_composed_and_sent),
        TEST(a_message_goes_out_whole_or_not_at_all),
        TEST(a_taken_port_moves_on_only_when_asked),
        TEST(attached_bytes_come_through_whole),
        TEST(what_is_said_while_connecting_waits_for_the_connection),
        TEST(traffic_is_told_while_other_things_are_urgent),
        TEST(a_reset_is_named),
        TEST(a_blocking_call_shows_that_it_waits),
        TEST(a_blocking_session_echoes_and_ends),
        TEST(commands_for_nobody_are_answered),
        TEST(a_face_that_does_not_read_stops_no_socket),
        TEST(stopping_needs_nobody_to_read_replies),
    };

    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
