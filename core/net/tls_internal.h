/* core/net/tls_internal.h - between the files that make up TLS: tls.c, tls_context.c,
 * tls_certificate.c, tls_reason.c; and tls_load.c and tls_try.c, which have no sessions. */
#ifndef SOCKEYE_NET_TLS_INTERNAL_H
#define SOCKEYE_NET_TLS_INTERNAL_H

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdatomic.h>

#include "core/net/tls.h"

/* The first bytes of a peer, for a peer that does not speak TLS. */
#define TLS_FIRST_BYTES 16

/* ALPN's list on the wire: a byte of length before each name (RFC 7301, 3.1). */
#define TLS_ALPN_BYTES (COMMAND_ALPN_BYTES + 1)

struct tls_context {
    atomic_uint references;
    SSL_CTX *ssl;
    BIO_METHOD *bio; /* through the session's calls */
    bool server;
    char sni[ENDPOINT_HOST_BYTES]; /* "": the session's host */
    bool no_sni, insecure;
    uint64_t handshake_timeout_ns; /* of a server */
    unsigned alpn_len;
    unsigned char alpn[TLS_ALPN_BYTES];
    char fingerprint[FINGERPRINT_BYTES];
};

struct tls {
    struct tls_context *context;
    SSL *ssl; /* NULL while there is no socket */
    char expected[ENDPOINT_HOST_BYTES];
    uint8_t *kept; /* ciphertext that the socket has not taken; NULL: none */
    size_t kept_at, kept_len;
    int error;     /* of the last socket call that failed; 0: none */
    bool starved;  /* the socket had no more: epoll(7) tells when it has */
    bool eof;      /* FIN came */
    bool cut;      /* ... without close_notify before it */
    bool finished; /* the handshake is done */
    bool broken;   /* OpenSSL takes no further call */
    bool over;     /* receiving came to an end: result */
    int result;
    int verify_error; /* X509_V_ERR_... of the first thing wrong with the peer's certificate */
    size_t n_first;
    uint8_t first[TLS_FIRST_BYTES];
    struct tls_facts facts;
    char reason[ERR_TEXT_BYTES];
};

/* tls.c: how OpenSSL reaches a session's socket; the caller frees it. */
BIO_METHOD *tls_bio_method(void);
/* Whom a client asks for, and whose certificate it wants.  host is only read: OpenSSL's macro takes
 * no const. */
bool tls_expect(SSL *ssl, const struct tls_context *c, char *host);
/* Set t->expected: the context's own name for it, else the host, "" for this one. */
void tls_expected(struct tls *t, const char *host);
/* OpenSSL's verdict on each certificate of the chain, noted in the struct tls that is the SSL's
 * application data; 1 goes on. */
int tls_judge(int good, X509_STORE_CTX *store);
void tls_remember_first(struct tls *t, const char *bytes, size_t len);

/* tls_certificate.c */

/* A new key and a certificate for it, the caller's; see tls_server_context(). */
int tls_certificate_make(const struct endpoint *at, X509 **ret_cert, EVP_PKEY **ret_key,
                         struct err *err);
void tls_certificate_fingerprint(const X509 *cert, char ret[FINGERPRINT_BYTES]);
/* Printable, cut where they do not fit: "CN=localhost", without a subject its first name;
 * the issuer; every name it is for, "a.example, 127.0.0.1". */
void tls_certificate_subject(X509 *cert, char *out, size_t size);
void tls_certificate_issuer(X509 *cert, char *out, size_t size);
void tls_certificate_names(X509 *cert, char *out, size_t size);
/* Seconds since 1970; 0 when it cannot be read. */
int64_t tls_certificate_time(const ASN1_TIME *time);
/* "2026-01-31 12:00:00 UTC" */
#define TLS_TIME_BYTES 32
const char *tls_time_format(int64_t seconds, char buf[TLS_TIME_BYTES]);

/* tls_reason.c */

/* Half a sentence about the error that verification stands at. */
void tls_reason_untrusted(X509_STORE_CTX *store, const char *expected, char *out, size_t size);
/* "certificate expired"; a constant. */
const char *tls_untrusted_symbol(int verify_error);
/* "handshake failure"; a constant. */
const char *tls_reason_alert(int alert);
/* Half a sentence about the first error in OpenSSL's queue of this thread. */
void tls_reason_failed(const struct tls *t, char *out, size_t size);

#endif
