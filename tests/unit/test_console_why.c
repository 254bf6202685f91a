/* Asking why in the console: what becomes a question, and what becomes of the answer.  Nothing is
 * gathered here: the host is made up. */
#include "tests/unit/consoles.h"

#include <poll.h>
#include <semaphore.h>

#include "tests/unit/answers.h"

#define CONTROL_C 3

/* --- a host that is not there ------------------------------------------------------------- */

static sem_t begun;       /* posted when a question is looked into */
static atomic_bool hangs; /* until it is given up */
static _Atomic unsigned asked_times;
static struct why_wish last_wish; /* of the newest; read behind its answer, or `begun` */

/* Refused by this host, on which nobody listens. */
static void refuse(struct evidence *e, const struct endpoint *to)
{
    struct attempt *a = evidence_attempt(e);

    a->call = "connect";
    a->error = -ECONNREFUSED;
    assert_true(endpoint_numeric(to, &a->to));
    a->to.port = to->port;
    a->route = (struct route_facts){.seen = true, .kind = ROUTE_LOCAL};
    e->rows_seen = true;
}

int why_gather(const struct why_wish *wish, const struct probes *probes, struct evidence **ret,
               struct err *err)
{
    struct evidence *e = evidence_new();

    (void)probes;
    (void)err;
    asked_times++;
    last_wish = *wish;
    sem_post(&begun);
    while (hangs && !atomic_load(wish->stop))
        poll(NULL, 0, 1);
    e->subject = wish->subject;
    e->endpoint = wish->endpoint;
    if (wish->subject == WHY_CONNECT)
        refuse(e, &wish->endpoint);
    *ret = e;
    return 0;
}

/* --- the fixture -------------------------------------------------------------------------- */

static int set_up_why(void **state)
{
    struct fixture *f;
    int r = set_up(state);

    f = *state;
    sem_init(&begun, 0, 0);
    hangs = false;
    asked_times = 0;
    console_why_start(&f->c);
    return r;
}

static int tear_down_why(void **state)
{
    struct fixture *f = *state;

    hangs = false;
    console_why_stop(&f->c);
    console_alarm_stop(&f->c);
    sem_destroy(&begun);
    return tear_down(state);
}

static void await_begin(void)
{
    while (sem_wait(&begun) < 0)
        ;
}

/* As the loop does it when the answer is there. */
static void await_answer(struct fixture *f)
{
    struct pollfd fd = {.fd = f->c.answers.fd, .events = POLLIN};

    assert_int_equal(poll(&fd, 1, 10000), 1);
    f->c.answers.ready(&f->c.answers, POLLIN);
}

static void select_session(struct fixture *f, uint64_t id)
{
    struct focus focus = model_focus_of_session(&f->c.model, id);

    model_focus(&f->c.model, &focus);
}

/* A session that was refused, and that nobody was told of yet. */
static void fail_quietly(struct fixture *f, uint64_t id)
{
    struct event event = {.kind = EVENT_SESSION, .session = a_session(id, SESSION_FAILED, 0)};

    err_set(&event.session.err, -ECONNREFUSED, "connect", "127.0.0.1:65432", "%s", "");
    model_apply(&f->c.model, &event);
    select_session(f, id);
}

static bool is_shown(struct fixture *f, const char *text)
{
    for (int row = 0; row < 24; row++)
        if (row_holds(f, row, text))
            return true;
    return false;
}

/* --- asked by a person -------------------------------------------------------------------- */

static void a_failed_session_is_asked_by_its_endpoint(void **state)
{
    struct fixture *f = *state;

    fail_quietly(f, 7);
    type(f, "e");
    assert_int_equal(f->c.screen, SCREEN_WHY);
    assert_string_equal(f->c.model.why.asking, "tcp://127.0.0.1:65432");
    await_answer(f);
    assert_int_equal(last_wish.subject, WHY_CONNECT);
    assert_string_equal(f->c.model.why.asking, "");
    assert_true(is_shown(f, "no-listener, "));
    assert_true(is_shown(f, "── why tcp://127.0.0.1:65432 ──"));
}

static void an_open_session_is_asked_by_its_socket(void **state)
{
    struct fixture *f = *state;

    tell_session(f, 7, SESSION_OPEN, 0);
    select_session(f, 7);
    type(f, "e");
    await_answer(f);
    assert_int_equal(last_wish.subject, WHY_SOCKET);
    assert_int_equal(last_wish.protocol, IPPROTO_TCP);
    assert_int_equal(last_wish.local.port, 51826);
    assert_int_equal(last_wish.peer.port, 65432);
    assert_string_equal(f->c.model.why.answer->target, "tcp://127.0.0.1:51826-127.0.0.1:65432");
}

