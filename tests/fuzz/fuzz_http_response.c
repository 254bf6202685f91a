/* Responses: the first byte of the input says how the rest is cut, and every cut must give what
 * one piece gives. */
#include "core/wire/http_response.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    uint64_t responses, bytes, hashes;
    size_t used;
    int result, end;
};

static struct outcome read_in_pieces(const uint8_t *bytes, size_t len, size_t piece)
{
    struct http_response r = {0};
    struct outcome o = {0};

    while (o.used < len && o.result >= 0) {
        size_t used, n = len - o.used < piece ? len - o.used : piece;
        uint8_t *copy = malloc(n); /* so that a byte too far is seen */

        memcpy(copy, bytes + o.used, n);
        o.result = http_response_feed(&r, copy, n, &used);
        free(copy);
        if (used > n || (o.result == 0 && used != n) || (o.result < 0 && !r.wrong))
            abort();
        o.used += used;
        if (o.result == 1) {
            o.responses++;
            o.bytes += r.body_bytes;
            o.hashes = o.hashes * 31 + r.body_hash + r.status + r.closes;
        }
    }
    o.end = o.result < 0 ? 0 : http_response_finish(&r);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole, cut;

    if (!size)
        return 0;
    whole = read_in_pieces(data + 1, size - 1, size);
    cut = read_in_pieces(data + 1, size - 1, 1 + data[0] % 64);
    if (whole.responses != cut.responses || whole.bytes != cut.bytes ||
        whole.hashes != cut.hashes || (whole.result < 0) != (cut.result < 0) ||
        whole.end != cut.end)
        abort();
    return 0;
}
