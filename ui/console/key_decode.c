/* Sequences: ECMA-48 5.4 for their shape; xterm's ctlseqs and terminfo(5) for their meaning. */
#include "ui/console/key_decode.h"

#include <string.h>

#include "core/base/text.h"
#include "ui/console/action.h"

#define ESC 0x1b

/* What a try at the front of the bytes found. */
struct decoded {
    size_t consumed; /* 0: more bytes are needed */
    uint32_t key;    /* 0: nothing that means something */
};

size_t key_decoder_room(const struct key_decoder *d)
{
    return sizeof(d->bytes) - d->len;
}

void key_decoder_give(struct key_decoder *d, const void *bytes, size_t len)
{
    if (len > key_decoder_room(d))
        len = key_decoder_room(d);
    memcpy(d->bytes + d->len, bytes, len);
    d->len += len;
}

/* --- the mouse -------------------------------------------------------------------------- */

#define MOUSE_BUTTON 3u /* the bits of the button; all of them: none */
#define MOUSE_MOVED 32u
#define MOUSE_WHEEL 64u
#define MOUSE_MODIFIERS (4u | 8u | 16u)
#define X10_OFFSET 32 /* what is added to each byte of an X10 report */

/* xterm's ctlseqs, "Mouse Tracking".  False: a wheel to the side, a button beyond the third, a
 * move without one, a place that is none. */
static bool mouse_of(unsigned code, bool released, unsigned column, unsigned row,
                     struct mouse *ret)
{
    unsigned button = code & MOUSE_BUTTON;

    code &= ~MOUSE_MODIFIERS;
    if (!column || !row || code >= 2 * MOUSE_WHEEL)
        return false;
    *ret = (struct mouse){.row = (int)row - 1, .column = (int)column - 1};
    if (code & MOUSE_WHEEL) {
        ret->kind = button ? MOUSE_WHEEL_DOWN : MOUSE_WHEEL_UP;
        return button <= 1 && !released;
    }
    if (button == MOUSE_BUTTON) { /* X10 tells no more of a release */
        ret->kind = MOUSE_RELEASE;
        return !(code & MOUSE_MOVED);
    }
    ret->button = (int)button;
    ret->kind = released ? MOUSE_RELEASE : code & MOUSE_MOVED ? MOUSE_DRAG : MOUSE_PRESS;
    return true;
}

/* ESC [ < code ; column ; row M, or m when the button was let go; or ESC [ M and three bytes. */
static bool read_mouse(const unsigned char *b, size_t len, struct mouse *ret)
{
    unsigned numbers[3] = {0}, n = 0;

    if (b[2] == 'M')
        return b[3] >= X10_OFFSET &&
               mouse_of(b[3] - X10_OFFSET, false,
                        b[4] > X10_OFFSET ? b[4] - (unsigned)X10_OFFSET : 0,
                        b[5] > X10_OFFSET ? b[5] - (unsigned)X10_OFFSET : 0, ret);
    for (size_t at = 3; at + 1 < len; at++) {
        if (b[at] == ';' && ++n > 2)
            return false;
        if (b[at] == ';')
            continue;
        if (b[at] < '0' || b[at] > '9')
            return false;
        if (numbers[n] < 10000)
            numbers[n] = numbers[n] * 10 + (unsigned)(b[at] - '0');
    }
    return n == 2 && mouse_of(numbers[0], b[len - 1] == 'm', numbers[1], numbers[2], ret);
}

/* --- keys ------------------------------------------------------------------------------- */

/* CSI number ~ */
static uint32_t tilde_key(unsigned number)
{
    static const struct {
        unsigned number;
        uint32_t key;
    } keys[] = {
        {1, KEYS_HOME},        {3, KEYS_DELETE},   {4, KEYS_END},      {5, KEYS_PGUP},
        {6, KEYS_PGDN},        {7, KEYS_HOME},     {8, KEYS_END},      {11, KEYS_F1},
        {12, KEYS_F1 + 1},     {13, KEYS_F1 + 2},  {14, KEYS_F1 + 3},  {15, KEYS_F1 + 4},
        {17, KEYS_F1 + 5},     {18, KEYS_F1 + 6},  {19, KEYS_F1 + 7},  {20, KEYS_F1 + 8},
        {21, KEYS_F1 + 9},     {23, KEYS_F1 + 10}, {24, KEYS_F1 + 11}, {200, KEYS_PASTE_BEGIN},
        {201, KEYS_PASTE_END},
    };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (keys[i].number == number)
            return keys[i].key;
    return 0;
}

/* CSI letter and SS3 letter. */
static uint32_t letter_key(unsigned char letter)
{
    switch (letter) {
    case 'A':
        return KEYS_UP;
    case 'B':
        return KEYS_DOWN;
    case 'C':
        return KEYS_RIGHT;
    case 'D':
        return KEYS_LEFT;
    case 'F':
        return KEYS_END;
    case 'H':
        return KEYS_HOME;
    case 'P':
    case 'Q':
    case 'R':
    case 'S':
        return KEYS_F1 + letter - 'P';
    case 'Z':
        return KEYS_SHIFT_TAB;
    default:
        return 0;
    }
}

