/* core/report/ladder_out.h - what the ladder's forms share: a buffer before the sink, and times. */
#ifndef SOCKEYE_REPORT_LADDER_OUT_H
#define SOCKEYE_REPORT_LADDER_OUT_H

#include "core/report/ladder.h"

struct ladder_out {
    ladder_sink *sink;
    void *ctx;
    int result; /* the first that was not 0 from the sink: nothing is written any more */
    size_t used;
    char bytes[16384];
};

void ladder_put(struct ladder_out *o, const char *text);
void ladder_putf(struct ladder_out *o, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int ladder_flush(struct ladder_out *o);

/* "12.000021" since the first step, or the local time of day.  Returns buf. */
#define LADDER_TIME_BYTES 32
const char *ladder_time(const struct ladder *l, const struct ladder_shape *shape,
                        uint64_t wall_ns, char buf[LADDER_TIME_BYTES]);
/* "+21 us" since the step before it; "" of the first.  Returns buf. */
const char *ladder_delta(const struct ladder *l, uint64_t number, char buf[LADDER_TIME_BYTES]);

/* The forms. */
void ladder_text(struct ladder_out *o, const struct ladder *l,
                 const struct ladder_shape *shape);
void ladder_json(struct ladder_out *o, const struct ladder *l);
void ladder_html(struct ladder_out *o, const struct ladder *l,
                 const struct ladder_shape *shape);

#endif
