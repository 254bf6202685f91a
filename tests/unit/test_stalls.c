/* Which sessions of ours stall. */
#include "tests/unit/screen.h"

#include "ui/console/stalls.h"

enum { COOKIE = 13 };

struct fixture {
    struct screen s;
    struct stalls stalls;
    struct row row;
    struct session_status session;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));

    screen_open(&f->s, &why_panel, 24, 80);
    f->row = a_row(COOKIE, STATE_ESTABLISHED, 51826, 65432);
    f->row.wqueue = 1000;
    f->session = a_session(2, SESSION_OPEN, COOKIE);
    apply_session_status(&f->s, &f->session);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    screen_close(&f->s);
    free(f);
    return 0;
}

static void look(struct fixture *f, uint64_t at_ms)
{
    model_take_snapshot(&f->s.m, a_snapshot(&f->row, 1));
    stalls_look(&f->stalls, &f->s.m, at_ms * CLOCK_MS_NS);
}

static const struct stall *due(struct fixture *f, uint64_t at_ms)
{
    return stalls_due(&f->stalls, at_ms * CLOCK_MS_NS);
}

static void bytes_that_stand_still_for_two_seconds_are_a_stall(void **state)
{
    struct fixture *f = *state;

    look(f, 1000);
    assert_int_equal(stalls_next_ns(&f->stalls), 3000 * CLOCK_MS_NS);
    look(f, 2000);
    assert_null(due(f, 2999));
    assert_non_null(due(f, 3000));
    assert_int_equal(due(f, 3000)->session_id, 2);
}

static void a_stall_is_told_once(void **state)
{
    struct fixture *f = *state;

    look(f, 1000);
    stalls_due(&f->stalls, 3000 * CLOCK_MS_NS)->told = true;
    look(f, 4000);
    assert_null(due(f, 9000));
    assert_int_equal(stalls_next_ns(&f->stalls), UINT64_MAX);
    assert_true(stalls_has(&f->stalls, COOKIE));
}

static void a_queue_that_moves_is_no_stall(void **state)
{
    struct fixture *f = *state;

    look(f, 1000);
    f->row.wqueue = 2000;
    look(f, 2500);
    assert_null(due(f, 4000));
    assert_non_null(due(f, 4500));
}

/* The queue may be as long as before although all of it is new. */
static void a_session_that_sends_is_no_stall(void **state)
{
    struct fixture *f = *state;

    look(f, 1000);
    f->session.sent_bytes = 5000;
    apply_session_status(&f->s, &f->session);
    look(f, 2500);
    assert_null(due(f, 4000));
}

static void a_running_persist_timer_is_a_stall_after_one_second(void **state)
{
    struct fixture *f = *state;

    look(f, 1000);
    f->row.timer = TIMER_PERSIST;
    look(f, 1200);
    assert_null(due(f, 2100));
    assert_non_null(due(f, 2200));
    f->row.timer = TIMER_OFF;
    look(f, 2200);
    assert_null(due(f, 2300));
}

static void what_is_gone_or_empty_stalls_no_more(void **state)
{
    struct fixture *f = *state;

    look(f, 1000);
    f->row.wqueue = 0;
    look(f, 2000);
    assert_false(stalls_has(&f->stalls, COOKIE));
    assert_null(due(f, 9000));
}

static void sockets_of_others_and_listeners_do_not_stall(void **state)
{
    struct fixture *f = *state;

    f->row.cookie = 99;
    look(f, 1000);
    assert_false(stalls_has(&f->stalls, 99));
    f->row.cookie = COOKIE;
    f->row.state = STATE_LISTEN; /* its Send-Q is a limit */
    look(f, 2000);
    assert_null(due(f, 9000));
}

static void there_is_room_for_so_many_and_no_more(void **state)
{
    struct fixture *f = *state;
    struct row rows[STALLS_MAX + 4];

    for (size_t i = 0; i < STALLS_MAX + 4; i++) {
        struct session_status s = a_session(10 + i, SESSION_OPEN, 100 + i);

        apply_session_status(&f->s, &s);
        rows[i] = a_row(100 + i, STATE_ESTABLISHED, (uint16_t)(40000 + i), 65432);
        rows[i].wqueue = 1;
    }
    model_take_snapshot(&f->s.m, a_snapshot(rows, STALLS_MAX + 4));
    stalls_look(&f->stalls, &f->s.m, CLOCK_SECOND_NS);
    assert_int_equal(f->stalls.n, STALLS_MAX);
    model_take_snapshot(&f->s.m, a_snapshot(rows + STALLS_MAX, 4));
    stalls_look(&f->stalls, &f->s.m, 2 * CLOCK_SECOND_NS);
    assert_int_equal(f->stalls.n, 0);
    stalls_look(&f->stalls, &f->s.m, 2 * CLOCK_SECOND_NS);
    assert_int_equal(f->stalls.n, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bytes_that_stand_still_for_two_seconds_are_a_stall),
        TEST(a_stall_is_told_once),
        TEST(a_queue_that_moves_is_no_stall),
        TEST(a_session_that_sends_is_no_stall),
        TEST(a_running_persist_timer_is_a_stall_after_one_second),
        TEST(what_is_gone_or_empty_stalls_no_more),
        TEST(sockets_of_others_and_listeners_do_not_stall),
        TEST(there_is_room_for_so_many_and_no_more),
    };

    return cmocka_run_group_tests_name("stalls", tests, NULL, NULL);
}
