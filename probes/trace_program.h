/* probes/trace_program.h - runs a program and tells which of its socket calls fail or stall.
 *
 * A process of ours starts the program and traces it, its threads and its children: ptrace(2)
 * with PTRACE_SEIZE, and a seccomp(2) filter that stops them in socket calls only.  Everything
 * else runs at full speed.  The filter cannot be taken away again, and without a tracer the calls
 * that it stops would fail (SECCOMP_RET_TRACE), so the tracer is a process of its own: when
 * whoever asked is gone, also by SIGKILL, it lets the program go on undisturbed until the last of
 * its children has ended.
 *
 * Not seen: read() and write() on descriptors 0 to 2 (but for SIGPIPE) unless they were sockets
 * from the start, io_uring(7), programs of another ABI (32 bit), children of CLONE_UNTRACED.
 * No socket is ever copied: a copy would delay its FIN.
 *
 * Sources: ptrace(2) (PTRACE_GET_SYSCALL_INFO, Linux 5.3), seccomp(2), proc_pid_fd(5). */
#ifndef SOCKEYE_PROBES_TRACE_PROGRAM_H
#define SOCKEYE_PROBES_TRACE_PROGRAM_H

#include "core/base/err.h"
#include "core/model/program_call.h"

struct program_trace;

/* Make the tracer.  Call it while this program has but one thread, before it changes any signal:
 * the program gets them as they are now.  argv ends with NULL and is copied. */
int program_start(char *const argv[], const struct program_settings *settings,
                  struct program_trace **ret, struct err *err);
/* Begin the program. */
int program_go(struct program_trace *t);
/* The next news, waiting for it up to timeout_ms.  1: there is one; 0: none yet; -EPIPE: the
 * tracer is gone.  After PROGRAM_ENDED, NOT_BEGUN or UNSEEN there is nothing to wait for. */
int program_next(struct program_trace *t, int timeout_ms, struct program_call *ret);
/* Let a thread that is held go on; it does so by itself after PROGRAM_HOLD_NS. */
void program_release(struct program_trace *t, uint32_t id);
/* Send the program a signal.  May be called by a signal handler. */
void program_signal(struct program_trace *t, int signal);
/* Leave: what is still running goes on.  NULL is a no-op. */
void program_stop(struct program_trace *t);

#define PROGRAM_HOLD_NS (2000 * UINT64_C(1000000))

#endif
