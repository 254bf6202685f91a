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

/* 0: let it through; MOVE_ONE: move one byte; MOVE_LESS: a sixteenth of what could be moved; else
 * the errno that it fails with. */
int strike(const struct call *call);

/* The function of that name behind this library. */
void *next_of(const char *name);

#endif
