/* ui/console/console.h - the interactive face.
 *
 * Runs in the thread that calls it, which owns the terminal and the model. */
#ifndef SOCKEYE_CONSOLE_CONSOLE_H
#define SOCKEYE_CONSOLE_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/model/config.h"
#include "core/model/probing.h"
#include "core/net/engine.h"

#define REPLAY_SPEED 1000

struct theme; /* ui/console/theme.h */

struct console_setup {
    struct engine *engine;       /* the caller's; outlives the console; NULL in a replay */
    const struct probes *probes; /* observer and capture are started here */
    struct config *config;       /* the caller's; they change while the console runs */
    struct theme *theme;
    bool no_capture;
    const char *record; /* a file that keeps all that the console hears; NULL: none */
    /* A recording to be shown instead of this host: engine and probes' threads stay away.  NULL:
     * none.  speed: of its time in 1 / REPLAY_SPEED; 0: without pauses. */
    const char *replay;
    uint64_t speed;
    const char *workspace; /* to be loaded; NULL: none */
    bool demo;             /* begin with servers and sessions of ours to look at */
};

/* Until the person quits: 0.  After SIGINT, SIGTERM or SIGHUP, or when the terminal hung up:
 * 128 + the signal.  Negative errno with err when there is no terminal to run on.  The
 * terminal is restored in every case. */
int console_run(const struct console_setup *setup, struct err *err);

/* Whether the file of a workspace is sound: 0, or negative errno with err. */
int console_check_workspace(const char *path, struct err *err);

#endif
