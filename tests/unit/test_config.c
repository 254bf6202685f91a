/* The configuration file: what is taken, what is refused and where it stands, and its schema. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/xdg.h"
#include "core/model/config.h"
#include "core/model/config_file.h"

static int parse(struct config *c, const char *text, struct err *err)
{
    struct json_text t = {0};
    int r = json_text_parse(mem_copy(text, strlen(text)), strlen(text), "config.json", &t, err);

    config_init(c);
    if (r == 0)
        r = config_parse(c, &t, err);
    json_text_done(&t);
    return r;
}

static void expect_refused(const char *text, const char *sentence)
{
    struct config *c = mem_new(1, sizeof(*c));
    struct err err = {0};
    char line[4 * ERR_TEXT_BYTES];

    assert_int_equal(parse(c, text, &err), -EINVAL);
    err_format(&err, line, sizeof(line));
    assert_string_equal(line, sentence);
    free(c);
}

/* --- reading ---------------------------------------------------------------------------- */

static void settings_and_keys_are_taken(void **state)
{
    static struct config c;
    (void)state;

    assert_int_equal(parse(&c,
                           "{\"theme\": \"light\",\n\"ascii\": true, \"refresh-ms\": 500,\n"
                           "\"colours\": \"16\", \"log\": \"\",\n"
                           "\"keys\": {\n \"open\": [\"C-x\", \"F5\"],\n\"view\": []}}",
                           NULL),
                     0);
    assert_string_equal(config_text(&c, SETTING_THEME), "light");
    assert_int_equal(c.values[SETTING_THEME].from, FROM_FILE);
    assert_int_equal(c.values[SETTING_THEME].line, 1);
    assert_true(config_on(&c, SETTING_ASCII));
    assert_int_equal(c.values[SETTING_ASCII].line, 2);
    assert_int_equal(config_number(&c, SETTING_REFRESH), 500);
    assert_int_equal(config_choice(&c, SETTING_COLOURS), COLOURS_16);
    assert_int_equal(config_choice(&c, SETTING_TIMES), TIMES_ELAPSED);
    assert_int_equal(c.values[SETTING_TIMES].from, FROM_DEFAULT);
    assert_int_equal(c.n_bindings, 2);
    assert_string_equal(c.bindings[0].action, "open");
    assert_int_equal(c.bindings[0].line, 5);
    assert_int_equal(c.bindings[0].n, 2);
    assert_string_equal(c.bindings[0].keys[1], "F5");
    assert_int_equal(c.bindings[1].n, 0);
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
    (void)state;
    expect_refused("{\n\n\"them\": \"x\"}",
                   "config.json:3: them: there is no such setting; did you mean theme?");
    expect_refused("{\"xyzzy\": 1}", "config.json:1: xyzzy: there is no such setting");
    expect_refused("{\n\"ascii\": 1}",
                   "config.json:2: ascii: true or false is due, this is a number");
    expect_refused("{\"theme\": null}", "config.json:1: theme: a string is due, this is null");
    expect_refused("{\"theme\": \"\"}", "config.json:1: theme: it is empty");
    expect_refused("{\"theme\": \"a\\u001bb\"}",
                   "config.json:1: theme: it has characters that cannot be shown");
    expect_refused("{\"colours\": \"8\"}",
                   "config.json:1: colours: it is auto, true, 256, 16 or none, not '8'");
    expect_refused("{\"refresh-ms\": -1}",
                   "config.json:1: refresh-ms: it is a whole number from 0 to 60000, not '-1'");
    expect_refused(
        "{\"refresh-ms\": 1.5}",
        "config.json:1: refresh-ms: it is a whole number from 0 to 60000, not '1.5'");
    expect_refused("{\"history\": 1e30}",
                   "config.json:1: history: it is a whole number from 0 to 200, not '1e+30'");
    expect_refused("{\"ascii\": true,\n\"ascii\": false}",
                   "config.json:2: ascii: it stands in line 1 already");
    expect_refused("{\"keys\": []}", "config.json:1: keys: an object is due, this is an array");
    expect_refused("{\"keys\": {\n\"open\": \"x\"}}",
                   "config.json:2: keys.open: an array of keys is due, this is a string");
    expect_refused("{\"keys\": {\"open\": [1]}}",
                   "config.json:1: keys.open: a string is due, this is a number");
    expect_refused("{\"keys\": {\"open\": [\"\"]}}",
                   "config.json:1: keys.open: this is no name of a key");
    expect_refused("{\"keys\": {\"open\": [],\n\"open\": []}}",
                   "config.json:2: keys.open: it stands in line 1 already");
    expect_refused(
        "{\"keys\": {\"open\": [\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]}}",
        "config.json:1: keys.open: an action has at most 8 keys");
    expect_refused("[1]", "config.json:1: an object is due, this is an array");
    expect_refused("{\n\"ascii\": tru}", "read config.json: it is no JSON from line 2 on");
    expect_refused("", "read config.json: it is no JSON from line 1 on");
}

