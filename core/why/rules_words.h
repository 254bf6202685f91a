/* core/why/rules_words.h - what several groups of rules ask of the evidence; nobody else includes
 * it. */
#ifndef SOCKEYE_WHY_RULES_WORDS_H
#define SOCKEYE_WHY_RULES_WORDS_H

#include "core/why/rules.h"

/* Whether a socket bound to `bound` takes what is sent to `to`. */
bool row_covers(const struct row *row, const struct addr *to);
/* The socket of this namespace that takes, or would take, what is sent to `to`; NULL: none. */
const struct sighting *listener_for(const struct evidence *e, const struct addr *to);
/* The address is one of this host's own. */
bool is_own_address(const struct attempt *a);
/* A rule that drops or rejects, whose counter grew (or that has none and surely matches); *ret_sure:
 * it grew.  NULL: none. */
const struct firewall_rule *acting_rule(const struct evidence *e, enum firewall_action action,
                                        bool *ret_sure);
/* "tcp" or "udp". */
const char *transport_word(const struct evidence *e);

#endif
