/* ui/console/stream_panel.c - the bytes of the conversation that is followed.
 *
 *  ── stream ────────────────────────────────
 *      17 → Hello, world
 *      19 ← Hello, world
 *
 * One row a packet with payload, as it was captured. */
#include "ui/console/panel.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "ui/console/figures.h"
#include "ui/console/list_view.h"

struct stream_view {
    struct list_view list;
    uint32_t stream; /* whose packets these are */
    uint64_t next;   /* first packet that was not looked at */
    size_t room;
    uint64_t *numbers; /* of packets with payload; as many as list.count */
    struct packet_view *view;
};

static void *stream_open(void)
{
    struct stream_view *p = mem_new(1, sizeof(*p));

    p->stream = CONVERSATION_NONE;
    p->view = mem_new(1, sizeof(*p->view));
    return p;
}

static void stream_close(void *self)
{
    struct stream_view *p = self;

    if (!p)
        return;
    free(p->numbers);
    free(p->view);
    free(p);
}

static void gather(struct stream_view *p, const struct model *m)
{
    uint64_t end = packet_index_next(m->packet_index), tail = ring_tail(m->packets);
    size_t n = m->stream == p->stream ? p->list.count : 0, lost = 0;

    if (m->stream != p->stream)
        p->next = 0;
    p->stream = m->stream;
    while (lost < n && p->numbers[lost] < tail)
        lost++;
    for (size_t i = lost; i < n; i++)
        p->numbers[i - lost] = p->numbers[i];
    n -= lost;
    list_view_dropped(&p->list, lost);
    for (p->next = p->next < tail ? tail : p->next; p->next < end; p->next++) {
        const struct packet_entry *e = packet_index_entry(m->packet_index, p->next);

        if (!e || !e->payload || e->note.conversation != p->stream)
            continue;
        if (n == p->room) {
            p->room = p->room ? p->room * 2 : 64;
            p->numbers = mem_resize(p->numbers, p->room, sizeof(*p->numbers));
        }
        p->numbers[n++] = p->next;
    }
    list_view_count(&p->list, n);
    list_view_follow(&p->list);
}

static enum panel_reply stream_update(void *self, const struct panel_event *event,
                                      const struct model *m, struct requests *requests)
{
    struct stream_view *p = self;

    if (event->kind == PANEL_RESIZE)
        list_view_rows(&p->list, event->rows - figure_title_rows(event->rows));
    if (event->kind == PANEL_RESIZE || event->kind == PANEL_TICK) {
        if (m->has_stream && m->stream != CONVERSATION_NONE)
            gather(p, m);
        return PANEL_HANDLED;
    }
    if (event->kind != PANEL_ACTION || !list_view_move(&p->list, event->action))
        return PANEL_IGNORED;
    requests->set_packet = p->list.count > 0;
    requests->packet = p->list.count ? p->numbers[p->list.cursor] : 0;
    requests->hold_packet = true;
    return PANEL_HANDLED;
}

static void draw_chunk(const struct stream_view *p, const struct model *m, struct area a,
                       int row, uint64_t number)
{
    struct packet_facts f;
    enum style style;
    char text[256];

    if (!model_packet_facts(m, number, DECODE_FLOW, p->view, &f)) {
        area_text_cut(a, row, 1, a.columns - 1, STYLE_DIM, "(lost from the store)");
        return;
    }
    style = f.note->direction == FROM_FIRST ? STYLE_SENT : STYLE_RECEIVED;
    text_clean((const char *)f.bytes + f.dissection->payload_at, f.dissection->payload_len,
               text, sizeof(text));
    area_printf(a, row, 1, STYLE_DIM, "%6llu", (unsigned long long)number);
    area_glyph(a, row, 8, style,
               f.note->direction == FROM_FIRST ? GLYPH_ARROW_RIGHT : GLYPH_ARROW_LEFT);
    area_text_cut(a, row, 10, a.columns - 10, style, text);
}

static void stream_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct stream_view *p = self;

    a = figure_title(a, "stream", keys);
    if (!m->has_stream || m->stream == CONVERSATION_NONE || !p->list.count)
        figure_paragraph(area_part(a, 0, 1, a.rows, a.columns - 1), 0, STYLE_DIM,
                         "no bytes of this connection have been captured");
    for (int i = 0; i < a.rows && p->list.top + (size_t)i < p->list.count; i++) {
        size_t index = p->list.top + (size_t)i;

        draw_chunk(p, m, a, i, p->numbers[index]);
        if (index == p->list.cursor)
            list_view_mark(a, i, keys);
    }
}

const struct panel_ops stream_panel = {
    .name = "stream",
    .open = stream_open,
    .close = stream_close,
    .update = stream_update,
    .draw = stream_draw,
};
