/* probes/route_parse.h - what rtnetlink(7) answers of a route, its interface and a neighbour. */
#ifndef SOCKEYE_PROBES_ROUTE_PARSE_H
#define SOCKEYE_PROBES_ROUTE_PARSE_H

#include "core/model/surroundings.h"

struct nlmsghdr;

struct route_reading {
    struct route_facts *facts; /* borrowed */
    uint8_t family;            /* of what is asked for: AF_INET or AF_INET6 */
    uint32_t index;            /* of the interface; 0: unknown */
};

/* For mnl_cb_run(3), which has checked the message's own length; ctx is a struct route_reading.
 * Messages of other kinds and attributes that are too short are passed over.  Pure. */
int route_take_route(const struct nlmsghdr *message, void *ctx);
int route_take_link(const struct nlmsghdr *message, void *ctx);
int route_take_neighbour(const struct nlmsghdr *message, void *ctx);
int route_take_queue(const struct nlmsghdr *message, void *ctx);

/* The next hops of a route, one or several that share the load. */
struct route_hops {
    uint8_t family;
    bool local; /* it leads to an address of this host */
    size_t n;
    struct {
        uint32_t index;      /* of the interface */
        struct addr gateway; /* AF_UNSPEC: none */
    } hop[ROUTE_INTERFACES]; /* more are left out */
};

/* For mnl_cb_run(3); ctx is a struct route_hops. */
int route_take_hops(const struct nlmsghdr *message, void *ctx);

/* Whether a rule of type unreachable takes what goes there. */
struct route_rule {
    const struct route_question *question; /* borrowed; its addresses are not mapped ones */
    bool found;
    unsigned prefix, from_prefix; /* of the one that is read */
    bool fits;
};

/* For mnl_cb_run(3) over a dump of rules; ctx is a struct route_rule. */
int route_take_rule(const struct nlmsghdr *message, void *ctx);

#endif
