/* Stalled connections: each cause, and its neighbours that must not be named. */
#include <errno.h>

#include "tests/unit/sightings.h"

/* --- readers ----------------------------------------------------------------------------------- */

static void who_has_nothing_to_do_is_healthy(void **state)
{
    struct evidence *e;

    (void)state;
    watched(&e);
    expect_cause(e, "healthy", LIKELY);
}

static void bytes_that_nobody_fetched_are_of_a_program_that_does_not_read(void **state)
{
    struct evidence *e;
    struct sighting *s = watched(&e);

    (void)state;
    holds(s, 100, 0);
    expect_cause(e, "app-not-reading", LIKELY);
    s = watched(&e);
    holds(s, 100, 0);
    set_both(s, TCP_INFO_last_data_recv, 6000);
    expect_cause(e, "app-not-reading", CERTAIN);
    s = watched(&e);
    holds(s, 131072, 0);
    set_both(s, TCP_INFO_rcv_wnd, 0);
    expect_cause(e, "app-not-reading", CERTAIN);
}

static void a_slow_reader_reads(void **state)
{
    struct evidence *e;
    struct sighting *s = watched(&e);

    (void)state;
    holds(s, 100000, 0);
    set_both(s, TCP_INFO_rcv_wnd, 0);
    set_info(&s->detail_later, TCP_INFO_bytes_received, 4096);
    expect_cause(e, "healthy", LIKELY);
    s = watched(&e); /* all that had come is gone, and other bytes wait */
    s->row.rqueue = s->row_later.rqueue = 50;
    set_info(&s->detail_later, TCP_INFO_bytes_received, 50);
    expect_cause(e, "healthy", LIKELY);
}

static void a_stopped_process_is_told_from_one_that_does_not_read(void **state)
{
    struct evidence *e;
    struct sighting *s = watched(&e);

    (void)state;
    holds(s, 100, 0);
    stop(s);
    expect_cause(e, "process-stopped", CERTAIN);
    s = watched(&e); /* stopped for a moment */
    holds(s, 100, 0);
    stop(s);
    s->process_state_later = 'S';
    expect_cause(e, "app-not-reading", LIKELY);
    s = watched(&e); /* another process has it, too, and runs */
    holds(s, 100, 0);
    stop(s);
    s->n_holders = 2;
    expect_cause(e, "app-not-reading", LIKELY);
    s = watched(&e); /* a paused container */
    holds(s, 100, 0);
    s->process.frozen = true;
    s->n_stopped = 1;
    expect_cause(e, "process-stopped", CERTAIN);
}

static void who_may_be_stopped_is_not_surely_one_that_does_not_read(void **state)
{
    struct evidence *e;
    struct sighting *s = watched(&e);

    (void)state;
    holds(s, 131072, 0);
    set_both(s, TCP_INFO_rcv_wnd, 0);
    s->owner = OWNER_NOT_PERMITTED;
    s->n_holders = 0;
    s->process = (struct process_facts){0};
    expect_just(e, "app-not-reading", LIKELY);
    s = watched(&e); /* who never accepted it may be stopped, too */
    holds(s, 131072, 0);
    set_both(s, TCP_INFO_rcv_wnd, 0);
    s->row.inode = s->row_later.inode = 0;
    s->owner = OWNER_NONE;
    s->n_holders = 0;
    s->process = (struct process_facts){0};
    expect_just(e, "app-not-reading", LIKELY);
}

static void what_nobody_accepted_nobody_reads(void **state)
{
    struct evidence *e;
    struct sighting *s = watched(&e);

    (void)state;
    holds(s, 5, 0);
    s->row.inode = s->row_later.inode = 0;
    expect_cause(e, "app-not-reading", LIKELY);
    s = watched(&e);
    s->row.inode = s->row_later.inode = 0;
    expect_cause(e, "app-not-reading", LIKELY);
}

