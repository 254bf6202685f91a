#include "core/net/tls_try.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/net/tls_internal.h"

#define SLICE_MS 10
/* A peer that always sends a little must end, too: so many times the patience. */
#define PATIENCES 4
#define CHUNK_BYTES 16384
/* Our first bytes, to know them again: past the random of a ClientHello (RFC 8446, 4.1.2). */
#define SENT_BYTES 64

struct tls_try {
    int fd;
    struct tls tls; /* what tls_reason.c and tls_judge() work on */
    BIO *in, *out;  /* ciphertext; the SSL's */
    bool end_told;  /* SSL knows that no more comes */
    size_t n_first, n_sent;
    uint8_t first[TLS_TRY_FIRST_BYTES];
    uint8_t sent[SENT_BYTES];
    struct tls_try_facts facts;
};

/* ---- what the peer is ----------------------------------------------------------------- */

#define RECORD_CHANGE_CIPHER 20
#define RECORD_HEARTBEAT 24
#define ECHO_BYTES 44 /* as much of ours says that it is no coincidence */

enum tls_look tls_look_at(const uint8_t *came, size_t n_came, const uint8_t *sent,
                          size_t n_sent)
{
    if (n_came >= ECHO_BYTES && n_sent >= ECHO_BYTES && memcmp(came, sent, ECHO_BYTES) == 0)
        return TLS_LOOK_ECHO;
    if (n_came && (came[0] < RECORD_CHANGE_CIPHER || came[0] > RECORD_HEARTBEAT))
        return TLS_LOOK_STRANGER;
    if (n_came < 2)
        return TLS_LOOK_NOTHING;
    return came[1] == 3 ? TLS_LOOK_RECORD : TLS_LOOK_STRANGER;
}

const char *tls_alert_name(uint8_t alert)
{
    return tls_reason_alert(alert);
}

static enum tls_fault fault_of(int verify_error)
{
    switch (verify_error) {
    case X509_V_OK:
        return TLS_FAULT_NONE;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return TLS_FAULT_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return TLS_FAULT_TOO_YOUNG;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return TLS_FAULT_NAME;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return TLS_FAULT_SELF_SIGNED;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return TLS_FAULT_ISSUER;
    default:
        return TLS_FAULT_OTHER;
    }
}

/* ---- between OpenSSL and the socket --------------------------------------------------- */

/* The socket has taken so much of it. */
static void forget(BIO *from, size_t n)
{
    char gone[1024];
    size_t read;

    while (n && BIO_read_ex(from, gone, n < sizeof(gone) ? n : sizeof(gone), &read) == 1)
        n -= read;
}

/* Returns 0 when nothing waits any more, -EAGAIN when the socket takes no more now. */
static int flush(struct tls_try *t)
{
    char *bytes;
    long waiting;

    while ((waiting = BIO_get_mem_data(t->out, &bytes)) > 0) {
        ssize_t n = send(t->fd, bytes, (size_t)waiting, MSG_NOSIGNAL | MSG_DONTWAIT);
        size_t room = SENT_BYTES - t->n_sent;

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return -EAGAIN;
        if (n < 0) {
            t->facts.error = -errno;
            return t->facts.error;
        }
        room = room < (size_t)n ? room : (size_t)n;
        memcpy(t->sent + t->n_sent, bytes, room);
        t->n_sent += room;
        t->facts.sent_bytes += (uint64_t)n;
        forget(t->out, (size_t)n);
    }
    return 0;
}

static void take(struct tls_try *t, const uint8_t *bytes, size_t len)
{
    size_t room = TLS_TRY_FIRST_BYTES - t->n_first;

    room = room < len ? room : len;
    memcpy(t->first + t->n_first, bytes, room);
    t->n_first += room;
    t->facts.received_bytes += len;
    tls_remember_first(&t->tls, (const char *)bytes, len);
    BIO_write(t->in, bytes, (int)len);
    if (!t->facts.done)
        t->facts.look = (uint8_t)tls_look_at(t->first, t->n_first, t->sent, t->n_sent);
}

