#include "core/model/owner.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

void ownership_done(struct ownership *o)
{
    free(o->owners);
    free(o->past);
    free(o->holders);
    free(o->processes);
    texts_done(&o->texts);
    *o = (struct ownership){0};
}

static int compare_inode(const void *key, const void *element)
{
    uint32_t inode = *(const uint32_t *)key, other = ((const struct owner *)element)->inode;

    return (inode > other) - (inode < other);
}

const struct owner *ownership_find(const struct ownership *o, uint32_t inode)
{
    if (!o->n_owners)
        return NULL;
    return bsearch(&inode, o->owners, o->n_owners, sizeof(*o->owners), compare_inode);
}

static int compare_cookie(const void *key, const void *element)
{
    uint64_t cookie = *(const uint64_t *)key;
    uint64_t other = ((const struct past_owner *)element)->cookie;

    return (cookie > other) - (cookie < other);
}

const struct owner *ownership_find_past(const struct ownership *o, uint64_t cookie)
{
    const struct past_owner *past = NULL;

    if (o->n_past)
        past = bsearch(&cookie, o->past, o->n_past, sizeof(*o->past), compare_cookie);
    return past ? &past->owner : NULL;
}

const struct process *owner_process(const struct ownership *o, const struct owner *owner,
                                    size_t i)
{
    return &o->processes[o->holders[owner->first + i].process];
}

int32_t owner_fd(const struct ownership *o, const struct owner *owner, size_t i)
{
    return o->holders[owner->first + i].fd;
}

size_t owner_processes(const struct ownership *o, const struct owner *owner)
{
    size_t n = owner->n ? 1 : 0;

    for (size_t i = 1; i < owner->n; i++)
        n += owner_process(o, owner, i) != owner_process(o, owner, i - 1);
    return n;
}

/* What owner_replay() said. */
static atomic_int replayed_pid;

int32_t owner_ourselves(void)
{
    int pid = atomic_load(&replayed_pid);

    return pid ? pid : getpid();
}

void owner_replay(int32_t pid)
{
    atomic_store(&replayed_pid, pid);
}

const char *process_name(const struct process *p)
{
    return p->comm[0] ? p->comm : "?";
}
