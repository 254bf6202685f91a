#include "core/model/changes.h"
#include "core/model/kernel_event.h"
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

/* --- views ------------------------------------------------------------------------------ */

/* The newest owner: a process that holds others, too. */
static void held_by(struct ownership *o, uint32_t process)
{
    o->holders = mem_resize(o->holders, o->n_holders + 1, sizeof(*o->holders));
    o->holders[o->n_holders++] = (struct holder){.process = process, .fd = 4};
    o->owners[o->n_owners - 1].n = 1;
}

/* Two processes at both ends of a connection, one more that waits to be accepted, one to
 * elsewhere, one that was closed. */
static void busy_host(struct screen *s, enum socket_view view)
{
    struct row rows[7] = {
        a_row(1, STATE_LISTEN, 80, 0),          a_row(2, STATE_ESTABLISHED, 80, 40001),
        a_row(3, STATE_ESTABLISHED, 80, 40002), a_row(4, STATE_ESTABLISHED, 40001, 80),
        a_row(5, STATE_ESTABLISHED, 40002, 80), a_row(6, STATE_CLOSE_WAIT, 50000, 443),
        a_row(7, STATE_TIME_WAIT, 40000, 80)};
    struct socket_detail detail = {.known = DETAIL_MEMINFO, .drops = 4};
    struct snapshot *snapshot;
    struct ownership *owned;

    rows[0].rqueue = 1;
    rows[0].wqueue = 128;
    rows[1].rqueue = 128512;
    rows[2].inode = rows[6].inode = 0;
    rows[3].wqueue = 4163072;
    rows[5].peer = an_addr("192.0.2.7", 443);
    rows[6].timer = TIMER_TIMEWAIT;
    rows[6].timer_ms = 42000;
    snapshot = a_snapshot(rows, 7);
    owned = &snapshot->owned;
    an_owner(owned, 1001, OWNER_KNOWN);
    a_holder(owned, 812, 3, "nginx")->uid = 33;
    an_owner(owned, 1002, OWNER_KNOWN);
    held_by(owned, 0);
    an_owner(owned, 1004, OWNER_KNOWN);
    a_holder(owned, 4711, 3, "curl");
    an_owner(owned, 1005, OWNER_KNOWN);
    held_by(owned, 1);
    an_owner(owned, 1006, OWNER_NOT_PERMITTED);
    snapshot_attach(snapshot, &snapshot->rows[0], &detail);
    snapshot->view = view_make(snapshot, view);
    s->m.view = view;
    model_take_snapshot(&s->m, snapshot);
    screen_tick(s);
}

static void expect_view(enum socket_view view, int columns, const char *const picture[])
{
    struct screen s;

    screen_open(&s, &sockets_panel, 14, columns);
    busy_host(&s, view);
    screen_act(&s, ACTION_FIRST);
    screen_expect(&s, picture);
    screen_close(&s);
}

