/* A whole capture file, through libpcap or our own blocks: the first byte says whether a filter
 * is asked, and whether what is read is also written anew and read once more. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "probes/capture.h"
#include "probes/capture_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILTERED = 1, ANEW = 2, OTHER_FORMAT = 4 };

struct walk {
    struct capture_shape shape;
    unsigned shapes, packets, put;
    uint64_t times;
    bool anew, other_format;
    struct capture_file *to;
};

static int files[2] = {-1, -1}; /* what is read, what is written */
static volatile uint8_t sink;

static void expect(int truth)
{
    if (!truth)
        abort();
}

static void empty(int fd)
{
    expect(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
}

static void take_shape(void *ctx, const struct capture_shape *shape)
{
    struct walk *w = ctx;
    struct capture_file_settings settings = {.format = shape->format, .like = &w->shape};
    char path[32];

    expect(++w->shapes == 1 && w->packets == 0);
    w->shape = *shape;
    if (!w->anew)
        return;
    snprintf(path, sizeof(path), "/dev/fd/%d", files[1]);
    settings.path = path;
    if (w->other_format)
        settings.format = shape->format == CAPTURE_PCAP ? CAPTURE_PCAPNG : CAPTURE_PCAP;
    expect(capture_file_open(&settings, &w->to, NULL) == 0);
}

static void take_block(void *ctx, const struct capture_block *block)
{
    struct walk *w = ctx;

    expect(w->shapes == 1 && block->len >= 12);
    if (w->to)
        expect(capture_file_block(w->to, block, NULL) == 0);
}

static bool take_packet(void *ctx, const struct packet_facts *p)
{
    struct walk *w = ctx;
    uint8_t n = 0;

    expect(w->shapes == 1 && p->captured <= PACKET_BYTES_MAX);
    for (size_t i = 0; i < p->captured; i++)
        n = (uint8_t)(n + p->bytes[i]);
    sink = n;
    w->packets++;
    w->times += p->packet->wall_ns;
    if (w->to)
        w->put += capture_file_put(w->to, p, NULL) == 0;
    return true;
}

static const struct capture_reader reader = {
    .shape = take_shape, .block = take_block, .packet = take_packet};

static void read_again(const struct walk *before, bool whole)
{
    struct walk w = {0};
    struct err err = {0};

    lseek(files[1], 0, SEEK_SET);
    expect(capture_read_fd(files[1], "again", NULL, &reader, &w, &err) == 0);
    expect(w.packets == before->put);
    /* Fractions of more than a second may reach beyond what pcap can tell. */
    if (whole && before->put == before->packets)
        expect(w.times == before->times);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct walk w = {0};
    struct err err = {0};
    int r;

    if (!size)
        return 0;
    for (int i = 0; i < 2; i++) {
        if (files[i] < 0)
            files[i] = memfd_create("capture", MFD_CLOEXEC);
        expect(files[i] >= 0);
        empty(files[i]);
    }
    expect(write(files[0], data + 1, size - 1) == (ssize_t)size - 1);
    lseek(files[0], 0, SEEK_SET);
    w.anew = data[0] & ANEW;
    w.other_format = data[0] & OTHER_FORMAT;
    r = capture_read_fd(files[0], "input", data[0] & FILTERED ? "greater 20" : NULL, &reader,
                        &w, &err);
    expect(r == 0 || (r < 0 && err.code == r));
    if (!w.to)
        return 0;
    expect(capture_file_close(w.to, NULL) == 0);
    read_again(&w, !w.other_format && w.shape.format == CAPTURE_PCAP && w.shape.head[0] != 0 &&
                       !w.shape.microseconds);
    return 0;
}
