/* core/base/addr.h - a numeric transport address: where one end of a flow is.
 *
 * A plain value, comparable with memcmp() once made by these functions. */
#ifndef SOCKEYE_BASE_ADDR_H
#define SOCKEYE_BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/base/line.h"

struct addr {
    union {
        uint8_t ip[16]; /* network order; IPv4 in the first four bytes, the rest zero */
        /* Of other families, host order.  AF_UNIX: inode; AF_NETLINK: protocol, port id;
         * AF_PACKET: EtherType, interface; AF_VSOCK: context id, port. */
        uint32_t number[4];
    };
    uint32_t scope; /* interface index of an IPv6 link-local address, else 0 */
    uint16_t port;  /* host order */
    uint8_t family; /* AF_INET, AF_INET6, AF_UNIX (its path is elsewhere), AF_UNSPEC: unknown */
    uint8_t padding; /* zero */
};

/* A socket address of any family, as the calls take it. */
struct sockname {
    struct sockaddr_storage sa;
    socklen_t len;
};

/* Room for "[ipv6%4294967295]:65535". */
#define ADDR_TEXT_BYTES 72

struct addr addr_from_sockaddr(const struct sockaddr *sa);
/* False for AF_UNSPEC. */
bool addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *ret, socklen_t *ret_len);
struct sockname sockname_from_addr(const struct addr *a); /* len 0 for AF_UNSPEC and AF_UNIX */
struct addr addr_from_sockname(const struct sockname *n);
/* "/PATH" or "@NAME" is an abstract one (unix(7)); len 0 when it is longer than an address holds. */
struct sockname sockname_from_path(const char *path);

struct addr addr_make(int family, const void *ip, uint16_t port);

/* As IPv4 when it is an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2), else itself: that
 * is what the wire shows. */
struct addr addr_unmapped(const struct addr *a);

bool addr_equal(const struct addr *a, const struct addr *b);
bool addr_same_ip(const struct addr *a, const struct addr *b);
bool addr_is_any(const struct addr *a);
bool addr_is_loopback(const struct addr *a);
bool addr_is_link_local(const struct addr *a); /* of IPv6: fe80::/10 */

/* "127.0.0.1:80", "[::1]:80"; port 0 is "*", AF_UNIX "unix", an unknown address "?".  Returns buf. */
const char *addr_format(const struct addr *a, char buf[ADDR_TEXT_BYTES]);
/* The same without the port. */
const char *addr_format_ip(const struct addr *a, char buf[ADDR_TEXT_BYTES]);
/* As strace writes a struct sockaddr. */
void addr_trace(const struct addr *a, struct line_out *l);

#endif
