/* A pattern, a line feed, bytes: refused with a place in it, or what it finds lies in the bytes,
 * forwards and backwards the same. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/wire/packet_search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BYTES_MAX 256 /* of those that are searched: each place of them is begun at */

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void check_find(const struct packet_pattern *p, const uint8_t *bytes, size_t len)
{
    size_t at = 0, n = 0, first = len + 1, last = len + 1, back = 0;

    for (size_t from = 0; packet_pattern_find(p, bytes, len, from, &at, &n); from = at + 1) {
        must(at >= from && at <= len && n <= len - at);
        first = first <= len ? first : at;
        last = at;
    }
    must(packet_pattern_find(p, bytes, len, 0, NULL, NULL) == (first <= len));
    must(packet_pattern_find_last(p, bytes, len, len + 1, &back, &n) == (last <= len));
    if (last > len)
        return;
    must(back == last && n <= len - back);
    must(!packet_pattern_find_last(p, bytes, len, first, &back, NULL));
}

static void try(const char *text, bool any_case, const uint8_t *bytes, size_t len)
{
    struct packet_pattern *p = NULL;
    struct err err = {0};

    if (packet_pattern_parse(text, any_case, &p, &err) == 0) {
        check_find(p, bytes, len);
        packet_pattern_free(p);
        return;
    }
    must(err.place <= strlen(text) + 1 && err.reason[0]);
    must(text_is_printable(err.reason) && text_is_printable(err.input));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL, *bytes;
    uint8_t *exact;
    size_t len;
    char *text;

    if (!end)
        return 0;
    text = mem_copy(data, (size_t)(end - data));
    bytes = end + 1;
    len = size - (size_t)(bytes - data);
    len = len < BYTES_MAX ? len : BYTES_MAX;
    exact = mem_new(len ? len : 1, 1);
    memcpy(exact, bytes, len);
    try(text, false, exact, len);
    try(text, true, exact, len);
    free(exact);
    free(text);
    return 0;
}
