#include "ui/cli/tables.h"

#include <stdio.h>
#include <string.h>

#include "core/model/column.h"
#include "core/model/config.h"
#include "core/model/errors.h"
#include "core/net/options.h"
#include "core/services/service.h"
#include "core/why/causes.h"
#include "ui/cli/say.h"
#include "ui/console/action.h"

static const char *or_nothing(const char *text)
{
    return text ? text : "";
}

static void put_verb_options(const char *kind, const char *of, const struct verb_option *o)
{
    for (; o && o->name; o++) {
        printf("%s\t%s\t%s\t%s\t%s\t", kind, of, o->name, or_nothing(o->takes), o->help);
        for (const char *const *name = o->names; name && *name; name++)
            printf("%s%s", name == o->names ? "" : " ", *name);
        putchar('\n');
    }
}

/* What a setting takes, as it stands in the file. */
static void put_setting(const struct setting_info *s)
{
    static const char *const takes[] = {
        [SETTING_SWITCH] = "true|false", [SETTING_CHOICE] = "", [SETTING_TEXT] = "TEXT"};

    printf("setting\t%s\t", s->name);
    for (int i = 0; s->kind == SETTING_CHOICE && s->choices[i]; i++)
        printf("%s%s", i ? "|" : "", s->choices[i]);
    if (s->kind == SETTING_NUMBER)
        printf("%llu-%llu", (unsigned long long)s->min, (unsigned long long)s->max);
    else
        printf("%s", takes[s->kind]);
    printf("\t%s\t%s\n",
           s->kind == SETTING_SWITCH ? strcmp(s->initial, "on") == 0 ? "true" : "false"
           : s->initial[0]           ? s->initial
                                     : "empty",
           s->help);
}

static void put_console(void)
{
    for (int i = 0; i < SETTING_COUNT; i++)
        put_setting(&setting_infos[i]);
    for (int a = ACTION_NONE + 1; a < ACTION_COUNT; a++)
        printf("action\t%s\t%s\t%s\n", actions[a].name, actions[a].keys, actions[a].help);
    for (int v = 0; v < VERB_COUNT; v++)
        printf("verb\t%s\t%s\t%s\n", verbs[v].name, verbs[v].usage, verbs[v].help);
}

/* A subcommand's own options stand in its help as a person reads them. */
static void put_help(const struct subcommand *s)
{
    for (const char *line = s->help; *line;) {
        size_t len = strcspn(line, "\n");

        printf("help\t%s\t%.*s\n", s->name, (int)len, line);
        line += len + (line[len] == '\n');
    }
}

/* The arguments on one line. */
static void put_usage(const struct subcommand *s)
{
    printf("subcommand\t%s\t", s->name);
    for (const char *c = s->arguments; *c; c++)
        if (*c == '\n')
            c += strspn(c + 1, " "), putchar(' ');
        else
            putchar(*c);
    printf("\t%s\n", s->summary);
}

/* Each subcommand is asked; `why` has another table behind "--", of running a program. */
static void put_own_options(const struct subcommand *s, const struct probes *probes)
{
    char name[32], dump[] = CLI_DUMP_OPTIONS, end[] = "--", program[] = "true";
    char *argv[] = {name, dump, end, program, NULL};

    snprintf(name, sizeof(name), "%s", s->name);
    s->run(s, probes, 2, argv);
    argv[0] = name, argv[1] = dump, argv[2] = end, argv[3] = program;
    if (strcmp(s->name, "why") == 0)
        s->run(s, probes, 4, argv);
}

static void put_subcommands(const struct subcommand *const *subs, size_t n,
                            const struct probes *probes)
{
    for (size_t i = 0; i < n; i++) {
        put_usage(subs[i]);
        put_help(subs[i]);
        put_own_options(subs[i], probes);
        if (subs[i]->verb)
            put_verb_options("option", subs[i]->name, subs[i]->verb->options);
    }
}

static void put_services(void)
{
    const struct service *s;

    for (size_t i = 0; (s = service_at(i)); i++) {
        printf("service\t%s\t%s\n", s->name, s->summary);
        for (const struct service_option *o = s->options; o && o->name; o++)
            printf("service-option\t%s\t--%s\t%s\t%s%s%s\n", s->name, o->name,
                   or_nothing(o->value), o->help, o->preset ? ", default " : "",
                   or_nothing(o->preset));
    }
}

static void put_names(void)
{
    const struct socket_option *o;

    for (size_t i = 0; i < error_count(); i++)
        printf("error\t%s\n", error_at(i)->name);
    for (size_t i = 0; i < cause_count(); i++)
        printf("cause\t%s\n", cause_at(i)->id);
    for (size_t i = 0; i < column_count(); i++)
        printf("column\t%s\n", column_at(i)->name);
    for (size_t i = 0; (o = option_at(i)); i++)
        printf("socket-option\t%s\n", o->name);
}

int tables_print(const struct program_option *options, const struct subcommand *const *subs,
                 size_t n_subs, const struct probes *probes)
{
    struct err err = {0};
    char line[ERR_TEXT_BYTES * 4];

    if (error_reference_load(&err) < 0 || causes_load(&err) < 0) {
        err_format(&err, line, sizeof(line));
        say_line("sockeye: %s", line);
        return EXIT_UNAVAILABLE;
    }
    for (; options->name; options++)
        printf("program-option\t%s\t%s\t%s\n", options->name, or_nothing(options->takes),
               options->help);
    put_console();
    put_subcommands(subs, n_subs, probes);
    put_services();
    put_names();
    return fflush(stdout) == EOF ? EXIT_FAILED : EXIT_DONE;
}
