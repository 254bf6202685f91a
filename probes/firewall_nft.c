/* nft -j list ruleset: {"nftables": [{"chain": ...}, {"rule": {"expr": [...]}}, ...]}.
 *
 * Each shape that packets of ours have goes through each base chain as the kernel would take it, by
 * jumps, maps and returns.  What a rule matches by and is not understood leaves open whether it was
 * that rule: nothing behind it is sure then.  libnftables-json(5), nft(8). */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "probes/firewall.h"
#include "probes/firewall_nft_fit.h"
#include "probes/firewall_nft_words.h"

#define CHAINS 512
#define RULES 8192
#define DEPTH 16 /* of jumps, as the kernel allows */
/* Jumps may lead many times through the same chain: no more rules than these are judged. */
#define STEPS 200000

struct chain {
    const char *family, *table, *name;
    enum firewall_hook hook;
    bool base, drops, nat; /* drops: its policy */
};

struct rule_at {
    const struct chain *chain;
    const cJSON *expr;
    int handle;
};

struct reading {
    const struct firewall_question *question;
    struct firewall_facts *facts;
    size_t n_chains, n_rules, n_sets, steps;
    struct chain chains[CHAINS];
    struct rule_at rules[RULES];
    struct nft_set sets[NFT_SETS];
};

/* Of one shape in one base chain. */
struct walk {
    struct reading *r;
    const struct chain *base;
    struct nft_view view;
    bool sure; /* it surely comes to where the walk is */
    unsigned depth;
};

/* Whether the packet goes on behind a rule, or behind the chain that it was in. */
enum going { GOES_ON, GOES_BACK, IS_OVER };

/* --- the decision of a rule ------------------------------------------------------------------ */

static const char *target_of(const cJSON *statement)
{
    return strcmp(statement->string, "xt") == 0 ? nft_string(statement, "name") : "";
}

static void take_redirect(const cJSON *statement, struct firewall_rule *rule)
{
    const char *to = nft_string(statement, "addr");
    uint8_t ip[16];
    int family = strchr(to, ':') ? AF_INET6 : AF_INET;

    rule->action = FIREWALL_REDIRECT;
    if (to[0] && inet_pton(family, to, ip) == 1)
        rule->redirect_to = addr_make(family, ip, 0);
    rule->redirect_to.port = nft_port(cJSON_GetObjectItemCaseSensitive(statement, "port"));
}

/* Whether the statement is an action of ours; it goes into *rule. */
static bool acts(const cJSON *s, struct firewall_rule *rule)
{
    const char *name = s->string, *target = target_of(s);

    if (strcmp(name, "drop") == 0 || strcmp(target, "DROP") == 0)
        rule->action = FIREWALL_DROP;
    else if (strcmp(name, "reject") == 0 || strcmp(target, "REJECT") == 0)
        rule->action = FIREWALL_REJECT;
    else if (strcmp(name, "dnat") == 0 || strcmp(name, "redirect") == 0 ||
             strcmp(target, "DNAT") == 0 || strcmp(target, "REDIRECT") == 0)
        take_redirect(s, rule);
    else
        return false;
    rule->tcp_reset = strcmp(nft_string(s, "type"), "tcp reset") == 0;
    return true;
}

static void count_of(const cJSON *expr, struct firewall_rule *rule)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, expr)
    {
        const cJSON *counter = cJSON_GetObjectItemCaseSensitive(item, "counter");
        const cJSON *packets = cJSON_GetObjectItemCaseSensitive(counter, "packets");

        if (cJSON_IsNumber(packets) && packets->valuedouble >= 0 &&
            packets->valuedouble < 9e18) {
            rule->has_counter = true;
            rule->packets_before = (uint64_t)packets->valuedouble;
        }
    }
}

static void note(const struct walk *w, const struct rule_at *at, struct firewall_rule *rule,
                 bool sure)
{
    const struct chain *c = at->chain;
    char text[200];

    rule->hook = (uint8_t)w->base->hook;
    rule->matches_surely = sure;
    count_of(at->expr, rule);
    nft_rule_words(at->expr, rule->text, sizeof(rule->text));
    snprintf(text, sizeof(text), "nft %s %s %s, handle %d", c->family, c->table, c->name,
             at->handle);
    text_clean(text, strlen(text), rule->where, sizeof(rule->where));
    snprintf(text, sizeof(text), "nft delete rule %s %s %s handle %d", c->family, c->table,
             c->name, at->handle);
    text_clean(text, strlen(text), rule->remove, sizeof(rule->remove));
    firewall_note(w->r->facts, rule);
}

/* --- the walk ------------------------------------------------------------------------------------ */

static enum going walk_chain(struct walk *w, const struct chain *chain);

