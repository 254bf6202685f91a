/* tests/unit/sightings.h - evidence of a connection that was watched, made by hand. */
#ifndef SOCKEYE_TESTS_SIGHTINGS_H
#define SOCKEYE_TESTS_SIGHTINGS_H

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/model/tcp_info.h"
#include "core/why/verdict.h"

#define INFO_BYTES 280
#define MSS 1448

static inline struct addr end_of(uint8_t host, uint16_t port)
{
    return addr_make(AF_INET, (const uint8_t[]){10, 0, 0, host}, port);
}

/* A value of TCP_INFO, as the kernel lays it out on this machine. */
static inline void set_info(struct socket_detail *d, enum tcp_info_id id, uint64_t value)
{
    const struct tcp_info_field *f = tcp_info_field(id);
    uint8_t u8 = (uint8_t)value;
    uint16_t u16 = (uint16_t)value;
    uint32_t u32 = (uint32_t)value;

    switch (f->bytes) {
    case 8:
        memcpy(d->info + f->place, &value, 8);
        break;
    case 4:
        memcpy(d->info + f->place, &u32, 4);
        break;
    case 2:
        memcpy(d->info + f->place, &u16, 2);
        break;
    default:
        d->info[f->place] = u8;
    }
}

static inline void set_both(struct sighting *s, enum tcp_info_id id, uint64_t value)
{
    set_info(&s->detail, id, value);
    set_info(&s->detail_later, id, value);
}

/* A connection of a process that does nothing, seen twice within a second. */
static inline struct sighting *sight(struct evidence *e, enum sighting_role role)
{
    struct sighting *s = evidence_sighting(e);
    bool ours = role == ROLE_OURS;

    s->role = (uint8_t)role;
    s->own_netns = true;
    s->row = (struct row){.cookie = ours ? 1 : 2,
                          .kind = KIND_TCP,
                          .state = STATE_ESTABLISHED,
                          .inode = ours ? 100 : 200,
                          .local = ours ? end_of(1, 4000) : end_of(2, 80),
                          .peer = ours ? end_of(2, 80) : end_of(1, 4000)};
    s->detail = (struct socket_detail){.known = DETAIL_MEMINFO | DETAIL_INFO,
                                       .rcvbuf = 131072,
                                       .sndbuf = 87040,
                                       .info_bytes = INFO_BYTES};
    s->owner = OWNER_KNOWN;
    s->n_holders = 1;
    s->process =
        (struct process_facts){.pid = ours ? 812 : 813, .has_state = true, .state = 'S'};
    snprintf(s->process.comm, sizeof(s->process.comm), "%s", ours ? "client" : "server");
    s->later = true;
    s->between_ns = CLOCK_SECOND_NS;
    s->row_later = s->row;
    s->detail_later = s->detail;
    set_both(s, TCP_INFO_snd_wnd, 65536);
    set_both(s, TCP_INFO_rcv_wnd, 65536);
    set_both(s, TCP_INFO_snd_mss, MSS);
    set_both(s, TCP_INFO_snd_cwnd, 10);
    set_both(s, TCP_INFO_rtt, 200);
    set_both(s, TCP_INFO_min_rtt, 100);
    return s;
}

static inline struct sighting *watched(struct evidence **ret)
{
    struct evidence *e = evidence_new();

    *ret = e;
    e->subject = WHY_SOCKET;
    e->rows_seen = true;
    e->local = end_of(1, 4000);
    e->peer = end_of(2, 80);
    e->wire.seen = true;
    e->route = (struct route_facts){
        .seen = true, .kind = ROUTE_UNICAST, .up = true, .carrier = true, .interface = "eth0"};
    e->home = e->route;
    return sight(e, ROLE_OURS);
}

static inline void stop(struct sighting *s)
{
    s->process.state = s->process_state_later = 'T';
    s->n_stopped = 1;
}

static inline void holds(struct sighting *s, uint32_t rqueue, uint32_t wqueue)
{
    s->row.rqueue = s->row_later.rqueue = rqueue;
    s->row.wqueue = s->row_later.wqueue = wqueue;
}

static inline void in_state(struct sighting *s, enum socket_state state)
{
    s->row.state = s->row_later.state = (uint8_t)state;
}

static inline struct kernel_event *happens(struct evidence *e, enum kernel_event_kind kind,
                                           struct addr local, struct addr peer,
                                           const char *reason)
{
    struct kernel_event *k = &e->events[e->n_events++];

    *k = (struct kernel_event){
        .kind = (uint8_t)kind, .local = local, .peer = peer, .at_ns = e->n_events};
    snprintf(k->reason, sizeof(k->reason), "%s", reason);
    return k;
}

/* The verdict is this one, so sure or surer; the evidence is gone then. */
static inline void expect_verdict(struct evidence *e, const char *cause, enum confidence least,
                                  const char *file, int line)
{
    struct verdict v;

    why_judge(e, &v);
    evidence_free(e);
    if (strcmp(v.cause, cause) != 0 || v.confidence < least)
        print_error("%s:%d: %s, %s: %s\n", file, line, v.cause, confidence_name(v.confidence),
                    v.summary);
    assert_string_equal(v.cause, cause);
    assert_true(v.confidence >= least);
}

/* The verdict is this one, and just so sure. */
static inline void expect_just(struct evidence *e, const char *cause, enum confidence sure)
{
    struct verdict v;

    why_judge(e, &v);
    evidence_free(e);
    assert_string_equal(v.cause, cause);
    assert_int_equal(v.confidence, sure);
}

#define expect_cause(e, cause, least) expect_verdict(e, cause, least, __FILE__, __LINE__)
#define CERTAIN CONFIDENCE_CERTAIN
#define LIKELY CONFIDENCE_LIKELY
#define POSSIBLE CONFIDENCE_POSSIBLE

#endif
