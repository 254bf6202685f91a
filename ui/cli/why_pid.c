/* `sockeye why --pid`: the sockets of one process. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/why/checkup.h"
#include "ui/cli/why.h"

static bool parse_pid(const char *text, int32_t *ret)
{
    char *end;
    long n;

    errno = 0;
    n = strtol(text, &end, 10);
    if (errno || end == text || *end || n <= 0 || n > INT_MAX)
        return false;
    *ret = (int32_t)n;
    return true;
}

int why_pid(const struct why_job *job)
{
    struct checkup_wish wish = {.wait_ns = job->wish.wait_ns, .stop = job->wish.stop};
    struct checkup *c;
    struct verdict v;
    struct err err = {0};
    int status;

    if (!parse_pid(job->pid, &wish.pid))
        return cli_usage_error(job->self, job->pid, "is no process id");
    if (checkup_run(&wish, job->probes, &c, &err) < 0)
        return cli_fail(job->self, cli_status_of(err.code), &err);
    snprintf(c->e->target, sizeof(c->e->target), "pid %d", wish.pid);
    evidence_sort(c->e);
    checkup_verdict(c, &v);
    status = why_tell(job, c->e, &v);
    checkup_free(c);
    return status;
}
