/* ui/console/sessions_panel.c - our servers, then our sessions, the newest first.
 *
 *  Id^       Kind       Peer            State     Received    Sent  In/s Out/s Both ways Recv-Q
 *  server 1  never-recv 1 open of 3     listening        0       0     0     0                -
 *  session 3 server 1   127.0.0.1:51826 open             0       0     0     0           128,512
 *  session 2 opened     127.0.0.1:65432 open             0 128,512     0 4,096 ▁▁▂▄▆██         0
 *
 * Rates are between the newest two looks, curves of bytes a second over the newest ones, each
 * scaled to its own peak; queues and rtt are the kernel's.  The other panes follow the cursor. */
#include "ui/console/panel.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/line.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "ui/console/chart.h"
#include "ui/console/figures.h"
#include "ui/console/list_view.h"
#include "ui/console/session_rows.h"
#include "ui/console/sockets_panel.h"
#include "ui/console/subjects.h"

enum session_column {
    ID,
    KIND,
    LOCAL,
    PEER,
    STATE,
    RECEIVED,
    SENT,
    IN,
    OUT,
    CURVE,
    QUEUED,
    RECV_Q,
    SEND_Q,
    RTT,
    MESSAGES,
    AGE,
    N_COLUMNS
};

static const struct {
    const char *title;
    int least;
    bool number;
} titles[N_COLUMNS] = {
    [ID] = {"Id", 11, false},         [KIND] = {"Kind", 10, false},
    [LOCAL] = {"Local", 13, false},   [PEER] = {"Peer", 15, false},
    [STATE] = {"State", 12, false},   [RECEIVED] = {"Received", 9, true},
    [SENT] = {"Sent", 9, true},       [IN] = {"In/s", 6, true},
    [OUT] = {"Out/s", 6, true},       [CURVE] = {"Both ways", 9, false},
    [QUEUED] = {"Queued", 7, true},   [RECV_Q] = {"Recv-Q", 7, true},
    [SEND_Q] = {"Send-Q", 7, true},   [RTT] = {"RTT", 8, true},
    [MESSAGES] = {"Msgs/s", 7, true}, [AGE] = {"Age", 8, false},
};

/* In front of the digits of a queue, where there is room. */
#define GAUGE_COLUMNS 4
#define ITEMS (MODEL_SESSIONS + MODEL_SERVERS)

struct sessions_view {
    struct list_view list;
    int rows, columns;
    uint64_t id; /* under the cursor, so that it stays there when others come and go; 0: none */
    enum session_column sort; /* ID: servers, then sessions, the newest first */
    bool descending;
    size_t n_order;
    uint16_t *order; /* of ITEMS: places of the items in the order without a column */
    struct session_rows kernel;
};

/* One item, as text. */
struct line {
    enum style state;
    uint64_t queues[2], limits[2]; /* Recv-Q and Send-Q; limit 0: the fullest on the screen */
    char text[N_COLUMNS][ENDPOINT_TEXT_BYTES];
};

static void *sessions_open(void)
{
    struct sessions_view *p = mem_new(1, sizeof(*p));

    p->order = mem_new(ITEMS, sizeof(*p->order));
    return p;
}

static void sessions_close(void *self)
{
    struct sessions_view *p = self;

    if (!p)
        return;
    session_rows_done(&p->kernel);
    free(p->order);
    free(p);
}

/* --- items ------------------------------------------------------------------------------ */

/* Items are numbered without a column's order; the list shows the order[i]-th as its i-th. */
static size_t item_at(const struct sessions_view *p, size_t index)
{
    return index < p->n_order ? p->order[index] : SIZE_MAX;
}

static size_t count(const struct model *m)
{
    return m->n_servers + m->n_sessions;
}

static const struct server_status *server_at(const struct model *m, size_t index)
{
    return index < m->n_servers ? &m->servers[index] : NULL;
}

static const struct session_status *session_at(const struct model *m, size_t index)
{
    return index >= m->n_servers && index < count(m)
               ? &m->sessions[m->n_sessions - 1 - (index - m->n_servers)]
               : NULL;
}

