/* A scenario's file: what is read, and what is said of one that is wrong. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/share.h"
#include "core/message/json_tree.h"
#include "core/scenario/compare.h"
#include "core/scenario/scenario.h"
#include "core/scenario/template.h"

#define STEP_BEGIN "{\"schema\":1,\"title\":\"t\",\"steps\":[{\"name\":\"one\""
#define STEP_END "}]}"
#define STEP(fields) STEP_BEGIN "," fields STEP_END

static void refused(const char *text, const char *input, const char *reason)
{
    struct scenario *s = NULL;
    struct err err = {0};

    assert_int_equal(scenario_parse(text, strlen(text), "f.json", &s, &err), -EINVAL);
    assert_null(s);
    assert_string_equal(err.input, input);
    if (!strstr(err.reason, reason))
        fail_msg("'%s' is not in '%s'", reason, err.reason);
}

static struct scenario *parsed(const char *text)
{
    struct scenario *s = NULL;
    struct err err = {0};

    if (scenario_parse(text, strlen(text), "a/b/f.json", &s, &err) < 0)
        fail_msg("%s: %s", err.input, err.reason);
    return s;
}

static void what_is_wrong_is_told_with_line_step_and_field(void **state)
{
    (void)state;
    refused("{\n\"schema\": 1,\n\"title\" 2}", "f.json:3", "bad JSON");
    refused("[]", "f.json:1", "no object");
    refused("{\"schema\":1,\"title\":\"t\",\"order\":0.5,\"steps\":[]}", "f.json:1",
            "\"order\" is no number");
    refused("{\"schema\":2,\"title\":\"t\",\"steps\":[]}", "f.json:1", "\"schema\" is not 1");
    refused("{\"schema\":1,\"title\":\"t\",\n\"stepz\":[]}", "f.json:2",
            "\"stepz\" is none of the fields");
    refused(
        "{\"schema\":1,\"title\":\"t\",\n\"steps\":[\n{\"name\":\"one\"},\n{\"name\":\"two\",\n"
        "\"within\":-1}]}",
        "f.json:5", "step 2 (two): \"within\" is no number of seconds");
    refused(STEP("\"do\":\"sing a song\""), "f.json:1",
            "step 1 (one): \"do\" begins with no command");
    refused(STEP("\"do\":\"connect\""), "f.json:1", "\"do\" is no command: endpoint");
    refused(STEP("\"do\":\"quit\""), "f.json:1", "begins with no command");
    refused(STEP("\"as\":\"a\""), "f.json:1", "\"as\" has no do");
    refused(STEP("\"do\":\"connect a:1\",\"as\":[\"a\",\"b\"]"), "f.json:1", "more names");
    refused(STEP("\"do\":[\"connect a:1\",\"connect a:1\"],\"as\":[\"a\",\"a\"]"), "f.json:1",
            "taken already");
    refused(STEP("\"do\":\"connect a:1\",\"as\":\"9\""), "f.json:1", "which is no name");
    refused(STEP("\"do\":\"send ${a} x\""), "f.json:1", "'a', which nothing here is called");
    refused(STEP("\"do\":\"send ${a\""), "f.json:1", "a ${ has no }");
    refused(STEP("\"look\":{\"screen\":\"cellar\"}"), "f.json:1", "is no screen: cellar");
    refused(STEP("\"never\":[{\"error\":\"none\"}]"), "f.json:1", "\"for\" is missing");
}

static void what_is_wrong_in_an_expectation_is_told_with_its_number(void **state)
{
    (void)state;
    refused(STEP("\"expect\":[{\"error\":\"none\"},\n{\"roews\":\"\"}]"), "f.json:2",
            "step 1 (one), expect 2: it has none of session");
    refused(
        STEP("\"do\":\"connect a:1\",\"as\":\"a\",\"expect\":[{\"session\":\"a\",\"stat\":1}]"),
        "f.json:1", "expect 1: \"stat\" is no field of an expectation of \"session\"");
    refused(
        STEP("\"do\":\"connect a:1\",\"as\":\"a\",\"expect\":[{\"server\":\"a\",\"open\":1}]"),
        "f.json:1", "which is no server");
    refused(STEP("\"do\":\"connect a:1\",\"as\":\"a\",\"expect\":[{\"session\":\"a\"}]"),
            "f.json:1", "does not say how the session is to be");
    refused(STEP("\"do\":\"connect "
                 "a:1\",\"as\":\"a\",\"expect\":[{\"session\":\"a\",\"sent\":\"x\"}]"),
            "f.json:1", "\"sent\" cannot be \"x\": it is compared with no number");
    refused(STEP("\"expect\":[{\"rows\":\"sport == ==\"}]"), "f.json:1",
            "\"rows\" is no filter");
    refused(STEP("\"expect\":[{\"packets\":\"flags nonsense\"}]"), "f.json:1", "is no filter");
    refused(STEP("\"expect\":[{\"calls\":\"forget\"}]"), "f.json:1", "none of the calls");
    refused(STEP("\"expect\":[{\"calls\":\"recv\",\"since\":\"ever\"}]"), "f.json:1",
            "\"since\"");
    refused(STEP("\"expect\":[{\"value\":\"1\"}]"), "f.json:1", "\"is\" is missing");
    refused(STEP("\"expect\":[{\"why\":\"1:2:3\",\"cause\":\"x\"}]"), "f.json:1",
            "neither a session");
    refused(STEP("\"for\":1,\"never\":[{\"why\":\"tcp://a:1\",\"cause\":\"x\"}]"), "f.json:1",
            "never 1: \"why\" takes its time");
    refused(STEP("\"expect\":[{\"value\":\"${before.x}\",\"is\":1}]"), "f.json:1",
            "which no step measures");
    refused(STEP("\"measure\":{\"m\":\"a.sent\"}"), "f.json:1", "\"m\" names 'a'");
    refused(STEP("\"do\":\"connect a:1\",\"as\":\"a\",\"measure\":{\"m\":\"a.row.no\"}"),
            "f.json:1", "'no', which is no column");
    refused(
        STEP("\"question\":{\"ask\":\"?\",\"choices\":[{\"text\":\"a\"},{\"text\":\"b\"}]}"),
        "f.json:1", "have no expect");
    refused(STEP("\"question\":{\"ask\":\"?\",\"choices\":[{\"text\":\"a\",\"expect\":"
                 "[{\"packets\":\"\\u0074cp\"}]},{\"text\":\"b\"}]}"),
            "f.json:1", "\"needs\" must have \"capture\"");
}

static void a_scenario_is_read_as_it_stands(void **state)
{
    struct scenario *s =
        parsed("{\"schema\":1,\"title\":\"t\",\"needs\":[\"ipv6\",\"root\"],"
               "\"variables\":{\"n\":5,\"on\":true,\"e\":\"\"},\"steps\":[{\"name\":\"one\","
               "\"prose\":\"p ${n}\",\"do\":[\"serve echo 127.0.0.1:0\",\"connect "
               "127.0.0.1:${w.port}\"],"
               "\"as\":[\"w\",\"c\"],\"within\":0.5,\"for\":0,"
               "\"expect\":[{\"session\":\"c.other\",\"sent\":[\">= ${n}\",1]}],"
               "\"throughout\":[{\"rows\":\"${c.row}\"}],\"measure\":{\"m\":\"c.row.rtt\"}}],"
               "\"cleanup\":\"close all\",\"again\":{\"title\":\"x\",\"variables\":{\"n\":6},"
               "\"compare\":{\"m\":\"rtt\"}}}");
    const struct scenario_step *step = &s->steps[0];

    (void)state;
    assert_string_equal(s->name, "f");
    assert_int_equal(s->needs, NEED_IPV6 | NEED_ROOT);
    assert_true(s->rows && s->lesson && !s->packets);
    assert_string_equal(scenario_variable(s, "n"), "5");
    assert_string_equal(scenario_variable(s, "on"), "true");
    assert_string_equal(scenario_variable(s, "e"), "");
    assert_null(scenario_variable(s, "m"));
    assert_int_equal(step->commands.n, 2);
    assert_string_equal(step->names[1], "c");
    assert_int_equal(step->within_ns, 500000000);
    assert_int_equal(step->expect.list[0].kind, EXPECT_SESSION);
    assert_string_equal(step->expect.list[0].subject, "c.other");
    assert_int_equal(step->expect.list[0].tests[0].n, 2);
    assert_string_equal(step->expect.list[0].tests[0].values[0], ">= ${n}");
    assert_string_equal(step->expect.list[0].tests[0].values[1], "1");
    assert_string_equal(scenario_pair(&s->again->variables, "n"), "6");
    assert_string_equal(s->cleanup.list[0], "close all");
    scenario_free(s);
}

static void only_so_many_sessions_and_servers_have_names(void **state)
{
    char text[16384] = "{\"schema\":1,\"title\":\"t\",\"steps\":[";
    size_t used = strlen(text);

    (void)state;
    /* Two a step: the limit of steps is not met before. */
    for (int i = 0; i <= SCENARIO_THINGS / 2; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used,
                                 "%s{\"name\":\"s\",\"do\":[\"connect a:1\",\"connect a:1\"],"
                                 "\"as\":[\"x%d\",\"y%d\"]}",
                                 i ? "," : "", i, i);
    snprintf(text + used, sizeof(text) - used, "]}");
    refused(text, "f.json:1", "step 33 (s): \"as\" is one name more than 64");
}

