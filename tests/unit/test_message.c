/* The decoder: recorded messages at every split, what is wrong at which byte, memory. */
#include "core/message/decoder.h"

#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/mem.h"
#include "core/message/content.h"
#include "tests/unit/messages.h"

#define N_RECORDED (sizeof(recorded) / sizeof(recorded[0]))

static void assert_is(struct message *m, const struct recorded *r)
{
    assert_non_null(m);
    assert_int_equal(m->len, r->len);
    assert_memory_equal(m->bytes, r->bytes, r->len);
    assert_int_equal(m->length.at, 0);
    assert_int_equal(m->header.at, 2);
    assert_int_equal(m->header.len, r->header_len);
    assert_int_equal(m->content.at, 2 + r->header_len);
    assert_int_equal(m->content.len, r->len - 2 - r->header_len);
    assert_int_equal(m->content_length, m->content.len);
    assert_string_equal(m->content_type, r->type);
    assert_string_equal(m->content_encoding, r->encoding);
    message_free(m);
}

static void feed_whole(struct decoder *d, const char *bytes, size_t len, int expected,
                       struct message **ret)
{
    struct message_fault fault = {0};
    char *exact = mem_copy(bytes, len);
    size_t used = 0;

    assert_int_equal(decoder_feed(d, exact, len, &used, ret, &fault), expected);
    assert_int_equal(used, len);
    free(exact);
}

static void every_split_of_a_message_gives_the_same(void **state)
{
    (void)state;
    assert_true(N_RECORDED >= 50);
    for (size_t i = 0; i < N_RECORDED; i++)
        for (size_t cut = 0; cut < recorded[i].len; cut++) {
            const struct recorded *r = &recorded[i];
            struct message *m = NULL;
            struct decoder d;

            decoder_init(&d, NULL);
            feed_whole(&d, r->bytes, cut, 0, &m);
            assert_null(m);
            feed_whole(&d, r->bytes + cut, r->len - cut, 1, &m);
            assert_is(m, r);
            assert_int_equal(decoder_finish(&d, NULL), 0);
            decoder_done(&d);
        }
}

static void messages_behind_each_other_come_out_one_by_one(void **state)
{
    char *all = NULL;
    size_t len = 0;

    (void)state;
    for (size_t i = 0; i < N_RECORDED; i++) {
        all = mem_resize(all, len + recorded[i].len, 1);
        memcpy(all + len, recorded[i].bytes, recorded[i].len);
        len += recorded[i].len;
    }
    for (size_t piece = 1; piece < 400; piece = piece * 2 + 1) {
        struct decoder d;
        size_t seen = 0, stream_at = 0;

        decoder_init(&d, NULL);
        for (size_t at = 0; at < len;) {
            size_t n = len - at < piece ? len - at : piece, used;
            struct message *m = NULL;
            int r = decoder_feed(&d, all + at, n, &used, &m, NULL);

            assert_in_range(r, 0, 1);
            at += used;
            if (!r)
                continue;
            assert_int_equal(m->stream_at, stream_at);
            stream_at += m->len;
            assert_is(m, &recorded[seen++]);
        }
        assert_int_equal(seen, N_RECORDED);
        assert_int_equal(decoder_finish(&d, NULL), 0);
        decoder_done(&d);
    }
    free(all);
}

static void the_content_of_each_is_what_python_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_RECORDED; i++) {
        struct message *m = NULL;
        struct decoder d;
        char *text;
        size_t len;

        decoder_init(&d, NULL);
        feed_whole(&d, recorded[i].bytes, recorded[i].len, 1, &m);
        assert_int_equal(message_is_json(m), recorded[i].text != NULL);
        if (recorded[i].text) {
            assert_int_equal(
                content_json(m, &message_limits, JSON_COMPACT, false, &text, &len, NULL), 0);
            assert_string_equal(text, recorded[i].text);
            free(text);
        }
        message_free(m);
        decoder_done(&d);
    }
}

