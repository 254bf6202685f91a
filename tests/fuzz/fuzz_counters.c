/* The kernel's counters: whatever the files of /proc/net hold, names end, and nothing is read
 * behind the text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "probes/counters.h"
#include "probes/host_look.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct host_reading *r = mem_new(1, sizeof(*r));
    char *text = mem_new(size + 1, 1);

    memcpy(text, data, size);
    counters_parse_pairs(text, &r->counters);
    counters_parse_list(text, &r->counters);
    counters_parse_words(text, "sockstat", &r->counters);
    host_parse_devices(text, r);
    if (r->counters.n > COUNTERS_MAX)
        abort();
    for (size_t i = 0; i < r->counters.n; i++)
        if (!memchr(r->counters.list[i].name, '\0', COUNTER_NAME_BYTES))
            abort();
    if (!memchr(r->dropper, '\0', sizeof(r->dropper)))
        abort();
    free(text);
    host_reading_free(r);
    return 0;
}
