/* Input: a byte that says for which family was asked, then what rtnetlink and the destroy groups
 * of sock_diag answer, whole messages as the kernel gives them. */
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/mem.h"
#include "probes/destroy_events.h"
#include "probes/diag.h"
#include "probes/route_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
    if (!condition)
        abort();
}

static void check(const struct route_facts *f, uint8_t family)
{
    must(f->kind <= ROUTE_NONE && f->neighbour <= NEIGHBOUR_FAILED);
    must(!f->has_gateway || f->gateway.family == family);
    must(f->source.family == AF_UNSPEC || f->source.family == family);
    must(memchr(f->interface, '\0', sizeof(f->interface)) != NULL);
    must(!f->has_mac || f->neighbour == NEIGHBOUR_REACHABLE);
}

static void take(const struct nlmsghdr *message, uint8_t family)
{
    static int (*const takes[])(const struct nlmsghdr *, void *) = {
        route_take_route, route_take_link, route_take_neighbour, route_take_queue};
    struct route_question question = {
        .protocol = 6, .to = {.family = family, .port = 80}, .from = {.family = family}};
    struct route_rule rule = {.question = &question};
    struct route_hops hops = {.family = family};
    struct kernel_event e;

    for (size_t i = 0; i < sizeof(takes) / sizeof(takes[0]); i++) {
        struct route_facts facts = {0};
        struct route_reading reading = {.facts = &facts, .family = family};

        takes[i](message, &reading);
        check(&facts, family);
    }
    route_take_rule(message, &rule);
    route_take_hops(message, &hops);
    must(hops.n <= ROUTE_INTERFACES);
    if (destroy_events_parse(message, &e) == 0)
        must(e.kind == KERNEL_DESTROYED &&
             (e.local.family == AF_INET || e.local.family == AF_INET6));
}

/* Each message in an allocation of its own size: a read behind it is seen.  libmnl counts on the
 * bytes that pad it. */
static void take_all(const uint8_t *at, size_t left, uint8_t family)
{
    const struct nlmsghdr *message;

    while ((message = diag_next_message(&at, &left))) {
        struct nlmsghdr *copy = mem_new(NLMSG_ALIGN(message->nlmsg_len), 1);

        memcpy(copy, message, message->nlmsg_len);
        take(copy, family);
        free(copy);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *aligned;

    if (!size)
        return 0;
    aligned = mem_new(size, 1);
    memcpy(aligned, data + 1, size - 1);
    take_all(aligned, size - 1, data[0] & 1 ? AF_INET6 : AF_INET);
    free(aligned);
    return 0;
}
