#include "core/scenario/progress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/json_text.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/message/json_print.h"

bool progress_has(const struct progress *p, const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->names[i], name) == 0)
            return true;
    return false;
}

bool progress_add(struct progress *p, const char *name)
{
    if (progress_has(p, name))
        return true;
    if (p->n == SCENARIO_FILES || strlen(name) >= sizeof(p->names[0]))
        return false;
    strcpy(p->names[p->n++], name);
    return true;
}

/* --- reading ---------------------------------------------------------------------------- */

static int read_names(const struct json_text *t, struct progress *ret, struct err *err)
{
    const cJSON *schema = cJSON_GetObjectItemCaseSensitive(t->root, "schema");
    const cJSON *done = cJSON_GetObjectItemCaseSensitive(t->root, "done"), *item;

    if (!cJSON_IsNumber(schema) || schema->valuedouble != PROGRESS_SCHEMA)
        return json_text_wrong(t, schema ? schema : t->root, err, "\"schema\" is to be %d",
                               PROGRESS_SCHEMA);
    if (!cJSON_IsArray(done))
        return json_text_wrong(t, done ? done : t->root, err, "\"done\" is to be a list");
    cJSON_ArrayForEach(item, done)
    {
        const char *name = cJSON_GetStringValue(item);

        if (!name || !name[0] || !text_is_printable(name) || !progress_add(ret, name))
            return json_text_wrong(t, item, err, "\"done\" holds the names of up to %d lessons",
                                   SCENARIO_FILES);
    }
    return 0;
}

static int take(struct json_text *t, int r, struct progress *ret, struct err *err)
{
    struct progress *p;

    if (r < 0)
        return r;
    p = mem_new(1, sizeof(*p));
    r = read_names(t, p, err);
    if (r == 0)
        *ret = *p;
    free(p);
    json_text_done(t);
    return r;
}

int progress_parse(char *bytes, size_t len, const char *path, struct progress *ret,
                   struct err *err)
{
    struct json_text t;

    return take(&t, json_text_parse(bytes, len, path, &t, err), ret, err);
}

int progress_read(const char *path, struct progress *ret, struct err *err)
{
    struct json_text t;

    return take(&t, json_text_read(path, PROGRESS_FILE_BYTES, &t, err), ret, err);
}

/* --- writing ---------------------------------------------------------------------------- */

int progress_write(const char *path, const struct progress *p, struct err *err)
{
    cJSON *root = cJSON_CreateObject(), *done = cJSON_AddArrayToObject(root, "done");
    char *text;
    int r = -ENOMEM;

    cJSON_AddNumberToObject(root, "schema", PROGRESS_SCHEMA);
    for (size_t i = 0; i < p->n; i++)
        cJSON_AddItemToArray(done, cJSON_CreateString(p->names[i]));
    text = json_print(root, true);
    cJSON_Delete(root);
    if (text)
        r = file_replace(path, text, strlen(text), 0600);
    free(text);
    return r < 0 ? err_set(err, r, "write", path, "%s", "") : 0;
}
