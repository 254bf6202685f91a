/* core/wire/packet_filter_terms.h - the terms of a packet filter; for its parser only.
 *
 * The functions return 0 or -EINVAL with the place in err. */
#ifndef SOCKEYE_WIRE_PACKET_FILTER_TERMS_H
#define SOCKEYE_WIRE_PACKET_FILTER_TERMS_H

#include "core/model/filter_lex.h"
#include "core/wire/packet_filter_tree.h"

/* What reads words belongs to no one language. */
struct packet_parser {
    struct parser lex;
    struct packet_filter *filter;
};

/* One term from the current token on, which is a word or a text; *ret is its number. */
int packet_filter_parse_term(struct packet_parser *p, uint16_t *ret);

/* Add a term; what it points to is the filter's from here on, also when it does not fit. */
int packet_filter_add(struct packet_parser *p, const struct packet_term *term, uint16_t *ret);

#endif
