#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/wire/packet_filter.h"
#include "tests/unit/frames.h"

/* One packet with all that can be known of it. */
struct known {
    struct frame frame;
    struct packet packet;
    struct dissection dissection;
    struct packet_note note;
    struct packet_owner owners[2];
    struct packet_facts facts;
};

static void look_at(struct known *k, struct frame frame, size_t cut)
{
    memset(k, 0, sizeof(*k));
    k->frame = frame;
    k->packet = (struct packet){.length = (uint32_t)frame.len, .link_type = 1};
    decode(k->frame.bytes, frame.len - cut, frame.len, 1, DECODE_INFO, &k->dissection);
    k->note = (struct packet_note){.conversation = 3,
                                   .findings = FINDING_BIT(FINDING_ZERO_WINDOW),
                                   .has = NOTE_RTT,
                                   .rtt_ns = 60000000};
    k->owners[0] = (struct packet_owner){.session = "session 2", .process = "python3 (812)"};
    k->facts = (struct packet_facts){.packet = &k->packet,
                                     .bytes = k->frame.bytes,
                                     .captured = frame.len - cut,
                                     .dissection = &k->dissection,
                                     .note = &k->note,
                                     .interface = "lo",
                                     .owners = {&k->owners[0], NULL}};
}

/* 10.0.0.1:40000 to 10.0.0.2:65432 with PSH ACK and a request; session 2 sent it. */
static void the_request(struct known *k)
{
    look_at(k, frame_tcp(TCP_FLAG_PSH | TCP_FLAG_ACK, 1000, 77, "GET /x\r\nHost: a\r\n"), 0);
}

static struct frame arp(void)
{
    struct frame f = {0};

    put_ethernet(&f, 0x0806);
    put16(&f, 1);
    put16(&f, 0x0800);
    put8(&f, 6);
    put8(&f, 4);
    put16(&f, 1);
    for (int i = 0; i < 5; i++)
        put32(&f, 0);
    return f;
}

static bool matches(const char *text, const struct known *k)
{
    struct packet_filter *f = NULL;
    struct err err = {0};
    bool result;

    if (packet_filter_parse(text, &f, &err) != 0)
        fail_msg("\"%s\": %s; %s", text, err.reason, err.hint);
    result = packet_filter_match(f, &k->facts);
    packet_filter_free(f);
    return result;
}

static void expect_all(const struct known *k, const char *const *texts, size_t n, bool result)
{
    for (size_t i = 0; i < n; i++)
        if (matches(texts[i], k) != result)
            fail_msg("\"%s\" should%s match", texts[i], result ? "" : " not");
}

#define EXPECT(known, result, ...)                                                             \
    do {                                                                                       \
        static const char *const texts[] = {__VA_ARGS__};                                      \
        expect_all(known, texts, sizeof(texts) / sizeof(texts[0]), result);                    \
    } while (0)

static void expect_error(const char *text, size_t place, const char *reason)
{
    struct packet_filter *f = (struct packet_filter *)&f;
    struct err err = {0};

    if (packet_filter_parse(text, &f, &err) != -EINVAL)
        fail_msg("\"%s\" was taken", text);
    assert_string_equal(err.reason, reason);
    assert_int_equal(err.place, place);
    assert_ptr_equal(f, &f); /* untouched */
    assert_int_equal(packet_filter_parse(text, &f, NULL), -EINVAL);
}

static void nothing_matches_everything(void **state)
{
    struct packet_filter *f = (struct packet_filter *)&f;
    struct known k;

    (void)state;
    the_request(&k);
    assert_int_equal(packet_filter_parse("  ", &f, NULL), 0);
    assert_null(f);
    assert_true(packet_filter_match(NULL, &k.facts));
}

