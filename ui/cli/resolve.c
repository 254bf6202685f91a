/* ui/cli/resolve.c - `sockeye resolve`: what a name stands for, in the order connect tries it, and
 * who says so. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/report/names.h"
#include "ui/cli/cli.h"

#define TIMEOUT_MIN_S 0.01
#define TIMEOUT_MAX_S 600.0

static int put_line(void *ctx, const char *text)
{
    (void)ctx;
    return cli_put_line(-1, text);
}

static int report(const struct subcommand *self, const struct name_report *r, bool json)
{
    int status = cli_put_status(self, json ? cli_put_json(-1, names_json(r))
                                           : names_text(r, put_line, NULL));

    if (r->err.code)
        return cli_fail(self, EXIT_FAILED, &r->err);
    return status != EXIT_DONE || r->n_addresses ? status : EXIT_FAILED;
}

static int parse_timeout(const char *text, uint64_t *ret_ns)
{
    char *end;
    double seconds = strtod(text, &end);

    if (end == text || *end || !(seconds >= TIMEOUT_MIN_S && seconds <= TIMEOUT_MAX_S))
        return -EINVAL;
    *ret_ns = (uint64_t)(seconds * (double)CLOCK_SECOND_NS);
    return 0;
}

static int resolve_run(const struct subcommand *self, const struct probes *probes, int argc,
                       char **argv)
{
    const char *timeout = NULL;
    bool json = false;
    const struct cli_option options[] = {
        {"--json", &json, NULL}, {"--timeout", NULL, &timeout}, {NULL, NULL, NULL}};
    struct names_wish wish;
    struct name_report *r;
    struct err err = {0};
    int status = 0;
    int n = cli_options(self, options, argc, argv, &status);

    if (n < 0)
        return status;
    if (names_wish_parse((size_t)n, argv + 1, &wish, &err) < 0)
        return cli_fail(self, EXIT_USAGE, &err);
    if (timeout && parse_timeout(timeout, &wish.timeout_ns) < 0)
        return cli_usage_error(self, timeout, "is no time from 0.01 to 600 seconds");
    if (probes->names_report(&wish, &r, &err) < 0)
        return cli_fail(self, EXIT_FAILED, &err);
    status = report(self, r, json);
    free(r);
    return status;
}

const struct subcommand resolve_subcommand = {
    .name = "resolve",
    .arguments = "[--timeout SECONDS] [--json] NAME[:PORT]",
    .summary = "Every address of a name in the order connect tries them, and who says so.",
    .help =
        "  --timeout SECONDS  for everything together (default 3); who has not answered by\n"
        "                     then is shown as silent\n"
        "  --json             one document\n"
        "\nThe order is that of the system's own lookup.  Beside it the hosts file and each\n"
        "DNS server are asked by themselves: which line, which server, how fast, which\n"
        "suffix.  NAME PORT, [IPV6]:PORT and plain addresses are taken, too.\n",
    .run = resolve_run,
};
