/* stream_chunks FILE.pcap CONVERSATION FORM [DIRECTION [EVERY]]: what the packets of a capture file
 * make of one conversation: its chunks as JSON, or the raw bytes of one direction (1 or 2; 0: both).
 * EVERY: as if each so-many-eth packet with bytes had not been captured.
 *
 * Reads the classic pcap format of this machine's byte order (pcap-savefile(5)). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/report/stream.h"
#include "core/wire/conversation.h"

#define RECORD_BYTES_MAX (1U << 20)

struct record {
    uint32_t seconds, fraction, captured, length;
};

static int put(void *ctx, const char *bytes, size_t len)
{
    (void)ctx;
    return fwrite(bytes, 1, len, stdout) == len ? 0 : -1;
}

static struct stream *read_stream(FILE *in, uint16_t link, uint32_t conversation,
                                  unsigned every)
{
    static uint8_t bytes[RECORD_BYTES_MAX];
    static struct dissection d;
    struct conversations *all = conversations_new(CONVERSATIONS_USUAL);
    struct stream *s = stream_new(STREAM_BYTES_USUAL);
    unsigned carrying = 0;
    struct record r;

    for (uint64_t n = 0; fread(&r, sizeof(r), 1, in) == 1; n++) {
        struct packet p = {.wall_ns = r.seconds * UINT64_C(1000000000) + r.fraction * 1000U,
                           .length = r.length,
                           .captured = r.captured,
                           .link_type = link};
        struct packet_note note;
        struct packet_facts facts = {.number = n,
                                     .packet = &p,
                                     .bytes = bytes,
                                     .captured = r.captured,
                                     .dissection = &d,
                                     .note = &note};

        if (r.captured > sizeof(bytes) || fread(bytes, r.captured, 1, in) != 1)
            break;
        decode(bytes, r.captured, r.length, link, DECODE_FLOW, &d);
        if (every && d.payload_claimed && ++carrying % every == 0)
            continue;
        conversations_add(all, n, &p, &d, &note);
        if (note.conversation == conversation)
            stream_add(s, &facts);
    }
    stream_end(s);
    conversations_free(all);
    return s;
}

int main(int argc, char **argv)
{
    struct stream_shape shape = {.ends = {"first", "second"}};
    struct stream *s;
    uint32_t header[6];
    FILE *in;
    int r;

    if (argc < 4 || !stream_form_by_name(argv[3], &shape.form))
        return 2;
    if (argc > 4)
        shape.only = (uint8_t)atoi(argv[4]);
    in = fopen(argv[1], "rb");
    if (!in || fread(header, sizeof(header), 1, in) != 1 || header[0] != 0xa1b2c3d4) {
        fprintf(stderr, "%s is no such capture file\n", argv[1]);
        return 2;
    }
    s = read_stream(in, (uint16_t)header[5], (uint32_t)atoi(argv[2]),
                    argc > 5 ? (unsigned)atoi(argv[5]) : 0);
    r = stream_report(s, &shape, put, NULL, NULL);
    stream_free(s);
    fclose(in);
    return r != 0;
}
