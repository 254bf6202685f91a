/* A handshake as a plain client makes it, with servers of ours and with peers that speak no TLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/net/tls_internal.h"
#include "core/net/tls_try.h"
#include "tests/unit/engine.h"

#define QUIET_NS (50 * CLOCK_MS_NS)

static char folder[] = "/tmp/sockeye-tls-try-XXXXXX";

/* Added to what the file holds. */
static void write_pem(const char *name, X509 *cert, EVP_PKEY *key)
{
    char path[64];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    f = fopen(path, "a");
    assert_non_null(f);
    assert_int_equal(PEM_write_X509(f, cert), 1);
    assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(f);
}

/* Both are among this program's trust anchors; old.pem has expired. */
static int make_certificates(void **state)
{
    struct endpoint at = {.scheme = ENDPOINT_TLS};
    char path[64];
    X509 *cert;
    EVP_PKEY *key;

    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(tls_certificate_make(&at, &cert, &key, NULL), 0);
    write_pem("trusted.pem", cert, key);
    write_pem("anchors.pem", cert, key);
    snprintf(path, sizeof(path), "%s/anchors.pem", folder);
    setenv("SSL_CERT_FILE", path, 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -7200);
    X509_gmtime_adj(X509_getm_notAfter(cert), -3600);
    X509_sign(cert, key, EVP_sha256());
    write_pem("old.pem", cert, key);
    write_pem("anchors.pem", cert, key);
    X509_free(cert);
    EVP_PKEY_free(key);
    return 0;
}

static int remove_certificates(void **state)
{
    static const char *const names[] = {"trusted.pem", "old.pem", "anchors.pem"};
    char path[64];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    return rmdir(folder);
}

static uint64_t serve_with(struct fixture *f, const char *certificate, const char *more)
{
    char line[200];

    snprintf(line, sizeof(line), "serve echo tls://127.0.0.1:0 --cert %s/%s %s", folder,
             certificate, more);
    return serve(f, line);
}

