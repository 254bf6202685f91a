/* ui/console/stream_view.h - the state of the stream panel, and how it is drawn.  Only for
 * ui/console/stream_panel*.c. */
#ifndef SOCKEYE_CONSOLE_STREAM_VIEW_H
#define SOCKEYE_CONSOLE_STREAM_VIEW_H

#include "ui/console/panel.h"
#include "ui/console/stream_find.h"
#include "ui/console/stream_frames.h"
#include "ui/console/stream_lines.h"

enum { GUTTER_COLUMNS = 2, STATUS_FROM_ROWS = 4 };

struct stream_view {
    uint32_t conversation; /* CONVERSATION_NONE: nothing is followed */
    struct stream *stream;
    struct addr ends[2];
    uint64_t start_ns; /* wall time of the first packet */
    uint64_t next;     /* packet to look at */
    uint64_t missed;   /* packets that the store lost before that */
    uint64_t chosen;   /* packet that the cursor was last put to, or led to */
    bool has_chosen;   /* there is one */
    bool follows;      /* the cursor stays at the newest line */
    bool wall;         /* times of day */
    bool messages;     /* they are shown, not the bytes */
    int rows, columns; /* below the title */
    struct stream_lines lines;
    struct stream_place top, cursor; /* when there are lines */
    struct stream_find find;
    struct stream_place match;    /* its newest match, the byte itself; body: there was one */
    struct stream_frames *frames; /* NULL until they are wanted */
    struct packet_view *packet;   /* to read into */
};

bool stream_has_lines(const struct stream_view *p);
/* Rows below the lines, for what is said of the chunk under the cursor. */
int stream_status_rows(const struct stream_view *p);
/* That chunk; NULL: there is none. */
const struct stream_chunk *stream_chunk_here(const struct stream_view *p, uint64_t *ret_number);

void stream_draw(const void *self, const struct model *m, struct area a, bool keys);

#endif
