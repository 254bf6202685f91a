#include "core/base/thread.h"

#include <signal.h>

/* A crash whose signal is blocked ends the process without its handler (signal(7)), and the
 * handler is what gives the terminal back. */
static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};

int thread_start(pthread_t *ret, const char *name, void *(*run)(void *), void *arg)
{
    sigset_t blocked, before;
    int r;

    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
        sigdelset(&blocked, crashes[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    r = pthread_create(ret, NULL, run, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (r == 0)
        pthread_setname_np(*ret, name);
    return -r;
}
