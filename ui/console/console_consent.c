/* What a typed line would take away for good is asked first: what is open, a file that is there.
 *
 * Only lines that a person typed come here; an answer, the menu and what was asked already do not. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/text.h"
#include "ui/console/console_state.h"

static bool is_open(const struct session_status *s)
{
    return s->state != SESSION_CLOSED && s->state != SESSION_FAILED;
}

/* Of those that `close all` or `close tag:NAME` closes. */
static size_t n_closed_by(const struct model *m, const struct command *command)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n_sessions; i++) {
        const struct session_status *s = &m->sessions[i];
        bool meant = command->text_len ? strcmp(s->tag, command->text) == 0 : !s->server_id;

        n += meant && is_open(s);
    }
    return n;
}

static bool would_close(struct console *c, const struct command *command)
{
    size_t n = command->all ? n_closed_by(&c->model, command) : 0;
    const char *tag = command->text_len ? command->text : "";

    if (!n)
        return false;
    snprintf(c->question, sizeof(c->question), "close %zu session%s%s%.80s?", n,
             n == 1 ? "" : "s", *tag ? " tagged " : " that we opened", tag);
    return true;
}

static bool would_stop(struct console *c, const struct command *command)
{
    const struct server_status *server = NULL;
    char endpoint[ENDPOINT_TEXT_BYTES];

    for (size_t i = 0; i < c->model.n_servers; i++) {
        const struct server_status *s = &c->model.servers[i];

        if (s->listening && (!command->target_id || s->id == command->target_id))
            server = s;
    }
    if (!server)
        return false;
    snprintf(c->question, sizeof(c->question),
             "stop server %llu, %.80s, and close what it accepted?",
             (unsigned long long)server->id, endpoint_format(&server->endpoint, endpoint));
    return true;
}

/* An empty file has nothing to lose; what is none is refused by who writes. */
static bool would_overwrite(struct console *c, const struct command *command)
{
    char path[4 * COMMAND_TEXT_BYTES], bytes[TEXT_NUMBER_BYTES];
    struct stat st;

    if (lstat(command->text, &st) != 0 || !S_ISREG(st.st_mode) || !st.st_size)
        return false;
    text_clean(command->text, strlen(command->text), path, sizeof(path));
    snprintf(c->question, sizeof(c->question), "overwrite %.200s, %s bytes?", path,
             text_number((uint64_t)st.st_size, bytes));
    return true;
}

static bool takes_away(struct console *c, const struct command *command)
{
    switch (command->verb) {
    case VERB_CLOSE:
        return would_close(c, command);
    case VERB_STOP:
        return would_stop(c, command);
    case VERB_SAVE:
    case VERB_SAVE_TRANSCRIPT:
        return would_overwrite(c, command);
    default:
        return false;
    }
}

void console_typed_line(struct console *c, const char *line)
{
    struct command command;

    /* Who carries it out says what is wrong with it. */
    if (!line[strspn(line, " ")] || command_parse(line, &command, NULL) < 0 ||
        !takes_away(c, &command)) {
        console_line(c, line);
        return;
    }
    c->act.kind = ACT_NONE;
    snprintf(c->answer_command, sizeof(c->answer_command), "%s", line);
    console_begin(c, MODE_ASK, "");
}
