/* Input: a byte that says who gets the rest (the helper, how many descriptors with it; the program; a
 * relay), then that. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probes/guard/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void as_request(const uint8_t *data, size_t size, size_t n_fds)
{
    static struct guard_request q;

    memset(&q, 0xa5, sizeof(q));
    memcpy(&q, data, size < sizeof(q) ? size : sizeof(q));
    if (guard_request_check(&q, size, n_fds) == 0 &&
        (size > sizeof(q) || q.op >= GUARD_OPS || n_fds > 1 || q.pid < 0 ||
         q.n_bytes > GUARD_REQUEST_BYTES))
        abort();
}

static void as_answer(const uint8_t *data, size_t size)
{
    static struct guard_answer a;

    memset(&a, 0xa5, sizeof(a));
    memcpy(&a, data, size < sizeof(a) ? size : sizeof(a));
    if (guard_answer_check(&a, size) == 0 && (size > sizeof(a) || a.code > 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    switch (data[0] % 8) {
    case 0:
        as_answer(data + 1, size - 1);
        break;
    case 1:
        (void)guard_netlink_check(GUARD_SOCK_DIAG, data + 1, size - 1);
        (void)guard_netlink_check(GUARD_NETFILTER, data + 1, size - 1);
        break;
    default:
        as_request(data + 1, size - 1, data[0] % 8 - 2);
    }
    return 0;
}
