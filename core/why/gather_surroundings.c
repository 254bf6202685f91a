/* Firewall and counters before and after, here and in other namespaces of this host that the way
 * leads over. */
#include <errno.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/thread.h"
#include "core/why/gather_internal.h"

/* One namespace; the thread that looks there has it for itself meanwhile. */
struct place {
    const struct probes *probes;
    uint64_t inode; /* 0: ours */
    struct firewall_facts *firewall;
    struct counters *counters; /* NULL: not wanted */
    pthread_t thread;
    struct err enter_err, firewall_err, counters_err;
    int entered, firewall_error, counters_error;
    struct firewall_question question;
    bool firewall_wanted;
    bool begun;
};

static void look(void *ctx)
{
    struct place *p = ctx;

    if (p->counters)
        p->counters_error = p->probes->counters_read(p->counters, &p->counters_err);
    if (p->firewall_wanted)
        p->firewall_error =
            p->probes->firewall_look(&p->question, p->firewall, &p->firewall_err);
}

static void *run(void *arg)
{
    struct place *p = arg;

    p->entered = p->probes->inside(p->inode, look, p, &p->enter_err);
    return NULL;
}

static void look_everywhere(struct place *places, size_t n)
{
    for (size_t i = 1; i < n; i++)
        places[i].begun = thread_start(&places[i].thread, "place", run, &places[i]) == 0;
    look(&places[0]);
    for (size_t i = 1; i < n; i++)
        if (places[i].begun)
            pthread_join(places[i].thread, NULL);
}

static size_t list_places(struct gathering *g, const struct firewall_question *question,
                          bool after, struct place ret[1 + WAY_HOPS])
{
    struct surroundings *s = &g->e->surroundings;

    ret[0] = (struct place){.probes = g->probes,
                            .question = *question,
                            .firewall = &s->firewall,
                            .firewall_wanted = !after || s->firewall.seen,
                            .counters = !after           ? &s->before
                                        : s->before.seen ? &s->after
                                                         : NULL};
    for (size_t i = 0; i < s->n_hops; i++) {
        struct hop_surroundings *hop = &s->hops[i];
        struct place *p = &ret[1 + i];

        *p = ret[0];
        p->inode = hop->inode;
        p->firewall = &hop->firewall;
        p->firewall_wanted = !after || hop->firewall.seen;
        p->counters = after ? &hop->after : &hop->before;
        p->question.stand = hop->owns ? FIREWALL_AT_TARGET : FIREWALL_ON_THE_WAY;
        p->question.remote_is_here = false;
    }
    return 1 + s->n_hops;
}

static void note_hops(struct gathering *g, const struct way_facts *way)
{
    struct surroundings *s = &g->e->surroundings;

    for (size_t i = 0; i < way->n; i++) {
        struct hop_surroundings *hop = &s->hops[s->n_hops++];

        hop->inode = way->hops[i].inode;
        hop->owns = way->hops[i].onward.kind == ROUTE_LOCAL;
        memcpy(hop->netns, way->hops[i].netns, sizeof(hop->netns));
    }
}

static void say_way(struct gathering *g, const struct way_facts *way, const struct addr *to)
{
    char text[ADDR_TEXT_BYTES];

    for (size_t i = 0; i < way->n; i++)
        evidence_say(g->e, "rtnetlink", clock_now_ns(), "network namespace %s %s %s%s",
                     way->hops[i].netns,
                     way->hops[i].onward.kind == ROUTE_LOCAL ? "has" : "is on the way to",
                     addr_format_ip(to, text),
                     way->hops[i].sure ? ", and the neighbour's link address" : "");
}

void gather_way(struct gathering *g, struct attempt *a)
{
    const struct surroundings *s = &g->e->surroundings;
    struct err err = {0};
    int r;

    /* What led nowhere on this host before does not now. */
    if (a->route.kind != ROUTE_UNICAST || (s->way_looked && !s->n_hops))
        return;
    r = g->probes->way_look(&a->to, &a->way, &err);
    if (r < 0)
        evidence_unseen(g->e, "other namespaces", err.hint, "%s", err.reason);
    say_way(g, &a->way, &a->to);
}

