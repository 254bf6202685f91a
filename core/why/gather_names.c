/* To addresses: the system's own lookup, with every source asked beside it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/why/gather_internal.h"

/* "10.0.0.1, 10.0.0.2", or what else a server said. */
static void server_words(const struct name_report *r, const struct name_finding *f, char *out,
                         size_t size)
{
    char text[ADDR_TEXT_BYTES], outcome[NAMES_WORDS_BYTES];
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < f->n_answers && used < size; i++) {
        const struct addr *a = &r->answers[f->first_answer + i].addr;

        if (a->family != AF_UNSPEC)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "",
                                     addr_format_ip(a, text));
    }
    if (!used)
        snprintf(out, size, "%s", names_outcome_words(r, f, outcome));
}

static void say_findings(struct gathering *g, uint64_t at_ns)
{
    const struct name_report *r = g->e->names;
    char text[ADDR_TEXT_BYTES], words[256];

    for (size_t i = 0; i < r->n_findings; i++) {
        const struct name_finding *f = &r->findings[i];

        if (f->reverse)
            continue;
        if (f->source == NAME_DNS) {
            server_words(r, f, words, sizeof(words));
            evidence_say(g->e, "dns", at_ns, "%s asked for %s: %s",
                         addr_format(&f->server, text), f->query, words);
        } else if (f->source == NAME_FILE && f->n_answers) {
            evidence_say(g->e, "hosts file", at_ns, "%s, line %u: %s is %s", r->hosts_path,
                         f->line, r->name,
                         addr_format_ip(&r->answers[f->first_answer].addr, text));
        }
    }
}

static void say_addresses(struct gathering *g, uint64_t at_ns)
{
    const struct name_report *r = g->e->names;
    char list[256] = "", text[ADDR_TEXT_BYTES], words[TEXT_DURATION_BYTES];
    size_t used = 0;

    for (size_t i = 0; i < r->n_addresses && used < sizeof(list); i++)
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "",
                                 addr_format_ip(&r->addresses[i].addr, text));
    if (r->eai)
        evidence_say(g->e, "getaddrinfo", at_ns, "%s: %s", r->name, r->err.reason);
    else if (!r->answered)
        evidence_say(g->e, "getaddrinfo", at_ns, "%s: no answer within %s", r->name,
                     text_duration(r->timeout_ns, words));
    else
        evidence_say(g->e, "getaddrinfo", at_ns, "%s is %s (%s)", r->name, list,
                     text_duration(r->lookup_ns, words));
    say_findings(g, at_ns);
}

size_t gather_addresses(struct gathering *g, struct addr *ret, size_t max)
{
    const struct endpoint *to = &g->wish->endpoint;
    struct names_wish wish = {
        .has_port = true, .port = to->port, .timeout_ns = NAMES_TIMEOUT_NS};
    struct err err = {0};
    uint64_t now = clock_now_ns();
    size_t n = 0;
    int r;

    if (endpoint_numeric(to, &ret[0])) {
        ret[0].port = to->port;
        return 1;
    }
    snprintf(wish.name, sizeof(wish.name), "%.*s", (int)sizeof(wish.name) - 1, to->host);
    r = g->probes->names_report(&wish, &g->e->names, &err);
    if (r < 0) {
        g->e->names_error = r;
        evidence_unseen(g->e, "names", NULL, "%s", err.reason);
        return 0;
    }
    say_addresses(g, now);
    for (size_t i = 0; i < g->e->names->n_addresses && n < max; i++) {
        ret[n] = g->e->names->addresses[i].addr;
        ret[n++].port = to->port;
    }
    return n;
}
