/* core/net/tls_context.c - from settings to what the sessions of a server, or one session to
 * somewhere, share: certificates, trust, versions, application protocols. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/net/tls_internal.h"

/* The trust anchors of a whole system are a quarter of it. */
#define PEM_BYTES (1U << 20)

/* Four records of 16 KiB with their headers: one recv(2) fills a session's buffer. */
#define READ_AHEAD_BYTES (4 * (SSL3_RT_MAX_PLAIN_LENGTH + 256))

/* ---- PEM files ------------------------------------------------------------------------ */

/* Returns the bytes read, or negative errno; -EFBIG when there are more than size. */
static ssize_t read_all(int fd, char *bytes, size_t size)
{
    size_t len = 0;

    for (;;) {
        ssize_t n = read(fd, bytes + len, size - len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        len += (size_t)n;
        if (n == 0)
            return (ssize_t)len;
        if (len == size)
            return -EFBIG;
    }
}

/* The file as something to read PEM from; it owns its bytes through *ret_bytes, to be freed behind
 * it. */
static int open_pem(const char *path, BIO **ret, char **ret_bytes, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    char *bytes;
    ssize_t len;

    if (fd < 0)
        return err_set(err, -errno, "tls", path, "%s", "");
    bytes = mem_new(PEM_BYTES, 1);
    len = read_all(fd, bytes, PEM_BYTES);
    close(fd);
    if (len < 0) {
        free(bytes);
        return err_set(err, (int)len, "tls", path, "%s", "");
    }
    *ret = BIO_new_mem_buf(bytes, (int)len);
    *ret_bytes = bytes;
    return 0;
}

/* A key with a passphrase is refused: nobody could be asked for it here. */
static int no_passphrase(char *buf, int size, int writing, void *ret_asked)
{
    (void)buf;
    (void)size;
    (void)writing;
    *(bool *)ret_asked = true;
    return -1;
}

static int no_use(const char *path, const char *what, struct err *err)
{
    const char *why = ERR_reason_error_string(ERR_peek_last_error());

    return err_set(err, -EINVAL, "tls", path, "%s%s%s", what, why ? ": " : "", why ? why : "");
}

/* The first certificate is ours, those behind it lead from it to a root. */
static int use_certificates(struct tls_context *c, const char *path, struct err *err)
{
    BIO *bio = NULL;
    char *bytes = NULL;
    X509 *cert;
    int r = open_pem(path, &bio, &bytes, err), n = 0;

    if (r < 0)
        return r;
    while (r == 0 && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        long used =
            n ? SSL_CTX_add1_chain_cert(c->ssl, cert) : SSL_CTX_use_certificate(c->ssl, cert);

        if (used != 1)
            r = no_use(path, "OpenSSL does not take its certificate", err);
        else if (n++ == 0)
            tls_certificate_fingerprint(cert, c->fingerprint);
        X509_free(cert);
    }
    if (r == 0 && n == 0)
        r = err_set(err, -EINVAL, "tls", path, "it holds no certificate in PEM");
    BIO_free(bio);
    free(bytes);
    return r;
}

static int use_key(struct tls_context *c, const char *path, const char *cert_path,
                   struct err *err)
{
    BIO *bio = NULL;
    char *bytes = NULL;
    bool asked = false;
    EVP_PKEY *key;
    int r = open_pem(path, &bio, &bytes, err);

    if (r < 0)
        return r;
    key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &asked);
    if (asked) {
        r = err_set(err, -EINVAL, "tls", path, "its key has a passphrase");
        err_hint(err, "take it off: openssl pkey -in FILE -out PLAIN");
    } else if (!key) {
        r = err_set(err, -EINVAL, "tls", path, "it holds no private key in PEM");
        if (path == cert_path)
            err_hint(err, "--key FILE names the key of --cert");
    } else if (SSL_CTX_use_PrivateKey(c->ssl, key) != 1) {
        r = no_use(path, "it is not the key of the certificate", err);
    }
    EVP_PKEY_free(key);
    BIO_free(bio);
    free(bytes);
    return r;
}

