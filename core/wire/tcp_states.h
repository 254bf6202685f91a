/* core/wire/tcp_states.h - the states of both ends of a TCP connection, as the wire shows them.
 *
 * RFC 9293, 3.3.2.  A packet that was captured is taken as received.  What the wire does not
 * say (whether somebody listens where a SYN goes) is 0. */
#ifndef SOCKEYE_WIRE_TCP_STATES_H
#define SOCKEYE_WIRE_TCP_STATES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/wire/decode.h"

struct tcp_states {
    uint8_t of[2]; /* enum socket_state; 0: not known */
    bool has_fin[2];
    uint32_t fin_end[2]; /* the number that acknowledges its FIN */
};

/* The next packet, from end `from`, with len bytes of payload. */
void tcp_states_next(struct tcp_states *s, unsigned from, const struct tcp_facts *t,
                     uint32_t len);

#endif
