/* Rules that could decide over our packets, from nft's JSON and iptables-save. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "probes/firewall.h"

static struct addr at(const char *text, uint16_t port)
{
    uint8_t ip[16];
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;

    assert_int_equal(inet_pton(family, text, ip), 1);
    return addr_make(family, ip, port);
}

static struct firewall_question question(uint16_t port)
{
    return (struct firewall_question){
        .protocol = IPPROTO_TCP, .remote = at("10.0.0.2", port), .interface = "eth0"};
}

static struct firewall_facts nft(const char *body, const struct firewall_question *q)
{
    struct firewall_facts f = {0};
    char text[4096];

    snprintf(text, sizeof(text), "{\"nftables\": [%s]}", body);
    assert_int_equal(firewall_parse_nft(text, strlen(text), q, &f), 0);
    return f;
}

#define CHAIN(name, hook, policy)                                                              \
    "{\"chain\": {\"family\": \"inet\", \"table\": \"t\", \"name\": \"" name                   \
    "\", \"handle\": 1, \"type\": \"filter\", \"hook\": \"" hook                               \
    "\", \"prio\": 0, \"policy\": \"" policy "\"}}"
#define RULE(chain, handle, expr)                                                              \
    "{\"rule\": {\"family\": \"inet\", \"table\": \"t\", \"chain\": \"" chain                  \
    "\", \"handle\": " handle ", \"expr\": [" expr "]}}"
#define MATCH(protocol, field, right)                                                          \
    "{\"match\": {\"op\": \"==\", \"left\": {\"payload\": {\"protocol\": \"" protocol          \
    "\", \"field\": \"" field "\"}}, \"right\": " right "}}"

static void a_rule_for_our_port_is_sure(void **state)
{
    struct firewall_question q = question(80);
    struct firewall_facts f =
        nft(CHAIN("o", "output", "accept") "," RULE(
                "o", "5",
                MATCH("tcp", "dport", "80") ", {\"counter\": {\"packets\": 3, "
                                            "\"bytes\": 180}}, {\"drop\": null}"),
            &q);

    (void)state;
    assert_int_equal(f.n_rules, 1);
    assert_int_equal(f.rules[0].action, FIREWALL_DROP);
    assert_true(f.rules[0].matches_surely);
    assert_true(f.rules[0].has_counter);
    assert_int_equal(f.rules[0].packets_before, 3);
    assert_string_equal(f.rules[0].text, "tcp dport 80 drop");
    assert_string_equal(f.rules[0].where, "nft inet t o, handle 5");
    assert_string_equal(f.rules[0].remove, "nft delete rule inet t o handle 5");
}

static void a_rule_for_another_port_is_left_out(void **state)
{
    struct firewall_question q = question(80);
    struct firewall_facts f =
        nft(CHAIN("o", "output", "accept") "," RULE(
                "o", "5", MATCH("tcp", "dport", "81") ", {\"drop\": null}"),
            &q);

    (void)state;
    assert_int_equal(f.n_rules, 0);
}

static void sets_and_ranges_are_understood(void **state)
{
    struct firewall_question q = question(85);
    struct firewall_facts f =
        nft(CHAIN("o", "output", "accept") "," RULE(
                "o", "5",
                MATCH("tcp", "dport",
                      "{\"set\": [22, {\"range\": [80, 90]}]}") ", {\"reject\": {\"type\": "
                                                                "\"tcp reset\"}}"),
            &q);

    (void)state;
    assert_int_equal(f.n_rules, 1);
    assert_int_equal(f.rules[0].action, FIREWALL_REJECT);
    assert_true(f.rules[0].tcp_reset);
    assert_string_equal(f.rules[0].text, "tcp dport { 22, 80-90 } reject");
}

static void prefixes_are_understood(void **state)
{
    struct firewall_question q = question(80);
    const char *inside = CHAIN("o", "output", "accept") "," RULE(
        "o", "5",
        MATCH("ip", "daddr",
              "{\"prefix\": {\"addr\": \"10.0.0.0\", \"len\": 8}}") ", {\"drop\": null}");
    const char *outside = CHAIN("o", "output", "accept") "," RULE(
        "o", "5",
        MATCH("ip", "daddr",
              "{\"prefix\": {\"addr\": \"10.0.1.0\", \"len\": 25}}") ", {\"drop\": null}");

    (void)state;
    assert_int_equal(nft(inside, &q).n_rules, 1);
    assert_int_equal(nft(outside, &q).n_rules, 0);
}

/* What a hook does not see it cannot drop: replies come from the port, they do not go to it. */
static void the_hook_decides_which_way_a_port_is_read(void **state)
{
    struct firewall_question q = question(80);
    const char *to_port = CHAIN("i", "input", "accept") "," RULE(
        "i", "5", MATCH("tcp", "dport", "80") ", {\"drop\": null}");
    const char *from_port = CHAIN("i", "input", "accept") "," RULE(
        "i", "5", MATCH("tcp", "sport", "80") ", {\"drop\": null}");

    (void)state;
    q.local = at("10.0.0.1", 4242);
    assert_int_equal(nft(to_port, &q).n_rules, 0);
    assert_int_equal(nft(from_port, &q).n_rules, 1);
    q.remote_is_here = true;
    assert_int_equal(nft(to_port, &q).n_rules, 1);
}

