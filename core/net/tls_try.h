/* core/net/tls_try.h - a TLS handshake over a connected socket, as a plain client makes it, and what
 * is to be learned from it when it fails.
 *
 * It asks for the host by name (SNI, RFC 6066, 3), offers TLS 1.2 and 1.3, and checks the
 * certificate against the system's trust anchors.  No session, no journal: the bytes are moved here,
 * by send(2) and recv(2), so that it is known what the peer had sent when it went wrong.
 *
 * One thread.  Nothing of OpenSSL shows. */
#ifndef SOCKEYE_NET_TLS_TRY_H
#define SOCKEYE_NET_TLS_TRY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/err.h"
#include "core/model/event.h"

/* What is wrong with the peer's certificate. */
enum tls_fault {
    TLS_FAULT_NONE,
    TLS_FAULT_EXPIRED,
    TLS_FAULT_TOO_YOUNG, /* it is not valid yet */
    TLS_FAULT_NAME,      /* it is for another name or address */
    TLS_FAULT_SELF_SIGNED,
    TLS_FAULT_ISSUER, /* nobody trusted has signed it, or its chain */
    TLS_FAULT_OTHER,
};

/* How the first bytes of the peer look (RFC 8446, 5.1): a record begins with its type and a version
 * that is 3 and something. */
enum tls_look {
    TLS_LOOK_NOTHING,  /* too few bytes to tell */
    TLS_LOOK_RECORD,   /* they can be TLS */
    TLS_LOOK_ECHO,     /* they are what we sent */
    TLS_LOOK_STRANGER, /* no TLS begins so */
};

#define TLS_TRY_FIRST_BYTES 256 /* of the peer, that are kept */

struct tls_try_facts {
    bool tried, done; /* the handshake was begun; it is finished */
    bool silent;      /* it waits for the peer, and the time is over */
    bool closed;      /* the peer ended what it sends */
    bool wants_ours;  /* it asked for a certificate of ours; we have none */
    bool has_alert_in, has_alert_out;
    uint8_t alert_in, alert_out;         /* AlertDescription: RFC 8446, 6 */
    uint8_t look;                        /* enum tls_look */
    uint8_t fault;                       /* enum tls_fault */
    int verify_error;                    /* X509_V_ERR_ of the fault; 0 */
    int error;                           /* negative errno of the socket's calls; 0 */
    uint64_t sent_bytes, received_bytes; /* of records, that the socket took and gave */
    char why[ERR_TEXT_BYTES];            /* half a sentence, printable; "" where it is done */
    struct tls_facts agreed;
};

struct tls_try;

/* host: whom the person wants to reach, "" for this host.  fd is borrowed, and does not block.
 * Returns 0 with *ret, or negative errno with err. */
int tls_try_new(int fd, const char *host, struct tls_try **ret, struct err *err);
void tls_try_free(struct tls_try *t); /* NULL is a no-op; the socket stays as it is */

/* Returns 0 when the handshake is done; -EPROTO when it failed; -ETIME when nothing came for
 * patience_ns, or it was not done after a few times that long, or *stop (which may be NULL) was
 * set; or what a call on the socket said. */
int tls_try_shake(struct tls_try *t, uint64_t patience_ns, const atomic_bool *stop);

/* After the handshake.  Each returns how many bytes; 0 of receive: the peer ended it; -EAGAIN: not
 * now; other negative errno: it failed, the facts say why.  What send has taken may wait here until
 * the next call. */
ssize_t tls_try_send(struct tls_try *t, const void *bytes, size_t len);
ssize_t tls_try_receive(struct tls_try *t, void *bytes, size_t size);

/* Live as long as it. */
const struct tls_try_facts *tls_try_facts(const struct tls_try *t);
size_t tls_try_first(const struct tls_try *t, const uint8_t **ret_bytes);

/* How bytes look that came in answer to others.  Pure. */
enum tls_look tls_look_at(const uint8_t *came, size_t n_came, const uint8_t *sent,
                          size_t n_sent);

/* "handshake failure"; a constant. */
const char *tls_alert_name(uint8_t alert);

#endif
