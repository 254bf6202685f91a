/* The charts and the states of the selected row, and what is taken out of the console of it. */
#include "tests/unit/screen.h"

#include "core/model/changes.h"
#include "core/model/state_texts.h"
#include "core/model/tcp_info.h"
#include "core/report/chart_csv.h"
#include "core/report/chart_svg.h"
#include <cjson/cJSON.h>

#include "core/report/row_copy.h"
#include "ui/console/chart.h"

static void put(struct socket_detail *d, enum tcp_info_id id, uint64_t value)
{
    memcpy(d->info + tcp_info_field(id)->place, &value, tcp_info_field(id)->bytes);
}

static struct row the_row(uint8_t state)
{
    struct row row = a_row(13, state, 51826, 65432);

    row.wqueue = 4096;
    return row;
}

/* One look every half second: rtt rises, 1,000 bytes are sent in each. */
static void look(struct screen *s, uint32_t i, uint8_t state)
{
    struct row row = the_row(state);
    struct snapshot *snapshot = a_snapshot(&row, 1);
    struct socket_detail *d = &snapshot->selected.detail;

    snapshot->at_ns += i * 500 * CLOCK_MS_NS;
    snapshot->has_selected = true;
    snapshot->selected.row = row;
    d->known = DETAIL_INFO;
    d->info_bytes = 232;
    put(d, TCP_INFO_rtt, 100 * (i + 1));
    put(d, TCP_INFO_snd_cwnd, 10);
    put(d, TCP_INFO_snd_mss, 1000);
    put(d, TCP_INFO_min_rtt, 100);
    put(d, TCP_INFO_snd_wnd, 65536);
    put(d, TCP_INFO_bytes_sent, 1000 * i);
    model_take_snapshot(&s->m, snapshot);
}

static void follow(struct screen *s)
{
    struct row row = the_row(STATE_SYN_SENT);
    struct focus focus = model_focus_of_row(&s->m, &row);

    model_focus(&s->m, &focus);
}

static void watch(struct screen *s)
{
    follow(s);
    look(s, 0, STATE_SYN_SENT);
    for (uint32_t i = 1; i < 8; i++)
        look(s, i, STATE_ESTABLISHED);
    screen_tick(s);
}

static void charts_below_each_other(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "── charts of 127.0.0.1:51826 > 127.0.0.1:65432 ─────────────",
        " Send-Q  4,096 B now, 4,096 B to 4,096 B",
        "      4,096 B │                                     ████████",
        " Recv-Q  0 B now, 0 B to 0 B",
        "          0 B │                                     ▁▁▁▁▁▁▁▁",
        " in flight  4,096 B now, 4,096 B to 4,096 B  c cwnd 10,000 …",
        "     10,000 B │                                     ▄▄▄▄▄▄▄▄",
        " rtt  0.800 ms now, 0.100 ms to 0.800 ms  m least 0.100 ms",
        "     0.800 ms │                                     ▂▃▄▅▆▇██",
        " sent  2000 B/s now, 2000 B/s to 2000 B/s",
        "     2000 B/s │                                      ███████",
        " received  0 B/s now, 0 B/s to 0 B/s",
        "        0 B/s │                                      ▁▁▁▁▁▁▁",
        " sent again  0 now, 0 to 0",
        "            0 │                                      ▁▁▁▁▁▁▁",
        "               -22.0 s                                   now",
        NULL};
    /* clang-format on */
    struct screen s;

    (void)state;
    screen_open(&s, &detail_panel, 17, 60);
    watch(&s);
    screen_act(&s, ACTION_VIEW);
    screen_expect(&s, screen);
    screen_act(&s, ACTION_LAST);
    assert_true(screen_holds(&s, " sent again"));
    assert_false(screen_holds(&s, " rtt "));
    screen_act(&s, ACTION_FIRST);
    screen_resize(&s, 6, 60, false);
    assert_true(screen_holds(&s, " Recv-Q  0 B now"));
    assert_false(screen_holds(&s, " rtt "));
    assert_true(screen_holds(&s, "now …"));
    screen_close(&s);
}

