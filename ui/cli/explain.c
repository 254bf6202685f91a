/* ui/cli/explain.c - `sockeye explain`: what stands on a screen means, what is normal and what is
 * not; the same texts as the console's K, with the usual keys. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/report/explanation.h"
#include "ui/cli/cli.h"
#include "ui/cli/errors_cause.h"
#include "ui/cli/say.h"
#include "ui/console/action.h"

enum { INDENT = 10 }; /* where texts begin, behind their label */

static void write_text(FILE *out, const struct subject *s)
{
    struct explanation e;

    explanation_of(s, &e);
    action_texts(&e);
    fprintf(out, "%s\n", e.title);
    for (size_t i = 0; i < e.n; i++) {
        int label = (int)strlen(e.lines[i].label);

        fprintf(out, "  %-*s", INDENT - 2, e.lines[i].label);
        /* A long label has a line of its own. */
        if (label >= INDENT - 2)
            fprintf(out, "\n%*s", INDENT, "");
        errors_write_wrapped(out, INDENT, e.lines[i].text);
    }
}

static void write_json(cJSON *document, const struct subject *s)
{
    cJSON *object = cJSON_CreateObject(), *lines;
    struct explanation e;

    explanation_of(s, &e);
    action_texts(&e);
    cJSON_AddStringToObject(object, "name", s->name);
    cJSON_AddStringToObject(object, "kind", topic_kind_name(s->kind));
    if (s->in[0])
        cJSON_AddStringToObject(object, "in", s->in);
    cJSON_AddStringToObject(object, "title", e.title);
    lines = cJSON_AddArrayToObject(object, "lines");
    for (size_t i = 0; i < e.n; i++) {
        cJSON *line = cJSON_CreateObject();

        cJSON_AddStringToObject(line, "label", e.lines[i].label);
        cJSON_AddStringToObject(line, "text", e.lines[i].text);
        cJSON_AddItemToArray(lines, line);
    }
    cJSON_AddItemToArray(document, object);
}

static bool was_before(size_t i, const char *name)
{
    const char *note;

    while (i-- > 0)
        if (strcmp(explanation_name(i, &note), name) == 0)
            return true;
    return false;
}

/* Every name once, with half a sentence. */
static void write_list(FILE *out, cJSON *document)
{
    const char *name, *note;

    for (size_t i = 0; (name = explanation_name(i, &note)); i++) {
        if (was_before(i, name))
            continue;
        if (document)
            cJSON_AddItemToArray(document, cJSON_CreateString(name));
        else
            fprintf(out, "%-28s %s\n", name, note);
    }
}

static int look_up(const struct subcommand *self, FILE *out, cJSON *document, int n,
                   char **words)
{
    static struct subjects found;
    int status = EXIT_DONE;
    bool written = false;

    for (int i = 0; i < n; i++) {
        char clean[120];

        if (!explanation_find(words[i], &found)) {
            text_clean(words[i], strlen(words[i]), clean, sizeof(clean));
            say_line("sockeye %s: nothing is called '%s'; sockeye explain lists names",
                     self->name, clean);
            status = EXIT_FAILED;
        }
        for (size_t s = 0; s < found.n; s++) {
            if (document)
                write_json(document, &found.list[s]);
            else
                fprintf(out, "%s", written ? "\n" : "");
            if (!document)
                write_text(out, &found.list[s]);
            written = true;
        }
    }
    if (!n)
        write_list(out, document);
    return status;
}

static int explain_run(const struct subcommand *self, const struct probes *probes, int argc,
                       char **argv)
{
    bool json = false;
    const struct cli_option options[] = {{"--json", &json, NULL}, {NULL, NULL, NULL}};
    struct err err = {0};
    cJSON *document;
    char *text = NULL;
    size_t len = 0;
    FILE *out;
    int status = 0, r, n = cli_options(self, options, argc, argv, &status);

    (void)probes;
    if (n < 0)
        return status;
    if (explanation_load(&err) < 0)
        return cli_fail(self, EXIT_UNAVAILABLE, &err);
    out = mem_stream(&text, &len);
    document = json ? cJSON_CreateArray() : NULL;
    status = look_up(self, out, document, n, argv + 1);
    mem_stream_end(out, &text);
    r = cli_put_status(self, json ? cli_put_json(-1, document) : cli_put(-1, text, len));
    free(text);
    return r ? r : status;
}

const struct subcommand explain_subcommand = {
    .name = "explain",
    .arguments = "[--json] [NAME...]",
    .summary = "What a column, field, flag, state, call or errno is, and what is normal.",
    .help =
        "NAME is what stands on a screen: a column or TCP_INFO field (cwnd), a field of a\n"
        "packet (\"Time to Live\"), a flag (RST), a state (CLOSE_WAIT), a finding\n"
        "(zero-window), a call (connect), an errno, a cause of sockeye why.  What begins\n"
        "with it is shown where nothing has that name; without one all names are listed.\n\n"
        "  --json    one document: an array of entries, or of names\n"
        "\nExit status: 1 when something asked for is not known.\n",
    .run = explain_run,
};
