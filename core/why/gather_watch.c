/* Packets and the kernel's events while an attempt lasts. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/base/thread.h"
#include "core/why/gather_internal.h"
#include "core/why/wire_digest.h"

#define EVENT_RECORDS 4096
#define STORE_RECORDS 16384
#define STORE_BYTES (8U << 20)
#define SNAPLEN 2048 /* headers, and what a peer says first */
/* A watch that has not begun after this long is not waited for. */
#define START_NS (400 * CLOCK_MS_NS)
/* The kernel hands packets over in blocks of 20 ms. */
#define LAST_BLOCK_NS (30 * CLOCK_MS_NS)
/* An answer that must have come is waited for while the machine is busy. */
#define ANSWER_NS (300 * CLOCK_MS_NS)

/* Between two readings of the kernel's events. */
#define STEP_NS (20 * CLOCK_MS_NS)

struct watching {
    struct ring *packets, *events;
    struct bell packet_news;
    struct capture *capture;
    struct capture_status *status; /* the newest; NULL before the first */
    struct kernel_events *kernel;
    bool has_events; /* the kernel tells them */
    struct wire_digest *digest;
    uint64_t next_packet;
    bool lost_packets, lost_events;
    uint64_t next_step_ns;
    uint8_t *bytes;
    /* At the end: */
    const struct probes *probes;
    pthread_t capture_closer, events_closer;
    bool capture_in_thread, events_in_thread;
};

static int64_t to_monotonic_ns(const struct gathering *g)
{
    return (int64_t)g->e->began_ns - (int64_t)g->e->began_wall_ns;
}

static uint8_t protocol_of(const struct why_wish *wish)
{
    if (wish->subject == WHY_SOCKET)
        return wish->protocol;
    return wish->endpoint.scheme == ENDPOINT_UDP ? IPPROTO_UDP : IPPROTO_TCP;
}

/* --- beginning ---------------------------------------------------------------------------- */

static void capture_on(struct gathering *g, uint8_t protocol, const struct addr *addresses,
                       size_t n)
{
    struct watching *w = g->watching;
    char names[ROUTE_INTERFACES][16];

    g->probes->capture_add(w->capture, "lo");
    for (size_t i = 0; i < n; i++) {
        struct route_question question = {.protocol = protocol, .to = addresses[i]};
        size_t ways = g->probes->interfaces_to(&question, names);

        for (size_t k = 0; k < ways; k++)
            if (strcmp(names[k], "lo") != 0)
                g->probes->capture_add(w->capture, names[k]);
    }
}

static void capture_begin(struct gathering *g, uint8_t protocol, uint16_t port,
                          const struct addr *addresses, size_t n)
{
    struct watching *w = g->watching;
    char filter[160];
    struct capture_settings settings = {.snaplen = SNAPLEN, .filter = filter};

    /* ICMP that quotes our packets has no ports of its own. */
    if (!port)
        snprintf(filter, sizeof(filter), "tcp or udp or icmp or icmp6");
    else if (protocol == IPPROTO_UDP)
        snprintf(filter, sizeof(filter), "(udp port %u) or icmp or icmp6", port);
    else /* an answer to a SYN may come from another port: "tcp[]" is of IPv4 only */
        snprintf(
            filter, sizeof(filter),
            "(tcp port %u) or icmp or icmp6 or tcp[13] = 0x12 or (ip6[6] = 6 and ip6[53] = "
            "0x12)",
            port);
    bell_init(&w->packet_news);
    w->packets = ring_new(STORE_RECORDS, sizeof(struct packet), STORE_BYTES);
    w->bytes = mem_new(SNAPLEN, 1);
    w->digest = wire_digest_new();
    if (g->wish->no_capture) {
        evidence_unseen(g->e, "capture", NULL, "capturing was turned off");
        return;
    }
    w->capture = g->probes->capture_start(&settings, w->packets, &w->packet_news);
    capture_on(g, protocol, addresses, n);
}

static bool capture_settled(const struct watching *w)
{
    for (size_t i = 0; w->status && i < w->status->n_interfaces; i++)
        if (w->status->interfaces[i].state == CAPTURE_OPENING)
            return false;
    return w->status && w->status->n_interfaces;
}

static void take_status(struct gathering *g)
{
    struct watching *w = g->watching;
    struct capture_status *status =
        w->capture ? mailbox_take(g->probes->capture_meter(w->capture)) : NULL;

    if (!status)
        return;
    free(w->status);
    w->status = status;
}

