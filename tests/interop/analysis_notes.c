/* analysis_notes [-q | -p] FILE.pcap: one line a packet, what the analysis says of it, parted by
 * '|', in the order in which analysis_vs_tshark.py asks tshark for it; then one a conversation.
 * -q: say nothing (to measure).  -p: as if the kernel said of every socket that its timer is
 * persist.
 *
 * Reads the classic pcap format of this machine's byte order (pcap-savefile(5)). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/wire/conversation.h"

#define RECORD_BYTES_MAX (1U << 20)
#define MAGIC_MICROSECONDS 0xa1b2c3d4
#define MAGIC_NANOSECONDS 0xa1b23c4d

struct record {
    uint32_t seconds, fraction, captured, length;
};

static void print_number(bool known, uint64_t number)
{
    if (known)
        printf("%" PRIu64, number);
    putchar('|');
}

static void print_findings(uint32_t findings)
{
    const char *comma = "";

    for (enum finding f = 0; f < FINDING_COUNT; f++)
        if (findings & FINDING_BIT(f)) {
            printf("%s%s", comma, finding_infos[f].id);
            comma = ",";
        }
    putchar('|');
}

static void print_note(uint64_t number, const struct packet_note *n,
                       const struct conversations *c, bool tcp)
{
    const struct conversation *v = conversations_get(c, n->conversation);

    printf("%" PRIu64 "|", number);
    print_number(tcp && v, n->conversation);
    print_findings(n->findings);
    print_number(n->has & NOTE_RELATIVE, n->relative_seq);
    print_number(n->has & NOTE_RELATIVE, n->relative_ack);
    print_number(n->has & NOTE_WINDOW, n->window_bytes);
    print_number(n->has & NOTE_IN_FLIGHT, n->in_flight_bytes);
    print_number(n->has & NOTE_RTT, n->about);
    print_number(n->has & NOTE_RTT, n->rtt_ns);
    print_number(n->duplicate_acks, n->duplicate_acks);
    printf("%u,%u\n", n->states[0], n->states[1]);
}

/* Which conversations there were, after the packets: those of TCP are tshark's streams. */
static void print_conversations(const struct conversations *c)
{
    for (uint32_t i = 0; i < conversations_end(c); i++) {
        const struct conversation *v = conversations_get(c, i);

        if (!v || v->protocol != 6)
            continue;
        printf("conversation|%u|%u|", i, v->completeness);
        print_number(v->has_handshake_rtt, v->handshake_rtt_ns);
        putchar('\n');
    }
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
    struct conversations *c = conversations_new(CONVERSATIONS_USUAL);
    bool quiet = argc == 3 && strcmp(argv[1], "-q") == 0;
    bool persist = argc == 3 && strcmp(argv[1], "-p") == 0;
    FILE *file = argc >= 2 ? fopen(argv[argc - 1], "rb") : NULL;
    struct record record;
    uint32_t header[6];
    int r;

    if (!file || fread(header, sizeof(header), 1, file) != 1 ||
        (header[0] != MAGIC_MICROSECONDS && header[0] != MAGIC_NANOSECONDS)) {
        fprintf(stderr, "usage: analysis_notes [-q | -p] FILE.pcap\n");
        return 2;
    }
    for (uint64_t number = 1; (r = read_record(file, &record, bytes)) > 0; number++) {
        uint32_t scale = header[0] == MAGIC_NANOSECONDS ? 1 : 1000;
        struct packet packet = {.wall_ns = record.seconds * UINT64_C(1000000000) +
                                           (uint64_t)record.fraction * scale,
                                .length = record.length,
                                .captured = record.captured,
                                .link_type = (uint16_t)header[5]};
        struct packet_note note;

        decode(bytes, record.captured, record.length, packet.link_type, DECODE_FLOW, &d);
        conversations_add(c, number, &packet, &d, &note);
        if (persist)
            conversations_persist(c, &d.flow.source, &d.flow.destination, true);
        if (!quiet)
            print_note(number, &note, c, d.has_tcp);
    }
    if (!quiet)
        print_conversations(c);
    conversations_free(c);
    fclose(file);
    return r < 0;
}
