#include "tests/unit/dissect.h"

static size_t put_inner(struct frame *f)
{
    size_t ip = put_ipv4(f, 6), tcp = put_tcp(f, TCP_FLAG_SYN, 5, 0, NULL, 0);

    f->bytes[ip + 15] = 11; /* 10.0.0.11: not the outer addresses */
    transport_done(f, ip, tcp, tcp + 16, 6);
    ipv4_done(f, ip);
    return ip;
}

static void expect_inner(void)
{
    expect_whole();
    expect_flow("10.0.0.11:40000", "10.0.0.2:65432", IPPROTO_TCP);
    assert_string_equal(d.protocol, "TCP");
    assert_int_equal(d.tcp.seq, 5);
    expect_validity("Checksum", FIELD_GOOD);
}

static void mpls_labels_lead_to_the_packet(void **state)
{
    struct frame f = {0};

    (void)state;
    put_ethernet(&f, 0x8847);
    put32(&f, 1000U << 12 | 3 << 9 | 63);
    put32(&f, 17U << 12 | 1 << 8 | 64);
    put_inner(&f);
    decode_frame(&f, 1);
    expect_inner();
    expect("MPLS Label", "1000");
    expect("MPLS Experimental Bits", "3");
    assert_string_equal(field_value(&d, find_last("MPLS Label")), "17");
    expect_same_without_words(&f, 1);
}

static void labels_without_bottom_have_a_bound(void **state)
{
    struct frame f = {0};

    (void)state;
    put_ethernet(&f, 0x8847);
    for (unsigned i = 0; i < 40; i++)
        put32(&f, i << 12);
    decode_frame(&f, 1);
    assert_string_equal(d.info, "more than 16 MPLS labels");
    assert_string_equal(d.protocol, "MPLS");
    assert_false(d.has_flow);
}

static void what_is_no_ip_behind_labels_stays_data(void **state)
{
    struct frame f = {0};

    (void)state;
    put_ethernet(&f, 0x8847);
    put32(&f, 20U << 12 | 1 << 8);
    put32(&f, 0); /* a control word: a pseudo wire */
    put_bytes(&f, "ethernet?", 9);
    decode_frame(&f, 1);
    expect_whole();
    assert_string_equal(d.info, "MPLS label 20 len 13");
    expect("Data", "13 bytes");
}

static void pppoe_carries_ip_and_ends_where_it_says(void **state)
{
    struct frame f = {0};
    size_t at;

    (void)state;
    put_ethernet(&f, 0x8864);
    put16(&f, 0x1100);
    put16(&f, 0x1234);
    at = f.len;
    put16(&f, 0);
    put16(&f, 0x0021);
    put_inner(&f);
    set16(&f, at, (unsigned)(f.len - at - 2));
    put_bytes(&f, "\0\0\0\0", 4);
    decode_frame(&f, 1);
    expect_inner();
    expect("Session ID", "0x1234");
    expect("Padding", "4 bytes");
    set16(&f, at, 500);
    decode_frame(&f, 1);
    assert_string_equal(d.malformed_in, "PPP-over-Ethernet");
    assert_int_equal(d.flow.source.port, 40000);
}

static void pppoe_discovery_names_its_tags(void **state)
{
    struct frame f = {0};

    (void)state;
    put_ethernet(&f, 0x8863);
    put_bytes(&f, "\x11\x07\0\0\0\x0c\1\1\0\0\1\2\0\4ac-1", 18);
    decode_frame(&f, 1);
    expect_whole();
    assert_string_equal(d.info, "PPPoE Active Discovery Offer (PADO), session 0");
    expect("AC-Name", "ac-1");
    expect("Service-Name", "");
}

static struct frame gre(unsigned flags, unsigned type)
{
    struct frame f = {0};

    put_ethernet(&f, 0x0800);
    put_ipv4(&f, 47);
    put16(&f, flags);
    put16(&f, type);
    return f;
}

