#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/report/packets.h"
#include "core/report/packets_findings.h"
#include "tests/unit/frames.h"

#define SECOND UINT64_C(1000000000)

static struct dissection dissection;
static struct packet packet;
static struct packet_out out;

static struct packet_facts facts_of(const struct frame *f, unsigned what)
{
    packet = (struct packet){.wall_ns = UINT64_C(1700000000000000021),
                             .length = (uint32_t)f->len,
                             .captured = (uint32_t)f->len,
                             .link_type = 1};
    decode(f->bytes, f->len, f->len, 1, what, &dissection);
    return (struct packet_facts){.number = 7,
                                 .packet = &packet,
                                 .bytes = f->bytes,
                                 .captured = f->len,
                                 .dissection = &dissection,
                                 .interface = "lo"};
}

static void expect(const char *text)
{
    put_char(&out, '\0');
    assert_string_equal(out.text, text);
    out.used = 0;
}

static int tear_down(void **state)
{
    (void)state;
    packet_out_done(&out);
    return 0;
}

static void a_segment_as_json(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_PSH | TCP_FLAG_ACK, 3141592653, 13, "Hi\n");
    struct packet_facts p = facts_of(&f, DECODE_INFO);
    const struct packet_note note = {.conversation = 2,
                                     .findings = FINDING_BIT(FINDING_RETRANSMISSION) |
                                                 FINDING_BIT(FINDING_WINDOW_FULL)};

    (void)state;
    p.note = &note;
    packet_json(&p, 0, &out);
    expect("{\"n\":8,\"time\":\"1700000000.000000021\",\"len\":57,\"caplen\":57,"
           "\"interface\":\"lo\",\"proto\":\"TCP\",\"src\":\"10.0.0.1\",\"dst\":\"10.0.0.2\","
           "\"sport\":40000,\"dport\":65432,\"flags\":\"PSH,ACK\",\"seq\":3141592653,"
           "\"ack\":13,\"window\":512,\"payload_len\":3,"
           "\"info\":\"PSH ACK len 3 win 512 seq 3141592653 ack 13\",\"conversation\":2,"
           "\"findings\":[\"retransmission\",\"window-full\"]}\n");
}

static void what_a_packet_cannot_have_is_left_out_of_json(void **state)
{
    struct frame f = {0};
    struct packet_facts p;

    (void)state;
    put_ethernet(&f, 0x88cc);
    put_bytes(&f, "x", 1);
    p = facts_of(&f, DECODE_INFO);
    p.interface = NULL;
    p.timeless = true;
    packet_json(&p, PACKET_JSON_BYTES, &out);
    put_char(&out, '\0');
    assert_non_null(strstr(out.text, "\"time\":null,"));
    assert_non_null(strstr(out.text, "\"interface\":null,"));
    assert_non_null(strstr(out.text, "\"src\":null,\"dst\":null,"));
    assert_non_null(strstr(out.text, "\"hex\":\"02000000000202000000000188cc78\"}"));
    assert_null(strstr(out.text, "sport"));
    assert_null(strstr(out.text, "flags"));
    out.used = 0;
}

static void a_payload_that_was_cut_keeps_its_length(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_ACK, 1, 1, "0123456789");
    struct packet_facts p = facts_of(&f, DECODE_INFO);

    (void)state;
    decode(f.bytes, f.len - 8, f.len, 1, DECODE_INFO, &dissection);
    p.captured -= 8;
    packet_json(&p, 0, &out);
    put_char(&out, '\0');
    assert_non_null(strstr(out.text, "\"len\":64,\"caplen\":56,"));
    assert_non_null(strstr(out.text, "\"payload_len\":10,"));
    out.used = 0;
}

static void foreign_text_is_clean_in_json(void **state)
{
    struct frame f = frame_udp("abc");
    struct packet_facts p = facts_of(&f, DECODE_INFO);

    (void)state;
    p.interface = "e\033\"\\th";
    p.comment = "one\ntwo";
    packet_json(&p, 0, &out);
    put_char(&out, '\0');
    assert_non_null(strstr(out.text, "\"interface\":\"e\\\\x1b\\\"\\\\th\""));
    assert_non_null(strstr(out.text, "\"comment\":\"one\\\\ntwo\""));
    out.used = 0;
}

