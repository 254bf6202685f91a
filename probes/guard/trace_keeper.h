/* probes/guard/trace_keeper.h - a process that takes an instance of tracefs away when who made it was
 * killed, which leaves no time for that.
 *
 * It has the rights of its maker and nothing open but the directory of tracefs, and waits.  An
 * instance that is still being read cannot be removed: then it waits for the end of the program.
 * Where no process may be made, the instance stays until the next one is made. */
#ifndef SOCKEYE_PROBES_GUARD_TRACE_KEEPER_H
#define SOCKEYE_PROBES_GUARD_TRACE_KEEPER_H

#include <sys/types.h>

struct trace_keeper {
    pid_t pid; /* 0: there is none */
    int leash; /* closed by our end */
};

/* For the instance of that name below root, which is read by program.  Any thread. */
void trace_keeper_begin(struct trace_keeper *k, int root, const char *name, pid_t program);
/* The instance has gone.  A k that is all zeros is none. */
void trace_keeper_end(struct trace_keeper *k);

#endif
