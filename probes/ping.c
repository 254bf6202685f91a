#include "probes/ping.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "probes/ping_socket.h"
#include "probes/route.h"

/* Probes that are remembered.  More than are sent in PING_TIMEOUT_MAX_NS at the shortest interval,
 * and few enough that 16 bits of a sequence number tell which is meant. */
#define WINDOW 32768
/* When the kernel has no room for a packet. */
#define RETRY_NS (10 * CLOCK_MS_NS)
#define RETRIES 100
/* A path MTU search that knows how fast the host answers waits for this many times that, and no
 * less than PATIENCE_MIN_NS. */
#define PATIENCE 4
#define PATIENCE_MIN_NS (200 * CLOCK_MS_NS)
#define HEADER_V4 20
#define HEADER_V6 40

struct probe {
    uint64_t sequence; /* 0: never used */
    uint64_t sent_ns, sent_wall_ns, expires_ns;
    uint32_t bytes;          /* ICMP header and payload */
    bool decided, was_error; /* an outcome was told; it was no reply */
    bool answered;
};

struct ping {
    struct ping_settings settings;
    struct ping_socket socket;
    struct probe *window; /* by sequence % WINDOW */
    uint64_t sent;        /* the newest sequence; they begin with 1 */
    uint64_t oldest;      /* none before it waits for its fate */
    uint64_t answered_up_to;
    uint64_t send_at_ns;
    unsigned retries;    /* of the probe that is due */
    uint64_t slowest_ns; /* of the replies; 0: none yet */
    struct path_mtu_search search;
    int failed; /* 0, or what ended it early */
    bool told_mtu, ended;
};

static struct probe *slot(const struct ping *p, uint64_t sequence)
{
    return &p->window[sequence % WINDOW];
}

/* ---- opening -------------------------------------------------------------------------- */

static uint32_t link_mtu(const struct ping *p)
{
    struct ifreq request = {0};

    if (!interface_to(&(struct route_question){.to = p->settings.to}, request.ifr_name) ||
        ioctl(p->socket.fd, SIOCGIFMTU, &request) < 0)
        return 0;
    return (uint32_t)request.ifr_mtu;
}

static int check(const struct ping_settings *s, struct err *err)
{
    if (s->payload_bytes > ECHO_PAYLOAD_MAX)
        return err_set(err, -EINVAL, "ping", "", "more than %d bytes fit in no packet",
                       ECHO_PAYLOAD_MAX);
    if (s->interval_ns < PING_INTERVAL_MIN_NS)
        return err_set(err, -EINVAL, "ping", "", "the interval is at least 1 ms");
    if (!s->timeout_ns || s->timeout_ns > PING_TIMEOUT_MAX_NS)
        return err_set(err, -EINVAL, "ping", "", "the timeout is above 0 and at most 30 s");
    return 0;
}

int ping_open(const struct ping_settings *settings, struct ping **ret, struct err *err)
{
    struct ping *p;
    int r = check(settings, err);

    if (r < 0)
        return r;
    p = mem_new(1, sizeof(*p));
    p->settings = *settings;
    p->settings.to = addr_unmapped(&settings->to);
    r = ping_socket_open(&p->socket, &p->settings, err);
    if (r < 0) {
        free(p);
        return r;
    }
    p->window = mem_map(WINDOW * sizeof(*p->window));
    p->oldest = 1;
    p->send_at_ns = clock_now_ns();
    if (settings->path_mtu)
        path_mtu_begin(&p->search, p->socket.v6, link_mtu(p));
    *ret = p;
    return 0;
}

void ping_close(struct ping *p)
{
    if (!p)
        return;
    ping_socket_close(&p->socket);
    mem_unmap(p->window, WINDOW * sizeof(*p->window));
    free(p);
}

int ping_fd(const struct ping *p)
{
    return p->socket.fd;
}

bool ping_raw(const struct ping *p)
{
    return p->socket.raw;
}

/* ---- what comes in -------------------------------------------------------------------- */

/* The probe with these 16 bits; NULL: never sent, or forgotten. */
static struct probe *find(const struct ping *p, uint16_t bits)
{
    uint64_t back = (uint16_t)((uint16_t)p->sent - bits);
    struct probe *probe;

    if (back >= p->sent)
        return NULL;
    probe = slot(p, p->sent - back);
    return probe->sequence == p->sent - back ? probe : NULL;
}

/* The kernel's stamp is nearer to the wire than our waking up; it is of the wall clock, which may
 * have been set meanwhile: then it contradicts the monotonic one. */
