/* The modes in which text is typed: into a session, a command, a filter, a search, an answer.
 *
 * A line typed into a session is sent with a line feed behind it, as nc(1) and telnet(1) do;
 * `:send` sends exactly what it is told. */
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "ui/cli/say.h"
#include "ui/console/console_state.h"
#include "ui/console/figures.h"
#include "ui/console/history.h"

#define CONTROL(letter) ((letter)&0x1f)

struct line_edit *console_prompt_line(struct console *c)
{
    switch (c->mode) {
    case MODE_TYPE:
        return &c->typing;
    case MODE_FILTER:
        return &c->filter;
    case MODE_PACKET_FILTER:
        return &c->packet_filter;
    case MODE_CAPTURE_FILTER:
        return &c->capture_filter;
    case MODE_SEARCH:
        return &c->search;
    default:
        return &c->command;
    }
}

/* What is typed into a session is nobody's but the peer's. */
static struct history history_of(struct console *c)
{
    return (struct history){{[HISTORY_COMMAND] = &c->command,
                             [HISTORY_FILTER] = &c->filter,
                             [HISTORY_PACKET_FILTER] = &c->packet_filter,
                             [HISTORY_CAPTURE_FILTER] = &c->capture_filter,
                             [HISTORY_SEARCH] = &c->search}};
}

void console_history_load(struct console *c)
{
    struct history h = history_of(c);
    struct err err = {0};
    char text[MODEL_NOTICE_BYTES];

    if (!config_number(c->setup->config, SETTING_HISTORY) || history_load(&h, &err) == 0)
        return;
    err_format(&err, text, sizeof(text));
    model_notice(&c->model, true, "older lines of the prompts: %s", text);
}

void console_history_save(struct console *c)
{
    size_t most = (size_t)config_number(c->setup->config, SETTING_HISTORY);
    struct history h = history_of(c);
    struct err err = {0};
    char text[4 * ERR_TEXT_BYTES];

    if (history_save(&h, most, &err) == 0)
        return;
    err_format(&err, text, sizeof(text));
    say_line("sockeye: what was typed is not kept: %s", text);
}

void console_begin(struct console *c, enum mode mode, const char *text)
{
    c->mode = mode;
    c->completion.n = 0;
    if (mode != MODE_ASK && mode != MODE_MENU && mode != MODE_MARK && mode != MODE_PALETTE &&
        mode != MODE_FORM && mode != MODE_BIND)
        line_edit_set(console_prompt_line(c), text);
    console_urgent(c);
}

static void end(struct console *c)
{
    c->mode = MODE_KEYS;
    c->completion.n = 0;
}

static bool has_ended(const struct session_status *s)
{
    return s->state == SESSION_CLOSED || s->state == SESSION_FAILED;
}

static void say_ended(struct console *c, const struct session_status *s)
{
    const char *kept = c->typing.len ? "; what was typed is kept" : "";

    if (s->err.code)
        model_notice(&c->model, true, "session %llu has ended: %s%s", (unsigned long long)s->id,
                     figure_error(&s->err), kept);
    else
        model_notice(&c->model, false, "session %llu has ended%s", (unsigned long long)s->id,
                     kept);
}

/* The line stays for the next time. */
void console_cut_short(struct console *c, const struct session_status *s)
{
    if (c->mode != MODE_TYPE || s->id != c->typing_session || !has_ended(s))
        return;
    end(c);
    c->cut_short_ns = clock_shown_ns();
    say_ended(c, s);
}

void console_begin_typing(struct console *c)
{
    uint64_t id = model_typing_session(&c->model);

    if (!id) {
        model_notice(&c->model, true, "no session of ours is open; %s opens one",
                     key_for(ACTION_OPEN));
        return;
    }
    if (c->model.focus.session_id != id) {
        struct focus focus = model_focus_of_session(&c->model, id);

        model_focus(&c->model, &focus);
        c->news = true;
    }
    c->typing_session = id;
    c->mode = MODE_TYPE;
    c->completion.n = 0;
}

/* --- questions -------------------------------------------------------------------------- */

void console_ask_quit(struct console *c)
{
    size_t sessions = console_n_sessions(&c->model), servers = console_n_servers(&c->model);

    /* What is open in a recording cannot be closed. */
    if (c->replay && !c->acted_out)
        sessions = servers = 0;
    if (!sessions && !servers) {
        console_stop(c, 0);
        return;
    }
    c->answer_command[0] = '\0';
    c->act.kind = ACT_NONE;
    snprintf(c->question, sizeof(c->question), "quit and close %zu session%s and %zu server%s?",
             sessions, sessions == 1 ? "" : "s", servers, servers == 1 ? "" : "s");
    console_begin(c, MODE_ASK, "");
}

static size_t open_with_tag(const struct model *m, const char *tag)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n_sessions; i++)
        n += strcmp(m->sessions[i].tag, tag) == 0 && !has_ended(&m->sessions[i]);
    return n;
}

