/* core/services/lookup.c - answers a key with its value, from a JSON object of texts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/base/share.h"
#include "core/message/json_print.h"
#include "core/services/answering.h"
#include "core/services/letters.h"

#define ADDRESS_BOOK "address-book.json"
/* Longer keys and values would not fit one answer. */
#define TEXT_BYTES (NET_SCRATCH_BYTES / 4)

struct entry {
    uint8_t *key; /* in capitals */
    size_t key_len;
    char *value;
    UT_hash_handle hh;
};

struct lookup {
    struct answering answering;
    struct entry *entries; /* uthash by key; only read once it is made */
    char *unknown;
    size_t unknown_len;
    const char *line_end;
};

static const struct service_option options[] = {
    {"file", "PATH", NULL, "a JSON object of keys and values instead of its address book"},
    {"unknown", "TEXT", "NOT FOUND: ", "what stands before a key that it does not know"},
    SERVICE_LINE_END,
    {NULL, NULL, NULL, NULL},
};

static const struct entry *find(const struct lookup *l, const uint8_t *bytes, size_t len)
{
    uint8_t key[TEXT_BYTES * 3 / 2];
    size_t key_len = letters_upper(bytes, len, key, sizeof(key));
    struct entry *found = NULL;

    if (len <= TEXT_BYTES)
        HASH_FIND(hh, l->entries, key, key_len, found);
    return found;
}

static ssize_t lookup_answer(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                             size_t size)
{
    const struct lookup *l = instance;
    struct answer_text t = {.out = out, .size = size};
    size_t matched = answering_matched(bytes, len);
    const struct entry *e = find(l, bytes, matched);

    if (e) {
        answer_put(&t, e->value, strlen(e->value));
    } else if (!answering_only_ends(bytes, len)) {
        answer_put(&t, l->unknown, l->unknown_len);
        answer_put(&t, bytes, matched);
    }
    answer_end(&t, bytes, len, l->line_end);
    return (ssize_t)t.len;
}

static void lookup_stop(void *instance)
{
    struct lookup *l = instance;
    struct entry *e = l->entries, *next;

    /* Frees the table; the entries still know their next. */
    HASH_CLEAR(hh, l->entries);
    for (; e; e = next) {
        next = e->hh.next;
        free(e->key);
        free(e->value);
        free(e);
    }
    free(l->unknown);
    free(l);
}

static int add(struct lookup *l, const cJSON *item, const char *value, const char *path,
               struct err *err)
{
    size_t len = strlen(item->string);
    struct entry *e;

    if (len > TEXT_BYTES || strlen(value) > TEXT_BYTES)
        return err_set(err, -EFBIG, "lookup", path,
                       "%.60s: keys and values have at most %u bytes", item->string,
                       TEXT_BYTES);
    if (find(l, (const uint8_t *)item->string, len))
        return err_set(err, -EINVAL, "lookup", path,
                       "the key %.60s is there twice; capitals make no difference",
                       item->string);
    e = mem_new(1, sizeof(*e));
    e->key = mem_new(len * 3 / 2 + 1, 1);
    e->key_len = letters_upper((const uint8_t *)item->string, len, e->key, len * 3 / 2 + 1);
    e->value = mem_copy(value, strlen(value));
    HASH_ADD_KEYPTR(hh, l->entries, e->key, e->key_len, e);
    return 0;
}

/* What is no text is answered as the JSON that it is. */
static int add_item(struct lookup *l, const cJSON *item, const char *path, struct err *err)
{
    char *json = cJSON_IsString(item) ? NULL : json_print(item, false);
    const char *value = json ? json : cJSON_GetStringValue(item);
    int r = value ? add(l, item, value, path, err)
                  : err_set(err, -ENOMEM, "lookup", path, "%s", "");

    free(json);
    return r;
}

static int read_entries(struct lookup *l, const char *path, struct err *err)
{
    char *text = NULL;
    const char *end = NULL;
    size_t len = 0;
    const cJSON *item;
    cJSON *json;
    int r = path ? share_read_path(path, SHARE_FILE_BYTES, &text, &len, err)
                 : share_read(ADDRESS_BOOK, &text, &len, err);

    if (r < 0)
        return r;
    json = cJSON_ParseWithLengthOpts(text, len + 1, &end, true);
    if (!path)
        path = ADDRESS_BOOK;
    if (!cJSON_IsObject(json))
        r = err_set(err, -EINVAL, "lookup", path,
                    json ? "it must be a JSON object, {\"KEY\": \"VALUE\"}"
                         : "byte %zu is no JSON",
                    (size_t)(end - text));
    if (r == 0)
        cJSON_ArrayForEach(item, json)
        {
            r = add_item(l, item, path, err);
            if (r < 0)
                break;
        }
    cJSON_Delete(json);
    free(text);
    return r;
}

static int lookup_start(const struct service_setup *setup, void **ret_instance, struct err *err)
{
    struct lookup *l = mem_new(1, sizeof(*l));
    int r = service_line_end(setup, "line-end", &l->line_end, err);

    l->answering.answer = lookup_answer;
    if (r == 0)
        r = service_bytes(setup, "unknown", &l->unknown, &l->unknown_len, err);
    if (r == 0)
        r = read_entries(l, service_text(setup, "file"), err);
    if (r < 0)
        lookup_stop(l);
    else
        *ret_instance = l;
    return r;
}

const struct service lookup_service = {
    .name = "lookup",
    .summary = "answers a key with its value; by itself it knows an address book",
    .options = options,
    .start = lookup_start,
    .stop = lookup_stop,
    .behaviour = ANSWERING_CHUNKS,
    .answer = answering_answer,
};
