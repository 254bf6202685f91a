/* core/model/state_texts.h - what the states of TCP mean, what ends them, and what is normal.
 *
 * The texts are share/states.json: an array of objects, one for each state, in printable ASCII.
 *
 *   state    "ESTABLISHED"        means     one sentence
 *   ends     what ends it         normal    what is, and how long
 *   trouble  what is not normal, and where to look
 *
 * One set serves the process: it is loaded at the start, by one thread, and only read after that.
 * Source: RFC 9293, section 3.3.2; what Linux does is read from net/ipv4/tcp.c. */
#ifndef SOCKEYE_MODEL_STATE_TEXTS_H
#define SOCKEYE_MODEL_STATE_TEXTS_H

#include "core/base/err.h"
#include "core/model/snapshot.h"

struct state_text {
    const char *means, *ends, *normal, *trouble;
};

/* Read share/states.json, or the file at path.  Returns 0, or negative errno with err: then what
 * was loaded before, if anything, is still there; else its texts are gone. */
int state_texts_load(struct err *err);
int state_texts_load_from(const char *path, struct err *err);

/* NULL: not loaded, or no such state. */
const struct state_text *state_text(enum socket_state state);

#endif
