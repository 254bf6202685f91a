/* core/why/sighting_words.h - what the rules ask of a socket that was looked at twice; nobody else
 * includes it. */
#ifndef SOCKEYE_WHY_SIGHTING_WORDS_H
#define SOCKEYE_WHY_SIGHTING_WORDS_H

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/model/tcp_info.h"
#include "core/why/rules_words.h"

/* What a counter of TCP_INFO grew by between the two looks; false: not known. */
bool sighting_grew(const struct sighting *s, enum tcp_info_id id, uint64_t *ret);
/* As it was at the last look that found the socket. */
bool sighting_info(const struct sighting *s, enum tcp_info_id id, uint64_t *ret);
const struct row *sighting_newest(const struct sighting *s);

/* It was there at both looks. */
bool sighting_stays(const struct sighting *s);
/* It was there at the first look and not at the second. */
bool sighting_vanished(const struct sighting *s);
/* TCP that still has to bring its bytes to the peer, or takes some, in the same state throughout. */
bool sighting_sends(const struct sighting *s);
/* A part of the time between the looks, in which a time of TCP_INFO grew: percent. */
unsigned sighting_share(const struct sighting *s, enum tcp_info_id id);

/* Bytes of the receive queue; a FIN in it counts as one in sock_diag, and is none. */
uint32_t row_unread(const struct row *row);
/* There was something to read and nothing of it was taken; *ret_ns: for how long the newest of it
 * has waited. */
bool sighting_does_not_read(const struct sighting *s, uint64_t *ret_ns);
/* All of its holders are stopped, at both looks. */
bool sighting_is_stopped(const struct sighting *s);

/* Where the packets and the way of the socket in question are; never NULL. */
const struct wire_facts *evidence_wire(const struct evidence *e);
const struct route_facts *evidence_route(const struct evidence *e);
/* The socket that was asked for; NULL: another thing was, or it is not there. */
const struct sighting *evidence_asked(const struct evidence *e);

#endif
