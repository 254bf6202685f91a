#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/model.h"
#include "tests/unit/owned.h"

struct fixture {
    struct ring *journal, *transcript, *packets;
    struct model m;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));

    f->journal = journal_new();
    f->transcript = transcript_new();
    f->packets = packet_store_new();
    model_init(&f->m, f->journal, f->transcript, f->packets);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    model_done(&f->m);
    ring_free(f->journal);
    ring_free(f->transcript);
    ring_free(f->packets);
    free(f);
    return 0;
}

static struct addr at(uint16_t port)
{
    return addr_make(AF_INET, "\x7f\0\0\1", port);
}

static void tell_session(struct fixture *f, uint64_t id, uint64_t server_id,
                         enum session_state state, int error)
{
    struct event ev = {.kind = EVENT_SESSION};

    ev.session.id = id;
    ev.session.server_id = server_id;
    ev.session.state = state;
    ev.session.cookie = 1000 + id;
    ev.session.local = at((uint16_t)(40000 + id));
    ev.session.peer = at(80);
    if (error)
        err_set(&ev.session.err, error, "connect", "127.0.0.1:80", "%s", "");
    model_apply(&f->m, &ev);
}

static struct row row_of(uint64_t cookie, uint16_t local, uint16_t peer)
{
    return (struct row){.cookie = cookie,
                        .local = at(local),
                        .peer = at(peer),
                        .state = STATE_ESTABLISHED,
                        .kind = KIND_TCP,
                        .inode = (uint32_t)cookie};
}

static void show_rows(struct fixture *f, const struct row *rows, size_t n)
{
    struct snapshot *s = mem_new(1, sizeof(*s));

    s->rows = mem_copy(rows, n * sizeof(*rows));
    s->n_rows = s->n_total = n;
    model_take_snapshot(&f->m, s);
}

static void the_newest_status_counts(void **state)
{
    struct fixture *f = *state;

    tell_session(f, 2, 0, SESSION_CONNECTING, 0);
    tell_session(f, 1, 0, SESSION_OPEN, 0);
    tell_session(f, 2, 0, SESSION_OPEN, 0);
    assert_int_equal(f->m.n_sessions, 2);
    assert_int_equal(model_session(&f->m, 2)->state, SESSION_OPEN);
    assert_int_equal(model_newest_session(&f->m)->id, 2);
    assert_null(model_session(&f->m, 3));
    assert_int_equal(model_session_by_cookie(&f->m, 1001)->id, 1);
    assert_null(model_session_by_cookie(&f->m, 0));
}

static void a_failure_is_noticed_once_and_stays_in_the_table(void **state)
{
    struct fixture *f = *state;
    const struct session_status *s;
    struct row row;

    tell_session(f, 1, 0, SESSION_CONNECTING, 0);
    assert_int_equal(f->m.n_ghosts, 1);
    tell_session(f, 1, 0, SESSION_FAILED, -ECONNREFUSED);
    assert_true(f->m.notice_bad);
    assert_non_null(strstr(f->m.notice, "ECONNREFUSED"));
    assert_non_null(strstr(f->m.notice, "127.0.0.1:80"));
    assert_int_equal(model_n_rows(&f->m), 1);
    assert_true(model_row(&f->m, 0, &row, &s));
    assert_int_equal(s->id, 1);
    assert_int_equal(row.state, STATE_CLOSE);
    f->m.notice[0] = '\0';
    tell_session(f, 1, 0, SESSION_FAILED, -ECONNREFUSED);
    assert_string_equal(f->m.notice, "");
    assert_int_equal(f->m.n_ghosts, 1);
}

static void an_open_or_closed_session_is_no_ghost(void **state)
{
    struct fixture *f = *state;

    tell_session(f, 1, 0, SESSION_CONNECTING, 0);
    tell_session(f, 1, 0, SESSION_OPEN, 0);
    assert_int_equal(f->m.n_ghosts, 0);
    tell_session(f, 1, 0, SESSION_CLOSED, 0);
    assert_int_equal(f->m.n_ghosts, 0);
    tell_session(f, 2, 7, SESSION_FAILED, -ECONNRESET);
    assert_int_equal(f->m.n_ghosts, 0);
}

