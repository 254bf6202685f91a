/* ui/console/stream_panel.h - the stream panel's bytes, for who saves them. */
#ifndef SOCKEYE_CONSOLE_STREAM_PANEL_H
#define SOCKEYE_CONSOLE_STREAM_PANEL_H

#include "core/report/stream.h"
#include "ui/console/panel.h"

/* Save what the panel has of the stream that is followed; what still waits for a segment before
 * it is not in it.  self: of stream_panel.  Returns 0 or negative errno with err; -ENOENT: no stream
 * is followed, or nothing came. */
int stream_panel_save(const void *self, const char *path, enum stream_form form,
                      struct stream_sum *ret_sum, struct err *err);

#endif
