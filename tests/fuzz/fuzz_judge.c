/* Evidence of any kind, contradictory too, and what is said of it: a cause that the catalogue has,
 * in printable words, with what else it may be; the same evidence gives the same verdict.
 *
 * Input: two bytes for what is asked about, then three bytes each: what, which of its fields, and
 * what it is set to. */
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/model/tcp_info.h"
#include "core/why/causes.h"
#include "core/why/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(condition) ((condition) ? (void)0 : fail(#condition))

static void fail(const char *what)
{
    fprintf(stderr, "not so: %s\n", what);
    abort();
}

/* --- fields that hold a number ------------------------------------------------------------ */

struct field {
    size_t at, bytes;
    unsigned limit; /* values stay below; 0: any */
};

#define F(type, member, limit)                                                                 \
    {                                                                                          \
        offsetof(type, member), sizeof(((type *)0)->member), limit                             \
    }
#define BOOL(type, member) F(type, member, 2)
#define ANY(type, member) F(type, member, 0)

#define W struct wire_facts
static const struct field wire_fields[] = {
    BOOL(W, seen),
    BOOL(W, incomplete),
    ANY(W, packets_out),
    ANY(W, packets_in),
    ANY(W, syn_out),
    ANY(W, syn_ack_in),
    ANY(W, syn_in),
    ANY(W, syn_ack_out),
    ANY(W, rst_in),
    ANY(W, rst_out),
    ANY(W, fin_in),
    ANY(W, fin_out),
    BOOL(W, rst_acceptable),
    BOOL(W, rst_in_has_ack),
    BOOL(W, data_out_after_fin_in),
    BOOL(W, has_rst_in_ttl),
    BOOL(W, has_reply_ttl),
    ANY(W, rst_in_ttl),
    ANY(W, reply_ttl),
    ANY(W, rst_in_ns),
    ANY(W, rst_out_ns),
    ANY(W, fin_in_ns),
    ANY(W, last_in_ns),
    ANY(W, last_out_ns),
    ANY(W, payload_out_bytes),
    ANY(W, payload_in_bytes),
    ANY(W, retransmissions_out),
    ANY(W, retransmissions_in),
    ANY(W, duplicate_acks_in),
    ANY(W, zero_window_in),
    ANY(W, zero_window_out),
    ANY(W, window_closed_ns),
    ANY(W, probes_out),
    ANY(W, probes_in),
    ANY(W, keep_alives_out),
    ANY(W, keep_alives_in),
    ANY(W, keep_alive_acks_in),
    BOOL(W, has_window_in),
    BOOL(W, has_window_out),
    ANY(W, window_in_bytes),
    ANY(W, window_out_bytes),
    ANY(W, least_window_in_bytes),
    ANY(W, largest_window_in_bytes),
    ANY(W, largest_out_bytes),
    ANY(W, largest_acked_bytes),
    ANY(W, largest_again_bytes),
    BOOL(W, passed_small),
    ANY(W, nagle_waits_out),
    ANY(W, nagle_waits_in),
    ANY(W, nagle_wait_ns),
    ANY(W, rtts),
    ANY(W, least_rtt_ns),
};

#define R struct route_facts
static const struct field route_fields[] = {
    BOOL(R, seen),        F(R, kind, ROUTE_NONE + 1), F(R, neighbour, NEIGHBOUR_FAILED + 1),
    BOOL(R, has_gateway), BOOL(R, has_mtu),           BOOL(R, up),
    BOOL(R, carrier),     BOOL(R, loopback),          BOOL(R, to_netns),
    ANY(R, mtu),          ANY(R, path_mtu),           BOOL(R, has_mac),
};

