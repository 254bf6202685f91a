/* ui/cli/load.c - `sockeye load`: many connections or messages, and what became of them. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/net/load.h"
#include "core/net/pace.h"
#include "core/report/load.h"
#include "ui/cli/cli.h"
#include "ui/cli/say.h"

#define DEFAULT_CONNECTIONS 50
#define DEFAULT_SIZE 64
#define DEFAULT_BULK_SIZE 65536
#define DEFAULT_DURATION_NS (10 * CLOCK_SECOND_NS)
#define DEFAULT_TIMEOUT_NS (5 * CLOCK_SECOND_NS)
#define DEFAULT_DATAGRAM_TIMEOUT_NS CLOCK_SECOND_NS

struct loading {
    const struct subcommand *self;
    struct load_settings settings;
    int signals; /* a signalfd */
    bool json, progress, on_tty;
    bool line_open; /* the progress line stands without its end */
    struct load_report *before;
};

/* ---- what is said --------------------------------------------------------------------- */

/* The terminal echoes C-c as "^C" behind the line. */
#define ECHO_COLUMNS 3

/* What a line of the terminal on stderr holds; the whole text where nobody knows. */
static int columns(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col <= ECHO_COLUMNS)
        return LOAD_LINE_BYTES;
    return size.ws_col - ECHO_COLUMNS;
}

/* On a terminal one line is written again and again: one that wrapped would stay. */
static void say_progress(struct loading *p, const struct load_report *r)
{
    char line[LOAD_LINE_BYTES];

    if (!p->progress)
        return;
    load_progress_line(r, p->before, line);
    if (p->on_tty)
        fprintf(stderr, "\r%.*s\033[K", columns(), line);
    else
        say_line("%s", line);
    p->line_open = p->on_tty;
}

static int say_result(struct loading *p, const struct load_report *r)
{
    char text[LOAD_TEXT_BYTES];
    int put;

    if (p->line_open)
        fputs("\r\033[K", stderr);
    if (r->err.code)
        return cli_fail(p->self, EXIT_FAILED, &r->err);
    if (p->json) {
        put = cli_put_json(p->signals, load_json(r, &p->settings));
    } else {
        load_text(r, &p->settings, text);
        put = cli_put_lines(p->signals, text);
    }
    if (put < 0 && put != -EINTR)
        return cli_put_status(p->self, put);
    return load_succeeded(r) ? EXIT_DONE : EXIT_FAILED;
}

/* ---- the run -------------------------------------------------------------------------- */

/* Take the signal, so that the result can be written; another one ends that. */
static void take_signal(const struct loading *p)
{
    struct signalfd_siginfo info;

    while (read(p->signals, &info, sizeof(info)) < 0 && errno == EINTR)
        ;
}

/* Returns the last report, the caller's. */
static struct load_report *follow(struct loading *p, struct load *l)
{
    struct pollfd fds[] = {{.fd = mailbox_fd(load_reports(l)), .events = POLLIN},
                           {.fd = p->signals, .events = POLLIN}};

    for (;;) {
        struct load_report *r;

        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[1].revents) {
            take_signal(p);
            load_stop(l);
        }
        r = mailbox_take(load_reports(l));
        if (!r)
            continue;
        if (r->ended)
            return r;
        say_progress(p, r);
        free(p->before);
        p->before = r;
    }
}

static int run(struct loading *p)
{
    struct load_report *result;
    struct load *l;
    struct err err = {0};
    int status, r = load_start(&p->settings, &l, &err);

    if (r == -EMFILE)
        return cli_fail(p->self, EXIT_UNAVAILABLE, &err);
    if (r < 0)
        return cli_fail(p->self, cli_status_of(r), &err);
    result = follow(p, l);
    load_free(l);
    status = say_result(p, result);
    free(result);
    free(p->before);
    return status;
}

/* ---- the command line ----------------------------------------------------------------- */

