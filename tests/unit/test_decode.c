#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/wire/decode.h"
#include "tests/unit/dissect.h"

/* ---- TCP ---- */

static void a_syn_tells_its_options(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_SYN, 3141592653, 0, "");

    (void)state;
    decode_frame(&f, 1);
    expect_whole();
    expect_flow("10.0.0.1:40000", "10.0.0.2:65432", IPPROTO_TCP);
    assert_string_equal(d.info, "SYN win 512 mss 65495 ws 7 seq 3141592653");
    assert_string_equal(d.protocol, "TCP");
    assert_true(d.has_tcp);
    assert_true(d.tcp.has_mss && d.tcp.has_window_scale && d.tcp.has_timestamps);
    assert_int_equal(d.tcp.mss, 65495);
    assert_int_equal(d.tcp.window_scale, 7);
    assert_int_equal(d.tcp.ts_value, 7);
    assert_int_equal(d.tcp.ts_echo, 9);
    assert_true(d.tcp.sack_permitted);
    assert_int_equal(d.tcp.header_len, 40);
    assert_true(d.has_ttl);
    assert_int_equal(d.ttl, 64);
    assert_false(d.has_fragment || d.has_icmp);
    expect("Flags", "Don't fragment");
    assert_string_equal(field_value(&d, find_last("Flags")), "0x002 (SYN)");
    expect("Sequence Number", "3141592653");
    expect("Window", "512");
    expect("TCP Option - Maximum segment size", "65495 bytes");
    expect("TCP Option - Window scale", "7");
    expect("TCP Option - Timestamps", "TSval 7, TSecr 9");
    assert_non_null(find("TCP Option - SACK permitted"));
    assert_non_null(find("TCP Option - No-Operation (NOP)"));
    expect_validity("Header Checksum", FIELD_GOOD);
    expect_validity("Checksum", FIELD_GOOD);
    expect_payload(74, 0, 0);
    assert_null(find("Data"));
}

static void numbers_of_any_length_are_written(void **state)
{
    static const uint32_t numbers[] = {
        0,    1,     9,     10,     11,      99,       100,       101,        999,
        1000, 12345, 99999, 100000, 1234567, 10000000, 987654321, 1000000000, UINT32_MAX};
    char wanted[64];

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct frame f = frame_tcp(TCP_FLAG_ACK, numbers[i], ~numbers[i], "");

        decode_frame(&f, 1);
        snprintf(wanted, sizeof(wanted), "ACK win 512 seq %u ack %u", numbers[i], ~numbers[i]);
        assert_string_equal(d.info, wanted);
    }
}

static void every_flag_has_its_name(void **state)
{
    struct frame f = frame_tcp(0xff, 1, 2, "");

    (void)state;
    set16(&f, 14 + 20 + 12, 0x5fff);
    decode_frame(&f, 1);
    assert_memory_equal(
        d.info, "FIN SYN RST PSH ACK URG ECE CWR AE Reserved Reserved Reserved len 20 win", 72);
    assert_string_equal(
        field_value(&d, find_last("Flags")),
        "0xfff (FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, AE, Reserved, Reserved, Reserved)");
    set16(&f, 14 + 20 + 12, 0x5000);
    decode_frame(&f, 1);
    assert_memory_equal(d.info, "no flags ", 9);
}

static void data_is_the_last_layer_with_its_length(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_PSH | TCP_FLAG_ACK, 1, 13, "Hello, world");

    (void)state;
    decode_frame(&f, 1);
    expect_whole();
    assert_string_equal(d.info, "PSH ACK len 12 win 512 seq 1 ack 13");
    assert_string_equal(field_value(&d, find_last("Flags")), "0x018 (PSH, ACK)");
    expect("Data", "12 bytes");
    assert_int_equal(find("Data")->depth, 0);
    expect_payload(54, 12, 12);
    assert_memory_equal(f.bytes + d.payload_at, "Hello, world", 12);
}

static void layers_are_fields_of_depth_0_in_order(void **state)
{
    static const char *const layers[] = {"Ethernet II", "Internet Protocol Version 4",
                                         "Transmission Control Protocol", "Data"};
    struct frame f = frame_tcp(TCP_FLAG_ACK, 1, 1, "x");
    size_t n = 0;

    (void)state;
    decode_frame(&f, 1);
    for (size_t i = 0; i < d.n_fields; i++)
        if (d.fields[i].depth == 0)
            assert_string_equal(d.fields[i].name, layers[n++]);
    assert_int_equal(n, 4);
    expect("Data", "1 byte");
}

static void sack_blocks_are_listed(void **state)
{
    static const uint8_t options[] = {1, 1,   5, 18, 0, 0, 0, 100, 0, 0,
                                      0, 200, 0, 0,  1, 0, 0, 0,   1, 10};
    struct frame f = {0};
    size_t ip;

    (void)state;
    put_ethernet(&f, 0x0800);
    ip = put_ipv4(&f, 6);
    put_tcp(&f, TCP_FLAG_ACK, 1, 2, options, sizeof(options));
    ipv4_done(&f, ip);
    decode_frame(&f, 1);
    expect_whole();
    assert_int_equal(d.tcp.n_sacks, 2);
    assert_int_equal(d.tcp.sacks[0].left, 100);
    assert_int_equal(d.tcp.sacks[1].right, 266);
    assert_int_equal(d.tcp.header_len, 40);
    assert_false(d.tcp.sack_permitted);
    assert_string_equal(d.info, "ACK win 512 sack 100-200 sack 256-266 seq 1 ack 2");
    expect("TCP Option - SACK", "2 blocks");
    expect("Left Edge", "100");
    assert_string_equal(field_value(&d, find_last("Right Edge")), "266");
}

static void tcp_with_options(const void *options, size_t len, size_t cut)
{
    struct frame f = {0};
    size_t ip;

    put_ethernet(&f, 0x0800);
    ip = put_ipv4(&f, 6);
    put_tcp(&f, TCP_FLAG_SYN, 1, 0, options, len);
    put_bytes(&f, "abc", 3);
    ipv4_done(&f, ip);
    decode(f.bytes, f.len - cut, f.len, 1, ALL, &d);
}

static void options_that_lie_are_malformed(void **state)
{
    static const uint8_t lies[][4] = {
        {30, 0, 1, 1}, /* length 0 */
        {30, 1, 1, 1}, /* length 1 */
        {30, 9, 1, 1}, /* behind the header */
        {1, 1, 1, 30}, /* no room for a length */
        {2, 3, 1, 1},  /* MSS of one byte */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        tcp_with_options(lies[i], 4, 2);
        assert_string_equal(d.malformed_in, "Transmission Control Protocol");
        assert_null(d.truncated_in);
        /* What the header says is still believed. */
        expect_flow("10.0.0.1:40000", "10.0.0.2:65432", IPPROTO_TCP);
        expect_payload(58, 1, 3);
        assert_false(d.tcp.has_mss);
    }
}

