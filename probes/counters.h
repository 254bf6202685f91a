/* probes/counters.h - the network counters of our namespace.  The contract is struct probes in
 * core/model/probing.h. */
#ifndef SOCKEYE_PROBES_COUNTERS_H
#define SOCKEYE_PROBES_COUNTERS_H

#include "core/base/err.h"
#include "core/model/surroundings.h"

int counters_read(struct counters *ret, struct err *err);

/* Pure, for tests: add what a text says, as /proc/net/snmp and netstat write it, and snmp6. */
void counters_parse_pairs(const char *text, struct counters *to);
void counters_parse_list(const char *text, struct counters *to);
/* "TCP: inuse 0 orphan 1" of sockstat: "GROUP.TCP.inuse", ... */
void counters_parse_words(const char *text, const char *group, struct counters *to);

/* One more, where there is room for it and its name. */
void counters_add(struct counters *to, uint64_t value, const char *name, ...)
    __attribute__((format(printf, 3, 4)));

#endif
