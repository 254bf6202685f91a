/* Keys become actions; the pane that has the keys is asked first, then the console. */
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "ui/console/console_state.h"

#define CONTROL_C 3
/* A typist's pause. */
#define REST_NS CLOCK_SECOND_NS

enum pane_id console_keys_pane(const struct console *c)
{
    return c->keys[c->screen];
}

bool console_shows(const struct console *c, enum pane_id id)
{
    for (size_t i = 0; i < c->layout.n; i++)
        if (c->layout.panes[i].id == id)
            return true;
    return false;
}

/* --- panels ----------------------------------------------------------------------------- */

static void carry_out(struct console *c, const struct requests *r)
{
    if (r->set_focus) {
        model_focus(&c->model, &r->focus);
        c->news = true;
    }
    if (r->set_packet) {
        model_show_packet(&c->model, r->packet);
        if (r->hold_packet)
            c->model.packet_follows = false;
        if (r->set_found) {
            c->model.has_found = true;
            c->model.found = r->found;
        }
        c->news = true;
    }
    if (r->set_sort) {
        c->model.sort = r->sort;
        c->model.descending = r->descending;
    }
    if (r->set_sums) {
        c->model.sums = r->sums;
        c->model.sums_descending = r->sums_descending;
        /* It puts them in order now; its cursor stays on its sum. */
        console_tell(c, PANE_SOCKETS, &(struct panel_event){.kind = PANEL_TICK});
    }
    if (r->set_view)
        console_set_view(c, r->view);
    if (r->notice[0])
        model_notice(&c->model, false, "%s", r->notice);
    if (r->command[0])
        console_line(c, r->command);
    if (r->then[0])
        console_line(c, r->then);
    if (r->show_call)
        console_tell(c, PANE_JOURNAL,
                     &(struct panel_event){.kind = PANEL_CALL, .call = r->call});
    if (r->copy[0])
        console_copy_text(c, r->copy);
    if (r->prompt[0])
        console_begin(c, MODE_COMMAND, r->prompt);
    if (r->type_here)
        console_begin(c, MODE_FORM, "");
    if (r->bind)
        console_begin_bind(c, r->bind);
    if (r->ask_why)
        console_why_focus(c);
}

enum panel_reply console_tell(struct console *c, enum pane_id id,
                              const struct panel_event *event)
{
    struct requests requests = {0};
    enum panel_reply reply;

    model_look_through(&c->model, console_lens_of(c, id));
    reply = console_panel(id)->update(c->panels[id], event, &c->model, &requests);
    carry_out(c, &requests);
    model_look_through(&c->model, c->lens);
    if (requests.go_on) {
        c->goes_on = id;
        loop_timer_set(c->loop, &c->go_on, loop_now(c->loop));
    }
    return reply;
}

void console_go_on(struct console *c)
{
    console_tell(c, c->goes_on, &(struct panel_event){.kind = PANEL_GO_ON});
    console_dirty(c);
}

void console_tell_all(struct console *c, enum panel_event_kind kind)
{
    for (size_t i = 0; i < c->layout.n; i++) {
        const struct pane *pane = &c->layout.panes[i];
        struct panel_event event = {.kind = kind};

        event.rows = pane->at.rows;
        event.columns = pane->at.columns;
        event.keys = pane->id == console_keys_pane(c);
        console_tell(c, pane->id, &event);
    }
}

static enum panel_reply tell_action(struct console *c, enum pane_id id, enum action action)
{
    struct panel_event event = {.kind = PANEL_ACTION, .action = action};

    event.text = c->search.n_history ? c->search.history[c->search.n_history - 1] : "";
    return console_tell(c, id, &event);
}

/* --- screens and panes ------------------------------------------------------------------ */

void console_go(struct console *c, enum screen_id screen)
{
    if (screen == SCREEN_HELP && c->screen != SCREEN_HELP)
        c->before_help = c->screen;
    if (screen >= SCREEN_TABS && screen != SCREEN_HELP && c->screen < SCREEN_TABS)
        c->before_wire = c->screen;
    if (screen == SCREEN_WHY && c->screen != SCREEN_WHY)
        console_alarm_visit(c);
    if (screen == SCREEN_LESSONS)
        console_lessons_visit(c);
    c->hinted = screen != c->screen;
    c->screen = screen;
    console_hint(c); /* its texts are read before the panes hear of the screen */
    c->zoom = false;
    console_lay_out(c);
}

