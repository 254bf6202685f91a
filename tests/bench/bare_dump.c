/* tests/bench/bare_dump.c - the least that listing sockets costs: it asks the kernel for sockets
 * and only receives the answer.
 *
 *   bare_dump            what ss -tan asks for: all of TCP but those that are only bound
 *   bare_dump info       the same with TCP_INFO
 *   bare_dump table      what the console's table asks for, all kinds that inet_diag knows
 *
 * Prints how many there were. */
#include "tests/bench/bench.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#define BUFFER_BYTES (64 << 10)
/* Bits of every state; the last is that of sockets which are only bound. */
#define STATES_OF_SS 0x1ffeU
#define STATES_ALL 0x3ffeU

struct want {
    uint32_t protocol; /* that of MPTCP does not fit the question itself */
    uint8_t extensions;
    uint32_t states;
};

static void ask(int fd, int family, const struct want *want)
{
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 question;
        struct nlattr attribute;
        uint32_t protocol;
    } message = {
        .header = {.nlmsg_len = sizeof(message),
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .question = {.sdiag_family = (uint8_t)family,
                     .sdiag_protocol = (uint8_t)want->protocol,
                     .idiag_ext = want->extensions,
                     .idiag_states = want->states},
        .attribute = {.nla_len = sizeof(message.attribute) + sizeof(message.protocol),
                      .nla_type = INET_DIAG_REQ_PROTOCOL},
        .protocol = want->protocol,
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

static size_t dump(int fd, const struct want *want)
{
    size_t rows = 0;

    ask(fd, AF_INET, want);
    rows += receive(fd);
    ask(fd, AF_INET6, want);
    return rows + receive(fd);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    struct want tcp = {.protocol = IPPROTO_TCP, .states = STATES_OF_SS};
    static const uint32_t others[] = {IPPROTO_UDP, IPPROTO_UDPLITE, IPPROTO_MPTCP};
    bool table = strcmp(what, "table") == 0;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    size_t rows;

    if (fd < 0)
        err(1, "socket");
    if (strcmp(what, "info") == 0)
        tcp.extensions = 1 << (INET_DIAG_INFO - 1);
    if (table)
        tcp.states = STATES_ALL;
    rows = dump(fd, &tcp);
    for (size_t i = 0; table && i < sizeof(others) / sizeof(others[0]); i++)
        rows += dump(fd, &(struct want){.protocol = others[i], .states = STATES_ALL});
    printf("%zu\n", rows);
    return 0;
}