static void a_tall_chart_has_several_rows(void **state)
{
    struct surface *s = surface_new(3, 8, false);
    struct series series = {0};
    struct row row = the_row(STATE_ESTABLISHED);

    (void)state;
    setlocale(LC_ALL, "C.UTF-8");
    for (uint32_t i = 0; i < 8; i++) {
        row.wqueue = i * 100;
        series_add(&series, i + 1, &row, NULL);
    }
    chart_curve(area_whole(s), &series, SERIES_SEND_QUEUE);
    assert_string_equal(surface_row(s, 0), "     ▂▅█");
    assert_string_equal(surface_row(s, 1), "   ▃▇███");
    assert_string_equal(surface_row(s, 2), "▁▅██████");
    surface_free(s);
    s = surface_new(1, 8, true);
    chart_curve(area_whole(s), &series, SERIES_SEND_QUEUE);
    assert_string_equal(surface_row(s, 0), "_.:-=+*#");
    surface_free(s);
    series_done(&series);
}

/* A pause is no line; a cell that many looks share shows their peak. */
static void pauses_stay_empty_and_peaks_stay(void **state)
{
    struct surface *s = surface_new(1, 10, true);
    struct series series = {0};
    struct row row = the_row(STATE_ESTABLISHED);

    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        row.wqueue = i == 25 ? 1000 : 0;
        if (i < 40 || i >= 70)
            series_add(&series, (i + 1) * CLOCK_SECOND_NS, &row, NULL);
    }
    chart_curve(area_whole(s), &series, SERIES_SEND_QUEUE);
    assert_string_equal(surface_row(s, 0), "__#__ ____");
    surface_free(s);
    series_done(&series);
}

/* Limits are letters, so that they are told without a colour; the curve stays to be seen. */
static void limits_are_lines_of_letters(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "-- charts of 127.0.0.1:51826 > 127.0.0.1:65432 ---------------------------------",
        " in flight  4,096 B now, 4,096 B to 4,096 B",
        "               c cwnd 10,000 B  w peer window 65,536 B, above",
        "     10,000 B |                                                         cccccccc",
        "              |",
        "              |                                                         ++++++++",
        "            0 |                                                         ########",
        NULL};
    /* clang-format on */
    struct screen s;
    char row[1024];

    (void)state;
    screen_open(&s, &detail_panel, 32, 80);
    watch(&s);
    screen_act(&s, ACTION_VIEW);
    screen_resize(&s, 32, 80, true);
    for (int i = 0; i < 2; i++)
        screen_act(&s, ACTION_DOWN);
    screen_draw(&s);
    for (int i = 0; screen[i]; i++)
        assert_string_equal(screen_row(&s, i, row), screen[i]);
    assert_true(screen_holds(&s, "m least 0.100 ms"));
    screen_close(&s);
}

static void times_are_bars(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "── times of 127.0.0.1:51826 > 127.0.0.1:65432 ──────────────────────────────────",
        " states",
        " SYN_SENT     │██████                                       >500 ms",
        " ESTABLISHED  │      █████████████████████████████████████→ 3.0 s so far",
        "               0                                      3.5 s",
        NULL};
    /* clang-format on */
    struct screen s;

    (void)state;
    screen_open(&s, &detail_panel, 12, 80);
    watch(&s);
    for (int i = 0; i < 3; i++)
        screen_act(&s, ACTION_VIEW);
    screen_expect(&s, screen);
    screen_resize(&s, 3, 30, true);
    assert_true(screen_holds(&s, "SYN_SENT"));
    screen_act(&s, ACTION_LAST);
    screen_close(&s);
}

