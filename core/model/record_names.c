/* Lookups of names in a recording: what was asked, how far it is, the whole report. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/record_shapes.h"

static const struct record_field wish_fields[] = {
    RECORD_TEXT(struct names_wish, name),
    RECORD_FLAG(struct names_wish, has_port),
    RECORD_NUMBER(struct names_wish, port),
    RECORD_NUMBER(struct names_wish, timeout_ns),
};
static const struct record_shape wish_shape = RECORD_SHAPE_OF(wish_fields);

static const struct record_field lookup_fields[] = {
    RECORD_NUMBER(struct lookup, id),
    RECORD_ENUM(struct lookup, state, LOOKUP_GIVEN_UP + 1),
    RECORD_NUMBER(struct lookup, asked_ns),
    RECORD_TEXT(struct lookup, target),
    RECORD_SHAPE(struct lookup, wish, &wish_shape),
    RECORD_SHAPE(struct lookup, err, &record_err),
};
static const struct record_shape lookup_shape = RECORD_SHAPE_OF(lookup_fields);

static const struct record_field resolver_fields[] = {
    RECORD_FLAG(struct name_resolver, readable),
    RECORD_FLAG(struct name_resolver, default_server),
    RECORD_ENUM(struct name_resolver, n_servers, NAMES_SERVERS + 1),
    RECORD_NUMBER(struct name_resolver, servers_left_out),
    RECORD_ENUM(struct name_resolver, n_suffixes, NAMES_SUFFIXES + 1),
    RECORD_NUMBER(struct name_resolver, suffixes_left_out),
    RECORD_NUMBER(struct name_resolver, ndots),
    RECORD_NUMBER(struct name_resolver, timeout_s),
    RECORD_NUMBER(struct name_resolver, attempts),
};
static const struct record_shape resolver_shape = RECORD_SHAPE_OF(resolver_fields);

static const struct record_field server_fields[] = {
    {FIELD_ADDR, 0, sizeof(struct addr), 0, NULL},
};
static const struct record_shape server_shape = RECORD_SHAPE_OF(server_fields);

static const struct record_field suffix_fields[] = {
    {FIELD_TEXT, 0, NAMES_TEXT_BYTES, 0, NULL},
};
static const struct record_shape suffix_shape = RECORD_SHAPE_OF(suffix_fields);

static const struct record_field switch_fields[] = {
    RECORD_FLAG(struct name_switch, found), RECORD_NUMBER(struct name_switch, line),
    RECORD_TEXT(struct name_switch, text),  RECORD_FLAG(struct name_switch, files),
    RECORD_FLAG(struct name_switch, dns),   RECORD_FLAG(struct name_switch, dns_first),
};
static const struct record_shape switch_shape = RECORD_SHAPE_OF(switch_fields);

static const struct record_field report_fields[] = {
    RECORD_TEXT(struct name_report, name),
    RECORD_FLAG(struct name_report, has_port),
    RECORD_FLAG(struct name_report, numeric),
    RECORD_FLAG(struct name_report, idn),
    RECORD_NUMBER(struct name_report, port),
    RECORD_NUMBER(struct name_report, timeout_ns),
    RECORD_NUMBER(struct name_report, began_ns),
    RECORD_NUMBER(struct name_report, whole_ns),
    RECORD_FLAG(struct name_report, answered),
    RECORD_SIGNED(struct name_report, eai),
    RECORD_SIGNED(struct name_report, error),
    RECORD_NUMBER(struct name_report, lookup_ns),
    RECORD_SHAPE(struct name_report, err, &record_err),
    RECORD_ENUM(struct name_report, n_addresses, NAMES_ADDRESSES + 1),
    RECORD_NUMBER(struct name_report, addresses_left_out),
    RECORD_TEXT(struct name_report, canonical),
    RECORD_TEXT(struct name_report, hosts_path),
    RECORD_TEXT(struct name_report, resolv_path),
    RECORD_TEXT(struct name_report, nsswitch_path),
    RECORD_TEXT(struct name_report, services_path),
    RECORD_SIGNED(struct name_report, hosts_error),
    RECORD_SIGNED(struct name_report, services_error),
    RECORD_NUMBER(struct name_report, hosts_begin_ns),
    RECORD_NUMBER(struct name_report, hosts_elapsed_ns),
    RECORD_SHAPE(struct name_report, resolver, &resolver_shape),
    RECORD_SHAPE(struct name_report, nsswitch, &switch_shape),
    RECORD_TEXT(struct name_report, hostname),
    RECORD_TEXT(struct name_report, fqdn),
    RECORD_ENUM(struct name_report, n_services, NAMES_SERVICES + 1),
    RECORD_NUMBER(struct name_report, services_left_out),
    RECORD_ENUM(struct name_report, n_findings, NAMES_FINDINGS + 1),
    RECORD_NUMBER(struct name_report, findings_left_out),
    RECORD_ENUM(struct name_report, n_answers, NAMES_ANSWERS + 1),
    RECORD_ENUM(struct name_report, n_warnings, NAMES_WARNINGS + 1),
    RECORD_NUMBER(struct name_report, warnings_left_out),
};
static const struct record_shape report_shape = RECORD_SHAPE_OF(report_fields);

static const struct record_field address_fields[] = {
    RECORD_ADDR(struct name_address, addr),
    RECORD_ADDR(struct name_address, source),
    RECORD_FLAG(struct name_address, source_looked),
    RECORD_ENUM(struct name_address, n_sources, NAMES_SOURCES + 1),
    RECORD_NUMBER(struct name_address, sources_left_out),
    RECORD_ENUM(struct name_address, reverse_state, REVERSE_ERROR + 1),
    RECORD_SIGNED(struct name_address, reverse_error),
    RECORD_ENUM(struct name_address, n_reverse, NAMES_REVERSE + 1),
    RECORD_NUMBER(struct name_address, reverse_left_out),
};
static const struct record_shape address_shape = RECORD_SHAPE_OF(address_fields);

static const struct record_field source_fields[] = {
    {FIELD_NUMBER, 0, sizeof(size_t), NAMES_FINDINGS - 1, NULL},
};
static const struct record_shape source_shape = RECORD_SHAPE_OF(source_fields);

static const struct record_field reverse_fields[] = {
    RECORD_TEXT(struct name_reverse, name),
    RECORD_FLAG(struct name_reverse, system),
    RECORD_FLAG(struct name_reverse, has_source),
    RECORD_ENUM(struct name_reverse, source, NAMES_FINDINGS),
};
static const struct record_shape reverse_shape = RECORD_SHAPE_OF(reverse_fields);

static const struct record_field service_fields[] = {
    RECORD_TEXT(struct name_service, name),
    RECORD_TEXT(struct name_service, protocol),
    RECORD_NUMBER(struct name_service, line),
};
static const struct record_shape service_shape = RECORD_SHAPE_OF(service_fields);

static const struct record_field finding_fields[] = {
    RECORD_ENUM(struct name_finding, source, NAME_MODULE + 1),
    RECORD_ENUM(struct name_finding, outcome, NAME_NOT_ASKED + 1),
    RECORD_FLAG(struct name_finding, reverse),
    RECORD_ADDR(struct name_finding, about),
    RECORD_NUMBER(struct name_finding, line),
    RECORD_ADDR(struct name_finding, server),
    RECORD_TEXT(struct name_finding, query),
    RECORD_TEXT(struct name_finding, suffix),
    RECORD_NUMBER(struct name_finding, type),
    RECORD_NUMBER(struct name_finding, rcode),
    RECORD_FLAG(struct name_finding, tcp),
    RECORD_SIGNED(struct name_finding, error),
    RECORD_NUMBER(struct name_finding, begin_ns),
    RECORD_FLAG(struct name_finding, has_elapsed),
    RECORD_NUMBER(struct name_finding, elapsed_ns),
    RECORD_TEXT(struct name_finding, module),
    RECORD_ENUM(struct name_finding, first_answer, NAMES_ANSWERS + 1),
    RECORD_ENUM(struct name_finding, n_answers, NAMES_ANSWERS + 1),
    RECORD_NUMBER(struct name_finding, answers_left_out),
};
static const struct record_shape finding_shape = RECORD_SHAPE_OF(finding_fields);

static const struct record_field answer_fields[] = {
    RECORD_NUMBER(struct name_answer, type),
    RECORD_NUMBER(struct name_answer, ttl_s),
    RECORD_ADDR(struct name_answer, addr),
    RECORD_TEXT(struct name_answer, name),
};
static const struct record_shape answer_shape = RECORD_SHAPE_OF(answer_fields);

static const struct record_field remark_fields[] = {
    RECORD_ENUM(struct name_remark, id, WARNING_IDN + 1),
    RECORD_TEXT(struct name_remark, text),
};
static const struct record_shape remark_shape = RECORD_SHAPE_OF(remark_fields);

/* --- lists -------------------------------------------------------------------------------- */

