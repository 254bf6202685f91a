/* core/report/names_json.c - the report of a name as one JSON document. */
#include <netdb.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/model/names_order.h"
#include "core/report/names.h"

#define CLEAN_BYTES (2 * DNS_NAME_BYTES)

static void add_clean(cJSON *object, const char *key, const char *text)
{
    char clean[CLEAN_BYTES];

    text_clean(text, strlen(text), clean, sizeof(clean));
    cJSON_AddStringToObject(object, key, clean);
}

static void add_known(cJSON *object, const char *key, const char *text)
{
    if (text[0])
        add_clean(object, key, text);
    else
        cJSON_AddNullToObject(object, key);
}

/* Milliseconds with microseconds behind the point. */
static void add_time(cJSON *object, const char *key, uint64_t ns)
{
    cJSON_AddNumberToObject(object, key, (double)(ns / 1000) / 1000.0);
}

static void add_ms(cJSON *object, uint64_t ns)
{
    add_time(object, "ms", ns);
}

static void add_ip(cJSON *object, const struct addr *a)
{
    char ip[ADDR_TEXT_BYTES];

    cJSON_AddStringToObject(object, "address", addr_format_ip(a, ip));
}

/* ---- findings ----------------------------------------------------------------------------- */

static const char *outcome_name(const struct name_finding *f)
{
    static const char *const names[] = {
        [NAME_ANSWERED] = "answered",  [NAME_SILENT] = "no answer",    [NAME_FAILED] = "failed",
        [NAME_GARBLED] = "unreadable", [NAME_NOT_ASKED] = "not asked",
    };

    return names[f->outcome];
}

static void add_rcode(cJSON *object, const struct name_finding *f)
{
    if (f->outcome != NAME_ANSWERED)
        cJSON_AddNullToObject(object, "rcode");
    else if (dns_rcode_name(f->rcode))
        cJSON_AddStringToObject(object, "rcode", dns_rcode_name(f->rcode));
    else
        cJSON_AddNumberToObject(object, "rcode", f->rcode);
}

/* What names a source, the same wherever it stands. */
static cJSON *source_json(const struct name_report *r, const struct name_finding *f)
{
    cJSON *o = cJSON_CreateObject();
    char server[ADDR_TEXT_BYTES];

    switch (f->source) {
    case NAME_FILE:
        cJSON_AddStringToObject(o, "kind", "file");
        add_clean(o, "path", r->hosts_path);
        cJSON_AddNumberToObject(o, "line", f->line);
        break;
    case NAME_DNS:
        cJSON_AddStringToObject(o, "kind", "dns");
        cJSON_AddStringToObject(o, "server", addr_format(&f->server, server));
        add_time(o, "at_ms", f->begin_ns);
        if (f->has_elapsed)
            add_ms(o, f->elapsed_ns);
        else
            cJSON_AddNullToObject(o, "ms");
        add_clean(o, "query", f->query);
        add_known(o, "suffix", f->suffix);
        break;
    case NAME_MODULE:
        cJSON_AddStringToObject(o, "kind", "module");
        add_clean(o, "name", f->module);
        break;
    }
    return o;
}

static void add_answers(cJSON *o, const struct name_report *r, const struct name_finding *f)
{
    cJSON *list = cJSON_AddArrayToObject(o, "answers");

    for (size_t i = 0; i < f->n_answers; i++) {
        const struct name_answer *a = &r->answers[f->first_answer + i];
        cJSON *one = cJSON_CreateObject();
        char type[DNS_TYPE_BYTES];

        cJSON_AddStringToObject(one, "type", dns_type_name(a->type, type));
        if (a->addr.family != AF_UNSPEC)
            add_ip(one, &a->addr);
        if (a->name[0])
            add_clean(one, "name", a->name);
        if (f->source == NAME_DNS)
            cJSON_AddNumberToObject(one, "ttl_s", a->ttl_s);
        cJSON_AddItemToArray(list, one);
    }
    cJSON_AddNumberToObject(o, "answers_left_out", (double)f->answers_left_out);
}

