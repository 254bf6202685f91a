/* ui/cli/errors.c - `sockeye errors`: what an errno or an EAI_* code means, as errno(1) does not
 * say it, and what a cause that `sockeye why` names means.  The texts are those of
 * core/model/errors.h and core/why/causes.h; a word finds its entry by name, number or by what the
 * C library says for it. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/errors.h"
#include "ui/cli/cli.h"
#include "ui/cli/errors_cause.h"
#include "ui/cli/say.h"

enum { COLUMNS_PIPED = 80, COLUMNS_LEAST = 40, COLUMNS_MOST = 100, INDENT = ERRORS_INDENT };

/* Less letters of a sentence would match nearly all of them. */
#define PART_BYTES_LEAST 3
#define NEAR_SHOWN 3
/* Letters that a name may have wrong and still be near. */
#define NEAR_DISTANCE 4

struct found {
    size_t n;
    const struct error_entry *list[ERRORS_MAX];
};

/* --- finding ---------------------------------------------------------------------------- */

static void add(struct found *f, const struct error_entry *e)
{
    if (e && f->n < ERRORS_MAX)
        f->list[f->n++] = e;
}

/* -2 is what getaddrinfo() returns, or a kernel function: both. */
static void find_number(struct found *f, const char *word)
{
    char *end;
    long number;

    errno = 0;
    number = strtol(word, &end, 10);
    if (*end || end == word || errno || labs(number) > 99999)
        return;
    add(f, error_by_number(ERROR_EAI, (int)number));
    add(f, error_by_number(ERROR_ERRNO, (int)number));
}

enum match { MATCH_SENTENCE, MATCH_PART, MATCH_TEXT, MATCHES };

/* In any case, from the beginning of a word on: "rst" is in "a TCP RST", not in "first". */
static bool holds(const char *text, const char *word)
{
    for (const char *at = text; (at = strcasestr(at, word)); at++)
        if (at == text || !isalnum((unsigned char)at[-1]))
            return true;
    return false;
}

static bool in_texts(const struct error_texts *texts, const char *word)
{
    for (size_t i = 0; i < texts->n; i++)
        if (holds(texts->list[i], word))
            return true;
    return false;
}

/* The sentence in English, or in the language of whoever copied it from a screen. */
static bool matches(const struct error_entry *e, const char *word, enum match how)
{
    const char *local = e->kind == ERROR_ERRNO ? strerror(e->number) : "";

    switch (how) {
    case MATCH_SENTENCE:
        return strcasecmp(error_sentence(e), word) == 0 || strcasecmp(local, word) == 0;
    case MATCH_PART:
        return holds(error_sentence(e), word) || holds(local, word);
    default:
        return holds(e->meaning, word) || in_texts(&e->causes, word);
    }
}

