/* ui/console/ladder_panel.c - the packets of the focus as a picture over time.
 *
 *  ── ladder ────────────────────────────────────────────────────────────
 *    0.000000 127.0.0.1:51826 → 127.0.0.1:65432  SYN win 65495
 *    0.000021 127.0.0.1:65432 → 127.0.0.1:51826  SYN ACK win 65483
 *
 * One row a packet. */
#include "ui/console/panel.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "ui/console/figures.h"
#include "ui/console/list_view.h"

struct ladder_view {
    struct list_view list;
    struct packet_view *view;
};

static void *ladder_open(void)
{
    struct ladder_view *p = mem_new(1, sizeof(*p));

    p->view = mem_new(1, sizeof(*p->view));
    p->list.follows = true;
    return p;
}

static void ladder_close(void *self)
{
    struct ladder_view *p = self;

    if (p)
        free(p->view);
    free(p);
}

static enum panel_reply ladder_update(void *self, const struct panel_event *event,
                                      const struct model *m, struct requests *requests)
{
    struct ladder_view *p = self;

    if (event->kind == PANEL_RESIZE)
        list_view_rows(&p->list, event->rows - figure_title_rows(event->rows));
    list_view_count(&p->list, m->packet_list.count);
    list_view_follow(&p->list);
    if (event->kind == PANEL_RESIZE || event->kind == PANEL_TICK)
        return PANEL_HANDLED;
    if (event->kind != PANEL_ACTION || !list_view_move(&p->list, event->action))
        return PANEL_IGNORED;
    requests->set_packet = p->list.count > 0;
    requests->packet = p->list.count ? m->packet_list.refs[p->list.cursor].number : 0;
    requests->hold_packet = true;
    return PANEL_HANDLED;
}

static void draw_step(const struct ladder_view *p, const struct model *m, struct area a,
                      int row, uint64_t number)
{
    char from[ADDR_TEXT_BYTES] = "", to[ADDR_TEXT_BYTES] = "", time[FIGURE_TIME_BYTES];
    struct packet_facts f;
    int at;

    if (!model_packet_facts(m, number, DECODE_INFO, p->view, &f)) {
        area_text_cut(a, row, 1, a.columns - 1, STYLE_DIM, "(lost from the store)");
        return;
    }
    figure_since(m->packet_list.first_wall_ns, f.packet->wall_ns, time);
    area_text_right(a, row, 1, FIGURE_SINCE_COLUMNS, STYLE_DIM, time);
    if (f.dissection->has_flow) {
        addr_format(&f.dissection->flow.source, from);
        addr_format(&f.dissection->flow.destination, to);
    }
    at = area_text(a, row, FIGURE_SINCE_COLUMNS + 2, STYLE_NORMAL, from);
    at = area_glyph(a, row, at + 1, STYLE_NORMAL, GLYPH_ARROW_RIGHT);
    at = area_text(a, row, at + 1, STYLE_NORMAL, to);
    area_text_cut(a, row, at + 2, a.columns - at - 2, STYLE_NORMAL, f.dissection->info);
}

static void ladder_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct ladder_view *p = self;

    a = figure_title(a, m->packet_list.picking ? "ladder of this row" : "ladder", keys);
    if (!m->packet_list.count)
        area_text_cut(a, 0, 1, a.columns - 1, STYLE_DIM, "no packet has been captured");
    for (int i = 0; i < a.rows && p->list.top + (size_t)i < m->packet_list.count; i++) {
        size_t index = p->list.top + (size_t)i;

        draw_step(p, m, a, i, m->packet_list.refs[index].number);
        if (index == p->list.cursor)
            list_view_mark(a, i, keys);
    }
}

const struct panel_ops ladder_panel = {
    .name = "ladder",
    .open = ladder_open,
    .close = ladder_close,
    .update = ladder_update,
    .draw = ladder_draw,
};
