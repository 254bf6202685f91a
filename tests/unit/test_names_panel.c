/* Names over time: who was asked, why the addresses stand as they do, which attempt won; and the
 * threads that ask. */
#include "tests/unit/screen.h"

#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

#include "core/model/attempts_seen.h"
#include "core/model/command.h"
#include "core/model/lookups.h"
#include "core/model/names_order.h"

/* ---- the order --------------------------------------------------------------------------- */

static struct name_address place(const char *to, const char *from)
{
    struct name_address a = {.addr = an_addr(to, 0), .source_looked = true};

    if (from)
        a.source = an_addr(from, 0);
    return a;
}

static void each_rule_is_named(void **state)
{
    static const struct {
        const char *a, *from_a, *b, *from_b, *why;
    } cases[] = {
        {"10.0.0.1", "10.0.0.9", "2001:db8::1", NULL, "rule 1: "},
        {"10.0.0.1", "10.0.0.9", "2001:db8::1", "fe80::1", "rule 2: "},
        {"10.0.0.1", "10.0.0.9", "2001:db8::1", "fd00::1", "rule 5: "},
        {"2001:db8::1", "2001:db8::9", "10.0.0.1", "10.0.0.9", "rule 6: "},
        {"::1", "::1", "127.0.0.1", "127.0.0.1", "rule 6: "},
        {"fe80::2", "fe80::1", "2001:db8::1", "2001:db8::9", "rule 8: "},
        {"2001:db8::8", "2001:db8::9", "2001:db9::1", "2001:db8::9", "rule 9: "},
        {"10.0.0.8", "10.0.0.9", "10.9.0.1", "10.0.0.9", "rule 9 or 10: "},
        {"10.9.0.1", "10.0.0.9", "10.0.0.8", "10.0.0.9", "rule 10: "},
        {"10.0.0.1", "10.0.0.9", "10.0.0.1", "10.0.0.9", "rule 10: "},
        {"10.0.0.1", NULL, "2001:db8::1", NULL, "rule 10: "},
        {"10.0.0.1", "10.0.0.9", "2001:db8::1", "2001:db8::9", "against rule 6: gai.conf"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct name_report *r = mem_new(1, sizeof(*r));
        char why[NAMES_ORDER_BYTES];

        r->n_addresses = 2;
        r->addresses[0] = place(cases[i].a, cases[i].from_a);
        r->addresses[1] = place(cases[i].b, cases[i].from_b);
        assert_true(names_order(r, 0, why));
        if (strncmp(why, cases[i].why, strlen(cases[i].why)) != 0)
            fail_msg("%s before %s: %s", cases[i].a, cases[i].b, why);
        assert_false(names_order(r, 1, why));
        r->addresses[1].source_looked = false;
        assert_true(names_order(r, 0, why));
        assert_string_equal(why, "as the system gave them");
        free(r);
    }
}

/* ---- attempts ---------------------------------------------------------------------------- */

enum { SESSION = 3, COOKIE = 77 };

static void put_call(struct ring *journal, uint64_t ms, int name, int32_t fd, int error,
                     const char *to)
{
    struct call call = {.start_ns = SCREEN_START_NS + ms * CLOCK_MS_NS,
                        .duration_ns = 1000,
                        .session_id = SESSION,
                        .fd = fd,
                        .name = (uint8_t)name};

    if (name == CALL_CONNECT) {
        call.result = -1;
        call.error = error ? error : EINPROGRESS;
        call.addr = an_addr(to, 80);
    } else if (name == CALL_GETSOCKOPT) {
        call.a = SOL_SOCKET;
        call.b = SO_ERROR;
        call.data_len = sizeof(error);
        memcpy(call.data, &error, sizeof(error));
    }
    ring_put(journal, &call, NULL, 0);
}

/* Refused at once; silent, so that the next one begins; that one wins. */
static void three_attempts(struct ring *journal)
{
    put_call(journal, 10, CALL_CONNECT, 5, 0, "10.0.0.1");
    put_call(journal, 12, CALL_GETSOCKOPT, 5, ECONNREFUSED, NULL);
    put_call(journal, 12, CALL_CLOSE, 5, 0, NULL);
    put_call(journal, 13, CALL_CONNECT, 5, 0, "10.0.0.2");
    put_call(journal, 263, CALL_CONNECT, 6, 0, "10.0.0.3");
    put_call(journal, 270, CALL_GETSOCKOPT, 6, 0, NULL);
    put_call(journal, 271, CALL_CLOSE, 5, 0, NULL);
    /* The session's life, and another session's call. */
    put_call(journal, 300, CALL_SEND, 6, 0, NULL);
    put_call(journal, 900, CALL_CLOSE, 6, 0, NULL);
}

static void attempts_are_read_from_the_journal(void **state)
{
    struct ring *journal = ring_new(64, sizeof(struct call), 0);
    struct attempt_seen a[ATTEMPTS_SEEN];
    bool lost;

    (void)state;
    three_attempts(journal);
    assert_int_equal(attempts_seen(journal, SESSION, SCREEN_START_NS,
                                   SCREEN_START_NS + 280 * CLOCK_MS_NS, a, &lost),
                     3);
    assert_false(lost);
    assert_int_equal(a[0].end, ATTEMPT_FAILED);
    assert_int_equal(a[0].error, ECONNREFUSED);
    assert_int_equal(a[1].end, ATTEMPT_CLOSED);
    assert_int_equal(a[1].end_ns - a[1].begin_ns, 258 * CLOCK_MS_NS + 1000);
    assert_int_equal(a[2].end, ATTEMPT_CONNECTED);
    assert_int_equal(attempts_seen(journal, SESSION + 1, SCREEN_START_NS, UINT64_MAX, a, &lost),
                     0);
    assert_int_equal(attempts_seen(journal, SESSION, SCREEN_START_NS + 20 * CLOCK_MS_NS,
                                   UINT64_MAX, a, &lost),
                     1);
    ring_free(journal);
}

static void calls_that_were_overwritten_are_said_to_be_lost(void **state)
{
    struct ring *journal = ring_new(4, sizeof(struct call), 0);
    struct attempt_seen a[ATTEMPTS_SEEN];
    bool lost;

    (void)state;
    three_attempts(journal);
    attempts_seen(journal, SESSION, SCREEN_START_NS, UINT64_MAX, a, &lost);
    assert_true(lost);
    ring_free(journal);
}

/* ---- asking ------------------------------------------------------------------------------ */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t turn;
    bool held; /* answers wait */
    int left;  /* threads that have ended */
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .turn = PTHREAD_COND_INITIALIZER};

