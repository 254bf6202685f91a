/* ui/console/sockets_panel_columns.h - which columns the table of sockets has, and how wide each
 * is; for sockets_panel_table.c. */
#ifndef SOCKEYE_CONSOLE_SOCKETS_PANEL_COLUMNS_H
#define SOCKEYE_CONSOLE_SOCKETS_PANEL_COLUMNS_H

#include "ui/console/sockets_panel.h"

/* How far a row stands behind its group's beginning. */
#define INDENT 2

/* Those but OTHER are more than the text of their value. */
enum place_kind { PROTO, RECVQ, SENDQ, LOCAL, PEER, STATE, TIMER, OWNER, OTHER };

struct table_column {
    const struct column *column; /* NULL: the owner */
    enum place_kind kind;
    int at, width, want; /* width 0: folded away */
    int numeric; /* LOCAL, PEER: what Internet addresses want; names may be far longer */
};

struct table_layout {
    size_t n;
    struct table_column columns[MODEL_COLUMNS];
    int of[OTHER]; /* index of a special column; -1: there is none */
    bool folded;   /* something is not shown */
    bool chosen;   /* the columns were */
    bool grouped;  /* rows stand below groups */
    uint64_t full_recvq, full_sendq;
};

/* Made for the rows that are visible. */
struct table_layout table_lay_out(const struct sockets *p, const struct model *m, int columns,
                                  int rows);
/* The value of a column that is not special, digits grouped where they count something. */
void table_value(const struct table_column *c, const struct model *m, const struct row *row,
                 struct value *ret);
/* With the unit where it is not clear what is counted.  Returns buf. */
#define TABLE_TITLE_BYTES 64
const char *table_title(const struct table_column *c, char buf[TABLE_TITLE_BYTES]);
/* Columns from one special column up to the end of another; where that is folded only the first's.
 * 0: that is folded itself. */
int table_span(const struct table_layout *l, enum place_kind from, enum place_kind to);

#endif
