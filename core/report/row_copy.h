/* core/report/row_copy.h - one socket to be taken elsewhere: all that is known of it as text or
 * JSON, or the ss(8) command that lists it. */
#ifndef SOCKEYE_REPORT_ROW_COPY_H
#define SOCKEYE_REPORT_ROW_COPY_H

#include <stdio.h>

#include "core/model/snapshot.h"

struct row_copy {
    const struct snapshot *snapshot; /* of the row */
    const struct row *row;
    const struct socket_detail *detail; /* NULL: not looked up */
};

/* A line each column that has a value: its name, the value, the unit. */
void row_copy_text(FILE *out, const struct row_copy *c);
/* One object, as sockets --json writes it with every column. */
void row_copy_json(FILE *out, const struct row_copy *c);
/* For a shell; ss and grep find the same socket as long as it has these addresses or this inode. */
void row_copy_ss(FILE *out, const struct row_copy *c);

#endif
