/* core/wire/packet_facts.h - all that is known of one packet, brought together to be looked at.
 *
 * Everything is borrowed, and only for the call that it is handed to. */
#ifndef SOCKEYE_WIRE_PACKET_FACTS_H
#define SOCKEYE_WIRE_PACKET_FACTS_H

#include "core/wire/conversation.h"
#include "core/wire/decode.h"
#include "core/wire/packet.h"

/* Whose socket a packet came from or went to. */
struct packet_owner {
    const char *socket;  /* "tcp://127.0.0.1:80-127.0.0.1:4242"; NULL: unknown */
    const char *session; /* "session 2", "server 1 echo"; NULL: none of ours */
    const char *process; /* "python3 (812)"; NULL: unknown */
    bool guess;          /* joined by addresses and time, not by cookie */
};

struct packet_facts {
    uint64_t number;
    const struct packet *packet;
    const uint8_t *bytes;
    size_t captured;                      /* of bytes */
    const struct dissection *dissection;  /* NULL: not decoded */
    const struct packet_note *note;       /* NULL: not analysed */
    const char *interface;                /* NULL: unknown */
    const char *comment;                  /* of a pcapng file, or for one; NULL: none */
    const struct packet_owner *owners[2]; /* of its source and its destination; NULL: unknown */
};

#endif
