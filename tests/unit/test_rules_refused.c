/* Refusals: who said no. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/evidences.h"

static void nobody_listens_when_everything_was_seen(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    a_refusal(e, "127.0.0.1", 80);
    judged(e, "no-listener", CONFIDENCE_CERTAIN);
}

static void what_may_not_be_seen_makes_it_less_certain(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    a_refusal(e, "127.0.0.1", 80);
    e->other_netns_seen = false;
    judged(e, "no-listener", CONFIDENCE_LIKELY);
}

static void only_what_was_looked_at_is_said_to_have_nobody(void **state)
{
    struct evidence *e = evidence_new();
    struct verdict v;

    (void)state;
    a_refusal(e, "127.0.0.1", 80);
    why_judge(e, &v);
    assert_non_null(strstr(v.summary, "no process of this host"));
    e->other_netns_seen = false;
    why_judge(e, &v);
    assert_null(strstr(v.summary, "of this host"));
    assert_non_null(strstr(v.summary, "no socket of this network namespace"));
    e->rows_seen = false;
    why_judge(e, &v);
    assert_null(strstr(v.summary, "no socket"));
    assert_non_null(strstr(v.summary, "answers at once that the port is closed"));
    judged(e, "no-listener", CONFIDENCE_LIKELY);
}

/* A user without rights sees neither rules nor packets, but counters. */
static void what_no_counter_knows_of_a_filter_refused(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    a_refusal(e, "127.0.0.1", 80);
    a_counter(e, "Tcp.OutRsts", 0);
    judged(e, "firewall-reject", CONFIDENCE_LIKELY);
    e = evidence_new();
    a_refusal(e, "::1", 80);
    e->endpoint.scheme = ENDPOINT_UDP;
    a_counter(e, "Udp6NoPorts", 0);
    judged(e, "firewall-reject", CONFIDENCE_LIKELY);
    e = evidence_new();
    a_refusal(e, "127.0.0.1", 80);
    a_counter(e, "Tcp.OutRsts", 1);
    judged(e, "no-listener", CONFIDENCE_CERTAIN);
    e = evidence_new(); /* another host's answer is counted there */
    is_remote(a_refusal(e, "10.0.0.2", 80));
    a_counter(e, "Tcp.OutRsts", 0);
    judged(e, "no-listener", CONFIDENCE_LIKELY);
}

static void another_host_tells_only_that_the_port_is_closed(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    is_remote(a_refusal(e, "10.0.0.2", 80));
    judged(e, "no-listener", CONFIDENCE_LIKELY);
}

static void a_reset_that_this_kernel_sent_is_certain_wherever_it_was(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_refusal(e, "10.0.0.2", 80);

    (void)state;
    is_remote(a);
    e->events[e->n_events++] = (struct kernel_event){
        .kind = KERNEL_SEND_RESET, .local = a->to, .peer = a->from, .reason = "NO_SOCKET"};
    judged(e, "no-listener", CONFIDENCE_CERTAIN);
}

static void a_listener_on_another_address_is_told(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    a_refusal(e, "127.0.0.1", 80);
    a_socket(e, STATE_LISTEN, "127.0.0.2", 80);
    judged(e, "listener-other-address", CONFIDENCE_CERTAIN);
}

static void a_listener_of_the_other_family_is_told(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    a_refusal(e, "127.0.0.1", 80);
    a_socket(e, STATE_LISTEN, "::", 80)->row.v6only = true;
    judged(e, "listener-other-family", CONFIDENCE_CERTAIN);
}

static void a_listener_of_another_device_takes_nothing(void **state)
{
    struct evidence *e = evidence_new();
    struct sighting *s;

    (void)state;
    is_in(a_refusal(e, "10.0.0.2", 80), 7, true);
    s = a_socket(e, STATE_LISTEN, "0.0.0.0", 80);
    in_namespace(s, 7);
    snprintf(s->device, sizeof(s->device), "lo");
    judged(e, "listener-other-address", CONFIDENCE_CERTAIN);
    e = evidence_new();
    a_refusal(e, "127.0.0.1", 80);
    s = a_socket(e, STATE_LISTEN, "0.0.0.0", 80);
    snprintf(s->device, sizeof(s->device), "eth0");
    judged(e, "listener-other-address", CONFIDENCE_CERTAIN);
}

