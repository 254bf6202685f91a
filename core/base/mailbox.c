#include "core/base/mailbox.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/mem.h"

struct mailbox {
    _Atomic(void *) letter;
    int fd;
};

struct mailbox *mailbox_new(void)
{
    struct mailbox *m = mem_new(1, sizeof(*m));

    m->fd = mem_eventfd();
    return m;
}

void *mailbox_free(struct mailbox *m)
{
    void *letter;

    if (!m)
        return NULL;
    letter = atomic_load(&m->letter);
    close(m->fd);
    free(m);
    return letter;
}

void *mailbox_put(struct mailbox *m, void *letter)
{
    void *replaced = atomic_exchange(&m->letter, letter);

    eventfd_write(m->fd, 1);
    return replaced;
}

void *mailbox_take(struct mailbox *m)
{
    eventfd_t drained;

    /* First the signal, then the letter: a put in between only wakes us once more. */
    eventfd_read(m->fd, &drained);
    return atomic_exchange(&m->letter, NULL);
}

int mailbox_fd(const struct mailbox *m)
{
    return m->fd;
}