static void a_closed_window_is_a_peer_that_does_not_read(void **state)
{
    struct evidence *e;
    struct sighting *s = watched(&e), *peer;

    (void)state;
    holds(s, 0, 4000000);
    set_both(s, TCP_INFO_snd_wnd, 0);
    s->row.timer = s->row_later.timer = TIMER_PERSIST;
    expect_cause(e, "peer-not-reading", CERTAIN);
    s = watched(&e); /* seen from the sender it is that, too, when the reader is stopped */
    holds(s, 0, 4000000);
    set_both(s, TCP_INFO_snd_wnd, 0);
    peer = sight(e, ROLE_PEER);
    holds(peer, 131072, 0);
    stop(peer);
    expect_cause(e, "peer-not-reading", CERTAIN);
}

static void an_open_window_is_not_what_holds(void **state)
{
    struct evidence *e;
    struct sighting *s = watched(&e);

    (void)state;
    holds(s, 0, 100000); /* the same timer runs when nothing can leave this host */
    s->row.timer = s->row_later.timer = TIMER_PERSIST;
    expect_cause(e, "unknown", POSSIBLE);
    s = watched(&e); /* closed at one look only, and bytes move */
    holds(s, 0, 100000);
    set_info(&s->detail_later, TCP_INFO_snd_wnd, 0);
    set_info(&s->detail_later, TCP_INFO_bytes_acked, 9000000);
    expect_cause(e, "healthy", LIKELY);
}

static void a_window_closed_for_most_of_the_time_is_a_slow_reader(void **state)
{
    struct evidence *e;
    struct sighting *s = watched(&e);

    (void)state;
    holds(s, 0, 4000000);
    set_info(&s->detail_later, TCP_INFO_bytes_acked, 100000);
    e->wire.window_closed_ns = 800 * CLOCK_MS_NS;
    e->wire.packets_in = 10;
    expect_cause(e, "peer-not-reading", CERTAIN);
}

static void what_the_peer_has_and_leaves_is_not_lost(void **state)
{
    struct evidence *e;
    struct sighting *peer;

    (void)state;
    watched(&e);
    peer = sight(e, ROLE_PEER);
    holds(peer, 300, 0);
    expect_cause(e, "peer-not-reading", LIKELY);
    watched(&e);
    peer = sight(e, ROLE_PEER);
    holds(peer, 300, 0);
    peer->row.inode = peer->row_later.inode = 0;
    expect_cause(e, "peer-not-reading", LIKELY);
}

static void a_full_listener_is_told_with_its_reason(void **state)
{
    struct evidence *e;
    struct sighting *s = watched(&e);

    (void)state;
    in_state(s, STATE_LISTEN);
    holds(s, 17, 16);
    s->process.has_fds = true;
    s->process.fds = 17;
    s->process.fd_limit = 1024;
    expect_just(e, "accept-queue-full", CERTAIN);
    s = watched(&e); /* its descriptors may all be open: that is not seen */
    in_state(s, STATE_LISTEN);
    holds(s, 17, 16);
    expect_just(e, "accept-queue-full", LIKELY);
    s = watched(&e);
    in_state(s, STATE_LISTEN);
    holds(s, 17, 16);
    s->process.has_fds = true;
    s->process.fds = s->process.fd_limit = 1024;
    expect_cause(e, "too-many-open-files", CERTAIN);
    s = watched(&e);
    in_state(s, STATE_LISTEN);
    holds(s, 3, 16);
    expect_cause(e, "healthy", LIKELY);
}

/* --- the way ------------------------------------------------------------------------------------ */

/* Data that is sent again and again, and nothing comes. */
static struct sighting *unanswered(struct evidence **e, unsigned times)
{
    struct sighting *s = watched(e);

    holds(s, 0, 500);
    set_both(s, TCP_INFO_unacked, 1);
    set_both(s, TCP_INFO_timeouts, times);
    set_info(&s->detail, TCP_INFO_total_retrans, times ? times - 1 : 0);
    set_info(&s->detail_later, TCP_INFO_total_retrans, times);
    set_info(&s->detail_later, TCP_INFO_data_segs_out, 1);
    set_both(s, TCP_INFO_last_ack_recv, 60000);
    set_both(s, TCP_INFO_busy_time, 1500000);
    return s;
}