static void the_line_stands_behind_the_longest_path(void **state)
{
    struct err err = {0};
    char path[2000], line[4 * ERR_TEXT_BYTES];
    (void)state;

    memset(path, 'a', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    config_wrong(path, 123456, path, &err, "%s", "wrong");
    err_format(&err, line, sizeof(line));
    assert_non_null(strstr(line, "aaa:123456: aaa"));
    assert_memory_equal(line, "...aaa", 6);
    assert_non_null(strstr(line, "aaa: wrong"));
}

/* --- one setting ------------------------------------------------------------------------ */

static void a_refused_value_leaves_the_one_before(void **state)
{
    static struct config c;
    struct err err = {0};
    (void)state;

    config_init(&c);
    assert_int_equal(config_set(&c, SETTING_ASCII, "on", FROM_HERE, NULL), 0);
    assert_int_equal(config_set(&c, SETTING_ASCII, "yes", FROM_FILE, &err), -EINVAL);
    assert_true(config_on(&c, SETTING_ASCII));
    assert_int_equal(c.values[SETTING_ASCII].from, FROM_HERE);
    assert_string_equal(err.reason, "it is on or off, not 'yes'");
    assert_int_equal(setting_by_name("them", &err), SETTING_COUNT);
    assert_string_equal(err.hint, "did you mean theme?");
}

static void expect_step(enum setting setting, const char *from, bool back, const char *to)
{
    char text[CONFIG_TEXT_BYTES];

    assert_true(setting_step(setting, from, back, text));
    assert_string_equal(text, to);
    assert_int_equal(setting_check(setting, text, NULL), 0);
}

static void values_step_within_their_limits(void **state)
{
    char text[CONFIG_TEXT_BYTES];
    (void)state;

    expect_step(SETTING_ASCII, "on", false, "off");
    expect_step(SETTING_COLOURS, "auto", false, "true");
    expect_step(SETTING_COLOURS, "none", false, "auto");
    expect_step(SETTING_COLOURS, "auto", true, "none");
    expect_step(SETTING_REFRESH, "0", false, "1");
    expect_step(SETTING_REFRESH, "0", true, "0");
    expect_step(SETTING_REFRESH, "500", false, "1000");
    expect_step(SETTING_REFRESH, "700", false, "1000");
    expect_step(SETTING_REFRESH, "700", true, "500");
    expect_step(SETTING_REFRESH, "50000", false, "60000");
    expect_step(SETTING_REFRESH, "60000", false, "60000");
    assert_false(setting_step(SETTING_LOG, "x", false, text));
}

static void every_default_is_a_value_of_its_setting(void **state)
{
    (void)state;
    for (int i = 0; i < SETTING_COUNT; i++) {
        assert_int_equal(setting_check((enum setting)i, setting_infos[i].initial, NULL), 0);
        assert_int_equal(setting_by_name(setting_infos[i].name, NULL), i);
        assert_true(strlen(setting_infos[i].help) > 0);
    }
}

/* --- writing ---------------------------------------------------------------------------- */

static void what_is_written_is_read_again(void **state)
{
    static struct config c, again;
    struct json_writer w = {0};
    struct json_text text = {0};
    (void)state;

    assert_int_equal(
        parse(&c,
              "{\"$schema\": \"file:///x\", \"theme\": \"a \\\"b\\\"\", \"mouse\": false,"
              "\"history\": 7, \"keys\": {\"open\": [\"\\\\\", \"F5\"], \"hex\": []}}",
              NULL),
        0);
    config_write(&c, &w);
    json_write(&w, "", 1);
    assert_string_equal(w.bytes,
                        "{\n  \"$schema\": \"file:///x\",\n  \"theme\": \"a \\\"b\\\"\",\n"
                        "  \"mouse\": false,\n  \"history\": 7,\n  \"keys\": {\n"
                        "    \"open\": [\"\\\\\", \"F5\"],\n    \"hex\": []\n  }\n}\n");
    assert_int_equal(json_text_parse(w.bytes, w.len - 1, "again", &text, NULL), 0);
    config_init(&again);
    assert_int_equal(config_parse(&again, &text, NULL), 0);
    json_text_done(&text);
    for (int i = 0; i < SETTING_COUNT; i++)
        assert_string_equal(again.values[i].text, c.values[i].text);
    assert_int_equal(again.n_bindings, 2);
    assert_string_equal(again.bindings[0].keys[0], "\\");
}

static void it_is_saved_where_it_belongs_and_through_links(void **state)
{
    static struct config c, again;
    char folder[] = "/tmp/sockeye-config.XXXXXX", path[PATH_MAX], other[PATH_MAX + 8];
    struct stat st;
    struct err err = {0};
    (void)state;

    assert_non_null(mkdtemp(folder));
    setenv("XDG_CONFIG_HOME", folder, 1);
    config_init(&c);
    assert_int_equal(config_load(&c, NULL, &err), 0);
    config_set(&c, SETTING_THEME, "light", FROM_HERE, NULL);
    assert_int_equal(config_save(&c, &err), 0);
    assert_int_equal(c.values[SETTING_THEME].from, FROM_FILE);
    assert_non_null(xdg_path(XDG_CONFIG, "config.json", path));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    snprintf(other, sizeof(other), "%s.real", path);
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(symlink(other, path), 0);
    config_set(&c, SETTING_THEME, "mono", FROM_HERE, NULL);
    assert_int_equal(config_save(&c, &err), 0);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    config_init(&again);
    assert_int_equal(config_load(&again, NULL, &err), 0);
    assert_string_equal(config_text(&again, SETTING_THEME), "mono");
    unlink(path), unlink(other);
    strrchr(path, '/')[0] = '\0';
    rmdir(path), rmdir(folder);
    unsetenv("XDG_CONFIG_HOME");
}

static void a_file_that_was_asked_for_must_be_there(void **state)
{
    static struct config c;
    struct err err = {0};
    (void)state;

    config_init(&c);
    assert_int_equal(config_load(&c, "/no/such/file", &err), -ENOENT);
    assert_string_equal(err.input, "/no/such/file");
    setenv("XDG_CONFIG_HOME", "/no/such", 1);
    assert_int_equal(config_load(&c, NULL, &err), 0);
    setenv("XDG_CONFIG_HOME", "relative", 1); /* is not looked at */
    setenv("HOME", "/no/home", 1);
    assert_int_equal(config_load(&c, NULL, &err), 0);
    assert_string_equal(c.file, "/no/home/.config/sockeye/config.json");
    unsetenv("HOME");
    assert_int_equal(config_load(&c, NULL, &err), 0);
    assert_int_equal(config_save(&c, &err), -ENOENT);
    unsetenv("XDG_CONFIG_HOME");
}

/* --- the schema ------------------------------------------------------------------------- */

static const cJSON *member(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    if (!item)
        fail_msg("%s: there is no %s", object->string ? object->string : "", name);
    return item;
}

static double number(const cJSON *object, const char *name)
{
    return cJSON_GetNumberValue(member(object, name));
}

static const char *text_of(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(member(object, name));
}

static void expect_described(const cJSON *p, const struct setting_info *s)
{
    static const char *const types[] = {[SETTING_SWITCH] = "boolean",
                                        [SETTING_CHOICE] = "string",
                                        [SETTING_NUMBER] = "integer",
                                        [SETTING_TEXT] = "string"};
    const cJSON *initial = member(p, "default");
    int i = 0;

    assert_string_equal(text_of(p, "type"), types[s->kind]);
    assert_string_equal(text_of(p, "description"), s->help);
    switch (s->kind) {
    case SETTING_SWITCH:
        assert_int_equal(cJSON_IsTrue(initial), strcmp(s->initial, "on") == 0);
        return;
    case SETTING_NUMBER:
        assert_true(number(p, "minimum") == (double)s->min);
        assert_true(number(p, "maximum") == (double)s->max);
        assert_true(initial->valuedouble == (double)atoi(s->initial));
        return;
    case SETTING_TEXT:
        assert_true(number(p, "minLength") == (double)s->min);
        assert_true(number(p, "maxLength") == (double)s->max);
        break;
    case SETTING_CHOICE:
        for (; s->choices[i]; i++)
            assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(member(p, "enum"), i)),
                                s->choices[i]);
        assert_int_equal(cJSON_GetArraySize(member(p, "enum")), i);
        break;
    }
    assert_string_equal(cJSON_GetStringValue(initial), s->initial);
}

