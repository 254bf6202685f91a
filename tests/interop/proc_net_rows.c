/* Prints what /proc/net tells of one kind of socket: its state, queues, ends
 * or name; of packet sockets the inodes, of
 * netlink ones protocol, port and what waits to be read.
 *
 *     proc_net_rows KIND [4|6] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/model/probing.h"
#include "probes/proc_net.h"

static void print_row(void *ctx, struct row *row, const char *name)
{
    char local[ROW_END_BYTES], peer[ROW_END_BYTES];

    (void)ctx;
    if (name) {
        printf("%s %s %u\n", state_name((enum socket_state)row->state), *name ? name : "*",
               row->inode);
    } else if (row->local.family == AF_PACKET) {
        printf("%u\n", row->inode);
    } else if (row->local.family == AF_NETLINK) {
        printf("%u:%u %u\n", row->local.number[0], row->local.number[1], row->rqueue);
    } else {
        printf("%s %u %u %s %s\n", state_name((enum socket_state)row->state), row->rqueue,
               row->state == STATE_LISTEN ? 0 : row->wqueue, row_local(NULL, row, local),
               row_peer(NULL, row, peer));
    }
}

int main(int argc, char **argv)
{
    uint32_t families = argc > 2 ? (argv[2][0] == '6' ? WISH_IPV6 : WISH_IPV4) : 0;
    struct err err = {0};

    for (int kind = 0; argc > 1 && kind < KIND_COUNT; kind++) {
        int rc;

        if (strcmp(kind_name((enum socket_kind)kind), argv[1]) != 0)
            continue;
        rc = proc_net_list(0, (enum socket_kind)kind, families, 0, print_row, NULL, &err);
        if (rc)
            fprintf(stderr, "%d: %s\n", rc, err.reason);
        return rc ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    fprintf(stderr, "usage: %s KIND [4|6]\n", argv[0]);
    return 2;
}
