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

enum kernel_events_extent kernel_events_extent(const struct kernel_events_status *status,
                                               const struct err **ret_why)
{
    const struct err *why = NULL;
    bool some = false;

    for (int i = 0; i < KERNEL_EVENT_KINDS; i++) {
        if (i == KERNEL_DROP)
            continue;
        some |= status->on[i];
        if (!status->on[i] && !why)
            why = &status->why_not[i];
    }
    if (why && ret_why)
        *ret_why = why;
    return !why ? KERNEL_EVENTS_ALL : some ? KERNEL_EVENTS_SOME : KERNEL_EVENTS_NONE;
}