static void silence_after_two_timeouts_is_a_peer_that_vanished(void **state)
{
    struct evidence *e;

    (void)state;
    unanswered(&e, 3);
    expect_cause(e, "peer-vanished", LIKELY);
    unanswered(&e, 3);
    e->route.neighbour = NEIGHBOUR_FAILED;
    expect_cause(e, "peer-vanished", CERTAIN);
}

static void two_timeouts_may_be_loss(void **state)
{
    struct evidence *e;
    struct verdict v;

    (void)state;
    unanswered(&e, 2);
    why_judge(e, &v);
    evidence_free(e);
    assert_true(v.confidence == CONFIDENCE_POSSIBLE);
}

static void a_zero_window_whose_probes_nobody_answers_is_no_reader_but_nobody(void **state)
{
    struct evidence *e;
    struct sighting *s = watched(&e);

    (void)state;
    holds(s, 0, 100000);
    set_both(s, TCP_INFO_snd_wnd, 0);
    set_both(s, TCP_INFO_probes, 4);
    s->row.timer = s->row_later.timer = TIMER_PERSIST;
    expect_cause(e, "peer-vanished", LIKELY);
}

static void who_has_no_way_any_more_is_told_so(void **state)
{
    struct evidence *e;

    (void)state;
    unanswered(&e, 4);
    e->route = (struct route_facts){.seen = true, .kind = ROUTE_NONE, .error = -ENETUNREACH};
    expect_cause(e, "network-unreachable", CERTAIN);
    unanswered(&e, 4);
    e->route = (struct route_facts){.seen = true, .kind = ROUTE_PROHIBIT, .error = -EACCES};
    expect_cause(e, "route-blocked", CERTAIN);
    unanswered(&e, 4);
    e->home = (struct route_facts){.seen = true, .error = -EADDRNOTAVAIL};
    expect_cause(e, "address-not-local", LIKELY);
}

static void nobody_is_named_who_did_not_accept(void **state)
{
    struct verdict v;
    struct evidence *e;
    struct sighting *s = watched(&e), *peer = sight(e, ROLE_PEER);

    (void)state;
    holds(s, 0, 0);
    peer->row.inode = peer->row_later.inode = 0;
    holds(peer, 27, 0);
    peer->own_netns = false;
    why_judge(e, &v);
    evidence_free(e);
    assert_string_equal(v.cause, "peer-not-reading");
    assert_memory_equal(v.summary, "no program at the other end has not accepted", 20);
}

static void who_has_read_everything_is_not_blamed(void **state)
{
    struct evidence *e;
    struct sighting *s = watched(&e);

    (void)state;
    holds(s, 0, 100000);
    set_both(s, TCP_INFO_snd_wnd, 0);
    set_both(s, TCP_INFO_probes, 3);
    s->row.timer = s->row_later.timer = TIMER_PERSIST;
    sight(e, ROLE_PEER);
    expect_cause(e, "peer-vanished", LIKELY);
}

static void silence_on_a_way_that_loses_is_loss(void **state)
{
    struct evidence *e;
    struct sighting *s = unanswered(&e, 2);

    (void)state;
    set_both(s, TCP_INFO_sacked, 12);
    expect_cause(e, "network-loss", LIKELY);
}

static void our_own_link_comes_before_the_peer(void **state)
{
    struct evidence *e;

    (void)state;
    unanswered(&e, 4);
    e->home.carrier = e->route.carrier = false;
    expect_cause(e, "interface-down", CERTAIN);
    unanswered(&e, 4); /* the routes went with the link, the address stays */
    e->route = (struct route_facts){.seen = true, .kind = ROUTE_NONE};
    e->home.up = false;
    expect_cause(e, "interface-down", CERTAIN);
}

