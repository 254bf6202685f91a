/* nft -j list ruleset: {"nftables": [{"chain": ...}, {"rule": {"expr": [...]}}, ...]}.
 *
 * The rules of a base chain are judged in their order: behind one that surely accepts our packets
 * nothing of it concerns them.  Chains that are only jumped to have no hook of their own; their
 * rules are never sure. */
#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "probes/firewall.h"
#include "probes/firewall_match.h"

struct words {
    char text[200];
    size_t used;
};

static void add_word(struct words *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void add_word(struct words *w, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(w->text + w->used, sizeof(w->text) - w->used, format, args);
    va_end(args);
    if (n > 0)
        w->used += (size_t)n;
    if (w->used >= sizeof(w->text))
        w->used = sizeof(w->text) - 1;
}

static const char *string_of(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

    return cJSON_IsString(item) ? item->valuestring : "";
}

/* --- what is matched ----------------------------------------------------------------------- */

typedef enum fit value_fit(const struct packet_shape *p, const cJSON *value, const void *what);

/* A value, {"set": [...]}, [...] or {"range": [a, b]} of them. */
static enum fit fit_any(const struct packet_shape *p, const cJSON *right, value_fit *one,
                        const void *what)
{
    const cJSON *set = cJSON_GetObjectItemCaseSensitive(right, "set"), *item;
    enum fit best = FIT_NO;

    if (cJSON_IsArray(right))
        set = right;
    if (!cJSON_IsArray(set))
        return one(p, right, what);
    cJSON_ArrayForEach(item, set)
    {
        enum fit fit = one(p, item, what);

        if (fit > best)
            best = fit;
    }
    return best;
}

static uint16_t port_number(const cJSON *value)
{
    double n = cJSON_IsNumber(value) ? value->valuedouble : 0;

    return n > 0 && n <= UINT16_MAX ? (uint16_t)n : 0;
}

static enum fit one_port(const struct packet_shape *p, const cJSON *value, const void *what)
{
    const cJSON *range = cJSON_GetObjectItemCaseSensitive(value, "range");
    const uint16_t *port = what;

    (void)p;
    if (cJSON_IsArray(range))
        return fit_port(*port, port_number(cJSON_GetArrayItem(range, 0)),
                        port_number(cJSON_GetArrayItem(range, 1)));
    if (!cJSON_IsNumber(value))
        return FIT_UNKNOWN;
    return fit_port(*port, port_number(value), port_number(value));
}

static enum fit one_address(const struct packet_shape *p, const cJSON *value, const void *what)
{
    const cJSON *prefix = cJSON_GetObjectItemCaseSensitive(value, "prefix");
    const cJSON *len = cJSON_GetObjectItemCaseSensitive(prefix, "len");
    const char *text = cJSON_IsString(value) ? value->valuestring : string_of(prefix, "addr");

    (void)p;
    if (!text[0])
        return FIT_UNKNOWN;
    return fit_address(what, text,
                       cJSON_IsNumber(len)         ? (unsigned)len->valueint
                       : strchr(text, ':') != NULL ? 128
                                                   : 32);
}

static enum fit one_protocol(const struct packet_shape *p, const cJSON *value, const void *what)
{
    (void)what;
    if (cJSON_IsNumber(value))
        return value->valueint == p->protocol ? FIT_YES : FIT_NO;
    return cJSON_IsString(value) ? fit_protocol(p, value->valuestring) : FIT_UNKNOWN;
}

static enum fit one_interface(const struct packet_shape *p, const cJSON *value,
                              const void *what)
{
    (void)p;
    return cJSON_IsString(value) ? fit_interface(what, value->valuestring) : FIT_UNKNOWN;
}

static enum fit one_state(const struct packet_shape *p, const cJSON *value, const void *what)
{
    (void)what;
    if (!cJSON_IsString(value))
        return FIT_UNKNOWN;
    if (strcmp(value->valuestring, "new") == 0)
        return p->is_new ? FIT_YES : FIT_NO;
    if (strcmp(value->valuestring, "established") == 0)
        return p->is_new ? FIT_NO : FIT_YES;
    /* Packets of a connection that is well are neither invalid nor related. */
    return strcmp(value->valuestring, "untracked") == 0 ? FIT_UNKNOWN : FIT_NO;
}

static enum fit fit_payload(const struct packet_shape *p, const cJSON *payload,
                            const cJSON *right)
{
    const char *protocol = string_of(payload, "protocol"), *field = string_of(payload, "field");
    bool transport = strcmp(protocol, "tcp") == 0 || strcmp(protocol, "udp") == 0 ||
                     strcmp(protocol, "th") == 0;
    enum fit fit = FIT_UNKNOWN;

    if (transport && strcmp(field, "dport") == 0)
        fit = fit_any(p, right, one_port, &p->destination.port);
    else if (transport && strcmp(field, "sport") == 0)
        fit = fit_any(p, right, one_port, &p->source.port);
    else if (strcmp(field, "saddr") == 0)
        fit = fit_any(p, right, one_address, &p->source);
    else if (strcmp(field, "daddr") == 0)
        fit = fit_any(p, right, one_address, &p->destination);
    else if (strcmp(field, "protocol") == 0 || strcmp(field, "nexthdr") == 0)
        fit = fit_any(p, right, one_protocol, NULL);
    if (transport && strcmp(protocol, "th") != 0)
        fit = fit_and(fit, fit_protocol(p, protocol));
    return fit;
}

static enum fit fit_meta(const struct packet_shape *p, const char *key, const cJSON *right)
{
    if (strcmp(key, "l4proto") == 0)
        return fit_any(p, right, one_protocol, NULL);
    if (strcmp(key, "iifname") == 0 || strcmp(key, "iif") == 0)
        return fit_any(p, right, one_interface, p->in);
    if (strcmp(key, "oifname") == 0 || strcmp(key, "oif") == 0)
        return fit_any(p, right, one_interface, p->out);
    return FIT_UNKNOWN;
}

static enum fit fit_match(const struct packet_shape *p, const cJSON *match)
{
    const cJSON *left = cJSON_GetObjectItemCaseSensitive(match, "left");
    const cJSON *right = cJSON_GetObjectItemCaseSensitive(match, "right");
    const cJSON *payload = cJSON_GetObjectItemCaseSensitive(left, "payload");
    const cJSON *meta = cJSON_GetObjectItemCaseSensitive(left, "meta");
    const cJSON *ct = cJSON_GetObjectItemCaseSensitive(left, "ct");
    const char *op = string_of(match, "op");
    enum fit fit = FIT_UNKNOWN;

    if (payload)
        fit = fit_payload(p, payload, right);
    else if (meta)
        fit = fit_meta(p, string_of(meta, "key"), right);
    else if (ct && strcmp(string_of(ct, "key"), "state") == 0)
        fit = fit_any(p, right, one_state, NULL);
    if (strcmp(op, "!=") == 0)
        return fit_not(fit);
    return strcmp(op, "==") == 0 || strcmp(op, "in") == 0 ? fit : FIT_UNKNOWN;
}

/* Statements that decide nothing about what passes. */
static bool is_aside(const cJSON *statement)
{
    static const char *const asides[] = {"counter", "log", "comment", "mangle", "notrack"};

    for (size_t i = 0; i < sizeof(asides) / sizeof(asides[0]); i++)
        if (strcmp(statement->string, asides[i]) == 0)
            return true;
    return false;
}

static bool is_decision(const cJSON *statement)
{
    static const char *const decisions[] = {"accept", "drop", "reject", "return",
                                            "jump",   "goto", "dnat",   "redirect"};

    for (size_t i = 0; i < sizeof(decisions) / sizeof(decisions[0]); i++)
        if (strcmp(statement->string, decisions[i]) == 0)
            return true;
    return false;
}

static enum fit fit_rule(const struct packet_shape *p, const cJSON *expr)
{
    const cJSON *item;
    enum fit fit = FIT_YES;

    cJSON_ArrayForEach(item, expr)
    {
        const cJSON *statement = item->child;

        if (!statement || !statement->string)
            return FIT_UNKNOWN;
        if (strcmp(statement->string, "match") == 0)
            fit = fit_and(fit, fit_match(p, statement));
        else if (!is_aside(statement) && !is_decision(statement) &&
                 strcmp(string_of(statement, "type"), "target") != 0)
            fit = fit_and(fit, FIT_UNKNOWN); /* a limit, an xt match, ... */
    }
    return fit;
}

/* --- what is done ----------------------------------------------------------------------------- */

enum decision { DECISION_NONE, DECISION_ACCEPT, DECISION_ACT };

/* The verdict of the rule; FIREWALL_ actions go into *rule. */
static enum decision decision_of(const cJSON *expr, struct firewall_rule *rule)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, expr)
    {
        const cJSON *s = item->child;
        const char *name = s && s->string ? s->string : "";
        const char *target = strcmp(name, "xt") == 0 ? string_of(s, "name") : "";

        if (strcmp(name, "accept") == 0)
            return DECISION_ACCEPT;
        if (strcmp(name, "drop") == 0 || strcmp(target, "DROP") == 0) {
            rule->action = FIREWALL_DROP;
            return DECISION_ACT;
        }
        if (strcmp(name, "reject") == 0 || strcmp(target, "REJECT") == 0) {
            rule->action = FIREWALL_REJECT;
            rule->tcp_reset = strcmp(string_of(s, "type"), "tcp reset") == 0;
            return DECISION_ACT;
        }
        if (strcmp(name, "dnat") == 0 || strcmp(name, "redirect") == 0) {
            const cJSON *port = cJSON_GetObjectItemCaseSensitive(s, "port");
            const char *to = string_of(s, "addr");
            uint8_t ip[16];
            int family = strchr(to, ':') ? AF_INET6 : AF_INET;

            rule->action = FIREWALL_REDIRECT;
            if (to[0] && inet_pton(family, to, ip) == 1)
                rule->redirect_to = addr_make(family, ip, 0);
            rule->redirect_to.port = port_number(port);
            return DECISION_ACT;
        }
    }
    return DECISION_NONE;
}

