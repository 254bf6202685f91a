/* iptables-save -c: "*table", ":CHAIN POLICY [packets:bytes]", "[p:b] -A CHAIN -p tcp ... -j TARGET".
 *
 * As in firewall_nft.c the rules of a built-in chain are judged in their order. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "probes/firewall.h"
#include "probes/firewall_match.h"

#define WORDS 96
#define LINE_BYTES 1024

struct line_words {
    size_t n;
    char *list[WORDS];
    char text[LINE_BYTES];
};

/* Parted by blanks; a quoted word (of -m comment) stays one. */
static void split(const char *line, size_t len, struct line_words *w)
{
    char *at = w->text;

    w->n = 0;
    snprintf(w->text, sizeof(w->text), "%.*s", (int)len, line);
    while (*at && w->n < WORDS) {
        bool quoted;

        at += strspn(at, " ");
        quoted = *at == '"';
        if (!*at)
            break;
        w->list[w->n++] = at;
        at = quoted ? strchr(at + 1, '"') : at + strcspn(at, " ");
        at = quoted && at ? at + 1 : at;
        if (!at)
            break;
        if (*at)
            *at++ = '\0';
    }
}

struct rule_line {
    const char *chain, *target;
    enum fit fit;
    bool tcp_reset;
};

static enum fit port_words(uint16_t port, const char *text)
{
    enum fit best = FIT_NO;

    while (*text) {
        char *end;
        unsigned long low = strtoul(text, &end, 10), high = low;
        enum fit fit;

        if (end == text)
            return FIT_UNKNOWN;
        if (*end == ':')
            high = strtoul(end + 1, &end, 10);
        if (low > UINT16_MAX || high > UINT16_MAX)
            return FIT_UNKNOWN;
        fit = fit_port(port, (uint16_t)low, (uint16_t)high);
        best = fit > best ? fit : best;
        text = *end == ',' ? end + 1 : end;
        if (*end && *end != ',')
            return FIT_UNKNOWN;
    }
    return best;
}

static enum fit address_words(const struct addr *a, const char *text)
{
    char ip[64];
    const char *slash = strchr(text, '/');
    size_t len = slash ? (size_t)(slash - text) : strlen(text);
    unsigned prefix = strchr(text, ':') ? 128 : 32;

    snprintf(ip, sizeof(ip), "%.*s", (int)len, text);
    if (slash) {
        char *end;

        prefix = (unsigned)strtoul(slash + 1, &end, 10);
        if (*end || end == slash + 1)
            return FIT_UNKNOWN;
    }
    return fit_address(a, ip, prefix);
}

static enum fit state_words(const struct packet_shape *p, const char *text)
{
    return strstr(text, p->is_new ? "NEW" : "ESTABLISHED") ? FIT_YES : FIT_NO;
}

/* What one option says; *ret_used: how many words it took. */
static enum fit option_fit(const struct packet_shape *p, char *const *words, size_t n,
                           size_t *ret_used)
{
    const char *name = words[0], *value = n > 1 ? words[1] : "";

    *ret_used = 2;
    if (strcmp(name, "-p") == 0)
        return fit_protocol(p, value);
    if (strcmp(name, "--dport") == 0 || strcmp(name, "--dports") == 0)
        return port_words(p->destination.port, value);
    if (strcmp(name, "--sport") == 0 || strcmp(name, "--sports") == 0)
        return port_words(p->source.port, value);
    if (strcmp(name, "-s") == 0)
        return address_words(&p->source, value);
    if (strcmp(name, "-d") == 0)
        return address_words(&p->destination, value);
    if (strcmp(name, "-i") == 0)
        return fit_interface(p->in, value);
    if (strcmp(name, "-o") == 0)
        return fit_interface(p->out, value);
    if (strcmp(name, "--ctstate") == 0 || strcmp(name, "--state") == 0)
        return state_words(p, value);
    if (strcmp(name, "-m") == 0 || strcmp(name, "--comment") == 0)
        return FIT_YES; /* the module's own options follow; a comment decides nothing */
    *ret_used = 1;
    return name[0] == '-' ? FIT_UNKNOWN : FIT_YES;
}

static enum fit words_fit(const struct packet_shape *p, const struct line_words *w,
                          size_t first)
{
    enum fit fit = FIT_YES;
    bool negated = false;
    size_t used;

    for (size_t i = first; i < w->n; i += used) {
        enum fit one;

        used = 1;
        if (strcmp(w->list[i], "!") == 0) {
            negated = true;
            continue;
        }
        if (strcmp(w->list[i], "-j") == 0 || strcmp(w->list[i], "-g") == 0)
            break; /* what follows is the target's */
        one = option_fit(p, w->list + i, w->n - i, &used);
        fit = fit_and(fit, negated ? fit_not(one) : one);
        negated = false;
    }
    return fit;
}

static enum fit shapes_fit(const struct firewall_question *q, enum firewall_hook hook,
                           const struct line_words *w, size_t first, bool all)
{
    struct packet_shape shapes[2];
    size_t n = firewall_shapes(q, hook, shapes);
    enum fit result = all ? FIT_YES : FIT_NO;

    for (size_t i = 0; i < n; i++) {
        enum fit fit = words_fit(&shapes[i], w, first);

        if (all ? fit < result : fit > result)
            result = fit;
    }
    return n ? result : FIT_NO;
}