static void events_begin(struct gathering *g)
{
    struct watching *w = g->watching;
    const struct kernel_events_status *status;
    const struct err *why_not = NULL;

    w->events = ring_new(EVENT_RECORDS, sizeof(struct kernel_event), 0);
    w->kernel = g->probes->events_open(w->events, true);
    status = g->probes->events_status(w->kernel);
    w->has_events = kernel_events_extent(status, &why_not) == KERNEL_EVENTS_ALL;
    if (!w->has_events)
        evidence_unseen(g->e, "kernel events", why_not ? why_not->hint : NULL, "%s",
                        why_not && why_not->reason[0] ? why_not->reason
                                                      : "not all of them are to be had");
}

static void note_captures(struct gathering *g)
{
    const struct capture_status *status = g->watching->status;

    for (size_t i = 0; status && i < status->n_interfaces; i++)
        if (status->interfaces[i].state == CAPTURE_FAILED)
            evidence_unseen(g->e, "capture", status->interfaces[i].err.hint, "%s: %s",
                            status->interfaces[i].name, status->interfaces[i].err.reason);
    if (!capture_settled(g->watching))
        evidence_unseen(g->e, "capture", NULL, "it did not begin in time");
}

void gather_watch_begin(struct gathering *g, uint8_t protocol, uint16_t port,
                        const struct addr *addresses, size_t n)
{
    if (g->shared) {
        capture_on(g, protocol, addresses, n);
        return;
    }
    g->watching = mem_new(1, sizeof(*g->watching));
    capture_begin(g, protocol, port, addresses, n);
    events_begin(g);
}

void gather_watch_ready(struct gathering *g)
{
    uint64_t until_ns = clock_now_ns() + START_NS;

    if (!g->watching->capture)
        return;
    while (!gather_stopped(g) && !capture_settled(g->watching) && clock_now_ns() < until_ns) {
        struct pollfd fd = {.fd = mailbox_fd(g->probes->capture_meter(g->watching->capture)),
                            .events = POLLIN};

        poll(&fd, 1, 10);
        take_status(g);
    }
    note_captures(g);
}

/* --- while it lasts ------------------------------------------------------------------------- */

static void hand_on(const struct gathering *g, const struct packet *packet, size_t captured)
{
    const struct watching *w = g->watching;
    struct packet_facts facts = {
        .number = w->next_packet, .packet = packet, .bytes = w->bytes, .captured = captured};

    if (w->status && packet->interface < w->status->n_interfaces)
        facts.interface = w->status->interfaces[packet->interface].name;
    g->wish->packet(g->wish->packet_ctx, &facts);
}

static void read_packets(struct gathering *g)
{
    struct watching *w = g->watching;
    uint64_t head = ring_head(w->packets);
    struct packet packet;
    size_t captured;

    for (; w->next_packet < head; w->next_packet++) {
        if (!ring_get(w->packets, w->next_packet, &packet, w->bytes, SNAPLEN, &captured)) {
            w->lost_packets = true;
            continue;
        }
        captured = captured < SNAPLEN ? captured : SNAPLEN;
        wire_digest_add(w->digest, w->next_packet, &packet, w->bytes, captured);
        if (g->wish->packet)
            hand_on(g, &packet, captured);
    }
}

static bool running_on(const struct watching *w, const char *interface)
{
    for (size_t i = 0; w->status && i < w->status->n_interfaces; i++)
        if (strcmp(w->status->interfaces[i].name, interface) == 0)
            return w->status->interfaces[i].state == CAPTURE_RUNNING;
    return false;
}

static bool dropped_any(const struct watching *w)
{
    for (size_t i = 0; w->status && i < w->status->n_interfaces; i++)
        if (w->status->interfaces[i].dropped)
            return true;
    return w->lost_packets;
}

void gather_watch_wire(struct gathering *g, const struct addr *local, const struct addr *peer,
                       uint8_t protocol, struct wire_facts *ret)
{
    struct watching *w = g->watching;
    char interface[16] = "";

    if (!w)
        return;
    take_status(g);
    read_packets(g);
    wire_digest_facts(w->digest, local, peer, protocol, to_monotonic_ns(g), ret);
    g->probes->interface_to(
        &(struct route_question){.protocol = protocol, .to = *peer, .from = *local}, interface);
    ret->seen = interface[0] && running_on(w, interface);
    ret->incomplete |= dropped_any(w);
    memcpy(ret->interface, interface, sizeof(ret->interface));
}

/* --- the end -------------------------------------------------------------------------------- */