/* The surest way that finds something decides. */
static void find(struct found *f, const char *word)
{
    f->n = 0;
    add(f, error_by_name(word));
    if (!f->n)
        find_number(f, word);
    if (strlen(word) < PART_BYTES_LEAST)
        return;
    for (int how = 0; how < MATCHES && !f->n; how++)
        for (size_t i = 0; i < error_count(); i++)
            if (matches(error_at(i), word, (enum match)how))
                add(f, error_at(i));
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* Letters to insert, remove or change (Levenshtein), in any case; SIZE_MAX for what is too long
 * to be a name. */
static size_t distance(const char *name, const char *word)
{
    size_t row[ERROR_NAME_BYTES + 1], n = strlen(name), corner;

    if (strlen(word) > 2 * ERROR_NAME_BYTES || n > ERROR_NAME_BYTES)
        return SIZE_MAX;
    for (size_t i = 0; i <= n; i++)
        row[i] = i;
    for (size_t w = 0; word[w]; w++) {
        corner = row[0]++;
        for (size_t i = 1; i <= n; i++) {
            bool same = strncasecmp(&name[i - 1], &word[w], 1) == 0;
            size_t changed = corner + !same;

            corner = row[i];
            row[i] = least(row[i] + 1, row[i - 1] + 1, changed);
        }
    }
    return row[n];
}

/* "; near it: ECONNREFUSED, ECONNRESET": names that need the fewest changes. */
static void write_near(const char *word, char *buf, size_t size)
{
    size_t used = 0, shown = 0;

    buf[0] = '\0';
    for (size_t d = 1; d <= NEAR_DISTANCE && d < strlen(word); d++)
        for (size_t i = 0; i < error_count() && shown < NEAR_SHOWN && used < size; i++)
            if (distance(error_at(i)->name, word) == d) {
                int n = snprintf(buf + used, size - used, "%s%s",
                                 shown ? ", " : "; near it: ", error_at(i)->name);

                used += n > 0 ? (size_t)n : 0;
                shown++;
            }
}

/* --- writing ---------------------------------------------------------------------------- */

/* Columns of the terminal on stdout; 0 when it is none. */
static size_t terminal_columns(void)
{
    struct winsize size;

    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
        return 0;
    return size.ws_col;
}

/* A line for each, cut where the terminal ends: every text is ASCII. */
static void write_list(FILE *out, const struct found *f)
{
    size_t columns = terminal_columns();
    char line[ERROR_NAME_BYTES + ERROR_TEXT_MAX + 32];

    for (size_t i = 0; i < f->n; i++) {
        const struct error_entry *e = f->list[i];

        snprintf(line, sizeof(line), "%-15s %4d  %s", e->name, e->number, e->meaning);
        if (columns && strlen(line) > columns)
            snprintf(line + columns - 1, 2, "%s", ">");
        fprintf(out, "%s\n", line);
    }
}

void errors_write_wrapped(FILE *out, size_t at, const char *text)
{
    size_t columns = terminal_columns(), width;

    columns = !columns                  ? COLUMNS_PIPED
              : columns < COLUMNS_LEAST ? COLUMNS_LEAST
              : columns > COLUMNS_MOST  ? COLUMNS_MOST
                                        : columns;
    width = columns - at;
    while (strlen(text) > width) {
        size_t n = width;

        while (n > 0 && text[n] != ' ')
            n--;
        /* A word longer than the line stays whole. */
        if (!n)
            n = strcspn(text, " ");
        if (!text[n])
            break;
        fprintf(out, "%.*s\n%*s", (int)n, text, (int)at, "");
        text += n + 1;
    }
    fprintf(out, "%s\n", text);
}

static void write_texts(FILE *out, const char *label, const struct error_texts *texts)
{
    for (size_t i = 0; i < texts->n; i++) {
        fprintf(out, "  %-*s- ", INDENT - 2, i ? "" : label);
        errors_write_wrapped(out, INDENT + 2, texts->list[i]);
    }
}

static void write_words(FILE *out, const char *label, const struct error_texts *texts)
{
    char line[ERROR_TEXTS_MAX * (ERROR_NAME_BYTES + 2)] = "";
    size_t used = 0;

    if (!texts->n)
        return;
    for (size_t i = 0; i < texts->n; i++)
        used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s", i ? ", " : "",
                                 texts->list[i]);
    fprintf(out, "  %-*s", INDENT - 2, label);
    errors_write_wrapped(out, INDENT, line);
}

static void write_entry(FILE *out, const struct error_entry *e)
{
    fprintf(out, "%s (%d): %s\n", e->name, e->number, error_sentence(e));
    fprintf(out, "  %-*s", INDENT - 2, "means");
    errors_write_wrapped(out, INDENT, e->meaning);
    write_texts(out, "often", &e->causes);
    write_texts(out, "try", &e->tries);
    write_words(out, "calls", &e->calls);
    write_words(out, "also", &e->aliases);
    fprintf(out, "  %-*s%s\n", INDENT - 2, "manual", e->man);
}

static void add_texts(cJSON *object, const char *key, const struct error_texts *texts)
{
    cJSON *array = cJSON_AddArrayToObject(object, key);

    for (size_t i = 0; i < texts->n; i++)
        cJSON_AddItemToArray(array, cJSON_CreateString(texts->list[i]));
}

