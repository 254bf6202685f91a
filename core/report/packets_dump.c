/* The bytes of a packet.  The forms of tcpdump (-x, -X, -A) are its own to the character, so that
 * what reads those reads ours. */
#include "core/report/packets_internal.h"
#include "core/wire/hexdump.h"

#define ROW_BYTES 16

static const char digits[] = "0123456789abcdef";

/* Where the first layer inside of the link's begins; 0: there is none. */
static size_t inside_at(const struct packet_facts *p)
{
    const struct dissection *d = p->dissection;

    for (size_t i = 0; i < d->n_fields; i++)
        if (d->fields[i].depth == 0 && !packet_is_link(d->fields[i].name))
            return d->fields[i].offset <= p->captured ? d->fields[i].offset : 0;
    return 0;
}

static void put_rows(const struct packet_facts *p, struct packet_out *out)
{
    struct hexdump h = {
        .len = p->captured, .width = ROW_BYTES, .brk = p->dissection->payload_at};

    for (size_t row = 0; row < hexdump_rows(&h); row++) {
        char *room = packet_out_room(out, HEXDUMP_LINE_BYTES + 5);

        memcpy(room, "    ", 4);
        out->used += 4 + hexdump_line(&h, p->bytes, row, room + 4);
        put_char(out, '\n');
    }
}

/* "\t0x0010:  4500 003c ...  E..<" */
static void put_words(const uint8_t *bytes, size_t len, bool characters, struct packet_out *out)
{
    for (size_t at = 0; at < len; at += ROW_BYTES) {
        size_t n = len - at < ROW_BYTES ? len - at : ROW_BYTES;
        char *to = packet_out_room(out, 128), *begin = to;

        memcpy(to, "\t0x", 3);
        to += 3;
        for (int shift = at > 0xffff ? 20 : 12; shift >= 0; shift -= 4)
            *to++ = digits[at >> shift & 15];
        *to++ = ':';
        *to++ = ' ';
        for (size_t i = 0; i < (characters ? ROW_BYTES : n); i++) {
            if (i % 2 == 0)
                *to++ = ' ';
            *to++ = i < n ? digits[bytes[at + i] >> 4] : ' ';
            *to++ = i < n ? digits[bytes[at + i] & 15] : ' ';
        }
        if (characters) {
            *to++ = ' ';
            *to++ = ' ';
            for (size_t i = 0; i < n; i++)
                *to++ = bytes[at + i] > ' ' && bytes[at + i] < 0x7f ? (char)bytes[at + i] : '.';
        }
        *to++ = '\n';
        out->used += (size_t)(to - begin);
    }
}

/* Line feeds, tabs and blanks as they are; a CR at the end of a line, or of all, is left out. */
static void put_ascii(const uint8_t *bytes, size_t len, struct packet_out *out)
{
    char *begin = packet_out_room(out, len + 1), *to = begin;

    for (size_t i = 0; i < len; i++) {
        uint8_t c = bytes[i];

        if (c == '\r' && (i + 1 == len || bytes[i + 1] == '\n'))
            continue;
        *to++ = (c >= ' ' && c < 0x7f) || c == '\n' || c == '\t' ? (char)c : '.';
    }
    *to++ = '\n';
    out->used += (size_t)(to - begin);
}

void packet_dump(const struct packet_facts *p, enum packet_dump how, bool link,
                 struct packet_out *out)
{
    size_t from = link || how == PACKET_DUMP_ROWS ? 0 : inside_at(p);

    switch (how) {
    case PACKET_DUMP_ROWS:
        put_rows(p, out);
        break;
    case PACKET_DUMP_HEX:
    case PACKET_DUMP_BOTH:
        put_words(p->bytes + from, p->captured - from, how == PACKET_DUMP_BOTH, out);
        break;
    case PACKET_DUMP_ASCII:
        put_ascii(p->bytes + from, p->captured - from, out);
        break;
    }
}
