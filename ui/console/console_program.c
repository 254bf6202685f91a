/* The selected session as a program that repeats it: into a file, into the clipboard. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/regular.h"
#include "core/base/text.h"
#include "core/model/errors.h"
#include "core/report/program.h"
#include "ui/console/console_state.h"
#include "ui/console/journal_panel.h"

static void refuse(struct console *c, const struct err *err)
{
    char text[MODEL_NOTICE_BYTES];

    error_format(err, text, sizeof(text));
    model_notice(&c->model, true, "%s", text);
}

/* What is selected: a call's, the focus's, else the newest of ours.  A server's number, too. */
static uint64_t selected(const struct console *c)
{
    const struct model *m = &c->model;
    const struct server_status *server =
        m->focus.kind == FOCUS_ROW ? model_server_by_cookie(m, m->focus.row.cookie) : NULL;
    uint64_t id = c->screen == SCREEN_JOURNAL
                      ? journal_panel_session(c->panels[PANE_JOURNAL], m)
                      : m->focus.session_id;

    return id ? id : server ? server->id : console_transcript_session(c);
}

/* A server of streams is repeated with the client that came last. */
static const struct session_status *newest_accepted(const struct model *m, uint64_t server_id)
{
    for (size_t i = m->n_sessions; i-- > 0;)
        if (m->sessions[i].server_id == server_id)
            return &m->sessions[i];
    return NULL;
}

static int make(struct console *c, struct program *ret, struct err *err)
{
    const struct model *m = &c->model;
    uint64_t id = selected(c);
    const struct session_status *session = model_session(m, id);
    const struct server_status *server = model_server(m, session ? session->server_id : id);

    if (!session && server)
        session = newest_accepted(m, server->id);
    if (!session && !server)
        return err_set(err, -EINVAL, "program", "",
                       "there is no session to repeat: connect ENDPOINT opens one");
    return program_make(m->journal, session, server, ret, err);
}

/* What a program does not repeat must not be missed. */
static void say_made(struct console *c, const struct program *p, const char *where)
{
    char bytes[TEXT_NUMBER_BYTES];

    if (p->cut)
        model_notice(&c->model, true, "%s: only the first %zu calls of %s", where, p->n,
                     p->title);
    else if (p->unkept_bytes)
        model_notice(&c->model, true, "%s: %s; %s bytes of what it sent were not kept", where,
                     p->title, text_number(p->unkept_bytes, bytes));
    else
        model_notice(&c->model, false, "%s: %s, %zu calls", where, p->title, p->n);
}

struct written {
    const struct program *program;
    enum program_language language;
};

static void put(FILE *out, const void *ctx)
{
    const struct written *w = ctx;

    program_write(out, w->program, w->language);
}

void console_save_program(struct console *c, const struct command *command)
{
    struct program program = {.n = 0};
    struct written w = {&program, (enum program_language)command->form};
    struct err err = {0};
    char path[80];

    if (make(c, &program, &err) < 0) {
        refuse(c, &err);
        return;
    }
    text_clean(command->text, strlen(command->text), path, sizeof(path));
    if (regular_write(command->text, put, &w, &err) < 0)
        refuse(c, &err);
    else
        say_made(c, &program, path);
    program_done(&program);
}

void console_copy_program(struct console *c)
{
    enum program_language language = journal_panel_language(c->panels[PANE_JOURNAL]);
    struct program program = {.n = 0};
    struct err err = {0};
    char *text = NULL;
    size_t len = 0;
    FILE *out;

    if (make(c, &program, &err) < 0) {
        refuse(c, &err);
        return;
    }
    out = mem_stream(&text, &len);
    program_write(out, &program, language);
    mem_stream_end(out, &text);
    if (!term_copy(c->term, text, len))
        model_notice(&c->model, true,
                     "copy: the program is too long for a clipboard; :save program writes it");
    else
        say_made(c, &program,
                 language == PROGRAM_C ? "given to the terminal's clipboard as C"
                                       : "given to the terminal's clipboard as Python");
    free(text);
    program_done(&program);
}

void console_copy_call(struct console *c)
{
    char *text = journal_panel_text(c->panels[PANE_JOURNAL], &c->model);

    if (!text)
        model_notice(&c->model, true, "copy: no call is selected");
    else if (!term_copy(c->term, text, strlen(text)))
        model_notice(&c->model, true, "copy: the call is too long for a clipboard");
    else
        model_notice(&c->model, false,
                     "given to the terminal's clipboard, if it takes any (OSC 52): the call");
    free(text);
}
