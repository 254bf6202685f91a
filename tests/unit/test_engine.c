/* The engine over real loopback sockets: every server listens on port 0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/model/transcript.h"
#include "core/net/attach.h"
#include "tests/unit/engine.h"

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

static void one_server_too_many_is_refused(void **state)
{
    struct fixture *f = *state;
    struct reply r;

    for (int i = 0; i < SERVERS_MAX; i++)
        assert_int_equal(say(f, "serve discard 127.0.0.1:0").err.code, 0);
    r = say(f, "serve discard 127.0.0.1:0");
    assert_int_equal(r.err.code, -ENOBUFS);
    assert_non_null(strstr(r.err.reason, "256 servers"));
    assert_int_equal(say(f, "stop").err.code, 0);
    assert_int_equal(say(f, "serve discard 127.0.0.1:0").err.code, 0);
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
    assert_int_equal(say(f, "send more").err.code, -EINVAL);
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
    assert_int_equal(say(f, "message a=b").err.code, -EINVAL);
}

static void messages_are_counted_from_the_first_that_was_sent(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve message 127.0.0.1:0 --keep"), id = dial(f, server);
    uint64_t echo = dial(f, serve(f, "serve upper 127.0.0.1:0"));
    char line[64];

    for (uint64_t i = 1; i <= 2; i++) {
        snprintf(line, sizeof(line), "message %llu action=search value=ring",
                 (unsigned long long)id);
        assert_int_equal(say(f, line).err.code, 0);
        AWAIT(f, f->sessions[id].messages == 2 * i);
    }
    /* What is answered is no message: it is not counted, and not a fault. */
    snprintf(line, sizeof(line), "message %llu a=b", (unsigned long long)echo);
    assert_int_equal(say(f, line).err.code, 0);
    AWAIT(f, f->sessions[echo].received_bytes > 0);
    assert_int_equal(f->sessions[echo].messages, 1);
    assert_int_equal(f->sessions[echo].state, SESSION_OPEN);
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

/* ---- attached sessions ---------------------------------------------------------------- */

/* Dial with one end of a pair; the other is the face's. */
static int attach(struct fixture *f, struct command *c)
{
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    c->attach_fd = pair[1];
    assert_int_equal(command(f, c).err.code, 0);
    return pair[0];
}

static void a_descriptor_that_cannot_be_waited_for_is_refused_and_closed(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0");
    struct command c = command_default(VERB_CONNECT);
    size_t before = open_descriptors();
    struct reply r;

    c.endpoint = f->servers[server].endpoint;
    c.connect.retries = 5;
    c.attach_fd = open("/dev/zero", O_RDWR | O_CLOEXEC);
    r = command(f, &c);
    assert_int_equal(r.err.code, -EPERM);
    assert_string_equal(r.err.operation, "epoll_ctl");
    assert_int_equal(open_descriptors(), before);
}

static ssize_t put_unit(int fd, const void *bytes, size_t len, int flags)
{
    char unit[sizeof(struct unit_head) + ATTACH_UNIT_BYTES] = {0};

    memcpy(unit + sizeof(struct unit_head), bytes, len);
    return send(fd, unit, sizeof(struct unit_head) + len, flags);
}

/* The next unit's bytes; -1 at the end. */
static ssize_t get_unit(int fd, struct unit_head *ret_head, char *ret_bytes)
{
    struct iovec parts[] = {{ret_head, sizeof(*ret_head)}, {ret_bytes, ATTACH_UNIT_BYTES}};
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};
    struct pollfd p = {.fd = fd, .events = POLLIN};
    ssize_t n;

    assert_int_equal(poll(&p, 1, 10000), 1);
    n = recvmsg(fd, &m, 0);
    return n < (ssize_t)sizeof(*ret_head) ? -1 : n - (ssize_t)sizeof(*ret_head);
}

