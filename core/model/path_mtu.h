/* core/model/path_mtu.h - the search for the largest packet that a path carries whole.
 *
 * Pure: it says which size to try, and is told what became of it.  The largest size that the
 * interface allows is tried first; routers that name the MTU of the next hop make the search jump
 * (RFC 1191, RFC 8201), where larger packets vanish without a word it halves (RFC 4821). */
#ifndef SOCKEYE_MODEL_PATH_MTU_H
#define SOCKEYE_MODEL_PATH_MTU_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/addr.h"

/* Sizes are those of IP packets, header and all. */
#define PATH_MTU_MIN_V4 68   /* RFC 791: every link carries it */
#define PATH_MTU_MIN_V6 1280 /* RFC 8200, section 5 */
/* A size counts as silently dropped after so many probes without an answer. */
#define PATH_MTU_TRIES 3

enum path_mtu_limit {
    PATH_MTU_LINK, /* the interface's own MTU, or IPv4's longest packet: no less on the way */
    PATH_MTU_TOLD, /* a router said so: teller */
    PATH_MTU_BLACK_HOLE, /* larger packets vanish, and nobody says so */
    PATH_MTU_UNKNOWN,    /* the host answered at no size */
};

struct path_mtu_result {
    enum path_mtu_limit limit;
    uint32_t bytes;     /* meaningless when PATH_MTU_UNKNOWN */
    struct addr teller; /* PATH_MTU_TOLD */
};

struct path_mtu_search {
    uint32_t floor, ceiling; /* sizes between which the MTU must lie */
    uint32_t passed;         /* the largest that was answered; 0: none yet */
    uint32_t trying;
    unsigned tries;           /* of that size, without an answer */
    enum path_mtu_limit kind; /* of the ceiling */
    struct addr teller;
    bool ended;
};

/* link_mtu: of the interface; 0: unknown, then the largest that IP has. */
void path_mtu_begin(struct path_mtu_search *s, bool v6, uint32_t link_mtu);

/* The size to try next; false when the search has ended. */
bool path_mtu_next(const struct path_mtu_search *s, uint32_t *ret_bytes);

/* What became of the size that was tried. */
void path_mtu_passed(struct path_mtu_search *s);
void path_mtu_silent(struct path_mtu_search *s);
/* mtu 0: it did not say which. */
void path_mtu_told(struct path_mtu_search *s, uint32_t mtu, const struct addr *teller);
void path_mtu_refused(struct path_mtu_search *s, uint32_t mtu); /* by this host: EMSGSIZE */
/* Something else is wrong; no size can pass. */
void path_mtu_hopeless(struct path_mtu_search *s);

struct path_mtu_result path_mtu_result(const struct path_mtu_search *s);

#endif
