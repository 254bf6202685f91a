/* core/model/packet_marks.h - packets that somebody marked: tags, letters, the time reference.
 *
 * A mark is a packet's number in the store; it stays when the store has lost the packet.  All
 * zero: nothing is marked.  Pure. */
#ifndef SOCKEYE_MODEL_PACKET_MARKS_H
#define SOCKEYE_MODEL_PACKET_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_TAGS 1024

struct packet_marks {
    size_t n_tags;
    uint64_t tags[PACKET_TAGS]; /* in the order in which they were tagged */
    bool has_letter[128];
    uint64_t letters[128]; /* by ASCII letter or digit */
    bool has_reference;
    uint64_t reference, reference_wall_ns; /* the packet that times are told from */
};

bool packet_tagged(const struct packet_marks *m, uint64_t number);
/* Tag a packet, or take its tag away.  False: there are PACKET_TAGS already. */
bool packet_tag(struct packet_marks *m, uint64_t number);

/* Both are false when letter is none, the second also when it marks nothing. */
bool packet_mark(struct packet_marks *m, uint32_t letter, uint64_t number);
bool packet_marked(const struct packet_marks *m, uint32_t letter, uint64_t *ret_number);

/* The first letter that marks a packet; NUL: none. */
char packet_letter(const struct packet_marks *m, uint64_t number);

/* Times are told from this packet; from it again: no longer. */
void packet_reference(struct packet_marks *m, uint64_t number, uint64_t wall_ns);

#endif
