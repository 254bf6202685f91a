/* ui/console/stalls.h - which sessions of ours stall: bytes wait to be sent, and nothing moves.
 *
 * A pure function of the snapshots, one after the other.  A session stalls when its Send-Q stood
 * still for STALL_NS, or its persist timer ran for STALL_PERSIST_NS: the peer's window is shut.
 * A stall is told once; it is over as soon as anything moves. */
#ifndef SOCKEYE_CONSOLE_STALLS_H
#define SOCKEYE_CONSOLE_STALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/model.h"

#define STALLS_MAX 16 /* looked at side by side; others wait until one of them moves */
#define STALL_NS (2000 * UINT64_C(1000000))
#define STALL_PERSIST_NS (1000 * UINT64_C(1000000))

struct stall {
    uint64_t session_id;
    struct row row; /* as last seen */
    uint64_t sent_bytes;
    uint64_t since_ns, persist_since_ns; /* persist: 0, its timer does not run */
    bool told, seen;
};

struct stalls {
    size_t n;
    struct stall list[STALLS_MAX];
};

/* After each snapshot. */
void stalls_look(struct stalls *s, const struct model *m, uint64_t now_ns);

/* The next that is due by then and was not told; the caller sets told.  NULL: none. */
struct stall *stalls_due(struct stalls *s, uint64_t now_ns);

/* When the next one will be due, if nothing moves; UINT64_MAX: there is none. */
uint64_t stalls_next_ns(const struct stalls *s);

/* Whether this socket has bytes that do not move. */
bool stalls_has(const struct stalls *s, uint64_t cookie);

#endif
