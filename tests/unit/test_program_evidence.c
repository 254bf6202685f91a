/* From what the tracer tells of a call to what rules read, and which call matters most. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/why/gather_program.h"

static const uint8_t loopback[4] = {127, 0, 0, 1};

static struct program_call made(enum program_call_name call, uint32_t type, int error)
{
    return (struct program_call){.call = (uint8_t)call,
                                 .fd = 5,
                                 .pid = 7,
                                 .comm = "tool",
                                 .domain = AF_INET,
                                 .type = type,
                                 .error = error,
                                 .peer = addr_make(AF_INET, loopback, 80),
                                 .local = addr_make(AF_INET, loopback, 90)};
}

static void a_refused_connect_is_an_attempt_to_its_peer(void **state)
{
    struct program_call c = made(DOES_CONNECT, SOCK_STREAM, -ECONNREFUSED);
    struct evidence *e = program_evidence(&c);

    (void)state;
    assert_int_equal(e->subject, WHY_CONNECT);
    assert_int_equal(e->endpoint.scheme, ENDPOINT_TCP);
    assert_int_equal(e->n_attempts, 1);
    assert_string_equal(e->attempts[0].call, "connect");
    assert_int_equal(e->attempts[0].error, -ECONNREFUSED);
    assert_int_equal(e->attempts[0].to.port, 80);
    assert_false(e->attempts[0].undecided);
    assert_string_equal(e->target, "connect tcp://127.0.0.1:80 by tool (7)");
    assert_non_null(strstr(e->lines[0].text, "ECONNREFUSED"));
    evidence_free(e);
}

static bool fails_in_call(enum program_call_name call, uint32_t type, int error)
{
    struct program_call c = made(call, type, error);
    struct evidence *e = program_evidence(&c);
    bool in_call = e->attempts[0].in_call;

    evidence_free(e);
    return in_call;
}

/* ICMP "prohibited" becomes EHOSTUNREACH for IPv4, and EACCES for IPv6 only. */
static void what_no_packet_brings_is_of_this_host(void **state)
{
    (void)state;
    assert_true(fails_in_call(DOES_CONNECT, SOCK_STREAM, -EACCES));
    assert_true(fails_in_call(DOES_CONNECT, SOCK_STREAM, -EADDRNOTAVAIL));
    assert_true(fails_in_call(DOES_SOCKET, SOCK_RAW, -EPERM));
    assert_true(fails_in_call(DOES_CONNECT, SOCK_DGRAM, -ENETUNREACH));
    assert_false(fails_in_call(DOES_CONNECT, SOCK_STREAM, -EHOSTUNREACH));
    assert_false(fails_in_call(DOES_CONNECT, SOCK_STREAM, 0));
    assert_false(fails_in_call(DOES_SEND, SOCK_STREAM, -EPIPE));
}

static void a_connect_that_was_given_up_is_undecided(void **state)
{
    struct program_call c = made(DOES_CONNECT, SOCK_STREAM, 0);
    struct evidence *e;

    (void)state;
    c.news = PROGRAM_GAVE_UP;
    c.own = addr_make(AF_INET, loopback, 50000);
    e = program_evidence(&c);
    assert_true(e->attempts[0].undecided);
    assert_int_equal(e->attempts[0].from.port, 50000);
    assert_non_null(strstr(e->lines[0].text, "given up after"));
    evidence_free(e);
    c.own = addr_make(AF_INET, (const uint8_t[4]){0}, 50000); /* as after a failure */
    e = program_evidence(&c);
    assert_int_equal(e->attempts[0].from.port, 90);
    evidence_free(e);
}

static void a_failed_bind_is_about_its_own_address(void **state)
{
    struct program_call c = made(DOES_BIND, SOCK_STREAM, -EADDRINUSE);
    struct evidence *e = program_evidence(&c);

    (void)state;
    assert_int_equal(e->subject, WHY_BIND);
    assert_int_equal(e->attempts[0].to.port, 90);
    assert_string_equal(e->target, "bind tcp://127.0.0.1:90 by tool (7)");
    evidence_free(e);
}

