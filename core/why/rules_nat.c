/* A translation sends what is asked elsewhere, and there nobody takes it. */
#include <errno.h>
#include <string.h>

#include "core/why/rules_words.h"

/* Where the packets really go, as far as it is known; false: nothing translates them. */
static bool real_target(const struct evidence *e, const struct attempt *a,
                        struct acting *ret_rule, struct addr *ret)
{
    const struct translation_facts *t = &e->surroundings.translation;

    *ret_rule = acting_rule(e, a, FIREWALL_REDIRECT);
    *ret = a->to;
    if (t->seen && t->translated) {
        *ret = t->real_peer;
        return true;
    }
    /* An entry that says "as it was" outweighs a rule that might have. */
    if (!ret_rule->rule || (t->seen && !ret_rule->netns))
        return false;
    if (ret_rule->rule->redirect_to.family != AF_UNSPEC)
        *ret = ret_rule->rule->redirect_to;
    ret->port =
        ret_rule->rule->redirect_to.port ? ret_rule->rule->redirect_to.port : a->to.port;
    return true;
}

bool is_redirected(const struct evidence *e, const struct attempt *a)
{
    struct acting rule;
    struct addr to;

    return real_target(e, a, &rule, &to);
}

/* The other end did not take it, whichever way it said so. */
static bool was_not_taken(const struct attempt *a)
{
    return a->undecided || a->error == -ECONNREFUSED || a->recv_error == -ECONNREFUSED ||
           a->error == -ETIMEDOUT || (a->error == -EHOSTUNREACH && !a->in_call);
}

static enum confidence how_sure(const struct evidence *e, const struct attempt *a,
                                const struct acting *rule)
{
    enum confidence sure = rule->sure;

    if (e->surroundings.translation.translated)
        sure = CONFIDENCE_CERTAIN;
    /* Silence has other causes behind a translation, too. */
    return a->undecided || a->error == -ETIMEDOUT ? least(sure, CONFIDENCE_LIKELY) : sure;
}

static enum confidence no_backend(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = e->subject == WHY_CONNECT ? evidence_decisive(e) : NULL;
    char asked[ADDR_TEXT_BYTES], real[ADDR_TEXT_BYTES];
    struct acting rule;
    struct addr to;
    bool is_known; /* what iptables translates to nft's listing does not say */

    if (!a || e->endpoint.scheme >= ENDPOINT_UNIX || !was_not_taken(a) ||
        !real_target(e, a, &rule, &to))
        return CONFIDENCE_NONE;
    addr_format(&a->to, asked);
    addr_format(&to, real);
    is_known = !addr_equal(&to, &a->to);
    if (rule.rule)
        say_summary(ret,
                    "What goes to %s is sent on to %s (%s%s%s), and nobody takes it there.",
                    asked, is_known ? real : "another place", rule.rule->where,
                    rule.netns ? ", network namespace " : "", rule.netns ? rule.netns : "");
    else
        say_summary(ret, "What goes to %s is translated to %s, and nobody takes it there.",
                    asked, real);
    if (is_known)
        say_fix(ret, "Start what should listen on %s, or let the translation lead elsewhere.",
                real);
    else
        say_fix(ret,
                "iptables-save -t nat, or nft list ruleset, shows where it leads: start what "
                "should listen there.");
    if (rule.rule && rule.rule->remove[0] && !rule.netns)
        say_fix(ret, "%s", rule.rule->remove);
    return how_sure(e, a, &rule);
}

const struct rule rules_nat[] = {
    {"nat-no-backend", no_backend},
    {NULL, NULL},
};