/* Servers and sessions share one series of numbers. */
static uint64_t id_at(const struct model *m, size_t index)
{
    const struct server_status *server = server_at(m, index);
    const struct session_status *session = session_at(m, index);

    return server ? server->id : session ? session->id : 0;
}

static void write_endpoint(const struct endpoint *e, char *buf)
{
    struct addr addr;

    if (endpoint_numeric(e, &addr))
        addr_format(&addr, buf);
    else
        endpoint_format(e, buf);
}

/* What a message is there. */
enum messages { NO_MESSAGES, DATAGRAMS, FRAMED };

static uint64_t messages_per_s(const struct rate *r, enum messages messages)
{
    return messages == FRAMED      ? r->per_s[RATE_MESSAGES]
           : messages == DATAGRAMS ? r->per_s[RATE_SENDS] + r->per_s[RATE_RECEIVES]
                                   : 0;
}

/* Bytes a second, and messages where there are any: a call each, or what the service counted. */
static void write_rates(const struct model *m, uint64_t id, enum messages messages,
                        struct line *line)
{
    const struct rate *r = model_rate(m, id);
    bool known = r && r->known;

    snprintf(line->text[IN], sizeof(line->text[IN]), "?");
    snprintf(line->text[OUT], sizeof(line->text[OUT]), "?");
    snprintf(line->text[MESSAGES], sizeof(line->text[MESSAGES]), messages ? "?" : "-");
    if (!known)
        return;
    text_number(r->per_s[RATE_RECEIVED], line->text[IN]);
    text_number(r->per_s[RATE_SENT], line->text[OUT]);
    if (messages)
        text_number(messages_per_s(r, messages), line->text[MESSAGES]);
}

/* The kernel's; of a listener the queue of who waits to be accepted, and its limit. */
static void write_queues(const struct sessions_view *p, uint64_t cookie, struct line *line)
{
    const struct session_row *row = session_rows_find(&p->kernel, cookie);

    snprintf(line->text[RECV_Q], sizeof(line->text[RECV_Q]), "?");
    snprintf(line->text[SEND_Q], sizeof(line->text[SEND_Q]), "?");
    snprintf(line->text[RTT], sizeof(line->text[RTT]), "?");
    if (!row)
        return;
    text_number(row->rqueue, line->text[RECV_Q]);
    text_number(row->wqueue, line->text[SEND_Q]);
    line->queues[0] = row->rqueue;
    line->queues[1] = row->wqueue;
    if (row->has_rtt)
        text_duration(row->rtt_us * 1000, line->text[RTT]);
}

static bool keeps_boundaries(enum endpoint_scheme scheme)
{
    return scheme == ENDPOINT_UDP || scheme == ENDPOINT_UNIX_DGRAM ||
           scheme == ENDPOINT_UNIX_SEQPACKET;
}

static enum messages messages_of_server(const struct server_status *server)
{
    if (keeps_boundaries(server->endpoint.scheme))
        return DATAGRAMS;
    return strcmp(server->service, "message") == 0 ? FRAMED : NO_MESSAGES;
}

/* One of ours has them from the first on that was sent. */
static enum messages messages_of_session(const struct model *m, const struct session_status *s)
{
    const struct server_status *server = model_server(m, s->server_id);

    if (keeps_boundaries(s->endpoint.scheme))
        return DATAGRAMS;
    return server ? messages_of_server(server) : s->messages ? FRAMED : NO_MESSAGES;
}

static void write_none(struct line *line, enum session_column column)
{
    snprintf(line->text[column], sizeof(line->text[column]), "-");
}

/* "1 open of 3, 2/s, 1 failed" */
static void write_clients(const struct model *m, const struct server_status *s, char *buf,
                          size_t size)
{
    const struct rate *r = model_rate(m, s->id);
    struct line_out l = line_in(buf, size);
    char number[TEXT_NUMBER_BYTES];

    if (keeps_boundaries(s->endpoint.scheme) && s->endpoint.scheme != ENDPOINT_UNIX_SEQPACKET) {
        line_add(&l, "%s datagrams", text_number(s->datagrams, number));
        return;
    }
    line_add(&l, "%u open of %s", s->open_sessions, text_number(s->accepted, number));
    if (r && r->known && r->per_s[RATE_ACCEPTED])
        line_add(&l, ", %s/s", text_number(r->per_s[RATE_ACCEPTED], number));
    if (s->accept_errors)
        line_add(&l, ", %s failed", text_number(s->accept_errors, number));
    if (s->denied)
        line_add(&l, ", %s denied", text_number(s->denied, number));
}

