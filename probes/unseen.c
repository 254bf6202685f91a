#include "probes/unseen.h"

#include "probes/opens.h"

void unseen_reset(struct unseen *u, const struct changes *c, bool every)
{
    /* What was counted as unseen stays so. */
    *u = (struct unseen){.known = every,
                         .n = u->n,
                         .before = u->n,
                         .before_next = u->n,
                         .opens = u->n,
                         .rows_before = changes_opens(c)};
}

void unseen_look(struct unseen *u, uint64_t now_ns)
{
    uint32_t now = 0;

    u->known = u->known && opens_read(&now);
    if (!u->known || !u->primed)
        return;
    u->opens += (uint32_t)(now - u->at);
    u->at = now;
    if (now_ns < u->next_ns)
        return;
    u->next_ns = now_ns + UNSEEN_NS;
    u->before = u->before_next;
    u->before_next = u->opens;
}

void unseen_tell(struct unseen *u, const struct changes *c, struct snapshot *s)
{
    uint64_t seen = changes_opens(c) - u->rows_before + u->seen;

    /* What was opened during the first look may be in it or not: counted from behind it. */
    if (!u->primed)
        u->known = u->known && opens_read(&u->at);
    u->primed = true;
    if (u->before > seen && u->before - seen > u->n)
        u->n = u->before - seen;
    s->has_unseen = u->known;
    s->unseen = u->n;
}
