/* ui/cli/doctor.c - `sockeye doctor`: every unhealthy socket of the host, worst first. */
#include <errno.h>

#include "core/base/text.h"
#include "core/report/doctor.h"
#include "ui/cli/cli.h"

static int put_line(void *ctx, const char *text)
{
    (void)ctx;
    return cli_put_line(-1, text);
}

static int doctor_run(const struct subcommand *self, const struct probes *probes, int argc,
                      char **argv)
{
    struct checkup_wish wish = {0};
    const char *wait = NULL, *netns = NULL;
    bool json = false;
    const struct cli_option options[] = {{"--json", &json, NULL},
                                         {"--wait", NULL, &wait},
                                         {"--netns", NULL, &netns},
                                         {NULL, NULL, NULL}};
    struct checkup *c;
    struct err err = {0};
    int status = 0, n = cli_options(self, options, argc, argv, &status);

    if (n < 0)
        return status;
    if (n > 0)
        return cli_usage_error(self, argv[1], "is one word too many");
    if (wait && (text_seconds(wait, &wish.wait_ns) < 0 || !wish.wait_ns))
        return cli_usage_error(self, wait, "is no number of seconds above 0");
    if (cli_confine(probes, netns, &err) < 0)
        return cli_fail(self, cli_status_of(err.code), &err);
    if (checkup_run(&wish, probes, &c, &err) < 0)
        return cli_fail(self, cli_status_of(err.code), &err);
    status = cli_put_status(self, json ? cli_put_json(-1, doctor_json(c))
                                       : doctor_text(c, put_line, NULL));
    if (status == EXIT_DONE && c->n)
        status = EXIT_FAILED;
    checkup_free(c);
    return status;
}

const struct subcommand doctor_subcommand = {
    .name = "doctor",
    .arguments = "[--json] [--wait S] [--netns NAME|PID]",
    .summary = "Every unhealthy socket of the host, worst first.",
    .help =
        "  --wait S         between its two looks, default 1\n"
        "  --netns NAME|PID  look from inside that network namespace\n"
        "  --json           one document\n"
        "\nIt looks twice and changes nothing.  Listed are full accept queues, connections "
        "whose\n"
        "bytes do not move, programs that do not read or do not close, losses, datagrams that\n"
        "are dropped, and closed connections where there are very many.  What two looks "
        "cannot\n"
        "decide is not listed.\n"
        "Exit status 0: nothing is wrong, 1: something is listed.\n",
    .run = doctor_run,
    .confines = true,
};
