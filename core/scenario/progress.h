/* core/scenario/progress.h - which lessons somebody has been through, from one run to the next.
 *
 *   {"schema": 1, "done": ["handshake", "echo"]}
 *
 * Names that no lesson has (any more) are kept: they may come back. */
#ifndef SOCKEYE_SCENARIO_PROGRESS_H
#define SOCKEYE_SCENARIO_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"
#include "core/scenario/scenario.h"

#define PROGRESS_SCHEMA 1
#define PROGRESS_FILE_BYTES (64U << 10)

struct progress {
    size_t n;
    char names[SCENARIO_FILES][SCENARIO_LINE_BYTES];
};

bool progress_has(const struct progress *p, const char *name);
/* False when there is no room. */
bool progress_add(struct progress *p, const char *name);

/* Takes the bytes over; a NUL stands behind them.  0, or -EINVAL with err, and *ret as it was. */
int progress_parse(char *bytes, size_t len, const char *path, struct progress *ret,
                   struct err *err);
/* Likewise, or negative errno: -ENOENT where there is none yet. */
int progress_read(const char *path, struct progress *ret, struct err *err);
/* Into a file for nobody but the person.  0 or negative errno with err. */
int progress_write(const char *path, const struct progress *p, struct err *err);

#endif
