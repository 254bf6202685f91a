/* Input: an expression.  The mask of states must hold every state that matches. */
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

static void check_matches(const struct filter *f)
{
    static const struct owner owner = {
        .inode = 5, .knowledge = OWNER_KNOWN, .pid = 812, .comm = "nginx"};
    uint8_t loopback[4] = {127, 0, 0, 1};
    struct row row = {.protocol = IPPROTO_TCP, .inode = 5};
    uint32_t states = filter_states(f);

    row.local = addr_make(AF_INET, loopback, 65432);
    row.peer = addr_make(AF_INET, loopback, 51826);
    for (int state = STATE_ESTABLISHED; state < STATE_COUNT; state++) {
        bool nobody, somebody;

        row.state = (uint8_t)state;
        nobody = filter_match(f, &row, NULL);
        somebody = filter_match(f, &row, &owner);
        require(!(nobody || somebody) || (states >> state & 1));
        require(nobody == somebody || filter_needs_owner(f));
    }
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