static void attached_bytes_come_through_whole(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0");
    struct command c = command_default(VERB_CONNECT);
    static char out[1 << 20], in[(1 << 20) + ATTACH_UNIT_BYTES];
    size_t sent = 0, got = 0;
    struct unit_head head;
    int face;

    c.endpoint = f->servers[server].endpoint;
    face = attach(f, &c);
    for (size_t i = 0; i < sizeof(out); i++)
        out[i] = (char)(i * 7 + i / 251);
    while (got < sizeof(out)) {
        struct pollfd p = {.fd = face,
                           .events = (short)(POLLIN | (sent < sizeof(out) ? POLLOUT : 0))};
        size_t piece = sizeof(out) - sent < 50000 ? sizeof(out) - sent : 50000;

        assert_true(poll(&p, 1, 10000) > 0);
        if ((p.revents & POLLOUT) && put_unit(face, out + sent, piece, MSG_DONTWAIT) > 0 &&
            (sent += piece) == sizeof(out))
            shutdown(face, SHUT_WR);
        if (p.revents & (POLLIN | POLLHUP)) {
            ssize_t n = get_unit(face, &head, in + got);

            assert_true(n > 0);
            assert_int_equal(head.direction, DIRECTION_RECEIVED);
            got += (size_t)n;
        }
    }
    assert_memory_equal(in, out, sizeof(out));
    /* The peer's FIN arrives as the end of the pair. */
    assert_int_equal(get_unit(face, &head, in), -1);
    close(face);
}

static void attached_datagrams_keep_their_boundaries_sender_and_length(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo udp://127.0.0.1:0");
    struct command c = command_default(VERB_CONNECT);
    static char in[ATTACH_UNIT_BYTES];
    struct unit_head head;
    int face;

    c.endpoint = f->servers[server].endpoint;
    c.connect.unconnected = true;
    c.connect.receive_bytes = 4;
    c.connect.linger_ns = 200 * CLOCK_MS_NS;
    face = attach(f, &c);
    assert_true(put_unit(face, "abc", 3, 0) > 0);
    assert_true(put_unit(face, "", 0, 0) > 0);
    assert_true(put_unit(face, "abcdef", 6, 0) > 0);
    assert_int_equal(get_unit(face, &head, in), 3);
    assert_int_equal(head.length, 3);
    assert_int_equal(head.from.port, c.endpoint.port);
    assert_int_equal(get_unit(face, &head, in), 0);
    assert_int_equal(head.length, 0);
    assert_int_equal(get_unit(face, &head, in), 4);
    assert_int_equal(head.length, 6);
    /* Nobody tells the end of datagrams: it comes when nothing has come for a while. */
    shutdown(face, SHUT_WR);
    assert_int_equal(get_unit(face, &head, in), -1);
    close(face);
}

static void messages_go_before_what_the_face_says_and_are_told_to_it(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve never-recv 127.0.0.1:0");
    struct command c;
    char line[ENDPOINT_TEXT_BYTES + 64] = "connect --send a\\n --hex 4142 --line-end crlf ";
    static char in[ATTACH_UNIT_BYTES];
    struct unit_head head;
    int face;

    endpoint_format(&f->servers[server].endpoint, line + strlen(line));
    assert_int_equal(command_parse(line, &c, NULL), 0);
    c.tell_sent = true;
    face = attach(f, &c);
    assert_true(put_unit(face, "z", 1, 0) > 0);
    assert_int_equal(get_unit(face, &head, in), 3);
    assert_memory_equal(in, "a\r\n", 3);
    assert_int_equal(head.direction, DIRECTION_SENT);
    assert_int_equal(get_unit(face, &head, in), 2);
    assert_memory_equal(in, "AB", 2);
    assert_int_equal(get_unit(face, &head, in), 1);
    assert_memory_equal(in, "z", 1);
    close(face);
}

static void a_session_sends_files_and_repetitions_by_itself(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0"), id = dial(f, server);
    char path[] = "/tmp/sockeye-engine-XXXXXX", line[96], out[64];
    int fd = mkstemp(path);

    assert_int_equal(write(fd, "file", 4), 4);
    close(fd);
    assert_int_equal(say(f, "send-hex 41:42").err.code, 0);
    snprintf(line, sizeof(line), "send-file %llu %s", (unsigned long long)id, path);
    assert_int_equal(say(f, line).err.code, 0);
    AWAIT(f, f->sessions[id].received_bytes == 6 && !f->sessions[id].feeding);
    assert_int_equal(say(f, "repeat 3 0.001 xy").err.code, 0);
    AWAIT(f, f->sessions[id].received_bytes == 12 && !f->sessions[id].feeding);
    assert_int_equal(transcript_of(f, id, DIRECTION_RECEIVED, out, sizeof(out)), 12);
    assert_memory_equal(out, "ABfilexyxyxy", 12);
    assert_int_equal(say(f, "repeat 0 100 z").err.code, 0);
    assert_int_equal(say(f, "flood 5").err.code, -EBUSY);
    AWAIT(f, f->sessions[id].received_bytes == 13);
    assert_int_equal(say(f, "repeat off").err.code, 0);
    assert_int_equal(say(f, "repeat off").err.code, -EINVAL);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(say(f, line).err.code, -ENOENT);
}

