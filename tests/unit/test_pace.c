/* Times at a rate: even, without drift, and the count that is due agrees with them. */
#include "core/net/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/base/clock.h"

#define START UINT64_C(123456789012345)

static const uint64_t rates[] = {1, 7, 999, 1000, 1500, 3000, 1234567, 1000000, PACE_MAX};

#define N_RATES (sizeof(rates) / sizeof(rates[0]))

static void the_first_is_due_at_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_RATES; i++) {
        struct pace p = {.start_ns = START, .rate = rates[i]};

        assert_int_equal(pace_time_ns(&p, 0), START);
        assert_int_equal(pace_due(&p, START), 1);
        assert_int_equal(pace_due(&p, START - 1), 0);
    }
}

static void a_whole_number_of_seconds_has_its_rate(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_RATES; i++) {
        struct pace p = {.start_ns = START, .rate = rates[i]};

        /* `rate` of them take a thousand seconds, exactly, ever again. */
        for (uint64_t k = 1; k <= 1000; k *= 10)
            assert_int_equal(pace_time_ns(&p, k * rates[i]),
                             START + k * PACE_PER_SECOND * CLOCK_SECOND_NS);
    }
}

static void steps_are_even_to_a_nanosecond(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_RATES; i++) {
        struct pace p = {.start_ns = START, .rate = rates[i]};
        uint64_t step = PACE_PER_SECOND * CLOCK_SECOND_NS / rates[i];

        for (uint64_t n = 0; n < 5000; n++) {
            uint64_t d = pace_time_ns(&p, n + 1) - pace_time_ns(&p, n);

            assert_in_range(d, step, step + 1);
        }
    }
}

static void what_is_due_agrees_with_the_times(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_RATES; i++) {
        struct pace p = {.start_ns = START, .rate = rates[i]};
        static const uint64_t numbers[] = {1, 2, 3, 1000, 999999, 123456789};

        for (size_t k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++) {
            uint64_t n = numbers[k], at = pace_time_ns(&p, n);

            if (n / rates[i] > 1000000) /* thirty years */
                continue;
            assert_int_equal(pace_due(&p, at), n + 1);
            assert_int_equal(pace_due(&p, at - 1), n);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_is_due_at_once),
        cmocka_unit_test(a_whole_number_of_seconds_has_its_rate),
        cmocka_unit_test(steps_are_even_to_a_nanosecond),
        cmocka_unit_test(what_is_due_agrees_with_the_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
