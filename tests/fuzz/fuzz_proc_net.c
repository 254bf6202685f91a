/* Input: a byte that says which file, then one of its lines. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "probes/proc_net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

static void check(const struct row *row)
{
    require(row->kind < KIND_COUNT && row->state > 0 && row->state < STATE_COUNT);
    require(row->timer <= TIMER_PERSIST && row->cookie == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int families[] = {AF_INET, AF_INET6};
    const char *line = (const char *)data + 1, *name = NULL;
    size_t len = size ? size - 1 : 0, name_len = 0;
    struct row row;
    uint32_t bucket;
    int rc;

    if (!size)
        return 0;
    switch (data[0] % 5) {
    case 0:
    case 1:
        rc = proc_net_parse_ip(line, len, KIND_TCP, families[data[0] % 5], &row, &bucket);
        break;
    case 2:
        rc = proc_net_parse_unix(line, len, &row, &name, &name_len);
        if (!rc)
            require(name >= line && name + name_len == line + len);
        break;
    case 3:
        rc = proc_net_parse_packet(line, len, &row);
        break;
    default:
        rc = proc_net_parse_netlink(line, len, &row);
        break;
    }
    if (!rc)
        check(&row);
    return 0;
}
