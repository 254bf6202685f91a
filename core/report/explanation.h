/* core/report/explanation.h - what something on a screen is, for a person who asks: one shape for
 * the console's overlay, `:explain` and `sockeye explain`.
 *
 * Put together from the references: core/model/topics.h, columns, states, errors, ICMP and causes.
 * Pure but for explanation_load(). */
#ifndef SOCKEYE_REPORT_EXPLANATION_H
#define SOCKEYE_REPORT_EXPLANATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/model/topics.h"

#define SUBJECT_VALUE_BYTES 160
#define SUBJECTS_MAX 240

/* Something that can be explained, and what it says here. */
struct subject {
    enum topic_kind kind;
    char name[TOPIC_NAME_BYTES];     /* of an error or cause its id */
    char in[TOPIC_NAME_BYTES];       /* the layer or group; "": none */
    char value[SUBJECT_VALUE_BYTES]; /* "": none is shown */
    struct {
        bool known, v6;
        uint8_t type, code;
    } icmp; /* the message that a field belongs to */
};

/* A plain value; begin with `n` 0. */
struct subjects {
    size_t n;
    size_t cursor; /* the one that is asked about first */
    struct subject list[SUBJECTS_MAX];
};

/* One more; value may be NULL.  Returns it to be completed, or the last one where there is no more
 * room. */
struct subject *subjects_add(struct subjects *s, enum topic_kind kind, const char *in,
                             const char *name, const char *value);

enum tone { TONE_PLAIN, TONE_NORMAL, TONE_TROUBLE, TONE_TRY, TONE_SOURCE };

#define EXPLANATION_LINES 32
#define EXPLANATION_TEXT_BYTES 800

struct explanation {
    char title[TOPIC_NAME_BYTES + 96]; /* "Recv-Q (recvq), bytes" */
    size_t n;
    struct {
        char label[TOPIC_NAME_BYTES]; /* "is", "normal", "trouble", "try", "see", or a word */
        enum tone tone;
        char text[EXPLANATION_TEXT_BYTES];
    } lines[EXPLANATION_LINES];
};

/* Read those references that are not there yet.  Returns 0, or negative errno with err: what could
 * be read is used. */
int explanation_load(struct err *err);

/* False where nothing is known of it: then *ret says so. */
bool explanation_of(const struct subject *s, struct explanation *ret);

/* Everything of that name, in any case: errors, states, columns, topics, causes; where there is
 * none what begins with it.  Returns how many. */
size_t explanation_find(const char *word, struct subjects *ret);

/* The i-th of all names that can be asked for, for completion, with half a sentence; NULL behind
 * the last.  A name may come more than once. */
const char *explanation_name(size_t i, const char **ret_note);

#endif
