/* probes/guard/files.h - which files a sandboxed program may open. */
#ifndef SOCKEYE_PROBES_GUARD_FILES_H
#define SOCKEYE_PROBES_GUARD_FILES_H

#include "probes/guard/landlock.h"

/* words: of the command line: what they name may be read and written.  keeps: this program may want to
 * write its configuration and what it remembers, so that their folders are made now: in one that is
 * made later nothing could be put. */
void files_allow(struct landlock *l, char *const words[], bool keeps);

#endif
