/* Two lenses on the packets: what is at hand stands in the model itself, so that whatever is done with
 * packets is done with those of the lens that is looked through. */
#include "core/model/model.h"

#include <string.h>

static struct packet_lens at_hand(const struct model *m)
{
    struct packet_lens l = {.list = m->packet_list,
                            .has_packet = m->has_packet,
                            .follows = m->packet_follows,
                            .packet = m->packet,
                            .tree = m->packet_filter_tree,
                            .filter_what = m->filter_what,
                            .filter_owners = m->filter_owners,
                            .filter_changes = m->filter_changes};

    memcpy(l.filter, m->packet_filter, sizeof(l.filter));
    return l;
}

static void swap(struct model *m)
{
    struct packet_lens before = at_hand(m), *l = &m->other;

    m->packet_list = l->list;
    m->has_packet = l->has_packet;
    m->packet_follows = l->follows;
    m->packet = l->packet;
    m->packet_filter_tree = l->tree;
    m->filter_what = l->filter_what;
    m->filter_owners = l->filter_owners;
    m->filter_changes = l->filter_changes;
    memcpy(m->packet_filter, l->filter, sizeof(m->packet_filter));
    m->other = before;
    m->lens = 1 - m->lens;
}

void model_look_through(struct model *m, unsigned lens)
{
    if (m->has_second && m->lens != lens)
        swap(m);
}

void model_second_lens(struct model *m, bool on)
{
    if (on == m->has_second)
        return;
    model_look_through(m, 0);
    m->has_second = on;
    if (on) {
        m->other.follows = true;
        packet_list_pick(&m->other.list, m->packet_list.picking ? &m->packet_list.pick : NULL);
        return;
    }
    packet_list_done(&m->other.list);
    packet_filter_free(m->other.tree);
    m->other = (struct packet_lens){0};
}

const char *model_lens_filter(const struct model *m, unsigned lens)
{
    return lens == m->lens ? m->packet_filter : m->other.filter;
}
