/* Which columns `sockeye sockets` shows. */
#include <stdio.h>
#include <string.h>

#include "ui/cli/sockets.h"

static const char *const extended_columns[] = {
    "uid",    "inode",    "cookie", "interface", "mark", "class_id",
    "v6only", "shutdown", "cgroup", "sockopt",   NULL,
};

static const char *const memory_columns[] = {
    "rmem_alloc",  "rcvbuf", "wmem_alloc", "sndbuf", "fwd_alloc",
    "wmem_queued", "optmem", "backlog",    "drops",  NULL,
};

/* What ss -i shows, in its order: for programs, a line of which is no matter how long. */
static const char *const info_columns[] = {
    "options",
    "congestion",
    "snd_wscale",
    "rcv_wscale",
    "rto",
    "backoff",
    "rtt",
    "rttvar",
    "ato",
    "snd_mss",
    "pmtu",
    "rcv_mss",
    "advmss",
    "snd_cwnd",
    "snd_ssthresh",
    "bytes_sent",
    "bytes_retrans",
    "bytes_acked",
    "bytes_received",
    "segs_out",
    "segs_in",
    "data_segs_out",
    "data_segs_in",
    "algorithm",
    "send",
    "last_data_sent",
    "last_data_recv",
    "last_ack_recv",
    "pacing_rate",
    "max_pacing_rate",
    "delivery_rate",
    "delivered",
    "delivered_ce",
    "app_limited",
    "busy_time",
    "rwnd_limited",
    "sndbuf_limited",
    "unacked",
    "retrans",
    "total_retrans",
    "lost",
    "sacked",
    "dsack_dups",
    "reordering",
    "reord_seen",
    "rcv_rtt",
    "rcv_space",
    "rcv_ssthresh",
    "notsent_bytes",
    "min_rtt",
    "rcv_ooopack",
    "snd_wnd",
    "rcv_wnd",
    "rehash",
    "ulp",
    NULL,
};

static const char *const brief_info_columns[] = {"congestion", "info", NULL};

static void add_all(struct rows_shape *shape, const char *const *names)
{
    for (; *names; names++)
        rows_shape_add(shape, column_find(*names));
}

/* "rtt,cwnd" */
static int add_list(const struct subcommand *self, struct rows_shape *shape, const char *list)
{
    while (*list) {
        size_t len = strcspn(list, ",");
        const struct column *column;
        char name[64];

        snprintf(name, sizeof(name), "%.*s", (int)(len < 63 ? len : 63), list);
        column = column_find(name);
        if (!column)
            return cli_usage_error(self, name, "is no column; --columns help lists them");
        rows_shape_add(shape, column);
        list += len + (list[len] == ',');
    }
    return shape->n_columns ? 0 : cli_usage_error(self, "--columns", "names no column");
}

static void add_usual(const struct sockets_choice *c, uint32_t kinds, struct rows_shape *shape)
{
    static const char *const usual[] = {"state", "recvq", "sendq", "local", "peer", NULL};

    if (c->netns && strcmp(c->netns, "all") == 0)
        rows_shape_add(shape, column_find("netns"));
    if (kinds & (kinds - 1))
        rows_shape_add(shape, column_find("netid"));
    add_all(shape, usual);
}

int sockets_columns(const struct subcommand *self, const struct sockets_choice *c,
                    uint32_t kinds, struct rows_shape *shape)
{
    int status = 0;

    if (c->columns)
        status = add_list(self, shape, c->columns);
    else
        add_usual(c, kinds, shape);
    if (c->timers)
        rows_shape_add(shape, column_find("timer"));
    if (c->owners)
        rows_shape_add(shape, column_find("owners"));
    if (c->extended)
        add_all(shape, extended_columns);
    if (c->memory)
        add_all(shape, memory_columns);
    if (c->info)
        add_all(shape, shape->form == ROWS_TEXT ? brief_info_columns : info_columns);
    return status;
}

static cJSON *column_json(const struct column *c)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "name", c->name);
    cJSON_AddStringToObject(object, "title", c->title);
    cJSON_AddStringToObject(object, "unit", unit_name(c->unit));
    cJSON_AddStringToObject(object, "meaning", c->meaning);
    return object;
}

static int put_help_json(void)
{
    cJSON *document = cJSON_CreateObject(), *list;

    cJSON_AddNumberToObject(document, "schema", 1);
    list = cJSON_AddArrayToObject(document, "columns");
    for (size_t i = 0; i < column_count(); i++)
        cJSON_AddItemToArray(list, column_json(column_at(i)));
    return cli_put_json(-1, document);
}

int sockets_columns_help(const struct subcommand *self, bool json)
{
    char line[512];
    int r = 0;

    if (json)
        return cli_put_status(self, put_help_json());
    for (size_t i = 0; i < column_count() && r == 0; i++) {
        const struct column *c = column_at(i);

        snprintf(line, sizeof(line), "%-20s  %-8s  %s", c->name, unit_name(c->unit),
                 c->meaning);
        r = cli_put_line(-1, line);
    }
    return cli_put_status(self, r);
}
