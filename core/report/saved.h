/* core/report/saved.h - the socket table in a file, and what is different from it now.
 *
 * The file is a JSON document, {"schema": 1, "format": "sockeye sockets", ...}.  Reading it is
 * bounded and believes nothing: pure functions on bytes from anywhere. */
#ifndef SOCKEYE_REPORT_SAVED_H
#define SOCKEYE_REPORT_SAVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/texts.h"
#include "core/message/json_write.h"
#include "core/model/snapshot.h"

/* What is kept and what is read: more is refused. */
#define SAVED_BYTES_MAX (512U << 20)
#define SAVED_ROWS_MAX (1U << 20)
#define SAVED_TEXT_BYTES 1024
#define SAVED_CHOICE_BYTES 128
#define SAVED_FORMAT "sockeye sockets"

/* Texts are places; they were cleaned. */
struct saved_row {
    uint64_t cookie; /* 0: not known */
    uint32_t proto, state, local, peer, owner;
    uint64_t recvq, sendq; /* QUEUE_UNKNOWN: not known */
};

struct saved {
    char boot[40];                   /* of the host then: cookies mean nothing in another */
    char choice[SAVED_CHOICE_BYTES]; /* kinds, states, ... that were looked at; "": not told */
    uint64_t wall_ns;
    size_t n_rows;
    uint64_t n_beyond; /* rows that there was no room for */
    struct saved_row *rows;
    struct texts texts;
};

/* Take rows of s in; for lists that come part by part. */
void saved_add(struct saved *saved, const struct snapshot *s);
/* One more row, all zero; the pointer is good until the next.  NULL: SAVED_ROWS_MAX are there, and
 * it is counted. */
struct saved_row *saved_new_row(struct saved *saved);
void saved_done(struct saved *saved);

void saved_write(const struct saved *saved, struct json_writer *out);

/* -EBADMSG: not such a file, err says at which byte; -E2BIG: too many rows. */
int saved_parse(const char *text, size_t len, struct saved *ret, struct err *err);

enum difference { DIFFERENCE_NEW, DIFFERENCE_GONE, DIFFERENCE_STATE, DIFFERENCE_QUEUES };

/* Calls tell() for each row that is different: then is NULL for NEW, now for GONE.  A socket is
 * the same by its cookie, or else by its protocol and addresses. */
void saved_compare(const struct saved *then, const struct saved *now,
                   void (*tell)(void *ctx, enum difference what, const struct saved_row *then,
                                const struct saved_row *now),
                   void *ctx);

#endif
