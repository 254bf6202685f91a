/* The parsers of sock_diag on any bytes.  As in a datagram, a message is only looked at when
 * its length fits into what came. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>

#include "probes/proc_stat.h"
#include "probes/sock_diag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(const struct nlmsghdr *message)
{
    struct socket_detail detail = {0};
    struct row row = {0};
    int rc = sock_diag_parse_row(message, &row);

    if (rc != sock_diag_parse_detail(message, &detail))
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
static void parse_all(const uint8_t *data, size_t size)
{
    while (size >= sizeof(struct nlmsghdr)) {
        struct nlmsghdr header, *message;
        size_t step;

        memcpy(&header, data, sizeof(header));
        if (!mnl_nlmsg_ok(&header, (int)size))
            return;
        message = malloc(header.nlmsg_len);
        if (!message)
            return;
        memcpy(message, data, header.nlmsg_len);
        parse(message);
        free(message);
        step = (header.nlmsg_len + 3U) & ~3U;
        if (step > size)
            return;
        data += step;
        size -= step;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct proc_stat stat;
    size_t len = size < 65536 ? size : 65536;

    parse_all(data, len);
    (void)proc_stat_parse((const char *)data, len, &stat);
    return 0;
}
