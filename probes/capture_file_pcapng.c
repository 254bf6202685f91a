/* Blocks of a pcapng file, and the section that they make. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "core/wire/pcapng_write.h"
#include "probes/capture_file.h"

#define RESOLUTION_NS 9
#define SECTION_LENGTH_AT 16
/* What each file of a rotation begins with. */
#define BEGINS_BYTES_MAX (4U << 20)

static int refuse(const struct capture_file *f, int code, const char *why, struct err *err)
{
    return err_set(err, code, "write", f->path, "%s", why);
}

static int remember(struct capture_file *f, uint32_t type, const uint8_t *bytes, size_t len,
                    struct err *err)
{
    if (!f->settings.rotate_bytes || (type != PCAPNG_SECTION && type != PCAPNG_INTERFACE))
        return 0;
    if (type == PCAPNG_SECTION)
        f->begins.used = 0;
    if (len > BEGINS_BYTES_MAX - f->begins.used)
        return refuse(f, -E2BIG, "there is too much to say of its interfaces in each file",
                      err);
    capture_bytes_copy(&f->begins, bytes, len);
    return 0;
}

int capture_file_put_block(struct capture_file *f, const uint8_t *bytes, size_t len,
                           struct err *err)
{
    struct pcapng_packet packet;
    uint32_t type, length;
    size_t at;
    int r;

    if (len < PCAPNG_HEAD_BYTES || pcapng_begin(&f->section, bytes, &type, &length) < 0 ||
        length != len || pcapng_take(&f->section, bytes, len, &packet) != 0)
        return refuse(f, -EINVAL, "it is no block that can be copied", err);
    r = remember(f, type, bytes, len, err);
    if (r < 0)
        return r;
    at = f->out.waiting.used;
    capture_bytes_copy(&f->out.waiting, bytes, len);
    f->out.waiting.big_endian = f->section.big_endian;
    /* How long it is is not known beforehand: packets may be left out, or get comments. */
    if (type == PCAPNG_SECTION)
        memset(f->out.waiting.bytes + at + SECTION_LENGTH_AT, 0xff, 8);
    capture_out_mark(&f->out, false);
    return 0;
}

int capture_file_head_pcapng(struct capture_file *f, struct err *err)
{
    const struct capture_shape *like = capture_file_like(f);
    struct capture_bytes made = {.big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__};
    struct utsname host;
    char os[sizeof(host.sysname) + sizeof(host.release) + 1] = "";
    int r;

    if (f->begins.used) { /* blocks of this section again; none of them is new to it */
        capture_bytes_copy(&f->out.waiting, f->begins.bytes, f->begins.used);
        memset(f->out.waiting.bytes + f->out.waiting.used - f->begins.used + SECTION_LENGTH_AT,
               0xff, 8);
        capture_out_mark(&f->out, false);
        return 0;
    }
    if (like && like->format == CAPTURE_PCAPNG)
        made.big_endian = like->big_endian;
    if (uname(&host) == 0)
        snprintf(os, sizeof(os), "%s %s", host.sysname, host.release);
    pcapng_put_section(&made, os, "sockeye " SOCKEYE_VERSION);
    r = capture_file_put_block(f, made.bytes, made.used, err);
    free(made.bytes);
    return r;
}

/* ---- interfaces ------------------------------------------------------------------------- */

static bool is_named(const struct pcapng_interface *i, const char *name)
{
    return strncmp(i->name, name ? name : "", sizeof(i->name) - 1) == 0;
}

static int add_interface(struct capture_file *f, uint16_t link_type, const char *name,
                         uint32_t *ret, struct err *err)
{
    struct capture_bytes made = {.big_endian = f->section.big_endian};
    struct pcapng_interface i = {.link_type = link_type,
                                 .snaplen = capture_file_snaplen(f),
                                 .resolution = RESOLUTION_NS};
    int r;

    if (f->section.n_interfaces == PCAPNG_INTERFACES)
        return refuse(f, -E2BIG, "4096 interfaces are the most that a section takes", err);
    snprintf(i.name, sizeof(i.name), "%s", name ? name : "");
    pcapng_put_interface(&made, &i, f->settings.filter);
    r = capture_file_put_block(f, made.bytes, made.used, err);
    free(made.bytes);
    if (r == 0)
        *ret = (uint32_t)f->section.n_interfaces - 1;
    return r;
}

/* The number of a packet's interface in the section; it is described first when it is new. */
static int interface_of(struct capture_file *f, const struct packet_facts *p, uint32_t *ret,
                        struct err *err)
{
    const struct pcapng *s = &f->section;
    uint32_t wanted = p->packet->interface;

    /* Two may have the same name: the number that it came with goes first. */
    for (uint32_t n = 0; n <= s->n_interfaces; n++) {
        uint32_t i = n ? n - 1 : wanted;

        if (i >= s->n_interfaces || s->interfaces[i].link_type != p->packet->link_type ||
            !is_named(&s->interfaces[i], p->interface))
            continue;
        *ret = i;
        return 0;
    }
    return add_interface(f, p->packet->link_type, p->interface, ret, err);
}

int capture_file_put_pcapng(struct capture_file *f, const struct packet_facts *p,
                            struct err *err)
{
    uint32_t number = 0;
    int r = interface_of(f, p, &number, err);

    if (r < 0)
        return r;
    r = pcapng_put_packet(&f->out.waiting, &f->section.interfaces[number], number, p);
    if (r < 0)
        return refuse(f, r, "its interface's clock cannot tell the packet's time", err);
    capture_out_mark(&f->out, true);
    if (!p->timeless)
        f->last_ns = p->packet->wall_ns;
    return 0;
}

/* ---- statistics ------------------------------------------------------------------------- */

static int metered_interface(struct capture_file *f, const struct capture_interface *i,
                             uint32_t *ret, struct err *err)
{
    for (uint32_t n = 0; n < f->section.n_interfaces; n++)
        if (is_named(&f->section.interfaces[n], i->name)) {
            *ret = n;
            return 0;
        }
    return add_interface(f, i->link_type, i->name, ret, err);
}

/* As dumpcap fills them, which is what Wireshark shows: dropped is all that was lost before it
 * came to the capture.  The time is the last packet's, so that a file is the same whenever it is
 * closed. */
int capture_file_put_meter(struct capture_file *f, struct err *err)
{
    for (size_t n = 0; f->meter && n < f->meter->n_interfaces; n++) {
        const struct capture_interface *i = &f->meter->interfaces[n];
        struct pcapng_counts counts = {.dropped = i->dropped, .delivered = i->packets};
        uint64_t ticks = 0;
        uint32_t number = 0;
        int r;

        if (i->state == CAPTURE_OPENING || (i->state == CAPTURE_FAILED && !i->packets))
            continue; /* there is nothing to say */
        r = metered_interface(f, i, &number, err);
        if (r < 0)
            return r;
        if (i->has_interface_dropped)
            counts.dropped += i->interface_dropped;
        counts.received = counts.delivered + counts.dropped;
        (void)pcapng_from_ns(&f->section.interfaces[number], f->last_ns, &ticks);
        pcapng_put_statistics(&f->out.waiting, number, ticks, &counts);
        capture_out_mark(&f->out, false);
    }
    return 0;
}