static void count_of(const cJSON *expr, struct firewall_rule *rule)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, expr)
    {
        const cJSON *counter = cJSON_GetObjectItemCaseSensitive(item, "counter");
        const cJSON *packets = cJSON_GetObjectItemCaseSensitive(counter, "packets");

        if (cJSON_IsNumber(packets)) {
            rule->has_counter = true;
            rule->packets_before = (uint64_t)packets->valuedouble;
        }
    }
}

/* --- in words ------------------------------------------------------------------------------------- */

static void value_words(const cJSON *value, struct words *w)
{
    const cJSON *item, *list = cJSON_GetObjectItemCaseSensitive(value, "set");
    const cJSON *range = cJSON_GetObjectItemCaseSensitive(value, "range");
    const cJSON *prefix = cJSON_GetObjectItemCaseSensitive(value, "prefix");
    bool first = true;

    if (cJSON_IsArray(value))
        list = value;
    if (cJSON_IsString(value)) {
        add_word(w, " %s", value->valuestring);
    } else if (cJSON_IsNumber(value)) {
        add_word(w, " %.0f", value->valuedouble);
    } else if (range) {
        add_word(w, " %d-%d", port_number(cJSON_GetArrayItem(range, 0)),
                 port_number(cJSON_GetArrayItem(range, 1)));
    } else if (prefix) {
        add_word(w, " %s/%d", string_of(prefix, "addr"),
                 cJSON_GetObjectItemCaseSensitive(prefix, "len")
                     ? cJSON_GetObjectItemCaseSensitive(prefix, "len")->valueint
                     : 0);
    } else if (list) {
        add_word(w, " {");
        cJSON_ArrayForEach(item, list)
        {
            if (!first)
                add_word(w, ",");
            first = false;
            if (!cJSON_GetObjectItemCaseSensitive(item, "set") && !cJSON_IsArray(item))
                value_words(item, w);
        }
        add_word(w, " }");
    }
}

