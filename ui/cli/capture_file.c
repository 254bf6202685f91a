/* `sockeye capture -r`: packets from a file. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ui/cli/capture.h"
#include "ui/cli/say.h"

static void take_shape(void *ctx, const struct capture_shape *shape)
{
    struct capture_run *r = ctx;

    r->begun = true;
    r->flush_each = shape->device == 0 && shape->inode == 0; /* a pipe */
    capture_open_file(r, shape);
}

static void take_block(void *ctx, const struct capture_block *block)
{
    struct capture_run *r = ctx;

    if (r->file && r->probes->capture_file_block(r->file, block, &r->file_err) < 0)
        capture_file_failed(r);
}

static bool take_packet(void *ctx, const struct packet_facts *facts)
{
    struct capture_run *r = ctx;

    return !r->ended && !r->signal_ns && capture_take(r, facts);
}

int capture_read_file(struct capture_run *r)
{
    struct capture_reader to = {
        .shape = take_shape, .block = take_block, .packet = take_packet};
    struct err err = {0};
    int result;

    /* A file that is written must end with a whole packet; else signals do what they always do,
     * also where stdout is a pipe that nobody reads. */
    if (r->o->write_path && strcmp(r->o->write_path, "-") != 0) {
        r->signals = cli_signals();
        to.stop_fd = r->signals;
    }
    result = r->probes->capture_read(r->o->read_path, r->o->filter, &to, r, &err);
    if (result == -EINTR || capture_signalled(r)) {
        say_line("interrupted after %llu packets", (unsigned long long)r->taken);
        return EXIT_DONE;
    }
    return result < 0 ? cli_fail(r->self, cli_status_of(result), &err) : EXIT_DONE;
}
