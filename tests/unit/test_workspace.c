/* Workspaces as files: what is written is read again, what is wrong is named with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/model/workspace.h"

static int parse(const char *bytes, struct workspace *w, char line[640])
{
    struct json_text text = {0};
    struct err err = {0};
    int r = json_text_parse(mem_copy(bytes, strlen(bytes) + 1), strlen(bytes), "x.json", &text,
                            &err);

    if (r == 0)
        r = workspace_parse(&text, w, &err);
    json_text_done(&text);
    err_format(&err, line, 640);
    return r;
}

static const char whole[] = "{\n"
                            "  \"schema\": 1,\n"
                            "  \"servers\": [\n"
                            "    \"serve echo tcp://127.0.0.1:65432\"\n"
                            "  ],\n"
                            "  \"sessions\": [\n"
                            "    \"connect tcp://127.0.0.1:65432 --tag \\\"a\\\"\",\n"
                            "    \"connect udp://[::1]:53\"\n"
                            "  ],\n"
                            "  \"filters\": {\n"
                            "    \"sockets\": \"port 65432\",\n"
                            "    \"packets-2\": \"flags syn\",\n"
                            "    \"capture\": \"tcp\"\n"
                            "  },\n"
                            "  \"view\": {\n"
                            "    \"screen\": \"packets\",\n"
                            "    \"sockets\": \"tree\",\n"
                            "    \"sort\": \"rtt\",\n"
                            "    \"descending\": true,\n"
                            "    \"columns\": \"netid,rtt\",\n"
                            "    \"sums\": \"recvq\",\n"
                            "    \"sums_descending\": true\n"
                            "  },\n"
                            "  \"layout\": {\n"
                            "    \"sockets\": {\n"
                            "      \"preset\": \"list\",\n"
                            "      \"split\": \"journal\",\n"
                            "      \"sizes\": {\n"
                            "        \"packets\": {\n"
                            "          \"rows\": 3,\n"
                            "          \"columns\": -4\n"
                            "        }\n"
                            "      }\n"
                            "    }\n"
                            "  }\n"
                            "}\n";

static void what_is_written_is_read_again(void **state)
{
    struct workspace w = {0};
    struct json_writer out = {0};
    char line[640];
    (void)state;

    assert_int_equal(parse(whole, &w, line), 0);
    assert_int_equal(w.n_lines, 3);
    assert_true(w.lines[0].server && !w.lines[1].server);
    assert_int_equal(w.lines[2].line, 8);
    assert_string_equal(w.capture_filter, "tcp");
    assert_string_equal(w.packet_filters[0], "");
    assert_string_equal(w.packet_filters[1], "flags syn");
    assert_string_equal(w.view.sums, "recvq");
    assert_true(w.view.sums_descending);
    assert_true(w.view.descending);
    assert_string_equal(w.screens[0].split, "journal");
    assert_int_equal(w.screens[0].panes[0].columns, -4);
    workspace_write(&w, &out);
    assert_int_equal(out.len, sizeof(whole) - 1);
    assert_memory_equal(out.bytes, whole, out.len);
    free(out.bytes);
    workspace_done(&w);
}

static void servers_come_first_wherever_they_stand(void **state)
{
    struct workspace w = {0};
    char line[640];
    (void)state;

    assert_int_equal(parse("{\"sessions\": [\"connect :1\", \"connect :2\"], \"schema\": 1,"
                           "\"servers\": [\"serve echo :1\", \"serve echo :2\"]}",
                           &w, line),
                     0);
    assert_string_equal(w.lines[0].text, "serve echo :1");
    assert_string_equal(w.lines[1].text, "serve echo :2");
    assert_string_equal(w.lines[2].text, "connect :1");
    workspace_done(&w);
}

static void what_is_wrong_is_named_with_its_place(void **state)
{
    static const struct {
        const char *bytes, *line;
    } cases[] = {
        {"{\n\"schema\": 1,\n\"sevrers\": []}", "x.json:3: sevrers: there is no such field"},
        {"{\"schema\": 2, \"new\": 1}",
         "x.json:1: schema: it is of version 2; this sockeye knows version 1"},
        {"{\"layout\": {}}", "x.json:1: schema: it is missing: 1 is this version"},
        {"{\"schema\": 1,\n\"servers\": [\n\"quit\"]}",
         "x.json:3: servers[0]: the command is to be serve"},
        {"{\"schema\": 1,\n\"sessions\": [\"connect :1\",\n\"connect\"]}",
         "x.json:3: sessions[1]: "},
        {"{\"schema\": 1, \"sessions\": [\"connect tcp://h:99999\"]}", "99999"},
        {"{\"schema\": 1, \"view\": {\"descending\": 1}}",
         "x.json:1: view.descending: it is to be true or false"},
        {"{\"schema\": 1, \"view\": {\"sort\": \"a\", \"sort\": \"b\"}}",
         "x.json:1: view.sort: it stands there already"},
        {"{\"schema\": 1,\n\"layout\": {\"sockets\": {\n\"sizes\": {\"bytes\":\n{\"rows\": "
         "1.5}}}}}",
         "x.json:4: layout.sockets.sizes.bytes.rows: it is to be a whole number"},
        {"{\"schema\": 1, \"layout\": {\"sockets\": 3}}",
         "x.json:1: layout.sockets: it is to be an object"},
        {"{\"schema\": 1, \"filters\": {\"sockets\": \"\\u001b[2J\"}}",
         "filters.sockets: it holds characters that cannot be shown"},
        {"[]", "x.json:1: it is to be an object"},
        {"{\"schema\": 1", "it is no JSON from line 1 on"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct workspace w = {0};
        char line[640];

        assert_int_equal(parse(cases[i].bytes, &w, line), -EINVAL);
        if (!strstr(line, cases[i].line))
            fail_msg("\"%s\" does not say \"%s\"", line, cases[i].line);
        assert_int_equal(w.n_lines, 0);
    }
}

static void there_is_a_limit_to_what_is_kept(void **state)
{
    struct workspace w = {0};
    (void)state;

    for (int i = 0; i < WORKSPACE_LINES; i++)
        assert_true(workspace_add(&w, false, "connect :1"));
    assert_false(workspace_add(&w, false, "connect :1"));
    workspace_done(&w);
}

static void a_file_is_its_owner_s_alone(void **state)
{
    char folder[] = "/tmp/workspace.XXXXXX", path[64];
    struct workspace w = {.has_layout = true}, again = {0};
    struct err err = {0};
    struct stat st;
    (void)state;

    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/a.json", folder);
    workspace_add(&w, true, "serve echo tcp://127.0.0.1:1");
    assert_int_equal(workspace_save(&w, path, &err), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(workspace_read(path, &again, &err), 0);
    assert_string_equal(again.lines[0].text, w.lines[0].text);
    assert_int_equal(workspace_save(&w, folder, &err), -EISDIR);
    assert_int_equal(workspace_read("/no/such", &again, &err), -ENOENT);
    workspace_done(&again);
    workspace_done(&w);
    unlink(path);
    rmdir(folder);
}

/* Every member that is written is one of the schema. */
static void expect_members(const cJSON *item, const cJSON *schema)
{
    const cJSON *properties = cJSON_GetObjectItem(schema, "properties"), *member;

    cJSON_ArrayForEach(member, item)
    {
        const cJSON *of = properties ? cJSON_GetObjectItem(properties, member->string)
                                     : cJSON_GetObjectItem(schema, "additionalProperties");

        assert_non_null(of);
        if (cJSON_IsObject(member))
            expect_members(member, of);
    }
}

static void the_schema_has_every_field(void **state)
{
    struct json_text schema = {0};
    cJSON *file = cJSON_Parse(whole);
    (void)state;

    assert_int_equal(json_text_share("workspace.schema.json", &schema, NULL), 0);
    expect_members(file, schema.root);
    cJSON_Delete(file);
    json_text_done(&schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(servers_come_first_wherever_they_stand),
        cmocka_unit_test(what_is_wrong_is_named_with_its_place),
        cmocka_unit_test(there_is_a_limit_to_what_is_kept),
        cmocka_unit_test(a_file_is_its_owner_s_alone),
        cmocka_unit_test(the_schema_has_every_field),
    };

    return cmocka_run_group_tests_name("workspace", tests, NULL, NULL);
}
