/* Packets from a capture file, of whichever format it is. */
#include "probes/capture_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probes/capture.h"

#define MAGIC_BYTES 4

void capture_reading_shape(struct capture_reading *r)
{
    if (r->to->shape)
        r->to->shape(r->ctx, &r->shape);
}

void capture_reading_packet(struct capture_reading *r, struct packet_facts *facts)
{
    facts->number = r->number++;
    if (capture_match_packet(&r->match, facts->packet, facts->bytes))
        r->enough = !r->to->packet(r->ctx, facts);
}

int capture_reading_bad(struct capture_reading *r, struct err *err, const char *what,
                        uint64_t offset, const char *why, ...)
{
    char text[ERR_TEXT_BYTES];
    va_list args;

    if (r->source.error)
        return err_set(err, r->source.error, "read", r->source.path, "%s", "");
    va_start(args, why);
    vsnprintf(text, sizeof(text), why, args);
    va_end(args);
    return err_set(err, -EBADMSG, "read", r->source.path, "the %s at byte %llu %s", what,
                   (unsigned long long)offset, text);
}

/* What somebody may hand over by mistake. */
static const struct {
    uint8_t magic[MAGIC_BYTES];
    size_t len;
    const char *name, *unpack;
} packings[] = {
    {{0x1f, 0x8b}, 2, "gzip", "gzip -dc"},
    {{0x28, 0xb5, 0x2f, 0xfd}, 4, "zstd", "zstd -dc"},
    {{0xfd, '7', 'z', 'X'}, 4, "xz", "xz -dc"},
    {{'B', 'Z', 'h'}, 3, "bzip2", "bzip2 -dc"},
    {{0x04, 0x22, 0x4d, 0x18}, 4, "lz4", "lz4 -dc"},
};

static int refuse_packed(const struct capture_source *s, const uint8_t *magic, struct err *err)
{
    for (size_t i = 0; i < sizeof(packings) / sizeof(packings[0]); i++) {
        if (memcmp(magic, packings[i].magic, packings[i].len) != 0)
            continue;
        err_set(err, -EBADMSG, "read", s->path, "it is packed with %s", packings[i].name);
        err_hint(err, "%s FILE | sockeye capture -r -", packings[i].unpack);
        return -EBADMSG;
    }
    return 0;
}

static int read_whole(struct capture_reading *r, struct err *err)
{
    struct capture_source *s = &r->source;
    size_t got = capture_source_need(s, MAGIC_BYTES);
    static const uint8_t section[MAGIC_BYTES] = {0x0a, 0x0d, 0x0d, 0x0a};
    int rc;

    if (s->error)
        return err_set(err, s->error, "read", s->path, "%s", "");
    if (!got)
        return err_set(err, -EBADMSG, "read", s->path, "it is empty");
    if (got < MAGIC_BYTES)
        return err_set(err, -EBADMSG, "read", s->path, "%zu bytes are no capture file", got);
    rc = refuse_packed(s, capture_source_bytes(s), err);
    if (rc < 0)
        return rc;
    return memcmp(capture_source_bytes(s), section, MAGIC_BYTES) == 0
               ? capture_read_pcapng(r, err)
               : capture_read_pcap(r, err);
}

int capture_read_fd(int fd, const char *path, const char *filter,
                    const struct capture_reader *to, void *ctx, struct err *err)
{
    struct capture_reading r = {.match = {.filter = filter}, .to = to, .ctx = ctx};
    struct stat st;
    int rc;

    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        r.shape.device = st.st_dev;
        r.shape.inode = st.st_ino;
    }
    capture_source_init(&r.source, fd, path);
    r.source.stop_fd = to->stop_fd;
    rc = read_whole(&r, err);
    capture_source_done(&r.source);
    capture_match_done(&r.match);
    return rc;
}

int capture_read(const char *path, const char *filter, const struct capture_reader *to,
                 void *ctx, struct err *err)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int rc;

    if (fd < 0)
        return err_set(err, -errno, "open", path, "the capture file cannot be opened");
    rc = capture_read_fd(fd, standard ? "standard input" : path, filter, to, ctx, err);
    if (!standard)
        close(fd);
    return rc;
}
