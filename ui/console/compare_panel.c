/* ui/console/compare_panel.c - the two packets that were tagged last, field by field.
 *
 *  ── packets 12 and 17: 5 of 43 fields differ ───────────────────────────────────
 *     Field                       Packet 12                Packet 17
 *     Transmission Control Protocol
 *   !   Sequence Number           100                      112
 *     Window                      512                      512
 *   +   Maximum Segment Size      65495
 *
 * v hides what is the same.  The packets are copies: they stay when the store has lost them. */
#include "ui/console/panel.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/wire/packet_compare.h"
#include "ui/console/figures.h"
#include "ui/console/list_view.h"

struct compare_view {
    struct list_view list;
    bool only_different;
    bool has;
    uint64_t numbers[2];
    struct packet_view *views[2];
    size_t n_fields, n_different;
    struct compared_field fields[COMPARED_FIELDS];
    size_t shown[COMPARED_FIELDS]; /* places of those that are listed */
};

static void *compare_open(void)
{
    struct compare_view *p = mem_new(1, sizeof(*p));

    for (int i = 0; i < 2; i++)
        p->views[i] = mem_new(1, sizeof(*p->views[i]));
    return p;
}

static void compare_close(void *self)
{
    struct compare_view *p = self;

    for (int i = 0; p && i < 2; i++)
        free(p->views[i]);
    free(p);
}

static const struct field *field_of(const struct compared_field *c)
{
    return c->first ? c->first : c->second;
}

/* A layer is listed when one of its fields is. */
static void choose_shown(struct compare_view *p)
{
    size_t n = 0, layer = SIZE_MAX;

    for (size_t i = 0; i < p->n_fields; i++) {
        bool same = p->fields[i].how == COMPARED_SAME;

        if (field_of(&p->fields[i])->depth == 0)
            layer = i;
        if (same && p->only_different)
            continue;
        if (p->only_different && layer != i && layer != SIZE_MAX &&
            (!n || p->shown[n - 1] < layer))
            p->shown[n++] = layer;
        p->shown[n++] = i;
    }
    list_view_count(&p->list, n);
}

static void load(struct compare_view *p, const struct model *m)
{
    const struct packet_marks *marks = &m->marks;
    const uint64_t *tags = marks->n_tags >= 2 ? &marks->tags[marks->n_tags - 2] : NULL;

    if (!tags || (p->has && p->numbers[0] == tags[0] && p->numbers[1] == tags[1]))
        return;
    p->has = true;
    p->n_different = 0;
    for (int i = 0; i < 2; i++) {
        p->numbers[i] = tags[i];
        p->has &= packet_view_read(p->views[i], m->packets, tags[i], DECODE_FIELDS);
    }
    p->n_fields =
        p->has ? packet_compare(&p->views[0]->dissection, &p->views[1]->dissection, p->fields)
               : 0;
    for (size_t i = 0; i < p->n_fields; i++)
        p->n_different += p->fields[i].how != COMPARED_SAME;
    p->list.cursor = p->list.top = 0;
    choose_shown(p);
}

/* --- drawing ---------------------------------------------------------------------------- */

static const char *value_of(const struct compare_view *p, const struct compared_field *c, int i)
{
    const struct field *f = i ? c->second : c->first;

    return f ? field_value(&p->views[i]->dissection, f) : "";
}

static void item_text(const void *panel, const struct model *m, size_t index, char *buf)
{
    const struct compare_view *p = panel;
    const struct compared_field *c = &p->fields[p->shown[index]];

    (void)m;
    snprintf(buf, LIST_ITEM_BYTES, "%s %s %s", field_of(c)->name, value_of(p, c, 0),
             value_of(p, c, 1));
}

/* Where the values begin: the names have two fifths, the values the rest. */
static int value_column(int columns, int i)
{
    int names = columns * 2 / 5;

    return 3 + names + i * ((columns - 3 - names) / 2);
}

static void draw_field(const struct compare_view *p, struct area a, int row,
                       const struct compared_field *c)
{
    static const char marks[] = {[COMPARED_SAME] = ' ',
                                 [COMPARED_DIFFERS] = '!',
                                 [COMPARED_ONLY_FIRST] = '-',
                                 [COMPARED_ONLY_SECOND] = '+'};
    const struct field *f = field_of(c);
    enum style style = c->how != COMPARED_SAME ? STYLE_BUSY
                       : f->depth == 0         ? STYLE_TITLE
                                               : STYLE_DIM;
    int at = 3 + 2 * f->depth, first = value_column(a.columns, 0);
    int second = value_column(a.columns, 1);

    area_text(a, row, 1, STYLE_KEY, (char[]){marks[c->how], '\0'});
    area_text_cut(a, row, at, first - at - 1, style, f->name);
    area_text_cut(a, row, first, second - first - 1, style, value_of(p, c, 0));
    area_text_cut(a, row, second, a.columns - second, style, value_of(p, c, 1));
}

static void draw_nothing(const struct compare_view *p, const struct model *m, struct area a)
{
    figure_advice(
        a, 0,
        m->marks.n_tags < 2 ? "{tag} tags a packet; two of them are compared here"
        : p->n_fields
            ? "no field differs: {view} shows them all"
            : "the store has lost one of the packets: {tag} on two others, then {compare}");
}

static void compare_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct compare_view *p = self;
    char text[160] = "two packets";

    if (p->has)
        snprintf(text, sizeof(text), "packets %llu and %llu: %zu of %zu fields differ",
                 (unsigned long long)packet_called(p->numbers[0]),
                 (unsigned long long)packet_called(p->numbers[1]), p->n_different, p->n_fields);
    a = figure_title(a, text, keys);
    if (!p->list.count || a.rows < 2) {
        draw_nothing(p, m, a);
        return;
    }
    area_text(a, 0, 3, STYLE_HEADER, "Field");
    for (int i = 0; i < 2; i++)
        area_printf(a, 0, value_column(a.columns, i), STYLE_HEADER, "Packet %llu",
                    (unsigned long long)packet_called(p->numbers[i]));
    for (int i = 1; i < a.rows && p->list.top + (size_t)i - 1 < p->list.count; i++) {
        size_t index = p->list.top + (size_t)i - 1;

        draw_field(p, a, i, &p->fields[p->shown[index]]);
        if (index == p->list.cursor)
            list_view_mark(a, i, keys);
    }
}

/* --- keys ------------------------------------------------------------------------------- */

static enum panel_reply compare_update(void *self, const struct panel_event *event,
                                       const struct model *m, struct requests *requests)
{
    struct compare_view *p = self;

    if (event->kind == PANEL_RESIZE)
        list_view_rows(&p->list, event->rows - figure_title_rows(event->rows) - 1);
    if (event->kind == PANEL_RESIZE || event->kind == PANEL_TICK) {
        load(p, m);
        return PANEL_HANDLED;
    }
    if (event->kind == PANEL_ACTION && event->action == ACTION_VIEW) {
        p->only_different = !p->only_different;
        choose_shown(p);
        return PANEL_HANDLED;
    }
    if (list_view_click(&p->list, event, figure_title_rows(event->rows) + 1) ||
        list_view_search(&p->list, event, item_text, p, m, requests))
        return PANEL_HANDLED;
    return list_view_move(&p->list, event->action) ? PANEL_HANDLED : PANEL_IGNORED;
}

const struct panel_ops compare_panel = {
    .name = "compare",
    .open = compare_open,
    .close = compare_close,
    .update = compare_update,
    .draw = compare_draw,
};
