/* The host's figures: what files say, what is made of two looks, what is not known. */
#include "tests/unit/hosts.h"

#include "core/report/host.h"
#include "core/wire/packet_filter.h"

static const struct host_figure *figure(const struct host *h, enum host_figure_id id)
{
    return &h->figures[id];
}

static void take(struct host *h, struct host_reading *r)
{
    host_take(h, r);
    host_reading_free(r);
}

static uint64_t number(const struct counters *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->list[i].name, name) == 0)
            return c->list[i].value;
    fail_msg("there is no %s", name);
    return 0;
}

static void files_become_numbers_with_names(void **state)
{
    struct host_reading *r = a_reading(3);

    (void)state;
    assert_int_equal(number(&r->counters, "Tcp.RetransSegs"), 30);
    assert_int_equal(number(&r->counters, "sockstat.TCP.tw"), 150);
    assert_int_equal(number(&r->counters, "sockstat.UDP.mem"), 3);
    assert_int_equal(number(&r->counters, "dev.rx_drop"), 3);
    assert_int_equal(number(&r->counters, "dev.tx_drop"), 4);
    assert_string_equal(r->dropper, "eth0");
    assert_int_equal(r->dropper_drops, 7);
    host_reading_free(r);
}

static void a_line_that_is_cut_is_no_interface(void **state)
{
    struct host_reading *r = mem_new(1, sizeof(*r));

    (void)state;
    host_parse_devices("eth0: 1 2 0 3\nlo: 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19\n", r);
    assert_int_equal(number(&r->counters, "dev.rx_drop"), 7);
    assert_string_equal(r->dropper, "lo");
    host_reading_free(r);
    r = mem_new(1, sizeof(*r));
    host_parse_devices("eth0: 1 2 0 3\n", r);
    assert_int_equal(r->counters.n, 0);
    host_reading_free(r);
}

static void one_look_gives_no_rates(void **state)
{
    struct host h = {0};
    uint64_t value;

    (void)state;
    take(&h, a_reading(1));
    assert_false(figure(&h, HOST_SEGMENTS_OUT)->known);
    assert_true(figure(&h, HOST_SEGMENTS_OUT)->has_all);
    assert_int_equal(figure(&h, HOST_SEGMENTS_OUT)->all, 2000);
    assert_int_equal(figure(&h, HOST_LISTEN_OVERFLOWS)->state, HOST_UNKNOWN);
    assert_string_equal(figure(&h, HOST_LISTEN_OVERFLOWS)->note, "a rate takes two looks");
    assert_false(host_past(&h, HOST_SEGMENTS_OUT, 0, &value));
    assert_int_equal(figure(&h, HOST_ESTABLISHED)->value, 7);
    assert_int_equal(figure(&h, HOST_ESTABLISHED)->state, HOST_PLAIN);
    host_done(&h);
}

static void two_looks_give_rates_and_shares(void **state)
{
    struct host h = {0};
    uint64_t value;

    (void)state;
    take(&h, a_reading(1));
    take(&h, a_reading(3));
    assert_int_equal(figure(&h, HOST_SEGMENTS_OUT)->value, 2000 * 1000);
    assert_int_equal(figure(&h, HOST_SEGMENTS_OUT)->state, HOST_PLAIN);
    /* 20 of 4,000. */
    assert_int_equal(figure(&h, HOST_RETRANSMITTED)->value, 5000);
    assert_int_equal(figure(&h, HOST_RETRANSMITTED)->all, 5000);
    assert_int_equal(figure(&h, HOST_RETRANSMITTED)->state, HOST_USUAL);
    assert_int_equal(figure(&h, HOST_LISTEN_OVERFLOWS)->value, 10 * 1000);
    assert_int_equal(figure(&h, HOST_LISTEN_OVERFLOWS)->recent, 20);
    assert_int_equal(figure(&h, HOST_LISTEN_OVERFLOWS)->state, HOST_BAD);
    assert_int_equal(figure(&h, HOST_UDP_ERRORS)->state, HOST_USUAL);
    assert_string_equal(figure(&h, HOST_INTERFACE_DROPS)->note, "most of all eth0: 7 in all");
    assert_true(host_past(&h, HOST_SEGMENTS_OUT, 0, &value));
    assert_false(host_past(&h, HOST_SEGMENTS_OUT, 1, &value));
    host_done(&h);
}

