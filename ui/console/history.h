/* ui/console/history.h - what was typed at the prompts, kept from one start to the next.
 *
 * A file of lines, each the letter of its prompt and the text, the oldest first; for nobody but the
 * person.  Lines that begin with a blank and those with a password are not written.  Several
 * consoles may end one after the other: each adds what was typed in it. */
#ifndef SOCKEYE_CONSOLE_HISTORY_H
#define SOCKEYE_CONSOLE_HISTORY_H

#include <stddef.h>
#include <stdio.h>

#include "core/base/err.h"
#include "ui/console/line_edit.h"

enum history_prompt {
    HISTORY_COMMAND,
    HISTORY_FILTER,
    HISTORY_PACKET_FILTER,
    HISTORY_CAPTURE_FILTER,
    HISTORY_SEARCH,
    HISTORY_PROMPTS
};

/* The lines of each prompt; borrowed. */
struct history {
    struct line_edit *prompts[HISTORY_PROMPTS];
};

#define HISTORY_FILE_BYTES (2U << 20)

/* Add what the bytes of a file hold; what is no line of a prompt is left out. */
void history_read(const struct history *h, const char *bytes, size_t len);
/* The newest `most` lines of each. */
void history_write(const struct history *h, size_t most, FILE *out);

/* From the person's file and to it; without a file there is none.  history_save() reads it anew and
 * adds what was typed since, atomically; without anything new it does nothing.  Both return 0 or
 * negative errno with err. */
int history_load(const struct history *h, struct err *err);
int history_save(const struct history *h, size_t most, struct err *err);

#endif
