/* core/model/names_judge.c - joins what the system's lookup gave with what each source said, and
 * warns where they do not fit together. */
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/text.h"
#include "core/model/names.h"

static const struct name_answer *answer_of(const struct name_report *r,
                                           const struct name_finding *f, size_t i)
{
    return &r->answers[f->first_answer + i];
}

static bool says_address(const struct name_report *r, const struct name_finding *f,
                         const struct addr *a)
{
    for (size_t i = 0; i < f->n_answers; i++) {
        const struct name_answer *answer = answer_of(r, f, i);

        if ((answer->type == DNS_A || answer->type == DNS_AAAA) &&
            addr_same_ip(&answer->addr, a))
            return true;
    }
    return false;
}

/* The system reads a source only when nsswitch.conf names it. */
static bool consulted(const struct name_report *r, const struct name_finding *f)
{
    return f->source == NAME_FILE ? r->nsswitch.files
                                  : f->source == NAME_DNS && r->nsswitch.dns;
}

/* ---- sources and names of an address ------------------------------------------------------ */

static void add_source(struct name_address *a, size_t finding)
{
    if (a->n_sources == NAMES_SOURCES)
        a->sources_left_out++;
    else
        a->sources[a->n_sources++] = finding;
}

static void add_reverse(struct name_address *a, const char name[DNS_NAME_BYTES], size_t finding)
{
    struct name_reverse *n;

    for (size_t i = 0; i < a->n_reverse; i++) {
        n = &a->reverse[i];
        if (!dns_name_equal(n->name, name))
            continue;
        if (!n->has_source) {
            n->has_source = true;
            n->source = finding;
        }
        return;
    }
    if (a->n_reverse == NAMES_REVERSE) {
        a->reverse_left_out++;
        return;
    }
    n = &a->reverse[a->n_reverse++];
    memcpy(n->name, name, strlen(name) + 1);
    n->has_source = true;
    n->source = finding;
}

static void add_reverse_names(const struct name_report *r, struct name_address *a, size_t at)
{
    const struct name_finding *f = &r->findings[at];

    if (f->source != NAME_FILE && !f->reverse)
        return;
    if (!addr_same_ip(&f->about, &a->addr))
        return;
    for (size_t i = 0; i < f->n_answers; i++)
        if (f->source == NAME_FILE || answer_of(r, f, i)->type == DNS_PTR)
            add_reverse(a, answer_of(r, f, i)->name, at);
}

/* The source that the system asks first comes first. */
static void join(struct name_report *r, struct name_address *a)
{
    const enum name_source order[] = {r->nsswitch.dns_first ? NAME_DNS : NAME_FILE,
                                      r->nsswitch.dns_first ? NAME_FILE : NAME_DNS};

    for (size_t pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < r->n_findings; i++) {
            const struct name_finding *f = &r->findings[i];

            if (f->source != order[pass])
                continue;
            if (!f->reverse && consulted(r, f) && says_address(r, f, &a->addr))
                add_source(a, i);
            add_reverse_names(r, a, i);
        }
}

/* ---- warnings ----------------------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static void
warn(struct name_report *r, enum name_warning id, const char *format, ...)
{
    struct name_remark *w;
    char raw[sizeof(w->text) * 2];
    va_list args;

    if (r->n_warnings == NAMES_WARNINGS) {
        r->warnings_left_out++;
        return;
    }
    w = &r->warnings[r->n_warnings++];
    w->id = id;
    va_start(args, format);
    vsnprintf(raw, sizeof(raw), format, args);
    va_end(args);
    text_clean(raw, strlen(raw), w->text, sizeof(w->text));
}

/* RFC 6761, 6.3: localhost and all names below it. */
static bool means_localhost(const char *name)
{
    static const char word[] = "localhost";
    size_t len = strlen(name), word_len = sizeof(word) - 1;

    len -= len && name[len - 1] == '.';
    return len >= word_len && strncasecmp(name + len - word_len, word, word_len) == 0 &&
           (len == word_len || name[len - word_len - 1] == '.');
}

static void warn_localhost(struct name_report *r)
{
    char ip[ADDR_TEXT_BYTES];

    if (!means_localhost(r->name))
        return;
    for (size_t i = 0; i < r->n_addresses; i++) {
        const struct addr *a = &r->addresses[i].addr;

        if (addr_is_loopback(a))
            continue;
        warn(r, WARNING_LOCALHOST,
             "%s is %s, which is not loopback: what connects to it leaves this host's loopback",
             r->name, addr_format_ip(a, ip));
        return;
    }
}