static void behind_a_rule_that_accepts_us_nothing_counts(void **state)
{
    struct firewall_question q = question(80);
    struct firewall_facts f =
        nft(CHAIN("o", "output", "drop") "," RULE(
                "o", "4",
                MATCH("tcp", "dport",
                      "80") ", {\"accept\": null}") "," RULE("o", "5", "{\"drop\": null}"),
            &q);

    (void)state;
    assert_int_equal(f.n_rules, 0);
}

static void a_policy_that_drops_is_sure_when_nothing_may_have_accepted(void **state)
{
    struct firewall_question q = question(80);
    struct firewall_facts f = nft(CHAIN("i", "input", "drop"), &q);

    (void)state;
    assert_int_equal(f.n_rules, 1);
    assert_true(f.rules[0].policy);
    assert_true(f.rules[0].matches_surely);
    f = nft(CHAIN("i", "input",
                  "drop") "," RULE("i", "4", "{\"limit\": {\"rate\": 1}}, {\"accept\": null}"),
            &q);
    assert_int_equal(f.n_rules, 1);
    assert_false(f.rules[0].matches_surely);
}

static void jumps_are_followed_and_returned_from(void **state)
{
    struct firewall_question q = question(80);
    const char *text = CHAIN(
        "o", "output",
        "accept") ","
                  "{\"chain\": {\"family\": \"inet\", \"table\": \"t\", \"name\": "
                  "\"inner\"}}," RULE("o", "4", MATCH("tcp", "dport", "80") ", {\"jump\": {\"target\": \"inner\"}}") "," RULE(
                      "o", "5",
                      "{\"drop\": null}") "," RULE("inner", "6",
                                                   MATCH(
                                                       "tcp", "dport",
                                                       "81") ", {\"drop\": null}") "," RULE("in"
                                                                                            "ne"
                                                                                            "r",
                                                                                            "7",
                                                                                            "{"
                                                                                            "\""
                                                                                            "re"
                                                                                            "tu"
                                                                                            "rn"
                                                                                            "\""
                                                                                            ": "
                                                                                            "nu"
                                                                                            "ll"
                                                                                            "}") "," RULE("inner",
                                                                                                          "8",
                                                                                                          "{\"reject\": null}");
    struct firewall_facts f = nft(text, &q);

    (void)state;
    assert_int_equal(f.n_rules, 1);
    assert_string_equal(f.rules[0].where, "nft inet t o, handle 5");
    assert_true(f.rules[0].matches_surely);
}

static void a_chain_that_jumps_to_itself_ends(void **state)
{
    struct firewall_question q = question(80);
    struct firewall_facts f = nft(
        CHAIN("o", "output", "accept") "," RULE(
            "o", "4", "{\"jump\": {\"target\": \"o\"}}") "," RULE("o", "5", "{\"drop\": null}"),
        &q);

    (void)state;
    assert_int_equal(f.n_rules, 1);
}

