/* core/services/answering.h - services whose connections do what their datagram form does.
 *
 * One function makes the answer to a datagram, to a chunk of a stream, or to a connection as such.
 * The instance of such a service begins with a struct answering; no bytes of one session reach
 * another. */
#ifndef SOCKEYE_SERVICES_ANSWERING_H
#define SOCKEYE_SERVICES_ANSWERING_H

#include "core/services/farewell.h"
#include "core/services/service.h"

/* The most that is read of a stream at once.  Half of what an answer may have: letters grow when
 * they become capitals, by at most a half. */
#define ANSWERING_CHUNK_BYTES (NET_SCRATCH_BYTES / 2)

struct answering {
    /* As service.answer(). */
    ssize_t (*answer)(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                      size_t size);
};

/* A stream's chunks are answered as they come, the next one is read when the answer is out.  The
 * up to three bytes of a UTF-8 character that is not complete wait for their rest, or for FIN.
 * Units of a socket with boundaries are answered as they are. */
#define ANSWERING_CHUNKS                                                                       \
    {                                                                                          \
        .opened = answering_opened, .readable = answering_readable,                            \
        .peer_closed = answering_peer_closed, .closing = answering_closing, .lockstep = true   \
    }

/* A connection gets the answer to nothing, then FIN. */
#define ANSWERING_ONCE                                                                         \
    {                                                                                          \
        .opened = answering_once, .readable = farewell_readable, .due = farewell_due           \
    }

void answering_opened(struct session *s);
void answering_readable(struct session *s);
void answering_peer_closed(struct session *s);
void answering_closing(struct session *s);
void answering_once(struct session *s);

/* The datagram form of both. */
ssize_t answering_answer(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                         size_t size);

/* An answer in the making: what does not fit is cut. */
struct answer_text {
    uint8_t *out;
    size_t size, len;
};

void answer_put(struct answer_text *t, const void *bytes, size_t len);
/* What ends it: the CR and LF that ended the question, else line_end. */
void answer_end(struct answer_text *t, const uint8_t *question, size_t len,
                const char *line_end);

/* The bytes in front of the CR and LF that end them. */
size_t answering_matched(const uint8_t *bytes, size_t len);
/* CR and LF and nothing else: the end of a question that came in the chunk before.  It is given back,
 * as it would have been behind its answer. */
bool answering_only_ends(const uint8_t *bytes, size_t len);

#endif