/* What is under way lasts, what failed says so, what did not happen is left out. */
static void phases_of_a_session_are_spans(void **state)
{
    struct session_status status = {
        .id = 2,
        .state = SESSION_OPEN,
        .endpoint.scheme = ENDPOINT_TLS,
        .opened_ns = 10,
        .phases = {.begun = 10, .resolved = 30, .connected = 100, .secured = 500},
    };
    char text[SPAN_TEXT_BYTES];
    struct spans s;

    (void)state;
    spans_of_session(&s, &status, 900);
    assert_int_equal(s.n, 4);
    assert_string_equal(s.list[2].label, "tls");
    assert_int_equal(s.list[2].from_ns, 100);
    assert_int_equal(s.list[3].end, SPAN_LASTS);
    assert_string_equal(span_text(&s.list[3], text), "400 ns so far");
    status.phases.first_byte = 600;
    spans_of_session(&s, &status, 900);
    assert_int_equal(s.n, 4);
    assert_int_equal(s.list[3].end, SPAN_ENDED);
    status.phases = (struct phases){.begun = 10, .resolved = 30};
    status.state = SESSION_FAILED;
    status.changed_ns = 700;
    spans_of_session(&s, &status, 900);
    assert_int_equal(s.n, 2);
    assert_string_equal(s.list[1].label, "connect");
    assert_string_equal(span_text(&s.list[1], text), "670 ns, failed");
    status = (struct session_status){.server_id = 1, .state = SESSION_OPEN, .opened_ns = 10};
    spans_of_session(&s, &status, 900);
    assert_int_equal(s.n, 0);
}

static void diagram_lights_the_way(void **state)
{
    /* clang-format off */
    static const char *const screen[] = {
        "── states of 127.0.0.1:51826 > 127.0.0.1:65432 ─────────────────────────────────",
        "                                 CLOSE",
        "       listen() ┌──────────────────┴───────────────────────┐ connect(): SYN",
        "                ↓                                          ↓",
        "             LISTEN                                SYN_SENT >500 ms",
        "   SYN: SYN,ACK │←───────────── SYN: SYN,ACK ──────────────┤ SYN,ACK: ACK",
        "                ↓                                          ↓",
        "            SYN_RECV        ───── ACK ─────→      [ESTABLISHED 3.0 s]",
        "                 close(): FIN ┌────────────────────────────┤ FIN: ACK",
        "                              ↓                            ↓",
        "                          FIN_WAIT1                   CLOSE_WAIT",
        "            ┌─────── ACK ─────┼─── FIN: ACK ──┐            │ close(): FIN",
        "            ↓              FIN,ACK            ↓            ↓",
        "        FIN_WAIT2             │            CLOSING       LAST_ACK",
        "            └───── FIN: ACK ──┼────── ACK ────┘            │ ACK",
        "                              ↓                            ↓",
        "                          TIME_WAIT      ── 60 s ─→        CLOSE",
        " way      SYN_SENT >500 ms → ESTABLISHED 3.0 s",
        " meaning  The connection is open: both sides may send.",
        " ends by  A close by either side, a reset, or data that nobody acknowledges for",
        "          about 15 minutes (tcp_retries2).",
        " normal   Any length of time, with queues that empty.",
        " trouble  A Recv-Q that stays is a program that does not read; a Send-Q that",
        "          stays is a peer that does not, or a path that loses. Without keepali…",
        NULL};
    /* clang-format on */
    struct screen s;

    (void)state;
    screen_open(&s, &detail_panel, 24, 80);
    assert_int_equal(state_texts_load(NULL), 0);
    watch(&s);
    screen_act(&s, ACTION_VIEW);
    screen_act(&s, ACTION_VIEW);
    screen_expect(&s, screen);
    assert_int_equal(surface_cell(s.surface, 7, 51)->style, STYLE_SELECTED);
    assert_int_equal(surface_cell(s.surface, 4, 52)->style, STYLE_MARKED);
    assert_int_equal(surface_cell(s.surface, 10, 27)->style, STYLE_DIM);
    screen_act(&s, ACTION_LAST);
    assert_true(screen_holds(&s, "is never noticed."));
    screen_resize(&s, 48, 160, false);
    assert_true(screen_holds(&s, "trouble  A Recv-Q that stays"));
    assert_true(screen_holds(&s, "never noticed."));
    assert_true(screen_holds(&s, "[ESTABLISHED 3.0 s]"));
    screen_close(&s);
}

static void small_or_without_utf8_it_is_told_all_the_same(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &detail_panel, 8, 60);
    watch(&s);
    screen_act(&s, ACTION_VIEW);
    screen_act(&s, ACTION_VIEW);
    assert_true(screen_holds(&s, "way      SYN_SENT >500 ms → ESTABLISHED 3.0 s"));
    assert_false(screen_holds(&s, "FIN_WAIT1"));
    screen_resize(&s, 24, 80, true);
    assert_true(screen_holds(&s, "       listen() +------------------+-----"));
    assert_true(screen_holds(&s, "SYN_SENT >500 ms > ESTABLISHED 3.0 s"));
    screen_close(&s);
}

