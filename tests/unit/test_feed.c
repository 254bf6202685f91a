/* What a feed gives, and when; what an expectation says of what comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/line_end.h"
#include "core/net/expect.h"
#include "core/net/feed.h"

static struct feed_wait waits;
static struct err failure;

static ssize_t next(struct feed *f, uint64_t now, bool units, char *out, size_t size)
{
    return feed_next(f, now, units, (uint8_t *)out, size, &waits, &failure);
}

/* All that a feed gives, each piece in brackets. */
static const char *all_of(struct feed *f, bool units, char *out)
{
    size_t used = 0;
    ssize_t n;

    while ((n = next(f, UINT64_MAX, units, out + used + 1, 100)) >= 0) {
        out[used] = '[';
        used += 1 + (size_t)n;
        out[used++] = ']';
    }
    assert_int_equal(n, -ENODATA);
    out[used] = '\0';
    feed_free(f);
    return out;
}

static struct feed *of_line(const char *line)
{
    struct feed *f = NULL;
    struct command c;

    assert_int_equal(command_parse(line, &c, NULL), 0);
    assert_int_equal(feed_of_settings(&c.connect, &f, &failure), 0);
    return f;
}

static void messages_come_in_the_order_of_their_options(void **state)
{
    char out[400];

    (void)state;
    assert_string_equal(
        all_of(of_line("connect a:1 --send x\\ty --hex '0x41,42' --send '' --send z"), false,
               out),
        "[x\ty][AB][z]");
    assert_string_equal(all_of(of_line("connect a:1 --send x --send '' --repeat 2"), true, out),
                        "[x][][x][]");
    assert_string_equal(
        all_of(of_line("connect a:1 --crlf --send a\\nb\\r\\n --hex 0a"), false, out),
        "[a\r\nb\r\n][\n]");
    assert_null(of_line("connect a:1"));
}

static void a_round_waits_for_its_interval(void **state)
{
    struct feed *f = of_line("connect a:1 --send x --repeat 3 --interval 0.000000005");
    char out[8];

    (void)state;
    assert_int_equal(next(f, 100, false, out, 8), 1);
    assert_int_equal(next(f, 101, false, out, 8), -EAGAIN);
    assert_int_equal(waits.fd, -1);
    assert_int_equal(waits.at_ns, 105);
    assert_int_equal(next(f, 105, false, out, 8), 1);
    assert_int_equal(next(f, 200, false, out, 8), 1);
    assert_int_equal(next(f, 200, false, out, 8), -ENODATA);
    feed_free(f);
}

static void a_repetition_of_nothing_ends(void **state)
{
    struct feed *f = of_line("connect a:1 --send '' --file /dev/null --repeat 0");
    char out[8];
    ssize_t n;

    (void)state;
    assert_true(feed_endless(f));
    do
        n = next(f, 1, false, out, 8);
    while (n == -EAGAIN);
    assert_int_equal(n, -ENODATA);
    feed_free(f);
}

static void the_pattern_has_no_gap_and_fits_a_frame(void **state)
{
    struct feed *f = feed_new();
    char out[4000];

    (void)state;
    feed_add_pattern(f, 3000);
    assert_false(feed_endless(f));
    assert_int_equal(next(f, 1, true, out, 4000), 1400);
    assert_int_equal(next(f, 1, true, out + 1400, 2600), 1400);
    assert_int_equal(next(f, 1, true, out + 2800, 1200), 200);
    for (int i = 0; i < 3000; i++)
        assert_int_equal(out[i], ' ' + i % 95);
    feed_free(f);
    f = feed_new();
    feed_add_pattern(f, UINT64_MAX);
    assert_true(feed_endless(f));
    feed_free(f);
}

