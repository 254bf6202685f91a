/* What is kept of the looks at one socket, and its states. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/model/series.h"
#include "core/model/state_path.h"
#include "core/model/tcp_info.h"

static struct socket_detail detail_with(enum tcp_info_id id, uint64_t value)
{
    const struct tcp_info_field *f = tcp_info_field(id);
    struct socket_detail d = {.known = DETAIL_INFO, .info_bytes = 232};

    memcpy(d.info + f->place, &value, f->bytes);
    return d;
}

static void look(struct series *s, uint64_t seconds, uint32_t wqueue,
                 const struct socket_detail *d)
{
    const struct row row = {.kind = KIND_TCP, .state = STATE_ESTABLISHED, .wqueue = wqueue};

    series_add(s, seconds * CLOCK_SECOND_NS, &row, d);
}

static uint64_t value_of(const struct series *s, size_t i, enum series_id id)
{
    uint64_t value = 0;

    assert_true(series_value(s, i, id, &value));
    return value;
}

static void the_oldest_samples_go_and_are_counted(void **state)
{
    struct series s = {0};

    (void)state;
    for (uint32_t i = 0; i < SERIES_SAMPLES + 10; i++)
        look(&s, i + 1, i, NULL);
    assert_int_equal(s.n, SERIES_SAMPLES);
    assert_int_equal(s.forgotten, 10);
    assert_int_equal(value_of(&s, 0, SERIES_SEND_QUEUE), 10);
    assert_int_equal(value_of(&s, s.n - 1, SERIES_SEND_QUEUE), SERIES_SAMPLES + 9);
    assert_int_equal(series_at_ns(&s, 0), 11 * CLOCK_SECOND_NS);
    series_clear(&s);
    assert_int_equal(s.n, 0);
    assert_int_equal(s.forgotten, 0);
    series_done(&s);
}

static void a_look_that_is_no_later_adds_nothing(void **state)
{
    struct series s = {0};

    (void)state;
    look(&s, 5, 1, NULL);
    look(&s, 5, 2, NULL);
    look(&s, 4, 3, NULL);
    assert_int_equal(s.n, 1);
    assert_int_equal(value_of(&s, 0, SERIES_SEND_QUEUE), 1);
    series_done(&s);
}

static void rates_are_made_of_two_looks(void **state)
{
    struct socket_detail d = detail_with(TCP_INFO_bytes_sent, 1000);
    struct series s = {0};
    uint64_t value = 77;

    (void)state;
    look(&s, 10, 0, &d);
    d = detail_with(TCP_INFO_bytes_sent, 5000);
    look(&s, 12, 0, &d);
    look(&s, 13, 0, NULL); /* nothing was looked up */
    look(&s, 14, 0, &d);
    d = detail_with(TCP_INFO_bytes_sent, 10);
    look(&s, 15, 0, &d); /* another socket's counter */
    assert_false(series_value(&s, 0, SERIES_SENT_RATE, &value));
    assert_int_equal(value_of(&s, 1, SERIES_SENT_RATE), 2000);
    assert_false(series_value(&s, 2, SERIES_SENT_RATE, &value));
    assert_false(series_value(&s, 3, SERIES_SENT_RATE, &value));
    assert_false(series_value(&s, 4, SERIES_SENT_RATE, &value));
    assert_int_equal(value, 77);
    series_done(&s);
}

static void what_is_not_measured_is_unknown(void **state)
{
    struct socket_detail d = detail_with(TCP_INFO_snd_cwnd, 10);
    struct series_range range = {.most = 77};
    struct series s = {0};
    uint64_t value;

    (void)state;
    look(&s, 1, 0, &d);
    assert_false(series_value(&s, 0, SERIES_RTT, &value)); /* 0: not measured yet */
    assert_false(series_range(&s, SERIES_RTT, &range));
    assert_int_equal(range.most, 77);
    assert_true(series_range(&s, SERIES_CWND, &range));
    assert_int_equal(range.most, 10);
    d = detail_with(TCP_INFO_rtt, 45);
    d.info_bytes = 60; /* an old kernel fills less */
    look(&s, 2, 0, &d);
    assert_false(series_value(&s, 1, SERIES_RTT, &value));
    series_done(&s);
}

static void range_knows_whether_the_newest_is_known(void **state)
{
    struct socket_detail d = detail_with(TCP_INFO_rtt, 300);
    struct series_range range;
    struct series s = {0};

    (void)state;
    look(&s, 1, 0, &d);
    d = detail_with(TCP_INFO_rtt, 100);
    look(&s, 2, 0, &d);
    assert_true(series_range(&s, SERIES_RTT, &range));
    assert_int_equal(range.least, 100);
    assert_int_equal(range.most, 300);
    assert_int_equal(range.newest, 100);
    assert_true(range.has_newest);
    look(&s, 3, 0, NULL);
    assert_true(series_range(&s, SERIES_RTT, &range));
    assert_false(range.has_newest);
    series_done(&s);
}

