/* core/model/recording.h - a session of the console as a file: all that it heard, when it did.
 *
 * A head, then records: length (4 bytes) and kind (1) of what follows, its time (8), its fields
 * (core/model/record_shapes.h).  It can be read as far as it was written.  What is typed is in it,
 * passwords too, and what packets and sessions carried: only its owner may read it. */
#ifndef SOCKEYE_MODEL_RECORDING_H
#define SOCKEYE_MODEL_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/model/record_shape.h"
#include "core/model/snapshot.h"

/* Of a whole one, usually; what comes then is counted. */
#define RECORDING_BYTES_MAX (UINT64_C(1) << 30)
/* One record: a snapshot of some 600,000 sockets. */
#define RECORDING_RECORD_MAX (64U << 20)
/* Of what waits to be written. */
#define RECORDING_WAITING 8192
#define RECORDING_WAITING_BYTES (32U << 20)

enum record_kind {
    RECORD_KEY,       /* its code; 1: in a paste that the terminal does not mark */
    RECORD_SIZE,      /* rows, columns of the terminal */
    RECORD_EVENT,     /* struct event */
    RECORD_CALL,      /* of rings: the number, the record, the bytes beside it */
    RECORD_PASSAGE,   /* likewise */
    RECORD_PACKET,    /* likewise */
    RECORD_KERNEL,    /* likewise: struct kernel_event */
    RECORD_SNAPSHOT,  /* struct snapshot */
    RECORD_METER,     /* struct capture_status */
    RECORD_ANSWER,    /* struct inquiry */
    RECORD_NOTICE,    /* 1: a bad one; the sentence */
    RECORD_MOUSE,     /* what it did: kind, button, row, column */
    RECORD_POST,      /* the id of the command that was handed to the engine */
    RECORD_OPTIONS,   /* struct option_values */
    RECORD_LOOKS,     /* how it begins: a layout and a configuration, as their files */
    RECORD_WORKSPACE, /* that was opened: its name, its file */
    RECORD_TICK,      /* the panels heard of everything before it */
    RECORD_END,       /* it was ended properly: how many records were dropped */
    RECORD_LOOKUP,    /* struct lookup, whenever it is another than before */
    RECORD_KINDS
};

struct recording_head {
    uint64_t start_ns, start_wall_ns; /* the same moment */
    char version[32];                 /* of the program that wrote it */
    char host[65];
    int32_t pid;
    bool no_capture, demo; /* as it was started */
};

/* --- writing ------------------------------------------------------------------------------ */

struct recorder;

struct recorder_status {
    uint64_t bytes;   /* in the file */
    uint64_t dropped; /* records: behind bytes_max, or when the disk was too slow */
    int error;        /* negative errno of the write that failed: nothing comes after it; 0 */
};

/* Makes the file, for its owner alone; an existing one is replaced, a link is not followed.  It
 * grows to bytes_max and its last record.  Returns 0 or negative errno with err.  A thread of its own writes: nobody waits for the disk. */
int recorder_open(const char *path, const struct recording_head *head, uint64_t bytes_max,
                  struct recorder **ret, struct err *err);
/* One thread at a time; it takes the bytes over, which are empty afterwards. */
void recorder_put(struct recorder *r, enum record_kind kind, uint64_t at_ns,
                  struct record_bytes *fields);
/* Shares it; whoever shares it may not change it any more. */
void recorder_put_snapshot(struct recorder *r, uint64_t at_ns, struct snapshot *s);
/* As it is now; any thread. */
struct recorder_status recorder_status(const struct recorder *r);
/* Writes what waits and ends it: how it came out, then r is gone. */
struct recorder_status recorder_close(struct recorder *r, uint64_t at_ns);

/* --- reading ------------------------------------------------------------------------------ */

struct recording;

struct record {
    enum record_kind kind;
    uint64_t at_ns;       /* never before the one before */
    struct cursor fields; /* borrowed until the next one is read */
};

/* Returns 0, or negative errno with err: -EINVAL for what is no recording, or one of a program
 * that keeps other fields. */
int recording_open(const char *path, struct recording **ret, struct err *err);
const struct recording_head *recording_head(const struct recording *r);
/* 1; 0: it has ended; -ENODATA: it was cut there, as by a crash; -EBADMSG: it is damaged there;
 * or why it cannot be read. */
int recording_next(struct recording *r, struct record *ret);
/* How much of the file has been read. */
void recording_place(const struct recording *r, uint64_t *ret_at, uint64_t *ret_size);
void recording_close(struct recording *r); /* NULL is a no-op */

#endif
