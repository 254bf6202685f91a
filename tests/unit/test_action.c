/* The action table and the keymap that is read from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "ui/console/action.h"

#define KEYS_MAX 128

static void every_key_parses_and_is_bound_once(void **state)
{
    uint32_t seen[KEYS_MAX];
    size_t n = 0;
    (void)state;

    for (int a = ACTION_NONE + 1; a < ACTION_COUNT; a++) {
        const char *word = actions[a].keys;

        assert_true(*word);
        while (*word) {
            size_t len = strcspn(word, " ");
            uint32_t key = key_parse(word, len);

            if (!key)
                fail_msg("key '%s' of %s is none", word, actions[a].name);
            for (size_t i = 0; i < n; i++)
                if (seen[i] == key)
                    fail_msg("key '%s' of %s is taken", word, actions[a].name);
            assert_true(n < KEYS_MAX);
            seen[n++] = key;
            assert_int_equal(action_of_key(key), a);
            word += len;
            word += *word == ' ';
        }
    }
}

static void names_are_unique_and_found(void **state)
{
    (void)state;
    for (int a = ACTION_NONE + 1; a < ACTION_COUNT; a++) {
        assert_int_equal(action_by_name(actions[a].name), a);
        assert_true(strlen(actions[a].help) > 0);
    }
    assert_int_equal(action_by_name("no-such-action"), ACTION_NONE);
    assert_int_equal(action_by_name(""), ACTION_NONE);
}

static void words_are_keys(void **state)
{
    (void)state;
    assert_int_equal(key_parse("C-l", 3), 0x0c);
    assert_int_equal(key_parse("C-]", 3), 0x1d);
    assert_int_equal(key_parse("F1", 2), KEYS_F1);
    assert_int_equal(key_parse("F12", 3), KEYS_F1 + 11);
    assert_int_equal(key_parse("F", 1), 'F');
    assert_int_equal(key_parse("C", 1), 'C');
    assert_int_equal(key_parse("Space", 5), ' ');
    assert_int_equal(key_parse("ä", 2), 0xe4);
}

static void other_words_are_none(void **state)
{
    static const char *const words[] = {"",    "F0", "F13", "F1x",  "C-",  "C-ä",
                                        "C-1", "UP", "ab",  "\x1b", "\xff"};
    (void)state;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (key_parse(words[i], strlen(words[i])))
            fail_msg("'%s' is a key", words[i]);
}

static void unbound_keys_do_nothing(void **state)
{
    (void)state;
    assert_int_equal(action_of_key('~'), ACTION_NONE);
    assert_int_equal(action_of_key(0), ACTION_NONE);
    assert_int_equal(action_of_key(0x1f600), ACTION_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_parses_and_is_bound_once),
        cmocka_unit_test(names_are_unique_and_found),
        cmocka_unit_test(words_are_keys),
        cmocka_unit_test(other_words_are_none),
        cmocka_unit_test(unbound_keys_do_nothing),
    };

    return cmocka_run_group_tests_name("action", tests, NULL, NULL);
}
