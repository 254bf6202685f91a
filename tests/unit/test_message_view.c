/* The framed messages of a session, as the session's pane shows them. */
#include "tests/unit/screen.h"

#include "core/model/command.h"

static void say(struct screen *s, enum direction direction, uint64_t at_ms, const void *bytes,
                size_t len)
{
    struct passage p = {.at_ns = SCREEN_START_NS + 8 * CLOCK_SECOND_NS + at_ms * CLOCK_MS_NS,
                        .session_id = 2,
                        .length = len,
                        .direction = (uint8_t)direction};

    ring_put(s->transcript, &p, bytes,
             len < TRANSCRIPT_KEPT_BYTES ? len : TRANSCRIPT_KEPT_BYTES);
}

static void say_message(struct screen *s, enum direction direction, uint64_t at_ms,
                        const char *line)
{
    struct command c;
    uint8_t *bytes;
    size_t len;

    assert_int_equal(command_parse(line, &c, NULL), 0);
    assert_int_equal(command_message(&c, &bytes, &len, NULL), 0);
    say(s, direction, at_ms, bytes, len);
    free(bytes);
}

#define HEADER "--header byteorder=little "

static void open_view(struct screen *s, int rows, int columns)
{
    struct session_status session = a_session(2, SESSION_OPEN, 13);

    screen_open(s, &session_panel, rows, columns);
    apply_session_status(s, &session);
    screen_tick(s);
    screen_act(s, ACTION_VIEW);
}

static void exchange(struct screen *s)
{
    say_message(s, DIRECTION_SENT, 1204, "message " HEADER "action=search value=morpheus");
    say_message(s, DIRECTION_RECEIVED, 1300,
                "message " HEADER "result=\"Follow the white rabbit. 🐰\"");
    screen_tick(s);
}

static void a_message_is_a_line_and_its_parts_with_their_bytes(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "── session 2  open  sent 0  received 0  queued 0  G follows  127.0.0.1:65432 ───",
        "-   1.204000 →       146  text/json  search morpheus",
        "    length              0..1         the header has 103 bytes",
        "    header              2..104       {\"byteorder\": \"little\", \"content-type\": \"t…",
        "      byteorder         3..23        \"little\"",
        "      content-type      26..52       \"text/json\"",
        "      content-encoding  55..81       \"utf-8\"",
        "      content-length    84..103      41",
        "    content             105..145     {\"action\":\"search\",\"value\":\"morpheus\"}",
        "+   1.300000 ←       148  text/json  Follow the white rabbit. 🐰",
        "",
        "",
        "",
        "── content 105..145 of 146 bytes  Left folds  Enter edits and sends anew ───────",
        " 0000  00 67 7b 22 62 79 74 65  6f 72 64 65 72 22 3a 20  .g{\"byteorder\":",
        " 0010  22 6c 69 74 74 6c 65 22  2c 20 22 63 6f 6e 74 65  \"little\", \"conte",
        " 0020  6e 74 2d 74 79 70 65 22  3a 20 22 74 65 78 74 2f  nt-type\": \"text/",
        " 0030  6a 73 6f 6e 22 2c 20 22  63 6f 6e 74 65 6e 74 2d  json\", \"content-",
        " 0040  65 6e 63 6f 64 69 6e 67  22 3a 20 22 75 74 66 2d  encoding\": \"utf-",
        " 0050  38 22 2c 20 22 63 6f 6e  74 65 6e 74 2d 6c 65 6e  8\", \"content-len",
        " 0060  67 74 68 22 3a 20 34 31  7d                       gth\": 41}",
        " 0069  7b 22 61 63 74 69 6f 6e  22 3a 20 22 73 65 61 72  {\"action\": \"sear",
        " 0079  63 68 22 2c 20 22 76 61  6c 75 65 22 3a 20 22 6d  ch\", \"value\": \"m",
        " 0089  6f 72 70 68 65 75 73 22  7d                       orpheus\"}",
        NULL};
    /* clang-format on */
    struct screen s;

    (void)state;
    open_view(&s, 24, 80);
    exchange(&s);
    screen_act(&s, ACTION_UP);
    screen_act(&s, ACTION_RIGHT);
    for (int i = 0; i < 7; i++)
        screen_act(&s, ACTION_DOWN);
    screen_expect(&s, screen);
    /* The content's bytes are marked, in digits and as characters, and no others. */
    assert_int_equal(screen_style(&s, 21, 7), STYLE_MARKED);
    assert_int_equal(screen_style(&s, 21, 57), STYLE_MARKED);
    assert_int_equal(screen_style(&s, 20, 7), STYLE_NORMAL);
    assert_int_equal(screen_style(&s, 8, 40), STYLE_SELECTED);
    screen_act(&s, ACTION_UP);
    screen_draw(&s);
    assert_int_equal(screen_style(&s, 21, 7), STYLE_NORMAL);
    assert_int_equal(screen_style(&s, 20, 7), STYLE_MARKED);
    assert_true(screen_holds(&s, "content-length 84..103 of 146"));
    screen_act(&s, ACTION_LEFT);
    assert_true(screen_holds(&s, "+   1.204000"));
    assert_false(screen_holds(&s, "byteorder  "));
    screen_close(&s);
}