static void comparisons_know_numbers_texts_and_states(void **state)
{
    struct figure_value number = {0}, text = {0}, unknown = {0};

    (void)state;
    figure_put_number(&number, 5);
    figure_put_text(&text, "TIME_WAIT");
    assert_true(compare_value("5", FIGURE_NUMBER, &number));
    assert_true(compare_value(">= 5", FIGURE_NUMBER, &number));
    assert_true(compare_value("<6", FIGURE_NUMBER, &number));
    assert_false(compare_value("!= 5", FIGURE_NUMBER, &number));
    assert_false(compare_value("> 5.5", FIGURE_NUMBER, &number));
    assert_true(compare_value("time-wait", FIGURE_TEXT, &text));
    assert_true(compare_value("= time wait", FIGURE_TEXT, &text));
    assert_true(compare_value("~ WAIT", FIGURE_TEXT, &text));
    assert_false(compare_value("~ LISTEN", FIGURE_TEXT, &text));
    assert_false(compare_value("!= 5", FIGURE_NUMBER, &unknown));
    assert_false(compare_value("!= x", FIGURE_TEXT, &unknown));
    assert_true(compare_bytes("~ b\n", "a\0b\nc", 5));
    assert_true(compare_bytes("abc", "abc", 3));
    assert_false(compare_bytes("abc", "abcd", 4));
    assert_non_null(compare_check("yes", FIGURE_FLAG));
    assert_non_null(compare_check("~ 5", FIGURE_NUMBER));
    assert_non_null(compare_check("> a", FIGURE_TEXT));
    assert_null(compare_check("false", FIGURE_FLAG));
}