static uint64_t round_trip(const struct probe *probe, const struct ping_arrival *a)
{
    uint64_t by_us = clock_now_ns() - probe->sent_ns;

    if (a->has_wall && a->wall_ns >= probe->sent_wall_ns &&
        a->wall_ns - probe->sent_wall_ns <= by_us)
        return a->wall_ns - probe->sent_wall_ns;
    return by_us;
}

static void decide(struct probe *probe, struct ping_event *e)
{
    e->decides = !probe->decided;
    probe->decided = true;
}

/* True for the outcome of what the search tries now. */
static bool searched(const struct ping *p, const struct ping_event *e)
{
    return p->settings.path_mtu && e->decides && e->sequence == p->sent;
}

static void take_reply(struct ping *p, struct probe *probe, struct ping_event *e)
{
    e->kind = PING_REPLY;
    e->duplicate = probe->answered;
    e->late = probe->was_error;
    e->reordered = !e->duplicate && probe->sequence < p->answered_up_to;
    probe->answered = true;
    decide(probe, e);
    if (probe->sequence > p->answered_up_to)
        p->answered_up_to = probe->sequence;
    if (e->rtt_ns > p->slowest_ns)
        p->slowest_ns = e->rtt_ns;
    if (searched(p, e))
        path_mtu_passed(&p->search);
}

static void take_error(struct ping *p, struct probe *probe, const struct ping_arrival *a,
                       struct ping_event *e)
{
    const struct echo_message *m = &a->message;

    e->kind = PING_ICMP;
    e->type = m->type;
    e->code = m->code;
    e->has_mtu = m->has_mtu;
    e->mtu = m->mtu;
    e->from_self = addr_same_ip(&a->from, &p->socket.source) &&
                   !addr_same_ip(&p->socket.source, &p->settings.to);
    if (!echo_error_ends(p->socket.v6, m->type))
        return;
    probe->was_error = true;
    decide(probe, e);
    if (!searched(p, e))
        return;
    if (echo_error_too_big(p->socket.v6, m->type, m->code))
        path_mtu_told(&p->search, e->mtu, &e->from);
    else
        path_mtu_hopeless(&p->search);
}

static bool receive(struct ping *p, struct ping_event *ret)
{
    struct ping_arrival a;
    int r;

    while ((r = ping_socket_receive(&p->socket, &a)) > 0) {
        struct probe *probe = find(p, a.message.sequence);

        if (!probe || (a.message.kind == ECHO_REPLY && a.message.has_mark &&
                       a.message.mark.sequence != (uint32_t)probe->sequence))
            continue;
        *ret = (struct ping_event){.sequence = probe->sequence,
                                   .bytes = probe->bytes,
                                   .from = a.from,
                                   .has_rtt = true,
                                   .rtt_ns = round_trip(probe, &a),
                                   .has_ttl = a.has_ttl,
                                   .ttl = a.ttl};
        if (a.message.kind == ECHO_REPLY) {
            ret->bytes = a.message.bytes;
            take_reply(p, probe, ret);
        } else {
            take_error(p, probe, &a, ret);
        }
        return true;
    }
    p->failed = r;
    return false;
}

/* ---- what is due ---------------------------------------------------------------------- */

/* The oldest probe whose fate is open; NULL: none. */
static struct probe *waiting(struct ping *p)
{
    while (p->oldest <= p->sent && slot(p, p->oldest)->decided)
        p->oldest++;
    return p->oldest <= p->sent ? slot(p, p->oldest) : NULL;
}

static bool expire(struct ping *p, uint64_t now_ns, struct ping_event *ret)
{
    struct probe *probe = waiting(p);

    if (!probe || probe->expires_ns > now_ns)
        return false;
    *ret = (struct ping_event){
        .kind = PING_TIMEOUT, .sequence = probe->sequence, .bytes = probe->bytes};
    probe->was_error = true;
    decide(probe, ret);
    if (searched(p, ret))
        path_mtu_silent(&p->search);
    return true;
}

/* Whether another probe shall be sent, now or later; *ret_payload is its size. */
static bool more(struct ping *p, size_t *ret_payload)
{
    uint32_t packet;

    if (!p->settings.path_mtu) {
        *ret_payload = p->settings.payload_bytes;
        return p->settings.count == 0 || p->sent < p->settings.count;
    }
    /* One at a time: the next size depends on this one's fate. */
    if (waiting(p) || !path_mtu_next(&p->search, &packet))
        return false;
    *ret_payload = packet - (p->socket.v6 ? HEADER_V6 : HEADER_V4) - ECHO_HEADER_BYTES;
    return true;
}