/* The first address of this family that one finding has and `other` says not. */
static const struct addr *beyond(const struct name_report *r, const struct name_finding *f,
                                 uint8_t family, enum name_source other)
{
    for (size_t i = 0; i < f->n_answers; i++) {
        const struct addr *a = &answer_of(r, f, i)->addr;
        bool known = false;

        if (a->family != family)
            continue;
        for (size_t j = 0; j < r->n_findings && !known; j++)
            known = r->findings[j].source == other && !r->findings[j].reverse &&
                    says_address(r, &r->findings[j], a);
        if (!known)
            return a;
    }
    return NULL;
}

static bool has_family(const struct name_report *r, enum name_source source, uint8_t family)
{
    for (size_t i = 0; i < r->n_findings; i++) {
        const struct name_finding *f = &r->findings[i];

        for (size_t j = 0; f->source == source && !f->reverse && j < f->n_answers; j++)
            if (answer_of(r, f, j)->addr.family == family)
                return true;
    }
    return false;
}

/* Hosts file against DNS: only where both know addresses of the family. */
static void warn_disagree(struct name_report *r, uint8_t family)
{
    char ip[ADDR_TEXT_BYTES], server[ADDR_TEXT_BYTES];

    if (!has_family(r, NAME_FILE, family) || !has_family(r, NAME_DNS, family))
        return;
    for (size_t i = 0; i < r->n_findings; i++) {
        const struct name_finding *f = &r->findings[i];
        const struct addr *a;

        if (f->reverse || f->source == NAME_MODULE)
            continue;
        a = beyond(r, f, family, f->source == NAME_FILE ? NAME_DNS : NAME_FILE);
        if (a && f->source == NAME_FILE)
            warn(r, WARNING_DISAGREE, "%s:%u says %s is %s, no DNS server does", r->hosts_path,
                 f->line, r->name, addr_format_ip(a, ip));
        else if (a)
            warn(r, WARNING_DISAGREE, "DNS server %s says %s is %s, %s does not",
                 addr_format(&f->server, server), f->query, addr_format_ip(a, ip),
                 r->hosts_path);
        if (a)
            return;
    }
}

static bool same_question(const struct name_finding *a, const struct name_finding *b)
{
    return a->source == NAME_DNS && b->source == NAME_DNS && !a->reverse && !b->reverse &&
           a->outcome == NAME_ANSWERED && b->outcome == NAME_ANSWERED && a->type == b->type &&
           dns_name_equal(a->query, b->query);
}

static bool covers(const struct name_report *r, const struct name_finding *a,
                   const struct name_finding *b)
{
    for (size_t i = 0; i < b->n_answers; i++)
        if (answer_of(r, b, i)->addr.family != AF_UNSPEC &&
            !says_address(r, a, &answer_of(r, b, i)->addr))
            return false;
    return true;
}

static const char *said(const struct name_report *r, const struct name_finding *f,
                        char buf[NAMES_WORDS_BYTES])
{
    char ip[ADDR_TEXT_BYTES];

    for (size_t i = 0; i < f->n_answers; i++)
        if (answer_of(r, f, i)->addr.family != AF_UNSPEC) {
            snprintf(buf, NAMES_WORDS_BYTES, "%s%s",
                     addr_format_ip(&answer_of(r, f, i)->addr, ip),
                     f->n_answers > i + 1 ? " and more" : "");
            return buf;
        }
    return names_outcome_words(r, f, buf);
}

static void warn_servers(struct name_report *r)
{
    char one[ADDR_TEXT_BYTES], other[ADDR_TEXT_BYTES], type[DNS_TYPE_BYTES];
    char one_said[NAMES_WORDS_BYTES], other_said[NAMES_WORDS_BYTES];

    for (size_t i = 0; i < r->n_findings; i++)
        for (size_t j = i + 1; j < r->n_findings; j++) {
            const struct name_finding *a = &r->findings[i], *b = &r->findings[j];

            if (!same_question(a, b) ||
                (a->rcode == b->rcode && covers(r, a, b) && covers(r, b, a)))
                continue;
            warn(r, WARNING_SERVERS, "the servers disagree about %s %s: %s says %s, %s says %s",
                 a->query, dns_type_name(a->type, type), addr_format(&a->server, one),
                 said(r, a, one_said), addr_format(&b->server, other), said(r, b, other_said));
            return;
        }
}

