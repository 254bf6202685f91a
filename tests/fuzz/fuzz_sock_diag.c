/* The parsers of sock_diag on any datagram, and the one of /proc/PID/stat on any line. */
#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "probes/proc_stat.h"
#include "probes/sock_diag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A part that is known lies within the detail, and a name within its room. */
static void check(const struct diag_socket *s, const struct diag_want *want)
{
    if (s->row.state == 0 || s->row.state >= STATE_COUNT ||
        !(want->kinds & KIND_BIT(s->row.kind)))
        abort();
    if (s->row.name || s->row.detail || s->name_len >= sizeof(s->name))
        abort();
    if (s->name_len && strnlen(s->name, sizeof(s->name)) != s->name_len)
        abort();
    if (s->detail.known & DETAIL_INFO &&
        (!s->detail.info_bytes || s->detail.info_bytes > sizeof(s->detail.info)))
        abort();
    if (s->detail.known & DETAIL_CONGESTION &&
        !memchr(s->detail.congestion, '\0', sizeof(s->detail.congestion)))
        abort();
    if (s->detail.known & DETAIL_ULP && !memchr(s->detail.ulp, '\0', sizeof(s->detail.ulp)))
        abort();
}

static void parse(const struct nlmsghdr *message)
{
    static const uint32_t kinds[] = {
        KIND_BIT(KIND_TCP), KIND_BIT(KIND_SCTP),    KIND_BIT(KIND_RAW), KINDS_UNIX,
        KINDS_PACKET,       KIND_BIT(KIND_NETLINK), KINDS_VSOCK};
    static const uint32_t parts[] = {0, DETAIL_EVERYTHING};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        for (size_t j = 0; j < 2; j++) {
            const struct diag_want want = {
                .kinds = kinds[i], .family = AF_INET, .states = UINT32_MAX, .parts = parts[j]};
            struct diag_socket s;

            memset(&s, 0x5a, sizeof(s));
            if (sock_diag_family(kinds[i])->parse(message, &want, &s) == 0)
                check(&s, &want);
        }
    }
}

/* Each message in an allocation of its own size: a read behind it is seen. */
static void parse_all(const uint8_t *datagram, size_t size)
{
    const struct nlmsghdr *message;

    while ((message = diag_next_message(&datagram, &size))) {
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
