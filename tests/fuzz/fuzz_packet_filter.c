/* Input: an expression, a zero byte, the bytes that the capture cut off, then the packet.  No
 * packet matches a filter and its negation. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/wire/packet_filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

static bool matches(const char *text, const struct packet_facts *p)
{
    struct packet_filter *f = NULL;
    bool result;

    if (packet_filter_parse(text, &f, NULL) != 0)
        return false; /* nested too deep now */
    result = packet_filter_match(f, p);
    packet_filter_free(f);
    return result;
}

static void check(const char *text, const struct packet_facts *p)
{
    size_t room = strlen(text) + 8;
    char *negated = mem_new(room, 1);
    bool result;

    snprintf(negated, room, "not (%s)", text);
    result = matches(text, p);
    require(!(result && matches(negated, p)));
    require(matches(text, p) == result);
    free(negated);
}

static void check_packet(const char *text, const uint8_t *data, size_t size)
{
    static struct dissection d;
    const struct packet_owner owner = {.session = "session 2", .process = "nginx (812)"};
    const struct packet_note note = {.findings = 1, .has = NOTE_RTT, .rtt_ns = 60000000};
    size_t cut = size ? data[0] : 0, length = size ? size - 1 : 0;
    size_t captured = length - (cut < length ? cut : length);
    struct packet packet = {.length = (uint32_t)length, .link_type = 1};
    uint8_t *exact = mem_copy(size ? data + 1 : data, captured);
    struct packet_facts p = {
        .packet = &packet, .bytes = exact, .captured = captured, .dissection = &d};

    decode(exact, captured, length, 1, captured % 2 ? DECODE_FIELDS : DECODE_FLOW, &d);
    check(text, &p);
    p.note = &note;
    p.interface = "lo";
    p.owners[1] = &owner;
    check(text, &p);
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t len = size ? strnlen((const char *)data, size) : 0;
    char *text = mem_copy(data, len);
    struct packet_filter *f = NULL;
    struct err err = {0};
    int r = packet_filter_parse(text, &f, &err);

    if (r == 0) {
        packet_filter_free(f);
        check_packet(text, data + (len < size ? len + 1 : size), size - len - (len < size));
    } else {
        require(err.code == r && err.reason[0] && !f);
        require(err.place >= 1 && err.place <= len + 1);
        for (const char *c = err.reason; *c; c++)
            require((unsigned char)*c >= ' ' && *c != 0x7f);
    }
    free(text);
    return 0;
}
