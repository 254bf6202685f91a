/* ui/cli/sockets.c - `sockeye sockets`: the host's sockets, once, as ss(8) lists them. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/model/filter.h"
#include "core/report/rows.h"
#include "ui/cli/cli.h"
#include "ui/cli/sockets_diff.h"
#include "ui/cli/sockets_watch.h"

#define PATIENCE_MS 30000

#define BIT(state) (UINT32_C(1) << (state))
/* ss(8): without -a and -l, the connected states; bound-inactive rows are never among -a's. */
#define STATES_ALL ((BIT(STATE_COUNT) - 2) & ~BIT(STATE_BOUND_INACTIVE))
#define STATES_CONNECTED                                                                       \
    (STATES_ALL &                                                                              \
     ~(BIT(STATE_LISTEN) | BIT(STATE_CLOSE) | BIT(STATE_TIME_WAIT) | BIT(STATE_SYN_RECV)))

struct choice {
    bool json, all, listening, bound, tcp, numeric, timers, owners, no_header, ipv4, ipv6,
        watch;
    const char *save, *diff;
};

/* What the letters ask for; a filter that names states itself asks for those. */
static uint32_t states_of(const struct choice *c, const struct filter *f)
{
    uint32_t states = c->all         ? STATES_ALL
                      : c->listening ? BIT(STATE_LISTEN) | BIT(STATE_CLOSE)
                                     : STATES_CONNECTED;
    uint32_t named = filter_states(f);

    if (f && (named & STATES_ALL) != STATES_ALL)
        states = named;
    if (c->bound)
        states = c->all || c->listening ? states | BIT(STATE_BOUND_INACTIVE)
                                        : BIT(STATE_BOUND_INACTIVE);
    return states;
}

static int join_words(int n, char **words, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (int i = 0; i < n; i++) {
        int len = snprintf(out + used, size - used, "%s%s", i ? " " : "", words[i]);

        if (len < 0 || (size_t)len >= size - used)
            return -E2BIG;
        used += (size_t)len;
    }
    return 0;
}

static void drop_family(struct snapshot *s, const struct choice *c)
{
    size_t kept = 0;

    if (c->ipv4 == c->ipv6)
        return;
    for (size_t i = 0; i < s->n_rows; i++)
        if (s->rows[i].local.family == (c->ipv4 ? AF_INET : AF_INET6))
            s->rows[kept++] = s->rows[i];
    s->n_rows = kept;
}

static int print_json(const struct snapshot *s, const struct row_report *shape)
{
    cJSON *document = cJSON_CreateObject(), *list;

    cJSON_AddNumberToObject(document, "schema", 1);
    list = cJSON_AddArrayToObject(document, "sockets");
    for (size_t i = 0; i < s->n_rows; i++)
        cJSON_AddItemToArray(list, row_json(s, &s->rows[i], shape));
    return cli_put_json(-1, document);
}

static void print_text(const struct snapshot *s, const struct row_report *shape, bool header)
{
    struct row_widths widths = row_widths_of_titles();
    char line[ROW_LINE_BYTES];

    for (size_t i = 0; i < s->n_rows; i++)
        row_widths_fit(&widths, s, &s->rows[i]);
    if (header) {
        row_titles_line(&widths, shape, line);
        puts(line);
    }
    for (size_t i = 0; i < s->n_rows; i++) {
        row_line(s, &s->rows[i], &widths, shape, line);
        puts(line);
    }
}

static int print(const struct choice *c, const struct snapshot *s)
{
    struct row_report shape = {.timers = c->timers, .owners = c->owners};

    if (c->json)
        return print_json(s, &shape);
    print_text(s, &shape, !c->no_header);
    return fflush(stdout) == 0 ? 0 : -errno;
}

static struct snapshot *look(const struct probes *probes, struct observer *o, struct wish *w)
{
    struct mailbox *box = probes->observer_snapshots(o);
    struct pollfd p = {.fd = mailbox_fd(box), .events = POLLIN};

    probes->observer_wish(o, w);
    return poll(&p, 1, PATIENCE_MS) > 0 ? mailbox_take(box) : NULL;
}

/* What could not be seen is said once, with what grants it; root has nothing left to gain. */
static void say_unseen_owners(const struct probes *probes, const struct snapshot *s)
{
    char command[ERR_TEXT_BYTES];
    size_t unseen = 0;

    for (size_t i = 0; i < s->owned.n_owners; i++)
        unseen += s->owned.owners[i].knowledge == OWNER_NOT_PERMITTED;
    if (!unseen)
        return;
    probes->grant_command(command, sizeof(command));
    fprintf(stderr, "sockeye sockets: the owners of %zu sockets may not be seen%s%s\n", unseen,
            geteuid() ? "; " : "", geteuid() ? command : "");
}