static void a_row_is_asked_by_its_addresses_and_a_listener_has_no_peer(void **state)
{
    struct row row = a_row(13, STATE_LISTEN, 8080, 0);
    struct fixture *f = *state;
    struct focus focus;

    model_take_snapshot(&f->c.model, a_snapshot(&row, 1));
    focus = model_focus_of_row(&f->c.model, &row);
    model_focus(&f->c.model, &focus);
    type(f, "e");
    await_answer(f);
    assert_string_equal(f->c.model.why.answer->target, "tcp://127.0.0.1:8080");
    assert_int_equal(last_wish.peer.family, AF_UNSPEC);
}

static void commands_ask_to_connect_and_to_bind(void **state)
{
    struct fixture *f = *state;

    assert_true(console_line(&f->c, "why 127.0.0.1:1"));
    await_answer(f);
    assert_string_equal(f->c.model.why.answer->target, "tcp://127.0.0.1:1");
    assert_true(console_line(&f->c, "why bind:udp://127.0.0.1:2"));
    await_answer(f);
    assert_int_equal(last_wish.subject, WHY_BIND);
    assert_string_equal(f->c.model.why.answer->target, "bind:udp://127.0.0.1:2");
    /* On this screen it is asked once more. */
    type(f, "e");
    await_answer(f);
    assert_int_equal(asked_times, 3);
    assert_string_equal(f->c.model.why.answer->target, "bind:udp://127.0.0.1:2");
}

static void capturing_stays_off_where_it_was_turned_off(void **state)
{
    struct fixture *f = *state;

    console_line(&f->c, "why 127.0.0.1:1");
    await_answer(f);
    assert_false(last_wish.no_capture);
    f->setup.no_capture = true;
    console_line(&f->c, "why 127.0.0.1:1");
    await_answer(f);
    assert_true(last_wish.no_capture);
}

static void control_c_gives_up(void **state)
{
    struct fixture *f = *state;

    hangs = true;
    console_line(&f->c, "why 127.0.0.1:1");
    await_begin();
    assert_true(is_shown(f, "asking why tcp://127.0.0.1:1: 0.0 s"));
    console_key(&f->c, CONTROL_C);
    assert_string_equal(f->c.model.why.asking, "");
    assert_string_equal(f->c.model.notice, "given up: why tcp://127.0.0.1:1");
    await_answer(f); /* it came to its end, and is nobody's answer */
    assert_null(f->c.model.why.answer);
    assert_false(f->c.stopped);
}

static void another_question_gives_up_the_one_before(void **state)
{
    struct fixture *f = *state;

    hangs = true;
    console_line(&f->c, "why 127.0.0.1:1");
    await_begin();
    console_line(&f->c, "why 127.0.0.1:2");
    await_begin();
    hangs = false;
    do
        await_answer(f);
    while (!f->c.model.why.answer);
    assert_string_equal(f->c.model.why.answer->target, "tcp://127.0.0.1:2");
}

static void an_answer_elsewhere_is_told_in_a_line(void **state)
{
    struct fixture *f = *state;

    console_line(&f->c, "why 127.0.0.1:1");
    type(f, "1");
    await_answer(f);
    assert_int_equal(f->c.screen, SCREEN_HOME);
    assert_non_null(strstr(f->c.model.notice, "why tcp://127.0.0.1:1: no-listener, "));
    assert_non_null(strstr(f->c.model.notice, "; 6 shows it"));
    type(f, "6");
    assert_true(is_shown(f, "no-listener, "));
}

static void a_packet_of_nobody_offers_to_try_its_destination(void **state)
{
    struct fixture *f = *state;
    struct screen packets = {.packets = f->c.packets};

    put_segment(&packets, 0, 40000, 8080, TCP_FLAG_SYN, 1, "");
    model_update_packets(&f->c.model);
    type(f, "3ge");
    assert_int_equal(f->c.mode, MODE_COMMAND);
    assert_string_equal(f->c.command.text, "why tcp://127.0.0.1:8080");
    assert_int_equal(asked_times, 0);
}

