/* core/services/discard.c - reads and drops everything, answers nothing (RFC 863). */
#include "core/services/farewell.h"
#include "core/services/service.h"

const struct service discard_service = {
    .name = "discard",
    .summary = "reads and drops what it receives (RFC 863)",
    .behaviour = {.readable = farewell_readable},
    .answer = farewell_no_answer,
};
