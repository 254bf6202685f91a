/* The model's packets: looked at some at a time, shown, followed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/model.h"

/* In one go; about a millisecond each. */
#define PACKETS_LOOKED 2048
#define LIST_BUDGET 16384

void model_show_packet(struct model *m, uint64_t number)
{
    uint64_t newest = 0;

    m->has_packet = true;
    m->packet = number;
    m->packet_follows = packet_list_newest(&m->packet_list, &newest) && newest == number;
}

/* The conversation of the packet that is shown, as soon as it has one. */
static bool find_stream(struct model *m)
{
    const struct packet_note *note =
        m->has_packet ? packet_index_note(m->packet_index, m->packet) : NULL;

    if (!m->has_stream || m->stream != CONVERSATION_NONE || !note ||
        note->conversation == CONVERSATION_NONE)
        return false;
    m->stream = note->conversation;
    return true;
}

void model_follow_stream(struct model *m)
{
    m->has_stream = true;
    m->stream = CONVERSATION_NONE;
    find_stream(m);
}

bool model_index_packets(struct model *m)
{
    packet_index_update(m->packet_index, m->packets, PACKETS_LOOKED);
    return packet_index_next(m->packet_index) < ring_head(m->packets);
}

/* The lens at hand. */
static bool update_list(struct model *m)
{
    bool changed =
        packet_list_update(&m->packet_list, m->packet_index, m->packets, LIST_BUDGET);
    uint64_t newest = 0;

    if (m->packet_follows && packet_list_newest(&m->packet_list, &newest) &&
        (!m->has_packet || m->packet != newest)) {
        m->has_packet = true;
        m->packet = newest;
        changed = true;
    }
    return changed;
}

bool model_update_packets(struct model *m)
{
    uint64_t looked = packet_index_next(m->packet_index);
    unsigned lens = m->lens;
    bool changed;

    model_index_packets(m);
    changed = packet_index_next(m->packet_index) != looked;
    if (m->has_second) {
        model_look_through(m, 1 - lens);
        changed |= update_list(m);
        model_look_through(m, lens);
    }
    changed |= update_list(m);
    return find_stream(m) || changed;
}

bool model_packets_behind(const struct model *m)
{
    uint64_t next = packet_index_next(m->packet_index);

    return next < ring_head(m->packets) || m->packet_list.next < next ||
           (m->has_second && m->other.list.next < next);
}

/* NULL: unknown. */
static const char *interface_name(const struct model *m, uint16_t interface)
{
    return m->capture && interface < m->capture->n_interfaces
               ? m->capture->interfaces[interface].name
               : NULL;
}

static void join(const struct model *m, const struct packet *packet, const struct dissection *d,
                 struct joined_packet *ret)
{
    const struct join_sources from = {.sessions = m->sessions,
                                      .n_sessions = m->n_sessions,
                                      .servers = m->servers,
                                      .n_servers = m->n_servers,
                                      .snapshot = m->snapshot,
                                      .gone = &m->gone,
                                      .changes = m->status_changes,
                                      .start_ns = m->start_ns,
                                      .start_wall_ns = m->start_wall_ns};
    const struct flow none = {0};

    packet_join(m->packet_join, &from, d->has_flow ? &d->flow : &none, packet->wall_ns, ret);
}

bool model_packet_joined(const struct model *m, uint64_t number, struct joined_packet *ret)
{
    struct packet packet;
    struct dissection d;

    if (!packet_look(m->packets, number, &packet, &d))
        return false;
    join(m, &packet, &d, ret);
    return true;
}

static void join_owners(const struct model *m, struct packet_view *v, struct packet_facts *ret)
{
    join(m, &v->packet, &v->dissection, &v->joined);
    for (int i = 0; i < 2; i++)
        if (v->joined.ends[i].kind != JOIN_NONE)
            ret->owners[i] = &v->joined.ends[i].owner;
}

