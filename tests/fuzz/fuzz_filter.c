/* Input: an expression.  The masks of states and kinds must hold every row that matches, and
 * owners must be asked for where they change the answer. */
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/filter.h"
#include "tests/unit/owned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

static struct row a_row(enum socket_kind kind, struct snapshot *s)
{
    uint8_t ip[4] = {127, 0, 0, 1};
    struct row row = {.kind = (uint8_t)kind, .inode = 5};

    if (kind < KIND_UNIX_STREAM) {
        row.local = addr_make(AF_INET, ip, 65432);
        row.peer = addr_make(AF_INET, ip, 51826);
        return row;
    }
    row.local.family = kind < KIND_PACKET_RAW     ? AF_UNIX
                       : kind < KIND_NETLINK      ? AF_PACKET
                       : kind < KIND_VSOCK_STREAM ? AF_NETLINK
                                                  : AF_VSOCK;
    row.peer.family = row.local.family;
    row.local.number[1] = 80;
    if (row.local.family == AF_UNIX)
        row.name = texts_add(&s->names, "/run/x", 6);
    return row;
}

static void check_matches(const struct filter *f)
{
    uint32_t states = filter_states(f), kinds = filter_kinds(f);
    struct snapshot s = {0}, nobody = {0};

    an_owner(&s.owned, 5, OWNER_KNOWN);
    a_holder(&s.owned, 812, 3, "nginx");
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        struct row row = a_row((enum socket_kind)kind, &s);

        for (int state = STATE_ESTABLISHED; state < STATE_COUNT; state++) {
            bool known, unknown;

            row.state = (uint8_t)state;
            known = filter_match(f, &s, &row);
            nobody.names = s.names;
            unknown = filter_match(f, &nobody, &row);
            require(!(known || unknown) || (states >> state & 1));
            require(!(known || unknown) || (kinds >> kind & 1));
            require(known == unknown || filter_needs_owner(f));
        }
    }
    texts_done(&s.names);
    ownership_done(&s.owned);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_copy(data, size);
    struct filter *f = NULL;
    struct err err = {0};
    int r = filter_parse(text, &f, &err);

    if (r == 0) {
        check_matches(f);
        filter_free(f);
    } else {
        require(err.code == r && err.reason[0] && !f);
        for (const char *c = err.reason; *c; c++)
            require((unsigned char)*c >= ' ' && *c != 0x7f);
    }
    free(text);
    return 0;
}