static void unknown_options_and_fast_open_are_named(void **state)
{
    static const uint8_t options[] = {34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 77, 4, 9, 9, 0, 77};

    (void)state;
    tcp_with_options(options, sizeof(options), 0);
    expect_whole();
    expect("TCP Option - Fast Open Cookie", "cookie of 8 bytes");
    expect("TCP Option - Unknown", "kind 77, 4 bytes");
    /* Behind the end of the list nothing is an option. */
    assert_non_null(find("TCP Option - End of Option List (EOL)"));
    assert_ptr_equal(find("TCP Option - Unknown"), find_last("TCP Option - Unknown"));
}

static void a_header_length_below_20_is_malformed(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_ACK, 1, 1, "abc");

    (void)state;
    f.bytes[46] = 0x40;
    decode_frame(&f, 1);
    assert_string_equal(d.malformed_in, "Transmission Control Protocol");
    assert_true(d.has_tcp);
    expect_payload(0, 0, 0);
}

static void a_header_longer_than_the_packet_is_malformed(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_ACK, 1, 1, "abc");

    (void)state;
    f.bytes[46] = 0xf0;
    decode_frame(&f, 1);
    assert_string_equal(d.malformed_in, "Transmission Control Protocol");
}

/* ---- checksums ---- */

static void a_wrong_checksum_is_bad(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_ACK, 1, 1, "abc");

    (void)state;
    f.bytes[f.len - 1] ^= 1;
    f.bytes[22] ^= 1;
    decode_frame(&f, 1);
    expect_validity("Checksum", FIELD_BAD);
    expect_validity("Header Checksum", FIELD_BAD);
}

static void a_checksum_left_to_the_hardware_is_told_from_a_wrong_one(void **state)
{
    struct frame tcp = frame_tcp(TCP_FLAG_ACK, 1, 1, "abc");
    struct frame udp = frame_udp("abc");

    (void)state;
    set16(&tcp, 50, pseudo_sum(&tcp, 14, 34, 6));
    decode_frame(&tcp, 1);
    expect_validity("Checksum", FIELD_OFFLOADED);
    set16(&udp, 40, pseudo_sum(&udp, 14, 34, 17));
    decode_frame(&udp, 1);
    expect_validity("Checksum", FIELD_OFFLOADED);
}

static void a_checksum_over_bytes_not_captured_is_unchecked(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_ACK, 1, 1, "abcdef");

    (void)state;
    decode(f.bytes, f.len - 2, f.len, 1, ALL, &d);
    expect_validity("Checksum", FIELD_UNCHECKED);
    expect_validity("Header Checksum", FIELD_GOOD);
    expect("Data", "6 bytes, 4 captured");
    expect_payload(54, 4, 6);
    expect_whole();
}

static void udp_without_a_checksum_is_plain_over_ipv4_only(void **state)
{
    struct frame f = frame_udp("abc"), v6 = {0};
    size_t ip;

    (void)state;
    set16(&f, 40, 0);
    decode_frame(&f, 1);
    expect_validity("Checksum", FIELD_PLAIN);
    put_ethernet(&v6, 0x86dd);
    ip = put_ipv6(&v6, 17);
    put_udp(&v6, 8);
    ipv6_done(&v6, ip);
    decode_frame(&v6, 1);
    expect_validity("Checksum", FIELD_BAD);
}

static void a_source_route_makes_the_pseudo_header_unknown(void **state)
{
    static const uint8_t route[8] = {131, 7, 4, 10, 0, 0, 9, 0};
    struct frame f = {0};
    size_t ip, tcp;

    (void)state;
    put_ethernet(&f, 0x0800);
    ip = put_ipv4_options(&f, 6, 0, route, sizeof(route));
    tcp = put_tcp(&f, TCP_FLAG_ACK, 1, 1, NULL, 0);
    transport_done(&f, ip, tcp, tcp + 16, 6);
    ipv4_done(&f, ip);
    decode_frame(&f, 1);
    expect_whole();
    expect_validity("Checksum", FIELD_UNCHECKED);
    expect("IP Option - Loose Source Route", "kind 131, 7 bytes");
}

/* ---- IPv4 ---- */

static void padding_is_no_payload(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_ACK, 1, 1, "");

    (void)state;
    put_bytes(&f, "\0\0\0\0\0\0", 6);
    decode_frame(&f, 1);
    expect_whole();
    expect_payload(54, 0, 0);
    expect("Padding", "6 bytes");
    assert_int_equal(find("Padding")->offset, 54);
    expect_validity("Checksum", FIELD_GOOD);
    assert_string_equal(d.info, "ACK win 512 seq 1 ack 1");
}

static void a_super_segment_with_total_length_0_ends_with_the_frame(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_ACK, 1, 1, "abcdef");

    (void)state;
    set16(&f, 16, 0);
    decode(f.bytes, f.len, 200000, 1, ALL, &d);
    expect_whole();
    expect_payload(54, 6, 200000 - 54);
    expect("Total Length", "0 (left to segmentation offload)");
    expect_flow("10.0.0.1:40000", "10.0.0.2:65432", IPPROTO_TCP);
}

static void a_total_length_behind_the_frame_is_malformed(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_ACK, 1, 1, "abc");

    (void)state;
    set16(&f, 16, 100);
    decode_frame(&f, 1);
    assert_string_equal(d.malformed_in, "Internet Protocol Version 4");
    expect_validity("Total Length", FIELD_BAD);
    expect_flow("10.0.0.1:40000", "10.0.0.2:65432", IPPROTO_TCP);
    expect_payload(54, 3, 60);
}

static void a_total_length_below_the_header_is_malformed(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_ACK, 1, 1, "abc");

    (void)state;
    set16(&f, 16, 19);
    decode_frame(&f, 1);
    assert_string_equal(d.malformed_in, "Internet Protocol Version 4");
    assert_false(d.has_tcp);
}

static void a_total_length_that_leaves_no_room_for_tcp_is_malformed(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_ACK, 1, 1, "abc");

    (void)state;
    set16(&f, 16, 30);
    decode_frame(&f, 1);
    assert_string_equal(d.malformed_in, "Transmission Control Protocol");
    assert_false(d.has_tcp);
    expect_flow("10.0.0.1:40000", "10.0.0.2:65432", IPPROTO_TCP);
}

static void an_ihl_below_5_is_malformed(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_ACK, 1, 1, "abc");

    (void)state;
    f.bytes[14] = 0x44;
    decode_frame(&f, 1);
    assert_string_equal(d.malformed_in, "Internet Protocol Version 4");
    assert_false(d.has_flow);
}

static void ipv4_options_are_named(void **state)
{
    static const uint8_t options[8] = {148, 4, 0, 0, 1, 7, 3, 4};
    struct frame f = {0};
    size_t ip;

    (void)state;
    put_ethernet(&f, 0x0800);
    ip = put_ipv4_options(&f, 17, 0, options, sizeof(options));
    put_udp(&f, 8);
    ipv4_done(&f, ip);
    decode_frame(&f, 1);
    expect_whole();
    expect("IP Option - Router Alert", "kind 148, 4 bytes");
    expect("IP Option - Record Route", "kind 7, 3 bytes");
    assert_non_null(find("IP Option - No-Operation (NOP)"));
    expect_validity("Header Checksum", FIELD_GOOD);
    expect_flow("10.0.0.1:40000", "10.0.0.2:53", IPPROTO_UDP);
}

