/* core/message/encoder.h - a message from its content, with any header field as one likes it.
 *
 * Without edits the bytes are those that the protocol's Python programs make: the four fields in
 * their order, then what was added. */
#ifndef SOCKEYE_MESSAGE_ENCODER_H
#define SOCKEYE_MESSAGE_ENCODER_H

#include "core/message/message.h"

/* A header field set by hand, also to what is wrong.  A value that is a JSON number, true, false,
 * null or a quoted string goes into the header as it is written, any other as a string. */
struct header_edit {
    const char *key;
    const char *value; /* NULL: the field is left out */
};

/* Everything is borrowed for the call. */
struct message_draft {
    const void *content;
    size_t content_len;
    const char *content_type, *content_encoding;
    const struct header_edit *edits; /* the last one of a key counts */
    size_t n_edits;
};

/* Returns 0 and the bytes, which are the caller's to free(); with err -EMSGSIZE for a header that
 * does not fit its length, -EILSEQ for an edit that is no UTF-8. */
int message_encode(const struct message_draft *draft, uint8_t **ret_bytes, size_t *ret_len,
                   struct err *err);

#endif
