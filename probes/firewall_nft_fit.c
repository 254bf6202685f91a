#include "probes/firewall_nft_fit.h"

#include <string.h>

const char *nft_string(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

    return cJSON_IsString(item) ? item->valuestring : "";
}

uint16_t nft_port(const cJSON *value)
{
    double n = cJSON_IsNumber(value) ? value->valuedouble : 0;

    return n > 0 && n <= UINT16_MAX ? (uint16_t)n : 0;
}

/* --- sets ---------------------------------------------------------------------------------- */

static const cJSON *named_elements(const struct nft_view *v, const char *name)
{
    for (size_t i = 0; i < v->n_sets; i++)
        if (strcmp(v->sets[i].family, v->family) == 0 &&
            strcmp(v->sets[i].table, v->table) == 0 && strcmp(v->sets[i].name, name) == 0)
            return v->sets[i].elements;
    return NULL;
}

const cJSON *nft_elements(const struct nft_view *v, const cJSON *data)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(data, "set");

    if (cJSON_IsString(data) && data->valuestring[0] == '@')
        return named_elements(v, data->valuestring + 1);
    return cJSON_IsArray(data) ? data : cJSON_IsArray(list) ? list : NULL;
}

/* An element with a counter, a timeout or a comment of its own stands in an object. */
static const cJSON *bare_element(const cJSON *item)
{
    const cJSON *element = cJSON_GetObjectItemCaseSensitive(item, "elem");
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(element, "val");

    return value ? value : item;
}

/* --- one value against one field ------------------------------------------------------------ */

typedef enum fit value_fit(const struct packet_shape *p, const cJSON *value, const void *what);

static enum fit one_port(const struct packet_shape *p, const cJSON *value, const void *what)
{
    const cJSON *range = cJSON_GetObjectItemCaseSensitive(value, "range");
    const uint16_t *port = what;

    (void)p;
    if (cJSON_IsArray(range))
        return fit_port(*port, nft_port(cJSON_GetArrayItem(range, 0)),
                        nft_port(cJSON_GetArrayItem(range, 1)));
    if (!cJSON_IsNumber(value))
        return FIT_UNKNOWN;
    return fit_port(*port, nft_port(value), nft_port(value));
}

static enum fit one_address(const struct packet_shape *p, const cJSON *value, const void *what)
{
    const cJSON *prefix = cJSON_GetObjectItemCaseSensitive(value, "prefix");
    const cJSON *len = cJSON_GetObjectItemCaseSensitive(prefix, "len");
    const char *text = cJSON_IsString(value) ? value->valuestring : nft_string(prefix, "addr");