static void gre_has_checksum_key_and_sequence(void **state)
{
    struct frame f = gre(0xb000, 0x0800);

    (void)state;
    put32(&f, 0);
    put32(&f, 0xdeadbeef);
    put32(&f, 77);
    put_inner(&f);
    transport_done(&f, 14, 34, 38, 0);
    ipv4_done(&f, 14);
    decode_frame(&f, 1);
    expect_inner();
    expect("Key", "0xdeadbeef");
    expect("Sequence Number", "77");
    assert_int_equal(find("Checksum")->validity, FIELD_GOOD);
    assert_int_equal(find("Generic Routing Encapsulation")->length, 16);
    f.bytes[38]++;
    decode_frame(&f, 1);
    assert_int_equal(find("Checksum")->validity, FIELD_BAD);
}

static void gre_bridges_ethernet_and_leaves_erspan_alone(void **state)
{
    struct frame f = gre(0, 0x6558);

    (void)state;
    put_ethernet(&f, 0x0800);
    put_inner(&f);
    ipv4_done(&f, 14);
    decode_frame(&f, 1);
    expect_inner();
    f = gre(0x1000, 0x88be);
    put32(&f, 1);
    put_bytes(&f, "mirrored", 8);
    ipv4_done(&f, 14);
    decode_frame(&f, 1);
    expect_whole();
    assert_string_equal(d.info, "GRE with ERSPAN len 8");
    assert_string_equal(d.protocol, "GRE");
    expect_flow("10.0.0.1:*", "10.0.0.2:*", 0);
}

static void vxlan_is_known_by_its_port_and_its_bits(void **state)
{
    struct frame inner = {0}, f;

    (void)state;
    put32(&inner, 0x08000000);
    put32(&inner, 4242 << 8);
    put_ethernet(&inner, 0x0800);
    put_inner(&inner);
    f = frame_of(17, 5555, 4789, inner.bytes, inner.len);
    decode_frame(&f, 1);
    expect_inner();
    expect("VXLAN Network Identifier (VNI)", "4242");
    inner.bytes[0] = 0;
    f = frame_of(17, 5555, 4789, inner.bytes, inner.len);
    decode_frame(&f, 1);
    assert_string_equal(d.protocol, "UDP");
    inner.bytes[0] = 8;
    f = frame_of(17, 5555, 4788, inner.bytes, inner.len);
    decode_frame(&f, 1);
    assert_string_equal(d.protocol, "UDP");
}

static void of_an_inner_header_that_was_cut_no_payload_is_known(void **state)
{
    struct frame inner = {0}, f;

    (void)state;
    put32(&inner, 0x08000000);
    put32(&inner, 4242 << 8);
    put_ethernet(&inner, 0x0800);
    put_inner(&inner);
    f = frame_of(17, 5555, 4789, inner.bytes, inner.len);
    decode(f.bytes, f.len - 10, f.len, 1, ALL, &d);
    assert_string_equal(d.truncated_in, "Transmission Control Protocol");
    expect_payload(0, 0, 0);
    decode(f.bytes, f.len - 10, f.len, 1, DECODE_FLOW, &d);
    expect_payload(0, 0, 0);
}

static void a_tunnel_over_ipv6_needs_no_udp_checksum(void **state)
{
    struct frame f = {0};
    size_t ip = put_ipv6(&f, 17), udp = put_udp(&f, 0);

    (void)state;
    set16(&f, udp + 2, 4789);
    put32(&f, 0x08000000);
    put32(&f, 1 << 8);
    put_ethernet(&f, 0x0800);
    put_inner(&f);
    set16(&f, udp + 4, (unsigned)(f.len - udp));
    ipv6_done(&f, ip);
    decode_frame(&f, 101);
    expect_inner();
    assert_int_equal(find("Checksum")->validity, FIELD_PLAIN);
}

static void mixed_tunnels_have_a_bound(void **state)
{
    struct frame f = {0};

    (void)state;
    for (unsigned i = 0; i < 30; i++) {
        put_ipv4(&f, 47);
        put16(&f, 0);
        put16(&f, 0x6558);
        put_ethernet(&f, 0x8847);
        put32(&f, 16U << 12 | 1 << 8);
    }
    decode(f.bytes, f.len, f.len, 101, ALL, &d);
    assert_non_null(strstr(d.info, "more than 4 IP headers"));
}

