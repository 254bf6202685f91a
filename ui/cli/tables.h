/* ui/cli/tables.h - everything a person can type, as lines for share/build/reference, which makes
 * the manual page and the completions of it.
 *
 * One line a thing: its kind, then its texts, parted by tabs. */
#ifndef SOCKEYE_CLI_TABLES_H
#define SOCKEYE_CLI_TABLES_H

#include <stddef.h>

#include "ui/cli/cli.h"

/* An option of the program itself. */
struct program_option {
    const char *name;  /* "--record" */
    const char *takes; /* "FILE"; NULL of a flag */
    const char *help;  /* half a sentence */
};

/* On stdout.  Returns an exit status. */
int tables_print(const struct program_option *options, const struct subcommand *const *subs,
                 size_t n_subs, const struct probes *probes);

#endif
