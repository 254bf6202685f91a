#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "core/model/filter.h"

static struct addr address(const char *ip, uint16_t port)
{
    uint8_t bytes[16];
    int family = strchr(ip, ':') ? AF_INET6 : AF_INET;

    assert_int_equal(inet_pton(family, ip, bytes), 1);
    return addr_make(family, bytes, port);
}

/* 127.0.0.1:65432 to 127.0.0.1:51826, established, 128,512 bytes to read. */
static struct row the_row(void)
{
    return (struct row){
        .local = address("127.0.0.1", 65432),
        .peer = address("127.0.0.1", 51826),
        .rqueue = 128512,
        .uid = 1000,
        .inode = 77,
        .state = STATE_ESTABLISHED,
        .protocol = IPPROTO_TCP,
    };
}

static const struct owner NGINX = {
    .inode = 77, .knowledge = OWNER_KNOWN, .pid = 812, .fd = 5, .holders = 1, .comm = "nginx"};

static bool matches_row(const char *text, const struct row *row, const struct owner *owner)
{
    struct filter *f = NULL;
    struct err err = {0};
    bool result;

    if (filter_parse(text, &f, &err) != 0)
        fail_msg("\"%s\": %s", text, err.reason);
    result = filter_match(f, row, owner);
    filter_free(f);
    return result;
}

static bool matches(const char *text)
{
    struct row row = the_row();

    return matches_row(text, &row, &NGINX);
}

static void expect_all(const char *const *texts, size_t n, bool result)
{
    for (size_t i = 0; i < n; i++)
        if (matches(texts[i]) != result)
            fail_msg("\"%s\" should%s match", texts[i], result ? "" : " not");
}

#define EXPECT(result, ...)                                                                    \
    do {                                                                                       \
        static const char *const texts[] = {__VA_ARGS__};                                      \
        expect_all(texts, sizeof(texts) / sizeof(texts[0]), result);                           \
    } while (0)

static void expect_error(const char *text, const char *reason)
{
    struct filter *f = (struct filter *)&f;
    struct err err = {0};

    assert_int_equal(filter_parse(text, &f, &err), -EINVAL);
    assert_string_equal(err.reason, reason);
    assert_string_equal(err.input, text);
    assert_int_equal(err.code, -EINVAL);
    assert_ptr_equal(f, &f); /* untouched */
    assert_int_equal(filter_parse(text, &f, NULL), -EINVAL);
}

static void nothing_matches_everything(void **state)
{
    struct row row = the_row();
    struct filter *f = (struct filter *)&f;

    (void)state;
    assert_int_equal(filter_parse("", &f, NULL), 0);
    assert_null(f);
    assert_int_equal(filter_parse(" \t ", &f, NULL), 0);
    assert_null(f);
    assert_true(filter_match(NULL, &row, NULL));
    assert_false(filter_needs_owner(NULL));
    assert_int_equal(filter_states(NULL), (1U << STATE_COUNT) - 2);
    filter_free(NULL);
}

static void ports_are_compared_on_their_side(void **state)
{
    (void)state;
    EXPECT(true, "sport = :65432", "sport = 65432", "sport == 65432", "sport eq 65432",
           "sport 65432", "sport=65432", "dport = :51826", "sport != 80", "sport ne 80",
           "sport > 65431", "sport gt 65431", "sport >= 65432", "sport ge 65432",
           "sport <= 65432", "sport le 65432", "dport < 51827", "dport lt 51827",
           "sport :65000-65500", "sport != 1-1000", "sport = *");
    EXPECT(false, "sport = :51826", "dport = 65432", "sport != 65432", "sport > 65432",
           "sport < 65432", "sport >= 65433", "sport <= 65431", "sport :1-65431",
           "sport = http");
}

