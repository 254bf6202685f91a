/* The messages of a session, found in passages that are whole, cut, lost and interleaved; and the
 * command that sends one anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/message/compose.h"
#include "core/model/messages.h"
#include "core/model/resend.h"

#define SESSION 2
#define OPENED_NS 1000

struct fixture {
    struct ring *ring;
    struct messages found;
    uint64_t now_ns;
};

static void open_ring(struct fixture *f, size_t records)
{
    *f = (struct fixture){.ring = ring_new(records, sizeof(struct passage), 1 << 20),
                          .now_ns = OPENED_NS};
    messages_init(&f->found);
}

static void close_ring(struct fixture *f)
{
    messages_done(&f->found);
    ring_free(f->ring);
}

/* A passage as a session writes it: only its beginning is kept. */
static void pass(struct fixture *f, uint64_t session, enum direction direction,
                 const void *bytes, size_t len)
{
    struct passage p = {.at_ns = ++f->now_ns,
                        .session_id = session,
                        .length = len,
                        .direction = (uint8_t)direction};

    ring_put(f->ring, &p, bytes, len < TRANSCRIPT_KEPT_BYTES ? len : TRANSCRIPT_KEPT_BYTES);
}

static void update(struct fixture *f)
{
    messages_update(&f->found, f->ring, ring_head(f->ring), SESSION, OPENED_NS);
}

static const struct found *nth(const struct fixture *f, uint64_t number)
{
    const struct found *found = messages_at(&f->found, number);

    assert_non_null(found);
    return found;
}

/* A message of the words of a command line. */
static uint8_t *made(const char *line, size_t *ret_len)
{
    struct command c;
    uint8_t *bytes;

    assert_int_equal(command_parse(line, &c, NULL), 0);
    assert_int_equal(command_message(&c, &bytes, ret_len, NULL), 0);
    return bytes;
}

/* A binary message with so much content. */
static uint8_t *large(size_t content_len, size_t *ret_len)
{
    void *content = mem_new(content_len, 1);
    struct composition c = {.binary = true, .content = content, .content_len = content_len};
    uint8_t *bytes;

    memset(content, 'c', content_len);
    assert_int_equal(compose_message(&c, &bytes, ret_len, NULL), 0);
    free(content);
    return bytes;
}

static void expect(const struct fixture *f, uint64_t number, enum found_kind kind,
                   const char *summary)
{
    const struct found *found = nth(f, number);

    assert_string_equal(found->summary, summary);
    assert_int_equal(found->kind, kind);
}

static void every_cut_of_the_stream_gives_the_same_messages(void **state)
{
    size_t a_len, b_len;
    uint8_t *a = made("message action=search value=morpheus", &a_len);
    uint8_t *b = made("message result=\"Follow the white rabbit. 🐰\"", &b_len);
    uint8_t *both = mem_new(a_len + b_len, 1);

    (void)state;
    memcpy(both, a, a_len);
    memcpy(both + a_len, b, b_len);
    for (size_t piece = 1; piece <= a_len + b_len; piece++) {
        struct fixture f;

        open_ring(&f, 1024);
        for (size_t at = 0; at < a_len + b_len; at += piece) {
            size_t left = a_len + b_len - at;

            pass(&f, SESSION, DIRECTION_SENT, both + at, left < piece ? left : piece);
            pass(&f, SESSION + 1, DIRECTION_SENT, "of another session", 18);
            pass(&f, SESSION, DIRECTION_NOTE, "a note", 6);
            update(&f);
        }
        assert_int_equal(f.found.next, 2);
        expect(&f, 0, FOUND_WHOLE, "text/json  search morpheus");
        expect(&f, 1, FOUND_WHOLE, "text/json  Follow the white rabbit. 🐰");
        assert_memory_equal(nth(&f, 1)->message->bytes, b, b_len);
        close_ring(&f);
    }
    free(a);
    free(b);
    free(both);
}