#define PORT_MAP(ports)                                                                        \
    "{\"vmap\": {\"key\": {\"payload\": {\"protocol\": \"tcp\", \"field\": \"dport\"}}, "      \
    "\"data\": " ports "}}"

static void maps_of_verdicts_are_understood(void **state)
{
    struct firewall_question q = question(80);
    const char *in_place = CHAIN("o", "output", "accept") "," RULE(
        "o", "4", PORT_MAP("{\"set\": [[22, {\"accept\": null}], [80, {\"drop\": null}]]}"));
    const char *named = "{\"map\": {\"family\": \"inet\", \"table\": \"t\", \"name\": \"m\", "
                        "\"elem\": [[80, {\"reject\": null}]]}}," CHAIN(
                            "o", "output", "accept") "," RULE("o", "4", PORT_MAP("\"@m\""));
    struct firewall_facts f = nft(in_place, &q);

    (void)state;
    assert_int_equal(f.n_rules, 1);
    assert_int_equal(f.rules[0].action, FIREWALL_DROP);
    assert_true(f.rules[0].matches_surely);
    f = nft(named, &q);
    assert_int_equal(f.n_rules, 1);
    assert_int_equal(f.rules[0].action, FIREWALL_REJECT);
    q = question(22);
    assert_int_equal(nft(in_place, &q).n_rules, 0);
    assert_int_equal(nft(named, &q).n_rules, 0);
}

static void named_sets_are_looked_into(void **state)
{
    struct firewall_question q = question(80);
    const char *text =
        "{\"set\": {\"family\": \"inet\", \"table\": \"t\", \"name\": \"s\", \"elem\": [22, "
        "{\"elem\": {\"val\": 80, \"counter\": {\"packets\": 1}}}, {\"range\": [90, "
        "99]}]}}," CHAIN("o", "output", "accept") "," RULE(
            "o", "4", MATCH("tcp", "dport", "\"@s\"") ", {\"drop\": null}");

    (void)state;
    assert_true(nft(text, &q).rules[0].matches_surely);
    q = question(95);
    assert_int_equal(nft(text, &q).n_rules, 1);
    q = question(81);
    assert_int_equal(nft(text, &q).n_rules, 0);
}

/* A table of one family never sees the other's packets. */
static void a_table_of_the_other_family_does_not_count(void **state)
{
    static const char text[] =
        "{\"chain\": {\"family\": \"ip6\", \"table\": \"t\", \"name\": \"o\", \"type\": "
        "\"filter\", \"hook\": \"output\", \"policy\": \"drop\"}}";
    static const char save[] = "*filter\n:OUTPUT DROP [0:0]\nCOMMIT\n";
    struct firewall_question q = question(80);
    struct firewall_facts f = {0};

    (void)state;
    assert_int_equal(nft(text, &q).n_rules, 0);
    assert_int_equal(firewall_parse_save(save, true, &q, &f), 0);
    assert_int_equal(f.n_rules, 0);
    q.remote = at("fd00::2", 80);
    assert_int_equal(nft(text, &q).n_rules, 1);
    assert_int_equal(firewall_parse_save(save, true, &q, &f), 0);
    assert_int_equal(f.n_rules, 1);
}

static void at_the_other_end_ours_come_in(void **state)
{
    struct firewall_question q = question(80);
    const char *text =
        CHAIN("i", "input", "accept") "," CHAIN("f", "forward", "accept") "," RULE(
            "i", "4",
            MATCH("tcp", "dport",
                  "80") ", {\"drop\": null}") "," RULE("f", "5",
                                                       MATCH("tcp", "sport",
                                                             "80") ", {\"drop\": null}");

    (void)state;
    q.local = at("10.0.0.1", 4242);
    assert_int_equal(nft(text, &q).n_rules, 0);
    q.stand = FIREWALL_AT_TARGET;
    assert_string_equal(nft(text, &q).rules[0].where, "nft inet t i, handle 4");
    q.stand = FIREWALL_ON_THE_WAY;
    assert_int_equal(nft(text, &q).n_rules, 1);
    assert_string_equal(nft(text, &q).rules[0].where, "nft inet t f, handle 5");
}