static void a_rule_here_that_takes_everything_is_named(void **state)
{
    struct evidence *e;
    struct firewall_rule *rule;

    (void)state;
    unanswered(&e, 3);
    rule = &e->surroundings.firewall.rules[e->surroundings.firewall.n_rules++];
    *rule = (struct firewall_rule){
        .action = FIREWALL_DROP, .has_counter = true, .packets_before = 1, .packets_after = 4};
    expect_cause(e, "firewall-drop", LIKELY);
    unanswered(&e, 3); /* and it is known that the rule fits */
    rule = &e->surroundings.firewall.rules[e->surroundings.firewall.n_rules++];
    *rule = (struct firewall_rule){.action = FIREWALL_DROP,
                                   .matches_surely = true,
                                   .has_counter = true,
                                   .packets_before = 1,
                                   .packets_after = 4};
    expect_cause(e, "firewall-drop", CERTAIN);
    unanswered(&e, 3); /* what the capture saw come did not reach the socket */
    e->wire.packets_in = 3;
    expect_cause(e, "firewall-drop", LIKELY);
}

static void a_rule_here_that_takes_some_is_loss(void **state)
{
    struct evidence *e;
    struct firewall_rule *rule;
    struct sighting *s = unanswered(&e, 3);

    (void)state;
    set_both(s, TCP_INFO_sacked, 40);
    rule = &e->surroundings.firewall.rules[e->surroundings.firewall.n_rules++];
    *rule = (struct firewall_rule){
        .action = FIREWALL_DROP, .has_counter = true, .packets_before = 1, .packets_after = 4};
    expect_cause(e, "network-loss", LIKELY);
}

static void what_overtakes_a_missing_segment_is_lost_towards_us(void **state)
{
    struct evidence *e;
    struct sighting *s = watched(&e), *peer;

    (void)state;
    set_info(&s->detail_later, TCP_INFO_data_segs_in, 500);
    set_info(&s->detail_later, TCP_INFO_rcv_ooopack, 50);
    expect_cause(e, "network-loss", LIKELY);
    s = watched(&e); /* only reordered */
    set_info(&s->detail_later, TCP_INFO_data_segs_in, 500);
    set_info(&s->detail_later, TCP_INFO_rcv_ooopack, 50);
    peer = sight(e, ROLE_PEER);
    assert_int_equal(peer->role, ROLE_PEER);
    expect_cause(e, "healthy", LIKELY);
}

static struct sighting *losing(struct evidence **e, uint64_t lost, uint64_t sent)
{
    struct sighting *s = watched(e);

    holds(s, 0, 50000);
    set_info(&s->detail_later, TCP_INFO_total_retrans, lost);
    set_info(&s->detail_later, TCP_INFO_data_segs_out, sent);
    set_info(&s->detail_later, TCP_INFO_bytes_acked, sent * 1000);
    set_info(&s->detail_later, TCP_INFO_segs_in, 50);
    (*e)->wire.packets_in = 50;
    return s;
}

static void loss_is_told_by_what_is_sent_again(void **state)
{
    struct evidence *e;
    struct sighting *s;

    (void)state;
    losing(&e, 15, 100);
    expect_cause(e, "network-loss", CERTAIN);
    losing(&e, 1, 6); /* its acknowledgement may have been late */
    expect_cause(e, "healthy", LIKELY);
    losing(&e, 2, 6);
    expect_cause(e, "network-loss", LIKELY);
    losing(&e, 3, 10000); /* too few to matter */
    expect_cause(e, "healthy", LIKELY);
    s = losing(&e, 5, 100); /* none of them was lost */
    set_info(&s->detail_later, TCP_INFO_dsack_dups, 5);
    expect_cause(e, "healthy", LIKELY);
}

/* The peer, which can be seen, sends so many bytes again and again. */
static void sends_in_vain_to_us(struct evidence **e, uint32_t waiting)
{
    struct sighting *s = unanswered(e, 0), *peer;

    holds(s, 0, 0);
    set_both(s, TCP_INFO_segs_in, 9);
    peer = sight(*e, ROLE_PEER);
    *peer = *s;
    peer->role = ROLE_PEER;
    holds(peer, 0, waiting);
    set_both(peer, TCP_INFO_snd_mss, 1448);
    set_both(peer, TCP_INFO_unacked, 2);
    set_both(peer, TCP_INFO_timeouts, 3);
    set_both(peer, TCP_INFO_bytes_acked, 41);
}

