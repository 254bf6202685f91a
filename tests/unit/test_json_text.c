/* Each part of a JSON text is found in its line, and errors name it. */
#include "core/base/json_text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int parse(const char *text, struct json_text *ret, struct err *err)
{
    return json_text_parse(strdup(text), strlen(text), "x.json", ret, err);
}

static const cJSON *member(const cJSON *of, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(of, name);
}

static void each_part_has_its_line(void **state)
{
    struct json_text t;
    struct err err;
    const cJSON *list;

    (void)state;
    assert_int_equal(parse("{\"a\" : 1, \"b, ]\":\n"
                           "  \"x\\\"{[:\\\\\",\n"
                           " \"list\"\n"
                           " :\n"
                           " [1,\n"
                           "  {}, [\n"
                           "  null], {\"in\"\n"
                           ":-1.5e3}],\n"
                           " \"end\": true}\n",
                           &t, &err),
                     0);
    list = member(t.root, "list");
    assert_int_equal(json_text_line(&t, t.root), 1);
    assert_int_equal(json_text_line(&t, member(t.root, "a")), 1);
    assert_int_equal(json_text_line(&t, member(t.root, "b, ]")), 1);
    assert_int_equal(json_text_line(&t, list), 3);
    assert_int_equal(json_text_line(&t, cJSON_GetArrayItem(list, 0)), 5);
    assert_int_equal(json_text_line(&t, cJSON_GetArrayItem(list, 1)), 6);
    assert_int_equal(json_text_line(&t, cJSON_GetArrayItem(list, 2)->child), 7);
    assert_int_equal(json_text_line(&t, cJSON_GetArrayItem(list, 3)), 7);
    assert_int_equal(json_text_line(&t, member(cJSON_GetArrayItem(list, 3), "in")), 7);
    assert_int_equal(json_text_line(&t, member(t.root, "end")), 9);
    assert_int_equal(json_text_line(&t, &(cJSON){0}), 0);
    assert_int_equal(json_text_wrong(&t, member(t.root, "end"), &err, "%d too many", 2),
                     -EINVAL);
    assert_string_equal(err.input, "x.json:9");
    assert_string_equal(err.reason, "2 too many");
    json_text_done(&t);
}

static void what_the_parser_skips_is_no_part(void **state)
{
    const char text[] = "\xef\xbb\xbf{\"a\"\1:\0\0\1\n[\x1f\x1f 1\1,\n\"b\"\0]}";
    struct json_text t;
    char *bytes = malloc(sizeof(text));

    (void)state;
    memcpy(bytes, text, sizeof(text));
    assert_int_equal(json_text_parse(bytes, sizeof(text) - 1, "x.json", &t, NULL), 0);
    assert_int_equal(json_text_line(&t, t.root), 1);
    assert_int_equal(json_text_line(&t, member(t.root, "a")), 1);
    assert_int_equal(json_text_line(&t, cJSON_GetArrayItem(member(t.root, "a"), 0)), 2);
    assert_int_equal(json_text_line(&t, cJSON_GetArrayItem(member(t.root, "a"), 1)), 3);
    json_text_done(&t);
}

static void what_is_no_json_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *text, *reason;
    } cases[] = {
        {"", "no JSON from line 1"},
        {"[1,\n2,\n}", "no JSON from line 3"},
        {"{}\n{}", "no JSON from line 2"},
        {"\"open", "no JSON from line 1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct json_text t;
        struct err err = {0};

        assert_int_equal(parse(cases[i].text, &t, &err), -EINVAL);
        assert_non_null(strstr(err.reason, cases[i].reason));
        assert_string_equal(err.input, "x.json");
    }
}

static void files_are_read_up_to_their_bound(void **state)
{
    struct json_text t;
    struct err err;

    (void)state;
    assert_int_equal(json_text_share("causes.json", &t, &err), 0);
    assert_int_equal(json_text_line(&t, t.root->child), 2);
    assert_int_equal(json_text_read(t.path, 100, &(struct json_text){0}, &err), -EFBIG);
    json_text_done(&t);
    assert_int_equal(json_text_share("nowhere.json", &t, &err), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_part_has_its_line),
        cmocka_unit_test(what_the_parser_skips_is_no_part),
        cmocka_unit_test(what_is_no_json_is_refused_with_its_line),
        cmocka_unit_test(files_are_read_up_to_their_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
