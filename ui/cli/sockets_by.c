/* `sockeye sockets --by COLUMN`: a line for each value of the column. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/line.h"
#include "core/base/mem.h"
#include "ui/cli/say.h"
#include "ui/cli/sockets.h"

/* Distinct values beyond it are counted together. */
#define GROUPS_MAX 1000000

struct group {
    char *key;              /* the value as text */
    char *process;          /* by pid: its name, else NULL */
    uint32_t fds, fd_limit; /* by pid; 0: not known */
    enum value_kind kind;
    uint64_t number;
    size_t sockets, listeners;
    uint64_t recvq, sendq; /* bytes, of what does not listen */
    uint64_t rate;         /* bytes a second: delivery_rate */
    UT_hash_handle hh;
};

struct grouping {
    const struct column *by, *rate;
    bool by_pid;
    struct group *groups; /* hash by key */
    size_t n_rows, left_out;
    struct value value;
};

static struct group *group_of(struct grouping *g, const char *key, size_t len)
{
    struct group *group;

    HASH_FIND(hh, g->groups, key, len, group);
    if (group)
        return group;
    if (HASH_COUNT(g->groups) == GROUPS_MAX)
        return NULL;
    group = mem_new(1, sizeof(*group));
    group->key = mem_copy(key, len);
    HASH_ADD_KEYPTR(hh, g->groups, group->key, len, group);
    return group;
}

static struct group *count(struct grouping *g, const struct snapshot *s, const struct row *row,
                           size_t len)
{
    struct group *group = group_of(g, g->value.text, len);
    struct value rate;

    if (!group) {
        g->left_out++;
        return NULL;
    }
    group->kind = g->value.kind;
    group->number = g->value.number;
    group->sockets++;
    if (row->state == STATE_LISTEN) {
        group->listeners++;
        return group;
    }
    group->recvq += row->rqueue == QUEUE_UNKNOWN ? 0 : row->rqueue;
    group->sendq += row->wqueue == QUEUE_UNKNOWN ? 0 : row->wqueue;
    column_value(g->rate, s, row, &rate);
    if (rate.kind == VALUE_NUMBER)
        group->rate += rate.number;
    return group;
}

/* A socket counts for each process that holds it. */
static void count_holders(struct grouping *g, const struct snapshot *s, const struct row *row,
                          const struct owner *owner)
{
    const struct process *before = NULL;

    for (size_t i = 0; i < owner->n; i++) {
        const struct process *p = owner_process(&s->owned, owner, i);
        struct group *group;

        if (p == before)
            continue;
        before = p;
        g->value.kind = VALUE_NUMBER;
        g->value.number = (uint64_t)p->pid;
        group = count(g, s, row,
                      (size_t)snprintf(g->value.text, sizeof(g->value.text), "%d", p->pid));
        if (!group || group->process)
            continue;
        group->process = mem_copy(process_name(p), strlen(process_name(p)));
        group->fds = p->fds;
        group->fd_limit = p->fd_limit;
    }
}

static bool group_part(void *ctx, const struct snapshot *part)
{
    struct grouping *g = ctx;

    for (size_t i = 0; i < part->n_rows; i++) {
        const struct row *row = &part->rows[i];
        const struct owner *owner = snapshot_owner_of(part, row);

        g->n_rows++;
        if (g->by_pid && owner && owner->knowledge == OWNER_KNOWN)
            count_holders(g, part, row, owner);
        else
            count(g, part, row, column_text(g->by, part, row, &g->value));
    }
    return true;
}

/* The largest first; equal ones by their value. */
static int by_size(const struct group *a, const struct group *b)
{
    if (a->sockets != b->sockets)
        return a->sockets < b->sockets ? 1 : -1;
    if (a->kind == VALUE_NUMBER && b->kind == VALUE_NUMBER && a->number != b->number)
        return a->number > b->number ? 1 : -1;
    return strcmp(a->key, b->key);
}

/* What only a process has. */
static void add_process(cJSON *object, const struct group *group)
{
    cJSON_AddStringToObject(object, "comm", group->process);
    if (group->fds)
        cJSON_AddNumberToObject(object, "fds", group->fds);
    else
        cJSON_AddNullToObject(object, "fds");
    if (group->fd_limit)
        cJSON_AddNumberToObject(object, "fd_limit", group->fd_limit);
    else
        cJSON_AddNullToObject(object, "fd_limit");
}

static cJSON *groups_json(const struct grouping *g)
{
    cJSON *document = cJSON_CreateObject(), *list;

    cJSON_AddNumberToObject(document, "schema", 1);
    cJSON_AddStringToObject(document, "by", g->by->name);
    list = cJSON_AddArrayToObject(document, "groups");
    for (const struct group *group = g->groups; group; group = group->hh.next) {
        cJSON *object = cJSON_CreateObject();

        if (group->kind == VALUE_NUMBER)
            cJSON_AddNumberToObject(object, g->by->name, (double)group->number);
        else if (group->kind == VALUE_TEXT || group->kind == VALUE_FLAG)
            cJSON_AddStringToObject(object, g->by->name, group->key);
        else
            cJSON_AddNullToObject(object, g->by->name);
        if (group->kind == VALUE_UNKNOWN)
            cJSON_AddBoolToObject(object, "unknown", true);
        if (group->process)
            add_process(object, group);
        cJSON_AddNumberToObject(object, "sockets", (double)group->sockets);
        cJSON_AddNumberToObject(object, "listeners", (double)group->listeners);
        cJSON_AddNumberToObject(object, "recvq", (double)group->recvq);
        cJSON_AddNumberToObject(object, "sendq", (double)group->sendq);
        cJSON_AddNumberToObject(object, "delivery_rate", (double)group->rate);
        cJSON_AddItemToArray(list, object);
    }
    return document;
}