static void a_half_close_waits_for_a_file_but_not_for_what_never_ends(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0"), id = dial(f, server);

    assert_int_equal(say(f, "repeat 3 0.001 xy").err.code, 0);
    assert_int_equal(say(f, "half-close").err.code, 0);
    AWAIT(f, f->sessions[id].state == SESSION_CLOSED);
    assert_int_equal(f->sessions[id].received_bytes, 6);
    id = dial(f, server);
    assert_int_equal(say(f, "repeat 0 100 xy").err.code, 0);
    assert_int_equal(say(f, "half-close").err.code, 0);
    AWAIT(f, f->sessions[id].state == SESSION_CLOSED);
}

static void sessions_are_closed_by_number_by_tag_and_all(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0"), ids[6];
    char line[80];

    for (size_t i = 0; i < 6; i++)
        ids[i] = dial(f, server);
    snprintf(line, sizeof(line), "tag %llu web", (unsigned long long)ids[0]);
    assert_int_equal(say(f, line).err.code, 0);
    AWAIT(f, strcmp(f->sessions[ids[0]].tag, "web") == 0);
    assert_string_equal(say(f, "close tag:web").text, "1 session closed");
    AWAIT(f, f->sessions[ids[0]].state == SESSION_CLOSED);
    assert_int_equal(say(f, "close tag:web").err.code, -EINVAL);
    snprintf(line, sizeof(line), "close %llu %llu", (unsigned long long)ids[2],
             (unsigned long long)ids[3]);
    assert_string_equal(say(f, line).text, "2 sessions closed");
    AWAIT(f, f->sessions[ids[3]].state == SESSION_CLOSED);
    assert_int_equal(f->sessions[ids[1]].state, SESSION_OPEN);
    assert_string_equal(say(f, "close all").text, "3 sessions closed");
    AWAIT(f, f->sessions[ids[5]].state == SESSION_CLOSED);
}

/* ---- exchanges ------------------------------------------------------------------------ */

static struct reply exchange(struct fixture *f, uint64_t server, const char *options)
{
    char line[ENDPOINT_TEXT_BYTES + 128];
    int used = snprintf(line, sizeof(line), "connect %s ", options);

    endpoint_format(&f->servers[server].endpoint, line + used);
    return say(f, line);
}

static void an_exchange_compares_what_many_sessions_get_back(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0");
    struct reply r = exchange(f, server, "--connections 50");

    assert_int_equal(r.err.code, 0);
    assert_non_null(strstr(r.text, "50 connections: 50 ok, 0 failed; 2,200 bytes sent, 2,200 "
                                   "received"));
    r = exchange(f, server, "--connections 3 --send abc --expect abd");
    assert_int_equal(r.err.code, -EBADMSG);
    assert_non_null(strstr(r.err.reason, "offset 2: 63 instead of 64"));
    assert_non_null(strstr(r.err.hint, "0 ok, 3 failed"));
    r = exchange(f, server, "--connections 2 --repeat 0 --send abc");
    assert_int_equal(r.err.code, -EINVAL);
}

static void an_exchange_with_a_peer_that_is_silent_fails_in_time(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve never-recv 127.0.0.1:0");
    struct reply r = exchange(f, server, "--connections 2 --idle-timeout 0.05");

    assert_int_equal(r.err.code, -ETIMEDOUT);
}