static void an_ipv4_option_of_length_0_is_malformed_and_the_transport_still_read(void **state)
{
    static const uint8_t options[4] = {7, 0, 0, 0};
    struct frame f = {0};
    size_t ip;

    (void)state;
    put_ethernet(&f, 0x0800);
    ip = put_ipv4_options(&f, 17, 0, options, sizeof(options));
    put_udp(&f, 8);
    ipv4_done(&f, ip);
    decode_frame(&f, 1);
    assert_string_equal(d.malformed_in, "Internet Protocol Version 4");
    expect_flow("10.0.0.1:40000", "10.0.0.2:53", IPPROTO_UDP);
}

static void expect_part(const struct fragment_facts *wanted)
{
    const struct fragment_facts *got = &d.fragment;

    assert_true(d.has_fragment);
    assert_int_equal(got->id, wanted->id);
    assert_int_equal(got->offset, wanted->offset);
    assert_int_equal(got->more, wanted->more);
    assert_int_equal(got->protocol, wanted->protocol);
    assert_int_equal(got->at, wanted->at);
    assert_int_equal(got->len, wanted->len);
    assert_int_equal(got->claimed, wanted->claimed);
    assert_true(addr_same_ip(&got->source, &d.flow.source));
    assert_true(addr_same_ip(&got->destination, &d.flow.destination));
}

static void a_first_fragment_has_ports_and_no_checksum_to_check(void **state)
{
    struct frame f = {0};
    size_t ip;

    (void)state;
    put_ethernet(&f, 0x0800);
    ip = put_ipv4_options(&f, 17, 0x2000, NULL, 0);
    put_udp(&f, 3000);
    put_bytes(&f, "12345678", 8);
    ipv4_done(&f, ip);
    decode_frame(&f, 1);
    expect_whole();
    expect_flow("10.0.0.1:40000", "10.0.0.2:53", IPPROTO_UDP);
    expect_payload(42, 8, 8);
    set16(&f, 40, 0x1111);
    decode_frame(&f, 1);
    expect_validity("Checksum", FIELD_UNCHECKED);
    expect("Flags", "More fragments");
    expect_part(&(struct fragment_facts){
        .id = 0x1234, .more = true, .protocol = 17, .at = 34, .len = 16, .claimed = 16});
}

static void later_fragments_have_no_ports_and_say_so(void **state)
{
    struct frame f = {0};
    size_t ip;

    (void)state;
    put_ethernet(&f, 0x0800);
    ip = put_ipv4_options(&f, 17, 185, NULL, 0);
    put_bytes(&f, "not ports at all", 16);
    ipv4_done(&f, ip);
    decode_frame(&f, 1);
    expect_whole();
    expect_flow("10.0.0.1:*", "10.0.0.2:*", 0);
    assert_string_equal(d.info, "IPv4 fragment of UDP offset 1480 len 16 (no ports)");
    assert_string_equal(d.protocol, "IPv4");
    expect("Fragment Offset", "1480");
    expect_part(&(struct fragment_facts){
        .id = 0x1234, .offset = 1480, .protocol = 17, .at = 34, .len = 16, .claimed = 16});
    decode(f.bytes, f.len - 6, f.len, 1, DECODE_FLOW, &d);
    expect_part(&(struct fragment_facts){
        .id = 0x1234, .offset = 1480, .protocol = 17, .at = 34, .len = 10, .claimed = 16});
    expect_payload(34, 10, 16);
}

static void a_tunnel_shows_the_inner_flow(void **state)
{
    struct frame f = {0};
    size_t outer, inner;

    (void)state;
    put_ethernet(&f, 0x0800);
    outer = put_ipv4(&f, 41);
    inner = put_ipv6(&f, 17);
    put_udp(&f, 8);
    transport_done(&f, inner, f.len - 8, f.len - 2, 17);
    ipv6_done(&f, inner);
    ipv4_done(&f, outer);
    decode_frame(&f, 1);
    expect_whole();
    expect_flow("[fd77::1]:40000", "[fd77::2]:53", IPPROTO_UDP);
    expect_validity("Checksum", FIELD_GOOD);
}

static void tunnels_in_tunnels_have_a_bound(void **state)
{
    struct frame f = {0};
    size_t at[20];

    (void)state;
    for (size_t i = 0; i < 20; i++)
        at[i] = put_ipv4(&f, 4);
    for (size_t i = 20; i-- > 0;)
        ipv4_done(&f, at[i]);
    decode_frame(&f, 101);
    assert_string_equal(d.info, "more than 4 IP headers");
}

static void a_protocol_without_a_decoder_is_data(void **state)
{
    struct frame f = {0};
    size_t ip;

    (void)state;
    ip = put_ipv4(&f, 33);
    put_bytes(&f, "abcd", 4);
    ipv4_done(&f, ip);
    decode_frame(&f, 101);
    assert_string_equal(d.info, "DCCP len 4");
    assert_string_equal(d.protocol, "IPv4");
    expect_flow("10.0.0.1:*", "10.0.0.2:*", 0);
    expect_payload(20, 4, 4);
}

/* ---- IPv6 ---- */

static void ipv6_carries_tcp(void **state)
{
    struct frame f = {0};
    size_t ip, tcp;

    (void)state;
    put_ethernet(&f, 0x86dd);
    ip = put_ipv6(&f, 6);
    tcp = put_tcp(&f, TCP_FLAG_SYN | TCP_FLAG_ACK, 5, 6, NULL, 0);
    transport_done(&f, ip, tcp, tcp + 16, 6);
    ipv6_done(&f, ip);
    put_bytes(&f, "pad", 3);
    decode_frame(&f, 1);
    expect_whole();
    expect_flow("[fd77::1]:40000", "[fd77::2]:65432", IPPROTO_TCP);
    assert_string_equal(d.info, "SYN ACK win 512 seq 5 ack 6");
    expect("Hop Limit", "64");
    expect("Flow Label", "0x12345");
    expect_validity("Checksum", FIELD_GOOD);
    expect_payload(74, 0, 0);
    expect("Padding", "3 bytes");
}

static void put_extension(struct frame *f, unsigned next)
{
    put8(f, next);
    put8(f, 0);
    put8(f, 1); /* PadN of 4 */
    put8(f, 4);
    put32(f, 0);
}

static void the_extension_headers_are_walked(void **state)
{
    struct frame f = {0};
    size_t ip, udp;

    (void)state;
    ip = put_ipv6(&f, 0);
    put_extension(&f, 60);
    put_extension(&f, 43);
    put8(&f, 51); /* routing: nothing left */
    put8(&f, 0);
    put8(&f, 2);
    put8(&f, 0);
    put32(&f, 0);
    put8(&f, 44); /* AH of 12 bytes */
    put8(&f, 1);
    put16(&f, 0);
    put32(&f, 7);
    put32(&f, 8);
    put8(&f, 17); /* an atomic fragment */
    put8(&f, 0);
    put16(&f, 0);
    put32(&f, 99);
    udp = put_udp(&f, 12);
    put_bytes(&f, "abcd", 4);
    transport_done(&f, ip, udp, udp + 6, 17);
    ipv6_done(&f, ip);
    decode_frame(&f, 229);
    expect_whole();
    expect_flow("[fd77::1]:40000", "[fd77::2]:53", IPPROTO_UDP);
    assert_string_equal(d.info, "UDP 40000 -> 53 len 4");
    assert_non_null(find("IPv6 Hop-by-Hop Option"));
    assert_non_null(find("Destination Options for IPv6"));
    assert_non_null(find("Routing Header for IPv6"));
    assert_non_null(find("Authentication Header"));
    expect("Segments Left", "0");
    expect("Identification", "0x00000063");
    expect_validity("Checksum", FIELD_GOOD);
}

