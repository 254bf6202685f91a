/* core/wire/tls_names.h - numbers of TLS in words.
 *
 * Source: IANA, "Transport Layer Security (TLS) Parameters"; RFC 8446, 5246. */
#ifndef SOCKEYE_WIRE_TLS_NAMES_H
#define SOCKEYE_WIRE_TLS_NAMES_H

#include <stdint.h>

/* "TLS_AES_128_GCM_SHA256"; NULL: not one of the usual ones. */
const char *tls_cipher_name(uint16_t cipher);
/* "handshake failure: no common parameters"; NULL: unknown. */
const char *tls_alert_words(uint8_t description);
/* "ClientHello"; NULL: unknown. */
const char *tls_handshake_name(uint8_t type);
/* "server_name"; NULL: unknown. */
const char *tls_extension_name(uint16_t type);
/* "TLS 1.3"; NULL: none that there is. */
const char *tls_version_name(uint16_t version);

#endif
