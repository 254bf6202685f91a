/* core/net/proxy.h - a connection through a proxy: SOCKS5 (RFC 1928, 1929) or HTTP CONNECT
 * (RFC 9110, 9.3.6).
 *
 * The far end's name goes to the proxy as it is: the proxy looks it up. */
#ifndef SOCKEYE_NET_PROXY_H
#define SOCKEYE_NET_PROXY_H

#include <stdbool.h>

#include "core/base/err.h"
#include "core/net/endpoint.h"
#include "core/net/session.h"

enum proxy_kind { PROXY_NONE, PROXY_SOCKS5, PROXY_HTTP };

#define PROXY_CREDENTIAL_BYTES 255 /* RFC 1929, 2 */

struct proxy {
    enum proxy_kind kind;
    struct endpoint endpoint;
    bool has_credentials;
    char user[PROXY_CREDENTIAL_BYTES + 1], password[PROXY_CREDENTIAL_BYTES + 1];
    char variable[16]; /* the environment variable it comes from; "": it was asked for */
};

/* "socks5://[USER[:PASSWORD]@]HOST[:PORT]" (also socks5h, port 1080 by default) or "http://..."
 * (port 80), which is also what an URL without a scheme means; %XX in user and password.  Returns 0
 * or -EINVAL with err, which never quotes the credentials. */
int proxy_parse(const char *url, struct proxy *ret, struct err *err);

/* The proxy for an endpoint: `url` when it is not "", else what the environment says, unless
 * `direct`: ALL_PROXY, for tls:// HTTPS_PROXY first, in either case of the letters, and not for
 * what NO_PROXY lists: names, which mean their subdomains, too, addresses, prefixes such as
 * 10.0.0.0/8, and "*".  Datagrams, paths and the empty host, which is this one, go directly; to ask
 * for a proxy for them is an error.
 * Returns 0 or -EINVAL, -EOPNOTSUPP. */
int proxy_choose(const struct endpoint *endpoint, const char *url, bool direct,
                 struct proxy *ret, struct err *err);

/* "socks5://HOST:PORT", never the credentials.  Returns buf. */
const char *proxy_format(const struct proxy *proxy, char buf[ENDPOINT_TEXT_BYTES]);

extern const struct negotiation proxy_negotiation;
/* The state of the negotiation; the session owns it. */
void *proxy_state_new(const struct proxy *proxy, const struct endpoint *to);

#endif