/* What comes by it is refused by something else. */
static void a_listener_of_the_right_device_takes_what_comes(void **state)
{
    struct evidence *e = evidence_new();
    struct sighting *s;
    struct verdict v;

    (void)state;
    is_in(a_refusal(e, "10.0.0.2", 80), 7, true);
    s = a_socket(e, STATE_LISTEN, "0.0.0.0", 80);
    in_namespace(s, 7);
    snprintf(s->device, sizeof(s->device), "eth0");
    why_judge(e, &v);
    assert_string_not_equal(v.cause, "listener-other-address");
    assert_string_not_equal(v.cause, "no-listener");
    evidence_free(e);
}

static void the_right_family_is_nearer_than_the_other(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    a_refusal(e, "127.0.0.1", 80);
    a_socket(e, STATE_LISTEN, "::1", 80);
    a_socket(e, STATE_LISTEN, "127.0.0.2", 80);
    judged(e, "listener-other-address", CONFIDENCE_CERTAIN);
}

static void a_listener_of_another_namespace_is_told(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    a_refusal(e, "127.0.0.1", 80);
    in_namespace(a_socket(e, STATE_LISTEN, "0.0.0.0", 80), 7);
    judged(e, "listener-other-namespace", CONFIDENCE_CERTAIN);
}

static void a_listener_elsewhere_does_not_explain_another_host(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    is_remote(a_refusal(e, "10.0.0.2", 80));
    a_socket(e, STATE_LISTEN, "127.0.0.1", 80);
    in_namespace(a_socket(e, STATE_LISTEN, "127.0.0.1", 80), 7);
    judged(e, "no-listener", CONFIDENCE_LIKELY);
}

static void where_the_way_leads_a_listener_on_loopback_is_told(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    is_in(a_refusal(e, "10.0.0.2", 80), 7, true);
    in_namespace(a_socket(e, STATE_LISTEN, "127.0.0.1", 80), 7);
    judged(e, "listener-other-address", CONFIDENCE_CERTAIN);
}

static void a_way_that_is_not_sure_makes_nothing_certain(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    is_in(a_refusal(e, "10.0.0.2", 80), 7, false);
    in_namespace(a_socket(e, STATE_LISTEN, "127.0.0.1", 80), 7);
    judged(e, "listener-other-address", CONFIDENCE_LIKELY);
}

static void a_rule_whose_counter_grew_answered(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    a_refusal(e, "127.0.0.1", 80);
    a_rule(&e->surroundings.firewall, FIREWALL_REJECT, 1);
    judged(e, "firewall-reject", CONFIDENCE_CERTAIN);
}

static void a_rule_whose_counter_stood_still_did_not(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    a_refusal(e, "127.0.0.1", 80);
    a_rule(&e->surroundings.firewall, FIREWALL_REJECT, 0);
    judged(e, "no-listener", CONFIDENCE_CERTAIN);
}

static void a_rule_that_is_not_understood_is_never_certain(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    is_remote(a_refusal(e, "10.0.0.2", 80));
    a_rule(&e->surroundings.firewall, FIREWALL_REJECT, 1)->matches_surely = false;
    judged(e, "firewall-reject", CONFIDENCE_LIKELY);
}

static void a_rule_where_the_way_leads_answered(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    is_in(a_refusal(e, "10.0.0.2", 80), 7, true);
    in_namespace(a_socket(e, STATE_LISTEN, "10.0.0.2", 80), 7);
    e->surroundings.n_hops = 1;
    e->surroundings.hops[0].inode = 7;
    a_rule(&e->surroundings.hops[0].firewall, FIREWALL_REJECT, 1);
    judged(e, "firewall-reject", CONFIDENCE_CERTAIN);
}

static void who_calls_itself_unreachable_has_a_filter(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_refusal(e, "10.0.0.2", 80);

    (void)state;
    is_remote(a);
    a->error = -EHOSTUNREACH;
    a->wire.rst_in = 0;
    an_icmp(a, "10.0.0.2", 3, 1);
    judged(e, "firewall-reject", CONFIDENCE_LIKELY);
    e = evidence_new();
    a = a_refusal(e, "10.0.0.2", 80);
    is_remote(a);
    a->error = -ENOPROTOOPT;
    a->wire.rst_in = 0;
    an_icmp(a, "10.0.0.2", 3, 2);
    judged(e, "firewall-reject", CONFIDENCE_LIKELY);
}

static void who_answers_before_anything_left_is_this_host(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_refusal(e, "10.0.0.2", 80);

    (void)state;
    is_remote(a);
    a->wire = (struct wire_facts){.seen = true};
    judged(e, "firewall-reject", CONFIDENCE_LIKELY);
}

