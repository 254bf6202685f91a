/* ui/cli/run.c - `sockeye run`: scenarios and lessons, carried out while nobody watches. */
#include "ui/cli/run.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/errors.h"
#include "core/report/scenario.h"
#include "core/why/causes.h"

#define PATIENCE_MAX 100

struct output {
    const struct run_options *options;
    size_t n, told; /* jobs, and those of them that were printed */
    struct run_job *jobs;
    size_t points;
    bool json;
    int put; /* of cli_put_line(), the first failure */
};

/* --- what is printed ------------------------------------------------------------------------ */

static int put_line(void *ctx, const char *line)
{
    (void)ctx;
    return cli_put_line(-1, line);
}

/* In the order of the files, each as soon as it is over. */
static void tell(void *ctx)
{
    struct output *o = ctx;

    for (; !o->json && o->told < o->n && o->jobs[o->told].over; o->told++) {
        struct run_job *job = &o->jobs[o->told];
        struct scenario_report report = {job->scenario, job->run, job->again};
        int r = scenario_tap(&report, &o->points, put_line, NULL);

        o->put = o->put ? o->put : r;
    }
}

static enum run_outcome outcome_of(const struct run_job *job)
{
    enum run_outcome outcome = scenario_run_outcome(job->run);

    return outcome == RUN_HELD && job->again ? scenario_run_outcome(job->again) : outcome;
}

static int status_of(const struct output *o)
{
    int status = EXIT_DONE;

    for (size_t i = 0; i < o->n; i++) {
        enum run_outcome outcome = outcome_of(&o->jobs[i]);

        if (outcome == RUN_UNAVAILABLE)
            status = status == EXIT_DONE ? EXIT_UNAVAILABLE : status;
        else if (outcome != RUN_HELD)
            status = EXIT_FAILED;
    }
    return status;
}

static int put_document(const struct output *o, int status)
{
    cJSON *document = cJSON_CreateObject(), *list;

    cJSON_AddNumberToObject(document, "schema", SCENARIO_SCHEMA);
    cJSON_AddBoolToObject(document, "held", status == EXIT_DONE);
    list = cJSON_AddArrayToObject(document, "scenarios");
    for (size_t i = 0; i < o->n; i++) {
        struct scenario_report report = {o->jobs[i].scenario, o->jobs[i].run, o->jobs[i].again};

        cJSON_AddItemToArray(list, scenario_json(&report));
    }
    return cli_put_json(-1, document);
}

static int finish(struct output *o, int status)
{
    char plan[40];
    int r = o->put;

    tell(o);
    snprintf(plan, sizeof(plan), "1..%zu", o->points);
    if (r == 0)
        r = o->json ? put_document(o, status) : cli_put_line(-1, plan);
    return r ? cli_put_status(o->options->self, r) : status;
}

static int list_all(const struct subcommand *self)
{
    static const char *const folders[] = {"lessons", "scenarios"};
    int r = 0, status = EXIT_DONE;

    for (size_t f = 0; f < sizeof(folders) / sizeof(folders[0]); f++) {
        struct scenario **list;
        struct err err;
        size_t n = scenario_load_all(folders[f], &list, &err);

        for (size_t i = 0; i < n; i++) {
            char line[2 * SCENARIO_LINE_BYTES];

            snprintf(line, sizeof(line), "%-20s %s", list[i]->name, list[i]->title);
            r = r ? r : cli_put_line(-1, line);
            scenario_free(list[i]);
        }
        free(list);
        if (err.code)
            status = cli_fail(self, EXIT_USAGE, &err);
    }
    return r ? cli_put_status(self, r) : status;
}

/* --- its words ------------------------------------------------------------------------------ */

/* "--set NAME=VALUE" wherever it stands, taken out of the words: it may be repeated.  The texts
 * are whole still.  Returns how many words are left. */
static int take_settings(int argc, char **argv, struct scenario_pairs *set)
{
    int kept = 0;

    set->list = mem_new((size_t)argc, sizeof(*set->list));
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "--set=", 6) == 0)
            set->list[set->n++].value = argv[i] + 6;
        else if (strcmp(argv[i], "--set") == 0 && i + 1 < argc)
            set->list[set->n++].value = argv[++i];
        else
            argv[kept++] = argv[i];
    }
    return kept;
}

/* Cut into name and value. */
static int split_settings(const struct run_options *options)
{
    for (size_t i = 0; i < options->set.n; i++) {
        struct scenario_pair *pair = &options->set.list[i];
        char *equals = strchr(pair->value, '=');

        if (!equals || strlen(equals) > SCENARIO_VALUE_BYTES)
            return cli_usage_error(options->self, pair->value,
                                   "is no NAME=VALUE of up to 319 bytes");
        *equals = '\0';
        *pair = (struct scenario_pair){pair->value, equals + 1};
    }
    return EXIT_DONE;
}

/* Each variable that is set belongs to one of them at least. */
static int check_settings(const struct run_options *options, size_t n,
                          const struct run_job *jobs)
{
    for (size_t i = 0; i < options->set.n; i++) {
        bool known = false;

        for (size_t k = 0; k < n; k++)
            known |= scenario_variable(jobs[k].scenario, options->set.list[i].name) != NULL;
        if (!known)
            return cli_usage_error(options->self, options->set.list[i].name,
                                   "is no variable of these scenarios");
    }
    return EXIT_DONE;
}

