/* core/model/series.h - what was measured of one socket, look by look.
 *
 * A bounded store of samples, oldest first; the oldest go first and are counted.  Rates are made
 * from two samples in a row, so the first one has none.  Pure: reads no clock.  ui thread. */
#ifndef SOCKEYE_MODEL_SERIES_H
#define SOCKEYE_MODEL_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/column.h"
#include "core/model/snapshot.h"

/* An hour of one look a second. */
#define SERIES_SAMPLES 3600

enum series_id {
    SERIES_SEND_QUEUE,
    SERIES_RECEIVE_QUEUE,
    SERIES_RTT,
    SERIES_CWND,
    SERIES_DELIVERY_RATE,
    SERIES_SENT_RATE,     /* from bytes_sent: what was sent again counts again */
    SERIES_RECEIVED_RATE, /* from bytes_received */
    SERIES_RETRANSMITS,   /* from total_retrans: since the sample before */
    SERIES_MIN_RTT,
    SERIES_IN_FLIGHT,  /* sent and not acknowledged: Send-Q without what was never sent */
    SERIES_CWND_BYTES, /* snd_cwnd * snd_mss */
    SERIES_PEER_WINDOW,
    SERIES_DROPS, /* of the socket, since the sample before */
    SERIES_COUNT
};

struct series_info {
    const char *name;  /* in CSV, with its unit: a promise to scripts */
    const char *title; /* for a person */
    enum column_unit unit;
};

/* As the kernel gives them; `known` has a bit for each. */
struct series_sample {
    uint64_t at_ns;
    uint32_t known; /* 1 << enum series_id */
    uint64_t values[SERIES_COUNT];
};

/* All zero: empty. */
struct series {
    struct series_sample *samples; /* a ring of `room` */
    size_t room, first, n;
    uint64_t forgotten; /* samples that went for want of room */
    bool listens;       /* the queues are the accept queue's limit and what waits in it */
};

const struct series_info *series_info(enum series_id id);

/* Of this socket: what the queues of a listener are called, and what has no chart of its own: it is
 * a line in another's, or there is nothing to show. */
const char *series_title(const struct series *s, enum series_id id);
enum column_unit series_unit(const struct series *s, enum series_id id);
bool series_shown(const struct series *s, enum series_id id);

/* A value with its unit, short: "0.045 ms", "4,163,072 B", "12.5 MB/s".  Returns buf. */
#define SERIES_FIGURE_BYTES 40
const char *series_figure(enum column_unit unit, uint64_t value, char buf[SERIES_FIGURE_BYTES]);

/* Every curve in the order in which a person would look at them, i < SERIES_COUNT. */
enum series_id series_in_order(size_t i);

/* What limits a curve, or is its best case: drawn into its chart as a line with a letter. */
struct series_line {
    enum series_id id;
    char letter;
    const char *title;
};

/* The lines in the chart of a curve, those of them that are known.  Returns how many. */
#define SERIES_LINES 2
size_t series_lines(const struct series *s, enum series_id curve,
                    struct series_line ret[SERIES_LINES]);

/* Up to where the values of a chart reach: all of the curve, and of each line what is not so far
 * above it that nothing else could be told from 0. */
uint64_t series_scale(const struct series *s, enum series_id curve);

void series_done(struct series *s);
void series_clear(struct series *s);

/* One look at the row; d NULL: only its queues are known.  A look that is no later than the
 * newest adds nothing. */
void series_add(struct series *s, uint64_t at_ns, const struct row *row,
                const struct socket_detail *d);

/* The i-th sample's time, i < s->n. */
uint64_t series_at_ns(const struct series *s, size_t i);
/* What it says; false: not known, *ret untouched. */
bool series_value(const struct series *s, size_t i, enum series_id id, uint64_t *ret);

/* Over all samples; false: none is known. */
struct series_range {
    uint64_t least, most, newest;
    bool has_newest; /* the newest sample knows */
};
bool series_range(const struct series *s, enum series_id id, struct series_range *ret);

#endif
