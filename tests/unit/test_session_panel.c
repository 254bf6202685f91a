#include "tests/unit/screen.h"

static void say(struct screen *s, uint64_t id, enum direction direction, uint64_t at_ms,
                const char *text)
{
    struct passage p = {.at_ns = SCREEN_START_NS + 8 * CLOCK_SECOND_NS + at_ms * CLOCK_MS_NS,
                        .session_id = id,
                        .length = strlen(text),
                        .direction = (uint8_t)direction};

    ring_put(s->transcript, &p, text, strlen(text));
}

static void open_session(struct screen *s, int rows, int columns)
{
    struct session_status session = a_session(2, SESSION_OPEN, 13);

    session.sent_bytes = 4163084;
    session.received_bytes = 12;
    session.queued_bytes = 65536;
    screen_open(s, &session_panel, rows, columns);
    apply_session_status(s, &session);
}

static void transcript_shows_time_direction_length_and_text(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "── session 2  open  sent 4,163,084  received 12  queued 65,536  127.0.0.1:65432",
        "    0.000000 connected to 127.0.0.1:65432 from 127.0.0.1:51826",
        "    1.204000 →        12  Hello, world",
        "    1.300000 ←        18  HELLO,\\r\\n",
        "                          WORLD\\x1b[2J\\n",
        NULL};
    /* clang-format on */
    struct screen s;

    (void)state;
    open_session(&s, 8, 80);
    say(&s, 2, DIRECTION_NOTE, 0, "connected to 127.0.0.1:65432 from 127.0.0.1:51826");
    say(&s, 2, DIRECTION_SENT, 1204, "Hello, world");
    say(&s, 9, DIRECTION_SENT, 1205, "of another session");
    say(&s, 2, DIRECTION_RECEIVED, 1300, "HELLO,\r\nWORLD\x1b[2J\n");
    screen_tick(&s);
    screen_expect(&s, screen);
    assert_int_equal(screen_style(&s, 2, 13), STYLE_SENT);
    assert_int_equal(screen_style(&s, 3, 13), STYLE_RECEIVED);
    screen_act(&s, ACTION_TIME_FORMAT);
    assert_true(screen_holds(&s, "12:00:09.204000 →"));
    screen_close(&s);
}

static void what_is_not_kept_is_not_called_nothing(void **state)
{
    struct screen s;

    (void)state;
    open_session(&s, 8, 80);
    screen_tick(&s);
    assert_true(screen_holds(&s, "what it said is not kept here: f puts it together"));
    assert_false(screen_holds(&s, "nothing sent or received yet"));
    screen_close(&s);
}

static void notes_break_at_blanks_and_bytes_where_they_must(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "── session 2  open  → 4,163,084  ← 12  queued 65,…",
        "    0.000000 connected to 127.0.0.1:65432 from",
        "             127.0.0.1:51826",
        "    0.001000 exactly as long as the line is here->",
        "             and on",
        "    0.002000 →        41  connected to 127.0.0.1:6",
        "                          5432 from 127.0.0",
        "    0.003000 0123456789012345678901234567890123456",
        "             789 word",
        NULL};
    /* clang-format on */
    struct screen s;

    (void)state;
    open_session(&s, 17, 50);
    say(&s, 2, DIRECTION_NOTE, 0, "connected to 127.0.0.1:65432 from 127.0.0.1:51826");
    say(&s, 2, DIRECTION_NOTE, 1, "exactly as long as the line is here-> and on");
    say(&s, 2, DIRECTION_SENT, 2, "connected to 127.0.0.1:65432 from 127.0.0");
    say(&s, 2, DIRECTION_NOTE, 3, "0123456789012345678901234567890123456789 word");
    screen_tick(&s);
    screen_expect(&s, screen);
    screen_close(&s);
}

