/* TLS between the engine and itself, and between the engine and OpenSSL's own client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/ring.h"
#include "core/net/tls_internal.h"
#include "tests/unit/engine.h"
#include "tests/unit/units.h"

#define RECORD_BYTES 16384

/* A session to a server of ours that has come to be open, or to its end. */
static struct session_status *dial(struct fixture *f, uint64_t server, int attach_fd,
                                   const char *options)
{
    char line[ENDPOINT_TEXT_BYTES + 200], at[ENDPOINT_TEXT_BYTES];
    struct command c;
    struct reply r;

    snprintf(line, sizeof(line), "connect %s %s",
             endpoint_format(&f->servers[server].endpoint, at), options);
    assert_int_equal(command_parse(line, &c, NULL), 0);
    c.attach_fd = attach_fd;
    r = command(f, &c);
    AWAIT(f, f->sessions[r.id].state >= SESSION_OPEN);
    return &f->sessions[r.id];
}

static struct session_status *accepted(struct fixture *f, uint64_t server)
{
    uint64_t id = accepted_by(f, server);

    return id ? &f->sessions[id] : NULL;
}

static int plain_socket(const struct fixture *f, uint64_t server)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(f->servers[server].endpoint.port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    return fd;
}

/* What never comes fails, instead of being waited for. */
static void be_patient(int fd)
{
    struct timeval patience = {.tv_sec = PATIENCE_NS / CLOCK_SECOND_NS};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

/* OpenSSL's own client, blocking. */
static SSL *their_client(const struct fixture *f, uint64_t server, SSL_CTX *context)
{
    SSL *ssl = SSL_new(context);

    SSL_set_fd(ssl, plain_socket(f, server));
    be_patient(SSL_get_fd(ssl));
    assert_int_equal(SSL_connect(ssl), 1);
    return ssl;
}

static void end_client(SSL *ssl, SSL_CTX *context)
{
    close(SSL_get_fd(ssl));
    SSL_free(ssl);
    SSL_CTX_free(context);
}

static double processor_seconds(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static uint8_t pattern(size_t i)
{
    return (uint8_t)(i * 7 + i / 251);
}

/* ---- tests ---------------------------------------------------------------------------- */

static void a_certificate_signed_by_itself_is_refused_in_words(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo tls://127.0.0.1:0");
    const struct session_status *s = dial(f, server, -1, "");

    assert_int_equal(strlen(f->servers[server].fingerprint), FINGERPRINT_BYTES - 1);
    assert_int_equal(s->state, SESSION_FAILED);
    assert_int_equal(s->err.code, -EPROTO);
    assert_string_equal(s->err.symbol, "self-signed certificate");
    assert_string_equal(s->err.reason, "the certificate of 'CN=localhost' is signed by itself");
    assert_int_equal(s->tls.trust, TLS_NOT_TRUSTED);
    assert_true(s->tls.not_after > 0);
    /* And the other side is told why. */
    AWAIT(f, accepted(f, server) && accepted(f, server)->state == SESSION_FAILED);
    assert_non_null(strstr(accepted(f, server)->err.reason, "does not trust our certificate"));
}

static void an_insecure_session_tells_what_was_agreed(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo tls://127.0.0.1:0 --alpn one,two");
    const struct session_status *s = dial(f, server, -1, "--insecure --alpn two,three");

    assert_int_equal(s->state, SESSION_OPEN);
    assert_string_equal(s->tls.version, "TLSv1.3");
    assert_string_equal(s->tls.alpn, "two");
    assert_string_equal(s->tls.subject, "CN=localhost");
    assert_int_equal(s->tls.trust, TLS_NOT_TRUSTED);
    assert_true(s->phases.secured >= s->phases.connected && s->phases.connected > 0);
    s = dial(f, server, -1, "--insecure --tls-max 1.2");
    assert_string_equal(s->tls.version, "TLSv1.2");
}

static void no_protocol_in_common_is_an_alert_by_name(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo tls://127.0.0.1:0 --alpn one");
    const struct session_status *s = dial(f, server, -1, "--insecure --alpn two");

    assert_int_equal(s->state, SESSION_FAILED);
    assert_non_null(strstr(s->err.reason, "'no application protocol' (120)"));
}

/* More than every buffer holds, through both of our ends at once. */
static void a_flood_comes_back_whole_and_closes_cleanly(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo tls://127.0.0.1:0");
    struct session_status *s = dial(f, server, -1, "--insecure");
    const bool sample = getenv("UNIT_SAMPLE"); /* of which valgrind makes a lot already */
    const uint64_t bytes = sample ? 2400000 : 24000000;

    say(f, sample ? "flood 2400000" : "flood 24000000");
    AWAIT(f, s->received_bytes == bytes);
    say(f, "half-close");
    AWAIT(f, s->state == SESSION_CLOSED);
    assert_int_equal(s->err.code, 0);
    AWAIT(f, accepted(f, server) && accepted(f, server)->state == SESSION_CLOSED);
    assert_int_equal(accepted(f, server)->sent_bytes, bytes);
}

/* OpenSSL's own server, blocking, with a certificate of ours. */
static SSL_CTX *their_server(void)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    struct endpoint at = {.host = ""};
    EVP_PKEY *key;
    X509 *cert;

    assert_int_equal(tls_certificate_make(&at, &cert, &key, NULL), 0);
    assert_int_equal(SSL_CTX_use_certificate(context, cert), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(context, key), 1);
    X509_free(cert);
    EVP_PKEY_free(key);
    return context;
}

static SSL *accept_one(SSL_CTX *context, int listener)
{
    SSL *ssl = SSL_new(context);

    SSL_set_fd(ssl, accept(listener, NULL, NULL));
    be_patient(SSL_get_fd(ssl));
    assert_int_equal(SSL_accept(ssl), 1);
    return ssl;
}

static int listen_plainly(uint16_t *ret_port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    getsockname(fd, (struct sockaddr *)&at, &len);
    *ret_port = ntohs(at.sin_port);
    return fd;
}

/* Queue bytes that go on with a flood's pattern; returns how many were taken. */
static size_t send_pattern(struct fixture *f, uint64_t from)
{
    struct command c = command_default(VERB_SEND);
    size_t taken = 0;
    uint64_t id;

    c.text_len = sizeof(c.text);
    for (size_t i = 0; i < c.text_len; i++)
        c.text[i] = (char)(' ' + (from + i) % 95);
    id = engine_post(f->engine, &c);
    AWAIT(f, f->reply.command_id == id);
    if (f->reply.err.code == 0)
        return c.text_len;
    assert_int_equal(sscanf(f->reply.err.reason, "%zu of", &taken), 1);
    return taken;
}

/* What OpenSSL has enciphered and the socket does not take must go out before anything else. */
static void a_full_socket_loses_and_swaps_nothing(void **state)
{
    struct fixture *f = *state;
    SSL_CTX *context = their_server();
    uint64_t sent = UINT64_MAX, got = 0;
    char line[80], in[RECORD_BYTES];
    struct session_status *s;
    uint16_t port;
    int listener = listen_plainly(&port), n;
    size_t taken;
    SSL *ssl;

    snprintf(line, sizeof(line), "connect tls://127.0.0.1:%u --insecure", port);
    s = &f->sessions[say(f, line).id];
    ssl = accept_one(context, listener);
    AWAIT(f, s->state == SESSION_OPEN);
    say(f, "flood");
    /* Until the socket takes no more of it. */
    while (sent != s->sent_bytes || !sent) {
        sent = s->sent_bytes;
        for (int i = 0; i < 10; i++)
            pump(f);
    }
    say(f, "flood off");
    /* Until there is no room in the queue either. */
    do {
        taken = send_pattern(f, sent);
        sent += taken;
    } while (taken == COMMAND_TEXT_BYTES);
    say(f, "half-close");
    while ((n = SSL_read(ssl, in, sizeof(in))) > 0)
        for (int i = 0; i < n; i++, got++)
            if (in[i] != (char)(' ' + got % 95))
                fail_msg("byte %llu is another", (unsigned long long)got);
    assert_int_equal(SSL_get_error(ssl, n), SSL_ERROR_ZERO_RETURN);
    assert_int_equal(got, sent);
    close(listener);
    end_client(ssl, context);
}

static void a_silent_client_is_closed_in_time(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo tls://127.0.0.1:0 --handshake-timeout 0.1");
    int fd = plain_socket(f, server);

    AWAIT(f, accepted(f, server) && accepted(f, server)->state == SESSION_FAILED);
    assert_int_equal(accepted(f, server)->err.code, -ETIMEDOUT);
    close(fd);
}

static void a_client_without_tls_is_quoted(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo tls://127.0.0.1:0");
    int fd = plain_socket(f, server);

    assert_int_equal(send(fd, "GET / HTTP/1.1\r\n", 16, 0), 16);
    AWAIT(f, accepted(f, server) && accepted(f, server)->state == SESSION_FAILED);
    assert_non_null(strstr(accepted(f, server)->err.reason, "it begins with 'GET / HTTP/1.1"));
    close(fd);
}

static void an_end_without_close_notify_is_no_failure(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo tls://127.0.0.1:0");
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = their_client(f, server, context);
    char back[4];

    assert_int_equal(SSL_write(ssl, "ping", 4), 4);
    shutdown(SSL_get_fd(ssl), SHUT_WR);
    /* It may still be answered. */
    assert_int_equal(SSL_read(ssl, back, 4), 4);
    AWAIT(f, accepted(f, server) && accepted(f, server)->state == SESSION_CLOSED);
    assert_int_equal(accepted(f, server)->err.code, 0);
    assert_int_equal(accepted(f, server)->received_bytes, 4);
    /* Our own end is said, theirs was not. */
    assert_int_equal(SSL_read(ssl, back, 4), 0);
    assert_int_equal(SSL_get_error(ssl, 0), SSL_ERROR_ZERO_RETURN);
    end_client(ssl, context);
}

/* What is in OpenSSL's buffer no epoll tells: it must come all the same once the face reads on, and
 * meanwhile nothing may turn in circles. */
static void a_face_that_pauses_neither_stalls_nor_spins(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo tls://127.0.0.1:0");
    size_t total = 256 * RECORD_BYTES, sent = 0, got = 0;
    static uint8_t out[RECORD_BYTES], in[ATTACH_UNIT_BYTES];
    struct session_status *s;
    uint64_t before = UINT64_MAX, calls;
    double seconds;
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    s = dial(f, server, pair[1], "--insecure");
    assert_int_equal(s->state, SESSION_OPEN);
    while (sent < total) {
        struct pollfd p = {.fd = pair[0], .events = POLLOUT};

        for (size_t i = 0; i < sizeof(out); i++)
            out[i] = pattern(sent + i);
        if (poll(&p, 1, 300) <= 0)
            break; /* all the buffers on the way are full */
        if (unit_send(pair[0], out, sizeof(out), MSG_DONTWAIT) > 0)
            sent += sizeof(out);
    }
    while (before != s->received_bytes) {
        before = s->received_bytes;
        for (int i = 0; i < 10; i++)
            pump(f);
    }
    calls = ring_head(engine_journal(f->engine));
    seconds = processor_seconds();
    for (int i = 0; i < 10; i++)
        pump(f);
    assert_true(processor_seconds() - seconds < 0.1);
    assert_true(ring_head(engine_journal(f->engine)) - calls < 4);
    shutdown(pair[0], SHUT_WR);
    for (ssize_t n; (n = unit_recv(pair[0], in, sizeof(in), 0)) > 0; got += (size_t)n)
        for (size_t i = 0; i < (size_t)n; i++)
            if (in[i] != pattern(got + i))
                fail_msg("byte %zu is another", got + i);
    assert_int_equal(got, sent);
    close(pair[0]);
}

static void the_options_of_tls_need_its_endpoint(void **state)
{
    static const char *const lines[] = {
        "connect tcp://h:1 --insecure", "connect h:1 --alpn h2",
        "connect tls://h:1 --key k",    "connect tls://h:1 --tls-min 1.3 --tls-max 1.2",
        "serve echo --cert c",          "serve echo tls://127.0.0.1:0 --tls-min 1.1"};
    struct command c;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_int_equal(command_parse(lines[i], &c, &err), -EINVAL);
    assert_int_equal(command_parse("connect tls://h:1 --insecure --alpn h2 --cert c --key k "
                                   "--tls-min 1.3 --sni n --no-sni --ca f",
                                   &c, &err),
                     0);
}

static void a_bad_list_of_protocols_is_refused(void **state)
{
    struct fixture *f = *state;
    struct reply r = say(f, "serve echo tls://127.0.0.1:0 --alpn h2,,h3");

    assert_int_equal(r.err.code, -EINVAL);
    assert_string_equal(r.err.operation, "--alpn");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_certificate_signed_by_itself_is_refused_in_words),
        TEST(an_insecure_session_tells_what_was_agreed),
        TEST(no_protocol_in_common_is_an_alert_by_name),
        TEST(a_flood_comes_back_whole_and_closes_cleanly),
        TEST(a_full_socket_loses_and_swaps_nothing),
        TEST(a_silent_client_is_closed_in_time),
        TEST(a_client_without_tls_is_quoted),
        TEST(an_end_without_close_notify_is_no_failure),
        TEST(a_face_that_pauses_neither_stalls_nor_spins),
        TEST(a_bad_list_of_protocols_is_refused),
        cmocka_unit_test(the_options_of_tls_need_its_endpoint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
