/* Which of several names a few letters fit best. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/fuzzy.h"

static void what_fits_better_scores_higher(void **state)
{
    static const char *const order[] = {"sort", "sort-left", "re-sort", "resort", "s-o-x-r-t"};
    (void)state;

    for (size_t i = 1; i < sizeof(order) / sizeof(order[0]); i++)
        assert_true(fuzzy_score("sort", order[i - 1], "") > fuzzy_score("sort", order[i], ""));
    assert_true(fuzzy_score("sort", "x", "to sort rows") <
                fuzzy_score("sort", "s-o-x-r-t", ""));
    assert_true(fuzzy_score("sort", "x", "to sort rows") > fuzzy_score("sort", "x", "resort"));
}

static void what_does_not_fit_is_left_out(void **state)
{
    (void)state;
    assert_int_equal(fuzzy_score("sort", "help", "what every key does"), -1);
    assert_int_equal(fuzzy_score("tros", "sort", ""), -1);
    assert_int_equal(fuzzy_score("sortt", "sort", ""), -1);
    assert_int_equal(fuzzy_score("ey", "x", "every key"), -1); /* too little for a sentence */
    assert_int_equal(fuzzy_score("sort xyz", "sort", ""), -1);
}

static void every_word_counts_in_any_case_and_order(void **state)
{
    (void)state;
    assert_true(fuzzy_score("INV sort", "sort-invert", "") > 0);
    assert_true(fuzzy_score("sort order", "sort-invert", "invert the order") > 0);
    assert_int_equal(fuzzy_score("", "anything", ""), 0);
    assert_int_equal(fuzzy_score("   ", "anything", ""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_better_scores_higher),
        cmocka_unit_test(what_does_not_fit_is_left_out),
        cmocka_unit_test(every_word_counts_in_any_case_and_order),
    };

    return cmocka_run_group_tests_name("fuzzy", tests, NULL, NULL);
}
