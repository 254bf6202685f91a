/* The kernel's tracing as text: lines that Linux 6.18 gave, and lines that none would. */
#include "probes/tracing_parse.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CONTEXT "            curl-8214    [000] ..s2. 14959.348262: "

static struct kernel_event parsed(const char *line)
{
    struct kernel_event e;

    assert_int_equal(tracing_parse(line, strlen(line), &e), 0);
    return e;
}

static int code_of(const char *line)
{
    struct kernel_event e;

    return tracing_parse(line, strlen(line), &e);
}

static void assert_ends(const struct kernel_event *e, const char *local, const char *peer)
{
    char text[ADDR_TEXT_BYTES];

    assert_string_equal(addr_format(&e->local, text), local);
    assert_string_equal(addr_format(&e->peer, text), peer);
}

static void a_change_of_state_has_addresses_states_and_time(void **state)
{
    const struct kernel_event e =
        parsed(CONTEXT "inet_sock_set_state: family=AF_INET protocol=IPPROTO_TCP sport=57668 "
                       "dport=60087 saddr=127.0.0.1 daddr=127.0.0.1 "
                       "saddrv6=::ffff:127.0.0.1 daddrv6=::ffff:127.0.0.1 "
                       "oldstate=TCP_ESTABLISHED newstate=TCP_CLOSE");

    (void)state;
    assert_int_equal(e.kind, KERNEL_SET_STATE);
    assert_int_equal(e.at_ns, UINT64_C(14959348262000));
    assert_int_equal(e.protocol, IPPROTO_TCP);
    assert_int_equal(e.old_state, STATE_ESTABLISHED);
    assert_int_equal(e.new_state, STATE_CLOSE);
    assert_ends(&e, "127.0.0.1:57668", "127.0.0.1:60087");
}

static void an_ipv6_socket_has_its_own_addresses(void **state)
{
    const struct kernel_event e =
        parsed(CONTEXT "inet_sock_set_state: family=AF_INET6 protocol=IPPROTO_TCP sport=57405 "
                       "dport=49524 saddr=127.0.0.6 daddr=127.0.0.6 saddrv6=::1 daddrv6=::1 "
                       "oldstate=TCP_LISTEN newstate=TCP_SYN_RECV");

    (void)state;
    assert_ends(&e, "[::1]:57405", "[::1]:49524");
    assert_int_equal(e.old_state, STATE_LISTEN);
    assert_int_equal(e.new_state, STATE_SYN_RECV);
}

static void a_reset_that_came_has_the_cookie(void **state)
{
    const struct kernel_event e = parsed(
        CONTEXT "tcp_receive_reset: family=AF_INET sport=57668 dport=60087 saddr=127.0.0.1 "
                "daddr=127.0.0.1 saddrv6=::ffff:127.0.0.1 daddrv6=::ffff:127.0.0.1 "
                "sock_cookie=4397ef");

    (void)state;
    assert_int_equal(e.kind, KERNEL_RECEIVE_RESET);
    assert_int_equal(e.cookie, 0x4397ef);
    assert_ends(&e, "127.0.0.1:57668", "127.0.0.1:60087");
}

static void a_reset_that_was_sent_has_its_reason(void **state)
{
    struct kernel_event e =
        parsed(CONTEXT "tcp_send_reset: skbaddr=0000000000000000 skaddr=00000000b2265136 "
                       "src=127.0.0.1:60087 dest=127.0.0.1:57668 state=TCP_CLOSE "
                       "reason=TCP_ABORT_ON_CLOSE");

    (void)state;
    assert_int_equal(e.kind, KERNEL_SEND_RESET);
    assert_int_equal(e.socket, 0xb2265136);
    assert_string_equal(e.reason, "TCP_ABORT_ON_CLOSE");
    assert_ends(&e, "127.0.0.1:60087", "127.0.0.1:57668");
    e = parsed(CONTEXT "tcp_send_reset: skbaddr=0000000042c27f37 skaddr=0000000000000000 "
                       "src=[::1]:1 dest=[::1]:57058 state=UNKNOWN reason=NO_SOCKET");
    assert_int_equal(e.socket, 0);
    assert_int_equal(e.new_state, 0);
    assert_ends(&e, "[::1]:1", "[::1]:57058");
}