static void ports_match_as_those_of_sockets_do(void **state)
{
    struct known k;

    (void)state;
    the_request(&k);
    EXPECT(&k, true, "port 40000", "port 65432", "sport 40000", "dport = 65432", "port :65432",
           "65432", ":40000", "60000-65535", "dport > 65431", "sport <= 40000", "port != 80",
           "dport 1024-65535", "dport != 1-100", "DPORT EQ 65432");
    EXPECT(&k, false, "port 80", "sport 65432", "dport 40000", "port != 40000", "dport > 65432",
           "port http", "not port 40000", "80");
}

static void hosts_match_addresses_and_prefixes(void **state)
{
    struct frame six = {0};
    struct known k;
    size_t ip, udp;

    (void)state;
    the_request(&k);
    EXPECT(&k, true, "host 10.0.0.1", "host 10.0.0.2", "src 10.0.0.1", "dst 10.0.0.0/30",
           "host 10.0.0.0/8", "10.0.0.1", "10.0.0.2:65432", "dst *:65432", "src != 10.0.0.2",
           "dst = 10.0.0.2:60000-65535", "not host 10.1.0.0/16");
    EXPECT(&k, false, "src 10.0.0.2", "host 10.0.0.3", "host 11.0.0.0/8", "src 10.0.0.1:80",
           "host != 10.0.0.1", "host fd77::1");
    put_ethernet(&six, 0x86dd);
    ip = put_ipv6(&six, 17);
    udp = put_udp(&six, 8);
    transport_done(&six, ip, udp, udp + 6, 17);
    ipv6_done(&six, ip);
    look_at(&k, six, 0);
    EXPECT(&k, true, "host fd77::1", "src [fd77::1]:40000", "dst fd77::/64", "[fd77::]/16",
           "fd77::2", "proto ip6");
    EXPECT(&k, false, "host fd77::3", "dst fd78::/16", "host 10.0.0.1", "proto ip");
}

static void protocols_are_those_of_any_layer(void **state)
{
    struct known k;

    (void)state;
    the_request(&k);
    EXPECT(&k, true, "proto tcp", "tcp", "TCP", "proto ip", "ipv4", "proto != udp", "not arp");
    EXPECT(&k, false, "proto udp", "udp", "ip6", "proto != tcp", "proto quic");
    decode(k.frame.bytes, k.frame.len, k.frame.len, 1, DECODE_FIELDS, &k.dissection);
    EXPECT(&k, true, "proto \"Ethernet II\" or proto ethernet or tcp");
    look_at(&k, arp(), 0);
    EXPECT(&k, true, "arp", "proto ARP", "not tcp", "proto != ip");
    EXPECT(&k, false, "ip", "tcp", "proto != arp");
}

static void flags_are_asked_for_or_named_whole(void **state)
{
    struct known k;

    (void)state;
    the_request(&k);
    EXPECT(&k, true, "flags ack", "flags psh,ack", "flags = psh,ack", "flags = ACK,PSH",
           "flags != ack", "not flags syn", "flags ack not flags fin");
    EXPECT(&k, false, "flags syn", "flags = ack", "flags psh,syn", "flags none",
           "flags = none");
    look_at(&k, frame_tcp(0, 1, 0, ""), 0);
    EXPECT(&k, true, "flags none", "flags = none", "not flags ack");
}

static void numbers_are_compared(void **state)
{
    struct known k;

    (void)state;
    the_request(&k);
    k.dissection.has_ttl = true;
    k.dissection.ttl = 64;
    EXPECT(&k, true, "len > 60", "len = 71", "payload = 17", "payload < 1K", "window 512",
           "window >= 0.5Ki", "seq = 1000", "ack 77", "ack >= 77", "ttl = 64", "ttl != 63",
           "rtt > 50ms", "rtt > 50", "rtt < 0.1s", "conversation 3", "conversation > 2");
    EXPECT(&k, false, "len < 60", "payload > 17", "seq < 1000", "ttl < 64", "rtt > 60ms",
           "conversation 2", "not len > 60");
}