static const char *target_of(const struct line_words *w)
{
    for (size_t i = 0; i + 1 < w->n; i++)
        if (strcmp(w->list[i], "-j") == 0)
            return w->list[i + 1];
    return "";
}

/* --- the document --------------------------------------------------------------------------- */

#define CHAINS 64

struct document {
    const struct firewall_question *question;
    struct firewall_facts *facts;
    const char *program; /* "iptables" */
    char table[32];
    size_t n_passed;
    char passed[CHAINS][32]; /* built-in chains that surely accepted our packets */
    unsigned number;         /* of the rule in the table */
};

static bool has_passed(const struct document *d, const char *chain)
{
    for (size_t i = 0; i < d->n_passed; i++)
        if (strcmp(d->passed[i], chain) == 0)
            return true;
    return false;
}

static void note(struct document *d, const char *chain, const char *text, size_t len,
                 struct firewall_rule *rule)
{
    char where[80];

    if (rule->policy)
        snprintf(where, sizeof(where), "%s %s %s, policy", d->program, d->table, chain);
    else
        snprintf(where, sizeof(where), "%s %s %s, line %u", d->program, d->table, chain,
                 d->number);
    text_clean(where, strlen(where), rule->where, sizeof(rule->where));
    text_clean(text, len, rule->text, sizeof(rule->text));
    firewall_note(d->facts, rule);
}

/* ":INPUT DROP [12:720]" */
static void take_policy(struct document *d, const char *line, size_t len)
{
    struct firewall_rule rule = {.action = FIREWALL_DROP, .policy = true, .has_counter = true};
    struct line_words w;
    enum firewall_hook hook;
    struct packet_shape shapes[2];

    split(line + 1, len - 1, &w);
    if (w.n < 3 || strcmp(w.list[1], "DROP") != 0)
        return;
    hook = firewall_hook_of(w.list[0]);
    if (hook == HOOK_OTHER || !firewall_shapes(d->question, hook, shapes))
        return;
    rule.hook = (uint8_t)hook;
    rule.packets_before = strtoull(w.list[2] + 1, NULL, 10);
    note(d, w.list[0], line, len, &rule);
}

/* "[3:180] -A INPUT -p tcp -m tcp --dport 80 -j DROP" */
static void take_rule(struct document *d, const char *line, size_t len)
{
    struct firewall_rule rule = {.has_counter = true};
    struct line_words w;
    enum firewall_hook hook;
    const char *target, *dash = memchr(line, '-', len);
    enum fit fit;

    split(line, len, &w);
    d->number++;
    if (w.n < 4 || strcmp(w.list[1], "-A") != 0 || !dash || has_passed(d, w.list[2]))
        return;
    hook = firewall_hook_of(w.list[2]);
    target = target_of(&w);
    rule.packets_before = strtoull(w.list[0] + 1, NULL, 10);
    rule.hook = (uint8_t)hook;
    if (strcmp(target, "ACCEPT") == 0 && hook != HOOK_OTHER && d->n_passed < CHAINS &&
        shapes_fit(d->question, hook, &w, 3, true) == FIT_YES)
        snprintf(d->passed[d->n_passed++], sizeof(d->passed[0]), "%s", w.list[2]);
    if (strcmp(target, "DROP") != 0 && strcmp(target, "REJECT") != 0)
        return;
    fit = shapes_fit(d->question, hook, &w, 3, false);
    if (fit == FIT_NO)
        return;
    rule.action = strcmp(target, "DROP") == 0 ? FIREWALL_DROP : FIREWALL_REJECT;
    rule.matches_surely = fit == FIT_YES && hook != HOOK_OTHER;
    rule.tcp_reset = memmem(line, len, "tcp-reset", strlen("tcp-reset")) != NULL;
    snprintf(rule.remove, sizeof(rule.remove), "%s -t %s -D %.*s", d->program, d->table,
             (int)(len - (size_t)(dash - line) - 3), dash + 3);
    text_clean(rule.remove, strlen(rule.remove), rule.remove, sizeof(rule.remove));
    note(d, w.list[2], dash, len - (size_t)(dash - line), &rule);
}

int firewall_parse_save(const char *text, bool v6, const struct firewall_question *question,
                        struct firewall_facts *f)
{
    struct document *d = mem_new(1, sizeof(*d));

    d->question = question;
    d->facts = f;
    d->program = v6 ? "ip6tables" : "iptables";
    while (*text) {
        size_t len = strcspn(text, "\n");

        if (text[0] == '*') {
            snprintf(d->table, sizeof(d->table), "%.*s", (int)(len - 1), text + 1);
            d->n_passed = 0;
            d->number = 0;
        } else if (text[0] == ':') {
            take_policy(d, text, len);
        } else if (text[0] == '[') {
            take_rule(d, text, len);
        }
        text += len + (text[len] == '\n');
    }
    free(d);
    return 0;
}
