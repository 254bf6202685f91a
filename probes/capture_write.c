/* Packets into a pcap file with nanosecond times: pcap-savefile(5), written by libpcap. */
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "probes/capture.h"
#include "probes/capture_tap.h"

struct capture_file {
    FILE *file;
    pcap_t *shape;         /* libpcap's notion of link type and precision */
    pcap_dumper_t *dumper; /* NULL before the first packet */
    uint16_t link_type;
    char *path;
};

static FILE *open_stream(const char *path)
{
    int fd = strcmp(path, "-") == 0
                 ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

    if (fd >= 0 && !file)
        close(fd);
    return file;
}

static int open_dumper(struct capture_file *f, uint16_t link_type, struct err *err)
{
    char text[ERR_TEXT_BYTES];

    f->link_type = link_type;
    f->shape = pcap_open_dead_with_tstamp_precision(tap_dlt(link_type), PACKET_BYTES_MAX,
                                                    PCAP_TSTAMP_PRECISION_NANO);
    if (!f->shape)
        return err_set(err, -ENOMEM, "write", f->path, "%s", "");
    f->dumper = pcap_dump_fopen(f->shape, f->file);
    if (f->dumper)
        return 0;
    text_clean(pcap_geterr(f->shape), strlen(pcap_geterr(f->shape)), text, sizeof(text));
    return err_set(err, -EIO, "write", f->path, "%s", text);
}

static void release(struct capture_file *f)
{
    if (f->shape)
        pcap_close(f->shape);
    free(f->path);
    free(f);
}

int capture_file_open(const struct capture_file_settings *settings, struct capture_file **ret,
                      struct err *err)
{
    struct capture_file *f = mem_new(1, sizeof(*f));

    f->path = mem_copy(settings->path, strlen(settings->path));
    f->file = open_stream(f->path);
    if (!f->file) {
        int r = err_set(err, -errno, "open", f->path, "the capture file cannot be written");

        release(f);
        return r;
    }
    *ret = f;
    return 0;
}

static int check(struct capture_file *f, struct err *err)
{
    if (!ferror(f->file))
        return 0;
    return err_set(err, errno ? -errno : -EIO, "write", f->path,
                   "the file ends with the last whole packet that fitted");
}

int capture_file_put(struct capture_file *f, const struct packet_facts *facts, struct err *err)
{
    const struct packet *p = facts->packet;
    struct pcap_pkthdr header = {
        .ts = {.tv_sec = (time_t)(p->wall_ns / CLOCK_SECOND_NS),
               .tv_usec = (suseconds_t)(p->wall_ns % CLOCK_SECOND_NS)},
        .caplen = (bpf_u_int32)facts->captured,
        .len = p->length,
    };
    int r = f->dumper ? 0 : open_dumper(f, p->link_type, err);

    if (r < 0)
        return r;
    if (p->link_type != f->link_type)
        return err_set(err, -EINVAL, "write", f->path,
                       "a pcap file holds one link type; pcapng takes any");
    pcap_dump((u_char *)f->dumper, &header, facts->bytes);
    return check(f, err);
}

int capture_file_close(struct capture_file *f, struct err *err)
{
    int r = 0;

    if (!f)
        return 0;
    if (fflush(f->file) < 0)
        r = err_set(err, -errno, "write", f->path, "%s", "");
    if (f->dumper)
        pcap_dump_close(f->dumper);
    else
        fclose(f->file);
    release(f);
    return r;
}
