/* core/model/record_shapes.h - what a recording keeps of what the console hears. */
#ifndef SOCKEYE_MODEL_RECORD_SHAPES_H
#define SOCKEYE_MODEL_RECORD_SHAPES_H

#include "core/base/texts.h"
#include "core/model/event.h"
#include "core/model/lookups.h"
#include "core/model/probing.h"
#include "core/model/record_shape.h"
#include "core/model/snapshot.h"
#include "core/net/option_values.h"
#include "core/why/inquiry.h"

/* Each of a whole struct: struct call, struct passage, struct packet, struct kernel_event. */
extern const struct record_shape record_call, record_passage, record_packet,
    record_kernel_event, record_err, record_row, record_endpoint, record_session, record_server;

void record_put_event(struct record_bytes *b, const struct event *event);
void record_get_event(struct cursor *c, struct event *ret); /* zeroed before */

void record_put_meter(struct record_bytes *b, const struct capture_status *status);
/* The caller's to free(); whole only where the cursor is not short in the end. */
struct capture_status *record_get_meter(struct cursor *c);

/* The part of a socket's details that is filled. */
void record_put_detail(struct record_bytes *b, const struct socket_detail *d);
void record_get_detail(struct cursor *c, struct socket_detail *ret);

/* The rows of the snapshot before: those that are the same now are not written again.  The
 * writer and the reader of a recording have one each.  All zero: none yet. */
struct record_rows {
    struct record_bytes bytes;
    size_t n, room;
    size_t *ends; /* of each row among the bytes */
};

void record_rows_done(struct record_rows *r);
void record_put_snapshot(struct record_bytes *b, const struct snapshot *s,
                         struct record_rows *before);
/* The caller's; NULL when it cannot be believed: then the cursor is short. */
struct snapshot *record_get_snapshot(struct cursor *c, struct record_rows *before);

/* An answer with what is shown of its evidence: the lines, what was not seen, the outcome. */
void record_put_answer(struct record_bytes *b, const struct inquiry *q);
/* The caller's.  Names in it (causes, sources, calls) live as long as the program. */
struct inquiry *record_get_answer(struct cursor *c);

/* Those of a socket; names of options that are not known here are left out.  The caller's to
 * free(). */
void record_put_options(struct record_bytes *b, const struct option_values *values);
struct option_values *record_get_options(struct cursor *c);

/* A lookup as it is, with its report. */
void record_put_lookup(struct record_bytes *b, const struct lookup *l);
/* The report is the caller's to free(); NULL where the cursor is short in the end. */
void record_get_lookup(struct cursor *c, struct lookup *ret);
/* Of its shapes, into another. */
uint32_t record_names_digest(uint32_t digest);

/* Of everything above and how this machine keeps numbers: a recording is read by who has the
 * same. */
uint32_t record_shapes_digest(void);

#endif
