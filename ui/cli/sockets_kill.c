/* `sockeye sockets --kill FILTER`: close sockets of anybody, as ss -K does; asks first.
 *
 *   tcp   ESTABLISHED  127.0.0.1:51826 > 127.0.0.1:65432
 *   close this 1 socket? y/N y
 *   closed   127.0.0.1:51826 > 127.0.0.1:65432 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/model/errors.h"
#include "ui/cli/say.h"
#include "ui/cli/sockets.h"

/* Nobody reads a longer list before saying yes. */
#define VICTIMS_MAX 10000

struct victim {
    struct row row;
    size_t netns; /* index of the list's */
    char ends[2 * ROW_END_BYTES + 4];
};

struct victims {
    size_t n, left_out;
    struct victim *list;
    size_t n_netns;
    struct netns *netns; /* parts come one for each namespace, with the same ones in each */
};

static size_t keep_netns(struct victims *v, const struct snapshot *part, const struct row *row)
{
    const struct netns *ns = &part->netns[row->netns];

    for (size_t i = 0; i < v->n_netns; i++)
        if (v->netns[i].inode == ns->inode)
            return i;
    v->netns = mem_resize(v->netns, v->n_netns + 1, sizeof(*v->netns));
    v->netns[v->n_netns] = *ns;
    return v->n_netns++;
}

static bool keep_part(void *ctx, const struct snapshot *part)
{
    struct victims *v = ctx;

    for (size_t i = 0; i < part->n_rows; i++) {
        const struct row *row = &part->rows[i];
        char local[ROW_END_BYTES], peer[ROW_END_BYTES];
        struct victim *victim;

        if (v->n == VICTIMS_MAX) {
            v->left_out++;
            continue;
        }
        v->list = mem_resize(v->list, v->n + 1, sizeof(*v->list));
        victim = &v->list[v->n++];
        *victim = (struct victim){.row = *row, .netns = SIZE_MAX};
        if (row->netns < part->n_netns)
            victim->netns = keep_netns(v, part, row);
        snprintf(victim->ends, sizeof(victim->ends), "%s > %s", row_local(part, row, local),
                 row_peer(part, row, peer));
    }
    return true;
}

static int show(const struct victims *v)
{
    char line[sizeof(v->list[0].ends) + 40];
    int r = 0;

    for (size_t i = 0; i < v->n && r == 0; i++) {
        const struct victim *victim = &v->list[i];

        snprintf(line, sizeof(line), "%-5s %-12s %s",
                 kind_name((enum socket_kind)victim->row.kind),
                 state_name((enum socket_state)victim->row.state), victim->ends);
        r = cli_put_line(-1, line);
    }
    return r;
}

/* Anything but a yes is a no. */
static bool agreed(size_t n)
{
    char answer[16];

    fprintf(stderr, "close %s %zu socket%s? y/N ", n == 1 ? "this" : "these", n,
            n == 1 ? "" : "s");
    fflush(stderr);
    return fgets(answer, sizeof(answer), stdin) && tolower((unsigned char)answer[0]) == 'y' &&
           (answer[1] == '\n' || strcasecmp(answer, "yes\n") == 0);
}

/* Not permitted only where nothing else went wrong. */
static int and_refused(int status, const struct err *err)
{
    int refused = cli_status_of(err->code) == EXIT_UNAVAILABLE ? EXIT_UNAVAILABLE : EXIT_FAILED;

    return status == EXIT_DONE || status == refused ? refused : EXIT_FAILED;
}

static int close_one(const struct sockets_job *job, const struct victims *v,
                     const struct victim *victim, int *status)
{
    char line[sizeof(victim->ends) + 600], why[512];
    struct err err = {0};
    const struct netns *where = victim->netns < v->n_netns ? &v->netns[victim->netns] : NULL;

    if (job->probes->socket_destroy(&victim->row, where, &err) == 0) {
        snprintf(line, sizeof(line), "closed   %s", victim->ends);
    } else {
        *status = and_refused(*status, &err);
        error_format(&err, why, sizeof(why));
        snprintf(line, sizeof(line), "refused  %s: %s", victim->ends, why);
    }
    return cli_put_line(-1, line);
}

static int close_all(const struct sockets_job *job, const struct victims *v)
{
    int r = 0, status = v->left_out ? EXIT_FAILED : EXIT_DONE;

    for (size_t i = 0; i < v->n && r == 0; i++)
        r = close_one(job, v, &v->list[i], &status);
    r = cli_put_status(job->self, r);
    return r ? r : status;
}

static int ask_and_close(const struct sockets_job *job, const struct sockets_choice *c,
                         const struct victims *v)
{
    int r = c->yes ? 0 : show(v);

    if (v->left_out)
        say_line("sockeye sockets: %zu more match; at most %d are closed at once", v->left_out,
                 VICTIMS_MAX);
    if (r < 0)
        return cli_put_status(job->self, r);
    if (v->n == 0) {
        say_line("sockeye sockets: no socket matches");
        return EXIT_DONE;
    }
    if (!c->yes && !agreed(v->n)) {
        say_line("nothing was closed");
        return EXIT_FAILED;
    }
    return close_all(job, v);
}

int sockets_kill(struct sockets_job *job, const struct sockets_choice *c)
{
    struct victims v = {0};
    int status;

    if (!job->wish->filter)
        return cli_usage_error(job->self, "--kill", "needs a FILTER: what shall be closed");
    if (c->json || c->csv || c->summary || c->by || c->watch || c->save || c->diff)
        return cli_usage_error(job->self, "--kill", "takes no form of output");
    if (!c->yes && !isatty(STDIN_FILENO))
        return cli_usage_error(job->self, "--kill",
                               "asks on a terminal; without one it needs --yes");
    sockets_visit(job, keep_part, &v);
    status = sockets_report_missing(job);
    if (status == EXIT_DONE)
        status = ask_and_close(job, c, &v);
    free(v.list);
    free(v.netns);
    return status;
}
