/* ui/cli/run.h - what the files of `sockeye run` share.
 *
 *   run.c       its words, the files, what is printed
 *   run_face.c  the face of the runs: engine, probes, why */
#ifndef SOCKEYE_CLI_RUN_H
#define SOCKEYE_CLI_RUN_H

#include "core/scenario/run.h"
#include "ui/cli/cli.h"

#define RUN_JOBS 64 /* side by side */

struct run_job {
    struct scenario *scenario;        /* owned */
    struct scenario_run *run, *again; /* owned; again NULL: there is no second run (yet) */
    bool over;
};

struct run_options {
    const struct subcommand *self;
    const struct probes *probes;
    struct scenario_pairs set;
    bool no_again, no_capture;
    unsigned patience; /* as struct run_settings */
};

struct run_face;

/* Makes the first run of each job.  Returns EXIT_DONE, or another exit status when that is said.
 * The jobs outlive it; what a run says means something only while it is there. */
int run_face_new(const struct run_options *options, size_t n, struct run_job *jobs,
                 struct run_face **ret);
/* Carry all of them out, side by side; `done` is called when one may be over. */
void run_face_go(struct run_face *f, void (*done)(void *ctx), void *ctx);
void run_face_free(struct run_face *f);

#endif
