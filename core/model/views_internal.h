/* core/model/views_internal.h - what the makers of views share; nobody else includes it. */
#ifndef SOCKEYE_MODEL_VIEWS_INTERNAL_H
#define SOCKEYE_MODEL_VIEWS_INTERNAL_H

#include "core/model/views.h"

/* To tell keys apart, not to resist anybody: 64-bit FNV-1a, a word at a time. */
uint64_t view_hash(uint64_t hash, uint64_t word);
uint64_t view_hash_addr(uint64_t hash, const struct addr *a);
#define VIEW_HASH_START UINT64_C(0xcbf29ce484222325)

/* For each row the index of the row of the listener it came from, or VIEW_NO_ROW.  The
 * caller frees it. */
uint32_t *view_match_listeners(const struct snapshot *s);

void view_make_ends(const struct snapshot *s, struct view *v);

#endif
