/* From a line to a command, its reply, and what was opened and is taken away again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/scenario/run_internal.h"

/* For what is closed to be gone. */
#define GONE_NS (2 * CLOCK_SECOND_NS)
/* Until the engine is asked again, which had no room for a command. */
#define LATER_NS (20 * CLOCK_MS_NS)

/* --- what is open --------------------------------------------------------------------------- */

static bool is_open(const struct scenario_run *r, const struct opened *o)
{
    const struct server_status *v = o->server ? model_server(r->m, o->id) : NULL;
    const struct session_status *s = o->server ? NULL : model_session(r->m, o->id);

    if (o->server)
        return !v || v->listening;
    return !s || (s->state != SESSION_CLOSED && s->state != SESSION_FAILED);
}

/* The newest of the run that is open; 0: none. */
static uint64_t newest(const struct scenario_run *r, bool server)
{
    for (size_t i = r->n_opened; i > 0; i--)
        if (r->opened[i - 1].server == server && is_open(r, &r->opened[i - 1]))
            return r->opened[i - 1].id;
    return 0;
}

static void add_opened(struct scenario_run *r, const struct command *c, uint64_t id,
                       const char *name)
{
    if (!id || (c->verb != VERB_CONNECT && c->verb != VERB_SERVE))
        return;
    if (r->n_opened == r->opened_room) {
        r->opened_room = r->opened_room ? 2 * r->opened_room : 8;
        r->opened = mem_resize(r->opened, r->opened_room, sizeof(*r->opened));
    }
    r->opened[r->n_opened++] =
        (struct opened){.name = name, .server = c->verb == VERB_SERVE, .id = id};
}

/* Open sessions, as many as fit one command; false: there are none.  in_the_end: each is told
 * once. */
static bool close_some(struct scenario_run *r, bool in_the_end, struct command *c)
{
    *c = command_default(VERB_CLOSE);
    for (size_t i = 0; i < r->n_opened && c->n_targets < COMMAND_TARGETS; i++) {
        struct opened *o = &r->opened[i];

        if (o->server || !is_open(r, o) || (in_the_end && o->told))
            continue;
        o->told = in_the_end;
        c->targets[c->n_targets++] = o->id;
    }
    c->target_id = c->targets[0];
    return c->n_targets > 0;
}

/* --- commands ------------------------------------------------------------------------------- */

/* Which session or server a command means that names none: the run's own, nobody else's. */
static const char *aim(struct scenario_run *r, struct command *c)
{
    bool server = c->verb == VERB_STOP;

    if (c->verb == VERB_CLOSE && c->all && !c->text[0])
        return close_some(r, false, c) ? NULL : "this run has no open session";
    if (c->verb == VERB_CONNECT || c->verb == VERB_SERVE || c->target_id ||
        (c->verb == VERB_CLOSE && c->all))
        return NULL;
    c->target_id = newest(r, server);
    if (c->target_id)
        return NULL;
    return server ? "this run has no server that listens" : "this run has no open session";
}

/* What an exchange opens has no numbers: a tag of its own tells it from others'. */
static void mark_exchange(struct scenario_run *r, struct command *c)
{
    if (c->verb != VERB_CONNECT || !c->connect.connections)
        return;
    if (!c->connect.tag[0])
        snprintf(c->connect.tag, sizeof(c->connect.tag), "run-%llx",
                 (unsigned long long)(r->began_ns & UINT32_MAX));
    strcpy(r->exchange_tag, c->connect.tag);
}

/* 0 and the command in r; -ENOENT: something in it is not known yet; else it is wrong. */
static int prepare(struct scenario_run *r, const char *template, char *why)
{
    bool rest = strncmp(template, "send ", 5) == 0;
    struct err err = {0};
    const char *wrong;
    int rc = run_fill(r, template, rest ? FILL_REST : FILL_WORDS, r->request_line,
                      sizeof(r->request_line), why);

    if (rc < 0)
        return rc;
    if (command_parse(r->request_line, &r->command, &err) < 0) {
        err_format(&err, why, RUN_SEEN_BYTES);
        return -EINVAL;
    }
    wrong = aim(r, &r->command);
    if (wrong) {
        snprintf(why, RUN_SEEN_BYTES, "%.200s: %s", r->request_line, wrong);
        return -EINVAL;
    }
    mark_exchange(r, &r->command);
    r->ask = ASK_POST;
    return 0;
}

static void keep_line(struct scenario_run *r)
{
    struct step_result *result = run_result(r);

    result->lines[result->n_lines++] = mem_copy(r->request_line, strlen(r->request_line));
}

void run_look_commands(struct scenario_run *r, uint64_t now_ns)
{
    const struct scenario_step *step = &r->s->steps[r->step];
    char why[RUN_SEEN_BYTES] = "";
    int rc;

    if (r->ask != ASK_NOTHING || r->pending) {
        if (now_ns >= r->deadline_ns)
            run_fail_step(r, now_ns, "%s: there was no reply in time", r->request_line);
        return;
    }
    if (r->line == step->commands.n) {
        run_settled(r, now_ns);
        return;
    }
    rc = prepare(r, step->commands.list[r->line], why);
    if (rc == 0)
        keep_line(r);
    else if (rc != -ENOENT || now_ns >= r->deadline_ns)
        run_fail_step(r, now_ns, "%s: %s", step->commands.list[r->line], why);
}

