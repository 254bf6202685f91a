/* Input: an answer of ctnetlink. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/mem.h"
#include "probes/translation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t ip[4] = {10, 0, 0, 2};
    struct addr asked = addr_make(AF_INET, ip, 80);
    struct translation_facts t = {0};
    uint8_t *copy = mem_new(size ? size : 1, 1); /* aligned, and of that very length */

    if (size)
        memcpy(copy, data, size);
    if (translation_parse(copy, size, &asked, &t) == 0 &&
        (!t.seen || t.translated == addr_equal(&t.real_peer, &asked)))
        abort();
    free(copy);
    return 0;
}