static void a_routing_header_with_segments_left_leaves_the_checksum_unchecked(void **state)
{
    struct frame f = {0};
    size_t ip;

    (void)state;
    ip = put_ipv6(&f, 43);
    put8(&f, 6);
    put8(&f, 0);
    put8(&f, 2);
    put8(&f, 1);
    put32(&f, 0);
    put_tcp(&f, TCP_FLAG_ACK, 1, 1, NULL, 0);
    ipv6_done(&f, ip);
    decode_frame(&f, 101);
    expect_whole();
    expect_validity("Checksum", FIELD_UNCHECKED);
}

static void later_ipv6_fragments_have_no_ports(void **state)
{
    struct frame f = {0};
    size_t ip;

    (void)state;
    ip = put_ipv6(&f, 44);
    put8(&f, 6);
    put8(&f, 0);
    put16(&f, 1448);
    put32(&f, 1);
    put_bytes(&f, "abcdefgh", 8);
    ipv6_done(&f, ip);
    decode_frame(&f, 101);
    expect_flow("[fd77::1]:*", "[fd77::2]:*", 0);
    assert_string_equal(d.info, "IPv6 fragment of TCP offset 1448 len 8 (no ports)");
    expect_payload(48, 8, 8);
    expect_part(&(struct fragment_facts){
        .id = 1, .offset = 1448, .protocol = 6, .at = 48, .len = 8, .claimed = 8});
}

static void an_endless_chain_of_extension_headers_has_a_bound(void **state)
{
    struct frame f = {0};
    size_t ip;

    (void)state;
    ip = put_ipv6(&f, 60);
    for (size_t i = 0; i < 100; i++)
        put_extension(&f, 60);
    ipv6_done(&f, ip);
    decode_frame(&f, 101);
    assert_string_equal(d.malformed_in, "Internet Protocol Version 6");
    assert_non_null(strstr(d.info, "more than 16 extension headers"));
}

static void a_jumbogram_ends_where_its_option_says(void **state)
{
    struct frame f = {0};

    (void)state;
    put_ipv6(&f, 0);
    put8(&f, 6);
    put8(&f, 0);
    put8(&f, 0xc2);
    put8(&f, 4);
    put32(&f, 100000);
    put_tcp(&f, TCP_FLAG_ACK, 1, 1, NULL, 0);
    put_bytes(&f, "abc", 3);
    decode(f.bytes, f.len, 100040, 101, ALL, &d);
    expect_whole();
    expect_payload(68, 3, 100000 - 28);
    expect("IPv6 Option - Jumbo payload", "type 0xc2, 6 bytes");
}

static void a_payload_length_of_0_ends_with_the_frame(void **state)
{
    struct frame f = {0};

    (void)state;
    put_ipv6(&f, 6);
    put_tcp(&f, TCP_FLAG_ACK, 1, 1, NULL, 0);
    decode(f.bytes, f.len, 180060, 101, ALL, &d);
    expect_whole();
    expect_payload(60, 0, 180000);
}

static void no_next_header_is_no_fault(void **state)
{
    struct frame f = {0};

    (void)state;
    put_ipv6(&f, 59);
    decode_frame(&f, 101);
    expect_whole();
    assert_string_equal(d.info, "IPv6 without next header");
}

/* ---- UDP ---- */

static void udp_tells_ports_and_length(void **state)
{
    struct frame f = frame_udp("what is the address of it? 33 by.");

    (void)state;
    decode_frame(&f, 1);
    expect_whole();
    assert_string_equal(d.info, "UDP 40000 -> 53 len 33");
    assert_string_equal(d.protocol, "UDP");
    assert_false(d.has_tcp);
    expect("Length", "41");
    expect_validity("Checksum", FIELD_GOOD);
    expect_payload(42, 33, 33);
}

static void a_udp_length_that_lies_is_malformed(void **state)
{
    static const unsigned lies[] = {1, 7, 12, 65535};

    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        struct frame f = frame_udp("abc");

        set16(&f, 38, lies[i]);
        decode_frame(&f, 1);
        assert_string_equal(d.malformed_in, "User Datagram Protocol");
        expect_validity("Length", FIELD_BAD);
        expect_payload(42, 3, 3);
    }
}

static void bytes_behind_the_udp_length_are_no_payload(void **state)
{
    struct frame f = frame_udp("abcdef");

    (void)state;
    set16(&f, 38, 11);
    decode_frame(&f, 1);
    expect_whole();
    expect_payload(42, 3, 3);
}

static void a_udp_length_of_0_is_the_rest(void **state)
{
    struct frame f = frame_udp("abcdef");

    (void)state;
    set16(&f, 38, 0);
    decode_frame(&f, 1);
    expect_whole();
    expect_payload(42, 6, 6);
}

/* ---- ICMP ---- */

static struct frame icmp_error(unsigned type, unsigned code, uint32_t word, bool quote_tcp)
{
    struct frame f = {0};
    size_t ip, icmp, quoted;

    put_ethernet(&f, 0x0800);
    ip = put_ipv4(&f, 1);
    icmp = f.len;
    put8(&f, type);
    put8(&f, code);
    put16(&f, 0);
    put32(&f, word);
    quoted = put_ipv4(&f, quote_tcp ? 6 : 17);
    if (quote_tcp)
        put_tcp(&f, TCP_FLAG_SYN, 777, 0, NULL, 0);
    else
        put_udp(&f, 8);
    ipv4_done(&f, quoted);
    transport_done(&f, ip, icmp, icmp + 2, 0);
    ipv4_done(&f, ip);
    return f;
}

static void port_unreachable_names_the_ends_it_is_about(void **state)
{
    struct frame f = icmp_error(3, 3, 0, false);

    (void)state;
    decode_frame(&f, 1);
    expect_whole();
    assert_string_equal(d.info, "ICMP destination unreachable: port unreachable "
                                "(10.0.0.1:40000 -> 10.0.0.2:53)");
    expect("Type", "0x0800 (IPv4)");
    expect("Code", "3 (port unreachable)");
    expect_validity("Checksum", FIELD_GOOD);
    assert_true(d.has_icmp);
    assert_int_equal(d.icmp_type, 3);
    assert_int_equal(d.icmp_code, 3);
    /* The flow is that of the packet itself, which has no ports. */
    expect_flow("10.0.0.1:*", "10.0.0.2:*", 0);
    expect("Quoted Internet Protocol Version 4", "10.0.0.1 -> 10.0.0.2");
    expect("Quoted User Datagram Protocol", "40000 -> 53");
    assert_string_equal(d.protocol, "ICMP");
}

static void fragmentation_needed_tells_the_mtu(void **state)
{
    struct frame f = icmp_error(3, 4, 1400, true);

    (void)state;
    decode_frame(&f, 1);
    assert_string_equal(d.info,
                        "ICMP destination unreachable: fragmentation needed, next hop mtu 1400 "
                        "(10.0.0.1:40000 -> 10.0.0.2:65432) seq 777");
    expect("MTU of next hop", "1400");
    assert_string_equal(field_value(&d, find_last("Sequence Number")), "777");
}

