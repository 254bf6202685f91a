#include "core/scenario/scenario.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/share.h"
#include "core/message/json_tree.h"

/* --- reading a file --------------------------------------------------------------------- */

int scenario_load(const char *path, struct scenario **ret, struct err *err)
{
    char *bytes;
    size_t len;
    int rc = share_read_path(path, SCENARIO_FILE_BYTES, &bytes, &len, err);

    if (rc < 0)
        return rc;
    rc = scenario_parse(bytes, len, path, ret, err);
    free(bytes);
    return rc;
}

static bool is_path(const char *name)
{
    size_t len = strlen(name);

    return strchr(name, '/') || (len > 5 && strcmp(name + len - 5, ".json") == 0);
}

const char *scenario_find(const char *name, char *buf, size_t size)
{
    static const char *const folders[] = {"lessons", "scenarios"};
    char below[NAME_MAX + 32], found[PATH_MAX];

    for (size_t i = 0; !is_path(name) && i < sizeof(folders) / sizeof(folders[0]); i++) {
        snprintf(below, sizeof(below), "%s/%.200s.json", folders[i], name);
        if (share_path(below, found) && strlen(found) < size) {
            strcpy(buf, found);
            return buf;
        }
    }
    if (strlen(name) >= size || access(name, F_OK) < 0)
        return NULL;
    strcpy(buf, name);
    return buf;
}

static int is_scenario(const struct dirent *d)
{
    return d->d_name[0] != '.' && is_path(d->d_name);
}

static int by_order(const void *a, const void *b)
{
    const struct scenario *x = *(struct scenario *const *)a, *y = *(struct scenario *const *)b;
    unsigned first = x->order - 1, second = y->order - 1; /* 0 becomes the last */

    if (first != second)
        return first < second ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* Whether it could be read. */
static bool load_one(const char *folder, const char *name, struct scenario **ret,
                     struct err *err)
{
    char path[PATH_MAX + NAME_MAX + 2];
    struct err why = {0};

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (scenario_load(path, ret, &why) == 0)
        return true;
    if (!err->code)
        *err = why;
    return false;
}

size_t scenario_load_all(const char *folder, struct scenario ***ret, struct err *err)
{
    char at[PATH_MAX];
    struct dirent **entries = NULL;
    int n = share_path(folder, at) ? scandir(at, &entries, is_scenario, alphasort) : 0;
    size_t kept = 0;

    *err = (struct err){0};
    *ret = mem_new(SCENARIO_FILES, sizeof(**ret));
    for (int i = 0; i < n; i++) {
        if (kept < SCENARIO_FILES)
            kept += load_one(at, entries[i]->d_name, &(*ret)[kept], err);
        free(entries[i]);
    }
    free(entries);
    qsort(*ret, kept, sizeof(**ret), by_order);
    return kept;
}

/* --- lookups ---------------------------------------------------------------------------- */

const char *scenario_pair(const struct scenario_pairs *p, const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->list[i].name, name) == 0)
            return p->list[i].value;
    return NULL;
}

const char *scenario_variable(const struct scenario *s, const char *name)
{
    return scenario_pair(&s->variables, name);
}

/* --- release ---------------------------------------------------------------------------- */

static void expectations_done(struct expectations *e)
{
    for (size_t i = 0; i < e->n; i++)
        free(e->list[i].tests);
    free(e->list);
}

static void question_free(struct scenario_question *q)
{
    for (size_t i = 0; q && i < q->n_choices; i++)
        expectations_done(&q->choices[i].expect);
    if (q)
        free(q->choices);
    free(q);
}

static void step_done(struct scenario_step *s)
{
    free(s->prose.list);
    free(s->after.list);
    free(s->commands.list);
    free(s->names);
    expectations_done(&s->expect);
    expectations_done(&s->never);
    expectations_done(&s->throughout);
    free(s->measure.list);
    question_free(s->question);
}

void scenario_free(struct scenario *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n_steps; i++)
        step_done(&s->steps[i]);
    free(s->steps);
    free(s->variables.list);
    free(s->cleanup.list);
    if (s->again) {
        free(s->again->prose.list);
        free(s->again->variables.list);
        free(s->again->compare.list);
        free(s->again);
    }
    json_tree_free(s->document);
    free(s->file);
    free(s);
}