#define A struct attempt
static const struct field attempt_fields[] = {
    BOOL(A, undecided),
    ANY(A, elapsed_ns),
    BOOL(A, in_call),
    BOOL(A, v6only),
    BOOL(A, peer_closed),
    ANY(A, sent_bytes),
    ANY(A, received_bytes),
    ANY(A, unsent_bytes),
    ANY(A, first_byte_ns),
    F(A, peek_len, EVIDENCE_PEEK_BYTES),
    F(A, request.state, 4),
    F(A, frame_sent.state, 5),
    BOOL(A, frame_sent.named),
    F(A, frame_came.state, 5),
    BOOL(A, frame_came.named),
    BOOL(A, sent_tls),
    BOOL(A, library_seen),
    BOOL(A, listened),
    ANY(A, quiet_ns),
    BOOL(A, tls.tried),
    BOOL(A, tls.done),
    BOOL(A, tls.silent),
    BOOL(A, tls.closed),
    BOOL(A, tls.wants_ours),
    BOOL(A, tls.has_alert_in),
    BOOL(A, tls.has_alert_out),
    ANY(A, tls.alert_in),
    ANY(A, tls.alert_out),
    F(A, tls.look, TLS_LOOK_STRANGER + 1),
    F(A, tls.fault, TLS_FAULT_OTHER + 1),
    F(A, tls_verify, 80),
    BOOL(A, way.seen),
    BOOL(A, way.arrives),
    BOOL(A, way.sure),
    F(A, way.n, WAY_HOPS + 1),
};

#define S struct sighting
#define SIGHTING_ROW(row)                                                                      \
    F(S, row.state, STATE_COUNT), F(S, row.timer, 5), ANY(S, row.retransmits),                 \
        ANY(S, row.timer_ms), ANY(S, row.rqueue), ANY(S, row.wqueue), ANY(S, row.inode),       \
        ANY(S, row.cookie), F(S, row.kind, KIND_COUNT), BOOL(S, row.v6only)
#define SIGHTING_DETAIL(d)                                                                     \
    ANY(S, d.known), ANY(S, d.rmem_alloc), ANY(S, d.rcvbuf), ANY(S, d.wmem_alloc),             \
        ANY(S, d.sndbuf), ANY(S, d.wmem_queued), ANY(S, d.backlog), ANY(S, d.drops),           \
        F(S, d.info_bytes, DETAIL_INFO_BYTES), ANY(S, d.shutdown), ANY(S, d.options)
static const struct field sighting_fields[] = {
    F(S, role, ROLE_SAME_PORT + 1),
    BOOL(S, own_netns),
    ANY(S, netns_inode),
    BOOL(S, later),
    ANY(S, between_ns),
    F(S, owner, OWNER_KNOWN + 1),
    BOOL(S, owner_past),
    ANY(S, n_holders),
    ANY(S, n_stopped),
    BOOL(S, process.has_fds),
    ANY(S, process.fds),
    ANY(S, process.fd_limit),
    BOOL(S, process.has_uid),
    ANY(S, process.uid),
    SIGHTING_ROW(row),
    SIGHTING_ROW(row_later),
    SIGHTING_DETAIL(detail),
    SIGHTING_DETAIL(detail_later),
};

#define E struct evidence
static const struct field evidence_fields[] = {
    BOOL(E, rows_seen),
    BOOL(E, other_netns_seen),
    BOOL(E, events_seen),
    BOOL(E, no_reuseaddr),
    ANY(E, time_waits),
    ANY(E, file_end_ns),
    ANY(E, counts.local[STATE_TIME_WAIT]),
    ANY(E, counts.remote[STATE_TIME_WAIT]),
    ANY(E, counts.local[STATE_CLOSE_WAIT]),
    ANY(E, counts.remote[STATE_ESTABLISHED]),
    BOOL(E, ports.seen),
    ANY(E, ports.low),
    ANY(E, ports.high),
    ANY(E, ports.taken),
    ANY(E, ports.to_peer),
    ANY(E, ports.time_wait),
    BOOL(E, path.seen),
    BOOL(E, path.is_socket),
    BOOL(E, path.folder_missing),
    ANY(E, path.mode),
    ANY(E, path.uid),
    ANY(E, path.our_uid),
    BOOL(E, surroundings.way_looked),
    F(E, surroundings.n_hops, WAY_HOPS + 1),
    BOOL(E, surroundings.hops[0].owns),
    BOOL(E, surroundings.limits.has_port_range),
    ANY(E, surroundings.limits.port_low),
    ANY(E, surroundings.limits.port_high),
    BOOL(E, surroundings.limits.has_unprivileged_port),
    ANY(E, surroundings.limits.unprivileged_port_start),
    BOOL(E, surroundings.limits.has_somaxconn),
    ANY(E, surroundings.limits.somaxconn),
    BOOL(E, surroundings.limits.has_tw_reuse),
    F(E, surroundings.limits.tw_reuse, 3),
    ANY(E, surroundings.limits.own_fds),
    ANY(E, surroundings.limits.own_fd_limit),
    BOOL(E, surroundings.translation.seen),
    BOOL(E, surroundings.translation.translated),
    BOOL(E, surroundings.group.seen),
    BOOL(E, surroundings.group.others_seen),
    ANY(E, surroundings.group.members),
    ANY(E, surroundings.group.members_elsewhere),
    ANY(E, surroundings.group.other_members),
    BOOL(E, surroundings.firewall.seen),
    BOOL(E, surroundings.firewall.active),
};

