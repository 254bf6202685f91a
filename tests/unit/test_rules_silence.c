/* Silence: nothing answers, or something on the way says why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/evidences.h"

static void pure_silence_is_no_reply(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    is_remote(a_silence(e, "10.0.0.2", 80));
    judged(e, "no-reply", CONFIDENCE_LIKELY);
}

static void silence_that_was_not_captured_is_less_certain(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_silence(e, "10.0.0.2", 80);

    (void)state;
    is_remote(a);
    a->wire = (struct wire_facts){0};
    judged(e, "no-reply", CONFIDENCE_POSSIBLE);
}

static void silence_before_the_first_repetition_is_less_certain(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_silence(e, "10.0.0.2", 80);

    (void)state;
    is_remote(a);
    a->elapsed_ns = UINT64_C(500000000);
    judged(e, "no-reply", CONFIDENCE_POSSIBLE);
}

static void a_link_local_source_is_of_no_use_beyond_the_link(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_silence(e, "2001:db8::2", 80);

    (void)state;
    is_remote(a);
    a->from = an_addr("fe80::1", 40000);
    judged(e, "address-not-local", CONFIDENCE_LIKELY);

    e = evidence_new();
    a = a_silence(e, "2001:db8::2", 80);
    is_remote(a);
    a->from = an_addr("fe80::1", 40000);
    an_icmp(a, "fe80::2", 1, 2);
    judged(e, "address-not-local", CONFIDENCE_CERTAIN);
}

static void an_answer_of_another_sender_is_told(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_silence(e, "10.0.0.2", 80);

    (void)state;
    is_remote(a);
    a->wire.stranger = an_addr("10.0.0.3", 80);
    judged(e, "reply-other-address", CONFIDENCE_CERTAIN);
}

static void one_gateway_of_several_is_to_blame_where_nothing_left(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_silence(e, "10.0.0.2", 80);

    (void)state;
    is_remote(a);
    a->route.shared = true;
    a->route.neighbour = NEIGHBOUR_INCOMPLETE;
    judged(e, "no-reply", CONFIDENCE_LIKELY); /* our packets went by another */

    e = evidence_new();
    a = a_silence(e, "10.0.0.2", 80);
    is_remote(a);
    a->route.shared = true;
    a->route.neighbour = NEIGHBOUR_INCOMPLETE;
    a->wire.syn_out = a->wire.packets_out = 0;
    judged(e, "host-unreachable", CONFIDENCE_LIKELY);
}

static void a_rule_that_was_hit_swallows(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    is_remote(a_silence(e, "10.0.0.2", 80));
    a_rule(&e->surroundings.firewall, FIREWALL_DROP, 2);
    judged(e, "firewall-drop", CONFIDENCE_CERTAIN);
}

static void a_rule_without_a_counter_is_sure_with_the_kernels_drop(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_silence(e, "127.0.0.1", 80);

    (void)state;
    a_rule(&e->surroundings.firewall, FIREWALL_DROP, 0)->has_counter = false;
    e->events[e->n_events++] = (struct kernel_event){
        .kind = KERNEL_DROP, .at_ns = a->began_ns + 1000, .reason = "NETFILTER_DROP"};
    judged(e, "firewall-drop", CONFIDENCE_CERTAIN);
}

static void a_drop_of_somebody_else_does_not_count(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_silence(e, "10.0.0.2", 80);

    (void)state;
    is_remote(a);
    a->wire.last_out_ns = a->began_ns + 1000000000;
    e->events[e->n_events++] = (struct kernel_event){
        .kind = KERNEL_DROP, .at_ns = a->began_ns + 500000000, .reason = "NETFILTER_DROP"};
    judged(e, "no-reply", CONFIDENCE_LIKELY);
}

