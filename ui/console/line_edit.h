/* ui/console/line_edit.h - one line of text that is being typed.
 *
 * Always valid UTF-8 of at most LINE_EDIT_BYTES.  A character moves and goes together with its
 * combining marks.  Knows keys, not terminals. */
#ifndef SOCKEYE_CONSOLE_LINE_EDIT_H
#define SOCKEYE_CONSOLE_LINE_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/console/surface.h"

#define LINE_EDIT_BYTES 1000
#define LINE_EDIT_HISTORY 200 /* the oldest go first */

struct line_edit {
    size_t len, cursor; /* bytes */
    char text[LINE_EDIT_BYTES + 1];
    size_t n_history, at; /* at == n_history: the line that is being typed */
    size_t n_new;         /* the newest of them, which line_edit_accept() kept */
    char *history[LINE_EDIT_HISTORY];
    char *draft; /* that line, while an older one is shown; NULL: none */
};

void line_edit_init(struct line_edit *e);
void line_edit_done(struct line_edit *e);

/* The cursor goes to the end.  What is not UTF-8 or does not fit is left out. */
void line_edit_set(struct line_edit *e, const char *text);
/* At the cursor; false when not all of it was taken. */
bool line_edit_insert(struct line_edit *e, const char *text, size_t len);
/* Characters and editing keys; false for every other key (Enter, Tab, Esc, F1...). */
bool line_edit_key(struct line_edit *e, uint32_t key);
/* Keep the line in the history, unless it is empty or the newest there, and start anew. */
void line_edit_accept(struct line_edit *e);
/* Put a line into the history that was typed in another life. */
void line_edit_remember(struct line_edit *e, const char *text);

/* From column on over the rest of the row: STYLE_INPUT, the cursor's cell STYLE_CURSOR.  A
 * longer line is scrolled so that the cursor shows. */
void line_edit_draw(const struct line_edit *e, struct area a, int row, int column);

#endif
