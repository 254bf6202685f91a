/* ui/console/why_panel.c - a verdict, what to do about it, and what it rests on.
 *
 *  ── why tcp://127.0.0.1:5901 ─────────────────────────────────────────────────────
 *   no-listener, certain
 *     nothing listens on 127.0.0.1:5901
 *   fix  start the server, or ask it for its port
 *   Evidence
 *  >     0.08 ms  capture       > came RST ACK, 0 bytes, window 0
 *   Also possible
 *   ...
 *   Ruled out
 *     firewall-reject  no rule here answers
 *   Unseen
 *     kernel events  need root: sudo setcap ...
 *
 * Enter on a line of evidence with an arrow leads to its row, or its packet. */
#include "ui/console/panel.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/why/inquiry.h"
#include "ui/console/figures.h"
#include "ui/console/list_view.h"
#include "ui/console/subjects.h"

#define ROW_BYTES 256
#define TIME_COLUMNS 12
#define SOURCE_COLUMNS 14
/* In a narrower pane a fact stands below its source. */
#define NARROW_COLUMNS 56
/* Each capture stamps a packet when it comes to it, on a busy machine some time after the other; a
 * packet that is known by its time alone has to be close. */
#define SAME_MOMENT_NS CLOCK_MS_NS
#define SAME_PACKET_NS UINT64_C(2000)
/* Snapshots after an answer by which its packets have been looked at, or never will be. */
#define LOOKS 8

/* Where a line of evidence leads in the model. */
struct lead {
    enum { LEADS_NOWHERE, LEADS_ROW, LEADS_PACKET, LEADS_CALL } to;
    uint64_t number; /* of the packet in the console's store, of the call in the journal */
};

struct why_row {
    enum style style;
    int indent;
    bool first;   /* of what it belongs to: time and source stand before it */
    size_t about; /* line of evidence; SIZE_MAX: none */
    char text[ROW_BYTES];
};

struct why_view {
    struct list_view list;
    int rows, columns;
    uint64_t answers; /* that the rows were made of */
    int made_columns;
    size_t n, room;
    unsigned looks; /* for what the evidence leads to */
    uint64_t looked_ns;
    struct lead leads[EVIDENCE_LINES];
    struct why_row *made; /* as many as what is said needs: that has bounds */
};

static void *why_open(void)
{
    return mem_new(1, sizeof(struct why_view));
}

static void why_close(void *self)
{
    struct why_view *p = self;

    if (p)
        free(p->made);
    free(p);
}

/* --- from the answer to rows -------------------------------------------------------------- */

/* Bytes of text that fit: up to the last blank; a longer word is broken. */
static size_t piece(const char *text, int columns)
{
    size_t fits = 0;
    char line[ROW_BYTES];

    for (size_t at = 0; at < sizeof(line) - 1; at++) {
        bool end = text[at] == '\0', whole = ((unsigned char)text[at] & 0xc0) != 0x80;

        if (!end && !whole)
            continue;
        snprintf(line, sizeof(line), "%.*s", (int)at, text);
        if (text_columns(line) > columns)
            break;
        if (end)
            return at;
        fits = at;
    }
    for (size_t at = fits; at > 0; at--)
        if (text[at] == ' ')
            return at;
    return fits ? fits : 1;
}

static struct why_row *next_row(struct why_view *p)
{
    if (p->n == p->room) {
        p->room = p->room ? 2 * p->room : 64;
        p->made = mem_resize(p->made, p->room, sizeof(*p->made));
    }
    return &p->made[p->n++];
}

static void add(struct why_view *p, enum style style, int indent, size_t about,
                const char *text)
{
    int room = p->columns - indent - 1 > 8 ? p->columns - indent - 1 : 8;
    bool first = true;

    do {
        size_t len = piece(text, room);
        struct why_row *row = next_row(p);

        *row =
            (struct why_row){.style = style, .indent = indent, .first = first, .about = about};
        snprintf(row->text, sizeof(row->text), "%.*s", (int)len, text);
        first = false;
        text += len;
        text += strspn(text, " ");
    } while (*text);
}