/* Returns 1 when something came, 0 at the end of it, -EAGAIN, or negative errno. */
static int fill(struct tls_try *t)
{
    uint8_t bytes[CHUNK_BYTES];
    ssize_t n = recv(t->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

    if (n > 0) {
        take(t, bytes, (size_t)n);
        return 1;
    }
    if (n == 0) {
        t->facts.closed = true;
        BIO_set_mem_eof_return(t->in, 0);
        return 0;
    }
    if (errno == EAGAIN || errno == EINTR)
        return -EAGAIN;
    t->facts.error = -errno;
    return t->facts.error;
}

static void note_alert(const SSL *ssl, int where, int value)
{
    struct tls *tls = SSL_get_app_data(ssl);
    struct tls_try *t = (struct tls_try *)((char *)tls - offsetof(struct tls_try, tls));
    uint8_t alert = (uint8_t)(value & 0xff);

    if (!(where & SSL_CB_ALERT) || alert == SSL_AD_CLOSE_NOTIFY)
        return;
    if (where & SSL_CB_READ) {
        t->facts.has_alert_in = true;
        t->facts.alert_in = alert;
    } else {
        t->facts.has_alert_out = true;
        t->facts.alert_out = alert;
    }
}

/* Called when the peer asks for our certificate: there is none, which is no error yet. */
static int note_wish(SSL *ssl, void *ctx)
{
    struct tls_try *t = ctx;

    (void)ssl;
    t->facts.wants_ours = true;
    return 1;
}

/* ---- the handshake -------------------------------------------------------------------- */

int tls_try_new(int fd, const char *host, struct tls_try **ret, struct err *err)
{
    struct tls_settings settings = {0};
    struct tls_try *t = mem_new(1, sizeof(*t));
    int r = tls_client_context(&settings, &t->tls.context, err);

    if (r < 0) {
        free(t);
        return r;
    }
    t->fd = fd;
    t->tls.ssl = SSL_new(t->tls.context->ssl);
    t->in = BIO_new(BIO_s_mem());
    t->out = BIO_new(BIO_s_mem());
    if (!t->tls.ssl || !t->in || !t->out || !SSL_set_app_data(t->tls.ssl, &t->tls)) {
        BIO_free(t->in);
        BIO_free(t->out);
        tls_try_free(t);
        return err_set(err, -ENOMEM, "tls", "", "OpenSSL does not start");
    }
    BIO_set_mem_eof_return(t->in, -1); /* empty: more may come */
    SSL_set_bio(t->tls.ssl, t->in, t->out);
    SSL_set_verify(t->tls.ssl, SSL_VERIFY_PEER, tls_judge);
    SSL_set_info_callback(t->tls.ssl, note_alert);
    SSL_set_cert_cb(t->tls.ssl, note_wish, t);
    SSL_set_connect_state(t->tls.ssl);
    tls_expected(&t->tls, host);
    if (!tls_expect(t->tls.ssl, t->tls.context, t->tls.expected)) {
        tls_try_free(t);
        return err_set(err, -EINVAL, "tls", host, "no name that TLS can ask for");
    }
    *ret = t;
    return 0;
}

void tls_try_free(struct tls_try *t)
{
    if (!t)
        return;
    SSL_free(t->tls.ssl);
    tls_context_unref(t->tls.context);
    free(t);
}

static void learn(struct tls_try *t)
{
    struct tls_facts *f = &t->tls.facts;

    t->facts.done = true;
    t->tls.finished = true;
    snprintf(f->version, sizeof(f->version), "%s", SSL_get_version(t->tls.ssl));
    snprintf(f->cipher, sizeof(f->cipher), "%s", SSL_get_cipher_name(t->tls.ssl));
    f->trust = TLS_TRUSTED;
    t->facts.agreed = *f;
}

static void explain(struct tls_try *t, const char *why)
{
    text_clean(why, strlen(why), t->facts.why, sizeof(t->facts.why));
}

/* It went wrong: OpenSSL's own reason, or the certificate's. */
static int fail(struct tls_try *t)
{
    char why[2 * ERR_TEXT_BYTES];

    t->tls.broken = true;
    t->facts.agreed = t->tls.facts;
    t->facts.verify_error = t->tls.verify_error;
    t->facts.fault = (uint8_t)fault_of(t->tls.verify_error);
    if (t->facts.fault) {
        explain(t, t->tls.facts.why);
    } else {
        tls_reason_failed(&t->tls, why, sizeof(why));
        explain(t, why);
    }
    flush(t); /* the alert that tells the peer */
    return -EPROTO;
}

/* What became of an OpenSSL call that did not succeed: -EAGAIN when it wants more. */
static int outcome(struct tls_try *t, int result)
{
    int what = SSL_get_error(t->tls.ssl, result);

    if (what == SSL_ERROR_WANT_READ || what == SSL_ERROR_WANT_WRITE)
        return -EAGAIN;
    if (what == SSL_ERROR_ZERO_RETURN)
        return 0;
    return fail(t);
}

/* The socket ended or broke before the handshake was done. */
static int give_up(struct tls_try *t, int r)
{
    if (r == 0) {
        explain(t, t->n_first ? "the peer closed the connection in the middle of the handshake"
                              : "the peer closed the connection without a word");
        return -EPROTO;
    }
    explain(t, "the connection broke during the handshake");
    return r;
}

/* What came is no TLS of anybody. */
static int no_tls(struct tls_try *t)
{
    char first[TLS_FIRST_BYTES * 4 + 1], why[ERR_TEXT_BYTES];

    text_clean(t->tls.first, t->tls.n_first, first, sizeof(first));
    if (t->facts.look == TLS_LOOK_ECHO)
        snprintf(why, sizeof(why), "the peer sends back what we sent");
    else
        snprintf(why, sizeof(why), "the peer does not speak TLS: it begins with '%s'", first);
    explain(t, why);
    return -EPROTO;
}

static bool wait_for(struct tls_try *t, uint64_t until_ns, const atomic_bool *stop)
{
    struct pollfd p = {.fd = t->fd, .events = POLLIN};
    char *bytes;

    if (BIO_get_mem_data(t->out, &bytes) > 0)
        p.events |= POLLOUT;
    while (!(stop && atomic_load(stop))) {
        if (poll(&p, 1, SLICE_MS) > 0)
            return true;
        if (clock_now_ns() >= until_ns)
            return false;
    }
    return false;
}

/* One step: 1 when the handshake is done, 0 when more is to come, else what it came to. */
static int step(struct tls_try *t)
{
    int done, r;

    ERR_clear_error();
    done = SSL_do_handshake(t->tls.ssl);
    if (done == 1) {
        learn(t);
        r = flush(t);
        return r < 0 && r != -EAGAIN ? give_up(t, r) : 1;
    }
    r = outcome(t, done);
    if (r != -EAGAIN)
        return -EPROTO;
    r = flush(t);
    return r < 0 && r != -EAGAIN ? give_up(t, r) : 0;
}

int tls_try_shake(struct tls_try *t, uint64_t patience_ns, const atomic_bool *stop)
{
    uint64_t began_ns = clock_now_ns(), quiet_ns = began_ns;
    int r;

    t->facts.tried = true;
    while ((r = step(t)) == 0) {
        uint64_t until_ns = quiet_ns + patience_ns, end_ns = began_ns + PATIENCES * patience_ns;
        int came;

        if (!wait_for(t, until_ns < end_ns ? until_ns : end_ns, stop)) {
            t->facts.silent = true;
            explain(t, t->n_first ? "the peer stopped in the middle of the handshake"
                                  : "the peer says nothing");
            return -ETIME;
        }
        came = fill(t);
        if (came == 1)
            quiet_ns = clock_now_ns();
        else if (came != -EAGAIN)
            return give_up(t, came);
        /* Who sends back what we sent would only be told that it was unexpected. */
        if (t->facts.look == TLS_LOOK_STRANGER || t->facts.look == TLS_LOOK_ECHO)
            break;
    }
    if (r == 0)
        return no_tls(t);
    return r == 1 ? 0 : r;
}

/* ---- over it -------------------------------------------------------------------------- */

ssize_t tls_try_send(struct tls_try *t, const void *bytes, size_t len)
{
    size_t n = 0;
    int r = flush(t);

    if (r < 0)
        return r;
    ERR_clear_error();
    r = SSL_write_ex(t->tls.ssl, bytes, len < CHUNK_BYTES ? len : CHUNK_BYTES, &n);
    if (r != 1) {
        r = outcome(t, r);
        return r == 0 ? -EPIPE : r;
    }
    r = flush(t);
    return r < 0 && r != -EAGAIN ? r : (ssize_t)n;
}

ssize_t tls_try_receive(struct tls_try *t, void *bytes, size_t size)
{
    size_t n = 0;
    int r;

    for (;;) {
        flush(t);
        ERR_clear_error();
        r = SSL_read_ex(t->tls.ssl, bytes, size, &n);
        if (r == 1)
            return (ssize_t)n;
        r = outcome(t, r);
        if (r != -EAGAIN)
            return r;
        r = fill(t);
        if (r != 1)
            return r;
    }
}

const struct tls_try_facts *tls_try_facts(const struct tls_try *t)
{
    return &t->facts;
}

size_t tls_try_first(const struct tls_try *t, const uint8_t **ret_bytes)
{
    *ret_bytes = t->first;
    return t->n_first;
}