static void paused_it_stands_still(void **state)
{
    struct session_status session = a_session(2, SESSION_CLOSED, 13);
    struct screen s;

    (void)state;
    open_session(&s, 8, 80);
    say(&s, 2, DIRECTION_SENT, 1, "before");
    screen_tick(&s);
    model_pause(&s.m, true);
    say(&s, 2, DIRECTION_SENT, 2, "meanwhile");
    apply_session_status(&s, &session);
    screen_resize(&s, 9, 90, false);
    screen_act(&s, ACTION_LAST);
    assert_true(screen_holds(&s, "open  sent 4,163,084"));
    assert_true(screen_holds(&s, "before"));
    assert_false(screen_holds(&s, "meanwhile"));
    model_pause(&s.m, false);
    screen_tick(&s);
    assert_true(screen_holds(&s, "closed  sent 0"));
    assert_true(screen_holds(&s, "meanwhile"));
    screen_close(&s);
}

static void hex_has_offsets_and_characters(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "── session 2  open  sent 4,163,084  received 12  queued 65,536  127.0.0.1:65432",
        "    0.000000 →        19",
        "   0000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef",
        "   0010  58 59 5a                                          XYZ",
        NULL};
    /* clang-format on */
    struct screen s;

    (void)state;
    open_session(&s, 8, 80);
    say(&s, 2, DIRECTION_SENT, 0, "0123456789abcdefXYZ");
    screen_act(&s, ACTION_HEX);
    s.keys = false;
    screen_resize(&s, 8, 80, false);
    screen_expect(&s, screen);
    screen_resize(&s, 8, 46, false);
    assert_true(screen_holds(&s, "0000  30 31 32 33 34 35 36 37  01234567"));
    screen_close(&s);
}

/* Where the cursor of the dump is: the only digits that look selected. */
static void expect_cursor(struct screen *s, int row, int column)
{
    int found = 0;

    screen_draw(s);
    for (int r = 0; r < surface_rows(s->surface); r++)
        for (int c = 0; c < surface_columns(s->surface); c++)
            found += screen_style(s, r, c) == STYLE_SELECTED;
    assert_int_equal(found, 3); /* two digits and a character */
    assert_int_equal(screen_style(s, row, column), STYLE_SELECTED);
    assert_int_equal(screen_style(s, row, column + 1), STYLE_SELECTED);
}

static void bytes_of_the_dump_are_inspected(void **state)
{
    struct screen s;

    (void)state;
    open_session(&s, 20, 80);
    say(&s, 2, DIRECTION_NOTE, 0, "connected");
    say(&s, 2, DIRECTION_SENT, 1, "0123456789abcdefXYZ");
    say(&s, 2, DIRECTION_NOTE, 2, "waiting");
    say(&s, 2, DIRECTION_RECEIVED, 3, "Hello");
    screen_act(&s, ACTION_HEX);
    expect_cursor(&s, 7, 9);
    assert_true(screen_holds(
        &s, "── byte 0  u8 72   UTF-8 H U+0048             i8 72    IPv4 72.101.108.108"));
    assert_true(screen_holds(&s, " BE  u16 18533  i16 18533   u32 1214606444"));
    screen_act(&s, ACTION_LEFT); /* across the note, to the Z */
    expect_cursor(&s, 4, 15);
    assert_true(screen_holds(&s, "── byte 18  u8 90   UTF-8 Z U+005A  "));
    screen_act(&s, ACTION_UP);
    expect_cursor(&s, 3, 15);
    for (int i = 0; i < 9; i++)
        screen_act(&s, ACTION_RIGHT);
    expect_cursor(&s, 3, 9 + 3 * 11 + 1);
    screen_act(&s, ACTION_DOWN); /* where the row is shorter */
    expect_cursor(&s, 4, 15);
    screen_act(&s, ACTION_DOWN);
    expect_cursor(&s, 7, 15);
    screen_act(&s, ACTION_FIRST);
    expect_cursor(&s, 3, 9);
    screen_act(&s, ACTION_LAST);
    expect_cursor(&s, 7, 9);
    s.keys = false;
    screen_resize(&s, 20, 80, false);
    assert_false(screen_holds(&s, "u16"));
    screen_close(&s);
}