static void a_filter_holds_for_ghosts(void **state)
{
    struct fixture *f = *state;
    const struct session_status *s;
    struct err err = {0};
    struct row row;

    tell_session(f, 1, 0, SESSION_FAILED, -ECONNREFUSED);
    tell_session(f, 2, 0, SESSION_CONNECTING, 0);
    assert_int_equal(model_set_filter(&f->m, "sport = :40001", &err), 0);
    assert_int_equal(model_n_rows(&f->m), 1);
    assert_true(model_row(&f->m, 0, &row, &s));
    assert_int_equal(s->id, 1);
    tell_session(f, 3, 0, SESSION_CONNECTING, 0);
    assert_int_equal(model_n_rows(&f->m), 1);
    assert_int_equal(model_set_filter(&f->m, "state established", &err), 0);
    assert_int_equal(model_n_rows(&f->m), 0);
    assert_int_equal(model_set_filter(&f->m, "sport = (", &err), -EINVAL);
    assert_string_equal(f->m.filter, "state established");
    assert_int_equal(model_n_rows(&f->m), 0);
    assert_int_equal(model_set_filter(&f->m, "", &err), 0);
    assert_int_equal(model_n_rows(&f->m), 3);
}

static void ghosts_are_bounded(void **state)
{
    struct fixture *f = *state;

    for (uint64_t id = 1; id <= 10; id++)
        tell_session(f, id, 0, SESSION_FAILED, -ECONNREFUSED);
    assert_int_equal(f->m.n_ghosts, MODEL_GHOSTS);
    assert_int_equal(f->m.ghosts[0], 10);
}

static void sessions_are_bounded_and_open_ones_stay(void **state)
{
    struct fixture *f = *state;

    tell_session(f, 1, 0, SESSION_OPEN, 0);
    for (uint64_t id = 2; id <= MODEL_SESSIONS + 100; id++)
        tell_session(f, id, 9, SESSION_CLOSED, 0);
    assert_int_equal(f->m.n_sessions, MODEL_SESSIONS);
    assert_int_equal(f->m.forgotten_sessions, 100);
    assert_non_null(model_session(&f->m, 1));
    assert_null(model_session(&f->m, 2));
    assert_non_null(model_session(&f->m, MODEL_SESSIONS + 100));
}

static void the_focus_moves_from_a_session_to_its_row(void **state)
{
    struct fixture *f = *state;
    struct focus focus;
    struct row rows[2] = {row_of(5, 1, 2), row_of(1001, 40001, 80)};
    uint64_t queued;

    tell_session(f, 1, 0, SESSION_CONNECTING, 0);
    focus = model_focus_of_session(&f->m, 1);
    assert_int_equal(focus.kind, FOCUS_SESSION);
    model_focus(&f->m, &focus);
    assert_int_equal(model_focus_index(&f->m), 0);
    tell_session(f, 1, 0, SESSION_OPEN, 0);
    rows[1].rqueue = 17;
    show_rows(f, rows, 2);
    assert_int_equal(f->m.focus.kind, FOCUS_ROW);
    assert_int_equal(f->m.focus.session_id, 1);
    assert_int_equal(model_focus_index(&f->m), 1);
    assert_int_equal(f->m.series.n, 1);
    assert_true(series_value(&f->m.series, 0, SERIES_RECEIVE_QUEUE, &queued));
    assert_int_equal(queued, 17);
    assert_int_equal(model_typing_session(&f->m), 1);
}

static void a_row_that_is_gone_keeps_the_focus(void **state)
{
    struct fixture *f = *state;
    struct row row = row_of(5, 1, 2);
    struct focus focus;

    show_rows(f, &row, 1);
    focus = model_focus_of_row(&f->m, &row);
    model_focus(&f->m, &focus);
    assert_non_null(model_focus_row(&f->m));
    show_rows(f, &row, 0);
    assert_null(model_focus_row(&f->m));
    assert_int_equal(f->m.focus.kind, FOCUS_ROW);
    assert_int_equal(f->m.focus.row.cookie, 5);
}

