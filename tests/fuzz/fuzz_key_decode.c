/* Bytes of a terminal: every key is one that the console knows, and no byte sticks. */
#include <stdlib.h>

#include "core/base/text.h"
#include "ui/console/action.h"
#include "ui/console/key_decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_key(const struct key_decoder *d, uint32_t key)
{
    if (key == KEYS_MOUSE && (d->mouse.row < 0 || d->mouse.column < 0 || d->mouse.button < 0 ||
                              d->mouse.button > 2 || d->mouse.kind > MOUSE_WHEEL_DOWN))
        abort();
    if (key == 0 || key > KEYS_F1 + 11 || (key >= 0x7f && key < 0xa0 && text_printable(key)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct key_decoder d = {0};
    uint32_t key;

    /* The first byte of each piece says how long it is. */
    for (size_t at = 0; at < size;) {
        size_t part = data[at] % 9 + 1;

        if (part > size - at)
            part = size - at;
        if (!key_decoder_room(&d))
            abort();
        key_decoder_give(&d, data + at, part);
        at += part;
        while (key_decoder_next(&d, false, &key))
            check_key(&d, key);
    }
    while (key_decoder_next(&d, true, &key))
        check_key(&d, key);
    if (key_decoder_waits(&d))
        abort();
    return 0;
}
