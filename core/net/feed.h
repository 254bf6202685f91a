/* core/net/feed.h - bytes that are made when they are asked for: messages, files, a pattern;
 * repeated, with pauses.
 *
 * What a session sends by itself (session_feed()), and what is expected to come back
 * (core/net/expect.h).  A feed never waits: it says what it waits for.  One owner, one thread. */
#ifndef SOCKEYE_NET_FEED_H
#define SOCKEYE_NET_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/err.h"
#include "core/model/command.h"
#include "core/model/transcript.h"

/* What one datagram takes of a file, as nc does of its stdin, and of the pattern: that fits one
 * Ethernet frame. */
#define FEED_FILE_UNIT_BYTES (16U << 10)
#define FEED_PATTERN_UNIT_BYTES 1400

struct feed;

struct feed *feed_new(void);
void feed_free(struct feed *f); /* NULL is a no-op */

/* Parts come in the order in which they are added. */
void feed_add_bytes(struct feed *f, const void *bytes, size_t len);
/* A regular file, a FIFO or a device, opened now so that what is wrong with it is said now.
 * Returns 0 or negative errno. */
int feed_add_file(struct feed *f, const char *path, struct err *err);
/* The passages of one direction in a JSON transcript, at their times, which are counted from the
 * moment the feed comes to it and divided by speed / COMMAND_SPEED; 0: without pauses.  The file is
 * read as it goes. */
int feed_add_replay(struct feed *f, const char *path, enum direction direction, uint64_t speed,
                    struct err *err);
/* n bytes of RFC 864's pattern, in which a gap shows; UINT64_MAX: without end. */
void feed_add_pattern(struct feed *f, uint64_t n);
/* All parts so often, 0: without end, with a pause between two rounds. */
void feed_repeat(struct feed *f, uint64_t rounds, uint64_t interval_ns);

/* The messages of a connect command, with their escapes, hex digits and files read and their line
 * ends translated.  *ret is NULL when it has none.  Returns 0 or negative errno. */
int feed_of_settings(const struct connect_settings *settings, struct feed **ret,
                     struct err *err);

/* What the same transcripts say was received. */
int feed_of_received(const struct connect_settings *settings, struct feed **ret,
                     struct err *err);

/* It has no end of its own. */
bool feed_endless(const struct feed *f);

/* What it waits for: a descriptor that can be read, else a time. */
struct feed_wait {
    int fd; /* -1: none; the feed's */
    uint64_t at_ns;
};

/* The next bytes: up to size of them, of one part; `units`: what one datagram is to carry.  With a
 * now_ns of UINT64_MAX it never waits for a time.  Returns their number, 0: an empty message;
 * -EAGAIN: none now, ret_wait tells until when; -ENODATA: that was all; else negative errno with
 * err. */
ssize_t feed_next(struct feed *f, uint64_t now_ns, bool units, uint8_t *out, size_t size,
                  struct feed_wait *ret_wait, struct err *err);

#endif
