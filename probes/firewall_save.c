/* iptables-save -c: "*table", ":CHAIN POLICY [packets:bytes]", "[p:b] -A CHAIN -p tcp ... -j TARGET".
 *
 * As in firewall_nft.c each shape of our packets goes through the built-in chains. */
#include <arpa/inet.h>
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

/* --- the document --------------------------------------------------------------------------- */

#define RULES 4096
#define DEPTH 16
#define STEPS 100000

/* "[3:180] -A INPUT -p tcp -m tcp --dport 80 -j DROP" */
struct rule_at {
    const char *line;
    size_t len;
    unsigned number; /* in its table */
};

struct document {
    const struct firewall_question *question;
    struct firewall_facts *facts;
    const char *program; /* "iptables" */
    int family;
    char table[32];
    size_t n_rules, steps;
    struct rule_at rules[RULES]; /* of the table */
    unsigned number;
};

/* One shape in one built-in chain. */
struct walk {
    struct document *d;
    const struct packet_shape *packet;
    enum firewall_hook hook;
    bool sure; /* it surely comes to where the walk is */
    unsigned depth;
};

enum going { GOES_ON, GOES_BACK, IS_OVER };

/* The word behind an option; "" when it is not there. */
static const char *word_behind(const struct line_words *w, const char *option)
{
    for (size_t i = 0; i + 1 < w->n; i++)
        if (strcmp(w->list[i], option) == 0)
            return w->list[i + 1];
    return "";
}

static void note(struct document *d, const char *chain, const char *text, size_t len,
                 struct firewall_rule *rule, unsigned number)
{
    char where[80];

    if (rule->policy)
        snprintf(where, sizeof(where), "%s %s %s, policy", d->program, d->table, chain);
    else
        snprintf(where, sizeof(where), "%s %s %s, line %u", d->program, d->table, chain,
                 number);
    text_clean(where, strlen(where), rule->where, sizeof(rule->where));
    text_clean(text, len, rule->text, sizeof(rule->text));
    firewall_note(d->facts, rule);
}

/* "--to-ports 81", "--to-destination 10.0.0.2:80", "[fd00::2]:80" */
static void take_redirect(const struct line_words *w, struct firewall_rule *rule)
{
    const char *to = word_behind(w, "--to-destination"), *colon = strrchr(to, ':');
    const char *ports = word_behind(w, "--to-ports");
    bool bracket = to[0] == '[', v6 = bracket || (colon && strchr(to, ':') != colon);
    size_t len = bracket ? strcspn(to + 1, "]") : v6 ? strlen(to) : strcspn(to, ":");
    unsigned long port = strtoul(ports, NULL, 10);
    char ip[64];
    uint8_t bytes[16];

    snprintf(ip, sizeof(ip), "%.*s", (int)len, to + bracket);
    if (to[0] && inet_pton(v6 ? AF_INET6 : AF_INET, ip, bytes) == 1)
        rule->redirect_to = addr_make(v6 ? AF_INET6 : AF_INET, bytes, 0);
    if (to[0] && colon && (!v6 || bracket))
        port = strtoul(colon + 1, NULL, 10);
    if (port <= UINT16_MAX)
        rule->redirect_to.port = (uint16_t)port;
}

static bool action_of(const char *target, struct firewall_rule *rule)
{
    static const struct {
        const char *target;
        enum firewall_action action;
    } actions[] = {{"DROP", FIREWALL_DROP},
                   {"REJECT", FIREWALL_REJECT},
                   {"DNAT", FIREWALL_REDIRECT},
                   {"REDIRECT", FIREWALL_REDIRECT}};

    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        if (strcmp(actions[i].target, target) == 0) {
            rule->action = (uint8_t)actions[i].action;
            return true;
        }
    return false;
}

static void note_rule(struct walk *walk, const struct rule_at *at, const struct line_words *w,
                      struct firewall_rule *rule)
{
    struct document *d = walk->d;
    const char *dash = memchr(at->line, '-', at->len);
    size_t len = dash ? at->len - (size_t)(dash - at->line) : 0;

    if (len < 3)
        return;
    rule->hook = (uint8_t)walk->hook;
    rule->has_counter = true;
    rule->packets_before = strtoull(w->list[0] + 1, NULL, 10);
    rule->tcp_reset = memmem(dash, len, "tcp-reset", strlen("tcp-reset")) != NULL;
    if (rule->action == FIREWALL_REDIRECT)
        take_redirect(w, rule);
    snprintf(rule->remove, sizeof(rule->remove), "%s -t %s -D %.*s", d->program, d->table,
             (int)(len - 3), dash + 3);
    text_clean(rule->remove, strlen(rule->remove), rule->remove, sizeof(rule->remove));
    note(d, w->list[2], dash, len, rule, at->number);
}

static enum going walk_chain(struct walk *walk, const char *chain);

