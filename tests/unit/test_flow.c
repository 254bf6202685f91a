#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

#include "core/wire/flow.h"

static struct addr address(const char *ip, uint16_t port)
{
    uint8_t bytes[16];
    int family = strchr(ip, ':') ? AF_INET6 : AF_INET;

    assert_int_equal(inet_pton(family, ip, bytes), 1);
    return addr_make(family, bytes, port);
}

static struct flow flow_of(const char *from, uint16_t from_port, const char *to,
                           uint16_t to_port)
{
    return (struct flow){.source = address(from, from_port),
                         .destination = address(to, to_port),
                         .protocol = IPPROTO_TCP};
}

static struct flow_pick pick_of(const char *local, uint16_t local_port, const char *peer,
                                uint16_t peer_port)
{
    struct addr l = address(local, local_port), p = address(peer, peer_port);

    return flow_pick_of(&l, &p, IPPROTO_TCP);
}

static void both_directions_are_told_apart(void **state)
{
    struct flow_pick pick = pick_of("10.0.0.1", 4000, "10.0.0.2", 80);
    struct flow out = flow_of("10.0.0.1", 4000, "10.0.0.2", 80);
    struct flow in = flow_of("10.0.0.2", 80, "10.0.0.1", 4000);

    (void)state;
    assert_int_equal(flow_match(&pick, &out, 1), FLOW_OUT);
    assert_int_equal(flow_match(&pick, &in, 1), FLOW_IN);
}

static void another_port_address_or_protocol_is_not_picked(void **state)
{
    struct flow_pick pick = pick_of("10.0.0.1", 4000, "10.0.0.2", 80);
    struct flow port = flow_of("10.0.0.1", 4001, "10.0.0.2", 80);
    struct flow host = flow_of("10.0.0.1", 4000, "10.0.0.3", 80);
    struct flow udp = flow_of("10.0.0.1", 4000, "10.0.0.2", 80);
    struct flow swapped = flow_of("10.0.0.1", 80, "10.0.0.2", 4000);

    (void)state;
    udp.protocol = IPPROTO_UDP;
    assert_int_equal(flow_match(&pick, &port, 1), FLOW_NONE);
    assert_int_equal(flow_match(&pick, &host, 1), FLOW_NONE);
    assert_int_equal(flow_match(&pick, &udp, 1), FLOW_NONE);
    assert_int_equal(flow_match(&pick, &swapped, 1), FLOW_NONE);
    pick.protocol = 0;
    assert_int_equal(flow_match(&pick, &udp, 1), FLOW_OUT);
}

static void a_listener_picks_every_peer_of_its_port(void **state)
{
    struct flow_pick pick = pick_of("0.0.0.0", 80, "0.0.0.0", 0);
    struct flow in = flow_of("10.0.0.2", 5555, "10.0.0.1", 80);
    struct flow out = flow_of("10.0.0.1", 80, "10.0.0.9", 6666);
    struct flow other = flow_of("10.0.0.1", 81, "10.0.0.9", 6666);

    (void)state;
    assert_int_equal(flow_match(&pick, &in, 1), FLOW_IN);
    assert_int_equal(flow_match(&pick, &out, 1), FLOW_OUT);
    assert_int_equal(flow_match(&pick, &other, 1), FLOW_NONE);
}

static void a_dual_stack_listener_picks_both_families(void **state)
{
    struct flow_pick pick = pick_of("::", 80, "::", 0);
    struct flow v4 = flow_of("10.0.0.2", 5555, "10.0.0.1", 80);
    struct flow v6 = flow_of("fd77::2", 5555, "fd77::1", 80);

    (void)state;
    assert_int_equal(flow_match(&pick, &v4, 1), FLOW_IN);
    assert_int_equal(flow_match(&pick, &v6, 1), FLOW_IN);
}

static void mapped_addresses_are_ipv4_on_the_wire(void **state)
{
    struct flow_pick pick = pick_of("::ffff:10.0.0.1", 80, "::ffff:10.0.0.2", 5555);
    struct flow v4 = flow_of("10.0.0.2", 5555, "10.0.0.1", 80);

    (void)state;
    assert_int_equal(pick.local.family, AF_INET);
    assert_int_equal(flow_match(&pick, &v4, 1), FLOW_IN);
}

static void packets_from_before_are_not_meant(void **state)
{
    struct flow_pick pick = pick_of("10.0.0.1", 4000, "10.0.0.2", 80);
    struct flow out = flow_of("10.0.0.1", 4000, "10.0.0.2", 80);

    (void)state;
    pick.since_wall_ns = 100;
    assert_int_equal(flow_match(&pick, &out, 99), FLOW_NONE);
    assert_int_equal(flow_match(&pick, &out, 100), FLOW_OUT);
}

static void a_socket_connected_to_itself_sends(void **state)
{
    struct flow_pick pick = pick_of("127.0.0.1", 4000, "127.0.0.1", 4000);
    struct flow itself = flow_of("127.0.0.1", 4000, "127.0.0.1", 4000);

    (void)state;
    assert_int_equal(flow_match(&pick, &itself, 1), FLOW_OUT);
}

static void families_are_never_mixed(void **state)
{
    struct flow_pick pick = pick_of("127.0.0.1", 80, "0.0.0.0", 0);
    struct flow v6 = flow_of("fd77::2", 5555, "::1", 80);

    (void)state;
    assert_int_equal(flow_match(&pick, &v6, 1), FLOW_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_directions_are_told_apart),
        cmocka_unit_test(another_port_address_or_protocol_is_not_picked),
        cmocka_unit_test(a_listener_picks_every_peer_of_its_port),
        cmocka_unit_test(a_dual_stack_listener_picks_both_families),
        cmocka_unit_test(mapped_addresses_are_ipv4_on_the_wire),
        cmocka_unit_test(packets_from_before_are_not_meant),
        cmocka_unit_test(a_socket_connected_to_itself_sends),
        cmocka_unit_test(families_are_never_mixed),
    };

    return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
