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

/* What a capture file says of a packet that nobody here looks at, so that it can be written
 * again. */
struct packet_extra {
    enum { EXTRA_PCAPNG_OPTIONS, EXTRA_PCAP_MODIFIED } kind;
    bool big_endian;
    const uint8_t *bytes; /* options but comments; interface, protocol, type of modified pcap */
    size_t len;
};

struct packet_facts {
    uint64_t number;
    const struct packet *packet;
    const uint8_t *bytes;
    size_t captured;                     /* of bytes */
    const struct dissection *dissection; /* NULL: not decoded */
    const struct packet_note *note;      /* NULL: not analysed */
    const char *interface;               /* as the file has it, to be cleaned; NULL: unknown */
    /* Of a pcapng file, or for one, likewise; several are told apart by \n.  NULL: none. */
    const char *comment;
    const struct packet_extra *extra;     /* NULL: none */
    bool timeless;                        /* its file does not say when: wall_ns is 0 */
    const struct packet_owner *owners[2]; /* of its source and its destination; NULL: unknown */
};

#endif
