/* core/services/http_parse.h - what the bytes of an HTTP/1.x request say (RFC 9110, RFC 9112).
 *
 * Pure, and incremental: however the bytes are cut, the outcome is the same.  Only whole lines are
 * looked at; nothing is copied, results are places in the caller's bytes.  What could be read in
 * two ways (framing, names, line folding) is refused, never guessed. */
#ifndef SOCKEYE_SERVICES_HTTP_PARSE_H
#define SOCKEYE_SERVICES_HTTP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_LINE_BYTES 8192U         /* the request line with its end; 414 beyond */
#define HTTP_FIELDS_BYTES (32U << 10) /* all header fields with the line that ends them; 431 */
#define HTTP_FIELDS 100U              /* 431 beyond */
#define HTTP_BODY_BYTES (1U << 20)    /* what is read of a body and dropped; 413 beyond */
#define HTTP_TRAILER_BYTES (8U << 10) /* behind the last chunk; 431 beyond */
#define HTTP_BLANK_BYTES 16U          /* empty lines in front of a request */
/* No head is longer, whether it is good or not. */
#define HTTP_HEAD_BYTES (HTTP_BLANK_BYTES + HTTP_LINE_BYTES + HTTP_FIELDS_BYTES)

enum http_method {
    HTTP_UNKNOWN, /* a token that RFC 9110 and RFC 5789 do not have */
    HTTP_GET,
    HTTP_HEAD,
    HTTP_OTHER, /* POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH */
};

enum http_reading {
    HTTP_MORE,  /* it goes on in bytes that are not there yet */
    HTTP_WHOLE, /* all of it was there */
    HTTP_WRONG, /* refused: status and why tell */
};

/* Of the bytes that were read. */
struct http_span {
    uint32_t at, len; /* len 0: it is missing or empty */
};

/* Zero-initialised before the first read. */
struct http_head {
    /* Places: where the next line begins, up to where no line end was found, the request line,
     * the first field. */
    uint32_t at, searched, line_at, fields_at;
    uint32_t n_fields;
    enum http_method method;
    uint8_t minor; /* of HTTP/1.x: 0, or 1 for any later one */
    bool has_line, has_length, has_coding, chunked, expects_continue, expects_other;
    bool says_close, says_keep_alive, keep_alive;
    uint8_t hosts, ranges, n_modified_since, n_if_range, n_none_match; /* counted up to 2 */
    bool twice_chunked, other_coding;
    uint16_t status; /* when it is wrong */
    const char *why; /* half a sentence for the peer */
    uint64_t length; /* of the body, when has_length; UINT64_MAX for any number beyond */
    struct http_span path, query; /* of the target: "/a%20b", "x=1" */
    struct http_span range, modified_since, if_range;
};

/* Read on: bytes begin where the request does and are those of the call before with more behind
 * them.  When whole, h->at is the head's length. */
enum http_reading http_head_read(struct http_head *h, const uint8_t *bytes, size_t len);

/* A body that is read to be dropped. */
struct http_body {
    bool chunked;
    uint8_t step;       /* of a chunked one */
    bool has_size;      /* its chunk: a digit of it */
    uint32_t n_trailer; /* bytes of extensions and trailer fields */
    uint64_t left;      /* of the body, or of its chunk */
    uint64_t taken;     /* of a chunked one */
    uint16_t status;    /* when it is wrong */
    const char *why;
};

/* The body that a head announces: HTTP_WHOLE when there is none, HTTP_MORE, or HTTP_WRONG when it
 * is more than will be read. */
enum http_reading http_body_begin(struct http_body *b, const struct http_head *h);
/* Read on: *ret_used bytes were the body's. */
enum http_reading http_body_read(struct http_body *b, const uint8_t *bytes, size_t len,
                                 size_t *ret_used);

/* RFC 9110, 5.5: may it stand in a field's value? */
bool http_is_value(uint8_t c);

#endif
