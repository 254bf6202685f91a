/* core/model/attempts_seen.h - how a session of ours came to its connection: its connect(2) calls,
 * read from the journal.
 *
 * Each begins with connect(2); getsockopt(SO_ERROR) says how it ended, close(2) without that that
 * another one won, or that it took too long (core/net/attempts.c). */
#ifndef SOCKEYE_MODEL_ATTEMPTS_SEEN_H
#define SOCKEYE_MODEL_ATTEMPTS_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/addr.h"
#include "core/base/ring.h"

#define ATTEMPTS_SEEN 16

enum attempt_end { ATTEMPT_RUNS, ATTEMPT_CONNECTED, ATTEMPT_FAILED, ATTEMPT_CLOSED };

struct attempt_seen {
    struct addr to;
    int32_t fd;
    uint64_t begin_ns, end_ns; /* monotonic; end 0: it runs */
    enum attempt_end end;
    int error; /* errno; ATTEMPT_FAILED */
};

/* Of a session that began at began_ns, up to until_ns.  Returns how many, in their order; *ret_lost: the journal no
 * longer holds the calls of that time. */
size_t attempts_seen(const struct ring *journal, uint64_t session_id, uint64_t began_ns,
                     uint64_t until_ns, struct attempt_seen ret[ATTEMPTS_SEEN], bool *ret_lost);

#endif
