/* ui/console/list_view.h - cursor, scroll position and search of a list.
 *
 * Plain view state of the panels that show one item a row.  Items are numbered from 0; what
 * they are and how they look is the panel's business.  Everything here keeps the cursor
 * inside the list and inside the visible rows. */
#ifndef SOCKEYE_CONSOLE_LIST_VIEW_H
#define SOCKEYE_CONSOLE_LIST_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "core/model/model.h"
#include "ui/console/action.h"
#include "ui/console/panel.h"
#include "ui/console/surface.h"

#define LIST_SEARCH_BYTES 128
#define LIST_ITEM_BYTES 768  /* of an item's text that a search looks at */
#define LIST_SEARCH_STEP 512 /* items that are looked at before keys have their turn */

struct list_view {
    size_t count;  /* items */
    size_t rows;   /* items that are visible at once, at least 1 */
    size_t cursor; /* 0 while the list is empty */
    size_t top;    /* the first visible item */
    bool follows;  /* the cursor was moved to the end and stays there: list_view_follow() */
    char search[LIST_SEARCH_BYTES];
    bool searching, backward; /* a search that goes on, and where to */
    size_t searched;          /* items it has looked at */
};

/* How many items there are, how many rows are visible (0 and less count as 1). */
void list_view_count(struct list_view *l, size_t count);
void list_view_rows(struct list_view *l, int rows);

void list_view_to(struct list_view *l, size_t index);
/* The first n items are gone, the others moved up by n. */
void list_view_dropped(struct list_view *l, size_t n);
/* To the last item, when the list follows. */
void list_view_follow(struct list_view *l);

/* Up, down, half a screen, first, last; scrolling, where the cursor moves only to stay visible:
 * true when action is one of them. */
bool list_view_move(struct list_view *l, enum action action);

/* PANEL_CLICK on an item, the first of which is drawn in row `first`: true when the cursor is on it
 * now. */
bool list_view_click(struct list_view *l, const struct panel_event *event, int first);

/* The text of an item as a search sees it; buf has LIST_ITEM_BYTES. */
typedef void (*list_item_text)(const void *panel, const struct model *m, size_t index,
                               char *buf);

/* PANEL_SEARCH, next match and previous match, and PANEL_GO_ON: true when event is one of them.
 * The cursor goes to the next item that holds the text in any case, past the end from the other
 * one; a search without a match leaves it and says so.  A long list is searched in steps: any
 * other action ends it. */
bool list_view_search(struct list_view *l, const struct panel_event *event, list_item_text text,
                      const void *panel, const struct model *m, struct requests *requests);

/* Draw a row as the cursor's. */
void list_view_mark(struct area a, int row, bool keys);

#endif
