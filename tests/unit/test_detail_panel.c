#include "tests/unit/screen.h"

/* struct tcp_info of linux/tcp.h cannot be included beside the decoder; its layout is fixed by
 * the kernel's interface, so the test names the offsets. */
enum {
    INFO_CA_STATE = 1,
    INFO_RTO = 8,
    INFO_SND_MSS = 16,
    INFO_UNACKED = 24,
    INFO_RTT = 68,
    INFO_RTTVAR = 72,
    INFO_SSTHRESH = 76,
    INFO_CWND = 80,
    INFO_TOTAL_RETRANS = 100,
    INFO_PACING = 104,
    INFO_BYTES_ACKED = 120,
    INFO_NOTSENT = 144,
    INFO_MIN_RTT = 148,
    INFO_DELIVERY_RATE = 160,
    INFO_BUSY = 168,
    INFO_RWND_LIMITED = 176,
    INFO_BYTES_SENT = 200,
    INFO_SND_WND = 228,
    INFO_BYTES = 232
};

static void put32(struct socket_detail *d, size_t at, uint32_t value)
{
    memcpy(d->info + at, &value, sizeof(value));
}

static void put64(struct socket_detail *d, size_t at, uint64_t value)
{
    memcpy(d->info + at, &value, sizeof(value));
}

static void stalled(struct snapshot *s)
{
    struct socket_detail *d = &s->selected.detail;

    s->has_selected = true;
    s->selected.row = s->rows[0];
    d->known = DETAIL_MEMINFO | DETAIL_INFO | DETAIL_CONGESTION;
    d->info_bytes = INFO_BYTES;
    strcpy(d->congestion, "cubic");
    put32(d, INFO_RTO, 204000);
    put32(d, INFO_SND_MSS, 65483);
    put32(d, INFO_RTT, 45);
    put32(d, INFO_RTTVAR, 12);
    put32(d, INFO_SSTHRESH, 0x7fffffff);
    put32(d, INFO_CWND, 10);
    put32(d, INFO_TOTAL_RETRANS, 1);
    put64(d, INFO_PACING, UINT64_MAX);
    put64(d, INFO_BYTES_ACKED, 128513);
    put32(d, INFO_NOTSENT, 4163072);
    put32(d, INFO_MIN_RTT, 20);
    put64(d, INFO_BUSY, 12413204);
    put64(d, INFO_RWND_LIMITED, 12400000);
    put64(d, INFO_BYTES_SENT, 128512);
    d->rcvbuf = 131072;
    d->sndbuf = 2626560;
    d->wmem_queued = 4200000;
}

static struct row stalled_row(uint32_t wqueue)
{
    struct row row = a_row(13, STATE_ESTABLISHED, 51826, 65432);

    row.wqueue = wqueue;
    row.timer = TIMER_PERSIST;
    row.timer_ms = 1400;
    return row;
}

static void focus_row(struct screen *s, const struct row *row)
{
    struct focus focus = model_focus_of_row(&s->m, row);

    model_focus(&s->m, &focus);
}

/* Eight samples that grow to the figure shown, and the last snapshot's detail. */
static void watch(struct screen *s)
{
    struct row row = stalled_row(0);

    focus_row(s, &row);
    for (uint32_t i = 0; i < 8; i++) {
        struct snapshot *snapshot;

        row = stalled_row(i * 594724 + (i == 7 ? 4 : 0));
        snapshot = a_snapshot(&row, 1);
        snapshot->at_ns += i * 500 * CLOCK_MS_NS;
        stalled(snapshot);
        model_take_snapshot(&s->m, snapshot);
    }
    screen_tick(s);
}

