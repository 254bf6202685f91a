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
/* The address is one of another namespace of this host, which can be looked into. */
bool is_seen_elsewhere(const struct attempt *a);
/* The type of a route that lets nothing through, in words; NULL: it does. */
const char *blocking_route(uint8_t kind);
/* The kernel takes ::1 away from lo when that is switched off: then there is no way to it, or no
 * source for it. */
bool loopback_is_gone(const struct attempt *a);
/* How sure it is that this is where the packets go: CERTAIN in this namespace. */
enum confidence place_confidence(const struct attempt *a);
/* The socket is where the address asked for is: in this namespace, or where the way leads. */
bool is_asked_place(const struct attempt *a, const struct sighting *s);
/* It is bound to a device (SO_BINDTODEVICE) by which what is sent does not come. */
bool is_on_other_device(const struct attempt *a, const struct sighting *s);
/* The one there that takes, or would take, what is sent; NULL: none. */
const struct sighting *listener_asked(const struct evidence *e, const struct attempt *a);
/* ", in network namespace web" behind a holder; "" in our own. */
#define PLACE_BYTES 96
const char *place_words(const struct sighting *s, char buf[PLACE_BYTES]);

/* "1 connection waits", "5 connections wait". */
#define WAITING_BYTES 40
const char *waiting_words(uint32_t n, char buf[WAITING_BYTES]);

/* How many descriptors the first holder has open, and may have, is known. */
bool holder_knows_fds(const struct sighting *s);
/* It has no descriptor left to accept with. */
bool holder_has_no_fds(const struct sighting *s);

/* The lesser of two. */
static inline enum confidence least(enum confidence a, enum confidence b)
{
    return a < b ? a : b;
}

/* The first message of ICMP that says so; NULL: none does.  w: NULL: none. */
const struct icmp_sighting *icmp_that(const struct wire_facts *w,
                                      bool (*says)(const struct icmp_sighting *m));
/* It cannot be reached. */
bool says_unreachable(const struct icmp_sighting *m);
/* Its time to live had run out. */
bool says_expired(const struct icmp_sighting *m);
/* How sure a filter says so of what was sent to `to`. */
enum confidence filter_said(const struct icmp_sighting *m, const struct addr *to, bool tcp);

/* A rule of a firewall that could have acted on the attempt. */
struct acting {
    const struct firewall_rule *rule; /* NULL: none */
    enum confidence sure;             /* CERTAIN: it fits, and its counter grew */
    bool grew;
    const char *netns; /* NULL: ours */
};
/* a: NULL: only this host's own rules. */
struct acting acting_rule(const struct evidence *e, const struct attempt *a,
                          enum firewall_action action);
/* Of IPv6 and UDP. */
#define HEADER_BYTES 48
/* A datagram that is longer than a packet may be. */
bool goes_in_pieces(const struct attempt *a);
/* The capture was there, and nothing of the attempt left by the interface that the way leads to. */
bool nothing_left(const struct attempt *a);
/* A rule here of which it is not known whether it fits, nor whether it has acted: where something of
 * this host must have. */
void say_suspect(const struct evidence *e, enum firewall_action action, struct saying *ret);
/* How to take it away, in its namespace. */
void say_rule_fix(struct saying *ret, const struct acting *acting);

/* The kernel dropped a packet for that reason while the attempt lasted.  Whose it was is not told. */
bool kernel_dropped(const struct evidence *e, const struct attempt *a, const char *reason);
/* A translation sends what is asked elsewhere: rules_nat.c. */
bool is_redirected(const struct evidence *e, const struct attempt *a);

/* By how much a counter grew where the address is; false, and 0: it is not known. */
bool counted_there(const struct evidence *e, const struct attempt *a, const char *name,
                   uint64_t *ret_by);
/* While the attempt lasted nothing of its family reached any socket where the address is. */
bool delivered_nothing_there(const struct evidence *e, const struct attempt *a);
/* The address is ours, and while the attempt lasted nothing of its family reached any socket here. */
bool host_delivered_nothing(const struct evidence *e, const struct attempt *a);

/* "tcp" or "udp". */
const char *transport_word(const struct evidence *e);

#endif
