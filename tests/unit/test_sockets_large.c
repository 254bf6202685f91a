/* The table of sockets with a hundred thousand rows: no key has to wait for all of them.  What is
 * asserted is how much is done for a key, beside what looking at every row costs, in this thread's
 * own time; how long that took is printed only. */
#include "tests/unit/owned.h"
#include "tests/unit/screen.h"

#include "ui/console/list_view.h"

#define ROWS 100000
#define PROCESSES 300
#define PRESSES 3
#define LESS_THAN_EVERY 20 /* a key's share of what looking at every row costs */

static struct snapshot *large_snapshot(enum socket_view view)
{
    struct row *rows = mem_new(ROWS, sizeof(*rows));
    struct snapshot *s;

    /* Both ends of half as many connections, a listener for each process. */
    for (uint32_t i = 0; i < ROWS; i++) {
        uint32_t pair = i / 2;
        uint16_t server = (uint16_t)(1 + pair % PROCESSES);
        uint16_t client = (uint16_t)(10000 + pair / PROCESSES);

        rows[i] =
            a_row(i + 1, STATE_ESTABLISHED, i % 2 ? client : server, i % 2 ? server : client);
        if (i < PROCESSES)
            rows[i] = a_row(i + 1, STATE_LISTEN, (uint16_t)(1 + i), 0);
        rows[i].inode = i + 1;
    }
    s = a_snapshot(rows, ROWS);
    free(rows);
    s->owned.owners = mem_new(ROWS, sizeof(*s->owned.owners));
    s->owned.holders = mem_new(ROWS, sizeof(*s->owned.holders));
    s->owned.processes = mem_new(PROCESSES, sizeof(*s->owned.processes));
    s->owned.n_owners = s->owned.n_holders = ROWS;
    s->owned.n_processes = PROCESSES;
    for (uint32_t i = 0; i < ROWS; i++) {
        s->owned.holders[i] = (struct holder){.process = i % PROCESSES, .fd = 3};
        s->owned.owners[i] =
            (struct owner){.inode = i + 1, .knowledge = OWNER_KNOWN, .first = i, .n = 1};
    }
    for (int32_t i = 0; i < PROCESSES; i++)
        s->owned.processes[i] = (struct process){.pid = 1000 + i, .comm = "worker"};
    s->view = view_make(s, view);
    return s;
}

static void say(const char *what, uint64_t start_ns)
{
    print_message("    %-44s %8.3f ms\n", what, (double)(clock_now_ns() - start_ns) / 1e6);
}

static void open_large(struct screen *s, enum socket_view view)
{
    uint64_t start;
    struct snapshot *snapshot = large_snapshot(VIEW_LIST);

    start = clock_now_ns();
    snapshot->view = view_make(snapshot, view);
    say("grouped, in the observer's thread", start);
    screen_open(s, &sockets_panel, 40, 160);
    s->m.view = view;
    start = clock_now_ns();
    model_take_snapshot(&s->m, snapshot);
    screen_tick(s);
    screen_draw(s);
    say("taken and drawn", start);
}

/* However busy the machine is. */
static uint64_t own_time_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * CLOCK_SECOND_NS + (uint64_t)t.tv_nsec;
}

/* What it costs to look for something in every row, as a search does. */
static uint64_t every_row_ns(void)
{
    struct panel_event event = {.kind = PANEL_SEARCH, .text = "nowhere at all"};
    struct screen s;
    uint64_t start;

    open_large(&s, VIEW_LIST);
    start = own_time_ns();
    do {
        s.requests = (struct requests){0};
        s.ops->update(s.panel, &event, &s.m, &s.requests);
        event.kind = PANEL_GO_ON;
    } while (s.requests.go_on);
    start = own_time_ns() - start;
    screen_close(&s);
    return start;
}