static void a_redirect_names_the_gateway(void **state)
{
    struct frame f = icmp_error(5, 1, 0x0a0000fe, false);

    (void)state;
    decode_frame(&f, 1);
    assert_string_equal(d.info, "ICMP redirect: for the host, use 10.0.0.254 "
                                "(10.0.0.1:40000 -> 10.0.0.2:53)");
}

static void a_quote_of_8_bytes_is_enough_for_ports(void **state)
{
    struct frame f = icmp_error(11, 0, 0, true);

    (void)state;
    f.len -= 12;
    ipv4_done(&f, 14);
    decode_frame(&f, 1);
    assert_string_equal(d.info, "ICMP time exceeded: time to live exceeded in transit "
                                "(10.0.0.1:40000 -> 10.0.0.2:65432) seq 777");
}

static void a_quote_tells_which_ping_or_association_it_is_about(void **state)
{
    struct frame f = {0};
    size_t ip, quoted;

    (void)state;
    ip = put_ipv4(&f, 1);
    put32(&f, 0x03010000);
    put32(&f, 0);
    quoted = put_ipv4(&f, 1);
    put_bytes(&f, "\10\0\0\0\0\7\0\11", 8);
    ipv4_done(&f, quoted);
    ipv4_done(&f, ip);
    decode_frame(&f, 101);
    expect_whole();
    expect("Quoted echo request", "id 7, sequence number 9");
    assert_string_equal(d.info, "ICMP destination unreachable: host unreachable (10.0.0.1 -> "
                                "10.0.0.2 ICMP) echo request id 7 seq 9");
    f.bytes[quoted + 9] = 132;
    decode_frame(&f, 101);
    expect("Quoted Stream Control Transmission Protocol", "2048 -> 0");
}

static void a_quoted_packet_may_quote_nothing_deeper(void **state)
{
    struct frame f = {0};
    size_t ip, quoted;

    (void)state;
    ip = put_ipv4(&f, 1);
    put32(&f, 0x03030000);
    put32(&f, 0);
    quoted = put_ipv4(&f, 1);
    put32(&f, 0x03010000);
    put32(&f, 0);
    put_ipv4(&f, 17);
    ipv4_done(&f, quoted);
    ipv4_done(&f, ip);
    decode_frame(&f, 101);
    assert_string_equal(d.info, "ICMP destination unreachable: port unreachable "
                                "(10.0.0.1 -> 10.0.0.2 ICMP)");
}

static void echo_has_id_and_sequence(void **state)
{
    struct frame f = {0};
    size_t ip, icmp;

    (void)state;
    ip = put_ipv4(&f, 1);
    icmp = f.len;
    put32(&f, 0x08000000);
    put32(&f, 0x00070002);
    put_bytes(&f, "ping data", 9);
    transport_done(&f, ip, icmp, icmp + 2, 0);
    ipv4_done(&f, ip);
    decode_frame(&f, 228);
    expect_whole();
    assert_string_equal(d.info, "ICMP echo request id 7 seq 2 len 9");
    expect_validity("Checksum", FIELD_GOOD);
    expect_payload(28, 9, 9);
    f.bytes[30] ^= 1;
    decode_frame(&f, 228);
    expect_validity("Checksum", FIELD_BAD);
}

static void an_unassigned_type_is_a_number(void **state)
{
    struct frame f = {0};
    size_t ip;

    (void)state;
    ip = put_ipv4(&f, 1);
    put32(&f, 0xc8090000);
    put32(&f, 0);
    ipv4_done(&f, ip);
    decode_frame(&f, 101);
    assert_string_equal(d.info, "ICMP type 200 code 9");
    expect("Type", "200 (unknown)");
}

static void icmpv6_errors_quote_too(void **state)
{
    struct frame f = {0};
    size_t ip, icmp, quoted;

    (void)state;
    ip = put_ipv6(&f, 58);
    icmp = f.len;
    put32(&f, 0x01040000);
    put32(&f, 0);
    quoted = put_ipv6(&f, 60);
    put_extension(&f, 17);
    put_udp(&f, 8);
    ipv6_done(&f, quoted);
    transport_done(&f, ip, icmp, icmp + 2, 58);
    ipv6_done(&f, ip);
    decode_frame(&f, 101);
    expect_whole();
    assert_string_equal(d.info, "ICMPv6 destination unreachable: port unreachable "
                                "([fd77::1]:40000 -> [fd77::2]:53)");
    expect_validity("Checksum", FIELD_GOOD);
    f.bytes[icmp] = 2;
    f.bytes[icmp + 1] = 0;
    set16(&f, icmp + 6, 1280);
    decode_frame(&f, 101);
    assert_string_equal(d.info, "ICMPv6 packet too big, mtu 1280 "
                                "([fd77::1]:40000 -> [fd77::2]:53)");
}

static struct frame neighbor(unsigned type, unsigned option_units)
{
    struct frame f = {0};
    size_t ip = put_ipv6(&f, 58), icmp = f.len;
    uint8_t target[16] = {0xfe, 0x80, [15] = 9};

    put8(&f, type);
    put8(&f, 0);
    put16(&f, 0);
    put32(&f, 0x60000000);
    put_bytes(&f, target, 16);
    put8(&f, 2);
    put8(&f, option_units);
    put_bytes(&f, "\2\0\0\0\0\5", 6);
    transport_done(&f, ip, icmp, icmp + 2, 58);
    ipv6_done(&f, ip);
    return f;
}

static void neighbor_discovery_tells_whom_it_looks_for(void **state)
{
    struct frame f = neighbor(135, 1);

    (void)state;
    decode_frame(&f, 101);
    expect_whole();
    assert_string_equal(d.info, "ICMPv6 neighbor solicitation: who has fe80::9?");
    expect("ICMPv6 Option (Target link-layer address)", "02:00:00:00:00:05");
    f = neighbor(136, 1);
    decode_frame(&f, 101);
    assert_string_equal(d.info, "ICMPv6 neighbor advertisement: I have fe80::9");
    expect("Flags", "0x60000000, Solicited, Override");
}

static void a_neighbor_option_of_length_0_is_malformed(void **state)
{
    struct frame f = neighbor(135, 0);

    (void)state;
    decode_frame(&f, 101);
    assert_string_equal(d.malformed_in, "Internet Control Message Protocol v6");
}

static void a_router_advertisement_lists_its_prefix(void **state)
{
    struct frame f = {0};
    size_t ip = put_ipv6(&f, 58);
    uint8_t prefix[16] = {0xfd, 0x77};

    (void)state;
    put32(&f, 0x86000000);
    put32(&f, 0x40c00708);
    put32(&f, 0);
    put32(&f, 0);
    put32(&f, 0x03044000);
    put32(&f, 0);
    put32(&f, 0);
    put32(&f, 0);
    put_bytes(&f, prefix, 16);
    put32(&f, 0x05010000);
    put32(&f, 1400);
    ipv6_done(&f, ip);
    decode_frame(&f, 101);
    expect_whole();
    expect("ICMPv6 Option (Prefix information)", "fd77::/64");
    expect("ICMPv6 Option (MTU)", "1400");
    expect("Router lifetime (s)", "1800");
}

