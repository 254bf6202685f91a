#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/report/rows.h"
#include "tests/unit/owned.h"

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
        .kind = KIND_TCP,
    };
}

static const struct rows_shape PLAIN = {0};
static const struct rows_shape FULL = {.owners = true};

/* A snapshot whose socket 77 is held by python3. */
static struct snapshot held(void)
{
    struct snapshot s = {0};

    an_owner(&s.owned, 77, OWNER_KNOWN);
    a_holder(&s.owned, 812, 5, "python3");
    return s;
}

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
    struct snapshot s = held();
    struct row row = the_row();

    (void)state;
    expect_json(
        row_json(&s, &row, &FULL),
        "{\"proto\":\"tcp\",\"state\":\"ESTABLISHED\",\"recvq\":128512,\"sendq\":7,"
        "\"local\":\"127.0.0.1:65432\",\"peer\":\"127.0.0.1:51826\","
        "\"local_address\":\"127.0.0.1\",\"local_port\":65432,"
        "\"peer_address\":\"127.0.0.1\",\"peer_port\":51826,\"uid\":1000,\"inode\":77,"
        "\"cookie\":4097,\"timer\":{\"name\":\"persist\",\"ms\":1400,\"retransmits\":2},"
        "\"owners\":[{\"pid\":812,\"fd\":5,\"comm\":\"python3\"}],\"holders\":1,"
        "\"owner_knowledge\":\"known\"}");
    ownership_done(&s.owned);
}

static void what_is_not_known_is_null(void **state)
{
    struct row row = {.kind = KIND_TCP, .state = STATE_LISTEN};
    cJSON *object;

    (void)state;
    row.local = address("::", 80);
    expect_json(
        row_json(NULL, &row, &PLAIN),
        "{\"proto\":\"tcp\",\"state\":\"LISTEN\",\"recvq\":0,\"sendq\":0,"
        "\"local\":\"*:80\",\"peer\":\"?\",\"local_address\":\"::\",\"local_port\":80,"
        "\"peer_address\":null,\"peer_port\":null,\"uid\":null,\"inode\":0,"
        "\"cookie\":null,\"timer\":null,\"owners\":null,"
        "\"owner_knowledge\":\"not asked\","
        "\"unknown\":{\"uid\":\"no process holds it\",\"cookie\":\"/proc does not tell it\"}}");
    row = (struct row){.kind = KIND_PACKET_RAW,
                       .wqueue = QUEUE_UNKNOWN,
                       .local.family = AF_PACKET,
                       .cookie = 7};
    object = row_json(NULL, &row, &PLAIN);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(object, "sendq")));
    assert_true(
        cJSON_IsString(cJSON_GetObjectItem(cJSON_GetObjectItem(object, "unknown"), "sendq")));
    cJSON_Delete(object);
}

static void expect_owner(const struct snapshot *s, const struct rows_shape *shape,
                         const char *owners, const char *knowledge)
{
    struct row row = the_row();
    cJSON *object = row_json(s, &row, shape);
    char *text = cJSON_PrintUnformatted(cJSON_GetObjectItem(object, "owners"));

    assert_string_equal(text, owners);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(object, "owner_knowledge")),
                        knowledge);
    cJSON_free(text);
    cJSON_Delete(object);
}

static void the_knowledge_of_owners_is_told(void **state)
{
    struct snapshot none = {0}, hidden = {0}, known = held();

    (void)state;
    an_owner(&none.owned, 77, OWNER_NONE);
    an_owner(&hidden.owned, 77, OWNER_NOT_PERMITTED);
    expect_owner(&none, &FULL, "[]", "none");
    expect_owner(&hidden, &FULL, "null", "not permitted");
    expect_owner(NULL, &FULL, "null", "not asked");
    expect_owner(&known, &PLAIN, "null", "not asked");
    ownership_done(&none.owned);
    ownership_done(&hidden.owned);
    ownership_done(&known.owned);
}

static void a_cookie_beyond_doubles_is_a_string(void **state)
{
    struct row row = the_row();
    cJSON *object;
    char *text;

    (void)state;
    row.cookie = UINT64_MAX;
    object = row_json(NULL, &row, &PLAIN);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(object, "cookie")),
                        "18446744073709551615");
    cJSON_Delete(object);
    row.cookie = UINT64_C(1) << 53;
    object = row_json(NULL, &row, &PLAIN);
    text = cJSON_PrintUnformatted(cJSON_GetObjectItem(object, "cookie"));
    assert_string_equal(text, "9007199254740992");
    cJSON_free(text);
    cJSON_Delete(object);
}

/* ---- documents ---- */

static struct {
    char text[2 << 20];
    size_t len, calls;
    int error;
} written;

