/* core/services/discard.c - reads and drops everything, answers nothing (RFC 863). */
#include "core/services/farewell.h"
#include "core/services/service.h"

static ssize_t no_answer(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                         size_t size)
{
    (void)instance;
    (void)bytes;
    (void)len;
    (void)out;
    (void)size;
    return -1;
}

const struct service discard_service = {
    .name = "discard",
    .summary = "reads and drops what it receives (RFC 863)",
    .behaviour = {.readable = farewell_readable},
    .answer = no_answer,
};
