/* Connections that were torn down: each cause, and its neighbours that must not be named. */
#include <errno.h>

#include "tests/unit/sightings.h"

#define OURS end_of(1, 4000)
#define THEIRS end_of(2, 80)

/* It was there, and a reset came. */
static struct sighting *torn(struct evidence **ret)
{
    struct sighting *s = watched(ret);

    s->row_later = (struct row){0};
    (*ret)->events_seen = true;
    (*ret)->wire.rst_in = 1;
    (*ret)->wire.packets_in = 1;
    (*ret)->wire.rst_in_has_ack = true;
    (*ret)->wire.rst_acceptable = true;
    return s;
}

static void the_kernels_reason_names_the_cause(void **state)
{
    struct evidence *e;

    (void)state;
    torn(&e);
    happens(e, KERNEL_SEND_RESET, THEIRS, OURS, "TCP_ABORT_ON_CLOSE");
    expect_cause(e, "reset-unread-data", CERTAIN);
    torn(&e);
    happens(e, KERNEL_SEND_RESET, THEIRS, OURS, "TCP_STATE");
    expect_cause(e, "reset-abort", CERTAIN);
    torn(&e);
    happens(e, KERNEL_SEND_RESET, THEIRS, OURS, "NO_SOCKET");
    expect_cause(e, "reset-no-socket", CERTAIN);
    torn(&e);
    happens(e, KERNEL_SEND_RESET, OURS, THEIRS, "TCP_KEEPALIVE_TIMEOUT");
    expect_cause(e, "keepalive-timeout", CERTAIN);
}

static void a_listener_that_ended_just_before_is_the_cause(void **state)
{
    struct evidence *e;
    struct kernel_event *k;

    (void)state;
    /* Its end of the connection was not seen before, then nobody held it, then a program did. */
    for (int seen = 0; seen < 3; seen++) {
        torn(&e);
        if (seen)
            sight(e, ROLE_PEER)->row.inode = seen == 2 ? 4242 : 0;
        k = happens(e, KERNEL_SET_STATE, THEIRS, (struct addr){0}, "");
        k->old_state = STATE_LISTEN;
        k->new_state = STATE_CLOSE;
        happens(e, KERNEL_SEND_RESET, THEIRS, OURS, "TCP_STATE");
        expect_cause(e, seen == 2 ? "reset-abort" : "reset-listener-closed",
                     seen ? CERTAIN : LIKELY);
    }
    torn(&e); /* the child of a listener that stays */
    k = happens(e, KERNEL_SET_STATE, THEIRS, OURS, "");
    k->old_state = STATE_LISTEN;
    k->new_state = STATE_SYN_RECV;
    happens(e, KERNEL_SEND_RESET, THEIRS, OURS, "TCP_STATE");
    expect_cause(e, "reset-abort", CERTAIN);
}

static void an_errno_tells_what_the_same_reason_leaves_open(void **state)
{
    struct evidence *e;

    (void)state;
    torn(&e);
    happens(e, KERNEL_ERROR_REPORT, OURS, THEIRS, "")->error = ECONNABORTED;
    happens(e, KERNEL_SEND_RESET, OURS, THEIRS, "TCP_STATE");
    expect_cause(e, "reset-destroyed", CERTAIN);
    torn(&e);
    happens(e, KERNEL_ERROR_REPORT, OURS, THEIRS, "")->error = EPIPE;
    happens(e, KERNEL_SEND_RESET, THEIRS, OURS, "NO_SOCKET");
    expect_cause(e, "broken-pipe", CERTAIN);
}

static void giving_up_early_is_a_timeout_of_the_user(void **state)
{
    struct evidence *e;
    struct sighting *s = torn(&e);

    (void)state;
    e->wire.rst_in = e->wire.packets_in = 0;
    s->row.wqueue = 5;
    happens(e, KERNEL_ERROR_REPORT, OURS, THEIRS, "")->error = ETIMEDOUT;
    expect_cause(e, "user-timeout", CERTAIN);
    s = torn(&e); /* as often as the kernel does by itself */
    e->wire.rst_in = e->wire.packets_in = 0;
    s->row.wqueue = 5;
    set_info(&s->detail, TCP_INFO_timeouts, 14);
    happens(e, KERNEL_ERROR_REPORT, OURS, THEIRS, "")->error = ETIMEDOUT;
    expect_cause(e, "unknown", POSSIBLE);
    s = torn(&e); /* nothing was sent but keep-alives */
    e->wire.rst_in = e->wire.packets_in = 0;
    s->row.timer = TIMER_KEEPALIVE;
    happens(e, KERNEL_ERROR_REPORT, OURS, THEIRS, "")->error = ETIMEDOUT;
    expect_cause(e, "keepalive-timeout", CERTAIN);
}

