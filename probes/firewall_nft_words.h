/* probes/firewall_nft_words.h - an nftables rule as a person writes it; for firewall_nft.c alone. */
#ifndef SOCKEYE_PROBES_FIREWALL_NFT_WORDS_H
#define SOCKEYE_PROBES_FIREWALL_NFT_WORDS_H

#include <cjson/cJSON.h>
#include <stddef.h>

/* Cleaned. */
void nft_rule_words(const cJSON *expr, char *text, size_t size);

#endif