const enum action console_tabs[SCREEN_TABS] = {
    [SCREEN_HOME] = ACTION_PANEL_1,    [SCREEN_SESSIONS] = ACTION_PANEL_2,
    [SCREEN_PACKETS] = ACTION_PANEL_3, [SCREEN_LADDER] = ACTION_PANEL_4,
    [SCREEN_JOURNAL] = ACTION_PANEL_5, [SCREEN_WHY] = ACTION_PANEL_6,
    [SCREEN_LESSONS] = ACTION_PANEL_7, [SCREEN_HOST] = ACTION_PANEL_8,
    [SCREEN_NAMES] = ACTION_PANEL_9,
};

bool console_go_tab(struct console *c, enum action action)
{
    for (int i = 0; i < SCREEN_TABS; i++)
        if (console_tabs[i] == action) {
            console_go(c, (enum screen_id)i);
            return true;
        }
    return false;
}

void console_give_pane(struct console *c, enum pane_id id)
{
    c->keys[c->screen] = id;
    console_lay_out(c);
}

/* Tab visits the panes that are shown; where only one has room, all that there are. */
static void next_pane(struct console *c, int step)
{
    enum pane_id ids[PANE_COUNT + 1];
    size_t n = 0, at = 0;

    if (c->layout.n > 1)
        for (; n < c->layout.n; n++)
            ids[n] = c->layout.panes[n].id;
    else
        n = layout_panes(c->screen, &c->as[c->screen], ids);
    if (c->layout.n == 1 && console_lesson_beside(c))
        ids[n++] = PANE_LESSONS;
    while (at < n && ids[at] != console_keys_pane(c))
        at++;
    /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): every screen has a pane */
    at = (at + n + (size_t)(step + (int)n)) % n;
    console_give_pane(c, ids[at]);
}

/* Enter on a row looks closer: at its details, a packet's bytes, a session's transcript. */
static void look_closer(struct console *c)
{
    static const struct {
        enum pane_id from, to;
        enum screen_id screen; /* where both are */
    } ways[] = {{PANE_SOCKETS, PANE_DETAIL, SCREEN_HOME},
                {PANE_PACKETS, PANE_BYTES, SCREEN_PACKETS},
                {PANE_PACKETS_2, PANE_BYTES, SCREEN_PACKETS},
                {PANE_SESSIONS, PANE_SESSION, SCREEN_SESSIONS}};
    enum pane_id ids[PANE_COUNT], from = console_keys_pane(c);
    size_t n = layout_panes(c->screen, &c->as[c->screen], ids);

    for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
        bool here = false;

        if (ways[way].from != from)
            continue;
        for (size_t i = 0; i < n; i++)
            here = here || ids[i] == ways[way].to;
        if (!here)
            console_go(c, ways[way].screen);
        console_give_pane(c, ways[way].to);
        return;
    }
}

/* --- actions ---------------------------------------------------------------------------- */

/* One step back towards the whole table of sockets; false when there is nothing to leave. */
static bool leave(struct console *c)
{
    enum pane_id ids[PANE_COUNT];

    layout_panes(c->screen, NULL, ids);
    if (c->screen == SCREEN_HELP)
        console_go(c, c->before_help);
    else if (c->zoom)
        console_go(c, c->screen);
    else if (console_keys_pane(c) != ids[0])
        console_give_pane(c, ids[0]);
    else if (c->screen >= SCREEN_TABS)
        console_go(c, c->before_wire);
    else
        return false;
    return true;
}

static void leave_or_clear(struct console *c)
{
    if ((c->screen == SCREEN_NAMES && console_names_give_up(c)) || leave(c))
        return;
    if (console_shows_packets(c) && c->model.packet_filter[0])
        console_set_packet_filter(c, "");
    else if (!console_shows_packets(c) && c->model.filter[0])
        console_set_filter(c, "");
}

static void quit(struct console *c)
{
    if (c->screen == SCREEN_HELP)
        console_go(c, c->before_help);
    else if (c->zoom)
        console_go(c, c->screen);
    else if (c->screen >= SCREEN_TABS)
        console_go(c, c->before_wire);
    else if (c->screen != SCREEN_HOME)
        console_go(c, SCREEN_HOME);
    else
        console_ask_quit(c);
}

/* Fills in the command; the path is the person's. */
static void ask_where_to_save(struct console *c)
{
    uint64_t id = console_transcript_session(c);
    char line[64];

    if (c->screen == SCREEN_JOURNAL) {
        console_begin(c, MODE_COMMAND, "save program ");
        return;
    }
    if (console_shows_packets(c)) {
        console_begin(c, MODE_COMMAND,
                      c->screen == SCREEN_LADDER   ? "save ladder "
                      : c->screen == SCREEN_STREAM ? "save stream "
                                                   : "save packets ");
        return;
    }
    if (!id) {
        model_notice(&c->model, true,
                     "there is no session whose transcript could be saved; %s, then %s saves "
                     "packets",
                     key_for(ACTION_PANEL_3), key_for(ACTION_SAVE));
        return;
    }
    snprintf(line, sizeof(line), "save-transcript %llu ", (unsigned long long)id);
    console_begin(c, MODE_COMMAND, line);
}

