/* Command lines go to whoever carries them out; events and replies come back here. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/command.h"
#include "core/model/errors.h"
#include "core/report/transcript.h"
#include "ui/console/console_state.h"

static bool refuse(struct console *c, const struct err *err)
{
    char text[MODEL_NOTICE_BYTES];

    error_format(err, text, sizeof(text));
    model_notice(&c->model, true, "%s", text);
    return false;
}

/* --- commands --------------------------------------------------------------------------- */

void console_set_filter(struct console *c, const char *text)
{
    struct err err = {0};

    if (model_set_filter(&c->model, text, &err) == 0)
        return;
    refuse(c, &err);
    console_begin(c, MODE_FILTER, text); /* to be mended */
    if (err.place && err.place <= c->filter.len)
        c->filter.cursor = err.place - 1;
}

void console_set_view(struct console *c, enum socket_view view)
{
    c->model.view = view;
    console_tell_all(c, PANEL_TICK); /* also on a paused display */
    console_urgent(c);
}

static void set_view(struct console *c, const char *name)
{
    enum socket_view view;

    if (!view_parse(name, &view)) {
        model_notice(&c->model, true, "there is no view '%s'", name);
        return;
    }
    console_set_view(c, view);
    if (c->screen != SCREEN_HOME)
        console_go(c, SCREEN_HOME);
}

static void set_columns(struct console *c, const char *names)
{
    struct err err = {0};

    if (model_set_columns(&c->model, names, &err) < 0)
        refuse(c, &err);
    else if (c->model.n_columns && c->model.view != VIEW_LIST)
        model_notice(&c->model, false, "the columns are those of the list: %s or :view list",
                     key_for(ACTION_VIEW));
}

static void go_to(struct console *c, const char *panel)
{
    if (!strcmp(panel, "stream"))
        console_to_stream(c);
    else if (!strcmp(panel, "socket"))
        console_to_socket(c);
    else if (!console_go_tab(c, action_by_name(panel)))
        model_notice(&c->model, true, "there is no panel '%s'", panel);
}

uint64_t console_transcript_session(const struct console *c)
{
    uint64_t id = c->model.focus.session_id;

    for (size_t i = c->model.n_sessions; i > 0 && !id; i--)
        if (!c->model.sessions[i - 1].server_id)
            id = c->model.sessions[i - 1].id;
    return id;
}

/* What the ring has lost is told: by what the session counted itself. */
static void save_transcript(struct console *c, const struct command *command)
{
    uint64_t id = command->target_id ? command->target_id : console_transcript_session(c);
    const struct session_status *s = model_session(&c->model, id);
    char passages[TEXT_NUMBER_BYTES], bytes[TEXT_NUMBER_BYTES], path[80];
    struct transcript_saved saved;
    struct err err = {0};
    uint64_t lost;

    if (!s) {
        model_notice(&c->model, true, "save-transcript: there is no such session");
        return;
    }
    if (transcript_save(c->model.transcript, id, command->text,
                        (enum transcript_format)command->format, &saved, &err) < 0) {
        refuse(c, &err);
        return;
    }
    lost = s->sent_bytes + s->received_bytes > saved.sent_bytes + saved.received_bytes
               ? s->sent_bytes + s->received_bytes - saved.sent_bytes - saved.received_bytes
               : 0;
    text_clean(command->text, strlen(command->text), path, sizeof(path));
    if (lost)
        model_notice(&c->model, true,
                     "%s: %s passages of session %llu; %s of its bytes are no longer kept",
                     path, text_number(saved.passages, passages), (unsigned long long)id,
                     text_number(lost, bytes));
    else
        model_notice(&c->model, false, "%s: all %s passages of session %llu", path,
                     text_number(saved.passages, passages), (unsigned long long)id);
}

