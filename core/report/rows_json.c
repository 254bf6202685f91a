/* Rows as one JSON document, {"schema": 1, "sockets": [...]}, an object a row. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/message/json_print.h"
#include "core/report/rows_internal.h"

/* Up to here every integer is a double (RFC 8259, 6). */
#define JSON_INTEGER_MAX (UINT64_C(1) << 53)

static void add_integer(cJSON *object, const char *name, uint64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, number);
    if (number > JSON_INTEGER_MAX)
        cJSON_AddStringToObject(object, name, text);
    else
        cJSON_AddRawToObject(object, name, text);
}

static void add_value(cJSON *object, const char *name, const struct value *v)
{
    switch (v->kind) {
    case VALUE_UNKNOWN:
    case VALUE_NONE:
        cJSON_AddNullToObject(object, name);
        break;
    case VALUE_NUMBER:
        add_integer(object, name, v->number);
        break;
    case VALUE_FLAG:
        cJSON_AddBoolToObject(object, name, v->number != 0);
        break;
    case VALUE_TEXT:
        cJSON_AddStringToObject(object, name, v->text);
        break;
    }
}

static void add_timer(cJSON *object, const struct row *row)
{
    cJSON *timer;

    if (row->timer == TIMER_OFF) {
        cJSON_AddNullToObject(object, "timer");
        return;
    }
    timer = cJSON_AddObjectToObject(object, "timer");
    cJSON_AddStringToObject(timer, "name", timer_name((enum socket_timer)row->timer));
    cJSON_AddNumberToObject(timer, "ms", row->timer_ms);
    cJSON_AddNumberToObject(timer, "retransmits", row->retransmits);
}

static void add_holder(cJSON *array, const struct process *process, int32_t fd)
{
    cJSON *one = cJSON_CreateObject();

    cJSON_AddNumberToObject(one, "pid", process->pid);
    cJSON_AddNumberToObject(one, "fd", fd);
    cJSON_AddStringToObject(one, "comm", process->comm);
    cJSON_AddItemToArray(array, one);
}

static const char *knowledge_text(enum owner_knowledge knowledge)
{
    switch (knowledge) {
    case OWNER_NONE:
        return "none";
    case OWNER_NOT_PERMITTED:
        return "not permitted";
    case OWNER_KNOWN:
        return "known";
    case OWNER_NOT_ASKED:
        break;
    }
    return "not asked";
}

/* An empty array only where it is known that nobody holds the socket. */
static void add_owners(cJSON *object, const struct snapshot *s, const struct row *row,
                       bool asked)
{
    const struct owner *owner = snapshot_owner_of(s, row);
    enum owner_knowledge knowledge = asked && owner ? owner->knowledge : OWNER_NOT_ASKED;
    cJSON *array;

    if (knowledge == OWNER_KNOWN || knowledge == OWNER_NONE) {
        array = cJSON_AddArrayToObject(object, "owners");
        for (size_t i = 0; i < owner->n; i++)
            add_holder(array, owner_process(&s->owned, owner, i),
                       owner_fd(&s->owned, owner, i));
    } else {
        cJSON_AddNullToObject(object, "owners");
    }
    if (knowledge == OWNER_KNOWN)
        cJSON_AddNumberToObject(object, "holders", (double)owner_processes(&s->owned, owner));
    if (knowledge == OWNER_KNOWN && owner->past)
        cJSON_AddBoolToObject(object, "owners_past", true); /* nobody holds it any more */
    cJSON_AddStringToObject(object, "owner_knowledge", knowledge_text(knowledge));
}

static void add_column(cJSON *object, cJSON **unknown, const struct column *c,
                       const struct snapshot *s, const struct row *row)
{
    struct value v;

    column_value(c, s, row, &v);
    add_value(object, c->name, &v);
    if (v.kind != VALUE_UNKNOWN || !v.why)
        return;
    if (!*unknown)
        *unknown = cJSON_CreateObject();
    cJSON_AddStringToObject(*unknown, c->name, v.why);
}

/* Every object has these, whatever columns are chosen. */
static const char *const always[] = {
    "proto",      "state",        "recvq",     "sendq", "local", "peer",   "local_address",
    "local_port", "peer_address", "peer_port", "uid",   "inode", "cookie",
};

#define N_ALWAYS (sizeof(always) / sizeof(always[0]))

static void add_always(cJSON *object, cJSON **unknown, const struct snapshot *s,
                       const struct row *row)
{
    static _Thread_local const struct column
        *found[N_ALWAYS]; /* looking them up takes longer */

    for (size_t i = 0; i < N_ALWAYS; i++) {
        if (!found[i])
            found[i] = column_find(always[i]);
        if (strcmp(always[i], "inode") == 0)
            add_integer(object, always[i], row->inode); /* 0: owner_knowledge tells why */
        else
            add_column(object, unknown, found[i], s, row);
    }
}

cJSON *row_json(const struct snapshot *s, const struct row *row, const struct rows_shape *shape)
{
    cJSON *object = cJSON_CreateObject(), *unknown = NULL;

    add_always(object, &unknown, s, row);
    add_timer(object, row);
    add_owners(object, s, row, shape->owners);
    for (size_t i = 0; i < shape->n_columns; i++)
        if (!cJSON_GetObjectItemCaseSensitive(object, shape->columns[i]->name))
            add_column(object, &unknown, shape->columns[i], s, row);
    if (unknown)
        cJSON_AddItemToObject(object, "unknown", unknown);
    return object;
}

static void put_beginning(struct rows_writer *w)
{
    static const char beginning[] = "{\"schema\":1,\"sockets\":[";

    rows_out(w, beginning, sizeof(beginning) - 1);
}

void rows_json_put(struct rows_writer *w, const struct snapshot *s, const struct row *row)
{
    cJSON *object = row_json(s, row, &w->shape);
    char *text = json_print(object, false);

    if (!w->n_rows)
        put_beginning(w);
    else
        rows_out(w, ",", 1);
    if (text)
        rows_out(w, text, strlen(text));
    else
        w->error = -ENOMEM;
    free(text);
    cJSON_Delete(object);
}

void rows_json_end(struct rows_writer *w)
{
    if (!w->n_rows)
        put_beginning(w);
    rows_out(w, "]}\n", 3);
}