static int take(void *ctx, const char *bytes, size_t len)
{
    (void)ctx;
    assert_true(written.len + len < sizeof(written.text));
    memcpy(written.text + written.len, bytes, len);
    written.len += len;
    written.text[written.len] = '\0';
    written.calls++;
    return written.error;
}

/* The rows as a document of the columns, in parts of at most `piece` rows. */
static const char *document(struct snapshot *s, enum rows_form form, unsigned width,
                            const char *const columns[], size_t piece)
{
    struct rows_shape shape = {.form = form, .width = width};
    struct rows_writer *w;
    struct snapshot part = *s;

    for (; *columns; columns++) {
        assert_non_null(column_find(*columns));
        rows_shape_add(&shape, column_find(*columns));
    }
    written.len = written.calls = 0;
    written.error = 0;
    w = rows_writer_new(&shape, take, NULL);
    for (size_t i = 0; i < s->n_rows; i += piece) {
        part.rows = s->rows + i;
        part.n_rows = s->n_rows - i < piece ? s->n_rows - i : piece;
        assert_int_equal(rows_writer_put(w, &part), 0);
    }
    assert_int_equal(rows_writer_end(w), 0);
    rows_writer_free(w);
    return written.text;
}

static const char *const USUAL[] = {"state", "recvq", "sendq", "local", "peer", NULL};

static void lines_stand_in_columns(void **state)
{
    struct row rows[] = {the_row(), {.kind = KIND_TCP, .state = STATE_LISTEN}};
    struct snapshot s = {.rows = rows, .n_rows = 2};

    (void)state;
    rows[1].local = address("fd77:1:2:3:4:5:6:7", 80);
    rows[1].peer = address("::", 0);
    rows[1].wqueue = 4294967294;
    for (size_t piece = 1; piece <= 2; piece++)
        assert_string_equal(document(&s, ROWS_TEXT, 0, USUAL, piece),
                            "State        Recv-Q      Send-Q  Local Address:Port       "
                            "Peer Address:Port\n"
                            "ESTABLISHED  128512           7  127.0.0.1:65432          "
                            "127.0.0.1:51826\n"
                            "LISTEN            0  4294967294  [fd77:1:2:3:4:5:6:7]:80  "
                            "*:*\n");
}

static void no_rows_are_a_whole_document(void **state)
{
    struct snapshot s = {0};

    (void)state;
    assert_string_equal(document(&s, ROWS_JSON, 0, USUAL, 1),
                        "{\"schema\":1,\"sockets\":[]}\n");
    assert_string_equal(document(&s, ROWS_CSV, 0, USUAL, 1),
                        "state,recvq,sendq,local,peer\r\n");
    assert_string_equal(document(&s, ROWS_TEXT, 0, USUAL, 1),
                        "State  Recv-Q  Send-Q  Local Address:Port  Peer Address:Port\n");
}

static void timer_and_owner_are_columns(void **state)
{
    static const char *const columns[] = {"timer", "owners", NULL};
    struct row rows[] = {the_row(), the_row(), the_row(), the_row()};
    struct snapshot s = held();

    (void)state;
    s.rows = rows;
    s.n_rows = 4;
    a_holder(&s.owned, 813, 5, "python3");
    an_owner(&s.owned, 78, OWNER_NOT_PERMITTED);
    rows[1].inode = 78;
    rows[1].timer = TIMER_OFF;
    rows[2].inode = 0;
    rows[3].inode = 79;
    assert_string_equal(document(&s, ROWS_TEXT, 0, columns, 4),
                        "Timer                         Owner\n"
                        "persist 1.4 s, 2 retransmits  python3 (812) fd 5, python3 (813) fd 5\n"
                        "-                             ? (not permitted)\n"
                        "persist 1.4 s, 2 retransmits  -\n"
                        "persist 1.4 s, 2 retransmits  ?\n");
    ownership_done(&s.owned);
}

/* The first rows decide how wide columns are; the others have no less in them. */
static void later_rows_may_be_wider(void **state)
{
    static const char *const columns[] = {"recvq", "local_port", NULL};
    size_t n = 4096 + 3;
    struct snapshot s = {.rows = calloc(n, sizeof(struct row)), .n_rows = n};
    const char *text;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        s.rows[i] = the_row();
        s.rows[i].rqueue = 5;
    }
    s.rows[4095].rqueue = 12345678;
    s.rows[4096].rqueue = 1234567890;
    text = document(&s, ROWS_TEXT, 0, columns, 100);
    assert_memory_equal(text, "  Recv-Q  Local Port\n       5       65432\n", 42);
    assert_non_null(strstr(text, "\n12345678       65432\n1234567890       65432\n       5  "));
    assert_true(written.len > (64 << 10) && written.calls < 5);
    free(s.rows);
}

