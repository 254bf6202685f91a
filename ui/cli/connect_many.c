/* ui/cli/connect_many.c - `sockeye connect --connections N`: the result of each connection, and the
 * sum. */
#include "ui/cli/connect.h"

#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "ui/cli/say.h"

struct many {
    const struct subcommand *self;
    struct engine *engine;
    int signals;
    bool json, verbose;
    uint64_t wanted, ok, failed;
    uint64_t sent_bytes, received_bytes;
    uint64_t begun_ns, ended_ns;
    bool done;
    int status;
};

/* Each connection is a descriptor: as many as we may have. */
static void allow_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void put(struct many *m, int r)
{
    if (r >= 0)
        return;
    m->done = true;
    m->status = cli_put_status(m->self, r);
}

static cJSON *json_of(const struct session_status *s)
{
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES], why[ERR_TEXT_BYTES * 4];
    cJSON *o = cJSON_CreateObject();

    cJSON_AddStringToObject(o, "event", "connection");
    cJSON_AddNumberToObject(o, "connection", (double)s->ordinal);
    cJSON_AddBoolToObject(o, "ok", !s->err.code);
    cJSON_AddStringToObject(o, "local", addr_format(&s->local, local));
    cJSON_AddStringToObject(o, "peer", addr_format(&s->peer, peer));
    cJSON_AddNumberToObject(o, "sent_bytes", (double)s->sent_bytes);
    cJSON_AddNumberToObject(o, "received_bytes", (double)s->received_bytes);
    cJSON_AddNumberToObject(o, "seconds", (double)(s->changed_ns - s->opened_ns) / 1e9);
    if (s->err.code) {
        err_format(&s->err, why, sizeof(why));
        cJSON_AddStringToObject(o, "error",
                                s->err.symbol[0] ? s->err.symbol : err_name(s->err.code));
        cJSON_AddStringToObject(o, "detail", why);
    }
    return o;
}

static void say_one(struct many *m, const struct session_status *s)
{
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES], line[ERR_TEXT_BYTES * 4];
    char sent[TEXT_NUMBER_BYTES], received[TEXT_NUMBER_BYTES];

    if (m->json) {
        put(m, cli_put_json(m->signals, json_of(s)));
    } else if (s->err.code) {
        err_format(&s->err, line, sizeof(line));
        say_line("sockeye %s: connection %llu: %s", m->self->name,
                 (unsigned long long)s->ordinal, line);
    } else if (m->verbose) {
        snprintf(line, sizeof(line), "connection %llu: %s -> %s ok; %s bytes sent, %s received",
                 (unsigned long long)s->ordinal, addr_format(&s->local, local),
                 addr_format(&s->peer, peer), text_number(s->sent_bytes, sent),
                 text_number(s->received_bytes, received));
        put(m, cli_put_line(m->signals, line));
    }
}

static void take(struct many *m, const struct session_status *s)
{
    if (s->state != SESSION_CLOSED && s->state != SESSION_FAILED)
        return;
    m->ok += !s->err.code;
    m->failed += s->err.code != 0;
    m->sent_bytes += s->sent_bytes;
    m->received_bytes += s->received_bytes;
    m->ended_ns = s->changed_ns;
    say_one(m, s);
    if (m->ok + m->failed == m->wanted)
        m->done = true;
}

static void sum_up(struct many *m)
{
    char n[TEXT_NUMBER_BYTES], sent[TEXT_NUMBER_BYTES], received[TEXT_NUMBER_BYTES], line[200];
    uint64_t ns = m->ended_ns > m->begun_ns ? m->ended_ns - m->begun_ns : 0;
    uint64_t failed = m->wanted - m->ok;
    cJSON *o;

    if (!m->json) {
        snprintf(
            line, sizeof(line),
            "%s connections: %llu ok, %llu failed; %s bytes sent, %s received, %llu.%03llu s",
            text_number(m->wanted, n), (unsigned long long)m->ok, (unsigned long long)failed,
            text_number(m->sent_bytes, sent), text_number(m->received_bytes, received),
            (unsigned long long)(ns / CLOCK_SECOND_NS),
            (unsigned long long)(ns % CLOCK_SECOND_NS / CLOCK_MS_NS));
        put(m, cli_put_line(-1, line));
        return;
    }
    o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "event", "summary");
    cJSON_AddNumberToObject(o, "connections", (double)m->wanted);
    cJSON_AddNumberToObject(o, "ok", (double)m->ok);
    cJSON_AddNumberToObject(o, "failed", (double)failed);
    cJSON_AddNumberToObject(o, "sent_bytes", (double)m->sent_bytes);
    cJSON_AddNumberToObject(o, "received_bytes", (double)m->received_bytes);
    cJSON_AddNumberToObject(o, "seconds", (double)ns / 1e9);
    put(m, cli_put_json(-1, o));
}

static void read_events(struct many *m, uint64_t command_id)
{
    struct event ev;

    while (!m->done && queue_pop(engine_events(m->engine), &ev)) {
        if (ev.kind == EVENT_SESSION)
            take(m, &ev.session);
        /* It was refused before any session began; else the reply is the sum, which is ours. */
        if (ev.kind == EVENT_REPLY && ev.reply.command_id == command_id && ev.reply.err.code &&
            !ev.reply.text[0]) {
            m->done = true;
            m->wanted = 0;
            m->status = cli_fail(m->self, cli_status_of(ev.reply.err.code), &ev.reply.err);
        }
    }
}

int connect_many(const struct subcommand *self, struct command *command, bool json,
                 bool verbose)
{
    struct many m = {.self = self,
                     .json = json,
                     .verbose = verbose,
                     .wanted = command->connect.connections,
                     .begun_ns = clock_now_ns()};
    struct err err;
    uint64_t id;

    allow_descriptors();
    m.signals = cli_signals();
    if (engine_start(&m.engine, &err) < 0)
        return cli_fail(self, EXIT_FAILED, &err);
    id = engine_post(m.engine, command);
    while (!m.done) {
        struct pollfd fds[] = {{.fd = m.signals, .events = POLLIN},
                               {.fd = queue_fd(engine_events(m.engine)), .events = POLLIN}};

        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[0].revents)
            break;
        read_events(&m, id);
    }
    if (m.wanted)
        sum_up(&m);
    if (m.wanted && m.ok < m.wanted && !m.status)
        m.status = EXIT_FAILED;
    engine_stop(m.engine);
    close(m.signals);
    return m.status;
}
