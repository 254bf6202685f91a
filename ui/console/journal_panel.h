/* ui/console/journal_panel.h - the selected call, for who copies or repeats it. */
#ifndef SOCKEYE_CONSOLE_JOURNAL_PANEL_H
#define SOCKEYE_CONSOLE_JOURNAL_PANEL_H

#include "core/report/program.h"
#include "ui/console/panel.h"

/* Session or server of the selected call; 0: none.  self: of journal_panel. */
uint64_t journal_panel_session(const void *self, const struct model *m);
/* The selected call in the form that is shown, with all its bytes; the caller's to free().
 * NULL: there is none. */
char *journal_panel_text(const void *self, const struct model *m);
/* The language that calls are shown in; of strace's form Python. */
enum program_language journal_panel_language(const void *self);

#endif
