/* probes/firewall_match.h - whether what a rule matches by fits our packets; for the parsers of
 * firewall.h.
 *
 * A connection has packets of two shapes, ours and the replies; each passes certain hooks of this
 * host.  A rule fits when one of the shapes that pass its hook is not contradicted. */
#ifndef SOCKEYE_PROBES_FIREWALL_MATCH_H
#define SOCKEYE_PROBES_FIREWALL_MATCH_H

#include "core/model/surroundings.h"

enum fit { FIT_NO, FIT_UNKNOWN, FIT_YES };

/* The worse of two. */
static inline enum fit fit_and(enum fit a, enum fit b)
{
    return a < b ? a : b;
}

static inline enum fit fit_not(enum fit a)
{
    return (enum fit)(FIT_YES - a);
}

struct packet_shape {
    bool reply;
    uint8_t protocol;
    struct addr source, destination; /* AF_UNSPEC, port 0: any */
    const char *in, *out;            /* interfaces; "": not known */
    bool is_new;                     /* conntrack's "new" */
};

/* The shapes that pass a hook; at most two. */
size_t firewall_shapes(const struct firewall_question *q, enum firewall_hook hook,
                       struct packet_shape ret[2]);

enum fit fit_port(uint16_t port, uint16_t low, uint16_t high);
/* text: "10.0.0.0", with prefix bits; an address of another family does not fit. */
enum fit fit_address(const struct addr *a, const char *text, unsigned prefix);
enum fit fit_interface(const char *name, const char *pattern); /* "eth*", "eth+" too */
enum fit fit_protocol(const struct packet_shape *p, const char *name);
/* "ipv4", "ipv6", and as EtherTypes: "ip", "ip6". */
enum fit fit_family(const struct packet_shape *p, const char *name);
/* A table's family: "ip", "ip6", "inet", "netdev", "bridge", "arp". */
enum fit firewall_fit_table(const struct packet_shape *p, const char *family);

enum firewall_hook firewall_hook_of(const char *name); /* in any case */

/* Note a rule, or its second count when f->seen.  rule->where tells them apart. */
void firewall_note(struct firewall_facts *f, const struct firewall_rule *rule);

#endif
