/* ui/cli/connect.c - `sockeye connect`: a session on stdin and stdout.
 *
 * The engine owns the socket; its bytes come through one end of a socketpair(2), so that a
 * stdout that does not take them stops the reading from the network and nothing is dropped.
 * Every word of ours goes to stderr. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/base/text.h"
#include "ui/cli/cli.h"

#define PUMP_BYTES (64U << 10)

struct pump {
    const struct subcommand *self;
    struct engine *engine;
    uint64_t session_id;
    int signals; /* a signalfd */
    int pair;    /* our end of the socketpair */
    bool json;
    bool sanitize; /* stdout is a terminal */
    bool stdin_ended;
    bool half_close; /* on the end of stdin */
    bool peer_ended;
    bool done;
    bool said_proxy;
    bool said_untrusted;
    enum session_state state; /* as last said */
    int status;
    size_t unsent_at, unsent_len; /* read from stdin, not yet taken by the engine */
    char unsent[PUMP_BYTES];
    size_t n_held; /* bytes of a character that is not whole yet */
    char held[4];
};

static int print_bytes_json(int signals, const char *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    static char text[4 * PUMP_BYTES + 1], hex[2 * PUMP_BYTES + 1];
    cJSON *o = cJSON_CreateObject();

    text_clean(bytes, len, text, sizeof(text));
    for (size_t i = 0; i < len; i++) {
        hex[2 * i] = digits[(uint8_t)bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[2 * len] = '\0';
    cJSON_AddStringToObject(o, "event", "received");
    cJSON_AddNumberToObject(o, "bytes", (double)len);
    cJSON_AddStringToObject(o, "text", text);
    cJSON_AddStringToObject(o, "hex", hex);
    return cli_put_json(signals, o);
}

/* How many bytes come before a line feed or a tab. */
static size_t bytes_of_line(const char *bytes, size_t len)
{
    size_t n = 0;

    while (n < len && bytes[n] != '\n' && bytes[n] != '\t')
        n++;
    return n;
}

/* A terminal gets its line ends and tabs, and nothing else that is not printable. */
static int write_sanitized(int signals, const char *bytes, size_t len)
{
    static char clean[4 * PUMP_BYTES + 1];

    while (len) {
        size_t plain = bytes_of_line(bytes, len);
        int r = cli_put(signals, clean, text_clean(bytes, plain, clean, sizeof(clean)));

        if (r == 0 && plain < len)
            r = cli_put(signals, bytes + plain++, 1);
        if (r < 0)
            return r;
        bytes += plain;
        len -= plain;
    }
    return 0;
}

/* How many bytes at the end are the beginning of a UTF-8 character (RFC 3629, 3). */
static size_t unfinished_tail(const char *bytes, size_t len)
{
    for (size_t back = 1; back <= 3 && back <= len; back++) {
        uint8_t b = (uint8_t)bytes[len - back];

        if ((b & 0xc0) != 0x80)
            return back < (b >= 0xf0 ? 4U : b >= 0xe0 ? 3U : b >= 0xc0 ? 2U : 1U) ? back : 0;
    }
    return 0;
}

/* A character that two reads part is held back until its rest has come. */
static int write_held(struct pump *p, char *bytes, size_t len)
{
    size_t tail;
    int r;

    memcpy(bytes, p->held, p->n_held);
    len += p->n_held;
    tail = unfinished_tail(bytes, len);
    r = write_sanitized(p->signals, bytes, len - tail);
    memcpy(p->held, bytes + len - tail, tail);
    p->n_held = tail;
    return r;
}

static void finish(struct pump *p, int status)
{
    p->done = true;
    p->status = status;
}

static void receive(struct pump *p)
{
    static char bytes[PUMP_BYTES];
    ssize_t n = read(p->pair, bytes + p->n_held, sizeof(bytes) - p->n_held);
    int r;

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) {
        r = write_sanitized(p->signals, p->held, p->n_held);
        if (r < 0)
            finish(p, cli_put_status(p->self, r));
        /* The peer sends no more.  What stdin still has is not waited for. */
        p->peer_ended = p->stdin_ended = true;
        shutdown(p->pair, SHUT_WR);
        return;
    }
    if (p->json)
        r = print_bytes_json(p->signals, bytes, (size_t)n);
    else if (p->sanitize)
        r = write_held(p, bytes, (size_t)n);
    else
        r = cli_put(p->signals, bytes, (size_t)n);
    if (r < 0)
        finish(p, cli_put_status(p->self, r));
}

static void read_stdin(struct pump *p)
{
    ssize_t n = read(STDIN_FILENO, p->unsent, sizeof(p->unsent));

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    p->unsent_at = 0;
    p->unsent_len = n > 0 ? (size_t)n : 0;
    if (n <= 0) {
        p->stdin_ended = true;
        if (p->half_close)
            shutdown(p->pair, SHUT_WR);
    }
}

static void send_unsent(struct pump *p)
{
    ssize_t n = send(p->pair, p->unsent + p->unsent_at, p->unsent_len - p->unsent_at,
                     MSG_DONTWAIT | MSG_NOSIGNAL);

    if (n > 0)
        p->unsent_at += (size_t)n;
    else if (n < 0 && errno != EAGAIN && errno != EINTR)
        p->unsent_at = p->unsent_len;
}

/* A proxy that nobody asked for in so many words must not go unseen. */
static void say_proxy(struct pump *p, const struct session_status *s)
{
    if (p->said_proxy || !s->proxy[0] || p->json)
        return;
    p->said_proxy = true;
    fprintf(stderr, "through the proxy %s%s%s\n", s->proxy,
            s->proxy_variable[0] ? ", as the environment says in " : "", s->proxy_variable);
}

/* Only with --insecure does a session come that far. */
static void say_untrusted(struct pump *p, const struct session_status *s)
{
    if (p->said_untrusted || s->tls.trust != TLS_NOT_TRUSTED || !s->tls.version[0] || p->json)
        return;
    p->said_untrusted = true;
    fprintf(stderr, "going on although the certificate is not trusted: %s\n", s->tls.why);
}

static void add_text(cJSON *o, const char *name, const char *text)
{
    if (text[0])
        cJSON_AddStringToObject(o, name, text);
}

static void add_tls(cJSON *session, const struct tls_facts *f)
{
    cJSON *o;
    char day[40];
    time_t not_after = (time_t)f->not_after;
    struct tm tm;

    if (!f->version[0] && f->trust == TLS_TRUST_NONE)
        return;
    o = cJSON_AddObjectToObject(session, "tls");
    add_text(o, "version", f->version);
    add_text(o, "cipher", f->cipher);
    add_text(o, "alpn", f->alpn);
    add_text(o, "subject", f->subject);
    add_text(o, "issuer", f->issuer);
    if (f->not_after && gmtime_r(&not_after, &tm) &&
        strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%SZ", &tm))
        cJSON_AddStringToObject(o, "not_after", day);
    if (f->trust != TLS_TRUST_NONE)
        cJSON_AddBoolToObject(o, "trusted", f->trust == TLS_TRUSTED);
    add_text(o, "why", f->why);
}

/* How long each step took, of those that were made. */
static void add_phases(cJSON *session, const struct phases *p)
{
    const struct {
        const char *name;
        uint64_t reached_ns;
    } steps[] = {{"resolve", p->resolved},
                 {"connect", p->connected},
                 {"proxy", p->proxied},
                 {"tls", p->secured},
                 {"first_byte", p->first_byte}};
    uint64_t last_ns = p->begun;
    cJSON *o = cJSON_AddObjectToObject(session, "phases_ms");

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (steps[i].reached_ns < last_ns)
            continue;
        cJSON_AddNumberToObject(o, steps[i].name,
                                (double)(steps[i].reached_ns - last_ns) / 1000000);
        last_ns = steps[i].reached_ns;
    }
}

static void say_state(struct pump *p, const struct session_status *s)
{
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES];
    cJSON *o;
    int r;

    addr_format(&s->local, local);
    addr_format(&s->peer, peer);
    say_proxy(p, s);
    say_untrusted(p, s);
    if (p->json) {
        o = cJSON_CreateObject();
        cJSON_AddStringToObject(o, "event", "session");
        cJSON_AddStringToObject(o, "state", session_state_name(s->state));
        cJSON_AddStringToObject(o, "local", local);
        cJSON_AddStringToObject(o, "peer", peer);
        if (s->proxy[0])
            cJSON_AddStringToObject(o, "proxy", s->proxy);
        cJSON_AddNumberToObject(o, "sent_bytes", (double)s->sent_bytes);
        cJSON_AddNumberToObject(o, "received_bytes", (double)s->received_bytes);
        add_phases(o, &s->phases);
        add_tls(o, &s->tls);
        if (s->err.code)
            cJSON_AddStringToObject(o, "error",
                                    s->err.symbol[0] ? s->err.symbol : err_name(s->err.code));
        r = cli_put_json(p->signals, o);
        if (r < 0)
            finish(p, cli_put_status(p->self, r));
    }
    if (s->state == SESSION_FAILED) {
        finish(p, cli_fail(p->self,
                           cli_status_of(s->err.code) == EXIT_UNAVAILABLE ? EXIT_UNAVAILABLE
                                                                          : EXIT_FAILED,
                           &s->err));
    } else if (s->state == SESSION_CLOSED) {
        p->done = true;
    } else if (s->state == SESSION_OPEN && !p->json && isatty(STDERR_FILENO)) {
        fprintf(stderr, "connected %s -> %s\n", local, peer);
    }
}

