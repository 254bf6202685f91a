/* Clocks that jump: the wall clock by hours and years, the monotonic one by what a machine slept.
 * clock_gettime(2) of this program is the one below. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/net/loop.h"
#include "tests/unit/engine.h"

#define HOUR_NS (3600 * CLOCK_SECOND_NS)
#define YEAR_NS (365 * 24 * HOUR_NS)

static atomic_llong wall_jump_ns, monotonic_jump_ns;

int clock_gettime(clockid_t id, struct timespec *ts)
{
    long r = syscall(SYS_clock_gettime, id, ts);
    long long ns = (long long)ts->tv_sec * (long long)CLOCK_SECOND_NS + ts->tv_nsec;

    ns += id == CLOCK_REALTIME ? wall_jump_ns : id == CLOCK_MONOTONIC ? monotonic_jump_ns : 0;
    ts->tv_sec = (time_t)(ns / (long long)CLOCK_SECOND_NS);
    ts->tv_nsec = (long)(ns % (long long)CLOCK_SECOND_NS);
    return (int)r;
}

static int jump_back(void **state)
{
    (void)state;
    wall_jump_ns = monotonic_jump_ns = 0;
    return 0;
}

struct ticking {
    struct loop *loop;
    struct timer tick, end;
    unsigned ticks;
};

static void tick(struct timer *t)
{
    struct ticking *all = t->owner;

    all->ticks++;
    loop_timer_set(all->loop, t, loop_now(all->loop) + 10 * CLOCK_MS_NS);
    if (all->ticks == 3)
        wall_jump_ns = -(long long)YEAR_NS;
    if (all->ticks == 6)
        wall_jump_ns = (long long)YEAR_NS;
}

static void end(struct timer *t)
{
    loop_stop(((struct ticking *)t->owner)->loop);
}

static void run(struct ticking *all, uint64_t ns)
{
    all->tick = (struct timer){.fire = tick, .owner = all};
    all->end = (struct timer){.fire = end, .owner = all};
    assert_int_equal(loop_new(&all->loop), 0);
    loop_timer_set(all->loop, &all->tick, clock_now_ns());
    loop_timer_set(all->loop, &all->end, clock_now_ns() + ns);
    assert_int_equal(loop_run(all->loop), 0);
    loop_timer_cancel(all->loop, &all->tick);
    loop_free(all->loop);
}

static void timers_do_not_know_the_wall_clock(void **state)
{
    struct ticking all = {0};
    uint64_t begin = clock_now_ns(), took;

    (void)state;
    run(&all, 150 * CLOCK_MS_NS);
    took = clock_now_ns() - begin;
    assert_in_range(all.ticks, 4, 16); /* neither stopped nor made up for */
    assert_true(took >= 150 * CLOCK_MS_NS && took < 20 * CLOCK_SECOND_NS);
}

static void every_second(struct timer *t)
{
    struct ticking *all = t->owner;

    all->ticks++;
    loop_timer_set(all->loop, t, loop_now(all->loop) + CLOCK_SECOND_NS);
    if (all->ticks == 1)
        monotonic_jump_ns += (long long)HOUR_NS;
    else
        loop_timer_set(all->loop, &all->end, loop_now(all->loop) + 50 * CLOCK_MS_NS);
}

static void after_an_hour_of_sleep_a_timer_fires_once(void **state)
{
    struct ticking all = {0};
    uint64_t begin = clock_now_ns();

    (void)state;
    all.tick = (struct timer){.fire = every_second, .owner = &all};
    all.end = (struct timer){.fire = end, .owner = &all};
    assert_int_equal(loop_new(&all.loop), 0);
    loop_timer_set(all.loop, &all.tick, begin);
    assert_int_equal(loop_run(all.loop), 0);
    assert_int_equal(all.ticks, 2); /* of 3,600 that were missed one came */
    assert_true(clock_now_ns() - begin >= HOUR_NS);
    loop_timer_cancel(all.loop, &all.tick);
    loop_free(all.loop);
}

static void a_moment_keeps_its_distance_to_now(void **state)
{
    uint64_t then = clock_now_ns(), before = clock_to_wall_ns(then);

    (void)state;
    wall_jump_ns = -(long long)HOUR_NS;
    assert_true(clock_to_wall_ns(then) <= clock_wall_ns()); /* nothing lies in the future */
    assert_true(before > clock_to_wall_ns(then));
    wall_jump_ns = (long long)YEAR_NS;
    assert_true(clock_to_wall_ns(then) <= clock_wall_ns());
    assert_true(clock_wall_ns() - clock_to_wall_ns(then) < 60 * CLOCK_SECOND_NS);
}

static uint64_t dial(struct fixture *f, uint64_t server)
{
    char line[ENDPOINT_TEXT_BYTES + 30], text[ENDPOINT_TEXT_BYTES];
    struct reply r;

    snprintf(line, sizeof(line), "connect --no-proxy %s",
             endpoint_format(&f->servers[server].endpoint, text));
    r = say(f, line);
    AWAIT(f, f->sessions[r.id].state == SESSION_OPEN);
    return r.id;
}

/* What is sent comes back, and no session is called idle, late or older than it is. */
static void an_engine_works_while_clocks_jump(void **state)
{
    static const long long jumps[] = {-(long long)YEAR_NS, (long long)YEAR_NS,
                                      -(long long)HOUR_NS, (long long)HOUR_NS};
    struct fixture *f = *state;
    uint64_t server = serve(f, "serve echo 127.0.0.1:0");
    uint64_t id = dial(f, server);

    for (size_t i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
        wall_jump_ns = jumps[i];
        monotonic_jump_ns += (long long)HOUR_NS; /* it never goes back */
        assert_int_equal(say(f, "send ping").err.code, 0);
        AWAIT(f, f->sessions[id].received_bytes == 4 * (i + 1));
        assert_int_equal(f->sessions[id].state, SESSION_OPEN);
        assert_true(f->sessions[id].changed_ns <= clock_now_ns());
        assert_true(f->sessions[id].phases.begun <= f->sessions[id].changed_ns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(timers_do_not_know_the_wall_clock, jump_back),
        cmocka_unit_test_setup(after_an_hour_of_sleep_a_timer_fires_once, jump_back),
        cmocka_unit_test_setup(a_moment_keeps_its_distance_to_now, jump_back),
        cmocka_unit_test_setup_teardown(an_engine_works_while_clocks_jump, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