static void an_exchange_ends_with_the_engine(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve never-recv 127.0.0.1:0");
    char line[ENDPOINT_TEXT_BYTES + 64] = "connect --connections 100 ";
    struct command c;

    endpoint_format(&f->servers[server].endpoint, line + strlen(line));
    assert_int_equal(command_parse(line, &c, NULL), 0);
    assert_true(engine_post(f->engine, &c) > 0);
    AWAIT(f, accepted_by(f, server) != 0);
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

static void a_half_close_shows_who_has_ended(void **state)
{
    char line[ENDPOINT_TEXT_BYTES + 16] = "connect ";
    struct fixture *f = *state;
    uint64_t id = dial(f, serve(f, "serve never-recv 127.0.0.1:0"));

    say(f, "half-close");
    AWAIT(f, f->sessions[id].state == SESSION_LOCAL_CLOSED);
    id = serve(f, "serve half-close 127.0.0.1:0 --text bye");
    endpoint_format(&f->servers[id].endpoint, line + strlen(line));
    id = say(f, line).id;
    AWAIT(f, f->sessions[id].state == SESSION_REMOTE_CLOSED);
    assert_int_equal(f->sessions[id].received_bytes, 3);
    assert_int_equal(say(f, "send still heard").err.code, 0);
    AWAIT(f, f->sessions[id].sent_bytes == 11);
}

static void a_reset_behind_our_fin_is_named(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve never-recv 127.0.0.1:0");
    uint64_t id = dial(f, server);

    say(f, "send unread");
    say(f, "half-close");
    AWAIT(f, f->sessions[id].state == SESSION_LOCAL_CLOSED);
    say(f, "stop");
    AWAIT(f, f->sessions[id].state == SESSION_FAILED);
    assert_int_equal(f->sessions[id].err.code, -ECONNRESET);
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
    AWAIT(f, f->sessions[id].send_waits_since_ns > 0 && f->sessions[id].sent_bytes > 5);
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

/* As a person reads it; valid until the next call. */
static const char *complaint(struct fixture *f, const char *line)
{
    static char text[4 * ERR_TEXT_BYTES];
    struct reply r = say(f, line);

    assert_int_equal(r.err.code, -EINVAL);
    err_format(&r.err, text, sizeof(text));
    return text;
}

static void commands_for_nobody_are_answered(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(complaint(f, "send x"),
                        "send: no session of ours is open; connect ENDPOINT opens one");
    assert_string_equal(complaint(f, "close"),
                        "close: no session of ours is open; connect ENDPOINT opens one");
    assert_string_equal(complaint(f, "close 77"), "close 77: there is no such session");
    assert_string_equal(complaint(f, "close 77 78"), "close: none of these sessions is open");
    assert_string_equal(complaint(f, "close all"), "close: no session that we opened is open");
    assert_string_equal(complaint(f, "close tag:web"),
                        "close web: no open session has this tag");
    assert_string_equal(complaint(f, "stop"),
                        "stop: no server of ours is open; serve SERVICE opens one");
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
        TEST(a_descriptor_that_cannot_be_waited_for_is_refused_and_closed),
        TEST(an_echo_comes_back),
        TEST(an_echo_comes_back_over_ipv6),
        TEST(a_closed_port_is_refused),
        TEST(a_name_is_tried_address_by_address),
        TEST(an_unknown_name_fails_with_its_name),
        TEST(a_full_accept_queue_ends_in_a_timeout),
        TEST(a_half_close_is_seen_by_both),
        TEST(one_server_too_many_is_refused),
        TEST(a_flood_fills_the_buffers_of_a_server_that_never_reads),
        TEST(a_counted_flood_comes_back_whole),
        TEST(what_does_not_fit_the_send_queue_is_refused_with_its_count),
        TEST(a_message_is_composed_and_sent),
        TEST(messages_are_counted_from_the_first_that_was_sent),
        TEST(a_message_goes_out_whole_or_not_at_all),
        TEST(a_taken_port_moves_on_only_when_asked),
        TEST(attached_bytes_come_through_whole),
        TEST(attached_datagrams_keep_their_boundaries_sender_and_length),
        TEST(messages_go_before_what_the_face_says_and_are_told_to_it),
        TEST(a_session_sends_files_and_repetitions_by_itself),
        TEST(a_half_close_waits_for_a_file_but_not_for_what_never_ends),
        TEST(sessions_are_closed_by_number_by_tag_and_all),
        TEST(an_exchange_compares_what_many_sessions_get_back),
        TEST(an_exchange_with_a_peer_that_is_silent_fails_in_time),
        TEST(an_exchange_ends_with_the_engine),
        TEST(what_is_said_while_connecting_waits_for_the_connection),
        TEST(traffic_is_told_while_other_things_are_urgent),
        TEST(a_reset_is_named),
        TEST(a_reset_behind_our_fin_is_named),
        TEST(a_half_close_shows_who_has_ended),
        TEST(a_blocking_call_shows_that_it_waits),
        TEST(a_blocking_session_echoes_and_ends),
        TEST(commands_for_nobody_are_answered),
        TEST(a_face_that_does_not_read_stops_no_socket),
        TEST(stopping_needs_nobody_to_read_replies),
    };

    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