/* Small ones as they are, then ever larger ones. */
static uint64_t number(uint8_t value)
{
    return value < 0x80 ? value : ((uint64_t)(value & 7) + 1) << ((value >> 3 & 15) * 2 + 7);
}

static void set(void *to, const struct field *fields, size_t n, uint8_t which, uint8_t value)
{
    const struct field *f = &fields[which % n];
    uint64_t v = number(value);

    v = f->limit ? v % f->limit : v;
    /* The least of its bytes: this runs where the low ones come first, and nowhere else matters. */
    memcpy((uint8_t *)to + f->at, &v, f->bytes < sizeof(v) ? f->bytes : sizeof(v));
}

#define SET(to, fields, which, value)                                                          \
    set(to, fields, sizeof(fields) / sizeof((fields)[0]), which, value)

/* --- what is no plain number ---------------------------------------------------------------- */

static struct addr place(uint8_t which)
{
    static const uint8_t ends[][4] = {
        {127, 0, 0, 1}, {10, 0, 0, 1}, {10, 0, 0, 2}, {0, 0, 0, 0}, {239, 0, 0, 1}};
    static const uint16_t ports[] = {80, 40000, 0};
    uint8_t six[16] = {[15] = 1};

    if (which & 0x80)
        return addr_make(AF_INET6, six, ports[which % 3]);
    return addr_make(AF_INET, ends[which % 5], ports[which / 5 % 3]);
}

static int error_of(uint8_t which)
{
    static const int errors[] = {0,          ECONNREFUSED,  ETIMEDOUT,    ECONNRESET,
                                 EPIPE,      ECONNABORTED,  EHOSTUNREACH, ENETUNREACH,
                                 EADDRINUSE, EADDRNOTAVAIL, EACCES,       EPERM,
                                 EMFILE,     ENFILE,        EAGAIN,       EMSGSIZE,
                                 ENOENT,     EPROTOTYPE,    EPROTO,       ENOBUFS,
                                 EINVAL,     ENETDOWN,      EDESTADDRREQ, ENOTCONN};

    return -errors[which % (sizeof(errors) / sizeof(errors[0]))];
}

static void add_attempt(struct evidence *e, uint8_t which, uint8_t value)
{
    static const char *const calls[] = {"connect", "bind",      "send",  "recv",
                                        "socket",  "handshake", "listen"};
    struct attempt *a = evidence_attempt(e);

    if (!a)
        return;
    a->call = calls[which % 7];
    a->error = error_of(value);
    a->to = place((uint8_t)(which >> 3));
    a->from = place(5 + 1);
    a->began_ns = e->began_ns;
}

static void add_sighting(struct evidence *e, uint8_t which, uint8_t value)
{
    struct sighting *s = evidence_sighting(e);

    if (!s)
        return;
    s->role = which & 3;
    s->own_netns = true;
    s->row.kind = KIND_TCP;
    s->row.state = STATE_ESTABLISHED;
    s->row.local = place(value & 0x0f);
    s->row.peer = place(value >> 4);
    s->row_later = s->row;
    s->detail.known = s->detail_later.known = DETAIL_MEMINFO | DETAIL_INFO;
    s->detail.info_bytes = s->detail_later.info_bytes = 280;
    s->later = which & 4;
    s->between_ns = UINT64_C(1000000000);
    s->owner = OWNER_KNOWN;
    s->n_holders = 1;
    s->process = (struct process_facts){
        .pid = 812, .has_state = true, .state = "ST"[which >> 3 & 1], .comm = "server"};
    s->process_state_later = "ST"[which >> 4 & 1];
}