static void picture_of_list(void **state)
{
    /* clang-format off */
    static const char *const narrow[] = {
        "── list: every socket, a line each ─────────────────────────────────────────────",
        " Proto Recv-Q   Send-Q    Local           Peer            State       Owner^   …",
        ">tcp   -        ▏   1/128 127.0.0.1:80    *               LISTEN      nginx (81…",
        "!tcp   █128,512 0         127.0.0.1:80    127.0.0.1:40001 ESTABLISHED nginx (81…",
        " tcp   0        0         127.0.0.1:80    127.0.0.1:40002 ESTABLISHED waiting",
        "!tcp   0        4,163,072 127.0.0.1:40001 127.0.0.1:80    ESTABLISHED curl (471…",
        " tcp   0        0         127.0.0.1:40002 127.0.0.1:80    ESTABLISHED curl (471…",
        " tcp   0        0         127.0.0.1:50000 192.0.2.7:443   CLOSE_WAIT  not permi…",
        " tcp   0        0         127.0.0.1:40000 127.0.0.1:80    TIME_WAIT",
        NULL};
    static const char *const wide[] = {
        "── list: every socket, a line each ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────",
        " Proto  Recv-Q        Send-Q        Local            Peer             State        Timer           Owner^",
        ">tcp    -             ▏      1/128  127.0.0.1:80     *                LISTEN                       nginx (812)",
        "!tcp    █████128,512  0             127.0.0.1:80     127.0.0.1:40001  ESTABLISHED                  nginx (812)",
        " tcp    0             0             127.0.0.1:80     127.0.0.1:40002  ESTABLISHED                  not accepted yet",
        "!tcp    0             ███4,163,072  127.0.0.1:40001  127.0.0.1:80     ESTABLISHED                  curl (4711)",
        " tcp    0             0             127.0.0.1:40002  127.0.0.1:80     ESTABLISHED                  curl (4711)",
        " tcp    0             0             127.0.0.1:50000  192.0.2.7:443    CLOSE_WAIT                   not permitted",
        " tcp    0             0             127.0.0.1:40000  127.0.0.1:80     TIME_WAIT    timewait 42.0s",
        NULL};
    /* clang-format on */

    (void)state;
    expect_view(VIEW_LIST, 80, narrow);
    expect_view(VIEW_LIST, 160, wide);
}

static void picture_of_tree(void **state)
{
    /* clang-format off */
    static const char *const narrow[] = {
        "── tree: processes, their sockets below each ───────────────────────────────────",
        " Proto    Recv-Q    Send-Q     Local            Peer             State         …",
        " [-]      0         4,163,072  curl (4711) root: 2 sockets",
        "!  tcp    0         4,163,072  127.0.0.1:40001  127.0.0.1:80     ESTABLISHED",
        "   tcp    0         0          127.0.0.1:40002  127.0.0.1:80     ESTABLISHED",
        " [-]       128,512  0          nginx (812) uid 33: 2 sockets",
        "   tcp    -         ▏   1/128  127.0.0.1:80     *                LISTEN",
        "!  tcp    █128,512  0          127.0.0.1:80     127.0.0.1:40001  ESTABLISHED",
        " [-]      0         0          not permitted to see whose they are: 1 socket",
        "   tcp    0         0          127.0.0.1:50000  192.0.2.7:443    CLOSE_WAIT",
        " [-]      0         0          no process: TIME_WAIT, waiting, kernel: 2 sockets",
        "   tcp    0         0          127.0.0.1:80     127.0.0.1:40002  ESTABLISHED",
        "   tcp    0         0          127.0.0.1:40000  127.0.0.1:80     TIME_WAIT",
        NULL};
    static const char *const wide[] = {
        "── tree: processes, their sockets below each ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────",
        " Proto    Recv-Q        Send-Q        Local            Peer             State        Timer",
        " [-]      0                4,163,072  curl (4711) root: 2 sockets",
        "!  tcp    0             ███4,163,072  127.0.0.1:40001  127.0.0.1:80     ESTABLISHED",
        "   tcp    0             0             127.0.0.1:40002  127.0.0.1:80     ESTABLISHED",
        " [-]           128,512  0             nginx (812) uid 33: 2 sockets",
        "   tcp    -             ▏      1/128  127.0.0.1:80     *                LISTEN",
        "!  tcp    █████128,512  0             127.0.0.1:80     127.0.0.1:40001  ESTABLISHED",
        " [-]      0             0             not permitted to see whose they are: 1 socket",
        "   tcp    0             0             127.0.0.1:50000  192.0.2.7:443    CLOSE_WAIT",
        " [-]      0             0             no process: TIME_WAIT, waiting, kernel: 2 sockets",
        "   tcp    0             0             127.0.0.1:80     127.0.0.1:40002  ESTABLISHED",
        "   tcp    0             0             127.0.0.1:40000  127.0.0.1:80     TIME_WAIT    timewait 42.0s",
        NULL};
    /* clang-format on */

    (void)state;
    expect_view(VIEW_TREE, 80, narrow);
    expect_view(VIEW_TREE, 160, wide);
}