static void a_row_shown_as_gone_is_no_row_any_more(void **state)
{
    struct fixture *f = *state;
    struct row row = row_of(5, 1, 2);
    struct focus focus;
    struct snapshot *s = mem_new(1, sizeof(*s));
    char owner[MODEL_OWNER_BYTES];

    show_rows(f, &row, 1);
    focus = model_focus_of_row(&f->m, &row);
    model_focus(&f->m, &focus);
    row.change = CHANGE_GONE;
    s->rows = mem_copy(&row, sizeof(row));
    s->n_rows = s->n_gone = s->n_changes = 1;
    s->changes = mem_new(1, sizeof(*s->changes));
    s->changes[0] = (struct change){.kind = CHANGE_GONE, .row = row, .owner = "nc (7)"};
    model_take_snapshot(&f->m, s);
    assert_null(model_focus_row(&f->m));
    assert_int_equal(model_n_rows(&f->m), 1);
    assert_string_equal(model_owner(&f->m, &row, owner), "was nc (7)");
    row.cookie = 6;
    assert_string_equal(model_owner(&f->m, &row, owner), "");
}

/* Its name was a place in a snapshot that is no more. */
static void a_row_that_is_gone_has_no_name_of_another(void **state)
{
    struct fixture *f = *state;
    struct row row = row_of(5, 1, 2);
    struct focus focus;

    row.kind = KIND_UNIX_STREAM;
    row.name = 1000;
    row.detail = 1000;
    show_rows(f, &row, 1);
    focus = model_focus_of_row(&f->m, &row);
    model_focus(&f->m, &focus);
    show_rows(f, &row, 0);
    assert_int_equal(f->m.focus.row.name, 0);
    assert_int_equal(f->m.focus.row.detail, 0);
}

static void another_focus_begins_its_series_and_path_anew(void **state)
{
    struct fixture *f = *state;
    struct row rows[2] = {row_of(5, 1, 2), row_of(6, 3, 4)};
    struct focus focus;

    show_rows(f, rows, 2);
    focus = model_focus_of_row(&f->m, &rows[0]);
    model_focus(&f->m, &focus);
    show_rows(f, rows, 2);
    assert_int_equal(f->m.series.n, 1);
    assert_int_equal(f->m.path.n, 1);
    model_focus(&f->m, &focus);
    assert_int_equal(f->m.series.n, 1);
    focus = model_focus_of_row(&f->m, &rows[1]);
    model_focus(&f->m, &focus);
    assert_int_equal(f->m.series.n, 0);
    assert_int_equal(f->m.path.n, 0);
}

static void owners_are_ours_first(void **state)
{
    struct fixture *f = *state;
    struct event server = {.kind = EVENT_SERVER};
    struct ownership *owned;
    struct row row = row_of(1001, 40001, 80);
    char text[MODEL_OWNER_BYTES];

    server.server.id = 7;
    server.server.cookie = 77;
    strcpy(server.server.service, "echo");
    model_apply(&f->m, &server);
    tell_session(f, 1, 0, SESSION_OPEN, 0);
    tell_session(f, 2, 7, SESSION_OPEN, 0);
    show_rows(f, &row, 1);
    owned = &f->m.snapshot->owned;
    an_owner(owned, 1, OWNER_KNOWN);
    a_holder(owned, 5, 3, "nc");
    an_owner(owned, 2, OWNER_NOT_PERMITTED);
    an_owner(owned, 3, OWNER_KNOWN);
    for (int pid = 5; pid < 9; pid++)
        a_holder(owned, pid, 3, pid == 5 ? "" : "nc");
    an_owner(owned, 4, OWNER_KNOWN);
    a_holder(owned, 9, 3, "");
    assert_string_equal(model_owner(&f->m, &row, text), "sockeye session 1");
    row.cookie = 1002;
    assert_string_equal(model_owner(&f->m, &row, text), "sockeye server 7 echo");
    row.cookie = 77;
    assert_string_equal(model_owner(&f->m, &row, text), "sockeye server 7 echo");
    row = row_of(1, 1, 2);
    assert_string_equal(model_owner(&f->m, &row, text), "nc (5)");
    row = row_of(2, 1, 2);
    assert_string_equal(model_owner(&f->m, &row, text), "not permitted");
    row = row_of(3, 1, 2);
    assert_string_equal(model_owner(&f->m, &row, text), "? (5) and 3 more");
    row = row_of(4, 1, 2);
    assert_string_equal(model_owner(&f->m, &row, text), "? (9)");
    row = row_of(5, 1, 2);
    assert_string_equal(model_owner(&f->m, &row, text), "");
}