static void a_reset_from_elsewhere_is_not_the_peers(void **state)
{
    struct evidence *e;
    struct sighting *peer;

    (void)state;
    torn(&e);
    e->wire.has_rst_in_ttl = e->wire.has_reply_ttl = true;
    e->wire.rst_in_ttl = 37;
    e->wire.reply_ttl = 62;
    expect_cause(e, "reset-by-middle", LIKELY);
    torn(&e); /* its socket is open as before */
    peer = sight(e, ROLE_PEER);
    assert_int_equal(peer->row_later.state, STATE_ESTABLISHED);
    expect_cause(e, "reset-by-middle", CERTAIN);
    torn(&e); /* on this host, where every kernel would have told of its own */
    e->route.kind = ROUTE_LOCAL;
    happens(e, KERNEL_RECEIVE_RESET, OURS, THEIRS, "");
    expect_cause(e, "reset-by-middle", CERTAIN);
}

static void events_that_were_not_on_prove_nothing(void **state)
{
    struct evidence *e;

    (void)state;
    torn(&e);
    e->route.kind = ROUTE_LOCAL;
    e->events_seen = false;
    expect_cause(e, "unknown", POSSIBLE);
}

static void packets_alone_tell_a_socket_from_none(void **state)
{
    struct evidence *e;

    (void)state;
    torn(&e); /* RFC 9293, 3.5.2: no ACK, for it answers what belongs to no connection */
    e->wire.rst_in_has_ack = false;
    expect_cause(e, "reset-no-socket", LIKELY);
    torn(&e);
    e->wire.rst_in_has_ack = false;
    e->wire.fin_in = 1;
    e->wire.data_out_after_fin_in = true;
    expect_cause(e, "broken-pipe", CERTAIN);
    torn(&e); /* of a live socket, whose reason is not known: never a certain cause */
    e->events_seen = false;
    e->wire.syn_ack_in = 1;
    e->wire.payload_out_bytes = 10;
    expect_cause(e, "reset-unread-data", POSSIBLE);
}

static void a_connection_that_was_closed_is_not_torn(void **state)
{
    struct evidence *e;
    struct sighting *s = watched(&e);

    (void)state;
    s->row_later = (struct row){0};
    e->wire.fin_in = e->wire.fin_out = 1;
    expect_cause(e, "healthy", LIKELY);
    s = watched(&e);
    s->row_later = (struct row){0};
    expect_cause(e, "unknown", POSSIBLE);
}

static void who_has_closed_waits_in_no_queue(void **state)
{
    struct evidence *e;
    struct sighting *s = torn(&e), *peer = sight(e, ROLE_PEER);
    struct verdict v;

    (void)state;
    s->row.state = STATE_CLOSE_WAIT;
    e->events_seen = false;
    e->wire.rst_in_has_ack = false;
    peer->row.inode = 0;
    peer->row.state = STATE_FIN_WAIT2;
    peer->row_later = (struct row){0};
    why_judge(e, &v);
    evidence_free(e);
    assert_string_not_equal(v.cause, "reset-listener-closed");
}

static void a_reset_of_what_never_left_is_our_own_filters(void **state)
{
    struct firewall_rule *rule;
    struct evidence *e;

    (void)state;
    for (unsigned left = 0; left < 2; left++) {
        torn(&e);
        e->wire.seen = true;
        e->wire.rst_in_has_ack = false;
        e->wire.packets_out = left;
        rule = &e->surroundings.firewall.rules[e->surroundings.firewall.n_rules++];
        *rule = (struct firewall_rule){
            .action = FIREWALL_REJECT, .tcp_reset = true, .text = "tcp flags psh reject"};
        e->events_seen = false;
        expect_cause(e, left ? "reset-no-socket" : "reset-by-middle", LIKELY);
    }
}

static void a_reset_after_the_end_breaks_no_pipe(void **state)
{
    struct evidence *e;

    (void)state;
    torn(&e);
    e->wire.fin_in = 1;
    happens(e, KERNEL_ERROR_REPORT, OURS, THEIRS, "")->error = EPIPE;
    happens(e, KERNEL_SEND_RESET, THEIRS, OURS, "TCP_STATE");
    expect_cause(e, "reset-abort", CERTAIN);
}

static void who_was_never_connected_has_nothing_that_is_torn(void **state)
{
    struct evidence *e = evidence_new();
    struct attempt *a = evidence_attempt(e);
    struct verdict v;

    (void)state;
    e->subject = WHY_CONNECT;
    a->call = "send";
    a->error = a->send_error = -EPIPE;
    why_judge(e, &v);
    evidence_free(e);
    assert_string_equal(v.cause, "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reset_of_what_never_left_is_our_own_filters),
        cmocka_unit_test(who_was_never_connected_has_nothing_that_is_torn),
        cmocka_unit_test(who_has_closed_waits_in_no_queue),
        cmocka_unit_test(a_reset_after_the_end_breaks_no_pipe),
        cmocka_unit_test(the_kernels_reason_names_the_cause),
        cmocka_unit_test(a_listener_that_ended_just_before_is_the_cause),
        cmocka_unit_test(an_errno_tells_what_the_same_reason_leaves_open),
        cmocka_unit_test(giving_up_early_is_a_timeout_of_the_user),
        cmocka_unit_test(a_reset_from_elsewhere_is_not_the_peers),
        cmocka_unit_test(events_that_were_not_on_prove_nothing),
        cmocka_unit_test(packets_alone_tell_a_socket_from_none),
        cmocka_unit_test(a_connection_that_was_closed_is_not_torn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