static void picture_of_listeners(void **state)
{
    /* clang-format off */
    static const char *const narrow[] = {
        "── listeners: accept queues, waiting/limit in Send-Q; their clients below ──────",
        " Proto   Recv-Q   Send-Q   Local        Peer            State       Owner^     …",
        ">tcp     -        ▏  1/128 127.0.0.1:80 2 clients, 1 waits, 4 drops nginx (812)",
        "!  tcp   █128,512 0        127.0.0.1:80 127.0.0.1:40001 ESTABLISHED nginx (812)",
        "   tcp   0        0        127.0.0.1:80 127.0.0.1:40002 ESTABLISHED waiting",
        NULL};
    static const char *const wide[] = {
        "── listeners: accept queues, waiting/limit in Send-Q; their clients below ──────────────────────────────────────────────────────────────────────────────────────",
        " Proto    Recv-Q        Send-Q        Local         Peer             State        Timer         Owner^",
        ">tcp      -             ▏      1/128  127.0.0.1:80  2 clients, 1 waits, 4 drops                 nginx (812)",
        "!  tcp    █████128,512  0             127.0.0.1:80  127.0.0.1:40001  ESTABLISHED                nginx (812)",
        "   tcp    0             0             127.0.0.1:80  127.0.0.1:40002  ESTABLISHED                not accepted yet",
        NULL};
    /* clang-format on */

    (void)state;
    expect_view(VIEW_LISTENERS, 80, narrow);
    expect_view(VIEW_LISTENERS, 160, wide);
}

static void picture_of_ends(void **state)
{
    /* clang-format off */
    static const char *const narrow[] = {
        "── ends: connections, both ends on one line where both are here ────────────────",
        " Left          Recv-Q  Send-Q Owner^      Right         Recv-Q Send-Q    Owner …",
        ">127.0.0.1:80  128,512 0      nginx … <-> 127.0.…:40001 0      4,163,072 curl (…",
        " 127.0.0.1:80  0       0      waiting <-> 127.0.…:40002 0      0         curl (…",
        " 127.0.…:50000 0       0      not pe… <-> 192.0.2.7:443 elsewhere",
        " 127.0.…:40000 0       0              <-> 127.0.0.1:80  no row",
        NULL};
    static const char *const wide[] = {
        "── ends: connections, both ends on one line where both are here ────────────────────────────────────────────────────────────────────────────────────────────────",
        " Proto Left            Recv-Q  Send-Q State       Owner^               Right           Recv-Q Send-Q    State       Owner",
        ">tcp   127.0.0.1:80    128,512 0      ESTABLISHED nginx (812)      <-> 127.0.0.1:40001 0      4,163,072 ESTABLISHED curl (4711)",
        " tcp   127.0.0.1:80    0       0      ESTABLISHED not accepted yet <-> 127.0.0.1:40002 0      0         ESTABLISHED curl (4711)",
        " tcp   127.0.0.1:50000 0       0      CLOSE_WAIT  not permitted    <-> 192.0.2.7:443   elsewhere",
        " tcp   127.0.0.1:40000 0       0      TIME_WAIT                    <-> 127.0.0.1:80    no row",
        NULL};
    /* clang-format on */

    (void)state;
    expect_view(VIEW_ENDS, 80, narrow);
    expect_view(VIEW_ENDS, 160, wide);
}

static void picture_of_states(void **state)
{
    /* clang-format off */
    static const char *const narrow[] = {
        "── states: how many sockets are in each state, and what waits in them ──────────",
        " Proto   State^                Sockets       Recv-Q       Send-Q",
        " tcp     ESTABLISHED      ███████████4      128,512    4,163,072",
        " tcp     TIME_WAIT        ██▊        1            0            0",
        " tcp     CLOSE_WAIT       ██▊        1            0            0",
        " tcp     LISTEN           ██▊        1            0            0",
        NULL};
    static const char *const wide[] = {
        "── states: how many sockets are in each state, and what waits in them ──────────────────────────────────────────────────────────────────────────────────────────",
        " Proto   State^                Sockets       Recv-Q       Send-Q",
        " tcp     ESTABLISHED      ███████████4      128,512    4,163,072",
        " tcp     TIME_WAIT        ██▊        1            0            0",
        " tcp     CLOSE_WAIT       ██▊        1            0            0",
        " tcp     LISTEN           ██▊        1            0            0",
        NULL};
    /* clang-format on */

    (void)state;
    expect_view(VIEW_STATES, 80, narrow);
    expect_view(VIEW_STATES, 160, wide);
}

