/* ui/console/ladder_panel.c - packets, calls and states of the focus as a picture over time.
 *
 *  ── ladder of this row ─────────────────────────────────────────────────────────
 *        Time   127.0.0.1:51826                                    127.0.0.1:65432
 *    0.000000   │* connect(127.0.0.1:65432) = 0                                  │
 *    0.000000   │──SYN win 65,495 mss 65,495 scale 7 seq 0──────────────────────→│
 *    0.000000   (SYN_SENT)                                                       │
 *    0.000021   │←─SYN ACK win 65,483 mss 65,495 scale 7 seq 0 ack 1─────────────│
 *    1.204020   │──37 x data 2,413,056 bytes, 20 ACKs, win 65,536 to 2,304───────→│
 *    1.204190 ! │←─ACK win 0 [zero window] seq 1 ack 2,413,057───────────────────│
 *   zero-window: the sender of this takes no more bytes
 *
 * An item is a step or, of a fold that was opened, one of its parts.  The cursor stays on its
 * item whatever is put in before it; at the end it follows what comes.  The byte pane shows the
 * packet of the cursor. */
#include "ui/console/ladder_panel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "ui/console/figures.h"
#include "ui/console/subjects.h"

static void *ladder_open(void)
{
    struct ladder_view *p = mem_new(1, sizeof(*p));

    ladder_feed_init(&p->feed);
    p->line = mem_new(1, sizeof(*p->line));
    p->list.follows = true;
    return p;
}

static void close_all(struct ladder_view *p)
{
    for (size_t i = 0; i < p->n_open; i++)
        ladder_free(p->open[i].parts);
    p->n_open = 0;
}

static void ladder_close(void *self)
{
    struct ladder_view *p = self;

    if (!p)
        return;
    close_all(p);
    ladder_feed_done(&p->feed);
    free(p->line);
    free(p);
}

/* --- items ------------------------------------------------------------------------------ */

static size_t n_parts(const struct ladder_open *o)
{
    return (size_t)(ladder_count(o->parts) - ladder_first(o->parts));
}

static size_t n_items(const struct ladder_view *p)
{
    size_t n = (size_t)(ladder_count(p->feed.ladder) - ladder_first(p->feed.ladder));

    for (size_t i = 0; i < p->n_open; i++)
        n += n_parts(&p->open[i]);
    return n;
}

static size_t index_of(const struct ladder_view *p, uint64_t number, size_t part)
{
    size_t index = (size_t)(number - ladder_first(p->feed.ladder)) + part;

    for (size_t i = 0; i < p->n_open && p->open[i].number < number; i++)
        index += n_parts(&p->open[i]);
    return index;
}

/* A part's columns are its own: whom the fold comes from is the first of them. */
static void take_part(const struct ladder_open *o, const struct ladder_step *fold, size_t part,
                      struct ladder_item *ret)
{
    ret->in = o;
    ret->part = part;
    ret->step = *ladder_step(o->parts, ladder_first(o->parts) + part - 1);
    ret->step.from = ret->step.from ? fold->to : fold->from;
    ret->step.to = ret->step.to ? fold->to : fold->from;
}

bool ladder_item(const struct ladder_view *p, size_t index, struct ladder_item *ret)
{
    const struct ladder *l = p->feed.ladder;
    const struct ladder_step *s;
    uint64_t first = ladder_first(l);

    *ret = (struct ladder_item){0};
    for (size_t i = 0; i < p->n_open; i++) {
        const struct ladder_open *o = &p->open[i];
        size_t at = (size_t)(o->number - first);

        if (index <= at)
            break;
        if (index <= at + n_parts(o)) {
            ret->number = o->number;
            take_part(o, ladder_step(l, o->number), index - at, ret);
            return true;
        }
        index -= n_parts(o);
    }
    s = ladder_step(l, first + index);
    if (!s)
        return false;
    ret->number = first + index;
    ret->step = *s;
    return true;
}

size_t ladder_item_gap(const struct ladder_view *p, const struct ladder_item *item)
{
    return p->gaps && !item->in
               ? ladder_gap_lines(ladder_gap_ns(p->feed.ladder, item->number), p->unit_ns)
               : 0;
}