void gather_surroundings_before(struct gathering *g, const struct firewall_question *question)
{
    struct surroundings *s = &g->e->surroundings;
    struct place places[1 + WAY_HOPS];
    struct way_facts way = {0};
    struct err err = {0};

    if (!question->remote_is_here && question->remote.family != AF_UNSPEC &&
        g->probes->way_look(&question->remote, &way, &err) < 0)
        evidence_unseen(g->e, "other namespaces", err.hint, "%s", err.reason);
    s->way_looked = way.seen;
    note_hops(g, &way);
    look_everywhere(places, list_places(g, question, false, places));
    if (places[0].counters_error < 0)
        evidence_unseen(g->e, "counters", places[0].counters_err.hint, "%s",
                        places[0].counters_err.reason);
    if (places[0].firewall_error < 0 && places[0].firewall_error != -ENOENT)
        evidence_unseen(g->e, "firewall", places[0].firewall_err.hint, "%s",
                        places[0].firewall_err.reason);
}

static void say_rules(struct gathering *g, const struct firewall_facts *f, const char *netns,
                      uint64_t at_ns)
{
    for (size_t i = 0; i < f->n_rules; i++) {
        const struct firewall_rule *rule = &f->rules[i];
        const char *in = netns ? ", in network namespace " : "";

        if (rule->has_counter)
            evidence_say(g->e, "firewall", at_ns, "%s: %s (%+lld packets meanwhile)%s%s",
                         rule->where, rule->text,
                         (long long)(rule->packets_after - rule->packets_before), in,
                         netns ? netns : "");
        else
            evidence_say(g->e, "firewall", at_ns, "%s: %s%s%s", rule->where, rule->text, in,
                         netns ? netns : "");
    }
}

/* Counters whose growth tells something about a connection. */
static const char *const telling[] = {
    "TcpExt.ListenOverflows",
    "TcpExt.ListenDrops",
    "TcpExt.TCPBacklogDrop",
    "TcpExt.TCPAbortOnData",
    "TcpExt.TCPAbortOnClose",
    "TcpExt.TCPAbortOnTimeout",
    "TcpExt.TCPReqQFullDrop",
    "TcpExt.TCPReqQFullDoCookies",
    "Tcp.OutRsts",
    "Tcp.EstabResets",
    "Tcp.AttemptFails",
    "Tcp.RetransSegs",
    "TcpExt.TCPTimeouts",
    "TcpExt.TCPWinProbe",
    "TcpExt.TCPRcvQDrop",
    "Udp.NoPorts",
    "Udp.RcvbufErrors",
    "Udp6NoPorts",
    "Udp6RcvbufErrors",
    "Ip.OutNoRoutes",
    "TcpExt.TCPSynRetrans",
    "TcpExt.IPReversePathFilter",
    "TcpExt.TCPMD5NotFound",
    "TcpExt.TCPMD5Failure",
    "Tcp.InCsumErrors",
    "Udp.InCsumErrors",
};

static void say_counters(struct gathering *g, const struct counters *before,
                         const struct counters *after, const char *netns, uint64_t at_ns)
{
    uint64_t grew;

    for (size_t i = 0; i < sizeof(telling) / sizeof(telling[0]); i++)
        if (counters_grew(before, after, telling[i], &grew) && grew)
            evidence_say(g->e, "counters", at_ns, "%s grew by %llu%s%s", telling[i],
                         (unsigned long long)grew, netns ? ", in network namespace " : "",
                         netns ? netns : "");
}

void gather_surroundings_after(struct gathering *g, const struct firewall_question *question)
{
    struct surroundings *s = &g->e->surroundings;
    struct place places[1 + WAY_HOPS];
    uint64_t now = clock_now_ns();

    look_everywhere(places, list_places(g, question, true, places));
    say_rules(g, &s->firewall, NULL, now);
    say_counters(g, &s->before, &s->after, NULL, now);
    for (size_t i = 0; i < s->n_hops; i++) {
        say_rules(g, &s->hops[i].firewall, s->hops[i].netns, now);
        say_counters(g, &s->hops[i].before, &s->hops[i].after, s->hops[i].netns, now);
    }
}