static void a_packet_of_a_session_asks_about_that(void **state)
{
    struct fixture *f = *state;
    struct screen packets = {.packets = f->c.packets};

    f->c.model.start_ns = SCREEN_START_NS;
    f->c.model.start_wall_ns = SCREEN_NOON_NS;
    tell_session(f, 7, SESSION_OPEN, 0);
    put_segment(&packets, 9 * CLOCK_SECOND_NS, 65432, 51826, TCP_FLAG_ACK, 1, "x");
    model_update_packets(&f->c.model);
    type(f, "3ge");
    assert_int_equal(f->c.screen, SCREEN_WHY);
    await_answer(f);
    assert_int_equal(last_wish.subject, WHY_SOCKET);
    assert_int_equal(last_wish.local.port, 51826);
}

static void put_call(struct fixture *f, const struct call *call)
{
    union {
        const struct ring *read;
        struct ring *write;
    } journal = {.read = f->c.model.journal};

    ring_put(journal.write, call, NULL, 0);
    console_tell_all(&f->c, PANEL_TICK);
}

static void a_failed_bind_of_the_journal_is_asked_as_one(void **state)
{
    struct fixture *f = *state;
    struct call call = {.name = CALL_BIND,
                        .session_id = 3,
                        .result = -1,
                        .error = EADDRINUSE,
                        .addr = an_addr("127.0.0.1", 8080)};

    put_call(f, &call);
    type(f, "5Ge");
    await_answer(f);
    assert_int_equal(last_wish.subject, WHY_BIND);
    assert_int_equal(last_wish.endpoint.port, 8080);
}

static void a_call_of_the_journal_asks_about_its_session(void **state)
{
    struct fixture *f = *state;

    tell_session(f, 7, SESSION_OPEN, 0);
    put_call(f, &(struct call){.name = CALL_SEND, .session_id = 7, .result = 3});
    type(f, "5Ge");
    await_answer(f);
    assert_int_equal(last_wish.subject, WHY_SOCKET);
    assert_int_equal(f->c.model.why.answer->session_id, 7);
}

/* --- without being asked ------------------------------------------------------------------ */

static void a_session_that_fails_explains_itself(void **state)
{
    struct fixture *f = *state;

    tell_session(f, 7, SESSION_FAILED, -ECONNREFUSED);
    assert_string_equal(f->c.model.why.asking, ""); /* nobody waits for it */
    await_answer(f);
    assert_int_equal(f->c.screen, SCREEN_HOME);
    assert_int_equal(f->c.layout.why.row, 22);
    assert_true(
        row_holds(f, 22, "── why ── no-listener, "));
    assert_true(row_holds(f, 23, "F1 help"));
    type(f, "6");
    assert_true(is_shown(f, "no-listener, "));
}

static void the_same_failure_is_not_asked_again(void **state)
{
    struct fixture *f = *state;

    tell_session(f, 7, SESSION_FAILED, -ECONNREFUSED);
    await_answer(f);
    f->c.alarm.asked_ns = 1; /* long ago */
    tell_session(f, 8, SESSION_FAILED, -ECONNREFUSED);
    assert_false(inquirer_busy(f->c.inquirer));
    assert_int_equal(asked_times, 1);
}

static void two_failures_are_asked_a_while_apart(void **state)
{
    struct fixture *f = *state;

    tell_session(f, 7, SESSION_FAILED, -ECONNREFUSED);
    await_answer(f);
    snprintf(f->c.alarm.target, sizeof(f->c.alarm.target), "%s", "another");
    tell_session(f, 8, SESSION_FAILED, -ECONNREFUSED);
    assert_false(inquirer_busy(f->c.inquirer));
    assert_int_equal(f->c.alarm.n, 1);
    f->c.alarm.asked_ns = 1;
    f->c.alarm_due.fire(&f->c.alarm_due);
    await_answer(f);
    assert_int_equal(asked_times, 2);
}

static void more_failures_than_can_wait_are_counted(void **state)
{
    struct fixture *f = *state;

    tell_session(f, 7, SESSION_FAILED, -ECONNREFUSED);
    await_answer(f);
    for (uint64_t id = 8; id < 8 + ALARMS_WAITING; id++)
        tell_session(f, id, SESSION_FAILED, -ECONNREFUSED);
    assert_null(strstr(f->c.model.notice, "not looked into"));
    tell_session(f, 100, SESSION_FAILED, -ECONNREFUSED);
    assert_non_null(strstr(f->c.model.notice, "1 failure was not looked into"));
    tell_session(f, 101, SESSION_FAILED, -ECONNREFUSED);
    assert_non_null(strstr(f->c.model.notice, "2 failures were not looked into"));
    assert_int_equal(f->c.alarm.n, ALARMS_WAITING);
}

