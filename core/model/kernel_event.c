#include "core/model/kernel_event.h"

#include <stddef.h>

const char *kernel_event_name(enum kernel_event_kind kind)
{
    static const char *const names[KERNEL_EVENT_KINDS] = {
        [KERNEL_SET_STATE] = "state",           [KERNEL_RETRANSMIT] = "retransmit",
        [KERNEL_SEND_RESET] = "send reset",     [KERNEL_RECEIVE_RESET] = "receive reset",
        [KERNEL_ERROR_REPORT] = "error report", [KERNEL_DROP] = "drop",
        [KERNEL_DESTROYED] = "destroyed",
    };

    return (size_t)kind < KERNEL_EVENT_KINDS ? names[kind] : "?";
}