static void item_text(const void *panel, const struct model *m, size_t index, char *buf)
{
    const struct ladder_view *p = panel;
    char label[LADDER_LABEL_BYTES], from[ADDR_TEXT_BYTES], to[ADDR_TEXT_BYTES];
    struct ladder_item item;

    (void)m;
    if (!ladder_item(p, index, &item))
        return;
    ladder_column_name(p->feed.ladder, item.step.from, from);
    ladder_column_name(p->feed.ladder, item.step.to, to);
    snprintf(buf, LIST_ITEM_BYTES, "%s > %s %s", from, to, ladder_label(&item.step, label));
}

/* --- folds ------------------------------------------------------------------------------ */

static void forget_fold(struct ladder_view *p, size_t i)
{
    ladder_free(p->open[i].parts);
    memmove(&p->open[i], &p->open[i + 1], (--p->n_open - i) * sizeof(*p->open));
}

/* Where open folds are now, and what came to them since.  True when there is more to come. */
static bool refresh_folds(struct ladder_view *p, const struct model *m)
{
    bool more = false;

    for (size_t i = 0; i < p->n_open;) {
        struct ladder_open *o = &p->open[i];

        if (!ladder_find(p->feed.ladder, o->id, o->number, &o->number)) {
            forget_fold(p, i);
            continue;
        }
        more |= ladder_feed_open(&p->feed, m, ladder_step(p->feed.ladder, o->number), &o->next,
                                 o->parts);
        i++;
    }
    return more;
}

static void open_fold(struct ladder_view *p, const struct ladder_item *item)
{
    size_t at = 0;

    while (at < p->n_open && p->open[at].number < item->number)
        at++;
    memmove(&p->open[at + 1], &p->open[at], (p->n_open++ - at) * sizeof(*p->open));
    p->open[at] = (struct ladder_open){.id = item->step.id,
                                       .number = item->number,
                                       .next = item->step.packet,
                                       .parts = ladder_new(LADDER_OPENED)};
    ladder_folding(p->open[at].parts, false);
}

static enum panel_reply toggle_fold(struct ladder_view *p, const struct model *m,
                                    struct requests *requests)
{
    const struct ladder *l = p->feed.ladder;
    char *notice = requests->notice;
    struct ladder_item item;

    if (!ladder_item(p, p->list.cursor, &item))
        return PANEL_IGNORED;
    for (size_t i = 0; i < p->n_open; i++)
        if (p->open[i].number == item.number) {
            forget_fold(p, i);
            list_view_to(&p->list, index_of(p, item.number, 0));
            return PANEL_HANDLED;
        }
    if (item.step.kind == LADDER_CALL && item.step.count > 1)
        snprintf(notice, sizeof(requests->notice), "%s lists the single calls",
                 key_for(ACTION_PANEL_5));
    else if (item.step.count < 2)
        snprintf(notice, sizeof(requests->notice), "nothing is folded here");
    else if (p->n_open == LADDER_FOLDS)
        snprintf(notice, sizeof(requests->notice), "%d folds are open already: %s closes one",
                 LADDER_FOLDS, key_for(ACTION_DETAILS));
    if (notice[0])
        return PANEL_HANDLED;
    open_fold(p, &item);
    p->list.follows = false;
    requests->go_on = refresh_folds(p, m);
    if (ladder_step(l, item.number)->count > LADDER_OPENED)
        snprintf(notice, sizeof(requests->notice), "the newest %d of them", LADDER_OPENED);
    return PANEL_HANDLED;
}

/* --- the cursor ------------------------------------------------------------------------- */

static void remember(struct ladder_view *p)
{
    struct ladder_item item;

    if (!ladder_item(p, p->list.cursor, &item))
        return;
    p->at_number = item.number;
    p->at_part = item.part;
    p->at_id = ladder_step(p->feed.ladder, item.number)->id;
}

/* To where its item is now. */
static void return_to_item(struct ladder_view *p)
{
    uint64_t number;
    size_t parts = 0;

    if (!ladder_find(p->feed.ladder, p->at_id, p->at_number, &number))
        return;
    for (size_t i = 0; i < p->n_open; i++)
        if (p->open[i].number == number)
            parts = n_parts(&p->open[i]);
    list_view_to(&p->list, index_of(p, number, p->at_part < parts ? p->at_part : parts));
}

