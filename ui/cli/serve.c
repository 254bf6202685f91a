/* ui/cli/serve.c - `sockeye serve`: a server until SIGINT or SIGTERM. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/snapshot.h"
#include "core/services/service.h"
#include "ui/cli/cli.h"
#include "ui/cli/say.h"

/* A session that was said to be open. */
struct open_session {
    uint64_t id;
    UT_hash_handle hh;
};

/* How long the engine may say nothing while it stops a server. */
#define STOP_MS 500
/* Ends of sessions that are still told behind the end of the server. */
#define STOP_EVENTS 4096

struct serving {
    const struct subcommand *self;
    const struct probes *probes;
    struct engine *engine;
    uint64_t server_id;
    bool json;
    int signals;                 /* a signalfd */
    struct open_session *open;   /* uthash */
    struct server_status status; /* the newest */
    int said_error;              /* of accepting, the last one that was said */
    bool mute;                   /* stdout took no more, which was said */
};

/* A server goes on when its words can no longer be written: that is said once. */
static void put(struct serving *s, int r)
{
    if (cli_put_status(s->self, r) != EXIT_DONE)
        s->mute = true;
}

static void say_listening(struct serving *s, const struct server_status *status)
{
    char endpoint[ENDPOINT_TEXT_BYTES];

    endpoint_format(&status->endpoint, endpoint);
    if (s->json) {
        cJSON *o = cJSON_CreateObject();

        cJSON_AddStringToObject(o, "event", "listening");
        cJSON_AddStringToObject(o, "service", status->service);
        cJSON_AddStringToObject(o, "endpoint", endpoint);
        if (status->fingerprint[0])
            cJSON_AddStringToObject(o, "fingerprint", status->fingerprint);
        put(s, cli_put_json(s->signals, o));
    } else {
        char line[ENDPOINT_TEXT_BYTES + 64];

        snprintf(line, sizeof(line), "%s listens on %s", status->service, endpoint);
        put(s, cli_put_line(s->signals, line));
        if (status->fingerprint[0])
            say_line("its certificate%s has the SHA-256 fingerprint %s",
                     status->made_certificate ? ", made for this run and signed by itself,"
                                              : "",
                     status->fingerprint);
    }
}

static void say_session(struct serving *s, const struct session_status *status)
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
        cli_add_credentials(o, &status->credentials);
        if (status->err.code)
            cJSON_AddStringToObject(o, "error",
                                    status->err.symbol[0] ? status->err.symbol
                                                          : err_name(status->err.code));
        put(s, cli_put_json(s->signals, o));
        return;
    }
    event_format(&(struct event){.kind = EVENT_SESSION, .session = *status}, line,
                 sizeof(line));
    put(s, cli_put_line(s->signals, line));
}

/* Why it does not accept: once, until there is another reason. */
static void say_error(struct serving *s, const struct server_status *status)
{
    char line[ERR_TEXT_BYTES * 4];

    if (s->mute || status->err.code == s->said_error)
        return;
    s->said_error = status->err.code;
    if (s->json) {
        cJSON *o = cJSON_CreateObject();

        cJSON_AddStringToObject(o, "event", "accept");
        cJSON_AddStringToObject(o, "error", err_name(status->err.code));
        put(s, cli_put_json(s->signals, o));
        return;
    }
    err_format(&status->err, line, sizeof(line));
    put(s, cli_put_line(s->signals, line));
}

static cJSON *counts(const struct server_status *status)
{
    cJSON *o = cJSON_CreateObject();

    cJSON_AddStringToObject(o, "event", "stopped");
    cJSON_AddNumberToObject(o, "accepted", (double)status->accepted);
    cJSON_AddNumberToObject(o, "accept_errors", (double)status->accept_errors);
    cJSON_AddNumberToObject(o, "denied", (double)status->denied);
    cJSON_AddNumberToObject(o, "untold_sessions", (double)status->untold_sessions);
    cJSON_AddNumberToObject(o, "datagrams", (double)status->datagrams);
    cJSON_AddNumberToObject(o, "lost_datagrams", (double)status->lost_datagrams);
    cJSON_AddNumberToObject(o, "received_bytes", (double)status->received_bytes);
    cJSON_AddNumberToObject(o, "sent_bytes", (double)status->sent_bytes);
    return o;
}

/* The signal has come already: only what stdout takes at once is still said. */
static bool takes_at_once(const struct serving *s)
{
    struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};

    return !s->mute && poll(&p, 1, 0) > 0;
}

