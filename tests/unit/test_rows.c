#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/report/packets.h"
#include "core/report/rows.h"
#include "tests/unit/frames.h"

static struct addr address(const char *ip, uint16_t port)
{
    uint8_t bytes[16];
    int family = strchr(ip, ':') ? AF_INET6 : AF_INET;

    assert_int_equal(inet_pton(family, ip, bytes), 1);
    return addr_make(family, bytes, port);
}

static struct row the_row(void)
{
    return (struct row){
        .cookie = 4097,
        .local = address("127.0.0.1", 65432),
        .peer = address("127.0.0.1", 51826),
        .rqueue = 128512,
        .wqueue = 7,
        .uid = 1000,
        .inode = 77,
        .timer = TIMER_PERSIST,
        .timer_ms = 1400,
        .retransmits = 2,
        .state = STATE_ESTABLISHED,
        .protocol = IPPROTO_TCP,
    };
}

static const struct row_report PLAIN = {0};
static const struct row_report FULL = {.timers = true, .owners = true};

static const struct owner PYTHON = {.inode = 77,
                                    .knowledge = OWNER_KNOWN,
                                    .pid = 812,
                                    .fd = 5,
                                    .holders = 1,
                                    .comm = "python3"};

static void expect_json(cJSON *object, const char *expected)
{
    char *text = cJSON_PrintUnformatted(object);

    assert_non_null(text);
    assert_string_equal(text, expected);
    cJSON_free(text);
    cJSON_Delete(object);
}

static void a_row_as_json(void **state)
{
    struct row row = the_row();

    (void)state;
    expect_json(
        row_json(&row, &PYTHON, &FULL),
        "{\"proto\":\"tcp\",\"state\":\"ESTABLISHED\",\"recvq\":128512,\"sendq\":7,"
        "\"local\":\"127.0.0.1:65432\",\"peer\":\"127.0.0.1:51826\","
        "\"local_address\":\"127.0.0.1\",\"local_port\":65432,"
        "\"peer_address\":\"127.0.0.1\",\"peer_port\":51826,\"uid\":1000,\"inode\":77,"
        "\"cookie\":4097,\"timer\":{\"name\":\"persist\",\"ms\":1400,\"retransmits\":2},"
        "\"owners\":[{\"pid\":812,\"fd\":5,\"comm\":\"python3\"}],\"holders\":1,"
        "\"owner_knowledge\":\"known\"}");
}

static void what_is_not_known_is_null(void **state)
{
    struct row row = {.protocol = IPPROTO_TCP, .state = STATE_LISTEN};

    (void)state;
    row.local = address("::", 80);
    expect_json(row_json(&row, NULL, &PLAIN),
                "{\"proto\":\"tcp\",\"state\":\"LISTEN\",\"recvq\":0,\"sendq\":0,"
                "\"local\":\"*:80\",\"peer\":\"?\",\"local_address\":\"::\",\"local_port\":80,"
                "\"peer_address\":null,\"peer_port\":null,\"uid\":0,\"inode\":0,"
                "\"cookie\":null,\"timer\":null,\"owners\":null,"
                "\"owner_knowledge\":\"not asked\"}");
}

static void expect_owner(const struct owner *owner, const struct row_report *report,
                         const char *owners, const char *knowledge)
{
    struct row row = the_row();
    cJSON *object = row_json(&row, owner, report);
    char *text = cJSON_PrintUnformatted(cJSON_GetObjectItem(object, "owners"));

    assert_string_equal(text, owners);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(object, "owner_knowledge")),
                        knowledge);
    cJSON_free(text);
    cJSON_Delete(object);
}

static void the_knowledge_of_owners_is_told(void **state)
{
    struct owner none = {.knowledge = OWNER_NONE}, hidden = {.knowledge = OWNER_NOT_PERMITTED};

    (void)state;
    expect_owner(&none, &FULL, "[]", "none");
    expect_owner(&hidden, &FULL, "null", "not permitted");
    expect_owner(NULL, &FULL, "null", "not asked");
    expect_owner(&PYTHON, &PLAIN, "null", "not asked");
}

