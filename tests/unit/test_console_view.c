/* Layouts, one more pane, and changes of the view that are taken back. */
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/xdg.h"
#include "tests/unit/consoles.h"

static void show_a_row(struct fixture *f)
{
    struct row row = a_row(1, STATE_ESTABLISHED, 80, 1000);

    model_take_snapshot(&f->c.model, a_snapshot(&row, 1));
    console_tell_all(&f->c, PANEL_TICK);
}

static bool shows(const struct fixture *f, enum pane_id id)
{
    return layout_find(&f->c.layout, id) != NULL;
}

static void layouts_follow_each_other(void **state)
{
    struct fixture *f = *state;

    type(f, "|");
    assert_int_equal(f->c.layout.n, 1);
    assert_string_equal(f->c.model.notice,
                        "layout list: the list alone; Tab still goes to the others");
    assert_true(row_holds(f, 1, "[layout list]"));
    type(f, "|");
    assert_true(shows(f, PANE_BYTES) && !shows(f, PANE_SESSION));
    type(f, "|");
    assert_true(shows(f, PANE_SESSION) && !shows(f, PANE_BYTES));
    /* `stacked` looks as usual here. */
    type(f, "|");
    assert_int_equal(f->c.as[SCREEN_HOME].preset, LAYOUT_BESIDE);
    type(f, "|");
    assert_int_equal(f->c.as[SCREEN_HOME].preset, LAYOUT_USUAL);
    assert_false(row_holds(f, 1, "[layout"));
    type(f, "5|");
    assert_string_equal(f->c.model.notice,
                        "there is but one layout of this screen at its size");
}

static void a_folded_pane_gives_the_keys_back(void **state)
{
    struct fixture *f = *state;

    console_give_pane(&f->c, PANE_BYTES);
    console_line(&f->c, "layout talk");
    assert_int_equal(console_keys_pane(&f->c), PANE_SOCKETS);
    console_give_pane(&f->c, PANE_BYTES);
    assert_true(shows(f, PANE_BYTES));
    console_line(&f->c, "layout sideways");
    assert_string_equal(
        f->c.model.notice,
        "there is no layout 'sideways': usual, list, wire, talk, stacked or beside");
}

static void keys_change_sizes(void **state)
{
    struct fixture *f = *state;
    int rows;

    type(f, "3");
    rows = layout_find(&f->c.layout, PANE_PACKETS)->rows;
    type(f, "++-+");
    assert_int_equal(layout_find(&f->c.layout, PANE_PACKETS)->rows, rows + 2);
    type(f, "}");
    assert_string_equal(f->c.model.notice, "no pane beside this one has any columns to give");
    type(f, "5-");
    assert_string_equal(f->c.model.notice,
                        "no pane above or below this one has any rows to take");
    /* Another layout begins with its own. */
    type(f, "3");
    console_line(&f->c, "layout usual");
    assert_int_equal(layout_find(&f->c.layout, PANE_PACKETS)->rows, rows);
}

static void a_pane_is_split_off_and_taken_away(void **state)
{
    struct fixture *f = *state;

    resize(f, 40, 140);
    console_line(&f->c, "split journal");
    assert_true(shows(f, PANE_JOURNAL));
    console_give_pane(&f->c, PANE_JOURNAL);
    console_line(&f->c, "unsplit");
    assert_false(shows(f, PANE_JOURNAL));
    assert_int_equal(console_keys_pane(&f->c), PANE_SOCKETS);
    console_line(&f->c, "unsplit");
    assert_string_equal(f->c.model.notice,
                        "nothing was split on this screen: :split PANE does");
    console_line(&f->c, "split session");
    assert_string_equal(f->c.model.notice,
                        "session is a pane of this screen already: Tab goes there");
    console_line(&f->c, "split \x1b[2J");
    assert_null(strchr(f->c.model.notice, 0x1b));
    assert_true(f->c.model.notice_bad);
}

/* Tab reaches it also where there is no room. */
static void a_split_pane_is_reached_by_tab(void **state)
{
    struct fixture *f = *state;

    resize(f, 8, 39);
    console_line(&f->c, "split journal");
    for (int i = 0; i < 5; i++)
        console_key(&f->c, KEYS_TAB);
    assert_int_equal(console_keys_pane(&f->c), PANE_JOURNAL);
    assert_true(shows(f, PANE_JOURNAL));
    console_key(&f->c, KEYS_TAB);
    assert_int_equal(console_keys_pane(&f->c), PANE_SOCKETS);
}

