/* tests/bench/bare_dump.c - the least that listing sockets costs: it asks the kernel for all TCP
 * sockets and only receives the answer.
 *
 *   bare_dump [info]     "info": with TCP_INFO
 *
 * Prints how many there were. */
#include "tests/bench/bench.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#define BUFFER_BYTES (64 << 10)
/* What ss -a asks for: not those that are only bound. */
#define STATES 0x1ffeU

static void ask(int fd, int family, uint8_t extensions)
{
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 question;
    } message = {
        .header = {.nlmsg_len = sizeof(message),
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .question = {.sdiag_family = (uint8_t)family,
                     .sdiag_protocol = IPPROTO_TCP,
                     .idiag_ext = extensions,
                     .idiag_states = STATES},
    };

    if (send(fd, &message, sizeof(message), 0) < 0)
        err(1, "send");
}

/* A datagram of the kernel holds whole messages, each a multiple of 4 bytes long. */
static bool take(const char *bytes, size_t len, size_t *rows)
{
    struct nlmsghdr m;

    for (size_t at = 0; at + sizeof(m) <= len; at += NLMSG_ALIGN(m.nlmsg_len)) {
        memcpy(&m, bytes + at, sizeof(m));
        if (m.nlmsg_type == NLMSG_DONE)
            return false;
        if (m.nlmsg_type == NLMSG_ERROR || m.nlmsg_len < sizeof(m))
            errx(1, "the kernel refused");
        ++*rows;
    }
    return true;
}

static size_t receive(int fd)
{
    static char buffer[BUFFER_BYTES];
    size_t rows = 0;
    ssize_t n;

    do {
        n = recv(fd, buffer, sizeof(buffer), 0);
        if (n < 0)
            err(1, "recv");
    } while (take(buffer, (size_t)n, &rows));
    return rows;
}

int main(int argc, char **argv)
{
    bool info = argc > 1 && strcmp(argv[1], "info") == 0;
    uint8_t extensions = info ? 1 << (INET_DIAG_INFO - 1) : 0;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    size_t rows = 0;

    if (fd < 0)
        err(1, "socket");
    ask(fd, AF_INET, extensions);
    rows += receive(fd);
    ask(fd, AF_INET6, extensions);
    rows += receive(fd);
    printf("%zu\n", rows);
    return 0;
}
