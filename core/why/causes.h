/* core/why/causes.h - the causes that a verdict can name, explained.
 *
 * The texts are share/causes.json: an array of objects, in groups as they are met.
 *
 *   id           "no-listener", as in a verdict    group  "refused", "silence", ...
 *   title        a few words                       see    the man page or RFC
 *   explanation  the mechanism, in two or three sentences
 *   apart        what tells it from its neighbours
 *   fixes        what a person does next, the likeliest first
 *
 * All of it is printable ASCII, so that a byte is a column on any terminal.
 *
 * One catalogue serves the process: it is loaded at the start, by one thread, and only read after
 * that.  Without it the lookups find nothing. */
#ifndef SOCKEYE_WHY_CAUSES_H
#define SOCKEYE_WHY_CAUSES_H

#include <stddef.h>

#include "core/base/err.h"

#define CAUSES_MAX 128
#define CAUSE_FIXES_MAX 8
#define CAUSE_ID_BYTES 32 /* of an id and a group, with its NUL */
#define CAUSE_TITLE_BYTES 64
#define CAUSE_TEXT_BYTES 480 /* of one text, with its NUL */

struct cause {
    const char *id, *group, *title, *explanation, *apart, *see;
    size_t n_fixes; /* at least one */
    const char *fixes[CAUSE_FIXES_MAX];
};

/* Read share/causes.json, or the file at path.  Returns 0, or negative errno with err: then what
 * was loaded before, if anything, is still there; else its entries are gone. */
int causes_load(struct err *err);
int causes_load_from(const char *path, struct err *err);

/* The entries in the order of the file. */
size_t cause_count(void);
const struct cause *cause_at(size_t index);
/* By id, in any case.  NULL: none. */
const struct cause *cause_by_id(const char *id);
/* The title; "" when the id, or the catalogue, is not known. */
const char *cause_title(const char *id);

#endif
