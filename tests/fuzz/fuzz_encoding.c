/* A name of an encoding, a line feed, bytes: text that was made of them is UTF-8 of a bounded
 * length, what cannot be converted is named by its place, and plain encodings give it back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/message/encoding.h"
#include "core/message/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
    if (!condition)
        abort();
}

/* In these each character has just one form. */
static int is_plain(const char *name)
{
    static const char *const plain[] = {"utf-8", "latin-1", "utf-16-le", "utf_32_be", "cp1252"};

    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        if (strcmp(name, plain[i]) == 0)
            return 1;
    return 0;
}

static void check_back(const char *name, const char *text, size_t len, const uint8_t *bytes,
                       size_t size)
{
    size_t back_len = 0, at = 0;
    char *back = NULL;
    int r = encoding_from_utf8(name, text, len, &back, &back_len, &at);

    must(r == 0 || (r == -EILSEQ && at <= len) || r == -EFBIG);
    must(!is_plain(name) || (r == 0 && back_len == size && memcmp(back, bytes, size) == 0));
    free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL, *bytes;
    char *name, *text = NULL;
    size_t len = 0, at = 0, given;
    int r;

    if (!end)
        return 0;
    name = mem_copy(data, (size_t)(end - data));
    bytes = end + 1;
    given = size - (size_t)(bytes - data);
    r = encoding_to_utf8(name, bytes, given, &text, &len, &at);
    if (r == 0) {
        must(len <= ENCODING_GROWTH_MAX * given + 64 && text[len] == '\0');
        must(json_utf8_span(text, len) == len);
        must(encoding_byte_of(name, bytes, given, len) <= given);
        must(encoding_byte_of(name, bytes, given, len / 2) <= given);
        check_back(name, text, len, bytes, given);
    } else {
        must(!text && (r == -EINVAL || r == -EFBIG || (r == -EILSEQ && at <= given)));
    }
    free(text);
    free(name);
    return 0;
}
