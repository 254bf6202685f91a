/* The parsers of sock_diag on any datagram, and the one of /proc/PID/stat on any line. */
#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probes/proc_stat.h"
#include "probes/sock_diag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(const struct nlmsghdr *message)
{
    struct socket_detail detail = {0};
    struct row row = {0};
    int rc = sock_diag_parse_row(message, &row);

    if (rc != sock_diag_parse_portrait(message, &detail))
        abort();
    if (rc < 0)
        return;
    if (row.state == 0 || row.state >= STATE_COUNT || detail.row.cookie != row.cookie)
        abort();
    if (detail.info_bytes > sizeof(detail.info) ||
        !memchr(detail.congestion, '\0', sizeof(detail.congestion)))
        abort();
}

/* Each message in an allocation of its own size: a read behind it is seen. */
static void parse_all(const uint8_t *datagram, size_t size)
{
    const struct nlmsghdr *message;

    while ((message = sock_diag_next(&datagram, &size))) {
        struct nlmsghdr *copy = malloc(message->nlmsg_len);

        if (!copy)
            return;
        memcpy(copy, message, message->nlmsg_len);
        parse(copy);
        free(copy);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *aligned = malloc(size ? size : 1);
    struct proc_stat stat;

    if (!aligned)
        return 0;
    memcpy(aligned, data, size);
    parse_all(aligned, size);
    (void)proc_stat_parse((const char *)aligned, size, &stat);
    free(aligned);
    return 0;
}
