/* core/model/views.h - the rows of a snapshot, grouped for a view.
 *
 * Pure functions of a snapshot: made in the thread that made it, never changed later.  A line
 * names rows by their index; what is folded away is views_fold.h's business. */
#ifndef SOCKEYE_MODEL_VIEWS_H
#define SOCKEYE_MODEL_VIEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/snapshot.h"

enum socket_view {
    VIEW_LIST,      /* a line a row, in their order: there is no struct view of it */
    VIEW_TREE,      /* processes, their sockets below */
    VIEW_LISTENERS, /* listeners, what was accepted from them below */
    VIEW_ENDS,      /* connections; where both ends are here they share a line */
    VIEW_STATES,    /* sums by kind and state */
    VIEW_PROCESSES, /* sums by process */
    VIEW_GONE,      /* sockets that are no more: core/model/gone.h, not the snapshot's rows */
    VIEW_COUNT
};

enum group_kind {
    GROUP_PROCESS,
    GROUP_NOT_PERMITTED, /* a process has them, but we may not see which */
    GROUP_NO_PROCESS,    /* TIME_WAIT, not accepted yet, the kernel's own */
    GROUP_NOT_ASKED,     /* nobody looked (yet) */
    GROUP_LISTENER,
    GROUP_STATE,
};

#define VIEW_NO_ROW UINT32_MAX

/* Rows that are gone have lines, but are not counted. */
struct view_group {
    uint64_t key; /* the same in every snapshot; never 0 */
    /* Sums of its rows' bytes; those of listeners, which are none, and unknown ones left out. */
    uint64_t rqueue_bytes, wqueue_bytes;
    uint32_t n;                 /* rows; LISTENER: clients, also those without a row */
    uint32_t waiting;           /* LISTENER: how many of them were not accepted yet */
    uint32_t line;              /* index of its first line, which is the group's own */
    uint32_t n_lines;           /* below that line */
    uint32_t process;           /* PROCESS: index of the snapshot's processes */
    uint32_t row;               /* LISTENER: its row */
    uint8_t kind;               /* enum group_kind */
    uint8_t socket_kind, state; /* STATE */
};

struct view_line {
    uint32_t row;   /* index; VIEW_NO_ROW: of a group that is no socket */
    uint32_t other; /* ENDS: the other end; VIEW_NO_ROW: it is not here */
    uint32_t group; /* index; of ENDS it means nothing */
    bool head;      /* the group's own line, not one of a row in it */
};

struct view {
    enum socket_view which;
    size_t n_lines, n_groups;
    struct view_line *lines;
    struct view_group *groups; /* in the order of their lines */
};

/* NULL where view_has_lines() is false.  Release with view_free(). */
struct view *view_make(const struct snapshot *s, enum socket_view which);
void view_free(struct view *v); /* NULL is a no-op */

/* Index of the line on which a row stands, from line `from` on and then from the first;
 * n_lines: on none. */
size_t view_find_row(const struct view *v, uint32_t row, size_t from);

/* What sums can be ordered by.  Usual: processes by how many sockets they have, states as the
 * kernel counts them. */
enum sums_order { SUMS_USUAL, SUMS_NAME, SUMS_COUNT, SUMS_RECVQ, SUMS_SENDQ, SUMS_ORDERS };

/* "name", "count", "recvq", "sendq"; "" of the usual one. */
const char *sums_order_name(enum sums_order by);
bool sums_order_parse(const char *name, enum sums_order *ret);

/* The lines of a view of sums, STATES or PROCESSES of that snapshot, in an order; ret has room for
 * n_lines. */
void view_order_sums(const struct snapshot *s, const struct view *v, enum sums_order by,
                     bool descending, uint32_t *ret);

/* "list", "tree", ...: as typed. */
const char *view_name(enum socket_view which);
/* What it shows, in one line. */
const char *view_title(enum socket_view which);
bool view_parse(const char *name, enum socket_view *ret);

/* False of the list, a line a row, and of what is gone. */
bool view_has_lines(enum socket_view which);

/* What a view cannot be made without: the owners of all rows, enum detail_part of them. */
bool view_needs_owners(enum socket_view which);
uint32_t view_parts(enum socket_view which);

/* Whether a row is one end of something that has another: connected, or on its way. */
bool row_is_connected(const struct row *row);

/* A connection that waits in its listener's queue.  In other states inode 0 means that its
 * process has closed it. */
bool row_not_accepted(const struct row *row);

#endif
