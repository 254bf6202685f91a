#include "tests/unit/owned.h"
#include "tests/unit/screen.h"

/* The picture of the design: a server that does not read, its accepted socket, our session. */
static void picture(struct screen *s)
{
    struct row rows[3] = {a_row(11, STATE_LISTEN, 65432, 0),
                          a_row(12, STATE_ESTABLISHED, 65432, 51826),
                          a_row(13, STATE_ESTABLISHED, 51826, 65432)};
    struct server_status server = a_server(1, 11);
    struct session_status accepted = a_session(3, SESSION_OPEN, 12);
    struct session_status session = a_session(2, SESSION_OPEN, 13);

    rows[0].wqueue = 128;
    rows[1].rqueue = 128512;
    rows[2].wqueue = 4163072;
    rows[2].timer = TIMER_PERSIST;
    rows[2].timer_ms = 1400;
    accepted.server_id = 1;
    apply_server_status(s, &server);
    apply_session_status(s, &accepted);
    apply_session_status(s, &session);
    model_take_snapshot(&s->m, a_snapshot(rows, 3));
    screen_tick(s);
}

static void picture_of_the_design_at_120_columns(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        " Proto Recv-Q       Send-Q       Local           Peer            State       Timer        Owner^",
        " tcp   -            0/128        127.0.0.1:65432 *               LISTEN                   sockeye server 1 never-recv",
        "!tcp   █████128,512 0            127.0.0.1:65432 127.0.0.1:51826 ESTABLISHED              sockeye server 1 never-recv",
        ">tcp   0            ███4,163,072 127.0.0.1:51826 127.0.0.1:65432 ESTABLISHED persist 1.4s sockeye session 2",
        NULL};
    /* clang-format on */
    struct screen s;

    (void)state;
    screen_open(&s, &sockets_panel, 6, 120);
    picture(&s);
    screen_act(&s, ACTION_LAST);
    screen_expect(&s, screen);
    assert_int_equal(screen_style(&s, 1, 65), STYLE_LISTEN);
    screen_close(&s);
}

static void everything_essential_fits_80_columns(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        " Proto Recv-Q   Send-Q    Local           Peer            State       Owner^   …",
        " tcp   -        0/128     127.0.0.1:65432 *               LISTEN      server 1 …",
        "!tcp   █128,512 0         127.0.0.1:65432 127.0.0.1:51826 ESTABLISHED server 1 …",
        "!tcp   0        4,163,072 127.0.0.1:51826 127.0.0.1:65432 ESTABLISHED session 2",
        NULL};
    /* clang-format on */
    struct screen s;

    (void)state;
    screen_open(&s, &sockets_panel, 5, 80);
    picture(&s);
    screen_expect(&s, screen);
    screen_close(&s);
}

static void another_sockeye_keeps_its_name(void **state)
{
    struct row row = a_row(5, STATE_LISTEN, 65432, 0);
    struct snapshot *snapshot = a_snapshot(&row, 1);
    struct screen s;

    (void)state;
    an_owner(&snapshot->owned, snapshot->rows[0].inode, OWNER_KNOWN);
    for (int i = 0; i < 12; i++)
        a_holder(&snapshot->owned, 4194304 - i, 3, "sockeye");
    screen_open(&s, &sockets_panel, 3, 80);
    model_take_snapshot(&s.m, snapshot);
    screen_tick(&s);
    assert_true(screen_holds(&s, "LISTEN      sockeye ("));
    screen_close(&s);
}

static void long_address_keeps_its_port(void **state)
{
    struct row row = a_row(5, STATE_ESTABLISHED, 1, 1);
    struct screen s;

    (void)state;
    row.local = an_addr("2001:db8:1111:2222:3333:4444:5555:6666", 50000);
    row.peer = an_addr("2001:db8:1111:2222:3333:4444:5555:7777", 443);
    screen_open(&s, &sockets_panel, 3, 80);
    model_take_snapshot(&s.m, a_snapshot(&row, 1));
    screen_tick(&s);
    assert_true(screen_holds(&s, "…:50000"));
    assert_true(screen_holds(&s, "…:443"));
    screen_resize(&s, 3, 160, false);
    assert_true(screen_holds(&s, "[2001:db8:1111:2222:3333:4444:5555:6666]:50000"));
    assert_true(screen_holds(&s, "[2001:db8:1111:2222:3333:4444:5555:7777]:443"));
    screen_close(&s);
}

static void full_accept_queue_is_trouble(void **state)
{
    struct row row = a_row(5, STATE_LISTEN, 80, 0);
    struct screen s;

    (void)state;
    row.rqueue = row.wqueue = 128;
    screen_open(&s, &sockets_panel, 3, 80);
    model_take_snapshot(&s.m, a_snapshot(&row, 1));
    screen_tick(&s);
    assert_true(screen_holds(&s, "128/128"));
    assert_false(screen_holds(&s, "!tcp"));
    row.rqueue = 129;
    model_take_snapshot(&s.m, a_snapshot(&row, 1));
    screen_tick(&s);
    assert_true(screen_holds(&s, "!tcp"));
    assert_true(screen_holds(&s, "129/128"));
    screen_close(&s);
}

