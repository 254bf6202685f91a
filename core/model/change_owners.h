/* core/model/change_owners.h - the owners of known rows, each process once.
 *
 * A hundred thousand rows are held by a few processes: a row has a pointer here, counted. */
#ifndef SOCKEYE_MODEL_CHANGE_OWNERS_H
#define SOCKEYE_MODEL_CHANGE_OWNERS_H

#include "core/model/changes.h"

struct change_owner;

/* All zero: empty. */
struct change_owners {
    struct change_owner *table;
};

void change_owners_done(struct change_owners *o);

/* The owner that s knows of this inode in place of `before`, one reference of which it takes;
 * the same one when s knows none.  NULL: none was ever known. */
struct change_owner *change_owners_learn(struct change_owners *o, struct change_owner *before,
                                         const struct snapshot *s, uint32_t inode);
/* One reference less; owner may be NULL. */
void change_owners_drop(struct change_owners *o, struct change_owner *owner);

/* "nginx (812) and 3 more"; "" for NULL. */
void change_owner_text(const struct change_owner *owner, char buf[CHANGE_OWNER_BYTES]);

#endif
