/* core/services/farewell.h - a close that the peer sees as FIN whatever it has sent.
 *
 * close(2) of a TCP socket with unread bytes sends RST, which may overtake what was said last
 * (RFC 2525, 2.17).  So: FIN first, then what still comes is read and dropped until the peer
 * ends too, for a second at most. */
#ifndef SOCKEYE_SERVICES_FAREWELL_H
#define SOCKEYE_SERVICES_FAREWELL_H

#include "core/net/session.h"

/* Behind everything queued.  The behaviour needs farewell_due; readable must drop from here on. */
void farewell(struct session *s);
void farewell_due(struct session *s);

/* Reads and drops. */
void farewell_readable(struct session *s);
/* A service's answer to a datagram: none. */
ssize_t farewell_no_answer(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                           size_t size);

#endif
