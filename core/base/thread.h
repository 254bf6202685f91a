/* core/base/thread.h - how every thread of ours is started.
 *
 * Signals belong to the main thread, which reads them from a signalfd(2): all others block
 * them, so that no handler runs where it would race with what the thread does.  Only those of
 * a crash go to the thread that made it. */
#ifndef SOCKEYE_BASE_THREAD_H
#define SOCKEYE_BASE_THREAD_H

#include <pthread.h>

/* name: at most 15 bytes, as ps(1) shows it.  Returns 0 or negative errno. */
int thread_start(pthread_t *ret, const char *name, void *(*run)(void *), void *arg);

#endif