static void no_closed_tcp_port_answers_with_icmp(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_refusal(e, "10.0.0.2", 80);

    (void)state;
    is_remote(a);
    a->wire.rst_in = 0;
    an_icmp(a, "10.0.0.2", 3, 3);
    judged(e, "firewall-reject", CONFIDENCE_CERTAIN);
}

static void prohibited_is_a_filter_whatever_the_errno(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_connect(e, "fd00::2", 80);

    (void)state;
    is_remote(a);
    a->error = -EACCES;
    an_icmp(a, "fd00::2", 1, 1);
    judged(e, "firewall-reject", CONFIDENCE_CERTAIN);
}

static void an_answer_is_no_lack_of_permission(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_connect(e, "fd00::2", 80);

    (void)state;
    is_remote(a);
    a->error = -EACCES;
    a->wire.seen = false;
    judged(e, "firewall-reject", CONFIDENCE_LIKELY);
}

static void a_call_that_fails_itself_is_a_lack_of_permission(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_connect(e, "fd00::2", 80);

    (void)state;
    is_remote(a);
    a->error = -EPERM;
    a->in_call = true;
    judged(e, "permission-denied", CONFIDENCE_LIKELY);
}

static void a_redirect_to_a_closed_port_is_told(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    a_refusal(e, "127.0.0.1", 80);
    a_rule(&e->surroundings.firewall, FIREWALL_REDIRECT, 1)->redirect_to.port = 81;
    judged(e, "nat-no-backend", CONFIDENCE_CERTAIN);
}

static void what_conntrack_translates_is_told(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    a_refusal(e, "127.0.0.1", 80);
    e->surroundings.translation = (struct translation_facts){
        .seen = true, .translated = true, .real_peer = an_addr("172.17.0.2", 8080)};
    judged(e, "nat-no-backend", CONFIDENCE_CERTAIN);
}

static void what_conntrack_leaves_alone_no_rule_redirected(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    a_refusal(e, "127.0.0.1", 80);
    a_rule(&e->surroundings.firewall, FIREWALL_REDIRECT, 1);
    e->surroundings.translation.seen = true;
    judged(e, "no-listener", CONFIDENCE_CERTAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_listens_when_everything_was_seen),
        cmocka_unit_test(what_may_not_be_seen_makes_it_less_certain),
        cmocka_unit_test(only_what_was_looked_at_is_said_to_have_nobody),
        cmocka_unit_test(what_no_counter_knows_of_a_filter_refused),
        cmocka_unit_test(another_host_tells_only_that_the_port_is_closed),
        cmocka_unit_test(a_reset_that_this_kernel_sent_is_certain_wherever_it_was),
        cmocka_unit_test(a_listener_on_another_address_is_told),
        cmocka_unit_test(a_listener_of_the_other_family_is_told),
        cmocka_unit_test(a_listener_of_another_device_takes_nothing),
        cmocka_unit_test(a_listener_of_the_right_device_takes_what_comes),
        cmocka_unit_test(the_right_family_is_nearer_than_the_other),
        cmocka_unit_test(a_listener_of_another_namespace_is_told),
        cmocka_unit_test(a_listener_elsewhere_does_not_explain_another_host),
        cmocka_unit_test(where_the_way_leads_a_listener_on_loopback_is_told),
        cmocka_unit_test(a_way_that_is_not_sure_makes_nothing_certain),
        cmocka_unit_test(a_rule_whose_counter_grew_answered),
        cmocka_unit_test(a_rule_whose_counter_stood_still_did_not),
        cmocka_unit_test(a_rule_that_is_not_understood_is_never_certain),
        cmocka_unit_test(a_rule_where_the_way_leads_answered),
        cmocka_unit_test(who_calls_itself_unreachable_has_a_filter),
        cmocka_unit_test(who_answers_before_anything_left_is_this_host),
        cmocka_unit_test(no_closed_tcp_port_answers_with_icmp),
        cmocka_unit_test(prohibited_is_a_filter_whatever_the_errno),
        cmocka_unit_test(an_answer_is_no_lack_of_permission),
        cmocka_unit_test(a_call_that_fails_itself_is_a_lack_of_permission),
        cmocka_unit_test(a_redirect_to_a_closed_port_is_told),
        cmocka_unit_test(what_conntrack_translates_is_told),
        cmocka_unit_test(what_conntrack_leaves_alone_no_rule_redirected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