/* Behind ESC [: parameters 0x30-0x3f, intermediates 0x20-0x2f, one final 0x40-0x7e. */
static struct decoded decode_csi(const unsigned char *b, size_t len)
{
    unsigned number = 0;
    bool first = true;
    size_t at = 2;

    if (len > 2 && b[2] == '[') /* F1 to F5 of the Linux console: ESC [ [ A */
        return len < 4
                   ? (struct decoded){0}
                   : (struct decoded){
                         4, b[3] >= 'A' && b[3] <= 'E' ? KEYS_F1 + (uint32_t)(b[3] - 'A') : 0};
    for (; at < len && b[at] >= 0x20 && b[at] < 0x40; at++) {
        first = first && b[at] >= '0' && b[at] <= '9';
        if (first && number < 10000)
            number = number * 10 + (unsigned)(b[at] - '0');
    }
    if (at == len) /* one that never ends is no sequence */
        return (struct decoded){len >= KEY_DECODE_BYTES ? len : 0, 0};
    if (b[at] < 0x40 || b[at] > 0x7e) /* broken off: the byte belongs to what comes next */
        return (struct decoded){at, 0};
    if (b[at] == 'M' && at == 2) /* X10 mouse report: three bytes follow */
        return (struct decoded){at + 4 <= len ? at + 4 : 0, KEYS_MOUSE};
    if (b[2] == '<' && (b[at] == 'M' || b[at] == 'm'))
        return (struct decoded){at + 1, KEYS_MOUSE};
    return (struct decoded){at + 1, b[at] == '~' ? tilde_key(number) : letter_key(b[at])};
}

static struct decoded decode_escape(const unsigned char *b, size_t len)
{
    if (len == 1)
        return (struct decoded){0};
    if (b[1] == '[')
        return decode_csi(b, len);
    if (b[1] == 'O' && len > 2 && b[2] == 'M') /* Enter of the keypad */
        return (struct decoded){3, KEYS_ENTER};
    if (b[1] == 'O')
        return len < 3 ? (struct decoded){0} : (struct decoded){3, letter_key(b[2])};
    /* Esc, then a key of its own (or one with Alt, which means the same here). */
    return (struct decoded){1, KEYS_ESCAPE};
}

static struct decoded decode_control(unsigned char c)
{
    switch (c) {
    case '\r':
    case '\n':
        return (struct decoded){1, KEYS_ENTER};
    case '\t':
        return (struct decoded){1, KEYS_TAB};
    case '\b':
    case 0x7f:
        return (struct decoded){1, KEYS_BACKSPACE};
    default:
        return (struct decoded){1, c};
    }
}

static struct decoded decode(const unsigned char *b, size_t len)
{
    static const unsigned char more[] = {0xc2, 0xe0, 0xf0};
    size_t needed = 1;
    uint32_t code;

    if (b[0] == ESC)
        return decode_escape(b, len);
    if (b[0] < 0x20 || b[0] == 0x7f)
        return decode_control(b[0]);
    if (text_utf8_decode(b, len, &code))
        return (struct decoded){text_utf8_decode(b, len, &code), code};
    for (size_t i = 0; i < sizeof(more); i++)
        needed += b[0] >= more[i] && b[0] <= 0xf4;
    for (size_t i = 1; i < len && i < needed; i++)
        if ((b[i] & 0xc0) != 0x80)
            return (struct decoded){1, 0};
    return (struct decoded){len < needed ? 0 : 1, 0};
}

bool key_decoder_next(struct key_decoder *d, bool late, uint32_t *ret_key)
{
    while (d->len) {
        struct decoded found = decode(d->bytes, d->len);

        if (!found.consumed && !late)
            return false;
        if (!found.consumed)
            found = (struct decoded){1, d->bytes[0] == ESC ? KEYS_ESCAPE : 0};
        if (found.key == KEYS_MOUSE && !read_mouse(d->bytes, found.consumed, &d->mouse))
            found.key = 0;
        d->len -= found.consumed;
        memmove(d->bytes, d->bytes + found.consumed, d->len);
        if (found.key) {
            *ret_key = found.key;
            return true;
        }
    }
    return false;
}

bool key_decoder_pasted(const unsigned char *bytes, size_t len)
{
    /* The longest sequence that one key sends. */
    const size_t longest = 8;

    if (len < KEY_DECODE_BYTES || memmem(bytes, len, "\033[<", 3))
        return false;
    for (size_t period = 1; period <= longest; period++)
        if (!memcmp(bytes, bytes + period, len - period))
            return false;
    return true;
}
