/* Whatever a transcript's line holds: no more bytes than there is room for, a time that is one, and
 * what was read once and written is read again as the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hex.h"
#include "core/base/mem.h"
#include "core/report/transcript.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[TRANSCRIPT_PASSAGE_BYTES], again[TRANSCRIPT_PASSAGE_BYTES];
    static char hex[2 * TRANSCRIPT_PASSAGE_BYTES + 1], line[2 * TRANSCRIPT_PASSAGE_BYTES + 200];
    char *text = mem_copy(data, size);
    struct passage p = {0}, q = {0};
    struct err err = {0};
    size_t len = 0, len_again = 0;

    if (transcript_parse(text, size, &p, bytes, &len, &err) == 0) {
        if (len > sizeof(bytes) || p.direction > DIRECTION_NOTE || p.length < len)
            abort();
        snprintf(line, sizeof(line),
                 "{\"at_s\":%.17g,\"direction\":\"%s\",\"length\":%llu,\"hex\":\"%s\"}",
                 (double)p.at_ns / 1e9,
                 p.direction == DIRECTION_SENT       ? "sent"
                 : p.direction == DIRECTION_RECEIVED ? "received"
                                                     : "note",
                 (unsigned long long)p.length, hex_write(bytes, len, hex));
        if (transcript_parse(line, strlen(line), &q, again, &len_again, &err) < 0 ||
            q.direction != p.direction || len_again != len || memcmp(again, bytes, len) != 0)
            abort();
    } else if (!err.reason[0]) {
        abort();
    }
    free(text);
    return 0;
}
