#include "core/report/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"

/* Up to here every integer is a double (RFC 8259, 6). */
#define JSON_INTEGER_MAX (UINT64_C(1) << 53)

#define TIMER_TEXT_BYTES 80
#define OWNER_TEXT_BYTES 256

static void add_cookie(cJSON *object, uint64_t cookie)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, cookie);
    if (cookie == 0)
        cJSON_AddNullToObject(object, "cookie");
    else if (cookie > JSON_INTEGER_MAX)
        cJSON_AddStringToObject(object, "cookie", text);
    else
        cJSON_AddRawToObject(object, "cookie", text);
}

static void add_end(cJSON *object, const char *address_name, const char *port_name,
                    const struct addr *a)
{
    char text[ADDR_TEXT_BYTES];

    if (a->family == AF_UNSPEC) {
        cJSON_AddNullToObject(object, address_name);
        cJSON_AddNullToObject(object, port_name);
        return;
    }
    cJSON_AddStringToObject(object, address_name, addr_format_ip(a, text));
    cJSON_AddNumberToObject(object, port_name, a->port);
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

/* Sockets without an inode have no owner to look up: TIME_WAIT, or not accepted yet. */
static const struct owner *owner_of(const struct snapshot *s, const struct row *row)
{
    static const struct owner nobody = {.knowledge = OWNER_NONE};

    return row->inode ? snapshot_owner(s, row->inode) : &nobody;
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
static void add_owners(cJSON *object, const struct snapshot *s, const struct owner *owner,
                       bool asked)
{
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
    cJSON_AddStringToObject(object, "owner_knowledge", knowledge_text(knowledge));
}

cJSON *row_json(const struct snapshot *s, const struct row *row,
                const struct row_report *report)
{
    cJSON *object = cJSON_CreateObject();
    char text[ROW_END_BYTES];

    cJSON_AddStringToObject(object, "proto", kind_protocol((enum socket_kind)row->kind));
    cJSON_AddStringToObject(object, "state", state_name((enum socket_state)row->state));
    cJSON_AddNumberToObject(object, "recvq", row->rqueue);
    cJSON_AddNumberToObject(object, "sendq", row->wqueue);
    cJSON_AddStringToObject(object, "local", row_local(s, row, text));
    cJSON_AddStringToObject(object, "peer", row_peer(s, row, text));
    add_end(object, "local_address", "local_port", &row->local);
    add_end(object, "peer_address", "peer_port", &row->peer);
    cJSON_AddNumberToObject(object, "uid", row->uid);
    cJSON_AddNumberToObject(object, "inode", row->inode);
    add_cookie(object, row->cookie);
    add_timer(object, row);
    add_owners(object, s, owner_of(s, row), report->owners);
    return object;
}

static const char *timer_text(const struct row *row, char buf[TIMER_TEXT_BYTES])
{
    char duration[TEXT_DURATION_BYTES];
    int n;

    if (row->timer == TIMER_OFF)
        return strcpy(buf, "-");
    n = snprintf(buf, TIMER_TEXT_BYTES, "%s %s", timer_name((enum socket_timer)row->timer),
                 text_duration(row->timer_ms * CLOCK_MS_NS, duration));
    if (row->retransmits)
        snprintf(buf + n, TIMER_TEXT_BYTES - (size_t)n, ", %u retransmit%s", row->retransmits,
                 row->retransmits == 1 ? "" : "s");
    return buf;
}

static const char *owner_text(const struct snapshot *s, const struct row *row,
                              char buf[OWNER_TEXT_BYTES])
{
    const struct owner *owner = owner_of(s, row);
    const struct process *p;
    size_t n;
    enum owner_knowledge knowledge = owner ? owner->knowledge : OWNER_NOT_ASKED;

    if (knowledge == OWNER_NONE)
        return strcpy(buf, "-");
    if (knowledge == OWNER_NOT_PERMITTED)
        return strcpy(buf, "? (not permitted)");
    if (knowledge != OWNER_KNOWN)
        return strcpy(buf, "?");
    p = owner_process(&s->owned, owner, 0);
    n = owner_processes(&s->owned, owner);
    if (n > 1)
        snprintf(buf, OWNER_TEXT_BYTES, "%s (%d) fd %d and %zu more", process_name(p), p->pid,
                 owner_fd(&s->owned, owner, 0), n - 1);
    else
        snprintf(buf, OWNER_TEXT_BYTES, "%s (%d) fd %d", process_name(p), p->pid,
                 owner_fd(&s->owned, owner, 0));
    return buf;
}

static void fit(int *width, const char *text)
{
    int len = (int)strlen(text);

    if (len > *width)
        *width = len;
}

static void fit_number(int *width, uint32_t n)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", n);
    fit(width, text);
}

static const char *const TITLES[] = {
    "State", "Recv-Q", "Send-Q", "Local Address:Port", "Peer Address:Port", "Timer", "Owner",
};

struct row_widths row_widths_of_titles(void)
{
    struct row_widths w = {0};

    fit(&w.state, TITLES[0]);
    fit(&w.recvq, TITLES[1]);
    fit(&w.sendq, TITLES[2]);
    fit(&w.local, TITLES[3]);
    fit(&w.peer, TITLES[4]);
    fit(&w.timer, TITLES[5]);
    return w;
}

void row_widths_fit(struct row_widths *w, const struct snapshot *s, const struct row *row)
{
    char text[ROW_END_BYTES], timer[TIMER_TEXT_BYTES];

    fit(&w->state, state_name((enum socket_state)row->state));
    fit_number(&w->recvq, row->rqueue);
    fit_number(&w->sendq, row->wqueue);
    fit(&w->local, row_local(s, row, text));
    fit(&w->peer, row_peer(s, row, text));
    fit(&w->timer, timer_text(row, timer));
}

/* The texts of one line, in the order of the titles. */
static size_t put_line(const char *const cells[], const struct row_widths *w,
                       const struct row_report *report, char buf[ROW_LINE_BYTES])
{
    int n =
        snprintf(buf, ROW_LINE_BYTES, "%-*s  %*s  %*s  %-*s  %-*s", w->state, cells[0],
                 w->recvq, cells[1], w->sendq, cells[2], w->local, cells[3], w->peer, cells[4]);

    if (report->timers && n < ROW_LINE_BYTES)
        n += snprintf(buf + n, (size_t)(ROW_LINE_BYTES - n), "  %-*s", w->timer, cells[5]);
    if (report->owners && n < ROW_LINE_BYTES)
        n += snprintf(buf + n, (size_t)(ROW_LINE_BYTES - n), "  %s", cells[6]);
    if (n >= ROW_LINE_BYTES)
        n = ROW_LINE_BYTES - 1;
    while (n > 0 && buf[n - 1] == ' ')
        n--;
    buf[n] = '\0';
    return (size_t)n;
}

size_t row_titles_line(const struct row_widths *w, const struct row_report *report,
                       char buf[ROW_LINE_BYTES])
{
    return put_line(TITLES, w, report, buf);
}

size_t row_line(const struct snapshot *s, const struct row *row, const struct row_widths *w,
                const struct row_report *report, char buf[ROW_LINE_BYTES])
{
    char recvq[16], sendq[16], local[ROW_END_BYTES], peer[ROW_END_BYTES];
    char timer[TIMER_TEXT_BYTES], owners[OWNER_TEXT_BYTES];
    const char *const cells[] = {
        state_name((enum socket_state)row->state),
        recvq,
        sendq,
        row_local(s, row, local),
        row_peer(s, row, peer),
        timer_text(row, timer),
        owner_text(s, row, owners),
    };

    snprintf(recvq, sizeof(recvq), "%u", row->rqueue);
    snprintf(sendq, sizeof(sendq), "%u", row->wqueue);
    return put_line(cells, w, report, buf);
}
