/* A capture file being written: its beginning, its packets, its end, and the next one where files
 * are rotated as tcpdump(8) does with -C and -W. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "probes/capture.h"
#include "probes/capture_file.h"

#define FLUSH_BYTES (256U << 10)
#define LINKTYPE_ETHERNET 1
#define TURN_BYTES 12

uint32_t capture_file_snaplen(const struct capture_file *f)
{
    const struct capture_shape *like = capture_file_like(f);

    return like && like->snaplen ? like->snaplen : PACKET_BYTES_MAX;
}

/* How many digits the last of so many files needs, counted from 0; of a single one none. */
static int digits_of(unsigned files)
{
    int digits = 0;

    for (unsigned last = files ? files - 1 : 0; last; last /= 10)
        digits++;
    return digits;
}

/* Without a count: x, x1, x2, ...; with one: x00 to x11, and again. */
static void name_file(struct capture_file *f)
{
    const struct capture_file_settings *s = &f->settings;
    int digits = s->rotate_bytes ? digits_of(s->rotate_files) : 0;
    size_t size = strlen(s->path) + TURN_BYTES;

    if (digits)
        snprintf(f->path, size, "%s%0*u", s->path, digits, f->turn);
    else if (f->turn)
        snprintf(f->path, size, "%s%u", s->path, f->turn);
    else
        snprintf(f->path, size, "%s", s->path);
}

static char *copy_text(const char *text)
{
    return text ? mem_copy(text, strlen(text)) : NULL;
}

static void release(struct capture_file *f)
{
    capture_out_done(&f->out);
    pcapng_done(&f->section);
    free(f->begins.bytes);
    free(f->meter);
    free((char *)(uintptr_t)f->settings.path);
    free((char *)(uintptr_t)f->settings.filter);
    free(f->path);
    free(f);
}

int capture_file_open(const struct capture_file_settings *settings, struct capture_file **ret,
                      struct err *err)
{
    struct capture_file *f = mem_new(1, sizeof(*f));
    int r;

    f->settings = *settings;
    f->settings.path = copy_text(settings->path);
    f->settings.filter = copy_text(settings->filter);
    if (settings->like) {
        f->like = *settings->like;
        f->settings.like = &f->like;
    }
    f->path = mem_new(strlen(settings->path) + TURN_BYTES, 1);
    f->out.fd = -1;
    name_file(f);
    r = capture_out_open(&f->out, f->path, f->settings.at_the_end, capture_file_like(f), err);
    if (r == 0 && settings->rotate_bytes && (!f->out.regular || f->out.borrowed)) {
        capture_out_close(&f->out, f->path, NULL);
        r = err_set(err, -EINVAL, "open", f->path, "only files can be rotated");
    }
    if (r < 0)
        release(f);
    else
        *ret = f;
    return r;
}

static int write_head(struct capture_file *f, uint16_t link_type, struct err *err)
{
    int r = 0;

    if (!f->headed)
        r = f->settings.format == CAPTURE_PCAPNG ? capture_file_head_pcapng(f, err)
                                                 : capture_file_head_pcap(f, link_type, err);
    if (r == 0)
        f->headed = true;
    return r;
}

/* The beginning of a file of which no packet says what it is like. */
static int write_bare_head(struct capture_file *f, struct err *err)
{
    const struct capture_shape *like = capture_file_like(f);

    return write_head(f, like ? like->link_type : LINKTYPE_ETHERNET, err);
}

/* Go on in the next file when this one has become larger than it should. */
static int rotate(struct capture_file *f, struct err *err)
{
    int r;

    if (!f->settings.rotate_bytes || f->out.bytes <= f->settings.rotate_bytes)
        return 0;
    r = capture_out_close(&f->out, f->path, err);
    f->turn++;
    if (f->settings.rotate_files && f->turn >= f->settings.rotate_files)
        f->turn = 0;
    name_file(f);
    if (r == 0)
        r = capture_out_open(&f->out, f->path, f->settings.at_the_end, capture_file_like(f),
                             err);
    f->headed = false;
    if (r < 0)
        f->out.error = r;
    return r;
}

int capture_file_put(struct capture_file *f, const struct packet_facts *p, struct err *err)
{
    int r = f->out.error;

    if (r == 0)
        r = rotate(f, err);
    if (r == 0)
        r = write_head(f, p->packet->link_type, err);
    if (r == 0)
        r = f->settings.format == CAPTURE_PCAPNG ? capture_file_put_pcapng(f, p, err)
                                                 : capture_file_put_pcap(f, p, err);
    if (r == 0 && f->out.waiting.used >= FLUSH_BYTES)
        r = capture_out_flush(&f->out, f->path, err);
    return r;
}

int capture_file_block(struct capture_file *f, const struct capture_block *block,
                       struct err *err)
{
    int r = f->out.error;

    if (r < 0 || f->settings.format != CAPTURE_PCAPNG)
        return r;
    /* A copied section's header is the beginning of the file. */
    f->headed = true;
    r = capture_file_put_block(f, block->bytes, block->len, err);
    if (r == 0 && f->out.waiting.used >= FLUSH_BYTES)
        r = capture_out_flush(&f->out, f->path, err);
    return r;
}

int capture_file_flush(struct capture_file *f, struct err *err)
{
    const struct capture_shape *like = capture_file_like(f);
    /* A packet or a copied block may still say how the file begins. */
    bool open_question =
        f->settings.format == CAPTURE_PCAP ? !like : like && like->format == CAPTURE_PCAPNG;
    int r = f->out.error;

    if (r == 0 && !open_question)
        r = write_bare_head(f, err);
    return r < 0 ? r : capture_out_flush(&f->out, f->path, err);
}

void capture_file_meter(struct capture_file *f, const struct capture_status *status)
{
    if (!f->meter)
        f->meter = mem_new(1, sizeof(*f->meter));
    *f->meter = *status;
}

static int write_end(struct capture_file *f, struct err *err)
{
    int r = write_bare_head(f, err);

    return r == 0 && f->settings.format == CAPTURE_PCAPNG ? capture_file_put_meter(f, err) : r;
}

int capture_file_close(struct capture_file *f, struct err *err)
{
    int r = 0;

    if (!f)
        return 0;
    if (!f->out.error)
        r = write_end(f, err);
    if (f->out.fd >= 0) {
        int closed = capture_out_close(&f->out, f->path, r < 0 ? NULL : err);

        r = r < 0 ? r : closed;
    }
    release(f);
    return r;
}
