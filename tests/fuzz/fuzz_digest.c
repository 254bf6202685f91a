/* From packets to the evidence of one flow.  Input, a packet: direction, protocol and who; flags;
 * sequence, acknowledgement and window; how many bytes it has, which are those that follow; how
 * many of them were captured.  What is counted stays below what was given, and the evidence is
 * printable. */
#include "core/base/text.h"
#include "core/why/wire_digest.h"
#include "tests/fuzz/packets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD 8
#define PORT 4000

static size_t add(struct wire_digest *d, const uint8_t *data, size_t size, uint64_t number)
{
    struct fuzz_packet p = {.tcp = (data[0] & 0x30) != 0x30,
                            .back = data[0] & 1,
                            .port = {(uint16_t)(PORT + (data[0] >> 1 & 3)), 80},
                            .flags = data[1],
                            .seq = (uint32_t)data[2] << (data[0] & 8 ? 24 : 0),
                            .ack = data[3],
                            .window = (uint16_t)(data[4] << 4)};
    size_t len = data[5] < size - HEAD ? data[5] : size - HEAD, made;
    struct packet packet = {.wall_ns = (UINT64_C(1) << 60) + number * data[7] * 1000000,
                            .link_type = PACKETS_LINK_RAW};
    uint8_t *bytes = malloc(PACKETS_HEADERS + len), *exact;

    require(bytes != NULL);
    made = fuzz_packet_make(&p, data + HEAD, len, bytes);
    if (data[0] & 0x40 && len) { /* what an ICMP error is, is in its bytes */
        bytes[9] = IPPROTO_ICMP;
        memcpy(bytes + 20, data + HEAD, len < made - 20 ? len : made - 20);
    }
    packet.length = (uint32_t)made;
    packet.captured = (uint32_t)(made - (data[6] < made ? data[6] : made));
    exact = malloc(packet.captured ? packet.captured : 1);
    require(exact != NULL);
    memcpy(exact, bytes, packet.captured);
    wire_digest_add(d, number, &packet, exact, packet.captured);
    free(exact);
    free(bytes);
    return HEAD + len;
}

static void check_facts(const struct wire_facts *f, uint64_t packets)
{
    require((uint64_t)f->packets_out + f->packets_in <= packets);
    require(f->syn_out + f->rst_out <= 2 * f->packets_out);
    require(f->retransmissions_in <= f->packets_in && f->probes_out <= f->packets_out);
    require(f->n_icmp <= EVIDENCE_ICMP);
    require(f->said_out.len <= EVIDENCE_HEAD_BYTES && f->said_in.len <= EVIDENCE_HEAD_BYTES);
}

static void ask(const struct wire_digest *d, uint16_t port, uint8_t protocol, bool said,
                uint64_t packets)
{
    struct addr local = addr_make(AF_INET, (uint8_t[]){10, 0, 0, 1}, port);
    struct addr peer = addr_make(AF_INET, (uint8_t[]){10, 0, 0, 2}, 80);
    struct evidence *e;
    struct wire_facts facts;

    wire_digest_facts(d, &local, &peer, protocol, 0, &facts);
    check_facts(&facts, packets);
    if (!said)
        return;
    e = evidence_new(); /* large */
    wire_digest_say(d, &local, &peer, protocol, 0, e);
    require(e->n_lines <= EVIDENCE_LINES);
    for (size_t i = 0; i < e->n_lines; i++)
        require(text_is_printable(e->lines[i].text));
    evidence_free(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_digest *d = wire_digest_new();
    uint64_t number = 0;

    while (size >= HEAD) {
        size_t used = add(d, data, size, number++);

        data += used;
        size -= used;
    }
    ask(d, PORT, IPPROTO_TCP, true, number);
    ask(d, 0, IPPROTO_TCP, false, number);
    ask(d, 0, IPPROTO_UDP, false, number);
    wire_digest_free(d);
    return 0;
}
