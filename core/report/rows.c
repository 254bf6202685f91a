#include "core/report/rows.h"

#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"

/* A 64-bit number exactly: a double would round it. */
static void add_u64(cJSON *object, const char *name, uint64_t n)
{
    char digits[24];

    snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
    cJSON_AddItemToObject(object, name, cJSON_CreateRaw(digits));
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
    cJSON_AddNumberToObject(timer, "expires_ms", row->timer_ms);
    cJSON_AddNumberToObject(timer, "retransmits", row->retransmits);
}

static void add_owner(cJSON *object, const struct owner *owner)
{
    cJSON *list, *one;

    if (owner && owner->knowledge == OWNER_NOT_PERMITTED) {
        cJSON_AddNullToObject(object, "owners");
        cJSON_AddStringToObject(object, "owners_unseen", "not permitted");
        return;
    }
    list = cJSON_AddArrayToObject(object, "owners");
    if (!owner || owner->knowledge != OWNER_KNOWN)
        return;
    one = cJSON_CreateObject();
    cJSON_AddNumberToObject(one, "pid", owner->pid);
    cJSON_AddNumberToObject(one, "fd", owner->fd);
    cJSON_AddStringToObject(one, "comm", owner->comm);
    cJSON_AddItemToArray(list, one);
    cJSON_AddNumberToObject(object, "holders", owner->holders);
}

static cJSON *row_json(const struct snapshot *s, const struct row *row,
                       const struct rows_options *options)
{
    cJSON *o = cJSON_CreateObject();
    char text[ADDR_TEXT_BYTES];

    cJSON_AddStringToObject(o, "proto", protocol_name(row->protocol));
    cJSON_AddStringToObject(o, "state", state_name((enum socket_state)row->state));
    cJSON_AddNumberToObject(o, "recvq", row->rqueue);
    cJSON_AddNumberToObject(o, "sendq", row->wqueue);
    cJSON_AddStringToObject(o, "local", row_local(row, text));
    cJSON_AddStringToObject(o, "peer", row_peer(row, text));
    cJSON_AddStringToObject(o, "local_address", addr_format_ip(&row->local, text));
    cJSON_AddNumberToObject(o, "local_port", row->local.port);
    cJSON_AddStringToObject(o, "peer_address", addr_format_ip(&row->peer, text));
    cJSON_AddNumberToObject(o, "peer_port", row->peer.port);
    cJSON_AddNumberToObject(o, "uid", row->uid);
    cJSON_AddNumberToObject(o, "inode", row->inode);
    add_u64(o, "cookie", row->cookie);
    add_timer(o, row);
    if (options->owners)
        add_owner(o, snapshot_owner(s, row->inode));
    return o;
}

cJSON *rows_json(const struct snapshot *s, const struct rows_options *options)
{
    cJSON *document = cJSON_CreateObject();
    cJSON *list;

    cJSON_AddNumberToObject(document, "schema", 1);
    list = cJSON_AddArrayToObject(document, "sockets");
    for (size_t i = 0; i < s->n_rows; i++)
        cJSON_AddItemToArray(list, row_json(s, &s->rows[i], options));
    return document;
}

#define TIMER_TEXT_BYTES 64

static const char *timer_text(const struct row *row, char buf[TIMER_TEXT_BYTES])
{
    char left[TEXT_DURATION_BYTES];

    buf[0] = '\0';
    if (row->timer != TIMER_OFF)
        snprintf(buf, TIMER_TEXT_BYTES, "%s %s, %u retransmits",
                 timer_name((enum socket_timer)row->timer),
                 text_duration(row->timer_ms * CLOCK_MS_NS, left), row->retransmits);
    return buf;
}

static void owner_text(const struct snapshot *s, const struct row *row, char *buf, size_t size)
{
    const struct owner *o = snapshot_owner(s, row->inode);

    buf[0] = '\0';
    if (o && o->knowledge == OWNER_NOT_PERMITTED)
        snprintf(buf, size, "(not permitted to see)");
    else if (o && o->knowledge == OWNER_KNOWN && o->holders > 1)
        snprintf(buf, size, "%s pid=%d fd=%d and %u more", o->comm, o->pid, o->fd,
                 o->holders - 1);
    else if (o && o->knowledge == OWNER_KNOWN)
        snprintf(buf, size, "%s pid=%d fd=%d", o->comm, o->pid, o->fd);
}

static void widen(int *width, size_t len)
{
    if ((int)len > *width)
        *width = (int)len;
}

static size_t digits(uint32_t n)
{
    size_t len = 1;

    while (n >= 10) {
        n /= 10;
        len++;
    }
    return len;
}

struct rows_layout rows_layout(const struct snapshot *s, const struct rows_options *options)
{
    struct rows_layout l = {.options = *options,
                            .state = 5,
                            .recvq = 6,
                            .sendq = 6,
                            .local = 18,
                            .peer = 17,
                            .timer = 5};

    for (size_t i = 0; i < s->n_rows; i++) {
        const struct row *row = &s->rows[i];
        char text[ADDR_TEXT_BYTES], timer[TIMER_TEXT_BYTES];

        widen(&l.state, strlen(state_name((enum socket_state)row->state)));
        widen(&l.recvq, digits(row->rqueue));
        widen(&l.sendq, digits(row->wqueue));
        widen(&l.local, strlen(row_local(row, text)));
        widen(&l.peer, strlen(row_peer(row, text)));
        if (options->timers)
            widen(&l.timer, strlen(timer_text(row, timer)));
    }
    return l;
}

static const char *line(const struct rows_layout *l, const char *const words[7],
                        char buf[ROWS_LINE_BYTES])
{
    int n =
        snprintf(buf, ROWS_LINE_BYTES, "%-*s %*s %*s  %-*s  %-*s", l->state, words[0], l->recvq,
                 words[1], l->sendq, words[2], l->local, words[3], l->peer, words[4]);

    if (l->options.timers)
        n += snprintf(buf + n, (size_t)(ROWS_LINE_BYTES - n), "  %-*s", l->timer, words[5]);
    if (l->options.owners)
        n += snprintf(buf + n, (size_t)(ROWS_LINE_BYTES - n), "  %s", words[6]);
    while (n > 0 && buf[n - 1] == ' ')
        buf[--n] = '\0';
    return buf;
}

const char *rows_header(const struct rows_layout *l, char buf[ROWS_LINE_BYTES])
{
    static const char *const titles[7] = {
        "State", "Recv-Q", "Send-Q", "Local Address:Port", "Peer Address:Port",
        "Timer", "Owner"};

    return line(l, titles, buf);
}

const char *rows_line(const struct rows_layout *l, const struct snapshot *s,
                      const struct row *row, char buf[ROWS_LINE_BYTES])
{
    char recvq[16], sendq[16], local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES];
    char timer[TIMER_TEXT_BYTES], owner[128];
    const char *const words[7] = {state_name((enum socket_state)row->state),
                                  recvq,
                                  sendq,
                                  row_local(row, local),
                                  row_peer(row, peer),
                                  timer_text(row, timer),
                                  owner};

    snprintf(recvq, sizeof(recvq), "%u", row->rqueue);
    snprintf(sendq, sizeof(sendq), "%u", row->wqueue);
    owner_text(s, row, owner, sizeof(owner));
    return line(l, words, buf);
}
