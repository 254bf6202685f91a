#include "ui/console/term_emergency.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/will.h"

#define RESET_BYTES 256
/* Until a terminal that stands still is given up. */
#define RESTORE_TRIES 50
#define RESTORE_WAIT_MS 100
#define CRASH_STACK_BYTES (64U << 10)

/* A signal handler has no other way to it than static storage.  Written before it is armed; whoever
 * disarms it may use it, in whichever thread the crash was. */
static struct {
    atomic_bool armed;
    int fd;
    struct termios saved, raw;
    size_t len;
    char reset[RESET_BYTES];
} emergency;

static const int crashes[] = {SIGSEGV, SIGBUS,  SIGFPE, SIGILL,
                              SIGABRT, SIGTRAP, SIGSYS, SIGXCPU};
#define N_CRASHES (sizeof(crashes) / sizeof(crashes[0]))
static struct sigaction before_crash[N_CRASHES];
static void
    *crash_stack; /* a handler needs one when the stack is what overflowed; may be NULL */

void term_emergency(void)
{
    ssize_t n;

    if (!atomic_exchange(&emergency.armed, false))
        return;
    n = write(emergency.fd, emergency.reset, emergency.len);
    tcsetattr(emergency.fd, TCSANOW, &emergency.saved);
    /* A terminal that takes nothing now is left to who has the time to wait for it. */
    if (n == (ssize_t)emergency.len)
        will_terminal_taken(false);
}

static bool same_modes(const struct termios *a, const struct termios *b)
{
    return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
           a->c_lflag == b->c_lflag;
}

/* In the copy of this process that was left when it was killed.  A shell may have made the modes its
 * own meanwhile. */
static void restore_after(void)
{
    struct pollfd p = {.fd = emergency.fd, .events = POLLOUT};
    struct termios now;
    size_t at = 0;

    if (tcgetattr(emergency.fd, &now) < 0)
        return;
    for (int i = 0; i < RESTORE_TRIES && at < emergency.len; i++) {
        ssize_t n = write(emergency.fd, emergency.reset + at, emergency.len - at);

        at += n > 0 ? (size_t)n : 0;
        if (n <= 0)
            poll(&p, 1, RESTORE_WAIT_MS);
    }
    if (same_modes(&now, &emergency.raw))
        tcsetattr(emergency.fd, TCSANOW, &emergency.saved);
}

/* Restore the terminal, then die of the same signal as if we had never been here. */
static void on_crash(int signal)
{
    term_emergency();
    for (size_t i = 0; i < N_CRASHES; i++)
        sigaction(crashes[i], &before_crash[i], NULL);
    raise(signal);
}

static void catch_crashes(void)
{
    struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK};
    stack_t stack = {.ss_size = CRASH_STACK_BYTES}, before;

    /* A sanitizer may have set one already; then it is its own to release. */
    if (sigaltstack(NULL, &before) == 0 && (before.ss_flags & SS_DISABLE)) {
        stack.ss_sp = crash_stack = mem_new(1, CRASH_STACK_BYTES);
        sigaltstack(&stack, NULL);
    }
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < N_CRASHES; i++)
        sigaction(crashes[i], &action, &before_crash[i]);
}

static void release_crashes(void)
{
    stack_t none = {.ss_flags = SS_DISABLE};

    if (crash_stack)
        sigaltstack(&none, NULL);
    free(crash_stack);
    crash_stack = NULL;
    for (size_t i = 0; i < N_CRASHES; i++)
        sigaction(crashes[i], &before_crash[i], NULL);
}

void emergency_begin(int fd, const struct termios *saved)
{
    emergency.fd = fd;
    emergency.saved = *saved;
    emergency.len = 0;
    catch_crashes();
}

/* Padding stands in it as $<5/>. */
void emergency_add(const char *capability)
{
    for (; capability && *capability; capability++) {
        if (capability[0] == '$' && capability[1] == '<') {
            const char *end = strchr(capability, '>');

            if (!end)
                return;
            capability = end;
        } else if (emergency.len < RESET_BYTES) {
            emergency.reset[emergency.len++] = *capability;
        }
    }
}

void emergency_arm(bool on)
{
    atomic_store(&emergency.armed, on);
}

void emergency_outlive(const struct termios *raw)
{
    emergency.raw = *raw;
    will_terminal(emergency.fd, restore_after);
}

void emergency_end(void)
{
    emergency_arm(false);
    release_crashes();
}
