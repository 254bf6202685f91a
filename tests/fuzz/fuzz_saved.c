/* A file that says it is a saved socket table: it is refused, or read and written again alike. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/report/saved.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void never(void *ctx, enum difference what, const struct saved_row *then,
                  const struct saved_row *now)
{
    (void)ctx;
    (void)what;
    (void)then;
    (void)now;
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct saved saved = {0}, again = {0};
    struct json_writer out = {0};
    struct err err = {0};

    if (saved_parse((const char *)data, size, &saved, &err) < 0) {
        if (!err.code || !err.reason[0])
            abort();
        return 0;
    }
    saved_write(&saved, &out);
    if (saved_parse(out.bytes, out.len, &again, &err) < 0 || again.n_rows != saved.n_rows)
        abort();
    saved_compare(&saved, &again, never, NULL);
    free(out.bytes);
    saved_done(&saved);
    saved_done(&again);
    return 0;
}
