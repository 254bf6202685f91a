/* core/wire/ladder_internal.h - what the ladder's own files share; nobody else includes it.
 *
 *   ladder.c       columns, the store and its order
 *   ladder_fold.c  which steps become one
 *   ladder_text.c  what a step says */
#ifndef SOCKEYE_WIRE_LADDER_INTERNAL_H
#define SOCKEYE_WIRE_LADDER_INTERNAL_H

#include "core/wire/ladder.h"

/* A step with what folding and writing it need. */
struct ladder_entry {
    struct ladder_step step;
    uint64_t gap_ns;      /* before its last segment: since the one before it in the fold, or,
                             of one that is alone, since anything passed between its ends */
    uint16_t mss;         /* of a SYN; 0: it has none */
    uint8_t window_scale; /* of a SYN, and 1; 0: it has none */
    bool unscaled;        /* the window is as in the header: its scale was not seen */
    bool absolute;        /* so are seq and ack */
    bool unwritten;       /* step.text is not of now */
};

/* Where an entry would join, among the steps before a place of the order. */
struct ladder_entry *ladder_at(const struct ladder *l, size_t place);
void ladder_remove(struct ladder *l, size_t place);

/* Make e, which would stand at `place`, a part of a step before it; false: it stands alone. */
bool ladder_join(struct ladder *l, size_t place, struct ladder_entry *e);
/* How a segment with these facts folds. */
enum ladder_fold ladder_fold_of(const struct ladder_step *s);

/* What is not printable ASCII becomes \xNN; what does not fit is cut. */
void ladder_ascii(char *buf, size_t size, const char *text);
/* Write step.text of now. */
void ladder_write(struct ladder_entry *e);
/* The word before the parenthesis of a call's text is the same. */
bool ladder_same_call(const char *a, const char *b);
/* "= -1 EAGAIN", without what is behind it; of no length where it is not told. */
const char *ladder_call_outcome(const char *text, size_t *ret_len);
/* What it returned; false: it is not in the text. */
bool ladder_call_result(const char *text, int64_t *ret);

#endif
