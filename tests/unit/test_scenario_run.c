/* A scenario carried out: no clock, no socket; the test is its face. */
#include "tests/unit/screen.h"

#include "core/model/journal.h"
#include "core/scenario/run.h"

#define HEAD "{\"schema\":1,\"title\":\"t\",\"variables\":{\"v\":\"1\",\"words\":\"a b\"},"
#define STEPS(steps) HEAD "\"steps\":[" steps "]}"
#define CONNECT "{\"name\":\"one\",\"do\":\"connect tcp://127.0.0.1:65432\",\"as\":\"c\""

enum { CLIENT = 7, SERVER = 3, COOKIE = 13 };

struct fixture {
    struct screen s; /* for its model and rings */
    struct scenario *scenario;
    struct scenario_run *run, *again;
    uint64_t now_ns, last_command;
    char line[400]; /* the newest command */
    struct command command;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));

    screen_open(&f->s, &why_panel, 24, 80);
    f->now_ns = SCREEN_START_NS;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    scenario_run_free(f->again);
    scenario_run_free(f->run);
    scenario_free(f->scenario);
    screen_close(&f->s);
    free(f);
    return 0;
}

static struct scenario_run *present(const struct fixture *f)
{
    return f->again ? f->again : f->run;
}

static struct scenario_run *new_run(const struct fixture *f, const struct scenario_run *before)
{
    struct run_settings settings = {.now_ns = f->now_ns,
                                    .wall_ns = f->now_ns + SCREEN_NOON_NS,
                                    .before = before,
                                    .no_capture = true};

    return scenario_run_new(f->scenario, &f->s.m, &settings);
}

static void begin(struct fixture *f, const char *text)
{
    struct err err = {0};

    if (scenario_parse(text, strlen(text), "t.json", &f->scenario, &err) < 0)
        fail_msg("%s: %s", err.input, err.reason);
    f->run = new_run(f, NULL);
    scenario_run_go(f->run, f->now_ns);
}

/* The next command is asked for, and posted. */
static const char *posted(struct fixture *f)
{
    struct run_request request;

    assert_true(scenario_run_request(present(f), &request));
    assert_int_equal(request.kind, REQUEST_COMMAND);
    snprintf(f->line, sizeof(f->line), "%s", request.line);
    f->command = *request.command;
    scenario_run_posted(present(f), ++f->last_command, f->now_ns);
    return f->line;
}

static bool asks_for_nothing(struct fixture *f)
{
    struct run_request request;

    return !scenario_run_request(present(f), &request);
}

static void reply(struct fixture *f, uint64_t id, int error)
{
    struct reply r = {.command_id = f->last_command, .id = id};

    if (error)
        err_set(&r.err, error, "connect", "127.0.0.1", "%s", "");
    scenario_run_reply(present(f), &r, f->now_ns);
}

static void look(struct fixture *f, uint64_t later_ms)
{
    f->now_ns += later_ms * CLOCK_MS_NS;
    scenario_run_look(present(f), f->now_ns);
}

static void session(struct fixture *f, uint64_t id, enum session_state state, int error)
{
    struct session_status s = a_session(id, state, COOKIE);

    if (error)
        err_set(&s.err, error, "connect", "127.0.0.1:65432", "%s", "");
    s.sent_bytes = 5;
    apply_session_status(&f->s, &s);
    look(f, 1);
}

static void server(struct fixture *f, bool listening)
{
    struct server_status s = a_server(SERVER, COOKIE + 1);

    s.listening = listening;
    apply_server_status(&f->s, &s);
    look(f, 1);
}

/* A list of one row, looked at after everything so far. */
static void rows(struct fixture *f, uint8_t state, uint32_t sendq, bool fresh)
{
    struct row row = a_row(COOKIE, state, 51826, 65432);
    struct snapshot *s;

    row.wqueue = sendq;
    s = a_snapshot(&row, state ? 1 : 0);
    s->at_ns = fresh ? f->now_ns : SCREEN_START_NS - 1;
    model_take_snapshot(&f->s.m, s);
    look(f, 1);
}

