/* core/base/queue.h - a bounded queue of fixed-size messages between threads.
 *
 * Any thread may push, one thread pops.  Nobody waits: a full queue refuses, and
 * what that means (wait, merge, count a loss) is the pusher's business. */
#ifndef SOCKEYE_BASE_QUEUE_H
#define SOCKEYE_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct queue;

struct queue *queue_new(size_t capacity, size_t message_bytes);
/* Likewise, for one that can be done without: negative errno when no descriptor is left. */
int queue_open(size_t capacity, size_t message_bytes, struct queue **ret);
void queue_free(struct queue *q); /* messages still inside are dropped as bytes */

/* Copies the message in; false when the queue is full. */
bool queue_push(struct queue *q, const void *message);

/* False when a push would be refused.  What it says holds for the only thread that pushes. */
bool queue_has_room(struct queue *q);

/* Copies the oldest message out; false when there is none. */
bool queue_pop(struct queue *q, void *ret_message);

/* An eventfd that is readable while messages wait; owned by the queue. */
int queue_fd(const struct queue *q);

#endif
