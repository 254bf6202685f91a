/* core/report/stream_out.h - what the forms of a stream's report share.  For core/report/stream*.c. */
#ifndef SOCKEYE_REPORT_STREAM_OUT_H
#define SOCKEYE_REPORT_STREAM_OUT_H

#include "core/report/stream.h"

#define STREAM_OUT_BYTES (16U << 10)
#define STREAM_END_BYTES 160

struct stream_out {
    const struct stream *stream;
    const struct stream_shape *shape;
    stream_put *put;
    void *ctx;
    int error; /* what put() gave; nothing is written any more */
    uint64_t start_ns;
    struct stream_sum sum;
    char ends[2][STREAM_END_BYTES];
    size_t used;
    char buffer[STREAM_OUT_BYTES];
};

void stream_out(struct stream_out *o, const void *bytes, size_t len);
void stream_out_text(struct stream_out *o, const char *text);
void stream_out_format(struct stream_out *o, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The next chunk from number on that is wanted; NULL: none.  It counts in the sum. */
const struct stream_chunk *stream_out_next(struct stream_out *o, uint64_t *number);

/* "A → B  17 bytes, 4 missing  packet 12  0.000123", without its end. */
void stream_out_heading(struct stream_out *o, const struct stream_chunk *first, uint64_t bytes,
                        uint64_t missing);

void stream_text(struct stream_out *o);
void stream_hex(struct stream_out *o);
void stream_json(struct stream_out *o);
void stream_messages(struct stream_out *o);

#endif