    (void)p;
    if (!text[0])
        return FIT_UNKNOWN;
    return fit_address(what, text,
                       cJSON_IsNumber(len) && len->valueint >= 0 ? (unsigned)len->valueint
                       : strchr(text, ':') != NULL               ? 128
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

static enum fit one_family(const struct packet_shape *p, const cJSON *value, const void *what)
{
    (void)what;
    return cJSON_IsString(value) ? fit_family(p, value->valuestring) : FIT_UNKNOWN;
}

/* --- fields ------------------------------------------------------------------------------------ */

struct field {
    value_fit *one; /* NULL: it is not understood */
    const void *what;
    enum fit also; /* what it needs beside its value */
};

static struct field payload_field(const struct packet_shape *p, const cJSON *payload)
{
    const char *protocol = nft_string(payload, "protocol");
    const char *name = nft_string(payload, "field");
    bool any = strcmp(protocol, "th") == 0;
    bool transport = any || strcmp(protocol, "tcp") == 0 || strcmp(protocol, "udp") == 0;
    enum fit own = any ? FIT_YES : fit_protocol(p, protocol);
    bool ip = strcmp(protocol, "ip") == 0 || strcmp(protocol, "ip6") == 0;

    if (transport && strcmp(name, "dport") == 0)
        return (struct field){one_port, &p->destination.port, own};
    if (transport && strcmp(name, "sport") == 0)
        return (struct field){one_port, &p->source.port, own};
    if (ip && strcmp(name, "saddr") == 0)
        return (struct field){one_address, &p->source, FIT_YES};
    if (ip && strcmp(name, "daddr") == 0)
        return (struct field){one_address, &p->destination, FIT_YES};
    if (ip && (strcmp(name, "protocol") == 0 || strcmp(name, "nexthdr") == 0))
        return (struct field){one_protocol, NULL, fit_family(p, protocol[2] ? "ipv6" : "ipv4")};
    /* A field of a protocol that is not ours contradicts, whatever it is. */
    return (struct field){NULL, NULL,
                          ip || any || protocol[0] == '\0'      ? FIT_UNKNOWN
                          : fit_protocol(p, protocol) == FIT_NO ? FIT_NO
                                                                : FIT_UNKNOWN};
}

static struct field meta_field(const struct packet_shape *p, const char *key)
{
    if (strcmp(key, "l4proto") == 0)
        return (struct field){one_protocol, NULL, FIT_YES};
    if (strcmp(key, "nfproto") == 0 || strcmp(key, "protocol") == 0)
        return (struct field){one_family, NULL, FIT_YES};
    if (strcmp(key, "iifname") == 0 || strcmp(key, "iif") == 0)
        return (struct field){one_interface, p->in, FIT_YES};
    if (strcmp(key, "oifname") == 0 || strcmp(key, "oif") == 0)
        return (struct field){one_interface, p->out, FIT_YES};
    return (struct field){NULL, NULL, FIT_UNKNOWN};
}

static struct field field_of(const struct packet_shape *p, const cJSON *left)
{
    const cJSON *payload = cJSON_GetObjectItemCaseSensitive(left, "payload");
    const cJSON *meta = cJSON_GetObjectItemCaseSensitive(left, "meta");
    const cJSON *ct = cJSON_GetObjectItemCaseSensitive(left, "ct");

    if (payload)
        return payload_field(p, payload);
    if (meta)
        return meta_field(p, nft_string(meta, "key"));
    if (ct && strcmp(nft_string(ct, "key"), "state") == 0)
        return (struct field){one_state, NULL, FIT_YES};
    return (struct field){NULL, NULL, FIT_UNKNOWN};
}

static enum fit fit_one(const struct nft_view *v, const cJSON *left, const cJSON *value)
{
    struct field field = field_of(v->packet, left);
    const char *text = cJSON_GetStringValue(value);

    if (!field.one)
        return field.also;
    if (text && strcmp(text, "*") == 0)
        return field.also; /* what a map has for all others */
    return fit_and(field.also, field.one(v->packet, value, field.what));
}

/* Fields one beside the other: each must fit. */
static enum fit fit_concat(const struct nft_view *v, const cJSON *left, const cJSON *right)
{
    const cJSON *values = cJSON_GetObjectItemCaseSensitive(right, "concat"), *item;
    const cJSON *value = cJSON_IsArray(values) ? values->child : NULL;
    enum fit fit = FIT_YES;

    if (!value)
        return FIT_UNKNOWN;
    cJSON_ArrayForEach(item, left)
    {
        fit = fit_and(fit, value ? fit_one(v, item, value) : FIT_UNKNOWN);
        value = value ? value->next : NULL;
    }
    return fit;
}

enum fit nft_fit_value(const struct nft_view *v, const cJSON *left, const cJSON *right)
{
    const cJSON *concat = cJSON_GetObjectItemCaseSensitive(left, "concat");
    const cJSON *list = nft_elements(v, right), *item;
    bool named = cJSON_IsString(right) && right->valuestring[0] == '@';
    enum fit best = FIT_NO;

    if (!list && named)
        return FIT_UNKNOWN;
    if (!list)
        return concat ? fit_concat(v, concat, right) : fit_one(v, left, right);
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *value = bare_element(item);
        enum fit fit = concat ? fit_concat(v, concat, value) : fit_one(v, left, value);

        best = fit > best ? fit : best;
    }
    return best;
}

/* --- rules --------------------------------------------------------------------------------------- */

static enum fit fit_match(const struct nft_view *v, const cJSON *match)
{
    const cJSON *left = cJSON_GetObjectItemCaseSensitive(match, "left");
    const cJSON *right = cJSON_GetObjectItemCaseSensitive(match, "right");
    const char *op = nft_string(match, "op");
    enum fit fit = nft_fit_value(v, left, right);

    if (strcmp(op, "!=") == 0)
        return fit_not(fit);
    if (strcmp(op, "==") == 0 || strcmp(op, "in") == 0)
        return fit;
    return fit == FIT_NO && !field_of(v->packet, left).one ? FIT_NO : FIT_UNKNOWN;
}

/* Statements that decide nothing about what passes, or whose decision is looked at elsewhere. */
static bool is_no_match(const cJSON *statement)
{
    static const char *const known[] = {
        "counter", "log",    "comment",  "mangle",   "notrack",   "accept",
        "drop",    "reject", "return",   "jump",     "goto",      "dnat",
        "snat",    "vmap",   "redirect", "continue", "masquerade"};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(statement->string, known[i]) == 0)
            return true;
    return false;
}

enum fit nft_fit_rule(const struct nft_view *v, const cJSON *expr)
{
    const cJSON *item;
    enum fit fit = FIT_YES;

    cJSON_ArrayForEach(item, expr)
    {
        const cJSON *statement = item->child;

        if (!statement || !statement->string)
            return fit_and(fit, FIT_UNKNOWN);
        if (strcmp(statement->string, "match") == 0)
            fit = fit_and(fit, fit_match(v, statement));
        else if (!is_no_match(statement) &&
                 strcmp(nft_string(statement, "type"), "target") != 0)
            fit = fit_and(fit, FIT_UNKNOWN); /* a limit, an xt match, ... */
    }
    return fit;
}
