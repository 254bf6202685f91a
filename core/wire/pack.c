/* The format, and integers and texts as bytes; floats are in pack_float.c. */
#include "core/wire/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/wire/pack_float.h"

/* Of a code; size 0: it has none in this mode. */
struct code_info {
    char code;
    bool is_signed;
    enum pack_kind kind;
    uint8_t standard_bytes, native_bytes, native_alignment;
};

#define NATIVE(type) sizeof(type), _Alignof(type)

static const struct code_info codes[] = {
    {'x', false, PACK_TEXT, 1, 1, 1},
    {'c', false, PACK_TEXT, 1, 1, 1},
    {'s', false, PACK_TEXT, 1, 1, 1},
    {'p', false, PACK_TEXT, 1, 1, 1},
    {'b', true, PACK_INTEGER, 1, 1, 1},
    {'B', false, PACK_INTEGER, 1, 1, 1},
    {'?', false, PACK_TRUTH, 1, NATIVE(bool)},
    {'h', true, PACK_INTEGER, 2, NATIVE(short)},
    {'H', false, PACK_INTEGER, 2, NATIVE(unsigned short)},
    {'i', true, PACK_INTEGER, 4, NATIVE(int)},
    {'I', false, PACK_INTEGER, 4, NATIVE(unsigned)},
    {'l', true, PACK_INTEGER, 4, NATIVE(long)},
    {'L', false, PACK_INTEGER, 4, NATIVE(unsigned long)},
    {'q', true, PACK_INTEGER, 8, NATIVE(long long)},
    {'Q', false, PACK_INTEGER, 8, NATIVE(unsigned long long)},
    {'n', true, PACK_INTEGER, 0, NATIVE(ptrdiff_t)},
    {'N', false, PACK_INTEGER, 0, NATIVE(size_t)},
    {'P', false, PACK_INTEGER, 0, NATIVE(void *)},
    {'e', true, PACK_REAL, 2, NATIVE(short)},
    {'f', true, PACK_REAL, 4, NATIVE(float)},
    {'d', true, PACK_REAL, 8, NATIVE(double)},
};

static const struct code_info *info_of(char code)
{
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (codes[i].code == code)
            return &codes[i];
    return NULL;
}

enum pack_kind pack_kind(char code)
{
    const struct code_info *info = info_of(code);

    return info ? info->kind : PACK_TEXT;
}

/* --- the format ------------------------------------------------------------------------- */

struct parser {
    const char *text;
    size_t at;
    struct pack_format *f;
    struct err *err;
};