static void warn_suffix(struct name_report *r)
{
    for (size_t i = 0; i < r->n_addresses; i++) {
        const struct name_address *a = &r->addresses[i];
        const struct name_finding *f = a->n_sources ? &r->findings[a->sources[0]] : NULL;

        if (!f || !f->suffix[0])
            continue;
        warn(r, WARNING_SUFFIX,
             "%s is answered as %s: the suffix %s comes from the search list of %s; a dot at "
             "the end of the name keeps suffixes away",
             r->name, f->query, f->suffix, r->resolv_path);
        return;
    }
}

static void warn_lines(struct name_report *r)
{
    char one[ADDR_TEXT_BYTES], other[ADDR_TEXT_BYTES];

    for (size_t i = 0; i < r->n_findings; i++)
        for (size_t j = i + 1; j < r->n_findings; j++) {
            const struct name_finding *a = &r->findings[i], *b = &r->findings[j];

            if (a->source != NAME_FILE || b->source != NAME_FILE || a->reverse || b->reverse ||
                a->about.family != b->about.family || addr_same_ip(&a->about, &b->about))
                continue;
            warn(r, WARNING_SEVERAL_LINES,
                 "%s gives %s several addresses: %s in line %u, %s in line %u", r->hosts_path,
                 r->name, addr_format_ip(&a->about, one), a->line,
                 addr_format_ip(&b->about, other), b->line);
            return;
        }
}

/* ---- the error ---------------------------------------------------------------------------- */

static int errno_of(const struct name_report *r)
{
    switch (r->eai) {
    case EAI_AGAIN:
        return -EAGAIN;
    case EAI_SYSTEM:
        return r->error ? r->error : -EIO;
    case EAI_MEMORY:
        return -ENOMEM;
    case EAI_FAIL:
        return -EIO;
    default:
        return -ENOENT;
    }
}

/* The first that got no answer, else the first whose answer is of no use; NULL: there is none. */
static const struct name_finding *culprit(const struct name_report *r)
{
    const struct name_finding *first = NULL;

    for (size_t i = 0; i < r->n_findings; i++) {
        const struct name_finding *f = &r->findings[i];

        if (f->source != NAME_DNS || f->reverse)
            continue;
        if (f->outcome != NAME_ANSWERED)
            return f;
        if (!first && f->n_answers == 0)
            first = f;
    }
    return first;
}

static void say_error(struct name_report *r)
{
    const struct name_finding *f = culprit(r);
    char seconds[NAMES_SECONDS_BYTES], words[NAMES_WORDS_BYTES], server[ADDR_TEXT_BYTES];

    if (!r->answered)
        err_set(&r->err, -ETIMEDOUT, "resolve", r->name,
                "the system's lookup gave no answer within %s",
                names_seconds(r->timeout_ns, seconds));
    else
        err_set(&r->err, errno_of(r), "resolve", r->name, "%s",
                r->eai == EAI_SYSTEM ? "" : gai_strerror(r->eai));
    if (!r->answered || r->eai != EAI_SYSTEM) {
        const char *symbol = r->answered ? names_eai_symbol(r->eai) : "ETIMEDOUT";

        memcpy(r->err.symbol, symbol, strlen(symbol) + 1);
    }
    if (!r->answered && r->resolver.n_servers)
        err_hint(&r->err, "%s lets it wait up to %u s for its servers: see --timeout",
                 r->resolv_path, names_patience_s(&r->resolver));
    else if (r->eai == EAI_IDN_ENCODE)
        err_hint(&r->err, "a name that is not ASCII must be UTF-8, and needs libidn2");
    else if (f)
        err_hint(&r->err, "DNS server %s: %s", addr_format(&f->server, server),
                 names_outcome_words(r, f, words));
}

void names_judge(struct name_report *r)
{
    for (size_t i = 0; i < r->n_addresses; i++)
        join(r, &r->addresses[i]);
    if (!r->answered || r->eai)
        say_error(r);
    if (r->idn)
        warn(r, WARNING_IDN,
             "%s is not ASCII and was looked up in its IDN form; connect looks it up as it "
             "stands",
             r->name);
    warn_localhost(r);
    warn_disagree(r, AF_INET);
    warn_disagree(r, AF_INET6);
    warn_servers(r);
    warn_suffix(r);
    warn_lines(r);
}
