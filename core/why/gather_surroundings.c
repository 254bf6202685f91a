/* Firewall and counters before and after. */
#include <errno.h>

#include "core/base/clock.h"
#include "core/why/gather_internal.h"

void gather_surroundings_before(struct gathering *g, const struct firewall_question *question)
{
    struct surroundings *s = &g->e->surroundings;
    struct err err = {0};
    int r;

    r = g->probes->counters_read(&s->before, &err);
    if (r < 0)
        evidence_unseen(g->e, "counters", err.hint, "%s", err.reason);
    r = g->probes->firewall_look(question, &s->firewall, &err);
    if (r < 0 && r != -ENOENT)
        evidence_unseen(g->e, "firewall", err.hint, "%s", err.reason);
}

static void say_rules(struct gathering *g, uint64_t at_ns)
{
    const struct firewall_facts *f = &g->e->surroundings.firewall;

    for (size_t i = 0; i < f->n_rules; i++) {
        const struct firewall_rule *rule = &f->rules[i];

        if (rule->has_counter)
            evidence_say(g->e, "firewall", at_ns, "%s: %s (%+lld packets meanwhile)",
                         rule->where, rule->text,
                         (long long)(rule->packets_after - rule->packets_before));
        else
            evidence_say(g->e, "firewall", at_ns, "%s: %s", rule->where, rule->text);
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
};

void gather_surroundings_after(struct gathering *g, const struct firewall_question *question)
{
    struct surroundings *s = &g->e->surroundings;
    uint64_t now = clock_now_ns(), grew;
    struct err err = {0};

    if (s->firewall.seen)
        g->probes->firewall_look(question, &s->firewall, &err);
    if (s->before.seen)
        g->probes->counters_read(&s->after, &err);
    say_rules(g, now);
    for (size_t i = 0; i < sizeof(telling) / sizeof(telling[0]); i++)
        if (counters_grew(&s->before, &s->after, telling[i], &grew) && grew)
            evidence_say(g->e, "counters", now, "%s grew by %llu", telling[i],
                         (unsigned long long)grew);
}