static void cursor_of_the_dump_follows_until_it_is_moved(void **state)
{
    struct screen s;
    char text[] = "A1234567";

    (void)state;
    open_session(&s, 10, 80);
    say(&s, 2, DIRECTION_SENT, 0, text);
    screen_act(&s, ACTION_HEX);
    assert_true(screen_holds(&s, "A U+0041"));
    for (; text[0] < 'H'; text[0]++)
        say(&s, 2, DIRECTION_SENT, 1, text);
    screen_tick(&s);
    assert_true(screen_holds(&s, "G U+0047"));
    screen_act(&s, ACTION_UP);
    assert_true(screen_holds(&s, "F U+0046"));
    text[0] = 'X';
    say(&s, 2, DIRECTION_SENT, 2, text);
    screen_tick(&s);
    assert_true(screen_holds(&s, "F U+0046"));
    assert_true(screen_holds(&s, "G follows"));
    for (int i = 0; i < 30; i++) {
        screen_act(&s, ACTION_UP);
        assert_true(screen_holds(&s, "0000  "));
    }
    assert_true(screen_holds(&s, "A U+0041"));
    expect_cursor(&s, 2, 9);
    screen_act(&s, ACTION_PAGE_DOWN);
    screen_act(&s, ACTION_PAGE_DOWN);
    screen_act(&s, ACTION_PAGE_DOWN);
    screen_act(&s, ACTION_PAGE_DOWN);
    assert_true(screen_holds(&s, "X U+0058"));
    expect_cursor(&s, 6, 9); /* the last row above the inspector */
    screen_act(&s, ACTION_LAST);
    assert_false(screen_holds(&s, "G follows"));
    screen_act(&s, ACTION_HEX);
    assert_false(screen_holds(&s, "U+0058"));
    screen_close(&s);
}

static void long_passage_is_cut_visibly_and_whole_when_large(void **state)
{
    char text[601];
    struct screen s;

    (void)state;
    memset(text, 'a', 600);
    memcpy(text + 590, "END", 3);
    text[600] = '\0';
    open_session(&s, 8, 80);
    say(&s, 2, DIRECTION_SENT, 0, text);
    screen_tick(&s);
    assert_true(screen_holds(&s, "a…"));
    assert_false(screen_holds(&s, "END"));
    screen_resize(&s, 40, 80, false);
    assert_true(screen_holds(&s, "END"));
    assert_false(screen_holds(&s, "a…"));
    screen_close(&s);
}

static void bytes_that_were_not_kept_are_counted(void **state)
{
    struct passage p = {.at_ns = SCREEN_START_NS + 8 * CLOCK_SECOND_NS,
                        .session_id = 2,
                        .length = 1048576,
                        .direction = DIRECTION_SENT};
    struct screen s;

    (void)state;
    open_session(&s, 24, 80);
    ring_put(s.transcript, &p, "flood", 5);
    screen_tick(&s);
    assert_true(screen_holds(&s, "1,048,576  flood"));
    assert_true(screen_holds(&s, "(1,048,571 more bytes were not kept)"));
    screen_close(&s);
}

