/* core/net/option_values.h - what every option of one socket is at this moment.
 *
 * Read with getsockopt(2), but not told to the journal: nobody called it, somebody looks.  Left
 * out is what reading would change: a pending error, which is told once, a descriptor, which
 * would be made. */
#ifndef SOCKEYE_NET_OPTION_VALUES_H
#define SOCKEYE_NET_OPTION_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/net/options.h"

#define OPTION_VALUES 256 /* the table has fewer */
#define OPTION_VALUE_BYTES 160

struct option_value_now {
    const struct socket_option *option;
    int error;                     /* negative errno of reading it; 0: text is what it is */
    bool unread;                   /* not looked at: see above, or it can only be set */
    char text[OPTION_VALUE_BYTES]; /* as option_get(), cut */
};

struct option_values {
    uint64_t id;      /* session or server */
    uint64_t at_ns;   /* monotonic */
    struct err err;   /* code not 0: it has no socket to ask */
    int domain, type; /* AF_*, SOCK_* */
    size_t n;
    struct option_value_now list[OPTION_VALUES];
};

/* Those that mean something on the socket, in the order of the table.  The caller's to free(); the
 * engine's thread or a worker's. */
struct option_values *option_values_read(uint64_t id, int fd);
/* Of one that has no socket. */
struct option_values *option_values_none(uint64_t id, const struct err *err);

#endif
