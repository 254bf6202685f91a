/* bind(2): what is in the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/evidences.h"

/* One that said that the address is in use, with SO_REUSEADDR. */
static struct evidence *a_bind(const char *to, uint16_t port)
{
    struct evidence *e = evidence_new();
    struct attempt *a = evidence_attempt(e);

    e->subject = WHY_BIND;
    e->endpoint.scheme = ENDPOINT_TCP;
    e->endpoint.port = port;
    e->rows_seen = true;
    a->call = "bind";
    a->in_call = true;
    a->error = -EADDRINUSE;
    a->to = a->from = an_addr(to, port);
    return e;
}

static void a_listener_is_in_the_way(void **state)
{
    struct evidence *e = a_bind("127.0.0.1", 80);

    (void)state;
    a_socket(e, STATE_LISTEN, "0.0.0.0", 80);
    judged(e, "port-in-use-listener", CONFIDENCE_CERTAIN);
}

static void a_dual_listener_is_in_the_way_of_ipv4(void **state)
{
    struct evidence *e = a_bind("127.0.0.1", 80);

    (void)state;
    a_socket(e, STATE_LISTEN, "::", 80);
    judged(e, "port-in-use-listener", CONFIDENCE_CERTAIN);
}

static void a_listener_for_ipv6_alone_is_not(void **state)
{
    struct evidence *e = a_bind("127.0.0.1", 80);

    (void)state;
    a_socket(e, STATE_LISTEN, "::", 80)->row.v6only = true;
    judged(e, "unknown", CONFIDENCE_POSSIBLE);
}

static void a_socket_for_ipv6_alone_meets_no_ipv4(void **state)
{
    struct evidence *e = a_bind("::", 80);

    (void)state;
    e->attempts[0].v6only = true;
    a_socket(e, STATE_LISTEN, "127.0.0.1", 80);
    judged(e, "unknown", CONFIDENCE_POSSIBLE);
}

static void a_socket_for_both_families_meets_ipv4(void **state)
{
    struct evidence *e = a_bind("::", 80);

    (void)state;
    a_socket(e, STATE_LISTEN, "127.0.0.1", 80);
    judged(e, "port-in-use-listener", CONFIDENCE_CERTAIN);
}

static void a_listener_on_another_address_is_not_in_the_way(void **state)
{
    struct evidence *e = a_bind("127.0.0.1", 80);

    (void)state;
    a_socket(e, STATE_LISTEN, "127.0.0.2", 80);
    judged(e, "unknown", CONFIDENCE_POSSIBLE);
}

static void a_listener_of_another_namespace_is_not_in_the_way(void **state)
{
    struct evidence *e = a_bind("127.0.0.1", 80);

    (void)state;
    in_namespace(a_socket(e, STATE_LISTEN, "0.0.0.0", 80), 7);
    judged(e, "unknown", CONFIDENCE_POSSIBLE);
}

static void time_wait_holds_the_port_without_reuseaddr(void **state)
{
    struct evidence *e = a_bind("127.0.0.1", 80);

    (void)state;
    e->no_reuseaddr = true;
    a_socket(e, STATE_TIME_WAIT, "127.0.0.1", 80);
    judged(e, "port-in-use-time-wait", CONFIDENCE_CERTAIN);
}

static void with_reuseaddr_a_listener_goes_before_time_wait(void **state)
{
    struct evidence *e = a_bind("127.0.0.1", 80);
    struct verdict v;

    (void)state;
    a_socket(e, STATE_TIME_WAIT, "127.0.0.1", 80);
    a_socket(e, STATE_LISTEN, "127.0.0.1", 80);
    why_judge(e, &v);
    assert_true(is_alternative(&v, "port-in-use-time-wait"));
    judged(e, "port-in-use-listener", CONFIDENCE_CERTAIN);
}

static void with_reuseaddr_one_of_two_kinds_is_not_certain(void **state)
{
    struct evidence *e = a_bind("127.0.0.1", 80);

    (void)state;
    a_socket(e, STATE_TIME_WAIT, "127.0.0.1", 80);
    a_socket(e, STATE_ESTABLISHED, "127.0.0.1", 80);
    judged(e, "port-in-use-connection", CONFIDENCE_LIKELY);
}

static void a_connection_that_closes_holds_the_port(void **state)
{
    struct evidence *e = a_bind("127.0.0.1", 80);

    (void)state;
    a_socket(e, STATE_FIN_WAIT2, "127.0.0.1", 80);
    judged(e, "port-in-use-closing", CONFIDENCE_CERTAIN);
}

static void a_bound_socket_holds_the_port(void **state)
{
    struct evidence *e = a_bind("127.0.0.1", 80);

    (void)state;
    a_socket(e, STATE_BOUND_INACTIVE, "127.0.0.1", 80);
    judged(e, "port-in-use-bound", CONFIDENCE_CERTAIN);
}

static void the_listener_is_found_behind_many_connections(void **state)
{
    struct evidence *e = a_bind("127.0.0.1", 80);
    struct sighting *s;

    (void)state;
    for (size_t i = 0; i < EVIDENCE_SIGHTINGS; i++)
        a_socket(e, STATE_ESTABLISHED, "127.0.0.2", 80);
    s = evidence_weighty_sighting(e);
    assert_non_null(s);
    s->role = ROLE_LISTENER;
    s->own_netns = true;
    s->row.state = STATE_LISTEN;
    s->row.local = an_addr("127.0.0.1", 80);
    assert_int_equal(e->sightings_left_out, 1);
    judged(e, "port-in-use-listener", CONFIDENCE_CERTAIN);
}

static void every_port_of_the_range_is_taken(void **state)
{
    struct evidence *e = a_bind("127.0.0.1", 0);

    (void)state;
    e->ports = (struct port_use){.seen = true, .low = 40000, .high = 40009, .taken = 10};
    judged(e, "ephemeral-ports-exhausted", CONFIDENCE_CERTAIN);
}

static void with_ports_left_it_is_something_else(void **state)
{
    struct evidence *e = a_bind("127.0.0.1", 0);

    (void)state;
    e->ports = (struct port_use){.seen = true, .low = 40000, .high = 40009, .taken = 3};
    judged(e, "unknown", CONFIDENCE_POSSIBLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listener_is_in_the_way),
        cmocka_unit_test(a_dual_listener_is_in_the_way_of_ipv4),
        cmocka_unit_test(a_listener_for_ipv6_alone_is_not),
        cmocka_unit_test(a_socket_for_ipv6_alone_meets_no_ipv4),
        cmocka_unit_test(a_socket_for_both_families_meets_ipv4),
        cmocka_unit_test(a_listener_on_another_address_is_not_in_the_way),
        cmocka_unit_test(a_listener_of_another_namespace_is_not_in_the_way),
        cmocka_unit_test(time_wait_holds_the_port_without_reuseaddr),
        cmocka_unit_test(with_reuseaddr_a_listener_goes_before_time_wait),
        cmocka_unit_test(with_reuseaddr_one_of_two_kinds_is_not_certain),
        cmocka_unit_test(a_connection_that_closes_holds_the_port),
        cmocka_unit_test(a_bound_socket_holds_the_port),
        cmocka_unit_test(the_listener_is_found_behind_many_connections),
        cmocka_unit_test(every_port_of_the_range_is_taken),
        cmocka_unit_test(with_ports_left_it_is_something_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