static const struct step_result *result(const struct fixture *f, size_t step)
{
    return scenario_run_result(present(f), step);
}

static void assert_failed(const struct fixture *f, const char *reason)
{
    assert_int_equal(scenario_run_outcome(present(f)), RUN_FAILED);
    if (!strstr(result(f, scenario_run_step(present(f)))->reason, reason))
        fail_msg("'%s' is not in '%s'", reason,
                 result(f, scenario_run_step(present(f)))->reason);
}

/* --- steps ---------------------------------------------------------------------------------- */

static void a_step_is_done_as_soon_as_all_holds(void **state)
{
    struct fixture *f = *state;

    begin(f, STEPS(CONNECT
                   ",\"expect\":[{\"session\":\"c\",\"state\":\"open\",\"sent\":\">= 5\"}],"
                   "\"measure\":{\"sent\":\"c.sent\"}}"));
    assert_string_equal(posted(f), "connect tcp://127.0.0.1:65432");
    assert_true(asks_for_nothing(f));
    reply(f, CLIENT, 0);
    session(f, CLIENT, SESSION_CONNECTING, 0);
    assert_int_equal(scenario_run_phase(f->run), RUN_DOING);
    session(f, CLIENT, SESSION_OPEN, 0);
    assert_int_equal(scenario_run_outcome(f->run), RUN_HELD);
    assert_int_equal(scenario_run_phase(f->run), RUN_READY); /* for the cleanup */
    assert_int_equal(result(f, 0)->outcome, STEP_HELD);
    assert_string_equal(result(f, 0)->checks[0].seen, "state open, sent 5");
    assert_string_equal(scenario_run_measured(f->run, "sent")->value.text, "5");
}

static void what_is_measured_is_waited_for_a_moment(void **state)
{
    struct fixture *f = *state;
    struct passage p = {.session_id = CLIENT, .length = 1, .direction = DIRECTION_RECEIVED};

    begin(f, STEPS(CONNECT ",\"expect\":[{\"session\":\"c\",\"text\":\"x\"}],"
                           "\"measure\":{\"ms\":\"c.lasted_ms\",\"no\":\"c.tls_alpn\"}}"));
    posted(f);
    reply(f, CLIENT, 0);
    ring_put(f->s.transcript, &p, "x", 1);
    session(f, CLIENT, SESSION_OPEN, 0);
    assert_int_equal(scenario_run_outcome(f->run), RUN_UNDECIDED);
    assert_int_equal(scenario_run_due_ns(f->run), f->now_ns + 200 * CLOCK_MS_NS);
    session(f, CLIENT, SESSION_CLOSED, 0);
    assert_int_equal(scenario_run_outcome(f->run), RUN_UNDECIDED);
    look(f, 200);
    assert_int_equal(scenario_run_outcome(f->run), RUN_HELD);
    assert_string_equal(scenario_run_measured(f->run, "ms")->value.text, "1");
    assert_false(scenario_run_measured(f->run, "no")->value.known);
}

static void a_step_fails_when_its_time_is_over(void **state)
{
    struct fixture *f = *state;

    begin(f,
          STEPS(CONNECT ",\"within\":3,\"expect\":[{\"session\":\"c\",\"state\":\"open\"}]}"));
    posted(f);
    reply(f, CLIENT, 0);
    session(f, CLIENT, SESSION_CONNECTING, 0);
    look(f, 2900);
    assert_int_equal(scenario_run_outcome(f->run), RUN_UNDECIDED);
    assert_int_equal(scenario_run_due_ns(f->run), SCREEN_START_NS + 3 * CLOCK_SECOND_NS);
    look(f, 100);
    assert_failed(f, "expected session c: state open; seen: state connecting");
}