/* Trust the certificates of a file; a server names them to its clients, too. */
static int add_anchors(struct tls_context *c, const char *path, struct err *err)
{
    X509_STORE *store = SSL_CTX_get_cert_store(c->ssl);
    BIO *bio = NULL;
    char *bytes = NULL;
    X509 *cert;
    int r = open_pem(path, &bio, &bytes, err), n = 0;

    if (r < 0)
        return r;
    while (r == 0 && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        if (X509_STORE_add_cert(store, cert) != 1 ||
            (c->server && SSL_CTX_add_client_CA(c->ssl, cert) != 1))
            r = no_use(path, "OpenSSL does not take its certificate", err);
        X509_free(cert);
        n++;
    }
    if (r == 0 && n == 0)
        r = err_set(err, -EINVAL, "tls", path, "it holds no certificate in PEM");
    BIO_free(bio);
    free(bytes);
    return r;
}

static int use_files(struct tls_context *c, const struct tls_settings *settings,
                     struct err *err)
{
    const char *key = settings->key[0] ? settings->key : settings->cert;
    int r = settings->cert[0] ? use_certificates(c, settings->cert, err) : 0;

    if (r == 0 && settings->cert[0])
        r = use_key(c, key, settings->cert, err);
    if (r == 0 && settings->ca[0])
        r = add_anchors(c, settings->ca, err);
    return r;
}

/* ---- application protocols ------------------------------------------------------------ */

/* "h2,http/1.1" to its form on the wire. */
static int use_alpn(struct tls_context *c, const char *list, struct err *err)
{
    for (const char *name = list; *list; name += strcspn(name, ",") + 1) {
        size_t len = strcspn(name, ",");

        if (len == 0 || c->alpn_len + 1 + len > sizeof(c->alpn))
            return err_set(err, -EINVAL, "--alpn", list, "one of its names is empty");
        c->alpn[c->alpn_len] = (unsigned char)len;
        memcpy(c->alpn + c->alpn_len + 1, name, len);
        c->alpn_len += 1 + (unsigned)len;
        if (!name[len])
            break;
    }
    return 0;
}

