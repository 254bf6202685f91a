#include "core/base/thread.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "core/base/mem.h"

/* A crash whose signal is blocked ends the process without its handler (signal(7)), and the
 * handler is what gives the terminal back. */
static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};

/* A thread names itself: another one's name is a file of /proc, which a sandbox does not let anybody
 * write. */
struct beginning {
    const char *name;
    void *(*run)(void *);
    void *arg;
};

static void *begin(void *arg)
{
    struct beginning b = *(struct beginning *)arg;

    free(arg);
    prctl(PR_SET_NAME, b.name);
    return b.run(b.arg);
}

int thread_start(pthread_t *ret, const char *name, void *(*run)(void *), void *arg)
{
    struct beginning *b = mem_new(1, sizeof(*b));
    sigset_t blocked, before;
    int r;

    *b = (struct beginning){name, run, arg};

    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
        sigdelset(&blocked, crashes[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    r = pthread_create(ret, NULL, begin, b);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (r != 0)
        free(b);
    return -r;
}