static void patience_makes_the_time_longer(void **state)
{
    struct fixture *f = *state;
    struct run_settings settings = {.now_ns = f->now_ns, .no_capture = true, .patience = 3};

    begin(f, STEPS(CONNECT ",\"expect\":[{\"session\":\"c\",\"state\":\"open\"}]}"));
    f->again = scenario_run_new(f->scenario, &f->s.m, &settings);
    scenario_run_go(f->again, f->now_ns);
    posted(f);
    reply(f, CLIENT, 0);
    assert_int_equal(scenario_run_due_ns(f->again), f->now_ns + 6 * CLOCK_SECOND_NS);
}

static void what_cannot_hold_any_more_is_not_waited_for(void **state)
{
    struct fixture *f = *state;

    begin(f, STEPS(CONNECT ",\"expect\":[{\"session\":\"c\",\"state\":\"open\"}]}"));
    posted(f);
    reply(f, CLIENT, 0);
    session(f, CLIENT, SESSION_FAILED, -ECONNREFUSED);
    assert_failed(f, "ECONNREFUSED");
}

static void a_command_that_fails_fails_the_step(void **state)
{
    struct fixture *f = *state;

    begin(f, STEPS(CONNECT "}"));
    posted(f);
    reply(f, 0, -EADDRINUSE);
    assert_failed(f,
                  "connect tcp://127.0.0.1:65432: connect 127.0.0.1: Address already in use");
}

static void an_error_that_is_expected_is_no_failure(void **state)
{
    struct fixture *f = *state;

    begin(f, STEPS(CONNECT ",\"expect\":[{\"error\":\"EADDRINUSE\"}]}"));
    posted(f);
    reply(f, 0, -EADDRINUSE);
    assert_int_equal(scenario_run_outcome(f->run), RUN_HELD);
}

static void another_error_than_the_expected_one_is_a_failure(void **state)
{
    struct fixture *f = *state;

    begin(f, STEPS(CONNECT ",\"expect\":[{\"error\":\"none\"}]}"));
    posted(f);
    reply(f, CLIENT, 0);
    look(f, 1);
    assert_int_equal(scenario_run_outcome(f->run), RUN_UNDECIDED); /* it may still fail */
    session(f, CLIENT, SESSION_FAILED, -ECONNREFUSED);
    assert_failed(f, "expected error none; seen: connect");
}

static void never_and_throughout_are_watched_to_the_end(void **state)
{
    struct fixture *f = *state;

    begin(f, STEPS(CONNECT ",\"for\":1,\"expect\":[{\"error\":\"none\"}],"
                           "\"never\":[{\"session\":\"c\",\"state\":\"failed\"}],"
                           "\"throughout\":[{\"session\":\"c\",\"state\":\"open\"}]}"));
    posted(f);
    reply(f, CLIENT, 0);
    session(f, CLIENT, SESSION_OPEN, 0);
    look(f, 500);
    assert_int_equal(scenario_run_outcome(f->run), RUN_UNDECIDED);
    session(f, CLIENT, SESSION_CLOSED, 0);
    assert_failed(f, "expected throughout session c: state open; seen: state closed");
}

static void what_never_happened_holds(void **state)
{
    struct fixture *f = *state;

    begin(f, STEPS(CONNECT ",\"for\":1,\"never\":[{\"session\":\"c\",\"state\":\"failed\"}]}"));
    posted(f);
    reply(f, CLIENT, 0);
    session(f, CLIENT, SESSION_OPEN, 0);
    look(f, 1000);
    assert_int_equal(scenario_run_outcome(f->run), RUN_HELD);
    assert_int_equal(result(f, 0)->checks[0].state, CHECK_HOLDS);
}

/* --- what expectations look at -------------------------------------------------------------- */