/* A key from press to picture; the best of a few, since the first one may wait for memory. */
static void press(struct screen *s, const char *what, enum action action, uint64_t every_row)
{
    uint64_t start = clock_now_ns(), best = UINT64_MAX;

    for (int i = 0; i < PRESSES; i++) {
        uint64_t began = own_time_ns(), ns;

        screen_act(s, action);
        screen_draw(s);
        ns = own_time_ns() - began;
        best = ns < best ? ns : best;
        if (i == 0)
            say(what, start);
    }
    assert_true(best * LESS_THAN_EVERY < every_row);
}

static void keys_are_answered_in_every_view(void **state)
{
    uint64_t every_row = every_row_ns();

    (void)state;
    for (int view = 0; view < VIEW_COUNT; view++) {
        struct screen s;
        char row[1024];

        print_message("  %s\n", view_name((enum socket_view)view));
        open_large(&s, (enum socket_view)view);
        press(&s, "down", ACTION_DOWN, every_row);
        press(&s, "half a screen down", ACTION_PAGE_DOWN, every_row);
        press(&s, "to the last", ACTION_LAST, every_row);
        press(&s, "up", ACTION_UP, every_row);
        press(&s, "fold or choose an end", ACTION_LEFT, every_row);
        press(&s, "unfold or choose the other end", ACTION_RIGHT, every_row);
        press(&s, "to the first", ACTION_FIRST, every_row);
        assert_true(strlen(screen_row(&s, 2, row)) > 20);
        screen_close(&s);
    }
}

/* As the console does it: what goes on goes on behind other keys. */
static void long_search_is_done_in_steps(void **state)
{
    struct panel_event event = {.kind = PANEL_SEARCH, .text = "127.0.0.1:10099 no"};
    uint64_t worst = 0, begin = clock_now_ns();
    size_t steps = 0;
    struct screen s;

    (void)state;
    open_large(&s, VIEW_LIST);
    do {
        uint64_t start = clock_now_ns(), ns;

        s.requests = (struct requests){0};
        s.ops->update(s.panel, &event, &s.m, &s.requests);
        ns = clock_now_ns() - start;
        worst = ns > worst ? ns : worst;
        event.kind = PANEL_GO_ON;
        steps++;
    } while (s.requests.go_on);
    say("the whole search", begin);
    print_message("    the longest step %32.3f ms\n", (double)worst / 1e6);
    assert_string_equal(s.requests.notice, "no match for \"127.0.0.1:10099 no\"");
    assert_int_equal(steps, (ROWS + LIST_SEARCH_STEP - 1) / LIST_SEARCH_STEP);
    screen_close(&s);
}

static void another_key_ends_a_search(void **state)
{
    struct panel_event event = {.kind = PANEL_SEARCH, .text = "nowhere"};
    struct screen s;

    (void)state;
    open_large(&s, VIEW_LIST);
    s.requests = (struct requests){0};
    s.ops->update(s.panel, &event, &s.m, &s.requests);
    assert_true(s.requests.go_on);
    screen_act(&s, ACTION_DOWN);
    assert_int_equal(s.m.focus.row.cookie, 2);
    event.kind = PANEL_GO_ON;
    s.requests = (struct requests){0};
    s.ops->update(s.panel, &event, &s.m, &s.requests);
    assert_false(s.requests.go_on);
    assert_string_equal(s.requests.notice, "");
    screen_close(&s);
}

static void search_finds_the_last_row_and_the_one_before(void **state)
{
    struct screen s;

    (void)state;
    open_large(&s, VIEW_LIST);
    s.m.snapshot->rows[ROWS - 1].local = an_addr("10.9.8.7", 4000);
    screen_search(&s, "10.9.8.7");
    assert_int_equal(s.m.focus.row.cookie, ROWS);
    screen_act(&s, ACTION_SEARCH_NEXT);
    assert_int_equal(s.m.focus.row.cookie, ROWS);
    screen_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_answered_in_every_view),
        cmocka_unit_test(long_search_is_done_in_steps),
        cmocka_unit_test(another_key_ends_a_search),
        cmocka_unit_test(search_finds_the_last_row_and_the_one_before),
    };

    return cmocka_run_group_tests_name("sockets_large", tests, NULL, NULL);
}