static void what_is_gone_keeps_its_way(void **state)
{
    struct snapshot *snapshot;
    struct screen s;

    (void)state;
    screen_open(&s, &detail_panel, 24, 80);
    watch(&s);
    screen_act(&s, ACTION_VIEW);
    screen_act(&s, ACTION_VIEW);
    snapshot = a_snapshot(NULL, 0);
    snapshot->at_ns += 5 * CLOCK_SECOND_NS;
    snapshot->has_selected = true;
    snapshot->selected.row = the_row(STATE_ESTABLISHED);
    snapshot->selected.gone = true;
    model_take_snapshot(&s.m, snapshot);
    screen_tick(&s);
    assert_true(screen_holds(&s, "SYN_SENT >500 ms → ESTABLISHED 4.5 s → gone"));
    assert_false(screen_holds(&s, "[ESTABLISHED"));
    screen_close(&s);
}

/* What the kernel said between two looks. */
static void tell(struct snapshot *s, uint8_t kind, uint8_t old_state, uint8_t new_state,
                 uint64_t after_ms)
{
    struct change change = {.at_ns = s->at_ns - 500 * CLOCK_MS_NS + after_ms * CLOCK_MS_NS,
                            .row = the_row(new_state),
                            .kind = kind,
                            .old_state = old_state,
                            .by_event = true};

    snapshot_change(s, &change);
}

static void states_between_two_looks_are_in_the_way(void **state)
{
    struct row row = the_row(STATE_TIME_WAIT), other = a_row(99, STATE_CLOSE, 1, 2);
    struct snapshot *snapshot;
    struct screen s;

    (void)state;
    screen_open(&s, &detail_panel, 24, 80);
    watch(&s);
    screen_act(&s, ACTION_VIEW);
    screen_act(&s, ACTION_VIEW);
    snapshot = a_snapshot(&row, 1);
    snapshot->at_ns += 4 * CLOCK_SECOND_NS;
    tell(snapshot, CHANGE_STATE, STATE_ESTABLISHED, STATE_FIN_WAIT1, 100);
    tell(snapshot, CHANGE_STATE, STATE_FIN_WAIT1, STATE_FIN_WAIT2, 103);
    tell(snapshot, CHANGE_STATE, STATE_FIN_WAIT2, STATE_TIME_WAIT, 200);
    snapshot_change(snapshot, &(struct change){.row = other, .kind = CHANGE_GONE});
    model_take_snapshot(&s.m, snapshot);
    screen_tick(&s);
    assert_true(screen_holds(&s, "ESTABLISHED 3.1 s"));
    assert_true(screen_holds(&s, "FIN_WAIT1 3 ms"));
    assert_true(screen_holds(&s, "[TIME_WAIT 300 ms]"));
    assert_true(screen_holds(&s, "FIN_WAIT2 97 ms"));
    row.change = CHANGE_GONE;
    snapshot = a_snapshot(&row, 1);
    snapshot->at_ns += 5 * CLOCK_SECOND_NS;
    tell(snapshot, CHANGE_GONE, STATE_TIME_WAIT, STATE_TIME_WAIT, 0);
    model_take_snapshot(&s.m, snapshot);
    screen_tick(&s);
    assert_true(screen_holds(&s, "→ gone"));
    assert_false(screen_holds(&s, "[TIME_WAIT"));
    assert_int_equal(s.m.series.n, 9);
    screen_close(&s);
}

static void other_kinds_have_no_such_states(void **state)
{
    struct row row = the_row(STATE_CLOSE);
    struct focus focus;
    struct screen s;

    (void)state;
    screen_open(&s, &detail_panel, 24, 80);
    row.kind = KIND_UDP;
    focus = model_focus_of_row(&s.m, &row);
    model_focus(&s.m, &focus);
    model_take_snapshot(&s.m, a_snapshot(&row, 1));
    screen_act(&s, ACTION_VIEW);
    assert_true(screen_holds(&s, "Send-Q  4,096 B now"));
    screen_act(&s, ACTION_VIEW);
    assert_true(screen_holds(&s, "udp sockets have no states of TCP"));
    screen_act(&s, ACTION_VIEW);
    assert_true(screen_holds(&s, "times of"));
    screen_act(&s, ACTION_VIEW);
    assert_true(screen_holds(&s, "queues of"));
    screen_close(&s);
}

