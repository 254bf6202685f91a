/* probes/capture_out.h - a file that is written record by record and always ends with a whole
 * one.  Internal to the writing of capture files. */
#ifndef SOCKEYE_PROBES_CAPTURE_OUT_H
#define SOCKEYE_PROBES_CAPTURE_OUT_H

#include "core/base/whole.h"
#include "core/model/probing.h"
#include "core/wire/capture_bytes.h"

struct capture_out {
    int fd;             /* -1: not open */
    struct whole whole; /* what fd belongs to, where the file is to appear at the end */
    bool regular;
    bool borrowed; /* a descriptor that was there before, not opened by path */
    bool at_the_end;
    struct capture_bytes waiting;
    uint32_t *ends; /* of the records that wait; the highest bit: it is a packet */
    size_t n_ends, ends_room;
    uint64_t bytes; /* of this file, with what waits */
    int error;      /* negative errno; 0: none.  No more is written. */
};

/* path and at_the_end as in struct capture_file_settings.  not_this: a file that is being read; NULL: none.
 * What waits and the error stay.  Returns 0 or negative errno with err. */
int capture_out_open(struct capture_out *o, const char *path, bool at_the_end,
                     const struct capture_shape *not_this, struct err *err);

/* What was appended to `waiting` since the last call is a whole record. */
void capture_out_mark(struct capture_out *o, bool packet);

/* Returns 0, or the error that stopped it, which is in err once. */
int capture_out_flush(struct capture_out *o, const char *path, struct err *err);

/* Flushes first.  The buffers stay for another file. */
int capture_out_close(struct capture_out *o, const char *path, struct err *err);

void capture_out_done(struct capture_out *o);

#endif
