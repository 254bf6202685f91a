/* probes/route.h - which way traffic leaves this host: rtnetlink(7). */
#ifndef SOCKEYE_PROBES_ROUTE_H
#define SOCKEYE_PROBES_ROUTE_H

#include <stdbool.h>

#include "core/base/addr.h"
#include "core/model/surroundings.h"

struct mnl_socket;
struct nlmsghdr;

/* core/model/probing.h.  Any thread. */
bool interface_to(const struct route_question *question, char ret_name[16]);
size_t interfaces_to(const struct route_question *question,
                     char ret_names[ROUTE_INTERFACES][16]);

/* A socket of NETLINK_ROUTE in the namespace that is asked; NULL and errno. */
struct mnl_socket *route_socket(void);
/* RTM_GETROUTE into the buffer; the addresses are not mapped ones.  flags: RTM_F_. */
struct nlmsghdr *route_put_question(void *buffer, const struct route_question *question,
                                    uint32_t flags);

/* seen: false when the kernel could not be asked. */
void route_look(const struct route_question *question, struct route_facts *ret);

/* The interface that has an address: core/model/probing.h. */
void home_look(const struct addr *local, struct route_facts *ret);
/* Whether an interface of this namespace has that link address. */
bool route_has_mac(const uint8_t mac[6]);

#endif