static void read_events(struct pump *p)
{
    struct event ev;

    while (!p->done && queue_pop(engine_events(p->engine), &ev))
        if (ev.kind == EVENT_SESSION && ev.session.id == p->session_id &&
            ev.session.state != p->state) {
            p->state = ev.session.state;
            say_state(p, &ev.session);
        }
}

/* What the peer sent before the session ended is still to be written. */
static void drain(struct pump *p)
{
    while (!p->peer_ended) {
        struct pollfd fd = {.fd = p->pair, .events = POLLIN};

        if (poll(&fd, 1, 1000) <= 0)
            return;
        receive(p);
    }
}

static void run(struct pump *p)
{
    while (!p->done) {
        bool unsent = p->unsent_len > p->unsent_at;
        struct pollfd fds[] = {
            {.fd = p->signals, .events = POLLIN},
            {.fd = queue_fd(engine_events(p->engine)), .events = POLLIN},
            {.fd = p->peer_ended ? -1 : p->pair,
             .events = (short)(POLLIN | (unsent ? POLLOUT : 0))},
            {.fd = p->stdin_ended || unsent ? -1 : STDIN_FILENO, .events = POLLIN},
        };

        if (poll(fds, 4, -1) < 0)
            continue;
        if (fds[0].revents)
            return;
        if (fds[2].revents & (POLLIN | POLLHUP | POLLERR))
            receive(p);
        if (!p->done && unsent && (fds[2].revents & POLLOUT))
            send_unsent(p);
        if (!p->done && fds[3].revents)
            read_stdin(p);
        if (!p->done && fds[1].revents) {
            read_events(p);
            if (p->done)
                drain(p);
        }
    }
}

