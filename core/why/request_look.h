/* core/why/request_look.h - whether what was sent is an HTTP/1.x request, and a whole one
 * (RFC 9112).  Pure. */
#ifndef SOCKEYE_WHY_REQUEST_LOOK_H
#define SOCKEYE_WHY_REQUEST_LOOK_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

enum request_state {
    REQUEST_NONE, /* not meant as one */
    REQUEST_WHOLE,
    REQUEST_OPEN,  /* a server has to wait for the rest of it: its head's, or its body's */
    REQUEST_WRONG, /* a server has to refuse it */
};

struct request_facts {
    uint8_t state;            /* enum request_state */
    char why[ERR_TEXT_BYTES]; /* of OPEN what is missing, of WRONG what is wrong; half a
                               * sentence */
};

void request_look(const void *bytes, size_t len, struct request_facts *ret);

#endif
