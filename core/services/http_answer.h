/* core/services/http_answer.h - what is answered to an HTTP request.
 *
 * Answers are written into the caller's buffer, head and body together; only a file that does not
 * fit goes on.  Any thread. */
#ifndef SOCKEYE_SERVICES_HTTP_ANSWER_H
#define SOCKEYE_SERVICES_HTTP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/services/http_parse.h"

/* Room that every answer finds enough: a head, and a page of ours or a part of a file. */
#define HTTP_ANSWER_BYTES (32U << 10)
/* A page of the user's. */
#define HTTP_TEXT_BYTES 4096U

/* What there is to be had; fixed once it serves. */
struct http_site {
    const char *text; /* the page; NULL: a welcome with the time */
    size_t text_len;
    int directory; /* files below it; -1: none */
    bool list;     /* a directory without index.html is listed */
};

/* What is left to be sent of a file. */
struct http_file {
    int fd; /* -1: nothing */
    uint64_t at, left;
};

/* Write the answer to a whole head, which lies in bytes; size is HTTP_ANSWER_BYTES at least.
 * Returns the bytes written; what follows of a file is the caller's. */
size_t http_answer(const struct http_site *site, const struct http_head *h,
                   const uint8_t *bytes, char *out, size_t size, struct http_file *ret_file);

/* Write the refusal of a request, behind which the connection ends.  The head may have been read
 * in part. */
size_t http_refuse(const struct http_head *h, int status, const char *why, char *out);

/* The interim answer: the body may come (RFC 9110, 15.2.1). */
size_t http_continue(char *out);

/* Read the next bytes of a file; closes it behind the last.  Returns how many; 0 or negative errno
 * when it has become shorter or cannot be read. */
ssize_t http_file_next(struct http_file *f, char *out, size_t size);
void http_file_drop(struct http_file *f);

#endif