static void follows_the_end_until_scrolled(void **state)
{
    char text[32];
    struct screen s;

    (void)state;
    open_session(&s, 6, 80);
    for (int i = 0; i < 20; i++) {
        snprintf(text, sizeof(text), "line %d.", i);
        say(&s, 2, DIRECTION_SENT, (uint64_t)i, text);
    }
    screen_tick(&s);
    assert_true(screen_holds(&s, "line 19."));
    assert_false(screen_holds(&s, "line 14."));
    screen_act(&s, ACTION_UP);
    assert_true(screen_holds(&s, "line 14."));
    assert_false(screen_holds(&s, "line 19."));
    assert_true(screen_holds(&s, "G follows"));
    say(&s, 2, DIRECTION_SENT, 99, "newest");
    screen_tick(&s);
    assert_true(screen_holds(&s, "line 14."));
    screen_act(&s, ACTION_LAST);
    assert_true(screen_holds(&s, "newest"));
    assert_false(screen_holds(&s, "G follows"));
    screen_act(&s, ACTION_FIRST);
    assert_true(screen_holds(&s, "line 0."));
    for (int i = 0; i < 30; i++)
        screen_act(&s, ACTION_DOWN);
    assert_true(screen_holds(&s, "newest"));
    assert_false(screen_holds(&s, "G follows"));
    screen_close(&s);
}

static void lost_passages_are_said(void **state)
{
    char text[32];
    struct screen s;

    (void)state;
    open_session(&s, 6, 80);
    say(&s, 2, DIRECTION_SENT, 0, "first");
    screen_tick(&s);
    for (int i = 0; i < 64; i++) {
        snprintf(text, sizeof(text), "line %d.", i);
        say(&s, i < 62 ? 9 : 2, DIRECTION_SENT, 1 + (uint64_t)i, text);
    }
    screen_tick(&s);
    assert_true(screen_holds(&s, "1 older passage is gone"));
    assert_true(screen_holds(&s, "line 63."));
    assert_false(screen_holds(&s, "first"));
    screen_close(&s);
}

static void session_seen_late_may_have_lost_passages(void **state)
{
    struct screen s;

    (void)state;
    open_session(&s, 6, 80);
    for (int i = 0; i < 70; i++)
        say(&s, 2, DIRECTION_SENT, 1 + (uint64_t)i, "x");
    screen_tick(&s);
    assert_true(screen_holds(&s, "the oldest passages are gone"));
    screen_close(&s);
}

static void failed_session_says_errno_and_words(void **state)
{
    struct session_status failed = a_session(7, SESSION_FAILED, 0);
    struct screen s;

    (void)state;
    err_set(&failed.err, -ECONNREFUSED, "connect", "127.0.0.1:65432", "%s", "");
    screen_open(&s, &session_panel, 4, 80);
    apply_session_status(&s, &failed);
    screen_tick(&s);
    assert_true(screen_holds(&s, "connect 127.0.0.1:65432: Connection refused (ECONNREFUSED)"));
    assert_int_equal(screen_style(&s, 1, 1), STYLE_BAD);
    screen_close(&s);
}

static void narrow_pane_has_arrows_in_its_title(void **state)
{
    struct screen s;

    (void)state;
    open_session(&s, 4, 54);
    assert_true(screen_holds(&s, "session 2  open  → 4,163,084  ← 12  queued 65,536"));
    screen_close(&s);
}

static void focus_changes_the_transcript(void **state)
{
    struct session_status other = a_session(9, SESSION_OPEN, 14);
    struct focus focus;
    struct screen s;

    (void)state;
    open_session(&s, 6, 80);
    apply_session_status(&s, &other);
    say(&s, 2, DIRECTION_SENT, 0, "of two");
    say(&s, 9, DIRECTION_SENT, 0, "of nine");
    screen_tick(&s);
    assert_true(screen_holds(&s, "of nine"));
    focus = model_focus_of_session(&s.m, 2);
    model_focus(&s.m, &focus);
    screen_tick(&s);
    assert_true(screen_holds(&s, "of two"));
    assert_false(screen_holds(&s, "of nine"));
    screen_close(&s);
}

static void search_finds_what_is_shown(void **state)
{
    char text[32];
    struct screen s;

    (void)state;
    open_session(&s, 4, 80);
    for (int i = 0; i < 20; i++) {
        snprintf(text, sizeof(text), "line %d.", i);
        say(&s, 2, DIRECTION_SENT, (uint64_t)i, text);
    }
    screen_tick(&s);
    screen_search(&s, "LINE 7");
    assert_true(screen_holds(&s, "line 7."));
    screen_search(&s, "nowhere");
    assert_string_equal(s.requests.notice, "no match for \"nowhere\" in this session");
    screen_close(&s);
}

