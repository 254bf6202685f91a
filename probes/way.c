#include "probes/way.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/model/snapshot.h"
#include "probes/grant.h"
#include "probes/netns.h"
#include "probes/route.h"

#define BUFFER_BYTES 32768
/* Each is asked by a thread of its own: more than these would take too long. */
#define NAMESPACES_ASKED 256

/* --- a link address ------------------------------------------------------------------------ */

struct mac_wanted {
    const uint8_t *mac;
    bool found;
};

static int compare_mac(const struct nlattr *attribute, void *ctx)
{
    struct mac_wanted *w = ctx;

    if (mnl_attr_get_type(attribute) == IFLA_ADDRESS &&
        mnl_attr_get_payload_len(attribute) == 6 &&
        memcmp(mnl_attr_get_payload(attribute), w->mac, 6) == 0)
        w->found = true;
    return MNL_CB_OK;
}

static int take_link(const struct nlmsghdr *message, void *ctx)
{
    if (message->nlmsg_type == RTM_NEWLINK &&
        mnl_nlmsg_get_payload_len(message) >= sizeof(struct ifinfomsg))
        mnl_attr_parse(message, sizeof(struct ifinfomsg), compare_mac, ctx);
    return MNL_CB_OK;
}

static void dump_links(struct mnl_socket *nl, char *buffer, struct mac_wanted *w)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
    struct timeval silence = {.tv_sec = 1};
    ssize_t n;

    message->nlmsg_type = RTM_GETLINK;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    message->nlmsg_seq = 1;
    mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
    if (setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence)) <
            0 ||
        mnl_socket_sendto(nl, message, message->nlmsg_len) < 0)
        return;
    do {
        n = mnl_socket_recvfrom(nl, buffer, BUFFER_BYTES);
    } while (n > 0 &&
             mnl_cb_run(buffer, (size_t)n, 1, mnl_socket_get_portid(nl), take_link, w) > 0);
}

bool route_has_mac(const uint8_t mac[6])
{
    struct mac_wanted w = {.mac = mac};
    struct mnl_socket *nl = route_socket();
    char *buffer;

    if (!nl)
        return false;
    buffer = mem_new(BUFFER_BYTES, 1);
    if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) == 0)
        dump_links(nl, buffer, &w);
    free(buffer);
    mnl_socket_close(nl);
    return w.found;
}

/* --- one step ------------------------------------------------------------------------------- */

struct question {
    struct addr next;   /* the neighbour that the packet goes to */
    const uint8_t *mac; /* NULL: not known */
    bool owns, has_mac;
};

static void ask(void *ctx)
{
    struct question *q = ctx;
    struct route_facts facts;

    route_look(&(struct route_question){.to = q->next}, &facts);
    q->owns = facts.seen && facts.kind == ROUTE_LOCAL;
    q->has_mac = q->owns && q->mac && route_has_mac(q->mac);
}

static int inside(const struct netns *ns, grant_errand *work, void *ctx, struct err *err)
{
    int fd, r = netns_open(ns, &fd, err);

    if (r < 0)
        return r;
    r = grant_inside(fd, work, ctx, err);
    if (fd >= 0)
        close(fd);
    return r;
}

struct onward {
    struct addr to;
    struct route_facts *facts;
};

static void look_onward(void *ctx)
{
    struct onward *o = ctx;

    route_look(&(struct route_question){.to = o->to}, o->facts);
}

/* The namespace that the packet comes to from `from` by the route; NULL: none that can be seen, or
 * it cannot be told which of several. */
static const struct netns *step(const struct snapshot *s, uint64_t from, struct question *q,
                                bool *ret_sure, struct err *err, int *ret_error)
{
    const struct netns *perhaps = NULL;
    size_t several = 0;

    for (size_t i = 0; i < s->n_netns && i < NAMESPACES_ASKED; i++) {
        int r;

        if (s->netns[i].inode == from || s->netns[i].err.code)
            continue;
        q->owns = q->has_mac = false;
        r = inside(&s->netns[i], ask, q, err);
        if (r == -EPERM || r == -EACCES)
            *ret_error = r;
        if (q->has_mac) {
            *ret_sure = true;
            return &s->netns[i];
        }
        if (r == 0 && q->owns) {
            perhaps = &s->netns[i];
            several++;
        }
    }
    *ret_sure = false;
    /* The neighbour has answered with a link address that no namespace here has: it is elsewhere. */
    return q->mac || several > 1 ? NULL : perhaps;
}

static void put_hop(struct way_facts *way, const struct netns *ns, bool sure,
                    const struct addr *to)
{
    struct way_hop *hop = &way->hops[way->n++];
    struct onward onward = {.to = *to, .facts = &hop->onward};

    memcpy(hop->netns, ns->name, sizeof(hop->netns));
    if (!hop->netns[0])
        snprintf(hop->netns, sizeof(hop->netns), "of this program");
    hop->inode = ns->inode;
    hop->sure = sure;
    way->sure &= sure;
    inside(ns, look_onward, &onward, NULL);
    way->arrives = hop->onward.seen && hop->onward.kind == ROUTE_LOCAL;
}

/* The packet goes to another namespace, which cannot be seen.  Where it comes out in the end is most
 * likely the one that owns the address, if there is just one. */
static void put_owner(struct way_facts *way, const struct snapshot *s, uint64_t from,
                      const struct addr *to)
{
    struct question q = {.next = *to};
    bool sure;
    int error = 0;
    const struct netns *ns = step(s, from, &q, &sure, NULL, &error);

    if (ns)
        put_hop(way, ns, false, to);
}

int way_look(const struct addr *to, struct way_facts *ret, struct err *err)
{
    struct way_facts way = {.seen = true, .sure = true};
    struct snapshot *s = mem_new(1, sizeof(*s));
    struct addr plain = addr_unmapped(to);
    struct route_facts here, *facts = &here;
    uint64_t at;
    int error = 0;

    netns_find("all", s);
    at = s->n_netns ? s->netns[0].inode : 0;
    plain.scope = 0; /* an index of our namespace means nothing in another */
    route_look(&(struct route_question){.to = *to}, &here);
    while (facts->seen && facts->kind == ROUTE_UNICAST && way.n < WAY_HOPS && !way.arrives) {
        struct question q = {.next = facts->has_gateway ? facts->gateway : plain,
                             .mac = facts->has_mac ? facts->mac : NULL};
        bool sure;
        const struct netns *ns = step(s, at, &q, &sure, err, &error);

        if (!ns && facts->to_netns)
            put_owner(&way, s, at, &plain);
        if (!ns)
            break;
        put_hop(&way, ns, sure, &plain);
        at = ns->inode;
        facts = &way.hops[way.n - 1].onward;
    }
    snapshot_free(s);
    *ret = way;
    return way.n ? 0 : error;
}

/* --- being there ------------------------------------------------------------------------------ */

int way_inside(uint64_t netns, void (*work)(void *ctx), void *ctx, struct err *err)
{
    struct snapshot *s;
    int r = -ENOENT;

    if (!netns) {
        work(ctx);
        return 0;
    }
    s = mem_new(1, sizeof(*s));
    netns_find("all", s);
    for (size_t i = 0; i < s->n_netns && r == -ENOENT; i++)
        if (s->netns[i].inode == netns)
            r = inside(&s->netns[i], work, ctx, err);
    snapshot_free(s);
    return r;
}