static int report(const struct subcommand *self, const struct probes *probes,
                  const struct choice *c, struct snapshot *s)
{
    struct err err = {0};
    int r;

    if (!s) {
        err_set(&err, -ETIMEDOUT, "observe", "", "the kernel gave no list");
        return cli_fail(self, EXIT_FAILED, &err);
    }
    if (s->err.code)
        cli_fail(self, EXIT_FAILED, &s->err);
    if (s->interrupted)
        fprintf(stderr, "sockeye sockets: sockets changed during the dump: a row may be "
                        "missing or twice\n");
    if (s->malformed)
        fprintf(stderr,
                "sockeye sockets: %zu messages of the kernel were too short to "
                "believe\n",
                s->malformed);
    drop_family(s, c);
    if (c->owners)
        say_unseen_owners(probes, s);
    r = cli_put_status(self, print(c, s));
    if (r)
        return r;
    return s->err.code ? cli_status_of(s->err.code) : EXIT_DONE;
}

/* --save, --diff, or both: then the file is compared before it is replaced. */
static int keep(const struct subcommand *self, const struct choice *c, struct snapshot *s)
{
    struct saved now = {0};
    int status = s->err.code ? cli_fail(self, EXIT_FAILED, &s->err) : EXIT_DONE;

    drop_family(s, c);
    sockets_saved_begin(&now);
    saved_add(&now, s);
    if (c->diff && status == EXIT_DONE)
        status = sockets_diff(self, &now, c->diff, c->json);
    if (c->save && status == EXIT_DONE)
        status = sockets_save(self, &now, c->save);
    saved_done(&now);
    return status;
}

static int sockets_run(const struct subcommand *self, const struct probes *probes, int argc,
                       char **argv)
{
    struct choice c = {0};
    const struct cli_option options[] = {{"--json", &c.json, NULL},
                                         {"-a", &c.all, NULL},
                                         {"--all", &c.all, NULL},
                                         {"-l", &c.listening, NULL},
                                         {"--listening", &c.listening, NULL},
                                         {"-B", &c.bound, NULL},
                                         {"--bound-inactive", &c.bound, NULL},
                                         {"-t", &c.tcp, NULL},
                                         {"--tcp", &c.tcp, NULL},
                                         {"-n", &c.numeric, NULL},
                                         {"--numeric", &c.numeric, NULL},
                                         {"-o", &c.timers, NULL},
                                         {"--options", &c.timers, NULL},
                                         {"-p", &c.owners, NULL},
                                         {"--processes", &c.owners, NULL},
                                         {"-H", &c.no_header, NULL},
                                         {"--no-header", &c.no_header, NULL},
                                         {"-4", &c.ipv4, NULL},
                                         {"--ipv4", &c.ipv4, NULL},
                                         {"-6", &c.ipv6, NULL},
                                         {"--ipv6", &c.ipv6, NULL},
                                         {"--watch", &c.watch, NULL},
                                         {"--save", NULL, &c.save},
                                         {"--diff", NULL, &c.diff},
                                         {NULL, NULL, NULL}};
    struct wish *w;
    struct observer *o;
    struct snapshot *s;
    struct err err = {0};
    char expression[4096];
    int status = 0;
    int n = cli_options(self, options, argc, argv, &status);

    if (n < 0)
        return status;
    if (join_words(n, argv + 1, expression, sizeof(expression)) < 0)
        return cli_usage_error(self, argv[1], "begins a filter that is too long");
    w = mem_new(1, sizeof(*w));
    if (filter_parse(expression, &w->filter, &err) < 0) {
        free(w);
        return cli_fail(self, EXIT_USAGE, &err);
    }
    if (c.watch) {
        w->states = c.listening || c.bound ? states_of(&c, w->filter) : 0;
        return sockets_watch(self, probes, w, c.json);
    }
    w->once = true;
    w->every_owner = c.owners || c.save || c.diff;
    w->states = states_of(&c, w->filter);
    o = probes->observer_start(NULL, NULL);
    s = look(probes, o, w);
    status = s && (c.save || c.diff) ? keep(self, &c, s) : report(self, probes, &c, s);
    snapshot_free(s);
    probes->observer_stop(o);
    return status;
}

const struct subcommand sockets_subcommand = {
    .name = "sockets",
    .arguments = "[-talBnop46H] [--json] [FILTER]",
    .summary = "The host's TCP sockets: state, queues, addresses; timers, owners.",
    .help =
        "  -a, --all             all states; without it the connected ones\n"
        "  -l, --listening       listeners only\n"
        "  -B, --bound-inactive  sockets that are bound and neither listen nor connect\n"
        "  -o, --options         timers\n"
        "  -p, --processes       the process that holds each socket\n"
        "  -4, -6                IPv4 or IPv6 only\n"
        "  -t, -n                as in ss: TCP, numeric; both are the rule here\n"
        "  -H, --no-header       no line of titles\n"
        "  --json                one document\n"
        "  --watch               what opens, changes and closes, a line each\n"
        "  --save FILE           keep the table in a file\n"
        "  --diff FILE           what is different from a table that was kept\n"
        "\nFILTER is ss's language: state time-wait and ( sport = :65432 or dst 10.0.0.0/8 )\n"
        "A word that is none of it, or /text/, matches anywhere in a row.\n",
    .run = sockets_run,
};
