/* core/wire/decode_tls.h - the two Hellos of a TLS handshake; for the decoder's files only. */
#ifndef SOCKEYE_WIRE_DECODE_TLS_H
#define SOCKEYE_WIRE_DECODE_TLS_H

#include "core/wire/decode_app.h"

#define TLS_LAYER "Transport Layer Security"

enum { TLS_CLIENT_HELLO = 1, TLS_SERVER_HELLO = 2 };

/* The body of a Hello, which c holds as far as it is there; its words go into the info line.
 * False when it ended too early. */
bool decode_tls_hello(struct decoder *k, struct cursor c, bool server);

#endif
