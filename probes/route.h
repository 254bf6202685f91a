/* probes/route.h - which way traffic leaves this host: rtnetlink(7). */
#ifndef SOCKEYE_PROBES_ROUTE_H
#define SOCKEYE_PROBES_ROUTE_H

#include <stdbool.h>

#include "core/base/addr.h"
#include "core/model/surroundings.h"

struct mnl_socket;
struct nlmsghdr;

/* The interface that traffic of the protocol (IPPROTO_, 0: any) to addr and its port leaves by; false
 * when unknown.  Any thread. */
bool interface_to(uint8_t protocol, const struct addr *addr, char ret_name[16]);

/* A socket of NETLINK_ROUTE in the namespace that is asked; NULL and errno. */
struct mnl_socket *route_socket(void);
/* Into a question for a route: rules may tell protocols and ports apart, ip-rule(8).  0: any. */
void route_put_port(struct nlmsghdr *message, uint8_t protocol, uint16_t port);

/* The route of packets of the protocol to the address and its port, its interface and its neighbour;
 * seen: false when the kernel could not be asked. */
void route_look(uint8_t protocol, const struct addr *to, struct route_facts *ret);

/* The interface that has an address: core/model/probing.h. */
void home_look(const struct addr *local, struct route_facts *ret);
/* Whether an interface of this namespace has that link address. */
bool route_has_mac(const uint8_t mac[6]);

#endif
