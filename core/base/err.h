/* core/base/err.h - a failure in words for a person.
 *
 * Functions report failure as a negative errno; where somebody will read it
 * they also fill a struct err.  It is a plain value: no ownership, no cleanup.
 * Every `struct err *` parameter may be NULL. */
#ifndef SOCKEYE_BASE_ERR_H
#define SOCKEYE_BASE_ERR_H

#include <stddef.h>

#define ERR_TEXT_BYTES 160

struct err {
    int code;           /* negative errno; 0 while nothing failed */
    size_t place;       /* which byte of the input is wrong, the first is 1; 0: not told */
    char symbol[24];    /* "EAI_NONAME": said instead of the errno; may be empty */
    char operation[32]; /* the call or the step: "connect", "parse endpoint" */
    char input[ERR_TEXT_BYTES];  /* what it was asked to do it with; may be empty */
    char reason[ERR_TEXT_BYTES]; /* which part is wrong; empty: the errno says it all */
    char hint[ERR_TEXT_BYTES];   /* what to do about it; may be empty */
};

/* Fill err (when not NULL) and return code.  The reason is a printf format. */
int err_set(struct err *err, int code, const char *operation, const char *input,
            const char *reason, ...) __attribute__((format(printf, 5, 6)));

/* Add what to do about it. */
void err_hint(struct err *err, const char *hint, ...) __attribute__((format(printf, 2, 3)));

/* One line: "connect 127.0.0.1:1: Connection refused (ECONNREFUSED); hint".
 * Control bytes of input, reason and hint never come through. */
void err_format(const struct err *err, char *buf, size_t size);

/* "ECONNREFUSED" for 111 or -111; "errno 4242" for a number nobody knows.
 * Points to a constant or into a buffer of the calling thread. */
const char *err_name(int code);

#endif
