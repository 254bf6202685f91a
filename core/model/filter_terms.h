/* core/model/filter_terms.h - the terms of a filter; for the parser only.
 *
 * Every parse function returns 0 or -EINVAL with the place in err. */
#ifndef SOCKEYE_MODEL_FILTER_TERMS_H
#define SOCKEYE_MODEL_FILTER_TERMS_H

#include "core/model/filter_lex.h"

/* One term from the current token on, which is a word or a text; *ret is its node. */
int filter_parse_term(struct parser *p, uint16_t *ret);

/* A node of one or two others. */
int filter_add_pair(struct parser *p, enum filter_kind kind, uint16_t left, uint16_t right,
                    uint16_t *ret);

#endif
