/* A stream as text, dump, bytes, JSON and messages. */
#include "tests/unit/streams.h"

#include <errno.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "core/report/stream.h"
#include "tests/unit/messages.h"

#define ACK TCP_FLAG_ACK

static struct feed f;
static struct stream_shape shape;
static struct stream_sum sum;

static struct {
    size_t len;
    char text[4 << 20];
} out;

static int open_feed(void **state)
{
    (void)state;
    feed_open(&f, 1 << 20);
    shape = (struct stream_shape){.ends = {"127.0.0.1:51826", "127.0.0.1:80"}};
    return 0;
}

static int close_feed(void **state)
{
    (void)state;
    feed_close(&f);
    return 0;
}

static int collect(void *ctx, const char *bytes, size_t len)
{
    (void)ctx;
    assert_true(out.len + len < sizeof(out.text));
    memcpy(out.text + out.len, bytes, len);
    out.len += len;
    out.text[out.len] = '\0';
    return 0;
}

static const char *report(enum stream_form form)
{
    out.len = 0;
    out.text[0] = '\0';
    shape.form = form;
    sum = (struct stream_sum){0};
    assert_int_equal(stream_report(f.s, &shape, collect, NULL, &sum), 0);
    return out.text;
}

static void ask_and_answer(void)
{
    feed_handshake(&f);
    f.wall_ns += 123000;
    feed_text(&f, FROM_FIRST, 101, 901, "GET / HT");
    feed_text(&f, FROM_FIRST, 109, 901, "TP/1.0\r\n\r\n");
    feed_text(&f, FROM_SECOND, 901, 119, "200 OK\r\n");
    f.wall_ns += 2000000000;
    feed_text(&f, FROM_FIRST, 119, 909, "bye");
}

static void text_has_a_heading_at_each_change_of_direction(void **state)
{
    (void)state;
    ask_and_answer();
    assert_string_equal(report(STREAM_TEXT),
                        "127.0.0.1:51826 → 127.0.0.1:80  18 bytes  packet 4  0.000000\n"
                        "GET / HTTP/1.0\n"
                        "\n"
                        "127.0.0.1:51826 ← 127.0.0.1:80  8 bytes  packet 6  0.000002\n"
                        "200 OK\n"
                        "127.0.0.1:51826 → 127.0.0.1:80  3 bytes  packet 7  2.000003\n"
                        "bye\n");
    assert_int_equal(sum.bytes[FROM_FIRST], 21);
    assert_int_equal(sum.bytes[FROM_SECOND], 8);
    assert_int_equal(sum.chunks, 4);
    assert_int_equal(sum.missing_bytes, 0);
}

static void times_count_from_where_the_caller_wants(void **state)
{
    (void)state;
    feed_text(&f, FROM_FIRST, 101, 901, "x");
    shape.start_ns = UINT64_C(1700000000000000000) - 1500000000;
    assert_non_null(strstr(report(STREAM_TEXT), "1 byte  packet 1  1.500000\n"));
    shape.start_ns = UINT64_C(1700000000000000000) + 1500;
    assert_non_null(strstr(report(STREAM_TEXT), "packet 1  -0.000001\n"));
}

static void text_is_printable_whatever_was_sent(void **state)
{
    (void)state;
    feed_packet(&f, FROM_FIRST, ACK, 1, 1, "\x1b[2J\0\x07\xff \t|", 10, 10);
    shape.ends[0] = "\x1b]0;evil";
    assert_string_equal(report(STREAM_TEXT),
                        "\\x1b]0;evil → 127.0.0.1:80  10 bytes  packet 1  0.000000\n"
                        "\\x1b[2J\\x00\\x07\\xff \\t|\n");
}

static void a_character_may_stand_in_two_chunks(void **state)
{
    char text[2000];

    (void)state;
    feed_text(&f, FROM_FIRST, 1, 1, "gr\xc3");
    feed_text(&f, FROM_FIRST, 4, 1,
              "\xbc"
              "n \xe2");
    feed_text(&f, FROM_FIRST, 8, 1, "\x82");
    feed_text(&f, FROM_FIRST, 9, 1, "\xac\xc3");
    feed_text(&f, FROM_SECOND, 1, 1, "\xbc");
    assert_non_null(strstr(report(STREAM_TEXT), "\ngrün €\\xc3\n"));
    assert_non_null(strstr(out.text, "\n\\xbc\n"));
    /* In a line that is longer than what is cleaned at once, at any place. */
    for (size_t i = 0; i + 3 < sizeof(text); i += 3)
        memcpy(text + i, "€", 3);
    feed_packet(&f, FROM_FIRST, ACK, 11, 2, text, 1998, 1998);
    assert_non_null(strstr(report(STREAM_TEXT), "€€€\n"));
    assert_null(strstr(out.text, "\\xe2"));
    assert_null(strstr(out.text, "\\x82"));
}