static int key_width(const struct grouping *g)
{
    size_t width = strlen(g->by->title);

    for (const struct group *group = g->groups; group; group = group->hh.next)
        if (strlen(group->key) > width)
            width = strlen(group->key);
    return (int)width;
}

/* "12", or "?" and, where it cannot be, "-". */
static const char *process_figure(const struct group *group, uint32_t n, char buf[16])
{
    if (!group->process)
        return "-";
    snprintf(buf, 16, "%u", n);
    return n ? buf : "?";
}

static int put_text(const struct grouping *g, bool no_header)
{
    int width = key_width(g), r = 0;
    char line[VALUE_TEXT_BYTES + 256], fds[16], limit[16];
    struct line_out l = line_in(line, sizeof(line));

    if (!no_header) {
        line_add(&l, "%-*s  %7s  %9s  %12s  %12s  %12s", width, g->by->title, "Sockets",
                 "Listeners", "Recv-Q", "Send-Q", "Bytes/s");
        if (g->by_pid)
            line_add(&l, "  %8s  %8s  %s", "Fds", "Fd-Limit", "Process");
        r = cli_put_line(-1, line);
    }
    for (const struct group *group = g->groups; group && r == 0; group = group->hh.next) {
        l = line_in(line, sizeof(line));
        line_add(&l, "%-*s  %7zu  %9zu  %12llu  %12llu  %12llu", width, group->key,
                 group->sockets, group->listeners, (unsigned long long)group->recvq,
                 (unsigned long long)group->sendq, (unsigned long long)group->rate);
        if (g->by_pid)
            line_add(&l, "  %8s  %8s  %s", process_figure(group, group->fds, fds),
                     process_figure(group, group->fd_limit, limit),
                     group->process ? group->process : "-");
        r = cli_put_line(-1, line);
    }
    return r;
}

static void add_quoted(struct line_out *l, const char *text)
{
    line_add(l, "\"");
    for (; *text; text++)
        line_add(l, *text == '"' ? "\"\"" : "%c", *text);
    line_add(l, "\"");
}

/* As everywhere in CSV: a question mark is unknown, nothing is none. */
static void add_key(struct line_out *l, const struct group *group)
{
    if (group->kind == VALUE_UNKNOWN)
        line_add(l, "?");
    else if (group->kind == VALUE_NUMBER)
        line_add(l, "%s", group->key);
    else if (group->kind != VALUE_NONE)
        add_quoted(l, group->key);
}

static int put_csv(const struct grouping *g, bool no_header)
{
    char line[VALUE_TEXT_BYTES * 2 + 256], fds[16], limit[16];
    struct line_out l = line_in(line, sizeof(line));
    int r = 0;

    line_add(&l, "%s,sockets,listeners,recvq,sendq,delivery_rate%s\r\n", g->by->name,
             g->by_pid ? ",fds,fd_limit,comm" : "");
    if (!no_header)
        r = cli_put(-1, line, l.used);
    for (const struct group *group = g->groups; group && r == 0; group = group->hh.next) {
        l = line_in(line, sizeof(line));
        add_key(&l, group);
        line_add(&l, ",%zu,%zu,%llu,%llu,%llu", group->sockets, group->listeners,
                 (unsigned long long)group->recvq, (unsigned long long)group->sendq,
                 (unsigned long long)group->rate);
        if (g->by_pid) {
            line_add(&l, ",%s,%s,",
                     group->process ? process_figure(group, group->fds, fds) : "",
                     group->process ? process_figure(group, group->fd_limit, limit) : "");
            add_quoted(&l, group->process ? group->process : "");
        }
        line_add(&l, "\r\n");
        r = cli_put(-1, line, l.used);
    }
    return r;
}

static void groups_free(struct grouping *g)
{
    struct group *group = g->groups, *next;

    HASH_CLEAR(hh, g->groups);
    for (; group; group = next) {
        next = group->hh.next;
        free(group->key);
        free(group->process);
        free(group);
    }
}

int sockets_by(struct sockets_job *job, const struct sockets_choice *c)
{
    struct grouping g = {.by = column_find(c->by), .rate = column_find("delivery_rate")};
    int r, status;

    if (!g.by)
        return cli_usage_error(job->self, c->by, "is no column; --columns help lists them");
    if (job->wish->sort)
        return cli_usage_error(job->self, "--sort", "is not for --by: its largest come first");
    g.by_pid = strcmp(g.by->name, "pid") == 0;
    job->wish->parts |= g.by->parts | g.rate->parts;
    job->wish->every_owner |= g.by->owners;
    sockets_visit(job, group_part, &g);
    HASH_SORT(g.groups, by_size);
    status = sockets_report_missing(job);
    if (g.left_out)
        say_line("sockeye sockets: more than %d groups: %zu sockets are in none", GROUPS_MAX,
                 g.left_out);
    r = c->json  ? cli_put_json(-1, groups_json(&g))
        : c->csv ? put_csv(&g, c->no_header)
                 : put_text(&g, c->no_header);
    groups_free(&g);
    r = cli_put_status(job->self, r);
    return r ? r : status;
}
