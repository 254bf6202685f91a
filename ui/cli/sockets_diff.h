/* ui/cli/sockets_diff.h - `sockets --save FILE` and `--diff FILE`: the table kept, and what is
 * different now. */
#ifndef SOCKEYE_CLI_SOCKETS_DIFF_H
#define SOCKEYE_CLI_SOCKETS_DIFF_H

#include "ui/cli/sockets.h"

/* Look, and write the table as a whole: into a file beside it, which then takes its name.  What
 * stands there is replaced, a symbolic link too, it is not followed.  Or print what is different
 * from the file; with both the file is compared before it is replaced.  Returns an exit status. */
int sockets_keep(struct sockets_job *job, const struct sockets_choice *c);

#endif
