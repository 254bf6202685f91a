/* core/net/access.h - who may connect: prefixes that are allowed and denied. */
#ifndef SOCKEYE_NET_ACCESS_H
#define SOCKEYE_NET_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/addr.h"
#include "core/base/err.h"
#include "core/base/words.h"

#define ACCESS_PREFIXES 32 /* of each list */

struct prefix {
    struct addr base;
    unsigned bits;
};

struct access {
    size_t n_allowed, n_denied;
    struct prefix allowed[ACCESS_PREFIXES], denied[ACCESS_PREFIXES];
};

/* "10.0.0.0/8", "fd00::/8", "127.0.0.1": words of each list.  Returns 0 or -EINVAL. */
int access_parse(const struct words *allow, const struct words *deny, struct access *ret,
                 struct err *err);

/* Denied wins; with anything allowed, nobody else is.  An IPv4-mapped address counts as IPv4; what
 * has no address, AF_UNIX, is always permitted. */
bool access_permits(const struct access *access, const struct addr *peer);

#endif
