/* core/net/load_conn.c - the places of a load's connections: each is opened, used, and opened anew
 * when its connection is lost, after a rest that grows with each failure. */
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <utlist.h>

#include "core/base/clock.h"
#include "core/net/load_internal.h"

#define REST_MIN_NS (10 * CLOCK_MS_NS)
#define REST_MAX_NS CLOCK_SECOND_NS
/* A connection is given up after so many failures in a row; the first one is enough before anything has
 * been answered.  It still tries: the load only ends when all of them are. */
#define FAILURES_MAX 5
/* What one turn sends where there is no end to what could be sent. */
#define ROUNDS 4

/* ---- sockets -------------------------------------------------------------------------- */

static int socket_type(enum endpoint_scheme scheme)
{
    switch (scheme) {
    case ENDPOINT_UDP:
    case ENDPOINT_UNIX_DGRAM:
        return SOCK_DGRAM;
    case ENDPOINT_UNIX_SEQPACKET:
        return SOCK_SEQPACKET;
    default:
        return SOCK_STREAM;
    }
}

bool conn_has_boundaries(enum endpoint_scheme scheme)
{
    return socket_type(scheme) != SOCK_STREAM;
}

/* Options fail where they mean nothing, and then nothing is missing. */
static void set_options(const struct conn *c, int fd)
{
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    const int on = 1;

    if (socket_type(c->load->settings.endpoint.scheme) == SOCK_STREAM)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (c->load->settings.reset)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

/* Returns 0 when connected, -EINPROGRESS, or negative errno. */
static int connect_socket(struct conn *c)
{
    struct load *l = c->load;
    const struct sockname *to = &l->addresses[c->address];
    enum endpoint_scheme scheme = l->settings.endpoint.scheme;
    const sa_family_t nameless = AF_UNIX;
    int fd = socket(to->sa.ss_family, socket_type(scheme) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    c->watch.fd = fd;
    set_options(c, fd);
    /* The answers need an address: the kernel finds one (unix(7), autobind). */
    if (scheme == ENDPOINT_UNIX_DGRAM &&
        bind(fd, (const struct sockaddr *)&nameless, sizeof(nameless)) < 0)
        return -errno;
    return connect(fd, (const struct sockaddr *)&to->sa, to->len) < 0 ? -errno : 0;
}

static void release_socket(struct conn *c)
{
    struct load *l = c->load;
    int waiting;

    if (c->watch.fd < 0)
        return;
    loop_remove(l->loop, &c->watch);
    if (l->endless && c->sent && ioctl(c->watch.fd, SIOCOUTQ, &waiting) == 0)
        l->counts.unacknowledged_bytes += (uint64_t)waiting;
    if (l->transport->close)
        l->transport->close(c);
    close(c->watch.fd);
    c->watch.fd = -1;
}

void conn_close(struct conn *c)
{
    struct load *l = c->load;

    release_socket(c);
    if (c->state == CONN_OPEN)
        l->open--;
    else if (c->state == CONN_CONNECTING || c->state == CONN_HANDSHAKING)
        l->connecting--;
    if (c->idle) {
        DL_DELETE(l->idle, c);
        c->idle = false;
    }
    if (l->protocol->closed)
        l->protocol->closed(c);
    c->state = CONN_CLOSED;
    c->rest_until_ns = 0;
}

/* Nothing is on its way any more. */
static void forget(struct conn *c)
{
    for (uint32_t i = 0; i < c->load->settings.pipeline; i++)
        c->slots[i].busy = false;
    c->goal = c->sent = c->received = 0;
    c->head_end = c->load->unit_bytes;
    c->first = c->used = c->unsent = 0;
    c->highest = c->sequence;
}

/* ---- opening -------------------------------------------------------------------------- */

static void begin_open(struct conn *c, uint64_t now_ns)
{
    struct load *l = c->load;

    l->connecting--;
    l->open++;
    l->counts.opened++;
    c->state = CONN_OPEN;
    c->seed = l->next_seed++;
    if (l->protocol->opened)
        l->protocol->opened(c, now_ns);
    if (c->state == CONN_OPEN && c->used)
        l->work->flush(c, now_ns);
    if (c->state == CONN_OPEN)
        conn_fill(c, now_ns);
    /* What came behind the handshake and was read with it makes no event. */
    if (c->state == CONN_OPEN && l->transport->pending && l->transport->pending(c))
        l->work->readable(c, now_ns);
}

static void handshake(struct conn *c, uint64_t now_ns)
{
    struct load *l = c->load;
    uint32_t events = 0;
    int r;

    l->trouble[0] = '\0';
    r = l->transport->handshake ? l->transport->handshake(c, &events) : 0;

    if (r == -EAGAIN)
        loop_change(l->loop, &c->watch, events);
    else if (r < 0)
        conn_fail(c, now_ns, LOAD_AT_HANDSHAKE, LOAD_FAULT_ERRNO, -r, "%s", l->trouble);
    else
        begin_open(c, now_ns);
}

static void connected(struct conn *c, uint64_t now_ns)
{
    int code = 0;
    socklen_t len = sizeof(code);

    if (getsockopt(c->watch.fd, SOL_SOCKET, SO_ERROR, &code, &len) < 0)
        code = errno;
    if (code) {
        conn_fail(c, now_ns, LOAD_AT_CONNECT, LOAD_FAULT_ERRNO, code, "%s", "");
        return;
    }
    c->state = CONN_HANDSHAKING;
    handshake(c, now_ns);
}

static void ready(struct watch *w, uint32_t events)
{
    struct conn *c = w->owner;
    const struct work *work = c->load->work;
    uint64_t now_ns = clock_now_ns();

    if (c->state == CONN_CONNECTING) {
        connected(c, now_ns);
        return;
    }
    if (c->state == CONN_HANDSHAKING) {
        handshake(c, now_ns);
        return;
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        work->readable(c, now_ns);
    if (c->state == CONN_OPEN && (events & EPOLLOUT))
        work->flush(c, now_ns);
    if (c->state == CONN_OPEN)
        conn_fill(c, now_ns);
}

static void try_to_connect(struct conn *c, uint64_t now_ns)
{
    struct load *l = c->load;
    int r;

    c->address = l->address;
    r = connect_socket(c);
    if (r == -EAGAIN && l->addresses[c->address].sa.ss_family == AF_UNIX) {
        /* Its backlog is full, which for TCP means to wait, too. */
        release_socket(c);
        c->rest_until_ns = now_ns + REST_MIN_NS;
        return;
    }
    if (r == 0 || r == -EINPROGRESS) {
        c->watch.events = EPOLLIN | EPOLLOUT;
        r = loop_add(l->loop, &c->watch);
    }
    if (r < 0)
        conn_fail(c, now_ns, LOAD_AT_CONNECT, LOAD_FAULT_ERRNO, -r, "%s", "");
}

void conn_open(struct conn *c, uint64_t now_ns)
{
    c->watch.ready = ready;
    c->watch.owner = c;
    c->rest_until_ns = 0;
    c->since_ns = now_ns;
    c->state = CONN_CONNECTING;
    c->load->connecting++;
    try_to_connect(c, now_ns);
}

/* ---- endings -------------------------------------------------------------------------- */

void conn_well(struct conn *c)
{
    c->failures = 0;
    if (c->given_up)
        c->load->given_up--;
    c->given_up = false;
}

static void rest(struct conn *c, uint64_t now_ns)
{
    struct load *l = c->load;
    unsigned limit = l->counts.done ? FAILURES_MAX : 1;
    uint64_t rest_ns = REST_MIN_NS << (c->failures < 10 ? c->failures : 10);

    c->rest_until_ns = now_ns + (rest_ns < REST_MAX_NS ? rest_ns : REST_MAX_NS);
    if (c->failures < UINT8_MAX)
        c->failures++;
    if (c->failures >= limit && !c->given_up) {
        c->given_up = true;
        l->given_up++;
    }
}

/* Before anything was reached, the endpoint's next address may be the one. */
static bool next_address(struct conn *c, enum load_stage stage)
{
    struct load *l = c->load;

    if (stage != LOAD_AT_CONNECT || l->counts.opened)
        return false;
    if (c->address == l->address && l->address + 1 < l->n_addresses)
        l->address++;
    return c->address != l->address;
}

void conn_fail(struct conn *c, uint64_t now_ns, enum load_stage stage, enum load_fault fault,
               int code, const char *first, ...)
{
    struct load *l = c->load;
    char text[ERR_TEXT_BYTES];
    va_list args;

    va_start(args, first);
    vsnprintf(text, sizeof(text), first, args);
    va_end(args);
    conn_close(c);
    if (next_address(c, stage)) {
        conn_open(c, now_ns);
        return;
    }
    load_count_error(l, stage, fault, code, c->used ? c->used : 1, text);
    if (stage == LOAD_AT_CONNECT || stage == LOAD_AT_HANDSHAKE)
        l->counts.failed_connections++;
    load_unanswered(l, c->used);
    forget(c);
    rest(c, now_ns);
}

void conn_finish(struct conn *c, uint64_t now_ns)
{
    struct load *l = c->load;
    bool fruitless = !l->per_request && !c->received;

    conn_close(c);
    c->sent = c->received = 0;
    c->goal = c->used * l->unit_bytes;
    c->head_end = l->unit_bytes;
    if (fruitless)
        rest(c, now_ns);
    else if (l->per_request)
        conn_fill(c, now_ns);
    else if (c->used || load_goes_on(l))
        conn_open(c, now_ns);
}

void conn_end(struct conn *c)
{
    conn_close(c);
    forget(c);
    c->state = CONN_ENDED;
    c->load->ended_conns++;
}

/* ---- use ------------------------------------------------------------------------------ */

bool conn_available(const struct conn *c)
{
    if (c->load->per_request)
        return c->state == CONN_CLOSED && !c->rest_until_ns && !c->used;
    return c->state == CONN_OPEN && c->used < c->load->settings.pipeline && !c->unsent;
}

static void wait_for_more(struct conn *c, bool more)
{
    struct load *l = c->load;
    bool out = c->sent < c->goal || c->unsent || more;

    if (conn_available(c) && l->settings.rate && !c->idle) {
        DL_APPEND(l->idle, c);
        c->idle = true;
    }
    if (c->state == CONN_OPEN)
        loop_change(l->loop, &c->watch, EPOLLIN | (out ? (uint32_t)EPOLLOUT : 0));
}

void conn_fill(struct conn *c, uint64_t now_ns)
{
    struct load *l = c->load;
    unsigned rounds = l->endless ? ROUNDS : 1;
    uint64_t intended_ns;
    bool begun;

    if (c->idle) {
        DL_DELETE(l->idle, c);
        c->idle = false;
    }
    do {
        begun = false;
        while (conn_available(c) && load_take(l, now_ns, &intended_ns)) {
            l->work->begin(c, intended_ns, now_ns);
            begun = true;
        }
        if (begun && c->state == CONN_OPEN)
            l->work->flush(c, now_ns);
    } while (begun && --rounds && c->state == CONN_OPEN);
    wait_for_more(c, l->endless && !l->settings.rate && load_goes_on(l));
}

static bool overdue(const struct conn *c, uint64_t since_ns, uint64_t now_ns)
{
    return now_ns > since_ns && now_ns - since_ns > c->load->settings.timeout_ns;
}

static void rest_over(struct conn *c, uint64_t now_ns)
{
    c->rest_until_ns = 0;
    if (c->state == CONN_CONNECTING)
        try_to_connect(c, now_ns);
    else if (c->load->per_request)
        conn_fill(c, now_ns);
    else if (load_goes_on(c->load))
        conn_open(c, now_ns);
}

void conn_sweep(struct conn *c, uint64_t now_ns)
{
    bool opening = c->state == CONN_CONNECTING || c->state == CONN_HANDSHAKING;

    if (opening && overdue(c, c->since_ns, now_ns))
        conn_fail(c, now_ns, c->state == CONN_CONNECTING ? LOAD_AT_CONNECT : LOAD_AT_HANDSHAKE,
                  LOAD_FAULT_TIMEOUT, 0, "%s", "");
    else if (c->state == CONN_OPEN)
        c->load->work->overdue(c, now_ns);
    else if (c->rest_until_ns && now_ns >= c->rest_until_ns)
        rest_over(c, now_ns);
}
