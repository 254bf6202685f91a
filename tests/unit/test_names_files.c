/* The files that name lookups read, as the C library reads them. */
#include "probes/names_files.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct name_report *report_of(const char *name)
{
    struct name_report *r = calloc(1, sizeof(*r));

    assert_non_null(r);
    strcpy(r->name, name);
    return r;
}

static struct name_resolver resolver_of(const char *text)
{
    struct name_resolver r = {0};

    names_read_resolv(text, strlen(text), 53, "host", NULL, NULL, &r);
    return r;
}

static void assert_address(const struct addr *a, const char *text)
{
    char buf[ADDR_TEXT_BYTES];

    assert_string_equal(addr_format_ip(a, buf), text);
}

static void every_line_of_a_name_is_found_with_its_number(void **state)
{
    static const char text[] = "# 10.0.0.9 web\n"
                               "127.0.0.1\tlocalhost\r\n"
                               "10.0.0.1 www.example WEB # web\n"
                               "\n"
                               "nonsense web\n"
                               "2001:db8::1 web";
    struct name_report *r = report_of("web");

    (void)state;
    names_read_hosts(text, sizeof(text) - 1, r);
    assert_int_equal(r->n_findings, 2);
    assert_int_equal(r->findings[0].line, 3);
    assert_address(&r->findings[0].about, "10.0.0.1");
    assert_string_equal(r->answers[r->findings[0].first_answer].name, "www.example");
    assert_int_equal(r->findings[1].line, 6);
    assert_address(&r->findings[1].about, "2001:db8::1");
    free(r);
}

static void lines_of_an_address_are_not_listed_twice(void **state)
{
    static const char text[] = "127.0.0.1 localhost\n127.0.0.1 vm\n127.0.0.2 other\n";
    struct name_report *r = report_of("localhost");

    (void)state;
    names_read_hosts(text, sizeof(text) - 1, r);
    names_read_hosts_of(text, sizeof(text) - 1, &r->findings[0].about, r);
    assert_int_equal(r->n_findings, 2);
    assert_false(r->findings[0].reverse);
    assert_true(r->findings[1].reverse);
    assert_int_equal(r->findings[1].line, 2);
    free(r);
}

static void a_long_list_is_cut_and_counted(void **state)
{
    struct name_report *r = report_of("web");
    char text[NAMES_FINDINGS * 20], *at = text;

    (void)state;
    for (int i = 0; i < NAMES_FINDINGS + 3; i++)
        at += sprintf(at, "10.0.0.1 web\n");
    names_read_hosts(text, (size_t)(at - text), r);
    assert_int_equal(r->n_findings, NAMES_FINDINGS);
    assert_int_equal(r->findings_left_out, 3);
    free(r);
}

static void servers_suffixes_and_options_are_read(void **state)
{
    struct name_resolver r = resolver_of("; comment\n"
                                         "nameserver 10.0.0.1\n"
                                         " nameserver 10.0.0.7\n"
                                         "nameserver fe80::1%lo\n"
                                         "nameserver nonsense\n"
                                         "nameserver 10.0.0.3\nnameserver 10.0.0.4\n"
                                         "domain old.example\n"
                                         "search a.example b.example. .\n"
                                         "options ndots:99 timeout:0 attempts:3 rotate\n");

    (void)state;
    assert_int_equal(r.n_servers, 3);
    assert_int_equal(r.servers_left_out, 1);
    assert_address(&r.servers[0], "10.0.0.1");
    assert_int_equal(r.servers[0].port, 53);
    assert_int_equal(r.servers[1].family, AF_INET6);
    assert_int_equal(r.servers[1].scope, 1);
    assert_address(&r.servers[2], "10.0.0.3");
    assert_int_equal(r.n_suffixes, 2);
    assert_string_equal(r.suffixes[0], "a.example");
    assert_string_equal(r.suffixes[1], "b.example");
    assert_int_equal(r.ndots, 15);
    assert_int_equal(r.timeout_s, 1);
    assert_int_equal(r.attempts, 3);
    assert_int_equal(names_patience_s(&r), 9);
}

static void an_empty_file_means_the_server_of_this_host(void **state)
{
    struct name_resolver r = {0};

    (void)state;
    names_read_resolv("", 0, 5353, "web.corp.example", NULL, NULL, &r);
    assert_true(r.default_server);
    assert_address(&r.servers[0], "127.0.0.1");
    assert_int_equal(r.servers[0].port, 5353);
    assert_int_equal(r.n_suffixes, 1);
    assert_string_equal(r.suffixes[0], "corp.example");
    assert_int_equal(r.ndots, 1);
    assert_int_equal(r.timeout_s, 5);
}