static void only_rows_that_were_looked_at_since_count(void **state)
{
    struct fixture *f = *state;

    begin(f, STEPS(CONNECT
                   ",\"expect\":[{\"rows\":\"${c.row} and state established\",\"count\":1},"
                   "{\"row\":\"c\",\"sendq\":\"> 5\"}]}"));
    posted(f);
    f->now_ns += CLOCK_MS_NS;
    reply(f, CLIENT, 0);
    session(f, CLIENT, SESSION_OPEN, 0);
    rows(f, STATE_ESTABLISHED, 10, false);
    assert_int_equal(result(f, 0)->checks[0].state, CHECK_UNSEEN);
    rows(f, STATE_ESTABLISHED, 5, true);
    assert_int_equal(result(f, 0)->checks[0].state, CHECK_HOLDS);
    assert_int_equal(result(f, 0)->checks[1].state, CHECK_NO);
    assert_string_equal(result(f, 0)->checks[1].seen, "sendq 5");
    rows(f, STATE_ESTABLISHED, 6, true);
    assert_int_equal(scenario_run_outcome(f->run), RUN_HELD);
}

static void a_row_that_is_gone_has_no_state(void **state)
{
    struct fixture *f = *state;
    struct run_wish wish;

    begin(f, STEPS(CONNECT ",\"expect\":[{\"row\":\"c\",\"state\":\"none\"}]}"));
    posted(f);
    reply(f, CLIENT, 0);
    session(f, CLIENT, SESSION_CLOSED, 0);
    scenario_run_wish(f->run, &wish);
    assert_true(wish.rows);
    rows(f, 0, 0, true);
    assert_int_equal(scenario_run_outcome(f->run), RUN_HELD);
}

static void a_filtered_list_proves_nothing(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(model_set_filter(&f->s.m, "state listening", NULL), 0);
    begin(f,
          STEPS("{\"name\":\"one\",\"expect\":[{\"rows\":\"state time-wait\",\"count\":0}]}"));
    rows(f, 0, 0, true);
    assert_int_equal(result(f, 0)->checks[0].state, CHECK_UNSEEN);
    assert_non_null(strstr(result(f, 0)->checks[0].seen, "filtered"));
}

static void what_was_said_is_read_from_the_transcript(void **state)
{
    struct fixture *f = *state;
    struct passage p = {.session_id = CLIENT, .length = 3, .direction = DIRECTION_RECEIVED};

    begin(f, STEPS(CONNECT ",\"expect\":[{\"session\":\"c\",\"text\":\"~ hel\\nlo\"}]}"));
    posted(f);
    reply(f, CLIENT, 0);
    session(f, CLIENT, SESSION_OPEN, 0);
    ring_put(f->s.transcript, &p, "hel", 3);
    p.session_id++;
    ring_put(f->s.transcript, &p, "xxx", 3);
    p.session_id--;
    look(f, 1);
    assert_string_equal(result(f, 0)->checks[0].seen, "text \"hel\"");
    ring_put(f->s.transcript, &p, "\nlo", 3);
    look(f, 1);
    assert_int_equal(scenario_run_outcome(f->run), RUN_HELD);
}

static void calls_are_counted_in_the_journal(void **state)
{
    struct fixture *f = *state;
    struct call c = {
        .name = CALL_RECV, .session_id = CLIENT, .result = -1, .error = ECONNRESET};

    c.start_ns = f->now_ns - 1; /* before the step */
    ring_put(f->s.journal, &c, NULL, 0);
    begin(f,
          STEPS(CONNECT
                ",\"expect\":[{\"calls\":\"recv\",\"of\":\"c\",\"error\":\"ECONNRESET\"}]}"));
    posted(f);
    reply(f, CLIENT, 0);
    session(f, CLIENT, SESSION_OPEN, 0);
    assert_int_equal(result(f, 0)->checks[0].state, CHECK_NO);
    c.start_ns = f->now_ns;
    c.session_id++;
    ring_put(f->s.journal, &c, NULL, 0);
    look(f, 1);
    assert_int_equal(result(f, 0)->checks[0].state, CHECK_NO);
    c.session_id--;
    ring_put(f->s.journal, &c, NULL, 0);
    look(f, 1);
    assert_int_equal(scenario_run_outcome(f->run), RUN_HELD);
}

