/* core/net/tls.c - one session's TLS: OpenSSL on one side, the session's calls on the other.
 *
 * Two rules keep it from standing still and from turning in circles.  What OpenSSL was given to
 * send counts as sent: the ciphertext that the socket does not take is kept here, and io.keeps()
 * says so.  And it has bytes that epoll(7) cannot see until the socket itself has said that it has
 * no more (starved): io.pending(). */
#include "core/net/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/net/session_internal.h"
#include "core/net/tls_internal.h"

/* Ciphertext kept for one session; a record always fits. */
#define KEPT_BYTES (SSL3_RT_MAX_ENCRYPTED_LENGTH + SSL3_RT_HEADER_LENGTH)
/* Records taken or made in one call, so that a flood of small ones leaves time for others. */
#define RECORDS_PER_CALL 16

/* ---- between OpenSSL and the socket --------------------------------------------------- */

static bool keeps(const struct session *s)
{
    return s->tls && s->tls->kept;
}

static void drop_kept(struct tls *t)
{
    free(t->kept);
    t->kept = NULL;
    t->kept_at = t->kept_len = 0;
}

static int flush(struct session *s)
{
    struct caller c = session_caller(s);
    struct tls *t = s->tls;
    ssize_t n;

    if (!keeps(s))
        return 0;
    n = call_send(&c, s->watch.fd, t->kept + t->kept_at, t->kept_len - t->kept_at,
                  MSG_NOSIGNAL);
    if (n < 0)
        return n == -EINTR ? -EAGAIN : (int)n;
    t->kept_at += (size_t)n;
    if (t->kept_at < t->kept_len)
        return -EAGAIN;
    drop_kept(t);
    t->starved = false; /* reading may have waited for this */
    return 0;
}

/* Returns how much of it is taken care of. */
static int keep(struct tls *t, const char *bytes, size_t len)
{
    if (len > KEPT_BYTES)
        len = KEPT_BYTES;
    t->kept = mem_copy(bytes, len);
    t->kept_len = len;
    return (int)len;
}

static int bio_write(BIO *bio, const char *bytes, int len)
{
    struct session *s = BIO_get_data(bio);
    struct caller c = session_caller(s);
    ssize_t n = flush(s);

    BIO_clear_retry_flags(bio);
    if (n == -EAGAIN) {
        BIO_set_retry_write(bio);
        return -1;
    }
    if (n == 0)
        n = call_send(&c, s->watch.fd, bytes, (size_t)len, MSG_NOSIGNAL);
    if (n == -EAGAIN || n == -EINTR)
        n = 0;
    if (n < 0) {
        s->tls->error = (int)n;
        return -1;
    }
    return n == len ? len : (int)n + keep(s->tls, bytes + n, (size_t)(len - n));
}

void tls_remember_first(struct tls *t, const char *bytes, size_t len)
{
    size_t room = TLS_FIRST_BYTES - t->n_first;

    len = len < room ? len : room;
    memcpy(t->first + t->n_first, bytes, len);
    t->n_first += len;
}

static int bio_read(BIO *bio, char *bytes, int size)
{
    struct session *s = BIO_get_data(bio);
    struct caller c = session_caller(s);
    struct tls *t = s->tls;
    ssize_t n = call_recv(&c, s->watch.fd, bytes, (size_t)size, 0);

    BIO_clear_retry_flags(bio);
    t->starved = n == -EAGAIN || n == -EINTR;
    if (n > 0) {
        tls_remember_first(t, bytes, (size_t)n);
        return (int)n;
    }
    if (n == 0)
        t->eof = true;
    else if (t->starved)
        BIO_set_retry_read(bio);
    else
        t->error = (int)n;
    return n == 0 ? 0 : -1;
}

/* It never owns up to an end of file: OpenSSL would then refuse to send what is still owed. */
static long bio_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

