/* core/model/filter.h - which rows of the socket table are shown.
 *
 * The language is ss(8)'s: `state time-wait and ( sport = :65432 or dst 10.0.0.0/8 )`.
 * A word that is none of the language's, or /text/, matches the row's text. */
#ifndef SOCKEYE_MODEL_FILTER_H
#define SOCKEYE_MODEL_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/model/snapshot.h"

struct filter;

/* Parse; "" gives NULL in *ret, which matches everything.  Returns 0, or -EINVAL with the
 * place in err. */
int filter_parse(const char *text, struct filter **ret, struct err *err);
void filter_free(struct filter *f);

/* Whether a row of s matches.  What s does not know (owners, details) matches nothing. */
bool filter_match(const struct filter *f, const struct snapshot *s, const struct row *row);

/* True when the answer can depend on owners, so that they must be looked up first. */
bool filter_needs_owner(const struct filter *f);

/* enum detail_part that the answer can depend on. */
uint32_t filter_parts(const struct filter *f);

/* The states (bit 1 << enum socket_state) a matching row can have; what the kernel may
 * leave out of the dump. */
uint32_t filter_states(const struct filter *f);

#endif
