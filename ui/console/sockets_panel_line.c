/* One row as texts, and the cells of a row that need more than a text. */
#include <stdio.h>
#include <string.h>

#include "ui/console/figures.h"
#include "ui/console/sockets_panel.h"

/* --- texts ------------------------------------------------------------------------------ */

/* "persist 1.4s", and how often it has fired in vain. */
static void write_timer(const struct row *row, char *buf, size_t size)
{
    unsigned ms = row->timer_ms;
    char left[16], times[8] = "";

    buf[0] = '\0';
    if (row->timer == TIMER_OFF)
        return;
    if (ms < 1000)
        snprintf(left, sizeof(left), "%ums", ms);
    else if (ms < 100000)
        snprintf(left, sizeof(left), "%u.%us", ms / 1000, ms / 100 % 10);
    else
        snprintf(left, sizeof(left), "%umin", ms / 60000);
    if (row->retransmits)
        snprintf(times, sizeof(times), " x%u", row->retransmits);
    snprintf(buf, size, "%s %s%s", timer_name(row->timer), left, times);
}

static bool queue_large(uint32_t bytes)
{
    return bytes >= QUEUE_LARGE && bytes != QUEUE_UNKNOWN;
}

/* The accept queue is full when more wait than the limit: sk_acceptq_is_full() of the kernel.
 */
static bool in_trouble(const struct row *row)
{
    if (row->state == STATE_LISTEN)
        return row->rqueue > row->wqueue && row->rqueue != QUEUE_UNKNOWN;
    return queue_large(row->rqueue) || queue_large(row->wqueue) ||
           row->timer == TIMER_PERSIST || (row->timer == TIMER_ON && row->retransmits);
}

static void write_session(const struct session_status *s, struct socket_line *line)
{
    const char *state = session_state_name(s->state);

    line->state_style = s->err.code                  ? STYLE_BAD
                        : s->state == SESSION_CLOSED ? STYLE_DIM
                                                     : STYLE_BUSY;
    line->trouble = s->err.code != 0;
    if (s->err.code)
        snprintf(line->state, sizeof(line->state), "%s %s", state, figure_error(&s->err));
    else
        snprintf(line->state, sizeof(line->state), "%s", state);
    if (line->row.peer.family == AF_UNSPEC) {
        char text[ENDPOINT_TEXT_BYTES];
        const char *host = strstr(endpoint_format(&s->endpoint, text), "://");

        snprintf(line->peer, sizeof(line->peer), "%.*s", (int)sizeof(line->peer) - 1,
                 host ? host + 3 : text);
    }
}

static const char *queue_text(uint32_t bytes, char buf[TEXT_NUMBER_BYTES])
{
    return bytes == QUEUE_UNKNOWN ? strcpy(buf, "?") : text_number(bytes, buf);
}

static void write_queues(struct socket_line *line)
{
    const struct row *row = &line->row;
    char limit[TEXT_NUMBER_BYTES], used[TEXT_NUMBER_BYTES];

    if (line->session) {
        /* No kernel row: nobody knows its queues. */
        snprintf(line->recvq, sizeof(line->recvq), "-");
        snprintf(line->sendq, sizeof(line->sendq), "-");
    } else if (row->state == STATE_LISTEN) {
        snprintf(line->recvq, sizeof(line->recvq), "-");
        snprintf(line->sendq, sizeof(line->sendq), "%s/%s", queue_text(row->rqueue, used),
                 queue_text(row->wqueue, limit));
    } else {
        queue_text(row->rqueue, line->recvq);
        queue_text(row->wqueue, line->sendq);
    }
}

void socket_line_of(const struct model *m, const struct row *row,
                    const struct session_status *session, struct socket_line *line)
{
    line->row = *row;
    line->session = session;
    line->timer[0] = '\0';
    line->trouble = in_trouble(row);
    line->state_style = figure_state_style(row->state);
    row_local(m->snapshot, row, line->local);
    if (row->state == STATE_LISTEN)
        snprintf(line->peer, sizeof(line->peer), "*");
    else
        row_peer(m->snapshot, row, line->peer);
    snprintf(line->state, sizeof(line->state), "%s", state_name(row->state));
    if (session)
        write_session(session, line);
    else
        write_timer(row, line->timer, sizeof(line->timer));
    write_queues(line);
    model_owner(m, row, line->owner);
    if (line->owner[0])
        return;
    if (session)
        snprintf(line->owner, sizeof(line->owner), "session %llu",
                 (unsigned long long)session->id);
    else if (row_not_accepted(row))
        snprintf(line->owner, sizeof(line->owner), "not accepted yet");
}

const char *group_name(const struct model *m, const struct view_group *g,
                       char buf[GROUP_TEXT_BYTES])
{
    const struct process *p;

    buf[0] = '\0';
    switch (g->kind) {
    case GROUP_PROCESS:
        p = &m->snapshot->owned.processes[g->process];
        if (p->uid == UID_UNKNOWN)
            snprintf(buf, GROUP_TEXT_BYTES, "%s (%d)", process_name(p), p->pid);
        else if (p->uid == 0)
            snprintf(buf, GROUP_TEXT_BYTES, "%s (%d) root", process_name(p), p->pid);
        else
            snprintf(buf, GROUP_TEXT_BYTES, "%s (%d) uid %u", process_name(p), p->pid, p->uid);
        break;
    case GROUP_NOT_PERMITTED:
        snprintf(buf, GROUP_TEXT_BYTES, "not permitted to see whose they are");
        break;
    case GROUP_NO_PROCESS:
        snprintf(buf, GROUP_TEXT_BYTES, "no process: TIME_WAIT, waiting, kernel");
        break;
    case GROUP_NOT_ASKED:
        snprintf(buf, GROUP_TEXT_BYTES, "not looked up yet");
        break;
    default:
        break;
    }
    return buf;
}