void gather_say_event(struct gathering *g, const struct kernel_event *event)
{
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES], what[96] = "";

    if (event->kind == KERNEL_SET_STATE)
        snprintf(what, sizeof(what), " %s -> %s",
                 state_name((enum socket_state)event->old_state),
                 state_name((enum socket_state)event->new_state));
    else if (event->kind == KERNEL_ERROR_REPORT)
        snprintf(what, sizeof(what), " %s", err_name(event->error));
    else if (event->reason[0])
        snprintf(what, sizeof(what), ", reason %s", event->reason);
    evidence_say(g->e, "kernel events", event->at_ns, "%s %s -> %s%s",
                 kernel_event_name((enum kernel_event_kind)event->kind),
                 addr_format(&event->local, local), addr_format(&event->peer, peer), what);
}

static bool concerns(const struct gathering *g, const struct kernel_event *event)
{
    uint16_t port =
        g->wish->subject == WHY_SOCKET ? g->wish->local.port : g->wish->endpoint.port;
    bool peers = g->wish->subject == WHY_SOCKET && g->e->peer.port;

    if (event->at_ns < g->since_ns)
        return false;
    /* A drop tells no addresses, only when it was; a listener has the port of what it took. */
    return event->kind == KERNEL_DROP || event->local.port == port ||
           event->peer.port == port || (peers && event->local.port == g->e->peer.port);
}

static void read_events(struct gathering *g)
{
    struct watching *w = g->watching;
    struct kernel_event event;
    uint64_t head;

    g->probes->events_read(w->kernel);
    head = ring_head(w->events);
    /* What went before a gathering over a watch of others is no loss of its own. */
    if (g->shared && g->next_event < ring_tail(w->events))
        g->next_event = ring_tail(w->events);
    for (; g->next_event < head; g->next_event++) {
        if (!ring_get(w->events, g->next_event, &event, NULL, 0, NULL)) {
            w->lost_events = true;
            continue;
        }
        if (!concerns(g, &event))
            continue;
        /* Of drops, which a busy host has many of, some tell as much as all. */
        if (event.kind == KERNEL_DROP && g->e->n_events >= EVIDENCE_EVENTS / 2)
            continue;
        if (g->e->n_events == EVIDENCE_EVENTS) {
            g->e->events_left_out++;
            continue;
        }
        /* There may be thousands of these; they leave room for what tells more. */
        if (g->e->n_events >= EVIDENCE_EVENTS / 2 &&
            (event.kind == KERNEL_DROP || event.kind == KERNEL_RETRANSMIT))
            continue;
        g->e->events[g->e->n_events++] = event;
        if (event.kind != KERNEL_DROP)
            gather_say_event(g, &event);
    }
    g->next_event = head;
}

void gather_watch_step(struct gathering *g)
{
    struct watching *w = g->watching;

    if (!w || !w->kernel || clock_now_ns() < w->next_step_ns)
        return;
    read_events(g);
    w->next_step_ns = clock_now_ns() + STEP_NS;
}

/* Captured is what leaves: behind all translation of its source. */
static const struct addr *own_end(const struct attempt *a)
{
    return a->outside.family == AF_UNSPEC ? &a->from : &a->outside;
}

static void say_flows(struct gathering *g)
{
    if (g->wish->subject == WHY_SOCKET)
        wire_digest_say(g->watching->digest, &g->wish->local, &g->wish->peer,
                        protocol_of(g->wish), to_monotonic_ns(g), g->e);
    for (size_t i = 0; i < g->e->n_attempts; i++)
        wire_digest_say(g->watching->digest, own_end(&g->e->attempts[i]), &g->e->attempts[i].to,
                        protocol_of(g->wish), to_monotonic_ns(g), g->e);
}

/* Somebody answered it: there must be a packet. */
static bool was_answered(const struct gathering *g, const struct attempt *a)
{
    if (protocol_of(g->wish) == IPPROTO_TCP)
        return !a->undecided && !a->in_call;
    return a->received_bytes || a->recv_error;
}

/* The calls told of more than the packets that are here. */
static bool lacks_packets(const struct gathering *g, const struct attempt *a)
{
    const struct wire_facts *wire = &a->wire;
    bool reset = a->recv_error == -ECONNRESET || a->send_error == -ECONNRESET;

    return protocol_of(g->wish) == IPPROTO_TCP &&
           ((reset && !wire->rst_in) || (a->peer_closed && !wire->fin_in) ||
            (a->sent_bytes && !wire->payload_out_bytes) ||
            a->received_bytes > wire->payload_in_bytes);
}

/* Every attempt that was answered has its answer among the packets. */
static bool has_answers(struct gathering *g, bool certainly)
{
    for (size_t i = 0; i < g->e->n_attempts; i++) {
        struct attempt *a = &g->e->attempts[i];

        gather_watch_wire(g, own_end(a), &a->to, protocol_of(g->wish), &a->wire);
        if (a->wire.seen && !a->undecided && !a->wire.packets_in && !a->wire.n_icmp &&
            (!certainly || was_answered(g, a)))
            return false;
        if (a->wire.seen && lacks_packets(g, a))
            return false;
    }
    return g->e->n_attempts > 0;
}

