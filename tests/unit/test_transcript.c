/* Transcripts as files: what is written can be read again, and what cannot is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/net/expect.h"
#include "core/report/transcript.h"

static char path[64];
static struct err failure;

static int set_up(void **state)
{
    int fd;

    (void)state;
    strcpy(path, "/tmp/sockeye-transcript-XXXXXX");
    fd = mkstemp(path);
    close(fd);
    return fd < 0;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static void put(struct transcript_file *f, uint64_t at_ns, enum direction direction,
                const char *bytes, size_t len)
{
    struct passage p = {.at_ns = at_ns, .length = len, .direction = (uint8_t)direction};

    assert_int_equal(transcript_put(f, &p, bytes, len, &failure), 0);
}

static void write_some(enum transcript_format format)
{
    struct transcript_file *f;

    setenv("TZ", "UTC", 1);
    assert_int_equal(transcript_create(path, format, &f, &failure), 0);
    put(f, 5 * CLOCK_SECOND_NS, DIRECTION_NOTE, "open\033[2J", 8);
    put(f, 6 * CLOCK_SECOND_NS, DIRECTION_SENT, "GET \0\n\n", 7);
    put(f, 6 * CLOCK_SECOND_NS + 500, DIRECTION_RECEIVED, "", 0);
    put(f, 8 * CLOCK_SECOND_NS, DIRECTION_RECEIVED,
        "\xff"
        "b\nc",
        4);
    put(f, 9 * CLOCK_SECOND_NS, DIRECTION_SENT, "x", 1);
    assert_int_equal(transcript_close(f, &failure), 0);
}

static const char *content(void)
{
    static char text[4096];
    FILE *in = fopen(path, "r");
    size_t n = fread(text, 1, sizeof(text) - 1, in);

    fclose(in);
    text[n] = '\0';
    return text;
}

static void what_is_written_as_json_is_read_again(void **state)
{
    struct transcript_reader *r;
    const uint8_t *bytes;
    struct passage p;
    size_t len;

    (void)state;
    write_some(TRANSCRIPT_JSON);
    assert_int_equal(transcript_check(path, &failure), 0);
    assert_int_equal(transcript_open(path, &r, &failure), 0);
    assert_int_equal(transcript_next(r, &p, &bytes, &len, &failure), 0);
    assert_int_equal(p.direction, DIRECTION_NOTE);
    assert_int_equal(transcript_next(r, &p, &bytes, &len, &failure), 0);
    assert_int_equal(p.direction, DIRECTION_SENT);
    assert_int_equal(p.at_ns, CLOCK_SECOND_NS);
    assert_int_equal(len, 7);
    assert_memory_equal(bytes, "GET \0\n\n", 7);
    assert_int_equal(transcript_next(r, &p, &bytes, &len, &failure), 0);
    assert_int_equal(p.at_ns, CLOCK_SECOND_NS + 500);
    assert_int_equal(len, 0);
    assert_int_equal(transcript_next(r, &p, &bytes, &len, &failure), 0);
    assert_int_equal(transcript_next(r, &p, &bytes, &len, &failure), 0);
    assert_int_equal(transcript_next(r, &p, &bytes, &len, &failure), -ENODATA);
    transcript_reader_free(r);
}

static void text_and_hex_are_clean(void **state)
{
    (void)state;
    write_some(TRANSCRIPT_TEXT);
    assert_non_null(strstr(content(), " - open\\x1b[2J\n"));
    assert_non_null(strstr(content(), " > 7 bytes\n  GET \\x00\n  \n"));
    assert_non_null(strstr(content(), " < 4 bytes\n  \\xffb\n  c\n"));
    write_some(TRANSCRIPT_HEX);
    assert_non_null(strstr(content(), "\n0000  47 45 54 20 00 0a 0a "));
    assert_non_null(strstr(content(), " > 7 bytes\nO "));
    assert_non_null(strstr(content(), " < 4 bytes\nI "));
    assert_null(strchr(content(), '\033'));
}

static void a_bad_file_is_named_with_line_and_reason(void **state)
{
    static const struct {
        const char *line, *reason;
    } cases[] = {
        {"{", "no JSON"},
        {"[1]", "no JSON object"},
        {"{\"at_s\":-1}", "at_s"},
        {"{\"at_s\":1,\"direction\":\"sideways\"}", "direction"},
        {"{\"at_s\":1,\"direction\":\"sent\"}", "hex"},
        {"{\"at_s\":1,\"direction\":\"sent\",\"hex\":\"4x\"}", "hex: character"},
        {"{\"at_s\":1,\"direction\":\"sent\",\"hex\":\"41\",\"length\":2}", "beginning"},
        {"{\"at_s\":0,\"direction\":\"sent\",\"hex\":\"41\"}", "before"},
        {"{\"at_s\":1,\"direction\":\"sent\",\"hex\":\"41\"} x", "behind"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        FILE *out = fopen(path, "w");

        fprintf(out, "{\"at_s\":0.5,\"direction\":\"note\"}\n\n%s\n", cases[i].line);
        fclose(out);
        failure = (struct err){0};
        assert_int_equal(transcript_check(path, &failure), -EINVAL);
        assert_non_null(strstr(failure.input, "line 3"));
        if (!strstr(failure.reason, cases[i].reason))
            fail_msg("%s: %s", cases[i].line, failure.reason);
    }
    assert_int_equal(transcript_check("/nowhere/at/all", &failure), -ENOENT);
    /* A FIFO would hold the thread. */
    assert_int_equal(unlink(path) | mkfifo(path, 0600), 0);
    assert_int_equal(transcript_check(path, &failure), -EINVAL);
    assert_non_null(strstr(failure.reason, "regular file"));
}

