/* probes/guard/trace_instance.h - an instance of our own in tracefs, which goes away with us, also when
 * we are killed (trace_keeper.h).
 *
 * One that was left behind by a program that is no more is taken away when the next is made.  One
 * thread; what is read from it is probes/tracing.h's. */
#ifndef SOCKEYE_PROBES_GUARD_TRACE_INSTANCE_H
#define SOCKEYE_PROBES_GUARD_TRACE_INSTANCE_H

#include <sys/types.h>

#include "core/model/kernel_event.h"
#include "probes/guard/trace_keeper.h"

#define TRACE_NAME_BYTES 64
#define TRACE_INSTANCES "instances"

struct trace_instance {
    int root;     /* directory of tracefs */
    int instance; /* our directory in it */
    char name[TRACE_NAME_BYTES + sizeof(TRACE_INSTANCES)];
    struct trace_keeper keeper;
};

/* For this program, by whose number it is called.  *ret_pipe, its trace_pipe, is the caller's, and is closed first. */
int trace_instance_open(struct trace_instance *t, pid_t program, int *ret_pipe,
                        struct err *err);
void trace_instance_close(struct trace_instance *t);

/* -ENOENT: this kernel has no such event. */
int trace_instance_turn(const struct trace_instance *t, enum kernel_event_kind kind, bool on);
int trace_instance_format(const struct trace_instance *t, enum kernel_event_kind kind,
                          int *ret_fd);

#endif