static void hold(bool held)
{
    pthread_mutex_lock(&gate.lock);
    gate.held = held;
    pthread_cond_broadcast(&gate.turn);
    pthread_mutex_unlock(&gate.lock);
}

static struct name_finding *a_question(struct name_report *r, uint16_t type,
                                       enum name_outcome outcome)
{
    struct name_finding *f = names_finding(r, NAME_DNS);

    f->server = an_addr("127.0.0.53", 53);
    f->type = type;
    f->outcome = outcome;
    f->begin_ns = CLOCK_MS_NS;
    snprintf(f->query, sizeof(f->query), "%s", r->name);
    return f;
}

/* Two addresses from DNS, a line of the hosts file, a module. */
static struct name_report *a_report(const struct names_wish *w)
{
    struct name_report *r = mem_new(1, sizeof(*r));
    struct name_finding *f;
    struct name_answer *answer;

    snprintf(r->name, sizeof(r->name), "%s", w->name);
    snprintf(r->hosts_path, sizeof(r->hosts_path), "/etc/hosts");
    r->has_port = w->has_port;
    r->port = w->port;
    r->timeout_ns = 3 * CLOCK_SECOND_NS;
    r->answered = true;
    r->lookup_ns = 8 * CLOCK_MS_NS;
    r->whole_ns = 10 * CLOCK_MS_NS;
    r->hosts_elapsed_ns = CLOCK_MS_NS;
    if (strcmp(w->name, "nowhere.test") == 0) {
        r->eai = EAI_NONAME;
        err_set(&r->err, -ENOENT, "resolve", w->name, "no such name");
        return r;
    }
    r->n_addresses = 2;
    r->addresses[0] = place("2001:db8::1", "2001:db8::9");
    r->addresses[1] = place("10.0.0.1", "10.0.0.9");
    r->addresses[0].addr.port = r->addresses[1].addr.port = w->port;
    f = a_question(r, DNS_AAAA, NAME_ANSWERED);
    f->has_elapsed = true;
    f->elapsed_ns = 5 * CLOCK_MS_NS;
    answer = names_answer(r, f);
    answer->type = DNS_AAAA;
    answer->addr = an_addr("2001:db8::1", 0);
    a_question(r, DNS_A, NAME_SILENT);
    f = names_finding(r, NAME_FILE);
    f->line = 3;
    f->about = an_addr("10.0.0.1", 0);
    f = names_finding(r, NAME_MODULE);
    snprintf(f->module, sizeof(f->module), "%s",
             strcmp(w->name, "evil.test") == 0 ? "mdns\033[2J" : "mdns4_minimal");
    return r;
}

