/* probes/names_dns.h - one question to one DNS server, without waiting.
 *
 * By datagram, sent again every second; over TCP when the answer says that it was cut (RFC 1035,
 * 4.2; RFC 7766, 5).  Answers that are not to our question are not looked at.  The result goes
 * into a finding of the report. */
#ifndef SOCKEYE_PROBES_NAMES_DNS_H
#define SOCKEYE_PROBES_NAMES_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/names.h"

struct names_exchange {
    bool active;
    bool tcp;
    int fd;
    struct name_finding *finding; /* borrowed from the report */
    uint16_t id;
    uint8_t query[2 + DNS_QUERY_BYTES]; /* behind its length, as TCP has it */
    size_t query_bytes;                 /* with the length */
    uint64_t started_ns, resend_ns;
    size_t sent, got;
    uint8_t *answer; /* TCP: its length and the message; owned */
};

/* Ask what the finding says: its server, query and type.  The query becomes what is on the wire.
 * False when nothing is to be waited for: then the finding tells why. */
bool names_exchange_begin(struct names_exchange *x, struct name_finding *f, uint64_t now_ns);

/* What to poll its descriptor for. */
short names_exchange_events(const struct names_exchange *x);

/* Its descriptor is ready.  True when the exchange has ended. */
bool names_exchange_ready(struct names_exchange *x, struct name_report *r, uint64_t now_ns);

/* Send again what may have been lost, if it is time.  True when the exchange has ended. */
bool names_exchange_resend(struct names_exchange *x, uint64_t now_ns);

/* Nobody waits any more; its finding stays silent.  No-op when it has ended. */
void names_exchange_end(struct names_exchange *x);

#endif