static void match_words(const cJSON *match, struct words *w)
{
    const cJSON *left = cJSON_GetObjectItemCaseSensitive(match, "left");
    const cJSON *payload = cJSON_GetObjectItemCaseSensitive(left, "payload");
    const cJSON *meta = cJSON_GetObjectItemCaseSensitive(left, "meta");
    const cJSON *ct = cJSON_GetObjectItemCaseSensitive(left, "ct");
    const char *op = string_of(match, "op");

    if (payload)
        add_word(w, "%s %s", string_of(payload, "protocol"), string_of(payload, "field"));
    else if (meta)
        add_word(w, "%s", string_of(meta, "key"));
    else if (ct)
        add_word(w, "ct %s", string_of(ct, "key"));
    else
        add_word(w, "...");
    if (strcmp(op, "==") != 0 && strcmp(op, "in") != 0)
        add_word(w, " %s", op);
    value_words(cJSON_GetObjectItemCaseSensitive(match, "right"), w);
    add_word(w, " ");
}

static void rule_words(const cJSON *expr, struct firewall_rule *rule)
{
    struct words w = {0};
    const cJSON *item;

    cJSON_ArrayForEach(item, expr)
    {
        const cJSON *s = item->child;

        if (!s || !s->string)
            continue;
        if (strcmp(s->string, "match") == 0)
            match_words(s, &w);
        else if (strcmp(s->string, "xt") == 0)
            add_word(&w, "%s ", string_of(s, "name"));
        else if (strcmp(s->string, "counter") != 0)
            add_word(&w, "%s ", s->string);
    }
    if (w.used && w.text[w.used - 1] == ' ')
        w.text[w.used - 1] = '\0';
    text_clean(w.text, strlen(w.text), rule->text, sizeof(rule->text));
}

/* --- chains and rules --------------------------------------------------------------------------------- */

#define CHAINS 256

struct chain {
    const char *family, *table, *name;
    enum firewall_hook hook;
    bool base, drops, passed; /* policy drop; a rule surely accepted our packets */
};

struct reading {
    const struct firewall_question *question;
    struct firewall_facts *facts;
    size_t n;
    struct chain chains[CHAINS];
};

