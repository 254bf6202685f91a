#include "core/model/errors.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/model/reference.h"
#include "core/model/reference_text.h"

struct errors {
    struct reference all;
    struct error_entry entries[ERRORS_MAX];
};

static struct errors *loaded;

/* --- lookups ---------------------------------------------------------------------------- */

size_t error_count(void)
{
    return loaded ? loaded->all.n : 0;
}

const struct error_entry *error_at(size_t index)
{
    return index < error_count() ? &loaded->entries[index] : NULL;
}

static bool is_called(const struct error_entry *e, const char *name)
{
    if (strcasecmp(e->name, name) == 0)
        return true;
    for (size_t i = 0; i < e->aliases.n; i++)
        if (strcasecmp(e->aliases.list[i], name) == 0)
            return true;
    return false;
}

static const struct error_entry *find_name(const struct errors *r, const char *name)
{
    for (size_t i = 0; r && i < r->all.n; i++)
        if (is_called(&r->entries[i], name))
            return &r->entries[i];
    return NULL;
}

const struct error_entry *error_by_name(const char *name)
{
    return find_name(loaded, name);
}

const struct error_entry *error_by_number(enum error_kind kind, int number)
{
    const struct error_entry *e;

    for (size_t i = 0; (e = error_at(i)); i++)
        if (e->kind == kind &&
            (e->number == number || (kind == ERROR_ERRNO && e->number == -number)))
            break;
    return e;
}

const char *error_sentence(const struct error_entry *e)
{
    const char *said =
        e->kind == ERROR_EAI ? gai_strerror(e->number) : strerrordesc_np(e->number);

    return said ? said : "";
}

const struct error_entry *error_explain(int code, const char *symbol)
{
    return symbol && symbol[0] ? error_by_name(symbol) : error_by_number(ERROR_ERRNO, code);
}

const struct error_entry *error_of(const struct err *err)
{
    if (!err->symbol[0] && err->code == -EINVAL && err->reason[0])
        return NULL;
    return error_explain(err->code, err->symbol);
}

void error_format(const struct err *err, char *buf, size_t size)
{
    const struct error_entry *e = error_of(err);
    struct err told = *err;

    /* A reason or hint of the failure's own knows this case better; of a failed lookup the
     * reason is only the C library's sentence. */
    if (e && !told.hint[0] && (told.symbol[0] || !told.reason[0]))
        err_hint(&told, "try: %s", e->tries.list[0]);
    err_format(&told, buf, size);
}

/* --- reading ---------------------------------------------------------------------------- */

/* What is wrong, for a person: NULL when nothing is. */
static const char *read_text(const cJSON *object, const char *key, size_t max, const char **ret)
{
    return reference_text(cJSON_GetObjectItemCaseSensitive(object, key), max, ret);
}

static const char *read_texts(const cJSON *object, const char *key, size_t least, size_t max,
                              struct error_texts *ret)
{
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, key), *item;

    ret->n = 0;
    if (!array && !least)
        return NULL;
    if (!cJSON_IsArray(array))
        return "is missing or no array";
    cJSON_ArrayForEach(item, array)
    {
        if (ret->n == ERROR_TEXTS_MAX)
            return "has too many texts";
        if (reference_text(item, max, &ret->list[ret->n]))
            return "holds what is no string, empty, too long or not printable ASCII";
        ret->n++;
    }
    return ret->n < least ? "is empty" : NULL;
}

static const char *read_number(const cJSON *object, const char *key, int *ret)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

    if (!cJSON_IsNumber(item) || item->valuedouble != (double)item->valueint)
        return "is missing or no whole number";
    *ret = item->valueint;
    return NULL;
}

static const char *read_kind(const cJSON *object, const char *key, enum error_kind *ret)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    const char *kind = cJSON_IsString(item) ? item->valuestring : "";

    if (strcmp(kind, "errno") != 0 && strcmp(kind, "eai") != 0)
        return "is neither \"errno\" nor \"eai\"";
    *ret = strcmp(kind, "eai") == 0 ? ERROR_EAI : ERROR_ERRNO;
    return NULL;
}

/* Whether none before goes by a name or by the number of this one. */
static bool is_new(const struct errors *r, const struct error_entry *e)
{
    for (size_t i = 0; i < r->all.n; i++)
        if (r->entries[i].kind == e->kind && r->entries[i].number == e->number)
            return false;
    for (size_t i = 0; i < e->aliases.n; i++)
        if (find_name(r, e->aliases.list[i]))
            return false;
    return !find_name(r, e->name);
}

static const char *read_entry(struct reference *to, const cJSON *o, const char **ret_key,
                              const char **ret_name)
{
    struct errors *r = (struct errors *)(void *)to;
    struct error_entry *e = &r->entries[to->n];
    const char *wrong = read_text(o, *ret_key = "name", ERROR_NAME_BYTES, &e->name);

    *ret_name = e->name;
    if (wrong || (wrong = read_number(o, *ret_key = "number", &e->number)) ||
        (wrong = read_kind(o, *ret_key = "kind", &e->kind)) ||
        (wrong = read_texts(o, *ret_key = "aliases", 0, ERROR_NAME_BYTES, &e->aliases)) ||
        (wrong = read_texts(o, *ret_key = "calls", 1, ERROR_NAME_BYTES, &e->calls)) ||
        (wrong = read_text(o, *ret_key = "meaning", ERROR_TEXT_MAX, &e->meaning)) ||
        (wrong = read_texts(o, *ret_key = "causes", 1, ERROR_TEXT_MAX, &e->causes)) ||
        (wrong = read_texts(o, *ret_key = "try", 1, ERROR_TEXT_MAX, &e->tries)) ||
        (wrong = read_text(o, *ret_key = "man", ERROR_TEXT_MAX, &e->man)))
        return wrong;
    *ret_key = "name";
    return is_new(r, e) ? NULL : "or number is that of another entry";
}

static int load(const char *path, struct err *err)
{
    static const struct reference_kind kind = {"errors.json",         "entry",    "entries",
                                               sizeof(struct errors), ERRORS_MAX, read_entry};
    struct reference *all = loaded ? &loaded->all : NULL;
    int r = reference_load(&kind, path, &all, err);

    loaded = (struct errors *)(void *)all;
    return r;
}

int error_reference_load_from(const char *path, struct err *err)
{
    return load(path, err);
}

int error_reference_load(struct err *err)
{
    return load(NULL, err);
}
