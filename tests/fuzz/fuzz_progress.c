/* Any bytes as the file of the lessons that were done: refused in clean words that name the file, or
 * taken, and then every name can be shown and is there once. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/scenario/progress.h"
#include "tests/fuzz/refused.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct progress p;
    struct err err = {0};
    char *bytes;

    if (size > PROGRESS_FILE_BYTES)
        return 0;
    bytes = mem_new(size + 1, 1);
    if (size)
        memcpy(bytes, data, size);
    p.n = 0;
    if (progress_parse(bytes, size, "file", &p, &err) < 0) {
        check_refusal(&err, "file");
        return 0;
    }
    for (size_t i = 0; i < p.n; i++) {
        struct progress before = {.n = 0};

        if (!text_is_printable(p.names[i]) || !p.names[i][0])
            abort();
        memcpy(before.names, p.names, i * sizeof(p.names[0]));
        before.n = i;
        if (progress_has(&before, p.names[i]))
            abort();
    }
    return 0;
}
