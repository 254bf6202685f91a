/* core/scenario/template.h - texts with ${references} in them.
 *
 *   ${address}            a variable, or a value that was measured
 *   ${before.open_ms}     what was measured in the run before
 *   ${client}             the number of a session or server
 *   ${client.port}        a figure of it
 *   ${client.other.port}  of the session at the other end, when that is ours, too
 *   ${client.row.recvq}   a column of its row in the kernel's list
 *   ${client.row}         a filter for that row
 *   ${client.peer_row}    one for the row of the other end
 *   ${client.flow}        one for the packets between them
 *
 * "$${" stands for "${".  Pure. */
#ifndef SOCKEYE_SCENARIO_TEMPLATE_H
#define SOCKEYE_SCENARIO_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#define REFERENCE_BYTES 96
#define REFERENCE_BEFORE "before"

struct template_piece {
    const char *literal; /* borrowed; NULL: it is a reference */
    size_t len;
    char reference[REFERENCE_BYTES];
};

/* The next piece at *at, which moves behind it; false at the end.  The text has passed
 * template_check(). */
bool template_next(const char **at, struct template_piece *ret);

/* What is wrong with a text: NULL, or half a sentence. */
const char *template_check(const char *text);

/* True when it has a reference. */
bool template_varies(const char *text);

/* "client.other.row.rtt" taken apart. */
struct reference {
    char head[REFERENCE_BYTES]; /* client */
    bool other;
    const char *tail; /* "row.rtt"; "": nothing.  Points into the text */
};
void reference_parse(const char *text, struct reference *ret);

/* a-z, 0-9 and _, not a digit first. */
bool name_is_fine(const char *name);

#endif