static void a_drop_behind_each_syn_is_ours(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_silence(e, "10.0.0.2", 80);

    (void)state;
    is_remote(a);
    a->wire.last_out_ns = a->began_ns + 1000000000;
    for (size_t i = 0; i < 2; i++)
        e->events[e->n_events++] =
            (struct kernel_event){.kind = KERNEL_DROP,
                                  .at_ns = a->began_ns + 50000 + i * 1000000000,
                                  .reason = "XDP"};
    judged(e, "firewall-drop", CONFIDENCE_LIKELY);
}

static void what_never_left_was_dropped_here(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_silence(e, "10.0.0.2", 80);

    (void)state;
    is_remote(a);
    a->wire.syn_out = a->wire.packets_out = 0;
    judged(e, "firewall-drop", CONFIDENCE_LIKELY);
}

static void what_never_came_to_its_neighbour_was_dropped_here(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_silence(e, "10.0.0.2", 80);

    (void)state;
    is_remote(a);
    a->route.neighbour = NEIGHBOUR_UNKNOWN;
    a->wire.syn_out = a->wire.packets_out = 0;
    judged(e, "firewall-drop", CONFIDENCE_LIKELY);
    e = evidence_new();
    a = a_silence(e, "10.0.0.2", 80);
    is_remote(a);
    a->route.neighbour = NEIGHBOUR_INCOMPLETE; /* that is what it waits for */
    a->wire.syn_out = a->wire.packets_out = 0;
    judged(e, "host-unreachable", CONFIDENCE_LIKELY);
}

static void an_answer_that_no_socket_gets_was_dropped_here(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_silence(e, "10.0.0.2", 80);

    (void)state;
    is_remote(a);
    a->wire.syn_ack_in = a->wire.packets_in = 3;
    judged(e, "firewall-drop", CONFIDENCE_LIKELY);
}

static void answers_that_come_by_another_interface_are_counted(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    is_remote(a_silence(e, "10.0.0.2", 80));
    a_counter(e, "TcpExt.IPReversePathFilter", 3);
    judged(e, "firewall-drop", CONFIDENCE_LIKELY);
    e = evidence_new(); /* a host on which many others do so */
    is_remote(a_silence(e, "10.0.0.2", 80));
    a_counter(e, "TcpExt.IPReversePathFilter", 300);
    judged(e, "no-reply", CONFIDENCE_LIKELY);
}

static void a_way_that_goes_round_is_told(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_refusal(e, "10.0.0.2", 80);

    (void)state;
    is_remote(a);
    a->error = -EHOSTUNREACH;
    a->wire.rst_in = 0;
    an_icmp(a, "10.0.0.254", 11, 0);
    judged(e, "host-unreachable", CONFIDENCE_LIKELY);
}

static void datagrams_on_a_dead_link_go_nowhere(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_silence(e, "10.0.0.2", 80);

    (void)state;
    e->endpoint.scheme = ENDPOINT_UDP;
    is_remote(a);
    a->undecided = a->route.carrier = false;
    judged(e, "interface-down", CONFIDENCE_CERTAIN);
}

static void what_this_host_never_delivered_was_dropped_here(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_silence(e, "127.0.0.1", 80);

    (void)state;
    a->wire = (struct wire_facts){0};
    a_socket(e, STATE_LISTEN, "127.0.0.1", 80);
    a_counter(e, "Ip.InDelivers", 0);
    judged(e, "firewall-drop", CONFIDENCE_LIKELY);
}

static void a_full_accept_queue_is_told(void **state)
{
    struct evidence *e = evidence_new();
    struct sighting *s;

    (void)state;
    a_silence(e, "127.0.0.1", 80);
    s = a_socket(e, STATE_LISTEN, "0.0.0.0", 80);
    s->row.rqueue = 3;
    s->row.wqueue = 2;
    judged(e, "accept-queue-full", CONFIDENCE_CERTAIN);
}

