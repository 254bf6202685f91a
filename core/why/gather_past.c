/* A connection that is no more: nothing is tried anew, what was recorded of it is read again. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/packet_index.h"
#include "core/why/gather_internal.h"
#include "core/why/wire_digest.h"
#include "core/wire/flow.h"

/* The last packets and events reach their rings a moment after the call that failed. */
#define LATE_NS (150 * CLOCK_MS_NS)
/* Two clocks, and a connection that began before it was told. */
#define EARLY_NS (100 * CLOCK_MS_NS)
#define PACKET_BYTES 2048

static void say_failure(struct gathering *g, struct attempt *a)
{
    const struct why_past *past = &g->wish->past;
    char from[ADDR_TEXT_BYTES], to[ADDR_TEXT_BYTES];

    evidence_failed(evidence_say(g->e, a->call, past->ended_ns, "%s -> %s: %s (%s)",
                                 addr_format(&a->from, from), addr_format(&a->to, to),
                                 strerrordesc_np(-past->error), err_name(past->error)),
                    past->error);
}

static struct attempt *failed_attempt(struct gathering *g)
{
    const struct why_past *past = &g->wish->past;
    struct attempt *a = evidence_attempt(g->e);

    a->call = past->sending ? "send" : "recv";
    a->from = addr_unmapped(&g->wish->local);
    a->to = addr_unmapped(&g->wish->peer);
    a->cookie = past->cookie;
    a->began_ns = past->began_ns;
    a->elapsed_ns = past->ended_ns - past->began_ns;
    if (past->sending)
        a->send_error = past->error;
    else
        a->recv_error = past->error;
    g->probes->route_look(
        &(struct route_question){.protocol = g->wish->protocol, .to = a->to, .from = a->from},
        &a->route);
    return a;
}

/* --- packets ------------------------------------------------------------------------------ */

/* The first that may be of it: packets stand in the order of their time. */
static uint64_t first_packet(const struct gathering *g, const struct ring *packets)
{
    uint64_t number = ring_head(packets), tail = ring_tail(packets);
    struct packet packet;

    while (number > tail && !gather_stopped(g)) {
        if (!ring_get(packets, number - 1, &packet, NULL, 0, NULL) ||
            packet.wall_ns + EARLY_NS < g->e->began_wall_ns)
            break;
        number--;
    }
    return number;
}

static void digest(struct gathering *g, const struct flow_pick *pick, struct wire_digest *d)
{
    const struct ring *packets = g->wish->past.packets;
    struct dissection *dissection = mem_new(1, sizeof(*dissection));
    uint8_t *bytes = mem_new(PACKET_BYTES, 1);
    uint64_t end = ring_head(packets);
    struct packet packet;
    size_t captured;

    for (uint64_t n = first_packet(g, packets); n < end && !gather_stopped(g); n++)
        if (packet_look(packets, n, &packet, dissection) && dissection->has_flow &&
            flow_match(pick, &dissection->flow, packet.wall_ns) != FLOW_NONE &&
            ring_get(packets, n, &packet, bytes, PACKET_BYTES, &captured))
            wire_digest_add(d, n, &packet, bytes,
                            captured < PACKET_BYTES ? captured : PACKET_BYTES);
    free(bytes);
    free(dissection);
}

static void read_packets(struct gathering *g, struct attempt *a, uint8_t protocol)
{
    int64_t to_monotonic_ns = (int64_t)g->e->began_ns - (int64_t)g->e->began_wall_ns;
    struct flow_pick pick = flow_pick_of(&a->from, &a->to, protocol);
    struct wire_digest *d;

    if (!g->wish->past.packets) {
        evidence_unseen(g->e, "capture", NULL, "capturing was turned off");
        return;
    }
    d = wire_digest_new();
    digest(g, &pick, d);
    wire_digest_facts(d, &a->from, &a->to, protocol, to_monotonic_ns, &a->wire);
    wire_digest_say(d, &a->from, &a->to, protocol, to_monotonic_ns, g->e);
    wire_digest_free(d);
    a->wire.seen = a->wire.syn_out || a->wire.syn_in;
    a->wire.incomplete |= !a->wire.seen;
    if (!a->wire.seen)
        evidence_unseen(g->e, "capture", NULL, "its first packets were not captured");
}

/* --- the kernel's events ------------------------------------------------------------------ */

static bool is_of(const struct kernel_event *event, const struct attempt *a)
{
    return (addr_equal(&event->local, &a->from) && addr_equal(&event->peer, &a->to)) ||
           (addr_equal(&event->local, &a->to) && addr_equal(&event->peer, &a->from));
}

static void read_events(struct gathering *g, const struct attempt *a)
{
    const struct why_past *past = &g->wish->past;
    struct kernel_event event;
    uint64_t end = past->events ? ring_head(past->events) : 0;

    g->e->events_seen = past->events && past->events_all;
    if (!g->e->events_seen)
        evidence_unseen(g->e, "kernel events", NULL, "not all of them were recorded");
    for (uint64_t n = past->events ? ring_tail(past->events) : 0; n < end; n++) {
        if (!ring_get(past->events, n, &event, NULL, 0, NULL) ||
            event.at_ns + EARLY_NS < past->began_ns || !is_of(&event, a))
            continue;
        if (g->e->n_events == EVIDENCE_EVENTS) {
            g->e->events_left_out++;
            continue;
        }
        g->e->events[g->e->n_events++] = event;
        gather_say_event(g, &event);
    }
}

void gather_past(struct gathering *g)
{
    const struct why_past *past = &g->wish->past;
    uint8_t protocol = g->wish->endpoint.scheme == ENDPOINT_UDP ? IPPROTO_UDP : IPPROTO_TCP;
    struct attempt *a;

    /* Times count from its beginning. */
    g->e->began_wall_ns -= g->e->began_ns - past->began_ns;
    g->e->began_ns = past->began_ns;
    a = failed_attempt(g);
    gather_sleep_until(g, past->ended_ns + LATE_NS);
    say_failure(g, a);
    read_packets(g, a, protocol);
    read_events(g, a);
    gather_rows(g, protocol, a->to.port, NULL);
}