static void stalled_sender_in_two_columns(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "── queues of 127.0.0.1:51826 > 127.0.0.1:65432 ─────────────────────────────────",
        " Send-Q                                                      ▁▂▃▄▅▆▇█ 4,163,072",
        " Recv-Q                                                      ▁▁▁▁▁▁▁▁ 0",
        " timer          persist in 1.4 s         rto in a row   0",
        " state          ESTABLISHED              probes         0",
        " owner          ?                        backoff        0",
        " uid, inode     1000, 1013               sent           128,512 bytes",
        " cookie         d                        acked          128,513 bytes",
        " rtt            0.045 ms                 received       0 bytes",
        " rttvar         0.012 ms                 delivery       not measured yet",
        " least rtt      0.020 ms                 pacing         no limit",
        " rto            204.000 ms               busy           12.413204 s",
        " cwnd           10 segments              rwnd limited   12.400000 s, 99 % busy",
        " ssthresh       not set                  sndbuf limited 0.000 ms",
        " phase          open                     congestion     cubic",
        " peer window    0 bytes                  rcvbuf bytes   0 of 131,072",
        " mss send       65,483 bytes             sndbuf bytes   4,200,000 of 2,626,560",
        " mss receive    0 bytes                  on the way     0 bytes",
        " path mtu       0 bytes                  forward        0 bytes",
        " unacked        0 segments               options        0 bytes",
        " not sent       4,163,072 bytes          backlog        0 bytes",
        " lost           0 segments               drops          0 packets",
        " retransmitted  0 segments               curves over    3.5 s",
        " retrans total  1 segment",
        NULL};
    /* clang-format on */
    struct screen s;

    (void)state;
    screen_open(&s, &detail_panel, 24, 80);
    watch(&s);
    screen_expect(&s, screen);
    screen_close(&s);
}

static void small_pane_keeps_the_curves(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "── queues of 127.0.0.1:51826 > 1…",
        " Send-Q        ▁▂▃▄▅▆▇█ 4,163,072",
        " Recv-Q        ▁▁▁▁▁▁▁▁ 0",
        " timer          persist in 1.4 s …",
        NULL};
    /* clang-format on */
    struct screen s;

    (void)state;
    screen_open(&s, &detail_panel, 4, 34);
    watch(&s);
    screen_expect(&s, screen);
    screen_act(&s, ACTION_DOWN);
    assert_false(screen_holds(&s, "persist in"));
    assert_true(screen_holds(&s, " state "));
    screen_act(&s, ACTION_LAST);
    assert_true(screen_holds(&s, "curves over"));
    screen_close(&s);
}

static void field_that_the_kernel_did_not_fill_is_unknown(void **state)
{
    struct row row = stalled_row(1);
    struct snapshot *snapshot;
    struct screen s;

    (void)state;
    screen_open(&s, &detail_panel, 50, 60);
    focus_row(&s, &row);
    snapshot = a_snapshot(&row, 1);
    stalled(snapshot);
    snapshot->selected.detail.info_bytes = INFO_BYTES_ACKED;
    snapshot->selected.detail.known &= ~(uint32_t)DETAIL_MEMINFO;
    model_take_snapshot(&s.m, snapshot);
    screen_tick(&s);
    assert_true(screen_holds(&s, " rtt            0.045 ms"));
    assert_true(screen_holds(&s, " acked          ?"));
    assert_true(screen_holds(&s, " peer window    ?"));
    assert_true(screen_holds(&s, " memory         ?"));
    screen_close(&s);
}

static void state_without_info_says_so(void **state)
{
    struct row row = a_row(13, STATE_TIME_WAIT, 51826, 65432);
    struct snapshot *snapshot;
    struct screen s;

    (void)state;
    row.inode = 0;
    row.timer = TIMER_TIMEWAIT;
    row.timer_ms = 59000;
    screen_open(&s, &detail_panel, 20, 80);
    focus_row(&s, &row);
    snapshot = a_snapshot(&row, 1);
    snapshot->has_selected = true;
    snapshot->selected.row = row;
    model_take_snapshot(&s.m, snapshot);
    screen_tick(&s);
    assert_true(screen_holds(&s, "TCP_INFO       ? none in this state"));
    assert_true(screen_holds(&s, "timewait in 59.0 s"));
    assert_true(screen_holds(&s, "uid, inode     ?, none"));
    screen_close(&s);
}

static void listener_shows_its_accept_queue(void **state)
{
    struct row row = a_row(11, STATE_LISTEN, 65432, 0);
    struct screen s;

    (void)state;
    row.rqueue = 3;
    row.wqueue = 128;
    screen_open(&s, &detail_panel, 10, 60);
    focus_row(&s, &row);
    model_take_snapshot(&s.m, a_snapshot(&row, 1));
    screen_tick(&s);
    assert_true(screen_holds(&s, " Accept"));
    assert_true(screen_holds(&s, " 3/128"));
    assert_false(screen_holds(&s, "Send-Q"));
    screen_close(&s);
}

