/* The help screen, from the tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "core/model/command.h"
#include "core/services/service.h"
#include "ui/console/panel.h"

struct fixture {
    void *panel;
    struct surface *s;
    struct requests requests;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    f->panel = help_panel.open();
    f->s = surface_new(8, 64, false);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    help_panel.close(f->panel);
    surface_free(f->s);
    free(f);
    return 0;
}

static enum panel_reply tell(struct fixture *f, enum panel_event_kind kind, enum action action,
                             const char *text)
{
    struct panel_event e = {.kind = kind, .action = action, .text = text};

    e.rows = surface_rows(f->s);
    e.columns = surface_columns(f->s);
    return help_panel.update(f->panel, &e, NULL, &f->requests);
}

static void draw(struct fixture *f)
{
    surface_clear(f->s);
    help_panel.draw(f->panel, NULL, area_whole(f->s), true);
}

static void first_screen_lists_the_keys(void **state)
{
    static const char *const golden[] = {
        "── help: / searches, F1 or q leaves ────────────────────────────",
        " Keys                                                           ",
        "   ? F1          what every key and command does                ",
        "   o             open a session: fills in :connect              ",
        "   L             start a server: fills in :serve                ",
        "   i             type into the session of the selected row      ",
        "   F3 /          search in the pane that has the keys           ",
        "   n             next match                                     ",
    };
    struct fixture *f = *state;

    tell(f, PANEL_RESIZE, ACTION_NONE, NULL);
    draw(f);
    for (int row = 0; row < 8; row++)
        assert_string_equal(surface_row(f->s, row), golden[row]);
    assert_int_equal(surface_cell(f->s, 1, 1)->style, STYLE_SELECTED);
    assert_int_equal(surface_cell(f->s, 2, 3)->style, STYLE_KEY);
}

/* True when some line of the whole help holds the text; looks by scrolling. */
static bool listed(struct fixture *f, const char *text)
{
    tell(f, PANEL_ACTION, ACTION_FIRST, NULL);
    for (int page = 0; page < 100; page++) {
        draw(f);
        for (int row = 1; row < surface_rows(f->s); row++)
            if (strstr(surface_row(f->s, row), text))
                return true;
        tell(f, PANEL_ACTION, ACTION_PAGE_DOWN, NULL);
    }
    return false;
}

static void every_action_and_every_verb_is_listed(void **state)
{
    struct fixture *f = *state;

    surface_free(f->s);
    f->s = surface_new(30, 120, false);
    tell(f, PANEL_RESIZE, ACTION_NONE, NULL);
    for (int a = ACTION_NONE + 1; a < ACTION_COUNT; a++)
        if (!listed(f, actions[a].help))
            fail_msg("%s is not listed", actions[a].name);
    for (int v = 0; v < VERB_COUNT; v++)
        if (!listed(f, verbs[v].help) || !listed(f, verbs[v].usage))
            fail_msg("%s is not listed", verbs[v].name);
    assert_true(listed(f, "never-recv"));
}

static void last_line_ends_the_list(void **state)
{
    struct fixture *f = *state;
    size_t last = 0;

    while (service_at(last + 1))
        last++;
    tell(f, PANEL_RESIZE, ACTION_NONE, NULL);
    assert_int_equal(tell(f, PANEL_ACTION, ACTION_LAST, NULL), PANEL_HANDLED);
    draw(f);
    assert_non_null(strstr(surface_row(f->s, 7), service_at(last)->name));
    assert_int_equal(surface_cell(f->s, 7, 3)->style, STYLE_SELECTED);
}

static void search_finds_a_command(void **state)
{
    struct fixture *f = *state;

    tell(f, PANEL_RESIZE, ACTION_NONE, NULL);
    assert_int_equal(tell(f, PANEL_SEARCH, ACTION_NONE, "HALF-CLOSE"), PANEL_HANDLED);
    draw(f);
    for (int row = 1; row < 8; row++)
        if (surface_cell(f->s, row, 4)->style == STYLE_SELECTED) {
            assert_non_null(strstr(surface_row(f->s, row), "half-close"));
            return;
        }
    fail_msg("no row is selected");
}

static void other_actions_are_the_consoles(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(tell(f, PANEL_ACTION, ACTION_QUIT, NULL), PANEL_IGNORED);
    assert_int_equal(tell(f, PANEL_ACTION, ACTION_HELP, NULL), PANEL_IGNORED);
}

static void no_room_is_harmless(void **state)
{
    struct fixture *f = *state;

    for (int size = 0; size < 4; size++) {
        surface_free(f->s);
        f->s = surface_new(size, size, false);
        tell(f, PANEL_RESIZE, ACTION_NONE, NULL);
        draw(f);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(first_screen_lists_the_keys),    TEST(every_action_and_every_verb_is_listed),
        TEST(last_line_ends_the_list),        TEST(search_finds_a_command),
        TEST(other_actions_are_the_consoles), TEST(no_room_is_harmless),
    };

    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests_name("help_panel", tests, NULL, NULL);
}
