/* ui/console/passage_cursor.h - a cursor over the bytes of a session's passages, as far as their
 * dumps are on the screen.
 *
 * Goes from one passage to the next across those that show no bytes. */
#ifndef SOCKEYE_CONSOLE_PASSAGE_CURSOR_H
#define SOCKEYE_CONSOLE_PASSAGE_CURSOR_H

#include "ui/console/action.h"
#include "ui/console/passages.h"

struct passage_cursor {
    bool has;       /* there is a byte; else the rest means nothing */
    size_t passage; /* its index */
    size_t at;      /* the byte in it */
};

/* What it moves in. */
struct passage_dumps {
    const struct passages *passages;
    const struct ring *transcript;
    struct passage_shape shape;
    struct passage_view *view; /* to read into */
};

/* The first byte of the passage, of the next one that shows bytes, or of the last that does. */
void passage_cursor_to(struct passage_cursor *c, const struct passage_dumps *d, size_t passage);
/* The first n passages are gone, or the shape is another one. */
void passage_cursor_dropped(struct passage_cursor *c, const struct passage_dumps *d, size_t n);
/* Up, down, half a screen of so many rows, left, right, first: true when action is one. */
bool passage_cursor_move(struct passage_cursor *c, const struct passage_dumps *d,
                         enum action action, int half);

#endif