static void the_schema_says_what_the_parser_takes(void **state)
{
    struct json_text t = {0};
    const cJSON *properties, *keys;
    (void)state;

    assert_int_equal(json_text_share("config.schema.json", &t, NULL), 0);
    properties = member(t.root, "properties");
    for (int i = 0; i < SETTING_COUNT; i++)
        expect_described(member(properties, setting_infos[i].name), &setting_infos[i]);
    keys = member(properties, "keys");
    assert_int_equal(cJSON_GetArraySize(properties), SETTING_COUNT + 2);
    assert_true(cJSON_IsFalse(member(t.root, "additionalProperties")));
    assert_true(number(keys, "maxProperties") == CONFIG_BINDINGS);
    keys = member(keys, "additionalProperties");
    assert_true(number(keys, "maxItems") == CONFIG_KEYS);
    assert_true(number(member(keys, "items"), "maxLength") == CONFIG_KEY_BYTES - 1);
    json_text_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_and_keys_are_taken),
        cmocka_unit_test(what_is_wrong_is_told_with_its_line),
        cmocka_unit_test(the_line_stands_behind_the_longest_path),
        cmocka_unit_test(a_refused_value_leaves_the_one_before),
        cmocka_unit_test(values_step_within_their_limits),
        cmocka_unit_test(every_default_is_a_value_of_its_setting),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(it_is_saved_where_it_belongs_and_through_links),
        cmocka_unit_test(a_file_that_was_asked_for_must_be_there),
        cmocka_unit_test(the_schema_says_what_the_parser_takes),
    };

    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
