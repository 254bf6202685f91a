/* ui/console/field_tree.h - the fields of one packet as a tree whose branches fold.
 *
 *  Internet Protocol Version 4: 127.0.0.1 -> 127.0.0.1
 *    Time to Live: 64
 * +Transmission Control Protocol: 47122 -> 7000
 *
 * What is folded stays so from packet to packet, by the field's name. */
#ifndef SOCKEYE_CONSOLE_FIELD_TREE_H
#define SOCKEYE_CONSOLE_FIELD_TREE_H

#include "core/wire/decode.h"
#include "ui/console/list_view.h"
#include "ui/console/surface.h"

#define FIELD_TREE_FOLDS 64 /* names that are folded, at most */

struct field_tree {
    struct list_view list; /* of the fields that are visible */
    uint16_t visible[DISSECTION_FIELDS];
    size_t n_folded;
    const char *folded[FIELD_TREE_FOLDS]; /* names, which are constants */
};

/* Another packet: its fields, cursor at the first.  d NULL: none. */
void field_tree_load(struct field_tree *t, const struct dissection *d);
/* The field of the cursor; -1: there is none. */
int field_tree_field(const struct field_tree *t);
/* To a field, or to the branch that hides it. */
void field_tree_to(struct field_tree *t, int field);
/* ACTION_LEFT folds the branch of the cursor, or goes to the one that it is in; ACTION_RIGHT
 * unfolds it. */
void field_tree_fold(struct field_tree *t, const struct dissection *d, enum action action);
/* "Time to Live: 64"; buf has LIST_ITEM_BYTES. */
void field_tree_text(const struct field_tree *t, const struct dissection *d, size_t index,
                     char *buf);
/* mark: the cursor is shown; keys: as that of the pane with the keys. */
void field_tree_draw(const struct field_tree *t, const struct dissection *d, struct area a,
                     bool mark, bool keys);

#endif
