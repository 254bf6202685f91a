/* ui/console/layout.h - which panes are where.
 *
 * A pure function of the screen, its size, the pane that has the keys and what the person made
 * of it: a preset, one more pane, other sizes.  Panes never overlap and never leave the screen;
 * what does not fit is folded away, last of all the pane that has the keys. */
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
    PANE_LESSONS, /* on every screen while a lesson is taken */
    PANE_HOST,
    PANE_OPTIONS,
    PANE_COMPOSE,
    PANE_SETTINGS,
    PANE_NAMES,
    PANE_PACKETS_2, /* the packets once more, with a choice and a filter of their own */
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
    SCREEN_LESSONS,
    SCREEN_HOST,
    SCREEN_NAMES,
    SCREEN_TABS,
    SCREEN_STREAM = SCREEN_TABS,
    SCREEN_COMPARE,
    SCREEN_OPTIONS,
    SCREEN_COMPOSE,
    SCREEN_SETTINGS,
    SCREEN_HELP,
    SCREEN_COUNT
};

/* From this size on panes stand side by side. */
#define LAYOUT_WIDE_COLUMNS 120
#define LAYOUT_WIDE_ROWS 30
/* Below, only the pane that has the keys is shown. */
#define LAYOUT_SMALL_COLUMNS 40
#define LAYOUT_SMALL_ROWS 9

/* An arrangement of the panes that has a name; of a screen that has none of its panes the usual. */
#define LAYOUT_PRESETS(X)                                                                      \
    X(USUAL, "usual", "every pane that has room")                                              \
    X(LIST, "list", "the list alone; Tab still goes to the others")                            \
    X(WIRE, "wire", "the list and what is on the wire")                                        \
    X(TALK, "talk", "the list and the session")                                                \
    X(STACKED, "stacked", "one pane below the other, however wide the screen is")              \
    X(BESIDE, "beside", "the list at the left, the others at the right")

enum layout_preset {
#define X(id, name, help) LAYOUT_##id,
    LAYOUT_PRESETS(X)
#undef X
        LAYOUT_COUNT
};

/* What a person made of a screen; all zero: nothing. */
struct arrangement {
    enum layout_preset preset;
    bool split; /* one more pane: */
    enum pane_id beside;
    /* How far a person has moved the border below a pane, and beside the column that begins with it. */
    struct {
        short rows, columns;
    } more[PANE_COUNT];
};

struct layout_wish {
    enum screen_id screen;
    int rows, columns;
    enum pane_id keys;
    bool zoom;
    bool why;    /* a line above the footer, where the screen has room for it */
    bool lesson; /* one is being taken: its pane stands below or beside those of any screen */
    const struct arrangement *as; /* NULL: nothing was made of it */
};

struct rectangle {
    int row, column, rows, columns; /* rows 0: not shown */
};

struct pane {
    enum pane_id id;
    struct rectangle at;
};

/* What can be dragged: the first row of a pane that has another above it, the column between two. */
struct border {
    struct rectangle at;
    bool upright;
    bool before;       /* the pane is below it or at its right; else above it or at its left */
    enum pane_id pane; /* whose arrangement.more says where it is */
};

struct layout {
    struct rectangle status, tabs, input, footer;
    struct rectangle why; /* the line of what was found by itself */
    size_t n;             /* in the order in which Tab visits them */
    struct pane panes[PANE_COUNT];
    size_t n_borders;
    struct border borders[PANE_COUNT];
};

struct layout layout_make(const struct layout_wish *w);

/* Where a pane is; NULL: it is not shown. */
const struct rectangle *layout_find(const struct layout *l, enum pane_id id);

/* Move a border down or to the right; give a pane so many rows, or its column so many columns, more
 * or less than it has: as far as its neighbours have any.  as: what w has, to be changed.  False
 * when nothing changed. */
bool layout_drag(const struct layout_wish *w, const struct border *b, int by,
                 struct arrangement *as);
bool layout_grow_rows(const struct layout_wish *w, enum pane_id id, int rows,
                      struct arrangement *as);
bool layout_grow_columns(const struct layout_wish *w, enum pane_id id, int columns,
                         struct arrangement *as);

/* The panes that a screen has, shown or not, in the order in which Tab visits them. */
size_t layout_panes(enum screen_id screen, const struct arrangement *as,
                    enum pane_id ret[PANE_COUNT]);

/* Names that do not change: of commands and files. */
const char *layout_preset_name(enum layout_preset preset);
const char *layout_preset_help(enum layout_preset preset);
const char *layout_pane_name(enum pane_id id);
const char *layout_screen_name(enum screen_id screen);
/* False when there is none of that name. */
bool layout_preset_parse(const char *name, enum layout_preset *ret);
bool layout_pane_parse(const char *name, enum pane_id *ret);
bool layout_screen_parse(const char *name, enum screen_id *ret);

#endif
