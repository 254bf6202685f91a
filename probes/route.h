/* probes/route.h - which way traffic leaves this host: rtnetlink(7). */
#ifndef SOCKEYE_PROBES_ROUTE_H
#define SOCKEYE_PROBES_ROUTE_H

#include <stdbool.h>

#include "core/base/addr.h"
#include "core/model/surroundings.h"

struct mnl_socket;

/* The interface that traffic to addr leaves by; false when unknown.  Any thread. */
bool interface_to(const struct addr *addr, char ret_name[16]);

/* A socket of NETLINK_ROUTE in the namespace that is asked; NULL and errno. */
struct mnl_socket *route_socket(void);

/* The route, its interface and its neighbour; seen: false when the kernel could not be asked. */
void route_look(const struct addr *to, struct route_facts *ret);

/* The interface that has an address: core/model/probing.h. */
void home_look(const struct addr *local, struct route_facts *ret);
/* Whether an interface of this namespace has that link address. */
bool route_has_mac(const uint8_t mac[6]);

#endif