static void the_environment_goes_before_the_file(void **state)
{
    static const char text[] = "search a.example\noptions ndots:2\n";
    struct name_resolver r = {0};

    (void)state;
    names_read_resolv(text, sizeof(text) - 1, 53, "", "x.example y.example", "ndots:4", &r);
    assert_int_equal(r.n_suffixes, 2);
    assert_string_equal(r.suffixes[0], "x.example");
    assert_int_equal(r.ndots, 4);
}

static void assert_candidates(const struct name_resolver *r, const char *name,
                              const char *const expected[])
{
    char candidate[2 * NAMES_TEXT_BYTES];
    const char *suffix;
    size_t i;

    for (i = 0; expected[i]; i++) {
        assert_true(names_candidate(r, name, i, candidate, &suffix));
        assert_string_equal(candidate, expected[i]);
        assert_true(strcmp(candidate, name) == 0 ? suffix[0] == '\0' : suffix[0] != '\0');
    }
    assert_false(names_candidate(r, name, i, candidate, &suffix));
}

static void few_dots_mean_suffixes_first(void **state)
{
    struct name_resolver r = resolver_of("search a.example b.example\noptions ndots:2\n");

    (void)state;
    assert_candidates(&r, "web",
                      (const char *[]){"web.a.example", "web.b.example", "web", NULL});
    assert_candidates(&r, "w.eb.x",
                      (const char *[]){"w.eb.x", "w.eb.x.a.example", "w.eb.x.b.example", NULL});
    assert_candidates(&r, "web.", (const char *[]){"web.", NULL});
}

static void modules_that_are_not_looked_into_are_findings(void **state)
{
    static const char text[] = "passwd: files\n"
                               "hosts:  files mdns4_minimal [NOTFOUND=return !UNAVAIL=merge] "
                               "resolve [!UNAVAIL=return] dns # order\n";
    struct name_report *r = report_of("x");

    (void)state;
    names_read_switch(text, sizeof(text) - 1, r);
    assert_true(r->nsswitch.found && r->nsswitch.files && r->nsswitch.dns);
    assert_false(r->nsswitch.dns_first);
    assert_int_equal(r->nsswitch.line, 2);
    assert_int_equal(r->n_findings, 2);
    assert_string_equal(r->findings[0].module, "mdns4_minimal");
    assert_string_equal(r->findings[1].module, "resolve");
    free(r);
}

static void without_a_hosts_line_the_rule_of_the_library_holds(void **state)
{
    struct name_report *r = report_of("x");

    (void)state;
    names_read_switch("passwd: files\n", 14, r);
    assert_false(r->nsswitch.found);
    assert_true(r->nsswitch.files && r->nsswitch.dns);
    assert_string_equal(r->nsswitch.text, "files dns");
    free(r);
}

static void dns_before_files_is_noticed(void **state)
{
    struct name_report *r = report_of("x");

    (void)state;
    names_read_switch("hosts:dns files", 15, r);
    assert_true(r->nsswitch.dns_first && r->nsswitch.files);
    free(r);
}

static void the_services_of_the_port_have_their_lines(void **state)
{
    static const char text[] = "# services\nhttp 80/tcp www\nhttp80 8080/tcp\nbad 80\n"
                               "http\t80/udp # and this\n";
    struct name_report *r = report_of("x");

    (void)state;
    names_read_services(text, sizeof(text) - 1, r);
    assert_int_equal(r->n_services, 0);
    r->has_port = true;
    r->port = 80;
    names_read_services(text, sizeof(text) - 1, r);
    assert_int_equal(r->n_services, 2);
    assert_string_equal(r->services[0].name, "http");
    assert_string_equal(r->services[0].protocol, "tcp");
    assert_int_equal(r->services[0].line, 2);
    assert_string_equal(r->services[1].protocol, "udp");
    assert_int_equal(r->services[1].line, 5);
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_of_a_name_is_found_with_its_number),
        cmocka_unit_test(lines_of_an_address_are_not_listed_twice),
        cmocka_unit_test(a_long_list_is_cut_and_counted),
        cmocka_unit_test(servers_suffixes_and_options_are_read),
        cmocka_unit_test(an_empty_file_means_the_server_of_this_host),
        cmocka_unit_test(the_environment_goes_before_the_file),
        cmocka_unit_test(few_dots_mean_suffixes_first),
        cmocka_unit_test(modules_that_are_not_looked_into_are_findings),
        cmocka_unit_test(without_a_hosts_line_the_rule_of_the_library_holds),
        cmocka_unit_test(dns_before_files_is_noticed),
        cmocka_unit_test(the_services_of_the_port_have_their_lines),
    };

    return cmocka_run_group_tests_name("names_files", tests, NULL, NULL);
}
