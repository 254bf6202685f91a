#include "tests/unit/ladder_wire.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <time.h>

#include "core/report/ladder.h"

struct written {
    size_t len;
    char bytes[1 << 20];
};

static struct written written;

static int take(void *ctx, const char *bytes, size_t len)
{
    struct written *w = ctx;

    assert_true(w->len + len < sizeof(w->bytes));
    memcpy(w->bytes + w->len, bytes, len);
    w->len += len;
    w->bytes[w->len] = '\0';
    return 0;
}

static const char *report(const struct wire *w, struct ladder_shape shape)
{
    written.len = 0;
    written.bytes[0] = '\0';
    assert_int_equal(ladder_report(w->ladder, &shape, take, &written), 0);
    return written.bytes;
}

static void expect(const char *text, const char *wanted)
{
    if (strcmp(text, wanted) != 0) {
        fputs(text, stdout);
        fail_msg("the report is not as expected; above is what it is");
    }
}

static void expect_part(const char *text, const char *wanted)
{
    if (!strstr(text, wanted)) {
        fputs(text, stdout);
        fail_msg("above lacks: %s", wanted);
    }
}

/* Opened, a stall of a second, data, reset. */
static void conversation(struct wire *w)
{
    wire_open(w, 100);
    wire_call(w, 0, WIRE_CLIENT, "connect(127.0.0.1:65432) = 0");
    wire_handshake(w);
    wire_call(w, 95, WIRE_CLIENT, "send(1000) = 1000");
    wire_out(w, 100, W_PSH | W_ACK, 1, 1, 65495, 1000);
    wire_in(w, 110, W_ACK, 1, 1001, 0, 0);
    wire_in(w, 1000110, W_ACK, 1, 1001, 4000, 0);
    for (uint32_t i = 0; i < 3; i++)
        wire_out(w, 1000120 + i, W_ACK, 1001 + 1000 * i, 1, 65495, 1000);
    wire_call(w, 1000125, WIRE_SERVER, "recv(65536) = -1 EAGAIN");
    wire_in(w, 1000130, W_RST, 1, 0, 0, 0);
    wire_state(w, 1000131, WIRE_CLIENT, STATE_CLOSE);
}

static void text_fits_the_terminal(void **state)
{
    struct wire w;

    (void)state;
    conversation(&w);
    expect(report(&w, (struct ladder_shape){.width = 80, .ascii = true}),
           "       Time     Delta   127.0.0.1:51826                          127.0.0.1:65432\n"
           "   0.000000             |* connect(127.0.0.1:65432) = 0                        |\n"
           "   0.000000     +0 ns   |--SYN win 65,495 mss 1,460 scale 0 seq 0------------->|\n"
           "   0.000000             (SYN_SENT)                                             |\n"
           "   0.000021    +21 us   |<-SYN ACK win 65,483 mss 1,460 scale 0 seq 0 ack 1----|\n"
           "   0.000021             |                                             (SYN_RECV)\n"
           "   0.000030     +9 us   |--ACK win 65,495 seq 1 ack 1------------------------->|\n"
           "   0.000030             (ESTABLISHED)                                          |\n"
           "   0.000030             |                                          (ESTABLISHED)\n"
           "   0.000095    +65 us   |* send(1000) = 1000                                   |\n"
           "   0.000100     +5 us   |--PSH ACK len 1,000 win 65,495 seq 1 ack 1----------->|\n"
           "   0.000110    +10 us ! |<-ACK win 0 [zero window] seq 1 ack 1,001-------------|\n"
           "   1.000110    +1.0 s   |<-ACK win 4,000 [window update] seq 1 ack 1,001-------|\n"
           "   1.000120    +10 us   |--3 x data 3,000 bytes, win 65,495, over 2 us-------->|\n"
           "   1.000125     +3 us   |                             * recv(65536) = -1 EAGAIN|\n"
           "   1.000130     +5 us   |<-RST win 0 seq 1-------------------------------------|\n"
           "   1.000130             |                                                (CLOSE)\n"
           "   1.000131     +1 us   [CLOSE]                                                |\n"
           "! data was lost, or nothing moves   + unusual\n"
           "(STATE) as seen on the wire\n"
           "[STATE] as the kernel told\n");
    wire_close(&w);
}

static void findings_follow_where_the_arrow_is_too_short(void **state)
{
    const char *text;
    struct wire w;

    (void)state;
    conversation(&w);
    text = report(&w, (struct ladder_shape){.width = 50});
    expect_part(text, "       Time     Delta   127.0.…:51826 127.0.…:65432\n");
    expect_part(text, "   0.000110    +10 us ! │←─ACK win 0 [zero wind…──│\n"
                      "                          [zero window]\n");
    wire_close(&w);
}

