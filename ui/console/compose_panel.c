/* ui/console/compose_panel.c - a framed message, put together field by field.
 *
 *  ── message to session 2, tcp://127.0.0.1:65432 ─────────────────────────────────────
 *   content as       values  json  binary
 *  >content          action=search value=ring_
 *   encoding         utf-8
 *   byteorder        "little"
 *   content-type     "text/json"
 *   ...
 *  ── 146 bytes: length, header, content ──────────────────────────────────────────────
 *   0000  00 67 7b 22 62 79 74 65  6f 72 64 65 72 22 3a 20   .g{"byteorder":
 *  :message 2 action=search value=ring
 *
 * The bytes are those that would be sent, in the colour of their part, and below stands the
 * command that sends them.  A field that is empty shows what it will be.  What was sent stays,
 * PgUp and PgDn bring back what was sent before. */
#include "ui/console/panel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/wire/hexdump.h"
#include "ui/console/compose_form.h"
#include "ui/console/figures.h"

enum { LABEL_COLUMNS = 18, DUMP_BYTES = 16 };
#define COMPOSE_SENT 16 /* messages that can be brought back; the oldest go first */

/* The text of a form. */
struct saved_form {
    enum compose_kind kind;
    char lines[COMPOSE_FIELDS][LINE_EDIT_BYTES + 1];
};

struct compose_view {
    struct compose_form form;
    enum compose_field field; /* that is being typed into */
    struct composed made;
    uint64_t session_id;
    size_t n_sent, at; /* at == n_sent: the one that is being written */
    struct saved_form *sent[COMPOSE_SENT];
};

static void *compose_open(void)
{
    struct compose_view *p = mem_new(1, sizeof(*p));

    compose_form_init(&p->form);
    p->field = COMPOSE_CONTENT;
    return p;
}

static void compose_close(void *self)
{
    struct compose_view *p = self;

    if (!p)
        return;
    for (size_t i = 0; i < p->n_sent; i++)
        free(p->sent[i]);
    compose_form_done(&p->form);
    composed_done(&p->made);
    free(p);
}

/* --- drawing ---------------------------------------------------------------------------- */

static void draw_kinds(const struct compose_view *p, struct area a, int row)
{
    int at = LABEL_COLUMNS;

    for (int i = 0; i < COMPOSE_KINDS; i++) {
        bool chosen = p->form.kind == (enum compose_kind)i;

        at = area_printf(a, row, at, chosen ? STYLE_KEY : STYLE_DIM, chosen ? "[%s]" : " %s ",
                         compose_kind_name((enum compose_kind)i)) +
             1;
    }
}

/* What an empty field stands for. */
static const char *usual(const struct compose_view *p, enum compose_field field, char *buf,
                         size_t size)
{
    static const char *const contents[COMPOSE_KINDS] = {"KEY=VALUE KEY:=JSON ...",
                                                        "{\"action\": \"search\"}",
                                                        "KEY=VALUE ...: the values alone"};

    if (field == COMPOSE_CONTENT)
        return contents[p->form.kind];
    if (field == COMPOSE_ENCODING)
        return p->form.kind == COMPOSE_BINARY ? "" : "utf-8";
    if (field == COMPOSE_MORE)
        return "NAME=VALUE ...";
    return composed_value(&p->made, field, buf, size) ? buf : "?";
}

/* Whether what a peer reads in that field is wrong. */
static const struct describe_line *complaint_of(const struct compose_view *p,
                                                enum compose_field field)
{
    for (size_t i = 0; i < p->made.n_lines; i++)
        if (p->made.lines[i].is_wrong &&
            strcmp(p->made.lines[i].name, compose_field_name(field)) == 0)
            return &p->made.lines[i];
    return NULL;
}

/* In a low pane the fields move so that the one that is typed into shows. */
static int first_field(const struct compose_view *p, int rows)
{
    int above = (int)p->field - (rows - 2);

    return above > 0 ? above : 0;
}

static void draw_field(const struct compose_view *p, struct area a, enum compose_field field,
                       bool keys)
{
    const struct line_edit *line = &p->form.lines[field];
    bool here = field == p->field, wrong = p->made.err.code && p->made.wrong == field;
    int row = 1 + (int)field - first_field(p, a.rows);
    char buf[200];

    if (here)
        area_glyph(a, row, 0, STYLE_KEY, GLYPH_CURSOR_ROW);
    area_text_cut(a, row, 1, LABEL_COLUMNS - 2,
                  wrong || complaint_of(p, field) ? STYLE_BAD
                  : here                          ? STYLE_KEY
                                                  : STYLE_NORMAL,
                  compose_field_name(field));
    if (field == COMPOSE_KIND)
        draw_kinds(p, a, row);
    else if (here && keys)
        line_edit_draw(line, a, row, LABEL_COLUMNS);
    else if (line->len)
        area_text_cut(a, row, LABEL_COLUMNS, a.columns - LABEL_COLUMNS, STYLE_NORMAL,
                      line->text);
    if (!line->len && field != COMPOSE_KIND)
        area_text_cut(a, row, LABEL_COLUMNS + (here && keys), a.columns - LABEL_COLUMNS - 1,
                      STYLE_DIM, usual(p, field, buf, sizeof(buf)));
}

