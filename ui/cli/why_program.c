/* ui/cli/why_program.c - `sockeye why -- PROGRAM ARG...`: runs a program of the user's and explains
 * each socket call of it that failed or stalled.
 *
 * stdin and stdout are the program's alone. */
#include "ui/cli/why_program.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/message/json_print.h"
#include "core/report/why_program.h"
#include "core/why/gather_program.h"
#include "ui/cli/say.h"

struct telling {
    FILE *to;
    bool live; /* a line as each call fails */
};

bool why_program_wanted(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--") == 0)
            return true;
    return false;
}

/* --- signals: those meant for us are meant for the program ------------------------------------ */

static const struct probes *signal_probes;
static struct program_trace *signal_trace;

/* The terminal sends its signals (SI_KERNEL) to the program, too. */
static void pass_on(int signal, siginfo_t *info, void *context)
{
    int error = errno;

    (void)context;
    if (info->si_code != SI_KERNEL)
        signal_probes->program_signal(signal_trace, signal);
    errno = error;
}

static void take_signals(const struct probes *probes, struct program_trace *trace)
{
    static const int signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
    struct sigaction action = {.sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_RESTART};

    signal_probes = probes;
    signal_trace = trace;
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaction(signals[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void leave_signals(void)
{
    static const int signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        signal(signals[i], SIG_DFL);
}

/* --- what is said ------------------------------------------------------------------------------- */

static void tell(void *ctx, const struct program_finding *f)
{
    const struct telling *t = ctx;
    char text[WHY_FINDING_BYTES];

    if (t->live)
        say_line("sockeye why: %s", why_finding_line(f, text));
}

static int put_line(void *ctx, const char *text)
{
    const struct telling *t = ctx;

    return fprintf(t->to, "%s\n", text) < 0 ? -EIO : 0;
}

static int put_json(const struct telling *t, cJSON *document)
{
    char *text = json_print(document, false);
    int r = text && fprintf(t->to, "%s\n", text) >= 0 ? 0 : -EIO;

    free(text);
    cJSON_Delete(document);
    return r;
}

static int finish(const struct subcommand *self, const struct program_report *r,
                  struct telling *t, bool json, const char *name)
{
    struct err err = {0};
    int put =
        json ? put_json(t, why_program_json(r, name)) : why_program_text(r, name, put_line, t);

    if (fflush(t->to) == EOF || put < 0) {
        err_set(&err, -EIO, "write", "", "%s", "what was found could not be written");
        return cli_fail(self, EXIT_FAILED, &err);
    }
    return program_worst(r) ? EXIT_FAILED : EXIT_DONE;
}

static int watch(const struct subcommand *self, const struct probes *probes,
                 struct program_trace *trace, char **words, const char *output, bool json)
{
    struct telling t = {.to = output ? fopen(output, "we") : stderr, .live = !json || output};
    struct program_wish wish = {.trace = trace, .name = words[0], .told = tell, .ctx = &t};
    struct program_report *report = NULL;
    struct err err = {0};
    int status;

    if (!t.to) {
        err_set(&err, -errno, "open", output, "%s", "");
        return cli_fail(self, EXIT_FAILED, &err);
    }
    take_signals(probes, trace);
    if (why_program(&wish, probes, &report, &err) < 0) {
        bool begun = strcmp(err.operation, "run") != 0;

        status = cli_fail(self, begun ? EXIT_UNAVAILABLE : EXIT_FAILED, &err);
    } else {
        status = finish(self, report, &t, json, words[0]);
    }
    leave_signals();
    program_report_free(report);
    if (output && fclose(t.to) == EOF)
        status = EXIT_FAILED;
    return status;
}

/* --- the words ----------------------------------------------------------------------------------- */

int why_program_run(const struct subcommand *self, const struct probes *probes, int argc,
                    char **argv)
{
    const char *output = NULL;
    bool json = false;
    struct program_settings settings = {.stall_ns = PROGRAM_STALL_NS};
    const struct cli_option options[] = {{"--json", &json, NULL},
                                         {"--no-io", &settings.no_io, NULL},
                                         {"--output", NULL, &output},
                                         {NULL, NULL, NULL}};
    struct program_trace *trace = NULL;
    struct err err = {0};
    int dashes = 1, status = 0, n;

    while (strcmp(argv[dashes], "--") != 0)
        dashes++;
    n = cli_options(self, options, dashes, argv, &status);
    if (n < 0)
        return status;
    if (n > 0)
        return cli_usage_error(self, argv[1], "does not go together with -- PROGRAM");
    if (dashes + 1 == argc)
        return cli_usage_error(self, "--", "needs a program behind it");
    if (probes->program_start(argv + dashes + 1, &settings, &trace, &err) < 0)
        return cli_fail(self, EXIT_UNAVAILABLE, &err);
    /* Behind the fork of the tracer, which would keep the helper alive. */
    probes->help();
    status = watch(self, probes, trace, argv + dashes + 1, output, json);
    probes->program_stop(trace);
    return status;
}