/* ---- what is wrong ----------------------------------------------------------------------- */

#define FIELDS "\"byteorder\":\"big\",\"content-type\":\"a\",\"content-encoding\":\"b\""
#define LENGTH ",\"content-length\":"
#define WHOLE "{" FIELDS LENGTH "3}"

struct wrong {
    const char *header;
    size_t header_len; /* 0: as long as the text */
    int code;
    size_t at;          /* in the message; or 0 and */
    const char *before; /* the text in the header that stands there */
    const char *said;
};

static const struct wrong wrongs[] = {
    {"{}", 0, -EBADMSG, 2, NULL, "the header has no byteorder"},
    {"{" FIELDS "}", 0, -EBADMSG, 2, NULL, "has no content-length"},
    {"{\"byteorder\":1,\"content-type\":\"a\",\"content-encoding\":\"b\"" LENGTH "3}", 0,
     -EBADMSG, 0, "1,", "byteorder is 1, not a string"},
    {"{\"byteorder\":\"middle\",\"content-type\":\"a\",\"content-encoding\":\"b\"" LENGTH "3}",
     0, -EBADMSG, 0, "\"middle", "neither little nor big"},
    {"{\"byteorder\":\"big\",\"content-type\":[\"\x1b\"],\"content-encoding\":\"b\"" LENGTH
     "3}",
     0, -EBADMSG, 0, "\x1b", "control byte 0x1b"},
    {"{\"byteorder\":\"big\",\"content-type\":null,\"content-encoding\":\"b\"" LENGTH "3}", 0,
     -EBADMSG, 0, "null", "content-type is null"},
    {"{\"byteorder\":\"big\",\"content-type\":\"a\\u0000\",\"content-encoding\":\"b\"" LENGTH
     "3}",
     0, -EBADMSG, 0, "\"a\\u0000", "holds a NUL"},
    {"{" FIELDS LENGTH "-1}", 0, -EBADMSG, 0, "-1", "is -1, negative"},
    {"{" FIELDS LENGTH "-0}", 0, -EBADMSG, 0, "-0", "negative"},
    {"{" FIELDS LENGTH "1.5}", 0, -EBADMSG, 0, "1.5", "not a whole number"},
    {"{" FIELDS LENGTH "3.0}", 0, -EBADMSG, 0, "3.0", "not a whole number"},
    {"{" FIELDS LENGTH "1e1}", 0, -EBADMSG, 0, "1e1", "not a whole number"},
    {"{" FIELDS LENGTH "03}", 0, -EBADMSG, 0, "3}", "bad JSON"},
    {"{" FIELDS LENGTH "+3}", 0, -EBADMSG, 0, "+3", "bad JSON"},
    {"{" FIELDS LENGTH "NaN}", 0, -EBADMSG, 0, "NaN", "bad JSON"},
    {"{" FIELDS LENGTH "\"3\"}", 0, -EBADMSG, 0, "\"3\"", "not a number"},
    {"{" FIELDS LENGTH "true}", 0, -EBADMSG, 0, "true", "not a number"},
    {"{" FIELDS LENGTH "16777217}", 0, -EMSGSIZE, 0, "16777217", "the limit is 16,777,216"},
    {"{" FIELDS LENGTH "9007199254740993}", 0, -EMSGSIZE, 0, "9007", "more than any number"},
    {"{" FIELDS LENGTH "99999999999999999999999999}", 0, -EMSGSIZE, 0, "9999", "more than any"},
    {"{" FIELDS LENGTH "3" LENGTH "4}", 0, -EBADMSG, 0, "\"content-length\":4",
     "content-length twice"},
    {"{\"byteorder\":\"big\",\"byte\\u006frder\":\"big\"}", 0, -EBADMSG, 0, "\"byte\\u006f",
     "byteorder twice"},
    {"{\"x\":\"ab\xc3(\"}", 0, -EILSEQ, 0, "\xc3(", "bad UTF-8 in the header: 0xc3"},
    {"{\"x\":\"\xed\xa0\x80\"}", 0, -EILSEQ, 0, "\xed", "bad UTF-8"},
    {"{\"x\":\"\xc0\x80\"}", 0, -EILSEQ, 0, "\xc0", "bad UTF-8"},
    {"{\"x\":}\xff", 0, -EILSEQ, 0, "\xff", "bad UTF-8"},
    {"{\"x\":\"\\ud83d\\u0041\"}", 0, -EILSEQ, 0, "\\ud83d", "half a character"},
    {"{\"x\":\"\\ud800\"}", 0, -EILSEQ, 0, "\\ud800", "half a character"},
    {"{\"x\":\"\0\"}", 8, -EBADMSG, 8, NULL, "a NUL byte"},
    {WHOLE "\0", sizeof(WHOLE), -EBADMSG, sizeof(WHOLE) + 1, NULL, "a NUL byte"},
    {WHOLE "x", 0, -EBADMSG, 0, "x", "'x' where the end is due"},
    {"{" FIELDS LENGTH "3", 0, -EBADMSG, sizeof("{" FIELDS LENGTH "3") + 1, NULL,
     "ends too early"},
    {"{" FIELDS LENGTH "3,}", 0, -EBADMSG, 0, ",}", "a key in quotes is due"},
    {"{'byteorder':1}", 0, -EBADMSG, 0, "'", "a key in quotes is due"},
    {"  []", 0, -EBADMSG, 4, NULL, "is no object"},
    {"[]", 0, -EBADMSG, 2, NULL, "begins no JSON header"},
    {"HTTP/1.1 200 OK", 0, -EBADMSG, 2, NULL, "'H' begins no JSON header"},
    {"\x16\x03\x01", 0, -EBADMSG, 2, NULL, "\\x16"},
};