/* What is wrong, or how much there is to send. */
static void draw_verdict(const struct compose_view *p, struct area a, int row)
{
    const struct composed *c = &p->made;
    char text[400];

    if (c->err.code) {
        err_format(&c->err, text, sizeof(text));
        area_text_cut(a, row, 1, a.columns - 1, STYLE_BAD, text);
        return;
    }
    if (!c->message) {
        area_printf(a, row, 1, STYLE_BAD, "%zu bytes that are no message: %s", c->len,
                    c->fault.err.reason);
        return;
    }
    for (size_t i = 0; i < c->n_lines; i++)
        if (c->lines[i].is_wrong) {
            area_printf(a, row, 1, STYLE_BAD, "%s: %s", c->lines[i].name, c->lines[i].text);
            return;
        }
    if (c->used < c->len) {
        area_printf(a, row, 1, STYLE_BAD, "the message ends at byte %zu of %zu", c->used,
                    c->len);
        return;
    }
    area_printf(a, row, 1, STYLE_GOOD, "%zu bytes, a message", c->len);
}

static enum style part_style(const struct composed *c, size_t at)
{
    size_t header = c->len > 1 ? (size_t)c->bytes[0] << 8 | c->bytes[1] : 0;

    return at < MESSAGE_LENGTH_BYTES            ? STYLE_KEY
           : at < MESSAGE_LENGTH_BYTES + header ? STYLE_RECEIVED
                                                : STYLE_SENT;
}

/* The row of the dump where the part of the field begins. */
static size_t first_row(const struct compose_view *p, const struct hexdump *h, int rows)
{
    const struct composed *c = &p->made;
    size_t header = c->len > 1 ? (size_t)c->bytes[0] << 8 | c->bytes[1] : 0;
    size_t all = hexdump_rows(h), last = all > (size_t)rows ? all - (size_t)rows : 0;
    size_t first =
        p->field <= COMPOSE_ENCODING ? hexdump_row_of(h, MESSAGE_LENGTH_BYTES + header) : 0;

    return first < last ? first : last;
}

static void draw_bytes(const struct compose_view *p, struct area a)
{
    const struct composed *c = &p->made;
    struct hexdump h = {.len = c->len, .width = DUMP_BYTES};
    size_t first = c->bytes ? first_row(p, &h, a.rows) : 0;
    char line[HEXDUMP_LINE_BYTES];

    for (int row = 0; c->bytes && row < a.rows; row++) {
        size_t at = hexdump_row_start(&h, first + (size_t)row);
        size_t n = hexdump_row_len(&h, first + (size_t)row);

        if (!n)
            break;
        hexdump_line(&h, c->bytes, first + (size_t)row, line);
        area_text(a, row, 1, STYLE_DIM, line);
        for (size_t i = 0; i < n; i++) {
            area_restyle(a, row, 1 + hexdump_byte_column(&h, i), 2, part_style(c, at + i));
            area_restyle(a, row, 1 + hexdump_char_column(&h, i), 1, part_style(c, at + i));
        }
    }
}

static void draw_command(const struct compose_view *p, struct area a)
{
    char line[COMMAND_LINE_BYTES];

    if (p->made.err.code)
        return;
    command_format(&p->made.command, line, sizeof(line));
    area_text_cut(a, 0, area_text(a, 0, 0, STYLE_KEY, ":"), a.columns - 1, STYLE_NORMAL, line);
}

static void draw_parts(struct area a, int row)
{
    int at = area_text(a, row, 1, STYLE_KEY, "length");

    at = area_text(a, row, at + 1, STYLE_RECEIVED, "header");
    area_text(a, row, at + 1, STYLE_SENT, "content");
}

static void compose_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct compose_view *p = self;
    const struct session_status *s = model_session(m, p->session_id);
    char title[ENDPOINT_TEXT_BYTES + 64], endpoint[ENDPOINT_TEXT_BYTES];
    int row = 1 + COMPOSE_FIELDS;

    if (!s) {
        a = figure_title(a, "message", keys);
        figure_advice(a, 0,
                      "no session of ours is open to send a message on: {open} opens one");
        return;
    }
    snprintf(title, sizeof(title), "message to session %llu, %s", (unsigned long long)s->id,
             endpoint_format(&s->endpoint, endpoint));
    area_title(a, 0, keys ? STYLE_TITLE : STYLE_DIM, title);
    for (int i = first_field(p, a.rows); i < COMPOSE_FIELDS; i++)
        draw_field(p, a, (enum compose_field)i, keys);
    if (row + 2 > a.rows)
        return;
    draw_verdict(p, area_part(a, row, 0, 1, a.columns - 24), 0);
    draw_parts(area_part(a, row, a.columns - 24, 1, 24), 0);
    draw_bytes(p, area_part(a, row + 1, 0, a.rows - row - 2, a.columns));
    draw_command(p, area_part(a, a.rows - 1, 0, 1, a.columns));
}

