/* ui/console/term_emergency.h - the terminal is given back whatever ends the program: a signal of a
 * crash, exit(3), memory that ran out, SIGKILL (core/base/will.h).
 *
 * One terminal at a time.  Sources: sigaltstack(2), termios(3). */
#ifndef SOCKEYE_CONSOLE_TERM_EMERGENCY_H
#define SOCKEYE_CONSOLE_TERM_EMERGENCY_H

#include <stdbool.h>
#include <termios.h>

/* fd is the caller's until the end; saved: the modes that are to come back. */
void emergency_begin(int fd, const struct termios *saved);
/* More that is written then, without its padding; NULL: nothing.  Not while it is armed. */
void emergency_add(const char *capability);
/* Whether there is something to give back. */
void emergency_arm(bool on);
/* Also after SIGKILL; raw: the modes that are taken back only if they are still there. */
void emergency_outlive(const struct termios *raw);
void emergency_end(void);

/* Give it back as well as a dying program can; does nothing when none is taken.  Async-signal-safe, any
 * thread. */
void term_emergency(void);

#endif