static size_t place_of(const struct wrong *w)
{
    const char *found = w->before ? strstr(w->header, w->before) : NULL;

    /* A comma alone stands in many places: the last one is meant. */
    if (w->before && w->before[0] == ',')
        return 2 + (size_t)(found - w->header) + 1;
    return w->before ? 2 + (size_t)(found - w->header) : w->at;
}

/* Cut at every byte, the same fault comes out. */
static void assert_wrong(const char *bytes, size_t len, const struct wrong *w)
{
    for (size_t cut = 0; cut <= len; cut++) {
        struct message_fault fault = {0};
        struct message *m = NULL;
        struct decoder d;
        size_t used;
        int r;

        decoder_init(&d, NULL);
        r = decoder_feed(&d, bytes, cut, &used, &m, &fault);
        if (r == 0)
            r = decoder_feed(&d, bytes + cut, len - cut, &used, &m, &fault);
        assert_int_equal(r, w->code);
        assert_null(m);
        if (!strstr(fault.err.reason, w->said))
            fail_msg("%s: %s", w->header, fault.err.reason);
        if (fault.at != place_of(w))
            fail_msg("%s: %s, not byte %zu", w->header, fault.err.reason, place_of(w));
        /* It stays so. */
        assert_int_equal(decoder_feed(&d, "x", 1, &used, &m, NULL), w->code);
        assert_int_equal(decoder_finish(&d, NULL), w->code);
        decoder_done(&d);
    }
}

static void what_is_wrong_is_told_with_its_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
        const struct wrong *w = &wrongs[i];
        size_t len = w->header_len ? w->header_len : strlen(w->header);
        char *bytes = mem_new(len + 2, 1);

        bytes[0] = (char)(len >> 8);
        bytes[1] = (char)(len & 0xff);
        memcpy(bytes + 2, w->header, len);
        assert_wrong(bytes, len + 2, w);
        free(bytes);
    }
}

