/* What a typed line would take away for good is asked first. */
#include "tests/unit/consoles.h"

#include <fcntl.h>
#include <unistd.h>

static void type_line(struct fixture *f, const char *line)
{
    type(f, ":");
    type(f, line);
    console_key(&f->c, KEYS_ENTER);
}

static void closing_several_asks(void **state)
{
    struct fixture *f = *state;

    tell_session(f, 2, SESSION_OPEN, 0);
    tell_session(f, 3, SESSION_OPEN, 0);
    tell_session(f, 4, SESSION_CLOSED, 0);
    type_line(f, "close all");
    assert_int_equal(f->c.mode, MODE_ASK);
    assert_string_equal(f->c.question, "close 2 sessions that we opened?");
    type(f, "n");
    assert_int_equal(f->c.mode, MODE_KEYS);
    type_line(f, "close tag:mine");
    assert_int_equal(f->c.mode, MODE_KEYS); /* there is none */
    type_line(f, "close 2");
    assert_int_equal(f->c.mode, MODE_KEYS);
}

static void stopping_a_server_asks(void **state)
{
    struct fixture *f = *state;
    struct event event = {.kind = EVENT_SERVER, .server = {.id = 1, .listening = true}};

    type_line(f, "stop");
    assert_int_equal(f->c.mode, MODE_KEYS);
    assert_int_equal(endpoint_parse("tcp://127.0.0.1:7000", &event.server.endpoint, NULL), 0);
    console_event(&f->c, &event);
    type_line(f, "stop 1");
    assert_int_equal(f->c.mode, MODE_ASK);
    assert_string_equal(f->c.question,
                        "stop server 1, tcp://127.0.0.1:7000, and close what it accepted?");
    type(f, "n");
}

static void a_file_that_is_there_is_not_lost_without_asking(void **state)
{
    struct fixture *f = *state;
    char path[] = "/tmp/test_console_consent.XXXXXX", line[128], bytes[8] = "";
    struct row row = a_row(1, STATE_ESTABLISHED, 80, 1000);
    struct focus focus;
    int fd = mkstemp(path);

    model_take_snapshot(&f->c.model, a_snapshot(&row, 1));
    focus = model_focus_of_row(&f->c.model, &row);
    model_focus(&f->c.model, &focus);
    assert_int_equal(write(fd, "kept", 4), 4);
    snprintf(line, sizeof(line), "save row %s", path);
    type_line(f, line);
    assert_int_equal(f->c.mode, MODE_ASK);
    assert_non_null(strstr(f->c.question, ", 4 bytes?"));
    type(f, "n");
    assert_int_equal(pread(fd, bytes, sizeof(bytes), 0), 4);
    assert_memory_equal(bytes, "kept", 4);
    type_line(f, line);
    type(f, "y");
    assert_int_equal(f->c.mode, MODE_KEYS);
    close(fd);
    fd = open(path, O_RDWR | O_CLOEXEC); /* another file has taken its place */
    assert_true(pread(fd, bytes, sizeof(bytes), 0) > 4);
    assert_int_equal(ftruncate(fd, 0), 0);
    type_line(f, line);
    assert_int_equal(f->c.mode, MODE_KEYS); /* nothing was in it */
    close(fd);
    unlink(path);
}

static void a_wrong_line_says_what_is_wrong(void **state)
{
    struct fixture *f = *state;

    type_line(f, "save picture /etc/passwd");
    assert_int_equal(f->c.mode, MODE_KEYS);
    assert_non_null(strstr(f->c.model.notice, "picture"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(closing_several_asks),
        TEST(stopping_a_server_asks),
        TEST(a_file_that_is_there_is_not_lost_without_asking),
        TEST(a_wrong_line_says_what_is_wrong),
    };

    return cmocka_run_group_tests_name("console_consent", tests, NULL, NULL);
}
