/* core/net/endpoint.h - where something is: tcp://[::1]:8080.
 *
 * Parsing gives one typed value or one error that says which part is wrong.  It never
 * looks a name up: host names stay text until core/net/resolve.h. */
#ifndef SOCKEYE_NET_ENDPOINT_H
#define SOCKEYE_NET_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/addr.h"
#include "core/base/err.h"

enum endpoint_scheme {
    ENDPOINT_TCP,
    ENDPOINT_UDP,
    ENDPOINT_TLS,
    ENDPOINT_UNIX,           /* unix:/PATH or unix:@ABSTRACT, stream */
    ENDPOINT_UNIX_DGRAM,     /* unix-dgram: */
    ENDPOINT_UNIX_SEQPACKET, /* unix-seqpacket: */
};

/* RFC 1035, 2.3.4: a name has at most 255 octets on the wire, 253 as text. */
#define ENDPOINT_HOST_BYTES 256
/* sizeof(sockaddr_un.sun_path); an abstract name may use all of it (unix(7)). */
#define ENDPOINT_PATH_BYTES 108
/* Room for the longest text form. */
#define ENDPOINT_TEXT_BYTES 288

struct endpoint {
    enum endpoint_scheme scheme;
    char host[ENDPOINT_HOST_BYTES]; /* without brackets and zone; "" means every address */
    char zone[32];                  /* of [fe80::1%eth0]: interface name or index; may be "" */
    uint16_t port;                  /* host order */
    char path[ENDPOINT_PATH_BYTES + 1]; /* unix schemes: path, or '@' and the abstract name */
};

/* "tcp://HOST:PORT", "HOST:PORT", ":PORT", "*:PORT", "[V6%ZONE]:PORT", "unix:/PATH", ...;
 * PORT is a number from 0 to 65535 or a service name.  Returns 0 or -EINVAL. */
int endpoint_parse(const char *text, struct endpoint *ret, struct err *err);

/* One word as above, or two words HOST PORT (tcp). */
int endpoint_parse_words(size_t n, char *const words[], struct endpoint *ret, struct err *err);

/* The canonical text, "tcp://[::1]:8080"; parsing it gives the same value.  Returns buf. */
const char *endpoint_format(const struct endpoint *e, char buf[ENDPOINT_TEXT_BYTES]);

/* The address when the host is numeric or empty (then IPv4 any); false for names, and for a zone
 * that is no interface of this host. */
bool endpoint_numeric(const struct endpoint *e, struct addr *ret);

/* The endpoint of a numeric address. */
struct endpoint endpoint_from_addr(enum endpoint_scheme scheme, const struct addr *a);

#endif
