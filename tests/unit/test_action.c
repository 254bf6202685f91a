/* The action table and the keymap that is read from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/config.h"
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

/* What people were promised; each F-key has a letter beside it. */
static void the_promised_keys_are_bound(void **state)
{
    static const struct {
        const char *keys;
        enum action action;
    } promised[] = {
        {"F1 ?", ACTION_HELP},
        {"F2 w", ACTION_SAVE},
        {"F3 /", ACTION_SEARCH},
        {"F4 &", ACTION_FILTER},
        {"F5 v", ACTION_VIEW},
        {"F6 >", ACTION_SORT_RIGHT},
        {"<", ACTION_SORT_LEFT},
        {"I", ACTION_SORT_INVERT},
        {"F7 f", ACTION_FOLLOW},
        {"F8 S", ACTION_SETTINGS},
        {"F9 !", ACTION_ACT},
        {"F10 q", ACTION_QUIT},
        {"n", ACTION_SEARCH_NEXT},
        {"N", ACTION_SEARCH_PREVIOUS},
        {"Tab", ACTION_NEXT_PANE},
        {"z", ACTION_ZOOM},
        {"j Down", ACTION_DOWN},
        {"k Up", ACTION_UP},
        {"h Left", ACTION_LEFT},
        {"l Right", ACTION_RIGHT},
        {"g", ACTION_FIRST},
        {"G", ACTION_LAST},
        {"C-d", ACTION_PAGE_DOWN},
        {"C-u", ACTION_PAGE_UP},
        {"Space", ACTION_TAG},
        {"=", ACTION_COMPARE},
        {"m", ACTION_MARK},
        {"'", ACTION_GO_MARK},
        {"t", ACTION_TIME_FORMAT},
        {"T", ACTION_TIME_REFERENCE},
        {"x", ACTION_HEX},
        {",", ACTION_PREVIOUS_OF_CONVERSATION},
        {"]", ACTION_NEXT_FINDING},
        {".", ACTION_NEXT_OF_CONVERSATION},
        {"e", ACTION_ASK_WHY},
        {"[", ACTION_PREVIOUS_FINDING},
        {"Enter", ACTION_DETAILS},
        {"p", ACTION_PAUSE},
        {"b", ACTION_CAPTURE_FILTER},
        {"D", ACTION_LOOK_UP},
        {"y", ACTION_COPY},
        {"o", ACTION_OPEN},
        {"L", ACTION_SERVE},
        {":", ACTION_COMMAND},
        {"i", ACTION_TYPE},
        {"C-]", ACTION_LEAVE},
        {"C-l", ACTION_REDRAW},
        {"C-z", ACTION_SUSPEND},
        {"1", ACTION_PANEL_1},
        {"9", ACTION_PANEL_9},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(promised) / sizeof(promised[0]); i++) {
        const char *word = promised[i].keys;

        while (*word) {
            size_t len = strcspn(word, " ");

            if (action_of_key(key_parse(word, len)) != promised[i].action)
                fail_msg("%s is not %s", word, actions[promised[i].action].name);
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

static void keys_are_words_and_back(void **state)
{
    static const char *const words[] = {"C-l", "C-]", "F1", "F12", "Enter", "Space", "S-Tab",
                                        "a",   "~",   "ä",  "C-a", "C-z",   "Esc"};
    char word[16];
    (void)state;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        assert_true(key_word(key_parse(words[i], strlen(words[i])), word, sizeof(word)));
        assert_string_equal(word, words[i]);
    }
    assert_false(key_word(KEYS_MOUSE, word, sizeof(word)));
    assert_false(key_word(0, word, sizeof(word)));
    assert_false(key_word(0x7f, word, sizeof(word)));
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

/* --- other keys ------------------------------------------------------------------------- */

/* Bind the keys of "ACTION KEY KEY;ACTION KEY", each on a line of its own. */
static int bind(const char *text, struct err *err)
{
    struct config *c = mem_new(1, sizeof(*c));
    char *copy = mem_copy(text, strlen(text)), *rest = copy, *one;
    int r;

    snprintf(c->file, sizeof(c->file), "f");
    while ((one = strsep(&rest, ";")) != NULL && *one) {
        struct config_binding *b = &c->bindings[c->n_bindings++];

        snprintf(b->action, sizeof(b->action), "%s", strsep(&one, " "));
        b->line = c->n_bindings;
        while (one)
            snprintf(b->keys[b->n++], CONFIG_KEY_BYTES, "%s", strsep(&one, " "));
    }
    r = keymap_bind(c, err);
    free(copy);
    free(c);
    return r;
}

static void expect_refused(const char *text, const char *sentence)
{
    struct err err = {0};
    char line[4 * ERR_TEXT_BYTES];

    assert_int_equal(bind(text, &err), -EINVAL);
    err_format(&err, line, sizeof(line));
    assert_string_equal(line, sentence);
    assert_int_equal(action_of_key('o'), ACTION_OPEN); /* nothing has changed */
}

static void an_action_has_the_keys_that_it_was_given(void **state)
{
    (void)state;
    assert_int_equal(bind("open C-x F5;view v;hex", NULL), 0);
    assert_int_equal(action_of_key('x' - 'a' + 1), ACTION_OPEN);
    assert_int_equal(action_of_key(KEYS_F1 + 4), ACTION_OPEN);
    assert_int_equal(action_of_key('o'), ACTION_NONE);
    assert_int_equal(action_of_key('x'), ACTION_NONE);
    assert_string_equal(action_keys(ACTION_OPEN), "C-x F5");
    assert_string_equal(action_key(ACTION_OPEN), "F5");
    assert_string_equal(action_keys(ACTION_HEX), "");
    assert_string_equal(action_key(ACTION_HEX), "");
    assert_string_equal(action_keys(ACTION_HELP), actions[ACTION_HELP].keys);
    assert_int_equal(bind("", NULL), 0);
    assert_int_equal(action_of_key('o'), ACTION_OPEN);
}

static void what_cannot_be_bound_is_told(void **state)
{
    (void)state;
    expect_refused("opne x", "f:1: keys.opne: there is no action 'opne'; did you mean open?");
    expect_refused("xyzzy x", "f:1: keys.xyzzy: there is no action 'xyzzy'");
    expect_refused("open F5", "f:1: keys.open: F5 is a key of view, too; give view other keys, "
                              "or [] for none");
    expect_refused(
        "hex;open a;view a",
        "f:2: keys.open: a is a key of view, too; give view other keys, or [] for none");
    expect_refused("open blah", "f:1: keys.open: blah is no key: a character, C-x, F1 to F12, "
                                "Enter, Tab, Space, Up, PgUp, ...");
    expect_refused("open C-c", "f:1: keys.open: C-c always stops what is going on");
    expect_refused("open C-s", "f:1: keys.open: C-s is the terminal's: it stops the output");
    expect_refused(
        "quit;quit-now;command",
        "f:1: keys.quit: no key is left that quits: quit, quit-now or command needs one");
    assert_int_equal(bind("quit;quit-now", NULL), 0);
    assert_int_equal(bind("", NULL), 0);
}

static void two_names_of_one_key_are_one_key(void **state)
{
    (void)state;
    assert_int_equal(key_parse("C-i", 3), KEYS_TAB);
    assert_int_equal(key_parse("C-m", 3), KEYS_ENTER);
    assert_int_equal(key_parse("C-h", 3), KEYS_BACKSPACE);
    assert_int_equal(key_parse("C-[", 3), KEYS_ESCAPE);
    expect_refused("open C-i", "f:1: keys.open: C-i is a key of next-pane, too; give next-pane "
                               "other keys, or [] for none");
}

static void expect_text(const char *text, const char *expected)
{
    char buf[80];

    assert_string_equal(action_text(text, buf, sizeof(buf)), expected);
}

static void sentences_name_the_keys_that_are_bound(void **state)
{
    char small[6];
    (void)state;

    expect_text("{ask-why} asks why, {up} and {down}", "e asks why, Up and Down");
    expect_text("", "");
    expect_text("{nonsense} {", "{nonsense} {");
    expect_text("{}", "{}");
    expect_text("{{open}", "{o");
    assert_string_equal(action_text("{next-pane}, then", small, sizeof(small)), "Tab, ");
    assert_int_equal(bind("ask-why C-x F5;view v;hex", NULL), 0);
    expect_text("{ask-why} asks why", "F5 asks why");
    assert_string_equal(key_for(ACTION_ASK_WHY), "F5");
    assert_string_equal(key_for(ACTION_HEX), "C-p hex"); /* it has none */
    assert_int_equal(bind("hex;palette", NULL), 0);
    assert_string_equal(key_for(ACTION_HEX), "hex");
    assert_int_equal(bind("", NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_parses_and_is_bound_once),
        cmocka_unit_test(the_promised_keys_are_bound),
        cmocka_unit_test(names_are_unique_and_found),
        cmocka_unit_test(words_are_keys),
        cmocka_unit_test(keys_are_words_and_back),
        cmocka_unit_test(other_words_are_none),
        cmocka_unit_test(unbound_keys_do_nothing),
        cmocka_unit_test(an_action_has_the_keys_that_it_was_given),
        cmocka_unit_test(what_cannot_be_bound_is_told),
        cmocka_unit_test(two_names_of_one_key_are_one_key),
        cmocka_unit_test(sentences_name_the_keys_that_are_bound),
    };

    return cmocka_run_group_tests_name("action", tests, NULL, NULL);
}
