/* The name: what it stands for, and who said so. */
#include <netdb.h>
#include <string.h>

#include "core/base/text.h"
#include "core/why/rules_words.h"

/* No address that was tried could be connected to; what comes behind that is no matter of names. */
static const struct attempt *unconnected(const struct evidence *e)
{
    const struct attempt *a = evidence_decisive(e);

    return a && (a->error || a->undecided) && !a->tls.tried ? a : NULL;
}

static const struct name_remark *warned(const struct evidence *e, enum name_warning id)
{
    for (size_t i = 0; e->names && i < e->names->n_warnings; i++)
        if (e->names->warnings[i].id == id)
            return &e->names->warnings[i];
    return NULL;
}

/* The first question to a server that came to this; NULL: none did. */
static const struct name_finding *server_that(const struct name_report *r, bool answered)
{
    for (size_t i = 0; i < r->n_findings; i++) {
        const struct name_finding *f = &r->findings[i];

        if (f->source == NAME_DNS && !f->reverse && f->outcome != NAME_NOT_ASKED &&
            (f->outcome == NAME_ANSWERED) == answered)
            return f;
    }
    return NULL;
}

static bool says(const struct name_report *r, const struct name_finding *f,
                 const struct addr *a)
{
    for (size_t i = 0; i < f->n_answers; i++)
        if (addr_same_ip(&r->answers[f->first_answer + i].addr, a))
            return true;
    return false;
}

/* Who of this kind says that the name is this address; NULL: nobody. */
static const struct name_finding *who_says(const struct name_report *r, enum name_source source,
                                           const struct addr *a)
{
    for (size_t i = 0; i < r->n_findings; i++) {
        const struct name_finding *f = &r->findings[i];

        if (f->source == source && !f->reverse && says(r, f, a))
            return f;
    }
    return NULL;
}

/* A name server that says it is another address of the same family, *ret; NULL: none does. */
static const struct name_finding *who_differs(const struct name_report *r, const struct addr *a,
                                              const struct addr **ret)
{
    for (size_t i = 0; i < r->n_findings; i++) {
        const struct name_finding *f = &r->findings[i];

        for (size_t k = 0; f->source == NAME_DNS && !f->reverse && k < f->n_answers; k++) {
            *ret = &r->answers[f->first_answer + k].addr;
            if ((*ret)->family == a->family && !addr_same_ip(*ret, a))
                return f;
        }
    }
    return NULL;
}

static enum confidence name_not_found(const struct evidence *e, struct saying *ret)
{
    const struct name_report *r = e->names;

    if (!r || !r->answered || r->n_addresses ||
        (r->eai != EAI_NONAME && r->eai != EAI_NODATA && r->eai != EAI_ADDRFAMILY))
        return CONFIDENCE_NONE;
    if (r->nsswitch.found && !r->nsswitch.dns)
        say_summary(ret,
                    "There is no address for the name %s: %s asks no name server (hosts: %s).",
                    r->name, r->nsswitch_path, r->nsswitch.text);
    else
        say_summary(ret, "There is no address for the name %s: %s.", r->name, r->err.reason);
    say_fix(ret,
            "Look for a wrong letter; sockeye resolve %s shows every source that was asked.",
            r->name);
    return CONFIDENCE_CERTAIN;
}

/* A server is there and does not know: those that it would ask are out of reach, or it refuses us. */
static enum confidence resolver_fails(const struct name_report *r, const struct name_finding *f,
                                      struct saying *ret)
{
    char server[ADDR_TEXT_BYTES], outcome[NAMES_WORDS_BYTES];

    if (f->rcode != DNS_SERVFAIL && f->rcode != DNS_REFUSED)
        return CONFIDENCE_NONE;
    say_summary(ret, "The name server %s cannot resolve %s: %s.",
                addr_format(&f->server, server), r->name, names_outcome_words(r, f, outcome));
    say_fix(ret, "Look at that server and at those it asks; another one in %s would help.",
            r->resolv_path);
    return CONFIDENCE_LIKELY;
}

static enum confidence resolver_unreachable(const struct evidence *e, struct saying *ret)
{
    const struct name_report *r = e->names;
    char server[ADDR_TEXT_BYTES] = "", outcome[NAMES_WORDS_BYTES] = "";
    const struct name_finding *mute;

    if (!r || r->n_addresses || (r->answered && r->eai != EAI_AGAIN && r->eai != EAI_FAIL))
        return CONFIDENCE_NONE;
    if (server_that(r, true))
        return resolver_fails(r, server_that(r, true), ret);
    mute = server_that(r, false);
    if (mute) {
        addr_format(&mute->server, server);
        names_outcome_words(r, mute, outcome);
    }
    say_summary(ret, "No name server answers for %s%s%s%s%s.", r->name, mute ? ": " : "",
                server, mute ? ", " : "", outcome);
    say_fix(ret, "Look at the nameserver lines of %s, and whether that host is up.",
            r->resolv_path);
    return mute ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

/* The address that failed stands in the hosts file alone, and DNS has another one. */
static enum confidence hosts_overrides_dns(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = unconnected(e);
    const struct name_report *r = e->names;
    const struct name_finding *file, *dns;
    const struct addr *other;
    char tried[ADDR_TEXT_BYTES], known[ADDR_TEXT_BYTES], server[ADDR_TEXT_BYTES];

    if (!a || !r || !r->nsswitch.files || r->nsswitch.dns_first)
        return CONFIDENCE_NONE;
    file = who_says(r, NAME_FILE, &a->to);
    dns = who_differs(r, &a->to, &other);
    if (!file || !dns || who_says(r, NAME_DNS, &a->to))
        return CONFIDENCE_NONE;
    say_summary(ret,
                "%s, line %u, says that %s is %s, which cannot be reached; DNS (%s) says %s.",
                r->hosts_path, file->line, r->name, addr_format_ip(&a->to, tried),
                addr_format(&dns->server, server), addr_format_ip(other, known));
    say_fix(ret, "Correct or remove line %u of %s.", file->line, r->hosts_path);
    return CONFIDENCE_CERTAIN;
}

static enum confidence localhost_not_loopback(const struct evidence *e, struct saying *ret)
{
    const struct name_remark *w = warned(e, WARNING_LOCALHOST);

    if (!w || !unconnected(e))
        return CONFIDENCE_NONE;
    say_summary(ret, "%s is no loopback address here: %s", e->names->name, w->text);
    say_fix(ret, "Let %s say 127.0.0.1 localhost and ::1 localhost.", e->names->hosts_path);
    return CONFIDENCE_CERTAIN;
}

const struct rule rules_names[] = {
    {"name-not-found", name_not_found},
    {"resolver-unreachable", resolver_unreachable},
    {"localhost-not-loopback", localhost_not_loopback},
    {"hosts-overrides-dns", hosts_overrides_dns},
    {NULL, NULL},
};