static void half_close(struct console *c)
{
    const struct session_status *s = model_session(&c->model, c->model.focus.session_id);
    struct command command = command_default(VERB_HALF_CLOSE);

    if (!s) {
        model_notice(&c->model, true, "the selected row is no session of ours");
        return;
    }
    command.target_id = s->id;
    console_command(c, &command);
}

static void toggle_pause(struct console *c)
{
    model_pause(&c->model, !c->model.paused);
    if (!c->model.paused)
        console_unpause(c);
    else /* stand still at this moment, not at the newest frame */
        console_tell_all(c, PANEL_TICK);
}

static void redraw(struct console *c)
{
    term_resize(c->term);
    term_redraw(c->term);
}

/* What is done with the packet that is shown; false: it is something else. */
static bool act_on_packet(struct console *c, enum action action)
{
    switch (action) {
    case ACTION_MARK:
    case ACTION_GO_MARK:
        console_begin_mark(c, action);
        return true;
    case ACTION_TAG:
        console_tag(c);
        return true;
    case ACTION_TIME_REFERENCE:
        console_time_reference(c);
        return true;
    case ACTION_NEXT_FINDING:
    case ACTION_PREVIOUS_FINDING:
    case ACTION_NEXT_OF_CONVERSATION:
    case ACTION_PREVIOUS_OF_CONVERSATION:
        console_seek(c, action);
        return true;
    case ACTION_COMPARE:
        console_compare(c);
        return true;
    case ACTION_SOCKET:
        console_socket(c);
        return true;
    case ACTION_LOOK_UP:
        console_look_up(c);
        return true;
    case ACTION_CAPTURE_FILTER:
        console_begin_capture_filter(c);
        return true;
    case ACTION_FOLLOW:
        console_to_stream(c);
        return true;
    default:
        return false;
    }
}

/* Whoever presses a key sees that it was heard; what only moves stops at an end silently. */
static void tell_unused(struct console *c, enum action action)
{
    switch (action) {
    case ACTION_UP:
    case ACTION_DOWN:
    case ACTION_LEFT:
    case ACTION_RIGHT:
    case ACTION_PAGE_UP:
    case ACTION_PAGE_DOWN:
    case ACTION_FIRST:
    case ACTION_LAST:
        break;
    default:
        model_notice(&c->model, false, "%s (%s) does nothing in this pane", key_for(action),
                     actions[action].name);
        break;
    }
}

/* What no panel wanted. */
static void act(struct console *c, enum action action)
{
    switch (action) {
    case ACTION_HELP:
        console_go(c, c->screen == SCREEN_HELP ? c->before_help : SCREEN_HELP);
        break;
    case ACTION_OPEN:
        console_begin_verb(c, "connect ");
        break;
    case ACTION_SERVE:
        console_begin_verb(c, "serve ");
        break;
    case ACTION_TYPE:
        console_begin_typing(c);
        break;
    case ACTION_SEARCH:
        console_begin(c, MODE_SEARCH, "");
        break;
    case ACTION_FILTER:
        console_begin_filter(c);
        break;
    case ACTION_SETTINGS:
        console_go(c, SCREEN_SETTINGS);
        break;
    case ACTION_PALETTE:
        console_palette(c);
        break;
    case ACTION_COMMAND:
        console_begin(c, MODE_COMMAND, "");
        break;
    case ACTION_NEXT_PANE:
        next_pane(c, 1);
        break;
    case ACTION_PREVIOUS_PANE:
        next_pane(c, -1);
        break;
    case ACTION_ZOOM:
        c->zoom = !c->zoom;
        console_lay_out(c);
        break;
    case ACTION_UNDO:
    case ACTION_REDO:
        console_undo(c, action == ACTION_REDO);
        break;
    case ACTION_LAYOUT:
        console_next_layout(c);
        break;
    case ACTION_LARGER:
    case ACTION_SMALLER:
    case ACTION_WIDER:
    case ACTION_NARROWER:
        console_resize_pane(c, action);
        break;
    case ACTION_SCROLL_UP: /* where nothing scrolls by itself the cursor does */
    case ACTION_SCROLL_DOWN:
        tell_action(c, console_keys_pane(c),
                    action == ACTION_SCROLL_UP ? ACTION_UP : ACTION_DOWN);
        break;
    case ACTION_DETAILS:
        look_closer(c);
        break;
    case ACTION_HEX:
    case ACTION_VIEW:
        tell_action(c, PANE_SESSION, action);
        break;
    case ACTION_PICK_VIEW:
        console_begin(c, MODE_COMMAND, "view ");
        break;
    case ACTION_PAUSE:
        toggle_pause(c);
        break;
    case ACTION_HALF_CLOSE:
        half_close(c);
        break;
    case ACTION_COMPOSE:
        console_go(c, SCREEN_COMPOSE);
        tell_action(c, PANE_COMPOSE, action);
        break;
    case ACTION_OPTIONS:
        console_go(c, SCREEN_OPTIONS);
        break;
    case ACTION_CLOSE:
        console_ask_close(c);
        break;
    case ACTION_SAVE:
        ask_where_to_save(c);
        break;
    case ACTION_ASK_WHY:
        console_why(c);
        break;
    case ACTION_ACT:
        console_menu(c);
        break;
    case ACTION_EXPLAIN:
        console_explain(c);
        break;
    case ACTION_COPY:
        console_copy(c, COPY_TEXT);
        break;
    case ACTION_LEAVE:
        leave_or_clear(c);
        break;
    case ACTION_QUIT:
        quit(c);
        break;
    case ACTION_QUIT_NOW:
        console_stop(c, 0);
        break;
    case ACTION_REDRAW:
        redraw(c);
        break;
    case ACTION_SUSPEND:
        if (!c->acted_out)
            console_suspend(c);
        break;
    default:
        if (!act_on_packet(c, action) && !console_go_tab(c, action))
            tell_unused(c, action);
        break;
    }
}