static void write_server(const struct sessions_view *p, const struct model *m,
                         const struct server_status *s, struct line *line)
{
    snprintf(line->text[ID], sizeof(line->text[ID]), "server %llu", (unsigned long long)s->id);
    snprintf(line->text[KIND], sizeof(line->text[KIND]), "%s", s->service);
    write_endpoint(&s->endpoint, line->text[LOCAL]);
    write_clients(m, s, line->text[PEER], sizeof(line->text[PEER]));
    snprintf(line->text[STATE], sizeof(line->text[STATE]), "%s",
             s->listening  ? "listening"
             : s->err.code ? figure_error(&s->err)
                           : "stopped");
    line->state = s->listening ? STYLE_LISTEN : s->err.code ? STYLE_BAD : STYLE_DIM;
    text_number(s->received_bytes, line->text[RECEIVED]);
    text_number(s->sent_bytes, line->text[SENT]);
    write_rates(m, s->id, messages_of_server(s), line);
    write_queues(p, s->listening ? s->cookie : 0, line);
    if (!keeps_boundaries(s->endpoint.scheme)) {
        line->limits[0] = line->queues[1];
        line->queues[1] = 0;
    }
    write_none(line, QUEUED);
    write_none(line, RTT);
    write_none(line, AGE);
}

/* Of an ended session its whole life. */
static uint64_t age_ns(const struct model *m, const struct session_status *s)
{
    bool over = s->state == SESSION_CLOSED || s->state == SESSION_FAILED;
    uint64_t now = m->snapshot ? m->snapshot->at_ns : s->changed_ns;
    uint64_t end = over || now < s->changed_ns ? s->changed_ns : now;

    return end > s->opened_ns ? end - s->opened_ns : 0;
}

static bool ended(const struct session_status *s)
{
    return s->state == SESSION_CLOSED || s->state == SESSION_FAILED;
}

static void write_session(const struct sessions_view *p, const struct model *m,
                          const struct session_status *s, struct line *line)
{
    snprintf(line->text[ID], sizeof(line->text[ID]), "session %llu", (unsigned long long)s->id);
    if (s->server_id)
        snprintf(line->text[KIND], sizeof(line->text[KIND]), "server %llu%s%s",
                 (unsigned long long)s->server_id, s->tag[0] ? " tag:" : "", s->tag);
    else
        snprintf(line->text[KIND], sizeof(line->text[KIND]), "%s%s",
                 s->tag[0] ? "tag:" : "opened", s->tag);
    addr_format(&s->local, line->text[LOCAL]);
    if (s->peer.family == AF_UNSPEC)
        write_endpoint(&s->endpoint, line->text[PEER]);
    else
        addr_format(&s->peer, line->text[PEER]);
    snprintf(line->text[STATE], sizeof(line->text[STATE]), "%s",
             s->err.code ? figure_error(&s->err) : session_state_name(s->state));
    line->state = s->err.code                  ? STYLE_BAD
                  : s->state == SESSION_OPEN   ? STYLE_GOOD
                  : s->state == SESSION_CLOSED ? STYLE_DIM
                                               : STYLE_BUSY;
    text_number(s->received_bytes, line->text[RECEIVED]);
    text_number(s->sent_bytes, line->text[SENT]);
    text_number(s->queued_bytes, line->text[QUEUED]);
    text_duration(age_ns(m, s), line->text[AGE]);
    write_rates(m, s->id, messages_of_session(m, s), line);
    write_queues(p, ended(s) ? 0 : s->cookie, line);
    if (s->endpoint.scheme != ENDPOINT_TCP && s->endpoint.scheme != ENDPOINT_TLS)
        write_none(line, RTT);
    /* What has ended has no queues any more. */
    for (int c = RECV_Q; c <= MESSAGES && ended(s); c++)
        write_none(line, (enum session_column)c);
    if (ended(s)) {
        write_none(line, IN);
        write_none(line, OUT);
    }
}