static void a_reply_becomes_a_notice(void **state)
{
    struct fixture *f = *state;
    struct event ev = {.kind = EVENT_REPLY};

    strcpy(ev.reply.text, "server 1: echo listens");
    model_apply(&f->m, &ev);
    assert_string_equal(f->m.notice, "server 1: echo listens");
    assert_false(f->m.notice_bad);
    err_set(&ev.reply.err, -EADDRINUSE, "serve", "127.0.0.1:80", "%s", "");
    model_apply(&f->m, &ev);
    assert_true(f->m.notice_bad);
    assert_non_null(strstr(f->m.notice, "EADDRINUSE"));
}

static void stopped_servers_are_forgotten_first(void **state)
{
    struct fixture *f = *state;
    struct event ev = {.kind = EVENT_SERVER};

    for (uint64_t id = 1; id <= MODEL_SERVERS; id++) {
        ev.server.id = id;
        ev.server.listening = id != 3;
        model_apply(&f->m, &ev);
    }
    ev.server.id = MODEL_SERVERS + 1;
    model_apply(&f->m, &ev);
    assert_int_equal(f->m.n_servers, MODEL_SERVERS);
    assert_int_equal(f->m.forgotten_servers, 1);
    assert_null(model_server(&f->m, 3));
    assert_non_null(model_server(&f->m, 1));
    assert_non_null(model_server(&f->m, MODEL_SERVERS + 1));
}

/* A server's threads may have had no room to tell each end. */
static void with_a_server_its_sessions_end(void **state)
{
    struct fixture *f = *state;
    struct event ev = {.kind = EVENT_SERVER, .at_ns = 5};

    ev.server.id = 7;
    ev.server.listening = true;
    model_apply(&f->m, &ev);
    tell_session(f, 8, 7, SESSION_OPEN, 0);
    tell_session(f, 9, 7, SESSION_FAILED, -ECONNRESET);
    tell_session(f, 10, 6, SESSION_OPEN, 0);
    tell_session(f, 11, 0, SESSION_OPEN, 0);
    model_apply(&f->m, &ev);
    assert_int_equal(model_session(&f->m, 8)->state, SESSION_OPEN);
    ev.server.listening = false;
    model_apply(&f->m, &ev);
    assert_int_equal(model_session(&f->m, 8)->state, SESSION_CLOSED);
    assert_int_equal(model_session(&f->m, 8)->changed_ns, 5);
    assert_int_equal(model_session(&f->m, 9)->state, SESSION_FAILED);
    assert_int_equal(model_session(&f->m, 10)->state, SESSION_OPEN);
    assert_int_equal(model_session(&f->m, 11)->state, SESSION_OPEN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_newest_status_counts),
        TEST(a_failure_is_noticed_once_and_stays_in_the_table),
        TEST(an_open_or_closed_session_is_no_ghost),
        TEST(a_filter_holds_for_ghosts),
        TEST(ghosts_are_bounded),
        TEST(sessions_are_bounded_and_open_ones_stay),
        TEST(the_focus_moves_from_a_session_to_its_row),
        TEST(a_row_that_is_gone_keeps_the_focus),
        TEST(a_row_shown_as_gone_is_no_row_any_more),
        TEST(a_row_that_is_gone_has_no_name_of_another),
        TEST(another_focus_begins_its_series_and_path_anew),
        TEST(owners_are_ours_first),
        TEST(a_reply_becomes_a_notice),
        TEST(stopped_servers_are_forgotten_first),
        TEST(with_a_server_its_sessions_end),
    };

    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