void console_action(struct console *c, enum action action)
{
    if (action != ACTION_NONE)
        log_line(c->log, "action", "%s", actions[action].name);
    if (action != ACTION_NONE && tell_action(c, console_keys_pane(c), action) == PANEL_IGNORED)
        act(c, action);
}

/* --- keys ------------------------------------------------------------------------------- */

/* A paste into nowhere must not become thirty actions. */
static bool swallow_paste(struct console *c, uint32_t key)
{
    if (key == KEYS_PASTE_BEGIN || key == KEYS_PASTE_END) {
        c->pasting = key == KEYS_PASTE_BEGIN;
        c->burst = false;
        return true;
    }
    if ((!c->pasting && !c->burst) ||
        (c->mode != MODE_KEYS && c->mode != MODE_ASK && c->mode != MODE_MENU &&
         c->mode != MODE_MARK && c->mode != MODE_EXPLAIN && c->mode != MODE_BIND))
        return false;
    model_notice(&c->model, true, "what was pasted was left out: %s types into a session",
                 key_for(ACTION_TYPE));
    return true;
}

/* Whoever types goes on for a moment after the session has ended: the rest of the line must not
 * become actions. */
static bool swallow_rest(struct console *c, uint32_t key)
{
    uint64_t last_ns = c->cut_short_ns, now = clock_shown_ns();
    bool ends = key == KEYS_ENTER || key == KEYS_ESCAPE;

    c->cut_short_ns = 0;
    if (!last_ns || c->mode != MODE_KEYS || now > last_ns + REST_NS ||
        (key > KEY_SPECIAL && !ends && key != KEYS_BACKSPACE))
        return false;
    if (!ends)
        c->cut_short_ns = now;
    return true;
}

/* A key of its own: neither of a paste nor of what was being typed. */
static void take_key(struct console *c, uint32_t key)
{
    char word[CONFIG_KEY_BYTES];

    c->notice_gone_ns = c->model.notice_ns; /* a key says that it was seen */
    c->hinted = false;
    if (c->mode != MODE_KEYS)
        console_prompt_key(c, key);
    else if (key == CONTROL_C && (console_why_give_up(c) || console_names_give_up(c)))
        return;
    else if (key == CONTROL_C)
        model_notice(&c->model, false, "%s quits, %s without a question", key_for(ACTION_QUIT),
                     key_for(ACTION_QUIT_NOW));
    else if (action_of_key(key) == ACTION_NONE && key_word(key, word, sizeof(word)))
        model_notice(&c->model, false, "%s is no key here: %s lists them, %s finds by name",
                     word, key_for(ACTION_HELP), key_for(ACTION_PALETTE));
    else
        console_action(c, action_of_key(key));
}

void console_key(struct console *c, uint32_t key)
{
    console_urgent(c);
    c->key_ns = clock_now_ns();
    if (swallow_paste(c, key) || swallow_rest(c, key))
        return;
    c->pointer.holds = false; /* a border that was let go outside the window */
    console_keep_view(c);
    take_key(c, key);
    console_keep_view(c);
}
