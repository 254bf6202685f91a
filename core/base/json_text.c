#include "core/base/json_text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/share.h"

static size_t line_at(const char *bytes, const char *at)
{
    size_t line = 1;

    for (; bytes < at; bytes++)
        line += *bytes == '\n';
    return line;
}

int json_text_parse(char *bytes, size_t len, const char *path, struct json_text *ret,
                    struct err *err)
{
    const char *end = NULL;
    /* With the NUL behind the bytes: nothing may follow the value. */
    cJSON *root = cJSON_ParseWithLengthOpts(bytes, len + 1, &end, true);

    if (!root) {
        err_set(err, -EINVAL, "read", path, "it is no JSON from line %zu on",
                line_at(bytes, end ? end : bytes));
        free(bytes);
        return -EINVAL;
    }
    ret->root = root;
    ret->bytes = bytes;
    ret->len = len;
    snprintf(ret->path, sizeof(ret->path), "%s", path);
    return 0;
}

int json_text_read(const char *path, size_t max, struct json_text *ret, struct err *err)
{
    char *bytes;
    size_t len;
    int r = share_read_path(path, max, &bytes, &len, err);

    return r < 0 ? r : json_text_parse(bytes, len, path, ret, err);
}

int json_text_share(const char *name, struct json_text *ret, struct err *err)
{
    char path[PATH_MAX], *bytes;
    size_t len;
    int r = share_read(name, &bytes, &len, err);

    if (r < 0)
        return r;
    return json_text_parse(bytes, len, share_path(name, path) ? path : name, ret, err);
}

void json_text_done(struct json_text *t)
{
    cJSON_Delete(t->root);
    free(t->bytes);
    *t = (struct json_text){0};
}

/* ---- lines ----------------------------------------------------------------------------- */

/* How many values stand before an item and it is found: of the tree below `from`, itself counted.
 * The parser bounds how deep it is. */
static bool count_to(const cJSON *from, const cJSON *item, size_t *n)
{
    const cJSON *child;

    if (from == item)
        return true;
    (*n)++;
    cJSON_ArrayForEach(child, from)
    {
        if (count_to(child, item, n))
            return true;
    }
    return false;
}

/* Behind the string that begins at *at. */
static const char *behind_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\' && at + 1 < end)
            at++;
    return at < end ? at + 1 : end;
}

/* What cJSON takes for white space: more than RFC 8259 does. */
static bool is_blank(char c)
{
    return (unsigned char)c <= ' ';
}

static bool is_name(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at < end && *at == ':';
}

/* Where the value begins before which n others do, a member with its name.  The text has been
 * parsed: it is JSON. */
static const char *begin_of(const struct json_text *t, size_t n)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    const char *at = t->bytes, *end = t->bytes + t->len, *name = NULL;

    if (strncmp(at, byte_order_mark, strlen(byte_order_mark)) == 0)
        at += strlen(byte_order_mark);
    while (at < end) {
        const char *begin = at;

        if (is_blank(*at) || strchr(",:]}", *at)) {
            at++;
            continue;
        }
        if (*at == '"') {
            at = behind_string(at, end);
            if (is_name(at, end)) {
                name = begin;
                continue;
            }
        } else if (*at == '{' || *at == '[') {
            at++;
        } else {
            while (at < end && !is_blank(*at) && !strchr(",:]}", *at))
                at++;
        }
        if (n-- == 0)
            return name ? name : begin;
        name = NULL;
    }
    return NULL;
}

size_t json_text_line(const struct json_text *t, const cJSON *item)
{
    size_t n = 0;
    const char *begin = t->root && count_to(t->root, item, &n) ? begin_of(t, n) : NULL;

    return begin ? line_at(t->bytes, begin) : 0;
}

int json_text_wrong(const struct json_text *t, const cJSON *item, struct err *err,
                    const char *reason, ...)
{
    char place[PATH_MAX + 24], text[ERR_TEXT_BYTES];
    size_t line = json_text_line(t, item);
    va_list args;

    va_start(args, reason);
    vsnprintf(text, sizeof(text), reason, args);
    va_end(args);
    if (line)
        snprintf(place, sizeof(place), "%s:%zu", t->path, line);
    else
        snprintf(place, sizeof(place), "%s", t->path);
    return err_set(err, -EINVAL, "read", place, "%s", text);
}
