/* core/net/options_place.h - interfaces and addresses as they stand in the values of socket options:
 * GROUP%INTERFACE, SOURCE@GROUP%INTERFACE.
 *
 * Interface names are those of the calling thread's network namespace. */
#ifndef SOCKEYE_NET_OPTIONS_PLACE_H
#define SOCKEYE_NET_OPTIONS_PLACE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "core/base/line.h"

/* A source may also be a key: TCP_MD5SIG_MAXKEYLEN of linux/tcp.h. */
#define PLACE_SOURCE_BYTES (80 + 1)

/* "SOURCE@ADDRESS%ZONE" in its pieces; what is not there is empty. */
struct place {
    char source[PLACE_SOURCE_BYTES];
    char address[INET6_ADDRSTRLEN];
    char zone[INET6_ADDRSTRLEN];
};

/* False when a piece is missing or too long; the pieces themselves are not looked at. */
bool place_take_apart(const char *text, bool wants_source, struct place *ret);

/* The index of an interface by name or number; "" and "none" are 0.  0, -EINVAL, or -ENODEV for a name
 * that is not there. */
int place_parse_interface(const char *text, unsigned *ret);

/* An address of either family without a port. */
bool place_parse_address(const char *text, struct sockaddr_storage *ret);

/* The name of an interface, its number when it has none (any more), none for 0. */
void place_add_interface(struct line_out *l, unsigned index);
/* "%lo"; nothing for 0. */
void place_add_zone(struct line_out *l, unsigned index);
void place_add_ipv4(struct line_out *l, struct in_addr a);
void place_add_ipv6(struct line_out *l, const struct in6_addr *a);
void place_add_address(struct line_out *l, const struct sockaddr_storage *sa);

#endif