/* With gaps to scale fewer items fit: the cursor stays to be seen. */
static void find_top(struct ladder_view *p, const struct model *m)
{
    int rows = ladder_list_rows(p, m, p->rows);
    size_t room = rows > 0 ? (size_t)rows : 1, top = p->list.cursor, used = 1;
    struct ladder_item item;

    while (top > p->list.top && ladder_item(p, top, &item)) {
        used += ladder_item_gap(p, &item) + 1;
        if (used > room)
            break;
        top--;
    }
    p->top = top;
}

static bool is_in(const struct ladder_step *s, uint64_t packet)
{
    return s->kind == LADDER_PACKET && s->packet <= packet && packet <= s->last_packet;
}

/* Another pane chose a packet: to the step that begins with it, else to a fold that it is in. */
static bool follow_packet(struct ladder_view *p, const struct model *m)
{
    const struct ladder *l = p->feed.ladder;
    bool other = m->has_packet && (!p->has_shown || m->packet != p->shown);
    struct ladder_item item;
    uint64_t best = UINT64_MAX;

    p->has_shown = m->has_packet;
    p->shown = m->packet;
    if (!other || m->packet_follows ||
        (ladder_item(p, p->list.cursor, &item) && is_in(&item.step, m->packet)))
        return false;
    for (uint64_t i = ladder_first(l); i < ladder_count(l); i++) {
        const struct ladder_step *s = ladder_step(l, i);

        if (is_in(s, m->packet) && (s->packet == m->packet || best == UINT64_MAX))
            best = i;
    }
    if (best == UINT64_MAX)
        return false;
    p->list.follows = false;
    list_view_to(&p->list, index_of(p, best, 0));
    remember(p);
    return true;
}

static void show_packet(struct ladder_view *p, struct requests *requests)
{
    struct ladder_item item;

    if (!ladder_item(p, p->list.cursor, &item) || item.step.kind != LADDER_PACKET)
        return;
    requests->set_packet = requests->hold_packet = true;
    requests->packet = item.step.packet;
    p->has_shown = true;
    p->shown = item.step.packet;
}

/* --- keys ------------------------------------------------------------------------------- */

static size_t columns_seen(const struct ladder_view *p)
{
    int columns = ladder_line_columns(p, p->columns);

    return ladder_lay_out(p->feed.ladder, columns > 0 ? (size_t)columns : 1, p->column, false,
                          false)
        .n;
}

/* What is new; true when there is more to come. */
static bool refresh(struct ladder_view *p, const struct model *m)
{
    size_t total, seen;
    bool more = ladder_feed_update(&p->feed, m);

    if (p->begun != p->feed.begun) {
        close_all(p);
        p->begun = p->feed.begun;
        p->column = 0;
        p->has_shown = false;
        p->list.follows = true;
        list_view_to(&p->list, 0);
    }
    more |= refresh_folds(p, m);
    if (p->gaps)
        p->unit_ns = ladder_gap_unit(p->feed.ladder);
    list_view_rows(&p->list, ladder_list_rows(p, m, p->rows));
    list_view_count(&p->list, n_items(p));
    if (!p->list.follows)
        return_to_item(p);
    list_view_follow(&p->list);
    remember(p);
    total = ladder_columns(p->feed.ladder);
    seen = columns_seen(p);
    if (p->column + seen > total)
        p->column = total - seen;
    find_top(p, m);
    return more;
}

static enum panel_reply seek_finding(struct ladder_view *p, bool backward,
                                     struct requests *requests)
{
    size_t at = p->list.cursor;
    struct ladder_item item;

    while (backward ? at-- > 0 : ++at < p->list.count)
        if (ladder_item(p, at, &item) && item.step.findings && !item.in) {
            p->list.follows = false;
            list_view_to(&p->list, at);
            show_packet(p, requests);
            return PANEL_HANDLED;
        }
    snprintf(requests->notice, sizeof(requests->notice), "no finding %s this step",
             backward ? "before" : "behind");
    return PANEL_HANDLED;
}

static enum panel_reply scroll(struct ladder_view *p, enum action action)
{
    size_t total = ladder_columns(p->feed.ladder);

    if (action == ACTION_LEFT)
        p->column -= p->column > 0;
    else
        p->column += p->column + columns_seen(p) < total;
    return PANEL_HANDLED;
}

