/* core/services/chargen.c - characters without end (RFC 864): lines of 72 of the 95 printing
 * characters, each line beginning one further on.
 *
 * It sends as fast as the peer reads, also behind its FIN, and drops what it receives.  A datagram gets the first 0 to
 * 512 characters of the pattern. */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/base/mem.h"
#include "core/services/farewell.h"
#include "core/services/service.h"

#define LINES 95U /* then the pattern begins anew */
#define LINE_CHARACTERS 72U
#define LINE_BYTES (LINE_CHARACTERS + 2)
#define PATTERN_BYTES (LINES * LINE_BYTES)
/* As much as is sent in one turn: whole patterns, less than one scratch buffer. */
#define CHUNK_BYTES (NET_SCRATCH_BYTES / PATTERN_BYTES * PATTERN_BYTES)
#define DATAGRAM_CHARACTERS 512U

/* From anywhere in the first pattern a chunk can be taken. */
struct chargen {
    uint8_t pattern[PATTERN_BYTES + CHUNK_BYTES];
};

static int chargen_start(const struct service_setup *setup, void **ret_instance,
                         struct err *err)
{
    struct chargen *c = mem_new(1, sizeof(*c));

    (void)setup;
    (void)err;
    for (size_t i = 0; i < sizeof(c->pattern); i++) {
        size_t line = i / LINE_BYTES, column = i % LINE_BYTES;

        c->pattern[i] = column < LINE_CHARACTERS    ? (uint8_t)(' ' + (line + column) % LINES)
                        : column == LINE_CHARACTERS ? '\r'
                                                    : '\n';
    }
    *ret_instance = c;
    return 0;
}

static void chargen_more(struct session *s)
{
    const struct chargen *c = s->instance;

    session_send(s, c->pattern + s->sent_bytes % PATTERN_BYTES, CHUNK_BYTES);
}

static void chargen_opened(struct session *s)
{
    session_produce(s, true);
}

static ssize_t chargen_answer(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                              size_t size)
{
    const struct chargen *c = instance;
    uint16_t n = 0;

    (void)bytes;
    (void)len;
    if (getrandom(&n, sizeof(n), GRND_NONBLOCK) != sizeof(n))
        n = DATAGRAM_CHARACTERS;
    n = (uint16_t)(n % (DATAGRAM_CHARACTERS + 1));
    if (n > size)
        return -1;
    memcpy(out, c->pattern, n);
    return n;
}

const struct service chargen_service = {
    .name = "chargen",
    .summary = "sends characters as fast as the peer reads (RFC 864)",
    .start = chargen_start,
    .stop = free,
    .behaviour = {.opened = chargen_opened,
                  .readable = farewell_readable,
                  .drained = chargen_more,
                  .peer_closed = session_stay_open},
    .answer = chargen_answer,
};
