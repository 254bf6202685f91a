/* Lines of the kernel's tracing: whatever they are, the parser ends, and what it believes is
 * whole. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probes/tracing_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct kernel_event *e)
{
    if (e->kind >= KERNEL_EVENT_KINDS || e->old_state >= STATE_COUNT ||
        e->new_state >= STATE_COUNT || !memchr(e->reason, '\0', sizeof(e->reason)))
        abort();
    for (const char *c = e->reason; *c; c++)
        if ((unsigned char)*c < ' ')
            abort();
    if (e->kind != KERNEL_DROP && (e->local.family == 0 || e->peer.family != e->local.family))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *line = (const char *)data, *end = line + size;
    struct kernel_event e;
    uint64_t lost;

    while (line < end) {
        const char *feed = memchr(line, '\n', (size_t)(end - line));
        size_t len = (size_t)((feed ? feed : end) - line);

        if (tracing_parse(line, len, &e) == 0)
            check(&e);
        tracing_parse_lost(line, len, &lost);
        line += len + 1;
    }
    return 0;
}
