/* tests/unit/owned.h - owners for snapshots that tests make up. */
#ifndef TESTS_UNIT_OWNED_H
#define TESTS_UNIT_OWNED_H

#include <stdio.h>

#include "core/base/mem.h"
#include "core/model/owner.h"

/* One more owner; inodes come in rising order.  Without a holder it is not known (yet). */
static inline struct owner *an_owner(struct ownership *o, uint32_t inode,
                                     enum owner_knowledge knowledge)
{
    o->owners = mem_resize(o->owners, o->n_owners + 1, sizeof(*o->owners));
    o->owners[o->n_owners] = (struct owner){
        .inode = inode, .knowledge = (uint8_t)knowledge, .first = (uint32_t)o->n_holders};
    return &o->owners[o->n_owners++];
}

/* One more holder of the newest owner: a process of its own. */
static inline struct process *a_holder(struct ownership *o, int32_t pid, int32_t fd,
                                       const char *comm)
{
    struct process *p;

    o->processes = mem_resize(o->processes, o->n_processes + 1, sizeof(*o->processes));
    p = &o->processes[o->n_processes];
    *p = (struct process){.pid = pid};
    snprintf(p->comm, sizeof(p->comm), "%s", comm);
    o->holders = mem_resize(o->holders, o->n_holders + 1, sizeof(*o->holders));
    o->holders[o->n_holders++] =
        (struct holder){.process = (uint32_t)o->n_processes++, .fd = fd};
    o->owners[o->n_owners - 1].n++;
    return p;
}

#endif
