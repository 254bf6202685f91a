/* core/why/inquiry.h - one question why, what came of it, and a thread that finds out.
 *
 * An inquiry has one owner at a time: who asks makes it, hands it over whole with
 * inquirer_ask(), and gets it back, answered, from inquirer_take().  One question is looked into
 * at a time: the next one gives up the one before. */
#ifndef SOCKEYE_WHY_INQUIRY_H
#define SOCKEYE_WHY_INQUIRY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/why/gather.h"
#include "core/why/verdict.h"

#define INQUIRY_TARGET_BYTES (ENDPOINT_TEXT_BYTES + 64) /* as evidence.target */

struct inquiry {
    /* What is asked. */
    struct why_wish wish;              /* stop is the inquiry's own; send and path stay NULL */
    char target[INQUIRY_TARGET_BYTES]; /* as it is said */
    uint64_t session_id;               /* of ours that it is about; 0: none */
    bool by_itself;                    /* nobody asked: it failed, or stalls */
    uint64_t asked_ns;
    /* What came of it: */
    struct evidence *e; /* owned; NULL: nothing could be observed, err says why */
    struct err err;
    struct verdict v;
    /* The inquirer's. */
    atomic_bool stop;
    bool last; /* the thread ends with it */
};

struct inquiry *inquiry_new(void);
void inquiry_free(struct inquiry *q); /* NULL is a no-op */

/* "tcp://127.0.0.1:8080", "bind:tcp://127.0.0.1:8080", "tcp://127.0.0.1:1-127.0.0.1:2": the wish
 * in words, into target. */
void inquiry_name(struct inquiry *q);

struct inquirer;

/* The table of probes outlives it.  No thread runs before the first question. */
struct inquirer *inquirer_new(const struct probes *probes);
/* What is being looked into is given up.  It waits for that a moment; what cannot be given up, a
 * name server that is silent, is left behind and ends with the program.  NULL is a no-op. */
void inquirer_free(struct inquirer *i);

/* q is the inquirer's from here on.  Returns 0, or negative errno when no thread could be
 * started: then q is gone. */
int inquirer_ask(struct inquirer *i, struct inquiry *q);
/* Give up what is being looked into; it does not come back. */
void inquirer_give_up(struct inquirer *i);
/* Answered, and the caller's now; NULL: nothing yet. */
struct inquiry *inquirer_take(struct inquirer *i);
/* Readable while there is something to take. */
int inquirer_fd(const struct inquirer *i);
/* A question was asked, is not answered and was not given up. */
bool inquirer_busy(const struct inquirer *i);

#endif