static void what_happened_a_minute_ago_is_over(void **state)
{
    struct host h = {0};

    (void)state;
    take(&h, a_reading(1));
    take(&h, a_reading(2));
    for (unsigned k = 3; k < 70; k++) {
        struct host_reading *r = a_reading(2);

        r->at_ns = SCREEN_START_NS + k * CLOCK_SECOND_NS;
        take(&h, r);
        if (k == 60)
            assert_int_equal(figure(&h, HOST_LISTEN_DROPS)->state, HOST_BAD);
    }
    assert_int_equal(figure(&h, HOST_LISTEN_DROPS)->state, HOST_USUAL);
    assert_int_equal(figure(&h, HOST_LISTEN_DROPS)->recent, 0);
    host_done(&h);
}

static void a_counter_that_went_back_gives_no_rate(void **state)
{
    struct host h = {0};
    struct host_reading *r = a_reading(1);

    (void)state;
    take(&h, a_reading(2));
    r->at_ns = SCREEN_START_NS + 3 * CLOCK_SECOND_NS;
    take(&h, r);
    assert_false(figure(&h, HOST_SEGMENTS_IN)->known);
    assert_int_equal(figure(&h, HOST_SEGMENTS_IN)->all, 1000);
    host_done(&h);
}

static void a_look_that_is_no_later_adds_nothing(void **state)
{
    struct host h = {0};

    (void)state;
    take(&h, a_reading(2));
    take(&h, a_reading(2));
    take(&h, a_reading(1));
    assert_int_equal(h.n, 1);
    host_done(&h);
}

static void the_oldest_looks_go_first(void **state)
{
    struct host h = {0};
    uint64_t value;

    (void)state;
    for (unsigned k = 1; k <= HOST_LOOKS + 10; k++)
        take(&h, a_reading(k));
    assert_int_equal(h.n, HOST_LOOKS);
    assert_true(host_past(&h, HOST_TIME_WAIT, HOST_LOOKS - 1, &value));
    assert_false(host_past(&h, HOST_TIME_WAIT, HOST_LOOKS, &value));
    host_done(&h);
}

static void limits_say_how_it_stands(void **state)
{
    struct host h = {0};

    (void)state;
    take(&h, a_reading(1));
    assert_int_equal(figure(&h, HOST_TIME_WAIT)->value, 150);
    assert_int_equal(figure(&h, HOST_TIME_WAIT)->limit, 200);
    assert_int_equal(figure(&h, HOST_TIME_WAIT)->state, HOST_WATCH);
    assert_int_equal(figure(&h, HOST_TCP_MEMORY)->value, 409600);
    assert_int_equal(figure(&h, HOST_TCP_MEMORY)->limit, 4000 * 4096);
    assert_int_equal(figure(&h, HOST_TCP_MEMORY)->state, HOST_USUAL);
    host_done(&h);
}

static void what_the_kernel_does_not_say_is_not_known(void **state)
{
    struct host h = {0};
    struct host_reading *r;

    (void)state;
    take(&h, a_reading(1));
    assert_true(figure(&h, HOST_ORPHANS)->known);
    assert_int_equal(figure(&h, HOST_ORPHANS)->state, HOST_UNKNOWN);
    assert_false(figure(&h, HOST_ORPHANS)->has_limit);
    assert_string_equal(
        figure(&h, HOST_ORPHANS)->note,
        "no net.ipv4.tcp_max_orphans here: only the initial network namespace shows it");
    assert_string_equal(figure(&h, HOST_PORTS)->note, "the sockets have not been counted yet");
    r = mem_new(1, sizeof(*r));
    r->at_ns = SCREEN_START_NS + 9 * CLOCK_SECOND_NS;
    err_set(&r->err, -EACCES, "read", "/proc/net/snmp", "%s", "");
    take(&h, r);
    for (int id = 0; id < HOST_PORTS; id++) {
        assert_false(figure(&h, (enum host_figure_id)id)->known);
        assert_non_null(strstr(figure(&h, (enum host_figure_id)id)->note, "EACCES"));
    }
    host_done(&h);
}

