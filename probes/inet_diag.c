/* TCP, MPTCP, SCTP, DCCP, UDP, UDP-Lite and raw sockets: linux/inet_diag.h; what the kernel fills
 * in is told by inet_diag_msg_common_fill() and its neighbours in net/ipv4/inet_diag.c. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>

#include "core/base/text.h"
#include "probes/diag_socket.h"

#define STATE_BIT(state) (UINT32_C(1) << (state))
#define SYN_RECV_BITS (STATE_BIT(STATE_SYN_RECV) | STATE_BIT(STATE_NEW_SYN_RECV))
#define V6ONLY_BITS                                                                            \
    (STATE_BIT(STATE_LISTEN) | STATE_BIT(STATE_CLOSE) | STATE_BIT(STATE_BOUND_INACTIVE))

static const uint32_t protocols[] = {
    [KIND_TCP] = IPPROTO_TCP,   [KIND_MPTCP] = IPPROTO_MPTCP, [KIND_SCTP] = IPPROTO_SCTP,
    [KIND_DCCP] = IPPROTO_DCCP, [KIND_UDP] = IPPROTO_UDP,     [KIND_UDPLITE] = IPPROTO_UDPLITE,
    [KIND_RAW] = IPPROTO_RAW,
};

static enum socket_kind kind_of(const struct diag_want *want)
{
    return (enum socket_kind)__builtin_ctz(want->kinds);
}

/* Which bits of idiag_ext bring a part: some parts ride along with another's, and those that
 * are not here always come. */
static uint8_t extensions_of(uint32_t parts)
{
    static const struct {
        uint32_t parts;
        int attribute;
    } table[] = {
        {DETAIL_MEMINFO, INET_DIAG_SKMEMINFO},
        {DETAIL_INFO | DETAIL_ULP | DETAIL_MD5, INET_DIAG_INFO},
        {DETAIL_CONGESTION, INET_DIAG_CONG},
        {DETAIL_ALGORITHM, INET_DIAG_VEGASINFO},
        {DETAIL_TOS, INET_DIAG_TOS},
        {DETAIL_TCLASS | DETAIL_CLASS_ID, INET_DIAG_TCLASS},
        {DETAIL_SHUTDOWN, INET_DIAG_SHUTDOWN},
    };
    unsigned bits = 0;

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (parts & table[i].parts)
            bits |= 1U << (table[i].attribute - 1);
    return (uint8_t)bits;
}

/* The kernel asks for bound TCP sockets by a state of their own, yet calls them closed, and for
 * requests by one of their own, yet calls them SYN_RECV. */
static uint32_t states_of(const struct diag_want *want)
{
    return want->states & SYN_RECV_BITS ? want->states | STATE_BIT(STATE_NEW_SYN_RECV)
                                        : want->states;
}

/* INET_DIAG_MARK and INET_DIAG_MD5SIG are not told to others at all, of INET_DIAG_ULP_INFO only the
 * name is. */
#define DETAILS_PRIVILEGED (DETAIL_MARK | DETAIL_MD5 | DETAIL_ULP)

void inet_diag_question(const struct diag_want *want, struct diag_question *ret)
{
    uint32_t protocol = protocols[kind_of(want)];
    /* A kernel that does not know the attribute must not answer with another protocol. */
    struct inet_diag_req_v2 q = {.sdiag_family = (uint8_t)want->family,
                                 .sdiag_protocol =
                                     (uint8_t)(protocol > UINT8_MAX ? 0 : protocol),
                                 .idiag_ext = extensions_of(want->parts),
                                 .idiag_states = states_of(want)};
    /* The older question, of TCP only, is the one that both families answer in one walk. */
    struct inet_diag_req both = {
        .idiag_family = AF_INET, .idiag_ext = q.idiag_ext, .idiag_states = q.idiag_states};
    bool all = want->family == AF_UNSPEC;

    *ret = (struct diag_question){.type = all ? TCPDIAG_GETSOCK : 0,
                                  .body_bytes = all ? sizeof(both) : sizeof(q),
                                  .dump = true,
                                  .privileged = (want->parts & DETAILS_PRIVILEGED) != 0,
                                  .protocol = protocol > UINT8_MAX ? protocol : 0,
                                  .program = want->program,
                                  .program_bytes = want->program_bytes};
    memcpy(ret->body, all ? (const void *)&both : &q, ret->body_bytes);
}

/* A link-local address means nothing without its interface; others stand alone. */
static struct addr address(int family, const __be32 *ip, __be16 port, uint32_t interface)
{
    struct addr a = addr_make(family, ip, ntohs(port));

    if (family == AF_INET6 && a.ip[0] == 0xfe && (a.ip[1] & 0xc0) == 0x80)
        a.scope = interface;
    return a;
}

/* Of a socket that is only a request or in TIME_WAIT the kernel sends 0 for want of a user. */
static uint32_t user(const struct inet_diag_msg *m)
{
    bool unknown = m->idiag_timer == TIMER_TIMEWAIT ||
                   (m->idiag_state == STATE_SYN_RECV && !m->idiag_inode);

    return unknown && !m->idiag_uid ? UID_UNKNOWN : m->idiag_uid;
}