static void a_long_line_keeps_its_line_end(void **state)
{
    char text[1026];

    (void)state;
    memset(text, 'x', sizeof(text));
    memcpy(text + 1023, "\r\n.", 3);
    feed_packet(&f, FROM_FIRST, ACK, 1, 1, text, sizeof(text), sizeof(text));
    assert_non_null(strstr(report(STREAM_TEXT), "xxx\n.\n"));
    assert_null(strstr(out.text, "\\r"));
}

static void what_is_missing_is_said_at_its_place(void **state)
{
    (void)state;
    feed_handshake(&f);
    feed_text(&f, FROM_FIRST, 101, 901, "begin ");
    feed_packet(&f, FROM_FIRST, ACK, 107, 901, "cut", 3, 1503);
    feed_text(&f, FROM_FIRST, 1611, 901, "end");
    feed_text(&f, FROM_FIRST, 1612, 901, "ND");
    stream_end(f.s);
    assert_string_equal(
        report(STREAM_TEXT),
        "127.0.0.1:51826 → 127.0.0.1:80  12 bytes, 1,501 missing  packet 4  0.000000\n"
        "begin cut\n"
        "[1,500 bytes cut off by the capture]\n"
        "[1 byte not captured]\n"
        "end\n"
        "[another segment had other bytes than packet 6]\n");
    assert_int_equal(sum.missing_bytes, 1501);
    assert_int_equal(sum.bytes[FROM_FIRST], 12);
}

static void what_the_bound_took_is_said_first(void **state)
{
    (void)state;
    feed_close(&f);
    feed_open(&f, 8);
    feed_handshake(&f);
    feed_text(&f, FROM_FIRST, 101, 901, "12345678");
    feed_text(&f, FROM_FIRST, 109, 901, "abc");
    assert_string_equal(report(STREAM_TEXT),
                        "[the oldest 8 bytes are gone: newer ones took the place]\n"
                        "127.0.0.1:51826 → 127.0.0.1:80  3 bytes  packet 5  0.000000\n"
                        "abc\n");
    assert_int_equal(sum.lost_bytes, 8);
}

static void each_datagram_has_its_heading(void **state)
{
    (void)state;
    f.protocol = IPPROTO_UDP;
    feed_packet(&f, FROM_FIRST, 0, 0, 0, "a", 1, 1);
    feed_packet(&f, FROM_FIRST, 0, 0, 0, "", 0, 0);
    feed_packet(&f, FROM_FIRST, 0, 0, 0, "c", 1, 5);
    assert_string_equal(report(STREAM_TEXT),
                        "127.0.0.1:51826 → 127.0.0.1:80  1 byte  packet 1  0.000000\n"
                        "a\n"
                        "127.0.0.1:51826 → 127.0.0.1:80  0 bytes  packet 2  0.000001\n"
                        "127.0.0.1:51826 → 127.0.0.1:80  1 byte, 4 missing  packet 3  "
                        "0.000002\n"
                        "c\n"
                        "[4 bytes cut off by the capture]\n");
}

static void a_dump_counts_in_each_direction(void **state)
{
    (void)state;
    ask_and_answer();
    assert_string_equal(
        report(STREAM_HEX),
        "127.0.0.1:51826 → 127.0.0.1:80  18 bytes  packet 4  0.000000\n"
        "00000000  47 45 54 20 2f 20 48 54                           GET / HT\n"
        "00000008  54 50 2f 31 2e 30 0d 0a  0d 0a                    TP/1.0....\n"
        "127.0.0.1:51826 ← 127.0.0.1:80  8 bytes  packet 6  0.000002\n"
        "00000000  32 30 30 20 4f 4b 0d 0a                           200 OK..\n"
        "127.0.0.1:51826 → 127.0.0.1:80  3 bytes  packet 7  2.000003\n"
        "00000012  62 79 65                                          bye\n");
}

static void raw_bytes_are_all_or_those_of_one_side(void **state)
{
    (void)state;
    ask_and_answer();
    assert_string_equal(report(STREAM_RAW), "GET / HTTP/1.0\r\n\r\n200 OK\r\nbye");
    shape.only = STREAM_ONLY_FIRST;
    assert_string_equal(report(STREAM_RAW), "GET / HTTP/1.0\r\n\r\nbye");
    assert_int_equal(sum.bytes[FROM_SECOND], 0);
    shape.only = STREAM_ONLY_SECOND;
    assert_string_equal(report(STREAM_RAW), "200 OK\r\n");
}

