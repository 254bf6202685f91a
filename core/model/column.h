/* core/model/column.h - what can be said of a socket, a column each.
 *
 * One table feeds the text, the JSON and the CSV of `sockets`, the console's table and its
 * explanations, the order of rows, and the names that a filter compares.  A column's name is a
 * promise: scripts use it.  Adding one touches the table only. */
#ifndef SOCKEYE_MODEL_COLUMN_H
#define SOCKEYE_MODEL_COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/snapshot.h"

enum column_unit {
    UNIT_NONE,  /* a text, a flag, an identity */
    UNIT_COUNT, /* how many */
    UNIT_BYTES,
    UNIT_SEGMENTS,
    UNIT_US, /* microseconds */
    UNIT_MS,
    UNIT_BYTES_S, /* bytes a second */
    UNIT_PERCENT,
};

enum value_kind {
    VALUE_UNKNOWN, /* the kernel did not say, or nobody asked */
    VALUE_NONE,    /* it does not apply, or it is said that there is none */
    VALUE_NUMBER,
    VALUE_FLAG, /* number: 0 or 1 */
    VALUE_TEXT,
};

#define VALUE_TEXT_BYTES 512

struct value {
    enum value_kind kind;
    uint64_t number;
    const char
        *why; /* of VALUE_UNKNOWN and VALUE_NONE, for a person: "not accepted yet"; or NULL */
    size_t len;
    char text[VALUE_TEXT_BYTES]; /* printable; begins unset: not cleared for each value */
};

struct column {
    const char *name;  /* in --columns, JSON, CSV, --sort, filters */
    const char *title; /* over it */
    enum column_unit unit;
    bool right;          /* numbers stand right-aligned */
    bool owners;         /* needs owners */
    uint32_t parts;      /* enum detail_part that it needs */
    const char *meaning; /* one sentence, with what is normal and what is not */
    void (*get)(const struct snapshot *s, const struct row *row, struct value *ret);
};

size_t column_count(void);
const struct column *column_at(size_t i);
/* By name, or by what ss(8) calls it ("cwnd" is snd_cwnd); NULL: there is none. */
const struct column *column_find(const char *name);

/* What the column says of a row. */
void column_value(const struct column *c, const struct snapshot *s, const struct row *row,
                  struct value *ret);

/* The value as text, without separators; the unit is the reader's to know.  "?" for unknown, with
 * the reason where it is about owners, "-" for none.  Returns its length. */
size_t column_text(const struct column *c, const struct snapshot *s, const struct row *row,
                   struct value *scratch);

/* "bytes", "us", ...; "" for UNIT_NONE. */
const char *unit_name(enum column_unit unit);

/* Sort the rows from..end-1 of s, unknown last; `by` NULL: by state and address.  No two rows
 * are equal, so that snapshots agree. */
void rows_order(struct snapshot *s, size_t from, size_t end, const struct column *by,
                bool descending);

#endif