struct option_words {
    const char *as, *connections, *duration, *requests, *rate, *size, *pipeline, *path, *host,
        *timeout, *ramp, *ca, *sni;
    bool keep_alive, no_keep_alive, quiet;
};

static bool take_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
    uint64_t n = 0;

    if (!text[0])
        return false;
    for (const char *c = text; *c; c++) {
        if (*c < '0' || *c > '9' || n > (UINT64_MAX - 9) / 10)
            return false;
        n = n * 10 + (uint64_t)(*c - '0');
    }
    if (n < min || n > max)
        return false;
    *ret = n;
    return true;
}

static int take_as(struct loading *p, const char *word)
{
    for (size_t i = 0; word && i < LOAD_AS_KINDS; i++)
        if (strcmp(word, load_as_names[i]) == 0) {
            p->settings.as = (enum load_as)i;
            return 0;
        }
    if (!word)
        return 0;
    return cli_usage_error(p->self, word,
                           "is none of echo, send, receive, http, message, connect");
}

static int take_counts(struct loading *p, const struct option_words *w)
{
    struct load_settings *s = &p->settings;
    bool bulk = s->as == LOAD_SEND || s->as == LOAD_RECEIVE;
    bool datagram = s->endpoint.scheme == ENDPOINT_UDP;
    uint64_t connections = DEFAULT_CONNECTIONS, pipeline = 1;

    /* A datagram that no network has to cut. */
    s->size_bytes = !bulk ? DEFAULT_SIZE : datagram ? 1200 : DEFAULT_BULK_SIZE;
    if (bulk && s->endpoint.scheme >= ENDPOINT_UNIX_DGRAM)
        s->size_bytes = 1200;
    if (w->connections && !take_number(w->connections, 1, LOAD_CONNECTIONS_MAX, &connections))
        return cli_usage_error(p->self, w->connections,
                               "is no number of connections up to 1000000");
    if (w->requests && !take_number(w->requests, 1, UINT64_MAX / 10000, &s->requests))
        return cli_usage_error(p->self, w->requests, "is no number of requests");
    if (w->size && !take_number(w->size, 1, LOAD_SIZE_MAX, &s->size_bytes))
        return cli_usage_error(p->self, w->size, "is no number of bytes up to 1073741824");
    if (w->pipeline && !take_number(w->pipeline, 1, LOAD_PIPELINE_MAX, &pipeline))
        return cli_usage_error(p->self, w->pipeline,
                               "is no number of requests on their way, up to 1024");
    s->connections = (uint32_t)connections;
    s->pipeline = (uint32_t)pipeline;
    return 0;
}

static int take_times(struct loading *p, const struct option_words *w)
{
    struct load_settings *s = &p->settings;
    uint64_t rate_ns = 0;

    s->timeout_ns =
        s->endpoint.scheme == ENDPOINT_UDP ? DEFAULT_DATAGRAM_TIMEOUT_NS : DEFAULT_TIMEOUT_NS;
    s->duration_ns = w->requests ? 0 : DEFAULT_DURATION_NS;
    if (w->duration && (text_seconds(w->duration, &s->duration_ns) < 0 || !s->duration_ns))
        return cli_usage_error(p->self, w->duration, "is no duration in seconds");
    if (w->timeout && (text_seconds(w->timeout, &s->timeout_ns) < 0 || !s->timeout_ns))
        return cli_usage_error(p->self, w->timeout, "is no timeout in seconds");
    if (w->ramp && text_seconds(w->ramp, &s->ramp_ns) < 0)
        return cli_usage_error(p->self, w->ramp, "is no time in seconds");
    /* A decimal number with a point, like a time. */
    if (w->rate && (text_seconds(w->rate, &rate_ns) < 0 || rate_ns < CLOCK_MS_NS))
        return cli_usage_error(p->self, w->rate, "is no rate from 0.001 to 1000000 a second");
    s->rate = rate_ns / (CLOCK_SECOND_NS / PACE_PER_SECOND);
    return 0;
}

