/* core/net/engine.h - the thread that owns every socket of ours.
 *
 * Commands go in through a bounded queue, events come out through another; what was called
 * and what was said stand in the journal and the transcript.  A face that does not read its
 * events never stops a socket: statuses are merged and come later. */
#ifndef SOCKEYE_NET_ENGINE_H
#define SOCKEYE_NET_ENGINE_H

#include <stdbool.h>

#include "core/base/bell.h"
#include "core/base/mailbox.h"
#include "core/base/queue.h"
#include "core/base/ring.h"
#include "core/model/command.h"
#include "core/model/event.h"

struct engine;

/* Starts the thread.  Returns 0, or negative errno with err. */
int engine_start(struct engine **ret, struct err *err);

/* Closes every session and server, joins the thread, releases everything the engine gave out
 * (queue, bell, rings).  NULL is a no-op. */
void engine_stop(struct engine *e);

/* Any thread.  The command's reply carries the id that this returns; 0 when the queue is full
 * (then a descriptor in the command is still the caller's). */
uint64_t engine_post(struct engine *e, const struct command *command);
/* False while engine_post() would refuse; for a face that is the only one to post. */
bool engine_takes(const struct engine *e);

/* From now on tell also what each accepted session sends and receives, not only its server's sums
 * and its beginning and end.  Any thread. */
void engine_watch_traffic(struct engine *e);

/* From now on the journal keeps of each send and receive up to so many bytes: what it takes to
 * repeat them.  Any thread. */
void engine_keep_data(struct engine *e, size_t most);

/* Letters are struct option_values, free()d by who takes them: what "get ID all" asked for. */
struct mailbox *engine_options(struct engine *e);
struct queue *engine_events(struct engine *e); /* struct event */
struct bell *engine_news(struct engine *e);    /* journal or transcript grew */
const struct ring *engine_journal(const struct engine *e);
const struct ring *engine_transcript(const struct engine *e);

#endif