static int report(const struct names_wish *wish, struct name_report **ret, struct err *err)
{
    int r = 0;

    pthread_mutex_lock(&gate.lock);
    while (gate.held)
        pthread_cond_wait(&gate.turn, &gate.lock);
    if (strcmp(wish->name, "fails.test") == 0)
        r = err_set(err, -EAGAIN, "resolve", wish->name, "too many lookups");
    else
        *ret = a_report(wish);
    gate.left++;
    pthread_cond_broadcast(&gate.turn);
    pthread_mutex_unlock(&gate.lock);
    return r;
}

static const struct probes made_up = {.names_report = report};

static void await_ends(int n)
{
    pthread_mutex_lock(&gate.lock);
    while (gate.left < n)
        pthread_cond_wait(&gate.turn, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
}

static int set_up(void **state)
{
    (void)state;
    gate.held = false;
    gate.left = 0;
    return 0;
}

static int ask(struct lookups *l, const char *name)
{
    char copy[64], *words[] = {copy};
    struct names_wish wish;

    snprintf(copy, sizeof(copy), "%s", name);
    assert_int_equal(names_wish_parse(1, words, &wish, NULL), 0);
    return lookups_ask(l, &wish, NULL);
}

static void take(struct lookups *l)
{
    struct pollfd fd = {.fd = lookups_fd(l), .events = POLLIN};

    assert_int_equal(poll(&fd, 1, 10000), 1);
    assert_true(lookups_take(l));
}

static void answers_come_to_what_was_asked(void **state)
{
    struct lookups *l = lookups_new(&made_up);

    (void)state;
    assert_int_equal(ask(l, "web.test:443"), 0);
    assert_int_equal(lookups_at(l, 0)->state, LOOKUP_RUNNING);
    assert_string_equal(lookups_at(l, 0)->target, "web.test:443");
    assert_true(lookups_busy(l));
    take(l);
    assert_false(lookups_take(l));
    assert_int_equal(lookups_at(l, 0)->state, LOOKUP_DONE);
    assert_int_equal(lookups_at(l, 0)->report->n_addresses, 2);
    assert_int_equal(ask(l, "fails.test"), 0);
    take(l);
    assert_int_equal(lookups_at(l, 0)->state, LOOKUP_FAILED);
    assert_string_equal(lookups_at(l, 0)->err.reason, "too many lookups");
    assert_int_equal(lookups_at(l, 1)->state, LOOKUP_DONE);
    assert_null(lookups_at(l, 2));
    lookups_free(l);
}

static void nobody_waits_for_what_was_given_up(void **state)
{
    struct lookups *l = lookups_new(&made_up);

    (void)state;
    hold(true);
    assert_int_equal(ask(l, "web.test"), 0);
    assert_true(lookups_give_up(l));
    assert_false(lookups_give_up(l));
    assert_int_equal(lookups_at(l, 0)->state, LOOKUP_GIVEN_UP);
    hold(false);
    take(l);
    assert_int_equal(lookups_at(l, 0)->state, LOOKUP_GIVEN_UP);
    assert_null(lookups_at(l, 0)->report);
    hold(true);
    assert_int_equal(ask(l, "web.test"), 0);
    lookups_free(l);
    hold(false);
    await_ends(2);
}

static void only_so_many_are_asked_at_once(void **state)
{
    struct lookups *l = lookups_new(&made_up);

    (void)state;
    hold(true);
    for (int i = 0; i < LOOKUPS_AT_ONCE; i++) {
        assert_int_equal(ask(l, "web.test"), 0);
        assert_true(lookups_give_up(l));
    }
    assert_int_equal(ask(l, "web.test"), -EAGAIN);
    hold(false);
    await_ends(LOOKUPS_AT_ONCE);
    take(l);
    assert_int_equal(ask(l, "web.test"), 0);
    await_ends(LOOKUPS_AT_ONCE + 1);
    lookups_free(l);
}

static void the_oldest_are_forgotten_and_counted(void **state)
{
    struct lookups *l = lookups_new(&made_up);

    (void)state;
    for (int i = 0; i < LOOKUPS_KEPT + 2; i++) {
        assert_int_equal(ask(l, "web.test"), 0);
        take(l);
    }
    assert_non_null(lookups_at(l, LOOKUPS_KEPT - 1));
    assert_null(lookups_at(l, LOOKUPS_KEPT));
    assert_int_equal(lookups_forgotten(l), 2);
    lookups_free(l);
}

/* ---- the screen -------------------------------------------------------------------------- */

static void the_screen(struct screen *s, int rows, int columns)
{
    screen_open(s, &names_panel, rows, columns);
    s->m.lookups = lookups_new(&made_up);
}

static void asked(struct screen *s, const char *name)
{
    assert_int_equal(ask(s->m.lookups, name), 0);
    take(s->m.lookups);
    screen_tick(s);
}

static void done(struct screen *s)
{
    lookups_free(s->m.lookups);
    s->m.lookups = NULL;
    screen_close(s);
}

static void an_empty_screen_says_what_to_do(void **state)
{
    struct screen s;

    (void)state;
    the_screen(&s, 21, 80);
    assert_true(screen_holds(&s, "no name was looked up yet: :resolve NAME:PORT"));
    screen_act(&s, ACTION_DETAILS);
    screen_act(&s, ACTION_ASK_WHY);
    done(&s);
}

static void who_was_asked_stands_over_time(void **state)
{
    struct screen s;

    (void)state;
    the_screen(&s, 21, 80);
    asked(&s, "web.test:443");
    assert_true(screen_holds(&s, " web.test:443         2 addresses after 8 ms"));
    assert_true(screen_holds(&s, "   getaddrinfo()               ████████████████"));
    assert_true(screen_holds(&s, "   /etc/hosts                  ██  "));
    assert_true(screen_holds(&s, "1 ms: line 3 10.0.0.1"));
    assert_true(screen_holds(&s, "   DNS 127.0.0.53 AAAA         "));
    assert_true(screen_holds(&s, "5 ms: 2001:db8::1"));
    assert_true(screen_holds(&s, "no answer within 3 s"));
    assert_true(screen_holds(&s, "   mdns4_minimal               a module of nsswitch.conf"));
    assert_true(screen_holds(&s, "   1  2001:db8::1              from 2001:db8::9; rule 6: higher"));
    assert_true(screen_holds(&s, "   2  10.0.0.1                 from 10.0.0.9"));
    done(&s);
}

static void an_address_fills_in_connect(void **state)
{
    struct screen s;

    (void)state;
    the_screen(&s, 21, 80);
    asked(&s, "web.test:443");
    screen_search(&s, "1  2001");
    screen_act(&s, ACTION_DETAILS);
    assert_string_equal(s.requests.prompt, "connect tcp://[2001:db8::1]:443");
    screen_act(&s, ACTION_COPY);
    assert_string_equal(s.requests.copy, "1  2001:db8::1  from 2001:db8::9; rule 6: higher "
                                         "precedence");
    asked(&s, "web.test");
    screen_search(&s, "2  10.0.0.1");
    screen_act(&s, ACTION_DETAILS);
    assert_string_equal(s.requests.prompt, "connect tcp://10.0.0.1:");
    done(&s);
}

static void a_failed_lookup_is_asked_why(void **state)
{
    struct screen s;

    (void)state;
    the_screen(&s, 21, 80);
    asked(&s, "web.test");
    screen_act(&s, ACTION_ASK_WHY);
    assert_string_equal(s.requests.command, "");
    assert_non_null(strstr(s.requests.notice, ":resolve NAME:PORT"));
    asked(&s, "nowhere.test");
    assert_true(screen_holds(&s, "nowhere.test         EAI_NONAME after 8 ms"));
    screen_act(&s, ACTION_ASK_WHY);
    assert_string_equal(s.requests.command, "why nowhere.test:80");
    asked(&s, "web.test:8080");
    screen_act(&s, ACTION_ASK_WHY);
    assert_string_equal(s.requests.command, "why web.test:8080");
    done(&s);
}

static void lookups_fold(void **state)
{
    struct screen s;

    (void)state;
    the_screen(&s, 21, 80);
    asked(&s, "web.test");
    asked(&s, "nowhere.test");
    assert_false(screen_holds(&s, "mdns4_minimal"));
    screen_act(&s, ACTION_LAST);
    screen_act(&s, ACTION_DETAILS);
    assert_true(screen_holds(&s, "mdns4_minimal"));
    screen_act(&s, ACTION_LEFT);
    assert_false(screen_holds(&s, "mdns4_minimal"));
    screen_act(&s, ACTION_RIGHT);
    assert_true(screen_holds(&s, "mdns4_minimal"));
    done(&s);
}

static void a_running_lookup_says_how_it_ends(void **state)
{
    struct screen s;

    (void)state;
    the_screen(&s, 21, 80);
    hold(true);
    assert_int_equal(ask(s.m.lookups, "web.test"), 0);
    screen_tick(&s);
    assert_true(screen_holds(&s, "being asked; Esc gives it up"));
    assert_true(lookups_give_up(s.m.lookups));
    screen_tick(&s);
    assert_true(screen_holds(&s, "given up"));
    hold(false);
    await_ends(1);
    done(&s);
}

static void a_session_shows_its_attempts(void **state)
{
    struct screen s;
    struct session_status status = a_session(SESSION, SESSION_OPEN, COOKIE);

    (void)state;
    the_screen(&s, 21, 100);
    three_attempts(s.journal);
    assert_int_equal(endpoint_parse("tcp://web.test:80", &status.endpoint, NULL), 0);
    status.peer = an_addr("10.0.0.3", 80);
    status.phases.begun = SCREEN_START_NS;
    status.phases.resolved = SCREEN_START_NS + 9 * CLOCK_MS_NS;
    status.phases.connected = SCREEN_START_NS + 271 * CLOCK_MS_NS;
    apply_session_status(&s, &status);
    screen_tick(&s);
    assert_true(screen_holds(&s, " web.test:80          session 3: 10.0.0.3:80 after 271 ms"));
    assert_true(screen_holds(&s, "   name                        █"));
    assert_true(screen_holds(&s, "ECONNREFUSED: took 2 ms, from 10 ms on"));
    assert_true(screen_holds(&s, "closed unanswered: took 258 ms, from"));
    assert_true(screen_holds(&s, "won: took 7 ms, from 263 ms on"));
    screen_act(&s, ACTION_ASK_WHY);
    assert_true(s.requests.ask_why);
    /* Numeric endpoints look up nothing. */
    status = a_session(SESSION + 1, SESSION_OPEN, COOKIE + 1);
    status.phases.begun = SCREEN_START_NS + CLOCK_SECOND_NS;
    apply_session_status(&s, &status);
    screen_tick(&s);
    assert_false(screen_holds(&s, "session 4"));
    done(&s);
}

static void foreign_bytes_are_cleaned(void **state)
{
    struct screen s;

    (void)state;
    the_screen(&s, 21, 80);
    asked(&s, "evil.test");
    assert_true(screen_holds(&s, "mdns\\x1b[2J "));
    done(&s);
}

/* ---- the command ------------------------------------------------------------------------- */

static void the_command_takes_what_resolve_takes(void **state)
{
    static const char *const good[] = {"resolve web.test", "resolve web.test:80",
                                       "resolve web.test 80", "resolve [::1]:80", "resolve ::1"};
    static const char *const bad[] = {"resolve", "resolve web.test:no-such-port",
                                      "resolve unix:/tmp/x", "resolve a b c d"};
    struct command c;
    struct err err;
    char text[COMMAND_LINE_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(command_parse(good[i], &c, NULL), 0);
        command_format(&c, text, sizeof(text));
        assert_string_equal(text, good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(command_parse(bad[i], &c, &err), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_is_named),
        cmocka_unit_test(attempts_are_read_from_the_journal),
        cmocka_unit_test(calls_that_were_overwritten_are_said_to_be_lost),
        cmocka_unit_test_setup(answers_come_to_what_was_asked, set_up),
        cmocka_unit_test_setup(nobody_waits_for_what_was_given_up, set_up),
        cmocka_unit_test_setup(only_so_many_are_asked_at_once, set_up),
        cmocka_unit_test_setup(the_oldest_are_forgotten_and_counted, set_up),
        cmocka_unit_test_setup(an_empty_screen_says_what_to_do, set_up),
        cmocka_unit_test_setup(who_was_asked_stands_over_time, set_up),
        cmocka_unit_test_setup(an_address_fills_in_connect, set_up),
        cmocka_unit_test_setup(a_failed_lookup_is_asked_why, set_up),
        cmocka_unit_test_setup(lookups_fold, set_up),
        cmocka_unit_test_setup(a_running_lookup_says_how_it_ends, set_up),
        cmocka_unit_test_setup(a_session_shows_its_attempts, set_up),
        cmocka_unit_test_setup(foreign_bytes_are_cleaned, set_up),
        cmocka_unit_test(the_command_takes_what_resolve_takes),
    };

    return cmocka_run_group_tests_name("names_panel", tests, NULL, NULL);
}