static void calls_of_others_do_not_count(void **state)
{
    struct fixture *f = *state;
    struct call c = {.name = CALL_RECV, .session_id = 99, .start_ns = f->now_ns};

    begin(f, STEPS(CONNECT ",\"expect\":[{\"calls\":\"recv\",\"count\":1}]}"));
    posted(f);
    reply(f, CLIENT, 0);
    session(f, 99, SESSION_OPEN, 0);
    ring_put(f->s.journal, &c, NULL, 0);
    look(f, 1);
    assert_int_equal(result(f, 0)->checks[0].state, CHECK_NO);
    c.session_id = CLIENT;
    ring_put(f->s.journal, &c, NULL, 0);
    look(f, 1);
    assert_int_equal(scenario_run_outcome(f->run), RUN_HELD);
}

static void calls_of_what_is_not_known_yet_are_looked_at_again(void **state)
{
    struct fixture *f = *state;
    struct call c = {.name = CALL_RECV, .session_id = 50, .start_ns = f->now_ns};
    struct session_status accepted = a_session(50, SESSION_OPEN, 77);

    begin(f, STEPS("{\"name\":\"one\",\"do\":\"serve echo 127.0.0.1:0\","
                   "\"expect\":[{\"calls\":\"recv\",\"count\":1}]}"));
    posted(f);
    reply(f, SERVER, 0);
    server(f, true);
    ring_put(f->s.journal, &c, NULL, 0);
    look(f, 1);
    look(f, 1);
    assert_int_equal(result(f, 0)->checks[0].state, CHECK_NO);
    accepted.server_id = SERVER;
    apply_session_status(&f->s, &accepted);
    look(f, 1);
    assert_int_equal(scenario_run_outcome(f->run), RUN_HELD);
}

static void without_a_capture_packets_are_left_out(void **state)
{
    struct fixture *f = *state;

    begin(f, STEPS(CONNECT ",\"expect\":[{\"packets\":\"tcp\"},{\"error\":\"none\"}]}"));
    posted(f);
    reply(f, CLIENT, 0);
    session(f, CLIENT, SESSION_OPEN, 0);
    assert_int_equal(scenario_run_outcome(f->run), RUN_HELD);
    assert_int_equal(result(f, 0)->checks[0].state, CHECK_LEFT_OUT);
}

static void without_a_capture_that_it_needs_nothing_is_done(void **state)
{
    struct fixture *f = *state;

    begin(f, "{\"schema\":1,\"title\":\"t\",\"needs\":\"capture\",\"steps\":[" CONNECT
             ",\"expect\":[{\"packets\":\"tcp\"}]}]}");
    assert_int_equal(scenario_run_outcome(f->run), RUN_UNAVAILABLE);
    assert_true(asks_for_nothing(f));
    scenario_run_go(f->run, f->now_ns);
    assert_int_equal(scenario_run_phase(f->run), RUN_OVER);
}

static void why_is_asked_once_the_rest_holds_and_again(void **state)
{
    struct fixture *f = *state;
    struct verdict v = {.cause = "unknown", .confidence = CONFIDENCE_POSSIBLE};
    struct run_request request;

    begin(f, STEPS(CONNECT ",\"expect\":[{\"session\":\"c\",\"state\":\"failed\"},"
                           "{\"why\":\"c\",\"cause\":\"no-listener\"}]}"));
    posted(f);
    reply(f, CLIENT, 0);
    assert_true(asks_for_nothing(f));
    session(f, CLIENT, SESSION_FAILED, -ECONNREFUSED);
    assert_true(scenario_run_request(f->run, &request));
    assert_int_equal(request.kind, REQUEST_WHY);
    assert_int_equal(request.session_id, CLIENT);
    scenario_run_why(f->run, request.number + 1, &v, NULL, f->now_ns); /* to another question */
    assert_int_equal(result(f, 0)->checks[1].state, CHECK_UNSEEN);
    scenario_run_why(f->run, request.number, &v, NULL, f->now_ns);
    assert_true(asks_for_nothing(f));
    assert_int_equal(scenario_run_due_ns(f->run), f->now_ns + 200 * CLOCK_MS_NS);
    look(f, 200);
    assert_true(scenario_run_request(f->run, &request));
    v.cause = "no-listener";
    scenario_run_why(f->run, request.number, &v, NULL, f->now_ns);
    look(f, 1);
    assert_int_equal(scenario_run_outcome(f->run), RUN_HELD);
}

