/* Connections that end, or should: each cause, and its neighbours that must not be named. */
#include "tests/unit/sightings.h"

static void who_does_not_close_after_the_peer_leaks(void **state)
{
    struct evidence *e;
    struct sighting *s = watched(&e), *peer;

    (void)state;
    in_state(s, STATE_CLOSE_WAIT);
    holds(s, 1, 0); /* the FIN, unread */
    expect_cause(e, "close-wait-leak", LIKELY);
    s = watched(&e); /* longer than a peer that closed it all remembers */
    in_state(s, STATE_CLOSE_WAIT);
    set_both(s, TCP_INFO_last_ack_recv, 61000);
    expect_cause(e, "close-wait-leak", CERTAIN);
    s = watched(&e); /* nobody there could read an answer */
    in_state(s, STATE_CLOSE_WAIT);
    peer = sight(e, ROLE_PEER);
    in_state(peer, STATE_FIN_WAIT2);
    peer->row.inode = peer->row_later.inode = 0;
    expect_cause(e, "close-wait-leak", CERTAIN);
}

static void bytes_that_wait_beside_it_do_not_change_that(void **state)
{
    struct evidence *e;
    struct sighting *s = watched(&e);

    (void)state;
    in_state(s, STATE_CLOSE_WAIT);
    holds(s, 100000, 0);
    set_both(s, TCP_INFO_rcv_wnd, 0);
    expect_cause(e, "close-wait-leak", LIKELY);
}

static void who_still_answers_does_not_leak(void **state)
{
    struct evidence *e;
    struct sighting *s = watched(&e);

    (void)state;
    in_state(s, STATE_CLOSE_WAIT);
    set_info(&s->detail_later, TCP_INFO_bytes_sent, 4000);
    expect_cause(e, "healthy", LIKELY);
    s = watched(&e); /* it closed just now */
    s->row.state = STATE_CLOSE_WAIT;
    s->row_later.state = STATE_LAST_ACK;
    expect_cause(e, "healthy", LIKELY);
}

static void a_stopped_program_cannot_close(void **state)
{
    struct evidence *e;
    struct sighting *s = watched(&e);

    (void)state;
    in_state(s, STATE_CLOSE_WAIT);
    holds(s, 1, 0);
    stop(s);
    expect_cause(e, "process-stopped", CERTAIN);
}

static void half_closed_has_an_owner_and_an_orphan_has_none(void **state)
{
    struct evidence *e;
    struct sighting *s = watched(&e);

    (void)state;
    in_state(s, STATE_FIN_WAIT2);
    expect_cause(e, "half-closed", CERTAIN);
    s = watched(&e);
    in_state(s, STATE_FIN_WAIT2);
    s->row.inode = s->row_later.inode = 0;
    expect_cause(e, "fin-wait-orphan", CERTAIN);
    s = watched(&e); /* though the peer does not read, either */
    in_state(s, STATE_FIN_WAIT1);
    s->row.inode = s->row_later.inode = 0;
    holds(s, 0, 100000);
    set_both(s, TCP_INFO_snd_wnd, 0);
    expect_cause(e, "fin-wait-orphan", CERTAIN);
    s = watched(&e); /* a program that has one waits for its reader */
    in_state(s, STATE_FIN_WAIT1);
    holds(s, 0, 100000);
    set_both(s, TCP_INFO_snd_wnd, 0);
    expect_cause(e, "peer-not-reading", CERTAIN);
}

static struct evidence *waiting(size_t n, uint16_t low, uint16_t high)
{
    struct evidence *e;
    struct sighting *s = watched(&e);

    in_state(s, STATE_TIME_WAIT);
    s->later = false;
    s->row.inode = 0;
    s->row.timer_ms = 42000;
    e->time_waits = n;
    e->surroundings.limits =
        (struct limit_facts){.has_port_range = true, .port_low = low, .port_high = high};
    return e;
}

static void time_wait_is_normal_until_it_takes_a_quarter_of_the_ports(void **state)
{
    (void)state;
    expect_cause(waiting(1, 32768, 60999), "time-wait-normal", CERTAIN);
    expect_cause(waiting(7057, 32768, 60999), "time-wait-normal", CERTAIN);
    expect_cause(waiting(7058, 32768, 60999), "time-wait-many", CERTAIN);
    expect_cause(waiting(25, 40000, 40059), "time-wait-many", CERTAIN);
}

static void a_socket_that_is_not_there_is_not_judged(void **state)
{
    struct evidence *e = evidence_new();

    (void)state;
    e->subject = WHY_SOCKET;
    e->rows_seen = true;
    expect_cause(e, "unknown", POSSIBLE);
}

static void what_we_connected_ourselves_is_no_leak_of_ours(void **state)
{
    struct evidence *e;
    struct sighting *s = watched(&e);
    struct attempt *a = evidence_attempt(e);

    (void)state;
    e->subject = WHY_CONNECT;
    *a = (struct attempt){
        .call = "connect", .to = s->row.peer, .from = s->row.local, .peer_closed = true};
    in_state(s, STATE_CLOSE_WAIT);
    expect_cause(e, "healthy", LIKELY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_does_not_close_after_the_peer_leaks),
        cmocka_unit_test(bytes_that_wait_beside_it_do_not_change_that),
        cmocka_unit_test(who_still_answers_does_not_leak),
        cmocka_unit_test(a_stopped_program_cannot_close),
        cmocka_unit_test(half_closed_has_an_owner_and_an_orphan_has_none),
        cmocka_unit_test(time_wait_is_normal_until_it_takes_a_quarter_of_the_ports),
        cmocka_unit_test(a_socket_that_is_not_there_is_not_judged),
        cmocka_unit_test(what_we_connected_ourselves_is_no_leak_of_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
