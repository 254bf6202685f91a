/* Packets from a pcap file: pcap-savefile(5), read by libpcap.
 *
 * libpcap reads through a stream of ours that tells it of no snaplen: it would cut what is longer
 * than the file's header promises.  Of modified pcap (a record's header is 8 bytes longer) it
 * passes over what it does not know; there the stream has no buffer, so that each record's
 * header is seen on its way. */
#include <errno.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/wire/cursor.h"
#include "probes/capture_read.h"
#include "probes/capture_tap.h"

#define STREAM_BYTES (64U << 10)
#define RECORD_BYTES 16U
#define MODIFIED_BYTES 24U
enum { VERSION_AT = 4, SNAPLEN_AT = 16 };

static const struct magic {
    uint32_t number;
    bool microseconds, modified;
} magics[] = {
    {0xa1b2c3d4, true, false},
    {0xa1b23c4d, false, false},
    {0xa1b2cd34, true, true}, /* Alexey Kuznetzov's */
};

struct pcap_stream {
    struct capture_source *source;
    uint8_t head[CAPTURE_PCAP_HEAD_BYTES]; /* what libpcap is to see */
    size_t head_left;
    bool ended;
    uint8_t record[MODIFIED_BYTES]; /* what went through since seen was 0 */
    size_t seen;
};

static ssize_t stream_read(void *ctx, char *to, size_t n)
{
    struct pcap_stream *s = ctx;
    ssize_t got;

    if (s->head_left) {
        if (n > s->head_left)
            n = s->head_left;
        memcpy(to, s->head + sizeof(s->head) - s->head_left, n);
        s->head_left -= n;
        return (ssize_t)n;
    }
    got = capture_source_read(s->source, to, n);
    s->ended = got == 0;
    if (got > 0 && s->seen < sizeof(s->record)) {
        size_t room = sizeof(s->record) - s->seen;
        size_t part = (size_t)got < room ? (size_t)got : room;

        memcpy(s->record + s->seen, to, part);
        s->seen += part;
    }
    return got;
}

static const struct magic *find_magic(const uint8_t *head, bool *ret_big_endian)
{
    struct cursor c = cursor_over(head, 4);
    uint32_t number = cursor_be32(&c);

    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
        if (number == magics[i].number || number == __builtin_bswap32(magics[i].number)) {
            *ret_big_endian = number == magics[i].number;
            return &magics[i];
        }
    return NULL;
}

/* libpcap turns numbers within these packets to our byte order while it reads them, so they
 * can only be written in a file of our order. */
static bool turned_by_libpcap(uint16_t link_type)
{
    static const uint16_t types[] = {117 /* PFLOG */, 189 /* USB_LINUX */,
                                     220 /* USB_LINUX_MMAPPED */, 239 /* NFLOG */};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (types[i] == link_type)
            return true;
    return false;
}

static void fill_shape(struct capture_shape *shape, const uint8_t *head,
                       const struct magic *magic, bool big_endian, pcap_t *handle)
{
    struct cursor version = cursor_over(head + VERSION_AT, 4);
    struct cursor snaplen = cursor_over(head + SNAPLEN_AT, 4);
    uint32_t n = cursor_be32(&snaplen);

    shape->format = CAPTURE_PCAP;
    shape->microseconds = magic->microseconds;
    shape->big_endian = big_endian;
    shape->snaplen = big_endian ? n : __builtin_bswap32(n);
    shape->link_type = tap_link_type(handle);
    /* Records of other versions differ, as nobody writes them any more. */
    if (cursor_be32(&version) != (big_endian ? 0x00020004U : 0x02000400U))
        return;
    if (pcap_is_swapped(handle) && turned_by_libpcap(shape->link_type))
        shape->big_endian = !big_endian;
    else
        memcpy(shape->head, head, sizeof(shape->head));
}

/* Opens libpcap's view of the source, whose first bytes are stream->head. */
static pcap_t *open_stream(struct pcap_stream *stream, bool modified, char *text)
{
    FILE *file = fopencookie(stream, "r", (cookie_io_functions_t){.read = stream_read});
    pcap_t *handle;

    if (!file)
        return NULL;
    __fsetlocking(file, FSETLOCKING_BYCALLER); /* nobody else has it */
    if (setvbuf(file, NULL, modified ? _IONBF : _IOFBF, STREAM_BYTES) != 0) {
        fclose(file);
        return NULL;
    }
    handle = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, text);
    if (!handle)
        fclose(file);
    return handle;
}