static void a_listener_has_an_accept_queue(void **state)
{
    const struct row row = {
        .kind = KIND_TCP, .state = STATE_LISTEN, .rqueue = 3, .wqueue = 128};
    struct series s = {0};

    (void)state;
    series_add(&s, 1, &row, NULL);
    assert_string_equal(series_title(&s, SERIES_RECEIVE_QUEUE), "accept queue");
    assert_int_equal(series_unit(&s, SERIES_RECEIVE_QUEUE), UNIT_COUNT);
    assert_false(series_shown(&s, SERIES_SEND_QUEUE));
    series_done(&s);
}

static void figures_carry_their_unit(void **state)
{
    static const struct {
        enum column_unit unit;
        uint64_t value;
        const char *text;
    } cases[] = {
        {UNIT_US, 45, "0.045 ms"},
        {UNIT_US, 12413204, "12.413 s"},
        {UNIT_BYTES, 4163072, "4,163,072 B"},
        {UNIT_SEGMENTS, 1000, "1,000"},
        {UNIT_BYTES_S, 9999, "9999 B/s"},
        {UNIT_BYTES_S, 12345, "12.3 kB/s"},
        {UNIT_BYTES_S, 3401714285, "3401.7 MB/s"},
        {UNIT_BYTES_S, UINT64_MAX, "18446744073.7 GB/s"},
    };
    char buf[SERIES_FIGURE_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(series_figure(cases[i].unit, cases[i].value, buf), cases[i].text);
}

/* --- the way through the states --------------------------------------------------------- */

static void looks_make_a_way(void **state)
{
    struct state_path p = {0};

    (void)state;
    state_path_look(&p, STATE_SYN_SENT, 100);
    state_path_look(&p, STATE_SYN_SENT, 150);
    state_path_look(&p, STATE_ESTABLISHED, 200);
    state_path_look(&p, STATE_ESTABLISHED, 900);
    assert_int_equal(p.n, 2);
    assert_int_equal(state_path_step_ns(&p, 0), 100);
    assert_int_equal(state_path_spent_ns(&p, STATE_SYN_SENT), 100);
    assert_int_equal(state_path_spent_ns(&p, STATE_ESTABLISHED), 700);
    assert_true(p.states[STATE_SYN_SENT].began_unseen);
    assert_false(p.states[STATE_ESTABLISHED].began_unseen);
    assert_false(state_path_visited(&p, STATE_FIN_WAIT1));
    state_path_end(&p, 1000);
    assert_true(p.gone);
    assert_int_equal(state_path_spent_ns(&p, STATE_ESTABLISHED), 800);
    state_path_end(&p, 5000);
    assert_int_equal(p.seen_ns, 1000);
}

static void the_kernel_tells_what_looks_miss(void **state)
{
    struct state_path p = {0};

    (void)state;
    state_path_look(&p, STATE_ESTABLISHED, 100);
    state_path_change(&p, STATE_ESTABLISHED, STATE_FIN_WAIT1, 200);
    state_path_change(&p, STATE_FIN_WAIT1, STATE_FIN_WAIT2, 203);
    state_path_look(&p, STATE_ESTABLISHED, 150); /* a look that began before */
    state_path_look(&p, STATE_FIN_WAIT2, 300);
    assert_int_equal(p.n, 3);
    assert_true(p.steps[1].exact);
    assert_int_equal(p.steps[1].state, STATE_FIN_WAIT1);
    assert_int_equal(state_path_step_ns(&p, 1), 3);
    assert_int_equal(state_path_spent_ns(&p, STATE_FIN_WAIT2), 97);
    state_path_change(&p, STATE_ESTABLISHED, STATE_FIN_WAIT1, 200); /* told twice */
    assert_int_equal(p.n, 3);
    state_path_change(&p, STATE_FIN_WAIT2, STATE_COUNT, 400);
    state_path_look(&p, 0, 500);
    assert_int_equal(p.n, 3);
}

static void a_long_way_forgets_its_oldest_steps_only(void **state)
{
    struct state_path p = {0};

    (void)state;
    for (uint64_t i = 0; i < 2 * STATE_PATH_STEPS; i++)
        state_path_look(&p, i % 2 ? STATE_SYN_SENT : STATE_CLOSE, 10 * (i + 1));
    assert_int_equal(p.n, STATE_PATH_STEPS);
    assert_int_equal(p.forgotten, STATE_PATH_STEPS);
    assert_int_equal(state_path_spent_ns(&p, STATE_CLOSE), 10 * STATE_PATH_STEPS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_samples_go_and_are_counted),
        cmocka_unit_test(a_look_that_is_no_later_adds_nothing),
        cmocka_unit_test(rates_are_made_of_two_looks),
        cmocka_unit_test(what_is_not_measured_is_unknown),
        cmocka_unit_test(range_knows_whether_the_newest_is_known),
        cmocka_unit_test(a_listener_has_an_accept_queue),
        cmocka_unit_test(figures_carry_their_unit),
        cmocka_unit_test(looks_make_a_way),
        cmocka_unit_test(the_kernel_tells_what_looks_miss),
        cmocka_unit_test(a_long_way_forgets_its_oldest_steps_only),
    };

    return cmocka_run_group_tests_name("series", tests, NULL, NULL);
}
