/* ui/cli/why.c - `sockeye why`: the cause of a failure or a stall, with the evidence. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/report/why.h"
#include "core/why/causes.h"
#include "ui/cli/why.h"
#include "ui/cli/why_program.h"
#include "ui/cli/why_sending.h"

static int put_line(void *ctx, const char *text)
{
    (void)ctx;
    return cli_put_line(-1, text);
}

int why_tell(const struct why_job *job, const struct evidence *e, const struct verdict *v)
{
    int status = cli_put_status(job->self, job->json ? cli_put_json(-1, why_json(e, v))
                                                     : why_text(e, v, put_line, NULL));

    if (status != EXIT_DONE)
        return status;
    return strcmp(v->cause, "healthy") == 0 ? EXIT_DONE : EXIT_FAILED;
}

/* ENDPOINT, HOST PORT, bind:ENDPOINT. */
static int parse_target(size_t n, char *const words[], struct why_wish *wish, struct err *err)
{
    if (n == 1 && strncmp(words[0], WHY_BIND_PREFIX, strlen(WHY_BIND_PREFIX)) == 0) {
        wish->subject = WHY_BIND;
        return endpoint_parse(words[0] + strlen(WHY_BIND_PREFIX), &wish->endpoint, err);
    }
    wish->subject = WHY_CONNECT;
    return endpoint_parse_words(n, words, &wish->endpoint, err);
}

/* LOCAL or LOCAL-PEER: tcp://10.0.0.1:4242-10.0.0.2:80, numeric. */
static int parse_socket(const char *text, struct why_wish *wish, struct err *err)
{
    const char *dash = strchr(text, '-');
    size_t len = dash ? (size_t)(dash - text) : strlen(text);
    char local[ENDPOINT_TEXT_BYTES], peer[ENDPOINT_TEXT_BYTES];
    struct endpoint e;
    int r;

    wish->subject = WHY_SOCKET;
    snprintf(local, sizeof(local), "%.*s", (int)len, text);
    r = endpoint_parse(local, &e, err);
    if (r < 0)
        return r;
    wish->endpoint = e;
    wish->protocol = e.scheme == ENDPOINT_UDP ? IPPROTO_UDP : IPPROTO_TCP;
    if (e.scheme >= ENDPOINT_UNIX || !endpoint_numeric(&e, &wish->local))
        return err_set(err, -EINVAL, "parse socket", text, "the local address must be numeric");
    wish->local.port = e.port;
    if (!dash)
        return 0;
    snprintf(peer, sizeof(peer), "%s", dash + 1);
    r = endpoint_parse(peer, &e, err);
    if (r < 0)
        return r;
    if (!endpoint_numeric(&e, &wish->peer))
        return err_set(err, -EINVAL, "parse socket", text,
                       "the peer's address must be numeric");
    wish->peer.port = e.port;
    return 0;
}

void why_name_target(const struct why_job *job, struct evidence *e)
{
    char text[ENDPOINT_TEXT_BYTES];

    if (job->wish.subject == WHY_SOCKET)
        snprintf(e->target, sizeof(e->target), "%s", job->socket);
    else
        snprintf(e->target, sizeof(e->target), "%s%s",
                 job->wish.subject == WHY_BIND ? WHY_BIND_PREFIX : "",
                 endpoint_format(&job->wish.endpoint, text));
}

int why_once(const struct why_job *job)
{
    struct why_wish wish = job->wish;
    struct why_record *record = NULL;
    struct why_outputs *outputs = NULL;
    struct evidence *e;
    struct verdict v;
    struct err err = {0};
    int status = why_outputs_open(job, &outputs), written = EXIT_DONE;

    if (status != EXIT_DONE)
        return status;
    if (outputs) {
        wish.packet = why_record_add;
        wish.packet_ctx = record = why_record_new();
    }
    if (why_gather(&wish, job->probes, &e, &err) < 0) {
        status = cli_fail(job->self, cli_status_of(err.code), &err);
    } else {
        why_name_target(job, e);
        why_judge(e, &v);
        status = why_tell(job, e, &v);
        if (outputs)
            written = why_outputs_write(outputs, record, e, &v);
        evidence_free(e);
    }
    why_outputs_close(outputs);
    why_record_free(record);
    return written != EXIT_DONE ? written : status;
}

/* What is asked for, by which of the ways. */
static int run_job(struct why_job *job, size_t n, char **words)
{
    struct err err = {0};

    if (job->pid)
        return why_pid(job);
    if (job->file)
        return why_file(job);
    if ((job->socket ? parse_socket(job->socket, &job->wish, &err)
                     : parse_target(n, words, &job->wish, &err)) < 0)
        return cli_fail(job->self, EXIT_USAGE, &err);
    return job->repeat ? why_repeat(job) : why_once(job);
}

