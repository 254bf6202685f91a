/* core/net/exchange.h - the same messages over many sessions at once, and a check of what comes back.
 *
 * Each session sends the messages of its connect command in order, reads until as much came back
 * as was sent (or as --expect says), compares byte by byte, and closes.  One that differs, ends too
 * early or falls silent fails with the reason.  Some dozens connect at a time: their number is
 * bounded by descriptors, not by the listener's backlog. */
#ifndef SOCKEYE_NET_EXCHANGE_H
#define SOCKEYE_NET_EXCHANGE_H

#include "core/model/command.h"
#include "core/net/net.h"

/* What is sent when the command has no message of its own: the two of the well-known tutorial on
 * sockets. */
#define EXCHANGE_MESSAGE_1 "Message 1 from client."
#define EXCHANGE_MESSAGE_2 "Message 2 from client."

/* The tag of its sessions, unless the command has one. */
#define EXCHANGE_TAG "connections"

/* Sessions of one exchange that are connecting at the same time. */
#define EXCHANGE_CONNECTING 32

/* Begin an exchange; the reply to the command comes at its end, with the sum.  Returns 0, or
 * negative errno with err: then there is no reply. */
int exchange_begin(struct net *net, const struct command *command, struct err *err);

/* Begin no more sessions; those that are there end as all others of the net. */
void exchange_stop_all(struct net *net);

#endif