static void of_two_that_share_the_port_the_full_one_is_named(void **state)
{
    struct evidence *e = evidence_new();
    struct sighting *s;
    struct verdict v;

    (void)state;
    a_silence(e, "127.0.0.1", 80);
    a_socket(e, STATE_LISTEN, "127.0.0.1", 80)->row.wqueue = 2;
    s = a_socket(e, STATE_LISTEN, "127.0.0.1", 80);
    s->row.rqueue = 3;
    s->row.wqueue = 2;
    s->process.pid = 813;
    why_judge(e, &v);
    evidence_free(e);
    assert_string_equal(v.cause, "accept-queue-full");
    assert_non_null(strstr(v.summary, "(813)"));
}

static void without_its_descriptors_a_full_queue_is_less_certain(void **state)
{
    struct evidence *e = evidence_new();
    struct sighting *s;

    (void)state;
    a_silence(e, "127.0.0.1", 80);
    s = a_socket(e, STATE_LISTEN, "0.0.0.0", 80);
    s->row.rqueue = 3;
    s->row.wqueue = 2;
    s->process = (struct process_facts){0};
    judged(e, "accept-queue-full", CONFIDENCE_LIKELY);
}

static void a_full_queue_of_one_without_descriptors_is_told_as_that(void **state)
{
    struct evidence *e = evidence_new();
    struct verdict v;
    struct sighting *s;

    (void)state;
    a_silence(e, "127.0.0.1", 80);
    s = a_socket(e, STATE_LISTEN, "0.0.0.0", 80);
    s->row.rqueue = 3;
    s->row.wqueue = 2;
    s->process.fds = s->process.fd_limit;
    why_judge(e, &v);
    assert_true(is_alternative(&v, "accept-queue-full"));
    judged(e, "too-many-open-files", CONFIDENCE_CERTAIN);
}

static void a_full_queue_where_the_way_leads_is_told(void **state)
{
    struct evidence *e = evidence_new();
    struct sighting *s;

    (void)state;
    is_in(a_silence(e, "10.0.0.2", 80), 7, true);
    s = a_socket(e, STATE_LISTEN, "0.0.0.0", 80);
    in_namespace(s, 7);
    s->row.rqueue = 3;
    s->row.wqueue = 2;
    judged(e, "accept-queue-full", CONFIDENCE_CERTAIN);
}

static void too_many_half_open_connections_are_told(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    a_silence(e, "127.0.0.1", 80);
    a_socket(e, STATE_LISTEN, "0.0.0.0", 80)->row.wqueue = 4;
    e->counts.local[STATE_SYN_RECV] = 4;
    a_counter(e, "TcpExt.ListenDrops", 2);
    a_counter(e, "TcpExt.ListenOverflows", 0);
    judged(e, "syn-queue-full", CONFIDENCE_CERTAIN);
}

static void a_neighbour_that_failed_is_certain(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_silence(e, "10.0.0.2", 80);

    (void)state;
    is_remote(a);
    a->route.neighbour = NEIGHBOUR_FAILED;
    judged(e, "host-unreachable", CONFIDENCE_CERTAIN);
}

static void a_router_that_says_so_is_certain_for_either_errno(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_connect(e, "fd00::2", 80);

    (void)state;
    is_remote(a);
    a->error = -ENETUNREACH;
    an_icmp(a, "fd00::1", 1, 0);
    judged(e, "host-unreachable", CONFIDENCE_CERTAIN);
}

static void an_unreachable_that_may_be_a_filter_is_not_decided(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_connect(e, "10.0.0.2", 80);

    (void)state;
    is_remote(a);
    a->error = -EHOSTUNREACH;
    a->wire = (struct wire_facts){0};
    judged(e, "unknown", CONFIDENCE_POSSIBLE);
}

static void no_route_is_certain(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_connect(e, "10.0.0.2", 80);

    (void)state;
    a->route.kind = ROUTE_NONE;
    a->error = -ENETUNREACH;
    a->in_call = true;
    judged(e, "network-unreachable", CONFIDENCE_CERTAIN);
}