static void directions_are_streams_of_their_own(void **state)
{
    size_t a_len, b_len;
    uint8_t *a = made("message action=search value=ring", &a_len);
    uint8_t *b = made("message --binary x=binary", &b_len);
    struct fixture f;

    (void)state;
    open_ring(&f, 64);
    pass(&f, SESSION, DIRECTION_SENT, a, 50);
    pass(&f, SESSION, DIRECTION_RECEIVED, b, 1);
    update(&f);
    expect(&f, 0, FOUND_COMING, "48 of 103 bytes of the header so far");
    expect(&f, 1, FOUND_COMING, "1 of 2 bytes of the length so far");
    pass(&f, SESSION, DIRECTION_SENT, a + 50, a_len - 50);
    pass(&f, SESSION, DIRECTION_RECEIVED, b + 1, b_len - 1);
    update(&f);
    assert_int_equal(f.found.next, 2);
    expect(&f, 0, FOUND_WHOLE, "text/json  search ring");
    expect(&f, 1, FOUND_WHOLE, "binary/custom-client-binary-type  binary");
    assert_int_equal(nth(&f, 0)->at_ns, OPENED_NS + 1);
    assert_int_equal(nth(&f, 1)->direction, DIRECTION_RECEIVED);
    close_ring(&f);
    free(a);
    free(b);
}

/* The content's length is known, so the next message's first byte is, too. */
static void a_cut_content_is_followed_by_the_next_message(void **state)
{
    size_t a_len, b_len;
    uint8_t *a = large(100000, &a_len);
    uint8_t *b = made("message action=search value=ring", &b_len);
    uint8_t *end = mem_new(5000 + b_len, 1);
    struct fixture f;

    (void)state;
    open_ring(&f, 64);
    pass(&f, SESSION, DIRECTION_SENT, a, 60000);
    pass(&f, SESSION, DIRECTION_SENT, a + 60000, a_len - 60000 - 100);
    update(&f);
    assert_int_equal(f.found.next, 1);
    /* It ends within what is kept of a passage. */
    memcpy(end, a + a_len - 100, 100);
    memcpy(end + 100, b, b_len);
    pass(&f, SESSION, DIRECTION_SENT, end, 100 + b_len);
    update(&f);
    assert_int_equal(nth(&f, 0)->kind, FOUND_CUT);
    assert_int_equal(nth(&f, 0)->message->len, TRANSCRIPT_KEPT_BYTES);
    assert_int_equal(nth(&f, 0)->missing_bytes, a_len - TRANSCRIPT_KEPT_BYTES);
    expect(&f, 1, FOUND_WHOLE, "text/json  search ring");
    /* Just at the end of one. */
    pass(&f, SESSION, DIRECTION_SENT, a, a_len);
    pass(&f, SESSION, DIRECTION_SENT, b, b_len);
    update(&f);
    assert_int_equal(nth(&f, 2)->kind, FOUND_CUT);
    expect(&f, 3, FOUND_WHOLE, "text/json  search ring");
    close_ring(&f);
    free(a);
    free(b);
    free(end);
}

static void a_boundary_that_was_not_kept_ends_the_stream(void **state)
{
    size_t a_len, b_len;
    uint8_t *a = large(5000, &a_len), *b = made("message action=search value=ring", &b_len);
    uint8_t *both = mem_new(a_len + b_len, 1);
    struct fixture f;

    (void)state;
    memcpy(both, a, a_len);
    memcpy(both + a_len, b, b_len);
    open_ring(&f, 64);
    pass(&f, SESSION, DIRECTION_SENT, both, a_len + b_len);
    pass(&f, SESSION, DIRECTION_SENT, b, b_len);
    pass(&f, SESSION, DIRECTION_RECEIVED, b, b_len);
    update(&f);
    assert_int_equal(f.found.next, 3);
    assert_int_equal(nth(&f, 0)->kind, FOUND_CUT);
    expect(&f, 1, FOUND_LOST,
           "cannot be followed from here: 142 bytes were not kept; 142 bytes since");
    assert_null(nth(&f, 1)->message);
    /* The other direction goes on. */
    expect(&f, 2, FOUND_WHOLE, "text/json  search ring");
    close_ring(&f);
    free(a);
    free(b);
    free(both);
}

static void a_header_that_was_cut_ends_the_stream(void **state)
{
    char field[WORDS_BYTES];
    struct composition c = {.binary = true};
    const char *fields[8];
    struct fixture f;
    uint8_t *bytes;
    size_t len;

    (void)state;
    memset(field, 'k', sizeof(field) - 1);
    field[sizeof(field) - 1] = '\0';
    for (size_t i = 0; i < 8; i++)
        fields[i] = field + i;
    for (size_t i = 0; i < 8; i++) {
        char *word = mem_copy(fields[i], strlen(fields[i]));

        word[900] = '=';
        word[0] = (char)('a' + i);
        fields[i] = word;
    }
    c.fields = fields;
    c.n_fields = 8;
    assert_int_equal(compose_message(&c, &bytes, &len, NULL), 0);
    assert_true(len > TRANSCRIPT_KEPT_BYTES);
    open_ring(&f, 64);
    pass(&f, SESSION, DIRECTION_SENT, bytes, len);
    update(&f);
    assert_int_equal(f.found.next, 1);
    assert_int_equal(nth(&f, 0)->kind, FOUND_LOST);
    assert_int_equal(nth(&f, 0)->message->len, TRANSCRIPT_KEPT_BYTES);
    assert_int_equal(nth(&f, 0)->missing_bytes, len - TRANSCRIPT_KEPT_BYTES);
    assert_true(nth(&f, 0)->n_lines > 3);
    close_ring(&f);
    for (size_t i = 0; i < 8; i++)
        free((char *)(uintptr_t)fields[i]);
    free(bytes);
}

