/* ui/cli/serve.c - `sockeye serve`: a server until SIGINT or SIGTERM. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/model/snapshot.h"
#include "core/services/service.h"
#include "ui/cli/cli.h"

struct serving {
    const struct subcommand *self;
    const struct probes *probes;
    struct engine *engine;
    uint64_t server_id;
    bool json;
};

static void say_listening(const struct serving *s, const struct server_status *status)
{
    char endpoint[ENDPOINT_TEXT_BYTES];

    endpoint_format(&status->endpoint, endpoint);
    if (s->json) {
        cJSON *o = cJSON_CreateObject();

        cJSON_AddStringToObject(o, "event", "listening");
        cJSON_AddStringToObject(o, "service", status->service);
        cJSON_AddStringToObject(o, "endpoint", endpoint);
        cli_print_json(o);
    } else {
        printf("%s listens on %s\n", status->service, endpoint);
        fflush(stdout);
    }
}

static void say_session(const struct serving *s, const struct session_status *status)
{
    char peer[ADDR_TEXT_BYTES], line[ERR_TEXT_BYTES * 4];

    if (s->json) {
        cJSON *o = cJSON_CreateObject();

        cJSON_AddStringToObject(o, "event", "session");
        cJSON_AddNumberToObject(o, "id", (double)status->id);
        cJSON_AddStringToObject(o, "state", session_state_name(status->state));
        cJSON_AddStringToObject(o, "peer", addr_format(&status->peer, peer));
        cJSON_AddNumberToObject(o, "received_bytes", (double)status->received_bytes);
        cJSON_AddNumberToObject(o, "sent_bytes", (double)status->sent_bytes);
        if (status->err.code)
            cJSON_AddStringToObject(o, "error", err_name(status->err.code));
        cli_print_json(o);
        return;
    }
    line[0] = '\0';
    if (status->err.code)
        err_format(&status->err, line, sizeof(line));
    printf("session %llu %s %s, received %llu, sent %llu%s%s\n", (unsigned long long)status->id,
           addr_format(&status->peer, peer), session_state_name(status->state),
           (unsigned long long)status->received_bytes, (unsigned long long)status->sent_bytes,
           line[0] ? ": " : "", line);
    fflush(stdout);
}

/* Who listens where we would like to: "python3 (812)". */
static void name_holder(const struct serving *s, const struct endpoint *e, struct err *err)
{
    struct observer *o = s->probes->observer_start();
    struct wish *w = mem_new(1, sizeof(*w));
    struct pollfd p = {.fd = mailbox_fd(s->probes->observer_snapshots(o)), .events = POLLIN};
    struct snapshot *shot = NULL;

    w->once = w->every_owner = true;
    w->states = ~UINT32_C(0);
    s->probes->observer_wish(o, w);
    if (poll(&p, 1, 3000) > 0)
        shot = mailbox_take(s->probes->observer_snapshots(o));
    for (size_t i = 0; shot && i < shot->n_rows && !err->hint[0]; i++) {
        const struct row *row = &shot->rows[i];
        const struct owner *owner = snapshot_owner(shot, row->inode);
        char local[ADDR_TEXT_BYTES];

        if (row->local.port != e->port || row->state == STATE_ESTABLISHED ||
            row->state == STATE_TIME_WAIT)
            continue;
        row_local(row, local);
        if (owner && owner->knowledge == OWNER_KNOWN)
            err_hint(err, "%s (%d) holds %s, %s", owner_name(owner), owner->pid, local,
                     state_name(row->state));
        else
            err_hint(err, "a process that may not be seen holds %s, %s", local,
                     state_name(row->state));
    }
    snapshot_free(shot);
    s->probes->observer_stop(o);
}

/* Opening and ending are said; the counters in between are the console's business. */
static void say_event(const struct serving *s, const struct event *ev)
{
    bool opened = ev->session.state == SESSION_OPEN && ev->session.received_bytes == 0;

    if (ev->kind != EVENT_SESSION || ev->session.server_id != s->server_id)
        return;
    if (opened || ev->session.state >= SESSION_CLOSED)
        say_session(s, &ev->session);
}

static int run_until_signal(const struct serving *s, int signals)
{
    struct queue *events = engine_events(s->engine);
    struct pollfd fds[] = {{.fd = signals, .events = POLLIN},
                           {.fd = queue_fd(events), .events = POLLIN}};
    struct event ev;

    for (;;) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return EXIT_FAILED;
        while (queue_pop(events, &ev))
            say_event(s, &ev);
        if (fds[0].revents)
            return EXIT_DONE;
    }
}

/* The server's first status tells the port it really has. */
static void await_listening(const struct serving *s)
{
    struct queue *events = engine_events(s->engine);
    struct event ev;

    for (;;) {
        struct pollfd p = {.fd = queue_fd(events), .events = POLLIN};

        while (queue_pop(events, &ev)) {
            if (ev.kind == EVENT_SERVER && ev.server.id == s->server_id) {
                say_listening(s, &ev.server);
                return;
            }
            say_event(s, &ev);
        }
        poll(&p, 1, -1);
    }
}

static int serve(const struct subcommand *self, const struct probes *probes, int argc,
                 char **argv)
{
    struct serving s = {.self = self, .probes = probes};
    const char *backlog = NULL;
    const struct cli_option options[] = {
        {"--json", &s.json, NULL}, {"--backlog", NULL, &backlog}, {NULL, NULL, NULL}};
    struct command command;
    struct reply reply;
    struct err err = {0};
    char backlog_word[64];
    char *words[8] = {argv[0]};
    int status = 0, signals, r;
    int n = cli_options(self, options, argc, argv, &status);

    if (n < 0)
        return status;
    if (n > 4)
        return cli_usage_error(self, argv[5], "was not expected");
    for (int i = 1; i <= n; i++)
        words[i] = argv[i];
    if (backlog) {
        snprintf(backlog_word, sizeof(backlog_word), "--backlog=%s", backlog);
        words[++n] = backlog_word;
    }
    r = command_parse_words((size_t)n + 1, words, &command, &err);
    if (r < 0)
        return cli_fail(self, EXIT_USAGE, &err);
    signals = cli_signals();
    r = signals < 0 ? signals : engine_start(&s.engine);
    if (r < 0) {
        err_set(&err, r, "start", "", "%s", "");
        return cli_fail(self, EXIT_FAILED, &err);
    }
    cli_await_reply(s.engine, engine_post(s.engine, &command), &reply);
    if (reply.err.code) {
        status = cli_status_of(reply.err.code);
        if (reply.err.code == -EADDRINUSE)
            name_holder(&s, &command.endpoint, &reply.err);
        cli_fail(self, status, &reply.err);
    } else {
        s.server_id = reply.id;
        await_listening(&s);
        status = run_until_signal(&s, signals);
    }
    engine_stop(s.engine);
    close(signals);
    return status;
}

const struct subcommand serve_subcommand = {
    .name = "serve",
    .arguments = "SERVICE [ENDPOINT] [--backlog N] [--json]",
    .summary = "A server on ENDPOINT (default tcp://127.0.0.1:65432) until SIGINT or SIGTERM.",
    .help = "  SERVICE        echo: sends back what it receives\n"
            "                 never-recv: accepts connections and never reads\n"
            "  --backlog N    limit of the accept queue (listen(2)), default 4096\n"
            "  --json         one object a line for every event\n",
    .run = serve,
};
