/* ui/console/key_decode.h - the bytes that a terminal sends, as keys.
 *
 * UTF-8 and the control sequences of ECMA-48 as xterm, tmux, screen, rxvt and the Linux
 * console send them; modifiers are left out, sequences of unknown meaning are swallowed.  A
 * lone Esc and the begin of a sequence look alike: only time tells them apart, and the caller
 * has the clock.  Mouse reports come in xterm's SGR form (mode 1006), from old terminals in
 * that of X10. */
#ifndef SOCKEYE_CONSOLE_KEY_DECODE_H
#define SOCKEYE_CONSOLE_KEY_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_DECODE_BYTES 256

enum mouse_kind { MOUSE_PRESS, MOUSE_DRAG, MOUSE_RELEASE, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

/* What the mouse did; the place is what the terminal says, perhaps outside the screen. */
struct mouse {
    enum mouse_kind kind;
    int button; /* 0 left, 1 middle, 2 right; also 0 of a release that does not say, and a wheel */
    int row, column; /* from 0 on */
};

struct key_decoder {
    struct mouse mouse; /* of the newest KEYS_MOUSE */
    size_t len;
    unsigned char bytes[KEY_DECODE_BYTES]; /* not yet decoded */
};

/* How many bytes can be given now. */
size_t key_decoder_room(const struct key_decoder *d);
void key_decoder_give(struct key_decoder *d, const void *bytes, size_t len);

/* The next key as in action.h; false when there is none, or not all of it.  late: what is
 * there is all that will come, so an Esc is an Esc.  With KEYS_MOUSE d->mouse holds what it did. */
bool key_decoder_next(struct key_decoder *d, bool late, uint32_t *ret_key);

/* These bytes came at once and hands do not type them: a paste without brackets.  One key that
 * was held down while nobody read is none, nor is a mouse that moves. */
bool key_decoder_pasted(const unsigned char *bytes, size_t len);

/* Something is there that may be the begin of more. */
static inline bool key_decoder_waits(const struct key_decoder *d)
{
    return d->len > 0;
}

#endif
