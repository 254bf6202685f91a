/* ui/cli/sockets.c - `sockeye sockets`: the host's sockets, once, as ss(8) lists them. */
#include "ui/cli/sockets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/mem.h"

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

static unsigned terminal_width(void)
{
    struct winsize size;

    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
        return 0;
    return size.ws_col;
}

static int sink(void *ctx, const char *bytes, size_t len)
{
    (void)ctx;
    return cli_put(-1, bytes, len);
}

static bool put_part(void *ctx, const struct snapshot *part)
{
    return rows_writer_put(ctx, part) == 0;
}

static int list(struct sockets_job *job, const struct rows_shape *shape)
{
    struct rows_writer *writer = rows_writer_new(shape, sink, NULL);
    int r, status;

    sockets_visit(job, put_part, writer);
    r = rows_writer_end(writer);
    rows_writer_free(writer);
    status = sockets_report_missing(job);
    r = cli_put_status(job->self, r);
    return r ? r : status;
}

static int parse_filter(const struct subcommand *self, int n, char **words, struct filter **ret)
{
    char expression[4096];
    struct err err = {0};

    if (join_words(n, words, expression, sizeof(expression)) < 0)
        return cli_usage_error(self, words[0], "begins a filter that is too long");
    return filter_parse(expression, ret, &err) < 0 ? cli_fail(self, EXIT_USAGE, &err) : 0;
}

static int choose_sort(const struct subcommand *self, const char *sort, struct wish *wish)
{
    if (!sort)
        return 0;
    wish->descending = sort[0] == '-';
    wish->sort = column_find(sort + wish->descending);
    if (wish->sort)
        return 0;
    return cli_usage_error(self, sort, "is no column to sort by");
}

static void wish_for_columns(const struct rows_shape *shape, struct wish *wish)
{
    wish->parts = rows_shape_parts(shape) | filter_parts(wish->filter);
    if (wish->sort)
        wish->parts |= wish->sort->parts;
    wish->every_owner = rows_shape_needs_owners(shape) || (wish->sort && wish->sort->owners) ||
                        (wish->filter && filter_needs_owner(wish->filter));
}

/* -a and -l: the later one counts, as in ss. */
static bool listening_comes_last(int argc, char **argv)
{
    bool last = false;

    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--all") == 0 || strcmp(argv[i], "--listening") == 0)
            last = argv[i][2] == 'l';
        /* -N and -f take what is joined with them as their value. */
        if (argv[i][0] != '-' || strchr("-Nf", argv[i][1]))
            continue;
        for (const char *c = argv[i] + 1; *c; c++)
            last = *c == 'l' || (last && *c != 'a');
    }
    return last;
}

static int begin(struct sockets_job *job, const struct sockets_choice *c)
{
    struct rows_shape shape = {.form = c->json  ? ROWS_JSON
                                       : c->csv ? ROWS_CSV
                                                : ROWS_TEXT,
                               .no_header = c->no_header,
                               .owners = c->owners,
                               .width = terminal_width()};
    int status = sockets_wish(job->self, c, job->wish, &job->asked);

    if (!status)
        status = sockets_columns(job->self, c, job->wish->kinds, &shape);
    if (!status)
        status = choose_sort(job->self, c->sort, job->wish);
    if (status)
        return status;
    wish_for_columns(&shape, job->wish);
    if (c->kill)
        return sockets_kill(job, c);
    if (c->summary)
        return sockets_summary(job, c);
    if (c->by)
        return sockets_by(job, c);
    return list(job, &shape);
}