static int why_run(const struct subcommand *self, const struct probes *probes, int argc,
                   char **argv)
{
    struct why_job job = {.self = self, .probes = probes};
    char *owned = NULL;
    const struct cli_option options[] = {{"--json", &job.json, NULL},
                                         {"--no-reuseaddr", &job.wish.no_reuseaddr, NULL},
                                         {"--timeout", NULL, &job.timeout},
                                         {"--wait", NULL, &job.wait},
                                         {"--send", NULL, &job.send},
                                         {"--send-size", NULL, &job.send_size},
                                         {"--netns", NULL, &job.netns},
                                         {"--socket", NULL, &job.socket},
                                         {"--pid", NULL, &job.pid},
                                         {"--file", NULL, &job.file},
                                         {"--all", &job.all, NULL},
                                         {"--report", NULL, &job.report},
                                         {"--bundle", NULL, &job.bundle},
                                         {"--payload", &job.payload, NULL},
                                         {"--repeat", NULL, &job.repeat},
                                         {"--every", NULL, &job.every},
                                         {NULL, NULL, NULL}};
    struct err err = {0};
    int status = 0, n;

    if (why_program_wanted(argc, argv))
        return why_program_run(self, probes, argc, argv);
    n = cli_options(self, options, argc, argv, &status);
    if (n < 0)
        return status;
    status = why_together(&job, n > 0 ? argv[1] : NULL);
    if (status)
        return status;
    if (job.timeout && text_seconds(job.timeout, &job.wish.timeout_ns) < 0)
        return cli_usage_error(self, job.timeout, "is no number of seconds");
    if (job.wait && text_seconds(job.wait, &job.wish.wait_ns) < 0)
        return cli_usage_error(self, job.wait, "is no number of seconds");
    if (cli_confine(probes, job.netns, &err) < 0)
        return cli_fail(self, cli_status_of(err.code), &err);
    if (causes_load(&err) < 0)
        return cli_fail(self, EXIT_UNAVAILABLE, &err);
    status = why_sending(job.send, job.send_size, &job.wish, &owned, &err) < 0
                 ? cli_fail(self, EXIT_USAGE, &err)
                 : run_job(&job, (size_t)n, argv + 1);
    free(owned);
    return status;
}

const struct subcommand why_subcommand = {
    .name = "why",
    .arguments = "[--json] [OPTION ...] ENDPOINT | bind:ENDPOINT | --socket LOCAL[-PEER] | "
                 "--pid PID | --file FILE | -- PROGRAM ARG...",
    .summary = "The cause of a failure or a stall, with the evidence.",
    .help =
        "  --send TEXT     send it once connected; \\r \\n \\t \\0 \\\\ \\xNN are escapes\n"
        "  --send-size N   send N bytes of a pattern instead\n"
        "  --wait S        how long to listen after sending, default 1\n"
        "  --timeout S     how long one address may take to answer\n"
        "  --no-reuseaddr  bind: without SO_REUSEADDR\n"
        "  --socket LOCAL[-PEER]  a socket that is there: tcp://10.0.0.1:4242-10.0.0.2:80\n"
        "  --pid PID       every socket of a process: the worst is the verdict\n"
        "  --file FILE     a pcap or pcapng recording: its worst conversation; --all: each\n"
        "  --repeat N      again and again, each address in each round: what fails, and how "
        "often\n"
        "  --every S       between the rounds, default 1\n"
        "  --report FILE.html  a page with all of it, and its packets in FILE.pcapng\n"
        "  --bundle FILE.tar|FOLDER  the same and JSON for a ticket; --payload: with payload\n"
        "  --netns NAME|PID  ask from inside that network namespace or container\n"
        "  --json          one document\n"
        "\nIt connects as a plain program does and sends nothing but TEXT; a udp:// endpoint\n"
        "gets one empty datagram.  bind: binds, does not listen, and closes at once.\n"
        "\n-- PROGRAM ARG... runs a program and explains each socket call of it, its threads\n"
        "and its children that fails, or waits longer than 1 s for a peer.  The program's\n"
        "input and output are its own; what sockeye says goes to stderr, with --json too, or\n"
        "with --output FILE there.  SIGINT of the terminal is the program's.  It ends with\n"
        "the program; what the program leaves running goes on, unwatched.  Not seen: read()\n"
        "and write() on descriptors 0 to 2, io_uring, and 32-bit programs.  With --no-io no\n"
        "read() and write() is looked at, which makes work with files as fast as without.\n"
        "Exit status 0: healthy, 1: a cause was found.\n",
    .run = why_run,
    .confines = true,
};