static void picture_of_processes(void **state)
{
    /* clang-format off */
    static const char *const narrow[] = {
        "── processes: how many sockets each process has, and what waits in them ────────",
        " Process                                    Socketsv       Recv-Q       Send-Q",
        " curl (4711) root                       ███████████2            0    4,163,072",
        " nginx (812) uid 33                     ███████████2      128,512            0",
        " not permitted to see whose they are    █████▌     1            0            0",
        " no process: TIME_WAIT, waiting, kernel ███████████2            0            0",
        NULL};
    static const char *const wide[] = {
        "── processes: how many sockets each process has, and what waits in them ────────────────────────────────────────────────────────────────────────────────────────",
        " Process                                    Socketsv       Recv-Q       Send-Q",
        " curl (4711) root                       ███████████2            0    4,163,072",
        " nginx (812) uid 33                     ███████████2      128,512            0",
        " not permitted to see whose they are    █████▌     1            0            0",
        " no process: TIME_WAIT, waiting, kernel ███████████2            0            0",
        NULL};
    /* clang-format on */

    (void)state;
    expect_view(VIEW_PROCESSES, 80, narrow);
    expect_view(VIEW_PROCESSES, 160, wide);
}

static void group_folds_and_keeps_the_cursor(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &sockets_panel, 14, 80);
    busy_host(&s, VIEW_TREE);
    screen_act(&s, ACTION_FIRST);
    screen_act(&s, ACTION_DOWN);
    assert_int_equal(s.m.focus.row.cookie, 4);
    /* From a socket to its group's line, then the group folds. */
    screen_act(&s, ACTION_LEFT);
    assert_true(screen_holds(&s, "[-]      0         4,163,072  curl (4711)"));
    assert_int_equal(screen_style(&s, 2, 79), STYLE_SELECTED);
    assert_int_equal(s.m.focus.row.cookie, 4);
    screen_act(&s, ACTION_LEFT);
    assert_true(screen_holds(&s, "[+]"));
    assert_false(screen_holds(&s, "127.0.0.1:40002  127.0.0.1:80"));
    /* It stays folded, and the cursor on it, when the next snapshot comes. */
    busy_host(&s, VIEW_TREE);
    screen_draw(&s);
    assert_int_equal(screen_style(&s, 2, 79), STYLE_SELECTED);
    assert_true(screen_holds(&s, "[+]"));
    screen_act(&s, ACTION_DOWN);
    screen_act(&s, ACTION_DOWN);
    assert_int_equal(s.m.focus.row.cookie, 1);
    screen_act(&s, ACTION_FIRST);
    screen_act(&s, ACTION_TAG);
    assert_false(screen_holds(&s, "[+]"));
    screen_act(&s, ACTION_DETAILS);
    assert_true(screen_holds(&s, "[+]"));
    screen_act(&s, ACTION_RIGHT);
    assert_false(screen_holds(&s, "[+]"));
    screen_close(&s);
}

static void focus_in_a_folded_group_calls_the_cursor_to_it(void **state)
{
    struct focus focus;
    struct screen s;

    (void)state;
    screen_open(&s, &sockets_panel, 14, 80);
    busy_host(&s, VIEW_TREE);
    screen_act(&s, ACTION_FIRST);
    screen_act(&s, ACTION_LEFT);
    screen_act(&s, ACTION_LAST);
    assert_int_equal(s.m.focus.row.cookie, 7);
    focus = model_focus_of_row(&s.m, &s.m.snapshot->rows[4]);
    model_focus(&s.m, &focus);
    screen_tick(&s);
    screen_draw(&s);
    assert_int_equal(screen_style(&s, 2, 79), STYLE_SELECTED);
    screen_close(&s);
}