static int wrong(const struct parser *p, size_t at, int code, const char *reason)
{
    return err_set(p->err, code, "read format", p->text, "character %zu: %s", at + 1, reason);
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void read_order(struct parser *p)
{
    char c = p->text[0];
    const uint16_t one = 1;
    uint8_t first;

    memcpy(&first, &one, 1);
    p->f->native = true;
    p->f->big_endian = first == 0;
    if (!c || !strchr("@=<>!", c))
        return;
    p->at++;
    p->f->native = c == '@';
    if (c != '@' && c != '=')
        p->f->big_endian = c != '<';
}

/* A count, if there is one.  Counts past the limit all mean too much: they stay there. */
static size_t read_count(struct parser *p)
{
    size_t count = 0;

    if (!is_digit(p->text[p->at]))
        return 1;
    for (; is_digit(p->text[p->at]); p->at++)
        if (count <= PACK_BYTES_MAX)
            count = count * 10 + (size_t)(p->text[p->at] - '0');
    return count;
}

static int read_item(struct parser *p)
{
    size_t begin = p->at, count = read_count(p), end = p->f->n_bytes;
    const struct code_info *info = info_of(p->text[p->at]);
    size_t bytes = !info ? 0 : p->f->native ? info->native_bytes : info->standard_bytes;
    bool is_text = info && (info->code == 's' || info->code == 'p');

    if (p->at != begin && !p->text[p->at])
        return wrong(p, begin, -EINVAL, "a count without a code behind it");
    if (!info)
        return wrong(p, p->at, -EINVAL, "no code of a format");
    if (!bytes)
        return wrong(p, p->at, -EINVAL, "n, N and P have a size only with @, the default");
    if (p->f->native)
        end = (end + info->native_alignment - 1) / info->native_alignment *
              info->native_alignment;
    if (end > PACK_BYTES_MAX || count > (PACK_BYTES_MAX - end) / bytes)
        return wrong(p, begin, -EINVAL, "more than the 1,048,576 bytes that a format may have");
    p->f->items[p->f->n_items++] = (struct pack_item){.code = info->code,
                                                      .count = count,
                                                      .bytes = is_text ? count : bytes,
                                                      .offset = end,
                                                      .place = p->at + 1};
    p->f->n_values += is_text ? 1 : info->code == 'x' ? 0 : count;
    p->f->n_bytes = end + count * bytes;
    p->at++;
    return 0;
}

int pack_format_parse(const char *text, struct pack_format *ret, struct err *err)
{
    struct pack_format f = {0};
    struct parser p = {.text = text, .f = &f, .err = err};
    size_t len = strlen(text);
    int r = 0;

    if (len > PACK_FORMAT_BYTES)
        return err_set(err, -EINVAL, "read format", NULL, "longer than %u characters",
                       PACK_FORMAT_BYTES);
    /* Each item takes a character at least. */
    f.items = mem_new(len + 1, sizeof(*f.items));
    read_order(&p);
    while (r == 0 && text[p.at]) {
        if (is_blank(text[p.at]))
            p.at++;
        else
            r = read_item(&p);
    }
    if (r < 0)
        pack_format_done(&f);
    else
        *ret = f;
    return r;
}

void pack_format_done(struct pack_format *f)
{
    free(f->items);
    *f = (struct pack_format){0};
}

bool pack_next(const struct pack_format *f, struct pack_walk *w, struct pack_slot *ret)
{
    for (; w->item < f->n_items; w->item++, w->done = 0) {
        const struct pack_item *item = &f->items[w->item];
        bool is_text = item->code == 's' || item->code == 'p';

        if (item->code == 'x' || w->done >= (is_text ? 1 : item->count))
            continue;
        *ret = (struct pack_slot){.code = item->code,
                                  .bytes = item->bytes,
                                  .offset = item->offset + w->done * item->bytes,
                                  .place = item->place,
                                  .number = ++w->number,
                                  .big_endian = f->big_endian,
                                  .native = f->native};
        w->done++;
        return true;
    }
    return false;
}

/* --- values ----------------------------------------------------------------------------- */

static void put_uint(uint8_t *to, size_t bytes, bool big_endian, uint64_t n)
{
    for (size_t i = 0; i < bytes; i++)
        to[big_endian ? bytes - 1 - i : i] = (uint8_t)(n >> 8 * i);
}

static uint64_t get_uint(const uint8_t *from, size_t bytes, bool big_endian)
{
    uint64_t n = 0;

    for (size_t i = 0; i < bytes; i++)
        n = n << 8 | from[big_endian ? i : bytes - 1 - i];
    return n;
}

static bool is_signed(char code)
{
    const struct code_info *info = info_of(code);

    return info && info->is_signed;
}

void pack_range(const struct pack_slot *slot, uint64_t *ret_least, uint64_t *ret_greatest)
{
    uint64_t greatest = UINT64_MAX >> (64 - 8 * slot->bytes);
    uint64_t half = greatest / 2 + 1;

    if (is_signed(slot->code)) {
        *ret_least = half;
        *ret_greatest = half - 1;
        return;
    }
    /* A pointer may be written as the signed number of the same bits. */
    *ret_least = slot->code == 'P' ? half : 0;
    *ret_greatest = greatest;
}

static int put_integer(const struct pack_slot *slot, const struct pack_value *v, uint8_t *to,
                       struct err *err)
{
    uint64_t least, greatest;

    pack_range(slot, &least, &greatest);
    if (v->magnitude > (v->negative ? least : greatest))
        return err_set(err, -EINVAL, "pack", NULL,
                       "value %zu, %s%llu, for '%c' at character %zu of the format, is not "
                       "from %s%llu to %llu",
                       slot->number, v->negative ? "-" : "", (unsigned long long)v->magnitude,
                       slot->code, slot->place, least ? "-" : "", (unsigned long long)least,
                       (unsigned long long)greatest);
    put_uint(to, slot->bytes, slot->big_endian, v->negative ? -v->magnitude : v->magnitude);
    return 0;
}

static int put_real(const struct pack_slot *slot, const struct pack_value *v, uint8_t *to,
                    struct err *err)
{
    char text[PACK_FLOAT_TEXT_BYTES];
    uint64_t bits;

    if (!pack_float_bits(slot->bytes, v->real, slot->native && slot->code == 'f', &bits))
        return err_set(err, -EINVAL, "pack", NULL,
                       "value %zu, %s, for '%c' at character %zu of the format, is too "
                       "large for its %zu bytes",
                       slot->number, pack_float_text(sizeof(v->real), v->real, text),
                       slot->code, slot->place, slot->bytes);
    put_uint(to, slot->bytes, slot->big_endian, bits);
    return 0;
}

static int put_text(const struct pack_slot *slot, const struct pack_value *v, uint8_t *to,
                    struct err *err)
{
    bool pascal = slot->code == 'p';
    size_t room = slot->bytes - (pascal && slot->bytes), n = v->len < room ? v->len : room;

    if (slot->code == 'c' && v->len != 1)
        return err_set(err, -EINVAL, "pack", NULL,
                       "value %zu, for 'c' at character %zu of the format, is %zu bytes, not "
                       "one",
                       slot->number, slot->place, v->len);
    if (!slot->bytes)
        return 0;
    memset(to, 0, slot->bytes);
    if (pascal)
        *to++ = (uint8_t)(n < 255 ? n : 255);
    if (n)
        memcpy(to, v->text, n);
    return 0;
}

int pack_put(const struct pack_slot *slot, const struct pack_value *value, uint8_t *bytes,
             struct err *err)
{
    uint8_t *to = bytes + slot->offset;

    switch (pack_kind(slot->code)) {
    case PACK_INTEGER:
        return put_integer(slot, value, to, err);
    case PACK_REAL:
        return put_real(slot, value, to, err);
    case PACK_TRUTH:
        put_uint(to, slot->bytes, slot->big_endian, value->truth);
        return 0;
    default:
        return put_text(slot, value, to, err);
    }
}

static void get_text(const struct pack_slot *slot, const uint8_t *from, struct pack_value *v)
{
    v->text = from;
    v->len = slot->bytes;
    if (slot->code == 'p' && slot->bytes) {
        v->text++;
        v->len = from[0] < slot->bytes ? from[0] : slot->bytes - 1;
    }
}

struct pack_value pack_get(const struct pack_slot *slot, const uint8_t *bytes)
{
    const uint8_t *from = bytes + slot->offset;
    struct pack_value v = {.kind = pack_kind(slot->code)};

    if (v.kind == PACK_TEXT) {
        get_text(slot, from, &v);
        return v;
    }
    v.magnitude = get_uint(from, slot->bytes, slot->big_endian);
    if (v.kind == PACK_REAL) {
        v.real = pack_float_value(slot->bytes, v.magnitude);
    } else if (v.kind == PACK_TRUTH) {
        v.truth = v.magnitude != 0;
        /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): it has bytes */
    } else if (is_signed(slot->code) && v.magnitude >> (8 * slot->bytes - 1)) {
        v.negative = true;
        v.magnitude = -v.magnitude & UINT64_MAX >> (64 - 8 * slot->bytes);
    }
    return v;
}
