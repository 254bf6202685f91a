/* The rows of one look, from the kernel to whoever takes them, and what was missing. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "ui/cli/say.h"
#include "ui/cli/sockets.h"

#define PATIENCE_MS 30000

static void count_missing(struct sockets_job *job, const struct snapshot *s)
{
    for (size_t i = 0; i < s->owned.n_owners; i++)
        job->unseen_owners += s->owned.owners[i].knowledge == OWNER_NOT_PERMITTED;
    if (s->err.code && !job->err.code)
        job->err = s->err;
    job->interrupted |= s->interrupted;
    job->malformed += s->malformed;
    job->unseen_processes = s->unseen_processes;
    job->from_procfs |= s->from_procfs;
    job->unavailable |= s->unavailable;
}

static bool take_part(void *ctx, const struct snapshot *part)
{
    struct sockets_job *job = ctx;

    count_missing(job, part);
    return job->part(job->ctx, part);
}

/* Sorting takes all rows at once: the observer does it. */
static void visit_sorted(struct sockets_job *job)
{
    const struct probes *probes = job->probes;
    struct observer *o = probes->observer_start(NULL, NULL);
    struct mailbox *box = probes->observer_snapshots(o);
    struct pollfd p = {.fd = mailbox_fd(box), .events = POLLIN};
    struct snapshot *s;

    probes->observer_wish(o, job->wish);
    job->wish = NULL;
    s = poll(&p, 1, PATIENCE_MS) > 0 ? mailbox_take(box) : NULL;
    if (s)
        take_part(job, s);
    else
        err_set(&job->err, -ETIMEDOUT, "observe", "", "the kernel gave no list");
    snapshot_free(s);
    probes->observer_stop(o);
}

void sockets_visit(struct sockets_job *job, sockets_part *part, void *ctx)
{
    struct err err = {0};

    job->part = part;
    job->ctx = ctx;
    if (job->wish->sort) {
        visit_sorted(job);
        return;
    }
    if (job->probes->sockets_list(job->wish, take_part, job, &err) < 0 && !job->err.code)
        job->err = err;
}

/* "udp, raw" */
static const char *kinds_text(uint32_t kinds, char *buf, size_t size)
{
    size_t used = 0;

    buf[0] = '\0';
    for (unsigned kind = 0; kind < KIND_COUNT; kind++)
        if (kinds & KIND_BIT(kind) && used < size)
            used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "",
                                     kind_name((enum socket_kind)kind));
    return buf;
}

/* What could not be seen is said once, with what grants it; root has nothing left to gain. */
static void say_unseen_owners(const struct sockets_job *job)
{
    char command[ERR_TEXT_BYTES];

    job->probes->grant_command(command, sizeof(command));
    say_line("sockeye sockets: the owners of %zu sockets may not be seen%s%s",
             job->unseen_owners, command[0] ? "; " : "", command);
}

/* What even root may not see is said, and no failure: there is nobody else to ask. */
static bool is_hidden_from_root(const struct sockets_job *job)
{
    return job->err.code == -EACCES && job->unseen_processes && geteuid() == 0;
}

int sockets_report_missing(const struct sockets_job *job)
{
    /* No kernel's sock_diag tells of ping sockets: that is worth a word to who asks for them. */
    uint32_t from_procfs = job->from_procfs & (job->asked | ~KIND_BIT(KIND_ICMP));
    uint32_t absent = job->unavailable & job->asked;
    char kinds[160];

    if (job->interrupted)
        say_line("sockeye sockets: sockets changed during the dump: a row may be "
                 "missing or twice");
    if (job->malformed)
        say_line("sockeye sockets: %zu messages of the kernel were too short to believe",
                 job->malformed);
    if (from_procfs)
        say_line("sockeye sockets: the kernel's sock_diag does not tell %s; /proc/net does, "
                 "which knows less",
                 kinds_text(from_procfs, kinds, sizeof(kinds)));
    if (job->unseen_owners)
        say_unseen_owners(job);
    if (absent)
        say_line("sockeye sockets: this kernel cannot list %s",
                 kinds_text(absent, kinds, sizeof(kinds)));
    if (job->err.code) {
        int status = cli_fail(job->self, cli_status_of(job->err.code), &job->err);

        if (!is_hidden_from_root(job))
            return status;
    }
    return absent ? EXIT_UNAVAILABLE : EXIT_DONE;
}
