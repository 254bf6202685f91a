/* Messages and attributes of netlink(7), taken off the front of what the kernel sent.  Pure. */
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>

#include "probes/diag.h"

/* NLA_TYPE_MASK without its sign: the bits beside the type are flags. */
#define ATTRIBUTE_TYPE 0x3fffU

/* The last of them may come without its padding. */
static void step(const uint8_t **at, size_t *left, size_t len)
{
    size_t whole = (len + 3) & ~(size_t)3;

    if (whole > *left)
        whole = *left;
    *at += whole;
    *left -= whole;
}

/* mnl_nlmsg_ok() of libmnl 1.0.4 compares as int and believes lengths of 2 GiB and more. */
const struct nlmsghdr *diag_next_message(const uint8_t **at, size_t *left)
{
    const struct nlmsghdr *message = (const void *)*at;

    if (*left < sizeof(*message) || message->nlmsg_len < sizeof(*message) ||
        message->nlmsg_len > *left)
        return NULL;
    step(at, left, message->nlmsg_len);
    return message;
}

int diag_next_attribute(const uint8_t **at, size_t *left, struct diag_attribute *ret)
{
    struct nlattr header;

    if (*left == 0)
        return 0;
    if (*left < sizeof(header))
        return -EBADMSG;
    memcpy(&header, *at, sizeof(header));
    if (header.nla_len < sizeof(header) || header.nla_len > *left)
        return -EBADMSG;
    ret->type = header.nla_type & ATTRIBUTE_TYPE;
    ret->data = *at + sizeof(header);
    ret->len = header.nla_len - sizeof(header);
    step(at, left, header.nla_len);
    return 1;
}