static void a_line_without_end_is_refused(void **state)
{
    FILE *out = fopen(path, "w");

    (void)state;
    for (size_t i = 0; i <= TRANSCRIPT_LINE_BYTES; i++)
        fputc(' ', out);
    fclose(out);
    assert_int_equal(transcript_check(path, &failure), -EFBIG);
}

static void the_longest_passage_fits_a_line(void **state)
{
    static char bytes[TRANSCRIPT_PASSAGE_BYTES];
    struct transcript_file *f;

    (void)state;
    assert_int_equal(transcript_create(path, TRANSCRIPT_JSON, &f, &failure), 0);
    put(f, 1, DIRECTION_SENT, bytes, sizeof(bytes));
    assert_int_equal(transcript_close(f, &failure), 0);
    assert_int_equal(transcript_check(path, &failure), 0);
}

static int put_one(struct transcript_file *f)
{
    const struct passage p = {.at_ns = 1, .length = 5, .direction = DIRECTION_SENT};

    failure = (struct err){0};
    return transcript_put(f, &p, "hello", 5, &failure);
}

static void a_file_that_goes_meanwhile_is_told(void **state)
{
    char other[80];
    struct transcript_file *f;

    (void)state;
    snprintf(other, sizeof(other), "%s.other", path);
    assert_int_equal(transcript_create(path, TRANSCRIPT_JSON, &f, &failure), 0);
    assert_int_equal(put_one(f), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(put_one(f), -ENOENT);
    assert_string_equal(failure.input, path);
    assert_non_null(strstr(failure.reason, "deleted or replaced"));
    assert_int_equal(transcript_close(f, &failure), 0); /* it is said but once */
    /* Nothing comes behind it. */
    assert_int_equal(transcript_create(path, TRANSCRIPT_JSON, &f, &failure), 0);
    assert_int_equal(put_one(f), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(transcript_close(f, &failure), -ENOENT);
    /* Another took its name. */
    assert_int_equal(transcript_create(path, TRANSCRIPT_JSON, &f, &failure), 0);
    assert_int_equal(put_one(f), 0);
    fclose(fopen(other, "w"));
    assert_int_equal(rename(other, path), 0);
    assert_int_equal(put_one(f), -ENOENT);
    assert_int_equal(transcript_close(f, &failure), 0);
    /* What was moved away is there. */
    assert_int_equal(transcript_create(path, TRANSCRIPT_JSON, &f, &failure), 0);
    assert_int_equal(put_one(f), 0);
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(put_one(f), 0);
    assert_int_equal(transcript_close(f, &failure), 0);
    assert_int_equal(rename(other, path), 0);
    assert_int_equal(transcript_check(path, &failure), 0);
}

static void a_file_that_is_cut_meanwhile_is_told(void **state)
{
    struct transcript_file *f;

    (void)state;
    assert_int_equal(transcript_create(path, TRANSCRIPT_TEXT, &f, &failure), 0);
    assert_int_equal(put_one(f), 0);
    assert_int_equal(truncate(path, 3), 0);
    assert_int_equal(put_one(f), -ENODATA);
    assert_non_null(strstr(failure.reason, "cut to 3 of "));
    assert_int_equal(transcript_close(f, &failure), 0);
    assert_int_equal(strlen(content()), 3); /* and no hole behind it */
}

static void a_disk_that_is_full_leaves_whole_lines(void **state)
{
    const struct rlimit small = {.rlim_cur = 500, .rlim_max = RLIM_INFINITY};
    struct transcript_file *f;
    struct rlimit before;
    int r = 0;

    (void)state;
    assert_int_equal(transcript_create(path, TRANSCRIPT_JSON, &f, &failure), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (int i = 0; i < 10 && r == 0; i++)
        r = put_one(f);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(r, -EFBIG);
    /* Though there is room again nothing comes behind it. */
    assert_int_equal(transcript_close(f, &failure), 0);
    assert_true(strlen(content()) > 100);
    assert_int_equal(transcript_check(path, &failure), 0);
}

static struct connect_settings replay(const char *speed)
{
    char line[160];
    struct command c;

    snprintf(line, sizeof(line), "connect a:1 --replay %s --check --speed %s", path, speed);
    assert_int_equal(command_parse(line, &c, &failure), 0);
    return c.connect;
}

static void a_replay_sends_at_the_same_times(void **state)
{
    struct connect_settings settings;
    struct feed_wait wait;
    struct feed *f;
    uint8_t out[16];

    (void)state;
    write_some(TRANSCRIPT_JSON);
    settings = replay("2");
    assert_int_equal(feed_of_settings(&settings, &f, &failure), 0);
    /* One second after the note, at twice the speed. */
    assert_int_equal(feed_next(f, 1000, false, out, 16, &wait, &failure), -EAGAIN);
    assert_int_equal(wait.at_ns, 1000 + CLOCK_SECOND_NS / 2);
    assert_int_equal(feed_next(f, wait.at_ns, false, out, 16, &wait, &failure), 7);
    assert_memory_equal(out, "GET \0\n\n", 7);
    assert_int_equal(feed_next(f, wait.at_ns, false, out, 16, &wait, &failure), -EAGAIN);
    assert_int_equal(wait.at_ns, 1000 + 2 * CLOCK_SECOND_NS);
    assert_int_equal(feed_next(f, UINT64_MAX - 1, false, out, 16, &wait, &failure), 1);
    assert_int_equal(feed_next(f, UINT64_MAX - 1, false, out, 16, &wait, &failure), -ENODATA);
    feed_free(f);
    settings = replay("0");
    assert_int_equal(feed_of_settings(&settings, &f, &failure), 0);
    assert_int_equal(feed_next(f, 1000, false, out, 16, &wait, &failure), 7);
    assert_int_equal(feed_next(f, 1000, false, out, 16, &wait, &failure), 1);
    feed_free(f);
}

static void a_check_expects_what_was_received(void **state)
{
    struct connect_settings settings;
    struct expectation *e = NULL;

    (void)state;
    write_some(TRANSCRIPT_JSON);
    settings = replay("1");
    assert_int_equal(expect_of_settings(&settings, &e, &failure), 0);
    assert_int_equal(expect_take(e,
                                 (const uint8_t *)"\xff"
                                                  "b",
                                 2, &failure),
                     0);
    assert_int_equal(expect_end(e, &failure), -ENODATA);
    assert_int_equal(expect_take(e, (const uint8_t *)"\nc", 2, &failure), 0);
    assert_int_equal(expect_end(e, &failure), 0);
    expect_free(e);
}

static void a_ring_is_saved_with_what_is_left_of_it(void **state)
{
    struct ring *ring = transcript_new();
    static char long_one[TRANSCRIPT_KEPT_BYTES];
    struct passage ours = {.session_id = 7, .length = 9000, .direction = DIRECTION_RECEIVED};
    struct passage theirs = {.session_id = 8, .length = 3};
    struct transcript_saved saved;

    (void)state;
    ring_put(ring, &theirs, "abc", 3);
    ring_put(ring, &ours, long_one, sizeof(long_one));
    ours.direction = DIRECTION_SENT;
    ours.length = 2;
    ring_put(ring, &ours, "hi", 2);
    assert_int_equal(transcript_save(ring, 7, path, TRANSCRIPT_TEXT, &saved, &failure), 0);
    assert_int_equal(saved.passages, 2);
    assert_int_equal(saved.cut_passages, 1);
    assert_int_equal(saved.sent_bytes, 2);
    assert_int_equal(saved.received_bytes, sizeof(long_one));
    assert_null(strstr(content(), "abc"));
    assert_int_equal(transcript_save(ring, 7, "/nowhere/x", TRANSCRIPT_TEXT, &saved, &failure),
                     -ENOENT);
    ring_free(ring);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_as_json_is_read_again),
        TEST(text_and_hex_are_clean),
        TEST(a_bad_file_is_named_with_line_and_reason),
        TEST(a_line_without_end_is_refused),
        TEST(the_longest_passage_fits_a_line),
        TEST(a_file_that_goes_meanwhile_is_told),
        TEST(a_file_that_is_cut_meanwhile_is_told),
        TEST(a_disk_that_is_full_leaves_whole_lines),
        TEST(a_replay_sends_at_the_same_times),
        TEST(a_check_expects_what_was_received),
        TEST(a_ring_is_saved_with_what_is_left_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