static void port_is_either_side(void **state)
{
    (void)state;
    EXPECT(true, "port 65432", "port 51826", "port :51826", "port = 51826", "port != 80",
           "port 51000-52000", "port > 60000");
    EXPECT(false, "port 80", "port != 65432", "port != 51826", "port > 65432");
}

static void service_names_are_ports(void **state)
{
    struct row row = the_row();

    (void)state;
    row.peer.port = 80;
    assert_true(matches_row("dport = http", &row, NULL));
    assert_true(matches_row("dport = :http", &row, NULL));
    assert_false(matches_row("dport = https", &row, NULL));
}

static void addresses_take_prefixes_and_ports(void **state)
{
    (void)state;
    EXPECT(true, "dst 127.0.0.1", "dst = 127.0.0.1", "dst 127.0.0.0/8", "dst 0.0.0.0/0",
           "src 127.0.0.1:65432", "src 127.0.0.0/8:65432", "src :65432", "src *:65432", "src *",
           "dst != 10.0.0.1", "dst 127.0.0.1:51000-52000", "dst 127.0.0.1/32",
           "dst ::ffff:127.0.0.1", "dst [::ffff:127.0.0.0]/104");
    EXPECT(false, "dst 127.0.0.2", "dst 10.0.0.0/8", "src 127.0.0.1:51826", "dst ::1",
           "dst ::/0", "dst 127.0.0.2/31:9", "dst != 127.0.0.1", "dst 127.0.0.3/32");
}

static void ipv6_addresses_take_brackets(void **state)
{
    struct row row = the_row();

    (void)state;
    row.local = address("fd77::1", 80);
    row.peer = address("::1", 443);
    assert_true(matches_row("src fd77::1", &row, NULL));
    assert_true(matches_row("src [fd77::1]:80", &row, NULL));
    assert_true(matches_row("src [fd77::]/16:80", &row, NULL));
    assert_true(matches_row("src [fd77::/16]:80", &row, NULL));
    assert_true(matches_row("src fd77::/16", &row, NULL));
    assert_true(matches_row("dst [::1]", &row, NULL));
    assert_false(matches_row("src [fd77::1]:81", &row, NULL));
    assert_false(matches_row("src fd78::/16", &row, NULL));
    assert_false(matches_row("src 0.0.0.0/0", &row, NULL));
}

static void a_mapped_address_is_its_ipv4(void **state)
{
    struct row row = the_row();

    (void)state;
    row.peer = address("::ffff:10.1.2.3", 443);
    assert_true(matches_row("dst 10.0.0.0/8", &row, NULL));
    assert_true(matches_row("dst ::ffff:10.1.2.3", &row, NULL));
    assert_false(matches_row("dst ::/0", &row, NULL));
}

static void states_have_the_names_of_ss(void **state)
{
    (void)state;
    EXPECT(true, "state established", "state estab", "STATE Established", "state connected",
           "state synchronized", "state big", "state all", "exclude listen",
           "state time-wait state estab");
    EXPECT(false, "state time-wait", "state listen", "state bucket", "exclude established",
           "exclude connected", "state listen state time-wait",
           "state time-wait and state estab");
}

static void state_groups_are_those_of_ss(void **state)
{
    struct row row = the_row();

    (void)state;
    row.state = STATE_SYN_SENT;
    assert_true(matches_row("state connected", &row, NULL));
    assert_false(matches_row("state synchronized", &row, NULL));
    row.state = STATE_LISTEN;
    assert_false(matches_row("state connected", &row, NULL));
    assert_true(matches_row("state big", &row, NULL));
    row.state = STATE_TIME_WAIT;
    assert_true(matches_row("state bucket", &row, NULL));
    assert_true(matches_row("state synchronized", &row, NULL));
    assert_false(matches_row("state big", &row, NULL));
    row.state = STATE_NEW_SYN_RECV;
    assert_true(matches_row("state syn-recv", &row, NULL));
}