static void say_stopped(struct serving *s)
{
    char line[120], n[TEXT_NUMBER_BYTES];

    if (!takes_at_once(s))
        return;
    if (s->json) {
        put(s, cli_put_json(-1, counts(&s->status)));
    } else if (s->status.untold_sessions) {
        snprintf(line, sizeof(line),
                 "%s more sessions came and went too fast to be told one by one",
                 text_number(s->status.untold_sessions, n));
        put(s, cli_put_line(-1, line));
    }
}

/* A socket here keeps us from listening there: same port, and an address in common. */
static bool overlaps(const struct row *row, const struct addr *wanted)
{
    struct addr held = addr_unmapped(&row->local);

    if (held.port != wanted->port)
        return false;
    if (held.family != wanted->family) /* a dual-stack wildcard takes IPv4 too */
        return (held.family == AF_INET6 && addr_is_any(&held) && !row->v6only) ||
               (wanted->family == AF_INET6 && addr_is_any(wanted));
    return addr_is_any(&held) || addr_is_any(wanted) || addr_same_ip(&held, wanted);
}

/* Listeners first; what is only bound may hold the port as well, and so are datagram sockets. */
static const struct row *find_holder(const struct snapshot *shot, const struct endpoint *e,
                                     const struct addr *wanted)
{
    static const enum socket_state holding[] = {STATE_LISTEN, STATE_BOUND_INACTIVE,
                                                STATE_CLOSE};
    uint8_t kind = e->scheme == ENDPOINT_UDP ? KIND_UDP : KIND_TCP;

    for (size_t k = 0; k < sizeof(holding) / sizeof(holding[0]); k++)
        for (size_t i = 0; i < shot->n_rows; i++)
            if (shot->rows[i].state == holding[k] && shot->rows[i].kind == kind &&
                overlaps(&shot->rows[i], wanted))
                return &shot->rows[i];
    return NULL;
}

static void hint_holder(const struct snapshot *shot, const struct row *row, struct err *err)
{
    const struct owner *owner = snapshot_owner(shot, row->inode);
    char local[ROW_END_BYTES];

    row_local(shot, row, local);
    if (owner && owner->knowledge == OWNER_KNOWN)
        err_hint(err, "%s (%d) holds %s, %s",
                 process_name(owner_process(&shot->owned, owner, 0)),
                 owner_process(&shot->owned, owner, 0)->pid, local,
                 state_name((enum socket_state)row->state));
    else
        err_hint(err, "a process that may not be seen holds %s, %s", local,
                 state_name((enum socket_state)row->state));
}

/* Who listens where we would like to: "python3 (812)". */
static void name_holder(struct serving *s, const struct endpoint *e, struct err *err)
{
    struct observer *o = s->probes->observer_start(NULL, NULL);
    struct wish *w = mem_new(1, sizeof(*w));
    struct pollfd p = {.fd = mailbox_fd(s->probes->observer_snapshots(o)), .events = POLLIN};
    struct snapshot *shot = NULL;
    const struct row *row;
    struct endpoint tried;
    struct addr wanted;

    w->once = w->every_owner = true;
    w->states = ~UINT32_C(0);
    s->probes->observer_wish(o, w);
    if (poll(&p, 1, 3000) > 0)
        shot = mailbox_take(s->probes->observer_snapshots(o));
    /* The address that was tried; of a name the one it stands for. */
    row = shot && endpoint_parse(err->input, &tried, NULL) == 0 &&
                  endpoint_numeric(&tried, &wanted)
              ? find_holder(shot, e, &wanted)
              : NULL;
    if (row)
        hint_holder(shot, row, err);
    snapshot_free(shot);
    s->probes->observer_stop(o);
}

/* True of the first status that says so: sessions of several threads come in any order. */
static bool just_opened(struct serving *s, const struct session_status *status)
{
    struct open_session *known = NULL;

    HASH_FIND(hh, s->open, &status->id, sizeof(status->id), known);
    if (status->state >= SESSION_CLOSED && known) {
        HASH_DEL(s->open, known);
        free(known);
    }
    if (known || status->state != SESSION_OPEN)
        return false;
    known = mem_new(1, sizeof(*known));
    known->id = status->id;
    HASH_ADD(hh, s->open, id, sizeof(known->id), known);
    return true;
}

/* Opening and ending are said; the counters in between are the console's business. */
static void say_event(struct serving *s, const struct event *ev)
{
    const struct session_status *status = &ev->session;

    if (ev->kind == EVENT_SERVER && ev->server.id == s->server_id) {
        s->status = ev->server;
        say_error(s, &ev->server);
    }
    if (s->mute || ev->kind != EVENT_SESSION || status->server_id != s->server_id)
        return;
    if (just_opened(s, status) || status->state >= SESSION_CLOSED)
        say_session(s, status);
}

