/* Settings changed while the console runs: what is shown, what follows, what is written. */
#include "tests/unit/consoles.h"

#include <sys/stat.h>
#include <unistd.h>

static bool lists(struct fixture *f, const char *text)
{
    console_draw(&f->c);
    for (int row = 0; row < surface_rows(f->c.surface); row++)
        if (strstr(surface_row(f->c.surface, row), text))
            return true;
    return false;
}

static void choose(struct fixture *f, enum setting setting)
{
    console_key(&f->c, 'S');
    assert_int_equal(f->c.screen, SCREEN_SETTINGS);
    console_key(&f->c, 'g');
    for (int i = 0; i < (int)setting; i++)
        console_key(&f->c, KEYS_DOWN);
}

static void every_setting_is_shown_with_its_meaning(void **state)
{
    struct fixture *f = *state;
    char line[80];

    for (int i = 0; i < SETTING_COUNT; i++) {
        choose(f, (enum setting)i);
        snprintf(line, sizeof(line), " %-30s %-16s default", setting_infos[i].name,
                 setting_infos[i].initial[0] ? setting_infos[i].initial : "-");
        if (!lists(f, line))
            fail_msg("%s is not listed", setting_infos[i].name);
        snprintf(line, sizeof(line), "%.40s", setting_infos[i].help);
        if (!lists(f, line))
            fail_msg("%s is not explained", setting_infos[i].name);
    }
}

static void a_theme_and_ascii_show_at_once(void **state)
{
    struct fixture *f = *state;

    setenv("XDG_CONFIG_HOME", "/no/such/folder", 1);
    choose(f, SETTING_THEME);
    console_key(&f->c, KEYS_RIGHT);
    assert_string_equal(f->theme.name, "high-contrast");
    assert_ptr_equal(dressed.theme, &f->theme);
    console_key(&f->c, KEYS_LEFT);
    console_key(&f->c, KEYS_LEFT);
    assert_string_equal(config_text(&f->config, SETTING_THEME), "colour-blind");
    assert_true(lists(f, " theme                          colour-blind     changed here"));
    choose(f, SETTING_ASCII);
    console_key(&f->c, KEYS_ENTER);
    assert_true(dressed.ascii);
    assert_true(lists(f, "-- settings: "));
    choose(f, SETTING_COLOURS);
    console_key(&f->c, KEYS_LEFT);
    assert_int_equal(dressed.colours, COLOURS_NONE);
}

static void what_is_typed_begins_in_the_prompt(void **state)
{
    struct fixture *f = *state;

    choose(f, SETTING_REFRESH);
    console_key(&f->c, KEYS_RIGHT);
    assert_int_equal(config_number(&f->config, SETTING_REFRESH), 1);
    console_key(&f->c, KEYS_ENTER);
    assert_int_equal(f->c.mode, MODE_COMMAND);
    assert_string_equal(f->c.command.text, "setting refresh-ms 1");
    type(f, "000");
    console_key(&f->c, KEYS_ENTER);
    assert_int_equal(config_number(&f->config, SETTING_REFRESH), 1000);
    choose(f, SETTING_LOG);
    console_key(&f->c, KEYS_RIGHT);
    assert_string_equal(f->c.command.text, "setting log ");
    console_key(&f->c, KEYS_ESCAPE);
}

static void the_mouse_and_its_command_are_one_setting(void **state)
{
    struct fixture *f = *state;

    mouse_taken = true;
    choose(f, SETTING_MOUSE);
    console_key(&f->c, KEYS_ENTER);
    assert_false(mouse_taken);
    console_line(&f->c, "mouse on");
    assert_true(mouse_taken);
    assert_true(config_on(&f->config, SETTING_MOUSE));
}

static void wrong_values_change_nothing_and_are_told(void **state)
{
    struct fixture *f = *state;

    console_line(&f->c, "setting colours 9");
    assert_true(f->c.model.notice_bad);
    assert_int_equal(f->config.values[SETTING_COLOURS].from, FROM_DEFAULT);
    console_line(&f->c, "setting colour 16");
    assert_non_null(strstr(f->c.model.notice, "did you mean colours?"));
    console_line(&f->c, "theme ../../etc/passwd");
    assert_non_null(strstr(f->c.model.notice, "there is no such theme"));
    assert_string_equal(f->theme.name, "mono");
    console_line(&f->c, "setting times");
    assert_non_null(strstr(f->c.model.notice, "times is elapsed (default): how times"));
}

static void the_file_is_written_when_it_was_agreed_to(void **state)
{
    struct fixture *f = *state;
    char folder[] = "/tmp/sockeye-settings.XXXXXX", text[64] = "";
    FILE *in;

    assert_non_null(mkdtemp(folder));
    console_line(&f->c, "setting write");
    assert_non_null(strstr(f->c.model.notice, "there is no file to write to"));
    snprintf(f->config.file, sizeof(f->config.file), "%s/config.json", folder);
    console_line(&f->c, "setting history 5");
    choose(f, SETTING_THEME);
    console_key(&f->c, 'w');
    assert_int_equal(f->c.mode, MODE_ASK);
    console_key(&f->c, 'n');
    assert_int_equal(access(f->config.file, F_OK), -1);
    console_key(&f->c, 'w');
    console_key(&f->c, 'y');
    in = fopen(f->config.file, "r");
    assert_non_null(in);
    assert_true(fread(text, 1, sizeof(text) - 1, in) > 0);
    fclose(in);
    assert_string_equal(text, "{\n  \"history\": 5\n}\n");
    assert_int_equal(f->config.values[SETTING_HISTORY].from, FROM_FILE);
    unlink(f->config.file);
    rmdir(folder);
}

