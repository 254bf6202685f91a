/* What stands above TCP and UDP: the first byte chooses the port, the second how many bytes the
 * capture cut off; the rest is the payload.  What the payload is does not depend on how much is
 * asked for, and a datagram that was cut says so rather than that it is wrong. */
#include "tests/fuzz/packets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
    bool tcp;
    uint16_t port;
} places[] = {
    {false, 53},  {false, 5353}, {false, 5355}, {false, 67},  {false, 68},   {false, 123},
    {false, 546}, {false, 4789}, {true, 53},    {true, 80},   {true, 443},   {true, 8080},
    {true, 5000}, {true, 25},    {true, 179},   {false, 443}, {false, 9999},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dissection all, plain;
    size_t place, length, captured;
    struct fuzz_packet p;
    uint8_t *packet, *exact;

    if (size < 2 || size > UINT16_MAX - PACKETS_HEADERS)
        return 0;
    place = data[0] % (sizeof(places) / sizeof(places[0]));
    p = (struct fuzz_packet){.tcp = places[place].tcp,
                             .back = data[0] & 0x80,
                             .port = {40000, places[place].port},
                             .flags = TCP_FLAG_ACK | TCP_FLAG_PSH};
    packet = malloc(size + PACKETS_HEADERS);
    require(packet != NULL);
    length = fuzz_packet_make(&p, data + 2, size - 2, packet);
    captured = length - (data[1] < length ? data[1] : length);
    exact = malloc(captured ? captured : 1);
    require(exact != NULL);
    memcpy(exact, packet, captured);
    decode(exact, captured, length, PACKETS_LINK_RAW, DECODE_INFO | DECODE_FIELDS, &all);
    decode(exact, captured, length, PACKETS_LINK_RAW, DECODE_FLOW, &plain);
    free(packet);
    free(exact);
    check_dissection(&all, captured);
    check_explained(&all);
    require(strcmp(all.protocol, plain.protocol) == 0);
    require(all.payload_at == plain.payload_at && all.payload_len == plain.payload_len);
    return 0;
}