void console_ask_close(struct console *c)
{
    const struct session_status *s = model_session(&c->model, c->model.focus.session_id);
    const struct server_status *server =
        c->model.focus.kind == FOCUS_ROW
            ? model_server_by_cookie(&c->model, c->model.focus.row.cookie)
            : NULL;
    char endpoint[ENDPOINT_TEXT_BYTES];

    c->act.kind = ACT_NONE;
    if (s && !has_ended(s) && s->tag[0]) {
        size_t n = open_with_tag(&c->model, s->tag);

        if (n == 1)
            snprintf(c->question, sizeof(c->question), "close the session tagged %s?", s->tag);
        else
            snprintf(c->question, sizeof(c->question), "close the %zu sessions tagged %s?", n,
                     s->tag);
        snprintf(c->answer_command, sizeof(c->answer_command), "close tag:%s", s->tag);
    } else if (s && !has_ended(s)) {
        snprintf(c->question, sizeof(c->question), "close session %llu, %.80s?",
                 (unsigned long long)s->id, endpoint_format(&s->endpoint, endpoint));
        snprintf(c->answer_command, sizeof(c->answer_command), "close %llu",
                 (unsigned long long)s->id);
    } else if (server && server->listening) {
        snprintf(c->question, sizeof(c->question),
                 "stop server %llu, %.80s, and close what it accepted?",
                 (unsigned long long)server->id, endpoint_format(&server->endpoint, endpoint));
        snprintf(c->answer_command, sizeof(c->answer_command), "stop %llu",
                 (unsigned long long)server->id);
    } else {
        model_notice(&c->model, true, "the selected row is no open session or server of ours");
        return;
    }
    console_begin(c, MODE_ASK, "");
}

static void answer(struct console *c, uint32_t key)
{
    bool yes = key == 'y' || key == 'Y';

    if (!yes && key != 'n' && key != 'N' && key != KEYS_ESCAPE && key != CONTROL(']') &&
        key != CONTROL('c'))
        return; /* only an answer ends a question */
    end(c);
    if (yes && c->act.kind != ACT_NONE)
        console_act_now(c);
    else if (yes && c->answer_command[0])
        console_line(c, c->answer_command);
    else if (yes)
        console_stop(c, 0);
}

/* --- completion ------------------------------------------------------------------------- */

void console_complete(struct console *c)
{
    struct line_edit *line = &c->command;
    char common[COMPLETE_TEXT_BYTES + 2];
    size_t typed, len;

    complete_line(line->text, line->cursor, &c->model, &c->completion);
    if (!c->completion.n) {
        model_notice(&c->model, false, "nothing completes this");
        return;
    }
    len = complete_common(&c->completion, common, sizeof(common));
    typed = line->cursor - c->completion.start;
    if (len > typed)
        line_edit_insert(line, common + typed, len - typed);
    if (c->completion.n == 1)
        c->completion.n = 0;
}

/* --- ends of a line --------------------------------------------------------------------- */

static void send_line(struct console *c)
{
    const struct session_status *s = model_session(&c->model, c->typing_session);
    struct command command = command_default(VERB_SEND);

    if (s && has_ended(s)) {
        console_cut_short(c, s);
        return;
    }
    command.target_id = c->typing_session;
    memcpy(command.text, c->typing.text, c->typing.len);
    command.text[c->typing.len] = '\n';
    command.text_len = c->typing.len + 1;
    if (console_command(c, &command))
        line_edit_accept(&c->typing);
}

/* Our newest server that listens; NULL: none does. */
static const struct server_status *newest_server(const struct model *m)
{
    for (size_t i = m->n_servers; i > 0; i--)
        if (m->servers[i - 1].listening)
            return &m->servers[i - 1];
    return NULL;
}

/* What Enter does where nothing stands behind the verb: "serve echo", "connect" to our newest
 * server.  False: it needs a word. */
static bool complete_alone(const struct model *m, const char *text, char *line, size_t size)
{
    const struct server_status *server = newest_server(m);
    char endpoint[ENDPOINT_TEXT_BYTES];

    if (strcmp(text, "serve ") == 0)
        snprintf(line, size, "serve echo");
    else if (strcmp(text, "connect ") == 0 && server)
        snprintf(line, size, "connect %s", endpoint_format(&server->endpoint, endpoint));
    else
        return false;
    return true;
}

void console_begin_verb(struct console *c, const char *text)
{
    char line[LINE_EDIT_BYTES + 1];

    console_begin(c, MODE_COMMAND, text);
    if (complete_alone(&c->model, text, line, sizeof(line)))
        model_notice(&c->model, false, "Enter alone: %s; Tab shows what else there is", line);
    else if (strcmp(text, "connect ") == 0)
        model_notice(&c->model, false,
                     "where to: HOST:PORT, such as 127.0.0.1:8080, or unix:/PATH; %s starts a "
                     "server here to try it with",
                     key_for(ACTION_SERVE));
}