static void do_here(struct console *c, const struct command *command)
{
    switch (command->verb) {
    case VERB_FILTER:
        console_set_filter(c, command->text);
        break;
    case VERB_PACKETS_FILTER:
        console_set_packet_filter(c, command->text);
        break;
    case VERB_CAPTURE_FILTER:
        console_set_capture_filter(c, command->text);
        break;
    case VERB_VIEW:
        set_view(c, command->text);
        break;
    case VERB_COLUMNS:
        set_columns(c, command->text);
        break;
    case VERB_LAYOUT:
        console_set_layout(c, command->text);
        break;
    case VERB_SPLIT:
        console_split(c, command->text);
        break;
    case VERB_UNSPLIT:
        console_unsplit(c);
        break;
    case VERB_WORKSPACE:
        console_workspace(c, command);
        break;
    case VERB_MOUSE:
        console_set(c, SETTING_MOUSE, command->off ? "off" : "on");
        break;
    case VERB_THEME:
        console_theme(c, command->text);
        break;
    case VERB_SETTING:
        console_setting(c, command->text);
        break;
    case VERB_GOTO:
        go_to(c, command->text);
        break;
    case VERB_SAVE_TRANSCRIPT:
        if (!c->acted_out)
            save_transcript(c, command);
        break;
    case VERB_SAVE:
        if (c->acted_out)
            break;
        if (command->format >= SAVE_PACKETS)
            console_save_wire(c, command);
        else if (command->format == SAVE_PROGRAM)
            console_save_program(c, command);
        else
            console_save(c, command);
        break;
    case VERB_COPY:
        console_copy(c, (enum copy_form)command->format);
        break;
    case VERB_DESTROY:
        console_destroy(c);
        break;
    case VERB_SIGNAL:
        console_signal(c, command);
        break;
    case VERB_WHY:
        console_why_command(c, command);
        break;
    case VERB_EXPLAIN:
        console_explain_word(c, command->text);
        break;
    case VERB_LESSON:
        console_lesson(c, command->text);
        break;
    case VERB_RESOLVE:
        console_resolve(c, command);
        break;
    case VERB_PRIVILEGES:
        console_say_privileges(c);
        break;
    case VERB_HELP:
        console_go(c, SCREEN_HELP);
        break;
    case VERB_QUIT:
        console_ask_quit(c);
        break;
    default:
        break;
    }
}

/* SO_REUSEADDR is on unless an option says otherwise; the last one holds. */
static bool turns_reuse_off(const struct words *options)
{
    static const char name[] = "SO_REUSEADDR=";
    bool off = false;

    for (const char *w = NULL; (w = words_next(options, w)) != NULL;)
        if (strncasecmp(w, name, sizeof(name) - 1) == 0)
            off = strcmp(w + sizeof(name) - 1, "off") == 0 ||
                  strcmp(w + sizeof(name) - 1, "0") == 0;
    return off;
}

static char *line_of(const struct command *command)
{
    char line[COMMAND_LINE_BYTES];
    size_t len = command_format(command, line, sizeof(line));

    return len < sizeof(line) ? mem_copy(line, len + 1) : NULL;
}

static void remember(struct console *c, uint64_t id, const struct command *command)
{
    struct posted p = {.id = id, .verb = command->verb};
    struct posted *place = &c->posted[c->next_posted % POSTED_MAX];

    if (p.verb != VERB_CONNECT && p.verb != VERB_SERVE)
        return;
    if (p.verb == VERB_SERVE) {
        strcpy(p.service, command->service);
        p.endpoint = command->endpoint;
        p.no_reuseaddr = turns_reuse_off(&command->serve.socket.options);
        c->last_serve = p;
    }
    if (place->id)
        console_workspace_reply(c, place, NULL);
    free(place->line);
    *place = p;
    place->line = line_of(command);
    c->next_posted++;
}

uint64_t console_post(struct console *c, const struct command *command)
{
    uint64_t id = c->replay ? console_replay_post(c) : engine_post(c->setup->engine, command);

    if (id)
        remember(c, id, command);
    console_record_post(c, id);
    return id;
}

/* It does something, or asks the host for something, beyond the screen; of what writes a file or
 * the clipboard a person who looks at a replay decides. */
