/* What a name stands for: the question as typed, sources joined with addresses, warnings, and what
 * of it is shown. */
#include "core/model/names.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/report/names.h"

/* ---- the question ------------------------------------------------------------------------ */

static int parse(const char *text, struct names_wish *w, struct err *err)
{
    char copy[512], *words[3] = {copy}, *blank;
    size_t n = 1;

    strcpy(copy, text);
    while ((blank = strchr(words[n - 1], ' '))) {
        *blank = '\0';
        words[n++] = blank + 1;
    }
    return names_wish_parse(n, words, w, err);
}

static void names_are_taken_with_and_without_a_port(void **state)
{
    static const struct {
        const char *text, *name;
        int port; /* -1: none */
    } cases[] = {
        {"localhost", "localhost", -1},
        {"localhost:80", "localhost", 80},
        {"localhost 80", "localhost", 80},
        {"localhost:http", "localhost", 80},
        {"localhost:0", "localhost", 0},
        {"[::1]:80", "::1", 80},
        {"[::1]", "::1", -1},
        {"::1", "::1", -1},
        {"::1 80", "::1", 80},
        {"fe80::1%lo", "fe80::1%lo", -1},
        {"[fe80::1%lo]:80", "fe80::1%lo", 80},
        {"127.0.0.1", "127.0.0.1", -1},
        {"tcp://localhost:80", "localhost", 80},
        {"tcp://localhost", "localhost", -1},
        {"udp://[::1]", "::1", -1},
        {"web.", "web.", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct names_wish w;
        struct err err = {0};

        if (parse(cases[i].text, &w, &err) < 0)
            fail_msg("%s: %s", cases[i].text, err.reason);
        assert_string_equal(w.name, cases[i].name);
        assert_int_equal(w.has_port, cases[i].port >= 0);
        assert_int_equal(w.port, cases[i].port < 0 ? 0 : cases[i].port);
        assert_int_equal(w.timeout_ns, NAMES_TIMEOUT_NS);
    }
}

static void what_is_no_name_is_refused_in_words(void **state)
{
    static const char *const wrong[] = {
        "",
        "*",
        ":80",
        "localhost:",
        "localhost:99999",
        "a b c",
        "a\033[2J",
        "unix:/tmp",
        "[::1",
        "::1::2",
        "a/b",
        "ftp://a",
        "a:no-such-service-",
        "[::g]:1",
        "tcp://",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct names_wish w = {.port = 77};
        struct err err = {0};

        assert_int_equal(parse(wrong[i], &w, &err), -EINVAL);
        assert_int_equal(w.port, 77);
        assert_true(err.reason[0] != '\0');
    }
    assert_int_equal(names_wish_parse(0, NULL, &(struct names_wish){0}, NULL), -EINVAL);
}

/* ---- reports by hand ---------------------------------------------------------------------- */

static struct addr addr_of(const char *ip)
{
    struct addr a = {.family = strchr(ip, ':') ? AF_INET6 : AF_INET};

    assert_int_equal(inet_pton(a.family, ip, a.ip), 1);
    return a;
}

static int set_up(void **state)
{
    struct name_report *r = mem_new(1, sizeof(*r));

    strcpy(r->name, "web");
    strcpy(r->hosts_path, "/etc/hosts");
    strcpy(r->resolv_path, "/etc/resolv.conf");
    r->nsswitch.files = r->nsswitch.dns = true;
    r->answered = true;
    r->timeout_ns = NAMES_TIMEOUT_NS;
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static void add_address(struct name_report *r, const char *ip)
{
    r->addresses[r->n_addresses++].addr = addr_of(ip);
}

static void add_line(struct name_report *r, unsigned line, const char *ip, const char *name)
{
    struct name_finding *f = names_finding(r, NAME_FILE);
    struct name_answer *a = names_answer(r, f);

    f->line = line;
    f->about = a->addr = addr_of(ip);
    a->type = a->addr.family == AF_INET ? DNS_A : DNS_AAAA;
    strcpy(a->name, name);
}

/* What a server says; ip NULL: no such name. */
static struct name_finding *add_dns(struct name_report *r, const char *server,
                                    const char *query, const char *ip)
{
    struct name_finding *f = names_finding(r, NAME_DNS);
    struct name_answer *a;

    f->server = addr_of(server);
    f->server.port = 53;
    strcpy(f->query, query);
    f->type = ip && strchr(ip, ':') ? DNS_AAAA : DNS_A;
    f->rcode = ip ? DNS_NOERROR : DNS_NXDOMAIN;
    f->has_elapsed = true;
    f->elapsed_ns = 1234567;
    if (!ip)
        return f;
    a = names_answer(r, f);
    a->type = f->type;
    a->addr = addr_of(ip);
    a->ttl_s = 60;
    return f;
}

static const struct name_remark *warning(const struct name_report *r, enum name_warning id)
{
    for (size_t i = 0; i < r->n_warnings; i++)
        if (r->warnings[i].id == id)
            return &r->warnings[i];
    return NULL;
}

static void an_address_has_every_source_that_says_it(void **state)
{
    struct name_report *r = *state;

    add_line(r, 3, "10.0.0.1", "web");
    add_dns(r, "10.9.9.9", "web", "10.0.0.1");
    add_dns(r, "10.9.9.8", "web", "10.0.0.1");
    add_address(r, "10.0.0.1");
    add_address(r, "10.0.0.2");
    names_judge(r);
    assert_int_equal(r->addresses[0].n_sources, 3);
    assert_int_equal(r->addresses[0].sources[0], 0);
    assert_int_equal(r->addresses[1].n_sources, 0);
    assert_int_equal(r->n_warnings, 0);
}

static void a_source_the_system_does_not_ask_is_none(void **state)
{
    struct name_report *r = *state;

    r->nsswitch.files = false;
    add_line(r, 3, "10.0.0.1", "web");
    add_dns(r, "10.9.9.9", "web", "10.0.0.1");
    add_address(r, "10.0.0.1");
    names_judge(r);
    assert_int_equal(r->addresses[0].n_sources, 1);
    assert_int_equal(r->addresses[0].sources[0], 1);
}

static void the_source_that_is_asked_first_comes_first(void **state)
{
    struct name_report *r = *state;

    r->nsswitch.dns_first = true;
    add_line(r, 3, "10.0.0.1", "web");
    add_dns(r, "10.9.9.9", "web", "10.0.0.1");
    add_address(r, "10.0.0.1");
    names_judge(r);
    assert_int_equal(r->addresses[0].sources[0], 1);
}

static void names_of_an_address_are_joined_by_name(void **state)
{
    struct name_report *r = *state;
    struct name_finding *pointer;
    struct name_answer *a;

    add_address(r, "10.0.0.1");
    strcpy(r->addresses[0].reverse[0].name, "web");
    r->addresses[0].reverse[0].system = true;
    r->addresses[0].n_reverse = 1;
    r->addresses[0].reverse_state = REVERSE_NAMED;
    add_line(r, 3, "10.0.0.1", "WEB");
    pointer = add_dns(r, "10.9.9.9", "1.0.0.10.in-addr.arpa", NULL);
    pointer->type = DNS_PTR;
    pointer->reverse = true;
    pointer->about = addr_of("10.0.0.1");
    a = names_answer(r, pointer);
    a->type = DNS_PTR;
    strcpy(a->name, "web.example");
    names_judge(r);
    assert_int_equal(r->addresses[0].n_reverse, 2);
    assert_true(r->addresses[0].reverse[0].has_source);
    assert_int_equal(r->addresses[0].reverse[0].source, 0);
    assert_string_equal(r->addresses[0].reverse[1].name, "web.example");
    assert_false(r->addresses[0].reverse[1].system);
}

static void localhost_elsewhere_is_warned_of(void **state)
{
    struct name_report *r = *state;

    strcpy(r->name, "db.LocalHost.");
    add_address(r, "127.0.0.1");
    names_judge(r);
    assert_null(warning(r, WARNING_LOCALHOST));
    add_address(r, "10.0.0.7");
    names_judge(r);
    assert_non_null(strstr(warning(r, WARNING_LOCALHOST)->text, "10.0.0.7"));
}

static void another_name_may_be_anywhere(void **state)
{
    struct name_report *r = *state;

    strcpy(r->name, "notlocalhost");
    add_address(r, "10.0.0.7");
    names_judge(r);
    assert_null(warning(r, WARNING_LOCALHOST));
}

static void hosts_file_against_dns_is_warned_of(void **state)
{
    struct name_report *r = *state;

    add_line(r, 3, "10.0.0.1", "web");
    add_dns(r, "10.9.9.9", "web", "10.0.0.2");
    names_judge(r);
    assert_non_null(strstr(warning(r, WARNING_DISAGREE)->text, "/etc/hosts:3"));
}

static void a_family_only_one_source_knows_is_no_disagreement(void **state)
{
    struct name_report *r = *state;

    add_line(r, 3, "10.0.0.1", "web");
    add_dns(r, "10.9.9.9", "web", "2001:db8::1");
    add_dns(r, "10.9.9.9", "web", NULL);
    names_judge(r);
    assert_int_equal(r->n_warnings, 0);
}

static void servers_that_disagree_are_named(void **state)
{
    struct name_report *r = *state;

    add_dns(r, "10.9.9.9", "web", "10.0.0.2");
    add_dns(r, "10.9.9.8", "web", NULL);
    names_judge(r);
    assert_string_equal(warning(r, WARNING_SERVERS)->text,
                        "the servers disagree about web A: 10.9.9.9:53 says 10.0.0.2, "
                        "10.9.9.8:53 says NXDOMAIN: no such name");
}

static void a_server_that_does_not_answer_does_not_disagree(void **state)
{
    struct name_report *r = *state;

    add_dns(r, "10.9.9.9", "web", "10.0.0.2");
    add_dns(r, "10.9.9.8", "web", NULL)->outcome = NAME_SILENT;
    names_judge(r);
    assert_int_equal(r->n_warnings, 0);
}

static void a_suffix_is_warned_of_where_it_was_used(void **state)
{
    struct name_report *r = *state;

    strcpy(add_dns(r, "10.9.9.9", "web.corp.example", "10.0.0.2")->suffix, "corp.example");
    names_judge(r);
    assert_null(warning(r, WARNING_SUFFIX));
    add_address(r, "10.0.0.2");
    names_judge(r);
    assert_non_null(strstr(warning(r, WARNING_SUFFIX)->text, "web.corp.example"));
}

static void several_addresses_in_the_hosts_file_are_warned_of(void **state)
{
    struct name_report *r = *state;

    add_line(r, 1, "127.0.0.1", "web");
    add_line(r, 2, "::1", "web");
    names_judge(r);
    assert_int_equal(r->n_warnings, 0);
    add_line(r, 9, "10.0.0.1", "web");
    names_judge(r);
    assert_non_null(strstr(warning(r, WARNING_SEVERAL_LINES)->text, "line 9"));
}

static void a_failure_names_the_server_behind_it(void **state)
{
    struct name_report *r = *state;
    char line[ERR_TEXT_BYTES * 4];

    r->eai = EAI_AGAIN;
    add_dns(r, "10.9.9.9", "web", NULL)->outcome = NAME_SILENT;
    names_judge(r);
    err_format(&r->err, line, sizeof(line));
    assert_non_null(strstr(line, "EAI_AGAIN"));
    assert_non_null(strstr(line, "10.9.9.9:53: no answer within 3 s"));
    assert_int_equal(r->err.code, -EAGAIN);
}

static void a_lookup_without_an_answer_says_how_long_it_may_take(void **state)
{
    struct name_report *r = *state;
    char line[ERR_TEXT_BYTES * 4];

    r->answered = false;
    r->resolver = (struct name_resolver){.n_servers = 2, .timeout_s = 5, .attempts = 2};
    names_judge(r);
    err_format(&r->err, line, sizeof(line));
    assert_int_equal(r->err.code, -ETIMEDOUT);
    assert_non_null(strstr(line, "no answer within 3 s"));
    assert_non_null(strstr(line, "up to 20 s"));
}

static void full_stores_count_what_they_leave_out(void **state)
{
    struct name_report *r = *state;
    struct name_finding *f = names_finding(r, NAME_DNS);

    for (int i = 0; i < NAMES_ANSWERS; i++)
        assert_non_null(names_answer(r, f));
    assert_null(names_answer(r, f));
    assert_int_equal(f->answers_left_out, 1);
    while (names_finding(r, NAME_FILE))
        ;
    assert_int_equal(r->n_findings, NAMES_FINDINGS);
    assert_int_equal(r->findings_left_out, 1);
    names_judge(r);
}

/* ---- what is shown ------------------------------------------------------------------------ */

struct page {
    char text[16384];
    size_t used;
};

static int take_line(void *ctx, const char *line)
{
    struct page *p = ctx;

    p->used += (size_t)snprintf(p->text + p->used, sizeof(p->text) - p->used, "%s\n", line);
    return 0;
}

static int refuse_line(void *ctx, const char *line)
{
    (void)line;
    ++*(int *)ctx;
    return -EPIPE;
}

static void hostile_report(struct name_report *r)
{
    strcpy(r->hostname, "vm\033[2J");
    strcpy(r->nsswitch.text, "files\x9b dns");
    r->nsswitch.found = true;
    strcpy(r->name, "w\033eb");
    strcpy(r->canonical, "web\007");
    add_line(r, 3, "10.0.0.1", "w\033[1meb");
    strcpy(add_dns(r, "10.9.9.9", "web.corp", "10.0.0.1")->suffix, "co\nrp");
    strcpy(names_finding(r, NAME_MODULE)->module, "mod\033");
    add_address(r, "10.0.0.1");
    add_address(r, "2001:db8::1");
    r->has_port = true;
    r->port = 80;
    r->n_services = 1;
    r->services[0] = (struct name_service){.name = "ht\033tp", .protocol = "tcp", .line = 7};
    names_judge(r);
}

static void assert_printable(const char *text)
{
    for (const char *c = text; *c; c++)
        assert_true((unsigned char)*c >= ' ' || *c == '\n');
    assert_null(strchr(text, '\033'));
    assert_null(strstr(text, "\xc2\x9b"));
}

static void addresses_are_the_first_lines(void **state)
{
    struct name_report *r = *state;
    struct page page = {.used = 0};

    hostile_report(r);
    assert_int_equal(names_text(r, take_line, &page), 0);
    assert_memory_equal(page.text,
                        "10.0.0.1     IPv4  /etc/hosts:3; 1 more say so\n"
                        "2001:db8::1  IPv6  a source that was not looked into\n\n",
                        strlen("10.0.0.1     IPv4  /etc/hosts:3; 1 more say so\n"
                               "2001:db8::1  IPv6  a source that was not looked into\n\n"));
    assert_printable(page.text);
    assert_non_null(strstr(page.text, "NOERROR, 1 ms"));
}

static void text_ends_with_the_first_line_that_cannot_be_written(void **state)
{
    struct name_report *r = *state;
    int lines = 0;

    hostile_report(r);
    assert_int_equal(names_text(r, refuse_line, &lines), -EPIPE);
    assert_int_equal(lines, 1);
}

static const char *string_at(const cJSON *o, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItem(o, key));
}

static void json_has_the_same_in_a_stable_shape(void **state)
{
    struct name_report *r = *state;
    cJSON *document, *address, *source;
    char *text;

    hostile_report(r);
    document = names_json(r);
    text = cJSON_PrintUnformatted(document);
    assert_printable(text);
    assert_int_equal(cJSON_GetObjectItem(document, "schema")->valueint, 1);
    address = cJSON_GetArrayItem(cJSON_GetObjectItem(document, "addresses"), 0);
    assert_string_equal(string_at(address, "address"), "10.0.0.1");
    assert_string_equal(string_at(address, "family"), "IPv4");
    assert_int_equal(cJSON_GetObjectItem(address, "order")->valueint, 1);
    source = cJSON_GetArrayItem(cJSON_GetObjectItem(address, "sources"), 0);
    assert_string_equal(string_at(source, "kind"), "file");
    assert_int_equal(cJSON_GetObjectItem(source, "line")->valueint, 3);
    source = cJSON_GetArrayItem(cJSON_GetObjectItem(address, "sources"), 1);
    assert_string_equal(string_at(source, "server"), "10.9.9.9:53");
    assert_true(cJSON_GetObjectItem(source, "ms")->valuedouble == 1.234);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(document, "sources")), 3);
    cJSON_free(text);
    cJSON_Delete(document);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_taken_with_and_without_a_port),
        cmocka_unit_test(what_is_no_name_is_refused_in_words),
        TEST(an_address_has_every_source_that_says_it),
        TEST(a_source_the_system_does_not_ask_is_none),
        TEST(the_source_that_is_asked_first_comes_first),
        TEST(names_of_an_address_are_joined_by_name),
        TEST(localhost_elsewhere_is_warned_of),
        TEST(another_name_may_be_anywhere),
        TEST(hosts_file_against_dns_is_warned_of),
        TEST(a_family_only_one_source_knows_is_no_disagreement),
        TEST(servers_that_disagree_are_named),
        TEST(a_server_that_does_not_answer_does_not_disagree),
        TEST(a_suffix_is_warned_of_where_it_was_used),
        TEST(several_addresses_in_the_hosts_file_are_warned_of),
        TEST(a_failure_names_the_server_behind_it),
        TEST(a_lookup_without_an_answer_says_how_long_it_may_take),
        TEST(full_stores_count_what_they_leave_out),
        TEST(addresses_are_the_first_lines),
        TEST(text_ends_with_the_first_line_that_cannot_be_written),
        TEST(json_has_the_same_in_a_stable_shape),
    };

    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
