#include "core/wire/pack_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/hex.h"
#include "core/wire/pack_float.h"

static int wrong(const struct pack_slot *slot, const char *word, const char *reason,
                 struct err *err)
{
    return err_set(err, -EINVAL, "read value", word,
                   "value %zu, for '%c' at character %zu of the format, %s", slot->number,
                   slot->code, slot->place, reason);
}

/* The base that a prefix names; *text then stands behind it. */
static unsigned take_base(const char **text)
{
    static const char names[] = "xXbBoO";
    static const unsigned bases[] = {16, 16, 2, 2, 8, 8};
    const char *name = (*text)[0] == '0' && (*text)[1] ? strchr(names, (*text)[1]) : NULL;

    if (!name)
        return 10;
    *text += 2;
    return bases[name - names];
}

static int read_integer(const struct pack_slot *slot, const char *word, struct pack_value *v,
                        struct err *err)
{
    const char *at = word + (*word == '-' || *word == '+');
    unsigned base = take_base(&at);
    uint64_t n = 0;
    bool fits = true;

    if (!*at)
        return wrong(slot, word, "is no integer", err);
    for (; *at; at++) {
        int digit = hex_digit(*at);
        uint64_t more;

        if (digit < 0 || (unsigned)digit >= base)
            return wrong(slot, word, "is no integer", err);
        fits = fits && !__builtin_mul_overflow(n, base, &more) &&
               !__builtin_add_overflow(more, (unsigned)digit, &n);
    }
    if (!fits)
        return wrong(slot, word, "does not fit 64 bits", err);
    v->magnitude = n;
    v->negative = *word == '-' && n;
    return 0;
}

static int read_real(const struct pack_slot *slot, const char *word, struct pack_value *v,
                     struct err *err)
{
    size_t used;

    if (!pack_float_read(word, &v->real, &used))
        return wrong(slot, word, "is too large for a double", err);
    if (!used || word[used])
        return wrong(slot, word, "is no number", err);
    return 0;
}

static int read_truth(const struct pack_slot *slot, const char *word, struct pack_value *v,
                      struct err *err)
{
    v->truth = strcasecmp(word, "true") == 0 || strcmp(word, "1") == 0;
    if (!v->truth && strcasecmp(word, "false") != 0 && strcmp(word, "0") != 0)
        return wrong(slot, word, "is none of true, false, 1, 0", err);
    return 0;
}

static bool begins_as_hex(const char *word)
{
    return word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
}

static int read_hex(const struct pack_slot *slot, char *word, struct pack_value *v,
                    struct err *err)
{
    size_t n = strlen(word + 2);

    if (strspn(word + 2, "0123456789abcdefABCDEF") != n || n % 2) {
        int r = wrong(slot, word, "is 0x but not pairs of hex digits", err);

        err_hint(err, "text that begins with 0x is written \\x30x");
        return r;
    }
    /* Two digits become one byte, so they can be written over. */
    for (size_t i = 0; i < n / 2; i++)
        word[i] = (char)(hex_digit(word[2 + 2 * i]) << 4 | hex_digit(word[3 + 2 * i]));
    v->len = n / 2;
    return 0;
}

static int read_text(const struct pack_slot *slot, char *word, struct pack_value *v,
                     struct err *err)
{
    char reason[64];
    size_t at;

    v->text = (const uint8_t *)word;
    if (begins_as_hex(word))
        return read_hex(slot, word, v, err);
    v->len = text_unescape(word, &at);
    if (v->len != (size_t)-1)
        return 0;
    snprintf(reason, sizeof(reason), "has no valid escape at its character %zu", at + 1);
    return wrong(slot, word, reason, err);
}

int pack_text_read(const struct pack_slot *slot, char *word, struct pack_value *ret,
                   struct err *err)
{
    struct pack_value v = {.kind = pack_kind(slot->code)};
    int r = v.kind == PACK_INTEGER ? read_integer(slot, word, &v, err)
            : v.kind == PACK_REAL  ? read_real(slot, word, &v, err)
            : v.kind == PACK_TRUTH ? read_truth(slot, word, &v, err)
                                   : read_text(slot, word, &v, err);

    if (r == 0)
        *ret = v;
    return r;
}

const char *pack_text_write(const struct pack_value *value, char *out)
{
    switch (value->kind) {
    case PACK_INTEGER:
        snprintf(out, PACK_TEXT_BYTES(0), "%s%llu", value->negative ? "-" : "",
                 (unsigned long long)value->magnitude);
        break;
    case PACK_REAL:
        /* As struct has it: the number that its 2 or 4 bytes stand for. */
        pack_float_text(sizeof(value->real), value->real, out);
        break;
    case PACK_TRUTH:
        snprintf(out, PACK_TEXT_BYTES(0), "%s", value->truth ? "true" : "false");
        break;
    default:
        text_escape(value->text, value->len, out);
        if (begins_as_hex(out)) {
            memmove(out + 4, out + 1, strlen(out));
            memcpy(out, "\\x30", 4);
        }
    }
    return out;
}