static void chains_of_other_devices_do_not_count(void **state)
{
    static const char text[] =
        "{\"chain\": {\"family\": \"netdev\", \"table\": \"t\", \"name\": \"n\", \"dev\": "
        "\"eth0\", \"type\": \"filter\", \"hook\": \"ingress\", \"policy\": \"drop\"}}";
    struct firewall_question q = question(80);

    (void)state;
    assert_int_equal(nft(text, &q).n_rules, 1);
    snprintf(q.interface, sizeof(q.interface), "eth1");
    assert_int_equal(nft(text, &q).n_rules, 0);
}

static void chains_of_the_save_format_are_followed(void **state)
{
    static const char text[] = "*filter\n:OUTPUT ACCEPT [0:0]\n:guard - [0:0]\n"
                               "[1:60] -A OUTPUT -p tcp -j guard\n"
                               "[1:60] -A guard -p tcp -m tcp --dport 80 -j DROP\n"
                               "[0:0] -A OUTPUT -j REJECT\n"
                               "COMMIT\n"
                               "*nat\n:OUTPUT ACCEPT [0:0]\n"
                               "[1:60] -A OUTPUT -p tcp -m tcp --dport 80 -j DNAT "
                               "--to-destination 10.0.0.9:8080\n"
                               "COMMIT\n";
    struct firewall_question q = question(80);
    struct firewall_facts f = {0};

    (void)state;
    assert_int_equal(firewall_parse_save(text, false, &q, &f), 0);
    assert_int_equal(f.n_rules, 2);
    assert_string_equal(f.rules[0].where, "iptables filter guard, line 2");
    assert_true(f.rules[0].matches_surely);
    assert_int_equal(f.rules[1].action, FIREWALL_REDIRECT);
    assert_int_equal(f.rules[1].redirect_to.port, 8080);
}

static void what_is_not_understood_is_not_sure(void **state)
{
    struct firewall_question q = question(80);
    struct firewall_facts f = nft(CHAIN("o", "output", "accept") "," RULE(
                                      "o", "5", "{\"limit\": {\"rate\": 1}}, {\"drop\": null}"),
                                  &q);

    (void)state;
    assert_int_equal(f.n_rules, 1);
    assert_false(f.rules[0].matches_surely);
}

static void a_new_connection_is_not_established(void **state)
{
    struct firewall_question q = question(80);
    const char *rules = CHAIN("o", "output", "accept") "," RULE(
        "o", "5",
        "{\"match\": {\"op\": \"in\", \"left\": {\"ct\": {\"key\": \"state\"}}, "
        "\"right\": [\"established\", \"related\"]}}, {\"drop\": null}");

    (void)state;
    assert_int_equal(nft(rules, &q).n_rules, 0);
    q.established = true;
    assert_int_equal(nft(rules, &q).n_rules, 1);
}

static void a_second_look_only_counts(void **state)
{
    struct firewall_question q = question(80);
    struct firewall_facts f =
        nft(CHAIN("o", "output", "accept") "," RULE(
                "o", "5", "{\"counter\": {\"packets\": 3, \"bytes\": 1}}, {\"drop\": null}"),
            &q);
    const char *later = "{\"nftables\": [" CHAIN("o", "output", "accept") "," RULE(
        "o", "5",
        "{\"counter\": {\"packets\": 7, \"bytes\": 1}}, "
        "{\"drop\": null}") "," RULE("o", "6", "{\"drop\": null}") "]}";

    (void)state;
    f.seen = true;
    assert_int_equal(firewall_parse_nft(later, strlen(later), &q, &f), 0);
    assert_int_equal(f.n_rules, 1);
    assert_int_equal(f.rules[0].packets_before, 3);
    assert_int_equal(f.rules[0].packets_after, 7);
}

