#include "core/base/alone.h"

#include <sys/syscall.h>
#include <unistd.h>

/* Where close_range(2), which came with Linux 5.9, is not there: copies are made before there are
 * that many. */
#define EACH_MAX (1U << 16)

void alone_close(unsigned first, unsigned last)
{
    if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
        return;
    for (unsigned fd = first; fd <= last && fd < EACH_MAX; fd++)
        close((int)fd);
}

void alone_keep(int a, int b)
{
    unsigned low = (unsigned)(a < b ? a : b), high = (unsigned)(a < b ? b : a);

    if (low > 0)
        alone_close(0, low - 1);
    alone_close(low + 1, high - 1);
    alone_close(high + 1, ~0U);
}