static void a_route_that_blocks_is_certain(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_connect(e, "10.0.0.2", 80);

    (void)state;
    a->route.kind = ROUTE_PROHIBIT;
    a->error = -EACCES;
    a->in_call = true;
    judged(e, "route-blocked", CONFIDENCE_CERTAIN);
}

static void a_pulled_cable_is_certain(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = a_silence(e, "10.0.0.2", 80);

    (void)state;
    is_remote(a);
    a->route.carrier = false;
    judged(e, "interface-down", CONFIDENCE_CERTAIN);
}

static void a_link_local_address_needs_its_interface(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a;

    (void)state;
    a = a_connect(e, "fe80::1", 80);
    a->error = -EINVAL;
    a->in_call = true;
    a->route.kind = ROUTE_UNKNOWN;
    judged(e, "network-unreachable", CONFIDENCE_CERTAIN);
}

static void loopback_without_its_address_is_down(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a;

    (void)state;
    a = a_connect(e, "::1", 80);
    a->error = -ENETUNREACH;
    a->in_call = true;
    a->route.kind = ROUTE_NONE;
    judged(e, "interface-down", CONFIDENCE_LIKELY);
}

static void a_protocol_that_is_switched_off_is_told(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a;

    (void)state;
    a = a_connect(e, "2001:db8::1", 80);
    a->error = -EADDRNOTAVAIL;
    a->in_call = true;
    a->route.kind = ROUTE_UNKNOWN;
    e->ports.seen = true;
    e->ports.high = 60999;
    e->surroundings.limits.ipv6_off = true;
    judged(e, "network-unreachable", CONFIDENCE_CERTAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pure_silence_is_no_reply),
        cmocka_unit_test(silence_before_the_first_repetition_is_less_certain),
        cmocka_unit_test(a_link_local_source_is_of_no_use_beyond_the_link),
        cmocka_unit_test(an_answer_of_another_sender_is_told),
        cmocka_unit_test(one_gateway_of_several_is_to_blame_where_nothing_left),
        cmocka_unit_test(silence_that_was_not_captured_is_less_certain),
        cmocka_unit_test(a_rule_that_was_hit_swallows),
        cmocka_unit_test(a_rule_without_a_counter_is_sure_with_the_kernels_drop),
        cmocka_unit_test(a_drop_of_somebody_else_does_not_count),
        cmocka_unit_test(a_drop_behind_each_syn_is_ours),
        cmocka_unit_test(what_never_left_was_dropped_here),
        cmocka_unit_test(what_never_came_to_its_neighbour_was_dropped_here),
        cmocka_unit_test(an_answer_that_no_socket_gets_was_dropped_here),
        cmocka_unit_test(answers_that_come_by_another_interface_are_counted),
        cmocka_unit_test(a_way_that_goes_round_is_told),
        cmocka_unit_test(datagrams_on_a_dead_link_go_nowhere),
        cmocka_unit_test(what_this_host_never_delivered_was_dropped_here),
        cmocka_unit_test(a_full_accept_queue_is_told),
        cmocka_unit_test(of_two_that_share_the_port_the_full_one_is_named),
        cmocka_unit_test(without_its_descriptors_a_full_queue_is_less_certain),
        cmocka_unit_test(a_full_queue_of_one_without_descriptors_is_told_as_that),
        cmocka_unit_test(a_full_queue_where_the_way_leads_is_told),
        cmocka_unit_test(too_many_half_open_connections_are_told),
        cmocka_unit_test(a_neighbour_that_failed_is_certain),
        cmocka_unit_test(a_router_that_says_so_is_certain_for_either_errno),
        cmocka_unit_test(an_unreachable_that_may_be_a_filter_is_not_decided),
        cmocka_unit_test(no_route_is_certain),
        cmocka_unit_test(a_route_that_blocks_is_certain),
        cmocka_unit_test(a_pulled_cable_is_certain),
        cmocka_unit_test(a_link_local_address_needs_its_interface),
        cmocka_unit_test(loopback_without_its_address_is_down),
        cmocka_unit_test(a_protocol_that_is_switched_off_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