static void a_large_screen_has_wide_rows(void **state)
{
    struct screen s;

    (void)state;
    open_view(&s, 46, 160);
    exchange(&s);
    assert_true(screen_holds(&s, ".g{\"byteorder\": \"little\", \"conte"));
    screen_act(&s, ACTION_RIGHT);
    assert_true(screen_holds(&s, "{\"result\":\"Follow the white rabbit. 🐰\"}"));
    screen_act(&s, ACTION_TIME_FORMAT);
    assert_true(screen_holds(&s, "12:00:09.300000 ←"));
    screen_act(&s, ACTION_HEX);
    assert_false(screen_holds(&s, "0000  "));
    screen_act(&s, ACTION_VIEW); /* its charts, then its bytes */
    screen_act(&s, ACTION_VIEW);
    assert_true(screen_holds(&s, "148  \\x00g{\"byteorder"));
    screen_close(&s);
}

static void the_newest_is_shown_until_the_cursor_is_moved(void **state)
{
    struct screen s;
    char line[64];

    (void)state;
    open_view(&s, 12, 80);
    for (int i = 0; i < 40; i++) {
        snprintf(line, sizeof(line), "message action=count value=%d.", i);
        say_message(&s, DIRECTION_SENT, (uint64_t)i, line);
        screen_tick(&s);
    }
    assert_true(screen_holds(&s, "count 39."));
    assert_false(screen_holds(&s, "G follows"));
    screen_act(&s, ACTION_UP);
    assert_true(screen_holds(&s, "G follows"));
    say_message(&s, DIRECTION_SENT, 99, "message action=count value=newest");
    screen_tick(&s);
    assert_true(screen_holds(&s, "count 38."));
    screen_act(&s, ACTION_LAST);
    assert_true(screen_holds(&s, "newest"));
    screen_search(&s, "COUNT 7.");
    assert_true(screen_holds(&s, "count 7."));
    screen_close(&s);
}

static void a_fault_is_shown_with_its_byte(void **state)
{
    struct screen s;

    (void)state;
    open_view(&s, 24, 80);
    say(&s, DIRECTION_RECEIVED, 1, "HTTP/1.1 400 Bad Request\r\n", 26);
    screen_tick(&s);
    assert_true(screen_holds(&s, "26  byte 2: 'T' begins no JSON header"));
    assert_int_equal(screen_style(&s, 1, 27), STYLE_SELECTED);
    screen_act(&s, ACTION_RIGHT);
    assert_true(screen_holds(&s, "fault               2..2         byte 2: 'T' begins"));
    screen_draw(&s);
    for (int row = 0; row < 24; row++)
        if (strstr(surface_row(s.surface, row), " 0000  48 54"))
            assert_int_equal(screen_style(&s, row, 7 + 6), STYLE_BAD);
    screen_close(&s);
}