__attribute__((format(printf, 4, 5))) static void say(struct why_view *p, enum style style,
                                                      int indent, const char *format, ...)
{
    char text[2 * VERDICT_TEXT_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    add(p, style, indent, SIZE_MAX, text);
}

static int fact_column(const struct why_view *p)
{
    return p->columns < NARROW_COLUMNS ? 5 : 1 + TIME_COLUMNS + 2 + SOURCE_COLUMNS + 2;
}

static void add_verdict(struct why_view *p, const struct verdict *v)
{
    enum style style = strcmp(v->cause, "healthy") == 0   ? STYLE_GOOD
                       : strcmp(v->cause, "unknown") == 0 ? STYLE_BUSY
                                                          : STYLE_BAD;

    say(p, style, 1, "%s, %s", v->cause, confidence_name(v->confidence));
    say(p, STYLE_NORMAL, 3, "%s", v->summary);
    for (size_t i = 0; i < v->n_fixes; i++)
        say(p, STYLE_INPUT, 3, "fix: %s", v->fixes[i]);
}

static void add_evidence(struct why_view *p, const struct evidence *e)
{
    if (e->n_lines)
        say(p, STYLE_HEADER, 1, "Evidence");
    for (size_t i = 0; i < e->n_lines; i++)
        add(p, STYLE_NORMAL, fact_column(p), i, e->lines[i].text);
    if (e->lines_left_out)
        say(p, STYLE_DIM, 3, "and %zu facts more, for which there was no room",
            e->lines_left_out);
}

static void add_alternatives(struct why_view *p, const struct verdict *v)
{
    bool also = false, not = false;

    for (size_t i = 0; i < v->n_alternatives; i++) {
        const struct alternative *a = &v->alternatives[i];

        if (a->confidence && !also)
            say(p, STYLE_HEADER, 1, "Also");
        if (!a->confidence && !not )
            say(p, STYLE_HEADER, 1, "Ruled out");
        also |= a->confidence != CONFIDENCE_NONE;
        not |= a->confidence == CONFIDENCE_NONE;
        if (a->confidence)
            say(p, STYLE_NORMAL, 3, "%s, %s: %s", a->cause, confidence_name(a->confidence),
                a->summary);
        else
            say(p, STYLE_DIM, 3, "%s: %s", a->cause, a->ruled_out_by);
    }
}

static void add_unseen(struct why_view *p, const struct evidence *e)
{
    if (e->n_unseen)
        say(p, STYLE_HEADER, 1, "Unseen");
    for (size_t i = 0; i < e->n_unseen; i++) {
        const struct evidence_gap *gap = &e->unseen[i];

        say(p, STYLE_BUSY, 3, "%s: %s%s%s", gap->source, gap->because, gap->grant ? "; " : "",
            gap->grant ? gap->grant : "");
    }
}

static void make_rows(struct why_view *p, const struct inquiry *q)
{
    char text[3 * ERR_TEXT_BYTES];

    p->n = 0;
    if (q && q->e) {
        add_verdict(p, &q->v);
        add_evidence(p, q->e);
        add_alternatives(p, &q->v);
        add_unseen(p, q->e);
    } else if (q) {
        err_format(&q->err, text, sizeof(text));
        add(p, STYLE_BAD, 1, SIZE_MAX, text);
    }
    list_view_count(&p->list, p->n);
}

/* --- where evidence leads ----------------------------------------------------------------- */

static const struct row *row_of(const struct model *m, uint64_t cookie)
{
    for (size_t i = 0; cookie && m->snapshot && i < m->snapshot->n_rows; i++)
        if (m->snapshot->rows[i].cookie == cookie)
            return &m->snapshot->rows[i];
    return NULL;
}

/* By what is in it, where the line says so. */
static bool is_same(const struct model *m, const struct packet_entry *entry,
                    const struct evidence_line *line, uint64_t apart_ns)
{
    struct packet packet;
    struct dissection d;

    if (line->from.family == AF_UNSPEC)
        return apart_ns <= SAME_PACKET_NS;
    return apart_ns <= SAME_MOMENT_NS && packet_look(m->packets, entry->number, &packet, &d) &&
           addr_equal(&d.flow.source, &line->from) &&
           addr_equal(&d.flow.destination, &line->to) && (!d.has_tcp || d.tcp.seq == line->seq);
}

/* The same packet in the store of the console, which has numbers of its own: the nearest in time. */
static bool packet_of(const struct model *m, const struct evidence *e,
                      const struct evidence_line *line, uint64_t *ret_number)
{
    uint64_t at_ns = e->began_wall_ns + line->at_ns, best = UINT64_MAX;

    for (uint64_t n = packet_index_next(m->packet_index); n > 0; n--) {
        const struct packet_entry *entry = packet_index_entry(m->packet_index, n - 1);
        uint64_t apart;

        if (!entry || entry->wall_ns + CLOCK_SECOND_NS < at_ns)
            break;
        apart = entry->wall_ns > at_ns ? entry->wall_ns - at_ns : at_ns - entry->wall_ns;
        if (entry->looked && apart < best && is_same(m, entry, line, apart)) {
            best = apart;
            *ret_number = n - 1;
        }
    }
    return best != UINT64_MAX;
}

/* Rows of the table, in one pass over it; sessions of ours are there without a row, too. */
static void look_for_rows(struct why_view *p, const struct model *m, const struct evidence *e)
{
    uint64_t cookies[EVIDENCE_LINES];
    size_t lines[EVIDENCE_LINES], n = 0;

    for (size_t i = 0; i < e->n_lines; i++)
        if (e->lines[i].cookie && !e->lines[i].has_packet) {
            p->leads[i].to =
                model_session_by_cookie(m, e->lines[i].cookie) ? LEADS_ROW : LEADS_NOWHERE;
            lines[n] = i;
            cookies[n++] = e->lines[i].cookie;
        }
    for (size_t i = 0; n && m->snapshot && i < m->snapshot->n_rows; i++)
        for (size_t j = 0; j < n; j++)
            if (m->snapshot->rows[i].cookie == cookies[j])
                p->leads[lines[j]].to = LEADS_ROW;
}

static void look_for_packets(struct why_view *p, const struct model *m,
                             const struct evidence *e)
{
    for (size_t i = 0; i < e->n_lines; i++)
        if (e->lines[i].has_packet && p->leads[i].to == LEADS_NOWHERE &&
            packet_of(m, e, &e->lines[i], &p->leads[i].number))
            p->leads[i].to = LEADS_PACKET;
}

/* What failed with the session, in the call that told it. */
static void look_for_calls(struct why_view *p, const struct model *m, const struct inquiry *q)
{
    for (size_t i = 0; i < q->e->n_lines; i++) {
        const struct evidence_line *line = &q->e->lines[i];

        if (line->error && q->session_id &&
            journal_find_failure(m->journal, q->session_id, line->source, -line->error,
                                 &p->leads[i].number))
            p->leads[i].to = LEADS_CALL;
    }
}

/* With each snapshot: sockets come and go, packets are looked at a moment later. */
static void look_for_leads(struct why_view *p, const struct model *m)
{
    const struct inquiry *q = m->why.answer;
    uint64_t at_ns = m->snapshot ? m->snapshot->at_ns : 0;

    if (!q || !q->e || (p->looks && at_ns == p->looked_ns))
        return;
    look_for_rows(p, m, q->e);
    look_for_calls(p, m, q);
    if (p->looks < LOOKS)
        look_for_packets(p, m, q->e);
    p->looks++;
    p->looked_ns = at_ns;
}

static void refresh(struct why_view *p, const struct model *m)
{
    bool another = p->answers != m->why.answers;

    list_view_rows(&p->list, p->rows - figure_title_rows(p->rows) - (m->why.asking[0] != 0));
    if (another) {
        p->list.cursor = p->list.top = 0;
        p->looks = 0;
        memset(p->leads, 0, sizeof(p->leads));
    }
    look_for_leads(p, m);
    if (!another && p->made_columns == p->columns)
        return;
    p->answers = m->why.answers;
    p->made_columns = p->columns;
    make_rows(p, m->why.answer);
}

static void follow_row(const struct model *m, uint64_t cookie, struct requests *requests)
{
    const struct row *row = row_of(m, cookie);
    const struct session_status *s = model_session_by_cookie(m, cookie);

    if (row)
        requests->focus = model_focus_of_row(m, row);
    else if (s)
        requests->focus = model_focus_of_session(m, s->id);
    requests->set_focus = row || s;
    snprintf(requests->command, sizeof(requests->command), "%s",
             row || s ? "goto sockets" : "");
    if (!row && !s)
        snprintf(requests->notice, sizeof(requests->notice), "%s",
                 m->filter[0] ? "this socket is not in the table: it is gone, or the filter "
                                "hides it"
                              : "this socket is not in the table: it is gone");
}

/* The socket whose packets are to be listed around it; of everybody where none is known. */
static struct focus focus_around(const struct model *m, uint64_t number)
{
    struct joined_packet joined;
    bool known = model_packet_joined(m, number, &joined);

    for (int i = 0; known && i < 2; i++)
        if (joined.ends[i].kind == JOIN_SESSION)
            return model_focus_of_session(m, joined.ends[i].session_id);
    for (int i = 0; known && i < 2; i++)
        if (joined.ends[i].kind == JOIN_ROW)
            return model_focus_of_row(m, &joined.ends[i].row);
    return (struct focus){.kind = FOCUS_NONE};
}

static void follow_packet(const struct model *m, uint64_t number, struct requests *requests)
{
    requests->set_focus = requests->set_packet = requests->hold_packet = true;
    requests->focus = focus_around(m, number);
    requests->packet = number;
    snprintf(requests->command, sizeof(requests->command), "goto packets");
}

static void follow_call(uint64_t number, struct requests *requests)
{
    snprintf(requests->command, sizeof(requests->command), "goto journal");
    requests->show_call = true;
    requests->call = number;
}

static enum panel_reply follow(const struct why_view *p, const struct model *m,
                               struct requests *requests)
{
    size_t about = p->n ? p->made[p->list.cursor].about : SIZE_MAX;

    if (about == SIZE_MAX)
        return PANEL_IGNORED;
    if (p->leads[about].to == LEADS_ROW)
        follow_row(m, m->why.answer->e->lines[about].cookie, requests);
    else if (p->leads[about].to == LEADS_PACKET)
        follow_packet(m, p->leads[about].number, requests);
    else if (p->leads[about].to == LEADS_CALL)
        follow_call(p->leads[about].number, requests);
    else
        snprintf(requests->notice, sizeof(requests->notice),
                 "this fact leads to nothing that the console has seen");
    return PANEL_HANDLED;
}

/* --- keys --------------------------------------------------------------------------------- */

static void item_text(const void *panel, const struct model *m, size_t index, char *buf)
{
    const struct why_view *p = panel;
    const struct why_row *row = &p->made[index];
    const struct inquiry *q = m->why.answer;

    snprintf(buf, LIST_ITEM_BYTES, "%s %s",
             row->first && row->about != SIZE_MAX && q && q->e && row->about < q->e->n_lines
                 ? q->e->lines[row->about].source
                 : "",
             row->text);
}

static enum panel_reply why_update(void *self, const struct panel_event *event,
                                   const struct model *m, struct requests *requests)
{
    struct why_view *p = self;

    if (event->kind == PANEL_RESIZE) {
        p->rows = event->rows;
        p->columns = event->columns;
    }
    refresh(p, m);
    if (event->kind == PANEL_RESIZE || event->kind == PANEL_TICK ||
        list_view_click(&p->list, event,
                        figure_title_rows(event->rows) + (m->why.asking[0] != 0)) ||
        list_view_search(&p->list, event, item_text, p, m, requests))
        return PANEL_HANDLED;
    if (event->kind != PANEL_ACTION)
        return PANEL_IGNORED;
    if (event->action == ACTION_DETAILS)
        return follow(p, m, requests);
    return list_view_move(&p->list, event->action) ? PANEL_HANDLED : PANEL_IGNORED;
}

/* --- drawing ------------------------------------------------------------------------------ */

static void draw_source(const struct model *m, struct area a, int at, const struct why_row *row)
{
    const struct evidence *e = m->why.answer->e;
    const struct evidence_line *line = &e->lines[row->about];
    char ms[32];

    if (row->indent < 1 + TIME_COLUMNS)
        return;
    snprintf(ms, sizeof(ms), "%llu.%02llu ms", (unsigned long long)(line->at_ns / CLOCK_MS_NS),
             (unsigned long long)(line->at_ns % CLOCK_MS_NS / 10000));
    area_text_right(a, at, 1, TIME_COLUMNS, STYLE_DIM, ms);
    area_text_cut(a, at, 1 + TIME_COLUMNS + 2, SOURCE_COLUMNS, STYLE_DIM, line->source);
}

static void draw_row(const struct why_view *p, const struct model *m, struct area a, int at,
                     size_t index)
{
    const struct why_row *row = &p->made[index];

    if (row->about != SIZE_MAX && row->first) {
        draw_source(m, a, at, row);
        if (p->leads[row->about].to != LEADS_NOWHERE)
            area_glyph(a, at, row->indent - 2, STYLE_KEY, GLYPH_ARROW_RIGHT);
    }
    area_text_cut(a, at, row->indent, a.columns - row->indent, row->style, row->text);
}

static void draw_asking(const struct model *m, struct area a)
{
    char text[WHY_LINE_BYTES + 64];

    snprintf(text, sizeof(text), "asking why %s: %llu.%llu s; C-c gives it up", m->why.asking,
             (unsigned long long)(m->why.asking_ns / CLOCK_SECOND_NS),
             (unsigned long long)(m->why.asking_ns % CLOCK_SECOND_NS / (100 * CLOCK_MS_NS)));
    area_text_cut(a, 0, 1, a.columns - 1, STYLE_BUSY, text);
}

static void draw_nothing(struct area a)
{
    figure_advice(a, 0,
                  "{ask-why} on a socket, a session, a packet or a call asks why it fails or "
                  "stalls; :why ENDPOINT tries to reach it, :why bind:ENDPOINT to bind");
}

static void why_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct why_view *p = self;
    const struct inquiry *q = m->why.answer;
    char title[WHY_LINE_BYTES + 8] = "why";

    /* Another question's answer is out of place while this one is looked into. */
    if (q && m->why.asking[0] && strcmp(m->why.asking, q->target) != 0)
        q = NULL;
    if (q)
        snprintf(title, sizeof(title), "why %s", q->target);
    a = figure_title(a, title, keys);
    if (m->why.asking[0]) {
        draw_asking(m, a);
        a = area_part(a, 1, 0, a.rows - 1, a.columns);
    }
    if (!q && !m->why.asking[0])
        draw_nothing(a);
    /* An answer that came since is drawn when the panel has heard of it. */
    if (!q || p->answers != m->why.answers)
        return;
    for (int i = 0; i < a.rows && p->list.top + (size_t)i < p->n; i++) {
        size_t index = p->list.top + (size_t)i;

        draw_row(p, m, a, i, index);
        if (index == p->list.cursor)
            list_view_mark(a, i, keys);
    }
}

static void why_subjects(const void *self, const struct model *m, struct subjects *ret)
{
    const struct inquiry *q = m->why.answer;

    (void)self;
    if (!q)
        return;
    if (q->v.cause)
        subjects_add(ret, TOPIC_CAUSE, NULL, q->v.cause, q->v.summary);
    for (size_t i = 0; i < q->v.n_alternatives; i++) {
        const struct alternative *a = &q->v.alternatives[i];

        subjects_add(ret, TOPIC_CAUSE, NULL, a->cause,
                     a->ruled_out_by[0] ? a->ruled_out_by : a->summary);
    }
    subjects_of_error(ret, &q->err);
}

const struct panel_ops why_panel = {
    .name = "why",
    .open = why_open,
    .close = why_close,
    .update = why_update,
    .draw = why_draw,
    .subjects = why_subjects,
};
