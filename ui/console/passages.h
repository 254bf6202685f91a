/* ui/console/passages.h - the passages of one session, found in the transcript, and their
 * shape on a screen of some width.
 *
 * The transcript is one ring for all sessions; this keeps the numbers of those of one.  It
 * looks at each passage once, and again at all of them when the session changes. */
#ifndef SOCKEYE_CONSOLE_PASSAGES_H
#define SOCKEYE_CONSOLE_PASSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/transcript.h"
#include "core/wire/hexdump.h"

struct passages {
    uint64_t session_id; /* 0: none */
    uint64_t next;       /* first number not looked at yet */
    uint64_t lost;       /* of this session, overwritten since we look */
    bool lost_before;    /* others may have been overwritten before */
    size_t first, count; /* numbers[first .. first + count) */
    uint64_t numbers[2 * TRANSCRIPT_PASSAGES];
};

/* One passage as it is kept. */
struct passage_view {
    struct passage passage;
    size_t len; /* bytes kept; passage.length is what there was */
    uint8_t bytes[TRANSCRIPT_KEPT_BYTES];
};

/* Look at what came since, up to record `end` of the ring, for this session.  Returns how many
 * went from the front of the list, or SIZE_MAX when it started over. */
size_t passages_update(struct passages *p, const struct ring *transcript, uint64_t end,
                       uint64_t session_id, uint64_t opened_ns);

/* False when the index is behind the end or the ring has overwritten the passage. */
bool passages_read(const struct passages *p, const struct ring *transcript, size_t index,
                   struct passage_view *ret);

/* How a passage is broken into lines. */
struct passage_shape {
    bool hex;
    int columns;   /* that a line of text or of the dump may take, at least 1 */
    int max_lines; /* the last of them ends in an ellipsis when there is more; 0: no limit */
};

/* The dump of a passage in that shape, and how many of its bytes that shows; none of a note. */
struct hexdump passage_dump(const struct passage_view *v, const struct passage_shape *shape);
size_t passage_dumped(const struct passage_view *v, const struct passage_shape *shape);

#define PASSAGE_LINE_BYTES 1024

/* A walk over the lines of a passage: begin with {.v = ..., .shape = ...}. */
struct passage_walk {
    const struct passage_view *v;
    const struct passage_shape *shape;
    int line;       /* the next one */
    size_t at;      /* its first byte */
    bool said_rest; /* that bytes were not kept */
};

/* The next line, or false behind the last.  buf may be NULL.  *ret_more (may be NULL): the
 * line stands for more that is not shown. */
bool passage_next(struct passage_walk *w, char buf[PASSAGE_LINE_BYTES], bool *ret_more);
/* How many lines it takes, at least 1. */
int passage_lines(const struct passage_view *v, const struct passage_shape *shape);

#endif