/* Nothing is done while one of them is malformed. */
static int load_all(const struct subcommand *self, int n, char **words, struct run_job *jobs)
{
    int status = EXIT_DONE;

    for (int i = 0; i < n; i++) {
        char path[PATH_MAX];
        struct err err = {0};

        if (!scenario_find(words[i], path, sizeof(path)))
            status =
                cli_usage_error(self, words[i], "is no file and no scenario of ours (--list)");
        else if (scenario_load(path, &jobs[i].scenario, &err) < 0)
            status = cli_fail(self, EXIT_USAGE, &err);
    }
    return status;
}

static int run_files(struct run_options *options, int n, char **words, bool json)
{
    struct run_job *jobs = mem_new((size_t)n, sizeof(*jobs));
    struct output o = {.options = options, .n = (size_t)n, .jobs = jobs, .json = json};
    struct run_face *face = NULL;
    int status = load_all(options->self, n, words, jobs);

    if (status == EXIT_DONE)
        status = check_settings(options, o.n, jobs);
    if (status == EXIT_DONE)
        status = run_face_new(options, o.n, jobs, &face);
    if (status == EXIT_DONE) {
        o.put = json ? 0 : cli_put_line(-1, "TAP version 13");
        run_face_go(face, tell, &o);
        status = finish(&o, status_of(&o));
    }
    for (int i = 0; i < n; i++) {
        scenario_run_free(jobs[i].again);
        scenario_run_free(jobs[i].run);
        scenario_free(jobs[i].scenario);
    }
    if (face)
        run_face_free(face);
    free(jobs);
    return status;
}

static bool take_patience(const char *word, unsigned *ret)
{
    char *end;
    unsigned long n = strtoul(word, &end, 10);

    *ret = (unsigned)n;
    return word[0] >= '0' && word[0] <= '9' && !*end && n >= 1 && n <= PATIENCE_MAX;
}

static int run_run(const struct subcommand *self, const struct probes *probes, int argc,
                   char **argv)
{
    struct run_options options = {.self = self, .probes = probes};
    bool json = false, tap = false, list = false, again = false;
    const char *left = NULL; /* a --set with nothing behind it */
    const char *patience = "1";
    const struct cli_option words[] = {{"--json", &json, NULL},
                                       {"--tap", &tap, NULL},
                                       {"--list", &list, NULL},
                                       {"--set", NULL, &left},
                                       {"--patience", NULL, &patience},
                                       {"--again", &again, NULL},
                                       {"--no-again", &options.no_again, NULL},
                                       {"--no-capture", &options.no_capture, NULL},
                                       {NULL, NULL, NULL}};
    int status = EXIT_USAGE;
    int n = cli_options(self, words, take_settings(argc, argv, &options.set), argv, &status);
    struct err err = {0};

    if (n >= 0)
        status = split_settings(&options);
    if (n < 0 || status != EXIT_DONE) {
        free(options.set.list);
        return status;
    }
    error_reference_load(NULL);
    if (list)
        status = list_all(self);
    else if (tap && json)
        status = cli_usage_error(self, "--tap", "does not go together with --json");
    else if (again && options.no_again)
        status = cli_usage_error(self, "--again", "does not go together with --no-again");
    else if (!take_patience(patience, &options.patience))
        status = cli_usage_error(self, patience, "is no number from 1 to 100");
    else if (n == 0)
        status = cli_usage_error(self, "FILE", "is missing");
    else if (n > RUN_JOBS)
        status = cli_usage_error(self, argv[RUN_JOBS + 1], "is one more than 64 scenarios");
    else if (causes_load(&err) < 0)
        status = cli_fail(self, EXIT_UNAVAILABLE, &err);
    else
        status = run_files(&options, n, argv + 1, json);
    free(options.set.list);
    return status;
}

const struct subcommand run_subcommand = {
    .name = "run",
    .arguments = "[--json] [--set NAME=VALUE]... FILE|NAME...",
    .summary = "Scenarios and lessons: steps, and whether what is expected of them holds.",
    .help = "  FILE              a scenario; share/doc/scenarios.md tells how to write one\n"
            "  NAME              one that comes with sockeye\n"
            "  --list            their names and titles\n"
            "  --set NAME=VALUE  a variable of the scenario; may be repeated\n"
            "  --tap             TAP 13, for prove(1) and the like; the usual\n"
            "  --json            one document\n"
            "  --again           the second run of a lesson, too; the usual\n"
            "  --no-again        without it\n"
            "  --patience N      wait N times as long as they say, on a slow host\n"
            "  --no-capture      capture no packets: what looks at them is left out\n"
            "\nSeveral run side by side.  What they open is closed in the end, also after "
            "SIGINT.\n"
            "Exit status 0: everything held; 1: something did not; 2: a file is malformed; 3: "
            "it\n"
            "needs what is not to be had here.\n",
    .run = run_run,
};