static void gaps_are_drawn_to_scale(void **state)
{
    const char *text;
    struct wire w;
    size_t lines = 0;

    (void)state;
    conversation(&w);
    text = report(&w, (struct ladder_shape){.width = 80, .ascii = true, .gaps = true});
    expect_part(text, "an empty line is 100 ms\n");
    for (const char *at = strstr(text, "[zero window]"); at && lines < 99; lines++) {
        at = strchr(at, '\n') + 1;
        if (strncmp(at, "                        |    ", 29) != 0)
            break;
    }
    assert_int_equal(lines, 10);
    expect_part(text,
                "   0.000095    +65 us   |* send(1000) = 1000                             "
                "      |\n   0.000100 ");
    wire_close(&w);
}

static void gap_that_is_too_long_says_so(void **state)
{
    struct wire w;

    (void)state;
    wire_open(&w, 200);
    for (uint32_t i = 0; i < 60; i++)
        wire_out(&w, UINT64_C(1000000) * i + (i > 30 ? UINT64_C(3600000000) : 0), W_PSH | W_ACK,
                 1 + i, 1, 500, 1);
    expect_part(report(&w, (struct ladder_shape){.width = 80, .ascii = true, .gaps = true}),
                "                    ~   ~                           ");
    expect_part(written.bytes, "; ~ lasted longer than it has lines\n");
    wire_close(&w);
}

static void more_columns_than_fit_are_all_there(void **state)
{
    struct wire w;

    (void)state;
    wire_open(&w, 200);
    for (uint16_t i = 0; i < 4; i++)
        wire_segment(&w, i, (uint16_t)(4000 + i), WIRE_SERVER, W_PSH | W_ACK, 1, 1, 500, 1);
    wire_segment(&w, 9, 4444, 4444, W_PSH | W_ACK, 1, 1, 500, 1);
    /* clang-format off */
    expect(report(&w, (struct ladder_shape){.width = 80, .ascii = true}),
        "       Time     Delta   127.0.0.1:4000     127.0.0.1:65432           127.0.0.1:4001            127.0.0.1:4002            127.0.0.1:4003      127.0.0.1:4444\n"
        "   0.000000             |--PSH ACK len 1 win 50~->|                         |                         |                         |                         |\n"
        "   0.000001     +1 us   |                         |<-PSH ACK len 1 win 50~--|                         |                         |                         |\n"
        "   0.000002     +1 us   |                         |<-PSH ACK len 1 win 500 unscaled seq 1 ack 1-------|                         |                         |\n"
        "   0.000003     +1 us   |                         |<-PSH ACK len 1 win 500 unscaled seq 1 ack 1---------------------------------|                         |\n"
        "   0.000009     +6 us   |                         |                         |                         |      <> PSH ACK len 1 win 500 unscaled seq 1 ack 1|\n");
    /* clang-format on */
    wire_close(&w);
}

static void oldest_steps_that_are_lost_are_told(void **state)
{
    struct wire w;

    (void)state;
    wire_open(&w, 4);
    for (uint32_t i = 0; i < 10; i++)
        wire_out(&w, 10 * i, W_PSH | W_ACK, 1 + i, 1, 65495, 1);
    expect_part(report(&w, (struct ladder_shape){.width = 80}),
                "the oldest 6 steps are lost: there was no room for more\n");
    expect_part(report(&w, (struct ladder_shape){.form = LADDER_AS_HTML}),
                "<p>The oldest 6 steps are lost: there was no room for more.</p>");
    wire_close(&w);
}

/* --- JSON ------------------------------------------------------------------------------- */

static double number_of(const cJSON *object, const char *name)
{
    const cJSON *n = cJSON_GetObjectItemCaseSensitive(object, name);

    assert_true(cJSON_IsNumber(n));
    return n->valuedouble;
}

static const char *string_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    assert_non_null(text);
    return text;
}

static void json_is_one_array_of_steps(void **state)
{
    struct wire w;
    cJSON *steps, *s;

    (void)state;
    conversation(&w);
    steps = cJSON_Parse(report(&w, (struct ladder_shape){.form = LADDER_AS_JSON}));
    assert_int_equal(cJSON_GetArraySize(steps), 17);
    s = cJSON_GetArrayItem(steps, 0);
    assert_string_equal(string_of(s, "kind"), "call");
    assert_string_equal(string_of(s, "at"), "127.0.0.1:51826");
    s = cJSON_GetArrayItem(steps, 10);
    assert_string_equal(string_of(s, "kind"), "packet");
    assert_string_equal(string_of(s, "from"), "127.0.0.1:65432");
    assert_string_equal(string_of(s, "to"), "127.0.0.1:51826");
    assert_string_equal(string_of(s, "time"), "1700000000.000110000");
    assert_string_equal(string_of(s, "flags"), "ACK");
    assert_int_equal(number_of(s, "packet"), 5);
    assert_int_equal(number_of(s, "window"), 0);
    assert_int_equal(number_of(s, "ack"), 1001);
    assert_string_equal(cJSON_GetArrayItem(cJSON_GetObjectItem(s, "findings"), 0)->valuestring,
                        "zero-window");
    s = cJSON_GetArrayItem(steps, 12);
    assert_int_equal(number_of(s, "count"), 3);
    assert_int_equal(number_of(s, "bytes"), 3000);
    assert_int_equal(number_of(s, "last_packet"), 9);
    assert_string_equal(string_of(s, "last_time"), "1700000001.000122000");
    s = cJSON_GetArrayItem(steps, 16);
    assert_string_equal(string_of(s, "state"), "CLOSE");
    assert_string_equal(string_of(s, "seen_by"), "kernel");
    cJSON_Delete(steps);
    wire_close(&w);
}

