#include "core/model/change_owners.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/mem.h"

struct key {
    uint64_t start_ticks;
    int32_t pid;
    uint32_t n_processes;
};

struct change_owner {
    struct key key;
    char comm[PROCESS_COMM_BYTES];
    size_t references;
    UT_hash_handle hh;
};

void change_owners_done(struct change_owners *o)
{
    struct change_owner *owner = o->table, *next;

    HASH_CLEAR(hh, o->table);
    for (; owner; owner = next) {
        next = owner->hh.next;
        free(owner);
    }
}

void change_owners_drop(struct change_owners *o, struct change_owner *owner)
{
    if (!owner || --owner->references)
        return;
    HASH_DEL(o->table, owner);
    free(owner);
}

struct change_owner *change_owners_learn(struct change_owners *o, struct change_owner *before,
                                         const struct snapshot *s, uint32_t inode)
{
    const struct owner *known = snapshot_owner(s, inode);
    const struct process *p;
    struct change_owner *owner;
    struct key key;

    if (!known || known->knowledge != OWNER_KNOWN || !known->n)
        return before;
    p = owner_process(&s->owned, known, 0);
    key = (struct key){.start_ticks = p->start_ticks,
                       .pid = p->pid,
                       .n_processes = (uint32_t)owner_processes(&s->owned, known)};
    if (before && memcmp(&before->key, &key, sizeof(key)) == 0 &&
        strcmp(before->comm, process_name(p)) == 0)
        return before;
    HASH_FIND(hh, o->table, &key, sizeof(key), owner);
    if (!owner) {
        owner = mem_new(1, sizeof(*owner));
        owner->key = key;
        HASH_ADD(hh, o->table, key, sizeof(key), owner);
    }
    /* A process may name itself anew. */
    snprintf(owner->comm, sizeof(owner->comm), "%s", process_name(p));
    owner->references++;
    change_owners_drop(o, before);
    return owner;
}

void change_owner_text(const struct change_owner *owner, char buf[CHANGE_OWNER_BYTES])
{
    size_t n = owner ? owner->key.n_processes : 0;
    char tail[40];

    buf[0] = '\0';
    if (!owner)
        return;
    if (n > 1)
        snprintf(tail, sizeof(tail), " (%d) and %zu more", owner->key.pid, n - 1);
    else
        snprintf(tail, sizeof(tail), " (%d)", owner->key.pid);
    /* The number says which process it was; the name gives way to it. */
    snprintf(buf, CHANGE_OWNER_BYTES, "%.*s%s", (int)(CHANGE_OWNER_BYTES - 1 - strlen(tail)),
             owner->comm, tail);
}