/* --- what was sent ---------------------------------------------------------------------- */

static struct saved_form *save_form(const struct compose_form *f)
{
    struct saved_form *saved = mem_new(1, sizeof(*saved));

    saved->kind = f->kind;
    for (int i = 0; i < COMPOSE_FIELDS; i++)
        memcpy(saved->lines[i], f->lines[i].text, f->lines[i].len + 1);
    return saved;
}

static void remember(struct compose_view *p)
{
    if (p->n_sent == COMPOSE_SENT) {
        free(p->sent[0]);
        memmove(p->sent, p->sent + 1, (COMPOSE_SENT - 1) * sizeof(p->sent[0]));
        p->n_sent--;
    }
    p->sent[p->n_sent++] = save_form(&p->form);
    p->at = p->n_sent;
}

static void recall(struct compose_view *p, bool newer)
{
    if (newer ? p->at + 1 >= p->n_sent : p->at == 0)
        return;
    p->at = newer ? p->at + 1 : p->at - 1;
    p->form.kind = p->sent[p->at]->kind;
    for (int i = 0; i < COMPOSE_FIELDS; i++)
        line_edit_set(&p->form.lines[i], p->sent[p->at]->lines[i]);
}

/* --- keys ------------------------------------------------------------------------------- */

static void send_it(struct compose_view *p, struct requests *requests)
{
    char line[COMMAND_LINE_BYTES];
    size_t len;

    if (!p->session_id) {
        snprintf(requests->notice, sizeof(requests->notice),
                 "no session of ours is open; %s opens one", key_for(ACTION_OPEN));
    } else if (p->made.err.code) {
        err_format(&p->made.err, requests->notice, sizeof(requests->notice));
    } else if ((len = command_format(&p->made.command, line, sizeof(line))) >=
               sizeof(requests->command)) {
        snprintf(requests->notice, sizeof(requests->notice),
                 "the command would be longer than a line may be");
    } else {
        memcpy(requests->command, line, len + 1);
        remember(p);
        snprintf(requests->notice, sizeof(requests->notice), "%zu bytes to session %llu",
                 p->made.len, (unsigned long long)p->session_id);
    }
}

static void choose_kind(struct compose_view *p, uint32_t key)
{
    int step = key == KEYS_LEFT ? COMPOSE_KINDS - 1 : 1;

    if (key == KEYS_LEFT || key == KEYS_RIGHT || key == ' ')
        p->form.kind = (enum compose_kind)(((int)p->form.kind + step) % COMPOSE_KINDS);
}

static enum panel_reply press(struct compose_view *p, uint32_t key, struct requests *requests)
{
    if (key == KEYS_ESCAPE)
        return PANEL_IGNORED;
    if (key == KEYS_ENTER)
        send_it(p, requests);
    else if (key == KEYS_DOWN || key == KEYS_TAB)
        p->field = (p->field + 1) % COMPOSE_FIELDS;
    else if (key == KEYS_UP || key == KEYS_SHIFT_TAB)
        p->field = (p->field + COMPOSE_FIELDS - 1) % COMPOSE_FIELDS;
    else if (key == KEYS_PGUP || key == KEYS_PGDN)
        recall(p, key == KEYS_PGDN);
    else if (p->field == COMPOSE_KIND)
        choose_kind(p, key);
    else if (!line_edit_key(&p->form.lines[p->field], key))
        return PANEL_IGNORED;
    compose_make(&p->form, p->session_id, &p->made);
    return PANEL_HANDLED;
}

static void refresh(struct compose_view *p, const struct model *m)
{
    uint64_t id = model_typing_session(m);

    if (id == p->session_id && (p->made.bytes || p->made.err.code))
        return;
    p->session_id = id;
    compose_make(&p->form, id, &p->made);
}

static enum panel_reply compose_update(void *self, const struct panel_event *event,
                                       const struct model *m, struct requests *requests)
{
    struct compose_view *p = self;

    refresh(p, m);
    if (event->kind == PANEL_KEY)
        return press(p, event->key, requests);
    /* Enter, and where somebody came back to the form, is typing again. */
    if (event->kind == PANEL_ACTION &&
        (event->action == ACTION_DETAILS || event->action == ACTION_TYPE ||
         event->action == ACTION_COMPOSE)) {
        requests->type_here = p->session_id != 0; /* else keys are keys: one opens a session */
        return PANEL_HANDLED;
    }
    return event->kind == PANEL_RESIZE || event->kind == PANEL_TICK ? PANEL_HANDLED
                                                                    : PANEL_IGNORED;
}

const struct panel_ops compose_panel = {
    .name = "compose",
    .open = compose_open,
    .close = compose_close,
    .update = compose_update,
    .draw = compose_draw,
};
