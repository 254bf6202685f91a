/* core/report/transcript.h - transcripts as files: what was sent and received, and when.
 *
 * Three forms: text for people, hex dumps (each passage is a packet to text2pcap), and JSON, an object a line, which can be read again.  Everything
 * that came from outside is clean in each of them. */
#ifndef SOCKEYE_REPORT_TRANSCRIPT_H
#define SOCKEYE_REPORT_TRANSCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/ring.h"
#include "core/model/command.h"
#include "core/model/transcript.h"

/* The most bytes of one passage. */
#define TRANSCRIPT_PASSAGE_BYTES (64U << 10)
/* The longest line of a file that is read: such a passage as hex and as text, every byte \xNN in
 * JSON, and what stands around it. */
#define TRANSCRIPT_LINE_BYTES (8 * TRANSCRIPT_PASSAGE_BYTES)

/* ---- writing -------------------------------------------------------------------------- */

struct transcript_file;

/* An existing regular file is replaced, a symbolic link is not followed.  Returns 0 or negative errno. */
int transcript_create(const char *path, enum transcript_format format,
                      struct transcript_file **ret, struct err *err);
/* Add a passage of which the first `kept` bytes are there; it is out when this returns.  Times count
 * from the first passage.  Where it could not be written nothing of it is in the file.  -ENOENT: the
 * file was deleted or replaced meanwhile, -ENODATA: it was cut. */
int transcript_put(struct transcript_file *f, const struct passage *p, const void *bytes,
                   size_t kept, struct err *err);
/* NULL is a no-op.  What transcript_put() said is not said again. */
int transcript_close(struct transcript_file *f, struct err *err);

/* What became of a session's passages in a ring. */
struct transcript_saved {
    uint64_t passages;
    uint64_t sent_bytes, received_bytes; /* that are in the file */
    uint64_t cut_passages;               /* of which only the beginning was kept */
};

/* Write what the ring still has of a session. */
int transcript_save(const struct ring *ring, uint64_t session_id, const char *path,
                    enum transcript_format format, struct transcript_saved *ret,
                    struct err *err);

/* ---- reading -------------------------------------------------------------------------- */

/* One line of a JSON transcript, without its line end.  at_ns counts from the transcript's
 * beginning.  out has TRANSCRIPT_PASSAGE_BYTES.  Returns 0, or -EINVAL with what is wrong in err's reason. */
int transcript_parse(const char *line, size_t len, struct passage *ret, uint8_t *out,
                     size_t *ret_len, struct err *err);

struct transcript_reader;

int transcript_open(const char *path, struct transcript_reader **ret, struct err *err);
void transcript_reader_free(struct transcript_reader *r); /* NULL is a no-op */
/* The next passage whose bytes are all there; valid until the next call.  Returns 0; -ENODATA
 * at the end; else negative errno with err, which names file, line and reason. */
int transcript_next(struct transcript_reader *r, struct passage *ret, const uint8_t **ret_bytes,
                    size_t *ret_len, struct err *err);
/* Read a whole file and say whether all of it can be used. */
int transcript_check(const char *path, struct err *err);

#endif