void inet_diag_row(const struct inet_diag_msg *m, enum socket_kind kind, struct row *ret)
{
    int family = m->idiag_family;

    *ret = (struct row){
        .cookie = diag_cookie(m->id.idiag_cookie),
        .local = address(family, m->id.idiag_src, m->id.idiag_sport, m->id.idiag_if),
        .peer = address(family, m->id.idiag_dst, m->id.idiag_dport, m->id.idiag_if),
        .rqueue = m->idiag_rqueue,
        .wqueue = m->idiag_wqueue,
        .uid = user(m),
        .inode = m->idiag_inode,
        .timer_ms = m->idiag_timer ? m->idiag_expires : 0,
        .interface = m->id.idiag_if,
        .kind = (uint8_t)kind,
        .state = m->idiag_state,
        .timer = m->idiag_timer,
        .retransmits = m->idiag_retrans,
    };
}

/* struct tcp_info grows at its end: take what is there, tell how much. */
static void take_info(struct socket_detail *d, const struct diag_attribute *a)
{
    size_t len = a->len < sizeof(d->info) ? a->len : sizeof(d->info);

    if (!len)
        return;
    memcpy(d->info, a->data, len);
    d->known |= DETAIL_INFO;
    d->info_bytes = (uint32_t)len;
}

static bool take_name(const struct diag_attribute *a, char *buf, size_t size)
{
    return a->len && text_clean(a->data, strnlen((const char *)a->data, a->len), buf, size) > 0;
}

static void take_vegas(struct algorithm_info *ret, const struct diag_attribute *a)
{
    struct tcpvegas_info v;

    memcpy(&v, a->data, sizeof(v));
    ret->which = ALGORITHM_VEGAS;
    ret->vegas.enabled = v.tcpv_enabled;
    ret->vegas.rtt_count = v.tcpv_rttcnt;
    ret->vegas.rtt_us = v.tcpv_rtt;
    ret->vegas.min_rtt_us = v.tcpv_minrtt;
}

static void take_dctcp(struct algorithm_info *ret, const struct diag_attribute *a)
{
    struct tcp_dctcp_info v;

    memcpy(&v, a->data, sizeof(v));
    ret->which = ALGORITHM_DCTCP;
    ret->dctcp.enabled = v.dctcp_enabled;
    ret->dctcp.ce_state = v.dctcp_ce_state;
    ret->dctcp.alpha = v.dctcp_alpha;
    ret->dctcp.ab_ecn = v.dctcp_ab_ecn;
    ret->dctcp.ab_tot = v.dctcp_ab_tot;
}

static void take_bbr(struct algorithm_info *ret, const struct diag_attribute *a)
{
    struct tcp_bbr_info v;

    memcpy(&v, a->data, sizeof(v));
    ret->which = ALGORITHM_BBR;
    ret->bbr.bw_bytes_s = (uint64_t)v.bbr_bw_hi << 32 | v.bbr_bw_lo;
    ret->bbr.min_rtt_us = v.bbr_min_rtt;
    ret->bbr.pacing_gain = v.bbr_pacing_gain;
    ret->bbr.cwnd_gain = v.bbr_cwnd_gain;
}

static void take_algorithm(struct socket_detail *d, const struct diag_attribute *a)
{
    if (a->type == INET_DIAG_VEGASINFO && a->len >= sizeof(struct tcpvegas_info))
        take_vegas(&d->algorithm, a);
    else if (a->type == INET_DIAG_DCTCPINFO && a->len >= sizeof(struct tcp_dctcp_info))
        take_dctcp(&d->algorithm, a);
    else if (a->type == INET_DIAG_BBRINFO && a->len >= sizeof(struct tcp_bbr_info))
        take_bbr(&d->algorithm, a);
    else
        return;
    d->known |= DETAIL_ALGORITHM;
}

/* A nest: the name of the layer over TCP is what is told of every one. */
static void take_ulp(struct socket_detail *d, const struct diag_attribute *a)
{
    const uint8_t *at = a->data;
    struct diag_attribute inner;
    size_t left = a->len;

    while (diag_next_attribute(&at, &left, &inner) > 0)
        if (inner.type == INET_ULP_INFO_NAME && take_name(&inner, d->ulp, sizeof(d->ulp)))
            d->known |= DETAIL_ULP;
}

/* struct inet_diag_sockopt is bits from the lowest on, in the order of enum option_bit. */
static void take_options(struct socket_detail *d, const struct diag_attribute *a)
{
    if (a->len < sizeof(struct inet_diag_sockopt))
        return;
    d->options = (uint32_t)(a->data[0] | (a->data[1] & 0x07) << 8);
    d->known |= DETAIL_OPTIONS;
}

static void take_number(struct socket_detail *d, const struct diag_attribute *a, uint32_t part,
                        uint32_t *number)
{
    if (diag_u32(a, number))
        d->known |= part;
}

