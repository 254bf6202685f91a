/* core/net/tls_load.c - the bytes of a load through TLS.  Its contexts are those of sessions
 * (core/net/tls.h); a connection of a load is no session, so OpenSSL has the socket itself.  Its
 * write(2) raises no signal here: the thread of a load has all of them blocked. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "core/base/mem.h"
#include "core/net/load_internal.h"
#include "core/net/tls_internal.h"

struct secure {
    SSL *ssl;
    bool finished; /* the handshake is done */
    bool over;     /* receiving came to an end: result */
    int result;
};

static int prepare(struct load *l, struct err *err)
{
    return tls_client_context(&l->settings.tls, &l->tls, err);
}

static void done(struct load *l)
{
    tls_context_unref(l->tls);
}

/* What became of an OpenSSL call that did not succeed: -EAGAIN when it wants the socket, 0 when the
 * peer sends no more, else negative errno. */
static int outcome(const struct secure *s, int result)
{
    int code = errno;

    switch (SSL_get_error(s->ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return -EAGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    case SSL_ERROR_SYSCALL:
        return code ? -code : -EPROTO;
    default:
        /* FIN without close_notify: whoever waits for more finds it missing. */
        return ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING ? 0
                                                                                      : -EPROTO;
    }
}

/* ---- the handshake -------------------------------------------------------------------- */

static int open_ssl(struct conn *c)
{
    struct load *l = c->load;
    const struct load_settings *settings = &l->settings;
    const char *name = settings->tls.sni[0] ? settings->tls.sni : settings->endpoint.host;
    char host[ENDPOINT_HOST_BYTES];
    struct secure *s = mem_new(1, sizeof(*s));

    snprintf(host, sizeof(host), "%s", name[0] ? name : "localhost");
    c->secure = s;
    s->ssl = SSL_new(l->tls->ssl);
    if (!s->ssl || SSL_set_fd(s->ssl, c->watch.fd) != 1 || !tls_expect(s->ssl, l->tls, host))
        return -ENOMEM;
    SSL_set_verify(s->ssl, l->tls->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    SSL_set_connect_state(s->ssl);
    return 0;
}

static void explain(const struct secure *s, char *out, size_t size)
{
    long verdict = SSL_get_verify_result(s->ssl);
    const char *why = ERR_reason_error_string(ERR_peek_error());

    if (SSL_get_verify_mode(s->ssl) != SSL_VERIFY_NONE && verdict != X509_V_OK)
        why = X509_verify_cert_error_string(verdict);
    snprintf(out, size, "%s", why ? why : "");
}

static int handshake(struct conn *c, uint32_t *ret_events)
{
    struct load *l = c->load;
    struct secure *s;
    int r = c->secure ? 0 : open_ssl(c);

    if (r < 0)
        return r;
    s = c->secure;
    ERR_clear_error();
    errno = 0;
    r = SSL_do_handshake(s->ssl);
    s->finished = r == 1;
    if (s->finished)
        return 0;
    r = outcome(s, r);
    if (r == -EAGAIN) {
        *ret_events = SSL_want_write(s->ssl) ? EPOLLOUT : EPOLLIN;
        return r;
    }
    if (r == 0)
        snprintf(l->trouble, sizeof(l->trouble), "the peer closed instead of finishing it");
    else
        explain(s, l->trouble, sizeof(l->trouble));
    return r < 0 ? r : -EPROTO;
}

/* ---- bytes ---------------------------------------------------------------------------- */

static ssize_t send_records(struct conn *c, const void *bytes, size_t len)
{
    struct secure *s = c->secure;
    size_t taken = 0, n;

    while (taken < len) {
        int r;

        ERR_clear_error();
        errno = 0;
        r = SSL_write_ex(s->ssl, (const char *)bytes + taken, len - taken, &n);
        if (r != 1) {
            r = outcome(s, r);
            return taken ? (ssize_t)taken : r == 0 ? -EPIPE : r;
        }
        taken += n;
    }
    return (ssize_t)taken;
}

static ssize_t receive_records(struct conn *c, void *bytes, size_t size)
{
    struct secure *s = c->secure;
    size_t got = 0, n;

    while (got < size && !s->over) {
        int r;

        ERR_clear_error();
        errno = 0;
        r = SSL_read_ex(s->ssl, (char *)bytes + got, size - got, &n);
        if (r == 1) {
            got += n;
            continue;
        }
        s->result = outcome(s, r);
        if (s->result == -EAGAIN)
            break;
        /* It shows once: kept until what came before it has been taken. */
        s->over = true;
    }
    if (got)
        return (ssize_t)got;
    return s->over ? s->result : -EAGAIN;
}

static bool pending(const struct conn *c)
{
    const struct secure *s = c->secure;

    return s && (s->over || SSL_has_pending(s->ssl));
}

static void close_ssl(struct conn *c)
{
    struct secure *s = c->secure;

    if (!s)
        return;
    ERR_clear_error();
    if (s->finished && !(s->over && s->result < 0))
        SSL_shutdown(s->ssl);
    SSL_free(s->ssl);
    free(s);
    c->secure = NULL;
}

const struct transport tls_transport = {.prepare = prepare,
                                        .done = done,
                                        .handshake = handshake,
                                        .send = send_records,
                                        .receive = receive_records,
                                        .pending = pending,
                                        .close = close_ssl};