static void listener_folds_and_is_a_socket_itself(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &sockets_panel, 14, 80);
    busy_host(&s, VIEW_LISTENERS);
    screen_act(&s, ACTION_FIRST);
    assert_int_equal(s.m.focus.row.cookie, 1);
    screen_act(&s, ACTION_LAST);
    assert_int_equal(s.m.focus.row.cookie, 3);
    screen_act(&s, ACTION_LEFT);
    assert_int_equal(s.m.focus.row.cookie, 1);
    screen_act(&s, ACTION_LEFT);
    assert_false(screen_holds(&s, "40001"));
    assert_true(screen_holds(&s, "2 clients, 1 waits"));
    screen_close(&s);
}

static void left_and_right_choose_the_end_to_follow(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &sockets_panel, 14, 160);
    busy_host(&s, VIEW_ENDS);
    screen_act(&s, ACTION_FIRST);
    assert_int_equal(s.m.focus.row.cookie, 2);
    screen_act(&s, ACTION_RIGHT);
    assert_int_equal(s.m.focus.row.cookie, 4);
    assert_true(screen_holds(&s, "<->>127.0.0.1:40001"));
    screen_act(&s, ACTION_LEFT);
    assert_int_equal(s.m.focus.row.cookie, 2);
    assert_false(screen_holds(&s, "<->>"));
    screen_close(&s);
}

static void cursor_stays_on_its_socket_from_view_to_view(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &sockets_panel, 14, 160);
    busy_host(&s, VIEW_LIST);
    screen_act(&s, ACTION_FIRST);
    for (int i = 0; i < 4; i++)
        screen_act(&s, ACTION_DOWN);
    assert_int_equal(s.m.focus.row.cookie, 5);
    for (int view = VIEW_TREE; view <= VIEW_ENDS; view++) {
        screen_act(&s, ACTION_VIEW);
        assert_int_equal(s.m.view, view);
        assert_true(screen_holds(&s, "this view comes with the next look at the sockets"));
        busy_host(&s, (enum socket_view)view);
        assert_int_equal(s.m.focus.row.cookie, 5);
        if (view != VIEW_LISTENERS)
            assert_true(screen_holds(&s, ">"));
    }
    screen_act(&s, ACTION_UP);
    assert_int_equal(s.m.focus.row.cookie, 2);
    screen_close(&s);
}

static void enter_opens_a_sum(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &sockets_panel, 14, 80);
    busy_host(&s, VIEW_PROCESSES);
    screen_act(&s, ACTION_FIRST);
    screen_act(&s, ACTION_DOWN);
    screen_act(&s, ACTION_DETAILS);
    assert_int_equal(s.m.view, VIEW_TREE);
    busy_host(&s, VIEW_TREE);
    screen_draw(&s);
    assert_true(screen_holds(&s, "nginx (812)"));
    assert_int_equal(screen_style(&s, 5, 79), STYLE_SELECTED);
    busy_host(&s, VIEW_STATES);
    screen_act(&s, ACTION_FIRST);
    screen_act(&s, ACTION_DOWN);
    screen_act(&s, ACTION_DETAILS);
    assert_int_equal(s.m.view, VIEW_LIST);
    assert_string_equal(s.requests.command, "filter state TIME_WAIT");
    busy_host(&s, VIEW_STATES);
    strcpy(s.m.filter, "sport = :80 or dport = :80");
    screen_act(&s, ACTION_DETAILS);
    assert_string_equal(s.requests.command,
                        "filter state TIME_WAIT and ( sport = :80 or dport = :80 )");
    screen_close(&s);
}