static void take_byte(struct socket_detail *d, const struct diag_attribute *a, uint32_t part,
                      uint8_t *byte)
{
    if (!a->len)
        return;
    *byte = a->data[0];
    d->known |= part;
}

static void take_detail(struct socket_detail *d, const struct diag_attribute *a)
{
    switch (a->type) {
    case INET_DIAG_SKMEMINFO:
        diag_take_meminfo(d, a);
        break;
    case INET_DIAG_INFO:
        take_info(d, a);
        break;
    case INET_DIAG_CONG:
        if (take_name(a, d->congestion, sizeof(d->congestion)))
            d->known |= DETAIL_CONGESTION;
        break;
    case INET_DIAG_VEGASINFO:
    case INET_DIAG_DCTCPINFO:
    case INET_DIAG_BBRINFO:
        take_algorithm(d, a);
        break;
    case INET_DIAG_TOS:
        take_byte(d, a, DETAIL_TOS, &d->tos);
        break;
    case INET_DIAG_TCLASS:
        take_byte(d, a, DETAIL_TCLASS, &d->tclass);
        break;
    case INET_DIAG_SHUTDOWN:
        take_byte(d, a, DETAIL_SHUTDOWN, &d->shutdown);
        break;
    case INET_DIAG_CLASS_ID:
        take_number(d, a, DETAIL_CLASS_ID, &d->class_id);
        break;
    case INET_DIAG_MARK:
        take_number(d, a, DETAIL_MARK, &d->mark);
        break;
    case INET_DIAG_CGROUP_ID:
        if (a->len >= sizeof(d->cgroup_id)) {
            memcpy(&d->cgroup_id, a->data, sizeof(d->cgroup_id));
            d->known |= DETAIL_CGROUP;
        }
        break;
    case INET_DIAG_SOCKOPT:
        take_options(d, a);
        break;
    case INET_DIAG_ULP_INFO:
        take_ulp(d, a);
        break;
    case INET_DIAG_MD5SIG:
        d->md5_keys = (uint32_t)(a->len / sizeof(struct tcp_diag_md5sig));
        d->known |= DETAIL_MD5;
        break;
    default:
        break;
    }
}

/* An association's state is a number of SCTP's own (enum sctp_state); its endpoint's is TCP's. */
static bool map_association(struct row *row)
{
    static const uint8_t states[] = {STATE_CLOSE,       STATE_SYN_SENT,  STATE_SYN_SENT,
                                     STATE_ESTABLISHED, STATE_FIN_WAIT1, STATE_FIN_WAIT2,
                                     STATE_CLOSE_WAIT,  STATE_LAST_ACK};

    if (row->state >= sizeof(states))
        return false;
    row->state = states[row->state];
    row->timer = row->timer ? TIMER_ON : TIMER_OFF;
    return true;
}

static bool take_attributes(const uint8_t *at, size_t left, const struct diag_want *want,
                            struct diag_socket *ret)
{
    bool association = false;
    struct diag_attribute a;
    int rc;

    while ((rc = diag_next_attribute(&at, &left, &a)) > 0) {
        if (a.type == INET_DIAG_SKV6ONLY && a.len)
            ret->row.v6only = a.data[0] != 0;
        else if (a.type == INET_DIAG_PEERS)
            association = ret->row.kind == KIND_SCTP;
        else if (want->parts)
            take_detail(&ret->detail, &a);
    }
    return rc == 0 && (!association || map_association(&ret->row));
}

/* What a message does not say but its question knows.  A request is told from a socket that
 * opens by TCP Fast Open only by what was asked for. */
static bool complete(struct row *row, const struct diag_want *want)
{
    if (row->state == 0 || row->state >= STATE_COUNT)
        return false;
    if (row->state == STATE_CLOSE && (row->kind == KIND_TCP || row->kind == KIND_MPTCP))
        row->state = STATE_BOUND_INACTIVE;
    if (row->state == STATE_SYN_RECV && !(want->states & STATE_BIT(STATE_SYN_RECV)))
        row->state = STATE_NEW_SYN_RECV;
    return true;
}

/* The walk over the attributes is left out where nothing in them is wanted. */
int inet_diag_parse(const struct nlmsghdr *message, const struct diag_want *want,
                    struct diag_socket *ret)
{
    struct inet_diag_msg m;
    const uint8_t *at;
    size_t left;

    if (!diag_body(message, &m, sizeof(m), &at, &left))
        return -EBADMSG;
    if (m.idiag_family != AF_INET && m.idiag_family != AF_INET6)
        return -EBADMSG;
    ret->name_len = 0;
    ret->detail.known = 0;
    ret->detail.info_bytes = 0;
    inet_diag_row(&m, kind_of(want), &ret->row);
    if ((want->parts || want->kinds & KIND_BIT(KIND_SCTP) ||
         (m.idiag_family == AF_INET6 && m.idiag_state < STATE_COUNT &&
          STATE_BIT(m.idiag_state) & V6ONLY_BITS)) &&
        !take_attributes(at, left, want, ret))
        return -EBADMSG;
    return complete(&ret->row, want) ? 0 : -EBADMSG;
}
