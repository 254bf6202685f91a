#include "core/services/letters.h"

#include <locale.h>
#include <pthread.h>
#include <string.h>
#include <wctype.h>

#include "core/base/text.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t unicode;

static void make_unicode(void)
{
    unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static uint32_t upper(uint32_t code)
{
    if (unicode)
        return (uint32_t)towupper_l((wint_t)code, unicode);
    return code >= 'a' && code <= 'z' ? code - 'a' + 'A' : code;
}

size_t letters_upper(const uint8_t *bytes, size_t len, uint8_t *out, size_t size)
{
    size_t used = 0;

    pthread_once(&once, make_unicode);
    for (size_t at = 0; at < len;) {
        uint32_t code;
        char piece[4];
        size_t n = text_utf8_decode(bytes + at, len - at, &code), add = 0;

        if (n)
            add = text_utf8_encode(upper(code), piece);
        if (!add) {
            n = n ? n : 1;
            memcpy(piece, bytes + at, n);
            add = n;
        }
        if (add > size - used)
            break;
        memcpy(out + used, piece, add);
        used += add;
        at += n;
    }
    return used;
}