static void put_chunk(struct frame *f, unsigned type, const void *body, size_t len)
{
    put8(f, type);
    put8(f, 3);
    put16(f, (unsigned)(4 + len));
    put_bytes(f, body, len);
    while (f->len % 4)
        put8(f, 0);
}

static struct frame sctp(void)
{
    struct frame f = {0};

    put_ipv4(&f, 132);
    put16(&f, 1000);
    put16(&f, 2000);
    put32(&f, 0x11223344);
    put32(&f, 0);
    return f;
}

static void sctp_lists_its_chunks(void **state)
{
    struct frame f = sctp();

    (void)state;
    put_chunk(&f, 3, "\0\0\0\x09\0\1\0\0\0\0\0\0", 12);
    put_chunk(&f, 0, "\0\0\0\x0a\0\2\0\0\0\0\0\0hello", 17);
    put_chunk(&f, 6, "\0\x0c\0\4", 4);
    ipv4_done(&f, 0);
    decode_frame(&f, 101);
    expect_whole();
    assert_string_equal(d.info, "SACK 9, DATA 10, ABORT (user initiated abort)");
    assert_string_equal(d.protocol, "SCTP");
    expect_flow("10.0.0.1:1000", "10.0.0.2:2000", IPPROTO_SCTP);
    expect("User data", "5 bytes");
    expect("Stream identifier", "2");
    expect_validity("Checksum", FIELD_OFFLOADED); /* 0, as Linux leaves it */
    expect_same_without_words(&f, 101);
    set16(&f, 28, 0x1234);
    decode_frame(&f, 101);
    expect_validity("Checksum", FIELD_BAD);
}

/* INIT of RFC 9260's form with the CRC32c that Linux computed for these bytes. */
static void the_checksum_of_sctp_is_crc32c(void **state)
{
    struct frame f = sctp();

    (void)state;
    f.len = 20;
    put_bytes(&f, "\0\0\0\0\0\0\0\0\xaa\x36\x91\x8a", 12); /* 28 zeros of iSCSI below */
    for (unsigned i = 0; i < 20; i++)
        put8(&f, 0);
    ipv4_done(&f, 0);
    /* CRC32c of 32 zero bytes (RFC 3720, B.4). */
    f.bytes[28] = 0xaa;
    f.bytes[29] = 0x36;
    f.bytes[30] = 0x91;
    f.bytes[31] = 0x8a;
    decode_frame(&f, 101);
    expect_validity("Checksum", FIELD_GOOD);
}

static void chunks_that_lie_are_malformed(void **state)
{
    struct frame f = sctp();

    (void)state;
    put_bytes(&f, "\0\3\0\2", 4);
    ipv4_done(&f, 0);
    decode_frame(&f, 101);
    assert_string_equal(d.malformed_in, "Stream Control Transmission Protocol");
    set16(&f, 34, 400);
    decode_frame(&f, 101);
    assert_string_equal(d.malformed_in, "Stream Control Transmission Protocol");
}

static void options(const void *bytes, size_t len)
{
    struct frame f = {0};
    size_t ip;

    ip = put_ipv4(&f, 6);
    put_tcp(&f, TCP_FLAG_ACK, 1, 2, bytes, len);
    ipv4_done(&f, ip);
    decode_frame(&f, 101);
}

