/* probes/firewall_nft_fit.h - whether what an nftables rule matches by fits a packet; for
 * firewall_nft.c alone.  libnftables-json(5). */
#ifndef SOCKEYE_PROBES_FIREWALL_NFT_FIT_H
#define SOCKEYE_PROBES_FIREWALL_NFT_FIT_H

#include <cjson/cJSON.h>

#include "probes/firewall_match.h"

#define NFT_SETS 256

/* A named set or map; borrowed from the document. */
struct nft_set {
    const char *family, *table, *name;
    const cJSON *elements; /* NULL: it has none */
};

/* What a rule's expressions are judged by. */
struct nft_view {
    const struct packet_shape *packet;
    const char *family, *table; /* of the rule */
    size_t n_sets;
    const struct nft_set *sets;
};

const char *nft_string(const cJSON *object, const char *key); /* "" when it is none */
uint16_t nft_port(const cJSON *value);                        /* 0 when it is none */

/* All matches of a rule. */
enum fit nft_fit_rule(const struct nft_view *v, const cJSON *expr);
/* What an expression (payload, meta, ct, a concatenation of them) has of a value, a set or "@name". */
enum fit nft_fit_value(const struct nft_view *v, const cJSON *left, const cJSON *right);
/* The elements of a verdict map, or of the named one that it refers to; NULL: they are not known. */
const cJSON *nft_elements(const struct nft_view *v, const cJSON *data);

#endif
