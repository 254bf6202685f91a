/* tests/torture/fail.h - between the calls that can be made to fail and who decides which does. */
#ifndef SOCKEYE_TORTURE_FAIL_H
#define SOCKEYE_TORTURE_FAIL_H

/* What runs out together. */
enum want { WANT_OTHER, WANT_MEMORY, WANT_DESCRIPTOR };

struct call {
    const char *name;
    enum want want;
    int errnos[4]; /* it may fail with; the likeliest first */
};

#define MOVE_ONE (-1)
#define MOVE_LESS (-2)

/* In the function itself, whose caller counts.  0: let it through; MOVE_ONE: move one byte; MOVE_LESS:
 * a sixteenth of what could be moved; else the errno that it fails with. */
#define strike(call) strike_from(call, __builtin_return_address(0))
int strike_from(const struct call *call, const void *caller);

/* The function of that name behind this library. */
void *next_of(const char *name);

#endif