static void gone_socket_says_so(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &detail_panel, 6, 90);
    watch(&s);
    model_take_snapshot(&s.m, a_snapshot(NULL, 0));
    screen_tick(&s);
    assert_true(screen_holds(
        &s, "127.0.0.1:51826 to 127.0.0.1:65432 is gone; it was ESTABLISHED when last seen"));
    assert_true(screen_holds(&s, " ?"));
    strcpy(s.m.filter, "state listen");
    assert_true(screen_holds(&s, "is gone, or hidden by the filter"));
    screen_close(&s);
}

static void session_that_failed_says_why(void **state)
{
    struct session_status failed = a_session(7, SESSION_FAILED, 0);
    struct focus focus;
    struct screen s;

    (void)state;
    err_set(&failed.err, -ECONNREFUSED, "connect", "127.0.0.1:65432", "%s", "");
    screen_open(&s, &detail_panel, 6, 90);
    apply_session_status(&s, &failed);
    focus = model_focus_of_session(&s.m, 7);
    model_focus(&s.m, &focus);
    screen_tick(&s);
    assert_true(screen_holds(
        &s, "session 7 failed: connect 127.0.0.1:65432: Connection refused (ECONNREFUSED)"));
    screen_close(&s);
}

static void what_tls_agreed_on_stands_beside_the_queues(void **state)
{
    struct session_status session = a_session(2, SESSION_OPEN, 13);
    struct row row = stalled_row(0);
    struct screen s;

    (void)state;
    session.tls = (struct tls_facts){.version = "TLSv1.3",
                                     .cipher = "TLS_AES_256_GCM_SHA384",
                                     .subject = "CN=a.example",
                                     .issuer = "CN=Example CA",
                                     .not_after = 1798761600,
                                     .trust = TLS_NOT_TRUSTED,
                                     .why = "issuer unknown"};
    session.phases.connected = CLOCK_MS_NS;
    session.phases.secured = 3 * CLOCK_MS_NS;
    screen_open(&s, &detail_panel, 30, 80);
    apply_session_status(&s, &session);
    focus_row(&s, &row);
    model_take_snapshot(&s.m, a_snapshot(&row, 1));
    screen_tick(&s);
    assert_true(screen_holds(&s, "TLSv1.3"));
    assert_true(screen_holds(&s, "TLS_AES_256_GCM_SHA384"));
    assert_true(screen_holds(&s, "CN=a.example"));
    assert_true(screen_holds(&s, "2027-01-01"));
    assert_true(screen_holds(&s, "no: issuer unknown"));
    screen_close(&s);
}

static void another_rows_detail_is_not_shown(void **state)
{
    struct row row = stalled_row(1);
    struct snapshot *snapshot;
    struct screen s;

    (void)state;
    screen_open(&s, &detail_panel, 40, 60);
    focus_row(&s, &row);
    snapshot = a_snapshot(&row, 1);
    stalled(snapshot);
    snapshot->selected.row.cookie = 99;
    model_take_snapshot(&s.m, snapshot);
    screen_tick(&s);
    assert_true(screen_holds(&s, "TCP_INFO       ? not asked for yet"));
    assert_false(screen_holds(&s, "0.045 ms"));
    screen_close(&s);
}

static void without_a_focus_it_says_so(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &detail_panel, 2, 40);
    screen_expect(&s, (const char *const[]){" no row is selected: 1 has the table, Up",
                                            " and Down choose", NULL});
    screen_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stalled_sender_in_two_columns),
        cmocka_unit_test(small_pane_keeps_the_curves),
        cmocka_unit_test(field_that_the_kernel_did_not_fill_is_unknown),
        cmocka_unit_test(state_without_info_says_so),
        cmocka_unit_test(listener_shows_its_accept_queue),
        cmocka_unit_test(gone_socket_says_so),
        cmocka_unit_test(session_that_failed_says_why),
        cmocka_unit_test(what_tls_agreed_on_stands_beside_the_queues),
        cmocka_unit_test(another_rows_detail_is_not_shown),
        cmocka_unit_test(without_a_focus_it_says_so),
    };

    return cmocka_run_group_tests_name("detail_panel", tests, NULL, NULL);
}
