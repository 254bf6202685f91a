/* Blocks of pcapng as a file's reader walks over them; what is read can be made again. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/wire/pcapng_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int truth)
{
    if (!truth)
        abort();
}

static uint8_t sum(const void *bytes, size_t len)
{
    uint8_t n = 0;

    for (size_t i = 0; i < len; i++)
        n = (uint8_t)(n + ((const uint8_t *)bytes)[i]);
    return n;
}

/* The same packet once more, read by the same reader. */
static void make_again(struct pcapng *p, struct pcapng_packet *packet)
{
    struct capture_bytes made = {.big_endian = p->big_endian};
    struct pcapng_packet again = {0};
    struct packet record = {.wall_ns = packet->wall_ns, .length = packet->length};
    char *comment = packet->comment ? strdup(packet->comment) : NULL;
    struct packet_facts facts = {.packet = &record,
                                 .bytes = packet->bytes,
                                 .captured = packet->captured,
                                 .comment = comment,
                                 .timeless = packet->timeless};
    uint32_t type, length, number = packet->interface;
    uint64_t ns = packet->wall_ns;

    if (pcapng_put_packet(&made, &p->interfaces[number], number, &facts) == 0) {
        expect(pcapng_begin(p, made.bytes, &type, &length) == 0 && length == made.used);
        expect(pcapng_take(p, made.bytes, made.used, &again) == 1);
        expect(again.interface == number && again.captured == facts.captured);
        expect(facts.timeless || again.wall_ns == ns);
        expect(!again.comment == !(comment && *comment));
        expect(!again.comment || strlen(comment) > 65535 ||
               strcmp(again.comment, comment) == 0);
    } else {
        expect(made.used == 0);
    }
    free(made.bytes);
    free(comment);
}

static void look(struct pcapng *p, struct pcapng_packet *packet)
{
    static volatile uint8_t sink;

    expect(packet->interface < p->n_interfaces);
    sink = sum(packet->bytes, packet->captured);
    if (packet->comment)
        sink = sum(packet->comment, strlen(packet->comment));
    if (packet->extra.len)
        sink = sum(packet->extra.bytes, packet->extra.len);
    (void)sink;
    make_again(p, packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pcapng p = {0};
    size_t at = 0;

    while (size - at >= PCAPNG_HEAD_BYTES) {
        struct pcapng_packet packet = {0};
        uint32_t type, length = 0;
        uint8_t *block;
        int r = pcapng_begin(&p, data + at, &type, &length);

        if (r < 0 || length > size - at) {
            expect(r == 0 || (r == -EBADMSG && p.why));
            break;
        }
        expect(length >= 12 && length % 4 == 0);
        /* In an allocation of its own size: a read behind it is seen. */
        block = malloc(length);
        expect(block != NULL);
        memcpy(block, data + at, length);
        r = pcapng_take(&p, block, length, &packet);
        expect(r >= 0 || (r == -EBADMSG && p.why));
        if (r == 1)
            look(&p, &packet);
        free(block);
        if (r < 0)
            break;
        at += length;
    }
    expect(p.n_interfaces <= PCAPNG_INTERFACES);
    pcapng_done(&p);
    return 0;
}
