/* Any bytes as JSON: the strict reader, its tree and its writer agree with each other, and what
 * they take cJSON takes, too. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json_text.h"
#include "core/base/mem.h"
#include "core/message/json_tree.h"
#include "core/message/json_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

/* Every token lies in the text, behind the one before it. */
static bool walk(const char *text, size_t len)
{
    struct json_reader r;
    struct json_token t = {0};
    size_t behind = 0;

    json_reader_init(&r, text, len, JSON_NESTING_LIMIT);
    for (;;) {
        if (json_next(&r, &t) < 0) {
            must(r.wrong_at <= len && r.reason[0] && strlen(r.reason) < sizeof(r.reason));
            return false;
        }
        must(t.at >= behind && t.len <= len - t.at && t.depth <= JSON_NESTING_LIMIT);
        behind = t.at + (t.kind == JSON_END ? 0 : t.len);
        if (t.kind == JSON_END)
            return true;
    }
}

static void check_tree(const struct json_node *n, size_t lines)
{
    size_t children = 0;

    must(n->line >= 1 && n->line <= lines);
    for (const struct json_node *c = n->first; c; c = c->next, children++) {
        must((n->kind == JSON_OBJECT) == (c->key != NULL));
        must(!c->key || json_node_get(n, c->key) == c);
        check_tree(c, lines);
    }
    must(children == n->n);
}

/* Written anew it is JSON, and written once more it stays the same. */
static void check_style(const char *text, size_t len, enum json_style style)
{
    struct json_writer once = {0}, twice = {0};
    struct json_reader r;

    json_reader_init(&r, text, len, JSON_NESTING_LIMIT);
    must(json_rewrite(&once, &r, style, true) == 0);
    json_reader_init(&r, once.bytes, once.len, JSON_NESTING_LIMIT);
    must(json_rewrite(&twice, &r, style, true) == 0);
    must(once.len == twice.len && memcmp(once.bytes, twice.bytes, once.len) == 0);
    free(once.bytes);
    free(twice.bytes);
}

/* A text with places: each item that cJSON finds stands in a line of it. */
static void check_lines(const char *text, size_t len, size_t lines, bool strict)
{
    struct json_text t;
    struct err err = {0};
    const cJSON *item;
    size_t before = 1;

    if (json_text_parse(mem_copy(text, len), len, "a file", &t, &err) < 0) {
        must(err.reason[0] && !strict);
        return;
    }
    cJSON_ArrayForEach(item, t.root)
    {
        size_t line = json_text_line(&t, item);

        must(line <= lines);
        if (strict)
            must(line >= before);
        before = line;
    }
    json_text_done(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct json_node *root = NULL;
    struct err err = {0};
    size_t lines = 1, line = 0;
    bool good = walk(text, size);

    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    if (json_tree_read(text, size, &root, &line, &err) == 0) {
        must(good);
        check_tree(root, lines);
        json_tree_free(root);
        check_lines(text, size, lines, true);
    } else {
        must(line >= 1 && line <= lines && err.reason[0]);
        check_lines(text, size, lines, false);
    }
    for (int style = JSON_COMPACT; good && style <= JSON_PRETTY; style++)
        check_style(text, size, (enum json_style)style);
    return 0;
}
