#include "core/wire/inspect.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/wire/pack.h"
#include "core/wire/pack_float.h"
#include "core/wire/pack_text.h"

#define UNKNOWN "-"

/* The numbers are those of a format's codes.  Columns are those of the longest value. */
static const struct {
    const char *name;
    char code;
    uint8_t bytes, columns;
} kinds[INSPECT_COUNT] = {
    [INSPECT_U8] = {"u8", 'B', 1, 3},          [INSPECT_I8] = {"i8", 'b', 1, 4},
    [INSPECT_CHARACTER] = {"UTF-8", 0, 0, 19}, /* "\u{10ffff} U+10FFFF" */
    [INSPECT_IPV4] = {"IPv4", 0, 0, 15},       [INSPECT_U16] = {"u16", 'H', 2, 5},
    [INSPECT_I16] = {"i16", 'h', 2, 6},        [INSPECT_U32] = {"u32", 'I', 4, 10},
    [INSPECT_I32] = {"i32", 'i', 4, 11},       [INSPECT_U64] = {"u64", 'Q', 8, 20},
    [INSPECT_I64] = {"i64", 'q', 8, 20},       [INSPECT_FLOAT] = {"float", 'f', 4, 15},
    [INSPECT_DOUBLE] = {"double", 'd', 8, 24},
};

static void number(const uint8_t *bytes, size_t left, char code, size_t size, bool big,
                   char out[INSPECT_VALUE_BYTES])
{
    struct pack_slot slot = {.code = code, .bytes = size, .big_endian = big};
    char text[PACK_TEXT_BYTES(sizeof(uint64_t))];
    struct pack_value v;

    if (left < size) {
        snprintf(out, INSPECT_VALUE_BYTES, UNKNOWN);
        return;
    }
    v = pack_get(&slot, bytes);
    /* Here the few digits that lead to the same bytes say more than the number they stand for. */
    snprintf(out, INSPECT_VALUE_BYTES, "%.*s", INSPECT_VALUE_BYTES - 1,
             v.kind == PACK_REAL ? pack_float_text(size, v.real, text)
                                 : pack_text_write(&v, text));
}

/* True when the bytes are the beginning of a character that goes on behind their end. */
static bool is_cut(const uint8_t *bytes, size_t left)
{
    uint8_t whole[4];
    uint32_t code;
    size_t need = left == 0          ? 1
                  : bytes[0] >= 0xf0 ? 4
                  : bytes[0] >= 0xe0 ? 3
                  : bytes[0] >= 0xc0 ? 2
                                     : 1;

    if (left >= need)
        return false;
    if (left == 0)
        return true;
    /* With the lowest and with the highest continuation: which of them is allowed depends on the
     * lead. */
    for (int fill = 0x80; fill <= 0xbf; fill += 0x3f) {
        memset(whole, fill, sizeof(whole));
        memcpy(whole, bytes, left);
        if (text_utf8_decode(whole, need, &code))
            return true;
    }
    return false;
}

static void character(const uint8_t *bytes, size_t left, char out[INSPECT_VALUE_BYTES])
{
    char clean[16];
    uint32_t code;
    size_t n = text_utf8_decode(bytes, left, &code);

    if (!n) {
        snprintf(out, INSPECT_VALUE_BYTES, "%s", is_cut(bytes, left) ? UNKNOWN : "not UTF-8");
        return;
    }
    text_clean(bytes, n, clean, sizeof(clean));
    snprintf(out, INSPECT_VALUE_BYTES, "%s U+%04X", clean, (unsigned)code);
}

static void ipv4(const uint8_t *bytes, size_t left, char out[INSPECT_VALUE_BYTES])
{
    if (left < 4)
        snprintf(out, INSPECT_VALUE_BYTES, UNKNOWN);
    else
        snprintf(out, INSPECT_VALUE_BYTES, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2],
                 bytes[3]);
}

void inspect(const uint8_t *bytes, size_t len, size_t at, struct inspection ret[INSPECT_COUNT])
{
    size_t left = at < len ? len - at : 0;
    const uint8_t *here = left ? bytes + at : bytes;

    for (int i = 0; i < INSPECT_COUNT; i++) {
        ret[i] = (struct inspection){.name = kinds[i].name, .columns = kinds[i].columns};
        if (!kinds[i].code)
            continue;
        number(here, left, kinds[i].code, kinds[i].bytes, true, ret[i].big);
        if (kinds[i].bytes > 1)
            number(here, left, kinds[i].code, kinds[i].bytes, false, ret[i].little);
    }
    character(here, left, ret[INSPECT_CHARACTER].big);
    ipv4(here, left, ret[INSPECT_IPV4].big);
}
