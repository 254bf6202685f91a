/* core/net/resolve.h - names to addresses, off the loop's thread.
 *
 * getaddrinfo(3) may wait for a silent server as long as it likes: it runs in a thread of its
 * own, and whoever stops waiting drops the question. */
#ifndef SOCKEYE_NET_RESOLVE_H
#define SOCKEYE_NET_RESOLVE_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/addr.h"
#include "core/base/err.h"
#include "core/net/endpoint.h"
#include "core/net/loop.h"

#define RESOLVE_ADDRESSES 16
/* Lookups of this process that may run at once: a silent server must not gather threads. */
#define RESOLVE_THREADS 64

struct answer {
    int code; /* 0, or negative errno with err */
    struct err err;
    size_t n; /* in the order in which connect shall try them (RFC 6724) */
    struct addr addresses[RESOLVE_ADDRESSES];
};

struct question;

/* Ask for the addresses of an endpoint; done() is called once from the loop, later, unless the
 * question is dropped.  Numeric hosts take the same way but no thread.  Returns 0 or negative
 * errno: -EAGAIN while RESOLVE_THREADS are running. */
int resolve(struct loop *loop, const struct endpoint *e,
            void (*done)(void *owner, const struct answer *answer), void *owner,
            struct question **ret);

/* Stop waiting; done() is not called any more.  NULL is a no-op. */
void resolve_drop(struct question *q);

#endif