/* "unix" sockets with long names: the only text that can be of any length. */
static void a_terminal_cuts_the_widest_text_when_it_must(void **state)
{
    static const char *const columns[] = {"recvq", "local", NULL};
    static const char name[] = "/run/user/1000/\xc3\xa4\xc3\xb6\xc3\xbc/a-long-name/socket";
    struct row row = {.kind = KIND_UNIX_STREAM, .state = STATE_ESTABLISHED};
    struct snapshot s = {.rows = &row, .n_rows = 1};

    (void)state;
    row.local.family = row.peer.family = AF_UNIX;
    row.local.number[0] = 4242;
    row.name = texts_add(&s.names, name, strlen(name));
    assert_string_equal(document(&s, ROWS_TEXT, 29, columns, 1),
                        "Recv-Q  Local Address:Port\n"
                        "     0  /run/user/1000/\xc3\xa4\xc3\xb6\xc3\xbc/a\xe2\x80\xa6\n");
    assert_non_null(strstr(document(&s, ROWS_TEXT, 80, columns, 1), "/socket 4242\n"));
    assert_non_null(strstr(document(&s, ROWS_TEXT, 0, columns, 1), "/socket 4242\n"));
    texts_done(&s.names);
}

static void csv_quotes_what_it_must(void **state)
{
    static const char *const columns[] = {"comm", "timer", "cookie", "inode", NULL};
    struct row rows[] = {the_row(), the_row()};
    struct snapshot s = {.rows = rows, .n_rows = 2};

    (void)state;
    an_owner(&s.owned, 77, OWNER_KNOWN);
    a_holder(&s.owned, 1, 1, "a \"b\", c");
    rows[1].cookie = 0;
    rows[1].inode = 0;
    rows[1].timer = TIMER_OFF;
    assert_string_equal(document(&s, ROWS_CSV, 20, columns, 1),
                        "comm,timer,cookie,inode\r\n"
                        "\"a \"\"b\"\", c\",\"persist 1.4 s, 2 retransmits\",4097,77\r\n"
                        ",,?,\r\n");
    ownership_done(&s.owned);
}

static void chosen_columns_are_keys_and_unknown_says_why(void **state)
{
    static const char *const columns[] = {"recvq", "rtt", "mark", "v6only", NULL};
    struct row rows[] = {the_row(), the_row()};
    struct snapshot s = {.rows = rows, .n_rows = 2};
    struct socket_detail d = {.known = DETAIL_MEMINFO};
    const char *text;

    (void)state;
    snapshot_attach(&s, &rows[1], &d);
    text = document(&s, ROWS_JSON, 0, columns, 2);
    assert_non_null(strstr(text, "\"rtt\":null,\"mark\":null,\"v6only\":null,\"unknown\":{"
                                 "\"rtt\":\"not asked for\",\"mark\":\"not asked for\"}},{"));
    assert_non_null(strstr(text, "\"unknown\":{\"rtt\":\"the kernel did not say\","
                                 "\"mark\":\"needs CAP_NET_ADMIN\"}}]}\n"));
    free(s.details);
}

/* A reader that went away must not be written to for ever. */
static void an_error_of_the_sink_ends_it(void **state)
{
    struct rows_shape shape = {.form = ROWS_JSON};
    struct row row = the_row();
    struct snapshot s = {.rows = &row, .n_rows = 1};
    struct rows_writer *w;
    int r = 0;

    (void)state;
    written.len = written.calls = 0;
    written.error = -EPIPE;
    w = rows_writer_new(&shape, take, NULL);
    for (size_t i = 0; i < 100000 && r == 0; i++)
        r = rows_writer_put(w, &s);
    assert_int_equal(r, -EPIPE);
    assert_int_equal(rows_writer_put(w, &s), -EPIPE);
    assert_int_equal(rows_writer_end(w), -EPIPE);
    assert_int_equal(written.calls, 1);
    rows_writer_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_as_json),
        cmocka_unit_test(what_is_not_known_is_null),
        cmocka_unit_test(the_knowledge_of_owners_is_told),
        cmocka_unit_test(a_cookie_beyond_doubles_is_a_string),
        cmocka_unit_test(lines_stand_in_columns),
        cmocka_unit_test(no_rows_are_a_whole_document),
        cmocka_unit_test(timer_and_owner_are_columns),
        cmocka_unit_test(later_rows_may_be_wider),
        cmocka_unit_test(a_terminal_cuts_the_widest_text_when_it_must),
        cmocka_unit_test(csv_quotes_what_it_must),
        cmocka_unit_test(chosen_columns_are_keys_and_unknown_says_why),
        cmocka_unit_test(an_error_of_the_sink_ends_it),
    };

    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
