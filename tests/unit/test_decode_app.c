#include <stdio.h>

#include "tests/unit/dissect.h"

enum { TCP = 6, UDP = 17 };

static struct frame frame;

static void over(unsigned protocol, unsigned sport, unsigned dport, const void *bytes,
                 size_t len)
{
    frame = frame_of(protocol, sport, dport, bytes, len);
    decode_frame(&frame, 1);
    expect_same_without_words(&frame, 1);
}

#define OVER(protocol, sport, dport, literal)                                                  \
    over(protocol, sport, dport, literal, sizeof(literal) - 1)

static void expect_protocol(const char *protocol)
{
    assert_string_equal(d.protocol, protocol);
}

static void expect_words(const char *words)
{
    size_t len = strlen(words);

    if (strncmp(d.info, words, len) != 0 || strncmp(d.info + len, " | ", 3) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", d.info, words);
}

/* ---- DNS ---- */

#define DNS_QUERY "\x12\x34\1\0\0\1\0\0\0\0\0\0\7example\3com\0\0\1\0\1"
#define DNS_ANSWER                                                                             \
    "\x12\x34\x81\x80\0\1\0\1\0\0\0\0\7example\3com\0\0\1\0\1"                                 \
    "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1"

static void dns_tells_question_and_answer(void **state)
{
    (void)state;
    OVER(UDP, 40000, 53, DNS_QUERY);
    expect_whole();
    expect_protocol("DNS");
    expect_words("query A example.com");
    expect("Query", "A example.com");
    assert_int_equal(find("Query")->offset, 54);
    assert_int_equal(find("Query")->length, 17);
    assert_int_equal(find("Name")->length, 13);
    expect_payload(42, 29, 29);
    assert_null(find("Data"));
    OVER(UDP, 53, 40000, DNS_ANSWER);
    expect_whole();
    expect_words("response A example.com: 192.0.2.1");
    expect("Answer", "example.com A 192.0.2.1");
    expect("Time to live", "300 s");
    assert_int_equal(find_last("Data")->offset, 42 + sizeof(DNS_ANSWER) - 1 - 4);
}

static void dns_is_known_by_its_bytes_elsewhere(void **state)
{
    (void)state;
    OVER(UDP, 40000, 5300, DNS_QUERY);
    expect_protocol("DNS");
    OVER(UDP, 5300, 40000, DNS_ANSWER);
    expect_protocol("DNS");
    /* A byte too many is no whole message, and no name on an odd port. */
    OVER(UDP, 40000, 5300, DNS_QUERY "x");
    expect_protocol("UDP");
    OVER(UDP, 40000, 5353, DNS_QUERY);
    expect_protocol("MDNS");
    OVER(UDP, 40000, 5355, DNS_QUERY);
    expect_protocol("LLMNR");
}

static void dns_errors_are_named(void **state)
{
    (void)state;
    OVER(UDP, 53, 40000, "\x12\x34\x81\x83\0\1\0\0\0\0\0\0\2no\0\0\x1c\0\1");
    expect_words("response AAAA no: NXDOMAIN");
    expect("Reply code", "3 (NXDOMAIN)");
    expect("Domain Name System", "response, NXDOMAIN");
}

static void dns_that_lies_is_malformed(void **state)
{
    (void)state;
    OVER(UDP, 53, 40000, "\x12\x34\x81\x80\0\1\0\2\0\0\0\0\2no\0\0\1\0\1");
    expect_protocol("DNS");
    assert_string_equal(d.malformed_in, "Domain Name System");
    OVER(UDP, 53, 40000, "no DNS message at all"); /* not even a question */
    expect_protocol("UDP");
    assert_null(d.malformed_in);
}

static void dns_over_tcp_has_a_length_and_may_go_on(void **state)
{
    (void)state;
    OVER(TCP, 40000, 53, "\0\x1d" DNS_QUERY "\0\x1d" DNS_QUERY);
    expect_whole();
    expect_words("query A example.com; query A example.com");
    OVER(TCP, 53, 40000, "\0\x2d\x12\x34\x81\x80\0\1\0\1\0\0\0\0\7example\3com\0\0\1\0\1\xc0");
    expect_whole();
    expect_protocol("DNS");
    expect("Segment data", "goes on in the next segment");
    OVER(TCP, 40000, 5300, "\0\x1d" DNS_QUERY);
    expect_protocol("DNS");
    OVER(TCP, 40000, 5300, "\0\x1e" DNS_QUERY);
    expect_protocol("TCP");
}

static void what_the_capture_cut_is_truncated(void **state)
{
    (void)state;
    OVER(UDP, 53, 40000, DNS_ANSWER);
    for (size_t len = 42 + 3; len < frame.len; len++) {
        decode(frame.bytes, len, frame.len, 1, ALL, &d);
        expect_protocol("DNS");
        assert_string_equal(d.truncated_in, "Domain Name System");
        assert_null(d.malformed_in);
    }
}

/* ---- HTTP ---- */

static void http_requests_and_responses_are_told(void **state)
{
    (void)state;
    OVER(TCP, 40000, 12345, "GET /index.html HTTP/1.1\r\nHost: example.com\r\nX: y\r\n\r\n");
    expect_whole();
    expect_protocol("HTTP");
    expect_words("GET /index.html HTTP/1.1");
    expect("Request Method", "GET");
    expect("Request URI", "/index.html");
    expect("Request Version", "HTTP/1.1");
    expect("Header", "Host: example.com");
    assert_int_equal(find("Request URI")->offset, 54 + 4);
    OVER(TCP, 80, 40000, "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nsorry");
    expect_words("HTTP/1.1 404 Not Found");
    expect("Status Code", "404");
    expect("Response Phrase", "Not Found");
    expect("File Data", "5 bytes");
}

static void http_is_not_claimed_on_too_little(void **state)
{
    static const char *const texts[] = {
        "GET ready for it\r\n",
        "GETTING / HTTP/1.1\r\n",
        "HTTP/1.1",
        "HTTP/1.1 abc\r\n",
        "HTTP/2 200\r\n",
        "get / HTTP/1.1\r\n",
        "GET /",
        "POST it\r\n",
        "G",
        "Hello",
        "TRACE HTTP/1.1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        over(TCP, 40000, 9000, texts[i], strlen(texts[i]));
        if (strcmp(texts[i], "GET /") == 0)
            expect_protocol("HTTP"); /* a path whose end is in the next segment */
        else
            expect_protocol("TCP");
        OVER(UDP, 40000, 9000, "GET / HTTP/1.1\r\n\r\n");
        expect_protocol("UDP");
    }
}

static void a_head_that_goes_on_says_so(void **state)
{
    (void)state;
    OVER(TCP, 40000, 80, "GET / HTTP/1.1\r\nHost: exam");
    expect_whole();
    expect("Header (begun)", "Host: exam");
    expect("Segment data", "goes on in the next segment");
    decode(frame.bytes, frame.len - 3, frame.len, 1, ALL, &d);
    assert_string_equal(d.truncated_in, "Hypertext Transfer Protocol");
}

static void nothing_but_printable_text_gets_out(void **state)
{
    (void)state;
    OVER(TCP, 40000, 80, "GET /\x1b[31m\xff HTTP/1.1\r\nX: \x1b]0;y\7\r\n\r\n");
    expect_words("GET /\\x1b[31m\\xff HTTP/1.1");
    expect("Request URI", "/\\x1b[31m\\xff");
    expect("Header", "X: \\x1b]0;y\\x07");
}

static void long_words_leave_room_for_the_segment(void **state)
{
    char text[2000] = "GET /";

    (void)state;
    memset(text + 5, 'a', 1500);
    memcpy(text + 1505, " HTTP/1.1\r\n\r\n", 14);
    over(TCP, 40000, 80, text, strlen(text));
    expect_protocol("HTTP");
    assert_non_null(strstr(d.info, "... | PSH ACK len 1518 win 512 seq 1 ack 2"));
}

/* ---- TLS ---- */

/* A ClientHello as OpenSSL makes it, but shorter: SNI, ALPN, supported versions. */
static size_t client_hello(uint8_t *out)
{
    static const char extensions[] = "\0\0\0\x0e\0\x0c\0\0\x09"
                                     "some.name"
                                     "\0\x10\0\x0e\0\x0c\2h2\x08http/1.1"
                                     "\0\x2b\0\5\4\3\4\3\3";
    size_t len = sizeof(extensions) - 1, body = 2 + 32 + 1 + 2 + 4 + 2 + 2 + len;
    struct frame f = {0};

    put8(&f, 22);
    put16(&f, 0x0301);
    put16(&f, (unsigned)(body + 4));
    put32(&f, 1U << 24 | (uint32_t)body);
    put16(&f, 0x0303);
    for (unsigned i = 0; i < 32; i++)
        put8(&f, i);
    put8(&f, 0);
    put32(&f, 0x00041301);
    put16(&f, 0xc02f);
    put16(&f, 0x0100);
    put16(&f, (unsigned)len);
    put_bytes(&f, extensions, len);
    memcpy(out, f.bytes, f.len);
    return f.len;
}

static void a_client_hello_tells_name_versions_and_protocols(void **state)
{
    uint8_t hello[400];
    size_t len = client_hello(hello);

    (void)state;
    over(TCP, 40000, 443, hello, len);
    expect_whole();
    expect_protocol("TLS");
    expect_words("ClientHello TLS 1.3 some.name alpn h2 http/1.1");
    expect("Server Name", "some.name");
    expect("Cipher Suite", "TLS_AES_128_GCM_SHA256 (0x1301)");
    expect("Supported Version", "TLS 1.3");
    expect("ALPN Next Protocol", "h2");
    expect("Handshake Protocol", "ClientHello (1), 90 bytes");
    over(TCP, 40000, 9999, hello, len);
    expect_protocol("TLS");
}

static void a_hello_cut_anywhere_shows_what_is_there(void **state)
{
    uint8_t hello[400];
    size_t len = client_hello(hello);

    (void)state;
    for (size_t cut = 6; cut < len; cut++) {
        over(TCP, 40000, 443, hello, cut);
        expect_protocol("TLS");
        expect_whole(); /* it goes on in the next segment */
        assert_non_null(find("Segment data"));
        frame = frame_of(TCP, 40000, 443, hello, len);
        decode(frame.bytes, 54 + cut, frame.len, 1, ALL, &d);
        assert_string_equal(d.truncated_in, "Transport Layer Security");
    }
}

#define SERVER_HELLO(cipher, more)                                                             \
    "\2\0\0\x2e\3\3"                                                                           \
    "0123456789abcdef0123456789abcdef\0" cipher "\0\0\6" more

static void a_server_hello_tells_version_and_cipher(void **state)
{
    (void)state;
    OVER(TCP, 443, 40000, "\x16\3\3\0\x32" SERVER_HELLO("\x13\2", "\0\x2b\0\2\3\4"));
    expect_whole();
    expect_words("ServerHello TLS 1.3 TLS_AES_256_GCM_SHA384");
    OVER(TCP, 443, 40000, "\x16\3\3\0\x32" SERVER_HELLO("\xc0\x30", "\0\x17\0\2\0\0"));
    expect_words("ServerHello TLS 1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
    OVER(TCP, 443, 40000, "\x16\3\3\0\x32" SERVER_HELLO("\xee\xee", "\0\x17\0\2\0\0"));
    expect_words("ServerHello TLS 1.2 0xeeee");
}

static void alerts_are_told_in_words(void **state)
{
    (void)state;
    OVER(TCP, 443, 40000, "\x15\3\3\0\2\2\x30");
    expect_words("fatal alert: unknown certificate authority");
    expect("Description", "48 (unknown certificate authority)");
    OVER(TCP, 443, 40000, "\x15\3\3\0\2\1\0");
    expect_words("warning alert: close notify: no more data will come");
    OVER(TCP, 443, 40000,
         "\x15\3\3\0\x12"
         "0123456789abcdefgh");
    expect_words("encrypted alert");
}

static void records_follow_one_another(void **state)
{
    (void)state;
    OVER(TCP, 443, 40000,
         "\x14\3\3\0\1\1\x16\3\3\0\x10"
         "\1\0\0\5"
         "56789abcdef0"
         "\x17\3\3\0\4data");
    expect_whole();
    expect_words("Change Cipher Spec, encrypted handshake message, Application Data 4");
    OVER(TCP, 443, 40000, "\x17\3\3\0\4datajunk!");
    expect_protocol("TCP"); /* the middle of something */
}

static void tls_is_not_claimed_on_too_little(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {
        {"\x16\3\1", 3},         {"\x16\3\1\xff\xff\1", 6}, {"\x17\3\3\0\2ab", 7},
        {"\x15\3\3\0\2\7\7", 7}, {"\x14\3\3\0\1\2", 6},     {"\x16\2\1\0\4\1\0\0\0", 9},
        {"\x18\3\3\0\4abcd", 9},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        over(TCP, 40000, 9999, cases[i].bytes, cases[i].len);
        expect_protocol("TCP");
    }
}

/* ---- framed messages ---- */

#define HEADER                                                                                 \
    "{\"byteorder\": \"little\", \"content-type\": \"text/json\", "                            \
    "\"content-encoding\": \"utf-8\", \"content-length\": 4}"

static void framed_messages_are_recognised_on_any_port(void **state)
{
    static const char one[] = "\0\x66" HEADER "true";

    (void)state;
    assert_int_equal(strlen(HEADER), 0x66);
    over(TCP, 40000, 65432, one, sizeof(one) - 1);
    expect_whole();
    expect_protocol("Message");
    expect_words("message text/json content 4");
    expect("Content", "true");
    expect("content-encoding", "\"utf-8\"");
    assert_int_equal(find("Framed Message")->length, sizeof(one) - 1);
    OVER(TCP, 40000, 1, "\0\x66" HEADER "true\0\x66" HEADER "fa");
    expect_whole();
    expect_words("message text/json content 4, message text/json content 4");
    expect("Segment data", "goes on in the next segment");
}

static void what_only_looks_like_a_message_is_none(void **state)
{
    (void)state;
    OVER(TCP, 40000, 65432, "\0\x65" HEADER "true"); /* the length is wrong */
    expect_protocol("TCP");
    OVER(TCP, 40000, 65432, "\0\x10{\"a\": 1, \"b\": 2}"); /* other fields */
    expect_protocol("TCP");
    OVER(TCP, 40000, 65432, "\0\x66{\"byteorder\"");
    expect_protocol("TCP");
}

/* ---- DHCP, NTP ---- */

static void dhcp_is_one_line_with_its_options(void **state)
{
    uint8_t m[300] = {2, 1, 6, 0, 0xab, 0xcd, 0x12, 0x34};

    (void)state;
    memcpy(m + 16, "\x0a\0\0\x4d", 4);
    memcpy(m + 28, "\2\0\0\0\0\1", 6);
    memcpy(m + 236, "\x63\x82\x53\x63\x35\1\2\x0c\4host\x33\4\0\0\x0e\x10\3\4\x0a\0\0\xfe\xff",
           27);
    over(UDP, 67, 68, m, sizeof(m));
    expect_whole();
    expect_protocol("DHCP");
    expect_words("Offer 02:00:00:00:00:01 gets 10.0.0.77");
    expect("DHCP Message Type", "2 (Offer)");
    expect("Host Name", "host");
    expect("IP Address Lease Time", "3600 s");
    expect("Router", "10.0.0.254");
    expect("Transaction ID", "0xabcd1234");
    over(UDP, 67, 68, m, 241); /* in the middle of an option */
    assert_string_equal(d.malformed_in, "Dynamic Host Configuration Protocol");
    m[236] = 0;
    over(UDP, 67, 68, m, sizeof(m));
    expect_protocol("UDP");
}

static void ntp_is_known_by_its_port_only(void **state)
{
    uint8_t m[48] = {0x24, 2, 6, 0xec};

    (void)state;
    memcpy(m + 12, "\xc0\0\2\1", 4);
    memcpy(m + 40, "\xe8\x76\x4b\0\x80\0\0\0", 8);
    over(UDP, 123, 40000, m, sizeof(m));
    expect_whole();
    expect_protocol("NTP");
    expect_words("version 4 server stratum 2");
    expect("Reference ID", "192.0.2.1");
    expect("Transmit Timestamp", "2023-08-03 15:49:20.500000 UTC");
    expect("Peer Clock Precision", "-20 (2^n s)");
    over(UDP, 124, 40000, m, sizeof(m));
    expect_protocol("UDP");
    over(UDP, 123, 40000, m, 47);
    expect_protocol("UDP");
}

static void fragments_are_not_looked_into(void **state)
{
    (void)state;
    OVER(UDP, 40000, 53, DNS_QUERY);
    set16(&frame, 14 + 6, 0x2000);
    ipv4_done(&frame, 14);
    decode_frame(&frame, 1);
    expect_protocol("UDP");
    assert_null(d.malformed_in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dns_tells_question_and_answer),
        cmocka_unit_test(dns_is_known_by_its_bytes_elsewhere),
        cmocka_unit_test(dns_errors_are_named),
        cmocka_unit_test(dns_that_lies_is_malformed),
        cmocka_unit_test(dns_over_tcp_has_a_length_and_may_go_on),
        cmocka_unit_test(what_the_capture_cut_is_truncated),
        cmocka_unit_test(http_requests_and_responses_are_told),
        cmocka_unit_test(http_is_not_claimed_on_too_little),
        cmocka_unit_test(a_head_that_goes_on_says_so),
        cmocka_unit_test(nothing_but_printable_text_gets_out),
        cmocka_unit_test(long_words_leave_room_for_the_segment),
        cmocka_unit_test(a_client_hello_tells_name_versions_and_protocols),
        cmocka_unit_test(a_hello_cut_anywhere_shows_what_is_there),
        cmocka_unit_test(a_server_hello_tells_version_and_cipher),
        cmocka_unit_test(alerts_are_told_in_words),
        cmocka_unit_test(records_follow_one_another),
        cmocka_unit_test(tls_is_not_claimed_on_too_little),
        cmocka_unit_test(framed_messages_are_recognised_on_any_port),
        cmocka_unit_test(what_only_looks_like_a_message_is_none),
        cmocka_unit_test(dhcp_is_one_line_with_its_options),
        cmocka_unit_test(ntp_is_known_by_its_port_only),
        cmocka_unit_test(fragments_are_not_looked_into),
    };

    return cmocka_run_group_tests_name("decode_app", tests, NULL, NULL);
}