static void what_was_not_kept_is_counted(void **state)
{
    static uint8_t bytes[TRANSCRIPT_KEPT_BYTES];
    struct screen s;
    struct passage p = {.at_ns = SCREEN_START_NS + 9 * CLOCK_SECOND_NS,
                        .session_id = 2,
                        .length = 20000,
                        .direction = DIRECTION_SENT};
    struct command c;
    uint8_t *message;
    size_t len;

    (void)state;
    assert_int_equal(
        command_parse("message --binary x=y --header content-length=19000", &c, NULL), 0);
    assert_int_equal(command_message(&c, &message, &len, NULL), 0);
    memcpy(bytes, message, len);
    open_view(&s, 24, 80);
    ring_put(s.transcript, &p, bytes, sizeof(bytes));
    screen_tick(&s);
    assert_true(screen_holds(&s, "cannot be followed from here:"));
    screen_act(&s, ACTION_UP);
    assert_true(screen_holds(&s, "the first 3,9"));
    screen_act(&s, ACTION_RIGHT);
    assert_true(screen_holds(&s, " of 19,000 bytes: y\\x00"));
    for (int i = 0; i < 300; i++)
        screen_act(&s, ACTION_RIGHT);
    assert_true(screen_holds(&s, "more bytes were not kept)"));
    screen_act(&s, ACTION_LEFT);
    assert_false(screen_holds(&s, "more bytes were not kept)"));
    screen_close(&s);
    free(message);
}

static void enter_begins_the_command_that_sends_it_anew(void **state)
{
    struct session_status closed = a_session(2, SESSION_CLOSED, 13);
    struct session_status other = a_session(5, SESSION_OPEN, 14);
    struct focus focus;
    struct screen s;

    (void)state;
    open_view(&s, 24, 80);
    exchange(&s);
    screen_act(&s, ACTION_UP);
    screen_act(&s, ACTION_DETAILS);
    assert_string_equal(s.requests.prompt,
                        "message 2 --header byteorder=little --header content-type=text/json "
                        "--header content-encoding=utf-8 --header content-length=41 "
                        "--raw-json '{\"action\": \"search\", \"value\": \"morpheus\"}'");
    assert_string_equal(s.requests.notice, "");
    /* What has ended takes no more: the newest does. */
    apply_session_status(&s, &closed);
    focus = model_focus_of_session(&s.m, 2);
    model_focus(&s.m, &focus);
    apply_session_status(&s, &other);
    screen_tick(&s);
    screen_act(&s, ACTION_DETAILS);
    assert_memory_equal(s.requests.prompt, "message 5 --header", 18);
    say(&s, DIRECTION_SENT, 2000, "x", 1);
    screen_tick(&s);
    screen_act(&s, ACTION_LAST);
    screen_act(&s, ACTION_DETAILS);
    assert_string_equal(s.requests.prompt, "message 5 ");
    assert_non_null(strstr(s.requests.notice, "no whole message"));
    screen_close(&s);
}

static void a_long_content_is_left_out_and_said(void **state)
{
    char line[1100] = "message v=";
    struct screen s;

    (void)state;
    memset(line + strlen(line), 'x', 990);
    open_view(&s, 24, 80);
    say_message(&s, DIRECTION_SENT, 1, line);
    screen_tick(&s);
    screen_act(&s, ACTION_DETAILS);
    assert_null(strstr(s.requests.prompt, "xxx"));
    assert_non_null(strstr(s.requests.prompt, "content-length=999"));
    assert_non_null(strstr(s.requests.notice, "longer than a line"));
    screen_close(&s);
}

static void a_small_pane_has_the_list_alone(void **state)
{
    struct screen s;

    (void)state;
    open_view(&s, 5, 40);
    exchange(&s);
    assert_true(screen_holds(&s, "+ → text/json  search morpheus"));
    assert_true(screen_holds(&s, "+ ← text/json  Follow the white rabbit.…"));
    assert_false(screen_holds(&s, "0000"));
    screen_close(&s);
}

static void without_a_message_it_says_how_to_send_one(void **state)
{
    struct screen s;

    (void)state;
    open_view(&s, 10, 80);
    assert_true(screen_holds(&s, "no message yet: `:message action=search"));
    screen_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_a_line_and_its_parts_with_their_bytes),
        cmocka_unit_test(a_large_screen_has_wide_rows),
        cmocka_unit_test(the_newest_is_shown_until_the_cursor_is_moved),
        cmocka_unit_test(a_fault_is_shown_with_its_byte),
        cmocka_unit_test(what_was_not_kept_is_counted),
        cmocka_unit_test(enter_begins_the_command_that_sends_it_anew),
        cmocka_unit_test(a_long_content_is_left_out_and_said),
        cmocka_unit_test(a_small_pane_has_the_list_alone),
        cmocka_unit_test(without_a_message_it_says_how_to_send_one),
    };

    return cmocka_run_group_tests_name("message_view", tests, NULL, NULL);
}
