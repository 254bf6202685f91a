/* ui/cli/sockets_watch.h - `sockets --watch`: what becomes of the sockets, a line each. */
#ifndef SOCKEYE_CLI_SOCKETS_WATCH_H
#define SOCKEYE_CLI_SOCKETS_WATCH_H

#include "ui/cli/cli.h"

/* Until SIGINT or SIGTERM.  Takes the wish over: its filter and states choose the changes, of
 * which one side matches; its kinds, families and namespaces what is looked at. */
int sockets_watch(const struct subcommand *self, const struct probes *probes, struct wish *w,
                  bool json);

#endif
