/* A bell wakes once until it was looked at, and never misses. */
#include "core/base/bell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>

#define RINGS 20000
#define PATIENCE_MS 20000

static bool rang(const struct bell *b, int timeout_ms)
{
    struct pollfd p = {.fd = b->fd, .events = POLLIN};

    return poll(&p, 1, timeout_ms) == 1;
}

static void a_new_bell_is_silent_and_armed(void **state)
{
    struct bell b;

    (void)state;
    bell_init(&b);
    assert_true(b.fd >= 0);
    assert_false(rang(&b, 0));
    bell_ring(&b);
    assert_true(rang(&b, 0));
    bell_done(&b);
}

static void ringing_again_writes_nothing_until_armed(void **state)
{
    struct bell b;
    eventfd_t count;

    (void)state;
    bell_init(&b);
    for (int i = 0; i < 1000; i++)
        bell_ring(&b);
    assert_int_equal(eventfd_read(b.fd, &count), 0);
    assert_int_equal(count, 1);
    bell_ring(&b);
    assert_false(rang(&b, 0));
    bell_arm(&b);
    bell_ring(&b);
    assert_true(rang(&b, 0));
    bell_done(&b);
}

static void arming_silences_it(void **state)
{
    struct bell b;

    (void)state;
    bell_init(&b);
    bell_ring(&b);
    bell_arm(&b);
    assert_false(rang(&b, 0));
    bell_done(&b);
}

struct shared {
    struct bell bell;
    /* Relaxed on purpose: it is the bell that has to carry it over. */
    atomic_uint news;
};

static void *ringer(void *arg)
{
    struct shared *s = arg;

    for (unsigned i = 0; i < RINGS; i++) {
        atomic_fetch_add_explicit(&s->news, 1, memory_order_relaxed);
        bell_ring(&s->bell);
    }
    return NULL;
}

static void nothing_is_missed_between_two_threads(void **state)
{
    struct shared s = {.news = 0};
    unsigned seen = 0;
    pthread_t thread;

    (void)state;
    bell_init(&s.bell);
    assert_int_equal(pthread_create(&thread, NULL, ringer, &s), 0);
    while (seen < RINGS) {
        assert_true(rang(&s.bell, PATIENCE_MS));
        bell_arm(&s.bell);
        seen = atomic_load_explicit(&s.news, memory_order_relaxed);
    }
    pthread_join(thread, NULL);
    bell_done(&s.bell);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_bell_is_silent_and_armed),
        cmocka_unit_test(ringing_again_writes_nothing_until_armed),
        cmocka_unit_test(arming_silences_it),
        cmocka_unit_test(nothing_is_missed_between_two_threads),
    };

    return cmocka_run_group_tests_name("bell", tests, NULL, NULL);
}