static void without_a_session_it_says_what_to_do(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &session_panel, 2, 60);
    screen_expect(
        &s, (const char *const[]){" no session yet: o opens one, L starts a server", NULL});
    screen_close(&s);
}

static void list_shows_servers_and_sessions(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        " Id^         Kind       Local           Peer            State         Received      Sent   In/s  Out/s Both ways  Queued  Recv-Q  Send-Q      RTT  Msgs/s Age",
        " server 1    never-recv 127.0.0.1:65432 1 open of 3     listening            0         0      ?      ?                 -       ?       ?        -       - -",
        " session 3   server 1   127.0.0.1:51826 127.0.0.1:65432 open                 0         0      ?      ?                 0       ?       ?        ?       - 12.0 s",
        " session 2   opened     127.0.0.1:51826 127.0.0.1:65432 open                 0 4,163,084      ?      ?            65,536       ?       ?        ?       - 12.0 s",
        NULL};
    /* clang-format on */
    struct server_status server = a_server(1, 11);
    struct session_status session = a_session(2, SESSION_OPEN, 13);
    struct session_status accepted = a_session(3, SESSION_OPEN, 12);
    struct screen s;

    (void)state;
    accepted.server_id = 1;
    session.sent_bytes = 4163084;
    session.queued_bytes = 65536;
    server.accepted = 3;
    server.open_sessions = 1;
    screen_open(&s, &sessions_panel, 5, 162);
    apply_server_status(&s, &server);
    apply_session_status(&s, &session);
    apply_session_status(&s, &accepted);
    model_take_snapshot(&s.m, a_snapshot(NULL, 0));
    screen_tick(&s);
    screen_expect(&s, screen);
    screen_act(&s, ACTION_LAST);
    assert_int_equal(s.m.focus.session_id, 2);
    screen_act(&s, ACTION_FIRST);
    assert_int_equal(s.m.focus.row.cookie, 11);
    screen_close(&s);
}

/* One more look at a second's distance. */
static void look(struct screen *s, unsigned second, const struct row *rows, size_t n)
{
    struct snapshot *snapshot = a_snapshot(rows, n);

    snapshot->at_ns = SCREEN_START_NS + second * CLOCK_SECOND_NS;
    model_take_snapshot(&s->m, snapshot);
    screen_tick(s);
}

static void list_shows_rates_and_what_the_kernel_says(void **state)
{
    struct session_status session = a_session(2, SESSION_OPEN, 13);
    struct session_status other = a_session(3, SESSION_OPEN, 14);
    struct row row = {.cookie = 13, .rqueue = 4711, .wqueue = 12345};
    struct screen s;

    (void)state;
    screen_open(&s, &sessions_panel, 5, 164);
    apply_session_status(&s, &session);
    apply_session_status(&s, &other);
    look(&s, 1, &row, 1);
    session.sent_bytes = 5000000;
    session.received_bytes = 3000;
    apply_session_status(&s, &session);
    look(&s, 3, &row, 1);
    /* Two seconds lay between the looks. */
    assert_true(screen_holds(&s, "3,000 5,000,000  1,500 2,500,000 "));
    assert_true(screen_holds(&s, "4,711"));
    /* What is nobody's row is not known. */
    assert_true(screen_holds(&s, "0         0      0         0 "));
    assert_true(screen_holds(&s, " ?       ?        ? "));
    screen_close(&s);
}

