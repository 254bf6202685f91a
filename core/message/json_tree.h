/* core/message/json_tree.h - a small JSON document as a tree whose every value knows its line.
 *
 * For files that a person writes, scenarios and the like: what is wrong in one can be said with
 * its line.  Strict as core/message/json.h; moreover no key may stand twice in an object, and no
 * string may hold a NUL. */
#ifndef SOCKEYE_MESSAGE_JSON_TREE_H
#define SOCKEYE_MESSAGE_JSON_TREE_H

#include <stddef.h>

#include "core/base/err.h"
#include "core/message/json.h"

#define JSON_TREE_NESTING 24
#define JSON_TREE_VALUES 32768 /* of one document */
#define JSON_TREE_MEMBERS 256  /* of one object */

struct json_node {
    enum json_kind kind; /* OBJECT, ARRAY, STRING, NUMBER, TRUE, FALSE or NULL */
    size_t line;         /* from 1; of a member that of its key */
    char *key;           /* NULL: no member of an object */
    char *text; /* of a string what it stands for, of other scalars as written; else NULL */
    size_t n;   /* children */
    struct json_node *first, *next; /* children and siblings, as they stand in the text */
};

/* Returns 0 and the outermost value, to be released with json_tree_free(); or -EBADMSG with the
 * reason in err and the line in *ret_line, both for a person. */
int json_tree_read(const char *text, size_t len, struct json_node **ret, size_t *ret_line,
                   struct err *err);
void json_tree_free(struct json_node *root); /* NULL is a no-op */

/* The member of an object; NULL: there is none, or it is no object. */
const struct json_node *json_node_get(const struct json_node *object, const char *key);

#endif
