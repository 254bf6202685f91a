/* core/model/reference.h - a data file of ours that is an array of entries: read whole and checked
 * before any of it is used. */
#ifndef SOCKEYE_MODEL_REFERENCE_H
#define SOCKEYE_MODEL_REFERENCE_H

#include "core/base/json_text.h"

/* What every such file becomes; its own struct begins with this one. */
struct reference {
    struct json_text text; /* owns the texts */
    size_t n;              /* entries that were taken */
};

struct reference_kind {
    const char *file;      /* its name in share/ */
    const char *one, *all; /* for a person: "cause", "causes" */
    size_t bytes;          /* of its own struct */
    size_t max;            /* entries */
    /* Takes the object as the entry `to->n`, which is zeroed.  Returns what is wrong with which key,
     * for a person, and the name of the entry as far as it has one; NULL: nothing is. */
    const char *(*take)(struct reference *to, const cJSON *object, const char **ret_key,
                        const char **ret_name);
};

/* Of the file at path, or with NULL of the one in share/.  Returns 0 with the whole in *all, to be
 * released with reference_free(); what was there before, NULL: nothing, is released.  Or negative
 * errno with err, which names the line, and *all as it was. */
int reference_load(const struct reference_kind *kind, const char *path, struct reference **all,
                   struct err *err);
void reference_free(struct reference *r); /* NULL is a no-op */

#endif
