/* core/message/decoder.h - messages out of a stream of bytes, however it is cut.
 *
 * Any split of the bytes gives the same messages and the same faults.  Memory follows the bytes
 * that have come, never what a header claims: at most twice as many, DECODER_FIRST_BYTES at
 * first.  A fault is found as soon as the bytes that show it are there. */
#ifndef SOCKEYE_MESSAGE_DECODER_H
#define SOCKEYE_MESSAGE_DECODER_H

#include "core/message/message.h"

#define DECODER_FIRST_BYTES 256

/* What the bytes up to the next check decide. */
enum decoder_stage {
    DECODER_LENGTH,     /* the two bytes: is such a header allowed */
    DECODER_FIRST_BYTE, /* can a JSON header begin so */
    DECODER_SWAPPED,    /* is the header whole where its length ends when read the other way */
    DECODER_HEADER,
    DECODER_CONTENT,
    DECODER_BROKEN /* a fault has been found */
};

struct decoder {
    struct message_limits limits;
    enum decoder_stage stage;
    struct message *message; /* the one that is coming; its len bytes have come */
    size_t room;             /* allocated for its bytes */
    size_t wanted;           /* bytes of it until the next check */
    struct message_fault fault;
};

/* limits may be NULL: the default ones; they are copied. */
void decoder_init(struct decoder *d, const struct message_limits *limits);
void decoder_done(struct decoder *d);

/* Takes up to the end of one message.  Returns 1 with the message, which is the caller's to
 * message_free(); 0 when all bytes were taken and more are needed; or negative errno with
 * fault, and the same ever after.  *ret_used is how many bytes were taken, always. */
int decoder_feed(struct decoder *d, const void *bytes, size_t len, size_t *ret_used,
                 struct message **ret, struct message_fault *fault);

/* The peer sends no more.  Returns 0 between messages; -EPROTO with fault in the middle of one;
 * what decoder_feed() returned, if that failed. */
int decoder_finish(struct decoder *d, struct message_fault *fault);

/* "12 of 104 bytes of the header": how far the message is that is coming.  Returns buf. */
#define DECODER_PROGRESS_BYTES 96
const char *decoder_progress(const struct decoder *d, char buf[DECODER_PROGRESS_BYTES]);

#endif