/* ---- links ---- */

static struct frame arp(unsigned operation, uint32_t sender, uint32_t target)
{
    struct frame f = {0};

    put_ethernet(&f, 0x0806);
    put16(&f, 1);
    put16(&f, 0x0800);
    put8(&f, 6);
    put8(&f, 4);
    put16(&f, operation);
    put_bytes(&f, "\2\0\0\0\0\1", 6);
    put32(&f, sender);
    put_bytes(&f, "\0\0\0\0\0\0", 6);
    put32(&f, target);
    return f;
}

static void arp_asks_and_answers(void **state)
{
    struct frame f = arp(1, 0x0a000002, 0x0a000001);

    (void)state;
    put_bytes(&f, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 18);
    decode_frame(&f, 1);
    expect_whole();
    assert_string_equal(d.info, "who has 10.0.0.1? tell 10.0.0.2");
    assert_string_equal(d.protocol, "ARP");
    assert_false(d.has_flow);
    expect("Opcode", "1 (request)");
    expect("Sender MAC address", "02:00:00:00:00:01");
    expect("Padding", "18 bytes");
    f = arp(2, 0x0a000001, 0x0a000002);
    decode_frame(&f, 1);
    assert_string_equal(d.info, "10.0.0.1 is at 02:00:00:00:00:01");
    f = arp(1, 0x0a000001, 0x0a000001);
    decode_frame(&f, 1);
    assert_string_equal(d.info, "10.0.0.1 is at 02:00:00:00:00:01 (announcement)");
}

/* The same TCP packet behind every link header. */
static void expect_tcp_behind(struct frame f, uint16_t link_type, const char *layer)
{
    struct frame tcp = frame_tcp(TCP_FLAG_ACK, 9, 8, "abc");
    size_t head = f.len;

    put_bytes(&f, tcp.bytes + 14, tcp.len - 14);
    decode_frame(&f, link_type);
    expect_whole();
    expect_flow("10.0.0.1:40000", "10.0.0.2:65432", IPPROTO_TCP);
    assert_string_equal(d.info, "ACK len 3 win 512 seq 9 ack 8");
    expect_payload(head + 40, 3, 3);
    if (layer)
        assert_non_null(find(layer));
}

static void every_link_leads_to_the_packet(void **state)
{
    struct frame none = {0}, null = {0}, swapped = {0}, loop = {0}, cooked = {0}, cooked2 = {0};
    struct frame vlan = {0}, stacked = {0};

    (void)state;
    expect_tcp_behind(none, 101, NULL);
    expect_tcp_behind(none, 12, NULL);
    expect_tcp_behind(none, 228, NULL);
    put32(&null, 2);
    expect_tcp_behind(null, 0, "Null/Loopback");
    put32(&swapped, 0x02000000);
    expect_tcp_behind(swapped, 0, "Null/Loopback");
    put32(&loop, 2);
    expect_tcp_behind(loop, 108, "Null/Loopback");
    put_bytes(&cooked, "\0\4\0\1\0\6\2\0\0\0\0\1\0\0\10\0", 16);
    expect_tcp_behind(cooked, 113, "Linux cooked capture v1");
    expect("Packet type", "4 (sent by us)");
    expect("Source", "02:00:00:00:00:01");
    put_bytes(&cooked2, "\10\0\0\0\0\0\0\3\0\1\0\6\2\0\0\0\0\1\0\0", 20);
    expect_tcp_behind(cooked2, 276, "Linux cooked capture v2");
    expect("Interface index", "3");
    put_ethernet(&vlan, 0x8100);
    put16(&vlan, 0x6064);
    put16(&vlan, 0x0800);
    expect_tcp_behind(vlan, 1, "802.1Q Virtual LAN");
    expect("ID", "100");
    expect("Priority", "3");
    put_ethernet(&stacked, 0x88a8);
    put16(&stacked, 7);
    put16(&stacked, 0x8100);
    put16(&stacked, 8);
    put16(&stacked, 0x0800);
    expect_tcp_behind(stacked, 1, "IEEE 802.1ad");
    assert_non_null(find("802.1Q Virtual LAN"));
}

static void vlan_tags_without_end_have_a_bound(void **state)
{
    struct frame f = {0};

    (void)state;
    put_ethernet(&f, 0x8100);
    for (unsigned i = 0; i < 30; i++)
        put32(&f, 0x00018100);
    decode_frame(&f, 1);
    assert_string_equal(d.info, "more than 8 VLAN tags");
    assert_false(d.has_flow);
}

static void a_length_instead_of_a_type_is_8023(void **state)
{
    struct frame f = {0};

    (void)state;
    put_ethernet(&f, 5);
    put_bytes(&f, "\x42\x42\3\0\0pad", 8);
    decode_frame(&f, 1);
    expect_whole();
    assert_string_equal(d.protocol, "802.3");
    assert_non_null(find("IEEE 802.3 Ethernet"));
    expect_payload(14, 5, 5);
    expect("Padding", "3 bytes");
}

static void unknown_types_and_links_are_data(void **state)
{
    struct frame f = {0};

    (void)state;
    put_ethernet(&f, 0x88cc);
    put_bytes(&f, "lldp", 4);
    decode_frame(&f, 1);
    assert_string_equal(d.info,
                        "type 0x88cc (802.1 Link Layer Discovery Protocol (LLDP)) len 4");
    expect("Data", "4 bytes");
    decode_frame(&f, 105);
    assert_string_equal(d.info, "link type 105 is not decoded");
    assert_string_equal(d.protocol, "Data");
    expect_payload(0, f.len, f.len);
}

/* ---- cut packets ---- */

static void cut_header_says_where(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_SYN, 1, 0, "");
    static const struct {
        size_t captured;
        const char *layer;
    } cuts[] = {
        {3, "Ethernet II"},
        {20, "Internet Protocol Version 4"},
        {40, "Transmission Control Protocol"},
        {60, "Transmission Control Protocol"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        decode(f.bytes, cuts[i].captured, f.len, 1, ALL, &d);
        assert_string_equal(d.truncated_in, cuts[i].layer);
        assert_null(d.malformed_in);
    }
}

static void a_cut_packet_shows_the_fields_that_are_there(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_ACK, 77, 1, "abc");

    (void)state;
    decode(f.bytes, 43, f.len, 1, ALL, &d);
    expect_flow("10.0.0.1:40000", "10.0.0.2:65432", IPPROTO_TCP);
    expect("Sequence Number", "77");
    assert_null(find("Acknowledgment Number"));
    assert_null(find("Window"));
    assert_false(d.has_tcp);
    assert_int_equal(find("Transmission Control Protocol")->length, 9);
    assert_string_equal(d.info,
                        "TCP 40000 -> 65432 [cut short: Transmission Control Protocol]");
}

static void half_a_port_is_no_port(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_ACK, 77, 1, "abc");

    (void)state;
    decode(f.bytes, 37, f.len, 1, ALL, &d);
    expect_flow("10.0.0.1:*", "10.0.0.2:*", 0);
    f = frame_udp("abc");
    decode(f.bytes, 37, f.len, 1, ALL, &d);
    expect_flow("10.0.0.1:*", "10.0.0.2:*", 0);
}

