/* What is said about keys names those that are bound. */
#include "tests/unit/consoles.h"

static void bind_key(const char *action, const char *key)
{
    struct config *c = mem_new(1, sizeof(*c));

    c->n_bindings = 1;
    snprintf(c->bindings[0].action, CONFIG_ACTION_BYTES, "%s", action);
    c->bindings[0].n = 1;
    snprintf(c->bindings[0].keys[0], CONFIG_KEY_BYTES, "%s", key);
    assert_int_equal(keymap_bind(c, NULL), 0);
    free(c);
}

/* The usual keys once more. */
static int unbind(void **state)
{
    struct config *c = mem_new(1, sizeof(*c));

    assert_int_equal(keymap_bind(c, NULL), 0);
    free(c);
    return tear_down(state);
}

static bool says(struct fixture *f, enum screen_id screen, const char *text)
{
    console_go(&f->c, screen);
    console_draw(&f->c);
    for (int row = 0; row < surface_rows(f->c.surface); row++)
        if (strstr(surface_row(f->c.surface, row), text))
            return true;
    return false;
}

static void empty_screens_name_the_key_that_is_bound(void **state)
{
    static const struct {
        enum screen_id screen;
        const char *action, *usual, *bound;
    } cases[] = {
        {SCREEN_HOME, "open", "o opens one, L starts", "C-x opens one, L starts"},
        {SCREEN_SESSIONS, "serve", "L starts a server", "C-x starts a server"},
        {SCREEN_JOURNAL, "open", "o opens a session", "C-x opens a session"},
        {SCREEN_WHY, "ask-why", "e on a socket", "C-x on a socket"},
        {SCREEN_NAMES, "open", "o opens a session", "C-x opens a session"},
        {SCREEN_OPTIONS, "serve", "L starts a server", "C-x starts a server"},
        {SCREEN_COMPOSE, "open", "o opens one", "C-x opens one"},
        {SCREEN_COMPARE, "tag", "Space tags a packet", "C-x tags a packet"},
        {SCREEN_HELP, "search", "help: / searches", "help: C-x searches"},
        {SCREEN_SETTINGS, "save", "w writes the file", "C-x writes the file"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (!says(f, cases[i].screen, cases[i].usual))
            fail_msg("'%s' is not there", cases[i].usual);
        bind_key(cases[i].action, "C-x");
        if (!says(f, cases[i].screen, cases[i].bound))
            fail_msg("'%s' is not there", cases[i].bound);
        bind_key("open", "o");
    }
}

static void notices_and_explanations_do_too(void **state)
{
    struct fixture *f = *state;

    bind_key("search", "C-x");
    type(f, "n");
    assert_string_equal(f->c.model.notice, "nothing to search for: C-x begins");
    bind_key("ask-why", "C-t");
    console_line(&f->c, "explain recvq");
    console_draw(&f->c);
    for (int row = 0; row < 24; row++)
        if (strstr(surface_row(f->c.surface, row), "C-t asks why"))
            return;
    fail_msg("the explanation names another key");
}

static void a_key_that_does_nothing_says_so(void **state)
{
    struct fixture *f = *state;

    type(f, "~");
    assert_string_equal(f->c.model.notice, "~ is no key here: F1 lists them, C-p finds by name");
    type(f, "t");
    assert_string_equal(f->c.model.notice, "t (time-format) does nothing in this pane");
    f->c.model.notice[0] = '\0';
    type(f, "lhjkgG");
    console_key(&f->c, KEYS_ESCAPE);
    assert_string_equal(f->c.model.notice, "");
}

/* Where there is no server to try it with. */
static void what_is_to_be_typed_is_said(void **state)
{
    struct fixture *f = *state;

    type(f, "o");
    assert_non_null(strstr(f->c.model.notice, "HOST:PORT, such as 127.0.0.1:8080"));
    console_key(&f->c, KEYS_ESCAPE);
    type(f, "w");
    assert_non_null(strstr(f->c.model.notice, "3, then w saves packets"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(empty_screens_name_the_key_that_is_bound, set_up,
                                        unbind),
        cmocka_unit_test_setup_teardown(a_key_that_does_nothing_says_so, set_up, unbind),
        cmocka_unit_test_setup_teardown(what_is_to_be_typed_is_said, set_up, unbind),
        cmocka_unit_test_setup_teardown(notices_and_explanations_do_too, set_up, unbind),
    };

    return cmocka_run_group_tests_name("keys_named", tests, NULL, NULL);
}
