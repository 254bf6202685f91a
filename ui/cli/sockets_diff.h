/* ui/cli/sockets_diff.h - `sockets --save FILE` and `--diff FILE`: the table kept, and what is
 * different now. */
#ifndef SOCKEYE_CLI_SOCKETS_DIFF_H
#define SOCKEYE_CLI_SOCKETS_DIFF_H

#include "core/report/saved.h"
#include "ui/cli/cli.h"

/* The time and the host's boot of a list that begins to come in now; rows by saved_add(). */
void sockets_saved_begin(struct saved *saved);

/* Write it as a whole: into a file beside it, which then takes its name.  What stands there is
 * replaced, a symbolic link is not followed but replaced too.  Returns an exit status. */
int sockets_save(const struct subcommand *self, const struct saved *saved, const char *path);

/* Print what is different from the file.  Returns an exit status. */
int sockets_diff(const struct subcommand *self, const struct saved *now, const char *path,
                 bool json);

#endif
