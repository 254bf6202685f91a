/* ui/console/configure.h - what the console is told before it starts: the configuration file and
 * the options of the command line, all of it checked before the terminal is touched. */
#ifndef SOCKEYE_CONSOLE_CONFIGURE_H
#define SOCKEYE_CONSOLE_CONFIGURE_H

#include <stdbool.h>

#include "core/model/config.h"
#include "ui/console/theme.h"

/* The options; what they set holds for this run, whatever the file says. */
struct configure_wish {
    const char *file;                   /* --config; NULL: the person's own */
    bool no_file;                       /* --no-config */
    const char *options[SETTING_COUNT]; /* the value; NULL: not given */
};

/* One word of the command line, and the one behind it, NULL: there is none.  Returns how many
 * words were taken: 0, 1 or 2; -EINVAL with err when its value is missing. */
int configure_option(struct configure_wish *wish, const char *word, const char *next,
                     struct err *err);

/* Fill c, load its theme and bind the keys.  Returns 0 or negative errno with err. */
int configure(const struct configure_wish *wish, struct config *c, struct theme *ret_theme,
              struct err *err);

#endif
