/* core/message/header.h - the JSON header of a message: what is required of it, checked to the
 * byte.  For the decoder. */
#ifndef SOCKEYE_MESSAGE_HEADER_H
#define SOCKEYE_MESSAGE_HEADER_H

#include "core/message/message.h"

/* Reads the header that stands at m->header in m->bytes and fills the fields of m.  Returns 0,
 * or negative errno with fault: -EILSEQ bad UTF-8, -EBADMSG bad JSON or fields, -E2BIG too deep
 * nesting, -EMSGSIZE a content-length above the limit.  What m then holds is released by
 * message_free() all the same. */
int header_read(struct message *m, const struct message_limits *limits,
                struct message_fault *fault);

/* Whether the len bytes are one object with every required field, with nothing behind it. */
bool header_is_whole(const uint8_t *bytes, size_t len, unsigned nesting_max);

/* The same two bytes read the other way round. */
static inline size_t header_swapped(size_t len)
{
    return (len & 0xff) << 8 | len >> 8;
}

#endif