static void rows_are_counted(void **state)
{
    struct screen s;
    const struct host *h = &s.m.figures;
    char filter[HOST_FILTER_BYTES];

    (void)state;
    screen_open(&s, &host_panel, 24, 80);
    show_host(&s);
    assert_int_equal(h->tally->total, 5);
    assert_int_equal(h->tally->kinds[KIND_TCP].states[STATE_ESTABLISHED], 2);
    assert_int_equal(h->tally->n_listeners, 2);
    assert_int_equal(h->tally->listeners[0].row.local.port, 8080);
    assert_int_equal(figure(h, HOST_PORTS)->value, 3);
    assert_int_equal(figure(h, HOST_PORTS)->limit, 1000);
    assert_int_equal(figure(h, HOST_PORTS_WORST)->value, 3);
    assert_string_equal(figure(h, HOST_PORTS_WORST)->note, "127.0.0.1 to 127.0.0.1:65432");
    assert_string_equal(host_filter(h, HOST_PORTS_WORST, filter),
                        "src 127.0.0.1 and dst 127.0.0.1:65432 and sport >= :51000 and sport "
                        "<= :51999");
    screen_close(&s);
}

static void of_many_listeners_the_fullest_are_kept(void **state)
{
    struct host_tally *t = mem_new(1, sizeof(*t));
    struct row rows[HOST_LISTENERS + 10];
    struct snapshot *snapshot;

    (void)state;
    for (size_t i = 0; i < HOST_LISTENERS + 10; i++) {
        rows[i] = a_row(i + 1, STATE_LISTEN, (uint16_t)(i + 1), 0);
        rows[i].rqueue = (uint32_t)(i * 7 % 31);
        rows[i].wqueue = 30;
    }
    snapshot = a_snapshot(rows, HOST_LISTENERS + 10);
    host_tally_begin(t, 0, 0);
    host_tally_add(t, snapshot);
    host_tally_end(t);
    assert_int_equal(t->n_listeners, HOST_LISTENERS);
    assert_int_equal(t->listeners_left_out, 10);
    for (size_t i = 1; i < t->n_listeners; i++)
        assert_true(t->listeners[i - 1].row.rqueue >= t->listeners[i].row.rqueue);
    assert_int_equal(t->listeners[0].row.rqueue, 30);
    snapshot_free(snapshot);
    free(t);
}

static void destinations_have_a_bound(void **state)
{
    enum { MORE = 100 };
    struct host_tally *t = mem_new(1, sizeof(*t));
    struct row *rows = mem_new(HOST_DESTINATIONS + MORE, sizeof(*rows));
    struct snapshot *snapshot;

    (void)state;
    for (uint32_t i = 0; i < HOST_DESTINATIONS + MORE; i++) {
        rows[i] = a_row(i + 1, STATE_ESTABLISHED, 51000, 80);
        rows[i].peer.number[0] = i;
    }
    snapshot = a_snapshot(rows, HOST_DESTINATIONS + MORE);
    host_tally_begin(t, 51000, 51999);
    host_tally_add(t, snapshot);
    host_tally_end(t);
    assert_int_equal(t->destinations_left_out, MORE);
    assert_int_equal(t->ports_taken, 1);
    assert_int_equal(t->worst.n, 1);
    snapshot_free(snapshot);
    free(rows);
    free(t);
}

/* The screen leads there. */
static void every_filter_is_understood(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &host_panel, 24, 80);
    show_host(&s);
    for (int id = 0; id < HOST_FIGURE_COUNT; id++) {
        char text[HOST_FILTER_BYTES];
        struct packet_filter *packets = NULL;
        struct filter *rows = NULL;

        host_filter(&s.m.figures, (enum host_figure_id)id, text);
        if (host_figure_info((enum host_figure_id)id)->list == LISTED_AS_PACKETS)
            assert_int_equal(packet_filter_parse(text, &packets, NULL), 0);
        else
            assert_int_equal(filter_parse(text, &rows, NULL), 0);
        packet_filter_free(packets);
        filter_free(rows);
    }
    for (int kind = 0; kind < KIND_COUNT; kind++)
        for (int st = 1; st < STATE_COUNT; st++) {
            struct filter *f = NULL;
            char text[80];

            snprintf(text, sizeof(text), "proto %s and state %s",
                     kind_name((enum socket_kind)kind), state_name((enum socket_state)st));
            assert_int_equal(filter_parse(text, &f, NULL), 0);
            filter_free(f);
        }
    screen_close(&s);
}

