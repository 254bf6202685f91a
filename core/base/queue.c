#include "core/base/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/mem.h"

struct queue {
    pthread_mutex_t lock; /* held for one memcpy, never across a call */
    size_t capacity, message_bytes;
    size_t first, count;
    int fd;
    char *messages;
};

static struct queue *make(int fd, size_t capacity, size_t message_bytes)
{
    struct queue *q = mem_new(1, sizeof(*q));

    pthread_mutex_init(&q->lock, NULL);
    q->capacity = capacity;
    q->message_bytes = message_bytes;
    q->messages = mem_new(capacity, message_bytes);
    q->fd = fd;
    return q;
}

struct queue *queue_new(size_t capacity, size_t message_bytes)
{
    return make(mem_eventfd(), capacity, message_bytes);
}

int queue_open(size_t capacity, size_t message_bytes, struct queue **ret)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

    if (fd < 0)
        return -errno;
    *ret = make(fd, capacity, message_bytes);
    return 0;
}

void queue_free(struct queue *q)
{
    if (!q)
        return;
    close(q->fd);
    pthread_mutex_destroy(&q->lock);
    free(q->messages);
    free(q);
}

bool queue_push(struct queue *q, const void *message)
{
    bool room;

    pthread_mutex_lock(&q->lock);
    room = q->count < q->capacity;
    if (room) {
        size_t slot = (q->first + q->count) % q->capacity;

        memcpy(q->messages + slot * q->message_bytes, message, q->message_bytes);
        /* Inside the lock, so that the fd is readable exactly while messages wait. */
        if (q->count++ == 0)
            eventfd_write(q->fd, 1);
    }
    pthread_mutex_unlock(&q->lock);
    return room;
}

bool queue_has_room(struct queue *q)
{
    bool room;

    pthread_mutex_lock(&q->lock);
    room = q->count < q->capacity;
    pthread_mutex_unlock(&q->lock);
    return room;
}

bool queue_pop(struct queue *q, void *ret_message)
{
    bool any;

    pthread_mutex_lock(&q->lock);
    any = q->count > 0;
    if (any) {
        eventfd_t drained;

        memcpy(ret_message, q->messages + q->first * q->message_bytes, q->message_bytes);
        q->first = (q->first + 1) % q->capacity;
        if (--q->count == 0)
            eventfd_read(q->fd, &drained);
    }
    pthread_mutex_unlock(&q->lock);
    return any;
}

int queue_fd(const struct queue *q)
{
    return q->fd;
}
