/* The screen of verdicts. */
#include "tests/unit/screen.h"

#include "tests/unit/answers.h"

static const struct panel_ops *const panel = &why_panel;

static void before_anything_is_asked_it_says_how(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, panel, 6, 60);
    screen_expect(&s, (const char *const[]){
                          "── why ─────────────────────────────────────────────────────",
                          " e on a socket, a session, a packet or a call asks why it",
                          " fails or stalls; :why ENDPOINT tries to reach it, :why",
                          " bind:ENDPOINT to bind", NULL});
    screen_close(&s);
}

static void a_verdict_has_its_fixes_evidence_and_what_is_missing(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, panel, 21, 80);
    model_take_why(&s.m, an_answer());
    screen_tick(&s);
    screen_expect(
        &s,
        (const char *const[]){
            "── why tcp://127.0.0.1:65432 ───────────────────────────────────────────────────",
            " no-listener, certain",
            "   Nobody listens on 127.0.0.1:65432: no process of this host has a socket for",
            "   it.", "   fix: Start the server.", " Evidence",
            "      0.10 ms  connect         to 127.0.0.1:65432: Connection refused",
            "      0.20 ms  capture         came RST ACK, 0 bytes, window 0",
            "      1.25 ms  sock_diag       on the same port: tcp ESTABLISHED",
            "                               127.0.0.1:51826 -> 127.0.0.1:65432, Recv-Q 0,",
            "                               Send-Q 0, held by python3 (812)", " Also",
            "   firewall-reject, possible: A rule may answer.", " Ruled out",
            "   listener-other-address: no other address has a listener on this port",
            " Unseen", "   kernel events: needs root; sudo sockeye why", NULL});
    screen_close(&s);
}

static void a_narrow_pane_has_the_facts_without_their_times(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, panel, 21, 40);
    model_take_why(&s.m, an_answer());
    screen_tick(&s);
    assert_true(screen_holds(&s, "     to 127.0.0.1:65432: Connection"));
    assert_false(screen_holds(&s, "ms"));
    screen_close(&s);
}

static void evidence_of_a_socket_leads_to_its_row(void **state)
{
    struct row row = a_row(ANSWER_COOKIE, STATE_ESTABLISHED, 51826, 65432);
    struct screen s;

    (void)state;
    screen_open(&s, panel, 21, 80);
    model_take_snapshot(&s.m, a_snapshot(&row, 1));
    model_take_why(&s.m, an_answer());
    screen_tick(&s);
    assert_true(screen_holds(&s, "sock_diag     → on the same port"));
    screen_search(&s, "on the same port");
    screen_act(&s, ACTION_DOWN); /* any line of the fact will do */
    screen_event(&s, &(struct panel_event){.kind = PANEL_ACTION, .action = ACTION_DETAILS});
    assert_true(s.requests.set_focus);
    assert_int_equal(s.m.focus.row.cookie, ANSWER_COOKIE);
    assert_string_equal(s.requests.command, "goto sockets");
    screen_close(&s);
}

static void evidence_of_a_packet_leads_to_the_same_packet_of_the_store(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, panel, 21, 80);
    put_segment(&s, 100 * CLOCK_MS_NS, 51826, 65432, TCP_FLAG_SYN, 1, "");
    put_segment(&s, ANSWER_PACKET_NS, 65432, 51826, TCP_FLAG_RST, 1, "");
    put_segment(&s, 300 * CLOCK_MS_NS, 51826, 65432, TCP_FLAG_SYN, 1, "");
    screen_tick(&s);
    model_take_why(&s.m, an_answer());
    screen_tick(&s);
    assert_true(screen_holds(&s, "capture       → came RST ACK"));
    screen_search(&s, "came RST");
    screen_event(&s, &(struct panel_event){.kind = PANEL_ACTION, .action = ACTION_DETAILS});
    assert_true(s.m.has_packet);
    assert_int_equal(s.m.packet, 1);
    assert_false(s.m.packet_follows);
    assert_string_equal(s.requests.command, "goto packets");
    screen_close(&s);
}

