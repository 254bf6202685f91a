/* What the console writes into the log for bug reports: what was asked of it and what it said.  Bytes
 * of sessions, and what may hold a password, stay out. */
#include <errno.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/model/secret.h"
#include "ui/console/console_state.h"

static const char *or_none(const char *text)
{
    return text && *text ? text : "-";
}

static void log_settings(struct console *c)
{
    const struct config *config = c->setup->config;

    for (int i = 0; i < SETTING_COUNT; i++)
        if (config->values[i].from != FROM_DEFAULT)
            log_line(c->log, "setting", "%s %s", setting_infos[i].name, config->values[i].text);
    for (size_t i = 0; i < config->n_bindings; i++)
        log_line(c->log, "setting", "keys.%s %zu", config->bindings[i].action,
                 config->bindings[i].n);
}

int console_log_open(struct console *c, struct err *err)
{
    const char *path = config_text(c->setup->config, SETTING_LOG);
    struct utsname host;
    int r = path[0] ? log_open(path, &c->log, err) : 0;

    if (!c->log)
        return r;
    log_line(c->log, "begin", "sockeye %s, process %d, %s", SOCKEYE_VERSION, (int)getpid(),
             geteuid() == 0 ? "as root" : "not as root");
    if (uname(&host) == 0)
        log_line(c->log, "host", "%s %s %s", host.sysname, host.release, host.machine);
    log_line(c->log, "terminal", "TERM %s, COLORTERM %s, NO_COLOR %s, %s",
             or_none(getenv("TERM")), or_none(getenv("COLORTERM")), or_none(getenv("NO_COLOR")),
             nl_langinfo(CODESET));
    log_settings(c);
    return 0;
}

void console_log_close(struct console *c)
{
    log_line(c->log, "end", "status %d", c->exit_code);
    log_close(c->log);
    c->log = NULL;
}

/* The names alone: "send 2", not what is sent. */
void console_log_command(struct console *c, const struct command *command)
{
    char text[ENDPOINT_TEXT_BYTES] = "", hidden[COMMAND_TEXT_BYTES + 64];
    const struct verb_info *v = &verbs[command->verb];

    if (!c->log)
        return;
    if (command->verb == VERB_CONNECT || command->verb == VERB_SERVE)
        endpoint_format(&command->endpoint, text);
    secret_hide(v->target == TO_CONSOLE ? command->text : "", hidden, sizeof(hidden));
    log_line(c->log, "command", "%s %s%s%s session %llu", v->name, command->service, text,
             hidden, (unsigned long long)command->target_id);
}

static bool session_is_news(const struct model *m, const struct session_status *s)
{
    const struct session_status *before = model_session(m, s->id);

    return !s->server_id && (!before || before->state != s->state);
}

static bool server_is_news(const struct model *m, const struct server_status *s)
{
    const struct server_status *before = model_server(m, s->id);

    return !before || before->listening != s->listening;
}

/* Before the model has it: only what became another is told, not every count, nor those that a
 * server accepted. */
void console_log_event(struct console *c, const struct event *e)
{
    char text[ERR_TEXT_BYTES * 4];

    if (!c->log)
        return;
    if (e->kind == EVENT_SESSION && session_is_news(&c->model, &e->session)) {
        err_format(&e->session.err, text, sizeof(text));
        log_line(c->log, "session", "%llu is %s%s%s", (unsigned long long)e->session.id,
                 session_state_name(e->session.state), e->session.err.code ? ": " : "",
                 e->session.err.code ? text : "");
    } else if (e->kind == EVENT_SERVER && server_is_news(&c->model, &e->server)) {
        log_line(c->log, "server", "%llu %s %s", (unsigned long long)e->server.id,
                 e->server.service, e->server.listening ? "listens" : "has stopped");
    } else if (e->kind == EVENT_REPLY && e->reply.err.code) {
        err_format(&e->reply.err, text, sizeof(text));
        log_line(c->log, "refused", "%s", text);
    }
}

/* What a frame shows that the one before did not. */
void console_log_frame(struct console *c)
{
    int rows = surface_rows(c->surface), columns = surface_columns(c->surface);
    char said[MODEL_NOTICE_BYTES + 64];
    enum pane_id ids[PANE_COUNT];

    if (!c->log)
        return;
    layout_panes(c->screen, NULL, ids);
    if (rows != c->logged.rows || columns != c->logged.columns)
        log_line(c->log, "size", "%d rows, %d columns, depth of colours %d", rows, columns,
                 (int)term_depth(c->term));
    if (c->logged.screen != c->screen || !c->logged.rows)
        log_line(c->log, "screen", "%s", layout_pane_name(ids[0]));
    if (c->model.notice_ns != c->logged.notice_ns)
        log_line(c->log, c->model.notice_bad ? "trouble" : "notice", "%s",
                 secret_hide(c->model.notice, said, sizeof(said)));
    c->logged.rows = rows;
    c->logged.columns = columns;
    c->logged.screen = c->screen;
    c->logged.notice_ns = c->model.notice_ns;
}