static const struct chain *chain_named(const struct walk *w, const char *name)
{
    for (size_t i = 0; i < w->r->n_chains; i++)
        if (strcmp(w->r->chains[i].family, w->base->family) == 0 &&
            strcmp(w->r->chains[i].table, w->base->table) == 0 &&
            strcmp(w->r->chains[i].name, name) == 0)
            return &w->r->chains[i];
    return NULL;
}

/* A statement that ends the rule for a packet that fits it so. */
static enum going obey(struct walk *w, const struct rule_at *at, const cJSON *s, enum fit fit)
{
    struct firewall_rule rule = {0};
    bool was_sure = w->sure;
    const char *name = s->string;
    enum going going = GOES_ON;

    if (strcmp(name, "accept") == 0 || strcmp(target_of(s), "ACCEPT") == 0) {
        going = IS_OVER;
    } else if (strcmp(name, "return") == 0) {
        going = GOES_BACK;
    } else if (strcmp(name, "jump") == 0 || strcmp(name, "goto") == 0) {
        const struct chain *to = chain_named(w, nft_string(s, "target"));

        w->sure &= fit == FIT_YES && to;
        going = to && w->depth < DEPTH ? walk_chain(w, to) : GOES_ON;
        if (going == GOES_ON && name[0] == 'g')
            going = GOES_BACK;
    } else if (acts(s, &rule)) {
        note(w, at, &rule, was_sure && fit == FIT_YES);
        going = IS_OVER;
    }
    if (going == GOES_ON || fit == FIT_YES)
        return going;
    w->sure = false;
    return GOES_ON;
}

/* {"vmap": {"key": ..., "data": {"set": [[value, {"drop": null}], ...]}}} */
static enum going obey_map(struct walk *w, const struct rule_at *at, const cJSON *map,
                           enum fit fit)
{
    const cJSON *key = cJSON_GetObjectItemCaseSensitive(map, "key");
    const cJSON *list =
        nft_elements(&w->view, cJSON_GetObjectItemCaseSensitive(map, "data"));
    const cJSON *pair;

    if (!list)
        w->sure = false;
    cJSON_ArrayForEach(pair, list)
    {
        const cJSON *verdict = cJSON_GetArrayItem(pair, 1);
        enum fit one = nft_fit_value(&w->view, key, cJSON_GetArrayItem(pair, 0));
        enum going going;

        if (one == FIT_NO || !verdict || !verdict->child || !verdict->child->string)
            continue;
        going = obey(w, at, verdict->child, fit_and(fit, one));
        if (one == FIT_YES)
            return going;
    }
    return GOES_ON;
}

static enum going walk_rule(struct walk *w, const struct rule_at *at)
{
    enum fit fit = nft_fit_rule(&w->view, at->expr);
    const cJSON *item;

    if (fit == FIT_NO)
        return GOES_ON;
    cJSON_ArrayForEach(item, at->expr)
    {
        enum going going;

        if (!item->child || !item->child->string)
            continue;
        going = strcmp(item->child->string, "vmap") == 0 ? obey_map(w, at, item->child, fit)
                                                         : obey(w, at, item->child, fit);
        if (going != GOES_ON)
            return going;
    }
    return GOES_ON;
}

static enum going walk_chain(struct walk *w, const struct chain *chain)
{
    enum going going = GOES_ON;

    w->depth++;
    for (size_t i = 0; i < w->r->n_rules && going == GOES_ON; i++) {
        if (w->r->rules[i].chain != chain)
            continue;
        if (w->r->steps++ > STEPS) {
            w->sure = false;
            break;
        }
        going = walk_rule(w, &w->r->rules[i]);
    }
    w->depth--;
    return going == IS_OVER ? IS_OVER : GOES_ON;
}

static void note_policy(const struct walk *w)
{
    struct firewall_rule rule = {.action = FIREWALL_DROP,
                                 .policy = true,
                                 .hook = (uint8_t)w->base->hook,
                                 .matches_surely = w->sure};
    const struct chain *c = w->base;
    char text[200];

    snprintf(text, sizeof(text), "nft %s %s %s, policy", c->family, c->table, c->name);
    text_clean(text, strlen(text), rule.where, sizeof(rule.where));
    snprintf(rule.text, sizeof(rule.text), "policy drop");
    firewall_note(w->r->facts, &rule);
}

