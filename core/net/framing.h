/* core/net/framing.h - the framed messages of a session of ours.
 *
 * Whoever sends one on a session (command message) has messages there from then on: what comes back
 * is read as such, too, and both are counted in the session's status.  A peer that answers with
 * something else is no fault here: then nothing more of it is counted.  The bytes themselves go
 * where they always do. */
#ifndef SOCKEYE_NET_FRAMING_H
#define SOCKEYE_NET_FRAMING_H

#include <stddef.h>

struct session;

/* A message was queued.  Nothing happens unless the session is the console's: others do with bytes
 * as their service or program wants, and their data is theirs. */
void framing_sent(struct session *s);

/* What came; nothing happens before the first message was sent. */
void framing_received(struct session *s, const void *bytes, size_t len);

void framing_done(struct session *s); /* releases s->data */

#endif