static void framed_messages_are_counted_where_the_service_does(void **state)
{
    struct server_status server = a_server(1, 11);
    struct session_status accepted = a_session(3, SESSION_OPEN, 12);
    struct screen s;

    (void)state;
    strcpy(server.service, "message");
    accepted.server_id = 1;
    screen_open(&s, &sessions_panel, 5, 164);
    apply_server_status(&s, &server);
    apply_session_status(&s, &accepted);
    look(&s, 1, NULL, 0);
    assert_true(screen_holds(&s, " -       ? -")); /* one look tells no rate */
    server.messages = accepted.messages = 84;
    apply_server_status(&s, &server);
    apply_session_status(&s, &accepted);
    look(&s, 3, NULL, 0);
    assert_true(screen_holds(&s, " -      42 -"));
    assert_true(screen_holds(&s, " ?      42 "));
    screen_close(&s);
}

static void framed_messages_of_our_own_are_counted_once_there_is_one(void **state)
{
    struct session_status session = a_session(2, SESSION_OPEN, 13);
    struct screen s;

    (void)state;
    screen_open(&s, &sessions_panel, 5, 164);
    apply_session_status(&s, &session);
    look(&s, 1, NULL, 0);
    assert_true(screen_holds(&s, " ?       - "));
    session.messages = 84;
    apply_session_status(&s, &session);
    look(&s, 3, NULL, 0);
    assert_true(screen_holds(&s, " ?      42 "));
    screen_close(&s);
}

static void list_is_sorted_by_a_column(void **state)
{
    struct session_status session = a_session(2, SESSION_OPEN, 13);
    struct session_status busy = a_session(3, SESSION_OPEN, 14);
    struct screen s;

    (void)state;
    session.received_bytes = 10;
    busy.received_bytes = 5;
    screen_open(&s, &sessions_panel, 5, 162);
    apply_session_status(&s, &session);
    apply_session_status(&s, &busy);
    screen_tick(&s);
    screen_draw(&s);
    assert_non_null(strstr(surface_row(s.surface, 1), "session 3"));
    for (int i = 0; i < 5; i++)
        screen_act(&s, ACTION_SORT_RIGHT);
    assert_true(screen_holds(&s, "Receivedv"));
    assert_non_null(strstr(surface_row(s.surface, 1), "session 2"));
    screen_act(&s, ACTION_SORT_INVERT);
    assert_true(screen_holds(&s, "Received^"));
    assert_non_null(strstr(surface_row(s.surface, 1), "session 3"));
    screen_event(&s, &(struct panel_event){.kind = PANEL_CLICK, .row = 0, .column = 2});
    assert_true(screen_holds(&s, " Id^ "));
    /* The cursor stays on its session wherever that goes. */
    screen_act(&s, ACTION_FIRST);
    assert_int_equal(s.m.focus.session_id, 3);
    screen_act(&s, ACTION_SORT_INVERT);
    screen_act(&s, ACTION_DETAILS);
    assert_int_equal(s.m.focus.session_id, 3);
    screen_close(&s);
}

static void list_folds_what_has_no_room(void **state)
{
    struct session_status session = a_session(2, SESSION_OPEN, 13);
    struct screen s;

    (void)state;
    screen_open(&s, &sessions_panel, 5, 80);
    apply_session_status(&s, &session);
    screen_tick(&s);
    assert_true(screen_holds(
        &s, " Id^         Peer            State         Received      Sent   In/s  Out/s"));
    screen_resize(&s, 5, 40, false);
    assert_true(screen_holds(&s, " Id^         Peer"));
    screen_close(&s);
}

static void charts_of_the_session_are_a_view_of_it(void **state)
{
    struct session_status session = a_session(2, SESSION_OPEN, 13);
    struct row row = {.cookie = 13, .rqueue = 4711, .state = STATE_ESTABLISHED};
    struct focus focus = {.kind = FOCUS_ROW, .row = row, .session_id = 2};
    struct screen s;

    (void)state;
    screen_open(&s, &session_panel, 16, 80);
    apply_session_status(&s, &session);
    screen_tick(&s);
    screen_act(&s, ACTION_VIEW);
    screen_act(&s, ACTION_VIEW);
    assert_true(screen_holds(&s, "nothing was measured of its socket yet"));
    model_focus(&s.m, &focus);
    look(&s, 1, &row, 1);
    look(&s, 2, &row, 1);
    assert_true(screen_holds(&s, "Recv-Q  4,711 B now"));
    screen_act(&s, ACTION_DOWN);
    assert_false(screen_holds(&s, "Send-Q"));
    screen_act(&s, ACTION_FIRST);
    assert_true(screen_holds(&s, "Send-Q"));
    screen_act(&s, ACTION_VIEW);
    assert_false(screen_holds(&s, "Recv-Q"));
    screen_close(&s);
}

