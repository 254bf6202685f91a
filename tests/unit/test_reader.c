/* The screen in lines: what is told of it, and what is not. */
#include "tests/unit/consoles.h"

#include "ui/console/reader.h"

static struct fixture *begin(void **state)
{
    struct fixture *f = *state;

    config_set(&f->config, SETTING_SCREEN_READER, "on", FROM_OPTION, NULL);
    f->c.reader = mem_new(1, sizeof(*f->c.reader));
    resize(f, READER_ROWS, READER_COLUMNS);
    return f;
}

static void end(struct fixture *f)
{
    free(f->c.reader);
    f->c.reader = NULL;
}

/* What the next frame says. */
static const char *frame(struct fixture *f, bool key)
{
    printed[0] = '\0';
    f->c.urgent = key;
    f->c.key_ns = key ? clock_now_ns() : 0;
    console_draw(&f->c);
    console_read_out(&f->c);
    return printed;
}

static void show(struct fixture *f, size_t n, uint32_t queued)
{
    struct row rows[8];

    for (size_t i = 0; i < n; i++) {
        rows[i] = a_row(i + 1, STATE_ESTABLISHED, (uint16_t)(1000 + i), 80);
        rows[i].rqueue = queued;
    }
    model_take_snapshot(&f->c.model, a_snapshot(rows, n));
    console_tell_all(&f->c, PANEL_TICK);
}

static void a_screen_is_named_with_its_row(void **state)
{
    struct fixture *f = begin(state);

    show(f, 3, 0);
    assert_true(strncmp(frame(f, false), "== sockets\r\n", 12) == 0);
    assert_non_null(strstr(printed, "Proto  Recv-Q"));
    assert_non_null(strstr(printed, "127.0.0.1:1000"));
    assert_null(strstr(printed, "127.0.0.1:1001"));
    assert_null(strchr(printed, '\x1b'));
    assert_string_equal(frame(f, false), "");
    console_key(&f->c, KEYS_DOWN);
    assert_non_null(strstr(frame(f, true), "127.0.0.1:1001"));
    assert_null(strstr(printed, "=="));
    console_key(&f->c, '5');
    assert_true(strncmp(frame(f, true), "== journal\r\n", 12) == 0);
    end(f);
}

static void figures_that_count_are_silent(void **state)
{
    struct fixture *f = begin(state);

    show(f, 3, 0);
    frame(f, true);
    show(f, 3, 4711);
    assert_string_equal(frame(f, false), "");
    console_key(&f->c, KEYS_DOWN);
    assert_non_null(strstr(frame(f, true), "4,711"));
    end(f);
}

static void what_is_said_is_told_once(void **state)
{
    struct fixture *f = begin(state);

    frame(f, true);
    model_notice(&f->c.model, false, "something happened");
    assert_string_equal(frame(f, false), "something happened\r\n");
    assert_string_equal(frame(f, false), "");
    model_notice(&f->c.model, true, "something failed");
    assert_string_equal(frame(f, false), "trouble: something failed\r\n");
    snprintf(f->c.model.why.line, sizeof(f->c.model.why.line), "no-listener, certain: x");
    assert_string_equal(frame(f, false), "why: no-listener, certain: x\r\n");
    end(f);
}

static void typing_is_echoed(void **state)
{
    struct fixture *f = begin(state);

    frame(f, true);
    console_key(&f->c, ':');
    assert_string_equal(frame(f, true), ":");
    type(f, "vie");
    assert_string_equal(frame(f, true), "vie");
    type(f, "w");
    assert_string_equal(frame(f, true), "w");
    console_key(&f->c, KEYS_BACKSPACE);
    console_key(&f->c, KEYS_BACKSPACE);
    assert_string_equal(frame(f, true), "\b \b\b \b");
    model_notice(&f->c.model, false, "meanwhile");
    assert_string_equal(frame(f, false), "\r\nmeanwhile\r\n:vi");
    console_key(&f->c, KEYS_ESCAPE);
    assert_string_equal(frame(f, true), "\r\n");
    end(f);
}

static void the_palette_tells_what_is_chosen(void **state)
{
    struct fixture *f = begin(state);

    frame(f, true);
    console_key(&f->c, 0x10);
    frame(f, true);
    type(f, "invert");
    assert_non_null(strstr(frame(f, true), "sort-invert  I  invert the order\r\n"));
    end(f);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_screen_is_named_with_its_row),   TEST(figures_that_count_are_silent),
        TEST(what_is_said_is_told_once),        TEST(typing_is_echoed),
        TEST(the_palette_tells_what_is_chosen),
    };

    return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