static int connected(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

/* The handshake with a server, what it came to in *ret. */
static int shake(const struct fixture *f, uint64_t server, const char *host,
                 struct tls_try_facts *ret)
{
    int fd = connected(f->servers[server].endpoint.port), r;
    struct tls_try *t;

    assert_int_equal(tls_try_new(fd, host, &t, NULL), 0);
    r = tls_try_shake(t, PATIENCE_NS, NULL);
    *ret = *tls_try_facts(t);
    tls_try_free(t);
    close(fd);
    return r;
}

/* A peer that has its bytes in the socket before the handshake begins; silent when len is 0. */
static int shake_with(const void *bytes, size_t len, bool closes, struct tls_try_facts *ret)
{
    int fds[2], r;
    struct tls_try *t;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    assert_int_equal(send(fds[1], bytes, len, 0), len);
    if (closes)
        assert_int_equal(shutdown(fds[1], SHUT_WR), 0);
    assert_int_equal(tls_try_new(fds[0], "example.org", &t, NULL), 0);
    r = tls_try_shake(t, QUIET_NS, NULL);
    *ret = *tls_try_facts(t);
    tls_try_free(t);
    close(fds[0]);
    close(fds[1]);
    return r;
}

/* ---- tests ---------------------------------------------------------------------------- */

static void a_trusted_server_is_agreed_with_and_answers(void **state)
{
    struct fixture *f = *state;
    uint64_t server = serve_with(f, "trusted.pem", "");
    int fd = connected(f->servers[server].endpoint.port);
    uint64_t until = clock_now_ns() + PATIENCE_NS;
    struct tls_try *t;
    char answer[8];
    ssize_t n;

    assert_int_equal(tls_try_new(fd, "127.0.0.1", &t, NULL), 0);
    assert_int_equal(tls_try_shake(t, PATIENCE_NS, NULL), 0);
    assert_true(tls_try_facts(t)->done);
    assert_string_equal(tls_try_facts(t)->agreed.version, "TLSv1.3");
    assert_string_equal(tls_try_facts(t)->why, "");
    assert_int_equal(tls_try_send(t, "hello", 5), 5);
    while ((n = tls_try_receive(t, answer, sizeof(answer))) == -EAGAIN)
        assert_true(clock_now_ns() < until);
    assert_int_equal(n, 5);
    assert_memory_equal(answer, "hello", 5);
    tls_try_free(t);
    close(fd);
}

static void what_is_wrong_with_a_certificate_is_told(void **state)
{
    struct fixture *f = *state;
    uint64_t own = serve(f, "serve echo tls://127.0.0.1:0");
    uint64_t trusted = serve_with(f, "trusted.pem", ""), old = serve_with(f, "old.pem", "");
    struct tls_try_facts facts;

    assert_int_equal(shake(f, own, "127.0.0.1", &facts), -EPROTO);
    assert_int_equal(facts.fault, TLS_FAULT_SELF_SIGNED);
    assert_true(facts.tried && !facts.done && facts.has_alert_out);
    assert_string_equal(facts.why, "the certificate of 'CN=localhost' is signed by itself");
    assert_int_equal(shake(f, trusted, "other.example", &facts), -EPROTO);
    assert_int_equal(facts.fault, TLS_FAULT_NAME);
    assert_non_null(strstr(facts.why, "not for 'other.example'"));
    assert_int_equal(shake(f, old, "127.0.0.1", &facts), -EPROTO);
    assert_int_equal(facts.fault, TLS_FAULT_EXPIRED);
    assert_non_null(strstr(facts.why, "'CN=localhost' expired on 2"));
}

static void a_server_that_wants_a_certificate_says_so_behind_the_handshake(void **state)
{
    struct fixture *f = *state;
    char more[100];
    struct tls_try *t;
    uint64_t server, until = clock_now_ns() + PATIENCE_NS;
    char byte;
    ssize_t n;
    int fd;

    snprintf(more, sizeof(more), "--client-ca %s/trusted.pem", folder);
    server = serve_with(f, "trusted.pem", more);
    fd = connected(f->servers[server].endpoint.port);
    assert_int_equal(tls_try_new(fd, "127.0.0.1", &t, NULL), 0);
    assert_int_equal(tls_try_shake(t, PATIENCE_NS, NULL), 0);
    while ((n = tls_try_receive(t, &byte, 1)) == -EAGAIN)
        assert_true(clock_now_ns() < until);
    assert_int_equal(n, -EPROTO);
    assert_true(tls_try_facts(t)->wants_ours);
    assert_true(tls_try_facts(t)->has_alert_in);
    assert_int_equal(tls_try_facts(t)->alert_in, 116);
    assert_string_equal(tls_alert_name(116), "certificate required");
    tls_try_free(t);
    close(fd);
}

static void a_peer_without_tls_is_known_by_its_first_bytes(void **state)
{
    struct tls_try_facts facts;

    (void)state;
    assert_int_equal(shake_with("SSH-2.0-x\r\n", 11, false, &facts), -EPROTO);
    assert_int_equal(facts.look, TLS_LOOK_STRANGER);
    assert_string_equal(facts.why,
                        "the peer does not speak TLS: it begins with 'SSH-2.0-x\\r\\n'");
    assert_int_equal(facts.received_bytes, 11);
}

static void an_echo_is_no_server(void **state)
{
    struct fixture *f = *state;
    struct tls_try_facts facts;

    assert_int_equal(shake(f, serve(f, "serve echo tcp://127.0.0.1:0"), "127.0.0.1", &facts),
                     -EPROTO);
    assert_int_equal(facts.look, TLS_LOOK_ECHO);
}

static void an_alert_is_told_by_name(void **state)
{
    static const uint8_t alert[] = {21, 3, 1, 0, 2, 2, 70};
    struct tls_try_facts facts;

    (void)state;
    assert_int_equal(shake_with(alert, sizeof(alert), true, &facts), -EPROTO);
    assert_int_equal(facts.look, TLS_LOOK_RECORD);
    assert_true(facts.has_alert_in && !facts.has_alert_out);
    assert_int_equal(facts.alert_in, 70);
    assert_string_equal(tls_alert_name(70), "protocol version");
}

static void a_silent_peer_ends_the_wait_and_one_that_closes_at_once(void **state)
{
    static const uint8_t part[] = {22, 3, 3, 0, 64, 2, 0};
    uint64_t began = clock_now_ns();
    struct tls_try_facts facts;

    (void)state;
    assert_int_equal(shake_with("", 0, false, &facts), -ETIME);
    assert_true(facts.silent && !facts.closed && facts.sent_bytes > 100);
    assert_true(clock_now_ns() - began >= QUIET_NS);
    assert_int_equal(shake_with(part, sizeof(part), false, &facts), -ETIME);
    assert_string_equal(facts.why, "the peer stopped in the middle of the handshake");
    assert_int_equal(shake_with("", 0, true, &facts), -EPROTO);
    assert_true(facts.closed && !facts.silent);
    assert_string_equal(facts.why, "the peer closed the connection without a word");
}

static void who_is_told_to_stop_waits_no_more(void **state)
{
    int fds[2];
    struct tls_try *t;
    atomic_bool stop;

    (void)state;
    atomic_init(&stop, true);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    assert_int_equal(tls_try_new(fds[0], "", &t, NULL), 0);
    assert_int_equal(tls_try_shake(t, 3600 * CLOCK_SECOND_NS, &stop), -ETIME);
    tls_try_free(t);
    close(fds[0]);
    close(fds[1]);
}

static void a_record_is_told_from_everything_else(void **state)
{
    static const uint8_t hello[] = {22, 3, 1}, strange[] = {22, 4, 1}, one[] = {22};

    (void)state;
    assert_int_equal(tls_look_at(hello, 0, NULL, 0), TLS_LOOK_NOTHING);
    assert_int_equal(tls_look_at(one, 1, NULL, 0), TLS_LOOK_NOTHING);
    assert_int_equal(tls_look_at(hello, 3, NULL, 0), TLS_LOOK_RECORD);
    assert_int_equal(tls_look_at(strange, 3, NULL, 0), TLS_LOOK_STRANGER);
    assert_int_equal(tls_look_at((const uint8_t *)"H", 1, NULL, 0), TLS_LOOK_STRANGER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_trusted_server_is_agreed_with_and_answers, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_with_a_certificate_is_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            a_server_that_wants_a_certificate_says_so_behind_the_handshake, set_up, tear_down),
        cmocka_unit_test(a_peer_without_tls_is_known_by_its_first_bytes),
        cmocka_unit_test_setup_teardown(an_echo_is_no_server, set_up, tear_down),
        cmocka_unit_test(an_alert_is_told_by_name),
        cmocka_unit_test(a_silent_peer_ends_the_wait_and_one_that_closes_at_once),
        cmocka_unit_test(who_is_told_to_stop_waits_no_more),
        cmocka_unit_test(a_record_is_told_from_everything_else),
    };

    return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