static void what_the_peer_sends_in_vain_is_told(void **state)
{
    struct evidence *e;

    (void)state;
    sends_in_vain_to_us(&e, 3000);
    expect_cause(e, "path-mtu-blackhole", LIKELY);
    sends_in_vain_to_us(&e, 300);
    expect_cause(e, "network-loss", LIKELY);
    sends_in_vain_to_us(&e, 300); /* it comes, and goes no further */
    e->wire.seen = true;
    e->wire.packets_in = 3;
    e->wire.payload_in_bytes = 900;
    e->wire.retransmissions_in = 2;
    expect_cause(e, "firewall-drop", LIKELY);
}

static void a_full_queue_of_our_own_interface_is_no_loss(void **state)
{
    struct evidence *e;
    struct sighting *s;

    (void)state;
    for (unsigned dropped = 0; dropped < 2; dropped++) {
        s = losing(&e, 30, 100);
        holds(s, 0, 90000);
        set_both(s, TCP_INFO_notsent_bytes, 50000);
        set_both(s, TCP_INFO_rtt, 300000);
        set_both(s, TCP_INFO_min_rtt, 80);
        e->route.queue =
            (struct queue_facts){.seen = true, .kind = "tbf", .backlog_bytes = 40000};
        e->queue_dropped_pkts = 40 * dropped;
        expect_cause(e, dropped ? "congestion-limited" : "network-loss",
                     dropped ? LIKELY : CERTAIN);
    }
}

static void full_segments_that_never_pass_are_a_matter_of_their_length(void **state)
{
    struct evidence *e;
    struct sighting *s = unanswered(&e, 3);

    (void)state;
    holds(s, 0, 30000);
    set_both(s, TCP_INFO_bytes_acked, 41);
    set_both(s, TCP_INFO_last_ack_recv, 1500); /* until the first of them left */
    expect_cause(e, "path-mtu-blackhole", LIKELY);
    s = unanswered(&e, 3); /* the peer goes on talking, and all that was sent was lost */
    holds(s, 0, 30000);
    set_both(s, TCP_INFO_bytes_acked, 41);
    set_info(&s->detail, TCP_INFO_total_retrans, 0);
    set_info(&s->detail_later, TCP_INFO_segs_in, 4);
    expect_cause(e, "path-mtu-blackhole", LIKELY);
    s = unanswered(&e, 3); /* it was silent for a minute before */
    holds(s, 0, 30000);
    set_both(s, TCP_INFO_bytes_acked, 41);
    expect_cause(e, "peer-vanished", LIKELY);
    s = unanswered(&e, 3); /* they did pass before */
    holds(s, 0, 30000);
    set_both(s, TCP_INFO_bytes_acked, 1000000);
    set_both(s, TCP_INFO_last_ack_recv, 1500);
    expect_cause(e, "peer-vanished", LIKELY);
    s = unanswered(&e, 3); /* short ones are on the way, and the rest waits behind them */
    holds(s, 0, 6000);
    set_both(s, TCP_INFO_bytes_acked, 41);
    set_both(s, TCP_INFO_notsent_bytes, 5000);
    set_both(s, TCP_INFO_last_ack_recv, 1500);
    expect_cause(e, "peer-vanished", LIKELY);
    s = unanswered(&e, 3); /* a short one overtook them */
    holds(s, 0, 3000);
    set_both(s, TCP_INFO_bytes_acked, 41);
    set_both(s, TCP_INFO_sacked, 1);
    expect_cause(e, "path-mtu-blackhole", LIKELY);
    s = unanswered(&e, 3);
    holds(s, 0, 30000);
    e->wire.n_icmp = 1;
    e->wire.icmp[0] =
        (struct icmp_sighting){.family = AF_INET, .type = 3, .code = 4, .mtu = 1280};
    expect_cause(e, "path-mtu-blackhole", CERTAIN);
}

static struct sighting *queueing(struct evidence **e)
{
    struct sighting *s = losing(e, 0, 200);

    set_both(s, TCP_INFO_notsent_bytes, 40000);
    set_both(s, TCP_INFO_rtt, 150000);
    set_info(&s->detail_later, TCP_INFO_busy_time, 1000000);
    return s;
}