static void a_reading_that_failed_is_a_recv_error(void **state)
{
    struct program_call c = made(DOES_READ, SOCK_STREAM, -ECONNRESET);
    struct evidence *e = program_evidence(&c);

    (void)state;
    assert_int_equal(e->attempts[0].recv_error, -ECONNRESET);
    assert_int_equal(e->attempts[0].send_error, 0);
    evidence_free(e);
}

static void a_datagram_that_may_not_leave_is_a_send_error_alone(void **state)
{
    struct program_call c = made(DOES_SEND, SOCK_DGRAM, -EPERM);
    struct evidence *e = program_evidence(&c);

    (void)state;
    assert_int_equal(e->endpoint.scheme, ENDPOINT_UDP);
    assert_int_equal(e->attempts[0].error, 0);
    assert_int_equal(e->attempts[0].send_error, -EPERM);
    evidence_free(e);
}

static void a_call_that_waits_is_undecided(void **state)
{
    struct program_call c = made(DOES_CONNECT, SOCK_STREAM, 0);
    struct evidence *e = program_evidence(&c);

    (void)state;
    assert_true(e->attempts[0].undecided);
    evidence_free(e);
}

static void a_socket_of_no_known_address_is_named_by_its_descriptor(void **state)
{
    struct program_call c = {.call = DOES_ACCEPT, .fd = 3};
    char text[PROGRAM_CALL_TEXT_BYTES];

    (void)state;
    assert_string_equal(program_call_text(&c, text), "accept fd 3");
    c = (struct program_call){.call = DOES_CONNECT, .domain = AF_UNIX, .path = "/run/x"};
    assert_string_equal(program_call_text(&c, text), "connect unix:/run/x");
    assert_string_equal(program_call_name(DOES_NAMES), "?");
}

static void what_the_c_library_tries_is_no_failure(void **state)
{
    struct program_call cache = {
        .call = DOES_CONNECT, .domain = AF_UNIX, .path = "/var/run/nscd/socket"};
    struct program_call order = made(DOES_CONNECT, SOCK_DGRAM, -ENETUNREACH);
    struct program_call real = made(DOES_CONNECT, SOCK_STREAM, -ENETUNREACH);

    (void)state;
    assert_true(program_call_aside(&cache));
    assert_true(program_call_aside(&order));
    assert_false(program_call_aside(&real));
    order.error = -EACCES;
    assert_false(program_call_aside(&order));
}

static struct program_finding finding(const char *cause, enum confidence confidence)
{
    return (struct program_finding){.verdict = {.cause = cause, .confidence = confidence}};
}

static void a_known_cause_matters_more_than_an_unknown_one(void **state)
{
    static struct program_report r;

    (void)state;
    assert_null(program_worst(&r));
    r.list[r.n++] = finding("healthy", CONFIDENCE_CERTAIN);
    assert_null(program_worst(&r));
    r.list[r.n++] = finding("unknown", CONFIDENCE_POSSIBLE);
    assert_ptr_equal(program_worst(&r), &r.list[1]);
    r.list[r.n++] = finding("no-reply", CONFIDENCE_POSSIBLE);
    assert_ptr_equal(program_worst(&r), &r.list[2]);
    r.list[r.n++] = finding("no-listener", CONFIDENCE_CERTAIN);
    r.list[r.n++] = finding("port-in-use-bound", CONFIDENCE_CERTAIN);
    assert_ptr_equal(program_worst(&r), &r.list[3]);
    r.list[3].aside = true;
    assert_ptr_equal(program_worst(&r), &r.list[4]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_connect_is_an_attempt_to_its_peer),
        cmocka_unit_test(what_no_packet_brings_is_of_this_host),
        cmocka_unit_test(a_connect_that_was_given_up_is_undecided),
        cmocka_unit_test(a_failed_bind_is_about_its_own_address),
        cmocka_unit_test(a_reading_that_failed_is_a_recv_error),
        cmocka_unit_test(a_datagram_that_may_not_leave_is_a_send_error_alone),
        cmocka_unit_test(a_call_that_waits_is_undecided),
        cmocka_unit_test(a_socket_of_no_known_address_is_named_by_its_descriptor),
        cmocka_unit_test(what_the_c_library_tries_is_no_failure),
        cmocka_unit_test(a_known_cause_matters_more_than_an_unknown_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