/* Before Linux 6.10. */
static void an_old_reset_has_ports_and_addresses(void **state)
{
    const struct kernel_event e =
        parsed(CONTEXT "tcp_send_reset: sport=81 dport=4242 saddr=10.0.0.1 daddr=10.0.0.2 "
                       "saddrv6=::ffff:10.0.0.1 daddrv6=::ffff:10.0.0.2 state=TCP_CLOSE");

    (void)state;
    assert_ends(&e, "10.0.0.1:81", "10.0.0.2:4242");
    assert_string_equal(e.reason, "");
}

static void an_error_report_has_the_errno(void **state)
{
    struct kernel_event e = parsed(
        CONTEXT "inet_sk_error_report: family=AF_INET protocol=IPPROTO_TCP sport=57058 dport=1 "
                "saddr=127.0.0.1 daddr=127.0.0.1 saddrv6=::ffff:127.0.0.1 "
                "daddrv6=::ffff:127.0.0.1 error=111");

    (void)state;
    assert_int_equal(e.kind, KERNEL_ERROR_REPORT);
    assert_int_equal(e.error, ECONNREFUSED);
    e = parsed(CONTEXT "inet_sk_error_report: family=AF_INET protocol=0x11 sport=54931 dport=9 "
                       "saddr=127.0.0.1 daddr=127.0.0.1 saddrv6=::ffff:127.0.0.1 "
                       "daddrv6=::ffff:127.0.0.1 error=111");
    assert_int_equal(e.protocol, IPPROTO_UDP);
}

static void a_retransmission_has_its_state(void **state)
{
    const struct kernel_event e = parsed(
        CONTEXT "tcp_retransmit_skb: skbaddr=00000000b57472f4 skaddr=000000008f2212d6 "
                "family=AF_INET sport=44604 dport=81 saddr=10.77.0.1 daddr=10.77.0.2 "
                "saddrv6=::ffff:10.77.0.1 daddrv6=::ffff:10.77.0.2 state=TCP_SYN_SENT err=0");

    (void)state;
    assert_int_equal(e.kind, KERNEL_RETRANSMIT);
    assert_int_equal(e.new_state, STATE_SYN_SENT);
    assert_int_equal(e.socket, 0x8f2212d6);
}

static void a_drop_has_its_reason(void **state)
{
    const struct kernel_event e =
        parsed(CONTEXT "kfree_skb: skbaddr=0000000042c27f37 rx_sk=0000000000000000 "
                       "protocol=2048 location=tcp_v4_rcv+0x91/0x13f0 reason: NO_SOCKET");

    (void)state;
    assert_int_equal(e.kind, KERNEL_DROP);
    assert_int_equal(e.protocol, 0);
    assert_string_equal(e.reason, "NO_SOCKET");
}

#define STATE_EVENT                                                                            \
    "inet_sock_set_state: family=AF_INET protocol=IPPROTO_TCP sport=1 dport=2 "                \
    "saddr=127.0.0.1 daddr=127.0.0.1 saddrv6=::ffff:127.0.0.1 daddrv6=::ffff:127.0.0.1 "       \
    "oldstate=TCP_CLOSE newstate=TCP_LISTEN"

static void the_name_of_a_process_may_be_anything(void **state)
{
    static const char *const lines[] = {
        /* prctl(PR_SET_NAME, "a b:\n[0] x-1"): the line begins within it */
        "[0] x-1-8214    [000] ..... 14959.297959: " STATE_EVENT,
        "        -1 [000]-7-8214    [000] ..... 14959.297959: " STATE_EVENT,
        "  : kfree_skb: -8214    [000] ..... 14959.297959: " STATE_EVENT,
        "           <...>-8214    [000] ..... 14959.297959: " STATE_EVENT,
        "          <idle>-0       [001] ..s2. 14959.297959: " STATE_EVENT,
        "           <...>-8214    (-------) [000] ..... 14959.297959: " STATE_EVENT,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        const struct kernel_event e = parsed(lines[i]);

        assert_int_equal(e.kind, KERNEL_SET_STATE);
        assert_int_equal(e.at_ns, UINT64_C(14959297959000));
        assert_int_equal(e.local.port, 1);
    }
}

