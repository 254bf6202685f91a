/* probes/firewall.h - rules that drop, reject or redirect: nft's JSON (nftables and iptables-nft)
 * and the save format of legacy iptables, with their counters.  The contract is struct probes in
 * core/model/probing.h.
 *
 * libnftables-json(5); iptables-save(8). */
#ifndef SOCKEYE_PROBES_FIREWALL_H
#define SOCKEYE_PROBES_FIREWALL_H

#include "core/base/err.h"
#include "core/model/surroundings.h"

int firewall_look(const struct firewall_question *question, struct firewall_facts *ret,
                  struct err *err);

/* How many tables nftables has in this namespace; -ENOENT: the kernel has no nftables, -EPERM. */
int firewall_count_tables(void);

/* Pure: add to f what a text of that form says about the packets of the question.  Where f->seen is
 * set already only packets_after of its rules are filled.  Returns 0 or -EBADMSG. */
int firewall_parse_nft(const char *text, size_t len, const struct firewall_question *question,
                       struct firewall_facts *f);
/* v6: ip6tables-save. */
int firewall_parse_save(const char *text, bool v6, const struct firewall_question *question,
                        struct firewall_facts *f);

#endif