static void every_state_is_explained(void **state)
{
    (void)state;
    assert_int_equal(state_texts_load(NULL), 0);
    for (int i = STATE_ESTABLISHED; i < STATE_COUNT; i++)
        assert_non_null(state_text((enum socket_state)i));
    assert_null(state_text(STATE_COUNT));
    assert_null(state_text(0));
}

/* Whatever view has the cursor: each of its figures, charts, states and phases. */
static void all_that_is_shown_is_explained(void **state)
{
    static struct subjects subjects;
    struct explanation e;
    struct screen s;

    (void)state;
    assert_int_equal(explanation_load(NULL), 0);
    screen_open(&s, &detail_panel, 24, 80);
    watch(&s);
    for (int view = 0; view < 4; view++, screen_act(&s, ACTION_VIEW)) {
        subjects.n = 0;
        detail_panel.subjects(s.panel, &s.m, &subjects);
        assert_true(subjects.n >= 2);
        for (size_t i = 0; i < subjects.n; i++)
            if (!explanation_of(&subjects.list[i], &e))
                fail_msg("%s is not explained", subjects.list[i].name);
    }
    screen_close(&s);
}

/* --- what is taken out ------------------------------------------------------------------ */

static char *written(struct screen *s, void (*put_all)(FILE *out, struct screen *s))
{
    static char *text;
    static size_t len;
    FILE *out = open_memstream(&text, &len);

    assert_non_null(out);
    put_all(out, s);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void put_csv(FILE *out, struct screen *s)
{
    chart_csv(out, &s->m.series);
}

static void put_svg(FILE *out, struct screen *s)
{
    struct chart_times times = {.title = "states & <more>"};

    spans_of_states(&times.spans, &s->m.path);
    chart_svg(out, &s->m.series, &times, 1, "a <title> & more");
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;

    for (; (text = strstr(text, what)); text += strlen(what))
        n++;
    return n;
}

static void series_as_csv(void **state)
{
    struct screen s;
    char *text, *line;

    (void)state;
    screen_open(&s, &detail_panel, 24, 80);
    watch(&s);
    text = written(&s, put_csv);
    assert_int_equal(count(text, "\r\n"), 9);
    assert_ptr_equal(strstr(text, "time_s,sendq_bytes,recvq_bytes,rtt_us,cwnd_segments,"
                                  "delivery_bytes_s,sent_bytes_s,received_bytes_s,"
                                  "retransmitted_segments,min_rtt_us,in_flight_bytes,"
                                  "cwnd_bytes,peer_window_bytes,drops\r\n"),
                     text);
    line = strchr(text, '\n') + 1;
    assert_memory_equal(strchr(line, ','), ",4096,0,100,10,,,,,100,4096,10000,65536,\r\n", 42);
    line = strchr(line, '\n') + 1;
    assert_memory_equal(strchr(line, ','), ",4096,0,200,10,,2000,0,0,100,4096,10000,65536,\r\n",
                        48);
    free(text);
    screen_close(&s);
}

static void series_as_svg(void **state)
{
    struct screen s;
    char *text;

    (void)state;
    screen_open(&s, &detail_panel, 24, 80);
    watch(&s);
    text = written(&s, put_svg);
    /* Curves, and two lines of which one is far above. */
    assert_int_equal(count(text, "<polyline"), 9);
    assert_int_equal(count(text, "cwnd 10,000 B (dashed); peer window 65,536 B (above)"), 1);
    assert_int_equal(count(text, "states &amp; &lt;more&gt;"), 1);
    assert_int_equal(count(text, "<rect class=\"bar lasts\""), 1);
    assert_int_equal(count(text, "script"), 0);
    assert_int_equal(count(text, "a &lt;title&gt; &amp; more"), 1);
    assert_int_equal(count(text, "0.800 ms"), 3);
    assert_int_equal(count(text, "</svg>\n"), 1);
    free(text);
    screen_close(&s);
}

static char *copied(const struct row_copy *c,
                    void (*put_copy)(FILE *out, const struct row_copy *c))
{
    static char *text;
    static size_t len;
    FILE *out = open_memstream(&text, &len);

    assert_non_null(out);
    put_copy(out, c);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void row_as_text_and_json(void **state)
{
    struct row row = the_row(STATE_ESTABLISHED);
    struct socket_detail d = {.known = DETAIL_INFO, .info_bytes = 232};
    struct snapshot *s = a_snapshot(&row, 1);
    struct row_copy c = {.snapshot = s, .row = &s->rows[0], .detail = &d};
    char *text;
    cJSON *object;

    (void)state;
    put(&d, TCP_INFO_rtt, 321);
    text = copied(&c, row_copy_text);
    assert_int_equal(count(text, "rtt                  321 us\n"), 1);
    assert_int_equal(count(text, "local                127.0.0.1:51826\n"), 1);
    assert_int_equal(count(text, "congestion"), 0);
    free(text);
    text = copied(&c, row_copy_json);
    object = cJSON_Parse(text);
    assert_int_equal(cJSON_GetObjectItem(object, "rtt")->valueint, 321);
    assert_int_equal(cJSON_GetObjectItem(object, "sendq")->valueint, 4096);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(object, "congestion")));
    assert_null(s->details);
    cJSON_Delete(object);
    free(text);
    snapshot_free(s);
}