static bool line_of(const struct sessions_view *p, const struct model *m, size_t index,
                    struct line *line)
{
    const struct server_status *server = server_at(m, item_at(p, index));
    const struct session_status *session = session_at(m, item_at(p, index));

    *line = (struct line){.state = STYLE_NORMAL};
    if (server)
        write_server(p, m, server, line);
    else if (session)
        write_session(p, m, session, line);
    return server || session;
}

static void item_text(const void *panel, const struct model *m, size_t index, char *buf)
{
    struct line line;

    if (line_of(panel, m, index, &line))
        snprintf(buf, LIST_ITEM_BYTES, "%.40s %.40s %.120s %.160s %.40s", line.text[ID],
                 line.text[KIND], line.text[LOCAL], line.text[PEER], line.text[STATE]);
}

/* --- drawing ---------------------------------------------------------------------------- */

struct layout {
    int at[N_COLUMNS], width[N_COLUMNS]; /* width 0: folded away */
    uint64_t fullest;                    /* queue of those that are shown */
    bool folded;
};

/* What they need to be shown whole; the fullest queue. */
static uint64_t measure(const struct sessions_view *p, const struct model *m, int rows,
                        int want[N_COLUMNS])
{
    uint64_t fullest = 0;
    struct line line;

    for (int c = 0; c < N_COLUMNS; c++)
        want[c] = titles[c].least;
    for (int i = 0; i < rows && line_of(p, m, p->list.top + (size_t)i, &line); i++) {
        for (int c = 0; c < N_COLUMNS; c++)
            if (text_columns(line.text[c]) > want[c])
                want[c] = text_columns(line.text[c]);
        for (int q = 0; q < 2; q++)
            if (!line.limits[q] && line.queues[q] > fullest)
                fullest = line.queues[q];
    }
    return fullest;
}

static struct layout lay_out(const struct sessions_view *p, const struct model *m, int columns,
                             int rows)
{
    static const enum session_column order[] = {MESSAGES, AGE,  LOCAL,  RTT,    QUEUED,
                                                CURVE,    KIND, RECV_Q, SEND_Q, RECEIVED,
                                                SENT,     IN,   OUT,    STATE};
    int want[N_COLUMNS], need = 0, at = 1;
    struct layout l = {.folded = false};

    l.fullest = measure(p, m, rows, want);
    /* Numbers and states are whole or not there; the others may be cut, visibly. */
    for (int c = 0; c < N_COLUMNS; c++) {
        l.width[c] = titles[c].number || c == STATE ? want[c] : titles[c].least;
        need += l.width[c] + 1;
    }
    want[RECV_Q] += GAUGE_COLUMNS;
    want[SEND_Q] += GAUGE_COLUMNS;
    /* Where something is folded the sign of it needs two columns. */
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && need > columns; i++) {
        need -= l.width[order[i]] + 1;
        l.width[order[i]] = 0;
        columns -= l.folded ? 0 : 2;
        l.folded = true;
    }
    for (int c = 0; c < N_COLUMNS; c++) {
        int more = want[c] - l.width[c];

        more = more < columns - need ? more : columns - need;
        if (l.width[c] && more > 0) {
            l.width[c] += more;
            need += more;
        }
        l.at[c] = at;
        at += l.width[c] ? l.width[c] + 1 : 0;
    }
    return l;
}

static void draw_curve(struct area a, const struct rate *r)
{
    struct chart_point points[RATE_LOOKS] = {{0, false}};

    if (!r || a.columns <= 0 || a.columns > RATE_LOOKS)
        return;
    for (int i = 0; i < a.columns; i++) {
        int at = RATE_LOOKS - a.columns + i;

        points[i].known = RATE_LOOKS - at <= (int)r->looks;
        points[i].value = r->curve[at];
    }
    chart_points(a, points);
}

static bool is_queue(int column)
{
    return column == RECV_Q || column == SEND_Q;
}

