#include "tests/unit/screen.h"

static void press(struct screen *s, uint32_t key)
{
    screen_event(s, &(struct panel_event){.kind = PANEL_KEY, .key = key});
}

static void type(struct screen *s, const char *text)
{
    for (; *text; text++)
        press(s, (unsigned char)*text);
}

static void down(struct screen *s, int n)
{
    while (n-- > 0)
        press(s, KEYS_DOWN);
}

static void open_panel(struct screen *s, int rows, int columns)
{
    struct session_status session = a_session(2, SESSION_OPEN, 13);

    screen_open(s, &compose_panel, rows, columns);
    apply_session_status(s, &session);
    screen_tick(s);
}

static void what_is_typed_is_shown_as_bytes_and_as_a_command(void **state)
{
    struct screen s;

    (void)state;
    open_panel(&s, 22, 80);
    type(&s, "action=search value=\"a b\"");
    assert_true(screen_holds(&s, "message to session 2, tcp://"));
    assert_true(screen_holds(&s, "[values]  json"));
    assert_true(screen_holds(&s, "content-length   36"));
    assert_true(screen_holds(&s, "141 bytes, a message"));
    assert_true(screen_holds(&s, "0000  00 67 7b 22 62 79 74 65"));
    assert_true(screen_holds(&s, ":message 2 action=search \"value=a b\""));
    /* Length, header and content have their colours. */
    assert_int_equal(screen_style(&s, 10, 7), STYLE_KEY);
    assert_int_equal(screen_style(&s, 10, 13), STYLE_RECEIVED);
    press(&s, KEYS_ENTER);
    assert_string_equal(s.requests.command, "message 2 action=search \"value=a b\"");
    assert_string_equal(s.requests.notice, "141 bytes to session 2");
    screen_close(&s);
}

static void fields_of_the_header_can_be_wrong_or_missing(void **state)
{
    struct screen s;

    (void)state;
    open_panel(&s, 22, 80);
    type(&s, "a=b");
    down(&s, 5);
    type(&s, "5");
    assert_true(screen_holds(&s, "content: "));
    press(&s, KEYS_BACKSPACE);
    type(&s, "12");
    assert_true(screen_holds(&s, ":message 2 --header content-length=12 a=b"));
    press(&s, KEYS_BACKSPACE);
    press(&s, KEYS_BACKSPACE);
    type(&s, "-");
    assert_true(screen_holds(&s, ":message 2 --header content-length a=b"));
    assert_true(screen_holds(&s, "bytes that are no message: "));
    press(&s, KEYS_ENTER);
    assert_string_equal(s.requests.command, "message 2 --header content-length a=b");
    screen_close(&s);
}

static void what_cannot_be_made_is_told_at_its_field_and_not_sent(void **state)
{
    struct screen s;

    (void)state;
    open_panel(&s, 22, 80);
    type(&s, "nonsense");
    assert_true(screen_holds(&s, "nonsense"));
    assert_int_equal(screen_style(&s, 2, 1), STYLE_BAD);
    press(&s, KEYS_ENTER);
    assert_string_equal(s.requests.command, "");
    assert_true(strlen(s.requests.notice) > 0);
    type(&s, "=1");
    assert_true(screen_holds(&s, "bytes, a message"));
    down(&s, 1);
    type(&s, "latin-nine");
    assert_true(screen_holds(&s, "latin-nine"));
    assert_int_equal(screen_style(&s, 3, 1), STYLE_BAD);
    press(&s, KEYS_ENTER);
    assert_string_equal(s.requests.command, "");
    screen_close(&s);
}

static void json_goes_as_it_stands_and_values_alone_as_bytes(void **state)
{
    struct screen s;

    (void)state;
    open_panel(&s, 22, 80);
    type(&s, "{\"a\": '1 2'}");
    press(&s, KEYS_UP);
    press(&s, KEYS_RIGHT);
    assert_true(screen_holds(&s, "[json]"));
    assert_true(screen_holds(&s, "--raw-json"));
    press(&s, KEYS_DOWN);
    press(&s, 'u' & 0x1f);
    type(&s, "a=xyz");
    press(&s, KEYS_UP);
    press(&s, KEYS_RIGHT);
    assert_true(screen_holds(&s, "[binary]"));
    assert_true(screen_holds(&s, ":message 2 --binary a=xyz"));
    assert_true(screen_holds(&s, "content-length   3"));
    screen_close(&s);
}

static void what_was_sent_comes_back(void **state)
{
    struct screen s;

    (void)state;
    open_panel(&s, 22, 80);
    type(&s, "a=1");
    press(&s, KEYS_ENTER);
    press(&s, 'u' & 0x1f);
    type(&s, "b=2");
    press(&s, KEYS_ENTER);
    press(&s, KEYS_PGUP);
    assert_true(screen_holds(&s, ":message 2 b=2"));
    press(&s, KEYS_PGUP);
    assert_true(screen_holds(&s, ":message 2 a=1"));
    press(&s, KEYS_PGUP);
    press(&s, KEYS_PGDN);
    assert_true(screen_holds(&s, ":message 2 b=2"));
    press(&s, KEYS_ENTER);
    assert_string_equal(s.requests.command, "message 2 b=2");
    screen_close(&s);
}

static void without_a_session_it_says_what_to_do(void **state)
{
    struct screen s;

    (void)state;
    screen_open(&s, &compose_panel, 22, 80);
    assert_true(screen_holds(&s, "o opens one"));
    screen_act(&s, ACTION_COMPOSE);
    assert_false(s.requests.type_here);
    type(&s, "a=1");
    press(&s, KEYS_ENTER);
    assert_string_equal(s.requests.command, "");
    screen_resize(&s, 3, 20, true);
    screen_resize(&s, 1, 5, true);
    screen_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_typed_is_shown_as_bytes_and_as_a_command),
        cmocka_unit_test(fields_of_the_header_can_be_wrong_or_missing),
        cmocka_unit_test(what_cannot_be_made_is_told_at_its_field_and_not_sent),
        cmocka_unit_test(json_goes_as_it_stands_and_values_alone_as_bytes),
        cmocka_unit_test(what_was_sent_comes_back),
        cmocka_unit_test(without_a_session_it_says_what_to_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
