/* The part of the grant that opens ICMP sockets: icmp(7), raw(7). */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

#include "probes/grant.h"
#include "probes/grant_words.h"
#include "probes/guard/call.h"

#define GROUPS "sudo sysctl -w net.ipv4.ping_group_range='0 2147483647' or "

int grant_echo_socket(int family, int *ret_fd, bool *ret_raw, struct err *err)
{
    const char *name = family == AF_INET ? "ICMP" : "ICMPv6";
    char command[ERR_TEXT_BYTES - sizeof(GROUPS) + 1];
    int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                    family == AF_INET ? (int)IPPROTO_ICMP : (int)IPPROTO_ICMPV6);
    int code = fd < 0 ? grant_socket(family == AF_INET ? GUARD_ECHO : GUARD_ECHO6, ret_fd) : 0;

    if (code == 0) {
        if (fd >= 0)
            *ret_fd = fd;
        *ret_raw = fd < 0;
        return 0;
    }
    if (guard_say(code, "ping", err))
        return code;
    if (code != -EPERM && code != -EACCES)
        return err_set(err, code, "open a socket for", name, "%s", "");
    err_set(err, -EPERM, "open a socket for", name,
            "its group is not in net.ipv4.ping_group_range, and a raw one needs CAP_NET_RAW");
    grant_setcap("cap_net_raw", command, sizeof(command));
    err_hint(err, GROUPS "%s", command);
    return -EPERM;
}