static cJSON *finding_json(const struct name_report *r, const struct name_finding *f)
{
    cJSON *o = source_json(r, f);
    char words[NAMES_WORDS_BYTES], type[DNS_TYPE_BYTES];

    if (f->source == NAME_DNS) {
        cJSON_AddStringToObject(o, "type", dns_type_name(f->type, type));
        cJSON_AddStringToObject(o, "outcome", outcome_name(f));
        add_rcode(o, f);
        cJSON_AddBoolToObject(o, "tcp", f->tcp);
        cJSON_AddStringToObject(o, "text", names_outcome_words(r, f, words));
    } else if (f->source == NAME_MODULE) {
        cJSON_AddStringToObject(o, "outcome", "not looked into");
        return o;
    }
    add_answers(o, r, f);
    return o;
}

/* ---- addresses ---------------------------------------------------------------------------- */

static const char *reverse_text(const struct name_address *a)
{
    switch (a->reverse_state) {
    case REVERSE_NAMED:
        return "named";
    case REVERSE_NONE:
        return "no name";
    case REVERSE_SILENT:
        return "no answer";
    case REVERSE_ERROR:
        return names_eai_symbol(a->reverse_error);
    case REVERSE_NOT_ASKED:
        break;
    }
    return "not asked";
}

static cJSON *reverse_json(const struct name_report *r, const struct name_reverse *n)
{
    cJSON *o = cJSON_CreateObject();

    add_clean(o, "name", n->name);
    cJSON_AddBoolToObject(o, "system", n->system);
    if (n->has_source)
        cJSON_AddItemToObject(o, "source", source_json(r, &r->findings[n->source]));
    else
        cJSON_AddNullToObject(o, "source");
    return o;
}

static cJSON *address_json(const struct name_report *r, size_t i)
{
    const struct name_address *a = &r->addresses[i];
    cJSON *o = cJSON_CreateObject(), *list;
    char ip[ADDR_TEXT_BYTES], why[NAMES_ORDER_BYTES];

    add_ip(o, &a->addr);
    cJSON_AddStringToObject(o, "family", a->addr.family == AF_INET6 ? "IPv6" : "IPv4");
    cJSON_AddNumberToObject(o, "order", (double)i + 1);
    if (a->source.family != AF_UNSPEC)
        cJSON_AddStringToObject(o, "from", addr_format_ip(&a->source, ip));
    else
        cJSON_AddNullToObject(o, "from");
    if (names_order(r, i, why))
        cJSON_AddStringToObject(o, "before_next", why);
    else
        cJSON_AddNullToObject(o, "before_next");
    list = cJSON_AddArrayToObject(o, "sources");
    for (size_t j = 0; j < a->n_sources; j++)
        cJSON_AddItemToArray(list, source_json(r, &r->findings[a->sources[j]]));
    cJSON_AddNumberToObject(o, "sources_left_out", (double)a->sources_left_out);
    list = cJSON_AddArrayToObject(o, "reverse");
    for (size_t j = 0; j < a->n_reverse; j++)
        cJSON_AddItemToArray(list, reverse_json(r, &a->reverse[j]));
    cJSON_AddNumberToObject(o, "reverse_left_out", (double)a->reverse_left_out);
    cJSON_AddStringToObject(o, "reverse_lookup", reverse_text(a));
    return o;
}

/* ---- the document ------------------------------------------------------------------------- */

static void add_lookup(cJSON *document, const struct name_report *r)
{
    char line[ERR_TEXT_BYTES * 4];
    cJSON *o = cJSON_AddObjectToObject(document, "lookup");

    cJSON_AddBoolToObject(o, "answered", r->answered);
    if (r->answered)
        add_ms(o, r->lookup_ns);
    else
        cJSON_AddNullToObject(o, "ms");
    if (r->answered && r->eai)
        cJSON_AddStringToObject(o, "error", names_eai_symbol(r->eai));
    else
        cJSON_AddNullToObject(o, "error");
    err_format(&r->err, line, sizeof(line));
    add_known(o, "text", r->err.code ? line : "");
}