static int start(struct pump *p, struct command *command)
{
    struct err err = {0};
    struct reply reply;
    int pair[2], r;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        err_set(&err, -errno, "socketpair", "", "%s", "");
        return cli_fail(p->self, EXIT_FAILED, &err);
    }
    r = engine_start(&p->engine);
    if (r < 0) {
        err_set(&err, r, "start", "", "%s", "");
        return cli_fail(p->self, EXIT_FAILED, &err);
    }
    p->pair = pair[0];
    command->attach_fd = pair[1];
    cli_await_reply(p->engine, engine_post(p->engine, command), &reply);
    if (reply.err.code)
        return cli_fail(p->self, cli_status_of(reply.err.code), &reply.err);
    p->session_id = reply.id;
    return 0;
}

static int connect_run(const struct subcommand *self, const struct probes *probes, int argc,
                       char **argv)
{
    static struct pump p;
    bool no_half_close = false;
    const struct cli_option options[] = {{"--json", &p.json, NULL},
                                         {"--no-half-close", &no_half_close, NULL},
                                         {NULL, NULL, NULL}};
    struct command command;
    struct err err = {0};
    int status = 0;
    int n = cli_options(self, options, argc, argv, &status);

    (void)probes;
    p.self = self;
    if (n < 0)
        return status;
    if (command_parse_words((size_t)n + 1, argv, &command, &err) < 0)
        return cli_fail(self, EXIT_USAGE, &err);
    p.half_close = !no_half_close;
    p.sanitize = isatty(STDOUT_FILENO);
    p.signals = cli_signals();
    status = start(&p, &command);
    if (status == 0) {
        run(&p);
        status = p.status;
    }
    engine_stop(p.engine);
    close(p.pair);
    close(p.signals);
    return status;
}

static void more_help(void)
{
    puts("\nReceived bytes go to stdout unchanged; to a terminal they go sanitized.\n"
         "The session ends when the peer closes it or a signal comes.");
}

const struct subcommand connect_subcommand = {
    .name = "connect",
    .arguments = "ENDPOINT [--OPTION ...]",
    .summary = "A session on stdin and stdout.",
    .help =
        "  ENDPOINT                   tcp://HOST:PORT, HOST:PORT or HOST PORT; IPv6 as "
        "[::1]:80;\n"
        "                             tls://, udp://, unix:/PATH, unix-dgram:, "
        "unix-seqpacket:\n"
        "  --json                     one object a line for every event, received bytes too\n"
        "  --no-half-close            the end of stdin sends no FIN\n",
    .verb = &verbs[VERB_CONNECT],
    .more_help = more_help,
    .run = connect_run,
};
