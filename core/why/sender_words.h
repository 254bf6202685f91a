/* core/why/sender_words.h - what the rules ask of a TCP that has bytes to bring to its peer; nobody else
 * includes it. */
#ifndef SOCKEYE_WHY_SENDER_WORDS_H
#define SOCKEYE_WHY_SENDER_WORDS_H

#include "core/why/sighting_words.h"

/* Below this share losses cost little: TCP keeps about 1.2 / sqrt(share) segments on the way
 * (Mathis et al., 1997), a dozen of them at one percent. */
#define LOSS_PERCENT 1
/* What holds it back for half of the time is what it waits for. */
#define MOSTLY_PERCENT 50
/* Data, a zero window's probes, or keep-alives: two without an answer are no accident on a way that
 * loses nothing. */
#define UNANSWERED 2
/* The most that a window could be before RFC 7323, and what Linux announces at first: less is a
 * buffer that was made small. */
#define SMALL_WINDOW 65535
/* What waits in queues on the way, beyond the path's own time.  Linux paces and keeps its own
 * queues below a few ms; a processor that others use may add some more. */
#define QUEUEING_US 10000

/* The socket in question, where it sends; NULL: it does not, or is not there. */
const struct sighting *evidence_sender(const struct evidence *e);
/* Nothing reached it while it was watched. */
bool sender_is_silent(const struct evidence *e, const struct sighting *s);
/* Segments were lost before those that are missing now: the way loses some, and lets others through. */
bool sender_has_lost_before(const struct sighting *s);
/* How often it has asked without an answer; true: often enough to matter. */
bool sender_asks_in_vain(const struct sighting *s, uint64_t *ret_times);
/* Sent again, and not for nothing, while it was watched. */
uint64_t sender_lost(const struct sighting *s);
/* Its round trips take longer than the path alone does: both in us. */
bool sender_is_queueing(const struct sighting *s, uint64_t *ret_rtt, uint64_t *ret_least);
/* The largest window that the peer announced; 0: not known. */
uint64_t sender_window(const struct evidence *e, const struct sighting *s);

/* Whether long packets do not come through, which also looks like loss: rules_path.c. */
enum confidence path_mtu_blackhole(const struct evidence *e, struct saying *ret);

#endif