static uint64_t patience_ns(const struct ping *p)
{
    uint64_t ns = PATIENCE * p->slowest_ns;

    if (!p->settings.path_mtu || !p->slowest_ns)
        return p->settings.timeout_ns;
    if (ns < PATIENCE_MIN_NS)
        ns = PATIENCE_MIN_NS;
    return ns < p->settings.timeout_ns ? ns : p->settings.timeout_ns;
}

static void refused(struct ping *p, int code, uint32_t mtu, struct ping_event *e)
{
    e->kind = PING_UNSENT;
    e->error = code;
    e->has_mtu = mtu != 0;
    e->mtu = mtu;
    /* It keeps its number, as if it had been sent and had come to nothing. */
    slot(p, e->sequence)->decided = true;
    slot(p, e->sequence)->was_error = true;
    if (!p->settings.path_mtu)
        return;
    if (code == -EMSGSIZE)
        path_mtu_refused(&p->search, mtu);
    else
        path_mtu_hopeless(&p->search);
}

/* A probe that waits for a long time must not be late for all that follow. */
static void schedule(struct ping *p, uint64_t now_ns)
{
    p->send_at_ns += p->settings.interval_ns;
    if (p->settings.path_mtu || p->send_at_ns < now_ns)
        p->send_at_ns = now_ns;
}

static bool send_due(struct ping *p, uint64_t now_ns, struct ping_event *ret)
{
    size_t payload;
    uint32_t mtu;
    uint64_t sequence = p->sent + 1;
    int r;

    if (!more(p, &payload) || p->send_at_ns > now_ns)
        return false;
    /* Written before sending: the reply may be there when sendto() returns. */
    *slot(p, sequence) = (struct probe){.sequence = sequence,
                                        .sent_ns = clock_now_ns(),
                                        .sent_wall_ns = clock_wall_ns(),
                                        .bytes = (uint32_t)(ECHO_HEADER_BYTES + payload)};
    slot(p, sequence)->expires_ns = slot(p, sequence)->sent_ns + patience_ns(p);
    r = ping_socket_send(&p->socket, (uint32_t)sequence, payload, &mtu);
    if (r == -EINPROGRESS)
        return false;
    /* Queues empty themselves; memory that is short stays so. */
    if ((r == -EAGAIN || r == -ENOBUFS) && p->retries < RETRIES) {
        p->retries++;
        p->send_at_ns = now_ns + RETRY_NS;
        return false;
    }
    p->retries = 0;
    p->sent = sequence;
    *ret = (struct ping_event){
        .kind = PING_SENT, .sequence = sequence, .bytes = ECHO_HEADER_BYTES + payload};
    if (r < 0)
        refused(p, r, mtu, ret);
    schedule(p, now_ns);
    return true;
}

/* After the last fate: the result of a search, then the end. */
static bool end(struct ping *p, struct ping_event *ret)
{
    size_t payload;

    if (p->ended || waiting(p) || more(p, &payload))
        return false;
    *ret = (struct ping_event){.kind = PING_ENDED};
    if (p->settings.path_mtu && !p->told_mtu) {
        ret->kind = PING_MTU;
        ret->path_mtu = path_mtu_result(&p->search);
        p->told_mtu = true;
    } else {
        p->ended = true;
    }
    return true;
}

/* What is under way stays so: nobody can tell its fate. */
static bool fail(struct ping *p, struct ping_event *ret)
{
    if (!p->failed || p->ended)
        return false;
    *ret = (struct ping_event){.kind = PING_ENDED, .error = p->failed};
    p->ended = true;
    return true;
}

bool ping_next(struct ping *p, struct ping_event *ret)
{
    uint64_t now_ns = clock_now_ns();

    if (p->ended)
        return false;
    return receive(p, ret) || fail(p, ret) || expire(p, now_ns, ret) ||
           send_due(p, now_ns, ret) || end(p, ret);
}

uint64_t ping_due_ns(const struct ping *p)
{
    uint64_t due_ns = UINT64_MAX;

    if (p->ended)
        return due_ns;
    if (p->settings.path_mtu)
        due_ns = p->oldest <= p->sent ? UINT64_MAX : p->send_at_ns;
    else if (p->settings.count == 0 || p->sent < p->settings.count)
        due_ns = p->send_at_ns;
    if (p->oldest <= p->sent && slot(p, p->oldest)->expires_ns < due_ns)
        due_ns = slot(p, p->oldest)->expires_ns;
    return due_ns;
}
