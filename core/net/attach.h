/* core/net/attach.h - a session whose bytes go to and come from a descriptor.
 *
 * For faces that must not lose a byte: the descriptor is one end of a socketpair(2) of
 * SOCK_SEQPACKET, and each unit on it is a struct unit_head with the bytes behind it: a datagram,
 * or a piece of a stream.  So the boundaries, the sender and what was cut off arrive, too.  What
 * the face does not take stops the session's reading, what the socket does not take stops reading
 * from the face; a FIN on one side becomes a FIN on the other. */
#ifndef SOCKEYE_NET_ATTACH_H
#define SOCKEYE_NET_ATTACH_H

#include "core/model/transcript.h"
#include "core/net/session.h"

/* The most bytes behind a head. */
#define ATTACH_UNIT_BYTES NET_SCRATCH_BYTES

/* Of what the face sends only the bytes count. */
struct unit_head {
    uint64_t at_ns;    /* monotonic: when the session took or gave it */
    uint64_t length;   /* of the whole datagram; more than what follows: it was cut off */
    struct addr from;  /* received: the sender */
    uint8_t direction; /* enum direction; DIRECTION_SENT only with tell_sent */
};

/* The connect command's session, with its attach_fd, which the attachment owns from here on.  It
 * takes from the face only once the feed, which may be NULL and is the session's, is over.  Returns
 * 0; or negative errno with err, then descriptor and feed are still the caller's. */
int attach_dial(struct net *net, const struct command *command, struct feed *feed,
                struct session **ret, struct err *err);

/* Release attachments that still wait to deliver bytes of ended sessions. */
void attach_drop_all(struct net *net);

#endif