static int run_until_signal(struct serving *s)
{
    struct queue *events = engine_events(s->engine);
    struct pollfd fds[] = {{.fd = s->signals, .events = POLLIN},
                           {.fd = queue_fd(events), .events = POLLIN}};
    struct event ev;

    for (;;) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR) {
            struct err err;

            err_set(&err, -errno, "poll", "", "%s", "");
            return cli_fail(s->self, EXIT_FAILED, &err);
        }
        while (queue_pop(events, &ev))
            say_event(s, &ev);
        if (fds[0].revents)
            return s->mute ? EXIT_FAILED : EXIT_DONE;
    }
}

/* Stop it, for the sake of its last counts; ending the engine would stop it, too. */
static void stop(struct serving *s)
{
    struct queue *events = engine_events(s->engine);
    struct pollfd p = {.fd = queue_fd(events), .events = POLLIN};
    struct command command = command_default(VERB_STOP);
    struct event ev;

    command.target_id = s->server_id;
    if (!engine_post(s->engine, &command))
        return;
    s->signals = -1;
    while (s->status.listening && poll(&p, 1, STOP_MS) > 0)
        while (queue_pop(events, &ev))
            if (ev.kind == EVENT_SERVER && ev.server.id == s->server_id)
                s->status = ev.server;
            else if (takes_at_once(s))
                say_event(s, &ev);
    /* The ends of sessions come behind the server's. */
    for (int i = 0; i < STOP_EVENTS && queue_pop(events, &ev); i++)
        if (takes_at_once(s))
            say_event(s, &ev);
}

static void forget_open(struct serving *s)
{
    struct open_session *o, *next;

    HASH_ITER(hh, s->open, o, next)
    {
        HASH_DEL(s->open, o); /* NOLINT(clang-analyzer-unix.Malloc): what is freed has left */
        free(o);
    }
}

/* The server's first status tells the port it really has. */
static void await_listening(struct serving *s)
{
    struct queue *events = engine_events(s->engine);
    struct event ev;

    for (;;) {
        struct pollfd p = {.fd = queue_fd(events), .events = POLLIN};

        while (queue_pop(events, &ev)) {
            if (ev.kind == EVENT_SERVER && ev.server.id == s->server_id) {
                s->status = ev.server;
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
    const struct cli_option options[] = {{"--json", &s.json, NULL}, {NULL, NULL, NULL}};
    struct command command;
    struct reply reply;
    struct err err = {0};
    int status = 0, signals, r;
    int n = cli_options(self, options, argc, argv, &status);

    if (n < 0)
        return status;
    r = command_parse_words((size_t)n + 1, argv, &command, &err);
    if (r < 0)
        return cli_fail(self, EXIT_USAGE, &err);
    /* Who no longer reads what it says does not end it. */
    signal(SIGPIPE, SIG_IGN);
    signals = s.signals = cli_signals();
    if (s.signals < 0)
        return cli_fail_signals(self, s.signals);
    if (engine_start(&s.engine, &err) < 0)
        return cli_fail(self, EXIT_FAILED, &err);
    cli_await_reply(s.engine, engine_post(s.engine, &command), &reply);
    if (reply.err.code) {
        status = cli_status_of(reply.err.code);
        if (reply.err.code == -EADDRINUSE)
            name_holder(&s, &command.endpoint, &reply.err);
        cli_fail(self, status, &reply.err);
    } else {
        s.server_id = reply.id;
        await_listening(&s);
        status = run_until_signal(&s);
        stop(&s);
        say_stopped(&s);
    }
    engine_stop(s.engine);
    forget_open(&s);
    close(signals);
    return status;
}

static void list_services(void)
{
    puts("\nServices:");
    for (size_t i = 0; service_at(i); i++) {
        const struct service *service = service_at(i);

        printf("  %-26s %s\n", service->name, service->summary);
        for (const struct service_option *o = service->options; o && o->name; o++) {
            char left[48];

            snprintf(left, sizeof(left), "--%s %s", o->name, o->value ? o->value : "");
            printf("    %-24s %s", left, o->help);
            printf("%s%s\n", o->preset ? ", default " : "", o->preset ? o->preset : "");
        }
    }
}

const struct subcommand serve_subcommand = {
    .name = "serve",
    .arguments = "SERVICE [ENDPOINT] [--OPTION ...]",
    .summary = "A server on ENDPOINT (default tcp://127.0.0.1:65432) until SIGINT or SIGTERM.",
    .help = "  --json                     one object a line for every event\n",
    .verb = &verbs[VERB_SERVE],
    .more_help = list_services,
    .run = serve,
};
