/* The histogram beside a sorted list of the same values. */
#include "core/base/histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define VALUES 20000

static int by_value(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* xorshift64: the same values in every run */
static uint64_t next_random(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

/* The definition: the smallest value that at least per_mille of all do not exceed. */
static uint64_t exact(const uint64_t *sorted, size_t n, unsigned per_mille)
{
    size_t rank = (n * per_mille + 999) / 1000;

    return sorted[rank ? rank - 1 : 0];
}

static void assert_near(uint64_t got, uint64_t wanted)
{
    uint64_t off = got > wanted ? got - wanted : wanted - got;

    if (off * HISTOGRAM_STEPS > wanted)
        fail_msg("%llu is not within a step of %llu", (unsigned long long)got,
                 (unsigned long long)wanted);
}

static void compare(const uint64_t *values, size_t n)
{
    static const unsigned per_milles[] = {0, 1, 10, 100, 250, 500, 900, 990, 999, 1000};
    struct histogram *h = calloc(1, sizeof(*h));
    uint64_t *sorted = malloc(n * sizeof(*sorted)), sum = 0, got = 0;

    for (size_t i = 0; i < n; i++) {
        histogram_add(h, values[i]);
        sum += values[i];
    }
    memcpy(sorted, values, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), by_value);
    for (size_t i = 0; i < sizeof(per_milles) / sizeof(per_milles[0]); i++) {
        assert_true(histogram_quantile(h, per_milles[i], &got));
        assert_near(got, exact(sorted, n, per_milles[i]));
    }
    assert_int_equal(h->count, n);
    assert_int_equal(h->sum, sum);
    assert_int_equal(h->min, sorted[0]);
    assert_int_equal(h->max, sorted[n - 1]);
    free(sorted);
    free(h);
}

static void an_empty_one_knows_no_quantile(void **state)
{
    static const struct histogram h;
    uint64_t got = 42;

    (void)state;
    assert_false(histogram_quantile(&h, 500, &got));
    assert_int_equal(got, 42);
}

static void one_value_is_every_quantile(void **state)
{
    static const uint64_t values[] = {0, 1, 255, 256, 257, 1000003, UINT64_C(1) << 41};

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct histogram *h = calloc(1, sizeof(*h));
        uint64_t got = 1;

        histogram_add(h, values[i]);
        assert_true(histogram_quantile(h, 1, &got));
        assert_int_equal(got, values[i]);
        assert_true(histogram_quantile(h, 1000, &got));
        assert_int_equal(got, values[i]);
        free(h);
    }
}

static void quantiles_are_within_a_step_of_the_exact_ones(void **state)
{
    uint64_t values[VALUES], x = 88172645463325252U;

    (void)state;
    for (size_t i = 0; i < VALUES; i++) /* even */
        values[i] = next_random(&x) % 5000000;
    compare(values, VALUES);
    for (size_t i = 0; i < VALUES; i++) /* over all powers of two */
        values[i] = next_random(&x) >> (64 - 1 - next_random(&x) % (HISTOGRAM_BITS - 1));
    compare(values, VALUES);
    for (size_t i = 0; i < VALUES; i++) /* nearly all alike, some far away */
        values[i] = i % 500 ? 60000 + next_random(&x) % 64 : 200000000;
    compare(values, VALUES);
}

static void every_edge_between_two_buckets_is_within_a_step(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < HISTOGRAM_BITS; bit++)
        for (int d = -1; d <= 1; d++) {
            uint64_t value = (UINT64_C(1) << bit) + (uint64_t)(int64_t)d;

            if (value < UINT64_C(1) << HISTOGRAM_BITS)
                compare((uint64_t[]){value, value, 3 * value, value / 3}, 4);
        }
}

static void small_values_are_exact(void **state)
{
    struct histogram *h = calloc(1, sizeof(*h));
    uint64_t got = 0;

    (void)state;
    for (uint64_t v = 0; v < 2 * HISTOGRAM_STEPS; v++)
        histogram_add(h, v);
    assert_true(histogram_quantile(h, 500, &got));
    assert_int_equal(got, HISTOGRAM_STEPS - 1);
    free(h);
}

static void what_is_too_large_counts_as_the_largest(void **state)
{
    struct histogram *h = calloc(1, sizeof(*h));
    uint64_t got = 0;

    (void)state;
    histogram_add(h, 5);
    histogram_add(h, UINT64_MAX);
    assert_true(histogram_quantile(h, 1000, &got));
    assert_true(got == UINT64_MAX);
    assert_true(histogram_quantile(h, 500, &got));
    assert_int_equal(got, 5);
    free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_knows_no_quantile),
        cmocka_unit_test(one_value_is_every_quantile),
        cmocka_unit_test(quantiles_are_within_a_step_of_the_exact_ones),
        cmocka_unit_test(every_edge_between_two_buckets_is_within_a_step),
        cmocka_unit_test(small_values_are_exact),
        cmocka_unit_test(what_is_too_large_counts_as_the_largest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