/* --- commands ------------------------------------------------------------------------------- */

static void a_reference_stays_one_word(void **state)
{
    struct fixture *f = *state;

    begin(f, STEPS("{\"name\":\"one\",\"do\":\"connect tcp://h:1 --send ${words} --tag=x${v}\","
                   "\"as\":\"c\"}"));
    assert_string_equal(posted(f), "connect tcp://h:1 --send 'a b' --tag=x1");
    assert_string_equal(f->command.connect.tag, "x1");
}

static void quotes_in_a_value_are_refused(void **state)
{
    struct fixture *f = *state;
    struct scenario_pair pair = {"words", "a' --insecure '"};
    struct scenario_pairs set = {1, &pair};
    struct run_settings settings = {.set = &set, .now_ns = f->now_ns, .no_capture = true};

    begin(f, STEPS("{\"name\":\"one\",\"do\":\"connect tcp://h:1 --send ${words}\"}"));
    f->again = scenario_run_new(f->scenario, &f->s.m, &settings);
    scenario_run_go(f->again, f->now_ns);
    assert_true(asks_for_nothing(f));
    assert_failed(f, "${words} holds quotes");
}

static void commands_mean_what_the_run_has_opened(void **state)
{
    struct fixture *f = *state;

    begin(f, STEPS("{\"name\":\"one\",\"do\":[\"connect tcp://127.0.0.1:65432\",\"send hi\","
                   "\"close all\"]}"));
    posted(f);
    reply(f, CLIENT, 0);
    session(f, 99, SESSION_OPEN, 0); /* somebody else's, and newer */
    posted(f);
    assert_int_equal(f->command.target_id, CLIENT);
    reply(f, CLIENT, 0);
    posted(f);
    assert_false(f->command.all);
    assert_int_equal(f->command.n_targets, 1);
    assert_int_equal(f->command.targets[0], CLIENT);
}

static void without_anything_of_ours_there_is_no_command(void **state)
{
    struct fixture *f = *state;

    begin(f, STEPS("{\"name\":\"one\",\"do\":\"send hi\"}"));
    assert_failed(f, "this run has no open session");
}

static void a_figure_that_is_not_known_yet_is_waited_for(void **state)
{
    struct fixture *f = *state;

    begin(f, STEPS("{\"name\":\"one\",\"do\":[\"serve echo 127.0.0.1:0\","
                   "\"connect 127.0.0.1:${w.port}\"],\"as\":[\"w\",\"c\"]}"));
    posted(f);
    reply(f, SERVER, 0);
    assert_true(asks_for_nothing(f));
    server(f, true);
    assert_string_equal(posted(f), "connect 127.0.0.1:65432");
}

static void a_full_engine_is_asked_again(void **state)
{
    struct fixture *f = *state;
    struct run_request request;

    begin(f, STEPS(CONNECT "}"));
    assert_true(scenario_run_request(f->run, &request));
    scenario_run_posted(f->run, 0, f->now_ns);
    assert_true(asks_for_nothing(f));
    f->now_ns = scenario_run_due_ns(f->run);
    look(f, 0);
    posted(f);
}

/* --- the end -------------------------------------------------------------------------------- */

static void what_was_opened_is_taken_away(void **state)
{
    struct fixture *f = *state;

    begin(f,
          STEPS("{\"name\":\"one\",\"do\":[\"serve echo 127.0.0.1:0\",\"connect 127.0.0.1:1\"],"
                "\"as\":[\"w\",\"c\"]}"));
    posted(f);
    reply(f, SERVER, 0);
    server(f, true);
    posted(f);
    reply(f, CLIENT, 0);
    session(f, CLIENT, SESSION_OPEN, 0);
    assert_int_equal(scenario_run_outcome(f->run), RUN_HELD);
    assert_true(asks_for_nothing(f));
    scenario_run_go(f->run, f->now_ns);
    assert_string_equal(posted(f), "close 7");
    reply(f, CLIENT, 0);
    assert_string_equal(posted(f), "stop 3");
    reply(f, SERVER, 0);
    assert_int_equal(scenario_run_phase(f->run), RUN_CLEANING);
    session(f, CLIENT, SESSION_CLOSED, 0);
    server(f, false);
    assert_int_equal(scenario_run_phase(f->run), RUN_OVER);
    assert_string_equal(scenario_run_remark(f->run), "");
}