static void a_fifo_is_waited_for_until_its_writer_ends(void **state)
{
    char path[] = "/tmp/sockeye-feed-XXXXXX", fifo[64], out[8];
    struct feed *f = feed_new();
    int writer;

    (void)state;
    assert_non_null(mkdtemp(path));
    snprintf(fifo, sizeof(fifo), "%s/fifo", path);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(feed_add_file(f, fifo, &failure), 0);
    assert_int_equal(next(f, 1, false, out, 8), -EAGAIN);
    assert_true(waits.fd >= 0);
    writer = open(fifo, O_WRONLY | O_CLOEXEC);
    assert_int_equal(write(writer, "abc", 3), 3);
    assert_int_equal(next(f, 1, false, out, 8), 3);
    assert_int_equal(next(f, 1, false, out, 8), -EAGAIN);
    close(writer);
    assert_int_equal(next(f, 1, false, out, 8), -ENODATA);
    feed_free(f);
    assert_int_equal(unlink(fifo) | rmdir(path), 0);
}

static void what_is_no_file_is_named_at_once(void **state)
{
    struct feed *f = feed_new();

    (void)state;
    assert_int_equal(feed_add_file(f, "/nowhere/to/be", &failure), -ENOENT);
    assert_string_equal(failure.input, "/nowhere/to/be");
    assert_int_equal(feed_add_file(f, "/", &failure), -EISDIR);
    feed_free(f);
}

static int took(struct expectation *e, const char *bytes)
{
    return expect_take(e, (const uint8_t *)bytes, strlen(bytes), &failure);
}

static void the_first_difference_is_named(void **state)
{
    struct expectation *e = expect_text("ab\\x00c");

    (void)state;
    assert_int_equal(expect_take(e, (const uint8_t *)"ab\0", 3, &failure), 0);
    assert_int_equal(expect_end(e, &failure), -ENODATA);
    assert_non_null(strstr(failure.reason, "offset 3"));
    assert_int_equal(took(e, "d"), -EBADMSG);
    assert_non_null(strstr(failure.reason, "offset 3: 64 instead of 63"));
    expect_free(e);
    e = expect_feed(of_line("connect a:1 --send x --repeat 3 --interval 9"));
    assert_int_equal(took(e, "xx"), 0);
    assert_int_equal(took(e, "x"), 0);
    assert_int_equal(expect_end(e, &failure), 0);
    assert_int_equal(took(e, "x"), -EBADMSG);
    assert_non_null(strstr(failure.reason, "nothing more"));
    expect_free(e);
}

static const char *translated(enum line_end to, size_t piece, const char *in, char *out)
{
    struct line_end_state s = {.to = to};
    size_t n = 0;

    for (size_t at = 0; at < strlen(in); at += piece)
        n += line_end_translate(&s, in + at, strlen(in) - at < piece ? strlen(in) - at : piece,
                                out + n);
    n += line_end_finish(&s, out + n);
    out[n] = '\0';
    return out;
}

static void line_ends_are_translated_wherever_they_are_cut(void **state)
{
    char out[80];

    (void)state;
    for (size_t piece = 1; piece < 8; piece++) {
        const char *in = "a\nb\r\nc\rd\n\n\r\n\r";

        assert_string_equal(translated(LINE_END_KEEP, piece, in, out), in);
        assert_string_equal(translated(LINE_END_CRLF, piece, in, out),
                            "a\r\nb\r\nc\rd\r\n\r\n\r\n\r");
        assert_string_equal(translated(LINE_END_LF, piece, in, out), "a\nb\nc\rd\n\n\n\r");
        assert_string_equal(translated(LINE_END_CR, piece, in, out), "a\rb\rc\rd\r\r\r\r");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_in_the_order_of_their_options),
        cmocka_unit_test(a_round_waits_for_its_interval),
        cmocka_unit_test(a_repetition_of_nothing_ends),
        cmocka_unit_test(the_pattern_has_no_gap_and_fits_a_frame),
        cmocka_unit_test(a_fifo_is_waited_for_until_its_writer_ends),
        cmocka_unit_test(what_is_no_file_is_named_at_once),
        cmocka_unit_test(the_first_difference_is_named),
        cmocka_unit_test(line_ends_are_translated_wherever_they_are_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