static void draw_line(struct area a, int row, const struct layout *l, const struct line *line)
{
    for (int c = 0; c < N_COLUMNS; c++) {
        int queue = c - RECV_Q;

        if (is_queue(c) && line->queues[queue])
            draw_queue(a, row, l->at[c], l->width[c], line->text[c], line->queues[queue],
                       line->limits[queue] ? line->limits[queue] : l->fullest, false);
        else if (titles[c].number)
            area_text_right(a, row, l->at[c], l->width[c], STYLE_NORMAL, line->text[c]);
        else
            area_text_cut(a, row, l->at[c], l->width[c],
                          c == STATE ? line->state : STYLE_NORMAL, line->text[c]);
    }
}

static void draw_header(const struct sessions_view *p, struct area a, const struct layout *l)
{
    for (int c = 0; c < N_COLUMNS; c++) {
        char title[16];

        snprintf(title, sizeof(title), "%s%s", titles[c].title,
                 c != (int)p->sort ? ""
                 : p->descending   ? "v"
                                   : "^");
        if (titles[c].number)
            area_text_right(a, 0, l->at[c], l->width[c], STYLE_HEADER, title);
        else
            area_text_cut(a, 0, l->at[c], l->width[c], STYLE_HEADER, title);
    }
    if (l->folded)
        area_glyph(a, 0, a.columns - 1, STYLE_HEADER, GLYPH_ELLIPSIS);
}

static bool has_forgotten(const struct model *m)
{
    return m->forgotten_sessions || m->forgotten_servers;
}

/* "3 older sessions and 1 stopped server are forgotten" */
static void draw_forgotten(const struct model *m, struct area a)
{
    char sessions[TEXT_NUMBER_BYTES], servers[TEXT_NUMBER_BYTES];

    text_number(m->forgotten_sessions, sessions);
    text_number(m->forgotten_servers, servers);
    if (!m->forgotten_servers)
        area_printf(a, a.rows - 1, 1, STYLE_BAD, "%s older sessions are forgotten", sessions);
    else
        area_printf(a, a.rows - 1, 1, STYLE_BAD,
                    "%s older sessions and %s stopped servers are forgotten", sessions,
                    servers);
}

static void sessions_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct sessions_view *p = self;
    int rows = a.rows - 1 - has_forgotten(m);
    struct layout l = lay_out(p, m, a.columns, rows);
    struct line line;

    draw_header(p, a, &l);
    if (has_forgotten(m) && a.rows > 1)
        draw_forgotten(m, a);
    if (!count(m))
        figure_advice(a, 1,
                      "nothing of ours yet: {open} opens a session, {serve} starts a server");
    for (int i = 0; i < rows && line_of(p, m, p->list.top + (size_t)i, &line); i++) {
        uint64_t id = id_at(m, item_at(p, p->list.top + (size_t)i));

        draw_line(a, 1 + i, &l, &line);
        draw_curve(area_part(a, 1 + i, l.at[CURVE], 1, l.width[CURVE]), model_rate(m, id));
        if (id == m->focus.session_id && m->focus.session_id)
            area_glyph(a, 1 + i, 0, STYLE_KEY, GLYPH_CURSOR_ROW);
        if (p->list.top + (size_t)i == p->list.cursor)
            list_view_mark(a, 1 + i, keys);
    }
}

/* --- keys ------------------------------------------------------------------------------- */

/* What a column sorts by; of texts only which comes first matters: order_of(). */
static uint64_t number_at(const struct sessions_view *p, const struct model *m, size_t item)
{
    const struct server_status *server = server_at(m, item);
    const struct session_status *s = session_at(m, item);
    const struct rate *r = model_rate(m, id_at(m, item));
    const struct session_row *row = session_rows_find(&p->kernel, server ? server->cookie
                                                                  : s    ? s->cookie
                                                                         : 0);

    switch (p->sort) {
    case RECEIVED:
        return server ? server->received_bytes : s ? s->received_bytes : 0;
    case SENT:
        return server ? server->sent_bytes : s ? s->sent_bytes : 0;
    case IN:
        return r ? r->per_s[RATE_RECEIVED] : 0;
    case OUT:
        return r ? r->per_s[RATE_SENT] : 0;
    case CURVE:
        return r ? r->per_s[RATE_SENT] + r->per_s[RATE_RECEIVED] : 0;
    case QUEUED:
        return s ? s->queued_bytes : 0;
    case RECV_Q:
        return row ? row->rqueue : 0;
    case SEND_Q:
        return row ? row->wqueue : 0;
    case RTT:
        return row && row->has_rtt ? row->rtt_us : 0;
    case MESSAGES:
        return !r       ? 0
               : server ? messages_per_s(r, messages_of_server(server))
               : s      ? messages_per_s(r, messages_of_session(m, s))
                        : 0;
    case AGE:
        return s ? age_ns(m, s) : 0;
    default:
        return item;
    }
}