static void set_info(struct sighting *s, uint8_t which, uint8_t value)
{
    const struct tcp_info_field *f = tcp_info_field(which / 2 % TCP_INFO_COUNT);
    uint64_t v = number(value);

    memcpy(s->detail_later.info + f->place, &v, f->bytes);
    if (which & 1)
        memcpy(s->detail.info + f->place, &v, f->bytes);
}

static void add_event(struct evidence *e, uint8_t which, uint8_t value)
{
    static const char *const reasons[] = {"",
                                          "NO_SOCKET",
                                          "NETFILTER_DROP",
                                          "TCP_ABORT_ON_LINGER",
                                          "TCP_ABORT_ON_CLOSE",
                                          "TCP_ABORT_ON_DATA",
                                          "TCP_STATE",
                                          "TCP_TIMEWAIT_SOCKET",
                                          "TCP_KEEPALIVE_TIMEOUT",
                                          "TCP_DISCONNECT_WITH_DATA",
                                          "SOCKET_FILTER",
                                          "TC_INGRESS",
                                          "TC_EGRESS",
                                          "XDP",
                                          "BPF_CGROUP_EGRESS",
                                          "SOCKET_RCVBUFF"};
    struct kernel_event *k = &e->events[e->n_events];

    if (e->n_events == EVIDENCE_EVENTS)
        return;
    e->n_events++;
    *k = (struct kernel_event){.kind = which % KERNEL_EVENT_KINDS,
                               .at_ns = number(value),
                               .local = place(which / 16 % 3 + 5),
                               .peer = place(which / 64),
                               .error = -error_of(value),
                               .old_state = value % STATE_COUNT,
                               .new_state = value / 16 % STATE_COUNT,
                               .unread_bytes = value & 1};
    snprintf(k->reason, sizeof(k->reason), "%s", reasons[value % 16]);
}

static void add_rule(struct evidence *e, uint8_t which, uint8_t value)
{
    struct firewall_facts *f = &e->surroundings.firewall;
    struct firewall_rule *r = &f->rules[f->n_rules];

    if (f->n_rules == FIREWALL_RULES)
        return;
    f->n_rules++;
    f->seen = f->active = true;
    *r = (struct firewall_rule){.action = which % 3,
                                .hook = which / 4 % (HOOK_EGRESS + 1),
                                .matches_surely = value & 1,
                                .has_counter = value & 2,
                                .policy = value & 4,
                                .tcp_reset = value & 8,
                                .packets_before = value >> 4 & 1,
                                .packets_after = value >> 4,
                                .redirect_to = place(which >> 5),
                                .where = "nft inet t c, handle 5",
                                .text = "tcp dport 80"};
    if (which & 0x80)
        snprintf(r->remove, sizeof(r->remove), "nft delete rule inet t c handle 5");
}

static void add_counter(struct evidence *e, uint8_t which, uint8_t value)
{
    static const char *const names[] = {"Ip.InDelivers",
                                        "Udp.NoPorts",
                                        "Tcp.OutRsts",
                                        "Udp6NoPorts",
                                        "Udp.RcvbufErrors",
                                        "Udp.InErrors",
                                        "TcpExt.ListenOverflows",
                                        "TcpExt.ListenDrops",
                                        "TcpExt.TCPReqQFullDrop",
                                        "TcpExt.TCPReqQFullDoCookies",
                                        "TcpExt.TCPAbortOnClose",
                                        "TcpExt.TCPAbortOnData",
                                        "Ip.OutNoRoutes",
                                        "Icmp.OutDestUnreachs"};
    struct counters *before = &e->surroundings.before, *after = &e->surroundings.after;

    if (before->n == COUNTERS_MAX)
        return;
    before->seen = after->seen = true;
    snprintf(before->list[before->n].name, COUNTER_NAME_BYTES, "%s", names[which % 14]);
    after->list[after->n] = before->list[before->n];
    after->list[after->n].value = number(value);
    before->n++;
    after->n++;
}

static void add_icmp(struct wire_facts *w, uint8_t which, uint8_t value)
{
    if (w->n_icmp == EVIDENCE_ICMP)
        return;
    w->icmp[w->n_icmp++] = (struct icmp_sighting){.from = place(which & 0x80 ? 0x80 : 2),
                                                  .family = which & 0x80 ? AF_INET6 : AF_INET,
                                                  .type = which & 0x0f,
                                                  .code = value & 0x0f,
                                                  .mtu = value & 0x80 ? 1400 : 0};
}