static bool touches_outside(const struct command *command)
{
    switch (command->verb) {
    case VERB_CAPTURE_FILTER:
    case VERB_DESTROY:
    case VERB_SIGNAL:
        return true;
    default:
        return verbs[command->verb].target != TO_CONSOLE;
    }
}

bool console_command(struct console *c, const struct command *command)
{
    struct command copy = *command;

    console_urgent(c);
    console_log_command(c, command);
    if (!c->acted_out && touches_outside(&copy) && console_hands_off(c))
        return true;
    if (verbs[copy.verb].target == TO_CAPTURE) {
        console_capture(c, copy.text);
        return true;
    }
    if (verbs[copy.verb].target == TO_CONSOLE) {
        do_here(c, &copy);
        return true;
    }
    if (copy.verb == VERB_GET && !strcmp(copy.text, COMMAND_ALL_OPTIONS) &&
        c->screen != SCREEN_OPTIONS)
        console_go(c, SCREEN_OPTIONS);
    copy.next_port = copy.verb == VERB_SERVE;
    if (!console_post(c, &copy)) {
        model_notice(&c->model, true, "%s: the engine has too many commands waiting",
                     verbs[copy.verb].name);
        return false;
    }
    return true;
}

bool console_line(struct console *c, const char *line)
{
    struct command command;
    struct err err = {0};

    if (!line[strspn(line, " ")])
        return true;
    if (command_parse(line, &command, &err) < 0)
        return refuse(c, &err);
    return console_command(c, &command);
}

/* --- events ----------------------------------------------------------------------------- */

void console_follow(struct console *c, uint64_t id)
{
    struct focus focus = model_focus_of_session(&c->model, id);

    model_focus(&c->model, &focus);
}

/* The listener's row, made from what we know: the next snapshot has it.  The reply may come
 * before the first status. */
static void focus_server(struct console *c)
{
    const struct server_status *s = model_server(&c->model, c->new_server);
    struct row row = {.state = STATE_LISTEN, .kind = KIND_TCP};
    struct focus focus;

    if (!s)
        return;
    c->new_server = 0;
    if (!endpoint_numeric(&s->endpoint, &row.local))
        return;
    row.cookie = s->cookie;
    row.peer.family = row.local.family;
    focus = model_focus_of_row(&c->model, &row);
    model_focus(&c->model, &focus);
}

void console_follow_server(struct console *c, uint64_t server_id)
{
    c->new_server = server_id;
    focus_server(c);
}

/* Its place may be taken by what is posted next. */
static void answered(struct console *c, struct posted *p, const struct reply *r)
{
    struct posted done = *p;

    p->id = 0;
    p->line = NULL;
    if (!r->err.code && r->id && done.line)
        console_keep_opened(c, &done, r->id);
    console_workspace_reply(c, &done, r);
    free(done.line);
}

static void reply_event(struct console *c, const struct reply *r)
{
    for (size_t i = 0; i < POSTED_MAX; i++) {
        struct posted *p = &c->posted[i];

        if (p->id != r->command_id || !p->id)
            continue;
        if (p->verb == VERB_CONNECT && !r->err.code && r->id)
            console_follow(c, r->id);
        if (p->verb == VERB_SERVE && !r->err.code)
            c->new_server = r->id;
        if (p->verb == VERB_SERVE && r->err.code && !c->lessons.all.taken)
            console_alarm_serve(c, p);
        answered(c, p, r);
    }
}

void console_event(struct console *c, const struct event *event)
{
    console_log_event(c, event);
    console_record_event(c, event);
    model_apply(&c->model, event);
    if (event->kind == EVENT_SESSION) {
        console_cut_short(c, &event->session);
        console_capture_for(c, &event->session);
        if (!c->lessons.all.taken) /* it says itself what to make of a failure */
            console_alarm_session(c, &event->session);
    }
    if (event->kind == EVENT_REPLY)
        reply_event(c, &event->reply);
    if (c->new_server)
        focus_server(c);
    console_demo_event(c, event);
    console_lesson_event(c, event);
}
