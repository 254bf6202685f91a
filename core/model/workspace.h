/* core/model/workspace.h - what a person had open, as a file: servers and sessions as the commands
 * that open them, filters, the view, and which panes were where.
 *
 * The file is JSON (RFC 8259), described by share/workspace.schema.json.  The layout alone, under the
 * same names, is what the console remembers from run to run.  Names of screens, panes and layouts are
 * words here: which of them there are is the console's business; lines are kept so that it can
 * say where a wrong one stands.
 *
 * workspace_parse() and workspace_write() are pure. */
#ifndef SOCKEYE_MODEL_WORKSPACE_H
#define SOCKEYE_MODEL_WORKSPACE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"
#include "core/base/json_text.h"
#include "core/message/json_write.h"

#define WORKSPACE_SCHEMA 1
#define WORKSPACE_FILE_BYTES (1U << 20)
#define WORKSPACE_LINES 256 /* servers and sessions together */
#define WORKSPACE_SCREENS 32
#define WORKSPACE_PANES 32
#define WORKSPACE_NAME_BYTES 32
#define WORKSPACE_FILTER_BYTES 256 /* as the model's */
#define WORKSPACE_LONG_BYTES 1024  /* columns, the capture's filter */
#define WORKSPACE_CELLS 2000       /* a border moves by no more */

/* How far the borders of a pane were moved. */
struct workspace_pane {
    char name[WORKSPACE_NAME_BYTES];
    size_t line;
    int rows, columns;
};

struct workspace_screen {
    char name[WORKSPACE_NAME_BYTES];
    size_t line;
    char layout[WORKSPACE_NAME_BYTES]; /* "": the usual one */
    char split[WORKSPACE_NAME_BYTES];  /* "": no pane */
    size_t n_panes;
    struct workspace_pane panes[WORKSPACE_PANES];
};

struct workspace_view {
    size_t line;
    char screen[WORKSPACE_NAME_BYTES];
    char sockets[WORKSPACE_NAME_BYTES]; /* the view of the table */
    char sort[WORKSPACE_NAME_BYTES];    /* "": ours first */
    bool descending;
    char columns[WORKSPACE_LONG_BYTES]; /* names, parted by commas; "": the usual ones */
    char sums[WORKSPACE_NAME_BYTES];    /* what sums are ordered by; "": as usual */
    bool sums_descending;
};

/* All zero: nothing. */
struct workspace {
    size_t n_lines; /* of commands, servers first */
    struct workspace_line {
        char *text; /* owned */
        bool server;
        size_t line; /* in the file */
    } lines[WORKSPACE_LINES];
    bool has_filters, has_view, has_layout; /* the file says something of them */
    char filter[WORKSPACE_FILTER_BYTES];
    char packet_filters[2][WORKSPACE_FILTER_BYTES]; /* of the pane of packets, and the second */
    char capture_filter[WORKSPACE_LONG_BYTES];
    size_t filters_line;
    struct workspace_view view;
    size_t n_screens;
    struct workspace_screen screens[WORKSPACE_SCREENS];
};

void workspace_done(struct workspace *w);

/* The text is copied.  False when there are as many as there may be. */
bool workspace_add(struct workspace *w, bool server, const char *text);

/* Returns 0, or -EINVAL with file, line and field in err and nothing in ret.  Each command was
 * tried with command_parse(). */
int workspace_parse(const struct json_text *text, struct workspace *ret, struct err *err);
/* The same from a file.  Negative errno with err. */
int workspace_read(const char *path, struct workspace *ret, struct err *err);

/* Parsing it gives the same. */
void workspace_write(const struct workspace *w, struct json_writer *out);
/* Put it into a file that only its owner may read.  Negative errno with err, and what was there as
 * it was. */
int workspace_save(const struct workspace *w, const char *path, struct err *err);

#endif
