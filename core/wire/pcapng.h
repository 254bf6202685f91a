/* core/wire/pcapng.h - the blocks of a pcapng file, read.
 *
 * Pure: whoever calls has the bytes and knows where in the file they stand.  Source:
 * draft-ietf-opsawg-pcapng, "PCAP Next Generation (pcapng) Capture File Format". */
#ifndef SOCKEYE_WIRE_PCAPNG_H
#define SOCKEYE_WIRE_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/wire/packet_facts.h"

#define PCAPNG_HEAD_BYTES 12         /* of a block, enough to know its length */
#define PCAPNG_BLOCK_MAX (16U << 20) /* a longer one is taken for damage */
#define PCAPNG_INTERFACES 4096       /* of one section */
#define PCAPNG_NAME_BYTES 128        /* a longer name of an interface is cut */

enum pcapng_type {
    PCAPNG_INTERFACE = 1,
    PCAPNG_OLD_PACKET = 2,
    PCAPNG_SIMPLE_PACKET = 3,
    PCAPNG_NAMES = 4,
    PCAPNG_STATISTICS = 5,
    PCAPNG_PACKET = 6,
    PCAPNG_SECRETS = 10,
    PCAPNG_SECTION = 0x0a0d0d0a,
};

struct pcapng_interface {
    uint16_t link_type;
    uint32_t snaplen;             /* 0: no limit */
    uint8_t resolution;           /* if_tsresol: 6 is 10^-6 s, 0x80 | 10 is 2^-10 s */
    int64_t offset_s;             /* if_tsoffset: added to each time */
    char name[PCAPNG_NAME_BYTES]; /* as the file has it; "": it has none */
};

/* What was read so far of a file; all 0 in the beginning. */
struct pcapng {
    bool in_section;
    bool big_endian; /* of the section */
    size_t n_interfaces;
    struct pcapng_interface *interfaces;
    char *comment;  /* of the last packet */
    uint8_t *extra; /* its other options */
    size_t comment_room, extra_room;
    const char *why; /* after -EBADMSG: what is wrong, to follow "the block ...": a constant */
};

struct pcapng_packet {
    uint32_t interface; /* index into interfaces; always a valid one */
    uint64_t wall_ns;
    bool timeless; /* a simple packet, or one whose time is none that wall_ns can say */
    uint32_t length, captured;
    const uint8_t *bytes;      /* within the block */
    const char *comment;       /* NULL: none.  Until the next block is read. */
    struct packet_extra extra; /* len 0: none.  Likewise. */
};

void pcapng_done(struct pcapng *p);

/* The type and the whole length of the block that begins here.  A section's beginning changes
 * the byte order, even when what follows cannot be read.  Returns 0 or -EBADMSG. */
int pcapng_begin(struct pcapng *p, const uint8_t head[PCAPNG_HEAD_BYTES], uint32_t *ret_type,
                 uint32_t *ret_length);

/* Take in the whole block of which pcapng_begin() told the length.  Returns 1 for a packet, 0 for
 * what is none, or -EBADMSG. */
int pcapng_take(struct pcapng *p, const uint8_t *block, size_t len, struct pcapng_packet *ret);

/* "enhanced packet block"; "block of an unknown type". */
const char *pcapng_type_name(uint32_t type);

/* Times as an interface counts them, and back.  False when ret cannot say it. */
bool pcapng_to_ns(const struct pcapng_interface *i, uint64_t ticks, uint64_t *ret_ns);
bool pcapng_from_ns(const struct pcapng_interface *i, uint64_t ns, uint64_t *ret_ticks);

#endif