static void lost_passages_end_both_streams(void **state)
{
    size_t len;
    uint8_t *bytes = made("message action=search value=ring", &len);
    struct fixture f;

    (void)state;
    open_ring(&f, 16);
    pass(&f, SESSION, DIRECTION_SENT, bytes, len);
    pass(&f, SESSION, DIRECTION_RECEIVED, bytes, 20);
    update(&f);
    for (int i = 0; i < 20; i++)
        pass(&f, SESSION, DIRECTION_SENT, bytes, len);
    update(&f);
    expect(&f, 0, FOUND_WHOLE, "text/json  search ring");
    assert_int_equal(nth(&f, 1)->kind, FOUND_LOST);
    assert_int_equal(nth(&f, 1)->message->len, 20);
    assert_int_equal(nth(&f, 2)->kind, FOUND_LOST);
    assert_true(nth(&f, 2)->gone);
    assert_int_equal(nth(&f, 2)->behind_bytes, 16 * len);
    assert_int_equal(f.found.next, 3);
    close_ring(&f);
    free(bytes);
}

static void a_session_that_is_seen_late_cannot_be_followed(void **state)
{
    size_t len;
    uint8_t *bytes = made("message action=search value=ring", &len);
    struct fixture f;

    (void)state;
    open_ring(&f, 16);
    for (int i = 0; i < 20; i++)
        pass(&f, SESSION, DIRECTION_SENT, bytes, len);
    update(&f);
    assert_int_equal(f.found.next, 2);
    assert_int_equal(nth(&f, 0)->kind, FOUND_LOST);
    assert_int_equal(nth(&f, 1)->kind, FOUND_LOST);
    /* What is lost is older than this session: nothing of it is. */
    messages_update(&f.found, f.ring, ring_head(f.ring), SESSION + 1, f.now_ns);
    assert_int_equal(f.found.next, 0);
    close_ring(&f);
    free(bytes);
}

static void what_is_no_message_has_its_fault_and_what_came_behind(void **state)
{
    static const char wrong[] = "HTTP/1.1 400 Bad Request\r\n";
    struct describe_line lines[FOUND_LINES_MAX];
    struct fixture f;
    size_t n;

    (void)state;
    open_ring(&f, 64);
    pass(&f, SESSION, DIRECTION_RECEIVED, wrong, strlen(wrong));
    pass(&f, SESSION, DIRECTION_RECEIVED, "Server: x\r\n", 11);
    update(&f);
    assert_int_equal(f.found.next, 1);
    expect(&f, 0, FOUND_FAULTY, "byte 2: 'T' begins no JSON header");
    assert_int_equal(nth(&f, 0)->message->len, strlen(wrong) + 11);
    n = found_describe(nth(&f, 0), lines);
    assert_int_equal(n, nth(&f, 0)->n_lines);
    assert_string_equal(lines[n - 1].name, "fault");
    assert_int_equal(lines[n - 1].part.at, 2);
    assert_int_equal(lines[n - 1].part.len, 1);
    assert_true(lines[n - 1].is_wrong);
    assert_string_equal(lines[0].text, "the header has 18516 bytes");
    close_ring(&f);
}

static void a_wrong_length_shows_where_it_leads(void **state)
{
    size_t len;
    uint8_t *bytes = made("message action=search value=x --header content-length=7", &len);
    struct fixture f;

    (void)state;
    open_ring(&f, 64);
    pass(&f, SESSION, DIRECTION_SENT, bytes, len);
    update(&f);
    assert_int_equal(f.found.next, 2);
    assert_int_equal(nth(&f, 0)->kind, FOUND_WHOLE);
    assert_true(nth(&f, 0)->wrong);
    assert_non_null(strstr(nth(&f, 0)->summary, "ends too early"));
    assert_int_equal(nth(&f, 1)->kind, FOUND_FAULTY);
    assert_int_equal(nth(&f, 0)->message->len + nth(&f, 1)->message->len, len);
    close_ring(&f);
    free(bytes);
}

