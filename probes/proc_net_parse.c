/* The lines of /proc/net, as the kernel's seq_show functions of each protocol print them. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "probes/proc_net.h"

/* linux/net.h of the kernel: listens; and the states that the line of an AF_UNIX socket knows. */
#define FLAG_ACCEPTS 0x10000
#define UNIX_CONNECTING 2
#define UNIX_CONNECTED 3

/* What is left of a line; once something did not fit, nothing does. */
struct rest {
    const char *at, *end;
    bool bad;
};

static void skip_blanks(struct rest *r)
{
    while (r->at < r->end && *r->at == ' ')
        r->at++;
}

static void expect(struct rest *r, char c)
{
    if (r->at < r->end && *r->at == c)
        r->at++;
    else
        r->bad = true;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* At most `digits` of them; 0 beside `bad`. */
static uint64_t read_number(struct rest *r, unsigned base, unsigned digits)
{
    uint64_t n = 0;
    unsigned used = 0;

    for (; r->at < r->end && used < digits && digit_of(*r->at) < (int)base; r->at++, used++)
        n = n * base + (uint64_t)digit_of(*r->at);
    r->bad = r->bad || !used;
    return r->bad ? 0 : n;
}

/* A field of its own: blanks before it, a blank or the end behind it. */
static uint64_t field(struct rest *r, unsigned base)
{
    uint64_t n;

    skip_blanks(r);
    n = read_number(r, base, base == 16 ? 16 : 19);
    if (r->at < r->end && *r->at != ' ')
        r->bad = true;
    return n;
}

static uint32_t field32(struct rest *r, unsigned base)
{
    uint64_t n = field(r, base);

    r->bad = r->bad || n > UINT32_MAX;
    return (uint32_t)n;
}

/* Addresses are printed as numbers of this machine, whose bytes stand in network order. */
static struct addr read_end(struct rest *r, int family)
{
    uint32_t words[4] = {0};
    struct addr a;

    skip_blanks(r);
    for (size_t i = 0; i < (family == AF_INET6 ? 4 : 1); i++)
        words[i] = (uint32_t)read_number(r, 16, 8);
    a = addr_make(family, words, 0);
    expect(r, ':');
    a.port = (uint16_t)read_number(r, 16, 4);
    return a;
}

static void read_timer(struct rest *r, struct row *row)
{
    uint64_t ticks, per_second = (uint64_t)sysconf(_SC_CLK_TCK), ms;

    skip_blanks(r);
    row->timer = (uint8_t)read_number(r, 16, 2);
    expect(r, ':');
    ticks = read_number(r, 16, 16);
    if (row->timer > TIMER_PERSIST) {
        r->bad = true;
        return;
    }
    ms = ticks > UINT32_MAX ? UINT32_MAX : ticks * 1000 / per_second;
    row->timer_ms = row->timer == TIMER_OFF ? 0 : (uint32_t)(ms > UINT32_MAX ? UINT32_MAX : ms);
}

static void read_queues(struct rest *r, struct row *row)
{
    skip_blanks(r);
    row->wqueue = (uint32_t)read_number(r, 16, 8);
    expect(r, ':');
    row->rqueue = (uint32_t)read_number(r, 16, 8);
    if (row->kind == KIND_TCP && row->state == STATE_LISTEN)
        row->wqueue = QUEUE_UNKNOWN; /* its limit is not told */
}

/* An address of its own makes an IPv6 socket one of IPv6 only, unless it is a mapped one.  Of
 * the others nothing is known. */
static bool is_v6only(const struct addr *local)
{
    return local->family == AF_INET6 && !addr_is_any(local) &&
           addr_unmapped(local).family == AF_INET6;
}

int proc_net_parse_ip(const char *line, size_t len, enum socket_kind kind, int family,
                      struct row *ret, uint32_t *ret_bucket)
{
    struct rest r = {.at = line, .end = line + len};
    struct row row = {.kind = (uint8_t)kind};
    uint32_t bucket, retransmits, probes;

    skip_blanks(&r);
    bucket = (uint32_t)read_number(&r, 10, 9);
    expect(&r, ':');
    row.local = read_end(&r, family);
    row.peer = read_end(&r, family);
    row.state = (uint8_t)field(&r, 16);
    read_queues(&r, &row);
    read_timer(&r, &row);
    retransmits = field32(&r, 16);
    row.uid = field32(&r, 10);
    probes = field32(&r, 10);
    row.inode = (uint32_t)field(&r, 10);
    if (r.bad || row.state < STATE_ESTABLISHED || row.state >= STATE_COUNT)
        return -EBADMSG;
    if (row.timer != TIMER_ON)
        retransmits = probes;
    row.v6only = is_v6only(&row.local);
    row.retransmits = (uint8_t)(retransmits > UINT8_MAX ? UINT8_MAX : retransmits);
    *ret = row;
    *ret_bucket = bucket;
    return 0;
}

/* The kind of a SOCK_ type; KIND_COUNT: none. */
static enum socket_kind unix_kind(uint64_t type)
{
    switch (type) {
    case SOCK_STREAM:
        return KIND_UNIX_STREAM;
    case SOCK_DGRAM:
        return KIND_UNIX_DGRAM;
    case SOCK_SEQPACKET:
        return KIND_UNIX_SEQPACKET;
    default:
        return KIND_COUNT;
    }
}

int proc_net_parse_unix(const char *line, size_t len, struct row *ret, const char **ret_name,
                        size_t *ret_name_len)
{
    struct rest r = {.at = line, .end = line + len};
    struct row row = {.rqueue = QUEUE_UNKNOWN, .wqueue = QUEUE_UNKNOWN, .uid = UID_UNKNOWN};
    uint64_t flags, state;

    read_number(&r, 16, 16);
    expect(&r, ':');
    field(&r, 16); /* references */
    field(&r, 16); /* protocol: always 0 */
    flags = field(&r, 16);
    row.kind = (uint8_t)unix_kind(field(&r, 16));
    state = field(&r, 16);
    row.inode = (uint32_t)field(&r, 10);
    if (r.bad || row.kind == KIND_COUNT)
        return -EBADMSG;
    row.state = flags & FLAG_ACCEPTS                                  ? STATE_LISTEN
                : state == UNIX_CONNECTED || state == UNIX_CONNECTING ? STATE_ESTABLISHED
                                                                      : STATE_CLOSE;
    row.local.family = row.peer.family = AF_UNIX;
    row.local.number[0] = row.inode;
    if (r.at < r.end)
        r.at++; /* one blank; others are the name's */
    *ret = row;
    *ret_name = r.at;
    *ret_name_len = (size_t)(r.end - r.at);
    return 0;
}

int proc_net_parse_packet(const char *line, size_t len, struct row *ret)
{
    struct rest r = {.at = line, .end = line + len};
    struct row row = {.state = STATE_CLOSE, .wqueue = QUEUE_UNKNOWN};
    uint64_t type;

    field(&r, 16); /* address in the kernel */
    field(&r, 10); /* references */
    type = field(&r, 10);
    row.local.family = AF_PACKET;
    row.local.number[0] = field32(&r, 16);
    row.local.number[1] = row.interface = field32(&r, 10);
    field(&r, 10); /* running */
    row.rqueue = field32(&r, 10);
    row.uid = field32(&r, 10);
    row.inode = (uint32_t)field(&r, 10);
    if (r.bad || (type != SOCK_RAW && type != SOCK_DGRAM))
        return -EBADMSG;
    row.kind = type == SOCK_RAW ? KIND_PACKET_RAW : KIND_PACKET_DGRAM;
    *ret = row;
    return 0;
}

int proc_net_parse_netlink(const char *line, size_t len, struct row *ret)
{
    struct rest r = {.at = line, .end = line + len};
    struct row row = {.kind = KIND_NETLINK, .state = STATE_CLOSE, .uid = UID_UNKNOWN};

    field(&r, 16); /* address in the kernel */
    row.local.family = AF_NETLINK;
    row.local.number[0] = field32(&r, 10);
    row.local.number[1] = field32(&r, 10);
    field(&r, 16); /* groups */
    row.rqueue = field32(&r, 10);
    row.wqueue = field32(&r, 10);
    field(&r, 10); /* a dump is running */
    field(&r, 10); /* references */
    field(&r, 10); /* drops */
    row.inode = (uint32_t)field(&r, 10);
    if (r.bad)
        return -EBADMSG;
    *ret = row;
    return 0;
}