static void a_prefix_gives_the_same_facts(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_SYN, 123456, 0, "");
    static struct dissection whole;

    (void)state;
    while (f.len < 3000)
        put8(&f, 'x');
    ipv4_done(&f, 14);
    decode(f.bytes, f.len, f.len, 1, DECODE_FLOW, &whole);
    decode(f.bytes, 256, f.len, 1, DECODE_FLOW, &d);
    assert_memory_equal(&d.flow, &whole.flow, sizeof(d.flow));
    assert_memory_equal(&d.tcp, &whole.tcp, sizeof(d.tcp));
    expect_payload(74, 182, 2926);
    assert_int_equal(whole.payload_claimed, 2926);
    expect_whole();
    assert_int_equal(d.n_fields, 0);
    assert_string_equal(d.info, "");
}

static void flow_info_and_fields_see_the_same(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_PSH | TCP_FLAG_ACK, 5, 6, "abc");
    static struct dissection all;

    (void)state;
    decode(f.bytes, f.len, f.len, 1, ALL, &all);
    decode(f.bytes, f.len, f.len, 1, DECODE_INFO, &d);
    assert_int_equal(d.n_fields, 0);
    assert_string_equal(d.info, all.info);
    assert_memory_equal(&d.tcp, &all.tcp, sizeof(d.tcp));
    assert_int_equal(d.payload_at, all.payload_at);
}

static void the_field_at_an_offset_is_the_deepest(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_SYN, 1, 0, "z");

    (void)state;
    decode_frame(&f, 1);
    assert_string_equal(d.fields[field_at(&d, 0)].name, "Destination");
    assert_string_equal(d.fields[field_at(&d, 38)].name, "Sequence Number");
    assert_string_equal(d.fields[field_at(&d, 55)].name, "TCP Option - Maximum segment size");
    assert_string_equal(d.fields[field_at(&d, 74)].name, "Data");
    assert_int_equal(field_at(&d, 75), -1);
}

static void a_full_dissection_counts_what_it_dropped(void **state)
{
    struct frame f = {0};
    size_t ip = put_ipv6(&f, 0);

    (void)state;
    put8(&f, 17);
    put8(&f, 37);
    for (size_t i = 0; i < 38 * 8 - 2; i++)
        put8(&f, 0); /* Pad1 */
    put_udp(&f, 8);
    ipv6_done(&f, ip);
    decode_frame(&f, 101);
    expect_whole();
    assert_int_equal(d.n_fields, DISSECTION_FIELDS);
    assert_true(d.fields_dropped > 0);
    expect_flow("[fd77::1]:40000", "[fd77::2]:53", IPPROTO_UDP);
}

static void nothing_is_cut_short_too(void **state)
{
    static const uint16_t links[] = {0, 1, 12, 101, 108, 113, 228, 229, 276};

    (void)state;
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        decode(NULL, 0, 0, links[i], ALL, &d);
        assert_non_null(d.truncated_in);
        assert_false(d.has_flow);
    }
    decode(NULL, 0, 0, 999, ALL, &d);
    assert_string_equal(d.protocol, "Data");
}

/* ---- whatever comes ---- */

static void check_bounds(size_t captured)
{
    size_t info_len = strnlen(d.info, sizeof(d.info));

    assert_non_null(d.protocol);
    assert_true(info_len < sizeof(d.info));
    for (size_t i = 0; i < info_len; i++)
        assert_true(d.info[i] >= ' ' && d.info[i] < 0x7f);
    assert_true(d.n_fields <= DISSECTION_FIELDS);
    assert_true(d.text_used <= DISSECTION_TEXT_BYTES);
    assert_true(d.payload_len <= d.payload_claimed);
    assert_true(d.payload_len == 0 || d.payload_at + d.payload_len <= captured);
    assert_true(!d.has_tcp || (d.has_flow && d.flow.protocol == IPPROTO_TCP));
    assert_true(d.flow.protocol || (!d.flow.source.port && !d.flow.destination.port));
    for (size_t i = 0; i < d.n_fields; i++) {
        const struct field *f = &d.fields[i];
        size_t len;

        assert_true(f->offset + f->length <= captured);
        assert_true(f->value_at < d.text_used);
        len = strnlen(field_value(&d, f), d.text_used - f->value_at);
        assert_true(f->value_at + len < d.text_used);
        assert_true(f->depth <= 3 && f->validity <= FIELD_UNCHECKED);
    }
}

/* Through a copy of exactly that size, so that ASan sees a read behind its end. */
static void decode_exact(const uint8_t *bytes, size_t captured, size_t length, uint16_t link)
{
    uint8_t *copy = malloc(captured ? captured : 1);
    static struct dissection plain;

    assert_non_null(copy);
    memcpy(copy, bytes, captured);
    decode(copy, captured, length, link, ALL, &d);
    decode(copy, captured, length, link, DECODE_FLOW, &plain);
    free(copy);
    check_bounds(captured);
    assert_int_equal(plain.has_flow, d.has_flow);
    assert_memory_equal(&plain.flow, &d.flow, sizeof(d.flow));
    assert_int_equal(plain.payload_claimed, d.payload_claimed);
    assert_int_equal(plain.has_tcp, d.has_tcp);
}

struct sample {
    struct frame frame;
    uint16_t link;
};

static size_t make_samples(struct sample *s)
{
    size_t n = 0, ip;

    s[n++] = (struct sample){frame_tcp(TCP_FLAG_SYN, 1, 2, ""), 1};
    s[n++] = (struct sample){frame_tcp(TCP_FLAG_ACK, 1, 2, "some payload here"), 1};
    s[n++] = (struct sample){frame_udp("a question"), 1};
    s[n++] = (struct sample){arp(1, 1, 2), 1};
    s[n++] = (struct sample){icmp_error(3, 3, 0, false), 1};
    s[n++] = (struct sample){icmp_error(11, 0, 0, true), 1};
    s[n++] = (struct sample){icmp_error(5, 1, 7, true), 1};
    s[n++] = (struct sample){neighbor(135, 1), 229};
    s[n++] = (struct sample){neighbor(137, 1), 101};
    s[n].link = 101;
    ip = put_ipv6(&s[n].frame, 0);
    put_extension(&s[n].frame, 60);
    put_extension(&s[n].frame, 44);
    put32(&s[n].frame, 0x33000001);
    put32(&s[n].frame, 1);
    put32(&s[n].frame, 0x06010000);
    put32(&s[n].frame, 0);
    put32(&s[n].frame, 0);
    put_tcp(&s[n].frame, 2, 1, 1, SYN_OPTIONS, sizeof(SYN_OPTIONS));
    ipv6_done(&s[n++].frame, ip);
    s[n].link = 276;
    put_bytes(&s[n].frame, "\x86\xdd\0\0\0\0\0\3\0\1\0\6\2\0\0\0\0\1\0\0", 20);
    ip = put_ipv6(&s[n].frame, 58);
    put32(&s[n].frame, 0x02000000);
    put32(&s[n].frame, 1280);
    put_ipv6(&s[n].frame, 44);
    put32(&s[n].frame, 0x11000001);
    put32(&s[n].frame, 1);
    put_udp(&s[n].frame, 100);
    ipv6_done(&s[n++].frame, ip);
    s[n].link = 113;
    put_bytes(&s[n].frame, "\0\4\0\1\0\6\2\0\0\0\0\1\0\0\x88\xa8\0\5\x81\0\0\6\10\0", 24);
    ip = put_ipv4_options(&s[n].frame, 4, 0, "\x94\4\0\0\x07\7\4\1\2\3\4\0", 12);
    put_ipv4(&s[n].frame, 17);
    put_udp(&s[n].frame, 0);
    ipv4_done(&s[n++].frame, ip);
    return n;
}