static void values_have_their_unit(void **state)
{
    static const struct {
        enum host_unit unit;
        uint64_t value;
        const char *text;
    } cases[] = {
        {HOST_NUMBER, 1234567, "1,234,567"}, {HOST_BYTES, 4096, "4,096 B"},
        {HOST_PER_SECOND, 0, "0 /s"},        {HOST_PER_SECOND, 500, "0.50 /s"},
        {HOST_PER_SECOND, 12345, "12.3 /s"}, {HOST_PER_SECOND, 123456, "123 /s"},
        {HOST_SHARE, 200, "0.02 %"},         {HOST_SHARE, 1000000, "100 %"},
        {HOST_SHARE, 99, "0.00 %"},
    };
    char buf[HOST_VALUE_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(host_value(cases[i].unit, cases[i].value, buf), cases[i].text);
}

static int keep_line(void *ctx, const char *text)
{
    strncat(ctx, text, 4000 - strlen(ctx));
    strncat(ctx, "\n", 4001 - strlen(ctx));
    return 0;
}

static void the_report_says_the_same(void **state)
{
    struct screen s;
    char text[4096] = "";
    cJSON *json, *one;

    (void)state;
    screen_open(&s, &host_panel, 24, 80);
    show_host(&s);
    host_sockets_text(s.m.figures.tally, true, keep_line, text);
    host_figures_text(&s.m.figures, keep_line, text);
    assert_non_null(strstr(text, "tcp            5        5        0  ESTABLISHED 2, "
                                 "TIME_WAIT 1, LISTEN 2\n"));
    assert_non_null(strstr(text, "TIME_WAIT                     150 of 200  watch\n"));
    assert_non_null(strstr(text, "orphans                         1 (no net.ipv4.tcp_max_"));
    json = host_figures_json(&s.m.figures);
    one = cJSON_GetArrayItem(json, HOST_LISTEN_OVERFLOWS);
    assert_string_equal(cJSON_GetObjectItem(one, "name")->valuestring, "listen_overflows");
    assert_int_equal(cJSON_GetObjectItem(one, "value")->valueint, 10);
    assert_string_equal(cJSON_GetObjectItem(one, "state")->valuestring, "bad");
    one = cJSON_GetArrayItem(json, HOST_ORPHANS);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(one, "limit")));
    assert_string_equal(cJSON_GetObjectItem(one, "state")->valuestring, "unknown");
    cJSON_Delete(json);
    screen_close(&s);
}

/* --- the screen --------------------------------------------------------------------------- */

static void the_screen_at_its_usual_size(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &host_panel, 21, 80);
    show_host(&s);
    screen_tick(&s);
    screen_expect(
        &s,
        (const char *const[]){
            "── host: listen overflows bad; listen drops bad; TIME_WAIT watch ───────────────",
            " 5 tcp: 2 ESTABLISHED, 2 LISTEN, 1 TIME_WAIT",
            " Figure                        now  limit, or in all    16 looks",
            " established                     7                                    ██",
            " sent again                 0.50 %  0.50 % in all                      █ usual",
            " segments sent            2,000 /s  4,000 in all                       █",
            " segments received        1,000 /s  2,000 in all                       █",
            " listen overflows            10 /s  20 in all                          █ bad",
            " listen drops                10 /s  20 in all                          █ bad",
            " SYN cookies                  0 /s  0 in all                           ▁ usual",
            " failed attempts              0 /s  1 in all                           ▁ usual",
            " resets sent                  0 /s  3 in all                           ▁ usual",
            " cut connections              0 /s  2 in all                           ▁ usual",
            " TIME_WAIT                     150  of 200                            ██ watch",
            " orphans                         1  of ?                              ██ ?",
            " local ports                     3  of 1,000                          ██ usual",
            "── established, line 1 of 27 ───────────────────────────────────────────────────",
            " TCP connections in ESTABLISHED or CLOSE_WAIT: both sides, or the peer's, may",
            " still carry bytes. Usual: what the host's work asks for.",
            NULL});
    screen_close(&s);
}