static int take_http(struct loading *p, const struct option_words *w)
{
    struct load_settings *s = &p->settings;
    const char *path = w->path ? w->path : "/", *host = w->host ? w->host : "";

    if (s->as != LOAD_HTTP && (w->path || w->host))
        return cli_usage_error(p->self, w->path ? "--path" : "--host-header",
                               "goes with --as http only");
    if (w->keep_alive && w->no_keep_alive)
        return cli_usage_error(p->self, "--no-keep-alive", "contradicts --keep-alive");
    if (s->as != LOAD_HTTP && s->as != LOAD_MESSAGE && (w->keep_alive || w->no_keep_alive))
        return cli_usage_error(p->self, w->keep_alive ? "--keep-alive" : "--no-keep-alive",
                               "goes with --as http or message only");
    if (strlen(path) >= sizeof(s->path))
        return cli_usage_error(p->self, "--path", "is too long");
    if (strlen(host) >= sizeof(s->host))
        return cli_usage_error(p->self, "--host-header", "is too long");
    memcpy(s->path, path, strlen(path) + 1);
    memcpy(s->host, host, strlen(host) + 1);
    s->one_each = w->no_keep_alive;
    return 0;
}

static int take_tls(struct loading *p, const struct option_words *w)
{
    struct tls_settings *s = &p->settings.tls;
    const char *ca = w->ca ? w->ca : "", *sni = w->sni ? w->sni : "";

    if (p->settings.endpoint.scheme != ENDPOINT_TLS && (w->ca || w->sni || s->insecure))
        return cli_usage_error(p->self,
                               w->ca    ? "--ca"
                               : w->sni ? "--sni"
                                        : "--insecure",
                               "goes with tls:// only");
    if (strlen(ca) >= sizeof(s->ca))
        return cli_usage_error(p->self, "--ca", "is too long");
    if (strlen(sni) >= sizeof(s->sni))
        return cli_usage_error(p->self, "--sni", "is too long");
    memcpy(s->ca, ca, strlen(ca) + 1);
    memcpy(s->sni, sni, strlen(sni) + 1);
    return 0;
}

/* 0, or the status of a usage error, which is said. */
static int take_words(struct loading *p, const struct option_words *w)
{
    int status = take_as(p, w->as);

    if (status == 0)
        status = take_counts(p, w);
    if (status == 0)
        status = take_times(p, w);
    if (status == 0)
        status = take_http(p, w);
    if (status == 0)
        status = take_tls(p, w);
    if (status == 0 && w->quiet && p->progress)
        status = cli_usage_error(p->self, "--quiet", "contradicts --progress");
    p->on_tty = isatty(STDERR_FILENO);
    p->progress = !w->quiet && (p->progress || p->on_tty);
    return status;
}

