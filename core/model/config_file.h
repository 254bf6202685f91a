/* core/model/config_file.h - the configuration file: where it lies, read and saved. */
#ifndef SOCKEYE_MODEL_CONFIG_FILE_H
#define SOCKEYE_MODEL_CONFIG_FILE_H

#include "core/model/config.h"

/* Into c, which is as config_init() makes it: the file at path, or with NULL the person's own,
 * config.json in the folder of xdg.h, which need not be there; where it is but may not be read, as
 * below another's HOME, c.unread is set.  Returns 0 or negative errno with
 * err; c.file then names the file all the same. */
int config_load(struct config *c, const char *path, struct err *err);

/* Write it to c.file, in the place of what was there; a link there is followed.  Folders that are
 * missing are made.  From then on everything is FROM_FILE, without a line, or by default.  Returns
 * 0 or negative errno with err. */
int config_save(struct config *c, struct err *err);

#endif
