/* ui/console/sockets_panel.h - what the files of the sockets panel share; nobody else includes
 * it.
 *
 *   sockets_panel.c        keys, cursor, which view
 *   sockets_panel_line.c   one row as texts, and the cells that need more than a text
 *   sockets_panel_table.c  list, tree and listeners: rows in columns,
 *                          which sockets_panel_columns.c lays out
 *   sockets_panel_ends.c   both ends of connections
 *   sockets_panel_sums.c   sums by state and by process
 *   sockets_panel_gone.c   what is no more */
#ifndef SOCKEYE_CONSOLE_SOCKETS_PANEL_H
#define SOCKEYE_CONSOLE_SOCKETS_PANEL_H

#include "core/base/text.h"
#include "core/model/changes.h"
#include "core/model/views_fold.h"
#include "ui/console/list_view.h"
#include "ui/console/panel.h"

/* From here on waiting bytes are trouble, and a gauge never counts less as full. */
#define QUEUE_LARGE 65536

struct sockets {
    struct list_view list; /* of places: ghosts, then the lines that folds leave */
    struct folds folds;
    int rows, columns;
    /* The cursor stays on the socket that has the focus, except on a group's line. */
    uint64_t group;    /* key of the group that it is in; 0: in none */
    bool on_head;      /* it is on a line that is no socket */
    struct focus seen; /* the focus at that time: another one calls the cursor */
    uint64_t gone;     /* how many sockets were gone when the cursor was last placed */
    /* Sums have an order of their own. */
    size_t n_order;
    uint32_t *order; /* owned: the line at each place, of a view with n_order lines */
};

/* What stands at a place of the list. */
struct place {
    const struct session_status *session; /* of a ghost; NULL otherwise */
    const struct view_group *group;       /* NULL: in none */
    const struct row *other;              /* the other end; NULL: none */
    const struct change *gone;            /* NULL: it is not one that is no more */
    struct row row;                       /* state 0: there is none */
    bool head;                            /* the group's own line */
    bool folded;                          /* of a head */
};

size_t sockets_count(const struct sockets *p, const struct model *m);
/* False behind the end. */
bool sockets_place(const struct sockets *p, const struct model *m, size_t index,
                   struct place *ret);

/* One socket as text. */
struct socket_line {
    struct row row;
    const struct session_status *session; /* of a ghost; NULL otherwise */
    char recvq[TEXT_NUMBER_BYTES], sendq[2 * TEXT_NUMBER_BYTES];
    char local[ROW_END_BYTES], peer[ROW_END_BYTES];
    char state[64], timer[32], owner[MODEL_OWNER_BYTES];
    enum style state_style;
    bool trouble;
};

#define GROUP_TEXT_BYTES 160

void socket_line_of(const struct model *m, const struct row *row,
                    const struct session_status *session, struct socket_line *ret);
/* "python3 (812) uid 1000", "not permitted": whose sockets a group has.  Returns buf. */
const char *group_name(const struct model *m, const struct view_group *g,
                       char buf[GROUP_TEXT_BYTES]);
/* All of a place, for a search. */
void sockets_item_text(const void *panel, const struct model *m, size_t index, char *buf);

/* The sort key's mark stands behind the title. */
void draw_column_title(struct area a, int at, int width, const char *title, bool sorted,
                       bool descending);
/* Too long an address loses the end of its host, never its port. */
void draw_address(struct area a, int row, int at, int width, const char *text);
/* A gauge in front of exact digits that end with the column; nothing waiting stays quiet. */
void draw_queue(struct area a, int row, int at, int width, const char *digits, uint64_t value,
                uint64_t full, bool bad);
void draw_owner(const struct model *m, struct area a, int row, int at, int width,
                const struct row *socket, const char *owner);
/* The first column: what became of a row, whether it is the focus', or in trouble; and for
 * what became of it the colour of the whole line. */
void draw_row_mark(struct area a, int row, const struct row *socket, bool focus, bool trouble);

/* Each view draws its column titles in the first row of the area and its lines below. */
/* The column of the table whose title is at a place of that row; false: there is none. */
bool sockets_table_column_at(const struct sockets *p, const struct model *m, int at,
                             const struct column **ret);
/* Likewise of both ends; NULL: ours first. */
bool sockets_ends_column_at(const struct sockets *p, const struct model *m, int at,
                            const struct column **ret);
bool sockets_sums_order_at(const struct sockets *p, const struct model *m, int at,
                           enum sums_order *ret);
/* By which of the titles they are ordered, and how, also where nobody chose. */
enum sums_order sockets_sums_order(const struct model *m,                                   bool *ret_descending);
void sockets_table_draw(const struct sockets *p, const struct model *m, struct area a,
                        bool keys);
void sockets_ends_draw(const struct sockets *p, const struct model *m, struct area a,
                       bool keys);
void sockets_sums_draw(const struct sockets *p, const struct model *m, struct area a,
                       bool keys);
void sockets_gone_draw(const struct sockets *p, const struct model *m, struct area a,
                       bool keys);

/* What became of a socket as a search sees it. */
void gone_text(const struct model *m, const struct change *change, char *buf, size_t size);

/* The columns that the table is sorted by, one after the other. */
size_t table_n_columns(const struct model *m);
const struct column *table_column(const struct model *m, size_t i);

#endif
