/* A stream as rows: forward and back are the same rows, whatever was sent. */
#include "tests/unit/streams.h"

#include <locale.h>

#include "ui/console/stream_lines.h"

enum { ROWS_MAX = 40000 };

static struct feed f;
static struct stream_lines lines;
static struct stream_place rows[ROWS_MAX];

static int open_feed(void **state)
{
    (void)state;
    setlocale(LC_ALL, "C.UTF-8");
    feed_open(&f, 1 << 20);
    lines = (struct stream_lines){.stream = f.s, .columns = 78};
    return 0;
}

static int close_feed(void **state)
{
    (void)state;
    feed_close(&f);
    return 0;
}

static const char *text_at(const struct stream_place *p, size_t *ret_len)
{
    static char text[STREAM_LINE_BYTES];

    stream_lines_text(&lines, p, text, ret_len);
    return text;
}

/* All rows, from the first to the last. */
static size_t walk(void)
{
    struct stream_place at;
    size_t n = 0;

    if (!stream_lines_first(&lines, &at))
        return 0;
    do {
        assert_true(n < ROWS_MAX);
        rows[n++] = at;
    } while (stream_lines_next(&lines, &at));
    return n;
}

/* Every byte is in one row, and what is behind a row leads back to it. */
static void check_rows(void)
{
    size_t n = walk(), len, steps[] = {1, 2, 7, 50, STREAM_LINES_BACK};
    uint64_t shown = 0, sent = 0;
    struct stream_place at;

    assert_true(stream_lines_last(&lines, &at));
    assert_int_equal(stream_place_compare(&at, &rows[n - 1]), 0);
    for (size_t i = n; i-- > 0;) {
        assert_int_equal(stream_place_compare(&at, &rows[i]), 0);
        assert_int_equal(stream_lines_back(&lines, &at), i > 0);
    }
    for (size_t i = 0; i < n; i += 1 + n / 20)
        for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++) {
            at = rows[i];
            stream_lines_back_by(&lines, &at, steps[s]);
            assert_int_equal(stream_place_compare(&at, &rows[i < steps[s] ? 0 : i - steps[s]]),
                             0);
        }
    for (size_t i = 0; i < n; i++) {
        text_at(&rows[i], &len);
        shown += len;
        if (i)
            assert_true(stream_place_compare(&rows[i - 1], &rows[i]) < 0);
    }
    for (uint64_t c = stream_first(f.s); c < lines.end; c++)
        sent += stream_chunk(f.s, c)->kind == CHUNK_BYTES ? stream_chunk(f.s, c)->len : 0;
    assert_int_equal(shown, sent);
}

static void rows_are_the_same_forward_and_back(void **state)
{
    static const char *const alphabets[] = {
        "ab\n", "\r\n", "abcdefghijklmnop", "\xc3\xbc\xe2\x82", "\x01\xff z", "世a\n"};
    static const int widths[] = {1, 2, 5, 78, 200};
    uint32_t seq[2] = {101, 901};
    unsigned random = 1;
    char text[700];

    (void)state;
    feed_handshake(&f);
    for (unsigned i = 0; i < 24; i++) {
        const char *alphabet = alphabets[i % 6];
        unsigned direction = (random >> 16) & 1;
        size_t len = 1 + (random >> 17) % sizeof(text);

        for (size_t k = 0; k < len; k++) {
            random = random * 1103515245U + 12345U;
            text[k] = alphabet[(random >> 16) % strlen(alphabet)];
        }
        feed_packet(&f, direction, 0, seq[direction], 0, text, len, len + (i % 5 == 0));
        seq[direction] += (uint32_t)(len + (i % 5 == 0));
    }
    lines.end = stream_count(f.s);
    for (size_t w = 0; w < sizeof(widths) / sizeof(widths[0]); w++)
        for (int hex = 0; hex < 2; hex++) {
            lines.columns = widths[w];
            lines.hex = hex;
            check_rows();
        }
}

static void a_long_chunk_is_walked_back_through(void **state)
{
    static char text[6000];

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = i % 7 == 6 ? '\n' : 'x';
    feed_packet(&f, FROM_FIRST, TCP_FLAG_ACK, 1, 0, text, sizeof(text), sizeof(text));
    feed_packet(&f, FROM_FIRST, TCP_FLAG_ACK, 1 + sizeof(text), 0, text, 7, 7);
    lines.end = stream_count(f.s);
    check_rows();
}

static void wide_characters_are_counted_in_columns(void **state)
{
    size_t len;

    (void)state;
    feed_text(&f, FROM_FIRST, 1, 0, "世界世界\xff!");
    lines.end = stream_count(f.s);
    lines.columns = 5;
    assert_int_equal(walk(), 4);
    assert_string_equal(text_at(&rows[1], &len), "世界");
    assert_string_equal(text_at(&rows[2], &len), "世界");
    assert_string_equal(text_at(&rows[3], &len), "\\xff!");
}

static void a_place_that_is_lost_becomes_the_nearest(void **state)
{
    struct stream_place at;
    uint32_t seq = 1;

    (void)state;
    feed_close(&f);
    feed_open(&f, 64);
    lines.stream = f.s;
    assert_false(stream_lines_first(&lines, &at));
    assert_false(stream_lines_last(&lines, &at));
    for (int i = 0; i < 20; i++, seq += 10)
        feed_text(&f, FROM_FIRST, seq, 0, "0123456789");
    lines.end = stream_count(f.s);
    at = (struct stream_place){0, true, 5};
    assert_true(stream_lines_mend(&lines, &at));
    assert_int_equal(at.chunk, stream_first(f.s));
    at = (struct stream_place){99, true, 5};
    assert_true(stream_lines_mend(&lines, &at));
    assert_int_equal(at.chunk, 19);
    check_rows();
}

int main(void)
{
#define WITH_FEED(test) cmocka_unit_test_setup_teardown(test, open_feed, close_feed)
    const struct CMUnitTest tests[] = {
        WITH_FEED(rows_are_the_same_forward_and_back),
        WITH_FEED(a_long_chunk_is_walked_back_through),
        WITH_FEED(wide_characters_are_counted_in_columns),
        WITH_FEED(a_place_that_is_lost_becomes_the_nearest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
