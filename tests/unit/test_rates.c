/* Rates are between two looks, and unknown before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/model/rates.h"

static void get(const void *from, size_t i, struct rate_counts *ret)
{
    *ret = ((const struct rate_counts *)from)[i];
}

static void a_rate_needs_two_looks(void **state)
{
    struct rate_counts now[] = {{.id = 3, .counts = {100, 10}}};
    struct rates r = {0};

    (void)state;
    assert_null(rates_find(&r, 3));
    rates_look(&r, CLOCK_SECOND_NS, 1, get, now);
    assert_false(rates_find(&r, 3)->known);
    now[0].counts[RATE_SENT] = 1100;
    /* Too soon to be another look. */
    rates_look(&r, CLOCK_SECOND_NS + 1000, 1, get, now);
    assert_false(rates_find(&r, 3)->known);
    rates_look(&r, 3 * CLOCK_SECOND_NS, 1, get, now);
    assert_true(rates_find(&r, 3)->known);
    assert_int_equal(rates_find(&r, 3)->per_s[RATE_SENT], 500);
    assert_int_equal(rates_find(&r, 3)->per_s[RATE_RECEIVED], 0);
    assert_int_equal(rates_find(&r, 3)->looks, 1);
    assert_int_equal(rates_find(&r, 3)->curve[RATE_LOOKS - 1], 500);
    rates_done(&r);
}

static void others_come_and_go(void **state)
{
    struct rate_counts first[] = {{.id = 1}, {.id = 4}, {.id = 9}};
    struct rate_counts then[] = {{.id = 2}, {.id = 4, .counts = {7}}, {.id = 10}};
    struct rates r = {0};

    (void)state;
    rates_look(&r, CLOCK_SECOND_NS, 3, get, first);
    rates_look(&r, 2 * CLOCK_SECOND_NS, 3, get, then);
    assert_null(rates_find(&r, 1));
    assert_null(rates_find(&r, 9));
    assert_false(rates_find(&r, 2)->known);
    assert_int_equal(rates_find(&r, 4)->per_s[RATE_SENT], 7);
    assert_non_null(rates_find(&r, 10));
    rates_look(&r, 3 * CLOCK_SECOND_NS, 0, get, NULL);
    assert_null(rates_find(&r, 4));
    rates_done(&r);
}

static void a_curve_keeps_the_newest(void **state)
{
    struct rate_counts now[] = {{.id = 1}};
    struct rates r = {0};

    (void)state;
    for (uint64_t i = 0; i < 2 * RATE_LOOKS; i++) {
        now[0].counts[RATE_RECEIVED] += i;
        rates_look(&r, (i + 1) * CLOCK_SECOND_NS, 1, get, now);
    }
    assert_int_equal(r.list[0].looks, RATE_LOOKS);
    assert_int_equal(r.list[0].curve[RATE_LOOKS - 1], 2 * RATE_LOOKS - 1);
    assert_int_equal(r.list[0].curve[0], RATE_LOOKS);
    /* A count that went back is a new beginning, and more than a curve holds is its most. */
    now[0].counts[RATE_RECEIVED] = 0;
    rates_look(&r, 1000 * CLOCK_SECOND_NS, 1, get, now);
    assert_int_equal(r.list[0].per_s[RATE_RECEIVED], 0);
    now[0].counts[RATE_RECEIVED] = UINT64_C(1) << 40;
    rates_look(&r, 1001 * CLOCK_SECOND_NS, 1, get, now);
    assert_int_equal(r.list[0].curve[RATE_LOOKS - 1], UINT32_MAX);
    rates_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_needs_two_looks),
        cmocka_unit_test(others_come_and_go),
        cmocka_unit_test(a_curve_keeps_the_newest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