static void change_is_marked_in_colour_and_in_the_first_column(void **state)
{
    static const char marks[] = {'+', '~', '-'};
    static const enum style styles[] = {STYLE_NEW, STYLE_CHANGED, STYLE_GONE};
    struct row rows[4];
    struct screen s;

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        rows[i] = a_row(10 + i, STATE_ESTABLISHED, (uint16_t)(80 + i), 4000);
        rows[i].change = (uint8_t)i;
    }
    for (int view = VIEW_LIST; view <= VIEW_ENDS; view++) {
        if (view == VIEW_LISTENERS)
            continue;
        screen_open(&s, &sockets_panel, 14, 80);
        s.m.view = (enum socket_view)view;
        model_take_snapshot(&s.m, a_snapshot(rows, 4));
        s.m.snapshot->view = view_make(s.m.snapshot, s.m.view);
        screen_tick(&s);
        screen_draw(&s);
        for (int i = 0; i < 3; i++) {
            int row = 3 + i + (view == VIEW_TREE);

            assert_int_equal(surface_cell(s.surface, row, 0)->text[0], marks[i]);
            assert_int_equal(screen_style(&s, row, 20), styles[i]);
        }
        screen_close(&s);
    }
}

static void columns_are_chosen_by_name(void **state)
{
    struct err err = {0};
    struct screen s;

    (void)state;
    screen_open(&s, &sockets_panel, 3, 46);
    busy_host(&s, VIEW_LIST);
    assert_int_equal(model_set_columns(&s.m, "local,owner recvq", &err), 0);
    assert_true(screen_holds(&s, "Recv-Q"));
    assert_false(screen_holds(&s, "Send-Q"));
    assert_true(screen_holds(&s, "127.0.0.1:80"));
    assert_int_equal(model_set_columns(&s.m, "local, nonsense", &err), -EINVAL);
    assert_string_equal(err.input, "nonsense");
    assert_int_equal(s.m.n_columns, 3);
    screen_act(&s, ACTION_SORT_RIGHT);
    assert_ptr_equal(s.m.sort, column_find("recvq"));
    assert_true(s.m.descending);
    screen_act(&s, ACTION_SORT_RIGHT);
    assert_ptr_equal(s.m.sort, column_find("local"));
    assert_int_equal(model_set_columns(&s.m, "", &err), 0);
    assert_true(screen_holds(&s, "Send-Q"));
    screen_close(&s);
}

static void chosen_columns_fold_from_the_right_and_say_so(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &sockets_panel, 3, 40);
    busy_host(&s, VIEW_LIST);
    assert_int_equal(model_set_columns(&s.m, "peer state timer sendq netid local", NULL), 0);
    assert_true(screen_holds(&s, "Peer"));
    assert_true(screen_holds(&s, "State"));
    assert_false(screen_holds(&s, "Local"));
    assert_true(screen_holds(&s, "…"));
    screen_close(&s);
}

static void empty_view_says_what_to_do(void **state)
{
    static const char *const says[VIEW_COUNT] = {
        [VIEW_LISTENERS] = "no socket listens; L starts a server",
        [VIEW_ENDS] = "no socket is connected; o opens a session"};
    struct row row = a_row(1, STATE_BOUND_INACTIVE, 80, 0);
    struct screen s;

    (void)state;
    screen_open(&s, &sockets_panel, 8, 80);
    for (int view = VIEW_LISTENERS; view <= VIEW_ENDS; view++) {
        struct snapshot *snapshot = a_snapshot(&row, 1);

        snapshot->view = view_make(snapshot, (enum socket_view)view);
        s.m.view = (enum socket_view)view;
        model_take_snapshot(&s.m, snapshot);
        screen_tick(&s);
        assert_true(screen_holds(&s, says[view]));
    }
    s.m.view = VIEW_TREE;
    model_pause(&s.m, true);
    screen_tick(&s);
    assert_true(screen_holds(&s, "this view comes when the display goes on: p"));
    screen_close(&s);
}