static int sockets_run(const struct subcommand *self, const struct probes *probes, int argc,
                       char **argv)
{
    struct sockets_choice c = {0};
    const struct cli_option options[] = {{"-t", &c.tcp, NULL},
                                         {"--tcp", &c.tcp, NULL},
                                         {"-u", &c.udp, NULL},
                                         {"--udp", &c.udp, NULL},
                                         {"--udplite", &c.udplite, NULL},
                                         {"-w", &c.raw, NULL},
                                         {"--raw", &c.raw, NULL},
                                         {"--icmp", &c.icmp, NULL},
                                         {"-x", &c.local, NULL},
                                         {"--unix", &c.local, NULL},
                                         {"-0", &c.packet, NULL},
                                         {"--packet", &c.packet, NULL},
                                         {"-M", &c.mptcp, NULL},
                                         {"--mptcp", &c.mptcp, NULL},
                                         {"-S", &c.sctp, NULL},
                                         {"--sctp", &c.sctp, NULL},
                                         {"-d", &c.dccp, NULL},
                                         {"--dccp", &c.dccp, NULL},
                                         {"--vsock", &c.vsock, NULL},
                                         {"-4", &c.ipv4, NULL},
                                         {"--ipv4", &c.ipv4, NULL},
                                         {"-6", &c.ipv6, NULL},
                                         {"--ipv6", &c.ipv6, NULL},
                                         {"-f", NULL, &c.family},
                                         {"--family", NULL, &c.family},
                                         {"-a", &c.all, NULL},
                                         {"--all", &c.all, NULL},
                                         {"-l", &c.listening, NULL},
                                         {"--listening", &c.listening, NULL},
                                         {"-B", &c.bound, NULL},
                                         {"--bound-inactive", &c.bound, NULL},
                                         {"-N", NULL, &c.netns},
                                         {"--net", NULL, &c.netns},
                                         {"--netns", NULL, &c.netns},
                                         {"-n", &c.numeric, NULL},
                                         {"--numeric", &c.numeric, NULL},
                                         {"-o", &c.timers, NULL},
                                         {"--options", &c.timers, NULL},
                                         {"-p", &c.owners, NULL},
                                         {"--processes", &c.owners, NULL},
                                         {"-e", &c.extended, NULL},
                                         {"--extended", &c.extended, NULL},
                                         {"-m", &c.memory, NULL},
                                         {"--memory", &c.memory, NULL},
                                         {"-i", &c.info, NULL},
                                         {"--info", &c.info, NULL},
                                         {"-s", &c.summary, NULL},
                                         {"--summary", &c.summary, NULL},
                                         {"--by", NULL, &c.by},
                                         {"-K", &c.kill, NULL},
                                         {"--kill", &c.kill, NULL},
                                         {"--yes", &c.yes, NULL},
                                         {"--columns", NULL, &c.columns},
                                         {"--sort", NULL, &c.sort},
                                         {"-H", &c.no_header, NULL},
                                         {"--no-header", &c.no_header, NULL},
                                         {"--csv", &c.csv, NULL},
                                         {"--json", &c.json, NULL},
                                         {NULL, NULL, NULL}};
    struct sockets_job job = {.self = self, .probes = probes};
    bool listening_last = listening_comes_last(argc, argv);
    int status = 0;
    int n = cli_options(self, options, argc, argv, &status);

    if (n < 0)
        return status;
    c.all &= !(c.listening && listening_last);
    if (c.columns && strcmp(c.columns, "help") == 0)
        return sockets_columns_help(self, c.json);
    job.wish = mem_new(1, sizeof(*job.wish));
    status = parse_filter(self, n, argv + 1, &job.wish->filter);
    if (!status)
        status = begin(&job, &c);
    wish_free(job.wish);
    return status;
}

const struct subcommand sockets_subcommand = {
    .name = "sockets",
    .arguments = "[-tuwx0MSd46alBopemisnH] [OPTION...] [FILTER]",
    .summary =
        "The host's sockets: state, queues, addresses; owners, timers, memory, TCP_INFO.",
    .help =
        "Which (ss's letters; without one, every kind):\n"
        "  -t, -u, -w, -x, -0    TCP, UDP, raw, Unix, packet sockets (--tcp, --udp, ...)\n"
        "  -M, -S, -d            MPTCP, SCTP, DCCP; also --vsock, --udplite, --icmp\n"
        "  -4, -6                IPv4 or IPv6 only\n"
        "  -f, --family NAME     inet, inet6, unix, link, netlink or vsock\n"
        "  -a, --all             all states; without it the connected ones\n"
        "  -l, --listening       listeners, and what is not connected\n"
        "  -B, --bound-inactive  sockets that are bound and neither listen nor connect\n"
        "  -N, --netns NAME      in a network namespace: of ip netns, a pid, or all\n"
        "What of them, a column each:\n"
        "  -o, --options         timers\n"
        "  -p, --processes       every process that holds the socket\n"
        "  -e, --extended        user, inode, cookie, mark, class, cgroup, ...\n"
        "  -m, --memory          buffers, their limits, drops\n"
        "  -i, --info            TCP_INFO: rtt, cwnd, retransmissions, rates, ...\n"
        "  --columns LIST        these columns, comma-separated; help lists all of them\n"
        "How:\n"
        "  --sort COLUMN         sorted; -COLUMN: the largest first\n"
        "  -s, --summary         how many of each kind and state\n"
        "  --by COLUMN           counts and queues for each pid, port, state, ...\n"
        "  -H, --no-header       no line of titles\n"
        "  --json, --csv         one document; CSV with the columns' names\n"
        "  -K, --kill            close what FILTER matches, after a question; --yes: without\n"
        "  -n, --numeric         as in ss; here it is the rule: names of ports hide numbers\n"
        "\nFILTER is ss's language: state time-wait and ( sport = :65432 or dst 10.0.0.0/8 )\n"
        "A word that is none of it, or /text/, matches anywhere in a row.\n",
    .run = sockets_run,
};