static void a_cookie_beyond_doubles_is_a_string(void **state)
{
    struct row row = the_row();
    cJSON *object;
    char *text;

    (void)state;
    row.cookie = UINT64_MAX;
    object = row_json(&row, NULL, &PLAIN);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(object, "cookie")),
                        "18446744073709551615");
    cJSON_Delete(object);
    row.cookie = UINT64_C(1) << 53;
    object = row_json(&row, NULL, &PLAIN);
    text = cJSON_PrintUnformatted(cJSON_GetObjectItem(object, "cookie"));
    assert_string_equal(text, "9007199254740992");
    cJSON_free(text);
    cJSON_Delete(object);
}

static void lines_stand_in_columns(void **state)
{
    struct row a = the_row(), b = {.protocol = IPPROTO_TCP, .state = STATE_LISTEN};
    struct row_widths w = row_widths_of_titles();
    char line[ROW_LINE_BYTES];
    size_t len;

    (void)state;
    b.local = address("fd77:1:2:3:4:5:6:7", 80);
    b.peer = address("::", 0);
    b.wqueue = 4294967295;
    row_widths_fit(&w, &a);
    row_widths_fit(&w, &b);
    row_titles_line(&w, &PLAIN, line);
    assert_string_equal(line, "State        Recv-Q      Send-Q  Local Address:Port       "
                              "Peer Address:Port");
    row_line(&a, NULL, &w, &PLAIN, line);
    assert_string_equal(line, "ESTABLISHED  128512           7  127.0.0.1:65432          "
                              "127.0.0.1:51826");
    len = row_line(&b, NULL, &w, &PLAIN, line);
    assert_int_equal(len, strlen(line));
    assert_string_equal(line, "LISTEN            0  4294967295  [fd77:1:2:3:4:5:6:7]:80  "
                              "*:*");
}

static void timer_and_owner_are_columns_when_asked(void **state)
{
    struct row row = the_row();
    struct row_widths w = row_widths_of_titles();
    struct owner shared = PYTHON, hidden = {.knowledge = OWNER_NOT_PERMITTED};
    char line[ROW_LINE_BYTES];

    (void)state;
    row_widths_fit(&w, &row);
    row_titles_line(&w, &FULL, line);
    assert_non_null(strstr(line, "  Timer                         Owner"));
    row_line(&row, &PYTHON, &w, &FULL, line);
    assert_non_null(strstr(line, "  persist 1.4 s, 2 retransmits  python3 (812) fd 5"));
    shared.holders = 4;
    row_line(&row, &shared, &w, &FULL, line);
    assert_non_null(strstr(line, "python3 (812) fd 5 and 3 more"));
    row_line(&row, &hidden, &w, &FULL, line);
    assert_non_null(strstr(line, "? (not permitted)"));
    row.timer = TIMER_OFF;
    row_line(&row, NULL, &w, &FULL, line);
    assert_null(strstr(line, "persist"));
    assert_non_null(strstr(line, "  ?"));
}

static void a_hostile_process_name_is_printable(void **state)
{
    struct row row = the_row();
    struct owner evil = PYTHON;
    struct row_widths w = row_widths_of_titles();
    char line[ROW_LINE_BYTES];
    cJSON *object;

    (void)state;
    memset(evil.comm, '\033', sizeof(evil.comm)); /* not even terminated */
    object = row_json(&row, &evil, &FULL);
    assert_null(
        strchr(cJSON_GetStringValue(cJSON_GetObjectItem(
                   cJSON_GetArrayItem(cJSON_GetObjectItem(object, "owners"), 0), "comm")),
               '\033'));
    cJSON_Delete(object);
    row_line(&row, &evil, &w, &FULL, line);
    assert_null(strchr(line, '\033'));
    assert_non_null(strstr(line, "\\x1b\\x1b"));
}

/* ---- packets ---- */

static struct dissection dissection;

static struct packet_report report_of(const struct frame *f, struct packet *packet,
                                      unsigned what)
{
    *packet = (struct packet){.wall_ns = UINT64_C(1700000000000000021),
                              .length = (uint32_t)f->len,
                              .captured = (uint32_t)f->len,
                              .link_type = 1};
    decode(f->bytes, f->len, f->len, 1, what, &dissection);
    return (struct packet_report){.number = 7,
                                  .packet = packet,
                                  .bytes = f->bytes,
                                  .captured = f->len,
                                  .dissection = &dissection,
                                  .interface = "lo"};
}

