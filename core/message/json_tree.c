#include "core/message/json_tree.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

struct growing {
    struct json_reader r;
    size_t line, counted; /* of the byte `counted` */
    size_t values;
    const char *reason; /* what is wrong, unless the reader says it */
};

static void node_free(struct json_node *n)
{
    while (n) {
        struct json_node *next = n->next;

        node_free(n->first); /* not deeper than JSON_TREE_NESTING */
        free(n->key);
        free(n->text);
        free(n);
        n = next;
    }
}

void json_tree_free(struct json_node *root)
{
    node_free(root);
}

const struct json_node *json_node_get(const struct json_node *object, const char *key)
{
    if (!object || object->kind != JSON_OBJECT)
        return NULL;
    for (const struct json_node *n = object->first; n; n = n->next)
        if (strcmp(n->key, key) == 0)
            return n;
    return NULL;
}

static size_t line_at(struct growing *g, size_t at)
{
    for (; g->counted < at; g->counted++)
        g->line += g->r.text[g->counted] == '\n';
    return g->line;
}

/* NULL: it holds a NUL. */
static char *take_string(const char *text, const struct json_token *t)
{
    char *s = mem_new(t->len + 1, 1);

    if (!memchr(s, '\0', json_unescape(text, t, s)))
        return s;
    free(s);
    return NULL;
}

/* Takes the key over. */
static struct json_node *add(struct json_node *parent, struct json_node **last, char *key,
                             enum json_kind kind, size_t line)
{
    struct json_node *n = mem_new(1, sizeof(*n));

    *n = (struct json_node){.kind = kind, .line = line, .key = key};
    if (*last)
        (*last)->next = n;
    else
        parent->first = n;
    parent->n++;
    *last = n;
    return n;
}

static int wrong(struct growing *g, const char *reason)
{
    g->reason = reason;
    return -EBADMSG;
}

static int fill(struct growing *g, struct json_node *parent, enum json_kind end);

/* The value that begins with t, as the last child of parent; the key is its, too. */
static int take_value(struct growing *g, struct json_node *parent, struct json_node **last,
                      char *key, size_t line, const struct json_token *t)
{
    struct json_node *n;

    if (++g->values > JSON_TREE_VALUES) {
        free(key);
        return wrong(g, "there are more than 32,768 values");
    }
    n = add(parent, last, key, t->kind, line);
    if (t->kind == JSON_OBJECT || t->kind == JSON_ARRAY)
        return fill(g, n, t->kind == JSON_OBJECT ? JSON_OBJECT_END : JSON_ARRAY_END);
    n->text = t->kind == JSON_STRING ? take_string(g->r.text, t)
                                     : mem_copy(g->r.text + t->at, t->len);
    return n->text ? 0 : wrong(g, "a string holds a NUL");
}

static int take_member(struct growing *g, struct json_node *object, struct json_node **last,
                       const struct json_token *t)
{
    char *key = take_string(g->r.text, t);
    size_t line = line_at(g, t->at);
    struct json_token value;
    int rc;

    if (!key)
        return wrong(g, "a key holds a NUL");
    if (object->n == JSON_TREE_MEMBERS || json_node_get(object, key)) {
        free(key);
        return wrong(g, object->n == JSON_TREE_MEMBERS ? "an object has more than 256 keys"
                                                       : "a key stands twice in an object");
    }
    rc = json_next(&g->r, &value);
    if (rc < 0) {
        free(key);
        return rc;
    }
    return take_value(g, object, last, key, line, &value);
}

/* The children of an object or array, up to its end. */
static int fill(struct growing *g, struct json_node *parent, enum json_kind end)
{
    struct json_node *last = NULL;
    struct json_token t;
    int rc;

    for (;;) {
        rc = json_next(&g->r, &t);
        if (rc < 0 || t.kind == end)
            return rc;
        line_at(g, t.at);
        rc = end == JSON_OBJECT_END ? take_member(g, parent, &last, &t)
                                    : take_value(g, parent, &last, NULL, line_at(g, t.at), &t);
        if (rc < 0)
            return rc;
    }
}

int json_tree_read(const char *text, size_t len, struct json_node **ret, size_t *ret_line,
                   struct err *err)
{
    struct growing *g = mem_new(1, sizeof(*g));
    struct json_node top = {.kind = JSON_ARRAY}, *last = NULL;
    struct json_token t;
    int rc;

    g->line = 1;
    json_reader_init(&g->r, text, len, JSON_TREE_NESTING);
    rc = json_next(&g->r, &t);
    if (rc == 0)
        rc = take_value(g, &top, &last, NULL, line_at(g, t.at), &t);
    if (rc == 0)
        rc = json_next(&g->r, &t);
    if (rc < 0) {
        *ret_line = g->reason ? g->line : line_at(g, g->r.wrong_at);
        err_set(err, -EBADMSG, "read JSON", "", "%s", g->reason ? g->reason : g->r.reason);
        json_tree_free(top.first);
    } else {
        *ret = top.first;
    }
    free(g);
    return rc < 0 ? -EBADMSG : 0;
}
