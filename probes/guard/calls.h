/* probes/guard/calls.h - the system calls that neither the program nor its helper ever needs:
 * seccomp(2).  Each of them fails with EPERM from then on, in this thread, in those that it starts
 * and in programs that it becomes. */
#ifndef SOCKEYE_PROBES_GUARD_CALLS_H
#define SOCKEYE_PROBES_GUARD_CALLS_H

enum calls_who { CALLS_PROGRAM, CALLS_HELPER };

/* 0 or negative errno: -EOPNOTSUPP: this processor's calls are not known here. */
int calls_forbid(enum calls_who who);

#endif