static void add_services(cJSON *document, const struct name_report *r)
{
    cJSON *list = cJSON_AddArrayToObject(document, "services");

    if (r->services_error)
        cJSON_AddStringToObject(document, "services_error", err_name(r->services_error));
    for (size_t i = 0; i < r->n_services; i++) {
        cJSON *o = cJSON_CreateObject();

        add_clean(o, "name", r->services[i].name);
        add_clean(o, "protocol", r->services[i].protocol);
        add_clean(o, "path", r->services_path);
        cJSON_AddNumberToObject(o, "line", r->services[i].line);
        cJSON_AddItemToArray(list, o);
    }
}

static void add_nsswitch(cJSON *document, const struct name_report *r)
{
    cJSON *o = cJSON_AddObjectToObject(document, "nsswitch");

    add_clean(o, "hosts", r->nsswitch.text);
    if (r->nsswitch.found) {
        add_clean(o, "path", r->nsswitch_path);
        cJSON_AddNumberToObject(o, "line", r->nsswitch.line);
    } else {
        cJSON_AddNullToObject(o, "path");
        cJSON_AddNullToObject(o, "line");
    }
}

static void add_resolver(cJSON *document, const struct name_report *r)
{
    const struct name_resolver *resolver = &r->resolver;
    cJSON *o = cJSON_AddObjectToObject(document, "resolver"), *list;
    char server[ADDR_TEXT_BYTES];

    add_clean(o, "path", r->resolv_path);
    cJSON_AddBoolToObject(o, "readable", resolver->readable);
    list = cJSON_AddArrayToObject(o, "servers");
    for (size_t i = 0; i < resolver->n_servers; i++)
        cJSON_AddItemToArray(list,
                             cJSON_CreateString(addr_format(&resolver->servers[i], server)));
    list = cJSON_AddArrayToObject(o, "search");
    for (size_t i = 0; i < resolver->n_suffixes; i++) {
        char clean[CLEAN_BYTES];

        text_clean(resolver->suffixes[i], strlen(resolver->suffixes[i]), clean, sizeof(clean));
        cJSON_AddItemToArray(list, cJSON_CreateString(clean));
    }
    cJSON_AddNumberToObject(o, "servers_left_out", (double)resolver->servers_left_out);
    cJSON_AddNumberToObject(o, "search_left_out", (double)resolver->suffixes_left_out);
    cJSON_AddNumberToObject(o, "ndots", resolver->ndots);
    cJSON_AddNumberToObject(o, "timeout_s", resolver->timeout_s);
    cJSON_AddNumberToObject(o, "attempts", resolver->attempts);
}

static void add_warnings(cJSON *document, const struct name_report *r)
{
    cJSON *list = cJSON_AddArrayToObject(document, "warnings");

    for (size_t i = 0; i < r->n_warnings; i++) {
        cJSON *o = cJSON_CreateObject();

        cJSON_AddStringToObject(o, "id", names_warning_id(r->warnings[i].id));
        add_clean(o, "text", r->warnings[i].text);
        cJSON_AddItemToArray(list, o);
    }
}

cJSON *names_json(const struct name_report *r)
{
    cJSON *document = cJSON_CreateObject(), *list;

    cJSON_AddNumberToObject(document, "schema", 1);
    add_clean(document, "name", r->name);
    if (r->has_port)
        cJSON_AddNumberToObject(document, "port", r->port);
    else
        cJSON_AddNullToObject(document, "port");
    add_known(document, "canonical", r->canonical);
    list = cJSON_AddArrayToObject(document, "addresses");
    for (size_t i = 0; i < r->n_addresses; i++)
        cJSON_AddItemToArray(list, address_json(r, i));
    cJSON_AddNumberToObject(document, "addresses_left_out", (double)r->addresses_left_out);
    add_lookup(document, r);
    add_known(document, "hostname", r->hostname);
    add_known(document, "fqdn", r->fqdn);
    add_services(document, r);
    cJSON_AddNumberToObject(document, "services_left_out", (double)r->services_left_out);
    add_nsswitch(document, r);
    add_resolver(document, r);
    list = cJSON_AddArrayToObject(document, "sources");
    for (size_t i = 0; i < r->n_findings; i++)
        cJSON_AddItemToArray(list, finding_json(r, &r->findings[i]));
    cJSON_AddNumberToObject(document, "sources_left_out", (double)r->findings_left_out);
    add_warnings(document, r);
    return document;
}