/* However it goes: the keys must not stay with what nobody sees. */
static void a_split_pane_that_goes_gives_the_keys_back(void **state)
{
    struct fixture *f = *state;

    resize(f, 40, 140);
    type(f, ":split journal");
    console_key(&f->c, KEYS_ENTER);
    console_give_pane(&f->c, PANE_JOURNAL);
    type(f, "u");
    assert_false(shows(f, PANE_JOURNAL));
    assert_int_equal(console_keys_pane(&f->c), PANE_SOCKETS);
    type(f, "\x12");
    assert_true(shows(f, PANE_JOURNAL));
}

/* The bytes of a packet are where its list has them. */
static void enter_leads_to_a_screen_that_has_the_pane(void **state)
{
    struct fixture *f = *state;

    resize(f, 40, 140);
    type(f, "5");
    console_line(&f->c, "split packets");
    console_give_pane(&f->c, PANE_PACKETS);
    console_key(&f->c, KEYS_ENTER);
    assert_int_equal(f->c.screen, SCREEN_PACKETS);
    assert_int_equal(console_keys_pane(&f->c), PANE_BYTES);
    assert_true(shows(f, PANE_BYTES));
}

static void every_change_of_the_view_is_undone(void **state)
{
    struct fixture *f = *state;
    struct console *c = &f->c;

    show_a_row(f);
    type(f, "u");
    assert_string_equal(c->model.notice, "the view was not changed before this");
    type(f, "&port 80");
    console_key(c, KEYS_ENTER);
    type(f, ">");
    type(f, "I");
    type(f, "v");
    type(f, ":columns netid,rtt");
    console_key(c, KEYS_ENTER);
    type(f, "z");
    type(f, "3");
    type(f, "&tcp");
    console_key(c, KEYS_ENTER);
    type(f, "u");
    assert_string_equal(c->model.packet_filter, "");
    assert_string_equal(c->model.notice, "undone, now: no filter of packets");
    type(f, "u");
    assert_string_equal(c->model.notice, "undone, now: screen sockets, zoomed");
    assert_true(c->zoom && c->layout.n == 1);
    type(f, "u");
    assert_string_equal(c->model.notice, "undone, now: not zoomed");
    type(f, "u");
    assert_string_equal(c->model.notice, "undone, now: the usual columns");
    assert_int_equal(c->model.n_columns, 0);
    type(f, "u");
    assert_string_equal(c->model.notice, "undone, now: view list");
    type(f, "u");
    assert_string_equal(c->model.notice, "undone, now: ascending order");
    type(f, "u");
    assert_string_equal(c->model.notice, "undone, now: sorted by owner, ours first");
    assert_null(c->model.sort);
    type(f, "u");
    assert_string_equal(c->model.notice, "undone, now: no filter");
    type(f, "u");
    assert_string_equal(c->model.notice, "the view was not changed before this");
    type(f, "\x12");
    assert_string_equal(c->model.notice, "done again, now: filter port 80");
    for (int i = 0; i < 7; i++)
        type(f, "\x12");
    assert_string_equal(c->model.packet_filter, "tcp");
    type(f, "\x12");
    assert_string_equal(c->model.notice, "nothing was undone that could be done again");
}

static void a_new_change_ends_what_could_be_done_again(void **state)
{
    struct fixture *f = *state;

    show_a_row(f);
    type(f, "|");
    type(f, "u");
    assert_int_equal(f->c.as[SCREEN_HOME].preset, LAYOUT_USUAL);
    assert_string_equal(f->c.model.notice, "undone, now: layout usual");
    type(f, "I");
    type(f, "\x12");
    assert_string_equal(f->c.model.notice, "nothing was undone that could be done again");
}

static void moving_about_is_no_change(void **state)
{
    struct fixture *f = *state;

    show_a_row(f);
    type(f, "jkgG");
    console_key(&f->c, KEYS_TAB);
    type(f, "u");
    assert_string_equal(f->c.model.notice, "the view was not changed before this");
}

static void the_oldest_views_go_first(void **state)
{
    struct fixture *f = *state;

    show_a_row(f);
    for (int i = 0; i < VIEWS_KEPT + 10; i++)
        type(f, "I");
    for (int i = 0; i < VIEWS_KEPT; i++)
        type(f, "u");
    assert_string_equal(f->c.model.notice, "older changes of the view are not kept");
    for (int i = 0; i < VIEWS_KEPT - 1; i++)
        type(f, "\x12");
    assert_int_equal(f->c.views.at, VIEWS_KEPT - 1);
}

/* --- what is remembered ----------------------------------------------------------------- */

struct state_folder {
    char path[64], file[128];
};

static struct state_folder a_state_folder(void)
{
    struct state_folder s = {.path = "/tmp/console_view.XXXXXX"};

    assert_non_null(mkdtemp(s.path));
    setenv("XDG_STATE_HOME", s.path, 1);
    snprintf(s.file, sizeof(s.file), "%s/sockeye/layout.json", s.path);
    return s;
}

