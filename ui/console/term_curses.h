/* ui/console/term_curses.h - the terminal; its .c is the one file that touches ncurses.
 *
 * Nothing here ever waits for the terminal.  ncurses composes a frame into memory; the bytes
 * go out through a non-blocking descriptor of our own, and while some of them are pending no
 * new frame is made.  One terminal at a time; ui thread only. */
#ifndef SOCKEYE_CONSOLE_TERM_CURSES_H
#define SOCKEYE_CONSOLE_TERM_CURSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/model/config.h"
#include "ui/console/key_decode.h"
#include "ui/console/surface.h"
#include "ui/console/theme.h"

struct term;

/* How it is to look. */
struct term_dress {
    const struct theme *theme; /* copied */
    enum colour_depth colours; /* COLOURS_AUTO: what the terminal has, none with NO_COLOR */
    bool ascii;                /* also where the locale has UTF-8 */
    bool plain;                /* from the start on: lines that term_print() gives, no screen */
};

/* Take over the terminal of stdin and stdout.  Returns 0, or negative errno with one clear
 * sentence in err.  From here on a crash restores the terminal before it ends the program. */
int term_open(struct term **ret, const struct term_dress *dress, struct err *err);
/* Another look, from the next frame on. */
void term_dress(struct term *t, const struct term_dress *dress);
/* What it came to: no terminal shows more than it has. */
enum theme_depth term_depth(const struct term *t);
/* Restore everything; NULL is a no-op.  Waits a moment for a slow terminal, never for ever. */
void term_close(struct term *t);

/* To watch: readable for keys, writable while term_pending(). */
int term_fd(const struct term *t);
/* At least 1 and 1; of a plain terminal what lines are made for. */
void term_size(const struct term *t, int *ret_rows, int *ret_columns);
/* The window may have changed: ask the kernel, adapt.  True when the size is another. */
bool term_resize(struct term *t);
/* True when it was asked for or the locale has no UTF-8: surfaces have to be ASCII. */
bool term_ascii(const struct term *t);

/* Show the surface, writing only what differs from what is shown.  False when it could not
 * be drawn because an older frame is still on its way; try again once it is out. */
bool term_draw(struct term *t, const struct surface *s);
/* Of a plain terminal: write a text as it is, lines ended by "\r\n". */
void term_print(struct term *t, const char *text, size_t len);
/* The next frame is written whole. */
void term_redraw(struct term *t);

/* Give a text to the terminal's clipboard (OSC 52 of xterm); whether it takes it is not told.
 * False when it is too long for any. */
bool term_copy(struct term *t, const char *text, size_t len);

/* Write what is pending as far as the terminal takes it.  0, or -EIO when it hung up. */
int term_flush(struct term *t);
bool term_pending(const struct term *t);

/* Read what there is.  Returns how many bytes, 0 when there are none now, -EIO when the
 * terminal hung up. */
int term_read(struct term *t);
/* What the last read gave was pasted, by a terminal that does not say so. */
bool term_read_pasted(const struct term *t);
/* The next key that was read: KEYS_* or Unicode.  late: no more bytes will come, so an Esc
 * is an Esc (see key_decode.h). */
bool term_key(struct term *t, bool late, uint32_t *ret_key);
/* What the mouse did, after KEYS_MOUSE; good until the next key. */
const struct mouse *term_mouse_report(const struct term *t);
/* Have the terminal tell what the mouse does, or let it select text; from the start on it tells, if
 * terminfo says that it can. */
void term_mouse(struct term *t, bool on);
/* A key has begun and not ended. */
bool term_key_begun(const struct term *t);

/* Give the terminal back to the shell, and take it again.  In between nothing is drawn or
 * read.  From the background the terminal, which is somebody else's then, is not touched.  Negative
 * errno: it cannot be taken, and stays given back. */
void term_suspend(struct term *t);
int term_resume(struct term *t);
bool term_given_back(const struct term *t);

/* The terminal of stdin lets us read and write; also true when nobody can tell. */
bool term_in_foreground(void);

#endif