static void queues_pid_comm_and_user(void **state)
{
    (void)state;
    EXPECT(true, "recvq > 1000", "recvq >= 128512", "sendq = 0", "sendq 0", "pid 812",
           "pid = 812", "pid != 1", "comm nginx", "comm = nginx", "comm != httpd", "user 1000",
           "user != root");
    EXPECT(false, "recvq > 128512", "sendq > 0", "pid 81", "comm ngin", "comm NGINX",
           "user root", "user 0", "user != 1000");
}

static void an_unknown_owner_is_nobodys(void **state)
{
    struct row row = the_row();
    struct owner hidden = {.inode = 77, .knowledge = OWNER_NOT_PERMITTED, .comm = "nginx"};

    (void)state;
    assert_false(matches_row("pid 812", &row, NULL));
    assert_false(matches_row("comm nginx", &row, NULL));
    assert_false(matches_row("comm nginx", &row, &hidden));
    assert_false(matches_row("nginx", &row, &hidden));
    assert_false(matches_row("pid 0", &row, &hidden));
}

static void a_long_process_name_matches_what_the_kernel_keeps(void **state)
{
    struct row row = the_row();
    struct owner cut = {
        .inode = 77, .knowledge = OWNER_KNOWN, .pid = 9, .comm = "systemd-resolve"};

    (void)state;
    assert_true(matches_row("comm systemd-resolved", &row, &cut));
    assert_true(matches_row("comm systemd-resolve", &row, &cut));
    assert_false(matches_row("comm systemd-resolut", &row, &cut));
    assert_false(matches_row("comm nginx-with-a-longer-name", &row, &NGINX));
}

static void and_or_not_and_parentheses(void **state)
{
    (void)state;
    EXPECT(true, "sport 65432 and dport 51826", "sport 65432 dport 51826",
           "sport 65432 & dport 51826", "sport 65432 && dport 51826", "sport 1 or dport 51826",
           "sport 1 | dport 51826", "sport 1 || dport 51826", "not sport 1", "! sport 1",
           "!sport 1", "( sport 1 or sport 65432 ) and state estab",
           "(sport 1 or sport 65432)state estab", "not ( sport 1 or dport 1 )",
           "sport 1 or sport 65432 and dport 51826", "not not sport 65432",
           "state time-wait or ( sport = :65432 or dst 10.0.0.0/8 )",
           "sport 65432 AND NOT dport 1");
    EXPECT(false, "sport 65432 and dport 1", "sport 65432 dport 1", "not sport 65432",
           "( sport 1 or sport 65432 ) and state listen", "not ( sport 1 or dport 51826 )",
           "sport 1 or sport 65432 and dport 1");
}

static void and_binds_tighter_than_or(void **state)
{
    (void)state;
    assert_true(matches("sport 65432 or sport 1 and dport 1"));
    assert_false(matches("( sport 65432 or sport 1 ) and dport 1"));
    assert_true(matches("sport 1 and dport 1 or sport 65432"));
}

static void other_words_match_the_text_of_the_row(void **state)
{
    (void)state;
    EXPECT(true, "65432", "127.0.0.1", "127.0.0.1:518", "tcp", "TCP", "established", "Nginx",
           "812", "/127.0.0.1:65432 127/", "ngin 65432", "estab", "not zebra", "/tcp/",
           "127.0.0.1:51826");
    EXPECT(false, "zebra", "10.0.0.1", "/a b/", "udp", "not 65432");
}

static void words_in_slashes_may_be_keywords(void **state)
{
    struct row row = the_row();
    struct owner o = NGINX;

    (void)state;
    strcpy(o.comm, "my port (x)");
    assert_true(matches_row("/port/", &row, &o));
    assert_true(matches_row("/port (x)/ and sport 65432", &row, &o));
    assert_false(matches_row("/port/", &row, &NGINX));
}

