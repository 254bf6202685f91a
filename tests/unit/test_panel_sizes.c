/* Every panel at every size, with an empty and with a full model, in both alphabets: nothing
 * may be written outside the area.  A canary around the area catches what stays inside the
 * surface; the address sanitizer catches the rest. */
#include "tests/unit/hosts.h"

#include "core/model/command.h"
#include "core/model/errors.h"

#define ROWS_MAX 40
#define COLUMNS_MAX 120
#define ROWS_EACH 14
#define COLUMNS_EACH 40

/* The session's pane in its view of messages, one of them unfolded. */
static struct panel_ops messages_panel;

static const struct panel_ops *const panels[] = {
    &sockets_panel, &session_panel, &sessions_panel, &detail_panel, &packets_panel,
    &bytes_panel,   &journal_panel, &messages_panel, &ladder_panel, &stream_panel,
    &compare_panel, &why_panel,     &host_panel,     &names_panel};

static void *open_messages(void)
{
    const struct panel_event view = {.kind = PANEL_ACTION, .action = ACTION_VIEW};
    void *panel = session_panel.open();
    struct requests requests;
    struct model m;

    model_init(&m, NULL, NULL, NULL);
    session_panel.update(panel, &view, &m, &requests);
    model_done(&m);
    return panel;
}

static void fill_messages(struct screen *s)
{
    static const char *const lines[] = {
        "message action=search value=\"世界 🐰\"", "message --binary x=binary --header more=1",
        "message action=search value=x --header content-length=7"};

    for (unsigned i = 0; i < 3; i++) {
        struct passage p = {.at_ns = SCREEN_START_NS + i, .session_id = 2};
        struct command c;
        uint8_t *bytes;
        size_t len;

        assert_int_equal(command_parse(lines[i], &c, NULL), 0);
        assert_int_equal(command_message(&c, &bytes, &len, NULL), 0);
        p.length = len;
        ring_put(s->transcript, &p, bytes, len);
        free(bytes);
    }
}

static void fill_sessions(struct screen *s)
{
    struct server_status server = a_server(1, 11);
    struct session_status open = a_session(2, SESSION_OPEN, 13);
    struct session_status failed = a_session(7, SESSION_FAILED, 0);
    struct session_status named = a_session(8, SESSION_OPEN, 0);
    static const char text[] =
        "Hello, \xe4\xb8\x96\xe7\x95\x8c\r\n\x1b[2Jworld, and on it goes";

    assert_int_equal(endpoint_parse("tcp://web.test:80", &named.endpoint, NULL), 0);
    named.phases.begun = SCREEN_START_NS;
    named.phases.connected = SCREEN_START_NS + CLOCK_MS_NS;
    err_set(&failed.err, -ECONNREFUSED, "connect", "127.0.0.1:1", "%s", "");
    apply_server_status(s, &server);
    apply_session_status(s, &open);
    apply_session_status(s, &failed);
    apply_session_status(s, &named);
    if (s->ops == &messages_panel)
        fill_messages(s);
    for (unsigned i = 0; i < (s->ops == &messages_panel ? 20 : 70); i++) {
        struct passage p = {.at_ns = SCREEN_START_NS + i,
                            .session_id = 2,
                            .length = 100,
                            .direction = (uint8_t)(i % 3)};
        struct call call = {.start_ns = SCREEN_START_NS + i,
                            .session_id = 2,
                            .fd = 5,
                            .result = i % 3 ? -1 : 1,
                            .error = i % 3 ? ECONNREFUSED : 0,
                            .name = (uint8_t)(i % CALL_NAMES)};

        ring_put(s->transcript, &p, text, sizeof(text) - 1);
        ring_put(s->journal, &call, NULL, 0);
        put_segment(s, i, 51826, 65432, (uint8_t)i, i, text);
    }
}

static void fill(struct screen *s)
{
    struct row rows[50];
    struct snapshot *snapshot;
    struct focus focus;

    fill_sessions(s);
    show_host(s);
    for (size_t i = 0; i < 50; i++) {
        rows[i] = a_row(13 + i, (uint8_t)(1 + i % (STATE_COUNT - 1)), 51826, 65432);
        rows[i].rqueue = rows[i].wqueue = (uint32_t)(i * 77777777);
        rows[i].timer = (uint8_t)(i % 5);
        rows[i].timer_ms = (uint32_t)(i * 1234567);
    }
    rows[3].local = an_addr("2001:db8:1111:2222:3333:4444:5555:6666", 50000);
    focus = model_focus_of_row(&s->m, &rows[0]);
    model_focus(&s->m, &focus);
    for (int i = 0; i < 30; i++) {
        rows[0].wqueue = (uint32_t)i * 1000;
        snapshot = a_snapshot(rows, 50);
        snapshot->interrupted = true;
        snapshot->has_selected = true;
        snapshot->selected.row = rows[0];
        snapshot->selected.detail.info_bytes = 200;
        snapshot->selected.detail.known = DETAIL_MEMINFO | DETAIL_INFO;
        model_take_snapshot(&s->m, snapshot);
    }
}

/* Draw into the middle of a surface that is filled with a character no panel writes. */
static void draw_inside_canary(struct screen *s, int rows, int columns, bool ascii)
{
    struct surface *surface = surface_new(rows + 2, columns + 2, ascii);
    struct area whole = area_whole(surface);

    for (int row = 0; row < rows + 2; row++)
        area_line(whole, row, 0, columns + 2, STYLE_NORMAL, GLYPH_BAR_7);
    screen_event(s, &(struct panel_event){
                        .kind = PANEL_RESIZE, .rows = rows, .columns = columns, .keys = true});
    screen_event(s, &(struct panel_event){.kind = PANEL_TICK});
    s->ops->draw(s->panel, &s->m, area_part(whole, 1, 1, rows, columns), true);
    for (int row = 0; row < rows + 2; row++)
        for (int column = 0; column < columns + 2; column++) {
            bool border = row == 0 || column == 0 || row == rows + 1 || column == columns + 1;

            if (border)
                assert_string_equal(surface_cell(surface, row, column)->text,
                                    ascii ? "+" : "▉");
        }
    surface_free(surface);
}

