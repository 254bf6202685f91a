/* ui/cli/sockets.c - `sockeye sockets`: the host's sockets, once, as ss(8) lists them. */
#include "ui/cli/sockets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "ui/cli/sockets_diff.h"
#include "ui/cli/sockets_watch.h"

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

/* Whether the word after it is its value, whatever that looks like ("--sort -local"). */
static bool takes_next_word(const char *word)
{
    static const char *const words[] = {"-N",   "--net",   "--netns",  "-f",     "--family",
                                        "-A",   "--query", "--socket", "--sort", "--columns",
                                        "--by", "--save",  "--diff"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

/* -a and -l: the later one counts, as in ss. */
static bool listening_comes_last(int argc, char **argv)
{
    bool last = false;

    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--all") == 0 || strcmp(argv[i], "--listening") == 0)
            last = argv[i][2] == 'l';
        if (takes_next_word(argv[i])) {
            i++;
            continue;
        }
        /* -N, -f and -A take what is joined with them as their value. */
        if (argv[i][0] != '-' || strchr("-NfA", argv[i][1]))
            continue;
        for (const char *c = argv[i] + 1; *c; c++)
            last = *c == 'l' || (last && *c != 'a');
    }
    return last;
}

/* Without -l and -B in all states: a change goes from one to another. */
static int watch(struct sockets_job *job, const struct sockets_choice *c)
{
    struct wish *wish = job->wish;

    job->wish = NULL;
    if (!c->listening && !c->bound)
        wish->states = 0;
    return sockets_watch(job->self, job->probes, wish, c->json);
}

/* One thing is done, in one form: what else was asked for is not left out without a word. */
static int check_choice(const struct subcommand *self, const struct sockets_choice *c)
{
    const struct {
        const char *option;
        bool given, csv;
    } acts[] = {
        {"--watch", c->watch, false}, {"--diff", c->diff || c->save, false},
        {"--kill", c->kill, false},   {"--summary", c->summary, true},
        {"--by", c->by, true},
    };
    const char *act = NULL;
    bool csv = true;

    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        if (!acts[i].given)
            continue;
        if (act)
            return cli_usage_error(self, acts[i].option,
                                   "does not go with another of --watch, "
                                   "--save, --diff, --kill, --summary, "
                                   "--by");
        act = acts[i].option;
        csv = acts[i].csv;
    }
    if (c->csv && c->json)
        return cli_usage_error(self, "--csv", "does not go with --json");
    if (c->csv && !csv)
        return cli_usage_error(self, "--csv", "is no form of what was asked for");
    return 0;
}

static int begin(struct sockets_job *job, const struct sockets_choice *c)
{
    struct rows_shape shape = {.form = c->json  ? ROWS_JSON
                                       : c->csv ? ROWS_CSV
                                                : ROWS_TEXT,
                               .no_header = c->no_header,
                               .owners = c->owners,
                               .width = terminal_width()};
    int status = check_choice(job->self, c);

    if (!status)
        status = sockets_wish(job->self, c, job->wish, &job->asked);
    if (!status)
        status = sockets_columns(job->self, c, job->wish->kinds, &shape);
    if (!status)
        status = choose_sort(job->self, c->sort, job->wish);
    if (status)
        return status;
    wish_for_columns(&shape, job->wish);
    if (c->kill)
        return sockets_kill(job, c);
    if (c->watch)
        return watch(job, c);
    if (c->save || c->diff)
        return sockets_keep(job, c);
    if (c->summary)
        return sockets_summary(job, c);
    if (c->by)
        return sockets_by(job, c);
    return list(job, &shape);
}

/* A flag's letter and its word. */
#define FLAG(letter, word, member)                                                             \
    {letter, &c->member, NULL},                                                                \
    {                                                                                          \
        word, &c->member, NULL                                                                 \
    }

