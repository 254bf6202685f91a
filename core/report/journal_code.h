/* core/report/journal_code.h - what the forms of a call in a programming language share. */
#ifndef SOCKEYE_REPORT_JOURNAL_CODE_H
#define SOCKEYE_REPORT_JOURNAL_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/line.h"
#include "core/model/journal.h"

/* Room for a call with all the bytes that are kept of it. */
#define JOURNAL_CODE_BYTES (4 * CALL_KEPT_BYTES + 2048)

/* A call and the data that are there of it (journal_read()). */
struct call_code {
    const struct call *call;
    const uint8_t *bytes;
    size_t len;
    const char *socket;   /* what its socket is called: "s5", "5" */
    const char *constant; /* what stands before the names of options: "socket.", "" */
};

/* Whether it sends or receives; and how many bytes it asked to send, or received. */
bool call_sends(const struct call *call);
bool call_receives(const struct call *call);
uint64_t call_bytes(const struct call *call);
/* Whether the data are a name of AF_UNIX; and without what marks an abstract one. */
bool call_names_path(const struct call *call);
bool call_path_is_abstract(const struct call_code *c);

/* Bytes as a string of the language, in quotes, so that nothing in them ends it: what is not
 * plain ASCII as escapes.  Python's are \xNN, C's octal, which take no digit behind them. */
void code_add_bytes(struct line_out *l, bool c_language, const void *bytes, size_t len);

/* Text for a comment of C or Python: one line of ASCII that neither ends nor begins one. */
void code_add_comment(struct line_out *l, const char *text);

/* SOL_SOCKET, SO_RCVBUF: by name with `prefix` before each, or as numbers. */
void code_add_option(struct line_out *l, const char *prefix, const struct call *call);
/* An option's value that is one int; false: it is something else. */
bool code_int_value(const struct call *call, int *ret);

#endif
