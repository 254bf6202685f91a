/* core/report/stream.h - the bytes of a conversation for people, for programs, and as they were.
 *
 * Text, dump, JSON and messages are printable whatever was sent; raw bytes are what they are, and
 * only for files and pipes.  What is missing is said at its place, but for raw bytes: there only
 * the counts in struct stream_sum tell. */
#ifndef SOCKEYE_REPORT_STREAM_H
#define SOCKEYE_REPORT_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/wire/stream.h"

enum stream_form {
    /* 127.0.0.1:51826 → 127.0.0.1:4000  17 bytes  packet 12  0.000123
     * at each change of direction, and for each datagram; behind it the text: line feeds end lines
     * (with a CR before them), what is not printable becomes \xNN. */
    STREAM_TEXT,
    STREAM_HEX,     /* the same with rows of a dump; offsets count in their direction */
    STREAM_RAW,     /* nothing but the bytes */
    STREAM_JSON,    /* one object a chunk, a line each */
    STREAM_MESSAGES /* the framed messages in it, with header fields and content */
};

/* "text", "hex", "raw", "json", "messages". */
#define STREAM_FORMS 5
extern const char *const stream_form_names[STREAM_FORMS];
/* False: there is none of that name. */
bool stream_form_by_name(const char *name, enum stream_form *ret);

enum { STREAM_BOTH, STREAM_ONLY_FIRST, STREAM_ONLY_SECOND };

struct stream_shape {
    enum stream_form form;
    uint8_t only; /* STREAM_BOTH, STREAM_ONLY_...: whose bytes are wanted */
    const char *
        ends[2]; /* FROM_FIRST's and FROM_SECOND's: "127.0.0.1:4000"; cleaned here; NULL: "?" */
    uint64_t start_ns; /* wall time from which times count; 0: the first chunk's */
};

/* What came out. */
struct stream_sum {
    uint64_t chunks;
    uint64_t bytes[2];      /* by direction */
    uint64_t missing_bytes; /* in gaps */
    uint64_t lost_bytes;    /* to the bound of the stream, before what came out; of both */
    uint64_t messages;      /* STREAM_MESSAGES */
};

/* Takes a piece of what is written; pieces are not lines.  0 to go on, else it ends there. */
typedef int stream_put(void *ctx, const char *bytes, size_t len);

/* Write all that the stream has.  Returns 0 or what put() gave; ret_sum may be NULL. */
int stream_report(const struct stream *s, const struct stream_shape *shape, stream_put *put,
                  void *ctx, struct stream_sum *ret_sum);

/* The same into a file; an existing one is replaced, a symbolic link is not followed.  Returns 0
 * or negative errno with err. */
int stream_save(const struct stream *s, const struct stream_shape *shape, const char *path,
                struct stream_sum *ret_sum, struct err *err);

#endif