static void evidence_of_a_call_leads_to_it_in_the_journal(void **state)
{
    struct call call = {.session_id = 3,
                        .result = -1,
                        .error = ECONNREFUSED,
                        .name = CALL_CONNECT,
                        .addr = an_addr("127.0.0.1", 65432)};
    struct inquiry *answer = an_answer();
    struct screen s;

    (void)state;
    screen_open(&s, panel, 21, 80);
    ring_put(s.journal, &call, NULL, 0);
    call.session_id = 4;
    ring_put(s.journal, &call, NULL, 0);
    answer->session_id = 3;
    model_take_why(&s.m, answer);
    screen_tick(&s);
    assert_true(screen_holds(&s, "connect       → to 127.0.0.1:65432"));
    screen_search(&s, "to 127.0.0.1:65432");
    screen_event(&s, &(struct panel_event){.kind = PANEL_ACTION, .action = ACTION_DETAILS});
    assert_true(s.requests.show_call);
    assert_int_equal(s.requests.call, 0);
    assert_string_equal(s.requests.command, "goto journal");
    screen_close(&s);
}

static void evidence_that_leads_nowhere_says_so(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, panel, 21, 80);
    model_take_why(&s.m, an_answer());
    screen_tick(&s);
    assert_false(screen_holds(&s, "→"));
    screen_search(&s, "came RST");
    screen_event(&s, &(struct panel_event){.kind = PANEL_ACTION, .action = ACTION_DETAILS});
    assert_false(s.requests.set_packet || s.requests.set_focus);
    assert_true(s.requests.notice[0]);
    screen_close(&s);
}

static void what_is_being_asked_stands_above_with_its_time(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, panel, 21, 80);
    model_take_why(&s.m, an_answer());
    snprintf(s.m.why.asking, sizeof(s.m.why.asking), "%s", "tcp://127.0.0.1:65432");
    s.m.why.asking_ns = 1250 * CLOCK_MS_NS;
    screen_tick(&s);
    assert_true(screen_holds(&s, "asking why tcp://127.0.0.1:65432: 1.2 s; C-c gives it up"));
    assert_true(screen_holds(&s, "no-listener, certain"));
    /* Another question: what was said of the first is no answer to it. */
    snprintf(s.m.why.asking, sizeof(s.m.why.asking), "%s", "tcp://127.0.0.1:1");
    screen_tick(&s);
    assert_true(screen_holds(&s, "asking why tcp://127.0.0.1:1: 1.2 s"));
    assert_false(screen_holds(&s, "no-listener"));
    screen_close(&s);
}

static void what_could_not_be_asked_says_why(void **state)
{
    struct inquiry *q = inquiry_new();
    struct screen s;

    (void)state;
    err_set(&q->err, -EPERM, "netlink", "", "%s", "");
    screen_open(&s, panel, 5, 80);
    model_take_why(&s.m, q);
    screen_tick(&s);
    assert_true(screen_holds(&s, "EPERM"));
    screen_close(&s);
}

static void a_long_word_is_broken_and_nothing_is_lost(void **state)
{
    struct inquiry *q = an_answer();
    char word[301];
    struct screen s;
    size_t found = 0;

    (void)state;
    memset(word, 'Z', 300);
    word[300] = '\0';
    snprintf(q->v.summary, sizeof(q->v.summary), "%s", word);
    screen_open(&s, panel, 21, 80);
    model_take_why(&s.m, q);
    screen_tick(&s);
    screen_draw(&s);
    for (int row = 0; row < 10; row++)
        for (const char *at = surface_row(s.surface, row); (at = strchr(at, 'Z')); at++)
            found++;
    assert_int_equal(found, 300);
    screen_close(&s);
}

static void another_answer_begins_at_its_top(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, panel, 6, 80);
    model_take_why(&s.m, an_answer());
    screen_tick(&s);
    screen_act(&s, ACTION_LAST);
    assert_false(screen_holds(&s, "no-listener, certain"));
    model_take_why(&s.m, an_answer());
    screen_tick(&s);
    assert_true(screen_holds(&s, "no-listener, certain"));
    screen_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_anything_is_asked_it_says_how),
        cmocka_unit_test(a_verdict_has_its_fixes_evidence_and_what_is_missing),
        cmocka_unit_test(a_narrow_pane_has_the_facts_without_their_times),
        cmocka_unit_test(evidence_of_a_socket_leads_to_its_row),
        cmocka_unit_test(evidence_of_a_packet_leads_to_the_same_packet_of_the_store),
        cmocka_unit_test(evidence_of_a_call_leads_to_it_in_the_journal),
        cmocka_unit_test(evidence_that_leads_nowhere_says_so),
        cmocka_unit_test(what_is_being_asked_stands_above_with_its_time),
        cmocka_unit_test(what_could_not_be_asked_says_why),
        cmocka_unit_test(a_long_word_is_broken_and_nothing_is_lost),
        cmocka_unit_test(another_answer_begins_at_its_top),
    };

    return cmocka_run_group_tests_name("why_panel", tests, NULL, NULL);
}
