/* `sockeye sockets --summary`: how many sockets there are of each kind and state, as ss -s, and,
 * where nothing is left out, the figures of the host. */
#include <stdio.h>
#include <string.h>

#include "core/report/host.h"
#include "ui/cli/sockets.h"

static bool count_part(void *ctx, const struct snapshot *part)
{
    struct host_reading *reading = ctx;

    host_tally_add(reading->tally, part);
    return true;
}

static int put_line(void *ctx, const char *text)
{
    (void)ctx;
    return cli_put_line(-1, text);
}

static int put_csv(const struct host_tally *t)
{
    static const char header[] = "netid,state,sockets\r\n";
    char line[80];
    int r = cli_put(-1, header, sizeof(header) - 1);

    for (int k = 0; k < KIND_COUNT; k++)
        for (int state = 1; state < STATE_COUNT && r == 0; state++) {
            if (!t->kinds[k].states[state])
                continue;
            snprintf(line, sizeof(line), "%s,%s,%zu\r\n", kind_name((enum socket_kind)k),
                     state_name((enum socket_state)state), t->kinds[k].states[state]);
            r = cli_put(-1, line, strlen(line));
        }
    return r;
}

static int put_json(const struct host_tally *t, const struct host *h)
{
    cJSON *document = host_sockets_json(t);

    if (h)
        cJSON_AddItemToObject(document, "figures", host_figures_json(h));
    return cli_put_json(-1, document);
}

static int put_text(const struct host_tally *t, const struct host *h, bool header)
{
    int r = host_sockets_text(t, header, put_line, NULL);

    if (r == 0 && h && header)
        r = cli_put_line(-1, "");
    return r == 0 && h && header ? host_figures_text(h, put_line, NULL) : r;
}

/* Nothing of our namespace is left out: its figures fit beside it. */
static bool is_whole(const struct wish *w)
{
    return !w->filter && !w->netns[0] && !w->families && w->kinds == KINDS_ALL;
}

int sockets_summary(struct sockets_job *job, const struct sockets_choice *c)
{
    struct host_reading *reading = job->probes->host_look();
    const struct host_tally *t;
    struct host host = {0};
    bool whole = is_whole(job->wish);
    int r, status;

    host_reading_count(reading);
    sockets_visit(job, count_part, reading);
    host_tally_end(reading->tally);
    reading->tally_err = job->err;
    status = sockets_report_missing(job);
    host_take(&host, reading);
    t = reading->tally;
    r = c->json  ? put_json(t, whole ? &host : NULL)
        : c->csv ? put_csv(t)
                 : put_text(t, whole ? &host : NULL, !c->no_header);
    r = cli_put_status(job->self, r);
    host_done(&host);
    host_reading_free(reading);
    return r ? r : status;
}