static int load_run(const struct subcommand *self, const struct probes *probes, int argc,
                    char **argv)
{
    struct loading p = {.self = self};
    struct option_words w = {0};
    const struct cli_option options[] = {{"--as", NULL, &w.as},
                                         {"-c", NULL, &w.connections},
                                         {"--connections", NULL, &w.connections},
                                         {"-d", NULL, &w.duration},
                                         {"--duration", NULL, &w.duration},
                                         {"-n", NULL, &w.requests},
                                         {"--requests", NULL, &w.requests},
                                         {"-r", NULL, &w.rate},
                                         {"--rate", NULL, &w.rate},
                                         {"-s", NULL, &w.size},
                                         {"--size", NULL, &w.size},
                                         {"--pipeline", NULL, &w.pipeline},
                                         {"--path", NULL, &w.path},
                                         {"--host-header", NULL, &w.host},
                                         {"--keep-alive", &w.keep_alive, NULL},
                                         {"--no-keep-alive", &w.no_keep_alive, NULL},
                                         {"--no-check", &p.settings.unchecked, NULL},
                                         {"--same-body", &p.settings.same_body, NULL},
                                         {"--reset", &p.settings.reset, NULL},
                                         {"--ca", NULL, &w.ca},
                                         {"--sni", NULL, &w.sni},
                                         {"--insecure", &p.settings.tls.insecure, NULL},
                                         {"--timeout", NULL, &w.timeout},
                                         {"--ramp", NULL, &w.ramp},
                                         {"--json", &p.json, NULL},
                                         {"--progress", &p.progress, NULL},
                                         {"--quiet", &w.quiet, NULL},
                                         {NULL, NULL, NULL}};
    struct err err = {0};
    int status = 0, n = cli_options(self, options, argc, argv, &status);

    (void)probes;
    if (n < 0)
        return status;
    if (endpoint_parse_words((size_t)n, argv + 1, &p.settings.endpoint, &err) < 0)
        return cli_fail(self, EXIT_USAGE, &err);
    status = take_words(&p, &w);
    if (status)
        return status;
    p.signals = cli_signals();
    if (p.signals < 0)
        return cli_fail_signals(self, p.signals);
    status = run(&p);
    close(p.signals);
    return status;
}

const struct subcommand load_subcommand = {
    .name = "load",
    .arguments = "[--as KIND] [-c CONNECTIONS] [-d SECONDS] [-n REQUESTS] [-r RATE] [-s BYTES] "
                 "[--OPTION ...] ENDPOINT",
    .summary = "Many connections or messages; rates and percentiles; checks what comes back.",
    .help =
        "  --as echo                what goes out must come back, byte for byte (default)\n"
        "  --as send, receive       bytes in one direction\n"
        "  --as http                GET; each body must be as long as the first one\n"
        "  --as message             framed searches; likewise their answers\n"
        "  --as connect             connections, closed at once\n"
        "  -c, --connections N      at the same time, default 50\n"
        "  -d, --duration SECONDS   default 10; with -n: no limit\n"
        "  -n, --requests N         end when so many have been made\n"
        "  -r, --rate N             requests a second, of all connections together\n"
        "  -s, --size BYTES         of a message, default 64; of send and receive 65536\n"
        "                           (datagrams 1200)\n"
        "  --pipeline N             requests on their way in a connection, default 1\n"
        "  --path PATH              http: what to get, default /\n"
        "  --host-header TEXT       http: the header Host, default the endpoint's\n"
        "  --keep-alive             http, message: many requests in a connection (default)\n"
        "  --no-keep-alive          http, message: a connection for each request\n"
        "  --same-body              http: each body must be the first one, byte for byte\n"
        "  --no-check               http, message: answers may differ\n"
        "  --ca FILE                tls: trust the certificates in it, too\n"
        "  --sni NAME               tls: whom to ask for, and to expect\n"
        "  --insecure               tls: whatever the certificate is worth\n"
        "  --timeout SECONDS        for connecting and for each answer, default 5, of udp 1\n"
        "  --ramp SECONDS           open the connections evenly in this time\n"
        "  --reset                  close with RST: no connection stays in TIME-WAIT\n"
        "  --json                   one document in the end\n"
        "  --progress, --quiet      a line a second on stderr, also where that is no "
        "terminal;\n"
        "                           or none\n"
        "\nWithout --rate each connection makes its next request when it has its answer. With\n"
        "--rate requests are made when they are due, whether or not others were answered, and\n"
        "latency counts from the time a request was due, not from when it could be sent: a\n"
        "server that stalls is charged for all who would have waited (no coordinated\n"
        "omission). Latency is that of requests that were answered as they should be.\n"
        "When the time is up the requests on their way are still waited for; SIGINT ends at\n"
        "once with the result. A failed connection is tried again after a rest; the load ends\n"
        "early when none works.\n"
        "\nExit status 0 when all was done without an error, 1 with any error.\n",
    .run = load_run,
};
