/* `sockeye sockets --summary`: how many sockets there are of each kind and state, as ss -s. */
#include <stdio.h>
#include <string.h>

#include "core/base/line.h"
#include "ui/cli/sockets.h"

struct summary {
    size_t total;
    struct {
        size_t total, ipv4, ipv6, states[STATE_COUNT];
    } kinds[KIND_COUNT];
};

static bool count_part(void *ctx, const struct snapshot *part)
{
    struct summary *sum = ctx;

    for (size_t i = 0; i < part->n_rows; i++) {
        const struct row *row = &part->rows[i];

        sum->total++;
        sum->kinds[row->kind].total++;
        sum->kinds[row->kind].ipv4 += row->local.family == AF_INET;
        sum->kinds[row->kind].ipv6 += row->local.family == AF_INET6;
        sum->kinds[row->kind].states[row->state]++;
    }
    return true;
}

static cJSON *summary_json(const struct summary *sum)
{
    cJSON *document = cJSON_CreateObject(), *kinds;

    cJSON_AddNumberToObject(document, "schema", 1);
    cJSON_AddNumberToObject(document, "total", (double)sum->total);
    kinds = cJSON_AddArrayToObject(document, "kinds");
    for (int k = 0; k < KIND_COUNT; k++) {
        cJSON *kind, *states;

        if (!sum->kinds[k].total)
            continue;
        kind = cJSON_CreateObject();
        cJSON_AddStringToObject(kind, "netid", kind_name((enum socket_kind)k));
        cJSON_AddStringToObject(kind, "proto", kind_protocol((enum socket_kind)k));
        cJSON_AddNumberToObject(kind, "total", (double)sum->kinds[k].total);
        cJSON_AddNumberToObject(kind, "ipv4", (double)sum->kinds[k].ipv4);
        cJSON_AddNumberToObject(kind, "ipv6", (double)sum->kinds[k].ipv6);
        states = cJSON_AddObjectToObject(kind, "states");
        for (int state = 1; state < STATE_COUNT; state++)
            if (sum->kinds[k].states[state])
                cJSON_AddNumberToObject(states, state_name((enum socket_state)state),
                                        (double)sum->kinds[k].states[state]);
        cJSON_AddItemToArray(kinds, kind);
    }
    return document;
}

static int put_kind(const struct summary *sum, int k)
{
    char text[512];
    struct line_out l = line_in(text, sizeof(text));
    const char *between = "";

    line_add(&l, "%-7s %8zu %8zu %8zu  ", kind_name((enum socket_kind)k), sum->kinds[k].total,
             sum->kinds[k].ipv4, sum->kinds[k].ipv6);
    for (int state = 1; state < STATE_COUNT; state++)
        if (sum->kinds[k].states[state]) {
            line_add(&l, "%s%s %zu", between, state_name((enum socket_state)state),
                     sum->kinds[k].states[state]);
            between = ", ";
        }
    return cli_put_line(-1, text);
}

static int put_csv(const struct summary *sum)
{
    static const char header[] = "netid,state,sockets\r\n";
    char line[80];
    int r = cli_put(-1, header, sizeof(header) - 1);

    for (int k = 0; k < KIND_COUNT; k++)
        for (int state = 1; state < STATE_COUNT && r == 0; state++) {
            if (!sum->kinds[k].states[state])
                continue;
            snprintf(line, sizeof(line), "%s,%s,%zu\r\n", kind_name((enum socket_kind)k),
                     state_name((enum socket_state)state), sum->kinds[k].states[state]);
            r = cli_put(-1, line, strlen(line));
        }
    return r;
}

static int put_text(const struct summary *sum, bool no_header)
{
    char line[80];
    int r = 0;

    if (!no_header) {
        snprintf(line, sizeof(line), "%-7s %8s %8s %8s  %s", "Netid", "Total", "IPv4", "IPv6",
                 "States");
        r = cli_put_line(-1, line);
    }
    for (int k = 0; k < KIND_COUNT && r == 0; k++)
        if (sum->kinds[k].total)
            r = put_kind(sum, k);
    snprintf(line, sizeof(line), "%-7s %8zu", "all", sum->total);
    return r ? r : cli_put_line(-1, line);
}

int sockets_summary(struct sockets_job *job, const struct sockets_choice *c)
{
    struct summary sum = {0};
    int r, status;

    sockets_visit(job, count_part, &sum);
    status = sockets_report_missing(job);
    r = c->json  ? cli_put_json(-1, summary_json(&sum))
        : c->csv ? put_csv(&sum)
                 : put_text(&sum, c->no_header);
    r = cli_put_status(job->self, r);
    return r ? r : status;
}