static void what_is_kept_is_bounded(void **state)
{
    size_t len;
    uint8_t *bytes = made("message action=search value=ring", &len);
    struct fixture f;

    (void)state;
    open_ring(&f, 2048);
    pass(&f, SESSION, DIRECTION_RECEIVED, bytes, 30);
    for (int i = 0; i < MESSAGES_KEPT + 100; i++)
        pass(&f, SESSION, DIRECTION_SENT, bytes, len);
    pass(&f, SESSION, DIRECTION_RECEIVED, bytes + 30, len - 30);
    update(&f);
    assert_int_equal(f.found.next - f.found.first, MESSAGES_KEPT);
    assert_int_equal(f.found.first, 101);
    assert_null(messages_at(&f.found, 100));
    assert_int_equal(f.found.bytes, MESSAGES_KEPT * len);
    close_ring(&f);
    free(bytes);
}

/* --- sending one anew ------------------------------------------------------------------- */

static void expect_resent(const char *line, enum resend_left left)
{
    char text[COMMAND_LINE_BYTES];
    struct command again;
    struct fixture f;
    size_t len, again_len;
    uint8_t *bytes = made(line, &len), *more;

    open_ring(&f, 16);
    pass(&f, SESSION, DIRECTION_SENT, bytes, len);
    update(&f);
    assert_int_equal(nth(&f, 0)->kind, FOUND_WHOLE);
    assert_int_equal(resend_command(nth(&f, 0)->message, 7, &again), left);
    command_format(&again, text, sizeof(text));
    if (left == RESEND_ALL) {
        more = made(text, &again_len);
        assert_int_equal(again_len, len);
        assert_memory_equal(more, bytes, len);
        free(more);
    }
    close_ring(&f);
    free(bytes);
}

static void a_message_is_sent_anew_byte_for_byte(void **state)
{
    (void)state;
    expect_resent("message action=search value=morpheus", RESEND_ALL);
    expect_resent("message \"value=it's \\\\ 🐶\" n:=[1,2]", RESEND_ALL);
    expect_resent("message value=grün --encoding latin-1", RESEND_ALL);
    expect_resent("message value=x --encoding utf-16", RESEND_ALL);
    expect_resent("message --binary a=some b=bytes --header x=true --header y='\"1\"'",
                  RESEND_ALL);
    expect_resent("message value=x --header content-encoding=utf-7 'more=+ADs-'", RESEND_ALL);
    expect_resent("message --binary", RESEND_ALL);
    expect_resent("message --raw-json '{\"broken\":' --header content-type=text/json",
                  RESEND_ALL);
    expect_resent("message --raw-json '{}' --header byteorder=big --header extra", RESEND_ALL);
}

static void what_cannot_be_typed_is_said(void **state)
{
    static const uint8_t bytes[] = {0, 1, 2, 0xff};
    struct composition c = {.binary = true, .content = bytes, .content_len = sizeof(bytes)};
    struct command command;
    struct fixture f;
    uint8_t *message;
    size_t len;

    (void)state;
    assert_int_equal(compose_message(&c, &message, &len, NULL), 0);
    open_ring(&f, 16);
    pass(&f, SESSION, DIRECTION_SENT, message, len);
    update(&f);
    assert_int_equal(resend_command(nth(&f, 0)->message, 0, &command), RESEND_BUT_CONTENT);
    close_ring(&f);
    free(message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_of_the_stream_gives_the_same_messages),
        cmocka_unit_test(directions_are_streams_of_their_own),
        cmocka_unit_test(a_cut_content_is_followed_by_the_next_message),
        cmocka_unit_test(a_boundary_that_was_not_kept_ends_the_stream),
        cmocka_unit_test(a_header_that_was_cut_ends_the_stream),
        cmocka_unit_test(lost_passages_end_both_streams),
        cmocka_unit_test(a_session_that_is_seen_late_cannot_be_followed),
        cmocka_unit_test(what_is_no_message_has_its_fault_and_what_came_behind),
        cmocka_unit_test(a_wrong_length_shows_where_it_leads),
        cmocka_unit_test(what_is_kept_is_bounded),
        cmocka_unit_test(a_message_is_sent_anew_byte_for_byte),
        cmocka_unit_test(what_cannot_be_typed_is_said),
    };

    return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}
