/* core/wire/http_response.h - HTTP/1.0 and 1.1 responses out of a stream of bytes, however it is
 * cut: where each ends, and a hash of its body.  Nothing is kept but a line.
 *
 * RFC 9112: 2.2 (lines), 4 (status line), 6.3 (length of a body), 7.1 (chunks).  Responses to GET:
 * those to HEAD look different. */
#ifndef SOCKEYE_WIRE_HTTP_RESPONSE_H
#define SOCKEYE_WIRE_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A longer status line, chunk size or header that matters is refused; other headers may have any
 * length. */
#define RESPONSE_LINE_BYTES 256
#define RESPONSE_HEADER_MAX (64U << 10) /* all lines before a body */

enum http_response_stage {
    RESPONSE_STATUS_LINE,
    RESPONSE_HEADERS,
    RESPONSE_BODY,        /* `left` bytes of it */
    RESPONSE_BODY_TO_END, /* of the connection */
    RESPONSE_CHUNK_SIZE,
    RESPONSE_CHUNK,
    RESPONSE_CHUNK_END,
    RESPONSE_TRAILERS
};

struct http_response { /* zeroed: a stream begins */
    uint8_t stage;
    bool begun; /* a byte of this response has come */
    bool has_length, chunked;
    bool closes; /* no other response follows on this connection */
    uint16_t status;
    uint16_t line_len; /* of a line that is not whole */
    bool line_too_long;
    uint32_t header_bytes;
    uint64_t length;                /* as told */
    uint64_t left;                  /* of the body, or of its chunk */
    uint64_t body_bytes, body_hash; /* FNV-1a */
    const char *wrong;              /* half a sentence, of what failed */
    char line[RESPONSE_LINE_BYTES];
};

/* Takes up to the end of one response.  Returns 1 when one is whole: its status, body_bytes,
 * body_hash and closes stand in r until the next call; 0 when all bytes were taken and more are
 * needed; -EBADMSG with r->wrong.  *ret_used is how many bytes were taken. */
int http_response_feed(struct http_response *r, const uint8_t *bytes, size_t len,
                       size_t *ret_used);

/* The connection has ended.  Returns 1 when that makes a response whole; 0 between responses; -EPROTO in
 * the middle of one. */
int http_response_finish(struct http_response *r);

#endif
