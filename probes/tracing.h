/* probes/tracing.h - the kernel's tracepoints of sockets, by a tracefs instance of our own.
 *
 * The instance "sockeye-PID" has buffers and events of its own: other users of tracing see
 * nothing of it.  It goes with tracing_close(); one left by a process that was killed goes when
 * the next one opens.  Documentation/trace/ftrace.rst of the kernel.  One thread. */
#ifndef SOCKEYE_PROBES_TRACING_H
#define SOCKEYE_PROBES_TRACING_H

#include "core/model/kernel_event.h"

struct tracing;

/* Never NULL.  What cannot be had is told in status, by tracepoint; KERNEL_DROP is not on until
 * it is asked for. */
struct tracing *tracing_open(struct kernel_events_status *status);
void tracing_close(struct tracing *t); /* NULL is a no-op */

void tracing_drops(struct tracing *t, bool on, struct kernel_events_status *status);

/* To be polled for reading; -1: there is none. */
int tracing_fd(const struct tracing *t);

/* What came since; counts what was lost in status. */
void tracing_read(struct tracing *t, void (*event)(void *ctx, const struct kernel_event *e),
                  void *ctx, struct kernel_events_status *status);

#endif
