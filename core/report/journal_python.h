/* core/report/journal_python.h - a socket call as a statement of Python 3.
 *
 *   s5.connect(("127.0.0.1", 1))  # ConnectionRefusedError: [Errno 111] Connection refused
 *   s5.send(b"Hello\n", socket.MSG_NOSIGNAL)  # 6
 *
 * Pure ASCII; no byte that was sent or received ends its string or begins a line. */
#ifndef SOCKEYE_REPORT_JOURNAL_PYTHON_H
#define SOCKEYE_REPORT_JOURNAL_PYTHON_H

#include "core/report/journal_code.h"

/* A statement and what came of it, as a comment. */
void call_python(struct line_out *l, const struct call_code *c);

/* Parts of it, for programs. */
void python_add_call(struct line_out *l, const struct call_code *c);
void python_add_address(struct line_out *l, const struct call_code *c);
/* The bytes it sent or received as an expression; what was not kept as zeros. */
void python_add_payload(struct line_out *l, const struct call_code *c);
/* "ConnectionRefusedError" */
const char *python_exception(int error);

#endif
