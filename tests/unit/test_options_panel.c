#include "tests/unit/screen.h"

#include "core/net/option_values.h"

static void add(struct option_values *v, const char *name, const char *text, int error)
{
    struct option_value_now *now = &v->list[v->n++];

    now->option = option_find(name);
    now->error = error;
    assert_non_null(now->option);
    now->unread = !(now->option->flags & OPTION_READ);
    strcpy(now->text, text);
}

static struct option_values *some_values(uint64_t id, const char *rcvbuf)
{
    static uint64_t at_ns;
    struct option_values *v = mem_new(1, sizeof(*v));

    v->id = id;
    v->at_ns = ++at_ns;
    add(v, "SO_KEEPALIVE", "off", 0);
    add(v, "SO_LINGER", "5 s", 0);
    add(v, "SO_RCVBUF", rcvbuf, 0);
    add(v, "SO_TYPE", "stream", 0);
    add(v, "TCP_ULP", "", -ENOPROTOOPT);
    return v;
}

static void open_panel(struct screen *s, int rows, int columns)
{
    struct session_status session = a_session(2, SESSION_OPEN, 13);

    screen_open(s, &options_panel, rows, columns);
    apply_session_status(s, &session);
    screen_tick(s);
}

static void asks_for_the_values_of_the_selected_session(void **state)
{
    struct screen s;

    (void)state;
    open_panel(&s, 20, 80);
    assert_string_equal(s.requests.command, "");
    screen_event(&s, &(struct panel_event){.kind = PANEL_TICK});
    assert_string_equal(s.requests.command, "");
    assert_true(screen_holds(&s, "have not been read yet"));
    screen_close(&s);
    /* The tick of a paused display asks for nothing. */
    screen_open(&s, &options_panel, 20, 80);
    model_pause(&s.m, true);
    apply_session_status(&s, &(struct session_status){.id = 2, .state = SESSION_OPEN});
    screen_event(&s, &(struct panel_event){.kind = PANEL_TICK});
    assert_string_equal(s.requests.command, "");
    model_pause(&s.m, false);
    screen_event(&s, &(struct panel_event){.kind = PANEL_TICK});
    assert_string_equal(s.requests.command, "get 2 all");
    screen_close(&s);
}

static void values_units_and_meanings_are_shown(void **state)
{
    struct screen s;

    (void)state;
    open_panel(&s, 20, 90);
    model_take_options(&s.m, some_values(2, "131072"));
    screen_tick(&s);
    assert_true(screen_holds(&s, "5 of session 2"));
    assert_true(screen_holds(&s, "SO_RCVBUF    131,072            bytes   yes"));
    assert_true(screen_holds(&s, "SO_TYPE      stream                     -"));
    assert_true(screen_holds(&s, "TCP_ULP      ENOPROTOOPT"));
    screen_act(&s, ACTION_DOWN);
    screen_act(&s, ACTION_DOWN);
    assert_true(
        screen_holds(&s, "takes a number from 0 to 2147483647 (bytes); the kernel may"));
    assert_true(screen_holds(&s, "socket(7); Enter fills in the command that sets it"));
    assert_int_not_equal(screen_style(&s, 3, 14), STYLE_CHANGED);
    screen_act(&s, ACTION_UP);
    model_take_options(&s.m, some_values(2, "262144"));
    screen_tick(&s);
    assert_true(screen_holds(&s, "SO_RCVBUF    262,144"));
    assert_int_equal(screen_style(&s, 3, 14), STYLE_CHANGED);
    model_take_options(&s.m, some_values(2, "262144"));
    screen_tick(&s);
    assert_true(screen_holds(&s, "SO_RCVBUF    262,144"));
    assert_int_equal(screen_style(&s, 3, 14), STYLE_NORMAL);
    screen_close(&s);
}

static void enter_begins_the_command_that_sets_it(void **state)
{
    struct screen s;

    (void)state;
    open_panel(&s, 20, 80);
    model_take_options(&s.m, some_values(2, "131072"));
    screen_tick(&s);
    screen_act(&s, ACTION_DETAILS);
    assert_string_equal(s.requests.prompt, "set 2 SO_KEEPALIVE=on");
    screen_act(&s, ACTION_DOWN);
    screen_act(&s, ACTION_DETAILS);
    assert_string_equal(s.requests.prompt, "set 2 'SO_LINGER=5 s'");
    screen_act(&s, ACTION_DOWN);
    screen_act(&s, ACTION_DETAILS);
    assert_string_equal(s.requests.prompt, "set 2 SO_RCVBUF=131072");
    screen_act(&s, ACTION_DOWN);
    screen_act(&s, ACTION_DETAILS);
    assert_string_equal(s.requests.prompt, "");
    assert_string_equal(s.requests.notice, "SO_TYPE can only be read: socket(7)");
    model_notice(&s.m, false, "SO_TYPE: what a command said of it");
    assert_true(screen_holds(&s, "what a command said of it"));
    screen_close(&s);
}

static void press(struct screen *s, uint32_t key)
{
    screen_event(s, &(struct panel_event){.kind = PANEL_KEY, .key = key});
}

static void typing_filters(void **state)
{
    struct screen s;

    (void)state;
    open_panel(&s, 20, 80);
    model_take_options(&s.m, some_values(2, "131072"));
    screen_tick(&s);
    screen_act(&s, ACTION_FILTER);
    press(&s, 'r');
    press(&s, 'c');
    press(&s, 'v');
    assert_true(screen_holds(&s, "1 of the 5 of session 2"));
    assert_true(screen_holds(&s, "filter: rcv"));
    press(&s, 'x');
    assert_true(screen_holds(&s, "no option matches the filter"));
    press(&s, KEYS_BACKSPACE);
    press(&s, KEYS_ENTER);
    screen_act(&s, ACTION_DETAILS);
    assert_string_equal(s.requests.prompt, "set 2 SO_RCVBUF=131072");
    screen_act(&s, ACTION_LEAVE);
    assert_true(screen_holds(&s, "5 of session 2"));
    screen_close(&s);
}

static void what_has_no_socket_says_why(void **state)
{
    struct err err = {0};
    struct screen s;

    (void)state;
    open_panel(&s, 20, 80);
    err_set(&err, -ENOTCONN, "get", "", "session 2 has no socket: it is resolving");
    model_take_options(&s.m, option_values_none(2, &err));
    screen_tick(&s);
    assert_true(screen_holds(&s, "session 2 has no socket: it is resolving"));
    screen_close(&s);
    screen_open(&s, &options_panel, 20, 80);
    assert_true(screen_holds(&s, "o opens a session, L starts a server"));
    screen_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_for_the_values_of_the_selected_session),
        cmocka_unit_test(values_units_and_meanings_are_shown),
        cmocka_unit_test(enter_begins_the_command_that_sets_it),
        cmocka_unit_test(typing_filters),
        cmocka_unit_test(what_has_no_socket_says_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