static void session_without_a_row_stands_above_every_tree(void **state)
{
    struct session_status failed = a_session(7, SESSION_FAILED, 0);
    struct screen s;

    (void)state;
    err_set(&failed.err, -ECONNREFUSED, "connect", "127.0.0.1:65432", "%s", "");
    screen_open(&s, &sockets_panel, 14, 80);
    apply_session_status(&s, &failed);
    for (int view = VIEW_LIST; view <= VIEW_ENDS; view++) {
        busy_host(&s, (enum socket_view)view);
        screen_act(&s, ACTION_FIRST);
        assert_int_equal(s.m.focus.session_id, 7);
        screen_draw(&s);
        assert_int_equal(screen_style(&s, 2, 79), STYLE_SELECTED);
        assert_true(screen_holds(&s, "ECONNREFUSED"));
    }
    screen_close(&s);
}

static void search_finds_groups_and_both_ends(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &sockets_panel, 14, 80);
    busy_host(&s, VIEW_TREE);
    screen_act(&s, ACTION_FIRST);
    screen_search(&s, "not permitted to see");
    screen_draw(&s);
    assert_int_equal(screen_style(&s, 8, 79), STYLE_SELECTED);
    busy_host(&s, VIEW_ENDS);
    screen_act(&s, ACTION_FIRST);
    screen_search(&s, "192.0.2.7");
    assert_int_equal(s.m.focus.row.cookie, 6);
    busy_host(&s, VIEW_STATES);
    screen_act(&s, ACTION_FIRST);
    screen_search(&s, "close_wait");
    screen_draw(&s);
    assert_int_equal(screen_style(&s, 4, 79), STYLE_SELECTED);
    screen_close(&s);
}

/* --- what is gone ----------------------------------------------------------------------- */

static struct change a_change(uint64_t cookie, uint16_t port, uint64_t at_s)
{
    struct change c = {.kind = CHANGE_GONE,
                       .at_ns = SCREEN_START_NS + at_s * CLOCK_SECOND_NS,
                       .row = a_row(cookie, STATE_CLOSE_WAIT, port, 80),
                       .old_state = STATE_CLOSE_WAIT,
                       .by_event = true,
                       .owner = "python3 (812)"};

    row_local(NULL, &c.row, c.local);
    row_peer(NULL, &c.row, c.peer);
    return c;
}

static void take_gone(struct screen *s, const struct change *change)
{
    struct row row = a_row(1, STATE_LISTEN, 65432, 0);
    struct snapshot *snapshot = a_snapshot(&row, 1);

    if (change)
        snapshot_change(snapshot, change);
    model_take_snapshot(&s->m, snapshot);
    screen_tick(s);
}

static void what_is_gone_is_listed_newest_first(void **state)
{
    /* clang-format off */
    static const char *const narrow[] = {
        "── gone: sockets that are no more, the newest first ────────────────────────────",
        " Gone at      Proto Local          Peer         Last state Unread Owner        …",
        ">12:00:20.000 tcp   127.0.0.1:7002 127.0.0.1:80 CLOSE_WAIT      ? ?",
        "!12:00:10.000 tcp   127.0.0.1:7001 127.0.0.1:80 CLOSE_WAIT     12 python3 (812)",
        NULL};
    /* clang-format on */
    struct change first = a_change(5, 7001, 10), second = a_change(6, 7002, 20);
    struct screen s;

    (void)state;
    first.has_unread = true;
    first.unread_bytes = 12;
    second.by_event = false;
    second.owner[0] = '\0';
    screen_open(&s, &sockets_panel, 10, 80);
    s.m.view = VIEW_GONE;
    take_gone(&s, &first);
    take_gone(&s, &second);
    screen_act(&s, ACTION_FIRST);
    screen_expect(&s, narrow);
    screen_resize(&s, 10, 120, false);
    assert_true(screen_holds(&s, "     ? look  ?"));
    assert_true(screen_holds(&s, "    12 event python3 (812)"));
    screen_resize(&s, 10, 40, true);
    assert_true(screen_holds(&s, "CLOSE_WAIT"));
    screen_close(&s);
}