static struct chain *chain_of(struct reading *r, const cJSON *rule)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->chains[i].family, string_of(rule, "family")) == 0 &&
            strcmp(r->chains[i].table, string_of(rule, "table")) == 0 &&
            strcmp(r->chains[i].name, string_of(rule, "chain")) == 0)
            return &r->chains[i];
    return NULL;
}

static void take_chain(struct reading *r, const cJSON *chain)
{
    if (r->n == CHAINS)
        return;
    r->chains[r->n++] = (struct chain){
        .family = string_of(chain, "family"),
        .table = string_of(chain, "table"),
        .name = string_of(chain, "name"),
        .hook = firewall_hook_of(string_of(chain, "hook")),
        .base = string_of(chain, "hook")[0] != '\0',
        .drops = strcmp(string_of(chain, "policy"), "drop") == 0,
    };
}

/* The best fit among the shapes that pass the chain. */
static enum fit fit_chain(const struct reading *r, const struct chain *chain, const cJSON *expr)
{
    struct packet_shape shapes[2];
    size_t n = firewall_shapes(r->question, chain->hook, shapes);
    enum fit best = FIT_NO;

    for (size_t i = 0; i < n; i++) {
        enum fit fit = fit_rule(&shapes[i], expr);

        if (fit > best)
            best = fit;
    }
    return best;
}

/* Both ways must pass, so only what accepts all shapes ends the chain for us. */
static bool accepts_all(const struct reading *r, const struct chain *chain, const cJSON *expr)
{
    struct packet_shape shapes[2];
    size_t n = firewall_shapes(r->question, chain->hook, shapes);

    for (size_t i = 0; i < n; i++)
        if (fit_rule(&shapes[i], expr) != FIT_YES)
            return false;
    return n > 0;
}

static void take_rule(struct reading *r, const cJSON *json)
{
    struct chain *chain = chain_of(r, json);
    const cJSON *expr = cJSON_GetObjectItemCaseSensitive(json, "expr");
    const cJSON *handle = cJSON_GetObjectItemCaseSensitive(json, "handle");
    struct firewall_rule rule = {0};
    enum decision decision = decision_of(expr, &rule);
    char where[160];
    enum fit fit;

    if (!chain || chain->passed || decision == DECISION_NONE || !cJSON_IsNumber(handle))
        return;
    if (decision == DECISION_ACCEPT) {
        chain->passed = chain->base && accepts_all(r, chain, expr);
        return;
    }
    fit = fit_chain(r, chain, expr);
    if (fit == FIT_NO)
        return;
    rule.hook = (uint8_t)chain->hook;
    rule.matches_surely = fit == FIT_YES && chain->base;
    count_of(expr, &rule);
    rule_words(expr, &rule);
    snprintf(where, sizeof(where), "nft %s %s %s, handle %d", chain->family, chain->table,
             chain->name, handle->valueint);
    text_clean(where, strlen(where), rule.where, sizeof(rule.where));
    snprintf(where, sizeof(where), "nft delete rule %s %s %s handle %d", chain->family,
             chain->table, chain->name, handle->valueint);
    text_clean(where, strlen(where), rule.remove, sizeof(rule.remove));
    firewall_note(r->facts, &rule);
}

static void take_policies(struct reading *r)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct chain *chain = &r->chains[i];
        struct firewall_rule rule = {.action = FIREWALL_DROP, .policy = true};
        struct packet_shape shapes[2];
        char text[160];

        if (!chain->base || !chain->drops || chain->passed ||
            !firewall_shapes(r->question, chain->hook, shapes))
            continue;
        rule.hook = (uint8_t)chain->hook;
        snprintf(text, sizeof(text), "nft %s %s %s, policy", chain->family, chain->table,
                 chain->name);
        text_clean(text, strlen(text), rule.where, sizeof(rule.where));
        snprintf(rule.text, sizeof(rule.text), "policy drop");
        firewall_note(r->facts, &rule);
    }
}

int firewall_parse_nft(const char *text, size_t len, const struct firewall_question *question,
                       struct firewall_facts *f)
{
    cJSON *document = cJSON_ParseWithLength(text, len);
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(document, "nftables"), *item;
    struct reading *r;

    if (!cJSON_IsArray(list)) {
        cJSON_Delete(document);
        return -EBADMSG;
    }
    r = mem_new(1, sizeof(*r));
    r->question = question;
    r->facts = f;
    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_GetObjectItemCaseSensitive(item, "chain"))
            take_chain(r, cJSON_GetObjectItemCaseSensitive(item, "chain"));
        if (cJSON_GetObjectItemCaseSensitive(item, "rule"))
            take_rule(r, cJSON_GetObjectItemCaseSensitive(item, "rule"));
    }
    take_policies(r);
    free(r);
    cJSON_Delete(document);
    return 0;
}