bool model_packet_facts(const struct model *m, uint64_t number, unsigned what,
                        struct packet_view *v, struct packet_facts *ret)
{
    const struct packet_note *note = packet_index_note(m->packet_index, number);

    if (!note || !packet_view_read(v, m->packets, number, what & ~(unsigned)FACTS_OWNERS))
        return false;
    *ret = (struct packet_facts){
        .number = number,
        .packet = &v->packet,
        .bytes = v->bytes,
        .captured = v->captured,
        .dissection = &v->dissection,
        .note = note,
        .interface = interface_name(m, v->packet.interface),
    };
    if (what & FACTS_OWNERS)
        join_owners(m, v, ret);
    return true;
}

/* ---- choosing ------------------------------------------------------------------------- */

static bool has_finding(const void *ctx, uint64_t number)
{
    const struct packet_note *note = packet_index_note(ctx, number);

    return note && note->findings;
}

bool model_seek_finding(struct model *m, bool backward)
{
    uint64_t number;

    if (!m->has_packet || !packet_list_seek(&m->packet_list, m->packet, backward, has_finding,
                                            m->packet_index, &number))
        return false;
    model_show_packet(m, number);
    return true;
}

static bool is_of_conversation(const void *ctx, uint64_t number)
{
    const struct model *m = ctx;
    const struct packet_note *shown = packet_index_note(m->packet_index, m->packet);
    const struct packet_note *note = packet_index_note(m->packet_index, number);

    return shown && note && note->conversation == shown->conversation &&
           note->conversation != CONVERSATION_NONE;
}

bool model_seek_conversation(struct model *m, bool backward)
{
    uint64_t number;

    if (!m->has_packet ||
        !packet_list_seek(&m->packet_list, m->packet, backward, is_of_conversation, m, &number))
        return false;
    model_show_packet(m, number);
    return true;
}

static bool passes_filter(void *ctx, uint64_t number)
{
    struct model *m = ctx;
    struct packet_facts facts;

    return model_packet_facts(m, number, m->filter_what, m->filter_view, &facts) &&
           packet_filter_match(m->packet_filter_tree, &facts);
}

static void begin_filter(struct model *m)
{
    m->filter_owners = m->snapshot ? m->snapshot->owned.n_owners : 0;
    m->filter_changes = m->status_changes;
    packet_list_filter(&m->packet_list, m->packet_filter_tree ? passes_filter : NULL, m);
}

/* The lens at hand. */
static void refilter(struct model *m)
{
    bool asks = m->packet_filter_tree && m->filter_what & FACTS_OWNERS;

    if (asks && (m->snapshot->owned.n_owners > m->filter_owners ||
                 m->status_changes != m->filter_changes))
        begin_filter(m);
}

void model_refilter_packets(struct model *m)
{
    unsigned lens = m->lens;

    if (m->has_second) {
        model_look_through(m, 1 - lens);
        refilter(m);
        model_look_through(m, lens);
    }
    refilter(m);
}

int model_set_packet_filter(struct model *m, const char *text, struct err *err)
{
    struct packet_filter *tree = NULL;
    unsigned needs;
    int r;

    if (strlen(text) >= sizeof(m->packet_filter))
        return err_set(err, -EINVAL, "packet filter", "", "it has more than %zu bytes",
                       sizeof(m->packet_filter) - 1);
    r = packet_filter_parse(text, &tree, err);
    if (r < 0)
        return r;
    if (!m->filter_view)
        m->filter_view = mem_new(1, sizeof(*m->filter_view));
    needs = packet_filter_needs(tree);
    m->filter_what = (needs & PACKET_NEEDS_FIELDS ? DECODE_FIELDS : DECODE_FLOW) |
                     (needs & PACKET_NEEDS_OWNERS ? FACTS_OWNERS : 0);
    packet_filter_free(m->packet_filter_tree);
    m->packet_filter_tree = tree;
    snprintf(m->packet_filter, sizeof(m->packet_filter), "%s", tree ? text : "");
    begin_filter(m);
    return 0;
}