static void what_stays_open_is_told(void **state)
{
    struct fixture *f = *state;

    begin(f, STEPS(CONNECT "}"));
    posted(f);
    reply(f, CLIENT, 0);
    session(f, CLIENT, SESSION_OPEN, 0);
    scenario_run_go(f->run, f->now_ns);
    posted(f);
    reply(f, CLIENT, 0);
    look(f, 2000);
    assert_int_equal(scenario_run_phase(f->run), RUN_OVER);
    assert_string_equal(scenario_run_remark(f->run), "session 7 could not be closed");
}

static void a_run_that_is_stopped_waits_for_the_command_under_way(void **state)
{
    struct fixture *f = *state;

    begin(f, STEPS(CONNECT "}"));
    posted(f);
    scenario_run_stop(f->run, f->now_ns);
    assert_int_equal(scenario_run_phase(f->run), RUN_CLEANING);
    assert_true(asks_for_nothing(f));
    look(f, 60000);
    assert_int_equal(scenario_run_phase(f->run), RUN_CLEANING);
    reply(f, CLIENT, 0);
    assert_string_equal(posted(f), "close 7");
    reply(f, CLIENT, 0);
    session(f, CLIENT, SESSION_CLOSED, 0);
    assert_int_equal(scenario_run_phase(f->run), RUN_OVER);
    assert_int_equal(scenario_run_outcome(f->run), RUN_STOPPED);
}

static void cleanup_runs_behind_a_failure(void **state)
{
    struct fixture *f = *state;

    begin(f,
          HEAD "\"steps\":[" CONNECT ",\"expect\":[{\"session\":\"c\",\"state\":\"open\"}]}],"
               "\"cleanup\":[\"half-close ${c}\",\"stop\"]}");
    posted(f);
    reply(f, CLIENT, 0);
    session(f, CLIENT, SESSION_CONNECTING, 0);
    look(f, 2000);
    assert_int_equal(scenario_run_outcome(f->run), RUN_FAILED);
    scenario_run_go(f->run, f->now_ns);
    assert_string_equal(posted(f), "half-close 7");
    reply(f, CLIENT, -ENOTCONN); /* not asked for any more */
    assert_string_equal(posted(f), "close 7");
}

/* --- questions and the second run ----------------------------------------------------------- */

#define QUESTION                                                                               \
    ",\"question\":{\"ask\":\"?\",\"choices\":[{\"text\":\"a\",\"expect\":[{\"session\":"      \
    "\"c\","                                                                                   \
    "\"state\":\"open\"}]},{\"text\":\"b\",\"expect\":[{\"session\":\"c\",\"state\":"          \
    "\"failed\""                                                                               \
    "}]},{\"text\":\"c\"}]}"

static void the_right_choice_is_the_one_that_is_seen(void **state)
{
    struct fixture *f = *state;

    begin(f, STEPS(CONNECT QUESTION "}"));
    assert_int_equal(scenario_run_phase(f->run), RUN_ASKING);
    assert_true(asks_for_nothing(f));
    scenario_run_answer(f->run, 2, f->now_ns);
    posted(f);
    reply(f, CLIENT, 0);
    assert_int_equal(result(f, 0)->right, -1);
    session(f, CLIENT, SESSION_FAILED, -ECONNREFUSED);
    assert_int_equal(scenario_run_outcome(f->run), RUN_HELD);
    assert_int_equal(result(f, 0)->right, 1);
    assert_int_equal(result(f, 0)->chosen, 2);
}