static void a_round_trip_that_grew_is_a_queue(void **state)
{
    struct evidence *e;
    struct sighting *s = queueing(&e);

    (void)state;
    expect_cause(e, "congestion-limited", LIKELY);
    s = queueing(&e); /* a long way, without a queue */
    set_both(s, TCP_INFO_min_rtt, 145000);
    expect_cause(e, "healthy", LIKELY);
    s = queueing(&e); /* a large window fills the queue just so */
    set_both(s, TCP_INFO_snd_wnd, 500000);
    set_info(&s->detail_later, TCP_INFO_rwnd_limited, 700000);
    expect_cause(e, "congestion-limited", LIKELY);
    s = queueing(&e); /* less than a segment waits for no congestion window */
    set_both(s, TCP_INFO_notsent_bytes, MSS - 1);
    set_both(s, TCP_INFO_unacked, 0);
    expect_cause(e, "healthy", LIKELY);
}

/* Every acknowledgement on the wire took its time in the queue. */
static void a_queue_stands_where_no_segment_of_many_passes_at_once(void **state)
{
    struct evidence *e;
    struct sighting *s = queueing(&e);

    (void)state;
    set_info(&s->detail_later, TCP_INFO_total_retrans, 30);
    e->wire.rtts = 40;
    e->wire.least_rtt_ns = 60 * CLOCK_MS_NS;
    expect_cause(e, "congestion-limited", LIKELY);
    s = queueing(&e); /* a few, behind segments that were missing, tell nothing */
    set_info(&s->detail_later, TCP_INFO_total_retrans, 30);
    e->wire.rtts = 3;
    e->wire.least_rtt_ns = 60 * CLOCK_MS_NS;
    expect_cause(e, "network-loss", CERTAIN);
}

/* All was sent before the way began to lose: a full buffer is what comes of it. */
static void a_buffer_that_is_full_behind_losses_is_not_too_small(void **state)
{
    struct evidence *e;
    struct sighting *s = losing(&e, 6, 7);

    (void)state;
    holds(s, 0, 2225664);
    s->detail.sndbuf = s->detail_later.sndbuf = 4194304;
    set_info(&s->detail_later, TCP_INFO_sndbuf_limited, 990000);
    expect_cause(e, "network-loss", CERTAIN);
    s = losing(&e, 4, 200); /* two segments are less than what such losses leave */
    s->detail.sndbuf = s->detail_later.sndbuf = 4608;
    set_info(&s->detail_later, TCP_INFO_sndbuf_limited, 900000);
    expect_cause(e, "send-buffer-limited", CERTAIN);
}

static void buffers_that_are_too_small_are_told_apart(void **state)
{
    struct evidence *e;
    struct sighting *s = losing(&e, 0, 200);

    (void)state;
    set_both(s, TCP_INFO_snd_wnd, 2304);
    set_info(&s->detail_later, TCP_INFO_rwnd_limited, 900000);
    expect_cause(e, "receive-window-small", LIKELY);
    s = losing(&e, 0, 200); /* a busy transfer within the host: large, and soon filled again */
    set_both(s, TCP_INFO_snd_wnd, 3000000);
    set_info(&s->detail_later, TCP_INFO_rwnd_limited, 900000);
    expect_cause(e, "healthy", LIKELY);
    s = losing(&e, 0, 200);
    set_info(&s->detail_later, TCP_INFO_sndbuf_limited, 800000);
    expect_cause(e, "send-buffer-limited", CERTAIN);
    s = losing(&e, 0, 200);
    set_info(&s->detail_later, TCP_INFO_busy_time, 990000);
    set_info(&s->detail_later, TCP_INFO_sndbuf_limited, 60000);
    set_both(s, TCP_INFO_rtt, 100000);
    set_both(s, TCP_INFO_min_rtt, 100000);
    s->detail_later.sndbuf = 9216;
    s->detail_later.wmem_queued = 60000;
    expect_cause(e, "send-buffer-limited", LIKELY);
    s = losing(&e, 0, 200); /* paced, what it holds is never all on the way: but full it is */
    set_info(&s->detail_later, TCP_INFO_busy_time, 990000);
    set_both(s, TCP_INFO_snd_cwnd, 100);
    set_both(s, TCP_INFO_rtt, 100000);
    set_both(s, TCP_INFO_min_rtt, 100000);
    s->detail.sndbuf = s->detail_later.sndbuf = 8192;
    s->detail_later.wmem_queued = 73000;
    expect_cause(e, "send-buffer-limited", LIKELY);
    s = losing(&e, 0, 200); /* and between them everything was away for a while */
    set_info(&s->detail_later, TCP_INFO_busy_time, 700000);
    set_both(s, TCP_INFO_snd_cwnd, 100);
    set_both(s, TCP_INFO_rtt, 100000);
    set_both(s, TCP_INFO_min_rtt, 100000);
    s->detail.sndbuf = s->detail_later.sndbuf = 8192;
    s->detail_later.wmem_queued = 73000;
    expect_cause(e, "healthy", LIKELY);
}

