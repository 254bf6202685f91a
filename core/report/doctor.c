#include "core/report/doctor.h"

#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/report/line_writer.h"
#include "core/report/why.h"

#define SCHEMA 1

/* --- JSON -------------------------------------------------------------------------------- */

static cJSON *ailment_json(const struct ailment *a)
{
    cJSON *item = cJSON_CreateObject(), *fixes;

    cJSON_AddStringToObject(item, "socket", a->socket);
    cJSON_AddStringToObject(item, "kind", kind_name((enum socket_kind)a->row.kind));
    cJSON_AddStringToObject(item, "state", state_name((enum socket_state)a->row.state));
    cJSON_AddStringToObject(item, "owner", a->owner);
    cJSON_AddStringToObject(item, "cause", a->cause);
    cJSON_AddStringToObject(item, "confidence", confidence_name(a->confidence));
    cJSON_AddStringToObject(item, "summary", a->summary);
    fixes = cJSON_AddArrayToObject(item, "fix");
    for (size_t i = 0; i < a->n_fixes; i++)
        cJSON_AddItemToArray(fixes, cJSON_CreateString(a->fixes[i]));
    return item;
}

cJSON *doctor_json(const struct checkup *c)
{
    cJSON *document = cJSON_CreateObject(), *list;

    cJSON_AddNumberToObject(document, "schema", SCHEMA);
    cJSON_AddNumberToObject(document, "checked", (double)c->n_checked);
    list = cJSON_AddArrayToObject(document, "unhealthy");
    for (size_t i = 0; i < c->n; i++)
        cJSON_AddItemToArray(list, ailment_json(&c->list[i]));
    if (c->n_left_out)
        cJSON_AddNumberToObject(document, "left_out", (double)c->n_left_out);
    why_add_unseen(document, c->e);
    return document;
}

/* --- text ---------------------------------------------------------------------------------- */

struct widths {
    size_t cause, socket, owner;
};

static size_t wider(size_t width, const char *text)
{
    size_t len = strlen(text);

    return len > width ? len : width;
}

static struct widths measure(const struct checkup *c)
{
    struct widths w = {0};

    for (size_t i = 0; i < c->n; i++) {
        w.cause = wider(w.cause, c->list[i].cause);
        w.socket = wider(w.socket, c->list[i].socket);
        w.owner = wider(w.owner, c->list[i].owner);
    }
    return w;
}

int doctor_text(const struct checkup *c, int (*put)(void *ctx, const char *line), void *ctx)
{
    struct line_writer w = {.put = put, .ctx = ctx};
    struct widths widths = measure(c);
    char checked[TEXT_NUMBER_BYTES], n[TEXT_NUMBER_BYTES];

    for (size_t i = 0; i < c->n; i++) {
        const struct ailment *a = &c->list[i];

        write_line(&w, "%-*s  %-8s  %-*s  %-*s  %s", (int)widths.cause, a->cause,
                   confidence_name(a->confidence), (int)widths.socket, a->socket,
                   (int)widths.owner, a->owner, a->summary);
    }
    if (c->n)
        write_line(&w, "%s of %s sockets are not well; sockeye why --socket SOCKET tells more.",
                   text_number(c->n, n), text_number(c->n_checked, checked));
    else
        write_line(&w, "Nothing is wrong with any of %s sockets.",
                   text_number(c->n_checked, checked));
    if (c->n_left_out)
        write_line(&w, "%s more looked unwell, and there was no room to judge them.",
                   text_number(c->n_left_out, n));
    if (!w.r)
        w.r = why_unseen_text(c->e, put, ctx);
    return w.r;
}