static void ladder_without_steps_is_an_empty_report(void **state)
{
    struct wire w;

    (void)state;
    wire_open(&w, 10);
    expect(report(&w, (struct ladder_shape){.form = LADDER_AS_JSON}), "[]\n");
    expect(report(&w, (struct ladder_shape){.gaps = false}), "");
    expect_part(report(&w, (struct ladder_shape){.form = LADDER_AS_HTML, .gaps = true}),
                "</html>\n");
    wire_close(&w);
}

/* --- HTML ------------------------------------------------------------------------------- */

static void page_escapes_what_comes_from_outside(void **state)
{
    struct wire w;

    (void)state;
    conversation(&w);
    wire_call(&w, 5, WIRE_CLIENT, "</text><script>alert('\"&\x1b[2J')</script>");
    report(&w, (struct ladder_shape){.form = LADDER_AS_HTML,
                                     .title = "</title><script>x</script>\x1b\xff\" & '"});
    expect_part(written.bytes, "<h1>&lt;/title&gt;&lt;script&gt;x&lt;/script&gt;\\x1b\\xff"
                               "&quot; &amp; &#39;</h1>");
    expect_part(written.bytes,
                "* &lt;/text&gt;&lt;script&gt;alert(&#39;&quot;&amp;\\x1b[2J&#39;"
                ")&lt;/script&gt;</text>");
    assert_null(strstr(written.bytes, "<script"));
    for (size_t i = 0; i < written.len; i++)
        assert_true(written.bytes[i] == '\n' || (written.bytes[i] >= ' '));
    wire_close(&w);
}

static void page_tells_findings_by_words_and_colour(void **state)
{
    struct wire w;

    (void)state;
    conversation(&w);
    report(&w, (struct ladder_shape){.form = LADDER_AS_HTML, .gaps = true});
    expect_part(written.bytes,
                "<g class=\"warn\"><title>packet 5; zero-window: the sender of this takes no "
                "more bytes</title>");
    expect_part(written.bytes, ">ACK win 0 [zero window] seq 1 ack 1,001</text>");
    expect_part(written.bytes, "<title>packet 7 to 9</title>");
    expect_part(written.bytes, "<p>Gaps are to scale: 10 pixels are 100 ms.</p>");
    expect_part(written.bytes, "@media(prefers-color-scheme:dark)");
    wire_close(&w);
}

/* --- the sink --------------------------------------------------------------------------- */

static int refuse(void *ctx, const char *bytes, size_t len)
{
    (void)bytes, (void)len;
    ++*(int *)ctx;
    return -EPIPE;
}

static void sink_that_fails_ends_the_report(void **state)
{
    struct wire w;

    (void)state;
    wire_open(&w, 1000);
    for (uint32_t i = 0; i < 1000; i++)
        wire_out(&w, 10 * i, W_PSH | W_ACK, 1 + i, 1, 65495, 1);
    for (int form = LADDER_AS_TEXT; form <= LADDER_AS_HTML; form++) {
        int calls = 0;

        assert_int_equal(ladder_report(w.ladder,
                                       &(struct ladder_shape){.form = (enum ladder_form)form},
                                       refuse, &calls),
                         -EPIPE);
        assert_int_equal(calls, 1);
    }
    wire_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_fits_the_terminal),
        cmocka_unit_test(findings_follow_where_the_arrow_is_too_short),
        cmocka_unit_test(gaps_are_drawn_to_scale),
        cmocka_unit_test(gap_that_is_too_long_says_so),
        cmocka_unit_test(more_columns_than_fit_are_all_there),
        cmocka_unit_test(oldest_steps_that_are_lost_are_told),
        cmocka_unit_test(json_is_one_array_of_steps),
        cmocka_unit_test(ladder_without_steps_is_an_empty_report),
        cmocka_unit_test(page_escapes_what_comes_from_outside),
        cmocka_unit_test(page_tells_findings_by_words_and_colour),
        cmocka_unit_test(sink_that_fails_ends_the_report),
    };

    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests_name("ladder_report", tests, NULL, NULL);
}
