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
    int signals;          /* a signalfd */
    uint64_t last_opened; /* sessions up to this one were said to be open */
    bool mute;            /* stdout took no more, which was said */
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
            fprintf(stderr, "its certificate%s has the SHA-256 fingerprint %s\n",
                    status->made_certificate ? ", made for this run and signed by itself," : "",
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

/* Listeners first; what is only bound may hold the port as well. */
static const struct row *find_holder(const struct snapshot *shot, const struct endpoint *e)
{
    static const enum socket_state holding[] = {STATE_LISTEN, STATE_BOUND_INACTIVE};
    struct addr wanted;

    for (size_t k = 0; endpoint_numeric(e, &wanted) && k < 2; k++)
        for (size_t i = 0; i < shot->n_rows; i++)
            if (shot->rows[i].state == holding[k] && overlaps(&shot->rows[i], &wanted))
                return &shot->rows[i];
    return NULL;
}

static void hint_holder(const struct snapshot *shot, const struct row *row, struct err *err)
{
    const struct owner *owner = snapshot_owner(shot, row->inode);
    char local[ADDR_TEXT_BYTES];

    row_local(row, local);
    if (owner && owner->knowledge == OWNER_KNOWN)
        err_hint(err, "%s (%d) holds %s, %s", owner_name(owner), owner->pid, local,
                 state_name((enum socket_state)row->state));
    else
        err_hint(err, "a process that may not be seen holds %s, %s", local,
                 state_name((enum socket_state)row->state));
}

/* Who listens where we would like to: "python3 (812)". */
static void name_holder(struct serving *s, const struct endpoint *e, struct err *err)
{
    struct observer *o = s->probes->observer_start();
    struct wish *w = mem_new(1, sizeof(*w));
    struct pollfd p = {.fd = mailbox_fd(s->probes->observer_snapshots(o)), .events = POLLIN};
    struct snapshot *shot = NULL;
    const struct row *row;

    w->once = w->every_owner = true;
    w->states = ~UINT32_C(0);
    s->probes->observer_wish(o, w);
    if (poll(&p, 1, 3000) > 0)
        shot = mailbox_take(s->probes->observer_snapshots(o));
    row = shot ? find_holder(shot, e) : NULL;
    if (row)
        hint_holder(shot, row, err);
    snapshot_free(shot);
    s->probes->observer_stop(o);
}

/* Opening and ending are said; the counters in between are the console's business. */
static void say_event(struct serving *s, const struct event *ev)
{
    const struct session_status *status = &ev->session;
    bool opened = status->id > s->last_opened && status->state == SESSION_OPEN;

    if (s->mute || ev->kind != EVENT_SESSION || status->server_id != s->server_id)
        return;
    if (opened)
        s->last_opened = status->id;
    if (opened || status->state >= SESSION_CLOSED)
        say_session(s, status);
}

static int run_until_signal(struct serving *s)
{
    struct queue *events = engine_events(s->engine);
    struct pollfd fds[] = {{.fd = s->signals, .events = POLLIN},
                           {.fd = queue_fd(events), .events = POLLIN}};
    struct event ev;

    for (;;) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return EXIT_FAILED;
        while (queue_pop(events, &ev))
            say_event(s, &ev);
        if (fds[0].revents)
            return s->mute ? EXIT_FAILED : EXIT_DONE;
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
    int status = 0, r;
    int n = cli_options(self, options, argc, argv, &status);

    if (n < 0)
        return status;
    r = command_parse_words((size_t)n + 1, argv, &command, &err);
    if (r < 0)
        return cli_fail(self, EXIT_USAGE, &err);
    s.signals = cli_signals();
    r = s.signals < 0 ? s.signals : engine_start(&s.engine);
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
        status = run_until_signal(&s);
    }
    engine_stop(s.engine);
    close(s.signals);
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