static bool expects_error(const struct scenario_step *step)
{
    for (size_t i = 0; i < step->expect.n; i++)
        if (step->expect.list[i].kind == EXPECT_ERROR)
            return true;
    return false;
}

/* The reply to a command of the step. */
static void step_reply(struct scenario_run *r, const struct reply *reply, uint64_t now_ns)
{
    const struct scenario_step *step = &r->s->steps[r->step];
    char text[ERR_TEXT_BYTES * 3];

    if (!reply->err.code) {
        add_opened(r, &r->command, reply->id, step->names[r->line]);
        r->line++;
    } else {
        r->err = reply->err;
        r->line = step->commands.n; /* what comes behind it has nothing to stand on */
        err_format(&reply->err, text, sizeof(text));
        if (!expects_error(step))
            run_fail_step(r, now_ns, "%s: %s", r->request_line, text);
    }
    r->deadline_ns = run_deadline_ns(r, now_ns);
}

void scenario_run_posted(struct scenario_run *r, uint64_t command_id, uint64_t now_ns)
{
    if (r->ask != ASK_POSTED)
        return;
    r->pending = command_id;
    r->ask = command_id ? ASK_NOTHING : ASK_LATER;
    r->later_ns = now_ns + LATER_NS;
}

void scenario_run_reply(struct scenario_run *r, const struct reply *reply, uint64_t now_ns)
{
    if (!r->pending || reply->command_id != r->pending)
        return;
    r->pending = 0;
    r->reply = *reply;
    r->settled_ns = now_ns;
    if (r->phase == RUN_DOING)
        step_reply(r, reply, now_ns);
    else if (!reply->err.code) /* it was under way when the run was stopped */
        add_opened(r, &r->command, reply->id, NULL);
    scenario_run_look(r, now_ns);
}

/* --- in the end ------------------------------------------------------------------------------ */

void run_begin_cleanup(struct scenario_run *r, uint64_t now_ns)
{
    /* An exchange replies when all its sessions have ended, which they do by their tag; what
     * any other command makes is to be closed, so that its reply is waited for. */
    if (r->pending && r->exchange_tag[0])
        r->pending = 0;
    if (r->ask == ASK_POST || r->ask == ASK_LATER)
        r->ask = ASK_NOTHING;
    r->phase = RUN_CLEANING;
    r->stage = STAGE_CLEANUP;
    r->line = 0;
    r->deadline_ns = UINT64_MAX;
    run_look_cleanup(r, now_ns);
}

/* What cannot be done in the end is no failure: it may be about what a failed step never made. */
static void clean(struct scenario_run *r)
{
    char why[RUN_SEEN_BYTES];

    while (r->ask == ASK_NOTHING && r->line < r->s->cleanup.n)
        prepare(r, r->s->cleanup.list[r->line++], why);
    if (r->ask == ASK_NOTHING)
        r->stage = STAGE_CLOSE;
}

static bool stop_one(struct scenario_run *r)
{
    for (size_t i = 0; i < r->n_opened; i++) {
        struct opened *o = &r->opened[i];

        if (!o->server || o->told || !is_open(r, o))
            continue;
        o->told = true;
        r->command = command_default(VERB_STOP);
        r->command.target_id = o->id;
        return true;
    }
    return false;
}

static bool close_exchange(struct scenario_run *r)
{
    if (!r->exchange_tag[0])
        return false;
    r->command = command_default(VERB_CLOSE);
    r->command.all = true;
    strcpy(r->command.text, r->exchange_tag);
    r->command.text_len = strlen(r->exchange_tag);
    r->exchange_tag[0] = '\0';
    return true;
}

/* One command at a time. */
static void close_next(struct scenario_run *r, uint64_t now_ns)
{
    if (close_exchange(r) || close_some(r, true, &r->command) || stop_one(r)) {
        command_format(&r->command, r->request_line, sizeof(r->request_line));
        r->ask = ASK_POST;
        return;
    }
    r->stage = STAGE_GONE;
    r->deadline_ns = now_ns + GONE_NS;
}

static void wait_until_gone(struct scenario_run *r, uint64_t now_ns)
{
    for (size_t i = 0; i < r->n_opened; i++) {
        if (!is_open(r, &r->opened[i]))
            continue;
        if (now_ns < r->deadline_ns)
            return;
        snprintf(r->remark, sizeof(r->remark), "%s %llu could not be closed",
                 r->opened[i].server ? "server" : "session",
                 (unsigned long long)r->opened[i].id);
    }
    run_over(r);
}

void run_look_cleanup(struct scenario_run *r, uint64_t now_ns)
{
    if (r->ask == ASK_NOTHING && !r->pending && r->stage == STAGE_CLEANUP)
        clean(r);
    if (r->ask == ASK_NOTHING && !r->pending && r->stage == STAGE_CLOSE)
        close_next(r, now_ns);
    if (r->stage == STAGE_GONE)
        wait_until_gone(r, now_ns);
}