/* One item while they are sorted. */
struct sorted {
    uint64_t number;
    char text[64];
    uint16_t item;
};

static int compare_items(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;
    int texts = strcmp(x->text, y->text);

    return texts                   ? texts
           : x->number < y->number ? -1
           : x->number > y->number ? 1
                                   : (x->item > y->item) - (x->item < y->item);
}

static bool sorts_texts(enum session_column column)
{
    return column >= KIND && column <= STATE;
}

/* In the order of a column; items that are the same in it stay as they were. */
static void order_items(struct sessions_view *p, const struct model *m)
{
    size_t n = count(m);
    struct sorted *all = p->sort == ID ? NULL : mem_new(n ? n : 1, sizeof(*all));
    struct line line;

    p->n_order = n;
    for (size_t i = 0; i < n; i++)
        p->order[i] = (uint16_t)(p->sort == ID && p->descending ? n - 1 - i : i);
    if (!all)
        return;
    for (size_t i = 0; i < n; i++) {
        all[i].item = (uint16_t)i;
        if (!sorts_texts(p->sort))
            all[i].number = number_at(p, m, i);
        else if (line_of(p, m, i, &line))
            snprintf(all[i].text, sizeof(all[i].text), "%.63s", line.text[p->sort]);
    }
    qsort(all, n, sizeof(*all), compare_items);
    for (size_t i = 0; i < n; i++)
        p->order[p->descending ? n - 1 - i : i] = all[i].item;
    free(all);
}

/* The order stays while keys are pressed: only news change it. */
static void refresh(struct sessions_view *p, const struct model *m, bool news)
{
    if (news || p->n_order != count(m)) {
        session_rows_refresh(&p->kernel, m);
        order_items(p, m);
    }
    list_view_rows(&p->list, p->rows - 1 - has_forgotten(m));
    list_view_count(&p->list, count(m));
    for (size_t i = 0; p->id && i < p->list.count; i++)
        if (id_at(m, item_at(p, i)) == p->id) {
            list_view_to(&p->list, i);
            break;
        }
    p->id = id_at(m, item_at(p, p->list.cursor));
}

/* The column to the left or right of it that is shown; another one begins with its largest. */
static void sort_beside(struct sessions_view *p, const struct model *m, int step)
{
    struct layout l = lay_out(p, m, p->columns, p->rows - 1);
    int at = (int)p->sort;

    do
        at = (at + step + N_COLUMNS) % N_COLUMNS;
    while (!l.width[at]);
    p->sort = (enum session_column)at;
    p->descending = p->sort != ID && !sorts_texts(p->sort);
}

static void sort_at(struct sessions_view *p, const struct model *m, int column)
{
    struct layout l = lay_out(p, m, p->columns, p->rows - 1);

    for (int c = 0; c < N_COLUMNS; c++) {
        if (!l.width[c] || column < l.at[c] || column > l.at[c] + l.width[c])
            continue;
        p->descending = p->sort == (enum session_column)c
                            ? !p->descending
                            : c != ID && !sorts_texts((enum session_column)c);
        p->sort = (enum session_column)c;
        return;
    }
}

/* True when the event has changed the order. */
static bool sort(struct sessions_view *p, const struct panel_event *event,
                 const struct model *m)
{
    if (event->kind == PANEL_CLICK && event->row == 0)
        sort_at(p, m, event->column);
    else if (event->kind == PANEL_ACTION && event->action == ACTION_SORT_INVERT)
        p->descending = !p->descending;
    else if (event->kind == PANEL_ACTION &&
             (event->action == ACTION_SORT_LEFT || event->action == ACTION_SORT_RIGHT))
        sort_beside(p, m, event->action == ACTION_SORT_LEFT ? -1 : 1);
    else
        return false;
    refresh(p, m, true);
    return true;
}