static void list_has_the_resolvers_word_for_a_failed_lookup(void **state)
{
    struct session_status failed = a_session(2, SESSION_FAILED, 0);
    struct screen s;

    (void)state;
    err_set(&failed.err, -ENOENT, "resolve", "nowhere.invalid", "%s", "");
    strcpy(failed.err.symbol, "EAI_NONAME");
    screen_open(&s, &sessions_panel, 5, 110);
    apply_session_status(&s, &failed);
    screen_tick(&s);
    assert_true(screen_holds(&s, "EAI_NONAME"));
    assert_false(screen_holds(&s, "ENOENT"));
    screen_close(&s);
}

static void list_shows_tags_and_space_gives_one(void **state)
{
    struct session_status session = a_session(2, SESSION_OPEN, 13);
    struct screen s;

    (void)state;
    screen_open(&s, &sessions_panel, 5, 110);
    apply_session_status(&s, &session);
    screen_tick(&s);
    screen_act(&s, ACTION_TAG);
    assert_string_equal(s.requests.command, "tag 2 tagged");
    strcpy(session.tag, "tagged");
    apply_session_status(&s, &session);
    screen_tick(&s);
    assert_true(screen_holds(&s, "tag:tagged"));
    screen_act(&s, ACTION_TAG);
    assert_string_equal(s.requests.command, "tag 2");
    screen_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transcript_shows_time_direction_length_and_text),
        cmocka_unit_test(what_is_not_kept_is_not_called_nothing),
        cmocka_unit_test(notes_break_at_blanks_and_bytes_where_they_must),
        cmocka_unit_test(paused_it_stands_still),
        cmocka_unit_test(hex_has_offsets_and_characters),
        cmocka_unit_test(bytes_of_the_dump_are_inspected),
        cmocka_unit_test(cursor_of_the_dump_follows_until_it_is_moved),
        cmocka_unit_test(long_passage_is_cut_visibly_and_whole_when_large),
        cmocka_unit_test(bytes_that_were_not_kept_are_counted),
        cmocka_unit_test(follows_the_end_until_scrolled),
        cmocka_unit_test(lost_passages_are_said),
        cmocka_unit_test(session_seen_late_may_have_lost_passages),
        cmocka_unit_test(failed_session_says_errno_and_words),
        cmocka_unit_test(narrow_pane_has_arrows_in_its_title),
        cmocka_unit_test(focus_changes_the_transcript),
        cmocka_unit_test(search_finds_what_is_shown),
        cmocka_unit_test(without_a_session_it_says_what_to_do),
        cmocka_unit_test(list_shows_servers_and_sessions),
        cmocka_unit_test(list_shows_tags_and_space_gives_one),
        cmocka_unit_test(list_shows_rates_and_what_the_kernel_says),
        cmocka_unit_test(framed_messages_are_counted_where_the_service_does),
        cmocka_unit_test(framed_messages_of_our_own_are_counted_once_there_is_one),
        cmocka_unit_test(list_is_sorted_by_a_column),
        cmocka_unit_test(list_folds_what_has_no_room),
        cmocka_unit_test(charts_of_the_session_are_a_view_of_it),
        cmocka_unit_test(list_has_the_resolvers_word_for_a_failed_lookup),
    };

    return cmocka_run_group_tests_name("session_panel", tests, NULL, NULL);
}
