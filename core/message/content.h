/* core/message/content.h - the content of a text/json message as text.
 *
 * Results are the caller's to free(); a NUL stands behind each.  Pure functions. */
#ifndef SOCKEYE_MESSAGE_CONTENT_H
#define SOCKEYE_MESSAGE_CONTENT_H

#include "core/message/json_write.h"
#include "core/message/message.h"

/* The content in UTF-8 as it was written, checked to be JSON.  Returns 0, or with fault, at a
 * byte of the message: -EINVAL for an encoding that is not known, -EILSEQ for bytes that are none
 * of it, -EFBIG for text that grows beyond measure, and the errors of json_next(). */
int content_text(const struct message *m, const struct message_limits *limits, char **ret_text,
                 size_t *ret_len, struct message_fault *fault);

/* The same written anew in a style; `printable` as in json_write_string(). */
int content_json(const struct message *m, const struct message_limits *limits,
                 enum json_style style, bool printable, char **ret_text, size_t *ret_len,
                 struct message_fault *fault);

/* Text as content in an encoding; it need not be JSON.  Errors as above, the fault at a byte of
 * the text. */
int content_encode(const char *encoding, const char *text, size_t len, char **ret_bytes,
                   size_t *ret_len, struct message_fault *fault);

#endif