static void fields_tell_their_place_and_checksum(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_SYN, 1, 0, "");
    struct packet_facts p = facts_of(&f, DECODE_INFO | DECODE_FIELDS);

    (void)state;
    packet_json(&p, PACKET_JSON_FIELDS, &out);
    put_char(&out, '\0');
    assert_non_null(strstr(out.text, "{\"name\":\"Header Checksum\",\"value\":\"0x"));
    assert_non_null(
        strstr(out.text, "\"offset\":24,\"length\":2,\"depth\":1,\"checksum\":\"good\"}"));
    assert_non_null(strstr(out.text, "\"mss\":65495,\"window_scale\":7,\"ts_value\":7,"));
    out.used = 0;
    packet_fields(&p, &out);
    put_char(&out, '\0');
    assert_non_null(
        strstr(out.text, "    Internet Protocol Version 4: 10.0.0.1 -> 10.0.0.2\n"));
    assert_non_null(strstr(out.text, "        Header Checksum: 0x"));
    assert_non_null(strstr(out.text, " (right)\n"));
    out.used = 0;
}

static void a_packet_as_a_line(void **state)
{
    struct frame tcp = frame_tcp(TCP_FLAG_SYN, 1, 0, ""), udp = frame_udp("abc");
    struct packet_facts p = facts_of(&tcp, DECODE_INFO);
    const struct packet_note note = {.findings = FINDING_BIT(FINDING_PORT_REUSED)};
    struct packet_lines lines = {0};

    (void)state;
    packet_line(&lines, &p, &out);
    expect("22:13:20.000000 lo TCP 10.0.0.1:40000 -> 10.0.0.2:65432 "
           "SYN win 512 mss 65495 ws 7 seq 1\n");
    p.note = &note;
    lines.number = lines.same_place = true;
    p.interface = NULL;
    packet_line(&lines, &p, &out);
    expect("8 22:13:20.000000 TCP 10.0.0.1:40000 -> 10.0.0.2:65432 "
           "SYN win 512 mss 65495 ws 7 seq 1 [port-reused]\n");
    p = facts_of(&udp, DECODE_INFO);
    p.interface = "e\033th";
    p.comment = "seen\nbefore";
    lines = (struct packet_lines){0};
    packet_line(&lines, &p, &out);
    expect("22:13:20.000000 e\\x1bth 10.0.0.1:40000 -> 10.0.0.2:53 UDP 40000 -> 53 len 3"
           " # seen\\nbefore\n");
    lines.quick = lines.link = true;
    lines.time = PACKET_TIME_NONE;
    p.comment = NULL;
    packet_line(&lines, &p, &out);
    expect("e\\x1bth 02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype 0x0800, length 45: "
           "UDP 10.0.0.1:40000 -> 10.0.0.2:53 len 3\n");
}

/* Lines of the same packet, seconds apart. */
static void expect_times(enum packet_time time, const char *const texts[3])
{
    static const uint64_t after_ns[] = {0, 61 * SECOND + 21000, 60 * SECOND};
    struct packet_lines lines = {.time = time, .quick = true, .same_place = true};
    struct frame f = frame_udp("abc");
    struct packet_facts p = facts_of(&f, DECODE_FLOW);

    p.interface = NULL;
    for (int i = 0; i < 3; i++) {
        packet.wall_ns = 1700000000 * SECOND + after_ns[i];
        packet_line(&lines, &p, &out);
        put_char(&out, '\0');
        *strstr(out.text, "UDP") = '\0';
        assert_string_equal(out.text, texts[i]);
        out.used = 0;
    }
}

static void times_are_those_of_tcpdump(void **state)
{
    (void)state;
    expect_times(PACKET_TIME_NONE, (const char *const[]){"", "", ""});
    expect_times(
        PACKET_TIME_OF_DAY,
        (const char *const[]){"22:13:20.000000 ", "22:14:21.000021 ", "22:14:20.000000 "});
    expect_times(PACKET_TIME_EPOCH,
                 (const char *const[]){"1700000000.000000 ", "1700000061.000021 ",
                                       "1700000060.000000 "});
    expect_times(
        PACKET_TIME_DELTA,
        (const char *const[]){" 00:00:00.000000 ", " 00:01:01.000021 ", "-00:00:01.000021 "});
    expect_times(
        PACKET_TIME_FIRST,
        (const char *const[]){" 00:00:00.000000 ", " 00:01:01.000021 ", " 00:01:00.000000 "});
    expect_times(PACKET_TIME_DATE, (const char *const[]){"2023-11-14 22:13:20.000000 ",
                                                         "2023-11-14 22:14:21.000021 ",
                                                         "2023-11-14 22:14:20.000000 "});
}

