/* core/model/filter.h - which rows of the socket table are shown.
 *
 * The language is ss(8)'s, `state time-wait and ( sport = :65432 or dst 10.0.0.0/8 )`, with more
 * names: owners, namespaces, every column of core/model/column.h (`rtt > 50ms`).  Its grammar
 * stands in filter_parse.c.  A word that is none of the language's, or /text/, matches the row's
 * text.
 *
 * What is unknown (an owner nobody may see, a detail nobody asked for) makes a comparison
 * false, with != as with =; `not` inverts that like any other answer: `rtt <= 5ms` leaves out
 * what has no rtt, `not rtt > 5ms` keeps it. */
#ifndef SOCKEYE_MODEL_FILTER_H
#define SOCKEYE_MODEL_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/model/snapshot.h"

struct filter;

/* Parse; "" gives NULL in *ret, which matches everything.  Returns 0, or -EINVAL with the
 * place in err and in its hint the words that would be right.  Names of users, services
 * and control groups are looked up in this host's files now, never over the network. */
int filter_parse(const char *text, struct filter **ret, struct err *err);
void filter_free(struct filter *f);

/* Whether a row of s matches.  s may be NULL: then the row is all that is known. */
bool filter_match(const struct filter *f, const struct snapshot *s, const struct row *row);

/* True when the answer can depend on owners, so that they must be looked up first. */
bool filter_needs_owner(const struct filter *f);

/* enum detail_part that the answer can depend on. */
uint32_t filter_parts(const struct filter *f);

/* The states (bit 1 << enum socket_state) and the kinds (KIND_BIT) that a matching row can
 * have; what need not be dumped. */
uint32_t filter_states(const struct filter *f);
uint32_t filter_kinds(const struct filter *f);

/* Whether the filter says anything of states; *ret_by_name: the states that it names, not by a
 * group of states and not by leaving others out. */
bool filter_names_states(const struct filter *f, uint32_t *ret_by_name);

/* The one connection that can match, when the filter names both ends whole, as in
 * `src 10.0.0.1:4242 and dst 10.0.0.2:80`: the kernel finds that without a walk. */
struct filter_pin {
    struct addr local, peer;
};
bool filter_pins(const struct filter *f, struct filter_pin *ret);

#endif