static void remove_folder(const struct state_folder *s)
{
    char path[160];

    unlink(s->file);
    snprintf(path, sizeof(path), "%s.bad", s->file);
    unlink(path);
    snprintf(path, sizeof(path), "%s/sockeye", s->path);
    rmdir(path);
    assert_int_equal(rmdir(s->path), 0);
    unsetenv("XDG_STATE_HOME");
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void a_layout_is_remembered(void **state)
{
    struct state_folder s = a_state_folder();
    struct fixture *f = *state;
    struct arrangement as[SCREEN_COUNT];

    console_recall_layout(&f->c);
    assert_int_equal(console_remember_layout(&f->c, NULL), 0);
    assert_int_equal(access(s.file, F_OK), -1); /* nothing was changed */
    resize(f, 40, 140);
    type(f, "3+++");
    console_line(&f->c, "split journal");
    console_line(&f->c, "goto sockets");
    console_line(&f->c, "layout beside");
    type(f, "}");
    memcpy(as, f->c.as, sizeof(as));
    assert_int_equal(console_remember_layout(&f->c, NULL), 0);
    memset(f->c.as, 0, sizeof(f->c.as));
    console_recall_layout(&f->c);
    assert_memory_equal(f->c.as, as, sizeof(as));
    assert_string_equal(f->c.model.notice, "layout beside: the list at the left, the others "
                                           "at the right");
    remove_folder(&s);
}

static void a_damaged_layout_is_put_aside(void **state)
{
    static const char *const texts[][2] = {
        {"{\"schema\": 1,", "no JSON"},
        {"{\"schema\": 2}", "it is of version 2"},
        {"{\"schema\": 1,\n\"layout\": {\"space\": {}}}",
         ":2: layout: there is no screen 'space'"},
        {"{\"schema\": 1, \"layout\": {\"why\": {\"split\": \"door\"}}}",
         "layout.why: there is no pane 'door'"},
    };
    struct state_folder s = a_state_folder();
    struct fixture *f = *state;
    char bad[160];

    snprintf(bad, sizeof(bad), "%s.bad", s.file);
    assert_int_equal(xdg_make_folders(s.file), 0);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        write_file(s.file, texts[i][0]);
        console_recall_layout(&f->c);
        assert_non_null(strstr(f->c.model.notice, texts[i][1]));
        assert_non_null(strstr(f->c.model.notice, "that file is layout.json.bad now"));
        assert_int_equal(access(bad, F_OK), 0);
        assert_int_equal(access(s.file, F_OK), -1);
        assert_int_equal(f->c.as[SCREEN_HOME].preset, LAYOUT_USUAL);
    }
    remove_folder(&s);
}

static void what_cannot_be_put_aside_is_not_overwritten(void **state)
{
    struct state_folder s = a_state_folder();
    struct fixture *f = *state;

    assert_int_equal(xdg_make_folders(s.file), 0);
    assert_int_equal(mkdir(s.file, 0700), 0);
    console_recall_layout(&f->c);
    assert_non_null(strstr(f->c.model.notice, "that file stays as it is"));
    type(f, "|");
    assert_int_equal(console_remember_layout(&f->c, NULL), 0);
    rmdir(s.file);
    remove_folder(&s);
}

/* --- workspaces ------------------------------------------------------------------------- */

static void a_workspace_brings_the_view_back(void **state)
{
    struct state_folder s = a_state_folder();
    struct fixture *f = *state;
    struct console *c = &f->c;
    char line[200];

    show_a_row(f);
    console_line(c, "filter sport = :80");
    console_line(c, "packets-filter tcp");
    console_line(c, "columns netid,owner,rtt");
    console_line(c, "layout wire");
    c->model.sort = column_find("rtt");
    c->model.descending = true;
    console_line(c, "goto packets");
    snprintf(line, sizeof(line), "workspace save %s/w", s.path);
    console_line(c, line);
    assert_non_null(strstr(c->model.notice, "/w: 0 servers, 0 sessions and the view"));
    console_line(c, "filter");
    console_line(c, "packets-filter");
    console_line(c, "columns");
    console_line(c, "goto sockets");
    console_line(c, "layout usual");
    c->model.sort = NULL;
    snprintf(line, sizeof(line), ":workspace load %s/w", s.path);
    type(f, line);
    console_key(c, KEYS_ENTER);
    assert_non_null(strstr(c->model.notice, "/w: 0 servers and 0 sessions opened"));
    assert_string_equal(c->model.filter, "sport = :80");
    assert_string_equal(c->model.packet_filter, "tcp");
    assert_int_equal(c->model.n_columns, 3);
    assert_null(c->model.columns[1]);
    assert_string_equal(c->model.sort->name, "rtt");
    assert_int_equal(c->screen, SCREEN_PACKETS);
    assert_int_equal(c->as[SCREEN_HOME].preset, LAYOUT_WIRE);
    /* All of it is one change. */
    type(f, "u");
    assert_string_equal(c->model.filter, "");
    assert_int_equal(c->screen, SCREEN_HOME);
    assert_int_equal(c->as[SCREEN_HOME].preset, LAYOUT_USUAL);
    snprintf(line, sizeof(line), "%s/w", s.path);
    unlink(line);
    remove_folder(&s);
}

