/* The columns that every socket has.  Their order is that of `--columns help`. */
#include "core/model/column.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void put_number(struct value *v, uint64_t number)
{
    v->kind = VALUE_NUMBER;
    v->number = number;
}

static void put_text(struct value *v, const char *text)
{
    v->kind = VALUE_TEXT;
    v->len = strnlen(text, sizeof(v->text) - 1);
    memcpy(v->text, text, v->len);
    v->text[v->len] = '\0';
}

static void put_queue(struct value *v, uint32_t bytes)
{
    if (bytes != QUEUE_UNKNOWN)
        put_number(v, bytes);
}

static void get_netid(const struct snapshot *s, const struct row *row, struct value *v)
{
    (void)s;
    put_text(v, kind_name((enum socket_kind)row->kind));
}

static void get_state(const struct snapshot *s, const struct row *row, struct value *v)
{
    (void)s;
    put_text(v, state_name((enum socket_state)row->state));
}

static void get_recvq(const struct snapshot *s, const struct row *row, struct value *v)
{
    (void)s;
    put_queue(v, row->rqueue);
}

static void get_sendq(const struct snapshot *s, const struct row *row, struct value *v)
{
    (void)s;
    put_queue(v, row->wqueue);
}

static void get_local(const struct snapshot *s, const struct row *row, struct value *v)
{
    v->kind = VALUE_TEXT;
    row_local(s, row, v->text);
    v->len = strlen(v->text);
}

static void get_peer(const struct snapshot *s, const struct row *row, struct value *v)
{
    v->kind = VALUE_TEXT;
    row_peer(s, row, v->text);
    v->len = strlen(v->text);
}

static void get_timer(const struct snapshot *s, const struct row *row, struct value *v)
{
    (void)s;
    if (row->timer == TIMER_OFF)
        v->kind = VALUE_NONE;
    else
        put_number(v, row->timer_ms);
}

static const struct column columns[] = {
    {"netid", "Netid", UNIT_NONE, false, false, 0, "The kind of socket, as ss names it.",
     get_netid},
    {"state", "State", UNIT_NONE, false, false, 0, "The state that the kernel keeps.",
     get_state},
    {"recvq", "Recv-Q", UNIT_BYTES, true, false, 0,
     "Bytes that arrived and were not read; of a listener: connections not accepted yet.",
     get_recvq},
    {"sendq", "Send-Q", UNIT_BYTES, true, false, 0,
     "Bytes that the peer has not acknowledged; of a listener: how many may wait.", get_sendq},
    {"local", "Local Address:Port", UNIT_NONE, false, false, 0, "Our end.", get_local},
    {"peer", "Peer Address:Port", UNIT_NONE, false, false, 0, "The other end.", get_peer},
    {"timer", "Timer", UNIT_MS, true, false, 0, "How long until the socket's timer fires.",
     get_timer},
};

size_t column_count(void)
{
    return sizeof(columns) / sizeof(columns[0]);
}

const struct column *column_at(size_t i)
{
    return &columns[i];
}

const struct column *column_find(const char *name)
{
    for (size_t i = 0; i < column_count(); i++)
        if (strcmp(columns[i].name, name) == 0)
            return &columns[i];
    return NULL;
}

size_t column_text(const struct column *c, const struct snapshot *s, const struct row *row,
                   struct value *scratch)
{
    scratch->kind = VALUE_UNKNOWN;
    scratch->why = NULL;
    c->get(s, row, scratch);
    switch (scratch->kind) {
    case VALUE_UNKNOWN:
        put_text(scratch, "?");
        break;
    case VALUE_NONE:
        put_text(scratch, "-");
        break;
    case VALUE_NUMBER:
    case VALUE_FLAG:
        scratch->len =
            (size_t)snprintf(scratch->text, sizeof(scratch->text), "%" PRIu64, scratch->number);
        break;
    case VALUE_TEXT:
        break;
    }
    return scratch->len;
}