/* Base chains of one hook follow each other: what one accepts comes to the next. */
static void walk_base(struct reading *r, const struct chain *chain)
{
    struct packet_shape shapes[2];
    size_t n = firewall_shapes(r->question, chain->hook, shapes);

    for (size_t i = 0; i < n; i++) {
        struct walk w = {.r = r,
                         .base = chain,
                         .sure = strcmp(chain->family, "bridge") != 0,
                         .view = {.packet = &shapes[i],
                                  .family = chain->family,
                                  .table = chain->table,
                                  .n_sets = r->n_sets,
                                  .sets = r->sets}};
        enum fit family = firewall_fit_table(&shapes[i], chain->family);

        /* NAT decides over the first packet of a connection alone, and once. */
        if (family == FIT_NO ||
            (chain->nat && (shapes[i].reply || !shapes[i].is_new ||
                            (r->question->stand == FIREWALL_OURS && shapes[i].in[0]))))
            continue;
        w.sure &= family == FIT_YES;
        if (walk_chain(&w, chain) == GOES_ON && chain->drops)
            note_policy(&w);
    }
}

/* --- the document -------------------------------------------------------------------------------- */

/* A chain of the netdev family stands at some devices only. */
static bool at_device(const cJSON *chain, const struct firewall_question *q)
{
    const cJSON *device = cJSON_GetObjectItemCaseSensitive(chain, "dev"), *item;

    if (!device || q->stand != FIREWALL_OURS || !q->interface[0])
        return true;
    if (cJSON_IsString(device))
        return strcmp(device->valuestring, q->interface) == 0;
    cJSON_ArrayForEach(item, device)
    {
        if (cJSON_IsString(item) && strcmp(item->valuestring, q->interface) == 0)
            return true;
    }
    return false;
}

static void take_chain(struct reading *r, const cJSON *chain)
{
    if (r->n_chains == CHAINS || !at_device(chain, r->question))
        return;
    r->chains[r->n_chains++] = (struct chain){
        .family = nft_string(chain, "family"),
        .table = nft_string(chain, "table"),
        .name = nft_string(chain, "name"),
        .hook = firewall_hook_of(nft_string(chain, "hook")),
        .base = nft_string(chain, "hook")[0] != '\0',
        .drops = strcmp(nft_string(chain, "policy"), "drop") == 0,
        .nat = strcmp(nft_string(chain, "type"), "nat") == 0,
    };
}

static void take_set(struct reading *r, const cJSON *set)
{
    if (r->n_sets < NFT_SETS)
        r->sets[r->n_sets++] =
            (struct nft_set){.family = nft_string(set, "family"),
                             .table = nft_string(set, "table"),
                             .name = nft_string(set, "name"),
                             .elements = cJSON_GetObjectItemCaseSensitive(set, "elem")};
}

static const struct chain *chain_of(const struct reading *r, const cJSON *rule)
{
    for (size_t i = 0; i < r->n_chains; i++)
        if (strcmp(r->chains[i].family, nft_string(rule, "family")) == 0 &&
            strcmp(r->chains[i].table, nft_string(rule, "table")) == 0 &&
            strcmp(r->chains[i].name, nft_string(rule, "chain")) == 0)
            return &r->chains[i];
    return NULL;
}

static void take_rule(struct reading *r, const cJSON *rule)
{
    const cJSON *handle = cJSON_GetObjectItemCaseSensitive(rule, "handle");
    const struct chain *chain = chain_of(r, rule);

    if (!chain || !cJSON_IsNumber(handle))
        return;
    if (r->n_rules == RULES) {
        r->facts->rules_left_out++;
        return;
    }
    r->rules[r->n_rules++] =
        (struct rule_at){.chain = chain,
                         .expr = cJSON_GetObjectItemCaseSensitive(rule, "expr"),
                         .handle = handle->valueint};
}

/* Chains and sets may stand behind the rules that name them. */
static void take_all(struct reading *r, const cJSON *list)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        const cJSON *chain = cJSON_GetObjectItemCaseSensitive(item, "chain");
        const cJSON *set = cJSON_GetObjectItemCaseSensitive(item, "set");
        const cJSON *map = cJSON_GetObjectItemCaseSensitive(item, "map");

        if (chain)
            take_chain(r, chain);
        if (set || map)
            take_set(r, set ? set : map);
    }
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *rule = cJSON_GetObjectItemCaseSensitive(item, "rule");

        if (rule)
            take_rule(r, rule);
    }
}

int firewall_parse_nft(const char *text, size_t len, const struct firewall_question *question,
                       struct firewall_facts *f)
{
    cJSON *document = cJSON_ParseWithLength(text, len);
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(document, "nftables");
    struct reading *r;

    if (!cJSON_IsArray(list)) {
        cJSON_Delete(document);
        return -EBADMSG;
    }
    r = mem_new(1, sizeof(*r));
    r->question = question;
    r->facts = f;
    take_all(r, list);
    for (size_t i = 0; i < r->n_chains; i++)
        if (r->chains[i].base)
            walk_base(r, &r->chains[i]);
    free(r);
    cJSON_Delete(document);
    return 0;
}