/* The entry as it is in the file, with the C library's sentence. */
static cJSON *entry_json(const struct error_entry *e)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "name", e->name);
    cJSON_AddNumberToObject(object, "number", e->number);
    cJSON_AddStringToObject(object, "kind", e->kind == ERROR_EAI ? "eai" : "errno");
    cJSON_AddStringToObject(object, "sentence", error_sentence(e));
    add_texts(object, "aliases", &e->aliases);
    add_texts(object, "calls", &e->calls);
    cJSON_AddStringToObject(object, "meaning", e->meaning);
    add_texts(object, "causes", &e->causes);
    add_texts(object, "try", &e->tries);
    cJSON_AddStringToObject(object, "man", e->man);
    return object;
}

/* --- the command ------------------------------------------------------------------------ */

/* What one word finds: in full when it is sure, else as a list. */
static void write_found(FILE *out, cJSON *document, const struct found *f, bool whole)
{
    for (size_t i = 0; document && i < f->n; i++)
        cJSON_AddItemToArray(document, entry_json(f->list[i]));
    if (document)
        return;
    if (!whole) {
        write_list(out, f);
        return;
    }
    for (size_t i = 0; i < f->n; i++) {
        if (i)
            fputc('\n', out);
        write_entry(out, f->list[i]);
    }
}

static void say_unknown(const struct subcommand *self, const char *word)
{
    char clean[120], near[128];

    text_clean(word, strlen(word), clean, sizeof(clean));
    write_near(word, near, sizeof(near));
    say_line("sockeye %s: '%s' is no error known here%s; sockeye errors lists all", self->name,
             clean, near);
}

/* Two at most are names or numbers; more share a part of a sentence. */
#define WHOLE_MOST 2

static int look_up(const struct subcommand *self, FILE *out, cJSON *document, int n,
                   char **words)
{
    int status = EXIT_DONE;
    struct found f;

    for (int i = 0; i < n; i++) {
        const struct cause *cause = cause_by_id(words[i]);

        if (cause) {
            if (i && !document)
                fputc('\n', out);
            errors_put_cause(out, document, cause);
            continue;
        }
        find(&f, words[i]);
        if (!f.n) {
            say_unknown(self, words[i]);
            status = EXIT_FAILED;
            continue;
        }
        if (i && !document)
            fputc('\n', out);
        write_found(out, document, &f, f.n <= WHOLE_MOST);
    }
    if (n)
        return status;
    f.n = 0;
    for (size_t i = 0; i < error_count(); i++)
        add(&f, error_at(i));
    write_found(out, document, &f, false);
    return status;
}

static int errors_run(const struct subcommand *self, const struct probes *probes, int argc,
                      char **argv)
{
    bool json = false, causes = false;
    const struct cli_option options[] = {
        {"--json", &json, NULL}, {"--causes", &causes, NULL}, {NULL, NULL, NULL}};
    struct err err = {0};
    cJSON *document = NULL;
    char *text = NULL;
    size_t len = 0;
    FILE *out;
    int status = 0, r, n = cli_options(self, options, argc, argv, &status);

    (void)probes;
    if (n < 0)
        return status;
    r = error_reference_load(&err);
    if (r == 0)
        r = causes_load(&err);
    if (r < 0)
        return cli_fail(self, EXIT_UNAVAILABLE, &err);
    out = mem_stream(&text, &len);
    if (json)
        document = cJSON_CreateArray();
    if (causes)
        errors_put_causes(out, document);
    else
        status = look_up(self, out, document, n, argv + 1);
    mem_stream_end(out, &text);
    r = cli_put_status(self, json ? cli_put_json(-1, document) : cli_put(-1, text, len));
    free(text);
    return r ? r : status;
}

const struct subcommand errors_subcommand = {
    .name = "errors",
    .arguments = "[--json] [NAME... | --causes]",
    .summary = "What an errno, an EAI_* code or a cause means, and what to try.",
    .help =
        "NAME is a name (ECONNREFUSED, EAI_AGAIN), a number (111, -2), or a part of what is\n"
        "said for it (\"connection refused\"), or a cause that sockeye why names "
        "(no-listener).\n"
        "Without one all errors are listed.\n\n"
        "  --causes  list every cause\n"
        "  --json    one document: an array of entries\n"
        "\nA negative number is an EAI_* code, or an errno as the kernel returns it.\n"
        "Exit status: 1 when something asked for is not known.\n",
    .run = errors_run,
};