static void text_of_one_side_is_one_run(void **state)
{
    (void)state;
    ask_and_answer();
    shape.only = STREAM_ONLY_FIRST;
    assert_string_equal(report(STREAM_TEXT),
                        "127.0.0.1:51826 → 127.0.0.1:80  21 bytes  packet 4  0.000000\n"
                        "GET / HTTP/1.0\n"
                        "\n"
                        "bye\n");
}

static void json_is_an_object_a_chunk(void **state)
{
    static const char *const lines[] = {
        "{\"conversation\": 7, \"chunk\": 0, \"packet\": 4, \"time\": "
        "\"1700000000.000003000\", \"from\": \"127.0.0.1:51826\", \"to\": "
        "\"127.0.0.1:80\", \"offset\": 0, \"length\": 3, \"kind\": \"bytes\", \"cut\": true, "
        "\"hex\": \"615c1b\", \"text\": \"a\\\\\\\\x1b\"}",
        "{\"conversation\": 7, \"chunk\": 1, \"packet\": 4, \"time\": "
        "\"1700000000.000003000\", \"from\": \"127.0.0.1:51826\", \"to\": "
        "\"127.0.0.1:80\", \"offset\": 3, \"length\": 2, \"kind\": \"gap\", \"cut\": true}",
        "{\"conversation\": 7, \"chunk\": 2, \"packet\": 5, \"time\": "
        "\"1700000000.000004000\", \"from\": \"127.0.0.1:80\", \"to\": "
        "\"127.0.0.1:51826\", \"offset\": 0, \"length\": 1, \"kind\": \"bytes\", "
        "\"disputed\": true, \"hex\": \"22\", \"text\": \"\\\"\"}",
    };
    char *line, *rest;

    (void)state;
    f.conversation = 7;
    feed_handshake(&f);
    feed_packet(&f, FROM_FIRST, ACK, 101, 901, "a\\\x1b", 3, 5);
    feed_text(&f, FROM_SECOND, 901, 106, "\"");
    feed_text(&f, FROM_SECOND, 901, 106, "xy");
    report(STREAM_JSON);
    rest = out.text;
    for (size_t i = 0; i < 3; i++) {
        cJSON *object;

        line = strsep(&rest, "\n");
        assert_string_equal(line, lines[i]);
        object = cJSON_Parse(line);
        assert_non_null(object);
        cJSON_Delete(object);
    }
}

static void put_message(unsigned direction, uint32_t *seq, size_t which, size_t cut_after)
{
    const struct recorded *r = &recorded[which];
    size_t here = cut_after < r->len ? cut_after : r->len;

    feed_packet(&f, direction, ACK, *seq, 0, r->bytes, here, r->len);
    *seq += (uint32_t)r->len;
}

static void messages_are_found_with_their_fields(void **state)
{
    uint32_t a = 101, b = 901;

    (void)state;
    feed_handshake(&f);
    put_message(FROM_FIRST, &a, 0, SIZE_MAX);
    put_message(FROM_SECOND, &b, 1, SIZE_MAX);
    report(STREAM_MESSAGES);
    assert_int_equal(sum.messages, 2);
    assert_non_null(strstr(out.text, "127.0.0.1:51826 → 127.0.0.1:80  146 bytes  packet 4  "
                                     "0.000000  text/json  search morpheus\n"));
    assert_non_null(strstr(out.text, "127.0.0.1:51826 ← 127.0.0.1:80  142 bytes  packet 5  "
                                     "0.000001  text/json  search ring\n"));
    assert_non_null(strstr(out.text, "content-type"));
    assert_non_null(strstr(out.text, "{\"action\":\"search\",\"value\":\"morpheus\"}"));
}

static void messages_go_on_behind_a_content_that_was_cut(void **state)
{
    uint32_t a = 101, b = 901;

    (void)state;
    feed_handshake(&f);
    put_message(FROM_FIRST, &a, 0, 110);
    put_message(FROM_FIRST, &a, 1, SIZE_MAX);
    feed_text(&f, FROM_SECOND, b, 1, "HTTP/1.0 no message\r\n");
    report(STREAM_MESSAGES);
    assert_int_equal(sum.messages, 2);
    assert_non_null(strstr(out.text, "the first 5 of 41 bytes of its content were kept\n"));
    assert_non_null(strstr(out.text, "  text/json  search ring\n"));
    assert_non_null(strstr(out.text, "127.0.0.1:51826 ← 127.0.0.1:80"));
    assert_non_null(strstr(out.text, "fault"));
}

