/* The name: what it stands for, and who said so. */
#include <netdb.h>
#include <string.h>

#include "core/base/text.h"
#include "core/why/rules_words.h"

/* Something failed, or could not even be tried. */
static bool failed(const struct evidence *e)
{
    const struct attempt *a = evidence_decisive(e);

    return !a || a->error || a->undecided || a->recv_error || a->send_error;
}

static const struct name_remark *warned(const struct evidence *e, enum name_warning id)
{
    for (size_t i = 0; e->names && i < e->names->n_warnings; i++)
        if (e->names->warnings[i].id == id)
            return &e->names->warnings[i];
    return NULL;
}

static bool any_server_answered(const struct name_report *r)
{
    for (size_t i = 0; i < r->n_findings; i++)
        if (r->findings[i].source == NAME_DNS && r->findings[i].outcome == NAME_ANSWERED)
            return true;
    return false;
}

static enum confidence name_not_found(const struct evidence *e, struct saying *ret)
{
    const struct name_report *r = e->names;

    if (!r || !r->answered || r->n_addresses || r->eai == EAI_AGAIN || r->eai == EAI_FAIL)
        return CONFIDENCE_NONE;
    say_summary(ret, "There is no address for the name %s: %s.", r->name, r->err.reason);
    say_fix(ret,
            "Look for a wrong letter; sockeye resolve %s shows every source that was asked.",
            r->name);
    return CONFIDENCE_CERTAIN;
}

static enum confidence resolver_unreachable(const struct evidence *e, struct saying *ret)
{
    const struct name_report *r = e->names;
    char server[ADDR_TEXT_BYTES] = "", outcome[NAMES_WORDS_BYTES] = "";

    if (!r || r->n_addresses || (r->answered && r->eai != EAI_AGAIN) || any_server_answered(r))
        return CONFIDENCE_NONE;
    for (size_t i = 0; i < r->n_findings && !server[0]; i++) {
        const struct name_finding *f = &r->findings[i];

        if (f->source != NAME_DNS || f->outcome == NAME_ANSWERED ||
            f->outcome == NAME_NOT_ASKED)
            continue;
        addr_format(&f->server, server);
        names_outcome_words(r, f, outcome);
    }
    say_summary(ret, "No name server answers for %s%s%s%s%s.", r->name, server[0] ? ": " : "",
                server, server[0] ? ", " : "", outcome);
    say_fix(ret, "Look at the nameserver lines of %s, and whether that host is up.",
            r->resolv_path);
    return server[0] ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

static enum confidence hosts_overrides_dns(const struct evidence *e, struct saying *ret)
{
    const struct name_remark *w = warned(e, WARNING_DISAGREE);

    if (!w || !failed(e))
        return CONFIDENCE_NONE;
    say_summary(ret,
                "The hosts file and DNS disagree about %s, and the hosts file was followed: "
                "%s",
                e->names->name, w->text);
    say_fix(ret, "Correct or remove the line of %s.", e->names->hosts_path);
    return CONFIDENCE_CERTAIN;
}

static enum confidence localhost_not_loopback(const struct evidence *e, struct saying *ret)
{
    const struct name_remark *w = warned(e, WARNING_LOCALHOST);

    if (!w || !failed(e))
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
