/* What was typed at the prompts, from one console to the next; and what is not for files. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/xdg.h"
#include "core/model/secret.h"
#include "ui/console/history.h"

struct console_like {
    struct line_edit edits[HISTORY_PROMPTS];
    struct history history;
};

static struct console_like *begin(void)
{
    struct console_like *c = mem_new(1, sizeof(*c));

    for (int i = 0; i < HISTORY_PROMPTS; i++)
        c->history.prompts[i] = &c->edits[i];
    return c;
}

static void end(struct console_like *c)
{
    for (int i = 0; i < HISTORY_PROMPTS; i++)
        line_edit_done(&c->edits[i]);
    free(c);
}

static void type(struct console_like *c, enum history_prompt prompt, const char *text)
{
    line_edit_set(&c->edits[prompt], text);
    line_edit_accept(&c->edits[prompt]);
}

/* Its lines, one behind the other. */
static const char *lines(const struct console_like *c, enum history_prompt prompt)
{
    static char text[4096];
    const struct line_edit *e = &c->edits[prompt];

    text[0] = '\0';
    for (size_t i = 0; i < e->n_history; i++) {
        strcat(text, i ? "|" : "");
        strcat(text, e->history[i]);
    }
    return text;
}

static char folder[] = "/tmp/sockeye-history.XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    assert_non_null(mkdtemp(folder));
    setenv("XDG_STATE_HOME", folder, 1);
    return 0;
}

static int remove_folder(void **state)
{
    char path[PATH_MAX];

    (void)state;
    unlink(xdg_path(XDG_STATE, "history", path));
    *strrchr(path, '/') = '\0';
    rmdir(path);
    rmdir(folder);
    return 0;
}