static void retransmissions_are_trouble_and_counted(void **state)
{
    struct row row = a_row(5, STATE_SYN_SENT, 4000, 80);
    struct screen s;

    (void)state;
    row.timer = TIMER_ON;
    row.timer_ms = 850;
    row.retransmits = 3;
    screen_open(&s, &sockets_panel, 3, 120);
    model_take_snapshot(&s.m, a_snapshot(&row, 1));
    screen_tick(&s);
    assert_true(screen_holds(&s, "!tcp"));
    assert_true(screen_holds(&s, "on 850ms x3"));
    screen_close(&s);
}

static void session_without_a_row_says_what_became_of_it(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        " Proto Recv-Q    Send-Q   Local           Peer            State        Owner^  …",
        " tcp   -         -        127.0.0.1:51826 127.0.0.1:65432 connecting   session 8",
        "!tcp   -         -        ?               127.0.0.1:65432 ECONNREFUSED session 7",
        NULL};
    /* clang-format on */
    struct session_status failed = a_session(7, SESSION_FAILED, 0);
    struct session_status trying = a_session(8, SESSION_CONNECTING, 0);
    struct screen s;

    (void)state;
    err_set(&failed.err, -ECONNREFUSED, "connect", "127.0.0.1:65432", "%s", "");
    failed.local = (struct addr){0};
    screen_open(&s, &sockets_panel, 4, 80);
    apply_session_status(&s, &failed);
    apply_session_status(&s, &trying);
    screen_tick(&s);
    screen_expect(&s, screen);
    assert_int_equal(screen_style(&s, 2, 0), STYLE_BAD);
    screen_resize(&s, 4, 120, false);
    assert_true(screen_holds(&s, "failed ECONNREFUSED"));
    screen_act(&s, ACTION_DOWN);
    assert_int_equal(s.m.focus.kind, FOCUS_SESSION);
    assert_int_equal(s.m.focus.session_id, 7);
    screen_close(&s);
}

static void failed_lookup_has_the_resolvers_word_for_it(void **state)
{
    struct session_status failed = a_session(7, SESSION_FAILED, 0);
    struct screen s;

    (void)state;
    err_set(&failed.err, -ENOENT, "resolve", "nowhere.invalid", "%s", "");
    strcpy(failed.err.symbol, "EAI_NONAME");
    failed.local = failed.peer = (struct addr){0};
    screen_open(&s, &sockets_panel, 4, 120);
    apply_session_status(&s, &failed);
    screen_tick(&s);
    assert_true(screen_holds(&s, "failed EAI_NONAME"));
    assert_false(screen_holds(&s, "ENOENT"));
    screen_resize(&s, 4, 70, false);
    assert_true(screen_holds(&s, "EAI_NONAME"));
    assert_false(screen_holds(&s, "ENOENT"));
    screen_close(&s);
}

static void cursor_moves_the_focus(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &sockets_panel, 6, 80);
    picture(&s);
    screen_act(&s, ACTION_DOWN);
    assert_int_equal(s.m.focus.row.cookie, 12);
    screen_act(&s, ACTION_DOWN);
    assert_int_equal(s.m.focus.row.cookie, 13);
    assert_int_equal(s.m.focus.session_id, 2);
    screen_act(&s, ACTION_DOWN);
    assert_int_equal(s.m.focus.row.cookie, 13);
    screen_act(&s, ACTION_FIRST);
    assert_int_equal(s.m.focus.row.cookie, 11);
    screen_draw(&s);
    assert_int_equal(screen_style(&s, 1, 79), STYLE_SELECTED);
    s.keys = false;
    screen_draw(&s);
    assert_int_equal(screen_style(&s, 1, 79), STYLE_MARKED);
    screen_close(&s);
}

static void cursor_follows_its_row_when_rows_move(void **state)
{
    struct row rows[40];
    struct screen s;

    (void)state;
    for (size_t i = 0; i < 40; i++)
        rows[i] = a_row(100 + i, STATE_ESTABLISHED, (uint16_t)(2000 + i), 80);
    screen_open(&s, &sockets_panel, 6, 80);
    model_take_snapshot(&s.m, a_snapshot(rows, 3));
    screen_tick(&s);
    screen_act(&s, ACTION_LAST);
    assert_int_equal(s.m.focus.row.cookie, 102);
    /* The same row is now the last of forty. */
    rows[39].cookie = 102;
    rows[2].cookie = 139;
    model_take_snapshot(&s.m, a_snapshot(rows, 40));
    screen_tick(&s);
    screen_draw(&s);
    assert_true(screen_holds(&s, ">tcp"));
    assert_true(screen_holds(&s, "127.0.0.1:2039"));
    screen_act(&s, ACTION_UP);
    assert_int_equal(s.m.focus.row.cookie, 138);
    screen_close(&s);
}

