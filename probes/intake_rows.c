/* Rows as they come in, one after the other. */
#include <errno.h>

#include "core/base/mem.h"
#include "probes/guard/plumbing.h"
#include "probes/intake_internal.h"

void intake_filter(const struct filter *filter, struct snapshot *s)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->n_rows; i++)
        if (filter_match(filter, s, &s->rows[i]))
            s->rows[kept++] = s->rows[i];
    s->n_rows = kept;
}

void intake_empty(struct intake *in, struct snapshot *s)
{
    s->n_rows = 0;
    s->details_bytes = 0;
    texts_clear(&s->names);
    in->n_interfaces = 0;
}

uint32_t intake_interface(struct intake *in, uint32_t index)
{
    char name[DIAG_INTERFACE_BYTES];
    uint32_t place;

    for (size_t i = in->n_interfaces; i-- > 0;)
        if (in->interfaces[i].index == index)
            return in->interfaces[i].place;
    place = texts_add(&in->s->names, name, diag_interface(in->diag, index, name));
    if (in->n_interfaces < INTAKE_INTERFACES)
        in->interfaces[in->n_interfaces++] =
            (struct interface_place){.index = index, .place = place};
    return place;
}

static struct row *new_row(struct intake *in)
{
    struct snapshot *s = in->s;

    if (s->n_rows == in->room) {
        in->room = in->room ? 2 * in->room : 256;
        s->rows = mem_resize(s->rows, in->room, sizeof(*s->rows));
    }
    return &s->rows[s->n_rows];
}

static void count(struct snapshot *s, const struct row *row)
{
    s->n_total++;
    s->n_kinds[row->kind]++;
    if (row->kind == KIND_TCP)
        s->n_states[row->state]++;
}

int intake_take(struct intake *in, const struct row *told, const char *name, size_t name_len,
                const struct socket_detail *detail)
{
    const struct intake_order *order = in->order;
    struct snapshot *s = in->s;
    struct row *row = new_row(in);
    size_t names_used, details_bytes = s->details_bytes;

    if (s->n_total == INTAKE_ROWS_MAX)
        return -EOVERFLOW;
    if (KINDS_UNIX & KIND_BIT(told->kind) && plumbing_has(told->inode))
        return 0;
    count(s, told);
    *row = *told;
    row->netns = in->netns;
    if (row->interface)
        row->name = intake_interface(in, row->interface);
    names_used = s->names.used;
    if (name_len)
        row->name = texts_add(&s->names, name, name_len);
    if (detail)
        snapshot_attach(s, row, detail);
    if (order->filter && !filter_match(order->filter, s, row)) {
        s->names.used = names_used;
        s->details_bytes = details_bytes;
        return 0;
    }
    if (++s->n_rows < order->part_rows || !order->part_rows)
        return 0;
    in->n_parts++;
    in->ended = !order->part(order->ctx);
    return in->ended ? -ECANCELED : 0;
}