static void a_template_comes_apart_into_texts_and_references(void **state)
{
    const char *at = "a${b.c}$${d}${e}";
    struct template_piece p;
    char all[100] = "";

    (void)state;
    while (template_next(&at, &p)) {
        if (p.literal)
            strncat(all, p.literal, p.len);
        else
            strcat(strcat(strcat(all, "<"), p.reference), ">");
    }
    assert_string_equal(all, "a<b.c>${d}<e>");
    assert_null(template_check("a$b {c} $${"));
    assert_non_null(template_check("${}"));
    assert_non_null(template_check("${a b}"));
}

static void a_tree_knows_its_lines(void **state)
{
    static const char text[] = "{\n \"a\": [1,\n  \"\\u00e4\"],\n \"b\": {\"c\": null}\n}";
    struct json_node *root;
    struct err err = {0};
    size_t line;

    (void)state;
    assert_int_equal(json_tree_read(text, strlen(text), &root, &line, &err), 0);
    assert_int_equal(json_node_get(root, "a")->line, 2);
    assert_int_equal(json_node_get(root, "a")->n, 2);
    assert_int_equal(json_node_get(root, "a")->first->next->line, 3);
    assert_string_equal(json_node_get(root, "a")->first->next->text, "\xc3\xa4");
    assert_int_equal(json_node_get(json_node_get(root, "b"), "c")->line, 4);
    assert_null(json_node_get(root, "c"));
    json_tree_free(root);
    assert_int_equal(json_tree_read("{\"a\":1,\n\"a\":2}", 15, &root, &line, &err), -EBADMSG);
    assert_int_equal(line, 2);
    assert_non_null(strstr(err.reason, "twice"));
    assert_int_equal(json_tree_read("\"\\u0000\"", 8, &root, &line, &err), -EBADMSG);
}

