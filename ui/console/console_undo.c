/* Changes of the view, taken back: filters, sort, view, columns, layout, zoom, screen.
 *
 * What the view is like is kept whole whenever a key or the mouse has changed it, whoever carried
 * that out; what one step was about is the difference of two. */
#include <stdio.h>
#include <string.h>

#include "core/base/line.h"
#include "core/base/text.h"
#include "ui/console/console_state.h"

/* Bytes that two equal views do not share would make them another: everything is zero first. */
static void read_view(const struct console *c, struct view_state *ret)
{
    const struct model *m = &c->model;

    memset(ret, 0, sizeof(*ret));
    ret->screen = c->screen;
    ret->zoom = c->zoom;
    memcpy(ret->as, c->as, sizeof(ret->as));
    strcpy(ret->filter, m->filter);
    for (unsigned lens = 0; lens < 2; lens++)
        strcpy(ret->packet_filters[lens], model_lens_filter(m, lens));
    ret->sort = m->sort;
    ret->descending = m->descending;
    ret->sums = m->sums;
    ret->sums_descending = m->sums_descending;
    ret->view = m->view;
    ret->n_columns = m->n_columns;
    memcpy(ret->columns, m->columns, m->n_columns * sizeof(ret->columns[0]));
}

void console_keep_view(struct console *c)
{
    struct view_history *h = &c->views;
    struct view_state now;

    /* Before the border is let go its places are no views. */
    if (c->pointer.holds)
        return;
    read_view(c, &now);
    if (h->n && !memcmp(&h->states[h->at], &now, sizeof(now)))
        return;
    if (h->n && h->at + 1 == VIEWS_KEPT) {
        memmove(h->states, h->states + 1, (VIEWS_KEPT - 1) * sizeof(h->states[0]));
        h->dropped = true;
        h->at--;
    }
    h->at += h->n > 0;
    h->states[h->at] = now;
    h->n = h->at + 1;
}

/* --- in words --------------------------------------------------------------------------- */

static void add_filter(struct line_out *l, const char *what, const char *filter)
{
    char clean[120];

    text_clean(filter, strlen(filter), clean, sizeof(clean));
    if (filter[0])
        line_add(l, ", %s %s", what, clean);
    else
        line_add(l, ", no %s", what);
}

static void add_layouts(struct line_out *l, const struct view_state *from,
                        const struct view_state *to)
{
    for (int i = 0; i < SCREEN_COUNT; i++) {
        const struct arrangement *a = &from->as[i], *b = &to->as[i];

        if (!memcmp(a, b, sizeof(*a)))
            continue;
        if (a->preset != b->preset)
            line_add(l, ", layout %s", layout_preset_name(b->preset));
        else if (a->split != b->split || a->beside != b->beside)
            line_add(l, ", %s %s", b->split ? "split" : "no split",
                     layout_pane_name(b->split ? b->beside : a->beside));
        else
            line_add(l, ", other sizes of panes");
    }
}

/* What of `to` is not as in `from`: "no filter, view list". */
static void write_difference(const struct view_state *from, const struct view_state *to,
                             char *buf, size_t size)
{
    struct line_out l = line_in(buf, size);

    buf[0] = '\0';
    if (from->screen != to->screen)
        line_add(&l, ", screen %s", layout_screen_name(to->screen));
    if (from->zoom != to->zoom)
        line_add(&l, ", %s", to->zoom ? "zoomed" : "not zoomed");
    add_layouts(&l, from, to);
    if (strcmp(from->filter, to->filter) != 0)
        add_filter(&l, "filter", to->filter);
    for (int lens = 0; lens < 2; lens++)
        if (strcmp(from->packet_filters[lens], to->packet_filters[lens]) != 0)
            add_filter(&l, "filter of packets", to->packet_filters[lens]);
    if (from->view != to->view)
        line_add(&l, ", view %s", view_name(to->view));
    if (from->sort != to->sort)
        line_add(&l, ", sorted by %s", to->sort ? to->sort->title : "owner, ours first");
    else if (from->descending != to->descending)
        line_add(&l, ", %s order", to->descending ? "descending" : "ascending");
    if (from->sums != to->sums || from->sums_descending != to->sums_descending)
        line_add(&l, ", sums in %s order",
                 !to->sums             ? "the usual"
                 : to->sums_descending ? "descending"
                                       : "ascending");
    if (from->n_columns != to->n_columns ||
        memcmp(from->columns, to->columns, sizeof(to->columns)) != 0)
        line_add(&l, ", %s columns", to->n_columns ? "other" : "the usual");
}

/* --- back and forth --------------------------------------------------------------------- */

static void show(struct console *c, const struct view_state *to)
{
    struct model *m = &c->model;

    m->sort = to->sort;
    m->descending = to->descending;
    m->sums = to->sums;
    m->sums_descending = to->sums_descending;
    m->n_columns = to->n_columns;
    memcpy(m->columns, to->columns, sizeof(m->columns));
    memcpy(c->as, to->as, sizeof(c->as));
    if (strcmp(m->filter, to->filter) != 0)
        console_set_filter(c, to->filter);
    console_settle_lens(c);
    for (unsigned lens = 0; lens < 1U + m->has_second; lens++) {
        model_look_through(m, lens);
        if (strcmp(m->packet_filter, to->packet_filters[lens]) != 0)
            console_set_packet_filter(c, to->packet_filters[lens]);
    }
    model_look_through(m, c->lens);
    if (m->view != to->view)
        console_set_view(c, to->view);
    if (c->screen != to->screen)
        console_go(c, to->screen);
    c->zoom = to->zoom;
    console_lay_out(c);
}

void console_undo(struct console *c, bool redo)
{
    struct view_history *h = &c->views;
    char what[MODEL_NOTICE_BYTES - 64];
    size_t from = h->at;

    if (redo ? from + 1 >= h->n : from == 0) {
        model_notice(&c->model, false, "%s",
                     redo         ? "nothing was undone that could be done again"
                     : h->dropped ? "older changes of the view are not kept"
                                  : "the view was not changed before this");
        return;
    }
    h->at += redo ? 1 : (size_t)-1;
    write_difference(&h->states[from], &h->states[h->at], what, sizeof(what));
    show(c, &h->states[h->at]);
    model_notice(&c->model, false, "%s, now: %s", redo ? "done again" : "undone", what + 2);
}
