/* ui/console/ladder_panel.h - what the ladder panel's two files share; nobody else includes it.
 *
 *   ladder_panel.c       items, keys
 *   ladder_panel_draw.c  how it looks */
#ifndef SOCKEYE_CONSOLE_LADDER_PANEL_H
#define SOCKEYE_CONSOLE_LADDER_PANEL_H

#include "core/report/ladder_line.h"
#include "ui/console/ladder_feed.h"
#include "ui/console/list_view.h"

#define LADDER_FOLDS 8 /* that can be open at once */

/* A folded step whose packets are shown one by one below it. */
struct ladder_open {
    uint64_t id, number; /* of the step */
    uint64_t next;       /* packet to go on with */
    struct ladder *parts;
};

enum ladder_times {
    LADDER_SINCE_FIRST,
    LADDER_SINCE_REFERENCE,
    LADDER_DELTA,
    LADDER_WALL,
    LADDER_TIMES
};

struct ladder_view {
    struct list_view list; /* of items: steps, and the parts of open folds behind theirs */
    struct ladder_feed feed;
    uint64_t begun; /* feed.begun, when the items were last looked at */
    size_t n_open;
    struct ladder_open open[LADDER_FOLDS]; /* by number */
    /* The item of the cursor, whatever is put in before it. */
    uint64_t at_id, at_number;
    size_t at_part;
    size_t column; /* the first that is seen */
    size_t top;    /* the first item that is drawn */
    bool gaps;     /* to scale */
    uint64_t unit_ns;
    enum ladder_times times;
    bool has_shown;
    uint64_t shown; /* the byte pane's packet, when it was last looked at */
    int rows, columns;
    struct ladder_line *line; /* to draw into */
};

/* A step, or a part of the one that is open. */
struct ladder_item {
    uint64_t number;              /* of the step */
    const struct ladder_open *in; /* NULL: the step itself */
    size_t part;                  /* from 1 on; 0: the step itself */
    struct ladder_step step;      /* with the columns of the whole ladder */
};

/* False behind the end. */
bool ladder_item(const struct ladder_view *p, size_t index, struct ladder_item *ret);
/* Empty lines before an item when gaps are to scale. */
size_t ladder_item_gap(const struct ladder_view *p, const struct ladder_item *item);

/* Rows above the items, and for them, in a pane of so many without its title. */
int ladder_head_rows(int rows);
int ladder_list_rows(const struct ladder_view *p, const struct model *m, int rows);
/* Columns of the drawing in a pane of so many. */
int ladder_line_columns(const struct ladder_view *p, int columns);

void ladder_panel_draw(const void *self, const struct model *m, struct area a, bool keys);

#endif