static void a_question_without_a_right_choice_fails(void **state)
{
    struct fixture *f = *state;

    begin(f, STEPS(CONNECT QUESTION "}"));
    scenario_run_answer(f->run, -1, f->now_ns);
    posted(f);
    reply(f, CLIENT, 0);
    session(f, CLIENT, SESSION_CONNECTING, 0);
    look(f, 2000);
    assert_failed(
        f, "exactly one choice of the question should hold: 1 does not: state connecting");
}

static void the_second_run_knows_what_the_first_measured(void **state)
{
    struct fixture *f = *state;

    begin(f, HEAD "\"steps\":[" CONNECT ",\"expect\":[{\"session\":\"c\",\"state\":\"open\"},"
                  "{\"value\":\"${v}\",\"is\":\"> ${before.sent}\"}],"
                  "\"measure\":{\"sent\":\"c.sent\"}}],"
                  "\"again\":{\"title\":\"more\",\"variables\":{\"v\":\"6\"}}}");
    posted(f);
    reply(f, CLIENT, 0);
    session(f, CLIENT, SESSION_OPEN, 0);
    assert_int_equal(scenario_run_outcome(f->run), RUN_HELD);
    assert_int_equal(result(f, 0)->checks[1].state, CHECK_LEFT_OUT);
    f->again = new_run(f, f->run);
    scenario_run_go(f->again, f->now_ns);
    posted(f);
    reply(f, CLIENT + 1, 0);
    session(f, CLIENT + 1, SESSION_OPEN, 0);
    assert_int_equal(scenario_run_outcome(f->again), RUN_HELD);
    assert_string_equal(result(f, 0)->checks[1].seen, "6");
}

static void what_is_not_known_is_a_question_mark_in_prose(void **state)
{
    struct fixture *f = *state;
    char text[100];

    begin(f, STEPS(CONNECT "}"));
    scenario_run_text(f->run, "${c.port} ${words} $${v}", text, sizeof(text));
    assert_string_equal(text, "? a b ${v}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_step_is_done_as_soon_as_all_holds),
        TEST(what_is_measured_is_waited_for_a_moment),
        TEST(a_step_fails_when_its_time_is_over),
        TEST(patience_makes_the_time_longer),
        TEST(what_cannot_hold_any_more_is_not_waited_for),
        TEST(a_command_that_fails_fails_the_step),
        TEST(an_error_that_is_expected_is_no_failure),
        TEST(another_error_than_the_expected_one_is_a_failure),
        TEST(never_and_throughout_are_watched_to_the_end),
        TEST(what_never_happened_holds),
        TEST(only_rows_that_were_looked_at_since_count),
        TEST(a_row_that_is_gone_has_no_state),
        TEST(a_filtered_list_proves_nothing),
        TEST(what_was_said_is_read_from_the_transcript),
        TEST(calls_are_counted_in_the_journal),
        TEST(calls_of_others_do_not_count),
        TEST(calls_of_what_is_not_known_yet_are_looked_at_again),
        TEST(without_a_capture_packets_are_left_out),
        TEST(without_a_capture_that_it_needs_nothing_is_done),
        TEST(why_is_asked_once_the_rest_holds_and_again),
        TEST(a_reference_stays_one_word),
        TEST(quotes_in_a_value_are_refused),
        TEST(commands_mean_what_the_run_has_opened),
        TEST(without_anything_of_ours_there_is_no_command),
        TEST(a_figure_that_is_not_known_yet_is_waited_for),
        TEST(a_full_engine_is_asked_again),
        TEST(what_was_opened_is_taken_away),
        TEST(what_stays_open_is_told),
        TEST(a_run_that_is_stopped_waits_for_the_command_under_way),
        TEST(cleanup_runs_behind_a_failure),
        TEST(the_right_choice_is_the_one_that_is_seen),
        TEST(a_question_without_a_right_choice_fails),
        TEST(the_second_run_knows_what_the_first_measured),
        TEST(what_is_not_known_is_a_question_mark_in_prose),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
