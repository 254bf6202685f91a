/* A short list of texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/base/words.h"

static void they_come_back_in_order(void **state)
{
    struct words w = {0};
    const char *at;

    (void)state;
    assert_null(words_next(&w, NULL));
    assert_true(words_add(&w, "one"));
    assert_true(words_add(&w, ""));
    assert_true(words_add(&w, "three"));
    at = words_next(&w, NULL);
    assert_string_equal(at, "one");
    at = words_next(&w, at);
    assert_string_equal(at, "");
    at = words_next(&w, at);
    assert_string_equal(at, "three");
    assert_null(words_next(&w, at));
}

static void what_does_not_fit_is_refused_and_changes_nothing(void **state)
{
    struct words w = {0}, before;
    char word[WORDS_BYTES];

    (void)state;
    memset(word, 'x', sizeof(word));
    word[sizeof(word) - 5] = '\0';
    assert_true(words_add(&w, word));
    before = w;
    assert_false(words_add(&w, "1234"));
    assert_memory_equal(&w, &before, sizeof(w));
    assert_true(words_add(&w, "123"));
    assert_int_equal(w.used, WORDS_BYTES);
    assert_false(words_add(&w, ""));
    assert_string_equal(words_next(&w, words_next(&w, NULL)), "123");
    assert_null(words_next(&w, words_next(&w, words_next(&w, NULL))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_come_back_in_order),
        cmocka_unit_test(what_does_not_fit_is_refused_and_changes_nothing),
    };

    return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
