/* ui/cli/options.c - `sockeye options`: the reference of socket options, from the table that sets and
 * reads them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/net/options.h"
#include "ui/cli/cli.h"

#define LINE_BYTES 1024

static const struct {
    unsigned flag;
    const char *name;
} places[] = {{OPTION_ON_TCP, "tcp"}, {OPTION_ON_UDP, "udp"},   {OPTION_ON_UNIX, "unix"},
              {OPTION_ON_RAW, "raw"}, {OPTION_ON_IPV4, "ipv4"}, {OPTION_ON_IPV6, "ipv6"}};

#define N_PLACES (sizeof(places) / sizeof(places[0]))

static const char *access_of(const struct socket_option *o)
{
    bool reads = o->flags & OPTION_READ, sets = o->flags & OPTION_WRITE;

    return reads && sets ? "get, set" : reads ? "get" : "set";
}

static cJSON *option_json(const struct socket_option *o)
{
    cJSON *object = cJSON_CreateObject(), *list;
    char expects[OPTION_EXPECTS_BYTES];

    cJSON_AddStringToObject(object, "name", o->name);
    if (o->alias)
        cJSON_AddStringToObject(object, "alias", o->alias);
    cJSON_AddStringToObject(object, "level", option_level_name(o->level));
    cJSON_AddNumberToObject(object, "level_number", o->level);
    cJSON_AddNumberToObject(object, "number", o->option);
    cJSON_AddStringToObject(object, "type", option_type_name(o->type));
    cJSON_AddStringToObject(object, "unit", o->unit);
    cJSON_AddBoolToObject(object, "get", o->flags & OPTION_READ);
    cJSON_AddBoolToObject(object, "set", o->flags & OPTION_WRITE);
    cJSON_AddBoolToObject(object, "privileged", o->flags & OPTION_PRIVILEGED);
    list = cJSON_AddArrayToObject(object, "for");
    for (size_t i = 0; i < N_PLACES; i++)
        if (o->flags & places[i].flag)
            cJSON_AddItemToArray(list, cJSON_CreateString(places[i].name));
    if (o->flags & OPTION_WRITE)
        cJSON_AddStringToObject(object, "takes", option_expects(o, expects));
    cJSON_AddStringToObject(object, "summary", o->summary);
    cJSON_AddStringToObject(object, "man", o->man);
    return object;
}

static int put_titles(void)
{
    char line[LINE_BYTES];

    snprintf(line, sizeof(line), "%-26s %-10s %3s  %-16s %-8s %-15s %s", "Option", "Level",
             "No.", "Type", "Access", "Unit", "What it is for");
    return cli_put_line(-1, line);
}

static int put_row(const struct socket_option *o)
{
    char line[LINE_BYTES];

    snprintf(line, sizeof(line), "%-26s %-10s %3d  %-16s %-8s %-15s %s [%s]", o->name,
             option_level_name(o->level), o->option, option_type_name(o->type), access_of(o),
             *o->unit ? o->unit : "-", o->summary, o->man);
    return cli_put_line(-1, line);
}

static void add_places(const struct socket_option *o, struct line_out *l)
{
    const char *between = "";

    for (size_t i = 0; i < N_PLACES; i++)
        if (o->flags & places[i].flag) {
            line_add(l, "%s%s", between, places[i].name);
            between = ", ";
        }
}

/* Everything that is known of one. */
static int put_details(const struct socket_option *o)
{
    char text[LINE_BYTES * 2], expects[OPTION_EXPECTS_BYTES];
    struct line_out l = line_in(text, sizeof(text));

    line_add(&l, "%s%s%s\n  %s\n", o->name, o->alias ? ", " : "", o->alias ? o->alias : "",
             o->summary);
    line_add(&l, "  level   %s (%d), option %d\n", option_level_name(o->level), o->level,
             o->option);
    line_add(&l, "  type    %s%s%s\n", option_type_name(o->type), *o->unit ? ", in " : "",
             o->unit);
    line_add(&l, "  access  %s%s\n", access_of(o),
             o->flags & OPTION_PRIVILEGED ? "; setting needs CAP_NET_ADMIN or CAP_NET_RAW"
                                          : "");
    if (o->flags & OPTION_WRITE)
        line_add(&l, "  takes   %s\n", option_expects(o, expects));
    if (o->change)
        line_add(&l, "  kernel  %s\n", o->change);
    line_add(&l, "  for     ");
    add_places(o, &l);
    line_add(&l, "\n  from    %s", o->man);
    return cli_put_line(-1, text);
}

/* The ones that were named, all of them without a name; NULL after the error was said. */
static const struct socket_option **choose(const struct subcommand *self, int n, char **names,
                                           size_t *ret_count)
{
    const struct socket_option **chosen;
    size_t count = 0;

    while (option_at(count))
        count++;
    chosen = mem_new(n ? (size_t)n : count, sizeof(const struct socket_option *));
    for (size_t i = 0; !n && i < count; i++)
        chosen[i] = option_at(i);
    for (int i = 0; i < n; i++) {
        struct err err = {0};

        chosen[i] = option_choose(names[i], &err);
        if (!chosen[i]) {
            cli_fail(self, EXIT_FAILED, &err);
            free(chosen);
            return NULL;
        }
    }
    *ret_count = n ? (size_t)n : count;
    return chosen;
}

static int put_json(const struct socket_option **chosen, size_t count)
{
    cJSON *document = cJSON_CreateObject(), *list;

    cJSON_AddNumberToObject(document, "schema", 1);
    list = cJSON_AddArrayToObject(document, "options");
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(list, option_json(chosen[i]));
    return cli_put_json(-1, document);
}

static int put_text(const struct socket_option **chosen, size_t count, bool details)
{
    int r = details ? 0 : put_titles();

    for (size_t i = 0; i < count && r == 0; i++)
        r = details ? put_details(chosen[i]) : put_row(chosen[i]);
    return r;
}

static int options_run(const struct subcommand *self, const struct probes *probes, int argc,
                       char **argv)
{
    bool json = false;
    const struct cli_option options[] = {{"--json", &json, NULL}, {NULL, NULL, NULL}};
    const struct socket_option **chosen;
    size_t count = 0;
    int status = 0, r;
    int n = cli_options(self, options, argc, argv, &status);

    (void)probes;
    if (n < 0)
        return status;
    chosen = choose(self, n, argv + 1, &count);
    if (!chosen)
        return EXIT_FAILED;
    r = json ? put_json(chosen, count) : put_text(chosen, count, n > 0);
    free(chosen);
    return cli_put_status(self, r);
}

const struct subcommand options_subcommand = {
    .name = "options",
    .arguments = "[--json] [NAME...]",
    .summary = "The socket options: level, type, unit, what each is for and where it is "
               "documented.",
    .help = "  --json  one document\n"
            "\nNAME may be in any case and without its prefix where that leaves one option:\n"
            "SO_RCVBUF, rcvbuf, nodelay.\n",
    .run = options_run,
};