/* UNIT_SAMPLE: a part of it is enough, as under valgrind, where all of it would take long. */
static bool is_sample(void)
{
    return getenv("UNIT_SAMPLE") != NULL;
}

static int next_size(int n, int each)
{
    return n + (n < each ? 1 : 3) * (is_sample() ? 7 : 1);
}

/* Where panels leave things out every size is tried, of the larger ones each third. */
static void every_size(const struct panel_ops *ops, bool full, bool ascii)
{
    struct screen s;

    screen_open(&s, ops, 10, 80);
    if (full)
        fill(&s);
    screen_tick(&s);
    if (full && ops == &messages_panel) {
        screen_act(&s, ACTION_FIRST);
        screen_act(&s, ACTION_RIGHT);
    }
    for (int rows = 0; rows <= ROWS_MAX; rows = next_size(rows, ROWS_EACH))
        for (int columns = 0; columns <= COLUMNS_MAX;
             columns = next_size(columns, COLUMNS_EACH))
            draw_inside_canary(&s, rows, columns, ascii);
    screen_close(&s);
}

static void empty_panels_stay_inside_every_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(panels) / sizeof(panels[0]); i++) {
        every_size(panels[i], false, false);
        every_size(panels[i], false, true);
    }
}

static void full_panels_stay_inside_every_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(panels) / sizeof(panels[0]); i++) {
        every_size(panels[i], true, false);
        every_size(panels[i], true, true);
    }
}

/* Whatever is pressed in whatever size: no key may break a panel. */
static void every_action_in_every_panel_at_odd_sizes(void **state)
{
    static const int sizes[][2] = {{0, 0},  {1, 1},   {1, 80},  {2, 3},
                                   {5, 17}, {24, 80}, {50, 200}};

    (void)state;
    for (size_t i = 0; i < sizeof(panels) / sizeof(panels[0]); i++)
        for (size_t n = 0; n < 2 * sizeof(sizes) / sizeof(sizes[0]); n++) {
            const int *size = sizes[n / 2];
            struct screen s;

            screen_open(&s, panels[i], size[0], size[1]);
            if (n % 2)
                fill(&s);
            screen_tick(&s);
            for (int action = 0; action < (is_sample() ? 1 : 4) * ACTION_COUNT; action++) {
                screen_act(&s, (enum action)(action * 7 % ACTION_COUNT));
                screen_draw(&s);
            }
            screen_search(&s, "o");
            screen_draw(&s);
            screen_close(&s);
        }
}

static bool row_is_selected(struct screen *s, int row)
{
    for (int column = 0; column < surface_columns(s->surface); column++)
        if (surface_cell(s->surface, row, column)->style == STYLE_SELECTED)
            return true;
    return false;
}

/* Also where what is told of the row below the list made it move. */
static bool shows_selected(struct screen *s, const char *text)
{
    for (int row = 0; row < surface_rows(s->surface); row++)
        if (row_is_selected(s, row) && !strcmp(surface_row(s->surface, row), text))
            return true;
    return false;
}

/* How many of the clicks were on something. */
static size_t click_everywhere(struct screen *s, int rows, int columns)
{
    size_t n = 0;

    for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column += 3) {
            struct panel_event event = {.kind = PANEL_CLICK,
                                        .rows = rows,
                                        .columns = columns,
                                        .row = row,
                                        .column = column,
                                        .keys = true};
            char clicked[1024];

            screen_draw(s);
            snprintf(clicked, sizeof(clicked), "%s", surface_row(s->surface, row));
            if (screen_event(s, &event) != PANEL_HANDLED)
                continue;
            n++;
            screen_tick(s);
            screen_draw(s);
            assert_true(row_is_selected(s, row) || shows_selected(s, clicked));
        }
    return n;
}

/* What was clicked is what is chosen, wherever titles, headers and notes are. */
static void a_click_chooses_what_is_there(void **state)
{
    static const int sizes[][2] = {{3, 20}, {12, 80}, {24, 80}, {30, 120}};

    (void)state;
    for (size_t i = 0; i < sizeof(panels) / sizeof(panels[0]); i++)
        for (size_t n = 0; n < sizeof(sizes) / sizeof(sizes[0]); n++) {
            bool has_items = panels[i] != &session_panel && panels[i] != &detail_panel &&
                             panels[i] != &stream_panel && panels[i] != &compare_panel &&
                             panels[i] != &why_panel;
            struct screen s;
            size_t clicks;

            screen_open(&s, panels[i], sizes[n][0], sizes[n][1]);
            fill(&s);
            screen_tick(&s);
            clicks = click_everywhere(&s, sizes[n][0], sizes[n][1]);
            if (has_items && sizes[n][0] >= 24)
                assert_true(clicks > 0);
            if (!has_items)
                assert_int_equal(clicks, 0);
            screen_close(&s);
        }
}

/* So that failures take the rows of their explanation. */
static int load(void **state)
{
    (void)state;
    messages_panel = session_panel;
    messages_panel.open = open_messages;
    return error_reference_load(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_panels_stay_inside_every_size),
        cmocka_unit_test(full_panels_stay_inside_every_size),
        cmocka_unit_test(a_click_chooses_what_is_there),
        cmocka_unit_test(every_action_in_every_panel_at_odd_sizes),
    };

    return cmocka_run_group_tests_name("panel_sizes", tests, load, NULL);
}