static void thousands_of_messages_are_found_in_one_stream(void **state)
{
    uint32_t a = 101;
    size_t n = 0;

    (void)state;
    feed_handshake(&f);
    for (size_t i = 0; i < 2000; i++)
        put_message(FROM_FIRST, &a, i & 1, SIZE_MAX);
    report(STREAM_MESSAGES);
    assert_int_equal(sum.messages, 2000);
    for (const char *at = out.text; (at = strstr(at, "  search ")); at++)
        n++;
    assert_int_equal(n, 2000);
}

static void no_messages_are_guessed_where_the_beginning_is_lost(void **state)
{
    uint32_t a = 101;

    (void)state;
    feed_close(&f);
    feed_open(&f, 200);
    feed_handshake(&f);
    put_message(FROM_FIRST, &a, 0, SIZE_MAX);
    put_message(FROM_FIRST, &a, 1, SIZE_MAX);
    report(STREAM_MESSAGES);
    assert_int_equal(sum.messages, 0);
    assert_non_null(strstr(out.text, "cannot be followed from here"));
}

static int refuse(void *ctx, const char *bytes, size_t len)
{
    (void)bytes;
    (void)len;
    ++*(int *)ctx;
    return -EPIPE;
}

static void writing_ends_when_nobody_takes_it(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 100; i++)
        feed_text(&f, FROM_FIRST, 1 + 1000 * i, 1, "xxxxxxxxxx");
    stream_end(f.s);
    for (int form = 0; form < STREAM_FORMS; form++) {
        int calls = 0;

        shape.form = (enum stream_form)form;
        assert_int_equal(stream_report(f.s, &shape, refuse, &calls, &sum), -EPIPE);
        assert_int_equal(calls, 1);
    }
}

static void an_empty_stream_is_an_empty_report(void **state)
{
    (void)state;
    for (int form = 0; form < STREAM_FORMS; form++)
        assert_string_equal(report((enum stream_form)form), "");
}

static void forms_have_names(void **state)
{
    enum stream_form form = STREAM_TEXT;

    (void)state;
    for (int i = 0; i < STREAM_FORMS; i++) {
        assert_true(stream_form_by_name(stream_form_names[i], &form));
        assert_int_equal(form, i);
    }
    assert_false(stream_form_by_name("xml", &form));
}

static void a_stream_is_saved_into_a_file(void **state)
{
    char folder[] = "/tmp/sockeye-stream-XXXXXX", path[64], link[64], text[64] = "";
    struct err err = {0};
    FILE *in;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/raw", folder);
    snprintf(link, sizeof(link), "%s/link", folder);
    ask_and_answer();
    shape.form = STREAM_RAW;
    assert_int_equal(stream_save(f.s, &shape, path, &sum, &err), 0);
    assert_int_equal(sum.bytes[FROM_FIRST], 21);
    in = fopen(path, "r");
    assert_non_null(in);
    assert_int_equal(fread(text, 1, sizeof(text) - 1, in), 29);
    fclose(in);
    assert_string_equal(text, "GET / HTTP/1.0\r\n\r\n200 OK\r\nbye");
    assert_int_equal(symlink(path, link), 0);
    assert_int_equal(stream_save(f.s, &shape, link, &sum, &err), -ELOOP);
    assert_int_equal(stream_save(f.s, &shape, folder, &sum, &err), -EISDIR);
    assert_int_equal(err.code, -EISDIR);
    unlink(link);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
#define WITH_FEED(test) cmocka_unit_test_setup_teardown(test, open_feed, close_feed)
    const struct CMUnitTest tests[] = {
        WITH_FEED(text_has_a_heading_at_each_change_of_direction),
        WITH_FEED(times_count_from_where_the_caller_wants),
        WITH_FEED(text_is_printable_whatever_was_sent),
        WITH_FEED(a_character_may_stand_in_two_chunks),
        WITH_FEED(a_long_line_keeps_its_line_end),
        WITH_FEED(what_is_missing_is_said_at_its_place),
        WITH_FEED(what_the_bound_took_is_said_first),
        WITH_FEED(each_datagram_has_its_heading),
        WITH_FEED(a_dump_counts_in_each_direction),
        WITH_FEED(raw_bytes_are_all_or_those_of_one_side),
        WITH_FEED(text_of_one_side_is_one_run),
        WITH_FEED(json_is_an_object_a_chunk),
        WITH_FEED(messages_are_found_with_their_fields),
        WITH_FEED(messages_go_on_behind_a_content_that_was_cut),
        WITH_FEED(thousands_of_messages_are_found_in_one_stream),
        WITH_FEED(no_messages_are_guessed_where_the_beginning_is_lost),
        WITH_FEED(writing_ends_when_nobody_takes_it),
        WITH_FEED(an_empty_stream_is_an_empty_report),
        WITH_FEED(forms_have_names),
        WITH_FEED(a_stream_is_saved_into_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
