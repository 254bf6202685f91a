/* decode_fields FILE.pcap: one line a packet, the decoder's answers parted by '|', in the
 * order in which decode_vs_tshark.sh asks tshark for them.
 *
 * Reads the classic pcap format of this machine's byte order (pcap-savefile(5)). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/wire/decode.h"

#define RECORD_BYTES_MAX (1U << 20)

struct record {
    uint32_t seconds, fraction, captured, length;
};

static void print_ends(const struct dissection *d)
{
    char source[ADDR_TEXT_BYTES] = "", destination[ADDR_TEXT_BYTES] = "";

    if (d->has_flow) {
        addr_format_ip(&d->flow.source, source);
        addr_format_ip(&d->flow.destination, destination);
    }
    printf("%s|%s|", source, destination);
    if (d->has_flow && d->flow.protocol)
        printf("%u|%u|", d->flow.source.port, d->flow.destination.port);
    else
        printf("||");
}

static void print_tcp(const struct dissection *d)
{
    if (d->has_tcp)
        printf("%u|%u|0x%04x|%u|%u|", d->tcp.seq, d->tcp.ack, d->tcp.flags, d->tcp.window,
               d->payload_claimed);
    else
        printf("|||||");
    if (d->has_tcp && d->tcp.has_mss)
        printf("%u", d->tcp.mss);
    printf("|");
    if (d->has_tcp && d->tcp.has_window_scale)
        printf("%u", d->tcp.window_scale);
    printf("|");
    if (d->has_tcp && d->tcp.has_timestamps)
        printf("%u", d->tcp.ts_value);
}

/* The length as the header has it: that of a first fragment is the whole datagram's. */
static void print_udp_length(const struct dissection *d)
{
    bool udp = false;

    printf("|");
    for (size_t i = 0; i < d->n_fields; i++) {
        if (d->fields[i].depth == 0)
            udp = strcmp(d->fields[i].name, "User Datagram Protocol") == 0;
        else if (udp && strcmp(d->fields[i].name, "Length") == 0)
            printf("%s", field_value(d, &d->fields[i]));
    }
    printf("\n");
}

/* 0 at the end of the file, 1 for a record, -1 when the file is cut. */
static int read_record(FILE *file, struct record *record, uint8_t *bytes)
{
    size_t n = fread(record, 1, sizeof(*record), file);

    if (n == 0)
        return 0;
    if (n != sizeof(*record) || record->captured > RECORD_BYTES_MAX ||
        fread(bytes, 1, record->captured, file) != record->captured)
        return -1;
    return 1;
}

int main(int argc, char **argv)
{
    static uint8_t bytes[RECORD_BYTES_MAX];
    static struct dissection d;
    uint32_t header[6];
    struct record record;
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    int r;

    if (!file || fread(header, sizeof(header), 1, file) != 1 ||
        (header[0] != 0xa1b2c3d4 && header[0] != 0xa1b23c4d)) {
        fprintf(stderr, "usage: decode_fields FILE.pcap\n");
        return 2;
    }
    for (unsigned number = 1; (r = read_record(file, &record, bytes)) > 0; number++) {
        decode(bytes, record.captured, record.length, (uint16_t)header[5], DECODE_FIELDS, &d);
        printf("%u|", number);
        print_ends(&d);
        print_tcp(&d);
        print_udp_length(&d);
    }
    fclose(file);
    return r < 0;
}
