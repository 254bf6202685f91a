#include "core/report/host.h"

#include <stdio.h>
#include <string.h>

#include "core/base/line.h"

#define LINE_BYTES 640

/* --- sockets ------------------------------------------------------------------------------ */

static int kind_text(const struct host_kind *kind, const char *name,
                     int (*line)(void *ctx, const char *text), void *ctx)
{
    char text[LINE_BYTES];
    struct line_out l = line_in(text, sizeof(text));
    const char *between = "";

    line_add(&l, "%-7s %8zu %8zu %8zu  ", name, kind->total, kind->ipv4, kind->ipv6);
    for (int state = 1; state < STATE_COUNT; state++)
        if (kind->states[state]) {
            line_add(&l, "%s%s %zu", between, state_name((enum socket_state)state),
                     kind->states[state]);
            between = ", ";
        }
    return line(ctx, text);
}

int host_sockets_text(const struct host_tally *t, bool header,
                      int (*line)(void *ctx, const char *text), void *ctx)
{
    char text[LINE_BYTES];
    int r = 0;

    if (header) {
        snprintf(text, sizeof(text), "%-7s %8s %8s %8s  %s", "Netid", "Total", "IPv4", "IPv6",
                 "States");
        r = line(ctx, text);
    }
    for (int k = 0; k < KIND_COUNT && r == 0; k++)
        if (t->kinds[k].total)
            r = kind_text(&t->kinds[k], kind_name((enum socket_kind)k), line, ctx);
    snprintf(text, sizeof(text), "%-7s %8zu", "all", t->total);
    return r ? r : line(ctx, text);
}

static cJSON *kind_json(const struct host_kind *of, enum socket_kind k)
{
    cJSON *kind = cJSON_CreateObject(), *states;

    cJSON_AddStringToObject(kind, "netid", kind_name(k));
    cJSON_AddStringToObject(kind, "proto", kind_protocol(k));
    cJSON_AddNumberToObject(kind, "total", (double)of->total);
    cJSON_AddNumberToObject(kind, "ipv4", (double)of->ipv4);
    cJSON_AddNumberToObject(kind, "ipv6", (double)of->ipv6);
    states = cJSON_AddObjectToObject(kind, "states");
    for (int state = 1; state < STATE_COUNT; state++)
        if (of->states[state])
            cJSON_AddNumberToObject(states, state_name((enum socket_state)state),
                                    (double)of->states[state]);
    return kind;
}

cJSON *host_sockets_json(const struct host_tally *t)
{
    cJSON *document = cJSON_CreateObject(), *kinds;

    cJSON_AddNumberToObject(document, "schema", 1);
    cJSON_AddNumberToObject(document, "total", (double)t->total);
    kinds = cJSON_AddArrayToObject(document, "kinds");
    for (int k = 0; k < KIND_COUNT; k++)
        if (t->kinds[k].total)
            cJSON_AddItemToArray(kinds, kind_json(&t->kinds[k], (enum socket_kind)k));
    return document;
}

/* --- figures ------------------------------------------------------------------------------ */

static enum host_unit total_unit(enum host_unit unit)
{
    return unit == HOST_SHARE ? HOST_SHARE : HOST_NUMBER;
}

int host_figures_text(const struct host *h, int (*line)(void *ctx, const char *text), void *ctx)
{
    int r = 0;

    for (int i = 0; i < HOST_FIGURE_COUNT && r == 0; i++) {
        const struct host_figure *f = &h->figures[i];
        enum host_unit unit = host_figure_info((enum host_figure_id)i)->unit;
        char text[LINE_BYTES], value[HOST_VALUE_BYTES];
        struct line_out l = line_in(text, sizeof(text));

        line_add(&l, "%-18s ", host_figure_title((enum host_figure_id)i));
        if (f->known)
            line_add(&l, "%14s", host_value(unit, f->value, value));
        else
            line_add(&l, "%14s",
                     f->has_all ? host_value(total_unit(unit), f->all, value) : "?");
        if (f->has_limit)
            line_add(&l, " of %s", host_value(unit, f->limit, value));
        if (f->has_all && !f->known)
            line_add(&l, " in all");
        else if (f->note[0])
            line_add(&l, " (%s)", f->note);
        if (f->state > HOST_USUAL)
            line_add(&l, "  %s", host_state_word(f->state));
        r = line(ctx, text);
    }
    return r;
}

static void add_number(cJSON *o, const char *key, bool known, uint64_t value,
                       enum host_unit unit)
{
    double scale = unit == HOST_PER_SECOND ? 1e3 : unit == HOST_SHARE ? 1e6 : 1;

    if (known)
        cJSON_AddNumberToObject(o, key, (double)value / scale);
    else
        cJSON_AddNullToObject(o, key);
}

static const char *state_word(const struct host_figure *f)
{
    return f->state == HOST_UNKNOWN ? "unknown"
           : f->state == HOST_PLAIN ? "plain"
                                    : host_state_word(f->state);
}

cJSON *host_figures_json(const struct host *h)
{
    static const char *const units[] = {[HOST_NUMBER] = "",
                                        [HOST_BYTES] = "bytes",
                                        [HOST_PER_SECOND] = "per_second",
                                        [HOST_SHARE] = "share"};
    cJSON *list = cJSON_CreateArray();

    for (int i = 0; i < HOST_FIGURE_COUNT; i++) {
        const struct host_figure *f = &h->figures[i];
        enum host_unit unit = host_figure_info((enum host_figure_id)i)->unit;
        cJSON *o = cJSON_CreateObject();

        cJSON_AddStringToObject(o, "name", host_figure_name((enum host_figure_id)i));
        add_number(o, "value", f->known, f->value, unit);
        cJSON_AddStringToObject(o, "unit", units[unit]);
        add_number(o, "limit", f->has_limit, f->limit, unit);
        add_number(o, "all", f->has_all, f->all, total_unit(unit));
        cJSON_AddStringToObject(o, "state", state_word(f));
        if (f->note[0])
            cJSON_AddStringToObject(o, "note", f->note);
        else
            cJSON_AddNullToObject(o, "note");
        cJSON_AddItemToArray(list, o);
    }
    return list;
}
