/* core/model/topics.h - what stands on a screen, explained: fields, flags, facts, calls, phases.
 *
 * The texts are share/explain.json: an array of objects, in groups by kind.
 *
 *   kind     what it is: one of topic_kind_name()
 *   name     as it stands on the screen: "Window", "SYN", "rcvbuf bytes"
 *   in       where a name has several meanings: the layer of a field, the group of a value
 *   values   the group in which the words of its value are explained: "tcp-flag"
 *   means    one sentence; a column's stands in the table of columns
 *   normal   what is                    trouble  what is not
 *   try      what a person does next    see      man page, RFC, the kernel's structure
 *
 * try may name keys of the console by what they do: "{ask-why} asks why"; whoever shows it puts the
 * key in (action_text()).  in, values, trouble and try may be left out.  All of it is printable ASCII.  What has a reference
 * of its own is not here: errors (core/model/errors.h), states of TCP (core/model/state_texts.h),
 * ICMP (core/report/icmp_advice.h), causes (core/why/causes.h).
 *
 * One reference serves the process: it is loaded by one thread, and only read after that.  Without
 * it the lookups find nothing. */
#ifndef SOCKEYE_MODEL_TOPICS_H
#define SOCKEYE_MODEL_TOPICS_H

#include <stddef.h>

#include "core/base/err.h"

#define TOPICS_MAX 1024
#define TOPIC_NAME_BYTES 64  /* of a name and what it is in, with its NUL */
#define TOPIC_TEXT_BYTES 320 /* of one text, with its NUL */

enum topic_kind {
    TOPIC_COLUMN,  /* of the sockets: core/model/column.h */
    TOPIC_FACT,    /* of the details, where it is no column */
    TOPIC_FIELD,   /* of a packet: core/wire/decode.h */
    TOPIC_VALUE,   /* a word of a value, in its group */
    TOPIC_FINDING, /* of the analysis: core/wire/finding.h */
    TOPIC_CALL,    /* of the journal: core/model/journal.h */
    TOPIC_SESSION, /* what is told of our sessions and servers */
    TOPIC_PHASE,   /* of opening a session: struct phases */
    TOPIC_CHART,   /* core/model/series.h */
    TOPIC_SCREEN,  /* what one is looking at */
    TOPIC_KINDS,
    /* Not in the file: what has a reference of its own. */
    TOPIC_STATE = TOPIC_KINDS,
    TOPIC_ERROR,
    TOPIC_CAUSE,
    TOPIC_ALL
};

struct topic {
    enum topic_kind kind;
    const char *name, *normal, *see;
    const char *means;                         /* NULL only of a column */
    const char *in, *values, *trouble, *tries; /* NULL: left out */
};

/* Read share/explain.json, or the file at path.  Returns 0, or negative errno with err: then what
 * was loaded before, if anything, is still there; else its entries are gone. */
int topics_load(struct err *err);
int topics_load_from(const char *path, struct err *err);

/* The entries in the order of the file. */
size_t topic_count(void);
const struct topic *topic_at(size_t index);

/* In that place, else the entry of the name that belongs to none.  in may be NULL.  NULL: there is
 * none. */
const struct topic *topic_find(enum topic_kind kind, const char *in, const char *name);

/* "column", "field", ...: as in the file; also "state", "error", "cause". */
const char *topic_kind_name(enum topic_kind kind);

#endif
