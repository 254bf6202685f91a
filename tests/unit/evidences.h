/* tests/unit/evidences.h - evidence that tests make up, for the rules. */
#ifndef TESTS_UNIT_EVIDENCES_H
#define TESTS_UNIT_EVIDENCES_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "core/why/evidence.h"
#include "core/why/verdict.h"

static inline struct addr an_addr(const char *text, uint16_t port)
{
    uint8_t ip[16];
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;

    assert_int_equal(inet_pton(family, text, ip), 1);
    return addr_make(family, ip, port);
}

/* A connect(2) to an address of this host, everything seen. */
static inline struct attempt *a_connect(struct evidence *e, const char *to, uint16_t port)
{
    struct attempt *a = evidence_attempt(e);

    e->subject = WHY_CONNECT;
    e->endpoint.scheme = ENDPOINT_TCP;
    e->endpoint.port = port;
    e->rows_seen = e->other_netns_seen = e->events_seen = true;
    a->call = "connect";
    a->to = an_addr(to, port);
    a->from = an_addr(strchr(to, ':') ? "::1" : "127.0.0.1", 40000);
    a->began_ns = e->began_ns;
    a->elapsed_ns = 1000000;
    a->route = (struct route_facts){
        .seen = true, .kind = ROUTE_LOCAL, .up = true, .carrier = true, .interface = "lo"};
    a->wire.seen = true;
    a->wire.syn_out = a->wire.packets_out = 1;
    return a;
}

static inline struct attempt *a_refusal(struct evidence *e, const char *to, uint16_t port)
{
    struct attempt *a = a_connect(e, to, port);

    a->error = -ECONNREFUSED;
    a->wire.rst_in = a->wire.packets_in = 1;
    return a;
}

static inline struct attempt *a_silence(struct evidence *e, const char *to, uint16_t port)
{
    struct attempt *a = a_connect(e, to, port);

    a->undecided = true;
    a->elapsed_ns = UINT64_C(1300000000);
    a->wire.syn_out = a->wire.packets_out = 2;
    return a;
}

/* It is the address of another host, by eth0. */
static inline void is_remote(struct attempt *a)
{
    a->route.kind = ROUTE_UNICAST;
    a->route.neighbour = NEIGHBOUR_REACHABLE;
    snprintf(a->route.interface, sizeof(a->route.interface), "eth0");
}

/* The way leads to a namespace of this host that owns the address. */
static inline void is_in(struct attempt *a, uint64_t inode, bool sure)
{
    is_remote(a);
    a->way = (struct way_facts){.seen = true, .arrives = true, .sure = sure, .n = 1};
    a->way.hops[0] = (struct way_hop){.netns = "web", .inode = inode, .sure = sure};
    a->way.hops[0].onward.seen = true;
    a->way.hops[0].onward.kind = ROUTE_LOCAL;
}

static inline struct sighting *a_socket(struct evidence *e, enum socket_state state,
                                        const char *local, uint16_t port)
{
    struct sighting *s = evidence_sighting(e);

    s->role = state == STATE_LISTEN ? ROLE_LISTENER : ROLE_SAME_PORT;
    s->own_netns = true;
    s->row.kind = KIND_TCP;
    s->row.state = (uint8_t)state;
    s->row.local = an_addr(local, port);
    s->row.peer.family = s->row.local.family;
    s->owner = OWNER_KNOWN;
    s->process = (struct process_facts){.pid = 812, .has_fds = true, .fds = 5, .fd_limit = 99};
    snprintf(s->process.comm, sizeof(s->process.comm), "server");
    return s;
}

static inline void in_namespace(struct sighting *s, uint64_t inode)
{
    s->own_netns = false;
    s->netns_inode = inode;
    snprintf(s->netns, sizeof(s->netns), "web");
}

static inline struct firewall_rule *a_rule(struct firewall_facts *f,
                                           enum firewall_action action, uint64_t grew)
{
    struct firewall_rule *rule = &f->rules[f->n_rules++];

    f->seen = f->active = true;
    *rule = (struct firewall_rule){.action = (uint8_t)action,
                                   .matches_surely = true,
                                   .has_counter = true,
                                   .packets_after = grew,
                                   .where = "nft inet t c, handle 5",
                                   .text = "tcp dport 80"};
    return rule;
}

static inline void an_icmp(struct attempt *a, const char *from, uint8_t type, uint8_t code)
{
    struct icmp_sighting *m = &a->wire.icmp[a->wire.n_icmp++];

    m->from = an_addr(from, 0);
    m->family = m->from.family;
    m->type = type;
    m->code = code;
}

static inline void a_counter(struct evidence *e, const char *name, uint64_t grew)
{
    struct counters *before = &e->surroundings.before, *after = &e->surroundings.after;
    struct counter *one = &before->list[before->n++], *two = &after->list[after->n++];

    before->seen = after->seen = true;
    snprintf(one->name, sizeof(one->name), "%s", name);
    *two = *one;
    two->value = grew;
}

/* What is said, and how surely; the evidence is freed. */
static inline void judged(struct evidence *e, const char *cause, enum confidence confidence)
{
    struct verdict v;

    why_judge(e, &v);
    assert_string_equal(v.cause, cause);
    assert_int_equal(v.confidence, confidence);
    assert_true(v.summary[0]);
    evidence_free(e);
}

static inline bool is_alternative(const struct verdict *v, const char *cause)
{
    for (size_t i = 0; i < v->n_alternatives; i++)
        if (strcmp(v->alternatives[i].cause, cause) == 0 && v->alternatives[i].confidence)
            return true;
    return false;
}

#endif
