/* The list of lessons, and one that is taken: what its pages say and what keys ask for.  The test is
 * the console. */
#include "tests/unit/hosts.h"

#include <unistd.h>

#include "core/scenario/lesson.h"

#define LESSON                                                                                 \
    "{\"schema\":1,\"title\":\"A lesson\",\"summary\":\"About it.\","                          \
    "\"variables\":{\"v\":\"1\"},\"steps\":[{\"name\":\"one\",\"prose\":\"Prose of it.\","     \
    "\"do\":\"connect tcp://127.0.0.1:65432\",\"as\":\"c\",\"look\":{\"screen\":\"packets\"}," \
    "\"question\":{\"ask\":\"What comes?\",\"choices\":["                                      \
    "{\"text\":\"It opens\",\"expect\":[{\"session\":\"c\",\"state\":\"open\"}]},"             \
    "{\"text\":\"It fails\",\"expect\":[{\"session\":\"c\",\"state\":\"failed\"}]}],"          \
    "\"because\":\"So it is.\"},\"expect\":[{\"session\":\"c\",\"state\":\"open\"}],"          \
    "\"after\":\"It is open.\",\"measure\":{\"sent\":\"c.sent\"}}],"                           \
    "\"again\":{\"title\":\"The other way\",\"prose\":\"Now with two.\","                      \
    "\"variables\":{\"v\":\"2\"},\"compare\":{\"sent\":\"bytes sent\"}}}"

enum { CLIENT = 7, COOKIE = 13 };

struct fixture {
    struct screen s;
    struct lessons lessons;
    uint64_t now_ns, commands;
    unsigned sent;
};

static struct lesson *taken(struct fixture *f)
{
    return f->lessons.taken;
}

static bool says(struct fixture *f, const char *text)
{
    screen_tick(&f->s);
    return screen_holds(&f->s, text);
}

static void begin(struct fixture *f, const char *lacks)
{
    struct scenario *s;

    assert_int_equal(scenario_parse(LESSON, strlen(LESSON), "t.json", &s, NULL), 0);
    f->lessons.taken = lesson_new(s, &f->s.m, lacks, true, f->now_ns, SCREEN_NOON_NS);
    screen_tick(&f->s);
}

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));

    f->now_ns = SCREEN_START_NS;
    screen_open(&f->s, &lessons_panel, 24, 80);
    lessons_load(&f->lessons);
    f->s.m.lessons = &f->lessons;
    screen_tick(&f->s);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    lessons_done(&f->lessons);
    screen_close(&f->s);
    free(f);
    return 0;
}

/* What the engine would do: the client is opened, and in the end closed. */
static void engine(struct fixture *f)
{
    struct run_request request;

    f->now_ns += CLOCK_SECOND_NS / 10;
    while (scenario_run_request(lesson_run(taken(f)), &request)) {
        bool closes = request.command->verb == VERB_CLOSE;
        struct session_status s =
            a_session(CLIENT + f->sent, closes ? SESSION_CLOSED : SESSION_OPEN, COOKIE);
        struct reply reply = {.command_id = ++f->commands, .id = closes ? 0 : s.id};

        s.sent_bytes = f->sent + 1;
        model_apply(&f->s.m, &(struct event){.kind = EVENT_SESSION, .session = s});
        scenario_run_posted(lesson_run(taken(f)), reply.command_id, f->now_ns);
        scenario_run_reply(lesson_run(taken(f)), &reply, f->now_ns);
    }
    scenario_run_look(lesson_run(taken(f)), f->now_ns);
    lesson_sync(taken(f), f->now_ns);
    screen_tick(&f->s);
}

/* Press Enter; what it asks the console for, which does it. */
static const char *enter(struct fixture *f)
{
    unsigned choice = 0;

    screen_act(&f->s, ACTION_DETAILS);
    if (strncmp(f->s.requests.command, "lesson next", 11) != 0)
        return f->s.requests.command;
    sscanf(f->s.requests.command, "lesson next %u", &choice);
    lesson_next(taken(f), &f->s.m, choice ? choice - 1 : 0, f->now_ns, SCREEN_NOON_NS);
    engine(f);
    return f->s.requests.command;
}

static void through(struct fixture *f, int answer)
{
    for (int i = 0; i < answer; i++)
        screen_act(&f->s, ACTION_DOWN);
    enter(f);
}

static void all_lessons_are_listed(void **state)
{
    struct fixture *f = *state;

    assert_true(f->lessons.n >= 16);
    for (size_t i = 0; i < f->lessons.n; i++) {
        assert_string_equal(f->lessons.list[i].problem, "");
        assert_in_range(f->lessons.list[i].minutes, 1, 5);
    }
    progress_add(&f->lessons.progress, "echo");
    assert_true(says(f, "1 of "));
    assert_true(says(f, "done  Echo: a first conversation"));
    screen_act(&f->s, ACTION_DETAILS);
    assert_int_equal(strncmp(f->s.requests.command, "lesson ", 7), 0);
    assert_non_null(lessons_find(&f->lessons, f->s.requests.command + 7));
}