/* --- manners -------------------------------------------------------------------------------------- */

static void two_delays_that_wait_for_each_other_are_nagles(void **state)
{
    struct evidence *e;
    struct sighting *s = watched(&e);

    (void)state;
    e->wire.nagle_waits_out = 20;
    e->wire.nagle_wait_ns = 41 * CLOCK_MS_NS;
    expect_cause(e, "nagle-delayed-ack", CERTAIN);
    s = watched(&e); /* each acknowledgement takes as long */
    e->wire.nagle_waits_out = 20;
    e->wire.nagle_wait_ns = 41 * CLOCK_MS_NS;
    set_both(s, TCP_INFO_min_rtt, 40000);
    expect_cause(e, "healthy", LIKELY);
    s = watched(&e); /* a bulk through a small window */
    e->wire.nagle_waits_out = 20;
    e->wire.nagle_wait_ns = 41 * CLOCK_MS_NS;
    set_both(s, TCP_INFO_notsent_bytes, 50000);
    expect_cause(e, "healthy", LIKELY);
    watched(&e); /* chance */
    e->wire.nagle_waits_out = 1;
    e->wire.nagle_wait_ns = 41 * CLOCK_MS_NS;
    expect_cause(e, "healthy", LIKELY);
}

/* Less than a segment waits while the windows have room: without its packets, too. */
static struct sighting *holding_back(struct evidence **e)
{
    struct sighting *s = watched(e);

    (*e)->wire.seen = false;
    holds(s, 0, 6);
    set_both(s, TCP_INFO_unacked, 1);
    set_both(s, TCP_INFO_notsent_bytes, 3);
    set_both(s, TCP_INFO_rtt, 20000);
    set_both(s, TCP_INFO_min_rtt, 7);
    set_info(&s->detail_later, TCP_INFO_data_segs_out, 44);
    set_info(&s->detail_later, TCP_INFO_bytes_acked, 132);
    set_info(&s->detail_later, TCP_INFO_segs_in, 44);
    set_info(&s->detail_later, TCP_INFO_busy_time, 990000);
    return s;
}

static void a_rest_that_waits_beside_open_windows_is_nagles(void **state)
{
    struct evidence *e;
    struct sighting *s = holding_back(&e);

    (void)state;
    expect_just(e, "nagle-delayed-ack", LIKELY);
    s = holding_back(&e); /* one look was between two of them */
    set_info(&s->detail, TCP_INFO_notsent_bytes, 0);
    expect_just(e, "nagle-delayed-ack", LIKELY);
    s = holding_back(&e); /* it hardly ever waits */
    set_info(&s->detail_later, TCP_INFO_busy_time, 45000);
    expect_cause(e, "healthy", LIKELY);
    s = holding_back(&e); /* a long way: each acknowledgement takes as long */
    set_both(s, TCP_INFO_min_rtt, 19000);
    expect_cause(e, "healthy", LIKELY);
    s = holding_back(&e); /* the congestion window is full */
    set_both(s, TCP_INFO_unacked, 10);
    expect_cause(e, "healthy", LIKELY);
    s = holding_back(&e); /* something is missing */
    set_info(&s->detail_later, TCP_INFO_total_retrans, 4);
    expect_cause(e, "network-loss", CERTAIN);
    s = holding_back(&e); /* only acknowledgements are: it was sent again for nothing */
    set_info(&s->detail_later, TCP_INFO_total_retrans, 4);
    set_info(&s->detail_later, TCP_INFO_dsack_dups, 4);
    expect_cause(e, "healthy", LIKELY);
}