static void the_line_goes_when_it_works(void **state)
{
    struct fixture *f = *state;

    tell_session(f, 7, SESSION_FAILED, -ECONNREFUSED);
    await_answer(f);
    tell_session(f, 8, SESSION_OPEN, 0);
    assert_string_equal(f->c.model.why.line, "");
    assert_int_equal(f->c.layout.why.rows, 0);
}

static void what_had_been_open_is_asked_by_what_was_recorded(void **state)
{
    struct fixture *f = *state;
    struct event event = {.kind = EVENT_SESSION, .session = a_session(7, SESSION_FAILED, 7)};

    event.session.phases.connected = 1;
    err_set(&event.session.err, -ECONNRESET, "recv", "127.0.0.1:65432", "%s", "");
    console_event(&f->c, &event);
    await_answer(f);
    assert_int_equal(last_wish.past.error, -ECONNRESET);
    assert_int_equal(last_wish.past.began_ns, event.session.opened_ns);
    assert_ptr_equal(last_wish.past.packets, f->c.packets);
    assert_false(last_wish.past.sending);
    assert_int_equal(last_wish.local.port, 51826);
}

static void what_was_accepted_or_goes_through_a_proxy_is_not_tried(void **state)
{
    struct fixture *f = *state;
    struct event event = {.kind = EVENT_SESSION};

    event.session = a_session(8, SESSION_FAILED, 8);
    event.session.server_id = 1;
    console_event(&f->c, &event);
    event.session = a_session(9, SESSION_FAILED, 9);
    strcpy(event.session.proxy, "socks5://127.0.0.1:1080");
    console_event(&f->c, &event);
    assert_false(inquirer_busy(f->c.inquirer));
    assert_int_equal(f->c.alarm.n, 0);
}

static void an_answer_that_is_read_is_not_taken_away(void **state)
{
    struct fixture *f = *state;

    console_line(&f->c, "why 127.0.0.1:1");
    await_answer(f);
    tell_session(f, 7, SESSION_FAILED, -ECONNREFUSED);
    await_answer(f);
    assert_true(f->c.model.why.line[0]);
    assert_string_equal(f->c.model.why.answer->target, "tcp://127.0.0.1:1");
    /* But who comes back finds what the line says. */
    type(f, "16");
    assert_string_equal(f->c.model.why.answer->target, "tcp://127.0.0.1:65432");
}

static void more_failures_than_are_kept_lose_the_oldest(void **state)
{
    struct fixture *f = *state;

    hangs = true;
    tell_session(f, 7, SESSION_FAILED, -ECONNREFUSED);
    await_begin();
    for (uint64_t i = 0; i < ALARMS_WAITING + 3; i++)
        tell_session(f, 10 + i, SESSION_FAILED, -ECONNREFUSED);
    assert_int_equal(f->c.alarm.n, ALARMS_WAITING);
    assert_int_equal(f->c.alarm.waiting[0]->session_id, 13);
}

static void a_notice_leaves_the_line_to_be_read(void **state)
{
    struct fixture *f = *state;

    tell_session(f, 7, SESSION_FAILED, -ECONNREFUSED);
    await_answer(f);
    model_notice(&f->c.model, true, "something else");
    assert_true(row_holds(f, 21, "something else"));
    assert_true(row_holds(f, 22, "── why ── no-listener"));
}

/* --- what can be done about it ------------------------------------------------------------ */

static void press(struct fixture *f, uint32_t key)
{
    console_key(&f->c, key);
}

static void a_refused_session_can_be_tried_again_and_is_asked_first(void **state)
{
    struct fixture *f = *state;

    fail_quietly(f, 7);
    type(f, "!");
    assert_int_equal(f->c.mode, MODE_MENU);
    assert_string_equal(f->c.menu.items[0].text, "connect to tcp://127.0.0.1:65432 again");
    press(f, KEYS_ENTER);
    assert_int_equal(f->c.mode, MODE_ASK);
    assert_string_equal(f->c.question, "connect to tcp://127.0.0.1:65432 again?");
    assert_string_equal(f->c.answer_command, "connect tcp://127.0.0.1:65432");
    type(f, "n");
    assert_int_equal(f->c.mode, MODE_KEYS);
}