/* The row of a listening socket of ours, as far as we know it ourselves. */
static struct focus focus_of_server(const struct model *m, const struct server_status *s)
{
    struct row row = {.cookie = s->cookie, .state = STATE_LISTEN, .kind = KIND_TCP};

    for (size_t i = 0; m->snapshot && s->cookie && i < m->snapshot->n_rows; i++)
        if (m->snapshot->rows[i].cookie == s->cookie)
            return model_focus_of_row(m, &m->snapshot->rows[i]);
    if (endpoint_numeric(&s->endpoint, &row.local))
        row.peer.family = row.local.family;
    return model_focus_of_row(m, &row);
}

static void focus_cursor(struct sessions_view *p, const struct model *m,
                         struct requests *requests)
{
    const struct server_status *server = server_at(m, item_at(p, p->list.cursor));

    p->id = id_at(m, item_at(p, p->list.cursor));
    if (!p->id)
        return;
    requests->set_focus = true;
    requests->focus = server ? focus_of_server(m, server) : model_focus_of_session(m, p->id);
}

/* The tag of the engine's, so that close tag:NAME means the same everywhere. */
static void tag_cursor(struct sessions_view *p, const struct model *m,
                       struct requests *requests)
{
    const struct session_status *s = session_at(m, item_at(p, p->list.cursor));

    if (!s || s->state == SESSION_CLOSED || s->state == SESSION_FAILED) {
        snprintf(requests->notice, sizeof(requests->notice), "only open sessions are tagged");
        return;
    }
    snprintf(requests->command, sizeof(requests->command), "tag %llu%s",
             (unsigned long long)s->id, s->tag[0] ? "" : " tagged");
    list_view_move(&p->list, ACTION_DOWN);
}

static enum panel_reply sessions_update(void *self, const struct panel_event *event,
                                        const struct model *m, struct requests *requests)
{
    struct sessions_view *p = self;

    if (event->kind == PANEL_RESIZE) {
        p->rows = event->rows;
        p->columns = event->columns;
    }
    refresh(p, m, event->kind == PANEL_RESIZE || event->kind == PANEL_TICK);
    if (event->kind == PANEL_RESIZE || event->kind == PANEL_TICK)
        return PANEL_HANDLED;
    if (sort(p, event, m))
        return event->kind == PANEL_CLICK ? PANEL_IGNORED : PANEL_HANDLED;
    if (event->kind == PANEL_ACTION && event->action == ACTION_TAG) {
        tag_cursor(p, m, requests);
        focus_cursor(p, m, requests);
        return PANEL_HANDLED;
    }
    if (!list_view_click(&p->list, event, 1) &&
        !list_view_search(&p->list, event, item_text, p, m, requests) &&
        !list_view_move(&p->list, event->action) && event->action != ACTION_DETAILS)
        return PANEL_IGNORED;
    focus_cursor(p, m, requests);
    /* The console then looks closer at it. */
    return event->kind == PANEL_ACTION && event->action == ACTION_DETAILS ? PANEL_IGNORED
                                                                          : PANEL_HANDLED;
}

static void sessions_subjects(const void *self, const struct model *m, struct subjects *ret)
{
    const struct sessions_view *p = self;
    const struct session_status *session = session_at(m, item_at(p, p->list.cursor));
    struct line line;

    if (!line_of(p, m, p->list.cursor, &line))
        return;
    ret->cursor = STATE;
    /* The state of a session, which may be shown as its errno, comes with the error. */
    for (int c = 0; c < N_COLUMNS; c++)
        if (c != STATE || !session)
            subjects_add(ret, TOPIC_SESSION, NULL, titles[c].title, line.text[c]);
    subjects_of_session(ret, m, session);
}

const struct panel_ops sessions_panel = {
    .name = "sessions",
    .open = sessions_open,
    .close = sessions_close,
    .update = sessions_update,
    .draw = sessions_draw,
    .subjects = sessions_subjects,
};
