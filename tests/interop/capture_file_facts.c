/* What we read of a capture file, and capture files that we write, for capture_files.sh.
 *
 *   capture_file_facts read FILE                     one line a packet: number, time, lengths,
 *                                                    interface, comment
 *   capture_file_facts make FILE                     a pcapng of two interfaces, with counters
 *   capture_file_facts rotate FROM FILE BYTES COUNT  FROM once more, in files of so many bytes */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "probes/capture.h"

struct rotation {
    struct capture_file_settings settings;
    struct capture_shape shape;
    struct capture_file *file;
};

static void fail(const struct err *err)
{
    char line[ERR_TEXT_BYTES * 4];

    err_format(err, line, sizeof(line));
    fprintf(stderr, "%s\n", line);
    exit(EXIT_FAILURE);
}

static bool print_packet(void *ctx, const struct packet_facts *p)
{
    const struct packet *packet = p->packet;

    (void)ctx;
    printf("%" PRIu64 "\t%" PRIu64 ".%09" PRIu64 "\t%u\t%u\t%s\t%s\n", p->number + 1,
           packet->wall_ns / CLOCK_SECOND_NS, packet->wall_ns % CLOCK_SECOND_NS, packet->length,
           packet->captured, p->interface ? p->interface : "", p->comment ? p->comment : "");
    return true;
}

static void make(const char *path)
{
    static const uint8_t bytes[60] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0x45};
    static const struct capture_status status = {
        .n_interfaces = 2,
        .interfaces = {
            {.name = "lo", .state = CAPTURE_RUNNING, .packets = 3, .dropped = 4242},
            {.name = "eth7", .state = CAPTURE_DOWN, .link_type = 113, .packets = 3}}};
    const struct capture_file_settings settings = {
        .path = path, .format = CAPTURE_PCAPNG, .filter = "tcp port 80"};
    struct capture_file *f = NULL;
    struct err err = {0};

    if (capture_file_open(&settings, &f, &err) < 0)
        fail(&err);
    for (unsigned i = 0; i < 6; i++) {
        const struct packet packet = {.wall_ns = 1700000000 * CLOCK_SECOND_NS + i,
                                      .length = 60 + i,
                                      .captured = sizeof(bytes),
                                      .link_type = i % 2 ? 113 : 1};
        const struct packet_facts facts = {.packet = &packet,
                                           .bytes = bytes,
                                           .captured = sizeof(bytes),
                                           .interface = i % 2 ? "eth7" : "lo",
                                           .comment =
                                               i % 3 ? NULL : "session 2: peer-not-reading"};

        if (capture_file_put(f, &facts, &err) < 0)
            fail(&err);
    }
    capture_file_meter(f, &status);
    if (capture_file_close(f, &err) < 0)
        fail(&err);
}

static void open_rotation(void *ctx, const struct capture_shape *shape)
{
    struct rotation *r = ctx;
    struct err err = {0};

    r->shape = *shape;
    r->settings.like = &r->shape;
    r->settings.format = shape->format;
    if (capture_file_open(&r->settings, &r->file, &err) < 0)
        fail(&err);
}

static void rotate_block(void *ctx, const struct capture_block *block)
{
    struct rotation *r = ctx;
    struct err err = {0};

    if (capture_file_block(r->file, block, &err) < 0)
        fail(&err);
}

static bool rotate_packet(void *ctx, const struct packet_facts *p)
{
    struct rotation *r = ctx;
    struct err err = {0};

    if (capture_file_put(r->file, p, &err) < 0)
        fail(&err);
    return true;
}

int main(int argc, char **argv)
{
    const struct capture_reader printer = {.packet = print_packet};
    const struct capture_reader rotator = {
        .shape = open_rotation, .block = rotate_block, .packet = rotate_packet};
    struct rotation rotation = {0};
    struct err err = {0};

    if (argc == 3 && strcmp(argv[1], "read") == 0) {
        if (capture_read(argv[2], NULL, &printer, NULL, &err) < 0)
            fail(&err);
    } else if (argc == 3 && strcmp(argv[1], "make") == 0) {
        make(argv[2]);
    } else if (argc == 6 && strcmp(argv[1], "rotate") == 0) {
        rotation.settings.path = argv[3];
        rotation.settings.rotate_bytes = strtoull(argv[4], NULL, 10);
        rotation.settings.rotate_files = (unsigned)strtoul(argv[5], NULL, 10);
        if (capture_read(argv[2], NULL, &rotator, &rotation, &err) < 0 ||
            capture_file_close(rotation.file, &err) < 0)
            fail(&err);
    } else {
        return 2;
    }
    return EXIT_SUCCESS;
}
