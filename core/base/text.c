#include "core/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/hex.h"
#include "core/base/mark.h"

size_t text_utf8_decode(const void *bytes, size_t len, uint32_t *ret_code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t *b = bytes;
    uint32_t code;
    size_t n;

    if (!len)
        return 0;
    if (b[0] < 0x80) {
        *ret_code = b[0];
        return 1;
    }
    n = b[0] >= 0xf0 ? 4 : b[0] >= 0xe0 ? 3 : b[0] >= 0xc2 ? 2 : 0;
    if (n == 0 || b[0] > 0xf4 || n > len)
        return 0;
    code = b[0] & (0x7fU >> n);
    for (size_t i = 1; i < n; i++) {
        if ((b[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (b[i] & 0x3f);
    }
    if (code < smallest[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;
    *ret_code = code;
    return n;
}

size_t text_utf8_encode(uint32_t code, char out[4])
{
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;
    for (size_t i = n - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(lead[n] | code);
    return n;
}

bool text_printable(uint32_t code)
{
    /* Unicode's controls and formats, what has no glyph or an empty one (DerivedCoreProperties,
     * Default_Ignorable_Code_Point, without the selectors of emoji), private use. */
    static const struct {
        uint32_t first, last;
    } hidden[] = {
        {0x00, 0x1f},       {0x7f, 0x9f},        {0xad, 0xad},       {0x34f, 0x34f},
        {0x61c, 0x61c},     {0x115f, 0x1160},    {0x17b4, 0x17b5},   {0x180b, 0x180f},
        {0x200b, 0x200f},   {0x2028, 0x202e},    {0x2060, 0x206f},   {0x3164, 0x3164},
        {0xe000, 0xf8ff},   {0xfdd0, 0xfdef},    {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
        {0xfff0, 0xfffb},   {0x13430, 0x1345f},  {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
        {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff},
    };

    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]) && code >= hidden[i].first; i++)
        if (code <= hidden[i].last)
            return false;
    return (code & 0xfffe) != 0xfffe; /* no character at the end of any plane */
}

size_t text_shown_as_it_is(const void *bytes, size_t len, unsigned *marks)
{
    uint32_t code = 0;
    size_t n = text_utf8_decode(bytes, len, &code);

    *marks = n && mark_joins(code) ? *marks + 1 : 0;
    return n && text_printable(code) && *marks <= TEXT_MARKS_MAX ? n : 0;
}

bool text_is_printable(const char *text)
{
    size_t left = strlen(text);
    unsigned marks = 0;

    while (left) {
        size_t n = 1;

        if (*text >= ' ' && *text <= '~')
            marks = 0; /* nearly all */
        else if (!(n = text_shown_as_it_is(text, left, &marks)))
            return false;
        text += n;
        left -= n;
    }
    return true;
}

/* One step of text_clean(): the bytes consumed, its printable form in piece. */
static size_t clean_one(const uint8_t *b, size_t len, unsigned *marks, char piece[16])
{
    uint32_t code = 0;
    size_t n = text_shown_as_it_is(b, len, marks);

    if (n) {
        memcpy(piece, b, n);
        piece[n] = '\0';
        return n;
    }
    n = text_utf8_decode(b, len, &code);
    if (b[0] == '\n' || b[0] == '\r' || b[0] == '\t')
        snprintf(piece, 16, "\\%c", b[0] == '\n' ? 'n' : b[0] == '\r' ? 'r' : 't');
    else if (n > 1)
        snprintf(piece, 16, "\\u{%x}", (unsigned)code);
    else
        snprintf(piece, 16, "\\x%02x", b[0]);
    return n ? n : 1;
}

size_t text_clean(const void *bytes, size_t len, char *out, size_t size)
{
    const uint8_t *b = bytes;
    unsigned marks = 0;
    size_t used = 0;

    if (!size)
        return 0;
    for (size_t at = 0; at < len;) {
        char piece[16];
        size_t n, add;

        if (b[at] >= ' ' && b[at] <= '~') { /* nearly all */
            if (used + 1 >= size)
                break;
            marks = 0;
            out[used++] = (char)b[at++];
            continue;
        }
        n = clean_one(b + at, len - at, &marks, piece);
        add = strlen(piece);
        if (used + add >= size)
            break;
        memcpy(out + used, piece, add);
        used += add;
        at += n;
    }
    out[used] = '\0';
    return used;
}

/* By hand: a table of a hundred thousand rows is mostly numbers, most of them small, and printf is
 * ten times slower. */
size_t text_u64(uint64_t n, char *out)
{
    static const char pairs[] = "0001020304050607080910111213141516171819"
                                "2021222324252627282930313233343536373839"
                                "4041424344454647484950515253545556575859"
                                "6061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";
    size_t len = 1;
    char *end;

    if (n < 10) {
        *out = (char)('0' + n);
        return 1;
    }
    for (uint64_t rest = n; rest >= 10; rest /= 10)
        len++;
    for (end = out + len; n >= 100; n /= 100) {
        end -= 2;
        memcpy(end, pairs + 2 * (n % 100), 2);
    }
    if (n >= 10)
        memcpy(out, pairs + 2 * n, 2);
    else
        *out = (char)('0' + n);
    return len;
}

const char *text_number(uint64_t n, char buf[TEXT_NUMBER_BYTES])
{
    char digits[TEXT_U64_BYTES];
    size_t len = text_u64(n, digits);
    char *out = buf;

    for (size_t i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            *out++ = ',';
        *out++ = digits[i];
    }
    *out = '\0';
    return buf;
}

const char *text_duration(uint64_t ns, char buf[TEXT_DURATION_BYTES])
{
    unsigned long long n = ns;

    if (n < 1000)
        snprintf(buf, TEXT_DURATION_BYTES, "%llu ns", n);
    else if (n < 1000000)
        snprintf(buf, TEXT_DURATION_BYTES, "%llu us", n / 1000);
    else if (n < 1000000000)
        snprintf(buf, TEXT_DURATION_BYTES, "%llu ms", n / 1000000);
    else if (n < 100000000000)
        snprintf(buf, TEXT_DURATION_BYTES, "%llu.%llu s", n / 1000000000, n / 100000000 % 10);
    else if (n < 7200000000000)
        snprintf(buf, TEXT_DURATION_BYTES, "%llu min %llu s", n / 60000000000,
                 n / 1000000000 % 60);
    else
        snprintf(buf, TEXT_DURATION_BYTES, "%llu h %llu min", n / 3600000000000,
                 n / 60000000000 % 60);
    return buf;
}

int text_seconds(const char *text, uint64_t *ret_ns)
{
    const uint64_t second = 1000000000;
    uint64_t ns = 0, unit = second;
    const char *c = text;

    for (; *c >= '0' && *c <= '9'; c++) {
        ns = ns * 10 + (uint64_t)(*c - '0') * second;
        if (ns > 1000000 * second)
            return -EINVAL;
    }
    if (*c == '.' && c[1])
        for (c++; *c >= '0' && *c <= '9'; c++)
            ns += (uint64_t)(*c - '0') * (unit /= 10);
    if (*c || c == text)
        return -EINVAL;
    *ret_ns = ns;
    return 0;
}

size_t text_unescape(char *text, size_t *ret_at)
{
    static const char names[] = "rnt0\\", values[] = "\r\n\t\0\\";
    char *out = text;

    for (const char *in = text; *in; in++) {
        const char *name;

        if (*in != '\\') {
            *out++ = *in;
            continue;
        }
        name = in[1] ? strchr(names, in[1]) : NULL;
        if (name) {
            *out++ = values[name - names];
            in++;
        } else if (in[1] == 'x' && hex_digit(in[2]) >= 0 && hex_digit(in[3]) >= 0) {
            *out++ = (char)(hex_digit(in[2]) << 4 | hex_digit(in[3]));
            in += 3;
        } else {
            *ret_at = (size_t)(in - text);
            return (size_t)-1;
        }
    }
    return (size_t)(out - text);
}

size_t text_escape(const void *bytes, size_t len, char *out)
{
    const uint8_t *b = bytes;
    unsigned marks = 0;
    char *to = out;

    for (size_t at = 0; at < len;) {
        size_t n = text_shown_as_it_is(b + at, len - at, &marks);

        if (n && b[at] != '\\') {
            memcpy(to, b + at, n);
            to += n;
            at += n;
            continue;
        }
        *to++ = '\\';
        if (b[at] == '\n' || b[at] == '\r' || b[at] == '\t' || b[at] == '\\') {
            *to++ = b[at] == '\n' ? 'n' : b[at] == '\r' ? 'r' : b[at] == '\t' ? 't' : '\\';
        } else {
            *to++ = 'x';
            hex_write(b + at, 1, to);
            to += 2;
        }
        at++;
    }
    *to = '\0';
    return (size_t)(to - out);
}