/* What a report has several of, and of an address. */
struct list {
    const struct record_shape *shape;
    size_t n, size;
    void *first;
};

#define LIST(shape, n, array)                                                                  \
    {                                                                                          \
        shape, n, sizeof((array)[0]), array                                                    \
    }

static void put_list(struct record_bytes *b, const struct list *l)
{
    for (size_t i = 0; i < l->n; i++)
        record_put_shape(b, l->shape, (const char *)l->first + i * l->size);
}

static void get_list(struct cursor *c, const struct list *l)
{
    for (size_t i = 0; i < l->n && !c->short_read; i++)
        record_get_shape(c, l->shape, (char *)l->first + i * l->size);
}

/* Each list of a report, once its counts are known: of an address, too. */
static void each_list(struct name_report *r, void (*act)(void *to, const struct list *l),
                      void *to)
{
    const struct list lists[] = {
        LIST(&server_shape, r->resolver.n_servers, r->resolver.servers),
        LIST(&suffix_shape, r->resolver.n_suffixes, r->resolver.suffixes),
        LIST(&service_shape, r->n_services, r->services),
        LIST(&finding_shape, r->n_findings, r->findings),
        LIST(&answer_shape, r->n_answers, r->answers),
        LIST(&remark_shape, r->n_warnings, r->warnings),
        LIST(&address_shape, r->n_addresses, r->addresses),
    };

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        act(to, &lists[i]);
    for (size_t i = 0; i < r->n_addresses; i++) {
        struct name_address *a = &r->addresses[i];
        const struct list sources = LIST(&source_shape, a->n_sources, a->sources);
        const struct list reverse = LIST(&reverse_shape, a->n_reverse, a->reverse);

        act(to, &sources);
        act(to, &reverse);
    }
}

