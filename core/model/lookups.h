/* core/model/lookups.h - names that were asked about: a history, and threads that ask.
 *
 * A lookup has one owner at a time, like an inquiry (core/why/inquiry.h): a thread of its own while
 * it runs, then the history.  What is given up is left behind: its thread ends with its timeout, and
 * nobody waits for it.  ui thread. */
#ifndef SOCKEYE_MODEL_LOOKUPS_H
#define SOCKEYE_MODEL_LOOKUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/names.h"
#include "core/net/endpoint.h"

#define LOOKUPS_KEPT 24   /* the oldest go first, and are counted */
#define LOOKUPS_AT_ONCE 8 /* threads, also those that were given up */

enum lookup_state { LOOKUP_RUNNING, LOOKUP_DONE, LOOKUP_FAILED, LOOKUP_GIVEN_UP };

struct lookup {
    uint64_t id;      /* from 1 */
    uint64_t changed; /* lookups_changes() when it became as it is */
    enum lookup_state state;
    uint64_t asked_ns;
    char target[NAMES_TEXT_BYTES + 8]; /* "example.org:443", as it is said */
    struct names_wish wish;
    struct name_report *report; /* owned; LOOKUP_DONE */
    struct err err;             /* LOOKUP_FAILED: nothing could be asked */
};

struct lookups;

/* The table of probes outlives it. */
struct probes;
struct lookups *lookups_new(const struct probes *probes);
void lookups_free(struct lookups *l); /* NULL is a no-op */

/* Returns 0, or negative errno with err: -EAGAIN while LOOKUPS_AT_ONCE run. */
int lookups_ask(struct lookups *l, const struct names_wish *wish, struct err *err);
/* The newest that runs; false: none does. */
bool lookups_give_up(struct lookups *l);
/* Readable while there is news. */
int lookups_fd(const struct lookups *l);
/* Take the news in; false: there was none. */
bool lookups_take(struct lookups *l);

/* One as it was elsewhere, with its id, in place of what is known of it; its report is handed over. */
void lookups_show(struct lookups *l, const struct lookup *lookup);

/* Newest first; NULL behind the last.  Borrowed until the next call of ask or take. */
const struct lookup *lookups_at(const struct lookups *l, size_t i);
/* How often something changed. */
uint64_t lookups_changes(const struct lookups *l);
uint64_t lookups_forgotten(const struct lookups *l);
bool lookups_busy(const struct lookups *l);

#endif
