/* probes/thread.h - how a probe starts its thread. */
#ifndef SOCKEYE_PROBES_THREAD_H
#define SOCKEYE_PROBES_THREAD_H

#include <pthread.h>
#include <signal.h>

/* Signals belong to the main thread, so a probe's thread takes none: a handler that runs
 * there would race with what it tells.  Returns 0 or negative errno. */
static inline int thread_start(pthread_t *ret, const char *name, void *(*run)(void *),
                               void *arg)
{
    sigset_t all, before;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(ret, NULL, run, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc == 0)
        pthread_setname_np(*ret, name);
    return -rc;
}

#endif