/* The settings' cursor on the keys of an action. */
static void choose_keys(struct fixture *f, enum action action)
{
    choose(f, (enum setting)(SETTING_COUNT + action - 1));
}

static void a_key_is_bound_by_pressing_it(void **state)
{
    struct fixture *f = *state;

    choose_keys(f, ACTION_HELP);
    assert_true(lists(f, " keys.help                      ? F1             default"));
    assert_true(lists(f, "what every key and command does. Enter, then the new key"));
    console_key(&f->c, KEYS_ENTER);
    assert_int_equal(f->c.mode, MODE_BIND);
    assert_true(lists(f, "the new key for help: press it"));
    console_key(&f->c, KEYS_F1 + 10);
    assert_int_equal(f->c.mode, MODE_KEYS);
    assert_string_equal(f->c.model.notice,
                        "help is bound to ? F11; w in the settings writes that down");
    f->c.notice_gone_ns = f->c.model.notice_ns;
    assert_true(lists(f, " keys.help                      ? F11            changed here"));
    assert_true(row_holds(f, 23, "F11 help"));
    assert_int_equal(action_of_key(KEYS_F1), ACTION_NONE);
    console_key(&f->c, KEYS_LEFT);
    assert_true(lists(f, " keys.help                      ? F1             default"));
    assert_int_equal(f->config.n_bindings, 0);
}

static void a_key_that_another_action_has_is_told(void **state)
{
    struct fixture *f = *state;

    choose_keys(f, ACTION_OPEN);
    console_key(&f->c, KEYS_ENTER);
    console_key(&f->c, 'L');
    assert_string_equal(f->c.model.notice,
                        "L is a key of serve already: give that one another key first");
    assert_int_equal(f->c.screen, SCREEN_SETTINGS);
    console_key(&f->c, KEYS_ENTER);
    console_key(&f->c, 'o');
    assert_string_equal(f->c.model.notice, "o is a key of open already");
    console_key(&f->c, KEYS_ENTER);
    console_key(&f->c, 's' - 'a' + 1);
    assert_string_equal(f->c.model.notice,
                        "keys.open: C-s is the terminal's: it stops the output");
    console_key(&f->c, KEYS_ENTER);
    console_key(&f->c, KEYS_ESCAPE);
    assert_int_equal(f->c.mode, MODE_KEYS);
    assert_string_equal(action_keys(ACTION_OPEN), "o");
    assert_int_equal(f->config.n_bindings, 0);
}

static void keys_are_set_by_a_command_and_written(void **state)
{
    struct fixture *f = *state;
    char folder[] = "/tmp/sockeye-settings.XXXXXX", text[160] = "";
    FILE *in;

    assert_non_null(mkdtemp(folder));
    snprintf(f->config.file, sizeof(f->config.file), "%s/config.json", folder);
    console_line(&f->c, "setting keys.open F11  C-x");
    assert_string_equal(action_keys(ACTION_OPEN), "F11 C-x");
    console_line(&f->c, "setting keys.hex none");
    assert_string_equal(action_keys(ACTION_HEX), "");
    console_line(&f->c, "setting keys.serve blah");
    assert_true(f->c.model.notice_bad);
    assert_non_null(strstr(f->c.model.notice, "keys.serve: blah is no key"));
    console_line(&f->c, "setting keys.opne x");
    assert_string_equal(f->c.model.notice, "setting keys: there is no action 'opne'");
    console_line(&f->c, "setting write now");
    in = fopen(f->config.file, "r");
    assert_non_null(in);
    assert_true(fread(text, 1, sizeof(text) - 1, in) > 0);
    fclose(in);
    assert_string_equal(text, "{\n  \"keys\": {\n    \"open\": [\"F11\", \"C-x\"],\n"
                              "    \"hex\": []\n  }\n}\n");
    unlink(f->config.file);
    rmdir(folder);
    console_line(&f->c, "setting keys.hex usual");
    console_line(&f->c, "setting keys.open o");
    assert_int_equal(f->config.n_bindings, 0);
    assert_string_equal(action_keys(ACTION_OPEN), "o");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(every_setting_is_shown_with_its_meaning),
        TEST(a_theme_and_ascii_show_at_once),
        TEST(what_is_typed_begins_in_the_prompt),
        TEST(the_mouse_and_its_command_are_one_setting),
        TEST(wrong_values_change_nothing_and_are_told),
        TEST(the_file_is_written_when_it_was_agreed_to),
        TEST(a_key_is_bound_by_pressing_it),
        TEST(a_key_that_another_action_has_is_told),
        TEST(keys_are_set_by_a_command_and_written),
    };

    return cmocka_run_group_tests_name("settings_panel", tests, NULL, NULL);
}