/* The first of ours that the client has; none in common ends the handshake (RFC 7301, 3.2). */
static int choose_alpn(SSL *ssl, const unsigned char **ret, unsigned char *ret_len,
                       const unsigned char *theirs, unsigned theirs_len, void *context)
{
    const struct tls_context *c = context;
    unsigned char *chosen;

    (void)ssl;
    if (SSL_select_next_proto(&chosen, ret_len, c->alpn, c->alpn_len, theirs, theirs_len) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *ret = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/* ---- contexts ------------------------------------------------------------------------- */

static void set_rules(struct tls_context *c, const struct tls_settings *settings)
{
    SSL_CTX_set_min_proto_version(c->ssl,
                                  settings->min == TLS_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(c->ssl, settings->max == TLS_UP_TO_1_2 ? TLS1_2_VERSION
                                                                         : TLS1_3_VERSION);
    SSL_CTX_set_options(c->ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
    /* Every session shakes hands in full: nothing to be kept, nothing behind the handshake. */
    SSL_CTX_set_session_cache_mode(c->ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(c->ssl, 0);
    SSL_CTX_set_mode(c->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                 SSL_MODE_RELEASE_BUFFERS);
    /* A peer that only sends handshake records must not hold the loop. */
    SSL_CTX_clear_mode(c->ssl, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_read_ahead(c->ssl, 1);
    SSL_CTX_set_default_read_buffer_len(c->ssl, READ_AHEAD_BYTES);
    /* A certificate named by --ca is trusted whoever has signed it. */
    X509_STORE_set_flags(SSL_CTX_get_cert_store(c->ssl), X509_V_FLAG_PARTIAL_CHAIN);
}

static int context_new(const struct tls_settings *settings, bool server,
                       struct tls_context **ret, struct err *err)
{
    struct tls_context *c = mem_new(1, sizeof(*c));
    int r;

    ERR_clear_error();
    atomic_init(&c->references, 1);
    c->server = server;
    c->insecure = settings->insecure;
    c->no_sni = settings->no_sni;
    c->handshake_timeout_ns = settings->handshake_timeout_ns;
    memcpy(c->sni, settings->sni, sizeof(c->sni));
    c->bio = tls_bio_method();
    c->ssl = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
    if (!c->ssl || !c->bio) {
        r = no_use("", "OpenSSL does not start", err);
    } else {
        set_rules(c, settings);
        r = use_files(c, settings, err);
    }
    if (r == 0)
        r = use_alpn(c, settings->alpn, err);
    if (r < 0)
        tls_context_unref(c);
    else
        *ret = c;
    return r;
}

static X509_STORE *system_anchors;

static void load_system_anchors(void)
{
    system_anchors = X509_STORE_new();
    if (!system_anchors)
        return;
    /* Without any of them --ca may still do; what is missing shows with the certificate. */
    X509_STORE_set_default_paths(system_anchors);
    X509_STORE_set_flags(system_anchors, X509_V_FLAG_PARTIAL_CHAIN);
    ERR_clear_error();
}

/* Reading them takes as long as a hundred handshakes: once, for all that add none of their own. */
static void trust_system(struct tls_context *c, bool own_anchors)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    if (own_anchors) {
        SSL_CTX_set_default_verify_paths(c->ssl);
        return;
    }
    pthread_once(&once, load_system_anchors);
    if (system_anchors)
        SSL_CTX_set1_cert_store(c->ssl, system_anchors);
}

int tls_client_context(const struct tls_settings *settings, struct tls_context **ret,
                       struct err *err)
{
    struct tls_context *c;
    int r = context_new(settings, false, &c, err);

    if (r < 0)
        return r;
    trust_system(c, settings->ca[0]);
    if (c->alpn_len)
        SSL_CTX_set_alpn_protos(c->ssl, c->alpn, c->alpn_len);
    ERR_clear_error();
    *ret = c;
    return 0;
}

static int use_made_certificate(struct tls_context *c, const struct endpoint *at,
                                struct err *err)
{
    X509 *cert;
    EVP_PKEY *key;
    int r = tls_certificate_make(at, &cert, &key, err);

    if (r < 0)
        return r;
    tls_certificate_fingerprint(cert, c->fingerprint);
    if (SSL_CTX_use_certificate(c->ssl, cert) != 1 || SSL_CTX_use_PrivateKey(c->ssl, key) != 1)
        r = no_use("", "OpenSSL does not take the certificate it made", err);
    X509_free(cert);
    EVP_PKEY_free(key);
    return r;
}

int tls_server_context(const struct tls_settings *settings, const struct endpoint *at,
                       struct tls_context **ret, struct err *err)
{
    struct tls_context *c;
    int r = context_new(settings, true, &c, err);

    if (r < 0)
        return r;
    if (!settings->cert[0])
        r = use_made_certificate(c, at, err);
    if (r < 0) {
        tls_context_unref(c);
        return r;
    }
    if (c->alpn_len)
        SSL_CTX_set_alpn_select_cb(c->ssl, choose_alpn, c);
    ERR_clear_error();
    *ret = c;
    return 0;
}

struct tls_context *tls_context_ref(struct tls_context *c)
{
    atomic_fetch_add_explicit(&c->references, 1, memory_order_relaxed);
    return c;
}

void tls_context_unref(struct tls_context *c)
{
    if (!c || atomic_fetch_sub_explicit(&c->references, 1, memory_order_acq_rel) != 1)
        return;
    SSL_CTX_free(c->ssl);
    BIO_meth_free(c->bio);
    free(c);
}

const char *tls_context_fingerprint(const struct tls_context *c)
{
    return c->fingerprint;
}