static void add_listener(struct evidence *e, const char *ip)
{
    struct sighting *s = evidence_sighting(e);

    s->role = ROLE_LISTENER;
    s->own_netns = true;
    s->row = a_row(5, STATE_LISTEN, 65432, 0);
    s->row.local = an_addr(ip, 65432);
}

static void another_address_that_listens_is_offered(void **state)
{
    struct fixture *f = *state;
    struct inquiry *q = an_answer();

    q->v.cause = "listener-other-address";
    add_listener(q->e, "127.0.0.2");
    console_why_show(&f->c, q);
    type(f, "6!");
    assert_string_equal(f->c.menu.items[2].text, "connect to tcp://127.0.0.2:65432 instead");
    assert_string_equal(f->c.menu.items[2].command, "connect tcp://127.0.0.2:65432");
    assert_true(f->c.menu.items[2].asks);
    press(f, KEYS_ESCAPE);
    q = an_answer();
    q->v.cause = "listener-other-family";
    add_listener(q->e, "::");
    console_why_show(&f->c, q);
    type(f, "!");
    assert_string_equal(f->c.menu.items[2].command, "connect tcp://[::1]:65432");
}

static void time_wait_offers_to_serve_with_reuseaddr(void **state)
{
    struct fixture *f = *state;
    struct inquiry *q = an_answer();
    struct command command;

    assert_int_equal(
        command_parse("serve echo 127.0.0.1:65432 --option SO_REUSEADDR=off", &command, NULL),
        0);
    strcpy(f->c.last_serve.service, "echo");
    f->c.last_serve.endpoint = command.endpoint;
    q->wish.subject = WHY_BIND;
    q->v.cause = "port-in-use-time-wait";
    console_why_show(&f->c, q);
    type(f, "6!");
    assert_string_equal(f->c.menu.items[2].command,
                        "serve echo tcp://127.0.0.1:65432 --option SO_REUSEADDR=on");
    assert_int_equal(command_parse(f->c.menu.items[2].command, &command, NULL), 0);
}

static void the_verdict_is_copied(void **state)
{
    struct fixture *f = *state;

    type(f, "6y");
    assert_string_equal(f->c.model.notice, "copy: there is no verdict yet");
    console_why_show(&f->c, an_answer());
    type(f, "y");
    assert_non_null(strstr(copied, "no-listener, certain: Nobody listens on 127.0.0.1:65432"));
    assert_non_null(strstr(copied, "came RST ACK"));
    console_line(&f->c, "copy json");
    assert_non_null(strstr(copied, "\"cause\":\t\"no-listener\""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_why, tear_down_why)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_failed_session_is_asked_by_its_endpoint),
        TEST(an_open_session_is_asked_by_its_socket),
        TEST(a_row_is_asked_by_its_addresses_and_a_listener_has_no_peer),
        TEST(commands_ask_to_connect_and_to_bind),
        TEST(capturing_stays_off_where_it_was_turned_off),
        TEST(control_c_gives_up),
        TEST(another_question_gives_up_the_one_before),
        TEST(an_answer_elsewhere_is_told_in_a_line),
        TEST(a_packet_of_nobody_offers_to_try_its_destination),
        TEST(a_packet_of_a_session_asks_about_that),
        TEST(a_failed_bind_of_the_journal_is_asked_as_one),
        TEST(a_call_of_the_journal_asks_about_its_session),
        TEST(a_session_that_fails_explains_itself),
        TEST(the_same_failure_is_not_asked_again),
        TEST(two_failures_are_asked_a_while_apart),
        TEST(more_failures_than_can_wait_are_counted),
        TEST(the_line_goes_when_it_works),
        TEST(what_had_been_open_is_asked_by_what_was_recorded),
        TEST(what_was_accepted_or_goes_through_a_proxy_is_not_tried),
        TEST(an_answer_that_is_read_is_not_taken_away),
        TEST(more_failures_than_are_kept_lose_the_oldest),
        TEST(a_notice_leaves_the_line_to_be_read),
        TEST(a_refused_session_can_be_tried_again_and_is_asked_first),
        TEST(another_address_that_listens_is_offered),
        TEST(time_wait_offers_to_serve_with_reuseaddr),
        TEST(the_verdict_is_copied),
    };

    return cmocka_run_group_tests_name("console_why", tests, NULL, NULL);
}