static void accept_line(struct console *c)
{
    char text[LINE_EDIT_BYTES + 1];
    struct panel_event event = {.kind = PANEL_SEARCH, .text = text};
    enum mode mode = c->mode;

    if (mode == MODE_TYPE) {
        send_line(c);
        return;
    }
    snprintf(text, sizeof(text), "%s", console_prompt_line(c)->text);
    line_edit_accept(console_prompt_line(c));
    end(c);
    if (mode == MODE_FILTER) {
        console_set_filter(c, text);
    } else if (mode == MODE_PACKET_FILTER) {
        console_set_packet_filter(c, text);
    } else if (mode == MODE_CAPTURE_FILTER) {
        console_set_capture_filter(c, text);
    } else if (mode == MODE_COMMAND) {
        complete_alone(&c->model, text, text, sizeof(text));
        console_typed_line(c, text);
    } else if (text[0] && console_tell(c, console_keys_pane(c), &event) == PANEL_IGNORED) {
        model_notice(&c->model, true, "there is nothing to search in this pane");
    }
}

/* Keys that mean the same while typing as otherwise. */
static bool keeps_meaning(struct console *c, uint32_t key)
{
    enum action action = action_of_key(key);
    struct panel_event event = {.kind = PANEL_ACTION, .action = action};

    if (c->mode == MODE_TYPE && (action == ACTION_PAGE_UP || action == ACTION_PAGE_DOWN) &&
        key > KEY_SPECIAL) {
        console_tell(c, PANE_SESSION, &event);
        return true;
    }
    if (action != ACTION_REDRAW && action != ACTION_SUSPEND)
        return false;
    console_action(c, action);
    return true;
}

/* What is pasted is text: a control byte in it is no key.  0: it is left out, and said. */
static uint32_t pasted_key(struct console *c, uint32_t key)
{
    /* A line end ends a line of a session, and parts words elsewhere. */
    if (key == KEYS_ENTER || key == KEYS_TAB)
        return c->mode == MODE_TYPE ? key : ' ';
    if (key >= ' ' && key < KEY_SPECIAL)
        return key;
    model_notice(&c->model, true, "control characters in what was pasted were left out");
    return 0;
}

/* What a full line does not take must not be missed by accident. */
static void edit(struct console *c, struct line_edit *line, uint32_t key)
{
    size_t before = line->len;

    if (line_edit_key(line, key) && key >= ' ' && key < KEY_SPECIAL && line->len == before)
        model_notice(&c->model, true, "a line has at most %d bytes: the rest was left out",
                     LINE_EDIT_BYTES);
}

/* What the pane does not take ends it, or means what it always does. */
static void form_key(struct console *c, uint32_t key)
{
    bool leaves = key == KEYS_ESCAPE || key == CONTROL(']') || key == CONTROL('c');
    struct panel_event event = {.kind = PANEL_KEY, .key = leaves ? KEYS_ESCAPE : key};

    if (console_tell(c, console_keys_pane(c), &event) == PANEL_HANDLED)
        return;
    if (leaves || key == KEYS_ENTER)
        end(c);
    if (leaves && c->screen == SCREEN_COMPOSE)
        console_go(c, c->before_wire);
    else if (!leaves && key != KEYS_ENTER)
        keeps_meaning(c, key);
}

void console_prompt_key(struct console *c, uint32_t key)
{
    struct line_edit *line = console_prompt_line(c);

    if (c->mode == MODE_ASK) {
        answer(c, key);
        return;
    }
    if (c->mode == MODE_MENU) {
        console_menu_key(c, key);
        return;
    }
    if (c->mode == MODE_PALETTE) {
        console_palette_key(c, c->pasting ? pasted_key(c, key) : key);
        return;
    }
    if (c->mode == MODE_MARK) {
        console_mark_key(c, key);
        return;
    }
    if (c->mode == MODE_EXPLAIN) {
        console_explain_key(c, key);
        return;
    }
    if (c->mode == MODE_BIND) {
        console_bind_key(c, key);
        return;
    }
    if (c->pasting)
        key = pasted_key(c, key);
    if (!key)
        return;
    if (c->mode == MODE_FORM) {
        form_key(c, key);
        return;
    }
    if (key != KEYS_TAB)
        c->completion.n = 0;
    if (key == KEYS_ENTER)
        accept_line(c);
    else if (key == KEYS_ESCAPE || key == CONTROL(']') || key == CONTROL('c'))
        end(c);
    else if (key == KEYS_BACKSPACE && !line->len && c->mode != MODE_TYPE)
        end(c);
    else if (key == KEYS_TAB && c->mode == MODE_COMMAND)
        console_complete(c);
    else if (key == KEYS_TAB)
        line_edit_insert(line, c->mode == MODE_TYPE ? "\t" : " ", 1);
    else if (!keeps_meaning(c, key))
        edit(c, line, key);
}