static void findings_match_by_their_ids(void **state)
{
    struct known k;

    (void)state;
    the_request(&k);
    EXPECT(&k, true, "finding zero-window", "finding", "finding and tcp", "finding Zero-Window",
           "finding != keep-alive", "(finding)");
    EXPECT(&k, false, "finding keep-alive", "not finding", "finding != zero-window");
    k.note.findings = 0;
    EXPECT(&k, false, "finding");
    EXPECT(&k, true, "not finding");
}

static void owners_match_where_they_are_known(void **state)
{
    struct known k;

    (void)state;
    the_request(&k);
    EXPECT(&k, true, "pid 812", "comm python3", "comm python*", "session 2", "session",
           "session \"session 2\"", "not pid 1", "pid != 1", "comm != nginx", "not session 3",
           "session and tcp");
    EXPECT(&k, false, "pid 1", "comm python", "session 3", "not pid 812", "pid != 812",
           "not session");
    k.owners[1].process = "nginx (77)";
    k.facts.owners[1] = &k.owners[1];
    EXPECT(&k, true, "pid 77", "comm nginx", "pid 812");
    EXPECT(&k, false, "not pid 77", "pid != 812");
}

static void what_is_unknown_matches_neither_way(void **state)
{
    struct known k;

    (void)state;
    the_request(&k);
    k.facts.owners[0] = NULL;
    k.facts.note = NULL;
    k.facts.interface = NULL;
    EXPECT(&k, false, "pid 812", "not pid 812", "pid != 1", "comm x", "not comm x", "session",
           "not session", "finding", "not finding", "rtt > 1ms", "not rtt > 1ms",
           "conversation 3", "not conversation 3", "interface lo", "not interface lo",
           "not (pid 1 or finding)", "not (tcp and pid 1)");
    /* What does not depend on it is decided. */
    EXPECT(&k, true, "tcp or pid 1", "pid 1 or tcp", "not (udp and pid 1)",
           "not (pid 1 and udp)");
}

static void what_was_cut_off_is_unknown(void **state)
{
    struct known k;

    (void)state;
    look_at(&k, frame_tcp(TCP_FLAG_ACK, 1, 1, "secret"), 6 + 18);
    EXPECT(&k, false, "flags ack", "not flags ack", "seq 1", "not seq 1", "contains \"x\"",
           "not contains \"x\"");
    look_at(&k, frame_tcp(TCP_FLAG_ACK, 1, 1, "secret"), 3);
    EXPECT(&k, true, "contains sec", "payload 6", "not flags syn");
    EXPECT(&k, false, "contains ret", "not contains ret", "not /ret/");
}

static void a_packet_without_ports_is_not_on_a_port(void **state)
{
    struct known k;

    (void)state;
    look_at(&k, arp(), 0);
    EXPECT(&k, true, "not port 80", "not host 10.0.0.1", "not flags syn", "not ttl 64",
           "not contains x", "len > 10");
    EXPECT(&k, false, "port 80", "port != 80", "payload 0", "flags none");
}

static void the_payload_is_searched(void **state)
{
    struct known k;

    (void)state;
    the_request(&k);
    EXPECT(&k, true, "contains \"GET /x\"", "contains GET", "contains 0x0d0a",
           "contains \"x\\r\\nHost\"", "\"Host: a\"", "/^Host: [a-z]/", "/get \\/x/i and tcp",
           "(/GET/)", "/GET|PUT/", "not contains POST", "contains /x");
    EXPECT(&k, false, "contains get", "contains 0x0d0b", "/get/", "/^x/", "contains \"/y\"");
}

static void interfaces_match_by_name(void **state)
{
    struct known k;

    (void)state;
    the_request(&k);
    EXPECT(&k, true, "interface lo", "interface l*", "interface != eth0");
    EXPECT(&k, false, "interface eth0", "interface != lo");
}

