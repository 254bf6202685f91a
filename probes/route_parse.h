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

/* Whether a rule of type unreachable takes what goes there. */
struct route_rule {
    struct addr to; /* with its port, not mapped */
    uint8_t protocol;
    bool found;
    unsigned prefix; /* of the one that is read */
    bool fits;
};

/* For mnl_cb_run(3) over a dump of rules; ctx is a struct route_rule. */
int route_take_rule(const struct nlmsghdr *message, void *ctx);

#endif