static void what_is_no_ruleset_is_an_error(void **state)
{
    struct firewall_question q = question(80);
    struct firewall_facts f = {0};

    (void)state;
    assert_int_equal(firewall_parse_nft("{", 1, &q, &f), -EBADMSG);
    assert_int_equal(firewall_parse_nft("[]", 2, &q, &f), -EBADMSG);
}

static void the_save_format_is_read(void **state)
{
    static const char text[] = "# Generated by iptables-save\n"
                               "*filter\n"
                               ":INPUT ACCEPT [0:0]\n"
                               ":OUTPUT DROP [5:300]\n"
                               "[2:120] -A INPUT -p tcp -m tcp --sport 80 -j DROP\n"
                               "[1:60] -A OUTPUT -p tcp -m tcp --dport 80 -j REJECT "
                               "--reject-with tcp-reset\n"
                               "[0:0] -A OUTPUT -p udp -m udp --dport 80 -j DROP\n"
                               "COMMIT\n";
    struct firewall_question q = question(80);
    struct firewall_facts f = {0};

    (void)state;
    assert_int_equal(firewall_parse_save(text, false, &q, &f), 0);
    assert_int_equal(f.n_rules,
                     2); /* behind the rule that rejects nothing comes to the policy */
    assert_int_equal(f.rules[0].action, FIREWALL_DROP);
    assert_true(f.rules[0].matches_surely);
    assert_int_equal(f.rules[1].action, FIREWALL_REJECT);
    assert_true(f.rules[1].tcp_reset);
    assert_string_equal(f.rules[1].remove,
                        "iptables -t filter -D OUTPUT -p tcp -m tcp --dport 80 "
                        "-j REJECT --reject-with tcp-reset");
}

static void multiport_and_negation_are_understood(void **state)
{
    static const char text[] =
        "*filter\n"
        ":OUTPUT ACCEPT [0:0]\n"
        "[0:0] -A OUTPUT ! -d 10.0.0.2/32 -j DROP\n"
        "[0:0] -A OUTPUT -m statistic --mode random --probability 0.5 -j DROP\n"
        "[0:0] -A OUTPUT -p tcp -m multiport --dports 22,79:81 -j DROP\n"
        "COMMIT\n";
    struct firewall_question q = question(80);
    struct firewall_facts f = {0};

    (void)state;
    assert_int_equal(firewall_parse_save(text, false, &q, &f), 0);
    assert_int_equal(f.n_rules, 2);
    assert_false(f.rules[0].matches_surely);
    assert_false(f.rules[1].matches_surely); /* perhaps the one before had it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_for_our_port_is_sure),
        cmocka_unit_test(a_rule_for_another_port_is_left_out),
        cmocka_unit_test(sets_and_ranges_are_understood),
        cmocka_unit_test(prefixes_are_understood),
        cmocka_unit_test(the_hook_decides_which_way_a_port_is_read),
        cmocka_unit_test(behind_a_rule_that_accepts_us_nothing_counts),
        cmocka_unit_test(a_policy_that_drops_is_sure_when_nothing_may_have_accepted),
        cmocka_unit_test(jumps_are_followed_and_returned_from),
        cmocka_unit_test(a_chain_that_jumps_to_itself_ends),
        cmocka_unit_test(maps_of_verdicts_are_understood),
        cmocka_unit_test(named_sets_are_looked_into),
        cmocka_unit_test(a_table_of_the_other_family_does_not_count),
        cmocka_unit_test(at_the_other_end_ours_come_in),
        cmocka_unit_test(chains_of_other_devices_do_not_count),
        cmocka_unit_test(chains_of_the_save_format_are_followed),
        cmocka_unit_test(what_is_not_understood_is_not_sure),
        cmocka_unit_test(a_new_connection_is_not_established),
        cmocka_unit_test(a_second_look_only_counts),
        cmocka_unit_test(what_is_no_ruleset_is_an_error),
        cmocka_unit_test(the_save_format_is_read),
        cmocka_unit_test(multiport_and_negation_are_understood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
