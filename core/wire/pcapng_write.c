#include "core/wire/pcapng_write.h"

#include <errno.h>
#include <stdlib.h>

#define BYTE_ORDER_MAGIC 0x1a2b3c4dU
#define OPTION_BYTES_MAX 65535U
#define DEFAULT_RESOLUTION 6

enum { END = 0, COMMENT = 1 };
enum { SECTION_OS = 3, SECTION_APPLICATION = 4 };
enum {
    INTERFACE_NAME = 2,
    INTERFACE_RESOLUTION = 9,
    INTERFACE_FILTER = 11,
    INTERFACE_OFFSET = 14
};
enum { STATISTICS_RECEIVED = 4, STATISTICS_DROPPED = 5, STATISTICS_DELIVERED = 8 };

/* Returns where it begins, for end(). */
static size_t begin(struct capture_bytes *to, uint32_t type)
{
    size_t at = to->used;

    capture_bytes_32(to, type);
    capture_bytes_32(to, 0); /* not yet known */
    return at;
}

static void end(struct capture_bytes *to, size_t at)
{
    uint32_t length = (uint32_t)(to->used + 4 - at);

    capture_bytes_32(to, length);
    memcpy(to->bytes + at + 4, to->bytes + to->used - 4, 4);
}

static void put_padded(struct capture_bytes *to, const void *bytes, size_t len)
{
    size_t padding = -len & 3;

    capture_bytes_copy(to, bytes, len);
    memset(capture_bytes_add(to, padding), 0, padding);
}

static void put_option(struct capture_bytes *to, uint16_t code, const void *value, size_t len)
{
    capture_bytes_16(to, code);
    capture_bytes_16(to, (uint16_t)len);
    put_padded(to, value, len);
}

static void put_text(struct capture_bytes *to, uint16_t code, const char *text)
{
    size_t len = text ? strlen(text) : 0;

    if (len)
        put_option(to, code, text, len < OPTION_BYTES_MAX ? len : OPTION_BYTES_MAX);
}

static void put_number(struct capture_bytes *to, uint16_t code, uint64_t n)
{
    uint32_t high = (uint32_t)(n >> 32), low = (uint32_t)n;

    capture_bytes_16(to, code);
    capture_bytes_16(to, 8);
    capture_bytes_32(to, to->big_endian ? high : low);
    capture_bytes_32(to, to->big_endian ? low : high);
}

void pcapng_put_section(struct capture_bytes *to, const char *os, const char *application)
{
    size_t at = begin(to, PCAPNG_SECTION);

    capture_bytes_32(to, BYTE_ORDER_MAGIC);
    capture_bytes_16(to, 1); /* version 1.0 */
    capture_bytes_16(to, 0);
    capture_bytes_32(to, UINT32_MAX); /* the section's length: not known */
    capture_bytes_32(to, UINT32_MAX);
    put_text(to, SECTION_OS, os);
    put_text(to, SECTION_APPLICATION, application);
    put_option(to, END, NULL, 0);
    end(to, at);
}

static void put_filter(struct capture_bytes *to, const char *filter)
{
    size_t len = filter ? strlen(filter) : 0;
    char *value;

    if (!len)
        return;
    if (len > OPTION_BYTES_MAX - 1)
        len = OPTION_BYTES_MAX - 1;
    value = mem_new(len + 1, 1); /* its first byte, 0, says that it is pcap-filter's text */
    memcpy(value + 1, filter, len);
    put_option(to, INTERFACE_FILTER, value, len + 1);
    free(value);
}

void pcapng_put_interface(struct capture_bytes *to, const struct pcapng_interface *i,
                          const char *filter)
{
    size_t at = begin(to, PCAPNG_INTERFACE);

    capture_bytes_16(to, i->link_type);
    capture_bytes_16(to, 0);
    capture_bytes_32(to, i->snaplen);
    put_text(to, INTERFACE_NAME, i->name);
    if (i->resolution != DEFAULT_RESOLUTION)
        put_option(to, INTERFACE_RESOLUTION, &i->resolution, 1);
    put_filter(to, filter);
    if (i->offset_s)
        put_number(to, INTERFACE_OFFSET, (uint64_t)i->offset_s);
    put_option(to, END, NULL, 0);
    end(to, at);
}

static void put_packet_options(struct capture_bytes *to, const struct packet_facts *facts)
{
    const struct packet_extra *extra = facts->extra;

    /* In the other byte order only who knows each of them could write them. */
    if (extra && (extra->kind != EXTRA_PCAPNG_OPTIONS || extra->big_endian != to->big_endian ||
                  !extra->len))
        extra = NULL;
    if (!extra && !(facts->comment && *facts->comment))
        return;
    put_text(to, COMMENT, facts->comment);
    if (extra)
        capture_bytes_copy(to, extra->bytes, extra->len);
    put_option(to, END, NULL, 0);
}

int pcapng_put_packet(struct capture_bytes *to, const struct pcapng_interface *i,
                      uint32_t number, const struct packet_facts *facts)
{
    uint64_t ticks = 0;
    size_t at;

    if (!facts->timeless && !pcapng_from_ns(i, facts->packet->wall_ns, &ticks))
        return -ERANGE;
    at = begin(to, PCAPNG_PACKET);
    capture_bytes_32(to, number);
    capture_bytes_32(to, (uint32_t)(ticks >> 32));
    capture_bytes_32(to, (uint32_t)ticks);
    capture_bytes_32(to, (uint32_t)facts->captured);
    capture_bytes_32(to, facts->packet->length);
    put_padded(to, facts->bytes, facts->captured);
    put_packet_options(to, facts);
    end(to, at);
    return 0;
}

void pcapng_put_statistics(struct capture_bytes *to, uint32_t number, uint64_t ticks,
                           const struct pcapng_counts *counts)
{
    size_t at = begin(to, PCAPNG_STATISTICS);

    capture_bytes_32(to, number);
    capture_bytes_32(to, (uint32_t)(ticks >> 32));
    capture_bytes_32(to, (uint32_t)ticks);
    put_number(to, STATISTICS_RECEIVED, counts->received);
    put_number(to, STATISTICS_DROPPED, counts->dropped);
    put_number(to, STATISTICS_DELIVERED, counts->delivered);
    put_option(to, END, NULL, 0);
    end(to, at);
}
