/* decode_fields FILE.pcap...: one line a packet with what the decoder says of it, for
 * decode_vs_tshark.py.
 *
 *     FILE NUMBER KEY=VALUE... , parted by tabs; "field=DEPTH:VALIDITY:NAME=VALUE" for each field
 *     FILE NUMBER reassembled=PACKETS KEY=VALUE...    behind the packet that completes a datagram
 *
 * Reads the classic pcap format of this machine's byte order (pcap-savefile(5)). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/wire/decode.h"
#include "core/wire/fragments.h"

#define RECORD_BYTES_MAX (1U << 20)

struct record {
    uint32_t seconds, fraction, captured, length;
};

static void print_flow(const struct dissection *d)
{
    char text[ADDR_TEXT_BYTES];

    printf("\tprotocol=%s\tpayload=%u", d->protocol, d->payload_claimed);
    if (d->malformed_in)
        printf("\tmalformed=%s", d->malformed_in);
    if (d->truncated_in)
        printf("\ttruncated=%s", d->truncated_in);
    if (!d->has_flow)
        return;
    printf("\tsource=%s", addr_format_ip(&d->flow.source, text));
    printf("\tdestination=%s", addr_format_ip(&d->flow.destination, text));
    if (d->flow.protocol)
        printf("\tsport=%u\tdport=%u", d->flow.source.port, d->flow.destination.port);
}

static void print_facts(const struct dissection *d)
{
    const struct tcp_facts *t = &d->tcp;

    if (d->has_ttl)
        printf("\tttl=%u", d->ttl);
    if (d->has_icmp)
        printf("\ticmp=%u/%u", d->icmp_type, d->icmp_code);
    if (d->has_fragment)
        printf("\tfragment=%u", d->fragment.offset);
    if (!d->has_tcp)
        return;
    printf("\tseq=%u\tack=%u\tflags=0x%04x\twindow=%u\theader=%u", t->seq, t->ack, t->flags,
           t->window, t->header_len);
    if (t->has_mss)
        printf("\tmss=%u", t->mss);
    if (t->has_window_scale)
        printf("\twscale=%u", t->window_scale);
    if (t->has_timestamps)
        printf("\ttsval=%u\ttsecr=%u", t->ts_value, t->ts_echo);
    if (t->sack_permitted)
        printf("\tsackok=1");
    for (unsigned i = 0; i < t->n_sacks; i++)
        printf("\tsack=%u-%u", t->sacks[i].left, t->sacks[i].right);
}

static void print_dissection(const struct dissection *d)
{
    print_flow(d);
    print_facts(d);
    printf("\tinfo=%s", d->info);
    for (size_t i = 0; i < d->n_fields; i++)
        printf("\tfield=%u:%u:%s=%s", d->fields[i].depth, d->fields[i].validity,
               d->fields[i].name, field_value(d, &d->fields[i]));
    printf("\n");
}

static void print_datagram(const char *path, unsigned number, const struct datagram *g)
{
    static struct dissection d;

    printf("%s\t%u\treassembled=", path, number);
    for (size_t i = 0; i < g->n_parts; i++)
        printf("%s%u", i ? "," : "", (unsigned)g->parts[i].packet);
    decode_datagram(g, DECODE_FIELDS, &d);
    printf("\tlength=%u", g->len);
    print_dissection(&d);
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

static int print_file(const char *path)
{
    static uint8_t bytes[RECORD_BYTES_MAX];
    static struct dissection d;
    uint32_t header[6];
    struct record record;
    struct datagram datagram;
    struct fragments *f;
    FILE *file = fopen(path, "rb");
    int r;

    if (!file || fread(header, sizeof(header), 1, file) != 1 ||
        (header[0] != 0xa1b2c3d4 && header[0] != 0xa1b23c4d)) {
        fprintf(stderr, "decode_fields: %s is no pcap file\n", path);
        return -1;
    }
    f = fragments_new(FRAGMENTS_DATAGRAMS_USUAL, FRAGMENTS_BYTES_USUAL);
    for (unsigned number = 1; (r = read_record(file, &record, bytes)) > 0; number++) {
        decode(bytes, record.captured, record.length, (uint16_t)header[5], DECODE_FIELDS, &d);
        printf("%s\t%u", path, number);
        print_dissection(&d);
        if (fragments_add(f, number, record.seconds * UINT64_C(1000000000), bytes, &d,
                          &datagram))
            print_datagram(path, number, &datagram);
    }
    fragments_free(f);
    fclose(file);
    return r;
}

int main(int argc, char **argv)
{
    int r = argc < 2 ? -1 : 0;

    for (int i = 1; i < argc && r == 0; i++)
        r = print_file(argv[i]);
    return r < 0;
}
