/* The command palette: all that there is can be found and done from it. */
#include "tests/unit/consoles.h"

#define CONTROL_P 0x10

static bool lists(struct fixture *f, const char *text)
{
    console_draw(&f->c);
    for (int row = 0; row < surface_rows(f->c.surface); row++)
        if (strstr(surface_row(f->c.surface, row), text))
            return true;
    return false;
}

static void find(struct fixture *f, const char *text)
{
    console_key(&f->c, CONTROL_P);
    assert_int_equal(f->c.mode, MODE_PALETTE);
    type(f, text);
}

static void expect_found(struct fixture *f, const char *name)
{
    char line[80];

    find(f, name);
    snprintf(line, sizeof(line), " > %s ", name);
    if (!lists(f, line))
        fail_msg("%s is not the first that its name finds", name);
    console_key(&f->c, KEYS_ESCAPE);
    assert_int_equal(f->c.mode, MODE_KEYS);
}

static void everything_is_found_by_its_name(void **state)
{
    struct fixture *f = *state;
    char name[64];

    resize(f, 24, 80);
    for (int a = ACTION_NONE + 1; a < ACTION_COUNT; a++)
        expect_found(f, actions[a].name);
    for (int v = 0; v < VERB_COUNT; v++) {
        snprintf(name, sizeof(name), ":%s", verbs[v].name);
        expect_found(f, name);
    }
    for (int s = 0; s < SETTING_COUNT; s++) {
        snprintf(name, sizeof(name), "setting %s", setting_infos[s].name);
        expect_found(f, name);
    }
}

static void the_first_shows_its_key_and_what_it_does(void **state)
{
    struct fixture *f = *state;

    find(f, "invert");
    assert_true(lists(f, " > sort-invert                I              invert the order"));
    assert_true(lists(f, "find: invert"));
    type(f, "zzz");
    assert_true(lists(f, "nothing fits"));
    console_key(&f->c, KEYS_ENTER); /* does nothing */
    assert_int_equal(f->c.mode, MODE_PALETTE);
}

static void enter_does_an_action(void **state)
{
    struct fixture *f = *state;

    find(f, "journal");
    console_key(&f->c, KEYS_ENTER);
    assert_int_equal(f->c.mode, MODE_KEYS);
    assert_int_equal(f->c.screen, SCREEN_JOURNAL);
    find(f, "open session");
    console_key(&f->c, KEYS_ENTER);
    assert_int_equal(f->c.mode, MODE_COMMAND);
    assert_string_equal(f->c.command.text, "connect ");
}

static void a_command_with_words_fills_the_prompt(void **state)
{
    struct fixture *f = *state;

    find(f, ":view");
    console_key(&f->c, KEYS_ENTER);
    assert_int_equal(f->c.mode, MODE_COMMAND);
    assert_string_equal(f->c.command.text, "view ");
    assert_true(f->c.completion.n > 0);
    console_key(&f->c, KEYS_ESCAPE);
    find(f, ":help");
    console_key(&f->c, KEYS_ENTER);
    assert_int_equal(f->c.screen, SCREEN_HELP);
}

static void a_setting_fills_the_prompt(void **state)
{
    struct fixture *f = *state;

    find(f, "setting times");
    assert_true(lists(f, "setting times              elapsed"));
    console_key(&f->c, KEYS_ENTER);
    assert_string_equal(f->c.command.text, "setting times ");
    type(f, "clock");
    console_key(&f->c, KEYS_ENTER);
    assert_int_equal(config_choice(&f->config, SETTING_TIMES), TIMES_CLOCK);
}

static void keys_move_within_the_list(void **state)
{
    struct fixture *f = *state;
    size_t n;

    find(f, "");
    n = f->c.palette.n;
    assert_int_equal(n, ACTION_COUNT - 1 + VERB_COUNT + SETTING_COUNT);
    console_key(&f->c, KEYS_UP);
    assert_int_equal(f->c.palette.cursor, 0);
    console_key(&f->c, KEYS_DOWN);
    assert_int_equal(f->c.palette.cursor, 1);
    for (int i = 0; i < 50; i++)
        console_key(&f->c, KEYS_PGDN);
    assert_int_equal(f->c.palette.cursor, n - 1);
    assert_true(lists(f, " > setting log"));
    type(f, "q"); /* the best is chosen anew */
    assert_int_equal(f->c.palette.cursor, 0);
    console_key(&f->c, KEYS_BACKSPACE);
    assert_int_equal(f->c.palette.n, n);
}

static void it_is_drawn_at_every_size(void **state)
{
    static const int sizes[][2] = {{1, 1}, {2, 10}, {3, 20}, {5, 30}, {24, 80}, {60, 200}};
    struct fixture *f = *state;

    find(f, "");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        resize(f, sizes[i][0], sizes[i][1]);
        console_draw(&f->c);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(everything_is_found_by_its_name),
        TEST(the_first_shows_its_key_and_what_it_does),
        TEST(enter_does_an_action),
        TEST(a_command_with_words_fills_the_prompt),
        TEST(a_setting_fills_the_prompt),
        TEST(keys_move_within_the_list),
        TEST(it_is_drawn_at_every_size),
    };

    return cmocka_run_group_tests_name("palette", tests, NULL, NULL);
}