static enum going walk_rule(struct walk *walk, const struct rule_at *at,
                            const struct line_words *w)
{
    enum fit fit = words_fit(walk->packet, w, 3);
    const char *jump = word_behind(w, "-j"), *to = word_behind(w, "-g");
    bool goes_to = to[0] != '\0', was_sure = walk->sure;
    const char *target = goes_to ? to : jump;
    struct firewall_rule rule = {.matches_surely = was_sure && fit == FIT_YES};
    enum going going = GOES_ON;

    if (fit == FIT_NO || !target[0])
        return GOES_ON;
    if (strcmp(target, "ACCEPT") == 0) {
        going = IS_OVER;
    } else if (strcmp(target, "RETURN") == 0) {
        going = GOES_BACK;
    } else if (action_of(target, &rule)) {
        note_rule(walk, at, w, &rule);
        going = IS_OVER;
    } else if (walk->depth < DEPTH) {
        walk->sure &= fit == FIT_YES;
        going = walk_chain(walk, target); /* LOG and its like have no rules */
        if (going == GOES_ON && goes_to)
            going = GOES_BACK;
    }
    if (going == GOES_ON || fit == FIT_YES)
        return going;
    walk->sure = false;
    return GOES_ON;
}

static enum going walk_chain(struct walk *walk, const char *chain)
{
    struct document *d = walk->d;
    enum going going = GOES_ON;
    size_t len = strlen(chain);

    walk->depth++;
    for (size_t i = 0; i < d->n_rules && going == GOES_ON; i++) {
        const char *at = memmem(d->rules[i].line, d->rules[i].len, "-A ", 3);
        size_t left = at ? d->rules[i].len - (size_t)(at - d->rules[i].line) - 3 : 0;
        struct line_words w;

        if (left <= len || strncmp(at + 3, chain, len) != 0 || at[3 + len] != ' ')
            continue;
        split(d->rules[i].line, d->rules[i].len, &w);
        if (d->steps++ > STEPS || w.n < 4 || strcmp(w.list[1], "-A") != 0) {
            walk->sure = false;
            continue;
        }
        going = walk_rule(walk, &d->rules[i], &w);
    }
    walk->depth--;
    return going == IS_OVER ? IS_OVER : GOES_ON;
}

/* ":INPUT DROP [12:720]" of a built-in chain */
static void walk_builtin(struct document *d, const char *line, size_t len)
{
    struct firewall_rule policy = {.action = FIREWALL_DROP, .policy = true, .has_counter = true};
    struct packet_shape shapes[2];
    struct line_words w;
    enum firewall_hook hook;
    size_t n;

    split(line + 1, len - 1, &w);
    hook = w.n >= 3 ? firewall_hook_of(w.list[0]) : HOOK_OTHER;
    n = hook == HOOK_OTHER ? 0 : firewall_shapes(d->question, hook, shapes);
    for (size_t i = 0; i < n; i++) {
        struct walk walk = {.d = d, .packet = &shapes[i], .hook = hook, .sure = true};
        enum fit family = fit_family(&shapes[i], d->family == AF_INET ? "ipv4" : "ipv6");

        /* NAT decides over the first packet of a connection alone, and once. */
        if (family == FIT_NO ||
            (strcmp(d->table, "nat") == 0 &&
             (shapes[i].reply || !shapes[i].is_new ||
              (d->question->stand == FIREWALL_OURS && shapes[i].in[0]))))
            continue;
        walk.sure = family == FIT_YES;
        if (walk_chain(&walk, w.list[0]) != GOES_ON || strcmp(w.list[1], "DROP") != 0)
            continue;
        policy.hook = (uint8_t)hook;
        policy.matches_surely = walk.sure;
        policy.packets_before = strtoull(w.list[2] + 1, NULL, 10);
        note(d, w.list[0], line, len, &policy, 0);
    }
}

/* From "*filter" to "COMMIT"; returns what follows. */
static const char *take_table(struct document *d, const char *text)
{
    size_t len = strcspn(text, "\n");
    const char *end = text, *at;

    snprintf(d->table, sizeof(d->table), "%.*s", (int)(len - 1), text + 1);
    d->n_rules = 0;
    d->number = 0;
    do {
        end += strcspn(end, "\n");
        end += *end == '\n';
        len = strcspn(end, "\n");
        if (end[0] != '[')
            continue;
        d->number++;
        if (d->n_rules < RULES)
            d->rules[d->n_rules++] = (struct rule_at){end, len, d->number};
        else
            d->facts->rules_left_out++;
    } while (*end && *end != '*');
    for (at = text; at < end; at += len + (at[len] == '\n')) {
        len = strcspn(at, "\n");
        if (at[0] == ':')
            walk_builtin(d, at, len);
    }
    return end;
}

int firewall_parse_save(const char *text, bool v6, const struct firewall_question *question,
                        struct firewall_facts *f)
{
    struct document *d = mem_new(1, sizeof(*d));

    d->question = question;
    d->facts = f;
    d->program = v6 ? "ip6tables" : "iptables";
    d->family = v6 ? AF_INET6 : AF_INET;
    while (*text) {
        size_t len = strcspn(text, "\n");

        if (text[0] == '*')
            text = take_table(d, text);
        else
            text += len + (text[len] == '\n');
    }
    free(d);
    return 0;
}
