#include "probes/protocols.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/model/snapshot.h"

/* Kinds whose every socket that is listed is counted; TCP's in TIME-WAIT are not. */
static const struct counted {
    enum socket_kind kind;
    const char *names[2]; /* of IPv4 and of IPv6 */
} counted[] = {
    {KIND_RAW, {"RAW", "RAWv6"}},
    {KIND_ICMP, {"PING", "PINGv6"}},
    {KIND_UDPLITE, {"UDP-Lite", "UDPLITEv6"}},
    {KIND_MPTCP, {"MPTCP", "MPTCPv6"}},
};

const uint32_t protocols_counted =
    KIND_BIT(KIND_RAW) | KIND_BIT(KIND_ICMP) | KIND_BIT(KIND_UDPLITE) | KIND_BIT(KIND_MPTCP);

/* The line of a protocol says that it has no socket: "protocol  size sockets  memory ..." */
static bool is_unused(const char *text, const char *name)
{
    size_t len = strlen(name);
    unsigned size;
    int sockets;

    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, len) == 0 && line[len] == ' ')
            return sscanf(line + len, "%9u %9d", &size, &sockets) == 2 && sockets == 0;
    }
    return false;
}

uint32_t protocols_empty_in(const char *text, bool counts_mptcp)
{
    uint32_t empty = 0;

    for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++)
        if (is_unused(text, counted[i].names[0]) && is_unused(text, counted[i].names[1]))
            empty |= KIND_BIT(counted[i].kind);
    return counts_mptcp ? empty : empty & ~KIND_BIT(KIND_MPTCP);
}

static bool kernel_counts_mptcp(void)
{
    unsigned major, minor;
    struct utsname u;

    return uname(&u) == 0 && sscanf(u.release, "%5u.%5u", &major, &minor) == 2 &&
           (major > 6 || (major == 6 && minor >= 6));
}

uint32_t protocols_empty(void)
{
    char text[16384];
    ssize_t len;
    int fd = open("/proc/thread-self/net/protocols", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return 0;
    len = file_read(fd, text, sizeof(text) - 1);
    close(fd);
    text[len > 0 ? len : 0] = '\0';
    return protocols_empty_in(text, kernel_counts_mptcp());
}
