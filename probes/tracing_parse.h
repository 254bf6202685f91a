/* probes/tracing_parse.h - the text of the kernel's tracing made into events.
 *
 * A line is what trace_pipe gives with the clock "mono":
 *              curl-4242    [001] ..s1.  1234.567890: inet_sock_set_state: family=AF_INET ...
 * The command's name is foreign and may hold anything but a NUL, also a line feed: then a line
 * begins within it.  It is not looked at.  Pure. */
#ifndef SOCKEYE_PROBES_TRACING_PARSE_H
#define SOCKEYE_PROBES_TRACING_PARSE_H

#include "core/model/kernel_event.h"

/* One line without its line feed.  -EBADMSG: it is none of these; -ENOMSG: another event. */
int tracing_parse(const char *line, size_t len, struct kernel_event *ret);

/* "CPU:1 [LOST 42 EVENTS]" */
bool tracing_parse_lost(const char *line, size_t len, uint64_t *ret_lost);

/* Where an event stands in tracefs, "sock/inet_sock_set_state"; NULL: not among the tracepoints. */
const char *tracing_event_path(enum kernel_event_kind kind);

/* Whether the event's `format` file promises what is needed to parse it. */
bool tracing_format_fits(enum kernel_event_kind kind, const char *format);

#endif
