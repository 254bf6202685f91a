/* Ends of lines: the first byte says into which they are turned and how the rest is cut.  However
 * it is cut the same comes out, within its room, and LF aside turned twice is turned once. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/line_end.h"
#include "core/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *turn(enum line_end to, const char *bytes, size_t len, size_t part, size_t *ret_len)
{
    struct line_end_state s = {.to = to};
    char *out = mem_new(LINE_END_BYTES(len), 1);
    size_t used = 0;

    for (size_t at = 0; at < len; at += part) {
        size_t n = len - at < part ? len - at : part;

        /* The room of each piece of its own: what is written behind it is noticed. */
        char *piece = mem_new(LINE_END_BYTES(n), 1);
        size_t made = line_end_translate(&s, bytes + at, n, piece);

        memcpy(out + used, piece, made);
        used += made;
        free(piece);
    }
    used += line_end_finish(&s, out + used);
    *ret_len = used;
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum line_end to = size ? data[0] & 3 : LINE_END_KEEP;
    const char *bytes = (const char *)data + 1;
    char *whole, *parts, *again;
    size_t len, parts_len, again_len;

    if (!size)
        return 0;
    whole = turn(to, bytes, size - 1, size, &len);
    parts = turn(to, bytes, size - 1, 1 + (data[0] >> 2) % 16, &parts_len);
    again = turn(to, whole, len, size, &again_len);
    if (len != parts_len || memcmp(whole, parts, len) != 0)
        abort();
    if (to == LINE_END_KEEP && (len != size - 1 || memcmp(whole, bytes, len) != 0))
        abort();
    /* Not so with LF: "\r\r\n", which loses one CR, is a line's end again. */
    if (to != LINE_END_LF && (len != again_len || memcmp(whole, again, len) != 0))
        abort();
    free(whole);
    free(parts);
    free(again);
    return 0;
}