static void a_wrong_workspace_changes_nothing(void **state)
{
    static const char *const texts[][2] = {
        {"{\"schema\": 1,\n\"filters\": {\"sockets\": \"port >\"}}", ":2: filters.sockets: "},
        {"{\"schema\": 1, \"filters\": {\"sockets\": \"port 1\", \"packets\": \"(\"}}",
         "filters.packets: "},
        {"{\"schema\": 1, \"view\": {\"screen\": \"moon\"}}",
         "view.screen: there is no screen 'moon'"},
        {"{\"schema\": 1, \"view\": {\"sort\": \"moon\"}}",
         "view.sort: there is no column 'moon'"},
        {"{\"schema\": 1, \"view\": {\"sockets\": \"moon\"}}",
         "view.sockets: there is no view 'moon'"},
    };
    struct state_folder s = a_state_folder();
    struct fixture *f = *state;
    char path[128], line[200];

    snprintf(path, sizeof(path), "%s/w", s.path);
    snprintf(line, sizeof(line), "workspace load %s", path);
    console_line(&f->c, "filter sport = :80");
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        write_file(path, texts[i][0]);
        console_line(&f->c, line);
        assert_true(f->c.model.notice_bad);
        if (!strstr(f->c.model.notice, texts[i][1]))
            fail_msg("%s", f->c.model.notice);
        assert_string_equal(f->c.model.filter, "sport = :80");
        assert_int_equal(f->c.screen, SCREEN_HOME);
        assert_null(f->c.loading);
    }
    unlink(path);
    console_line(&f->c, line);
    assert_non_null(strstr(f->c.model.notice, "ENOENT"));
    remove_folder(&s);
}

/* Those that ended are not in it; more than there is room for are counted. */
static void what_was_opened_is_kept_while_it_is_open(void **state)
{
    struct state_folder s = a_state_folder();
    struct fixture *f = *state;
    char path[128], line[200];
    struct workspace w = {0};

    for (uint64_t id = 1; id <= OPENED_KEPT + 2; id++) {
        struct posted p = {.verb = VERB_CONNECT};

        snprintf(line, sizeof(line), "connect tcp://127.0.0.1:%llu", (unsigned long long)id);
        p.line = mem_copy(line, strlen(line) + 1);
        if (id <= 10)
            tell_session(f, id, SESSION_CLOSED, 0);
        console_keep_opened(&f->c, &p, id);
        free(p.line);
        /* The first that found no room made some. */
        if (id == OPENED_KEPT + 1)
            assert_int_equal(f->c.n_opened, OPENED_KEPT - 10 + 1);
    }
    snprintf(path, sizeof(path), "%s/w", s.path);
    snprintf(line, sizeof(line), "workspace save %s", path);
    console_line(&f->c, line);
    assert_non_null(strstr(f->c.model.notice, ": 0 servers, 248 sessions and the view"));
    assert_int_equal(workspace_read(path, &w, NULL), 0);
    assert_string_equal(w.lines[0].text, "connect tcp://127.0.0.1:11");
    workspace_done(&w);
    unlink(path);
    remove_folder(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(layouts_follow_each_other),
        TEST(a_folded_pane_gives_the_keys_back),
        TEST(keys_change_sizes),
        TEST(a_pane_is_split_off_and_taken_away),
        TEST(a_split_pane_is_reached_by_tab),
        TEST(a_split_pane_that_goes_gives_the_keys_back),
        TEST(enter_leads_to_a_screen_that_has_the_pane),
        TEST(every_change_of_the_view_is_undone),
        TEST(a_new_change_ends_what_could_be_done_again),
        TEST(moving_about_is_no_change),
        TEST(the_oldest_views_go_first),
        TEST(a_layout_is_remembered),
        TEST(a_damaged_layout_is_put_aside),
        TEST(what_cannot_be_put_aside_is_not_overwritten),
        TEST(a_workspace_brings_the_view_back),
        TEST(a_wrong_workspace_changes_nothing),
        TEST(what_was_opened_is_kept_while_it_is_open),
    };

    return cmocka_run_group_tests_name("console_view", tests, NULL, NULL);
}