static void focus_that_is_gone_leaves_the_cursor(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &sockets_panel, 6, 80);
    picture(&s);
    screen_act(&s, ACTION_LAST);
    model_take_snapshot(&s.m, a_snapshot((struct row[]){a_row(11, STATE_LISTEN, 65432, 0)}, 1));
    screen_tick(&s);
    assert_false(screen_holds(&s, ">tcp"));
    assert_int_equal(screen_style(&s, 1, 20), STYLE_SELECTED);
    screen_close(&s);
}

static void sort_keys_ask_for_the_next_column(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &sockets_panel, 6, 80);
    picture(&s);
    assert_true(screen_holds(&s, "Owner^"));
    screen_act(&s, ACTION_SORT_RIGHT);
    assert_ptr_equal(s.m.sort, column_find("netid"));
    screen_act(&s, ACTION_SORT_RIGHT);
    assert_ptr_equal(s.m.sort, column_find("recvq"));
    assert_true(s.m.descending);
    assert_true(screen_holds(&s, "Recv-Qv"));
    screen_act(&s, ACTION_SORT_INVERT);
    assert_false(s.m.descending);
    assert_true(screen_holds(&s, "Recv-Q^"));
    for (int i = 0; i < 4; i++)
        screen_act(&s, ACTION_SORT_LEFT);
    assert_ptr_equal(s.m.sort, column_find("state"));
    assert_false(s.m.descending);
    screen_close(&s);
}

static void search_goes_round_and_says_so(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &sockets_panel, 6, 80);
    picture(&s);
    screen_search(&s, "session 2");
    assert_int_equal(s.m.focus.row.cookie, 13);
    assert_string_equal(s.requests.notice, "");
    screen_search(&s, "NEVER-recv");
    assert_int_equal(s.m.focus.row.cookie, 11);
    assert_string_equal(s.requests.notice, "searched past the last");
    screen_act(&s, ACTION_SEARCH_NEXT);
    assert_int_equal(s.m.focus.row.cookie, 12);
    screen_act(&s, ACTION_SEARCH_PREVIOUS);
    assert_int_equal(s.m.focus.row.cookie, 11);
    screen_search(&s, "nowhere");
    assert_int_equal(s.m.focus.row.cookie, 11);
    assert_string_equal(s.requests.notice, "no match for \"nowhere\"");
    screen_close(&s);
}

static void empty_table_says_why(void **state)
{
    struct snapshot *snapshot;
    struct screen s;

    (void)state;
    screen_open(&s, &sockets_panel, 6, 80);
    assert_true(screen_holds(&s, "no snapshot of the host's sockets has come yet"));
    snapshot = a_snapshot(NULL, 0);
    model_take_snapshot(&s.m, snapshot);
    screen_tick(&s);
    assert_true(screen_holds(&s, "the kernel listed no socket"));
    snapshot = a_snapshot(NULL, 0);
    snapshot->n_total = 1284;
    strcpy(s.m.filter, "port 1");
    model_take_snapshot(&s.m, snapshot);
    screen_tick(&s);
    assert_true(screen_holds(&s, "no row matches \"port 1\", 1,284 are hidden; & changes it"));
    screen_close(&s);
}

static void incomplete_table_says_so(void **state)
{
    struct snapshot *snapshot = a_snapshot(NULL, 0);
    struct screen s;

    (void)state;
    snapshot->interrupted = true;
    screen_open(&s, &sockets_panel, 4, 80);
    model_take_snapshot(&s.m, snapshot);
    screen_tick(&s);
    assert_true(screen_holds(&s, "rows may be missing or twice"));
    snapshot = a_snapshot(NULL, 0);
    err_set(&snapshot->err, -EACCES, "sock_diag", "AF_INET6", "%s", "");
    model_take_snapshot(&s.m, snapshot);
    screen_tick(&s);
    assert_true(screen_holds(
        &s, "the table is incomplete: sock_diag AF_INET6: Permission denied (EACCES)"));
    assert_int_equal(screen_style(&s, 3, 1), STYLE_BAD);
    screen_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(picture_of_the_design_at_120_columns),
        cmocka_unit_test(everything_essential_fits_80_columns),
        cmocka_unit_test(another_sockeye_keeps_its_name),
        cmocka_unit_test(long_address_keeps_its_port),
        cmocka_unit_test(full_accept_queue_is_trouble),
        cmocka_unit_test(retransmissions_are_trouble_and_counted),
        cmocka_unit_test(session_without_a_row_says_what_became_of_it),
        cmocka_unit_test(failed_lookup_has_the_resolvers_word_for_it),
        cmocka_unit_test(cursor_moves_the_focus),
        cmocka_unit_test(cursor_follows_its_row_when_rows_move),
        cmocka_unit_test(focus_that_is_gone_leaves_the_cursor),
        cmocka_unit_test(sort_keys_ask_for_the_next_column),
        cmocka_unit_test(search_goes_round_and_says_so),
        cmocka_unit_test(empty_table_says_why),
        cmocka_unit_test(incomplete_table_says_so),
    };

    return cmocka_run_group_tests_name("sockets_panel", tests, NULL, NULL);
}
