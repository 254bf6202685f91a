/* core/net/tls.h - TLS 1.2 and 1.3 for sessions (RFC 5246, 8446), on OpenSSL.
 *
 * A session whose scheme is tls:// is given a context, negotiates on its connected socket, and
 * from then on sends and receives through tls_io.  OpenSSL never touches the socket: its bytes go
 * through core/net/call.h, so that every send and recv stands in the journal.
 *
 * A client checks the certificate's chain against the system's trust anchors (and --ca), and that
 * it is for the name it asked for.  What is wrong with it is said in words. */
#ifndef SOCKEYE_NET_TLS_H
#define SOCKEYE_NET_TLS_H

#include "core/base/err.h"
#include "core/model/command.h"
#include "core/model/event.h"
#include "core/net/io.h"
#include "core/net/session.h"

/* Certificates, trust and rules, shared by any number of sessions in any thread: it never changes.
 * Reference counted. */
struct tls_context;

/* Both read the files that the settings name, and give one reference.  Return 0 or negative errno
 * with err, which names the file: -EINVAL when it holds nothing that fits. */
int tls_client_context(const struct tls_settings *settings, struct tls_context **ret,
                       struct err *err);
/* Without a certificate of its own the server gets one for localhost, this host's name and the
 * endpoint's host, signed by itself, which lives as long as the context. */
int tls_server_context(const struct tls_settings *settings, const struct endpoint *at,
                       struct tls_context **ret, struct err *err);

struct tls_context *tls_context_ref(struct tls_context *c);
void tls_context_unref(struct tls_context *c); /* NULL is a no-op */
/* SHA-256 of a server's certificate, "AB:CD:..."; lives as long as the context. */
const char *tls_context_fingerprint(const struct tls_context *c);

/* Give a session its side of TLS; takes the caller's reference.  expected: the host that a client
 * wants to reach, "" for this one; NULL: the session is a server's. */
void tls_attach(struct session *s, struct tls_context *c, const char *expected);
/* Its socket is connected: add TLS to what is to be negotiated, afresh with every socket. */
void tls_negotiate(struct session *s);
void tls_free(struct tls *t); /* NULL is a no-op */

/* What is known by now, also after the end. */
const struct tls_facts *tls_facts(const struct tls *t);
/* Why sending or receiving failed, half a sentence; "" when the errno says it all. */
const char *tls_reason(const struct tls *t);
/* How the peer ended what it sends, one sentence. */
const char *tls_ending(const struct tls *t);

extern const struct io tls_io;

#endif