static void only_owners_and_text_need_owners(void **state)
{
    static const struct {
        const char *text;
        bool needs;
    } cases[] = {
        {"sport 80", false},     {"state estab or dst 1.2.3.4", false},
        {"user 0", false},       {"recvq > 1", false},
        {"pid 1", true},         {"not comm x", true},
        {"state estab x", true}, {"sport 1 or /x/", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct filter *f = NULL;

        assert_int_equal(filter_parse(cases[i].text, &f, NULL), 0);
        assert_int_equal(filter_needs_owner(f), cases[i].needs);
        filter_free(f);
    }
}

static void errors_point_at_the_place(void **state)
{
    (void)state;
    expect_error("state foo", "at 6: 'foo' is no state");
    expect_error("state", "at 5: the end, where a state is expected");
    expect_error("sport = :99999", "at 8: ':99999' is no port");
    expect_error("sport = nosuchservice", "at 8: 'nosuchservice' is no port");
    expect_error("sport > 1-2", "at 8: '1-2' is a range: only = and != take one");
    expect_error("sport 5-2", "at 6: '5-2' is no port");
    expect_error("port", "at 4: the end, where a port is expected");
    expect_error("dst 10.0.0", "at 4: '10.0.0' is no numeric address");
    expect_error("dst 10.0.0.1/33", "at 4: '10.0.0.1/33' is no numeric address");
    expect_error("dst [::1", "at 4: '[::1' is no numeric address");
    expect_error("dst []", "at 4: '[]' is no numeric address");
    expect_error("dst [1.2.3.4]:80", "at 4: '[1.2.3.4]:80' is no numeric address");
    expect_error("dst localhost", "at 4: 'localhost' is no numeric address");
    expect_error("dst 1.2.3.4:", "at 4: '1.2.3.4:' has no port behind the colon");
    expect_error("dst > 1.2.3.4", "at 4: '>' does not fit here: only = and != do");
    expect_error("recvq > x", "at 8: 'x' is no number from 0 to 4294967295");
    expect_error("recvq > 4294967296", "at 8: '4294967296' is no number from 0 to 4294967295");
    expect_error("user no-such-user-here", "at 5: 'no-such-user-here' is no user of this host");
    expect_error("( sport 1", "at 9: the end, where the ( at 0 needs its )");
    expect_error("sport 1 )", "at 8: ')' is not expected here");
    expect_error("sport 1 or", "at 10: the end, where a term is expected");
    expect_error("and sport 1", "at 0: 'and' where a term is expected");
    expect_error("x = 3", "at 2: '=' is not expected here");
    expect_error("x /abc", "at 2: '/abc' has no second /");
    expect_error("not", "at 3: the end, where a term is expected");
    expect_error("()", "at 1: ')' where a term is expected");
}

static void what_an_error_quotes_is_printable(void **state)
{
    struct filter *f = NULL;
    struct err err = {0};

    (void)state;
    assert_int_equal(filter_parse("state \033[31m", &f, &err), -EINVAL);
    assert_string_equal(err.reason, "at 6: '\\x1b[31m' is no state");
    assert_null(strchr(err.input, '\033'));
    assert_true(err.hint[0]);
}

static void nesting_and_length_are_bounded(void **state)
{
    char deep[200] = "", wide[4096] = "";
    struct filter *f = NULL;
    struct err err = {0};

    (void)state;
    memset(deep, '!', 100);
    strcpy(deep + 100, " x");
    assert_int_equal(filter_parse(deep, &f, &err), -EINVAL);
    assert_non_null(strstr(err.reason, "nested too deep"));
    memset(deep, '(', 100);
    assert_int_equal(filter_parse(deep, &f, &err), -EINVAL);
    assert_non_null(strstr(err.reason, "nested too deep"));
    for (size_t i = 0; i < 300; i++)
        strcat(wide, "x ");
    assert_int_equal(filter_parse(wide, &f, &err), -EINVAL);
    assert_non_null(strstr(err.reason, "one term too many"));
    assert_null(f);
}

static uint32_t states_of(const char *text)
{
    struct filter *f = NULL;
    uint32_t states;

    assert_int_equal(filter_parse(text, &f, NULL), 0);
    states = filter_states(f);
    filter_free(f);
    return states;
}

static void the_states_are_no_more_than_can_match(void **state)
{
    const uint32_t all = (1U << STATE_COUNT) - 2, estab = 1U << STATE_ESTABLISHED,
                   listen = 1U << STATE_LISTEN;

    (void)state;
    assert_int_equal(states_of("state estab"), estab);
    assert_int_equal(states_of("exclude estab"), all & ~estab);
    assert_int_equal(states_of("not state estab"), all & ~estab);
    assert_int_equal(states_of("state estab and sport 80"), estab);
    assert_int_equal(states_of("state estab or sport 80"), all);
    assert_int_equal(states_of("state estab or state listen"), estab | listen);
    assert_int_equal(states_of("state estab state listen"), estab | listen);
    assert_int_equal(states_of("not ( state estab and sport 80 )"), all);
    assert_int_equal(states_of("not ( state estab or sport 80 )"), all & ~estab);
    assert_int_equal(states_of("not sport 80"), all);
    assert_int_equal(states_of("state connected exclude estab") & estab, 0);
    assert_int_equal(states_of("estab"), all);
}

/* Whatever matches must be in a state that the mask has. */
static void the_state_mask_is_sound(void **state)
{
    static const char *const atoms[] = {"state estab", "exclude listen", "sport 65432",
                                        "port 80",     "state bucket",   "tcp"};
    const size_t n = sizeof(atoms) / sizeof(atoms[0]);

    (void)state;
    for (size_t i = 0; i < n * n * n * 16; i++) {
        size_t pick = i / 16;
        char text[200];
        uint32_t mask;
        struct row row = the_row();

        snprintf(text, sizeof(text), "%s( %s%s %s %s ) %s %s", i & 1 ? "not " : "",
                 i & 2 ? "! " : "", atoms[pick % n], i & 4 ? "or" : "and", atoms[pick / n % n],
                 i & 8 ? "or" : "and", atoms[pick / n / n]);
        mask = states_of(text);
        for (int s = STATE_ESTABLISHED; s < STATE_COUNT; s++) {
            row.state = (uint8_t)s;
            if (matches_row(text, &row, NULL) && !(mask >> s & 1))
                fail_msg("\"%s\" matches state %d, which its mask leaves out", text, s);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_matches_everything),
        cmocka_unit_test(ports_are_compared_on_their_side),
        cmocka_unit_test(port_is_either_side),
        cmocka_unit_test(service_names_are_ports),
        cmocka_unit_test(addresses_take_prefixes_and_ports),
        cmocka_unit_test(ipv6_addresses_take_brackets),
        cmocka_unit_test(a_mapped_address_is_its_ipv4),
        cmocka_unit_test(states_have_the_names_of_ss),
        cmocka_unit_test(state_groups_are_those_of_ss),
        cmocka_unit_test(queues_pid_comm_and_user),
        cmocka_unit_test(an_unknown_owner_is_nobodys),
        cmocka_unit_test(a_long_process_name_matches_what_the_kernel_keeps),
        cmocka_unit_test(and_or_not_and_parentheses),
        cmocka_unit_test(and_binds_tighter_than_or),
        cmocka_unit_test(other_words_match_the_text_of_the_row),
        cmocka_unit_test(words_in_slashes_may_be_keywords),
        cmocka_unit_test(only_owners_and_text_need_owners),
        cmocka_unit_test(errors_point_at_the_place),
        cmocka_unit_test(what_an_error_quotes_is_printable),
        cmocka_unit_test(nesting_and_length_are_bounded),
        cmocka_unit_test(the_states_are_no_more_than_can_match),
        cmocka_unit_test(the_state_mask_is_sound),
    };

    return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