static void nothing_was_read_yet(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &host_panel, 21, 80);
    assert_true(screen_holds(&s, "the kernel's counters are being read"));
    screen_close(&s);
}

static void lines_lead_to_what_they_count(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &host_panel, 40, 120);
    show_host(&s);
    screen_search(&s, "TIME_WAIT");
    screen_act(&s, ACTION_DETAILS);
    assert_string_equal(s.requests.command, "filter state time-wait");
    assert_string_equal(s.requests.then, "view list");
    screen_search(&s, "sent again");
    screen_act(&s, ACTION_DETAILS);
    assert_string_equal(s.requests.command, "packets-filter finding retransmission");
    assert_string_equal(s.requests.then, "goto packets");
    screen_search(&s, "interface drops");
    screen_act(&s, ACTION_DETAILS);
    assert_string_equal(s.requests.command, "");
    assert_non_null(strstr(s.requests.notice, "there is no list"));
    screen_search(&s, ":8080");
    screen_act(&s, ACTION_DETAILS);
    assert_string_equal(s.requests.command, "filter sport = :8080");
    assert_string_equal(s.requests.then, "view listeners");
    screen_search(&s, "  ESTABLISHED");
    screen_act(&s, ACTION_DETAILS);
    assert_string_equal(s.requests.command, "filter proto tcp and state ESTABLISHED");
    screen_act(&s, ACTION_COPY);
    assert_string_equal(s.requests.copy, "  ESTABLISHED");
    screen_close(&s);
}

static void the_cursor_stays_on_its_line(void **state)
{
    struct screen s;
    struct snapshot *snapshot;

    (void)state;
    screen_open(&s, &host_panel, 40, 120);
    show_host(&s);
    screen_search(&s, "  ESTABLISHED");
    /* Both listeners go. */
    snapshot = a_snapshot((struct row[]){a_row(3, STATE_ESTABLISHED, 51826, 65432)}, 1);
    snapshot->host = a_reading(3);
    host_reading_count(snapshot->host);
    host_tally_add(snapshot->host->tally, snapshot);
    host_tally_end(snapshot->host->tally);
    model_take_snapshot(&s.m, snapshot);
    screen_tick(&s);
    screen_act(&s, ACTION_DETAILS);
    assert_string_equal(s.requests.command, "filter proto tcp and state ESTABLISHED");
    screen_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_become_numbers_with_names),
        cmocka_unit_test(a_line_that_is_cut_is_no_interface),
        cmocka_unit_test(one_look_gives_no_rates),
        cmocka_unit_test(two_looks_give_rates_and_shares),
        cmocka_unit_test(what_happened_a_minute_ago_is_over),
        cmocka_unit_test(a_counter_that_went_back_gives_no_rate),
        cmocka_unit_test(a_look_that_is_no_later_adds_nothing),
        cmocka_unit_test(the_oldest_looks_go_first),
        cmocka_unit_test(limits_say_how_it_stands),
        cmocka_unit_test(what_the_kernel_does_not_say_is_not_known),
        cmocka_unit_test(rows_are_counted),
        cmocka_unit_test(of_many_listeners_the_fullest_are_kept),
        cmocka_unit_test(destinations_have_a_bound),
        cmocka_unit_test(every_filter_is_understood),
        cmocka_unit_test(values_have_their_unit),
        cmocka_unit_test(the_report_says_the_same),
        cmocka_unit_test(the_screen_at_its_usual_size),
        cmocka_unit_test(nothing_was_read_yet),
        cmocka_unit_test(lines_lead_to_what_they_count),
        cmocka_unit_test(the_cursor_stays_on_its_line),
    };

    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
