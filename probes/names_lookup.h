/* probes/names_lookup.h - one lookup of the system, in a thread of its own.
 *
 * getaddrinfo(3) and getnameinfo(3) wait for silent servers as long as resolv.conf lets them.
 * Whoever stops waiting leaves; the thread ends when it can. */
#ifndef SOCKEYE_PROBES_NAMES_LOOKUP_H
#define SOCKEYE_PROBES_NAMES_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/names.h"

/* Lookups of this process that may run at once: a silent server must not gather threads. */
#define NAMES_THREADS 64

struct names_found {
    int eai;   /* EAI code, 0 when found */
    int error; /* negative errno with EAI_SYSTEM */
    uint64_t elapsed_ns;
    size_t n, left_out; /* of addresses, in the system's order */
    struct addr addresses[NAMES_ADDRESSES];
    char name[DNS_NAME_BYTES]; /* the canonical name, or the name of the address */
};

struct names_lookup;

/* The addresses of a name as connect asks for them, and the canonical name; flags: more of
 * getaddrinfo's.  Returns 0 or negative errno: -EAGAIN while NAMES_THREADS are running. */
int names_lookup_name(const char *name, int flags, struct names_lookup **ret);
/* The name of an address. */
int names_lookup_address(const struct addr *a, struct names_lookup **ret);

/* Readable once it is found; owned by the lookup. */
int names_lookup_fd(const struct names_lookup *l);
/* NULL while the thread is at it; valid until the lookup is left. */
const struct names_found *names_lookup_found(const struct names_lookup *l);
/* The caller's last use of it; NULL is a no-op. */
void names_lookup_leave(struct names_lookup *l);

#endif