static enum panel_reply move(struct ladder_view *p, enum action action, const struct model *m,
                             struct requests *requests)
{
    if (!list_view_move(&p->list, action))
        return PANEL_IGNORED;
    if (action == ACTION_LAST)
        requests->set_packet = packet_list_newest(&m->packet_list, &requests->packet);
    else
        show_packet(p, requests);
    return PANEL_HANDLED;
}

/* The item that is drawn in a row of the list; false: none begins there. */
static bool item_at_row(const struct ladder_view *p, int row, size_t *ret)
{
    struct ladder_item item;
    int at = 0;

    for (size_t i = p->top; at <= row && ladder_item(p, i, &item); i++, at++) {
        at += i > p->top ? (int)ladder_item_gap(p, &item) : 0;
        if (at != row)
            continue;
        *ret = i;
        return true;
    }
    return false;
}

static enum panel_reply click(struct ladder_view *p, const struct panel_event *event,
                              const struct model *m, struct requests *requests)
{
    int row = event->row - figure_title_rows(event->rows) - ladder_head_rows(p->rows);
    size_t index;

    if (row < 0 || row >= ladder_list_rows(p, m, p->rows) || !item_at_row(p, row, &index))
        return PANEL_IGNORED;
    p->list.follows = false;
    list_view_to(&p->list, index);
    show_packet(p, requests);
    return PANEL_HANDLED;
}

static enum panel_reply act(struct ladder_view *p, enum action action, const struct model *m,
                            struct requests *requests)
{
    switch (action) {
    case ACTION_TIME_FORMAT:
        p->times = (p->times + 1) % LADDER_TIMES;
        if (p->times == LADDER_SINCE_REFERENCE && !m->marks.has_reference)
            p->times++;
        return PANEL_HANDLED;
    case ACTION_VIEW:
        p->gaps = !p->gaps;
        return PANEL_HANDLED;
    case ACTION_DETAILS:
        return toggle_fold(p, m, requests);
    case ACTION_NEXT_FINDING:
    case ACTION_PREVIOUS_FINDING:
        return seek_finding(p, action == ACTION_PREVIOUS_FINDING, requests);
    case ACTION_LEFT:
    case ACTION_RIGHT:
        return scroll(p, action);
    case ACTION_SCROLL_UP: /* its window follows the cursor: find_top() */
    case ACTION_SCROLL_DOWN:
        return PANEL_IGNORED;
    default:
        return move(p, action, m, requests);
    }
}

static enum panel_reply ladder_update(void *self, const struct panel_event *event,
                                      const struct model *m, struct requests *requests)
{
    struct ladder_view *p = self;
    enum panel_reply reply = PANEL_HANDLED;
    size_t before;
    bool more;

    if (event->kind == PANEL_TIMES) {
        p->times = event->clock ? LADDER_WALL : LADDER_SINCE_FIRST;
        return PANEL_HANDLED;
    }
    if (event->kind == PANEL_RESIZE) {
        p->rows = event->rows - figure_title_rows(event->rows);
        p->columns = event->columns;
    }
    more = refresh(p, m);
    /* What this panel asked for has been carried out by now. */
    if (event->kind == PANEL_TICK && follow_packet(p, m))
        find_top(p, m);
    before = p->list.cursor;
    if (list_view_search(&p->list, event, item_text, p, m, requests)) {
        if (p->list.cursor != before)
            show_packet(p, requests);
    } else if (event->kind == PANEL_CLICK) {
        reply = click(p, event, m, requests);
    } else if (event->kind == PANEL_ACTION) {
        reply = act(p, event->action, m, requests);
    }
    if (event->kind != PANEL_RESIZE && event->kind != PANEL_TICK) {
        remember(p);
        more |= refresh(p, m);
    }
    requests->go_on |= more;
    return reply;
}

static void ladder_subjects(const void *self, const struct model *m, struct subjects *ret)
{
    (void)self;
    if (m->has_packet)
        subjects_of_packet(ret, m, m->packet);
}

const struct panel_ops ladder_panel = {
    .name = "ladder",
    .open = ladder_open,
    .close = ladder_close,
    .update = ladder_update,
    .draw = ladder_panel_draw,
    .subjects = ladder_subjects,
};
