/* ui/console/layout.h - which panes are where.
 *
 * A pure function of the screen, its size and the pane that has the keys.  Panes never overlap
 * and never leave the screen; what does not fit is folded away, last of all the pane that has
 * the keys. */
#ifndef SOCKEYE_CONSOLE_LAYOUT_H
#define SOCKEYE_CONSOLE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

enum pane_id {
    PANE_SOCKETS,
    PANE_SESSIONS,
    PANE_SESSION, /* transcript; its input line is layout.input */
    PANE_DETAIL,
    PANE_PACKETS,
    PANE_BYTES,
    PANE_LADDER,
    PANE_JOURNAL,
    PANE_STREAM,
    PANE_COMPARE,
    PANE_WHY,
    PANE_HOST,
    PANE_HELP,
    PANE_COUNT
};

/* In the order of the tabs, then those that have none. */
enum screen_id {
    SCREEN_HOME,
    SCREEN_SESSIONS,
    SCREEN_PACKETS,
    SCREEN_LADDER,
    SCREEN_JOURNAL,
    SCREEN_WHY,
    SCREEN_HOST,
    SCREEN_TABS,
    SCREEN_STREAM = SCREEN_TABS,
    SCREEN_COMPARE,
    SCREEN_HELP,
    SCREEN_COUNT
};

/* From this size on panes stand side by side. */
#define LAYOUT_WIDE_COLUMNS 120
#define LAYOUT_WIDE_ROWS 30
/* Below, only the pane that has the keys is shown. */
#define LAYOUT_SMALL_COLUMNS 40
#define LAYOUT_SMALL_ROWS 9

struct rectangle {
    int row, column, rows, columns; /* rows 0: not shown */
};

struct pane {
    enum pane_id id;
    struct rectangle at;
};

struct layout {
    struct rectangle status, tabs, input, footer;
    struct rectangle why; /* the line of what was found by itself: layout_make_why() */
    size_t n;             /* in the order in which Tab visits them */
    struct pane panes[PANE_COUNT];
};

struct layout layout_make(enum screen_id screen, int rows, int columns, enum pane_id keys,
                          bool zoom);

/* The same with a line above the footer, where the screen has room and a place for it. */
struct layout layout_make_why(enum screen_id screen, int rows, int columns, enum pane_id keys,
                              bool zoom);

/* The panes that a screen has, shown or not, in the order in which Tab visits them. */
size_t layout_panes(enum screen_id screen, enum pane_id ret[PANE_COUNT]);

#endif
