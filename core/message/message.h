/* core/message/message.h - one framed message: length, JSON header, content.
 *
 * On the wire stand two bytes, big-endian, with the length of the header; the header, a JSON
 * object in UTF-8; and as many bytes of content as its field content-length says.  Four fields
 * are required: byteorder ("little" or "big", the sender's), content-type, content-encoding and
 * content-length; all others are kept as they are.  Content of the type text/json is JSON in
 * the encoding that the header names, anything else is binary.
 *
 * Made by core/message/decoder.h, and plain data from then on. */
#ifndef SOCKEYE_MESSAGE_MESSAGE_H
#define SOCKEYE_MESSAGE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

#define MESSAGE_LENGTH_BYTES 2
#define MESSAGE_HEADER_MAX 65535 /* more do not fit the two bytes */
#define MESSAGE_CONTENT_MAX (16U << 20)
#define MESSAGE_NESTING_MAX 64

#define MESSAGE_TYPE_JSON "text/json"
/* The types that the protocol's other programs give to binary content. */
#define MESSAGE_TYPE_CLIENT "binary/custom-client-binary-type"
#define MESSAGE_TYPE_SERVER "binary/custom-server-binary-type"

/* What is refused because it is too much, in bytes and in levels of JSON. */
struct message_limits {
    size_t header_max, content_max;
    unsigned nesting_max;
};

/* The three constants above. */
extern const struct message_limits message_limits;

enum message_field {
    MESSAGE_BYTEORDER,
    MESSAGE_CONTENT_TYPE,
    MESSAGE_CONTENT_ENCODING,
    MESSAGE_CONTENT_LENGTH,
    MESSAGE_FIELDS
};

/* "byteorder", ... in the order in which they are written. */
extern const char *const message_field_names[MESSAGE_FIELDS];

/* A run of the message's bytes; at 0 is the first byte of its length. */
struct message_part {
    size_t at, len;
};

struct message {
    uint8_t *bytes; /* all of it, as it came */
    size_t len;
    uint64_t stream_at; /* where in the stream of the sender its first byte stood */
    struct message_part length, header, content;
    struct message_part values[MESSAGE_FIELDS]; /* of the required fields, JSON text */
    char *byteorder, *content_type, *content_encoding;
    uint64_t content_length;
};

/* Releases everything in it.  NULL is a no-op. */
void message_free(struct message *m);

bool message_is_json(const struct message *m);

/* The text of a header field, required or not: the bytes of its JSON value, the last one where
 * a key stands twice.  False when there is none. */
bool message_find(const struct message *m, const char *name, struct message_part *ret_value);

/* "little" or "big": this machine's. */
const char *message_byteorder(void);

/* What is wrong with bytes, and at which of them. */
struct message_fault {
    struct err err; /* its reason begins with "byte N: " */
    size_t at;      /* from the beginning of the message, or of the text that was given */
};

/* Fill fault (when not NULL) and return code. */
int message_fault(struct message_fault *fault, int code, const char *operation, size_t at,
                  const char *reason, ...) __attribute__((format(printf, 5, 6)));

#endif
