/* ui/console/stream_find.h - bytes that are looked for in a stream, a part at a time. */
#ifndef SOCKEYE_CONSOLE_STREAM_FIND_H
#define SOCKEYE_CONSOLE_STREAM_FIND_H

#include <stdbool.h>
#include <stdint.h>

#include "core/wire/packet_search.h"
#include "core/wire/stream.h"

/* In one go. */
#define STREAM_FIND_BYTES (1U << 20)

struct stream_find {
    struct packet_pattern *pattern; /* NULL: nothing is looked for */
    bool backward;
    bool going;     /* the search is not over */
    bool wrapped;   /* it went past the end */
    uint64_t chunk; /* to look at next */
    uint64_t from;  /* forward: matches from this byte on; backward: before it */
    uint64_t start; /* the chunk where it began */
};

void stream_find_done(struct stream_find *f);
/* Look for a text, 0xHEX or a /regex/ from here on; -EINVAL with err when it is none. */
int stream_find_set(struct stream_find *f, const char *text, struct err *err);
/* Begin with matches from this byte of a chunk on, or, backward, with those before it. */
void stream_find_begin(struct stream_find *f, bool backward, uint64_t chunk, uint64_t from);
/* One part of it, among the chunks before end.  True when there is a match, whose place it
 * gives; else it is over unless f->going. */
bool stream_find_step(struct stream_find *f, const struct stream *s, uint64_t end,
                      uint64_t *ret_chunk, uint64_t *ret_byte);

#endif
