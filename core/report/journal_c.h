/* core/report/journal_c.h - a socket call as a statement of C.
 *
 *   send(5, "Hello\n", 6, MSG_NOSIGNAL); / * 6 * /
 *
 * Pure ASCII; no byte that was sent or received ends its string or a comment. */
#ifndef SOCKEYE_REPORT_JOURNAL_C_H
#define SOCKEYE_REPORT_JOURNAL_C_H

#include "core/report/journal_code.h"

/* A statement and what came of it, as a comment. */
void call_c(struct line_out *l, const struct call_code *c);

/* Parts of it, for programs: the call without what ends the statement, and the address with its
 * length, as two arguments. */
void c_add_call(struct line_out *l, const struct call_code *c);
void c_add_address(struct line_out *l, const struct call_code *c);

#endif
