#include "ui/console/list_view.h"

#include <stdio.h>
#include <string.h>

static void keep_visible(struct list_view *l)
{
    size_t last = l->count ? l->count - 1 : 0;
    size_t rows = l->rows ? l->rows : 1;

    if (l->cursor > last)
        l->cursor = last;
    if (l->top > l->cursor)
        l->top = l->cursor;
    if (l->cursor - l->top >= rows)
        l->top = l->cursor - rows + 1;
    /* No empty rows at the bottom while items are hidden above. */
    if (l->count < l->top + rows)
        l->top = l->count > rows ? l->count - rows : 0;
}

void list_view_count(struct list_view *l, size_t count)
{
    l->count = count;
    keep_visible(l);
}

void list_view_rows(struct list_view *l, int rows)
{
    l->rows = rows > 0 ? (size_t)rows : 1;
    keep_visible(l);
}

void list_view_to(struct list_view *l, size_t index)
{
    l->cursor = index;
    keep_visible(l);
}

void list_view_dropped(struct list_view *l, size_t n)
{
    l->cursor -= n < l->cursor ? n : l->cursor;
    l->top -= n < l->top ? n : l->top;
    keep_visible(l);
}

void list_view_follow(struct list_view *l)
{
    if (l->follows && l->count)
        list_view_to(l, l->count - 1);
}

/* The window moves; at the end of the list the cursor. */
static void scroll(struct list_view *l, bool back)
{
    size_t last = l->count ? l->count - 1 : 0;

    if (back && l->top > 0) {
        l->top--;
        if (l->cursor >= l->top + l->rows)
            l->cursor = l->top + l->rows - 1;
    } else if (!back && l->top + l->rows < l->count) {
        l->top++;
        if (l->cursor < l->top)
            l->cursor = l->top;
    } else if (back) {
        l->cursor -= l->cursor > 0;
    } else {
        l->cursor += l->cursor < last;
    }
}

bool list_view_move(struct list_view *l, enum action action)
{
    size_t half = l->rows > 2 ? l->rows / 2 : 1;
    size_t last = l->count ? l->count - 1 : 0;

    switch (action) {
    case ACTION_UP:
        l->cursor -= l->cursor > 0;
        break;
    case ACTION_DOWN:
        l->cursor += l->cursor < last;
        break;
    case ACTION_SCROLL_UP:
    case ACTION_SCROLL_DOWN:
        scroll(l, action == ACTION_SCROLL_UP);
        break;
    case ACTION_PAGE_UP:
        l->cursor -= half < l->cursor ? half : l->cursor;
        break;
    case ACTION_PAGE_DOWN:
        l->cursor += half < last - l->cursor ? half : last - l->cursor;
        break;
    case ACTION_FIRST:
        l->cursor = 0;
        break;
    case ACTION_LAST:
        l->cursor = last;
        break;
    default:
        return false;
    }
    l->follows = l->cursor == last && action != ACTION_UP && action != ACTION_PAGE_UP &&
                 action != ACTION_FIRST && action != ACTION_SCROLL_UP;
    keep_visible(l);
    return true;
}

bool list_view_click(struct list_view *l, const struct panel_event *event, int first)
{
    int row = event->row - first;

    if (event->kind != PANEL_CLICK || row < 0 || (size_t)row >= l->rows ||
        l->top + (size_t)row >= l->count)
        return false;
    l->follows = false;
    list_view_to(l, l->top + (size_t)row);
    return true;
}

static bool item_matches(const struct list_view *l, size_t index, list_item_text text,
                         const void *panel, const struct model *m)
{
    char buf[LIST_ITEM_BYTES] = "";

    text(panel, m, index, buf);
    return strcasestr(buf, l->search) != NULL;
}

/* Items one after the other, the cursor's own last, up to a step's end; count when none of
 * them matches. */
static size_t find(struct list_view *l, list_item_text text, const void *panel,
                   const struct model *m)
{
    size_t end = l->searched + LIST_SEARCH_STEP;

    while (l->searched < l->count && l->searched < end) {
        size_t step = ++l->searched;
        size_t index = (l->cursor + (l->backward ? l->count - step : step)) % l->count;

        if (item_matches(l, index, text, panel, m))
            return index;
    }
    return l->count;
}

static void go_on_searching(struct list_view *l, list_item_text text, const void *panel,
                            const struct model *m, struct requests *requests)
{
    size_t found = find(l, text, panel, m);

    l->searching = found == l->count && l->searched < l->count;
    requests->go_on = l->searching;
    if (l->searching)
        return;
    if (found == l->count) {
        snprintf(requests->notice, sizeof(requests->notice), "no match for \"%s\"", l->search);
        return;
    }
    if (l->backward ? found > l->cursor : found < l->cursor)
        snprintf(requests->notice, sizeof(requests->notice), "searched past the %s",
                 l->backward ? "first" : "last");
    l->follows = false;
    list_view_to(l, found);
}

bool list_view_search(struct list_view *l, const struct panel_event *event, list_item_text text,
                      const void *panel, const struct model *m, struct requests *requests)
{
    bool backward = event->kind == PANEL_ACTION && event->action == ACTION_SEARCH_PREVIOUS;
    bool again = event->kind == PANEL_ACTION && event->action == ACTION_SEARCH_NEXT;

    if (event->kind == PANEL_GO_ON) {
        if (l->searching)
            go_on_searching(l, text, panel, m, requests);
        return true;
    }
    l->searching = false;
    if (event->kind == PANEL_SEARCH)
        snprintf(l->search, sizeof(l->search), "%s", event->text ? event->text : "");
    else if (!backward && !again)
        return false;
    if (!l->search[0]) {
        snprintf(requests->notice, sizeof(requests->notice), "nothing to search for: %s begins",
                 key_for(ACTION_SEARCH));
        return true;
    }
    l->backward = backward;
    l->searched = 0;
    go_on_searching(l, text, panel, m, requests);
    return true;
}

void list_view_mark(struct area a, int row, bool keys)
{
    area_restyle(a, row, 0, a.columns, keys ? STYLE_SELECTED : STYLE_MARKED);
}