static void a_question_waits_for_an_answer(void **state)
{
    struct fixture *f = *state;

    begin(f, NULL);
    assert_true(says(f, "lesson 1/1: one"));
    assert_true(says(f, "Prose of it."));
    assert_true(says(f, ":connect tcp://127.0.0.1:65432"));
    assert_string_equal(enter(f), "");
    assert_int_equal(taken(f)->page, LESSON_READ);
    assert_non_null(strstr(f->s.requests.notice, "choose an answer"));
    screen_act(&f->s, ACTION_RIGHT);
    assert_string_equal(f->s.requests.command, "lesson look");
    screen_act(&f->s, ACTION_QUIT);
    assert_string_equal(f->s.requests.command, "lesson leave");
}

static void answers_are_checked_by_what_was_seen(void **state)
{
    struct fixture *f = *state;

    begin(f, NULL);
    through(f, 2);
    assert_int_equal(taken(f)->page, LESSON_SEEN);
    assert_true(says(f, "Seen, though: It opens"));
    assert_true(says(f, "So it is."));
    assert_true(says(f, "It is open."));
    assert_true(says(f, "ok session c: state open"));
    assert_true(lesson_is_done(taken(f))); /* whoever leaves here has come through it */
    enter(f);
    assert_int_equal(taken(f)->page, LESSON_END);
    assert_true(lesson_is_done(taken(f)));
}

static void both_runs_stand_side_by_side(void **state)
{
    struct fixture *f = *state;

    begin(f, NULL);
    through(f, 1);
    assert_true(says(f, "Right: It opens"));
    enter(f);
    assert_true(says(f, "Now with two."));
    f->sent = 2;
    enter(f);
    assert_int_equal(taken(f)->run, 1);
    through(f, 1);
    enter(f);
    assert_true(says(f, "The other way"));
    assert_true(says(f, "bytes sent"));
    assert_true(says(f, "x 3"));
    /* from the beginning */
    enter(f);
    assert_int_equal(taken(f)->run, 0);
    assert_null(taken(f)->runs[1]);
    assert_int_equal(taken(f)->page, LESSON_READ);
}

static void leaving_in_the_middle_closes_what_is_open(void **state)
{
    struct fixture *f = *state;

    begin(f, NULL);
    assert_false(lesson_is_done(taken(f)));
    through(f, 1);
    lesson_leave(taken(f), f->now_ns);
    assert_false(lesson_is_over(taken(f)));
    engine(f);
    assert_true(lesson_is_over(taken(f)));
    assert_int_equal(model_session(&f->s.m, CLIENT)->state, SESSION_CLOSED);
}

static void what_is_missing_is_said(void **state)
{
    struct fixture *f = *state;

    begin(f, "it needs packets");
    assert_int_equal(taken(f)->page, LESSON_END);
    assert_true(says(f, "cannot be taken here"));
    assert_true(says(f, "it needs packets"));
    assert_false(lesson_is_done(taken(f)));
}

static void a_page_that_is_long_scrolls(void **state)
{
    struct fixture *f = *state;

    begin(f, NULL);
    screen_resize(&f->s, 6, 30, true);
    assert_true(says(f, "Enter more"));
    for (int i = 0; i < 10 && says(f, "Enter more"); i++)
        enter(f);
    assert_true(says(f, "It fails"));
    assert_int_equal(taken(f)->page, LESSON_READ);
    for (int rows = 1; rows < 8; rows++)
        for (int columns = 1; columns < 40; columns++)
            screen_resize(&f->s, rows, columns, columns % 2);
}

/* --- what was done before ----------------------------------------------------------------- */

static int parse(const char *text, struct progress *p, struct err *err)
{
    return progress_parse(mem_copy(text, strlen(text) + 1), strlen(text), "file", p, err);
}

static void progress_is_read_as_it_was_written(void **state)
{
    static struct progress p, again;
    char path[] = "/tmp/sockeye-lessons-XXXXXX";
    int fd = mkstemp(path);
    (void)state;

    assert_true(fd >= 0);
    close(fd);
    assert_true(progress_add(&p, "echo") && progress_add(&p, "tls") && progress_add(&p, "tls"));
    assert_int_equal(progress_write(path, &p, NULL), 0);
    assert_int_equal(progress_read(path, &again, NULL), 0);
    unlink(path);
    assert_int_equal(again.n, 2);
    assert_true(progress_has(&again, "echo") && progress_has(&again, "tls"));
}

static void a_damaged_file_is_refused_by_its_line(void **state)
{
    static const char *const bad[] = {"",
                                      "[]",
                                      "{\"schema\":2,\"done\":[]}",
                                      "{\"schema\":1}",
                                      "{\"schema\":1,\"done\":{}}",
                                      "{\"schema\":1,\"done\":[1]}",
                                      "{\"schema\":1,\"done\":[\"a\\u001b\"]}"};
    static struct progress p;
    (void)state;

    progress_add(&p, "echo");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct err err = {0};

        assert_int_equal(parse(bad[i], &p, &err), -EINVAL);
        assert_non_null(strstr(err.input, "file"));
        assert_int_equal(p.n, 1);
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {CASE(all_lessons_are_listed),
                                       CASE(a_question_waits_for_an_answer),
                                       CASE(answers_are_checked_by_what_was_seen),
                                       CASE(both_runs_stand_side_by_side),
                                       CASE(leaving_in_the_middle_closes_what_is_open),
                                       CASE(what_is_missing_is_said),
                                       CASE(a_page_that_is_long_scrolls),
                                       cmocka_unit_test(progress_is_read_as_it_was_written),
                                       cmocka_unit_test(a_damaged_file_is_refused_by_its_line)};

    return cmocka_run_group_tests_name("lessons_panel", tests, NULL, NULL);
}
