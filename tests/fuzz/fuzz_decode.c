/* Every field that comes out has its explanation, too.
 *
 * Input: link type, how many bytes the capture cut off, then the packet. */
#include "tests/fuzz/packets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t links[] = {1, 0, 101, 108, 113, 228, 229, 276, 147};
    static struct dissection all, plain;
    size_t length, captured;
    uint16_t link;
    uint8_t *exact;

    if (size < 2)
        return 0;
    link = links[data[0] % (sizeof(links) / sizeof(links[0]))];
    length = size - 2;
    captured = length - (data[1] < length ? data[1] : length);
    exact = malloc(captured ? captured : 1);
    require(exact != NULL);
    memcpy(exact, data + 2, captured);
    decode(exact, captured, length, link, DECODE_INFO | DECODE_FIELDS, &all);
    decode(exact, captured, length, link, DECODE_FLOW, &plain);
    free(exact);
    check_dissection(&all, captured);
    check_explained(&all);
    check_dissection(&plain, captured);
    require(all.has_flow == plain.has_flow && all.payload_claimed == plain.payload_claimed);
    require(memcmp(&all.flow, &plain.flow, sizeof(all.flow)) == 0);
    require(memcmp(&all.tcp, &plain.tcp, sizeof(all.tcp)) == 0);
    require(strcmp(all.protocol, plain.protocol) == 0);
    require(all.payload_at == plain.payload_at && all.has_icmp == plain.has_icmp);
    require(all.has_ttl == plain.has_ttl && all.ttl == plain.ttl);
    require(all.has_fragment == plain.has_fragment);
    (void)field_at(&all, captured / 2);
    return 0;
}
