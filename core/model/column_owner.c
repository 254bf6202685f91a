/* Columns of the processes that hold a socket. */
#include "core/base/line.h"
#include "core/model/column_put.h"

const char *row_without_inode(const struct row *row)
{
    switch (row->state) {
    case STATE_TIME_WAIT:
        return "TIME_WAIT has no process";
    case STATE_NEW_SYN_RECV:
    case STATE_SYN_RECV:
        return "a handshake under way has no process";
    case STATE_ESTABLISHED:
    case STATE_CLOSE_WAIT:
        return "not accepted yet";
    default:
        return "its process closed it";
    }
}

/* The owner when it is known; NULL after *v says why not. */
static const struct owner *owner_for(const struct snapshot *s, const struct row *row,
                                     struct value *v)
{
    const struct owner *owner = snapshot_owner_of(s, row);

    if (owner && owner->knowledge == OWNER_NOT_PERMITTED)
        put_unknown(v, "not permitted");
    else if (owner && owner->knowledge == OWNER_KNOWN && owner->n)
        return owner;
    else if (row_of_kernel(row))
        put_none(v, "it is the kernel's own");
    else if (!row->inode)
        put_none(v, row_without_inode(row));
    else if (owner && owner->knowledge == OWNER_NONE)
        put_none(v, "no process holds it");
    return NULL;
}

/* "python3 (812) fd 3 fd 4, nginx (90) fd 6" */
GET(owners)
{
    const struct owner *owner = owner_for(s, row, v);
    const struct process *before = NULL;
    size_t left, written = 0;
    struct line_out l = line_in(v->text, sizeof(v->text) - 40);

    if (!owner)
        return;
    left = owner_processes(&s->owned, owner);
    for (size_t i = 0; i < owner->n; i++) {
        const struct process *p = owner_process(&s->owned, owner, i);

        if (p != before) {
            /* A name and its first descriptor need this much. */
            if (l.used + PROCESS_COMM_BYTES * 4 + 40 > l.size)
                break;
            line_add(&l, "%s%s (%d)", written ? ", " : "", process_name(p), p->pid);
            before = p;
            written++;
        }
        line_add(&l, " fd %d", owner_fd(&s->owned, owner, i));
    }
    l.size = sizeof(v->text);
    if (written < left)
        line_add(&l, " and %zu more", left - written);
    if (owner->past)
        line_add(&l, " (before)");
    v->kind = VALUE_TEXT;
    v->len = l.used;
}

/* What the first holder says, for those who want one. */
static const struct process *first_process(const struct snapshot *s, const struct row *row,
                                           struct value *v)
{
    const struct owner *owner = owner_for(s, row, v);

    return owner ? owner_process(&s->owned, owner, 0) : NULL;
}

GET(pid)
{
    const struct process *p = first_process(s, row, v);

    if (p)
        put_number(v, (uint64_t)p->pid);
}

GET(fd)
{
    const struct owner *owner = owner_for(s, row, v);

    if (owner)
        put_number(v, (uint64_t)owner_fd(&s->owned, owner, 0));
}

GET(comm)
{
    const struct process *p = first_process(s, row, v);

    if (p)
        put_text(v, process_name(p));
}

static void put_known(struct value *v, uint32_t number)
{
    if (number)
        put_number(v, number);
    else
        put_unknown(v, "not known of this process");
}

GET(fds)
{
    const struct process *p = first_process(s, row, v);

    if (p)
        put_known(v, p->fds);
}

GET(fd_limit)
{
    const struct process *p = first_process(s, row, v);

    if (p)
        put_known(v, p->fd_limit);
}

GET(holders)
{
    const struct owner *owner = owner_for(s, row, v);

    if (owner)
        put_number(v, owner_processes(&s->owned, owner));
}

GET(command)
{
    const struct process *p = first_process(s, row, v);

    if (!p)
        return;
    if (p->command)
        put_text(v, texts_at(&s->owned.texts, p->command));
    else
        put_unknown(v, "not known of this process");
}

GET(container)
{
    const struct process *p = first_process(s, row, v);

    if (!p)
        return;
    if (p->container)
        put_text(v, texts_at(&s->owned.texts, p->container));
    else
        put_none(v, "in none that is known");
}

#define OWNER_TEXT(id, title_, meaning_)                                                       \
    {                                                                                          \
        .name = #id, .title = title_, .owners = true, .meaning = meaning_, .get = get_##id     \
    }
#define OWNER_NUMBER(id, title_, unit_, meaning_)                                              \
    {                                                                                          \
        .name = #id, .title = title_, .unit = unit_, .right = true, .owners = true,            \
        .meaning = meaning_, .get = get_##id                                                   \
    }

static const struct column columns[] = {
    OWNER_TEXT(owners, "Owner",
               "Every process that holds it, with its descriptors; - is none, ? is one that "
               "may not be seen."),
    OWNER_NUMBER(pid, "Pid", UNIT_NONE, "The first process that holds it."),
    OWNER_NUMBER(fd, "Fd", UNIT_NONE, "The descriptor of that process."),
    OWNER_TEXT(comm, "Process", "The name of that process."),
    OWNER_TEXT(command, "Command", "The command line of that process."),
    OWNER_TEXT(container, "Container", "The container that process runs in."),
    OWNER_NUMBER(fds, "Fds", UNIT_COUNT, "How many descriptors that process has open."),
    OWNER_NUMBER(
        fd_limit, "Fd-Limit", UNIT_COUNT,
        "How many it may have (RLIMIT_NOFILE); near it accept(2) and connect(2) fail."),
    OWNER_NUMBER(holders, "Holders", UNIT_COUNT,
                 "How many processes hold it; more than one after fork(2), as a server's "
                 "workers do."),
};

const struct column *columns_of_owner(size_t *ret_n)
{
    *ret_n = sizeof(columns) / sizeof(columns[0]);
    return columns;
}