/* The last packets may still wait in a block of the kernel's. */
static void await_packets(struct gathering *g)
{
    bool connects = g->wish->subject == WHY_CONNECT;

    while (!gather_stopped(g)) {
        uint64_t waited_ns = clock_now_ns() - g->acted_ns;

        if (connects && has_answers(g, waited_ns > LAST_BLOCK_NS))
            break;
        if (waited_ns > (connects ? ANSWER_NS : LAST_BLOCK_NS))
            break;
        gather_sleep_until(g, clock_now_ns() + 2 * CLOCK_MS_NS);
    }
    read_packets(g);
}

static void *close_capture(void *arg)
{
    struct watching *w = arg;

    w->probes->capture_stop(w->capture);
    return NULL;
}

static void *close_events(void *arg)
{
    struct watching *w = arg;

    w->probes->events_close(w->kernel);
    return NULL;
}

/* To give back the kernel's rings and its events takes tens of milliseconds each: beside what is left to
 * do. */
static void watch_close_begin(struct gathering *g)
{
    struct watching *w = g->watching;

    w->probes = g->probes;
    w->capture_in_thread = thread_start(&w->capture_closer, "capture", close_capture, w) == 0;
    if (!w->capture_in_thread)
        close_capture(w);
    w->events_in_thread = thread_start(&w->events_closer, "events", close_events, w) == 0;
    if (!w->events_in_thread)
        close_events(w);
}

static void watch_close_end(struct gathering *g)
{
    struct watching *w = g->watching;

    if (w->capture_in_thread)
        pthread_join(w->capture_closer, NULL);
    if (w->events_in_thread)
        pthread_join(w->events_closer, NULL);
    bell_done(&w->packet_news);
    ring_free(w->packets);
    ring_free(w->events);
    wire_digest_free(w->digest);
    free(w->status);
    free(w->bytes);
    free(w);
    g->watching = NULL;
}

void gather_watch_end(struct gathering *g)
{
    struct watching *w = g->watching;

    if (!w)
        return;
    await_packets(g);
    read_events(g);
    for (size_t i = 0; i < g->e->n_attempts; i++)
        gather_watch_wire(g, own_end(&g->e->attempts[i]), &g->e->attempts[i].to,
                          protocol_of(g->wish), &g->e->attempts[i].wire);
    if (g->wish->subject == WHY_SOCKET)
        gather_watch_wire(g, &g->wish->local, &g->wish->peer, protocol_of(g->wish),
                          &g->e->wire);
    g->e->events_seen = w->has_events && !w->lost_events && !g->e->events_left_out;
    say_flows(g);
    if (!g->shared)
        watch_close_begin(g);
}

void gather_watch_done(struct gathering *g)
{
    if (g->watching && !g->shared)
        watch_close_end(g);
}

/* --- one for several -------------------------------------------------------------------------- */

void gather_watch_open(struct gathering *g, const struct addr *addresses, size_t n)
{
    gather_watch_begin(g, IPPROTO_TCP, 0, addresses, n);
}

void gather_watch_pump(struct gathering *g)
{
    take_status(g);
    read_packets(g);
    g->probes->events_read(g->watching->kernel);
}

bool gather_watch_tells(const struct gathering *g)
{
    return g->watching->has_events && !g->watching->lost_events;
}

bool gather_watch_local(struct gathering *g, const struct addr *peer, uint64_t from_ns,
                        uint64_t to_ns, struct addr *ret)
{
    struct addr wanted = addr_unmapped(peer);
    struct kernel_event event;
    bool began = false;
    uint64_t head;

    g->probes->events_read(g->watching->kernel);
    head = ring_head(g->watching->events);
    for (uint64_t i = ring_tail(g->watching->events); i < head; i++) {
        struct addr end;

        if (!ring_get(g->watching->events, i, &event, NULL, 0, NULL) ||
            event.kind != KERNEL_SET_STATE || event.at_ns < from_ns || event.at_ns > to_ns)
            continue;
        end = addr_unmapped(&event.peer);
        if (!addr_equal(&end, &wanted))
            continue;
        began = true;
        /* The first state comes before the port is chosen. */
        if (!event.local.port)
            continue;
        *ret = addr_unmapped(&event.local);
        break;
    }
    return began;
}

void gather_watch_close(struct gathering *g)
{
    watch_close_begin(g);
    watch_close_end(g);
}