static void the_cursor_stays_on_what_is_gone(void **state)
{
    struct change change = a_change(5, 7001, 10);
    struct screen s;

    (void)state;
    screen_open(&s, &sockets_panel, 10, 80);
    s.m.view = VIEW_GONE;
    take_gone(&s, &change);
    screen_act(&s, ACTION_FIRST);
    assert_int_equal(s.m.focus.kind, FOCUS_ROW);
    change = a_change(6, 7002, 11);
    take_gone(&s, &change);
    take_gone(&s, NULL);
    screen_act(&s, ACTION_UP);
    assert_int_equal(s.m.focus.row.local.port, 7002);
    screen_act(&s, ACTION_DOWN);
    assert_int_equal(s.m.focus.row.local.port, 7001);
    screen_search(&s, "7002");
    assert_int_equal(s.m.focus.row.local.port, 7002);
    screen_act(&s, ACTION_SORT_RIGHT);
    assert_false(s.requests.set_sort);
    assert_non_null(strstr(s.requests.notice, "newest first"));
    screen_act(&s, ACTION_SORT_INVERT);
    assert_false(s.requests.set_sort);
    screen_close(&s);
}

static void where_nothing_is_gone_it_says_what_would_be_there(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &sockets_panel, 10, 80);
    s.m.view = VIEW_GONE;
    screen_tick(&s);
    assert_true(screen_holds(&s, "no socket went since the console began"));
    take_gone(&s, NULL);
    assert_true(screen_holds(&s, "bytes that nobody read"));
    screen_close(&s);
}

static void what_the_history_lacks_is_said(void **state)
{
    struct change change = a_change(5, 7001, 10);
    struct kernel_events_status *events = mem_new(1, sizeof(*events));
    struct screen s;

    (void)state;
    screen_open(&s, &sockets_panel, 10, 160);
    s.m.view = VIEW_GONE;
    for (int i = 0; i < GONE_KEPT + 3; i++)
        take_gone(&s, &change);
    assert_true(screen_holds(&s, " 3 older ones were dropped"));
    events->lost = 7;
    err_set(&events->why_not[0], -EPERM, "tracefs", "", "needs root");
    s.m.snapshot->events = events;
    s.m.gone.untold = 2;
    screen_resize(&s, 10, 160, false);
    assert_true(screen_holds(&s, "kernel events off · 7 lost · 2 untold; no kernel events: "));
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
        cmocka_unit_test(picture_of_list),
        cmocka_unit_test(picture_of_tree),
        cmocka_unit_test(picture_of_listeners),
        cmocka_unit_test(picture_of_ends),
        cmocka_unit_test(picture_of_states),
        cmocka_unit_test(picture_of_processes),
        cmocka_unit_test(group_folds_and_keeps_the_cursor),
        cmocka_unit_test(focus_in_a_folded_group_calls_the_cursor_to_it),
        cmocka_unit_test(listener_folds_and_is_a_socket_itself),
        cmocka_unit_test(left_and_right_choose_the_end_to_follow),
        cmocka_unit_test(cursor_stays_on_its_socket_from_view_to_view),
        cmocka_unit_test(enter_opens_a_sum),
        cmocka_unit_test(change_is_marked_in_colour_and_in_the_first_column),
        cmocka_unit_test(columns_are_chosen_by_name),
        cmocka_unit_test(chosen_columns_fold_from_the_right_and_say_so),
        cmocka_unit_test(empty_view_says_what_to_do),
        cmocka_unit_test(session_without_a_row_stands_above_every_tree),
        cmocka_unit_test(search_finds_groups_and_both_ends),
        cmocka_unit_test(what_is_gone_is_listed_newest_first),
        cmocka_unit_test(the_cursor_stays_on_what_is_gone),
        cmocka_unit_test(where_nothing_is_gone_it_says_what_would_be_there),
        cmocka_unit_test(what_the_history_lacks_is_said),
    };

    return cmocka_run_group_tests_name("sockets_panel", tests, NULL, NULL);
}
