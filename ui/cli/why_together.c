/* Which options of `sockeye why` go with which target: what would be without effect is said. */
#include <string.h>

#include "ui/cli/why.h"

enum { TO_ENDPOINT = 1, TO_BIND = 2, TO_SOCKET = 4, TO_PID = 8, TO_FILE = 16, REPEATED = 32 };

/* Of an option: the targets that it goes with, and how that is said. */
struct company {
    const char *option;
    bool given;
    unsigned targets;
    const char *words;
};

static unsigned target_of(const struct why_job *job, const char *word)
{
    if (job->pid || job->socket || job->file)
        return job->pid ? TO_PID : job->socket ? TO_SOCKET : TO_FILE;
    return (word && strncmp(word, WHY_BIND_PREFIX, strlen(WHY_BIND_PREFIX)) == 0
                ? TO_BIND
                : TO_ENDPOINT) |
           (job->repeat ? REPEATED : 0);
}

static int several_targets(const struct why_job *job, const char *word)
{
    if (word)
        return cli_usage_error(job->self, word, "is one word too many");
    if (!!job->pid + !!job->socket + !!job->file > 1)
        return cli_usage_error(job->self, job->pid ? "--pid" : "--file",
                               "does not go together with another target");
    return 0;
}

int why_together(const struct why_job *job, const char *word)
{
    const struct company all[] = {
        {"--repeat", job->repeat, TO_ENDPOINT | TO_BIND | REPEATED, "goes with an endpoint"},
        {"--send", job->send, TO_ENDPOINT | REPEATED, "goes with an endpoint"},
        {"--send-size", job->send_size, TO_ENDPOINT | REPEATED, "goes with an endpoint"},
        {"--timeout", job->timeout, TO_ENDPOINT | REPEATED, "goes with an endpoint"},
        {"--wait", job->wait, TO_ENDPOINT | TO_SOCKET | TO_PID | REPEATED,
         "goes with an endpoint, a socket or a process"},
        {"--no-reuseaddr", job->wish.no_reuseaddr, TO_BIND | REPEATED, "goes with bind:"},
        {"--report", job->report, TO_ENDPOINT | TO_BIND | TO_SOCKET,
         "goes with an endpoint or a socket"},
        {"--bundle", job->bundle, TO_ENDPOINT | TO_BIND | TO_SOCKET,
         "goes with an endpoint or a socket"},
        {"--all", job->all, TO_FILE, "goes with --file"},
        {"--netns", job->netns, ~(unsigned)TO_FILE, "has no say over a recording"},
    };
    unsigned target = target_of(job, word);
    int status = target & (TO_PID | TO_SOCKET | TO_FILE) ? several_targets(job, word) : 0;

    for (size_t i = 0; !status && i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i].given && target & ~all[i].targets)
            status = cli_usage_error(job->self, all[i].option, all[i].words);
    if (!status && job->every && !job->repeat)
        status = cli_usage_error(job->self, "--every", "goes with --repeat");
    if (!status && job->payload && !job->bundle)
        status = cli_usage_error(job->self, "--payload", "goes with --bundle");
    if (!status && job->report && job->bundle && strcmp(job->report, job->bundle) == 0)
        status = cli_usage_error(job->self, job->report, "cannot be report and bundle at once");
    return status;
}