static void a_packet_as_json(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_PSH | TCP_FLAG_ACK, 3141592653, 13, "Hi\n");
    struct packet packet;
    struct packet_report r = report_of(&f, &packet, DECODE_INFO);

    (void)state;
    expect_json(packet_json(&r),
                "{\"number\":7,\"time\":1700000000.000000021,\"interface\":\"lo\","
                "\"length\":57,\"captured\":57,\"protocol\":\"TCP\","
                "\"source\":\"10.0.0.1:40000\",\"destination\":\"10.0.0.2:65432\","
                "\"info\":\"PSH ACK len 3 win 512 seq 3141592653 ack 13\","
                "\"truncated_in\":null,\"malformed_in\":null,"
                "\"tcp\":{\"seq\":3141592653,\"ack\":13,\"window\":512,\"flags\":24,"
                "\"payload\":3},\"payload_hex\":\"48690a\",\"fields\":[]}");
}

static void fields_tell_their_place_and_checksum(void **state)
{
    struct frame f = frame_tcp(TCP_FLAG_SYN, 1, 0, "");
    struct packet packet;
    struct packet_report r = report_of(&f, &packet, DECODE_INFO | DECODE_FIELDS);
    cJSON *object = packet_json(&r), *field, *fields = cJSON_GetObjectItem(object, "fields");
    bool seen = false;

    (void)state;
    assert_int_equal(cJSON_GetArraySize(fields), (int)dissection.n_fields);
    cJSON_ArrayForEach(field, fields)
    {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(field, "name"));

        if (strcmp(name, "Header Checksum") != 0)
            continue;
        seen = true;
        assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(field, "checksum")),
                            "good");
        assert_int_equal(cJSON_GetObjectItem(field, "offset")->valueint, 24);
        assert_int_equal(cJSON_GetObjectItem(field, "length")->valueint, 2);
        assert_int_equal(cJSON_GetObjectItem(field, "depth")->valueint, 1);
    }
    assert_true(seen);
    assert_int_equal(cJSON_GetObjectItem(cJSON_GetObjectItem(object, "tcp"), "mss")->valueint,
                     65495);
    cJSON_Delete(object);
}

static void a_packet_without_a_flow_has_no_ends(void **state)
{
    struct frame f = {0};
    struct packet packet;
    struct packet_report r;
    cJSON *object;

    (void)state;
    put_ethernet(&f, 0x88cc);
    put_bytes(&f, "x", 1);
    r = report_of(&f, &packet, DECODE_INFO);
    r.interface = NULL;
    object = packet_json(&r);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(object, "source")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(object, "interface")));
    assert_null(cJSON_GetObjectItem(object, "tcp"));
    cJSON_Delete(object);
}

static void a_packet_as_a_line(void **state)
{
    struct frame tcp = frame_tcp(TCP_FLAG_SYN, 1, 0, ""), udp = frame_udp("abc");
    struct packet packet;
    struct packet_report r = report_of(&tcp, &packet, DECODE_INFO);
    char line[PACKET_LINE_BYTES];
    size_t len;

    (void)state;
    len = packet_line(&r, line);
    assert_int_equal(len, strlen(line));
    assert_string_equal(line, "22:13:20.000000 lo TCP 10.0.0.1:40000 -> 10.0.0.2:65432 "
                              "SYN win 512 mss 65495 ws 7 seq 1");
    r = report_of(&udp, &packet, DECODE_INFO);
    r.interface = "e\033th";
    packet_line(&r, line);
    assert_string_equal(line, "22:13:20.000000 e\\x1bth 10.0.0.1:40000 -> 10.0.0.2:53 "
                              "UDP 40000 -> 53 len 3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_as_json),
        cmocka_unit_test(what_is_not_known_is_null),
        cmocka_unit_test(the_knowledge_of_owners_is_told),
        cmocka_unit_test(a_cookie_beyond_doubles_is_a_string),
        cmocka_unit_test(lines_stand_in_columns),
        cmocka_unit_test(timer_and_owner_are_columns_when_asked),
        cmocka_unit_test(a_hostile_process_name_is_printable),
        cmocka_unit_test(a_packet_as_json),
        cmocka_unit_test(fields_tell_their_place_and_checksum),
        cmocka_unit_test(a_packet_without_a_flow_has_no_ends),
        cmocka_unit_test(a_packet_as_a_line),
    };

    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
