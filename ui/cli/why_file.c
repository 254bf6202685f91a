/* `sockeye why --file`: the cause from a recording alone. */
#include <errno.h>
#include <string.h>

#include "ui/cli/why.h"

struct told {
    const struct why_job *job;
    int status;
};

/* Without --all the worst is enough. */
static bool take(void *ctx, struct evidence *e)
{
    struct told *t = ctx;
    struct verdict v;
    int status;

    why_judge(e, &v);
    status = why_tell(t->job, e, &v);
    evidence_free(e);
    if (status != EXIT_DONE)
        t->status = status;
    return t->job->all && status <= EXIT_FAILED;
}

int why_file(const struct why_job *job)
{
    struct told t = {.job = job, .status = EXIT_DONE};
    struct why_wish wish = job->wish;
    struct err err = {0};

    wish.subject = WHY_FILE;
    wish.path = job->file;
    if (strcmp(job->file, "-") == 0)
        return cli_usage_error(job->self, "-", "cannot be read twice, as a recording is");
    if (why_gather_file(&wish, job->probes, take, &t, &err) < 0)
        return cli_fail(job->self, cli_status_of(err.code), &err);
    return t.status;
}