static void bytes_are_dumped(void **state)
{
    struct frame f = frame_udp("a\r\n\033");
    struct packet_facts p = facts_of(&f, DECODE_FIELDS);

    (void)state;
    packet_dump(&p, PACKET_DUMP_ROWS, true, &out);
    put_char(&out, '\0');
    assert_non_null(strstr(out.text, "\n    002a  61 0d 0a 1b"));
    out.used = 0;
    packet_dump(&p, PACKET_DUMP_HEX, false, &out);
    put_char(&out, '\0');
    assert_memory_equal(out.text, "\t0x0000:  4500 0020 1234 4000 4011 ", 33);
    assert_non_null(strstr(out.text, "\n\t0x0010:  0a00 0002 9c40 0035 000c "));
    out.used = 0;
    packet_dump(&p, PACKET_DUMP_BOTH, true, &out);
    put_char(&out, '\0');
    assert_non_null(strstr(out.text, "\t0x0000:  0200 0000 0002 0200 0000 0001 0800 4500  "
                                     "..............E.\n"));
    out.used = 0;
    packet_dump(&p, PACKET_DUMP_ASCII, false, &out);
    put_char(&out, '\0');
    assert_string_equal(strstr(out.text, "a\n"), "a\n.\n");
    out.used = 0;
}

/* A handshake and the same segment three times. */
static struct conversations *a_conversation(struct packet_findings *findings)
{
    static const struct {
        unsigned flags;
        uint32_t seq, ack;
        const char *payload;
    } segments[] = {
        {TCP_FLAG_SYN, 1, 0, ""},
        {TCP_FLAG_ACK, 2, 1, "hello"},
        {TCP_FLAG_ACK, 2, 1, "hello"},
        {TCP_FLAG_ACK, 2, 1, "hello"},
        {TCP_FLAG_RST | TCP_FLAG_ACK, 7, 1, ""},
    };
    struct conversations *c = conversations_new(4);

    for (uint64_t i = 0; i < sizeof(segments) / sizeof(segments[0]); i++) {
        struct frame f =
            frame_tcp(segments[i].flags, segments[i].seq, segments[i].ack, segments[i].payload);
        struct packet_note note;

        (void)facts_of(&f, DECODE_FLOW);
        packet.wall_ns += i * SECOND;
        conversations_add(c, i, &packet, &dissection, &note);
        packet_findings_add(findings, i, &note);
    }
    return c;
}

static void findings_are_told_worst_first(void **state)
{
    struct packet_findings *findings = packet_findings_new(4);
    struct conversations *c = a_conversation(findings);

    (void)state;
    packet_findings_text(findings, c, &out);
    put_char(&out, '\0');
    assert_memory_equal(out.text, "conversation 0  tcp 10.0.0.1:40000 - 10.0.0.2:65432\n", 52);
    assert_non_null(strstr(out.text, "-> 5 packets, 15 bytes, <- 0 packets, 0 bytes\n"));
    assert_non_null(strstr(out.text, "; reset by 10.0.0.1:40000"));
    assert_non_null(strstr(out.text, "note  2 x retransmission: packets 3, 4; sent again\n"));
    out.used = 0;
    packet_findings_json(findings, c, &out);
    put_char(&out, '\0');
    assert_memory_equal(out.text, "{\"schema\":1,\"conversations\":[{\"conversation\":0,", 47);
    assert_non_null(strstr(out.text, "\"reset_by\":\"10.0.0.1:40000\""));
    assert_non_null(strstr(out.text, "{\"id\":\"retransmission\",\"severity\":\"note\","
                                     "\"count\":2,\"packets\":[3,4]}"));
    out.used = 0;
    packet_findings_free(findings);
    conversations_free(c);
}

static void findings_remember_no_more_than_they_may(void **state)
{
    struct packet_findings *findings = packet_findings_new(0);
    struct conversations *c = a_conversation(findings), *none = conversations_new(1);

    (void)state;
    packet_findings_text(findings, c, &out);
    put_char(&out, '\0');
    assert_non_null(strstr(out.text, "2 x retransmission; sent again\n"));
    out.used = 0;
    packet_findings_text(findings, none, &out);
    expect("no conversations\n");
    packet_findings_free(findings);
    packet_findings_free(NULL);
    conversations_free(c);
    conversations_free(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_segment_as_json),
        cmocka_unit_test(what_a_packet_cannot_have_is_left_out_of_json),
        cmocka_unit_test(a_payload_that_was_cut_keeps_its_length),
        cmocka_unit_test(foreign_text_is_clean_in_json),
        cmocka_unit_test(fields_tell_their_place_and_checksum),
        cmocka_unit_test(a_packet_as_a_line),
        cmocka_unit_test(times_are_those_of_tcpdump),
        cmocka_unit_test(bytes_are_dumped),
        cmocka_unit_test(findings_are_told_worst_first),
        cmocka_unit_test(findings_remember_no_more_than_they_may),
    };

    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
