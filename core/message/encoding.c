#include "core/message/encoding.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

#define NAME_BYTES 64
#define SPARE_BYTES 64 /* for marks and shifts of encodings that have them */
#define NO_ICONV ((iconv_t)-1)

/* What iconv_open(3) gives a meaning of its own, the slash and the empty name, is no name. */
static bool is_name(const char *name)
{
    size_t len = strlen(name);

    return len && len < NAME_BYTES &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                        "-_.:+()") == len;
}

/* Replaces each separator, or drops it where `by` is NUL. */
static void fold(const char *name, char by, char out[NAME_BYTES])
{
    for (; *name; name++) {
        if (*name != '-' && *name != '_')
            *out++ = *name;
        else if (by)
            *out++ = by;
    }
    *out = '\0';
}

static iconv_t open_one(const char *name, bool decode)
{
    return decode ? iconv_open("UTF-8", name) : iconv_open(name, "UTF-8");
}

/* By its own name, else as Python might mean it.  NO_ICONV with errno, EINVAL for an unknown one. */
static iconv_t open_encoding(const char *name, bool decode)
{
    static const char separators[] = {'-', '\0'};
    iconv_t cd = NO_ICONV;

    errno = EINVAL;
    if (is_name(name))
        cd = open_one(name, decode);
    for (size_t i = 0; i < sizeof(separators) && cd == NO_ICONV && errno == EINVAL; i++) {
        char folded[NAME_BYTES] = "";

        if (is_name(name))
            fold(name, separators[i], folded);
        if (folded[0])
            cd = open_one(folded, decode);
    }
    return cd;
}

/* iconv(3) wants what it reads as char *, and leaves it alone. */
static char *unconst(const void *bytes)
{
    return (char *)(uintptr_t)bytes;
}

/* Everything into a buffer that grows; *in is how far it came. */
static int convert_all(iconv_t cd, const char *bytes, size_t len, size_t *in, char **ret,
                       size_t *ret_len)
{
    size_t max = ENCODING_GROWTH_MAX * len + SPARE_BYTES, room = len + SPARE_BYTES, left = len;
    char *out = mem_new(room + 1, 1), *p = unconst(bytes), *q = out;
    size_t free_bytes = room;
    bool flushing = false;
    int r = 0;

    for (;;) {
        size_t n = iconv(cd, flushing ? NULL : &p, &left, &q, &free_bytes);
        size_t used = (size_t)(q - out);

        if (n != (size_t)-1 && flushing)
            break;
        if (n != (size_t)-1) {
            flushing = true; /* some encodings end in a shift */
            continue;
        }
        if (errno != E2BIG || room == max) {
            r = errno == E2BIG ? -EFBIG : -EILSEQ;
            break;
        }
        room = 2 * room < max ? 2 * room : max;
        out = mem_resize(out, room + 1, 1);
        q = out + used;
        free_bytes = room - used;
    }
    *in = len - left;
    *ret_len = (size_t)(q - out);
    out[*ret_len] = '\0';
    *ret = out;
    return r;
}

static int convert(bool decode, const char *name, const char *bytes, size_t len, char **ret,
                   size_t *ret_len, size_t *ret_at)
{
    iconv_t cd = open_encoding(name, decode);
    size_t out_len, in;
    char *out;
    int r;

    if (cd == NO_ICONV)
        return -errno;
    r = convert_all(cd, bytes, len, &in, &out, &out_len);
    iconv_close(cd);
    if (r < 0) {
        free(out);
        *ret_at = in;
        return r;
    }
    *ret = out;
    *ret_len = out_len;
    return 0;
}

int encoding_to_utf8(const char *name, const void *bytes, size_t len, char **ret,
                     size_t *ret_len, size_t *ret_at)
{
    return convert(true, name, bytes, len, ret, ret_len, ret_at);
}

int encoding_from_utf8(const char *name, const char *text, size_t len, char **ret,
                       size_t *ret_len, size_t *ret_at)
{
    return convert(false, name, text, len, ret, ret_len, ret_at);
}

/* iconv stops there when there is no more room than that. */
size_t encoding_byte_of(const char *name, const void *bytes, size_t len, size_t text_at)
{
    iconv_t cd = open_encoding(name, true);
    char *out = mem_new(text_at + 1, 1), *p = unconst(bytes), *q = out;
    size_t left = len, room = text_at;

    if (cd != NO_ICONV) {
        iconv(cd, &p, &left, &q, &room);
        iconv_close(cd);
    }
    free(out);
    return len - left;
}