static void every_prefix_stays_inside_its_bytes(void **state)
{
    static struct sample samples[16];
    size_t n;

    (void)state;
    n = make_samples(samples);
    for (size_t i = 0; i < n; i++) {
        const struct frame *f = &samples[i].frame;

        for (size_t len = 0; len <= f->len; len++) {
            decode_exact(f->bytes, len, f->len, samples[i].link);
            decode_exact(f->bytes, len, len, samples[i].link);
        }
    }
}

static uint32_t random_next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(*seed >> 33);
}

static void junk_never_breaks_the_bounds(void **state)
{
    static const uint16_t links[] = {0, 1, 101, 108, 113, 228, 229, 276, 999};
    static struct sample samples[16];
    uint64_t seed = 20240229;
    size_t n;

    (void)state;
    n = make_samples(samples);
    for (unsigned round = 0; round < 100000; round++) {
        const struct sample *s = &samples[random_next(&seed) % n];
        struct frame f = s->frame;
        uint16_t link = s->link;
        bool junk = round % 4 == 0;
        size_t changes = junk ? f.len : 1 + random_next(&seed) % 6, captured;

        for (size_t i = 0; i < changes; i++)
            f.bytes[random_next(&seed) % f.len] = (uint8_t)random_next(&seed);
        if (junk)
            link = links[random_next(&seed) % (sizeof(links) / sizeof(links[0]))];
        captured = random_next(&seed) % 3 ? f.len : random_next(&seed) % (f.len + 1);
        decode_exact(f.bytes, captured, captured + random_next(&seed) % 2 * 1000, link);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_syn_tells_its_options),
        cmocka_unit_test(numbers_of_any_length_are_written),
        cmocka_unit_test(every_flag_has_its_name),
        cmocka_unit_test(data_is_the_last_layer_with_its_length),
        cmocka_unit_test(layers_are_fields_of_depth_0_in_order),
        cmocka_unit_test(sack_blocks_are_listed),
        cmocka_unit_test(options_that_lie_are_malformed),
        cmocka_unit_test(unknown_options_and_fast_open_are_named),
        cmocka_unit_test(a_header_length_below_20_is_malformed),
        cmocka_unit_test(a_header_longer_than_the_packet_is_malformed),
        cmocka_unit_test(a_wrong_checksum_is_bad),
        cmocka_unit_test(a_checksum_left_to_the_hardware_is_told_from_a_wrong_one),
        cmocka_unit_test(a_checksum_over_bytes_not_captured_is_unchecked),
        cmocka_unit_test(udp_without_a_checksum_is_plain_over_ipv4_only),
        cmocka_unit_test(a_source_route_makes_the_pseudo_header_unknown),
        cmocka_unit_test(padding_is_no_payload),
        cmocka_unit_test(a_super_segment_with_total_length_0_ends_with_the_frame),
        cmocka_unit_test(a_total_length_behind_the_frame_is_malformed),
        cmocka_unit_test(a_total_length_below_the_header_is_malformed),
        cmocka_unit_test(a_total_length_that_leaves_no_room_for_tcp_is_malformed),
        cmocka_unit_test(an_ihl_below_5_is_malformed),
        cmocka_unit_test(ipv4_options_are_named),
        cmocka_unit_test(an_ipv4_option_of_length_0_is_malformed_and_the_transport_still_read),
        cmocka_unit_test(a_first_fragment_has_ports_and_no_checksum_to_check),
        cmocka_unit_test(later_fragments_have_no_ports_and_say_so),
        cmocka_unit_test(a_tunnel_shows_the_inner_flow),
        cmocka_unit_test(tunnels_in_tunnels_have_a_bound),
        cmocka_unit_test(a_protocol_without_a_decoder_is_data),
        cmocka_unit_test(ipv6_carries_tcp),
        cmocka_unit_test(the_extension_headers_are_walked),
        cmocka_unit_test(a_routing_header_with_segments_left_leaves_the_checksum_unchecked),
        cmocka_unit_test(later_ipv6_fragments_have_no_ports),
        cmocka_unit_test(an_endless_chain_of_extension_headers_has_a_bound),
        cmocka_unit_test(a_jumbogram_ends_where_its_option_says),
        cmocka_unit_test(a_payload_length_of_0_ends_with_the_frame),
        cmocka_unit_test(no_next_header_is_no_fault),
        cmocka_unit_test(udp_tells_ports_and_length),
        cmocka_unit_test(a_udp_length_that_lies_is_malformed),
        cmocka_unit_test(bytes_behind_the_udp_length_are_no_payload),
        cmocka_unit_test(a_udp_length_of_0_is_the_rest),
        cmocka_unit_test(port_unreachable_names_the_ends_it_is_about),
        cmocka_unit_test(fragmentation_needed_tells_the_mtu),
        cmocka_unit_test(a_redirect_names_the_gateway),
        cmocka_unit_test(a_quote_of_8_bytes_is_enough_for_ports),
        cmocka_unit_test(a_quote_tells_which_ping_or_association_it_is_about),
        cmocka_unit_test(a_quoted_packet_may_quote_nothing_deeper),
        cmocka_unit_test(echo_has_id_and_sequence),
        cmocka_unit_test(an_unassigned_type_is_a_number),
        cmocka_unit_test(icmpv6_errors_quote_too),
        cmocka_unit_test(neighbor_discovery_tells_whom_it_looks_for),
        cmocka_unit_test(a_neighbor_option_of_length_0_is_malformed),
        cmocka_unit_test(a_router_advertisement_lists_its_prefix),
        cmocka_unit_test(arp_asks_and_answers),
        cmocka_unit_test(every_link_leads_to_the_packet),
        cmocka_unit_test(vlan_tags_without_end_have_a_bound),
        cmocka_unit_test(a_length_instead_of_a_type_is_8023),
        cmocka_unit_test(unknown_types_and_links_are_data),
        cmocka_unit_test(cut_header_says_where),
        cmocka_unit_test(a_cut_packet_shows_the_fields_that_are_there),
        cmocka_unit_test(half_a_port_is_no_port),
        cmocka_unit_test(a_prefix_gives_the_same_facts),
        cmocka_unit_test(flow_info_and_fields_see_the_same),
        cmocka_unit_test(the_field_at_an_offset_is_the_deepest),
        cmocka_unit_test(a_full_dissection_counts_what_it_dropped),
        cmocka_unit_test(nothing_is_cut_short_too),
        cmocka_unit_test(every_prefix_stays_inside_its_bytes),
        cmocka_unit_test(junk_never_breaks_the_bounds),
    };

    return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