static void put_said(struct said_bytes *said, const char *text)
{
    said->seen = true;
    said->len = (uint16_t)strlen(text);
    memcpy(said->bytes, text, strlen(text));
}

static void a_head_without_its_end_is_an_incomplete_request(void **state)
{
    struct evidence *e;

    (void)state;
    watched(&e);
    put_said(&e->wire.said_out, "GET / HTTP/1.1\r\nHost: there\r\n");
    expect_cause(e, "request-incomplete", LIKELY);
    watched(&e);
    put_said(&e->wire.said_in, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
    expect_cause(e, "request-incomplete", LIKELY);
    watched(&e);
    put_said(&e->wire.said_out, "GET / HTTP/1.1\r\nHost: there\r\n\r\n");
    expect_cause(e, "healthy", LIKELY);
    watched(&e); /* it was answered */
    put_said(&e->wire.said_out, "GET / HTTP/1.1\r\nHost: there\r\n");
    e->wire.payload_in_bytes = 200;
    expect_cause(e, "healthy", LIKELY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_queue_of_our_own_interface_is_no_loss),
        cmocka_unit_test(what_the_peer_sends_in_vain_is_told),
        cmocka_unit_test(who_has_nothing_to_do_is_healthy),
        cmocka_unit_test(bytes_that_nobody_fetched_are_of_a_program_that_does_not_read),
        cmocka_unit_test(a_slow_reader_reads),
        cmocka_unit_test(a_stopped_process_is_told_from_one_that_does_not_read),
        cmocka_unit_test(who_may_be_stopped_is_not_surely_one_that_does_not_read),
        cmocka_unit_test(what_nobody_accepted_nobody_reads),
        cmocka_unit_test(a_closed_window_is_a_peer_that_does_not_read),
        cmocka_unit_test(an_open_window_is_not_what_holds),
        cmocka_unit_test(a_window_closed_for_most_of_the_time_is_a_slow_reader),
        cmocka_unit_test(what_the_peer_has_and_leaves_is_not_lost),
        cmocka_unit_test(a_full_listener_is_told_with_its_reason),
        cmocka_unit_test(silence_after_two_timeouts_is_a_peer_that_vanished),
        cmocka_unit_test(two_timeouts_may_be_loss),
        cmocka_unit_test(a_zero_window_whose_probes_nobody_answers_is_no_reader_but_nobody),
        cmocka_unit_test(who_has_no_way_any_more_is_told_so),
        cmocka_unit_test(nobody_is_named_who_did_not_accept),
        cmocka_unit_test(who_has_read_everything_is_not_blamed),
        cmocka_unit_test(silence_on_a_way_that_loses_is_loss),
        cmocka_unit_test(our_own_link_comes_before_the_peer),
        cmocka_unit_test(a_rule_here_that_takes_everything_is_named),
        cmocka_unit_test(a_rule_here_that_takes_some_is_loss),
        cmocka_unit_test(what_overtakes_a_missing_segment_is_lost_towards_us),
        cmocka_unit_test(loss_is_told_by_what_is_sent_again),
        cmocka_unit_test(full_segments_that_never_pass_are_a_matter_of_their_length),
        cmocka_unit_test(a_round_trip_that_grew_is_a_queue),
        cmocka_unit_test(a_queue_stands_where_no_segment_of_many_passes_at_once),
        cmocka_unit_test(a_buffer_that_is_full_behind_losses_is_not_too_small),
        cmocka_unit_test(buffers_that_are_too_small_are_told_apart),
        cmocka_unit_test(two_delays_that_wait_for_each_other_are_nagles),
        cmocka_unit_test(a_rest_that_waits_beside_open_windows_is_nagles),
        cmocka_unit_test(a_head_without_its_end_is_an_incomplete_request),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
