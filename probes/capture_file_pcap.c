/* Records of a pcap file: pcap-savefile(5).  libpcap writes none in another byte order than the
 * host's, and not the modified ones. */
#include <errno.h>

#include "core/base/clock.h"
#include "core/wire/cursor.h"
#include "probes/capture_file.h"

#define MAGIC_MICROSECONDS 0xa1b2c3d4U
#define MAGIC_NANOSECONDS 0xa1b23c4dU
#define MAGIC_MODIFIED 0xa1b2cd34U
#define MODIFIED_EXTRA_BYTES 8

static bool has_head(const struct capture_shape *like, uint16_t link_type)
{
    return like && like->format == CAPTURE_PCAP && like->head[0] &&
           like->link_type == link_type;
}

/* As the file was that is written anew. */
static void copy_head(struct capture_file *f, const struct capture_shape *like)
{
    struct cursor c = cursor_over(like->head, sizeof(like->head));
    uint32_t magic = cursor_be32(&c);

    f->modified = magic == MAGIC_MODIFIED || magic == __builtin_bswap32(MAGIC_MODIFIED);
    capture_bytes_copy(&f->out.waiting, like->head, sizeof(like->head));
}

static void make_head(struct capture_file *f, uint16_t link_type)
{
    struct capture_bytes *to = &f->out.waiting;

    capture_bytes_32(to, f->microseconds ? MAGIC_MICROSECONDS : MAGIC_NANOSECONDS);
    capture_bytes_16(to, 2); /* version 2.4 */
    capture_bytes_16(to, 4);
    capture_bytes_32(to, 0); /* time zone and accuracy: always 0 */
    capture_bytes_32(to, 0);
    capture_bytes_32(to, capture_file_snaplen(f));
    capture_bytes_32(to, link_type);
}

int capture_file_head_pcap(struct capture_file *f, uint16_t link_type, struct err *err)
{
    const struct capture_shape *like = capture_file_like(f);

    (void)err;
    f->link_type = link_type;
    if (like && like->format == CAPTURE_PCAP) {
        f->microseconds = like->microseconds;
        f->out.waiting.big_endian = like->big_endian;
    } else {
        f->out.waiting.big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    }
    if (has_head(like, link_type))
        copy_head(f, like);
    else
        make_head(f, link_type);
    capture_out_mark(&f->out, false);
    return 0;
}

/* Interface, protocol and direction: of a file of that kind, or not known. */
static void put_modified(struct capture_bytes *to, const struct packet_extra *extra)
{
    if (extra && extra->kind == EXTRA_PCAP_MODIFIED && extra->len == MODIFIED_EXTRA_BYTES &&
        extra->big_endian == to->big_endian)
        capture_bytes_copy(to, extra->bytes, extra->len);
    else
        memset(capture_bytes_add(to, MODIFIED_EXTRA_BYTES), 0, MODIFIED_EXTRA_BYTES);
}

int capture_file_put_pcap(struct capture_file *f, const struct packet_facts *p, struct err *err)
{
    struct capture_bytes *to = &f->out.waiting;
    uint64_t seconds = p->packet->wall_ns / CLOCK_SECOND_NS;
    uint32_t ns = (uint32_t)(p->packet->wall_ns % CLOCK_SECOND_NS);

    if (p->packet->link_type != f->link_type)
        return err_set(err, -EINVAL, "write", f->path,
                       "a pcap file holds one link type; pcapng takes any");
    if (seconds > UINT32_MAX)
        return err_set(err, -ERANGE, "write", f->path,
                       "pcap can tell no time after 2106; pcapng can");
    capture_bytes_32(to, (uint32_t)seconds);
    capture_bytes_32(to, f->microseconds ? ns / 1000 : ns);
    capture_bytes_32(to, (uint32_t)p->captured);
    capture_bytes_32(to, p->packet->length);
    if (f->modified)
        put_modified(to, p->extra);
    capture_bytes_copy(to, p->bytes, p->captured);
    capture_out_mark(&f->out, true);
    return 0;
}
