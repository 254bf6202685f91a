/* core/net/attach.h - a session whose bytes go to and come from a descriptor.
 *
 * For faces that must not lose a byte: the descriptor is one end of a socketpair(2).  What the
 * face does not take stops the session's reading, what the socket does not take stops reading
 * from the face; a FIN on one side becomes a FIN on the other. */
#ifndef SOCKEYE_NET_ATTACH_H
#define SOCKEYE_NET_ATTACH_H

#include "core/net/session.h"

/* As session_dial(), with fd attached; the attachment owns fd from here on. */
struct session *attach_dial(struct net *net, const struct endpoint *endpoint,
                            const struct connect_settings *settings, int fd);

/* Release attachments that still wait to deliver bytes of ended sessions. */
void attach_drop_all(struct net *net);

#endif