static void nesting_is_bounded(void **state)
{
    static const struct message_limits limits = {
        .header_max = 65535, .content_max = 10, .nesting_max = 3};
    static const char deep[] = "\0\x0c{\"x\":[[[]]]}";
    struct message_fault fault;
    struct message *m;
    struct decoder d;
    size_t used;

    (void)state;
    decoder_init(&d, &limits);
    assert_int_equal(decoder_feed(&d, deep, sizeof(deep) - 1, &used, &m, &fault), -E2BIG);
    assert_int_equal(fault.at, 9);
    assert_non_null(strstr(fault.err.reason, "nested more than 3 deep"));
    decoder_done(&d);
}

/* ---- byte-swapped lengths ---------------------------------------------------------------- */

static void swap(char *bytes)
{
    char first = bytes[0];

    bytes[0] = bytes[1];
    bytes[1] = first;
}

static void a_swapped_length_is_found_when_the_header_is_there(void **state)
{
    size_t found = 0;

    (void)state;
    for (size_t i = 0; i < N_RECORDED; i++) {
        const struct recorded *r = &recorded[i];
        char *bytes = mem_copy(r->bytes, r->len);
        struct message_fault fault = {0};
        struct message *m;
        struct decoder d;
        size_t used;

        swap(bytes);
        decoder_init(&d, NULL);
        if (bytes[0] != bytes[1] && r->bytes[2] == '{') {
            assert_true(decoder_feed(&d, bytes, 2 + r->header_len, &used, &m, &fault) < 0);
            assert_true(strstr(fault.err.reason, "byte-swapped") ||
                        strstr(fault.err.hint, "byte-swapped"));
            found++;
        }
        decoder_done(&d);
        free(bytes);
    }
    assert_true(found >= 40);
}

static void a_length_beyond_the_limit_may_be_a_swapped_one(void **state)
{
    static const struct message_limits limits = {
        .header_max = 1000, .content_max = 10, .nesting_max = 3};
    struct message_fault fault;
    struct message *m;
    struct decoder d;
    size_t used;

    (void)state;
    decoder_init(&d, &limits);
    assert_int_equal(decoder_feed(&d, "\x68\0", 2, &used, &m, &fault), -EMSGSIZE);
    assert_int_equal(fault.at, 0);
    assert_non_null(strstr(fault.err.hint, "little-endian it is 104"));
    decoder_done(&d);
    decoder_init(&d, &limits);
    assert_int_equal(decoder_feed(&d, "\0\1", 2, &used, &m, &fault), -EBADMSG);
    assert_non_null(strstr(fault.err.reason, "at least 2 bytes"));
    decoder_done(&d);
    decoder_init(&d, NULL);
    assert_int_equal(decoder_feed(&d, "\0\0\0\0", 4, &used, &m, &fault), -EBADMSG);
    assert_non_null(strstr(fault.err.reason, "length is 0, a JSON object has at least 2"));
    decoder_done(&d);
}

static void another_protocol_is_told_by_its_first_bytes(void **state)
{
    static const struct {
        const char *bytes, *said;
    } others[] = {{"GET / HTTP/1.1\r\n\r\n", "looks like HTTP"},
                  {"HTTP/1.1 200 OK\r\n", "looks like HTTP"},
                  {"\x16\x03\x01\x02", "looks like TLS"},
                  {"\x05\x01x", ""}};

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct message_fault fault = {0};
        struct message *m = NULL;
        struct decoder d;
        size_t used;

        decoder_init(&d, NULL);
        assert_int_equal(
            decoder_feed(&d, others[i].bytes, strlen(others[i].bytes), &used, &m, &fault),
            -EBADMSG);
        assert_non_null(strstr(fault.err.hint, others[i].said));
        assert_int_equal(fault.err.hint[0] != '\0', others[i].said[0] != '\0');
        decoder_done(&d);
    }
}

/* ---- the end of the stream --------------------------------------------------------------- */

