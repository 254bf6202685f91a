/* A format, a line feed, bytes: whatever they are, every value lies inside what the format says;
 * what it is written as is read again as the same bytes, NaN and padding aside. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/wire/inspect.h"
#include "core/wire/pack.h"
#include "core/wire/pack_text.h"

/* More would only be slower. */
#define BYTES_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Take a value through its text and back. */
static void check_value(const struct pack_slot *slot, const uint8_t *bytes, size_t n_bytes)
{
    struct pack_value v = pack_get(slot, bytes), again;
    char *text = mem_new(PACK_TEXT_BYTES(slot->bytes), 1);
    uint8_t *back;

    if (slot->offset > n_bytes || slot->bytes > n_bytes - slot->offset)
        abort();
    pack_text_write(&v, text);
    if (strlen(text) >= PACK_TEXT_BYTES(slot->bytes) ||
        pack_text_read(slot, text, &again, NULL) < 0)
        abort();
    back = mem_new(n_bytes + 1, 1);
    if (pack_put(slot, &again, back, NULL) < 0)
        abort();
    if (v.kind == PACK_TEXT) {
        again = pack_get(slot, back);
        if (again.len != v.len || memcmp(again.text, v.text, v.len) != 0)
            abort();
    } else if (v.kind == PACK_TRUTH) {
        if (back[slot->offset] != v.truth)
            abort();
    } else if (!(v.kind == PACK_REAL && isnan(v.real)) &&
               memcmp(back + slot->offset, bytes + slot->offset, slot->bytes) != 0) {
        abort();
    }
    free(back);
    free(text);
}

/* A word of the input as a value: it is read and fits, or it is refused with a reason. */
static void check_word(const struct pack_slot *slot, uint8_t *bytes, const char *word)
{
    char *copy = mem_copy(word, strlen(word));
    struct pack_value v;
    struct err err = {0};

    if (pack_text_read(slot, copy, &v, &err) < 0 || pack_put(slot, &v, bytes, &err) < 0) {
        if (!err.reason[0])
            abort();
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *feed = memchr(data, '\n', size);
    size_t len = feed ? (size_t)(feed - data) : size;
    char *text = mem_copy(data, len);
    char *word = feed ? mem_copy(feed + 1, size - len - 1) : mem_new(1, 1);
    struct inspection all[INSPECT_COUNT];
    struct pack_format f;
    struct pack_walk walk = {0};
    struct pack_slot slot;
    struct err err = {0};
    uint8_t *bytes;

    inspect(data, size, size / 2, all);
    if (pack_format_parse(text, &f, &err) < 0) {
        if (!err.reason[0])
            abort();
    } else {
        if (f.n_bytes <= BYTES_MAX) {
            bytes = mem_new(f.n_bytes + 1, 1);
            for (size_t i = 0; feed && i < f.n_bytes && len + 1 + i < size; i++)
                bytes[i] = data[len + 1 + i];
            while (pack_next(&f, &walk, &slot)) {
                check_value(&slot, bytes, f.n_bytes);
                check_word(&slot, bytes, word);
            }
            if (walk.number != f.n_values)
                abort();
            free(bytes);
        }
        pack_format_done(&f);
    }
    free(word);
    free(text);
    return 0;
}