BIO_METHOD *tls_bio_method(void)
{
    BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "session");

    if (!m)
        return NULL;
    BIO_meth_set_write(m, bio_write);
    BIO_meth_set_read(m, bio_read);
    BIO_meth_set_ctrl(m, bio_control);
    return m;
}

/* What became of an OpenSSL call that did not succeed: -EAGAIN when it wants the socket, 0 when the
 * peer sends no more, else negative errno. */
static int outcome(struct tls *t, int result)
{
    switch (SSL_get_error(t->ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return -EAGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    case SSL_ERROR_SYSCALL:
        t->cut = t->eof && !t->error;
        t->broken = !t->cut;
        return t->cut ? 0 : t->error ? t->error : -EPROTO;
    default:
        t->broken = true;
        tls_reason_failed(t, t->reason, sizeof(t->reason));
        return -EPROTO;
    }
}

/* ---- the peer's certificate ----------------------------------------------------------- */

static void learn_certificate(struct tls *t, X509 *cert)
{
    tls_certificate_subject(cert, t->facts.subject, sizeof(t->facts.subject));
    tls_certificate_issuer(cert, t->facts.issuer, sizeof(t->facts.issuer));
    t->facts.not_after = tls_certificate_time(X509_get0_notAfter(cert));
}

int tls_judge(int good, X509_STORE_CTX *store)
{
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls *t = SSL_get_app_data(ssl);
    X509 *leaf = X509_STORE_CTX_get0_cert(store);
    char why[2 * ERR_TEXT_BYTES]; /* longer, so that the cut falls between characters */

    if (!t->facts.not_after && leaf)
        learn_certificate(t, leaf);
    /* The first trouble is the cause, others follow from it. */
    if (!good && !t->verify_error) {
        t->verify_error = X509_STORE_CTX_get_error(store);
        t->facts.trust = TLS_NOT_TRUSTED;
        tls_reason_untrusted(store, t->expected, why, sizeof(why));
        text_clean(why, strlen(why), t->facts.why, sizeof(t->facts.why));
    }
    return good || t->context->insecure;
}

static bool numeric(const char *host)
{
    uint8_t address[16];

    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

bool tls_expect(SSL *ssl, const struct tls_context *c, char *host)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (numeric(host))
        return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1;
    if (!c->no_sni && SSL_set_tlsext_host_name(ssl, host) != 1)
        return false;
    return X509_VERIFY_PARAM_set1_host(param, host, 0) == 1;
}

/* ---- the handshake -------------------------------------------------------------------- */

static void learn(struct session *s)
{
    struct tls *t = s->tls;
    const unsigned char *alpn;
    unsigned alpn_len;

    snprintf(t->facts.version, sizeof(t->facts.version), "%s", SSL_get_version(t->ssl));
    snprintf(t->facts.cipher, sizeof(t->facts.cipher), "%s", SSL_get_cipher_name(t->ssl));
    SSL_get0_alpn_selected(t->ssl, &alpn, &alpn_len);
    text_clean(alpn, alpn_len, t->facts.alpn, sizeof(t->facts.alpn));
    if (SSL_get0_peer_certificate(t->ssl) && !t->verify_error)
        t->facts.trust = TLS_TRUSTED;
}

static void tell(struct session *s)
{
    const struct tls_facts *f = &s->tls->facts;

    session_note(s, "%s, %s%s%s%s%s", f->version, f->cipher, f->alpn[0] ? ", protocol " : "",
                 f->alpn, f->subject[0] ? ", certificate of " : "", f->subject);
    if (f->trust == TLS_NOT_TRUSTED)
        session_note(s, "not trusted: %s", f->why);
}

/* What helps against that reason. */
static const char *way_to_trust(long verify_error)
{
    switch (verify_error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return "--sni NAME asks for NAME and expects it";
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "it needs another certificate, or one of the clocks is wrong";
    default:
        return "--ca FILE trusts its issuer";
    }
}

static int fail(struct session *s, int code, struct err *err)
{
    struct tls *t = s->tls;
    char input[ENDPOINT_TEXT_BYTES], peer[ADDR_TEXT_BYTES];
    const char *to =
        s->dialling ? endpoint_format(dial_endpoint(s), input) : addr_format(&s->peer, peer);

    if (code == -EPROTO && t->verify_error && !t->context->insecure) {
        err_set(err, code, "tls", to, "%s", t->facts.why);
        if (err)
            snprintf(err->symbol, sizeof(err->symbol), "%s",
                     tls_untrusted_symbol(t->verify_error));
        if (!t->context->server)
            err_hint(err, "%s, --insecure goes on without checking",
                     way_to_trust(t->verify_error));
        return code;
    }
    if (t->cut || code == 0)
        return err_set(err, -EPROTO, "tls", to, "the peer closed the connection instead of %s",
                       t->n_first ? "finishing the handshake"
                                  : "answering; does it speak TLS?");
    return err_set(err, code, "tls", to, "%s", t->reason);
}

/* A client always wants to see a certificate, a server where it has something to check it with. */
static bool wants_certificate(const struct tls_context *c)
{
    X509_STORE *store = SSL_CTX_get_cert_store(c->ssl);

    return !c->server || sk_X509_OBJECT_num(X509_STORE_get0_objects(store)) > 0;
}

static int open_ssl(struct session *s)
{
    struct tls *t = s->tls;
    BIO *bio = BIO_new(t->context->bio);

    t->ssl = bio ? SSL_new(t->context->ssl) : NULL;
    if (!t->ssl) {
        BIO_free(bio);
        return -ENOMEM;
    }
    BIO_set_data(bio, s);
    BIO_set_init(bio, 1);
    SSL_set_bio(t->ssl, bio, bio);
    if (!SSL_set_app_data(t->ssl, t))
        return -ENOMEM;
    if (wants_certificate(t->context))
        SSL_set_verify(t->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, tls_judge);
    if (t->context->server)
        SSL_set_accept_state(t->ssl);
    else
        SSL_set_connect_state(t->ssl);
    return t->context->server || tls_expect(t->ssl, t->context, t->expected) ? 0 : -EINVAL;
}

static int step(struct session *s, void *state, uint32_t *ret_events, struct err *err)
{
    struct tls *t = state;
    int r = t->ssl ? flush(s) : open_ssl(s), done;

    if (r < 0 && r != -EAGAIN)
        return fail(s, r, err);
    ERR_clear_error();
    done = SSL_do_handshake(t->ssl);
    if (done == 1) {
        t->finished = true;
        t->starved = false;
        session_extras(s)->phases.secured = clock_now_ns();
        learn(s);
        tell(s);
        return 0;
    }
    r = outcome(t, done);
    if (r != -EAGAIN)
        return fail(s, r, err);
    *ret_events =
        (SSL_want_write(t->ssl) ? 0 : (uint32_t)EPOLLIN) | (keeps(s) ? (uint32_t)EPOLLOUT : 0);
    return -EAGAIN;
}

static const struct negotiation negotiation = {.name = "tls", .step = step};

void tls_expected(struct tls *t, const char *host)
{
    const char *sni = t->context->sni;
    size_t len;

    snprintf(t->expected, sizeof(t->expected), "%s",
             sni[0]    ? sni
             : host[0] ? host
                       : "localhost");
    /* Neither SNI nor certificates have the dot that ends a name (RFC 6066, 3). */
    len = strlen(t->expected);
    if (len > 1 && t->expected[len - 1] == '.')
        t->expected[len - 1] = '\0';
}

void tls_attach(struct session *s, struct tls_context *c, const char *expected)
{
    struct tls *t = mem_new(1, sizeof(*t));

    s->tls = t;
    t->context = c;
    if (expected)
        tls_expected(t, expected);
}

static void release_ssl(struct tls *t)
{
    SSL_free(t->ssl);
    t->ssl = NULL;
    drop_kept(t);
}

/* Nothing is left of an attempt before. */
static void begin_afresh(struct tls *t)
{
    struct tls fresh = {.context = t->context};

    release_ssl(t);
    memcpy(fresh.expected, t->expected, sizeof(fresh.expected));
    *t = fresh;
}

void tls_negotiate(struct session *s)
{
    struct tls *t = s->tls;

    begin_afresh(t);
    if (t->context->server)
        loop_timer_set(s->net->loop, &session_extras(s)->idle,
                       clock_now_ns() + t->context->handshake_timeout_ns);
    session_negotiate(s, &negotiation, t);
}

void tls_free(struct tls *t)
{
    if (!t)
        return;
    release_ssl(t);
    tls_context_unref(t->context);
    free(t);
}

const struct tls_facts *tls_facts(const struct tls *t)
{
    return &t->facts;
}

const char *tls_reason(const struct tls *t)
{
    return t->reason;
}

const char *tls_ending(const struct tls *t)
{
    return t->cut ? "the peer closed the connection without close_notify: what came may be cut"
                  : "the peer sent close_notify: it sends no more";
}

/* ---- an open session ------------------------------------------------------------------ */

static ssize_t send_some(struct session *s, const void *bytes, size_t len)
{
    struct tls *t = s->tls;
    size_t taken = 0, n = 0;
    int r = flush(s);

    if (r < 0)
        return r;
    for (int i = 0; i < RECORDS_PER_CALL && taken < len && !t->kept; i++) {
        ERR_clear_error();
        r = SSL_write_ex(t->ssl, (const char *)bytes + taken, len - taken, &n);
        if (r != 1) {
            r = outcome(t, r);
            /* The peer's end may be seen while writing, but is no answer to it. */
            return taken ? (ssize_t)taken : r == 0 ? -EPIPE : r;
        }
        taken += n;
    }
    return taken ? (ssize_t)taken : -EAGAIN;
}

static ssize_t receive(struct session *s, void *bytes, size_t size)
{
    struct tls *t = s->tls;
    size_t got = 0, n = 0;

    t->starved = false;
    for (int i = 0; i < RECORDS_PER_CALL && got < size && !t->over && !t->starved; i++) {
        int r;

        ERR_clear_error();
        r = SSL_read_ex(t->ssl, (char *)bytes + got, size - got, &n);
        if (r == 1) {
            got += n;
            continue;
        }
        t->result = outcome(t, r);
        /* An error shows once: it is kept until what came before it has been taken. */
        t->over = t->result != -EAGAIN;
    }
    if (got)
        return (ssize_t)got;
    return t->over ? t->result : -EAGAIN;
}

/* close_notify, FIN behind it. */
static int end(struct session *s)
{
    struct caller c = session_caller(s);
    struct tls *t = s->tls;
    int r;

    ERR_clear_error();
    if (!t->broken && !(SSL_get_shutdown(t->ssl) & SSL_SENT_SHUTDOWN))
        SSL_shutdown(t->ssl);
    r = flush(s);
    return r < 0 ? r : call_shutdown(&c, s->watch.fd, SHUT_WR);
}

static bool pending(const struct session *s)
{
    return s->tls->over || !s->tls->starved;
}

/* What the peer is told last must not wait: as much of it goes out as the socket takes now. */
static void say_goodbye(struct session *s)
{
    struct tls *t = s->tls;

    if (!t || !t->ssl)
        return;
    ERR_clear_error();
    if (t->finished && !t->broken && flush(s) == 0)
        SSL_shutdown(t->ssl);
    release_ssl(t);
}

const struct io tls_io = {.ends = true,
                          .send = send_some,
                          .receive = receive,
                          .end = end,
                          .keeps = keeps,
                          .flush = flush,
                          .pending = pending,
                          .done = say_goodbye};