/* libpcap takes both numbers of a time for signed, which none of them is. */
static uint64_t wall_ns(const struct magic *magic, const struct pcap_pkthdr *header)
{
    uint64_t fraction = magic->microseconds
                            ? (uint64_t)(uint32_t)(header->ts.tv_usec / 1000) * 1000
                            : (uint32_t)header->ts.tv_usec;

    return (uint32_t)header->ts.tv_sec * CLOCK_SECOND_NS + fraction;
}

static void hand_over(struct capture_reading *r, const struct pcap_stream *stream,
                      const struct magic *magic, const struct pcap_pkthdr *header,
                      const uint8_t *bytes)
{
    struct packet record = {.wall_ns = wall_ns(magic, header),
                            .length = header->len,
                            .captured = header->caplen,
                            .link_type = r->shape.link_type};
    const struct packet_extra extra = {.kind = EXTRA_PCAP_MODIFIED,
                                       .big_endian = r->shape.big_endian,
                                       .bytes = stream->record + RECORD_BYTES,
                                       .len = MODIFIED_BYTES - RECORD_BYTES};
    struct packet_facts facts = {.packet = &record,
                                 .bytes = bytes,
                                 .captured = header->caplen,
                                 .extra = magic->modified ? &extra : NULL};

    capture_reading_packet(r, &facts);
}

static int read_packets(struct capture_reading *r, struct pcap_stream *stream,
                        const struct magic *magic, pcap_t *handle, struct err *err)
{
    uint64_t offset = sizeof(stream->head);
    char text[ERR_TEXT_BYTES];
    struct pcap_pkthdr *header;
    const u_char *bytes;
    const char *said;
    int got = 0;

    while (!r->enough && (got = pcap_next_ex(handle, &header, &bytes)) == 1) {
        hand_over(r, stream, magic, header, bytes);
        offset += (magic->modified ? MODIFIED_BYTES : RECORD_BYTES) + header->caplen;
        stream->seen = 0;
    }
    if (r->enough || got != PCAP_ERROR)
        return 0;
    said = pcap_geterr(handle);
    text_clean(said, strlen(said), text, sizeof(text));
    return capture_reading_bad(r, err, "packet", offset, "is %s: %s",
                               stream->ended ? "cut short" : "damaged", text);
}

int capture_read_pcap(struct capture_reading *r, struct err *err)
{
    struct pcap_stream stream = {.source = &r->source, .head_left = sizeof(stream.head)};
    size_t got = capture_source_need(&r->source, sizeof(stream.head));
    char text[PCAP_ERRBUF_SIZE] = "", clean[ERR_TEXT_BYTES];
    uint8_t head[CAPTURE_PCAP_HEAD_BYTES];
    const struct magic *magic;
    bool big_endian = false;
    pcap_t *handle;
    int rc;

    magic = find_magic(capture_source_bytes(&r->source), &big_endian);
    if (!magic)
        return err_set(err, -EBADMSG, "read", r->source.path, "it is no pcap or pcapng file");
    if (got < sizeof(head))
        return capture_reading_bad(r, err, "file header", 0,
                                   "is cut short: the file ends after %zu of its %zu bytes",
                                   got, sizeof(head));
    memcpy(head, capture_source_bytes(&r->source), sizeof(head));
    capture_source_pass(&r->source, sizeof(head));
    memcpy(stream.head, head, sizeof(head));
    memset(stream.head + SNAPLEN_AT, 0, 4);
    handle = open_stream(&stream, magic->modified, text);
    if (!handle) {
        text_clean(text, strlen(text), clean, sizeof(clean));
        return err_set(err, -EBADMSG, "read", r->source.path, "%s", clean);
    }
    fill_shape(&r->shape, head, magic, big_endian, handle);
    rc = capture_match_add(&r->match, r->shape.link_type, handle, err);
    if (rc == 0) {
        capture_reading_shape(r);
        rc = read_packets(r, &stream, magic, handle, err);
    }
    pcap_close(handle);
    return rc;
}
