/* core/base/json_text.h - a JSON text that a person wrote or that lies in share/: its tree, and in
 * which line each part of it stands, so that an error can name the place. */
#ifndef SOCKEYE_BASE_JSON_TEXT_H
#define SOCKEYE_BASE_JSON_TEXT_H

#include <cjson/cJSON.h>
#include <limits.h>
#include <stddef.h>

#include "core/base/err.h"

struct json_text {
    cJSON *root; /* owned */
    char *bytes; /* owned */
    size_t len;
    char path[PATH_MAX]; /* for the person; may be cut */
};

/* The whole of bytes, behind which a NUL stands, must be one JSON value.  Takes the bytes over in
 * every case.  Returns 0, or -EINVAL with the line where it is none any more. */
int json_text_parse(char *bytes, size_t len, const char *path, struct json_text *ret,
                    struct err *err);

/* Of a file of at most max bytes, and of one of share/.  Negative errno with err. */
int json_text_read(const char *path, size_t max, struct json_text *ret, struct err *err);
int json_text_share(const char *name, struct json_text *ret, struct err *err);

void json_text_done(struct json_text *t);

/* The line, from 1, where an item of the tree begins, of a member with its name; 0: it is none
 * of it. */
size_t json_text_line(const struct json_text *t, const cJSON *item);

/* "read FILE:LINE: REASON".  Returns -EINVAL. */
int json_text_wrong(const struct json_text *t, const cJSON *item, struct err *err,
                    const char *reason, ...) __attribute__((format(printf, 4, 5)));

#endif