static void put_one(void *to, const struct list *l)
{
    put_list(to, l);
}

static void get_one(void *from, const struct list *l)
{
    get_list(from, l);
}

/* Places that point behind what there is. */
static bool points_nowhere(const struct name_report *r)
{
    for (size_t i = 0; i < r->n_findings; i++)
        if (r->findings[i].first_answer + r->findings[i].n_answers > r->n_answers)
            return true;
    for (size_t i = 0; i < r->n_addresses; i++) {
        const struct name_address *a = &r->addresses[i];

        for (size_t s = 0; s < a->n_sources; s++)
            if (a->sources[s] >= r->n_findings)
                return true;
        for (size_t n = 0; n < a->n_reverse; n++)
            if (a->reverse[n].has_source && a->reverse[n].source >= r->n_findings)
                return true;
    }
    return false;
}

/* --- all of it ---------------------------------------------------------------------------- */

void record_put_lookup(struct record_bytes *b, const struct lookup *l)
{
    record_put_shape(b, &lookup_shape, l);
    record_put_u8(b, l->report != NULL);
    if (!l->report)
        return;
    record_put_shape(b, &report_shape, l->report);
    each_list(l->report, put_one, b);
}

void record_get_lookup(struct cursor *c, struct lookup *ret)
{
    *ret = (struct lookup){0};
    record_get_shape(c, &lookup_shape, ret);
    if (!cursor_u8(c) || c->short_read) {
        if (ret->state == LOOKUP_DONE)
            record_spoil(c);
        return;
    }
    ret->report = mem_new(1, sizeof(*ret->report));
    record_get_shape(c, &report_shape, ret->report);
    if (!c->short_read)
        each_list(ret->report, get_one, c);
    if (!c->short_read && !points_nowhere(ret->report))
        return;
    record_spoil(c);
    free(ret->report);
    ret->report = NULL;
}

uint32_t record_names_digest(uint32_t digest)
{
    static const struct record_shape *const shapes[] = {
        &lookup_shape,  &report_shape,  &server_shape,  &suffix_shape, &address_shape,
        &reverse_shape, &service_shape, &finding_shape, &answer_shape, &remark_shape};

    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        digest = record_shape_digest(digest, shapes[i]);
    return digest;
}