static void row_as_a_command_of_ss(void **state)
{
    static const struct {
        uint8_t kind;
        const char *local, *peer, *netns, *command;
    } cases[] = {
        {KIND_TCP, "127.0.0.1", "10.0.0.1", "",
         "ss -tanempoi src 127.0.0.1:5 dst 10.0.0.1:6\n"},
        {KIND_UDP, "::1", "::1", "blue", "ss -N blue -uanempoi src '[::1]:5' dst '[::1]:6'\n"},
        {KIND_TCP, "127.0.0.1", "127.0.0.1", "pid 42",
         "nsenter -t 42 -n ss -tanempoi src 127.0.0.1:5 dst 127.0.0.1:6\n"},
        {KIND_UNIX_STREAM, NULL, NULL, "", "ss -xanempoi | grep -w 77\n"},
        {KIND_NETLINK, NULL, NULL, "", "ss -anempoi -f netlink | grep -w 77\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct netns ns = {.pid = 42};
        struct snapshot s = {.n_netns = 1, .netns = &ns};
        struct row row = {.kind = cases[i].kind, .inode = 77};
        struct row_copy c = {.snapshot = &s, .row = &row};
        char *text;

        snprintf(ns.name, sizeof(ns.name), "%s", cases[i].netns);
        if (cases[i].local) {
            row.local = an_addr(cases[i].local, 5);
            row.peer = an_addr(cases[i].peer, 6);
        }
        text = copied(&c, row_copy_ss);
        assert_string_equal(text, cases[i].command);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(charts_below_each_other),
        cmocka_unit_test(a_tall_chart_has_several_rows),
        cmocka_unit_test(limits_are_lines_of_letters),
        cmocka_unit_test(times_are_bars),
        cmocka_unit_test(all_that_is_shown_is_explained),
        cmocka_unit_test(phases_of_a_session_are_spans),
        cmocka_unit_test(pauses_stay_empty_and_peaks_stay),
        cmocka_unit_test(diagram_lights_the_way),
        cmocka_unit_test(small_or_without_utf8_it_is_told_all_the_same),
        cmocka_unit_test(what_is_gone_keeps_its_way),
        cmocka_unit_test(states_between_two_looks_are_in_the_way),
        cmocka_unit_test(other_kinds_have_no_such_states),
        cmocka_unit_test(every_state_is_explained),
        cmocka_unit_test(series_as_csv),
        cmocka_unit_test(series_as_svg),
        cmocka_unit_test(row_as_text_and_json),
        cmocka_unit_test(row_as_a_command_of_ss),
    };

    return cmocka_run_group_tests_name("portrait", tests, NULL, NULL);
}