static void terms_are_joined_as_in_the_filter_of_sockets(void **state)
{
    struct known k;

    (void)state;
    the_request(&k);
    EXPECT(&k, true, "udp and tcp or tcp", "tcp or udp and arp", "tcp port 65432",
           "! udp && ! (arp || icmp)", "not not tcp", "port 80 or port 65432",
           "tcp & !udp | arp");
    EXPECT(&k, false, "(tcp or udp) and arp", "tcp not port 65432", "not (tcp)");
}

static void errors_point_at_the_place(void **state)
{
    (void)state;
    expect_error("port", 5, "character 5: the end, where a port is expected");
    expect_error("port 70000", 6, "character 6: '70000' is no port");
    expect_error("tcp and", 8, "character 8: the end, where a term is expected");
    expect_error("(tcp", 5, "character 5: the end, where the ( at character 1 needs its )");
    expect_error("tcp )", 5, "character 5: ')' is not expected here");
    expect_error("prot 80", 1, "character 1: 'prot' is none of this language's words");
    expect_error("host 10.0.0.256", 6, "character 6: '10.0.0.256' is no address");
    expect_error("host 10.0.0.1:x", 6,
                 "character 6: '10.0.0.1:x' has no port behind the colon");
    expect_error("flags syn,foo", 7, "character 7: 'syn,foo' is no TCP flag");
    expect_error("finding zero", 9, "character 9: 'zero' is no finding");
    expect_error("len > abc", 7, "character 7: 'abc' is not a number of bytes");
    expect_error("host > 1.2.3.4", 6, "character 6: '>' does not fit here: only = and != do");
    expect_error("port > 1-5", 8, "character 8: '1-5' is a range: only = and != take one");
    expect_error("pid x", 5, "character 5: 'x' is not a number of a process");
    expect_error("contains", 9,
                 "character 9: the end, where a text or 0x and bytes in hex is expected");
    expect_error("contains 0x0d0", 10, "character 10: '0x0d0' is no pattern");
    expect_error("contains \"a\\q\"", 12, "character 12: '\\q' is no pattern");
    expect_error("tcp \"x", 5, "character 5: '\"x' has no second \"");
    expect_error("tcp /x", 5, "character 5: '/x' has no second /");
    expect_error("/a(b/", 2, "character 2: 'a(b' is no pattern");
    expect_error("/(x{200}){200}/", 10, "character 10: '{200}' is no pattern");
}

static void nesting_and_terms_have_a_limit(void **state)
{
    char text[1024];
    struct packet_filter *f = NULL;
    struct err err = {0};

    (void)state;
    memset(text, '(', 40);
    text[40] = '\0';
    assert_int_equal(packet_filter_parse(text, &f, &err), -EINVAL);
    assert_non_null(strstr(err.reason, "nested too deep"));
    text[0] = '\0';
    for (int i = 0; i < 100; i++)
        strcat(text, "/x/ 80 ");
    assert_int_equal(packet_filter_parse(text, &f, &err), -EINVAL);
    assert_non_null(strstr(err.reason, "one term too many"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_matches_everything),
        cmocka_unit_test(ports_match_as_those_of_sockets_do),
        cmocka_unit_test(hosts_match_addresses_and_prefixes),
        cmocka_unit_test(protocols_are_those_of_any_layer),
        cmocka_unit_test(flags_are_asked_for_or_named_whole),
        cmocka_unit_test(numbers_are_compared),
        cmocka_unit_test(findings_match_by_their_ids),
        cmocka_unit_test(owners_match_where_they_are_known),
        cmocka_unit_test(what_is_unknown_matches_neither_way),
        cmocka_unit_test(what_was_cut_off_is_unknown),
        cmocka_unit_test(a_packet_without_ports_is_not_on_a_port),
        cmocka_unit_test(the_payload_is_searched),
        cmocka_unit_test(interfaces_match_by_name),
        cmocka_unit_test(terms_are_joined_as_in_the_filter_of_sockets),
        cmocka_unit_test(errors_point_at_the_place),
        cmocka_unit_test(nesting_and_terms_have_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