static void closing_in_the_middle_tells_where(void **state)
{
    static const char whole[] = "\0\x50" WHOLE "abc";
    static const struct {
        size_t cut;
        const char *said;
    } cuts[] = {{1, "byte 1: the peer closed after 1 of 2 bytes of the length"},
                {2, "closed after 0 of 80 bytes of the header"},
                {40, "closed after 38 of 80 bytes of the header"},
                {82, "closed after 0 of 3 bytes of the content"},
                {84, "byte 84: the peer closed after 2 of 3 bytes of the content"}};
    struct message_fault fault;
    struct message *m = NULL;
    struct decoder d;
    size_t used;

    (void)state;
    assert_int_equal(sizeof(whole) - 1, 85);
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        decoder_init(&d, NULL);
        assert_int_equal(decoder_feed(&d, whole, cuts[i].cut, &used, &m, &fault), 0);
        assert_int_equal(decoder_finish(&d, &fault), -EPROTO);
        assert_non_null(strstr(fault.err.reason, cuts[i].said));
        assert_int_equal(fault.at, cuts[i].cut);
        decoder_done(&d);
    }
    decoder_init(&d, NULL);
    assert_int_equal(decoder_finish(&d, &fault), 0);
    decoder_done(&d);
}

/* ---- memory ------------------------------------------------------------------------------ */

static size_t allocated(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static void a_lying_header_costs_no_more_than_the_bytes_that_came(void **state)
{
    static const char header[] = "\0\x57{" FIELDS LENGTH "16777216}";
    static const char long_header[] = "\xff\xff{";
    char piece[1000] = {0};
    size_t used, before = allocated();
    struct message *m = NULL;
    struct decoder d;

    (void)state;
    decoder_init(&d, NULL);
    feed_whole(&d, long_header, sizeof(long_header) - 1, 0, &m);
    assert_true(d.room <= DECODER_FIRST_BYTES);
    assert_true(allocated() - before < 2000);
    decoder_done(&d);
    decoder_init(&d, NULL);
    feed_whole(&d, header, sizeof(header) - 1, 0, &m);
    assert_true(d.room <= DECODER_FIRST_BYTES);
    assert_true(allocated() - before < 2000);
    for (size_t came = sizeof(header) - 1; came < 1000000; came += sizeof(piece)) {
        assert_int_equal(decoder_feed(&d, piece, sizeof(piece), &used, &m, NULL), 0);
        assert_true(d.room <= 2 * d.message->len);
        assert_true(allocated() - before < 2 * (came + sizeof(piece)) + 4096 + 2000);
    }
    decoder_done(&d);
}

static void the_largest_message_comes_through(void **state)
{
    static const char header[] = "\0\x57{" FIELDS LENGTH "16777216}";
    size_t used, n = MESSAGE_CONTENT_MAX;
    char *content = mem_new(n, 1);
    struct message *m = NULL;
    struct decoder d;

    (void)state;
    decoder_init(&d, NULL);
    feed_whole(&d, header, sizeof(header) - 1, 0, &m);
    feed_whole(&d, content, n - 1, 0, &m);
    assert_true(d.room <= d.wanted);
    assert_int_equal(decoder_feed(&d, "xy", 2, &used, &m, NULL), 1);
    assert_int_equal(used, 1);
    assert_int_equal(m->content.len, n);
    assert_int_equal(m->bytes[m->len - 1], 'x');
    message_free(m);
    decoder_done(&d);
    free(content);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_split_of_a_message_gives_the_same),
        cmocka_unit_test(messages_behind_each_other_come_out_one_by_one),
        cmocka_unit_test(the_content_of_each_is_what_python_reads),
        cmocka_unit_test(what_is_wrong_is_told_with_its_byte),
        cmocka_unit_test(another_protocol_is_told_by_its_first_bytes),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(a_swapped_length_is_found_when_the_header_is_there),
        cmocka_unit_test(a_length_beyond_the_limit_may_be_a_swapped_one),
        cmocka_unit_test(closing_in_the_middle_tells_where),
        cmocka_unit_test(a_lying_header_costs_no_more_than_the_bytes_that_came),
        cmocka_unit_test(the_largest_message_comes_through),
    };

    return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
