#include "core/why/badness.h"

#include <stddef.h>
#include <string.h>

/* What is not here stands between: it failed, and nobody but its own connection is hurt. */
#define BADNESS_USUAL 3

static const struct {
    const char *cause;
    int badness;
} table[] = {
    {"accept-queue-full", 5},
    {"unix-queue-full", 5},
    {"too-many-open-files", 5},
    {"interface-down", 4},
    {"process-stopped", 4},
    {"peer-vanished", 4},
    {"path-mtu-blackhole", 4},
    {"network-loss", 3},
    {"receive-window-small", 1},
    {"send-buffer-limited", 1},
    {"congestion-limited", 1},
    {"nagle-delayed-ack", 1},
    {"time-wait-many", 1},
    {"close-wait-leak", 2},
    {"fin-wait-orphan", 0},
    {"half-closed", 0},
    {"time-wait-normal", 0},
    {"healthy", -1},
    {"unknown", -1},
};

int cause_badness(const char *cause)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (strcmp(table[i].cause, cause) == 0)
            return table[i].badness;
    return BADNESS_USUAL;
}