static void rare_tcp_options_are_told(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *name, *value;
    } cases[] = {
        {"\x13\x12"
         "0123456789abcdef\1\1",
         20, "TCP Option - TCP MD5 signature", "digest of 16 bytes"},
        {"\x1c\4\x80\5", 4, "TCP Option - User Timeout", "5 minutes"},
        {"\x1c\4\0\x1e", 4, "TCP Option - User Timeout", "30 seconds"},
        {"\x1d\x08\5\6mac!", 8, "TCP Option - TCP Authentication Option",
         "key 5, next key 6, MAC of 4 bytes"},
        {"\x1e\4\0\x81", 4, "TCP Option - Multipath TCP", "MP_CAPABLE, 4 bytes"},
        {"\x1e\4\x10\0", 4, "TCP Option - Multipath TCP", "MP_JOIN, 4 bytes"},
        {"\x1e\4\x20\0", 4, "TCP Option - Multipath TCP", "DSS, 4 bytes"},
        {"\x1e\4\x80\0", 4, "TCP Option - Multipath TCP", "MP_TCPRST, 4 bytes"},
        {"\x1e\4\xe0\0", 4, "TCP Option - Multipath TCP", "unknown subtype, 4 bytes"},
        {"\x22\2\1\1", 4, "TCP Option - Fast Open Cookie", "cookie request"},
        {"\x22\x08"
         "cookie\1\1\1\1",
         12, "TCP Option - Fast Open Cookie", "cookie of 6 bytes"},
        {"\xfe\4\xf9\x89", 4, "TCP Option - Fast Open Cookie", "cookie request (experimental)"},
        {"\xfd\x08\xf9\x89"
         "1234",
         8, "TCP Option - Fast Open Cookie", "cookie of 4 bytes (experimental)"},
        {"\xfd\4\x12\x34", 4, "TCP Option - Experimental", "experiment 0x1234, 4 bytes"},
        {"\x4d\4ab", 4, "TCP Option - Unknown", "kind 77, 4 bytes"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        options(cases[i].bytes, cases[i].len);
        expect_whole();
        expect(cases[i].name, cases[i].value);
    }
}

static void timestamps_are_the_same_with_and_without_fields(void **state)
{
    static const uint8_t stamps[] = {1, 1, 8, 10, 0, 0, 0, 7, 0, 0, 0, 9};
    struct frame f = {0};
    size_t ip = put_ipv4(&f, 6);

    (void)state;
    put_tcp(&f, TCP_FLAG_ACK, 1, 2, stamps, sizeof(stamps));
    ipv4_done(&f, ip);
    for (unsigned what = 0; what <= DECODE_FIELDS; what++) {
        decode(f.bytes, f.len, f.len, 101, what, &d);
        expect_whole();
        assert_true(d.tcp.has_timestamps);
        assert_int_equal(d.tcp.ts_value, 7);
        assert_int_equal(d.tcp.ts_echo, 9);
        expect_payload(52, 0, 0);
        decode(f.bytes, f.len - 1, f.len, 101, what, &d);
        assert_string_equal(d.truncated_in, "Transmission Control Protocol");
        assert_false(d.tcp.has_timestamps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mpls_labels_lead_to_the_packet),
        cmocka_unit_test(labels_without_bottom_have_a_bound),
        cmocka_unit_test(what_is_no_ip_behind_labels_stays_data),
        cmocka_unit_test(pppoe_carries_ip_and_ends_where_it_says),
        cmocka_unit_test(pppoe_discovery_names_its_tags),
        cmocka_unit_test(gre_has_checksum_key_and_sequence),
        cmocka_unit_test(gre_bridges_ethernet_and_leaves_erspan_alone),
        cmocka_unit_test(vxlan_is_known_by_its_port_and_its_bits),
        cmocka_unit_test(of_an_inner_header_that_was_cut_no_payload_is_known),
        cmocka_unit_test(a_tunnel_over_ipv6_needs_no_udp_checksum),
        cmocka_unit_test(mixed_tunnels_have_a_bound),
        cmocka_unit_test(sctp_lists_its_chunks),
        cmocka_unit_test(the_checksum_of_sctp_is_crc32c),
        cmocka_unit_test(chunks_that_lie_are_malformed),
        cmocka_unit_test(rare_tcp_options_are_told),
        cmocka_unit_test(timestamps_are_the_same_with_and_without_fields),
    };

    return cmocka_run_group_tests_name("decode_tunnels", tests, NULL, NULL);
}