/* What the page and the schema say is what there is. */
static void every_figure_stands_in_page_and_schema(void **state)
{
    static const char *const files[] = {"doc/scenarios.md", "scenario.schema.json"};

    (void)state;
    for (size_t f = 0; f < 2; f++) {
        const struct figure *figure;
        struct err err = {0};
        char *text, name[80];
        size_t len;

        assert_int_equal(share_read(files[f], &text, &len, &err), 0);
        for (size_t i = 0; (figure = session_figure(i)) != NULL; i++) {
            snprintf(name, sizeof(name), f ? "\"%s\"" : "`%s`", figure->name);
            if (!strstr(text, name))
                fail_msg("%s is not in %s", name, files[f]);
        }
        for (size_t i = 0; (figure = server_figure(i)) != NULL; i++) {
            snprintf(name, sizeof(name), f ? "\"%s\"" : "`%s`", figure->name);
            if (!strstr(text, name))
                fail_msg("%s is not in %s", name, files[f]);
        }
        for (size_t i = 0; i < EXPECT_KINDS; i++) {
            snprintf(name, sizeof(name), f ? "\"%s\"" : "`%s`", expectation_keys[i]);
            if (!strstr(text, name))
                fail_msg("%s is not in %s", name, files[f]);
        }
        free(text);
    }
}

static void every_scenario_that_comes_along_can_be_read(void **state)
{
    static const char *const folders[] = {"lessons", "scenarios"};

    (void)state;
    for (size_t f = 0; f < 2; f++) {
        struct scenario **list;
        struct err err;
        size_t n = scenario_load_all(folders[f], &list, &err);

        if (err.code)
            fail_msg("%s: %s", err.input, err.reason);
        assert_true(n >= (f ? 3 : 14));
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(list[i]->lesson, f == 0);
            assert_int_equal(list[i]->order, f ? 0 : i + 1); /* none stands twice */
            scenario_free(list[i]);
        }
        free(list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_told_with_line_step_and_field),
        cmocka_unit_test(what_is_wrong_in_an_expectation_is_told_with_its_number),
        cmocka_unit_test(a_scenario_is_read_as_it_stands),
        cmocka_unit_test(only_so_many_sessions_and_servers_have_names),
        cmocka_unit_test(comparisons_know_numbers_texts_and_states),
        cmocka_unit_test(a_template_comes_apart_into_texts_and_references),
        cmocka_unit_test(a_tree_knows_its_lines),
        cmocka_unit_test(every_figure_stands_in_page_and_schema),
        cmocka_unit_test(every_scenario_that_comes_along_can_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