static void lines_come_back_at_their_prompt(void **state)
{
    struct console_like *c = begin();
    char path[PATH_MAX];
    struct stat st;
    (void)state;

    type(c, HISTORY_COMMAND, "connect 127.0.0.1 80");
    type(c, HISTORY_COMMAND, "view tree");
    type(c, HISTORY_FILTER, "port 80");
    type(c, HISTORY_PACKET_FILTER, "len > 5");
    type(c, HISTORY_CAPTURE_FILTER, "tcp");
    type(c, HISTORY_SEARCH, "äöü");
    assert_int_equal(history_save(&c->history, 200, NULL), 0);
    end(c);
    assert_int_equal(stat(xdg_path(XDG_STATE, "history", path), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    c = begin();
    assert_int_equal(history_load(&c->history, NULL), 0);
    assert_string_equal(lines(c, HISTORY_COMMAND), "connect 127.0.0.1 80|view tree");
    assert_string_equal(lines(c, HISTORY_FILTER), "port 80");
    assert_string_equal(lines(c, HISTORY_PACKET_FILTER), "len > 5");
    assert_string_equal(lines(c, HISTORY_CAPTURE_FILTER), "tcp");
    assert_string_equal(lines(c, HISTORY_SEARCH), "äöü");
    end(c);
}

static void two_consoles_lose_nothing_of_each_other(void **state)
{
    struct console_like *first = begin(), *second = begin(), *third = begin();
    (void)state;

    type(first, HISTORY_COMMAND, "one");
    assert_int_equal(history_save(&first->history, 200, NULL), 0);
    history_load(&second->history, NULL);
    type(second, HISTORY_COMMAND, "two");
    type(first, HISTORY_COMMAND, "three");
    assert_int_equal(history_save(&second->history, 200, NULL), 0);
    first->edits[HISTORY_COMMAND].n_new = 1; /* "one" stands there already */
    assert_int_equal(history_save(&first->history, 200, NULL), 0);
    history_load(&third->history, NULL);
    assert_string_equal(lines(third, HISTORY_COMMAND), "one|two|three");
    end(first), end(second), end(third);
}

static void no_more_lines_are_kept_than_are_wished(void **state)
{
    struct console_like *c = begin();
    char text[16];
    (void)state;

    for (int i = 0; i < 9; i++) {
        snprintf(text, sizeof(text), "line %d", i);
        type(c, HISTORY_COMMAND, text);
    }
    assert_int_equal(history_save(&c->history, 3, NULL), 0);
    end(c);
    c = begin();
    history_load(&c->history, NULL);
    assert_string_equal(lines(c, HISTORY_COMMAND), "line 6|line 7|line 8");
    for (int i = 0; i < 2 * LINE_EDIT_HISTORY; i++) {
        snprintf(text, sizeof(text), "many %d", i);
        type(c, HISTORY_COMMAND, text);
    }
    assert_int_equal(c->edits[HISTORY_COMMAND].n_new, LINE_EDIT_HISTORY);
    assert_int_equal(history_save(&c->history, 200, NULL), 0);
    end(c);
}

static void nothing_new_touches_no_file(void **state)
{
    struct console_like *c = begin();
    char path[PATH_MAX];
    (void)state;

    assert_int_equal(history_save(&c->history, 200, NULL), 0);
    type(c, HISTORY_COMMAND, "x");
    assert_int_equal(history_save(&c->history, 0, NULL), 0); /* switched off */
    assert_int_equal(access(xdg_path(XDG_STATE, "history", path), F_OK), -1);
    setenv("XDG_STATE_HOME", "/proc/no", 1);
    assert_true(history_save(&c->history, 200, NULL) < 0);
    setenv("XDG_STATE_HOME", folder, 1);
    end(c);
}

static void blanks_and_passwords_are_not_written(void **state)
{
    struct console_like *c = begin();
    char *bytes = NULL;
    size_t len;
    FILE *out = open_memstream(&bytes, &len);
    (void)state;

    type(c, HISTORY_COMMAND, " secret plans");
    type(c, HISTORY_COMMAND, "connect a:1 --proxy socks5://me:pass@h:1");
    type(c, HISTORY_COMMAND, "set TCP_MD5SIG=key@10.0.0.1");
    type(c, HISTORY_COMMAND, "connect tcp://[::1]:80");
    history_write(&c->history, 200, out);
    fclose(out);
    assert_string_equal(bytes, ":connect tcp://[::1]:80\n");
    free(bytes);
    end(c);
}

static void what_is_no_line_is_left_out(void **state)
{
    static const char text[] = ":a\n\n:\nx\n?b\n:c\x1b[31m\n:\xff\n:d\0e\n&f\n:last";
    struct console_like *c = begin();
    char *longest = mem_new(1, LINE_EDIT_BYTES + 4);
    (void)state;

    history_read(&c->history, text, sizeof(text) - 1);
    assert_string_equal(lines(c, HISTORY_COMMAND), "a|last");
    assert_string_equal(lines(c, HISTORY_FILTER), "f");
    assert_int_equal(c->edits[HISTORY_COMMAND].n_new, 0);
    memset(longest, ':', LINE_EDIT_BYTES + 2);
    history_read(&c->history, longest, LINE_EDIT_BYTES + 2); /* one byte too long */
    assert_string_equal(lines(c, HISTORY_COMMAND), "a|last");
    history_read(&c->history, longest, LINE_EDIT_BYTES + 1);
    assert_int_equal(c->edits[HISTORY_COMMAND].n_history, 3);
    free(longest);
    end(c);
}

static void passwords_are_hidden(void **state)
{
    static const struct {
        const char *text, *hidden;
    } cases[] = {
        {"connect a:1", "connect a:1"},
        {"--proxy http://u:p@h:1 x", "--proxy http://u:***@h:1 x"},
        {"http://u@h:1", "http://u@h:1"},
        {"tcp://[::1]:80", "tcp://[::1]:80"},
        {"a http://u:p@q@h b http://v:w@i", "a http://u:***@h b http://v:***@i"},
        {"set TCP_MD5SIG=k@1.2.3.4", "set TCP_MD5SIG=***"},
        {"set 3 tcp_md5sig_ext=k k@1.2.3.4", "set 3 tcp_md5sig_ext=***"},
        {"get TCP_MD5SIG", "get TCP_MD5SIG"},
        {"", ""},
    };
    char buf[200];
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(secret_hide(cases[i].text, buf, sizeof(buf)), cases[i].hidden);
        assert_int_equal(secret_in(cases[i].text), strcmp(cases[i].text, cases[i].hidden) != 0);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(lines_come_back_at_their_prompt),
        TEST(two_consoles_lose_nothing_of_each_other),
        TEST(no_more_lines_are_kept_than_are_wished),
        TEST(nothing_new_touches_no_file),
        cmocka_unit_test(blanks_and_passwords_are_not_written),
        cmocka_unit_test(what_is_no_line_is_left_out),
        cmocka_unit_test(passwords_are_hidden),
    };

    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