void sockets_item_text(const void *panel, const struct model *m, size_t index, char *buf)
{
    char name[GROUP_TEXT_BYTES];
    struct socket_line line;
    struct place place;
    int used = 0;

    if (!sockets_place(panel, m, index, &place))
        return;
    if (place.gone) {
        gone_text(m, place.gone, buf, LIST_ITEM_BYTES);
        return;
    }
    if (place.head && place.group->kind == GROUP_STATE)
        used = snprintf(buf, LIST_ITEM_BYTES, "%s %s ",
                        kind_name((enum socket_kind)place.group->socket_kind),
                        state_name((enum socket_state)place.group->state));
    else if (place.head)
        used = snprintf(buf, LIST_ITEM_BYTES, "%s ", group_name(m, place.group, name));
    if (!place.row.state)
        return;
    socket_line_of(m, &place.row, place.session, &line);
    used += snprintf(buf + used, LIST_ITEM_BYTES - (size_t)used, "%s %s %s %s %s %s",
                     kind_name((enum socket_kind)line.row.kind), line.local, line.peer,
                     line.state, line.timer, line.owner);
    if (!place.other || used >= LIST_ITEM_BYTES)
        return;
    socket_line_of(m, place.other, NULL, &line);
    snprintf(buf + used, LIST_ITEM_BYTES - (size_t)used, " %s %s", line.state, line.owner);
}

/* --- cells ------------------------------------------------------------------------------ */

void draw_column_title(struct area a, int at, int width, const char *title, bool sorted,
                       bool descending)
{
    int end = at + width;

    if (!width)
        return;
    at = area_text_cut(a, 0, at, width, STYLE_HEADER, title);
    if (sorted && at < end)
        area_text(a, 0, at, STYLE_KEY, descending ? "v" : "^");
}

void draw_address(struct area a, int row, int at, int width, const char *text)
{
    const char *port = strrchr(text, ':');
    int port_columns = port ? text_columns(port) : 0;
    char host[ENDPOINT_TEXT_BYTES];

    if (!port || text_columns(text) <= width || port_columns + 2 > width) {
        area_text_cut(a, row, at, width, STYLE_NORMAL, text);
        return;
    }
    snprintf(host, sizeof(host), "%.*s", (int)(port - text), text);
    at = area_text_cut(a, row, at, width - port_columns, STYLE_NORMAL, host);
    area_text(a, row, at, STYLE_NORMAL, port);
}

void draw_queue(struct area a, int row, int at, int width, const char *digits, uint64_t value,
                uint64_t full, bool bad)
{
    int columns = text_columns(digits);

    if (!width)
        return;
    if (!value) {
        area_text_cut(a, row, at, width, STYLE_DIM, digits);
        return;
    }
    area_gauge(a, row, at, width - columns, value, full);
    area_text_right(a, row, at, width, bad ? STYLE_BAD : STYLE_BUSY, digits);
}

/* "sockeye server 1 echo" fits; one width for all rows, so that they read alike. */
#define OWNER_FULL_COLUMNS 21

/* Whose program a session is goes without saying where there is no room to say it. */
void draw_owner(const struct model *m, struct area a, int row, int at, int width,
                const struct row *socket, const char *owner)
{
    static const char ours[] = "sockeye ";

    /* Another process of this name keeps it. */
    if (width < OWNER_FULL_COLUMNS && strncmp(owner, ours, strlen(ours)) == 0 &&
        (model_session_by_cookie(m, socket->cookie) ||
         model_server_by_cookie(m, socket->cookie)))
        owner += strlen(ours);
    if (row_not_accepted(socket) && text_columns(owner) > width)
        owner = "waiting";
    area_text_cut(a, row, at, width, row_not_accepted(socket) ? STYLE_BUSY : STYLE_NORMAL,
                  owner);
}

void draw_row_mark(struct area a, int row, const struct row *socket, bool focus, bool trouble)
{
    static const struct {
        const char *mark;
        enum style style;
    } changes[] = {[CHANGE_NEW] = {"+", STYLE_NEW},
                   [CHANGE_STATE] = {"~", STYLE_CHANGED},
                   [CHANGE_GONE] = {"-", STYLE_GONE}};

    if (socket->change > CHANGE_NONE && socket->change <= CHANGE_GONE) {
        area_restyle(a, row, 0, a.columns, changes[socket->change].style);
        area_text(a, row, 0, changes[socket->change].style, changes[socket->change].mark);
    } else if (focus) {
        area_glyph(a, row, 0, STYLE_KEY, GLYPH_CURSOR_ROW);
    } else if (trouble) {
        area_text(a, row, 0, STYLE_BAD, "!");
    }
}