static void what_is_no_line_of_these_is_refused(void **state)
{
    static const char *const lines[] = {
        "",
        "-",
        "            curl-8214",
        "            curl-8214    [000] ..s2. ",
        "            curl-8214    [000] ..s2. 14959.348262:",
        "            curl-8214    [000] ..s2. 14959.3482621: " STATE_EVENT,
        "            curl-8214    [000] ..s2. 99999999999999999999.348262: " STATE_EVENT,
        "            curl-8214    [000 ..s2. 14959.348262: " STATE_EVENT,
        "            curl-8214    [000] ..s2. 14959,348262: " STATE_EVENT,
        CONTEXT "inet_sock_set_state: ",
        CONTEXT "inet_sock_set_state: family=AF_INET sport=99999 dport=1 saddr=1.2.3.4 "
                "daddr=1.2.3.4",
        CONTEXT "inet_sock_set_state: family=AF_INET sport=1 dport=1 saddr=1.2.3 daddr=1.2.3.4",
        CONTEXT "inet_sock_set_state: family=AF_INET sport=-1 dport=1 saddr=1.2.3.4 "
                "daddr=1.2.3.4",
        CONTEXT "tcp_send_reset: src=:80 dest=1.2.3.4:80",
        CONTEXT "tcp_send_reset: src=[:80 dest=1.2.3.4:80",
        CONTEXT "tcp_send_reset: src=1.2.3.4 dest=1.2.3.4:80",
        CONTEXT "kfree_skb: protocol=2048",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_int_equal(code_of(lines[i]), -EBADMSG);
    assert_int_equal(code_of(CONTEXT "sched_switch: prev_comm=x"), -ENOMSG);
    /* A key is a whole word. */
    assert_int_equal(code_of(CONTEXT "tcp_retransmit_skb: family=AF_INET xsport=1 dport=1 "
                                     "saddr=1.2.3.4 daddr=1.2.3.4"),
                     -EBADMSG);
}

static void a_cut_line_is_refused_or_says_what_is_there(void **state)
{
    static const char line[] = CONTEXT STATE_EVENT;
    struct kernel_event e;

    (void)state;
    for (size_t len = 0; len < sizeof(line) - 1; len++) {
        char copy[sizeof(line)];

        memcpy(copy, line, len);
        if (tracing_parse(copy, len, &e) == 0)
            assert_int_equal(e.local.port, 1);
    }
}

static void what_was_lost_is_counted(void **state)
{
    uint64_t lost = 0;

    (void)state;
    assert_true(tracing_parse_lost("CPU:1 [LOST 42 EVENTS]", 22, &lost));
    assert_int_equal(lost, 42);
    assert_true(tracing_parse_lost("CPU:1 [LOST EVENTS]", 19, &lost));
    assert_int_equal(lost, 1);
    assert_false(tracing_parse_lost("CPU:1 LOST", 10, &lost));
    assert_false(
        tracing_parse_lost(CONTEXT STATE_EVENT, sizeof(CONTEXT STATE_EVENT) - 1, &lost));
}

static void a_format_must_promise_what_is_parsed(void **state)
{
    (void)state;
    assert_true(tracing_format_fits(
        KERNEL_SET_STATE,
        "print fmt: \"family=%s protocol=%s sport=%hu dport=%hu saddr=%pI4 daddr=%pI4 "
        "saddrv6=%pI6c daddrv6=%pI6c oldstate=%s newstate=%s\""));
    assert_false(tracing_format_fits(KERNEL_SET_STATE, "print fmt: \"family=%s sport=%hu\""));
    assert_false(tracing_format_fits(KERNEL_SET_STATE, ""));
    assert_true(
        tracing_format_fits(KERNEL_SEND_RESET, "print fmt: \"src=%pISpc dest=%pISpc\""));
    assert_true(tracing_format_fits(KERNEL_SEND_RESET, "print fmt: \"sport= saddrv6=\""));
    assert_false(tracing_format_fits(KERNEL_SEND_RESET, "print fmt: \"skaddr=%p\""));
    assert_true(tracing_format_fits(KERNEL_DROP, "print fmt: \"reason: %s\""));
    assert_false(tracing_format_fits(KERNEL_DESTROYED, "print fmt: \"\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_of_state_has_addresses_states_and_time),
        cmocka_unit_test(an_ipv6_socket_has_its_own_addresses),
        cmocka_unit_test(a_reset_that_came_has_the_cookie),
        cmocka_unit_test(a_reset_that_was_sent_has_its_reason),
        cmocka_unit_test(an_old_reset_has_ports_and_addresses),
        cmocka_unit_test(an_error_report_has_the_errno),
        cmocka_unit_test(a_retransmission_has_its_state),
        cmocka_unit_test(a_drop_has_its_reason),
        cmocka_unit_test(the_name_of_a_process_may_be_anything),
        cmocka_unit_test(what_is_no_line_of_these_is_refused),
        cmocka_unit_test(a_cut_line_is_refused_or_says_what_is_there),
        cmocka_unit_test(what_was_lost_is_counted),
        cmocka_unit_test(a_format_must_promise_what_is_parsed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
