/* Whatever is pasted: no more bytes than there is room for, and what was read once is read again
 * as the same from its plain form. */
#include <stdlib.h>
#include <string.h>

#include "core/base/hex.h"
#include "core/base/mem.h"
#include "core/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Escapes come back as they were. */
static void check_escapes(const uint8_t *data, size_t size)
{
    char *text = mem_new(TEXT_ESCAPED_BYTES(size), 1);
    size_t at;

    if (text_escape(data, size, text) != strlen(text) || text_unescape(text, &at) != size ||
        memcmp(text, data, size) != 0)
        abort();
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t room = size ? data[0] : 0, len = 0, again_len = 0;
    uint8_t *bytes = mem_new(room + 1, 1), *again = mem_new(room + 1, 1);
    char *hex = mem_new(2 * room + 1, 1);
    struct err err = {0};

    bytes[room] = 0xee;
    if (size && hex_read((const char *)data + 1, size - 1, bytes, room, &len, &err) == 0) {
        hex_write(bytes, len, hex);
        if (len > room || hex_read(hex, strlen(hex), again, room, &again_len, NULL) < 0 ||
            again_len != len || memcmp(again, bytes, len) != 0)
            abort();
    } else if (size && !err.reason[0]) {
        abort();
    }
    if (bytes[room] != 0xee)
        abort();
    check_escapes(data, size);
    free(hex);
    free(again);
    free(bytes);
    return 0;
}