/* --- the whole ------------------------------------------------------------------------------- */

static struct attempt *newest_attempt(struct evidence *e)
{
    return e->n_attempts ? &e->attempts[e->n_attempts - 1] : NULL;
}

static struct sighting *newest_sighting(struct evidence *e)
{
    return e->n_sightings ? &e->sightings[e->n_sightings - 1] : NULL;
}

static void of_attempt(struct evidence *e, uint8_t what, uint8_t which, uint8_t value)
{
    struct attempt *a = newest_attempt(e);

    if (!a)
        return;
    switch (what) {
    case 0:
        SET(&a->wire, wire_fields, which, value);
        break;
    case 1:
        SET(&a->route, route_fields, which, value);
        break;
    case 2:
        SET(a, attempt_fields, which, value);
        break;
    case 3:
        add_icmp(&a->wire, which, value);
        break;
    default:
        a->recv_error = error_of(which);
        a->send_error = error_of(value);
        break;
    }
}

static void step(struct evidence *e, uint8_t what, uint8_t which, uint8_t value)
{
    switch (what % 16) {
    case 0:
        add_attempt(e, which, value);
        break;
    case 1:
        add_sighting(e, which, value);
        break;
    case 2:
        if (newest_sighting(e))
            SET(newest_sighting(e), sighting_fields, which, value);
        break;
    case 3:
        if (newest_sighting(e))
            set_info(newest_sighting(e), which, value);
        break;
    case 4:
        add_event(e, which, value);
        break;
    case 5:
        add_rule(e, which, value);
        break;
    case 6:
        add_counter(e, which, value);
        break;
    case 7:
        SET(&e->wire, wire_fields, which, value);
        break;
    case 8:
        SET(&e->route, route_fields, which, value);
        break;
    case 9:
        add_icmp(&e->wire, which, value);
        break;
    case 10:
        SET(e, evidence_fields, which, value);
        break;
    default:
        of_attempt(e, what % 16 - 11, which, value);
        break;
    }
}

static void begin(struct evidence *e, uint8_t subject, uint8_t what)
{
    e->subject = subject % (WHY_FILE + 1);
    e->endpoint.scheme = what % (ENDPOINT_UNIX_SEQPACKET + 1);
    e->endpoint.port = what & 0x40 ? 22 : 80;
    snprintf(e->endpoint.host, sizeof(e->endpoint.host), "10.0.0.2");
    snprintf(e->target, sizeof(e->target), "tcp://10.0.0.2:80");
    e->began_ns = 1;
    e->local = e->file_local = place(6);
    e->peer = e->file_peer = place(2);
    e->rows_seen = e->events_seen = e->other_netns_seen = what & 0x80;
}

static void check(const struct verdict *v)
{
    must(strcmp(v->cause, "unknown") == 0 || cause_by_id(v->cause));
    must(v->confidence >= CONFIDENCE_POSSIBLE && v->confidence <= CONFIDENCE_CERTAIN);
    must(v->summary[0] && text_is_printable(v->summary));
    must(v->n_fixes <= VERDICT_FIXES && v->n_alternatives <= VERDICT_ALTERNATIVES);
    for (size_t i = 0; i < v->n_fixes; i++)
        must(v->fixes[i][0] && text_is_printable(v->fixes[i]));
    for (size_t i = 0; i < v->n_alternatives; i++) {
        const struct alternative *a = &v->alternatives[i];

        must(cause_by_id(a->cause) && strcmp(a->cause, v->cause) != 0);
        must(a->confidence <= v->confidence);
        must(text_is_printable(a->ruled_out_by) && text_is_printable(a->summary));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct evidence *e; /* large */
    static struct verdict v, again;

    if (!cause_count())
        must(causes_load(NULL) == 0);
    if (!e)
        e = evidence_new();
    if (size < 2)
        return 0;
    memset(e, 0, sizeof(*e));
    begin(e, data[0], data[1]);
    for (size_t at = 2; at + 3 <= size; at += 3)
        step(e, data[at], data[at + 1], data[at + 2]);
    memset(&v, 0, sizeof(v));
    memset(&again, 0, sizeof(again));
    why_judge(e, &v);
    check(&v);
    why_judge(e, &again);
    must(strcmp(v.cause, again.cause) == 0 && strcmp(v.summary, again.summary) == 0);
    return 0;
}
