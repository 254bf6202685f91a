/* ui/cli/why.h - what the parts of `sockeye why` share; nobody else includes it. */
#ifndef SOCKEYE_CLI_WHY_H
#define SOCKEYE_CLI_WHY_H

#include <stdbool.h>

#include "core/report/why_record.h"
#include "core/why/gather.h"
#include "core/why/verdict.h"
#include "ui/cli/cli.h"

/* Before an endpoint that is to be bound. */
#define WHY_BIND_PREFIX "bind:"

/* What the command line said, and what is made of it. */
struct why_job {
    const struct subcommand *self;
    const struct probes *probes;
    struct why_wish wish;
    bool json, all, payload;
    const char *socket; /* --socket, as it was written; NULL: not given.  The others alike */
    const char *pid, *repeat, *every, *file, *report, *bundle;
    const char *timeout, *wait, *send, *send_size, *netns;
};

/* 0, or the exit status when options do not go together, which has been said.  word: the first one
 * of the target; NULL: there is none. */
int why_together(const struct why_job *job, const char *word);

/* An exit status; what is wrong has been said.  A job of one attempt, or of one socket. */
int why_once(const struct why_job *job);
int why_pid(const struct why_job *job);
int why_file(const struct why_job *job);
int why_repeat(const struct why_job *job);

/* Write the report and the bundle that the job wants; they are opened before anything is tried.
 * Exit statuses. */
struct why_outputs;
int why_outputs_open(const struct why_job *job, struct why_outputs **ret);
int why_outputs_write(struct why_outputs *o, const struct why_record *record,
                      struct evidence *e, const struct verdict *v);
void why_outputs_close(struct why_outputs *o); /* NULL is a no-op */

/* What evidence.target says of the job. */
void why_name_target(const struct why_job *job, struct evidence *e);
/* Tell the verdict as the job wants it. */
int why_tell(const struct why_job *job, const struct evidence *e, const struct verdict *v);

#endif
