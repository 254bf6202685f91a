/* core/base/ring.h - a bounded record of what happened, written without waiting.
 *
 * One thread (or, once it is shared, several) writes records of a fixed size, each with a run of bytes of any
 * length beside it; any thread reads them by their number.  The writer overwrites
 * the oldest and never waits for a reader; a reader that comes too late is told so.
 * The journal, the transcript and the packet store are rings.
 *
 * Shared words are atomics, so a torn read cannot happen unnoticed: a reader copies,
 * then looks whether the writer has passed it meanwhile. */
#ifndef SOCKEYE_BASE_RING_H
#define SOCKEYE_BASE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring;

/* n_records and data_bytes are rounded up to powers of two; data_bytes 0 means
 * records only.  Pages that are never written cost no memory. */
struct ring *ring_new(size_t n_records, size_t record_bytes, size_t data_bytes);
/* The same, but data that are overwritten take no record with them: ring_get() then gives the
 * record, and 0 as the length of its data. */
struct ring *ring_new_loose(size_t n_records, size_t record_bytes, size_t data_bytes);
/* How many bytes beside a record are kept from now on, the others are cut.  Any thread.  At first
 * it is as many as there is room for; of a loose ring none. */
void ring_keep_data(struct ring *r, size_t most);
void ring_free(struct ring *r); /* no thread may use it any more */

/* Writers only.  data longer than the whole data area is cut to it. */
void ring_put(struct ring *r, const void *record, const void *data, size_t data_len);

/* The next record is this number, which is not below ring_head(): those between, and all that
 * were kept, are lost.  Writers only. */
void ring_skip(struct ring *r, uint64_t number);

/* From now on several threads may write, each waiting for the record of another; to be called before
 * the second one starts. */
void ring_share(struct ring *r);

/* Records are numbered from 0; ring_head() is how many were ever written, and
 * ring_tail() the oldest that can still be read: head - tail are kept, tail are lost. */
uint64_t ring_head(const struct ring *r);
uint64_t ring_tail(const struct ring *r);

/* Copy record `number` and up to size of its data bytes; *ret_len (may be NULL) is the
 * data's length as stored, which may be more than size.  False when the record has been
 * overwritten or is not written yet; what the outputs hold then means nothing. */
bool ring_get(const struct ring *r, uint64_t number, void *ret_record, void *ret_data,
              size_t size, size_t *ret_len);

#endif