/* Returns what cli_options() does. */
static int take_options(const struct subcommand *self, struct sockets_choice *c, int argc,
                        char **argv, int *ret_status)
{
    const struct cli_option options[] = {
        FLAG("-t", "--tcp", tcp),
        FLAG("-u", "--udp", udp),
        FLAG("-w", "--raw", raw),
        FLAG("-x", "--unix", local),
        FLAG("-0", "--packet", packet),
        FLAG("-M", "--mptcp", mptcp),
        FLAG("-S", "--sctp", sctp),
        FLAG("-d", "--dccp", dccp),
        {"--vsock", &c->vsock, NULL},
        {"--udplite", &c->udplite, NULL},
        {"--icmp", &c->icmp, NULL},
        FLAG("-4", "--ipv4", ipv4),
        FLAG("-6", "--ipv6", ipv6),
        {"-f", NULL, &c->family},
        {"--family", NULL, &c->family},
        {"-A", NULL, &c->query},
        {"--query", NULL, &c->query},
        {"--socket", NULL, &c->query},
        FLAG("-a", "--all", all),
        FLAG("-l", "--listening", listening),
        FLAG("-B", "--bound-inactive", bound),
        {"-N", NULL, &c->netns},
        {"--net", NULL, &c->netns},
        {"--netns", NULL, &c->netns},
        FLAG("-n", "--numeric", numeric),
        FLAG("-o", "--options", timers),
        FLAG("-p", "--processes", owners),
        FLAG("-e", "--extended", extended),
        FLAG("-m", "--memory", memory),
        FLAG("-i", "--info", info),
        FLAG("-s", "--summary", summary),
        {"--by", NULL, &c->by},
        {"--columns", NULL, &c->columns},
        {"--sort", NULL, &c->sort},
        FLAG("-K", "--kill", kill),
        {"--yes", &c->yes, NULL},
        {"--watch", &c->watch, NULL},
        {"--save", NULL, &c->save},
        {"--diff", NULL, &c->diff},
        FLAG("-H", "--no-header", no_header),
        {"--csv", &c->csv, NULL},
        {"--json", &c->json, NULL},
        {NULL, NULL, NULL},
    };
    bool listening_last = listening_comes_last(argc, argv);
    int n = cli_options(self, options, argc, argv, ret_status);

    c->all &= !(c->listening && listening_last);
    return n;
}

static int sockets_run(const struct subcommand *self, const struct probes *probes, int argc,
                       char **argv)
{
    struct sockets_choice c = {0};
    struct sockets_job job = {.self = self, .probes = probes};
    int status = 0;
    int n = take_options(self, &c, argc, argv, &status);

    if (n < 0)
        return status;
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
        "  -M, -S, -d            --mptcp, --sctp, --dccp; also --vsock, --udplite, --icmp\n"
        "  -4, -6                IPv4 or IPv6 only (--ipv4, --ipv6)\n"
        "  -f, --family NAME     inet, inet6, unix, link, netlink or vsock\n"
        "  -A, --query LIST      kinds by name, comma-separated: tcp, unix_stream, p_raw, "
        "...;\n"
        "                        all, inet; !tcp: all but it (also --socket LIST)\n"
        "  -a, --all             all states; without it the connected ones\n"
        "  -l, --listening       listeners, and what is not connected\n"
        "  -B, --bound-inactive  sockets that are bound and neither listen nor connect\n"
        "  -N, --netns NAME      in a network namespace: of ip netns, a pid, or all\n"
        "What of them, a column each:\n"
        "  -o, --options         timers\n"
        "  -p, --processes       every process that holds the socket\n"
        "  -e, --extended        user, inode, cookie, mark, class, cgroup, ...\n"
        "  -m, --memory          buffers, their limits, drops\n"
        "  -i, --info            TCP_INFO in short; with --json and --csv every field of ss "
        "-i\n"
        "  --columns LIST        these columns, comma-separated; help lists all of them\n"
        "How:\n"
        "  --sort COLUMN         sorted; -COLUMN: the largest first\n"
        "  -s, --summary         how many of each kind and state; of all sockets also the\n"
        "                        host's figures: memory, ports, TIME_WAIT, drops, ...\n"
        "  --by COLUMN           counts and queues for each pid, port, state, ...\n"
        "  --watch               what opens, changes and closes, a line each\n"
        "  --save FILE           keep the table in a file\n"
        "  --diff FILE           what is different from a table that was kept\n"
        "  -H, --no-header       no line of titles\n"
        "  --json, --csv         one document; CSV with the columns' names\n"
        "  -K, --kill            close what FILTER matches, after a question; --yes: without\n"
        "  -n, --numeric         as in ss; here it is the rule: names of ports hide numbers\n"
        "\nFILTER is ss's language: state time-wait and ( sport = :65432 or dst 10.0.0.0/8 )\n"
        "A word that is none of it, or /text/, matches anywhere in a row.\n",
    .run = sockets_run,
};
