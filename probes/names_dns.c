#include "probes/names_dns.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"

#define RESEND_NS CLOCK_SECOND_NS
/* Without EDNS an answer has 512 (RFC 1035, 4.2.1); some send more. */
#define DATAGRAM_BYTES 4096
#define STREAM_BYTES (2 + UINT16_MAX)

static void finish(struct names_exchange *x, enum name_outcome outcome, int error,
                   uint64_t now_ns)
{
    x->finding->outcome = outcome;
    x->finding->error = error;
    x->finding->has_elapsed = true;
    x->finding->elapsed_ns = now_ns - x->started_ns;
    names_exchange_end(x);
}

void names_exchange_end(struct names_exchange *x)
{
    if (!x->active)
        return;
    if (x->fd >= 0)
        close(x->fd);
    free(x->answer);
    *x = (struct names_exchange){.fd = -1};
}

/* ---- sending ----------------------------------------------------------------------------- */

/* Connected, so that the kernel gives us this server's datagrams only, and its refusals. */
static int connect_to(struct names_exchange *x, int type)
{
    struct sockaddr_storage sa;
    socklen_t len;

    if (!addr_to_sockaddr(&x->finding->server, &sa, &len))
        return -EAFNOSUPPORT;
    x->fd = socket(sa.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (x->fd < 0)
        return -errno;
    if (connect(x->fd, (struct sockaddr *)&sa, len) < 0 && errno != EINPROGRESS)
        return -errno;
    return 0;
}

static int send_datagram(struct names_exchange *x, uint64_t now_ns)
{
    x->resend_ns = now_ns + RESEND_NS;
    if (send(x->fd, x->query + 2, x->query_bytes - 2, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
        return -errno;
    return 0;
}

/* The name as the wire has it: without a last dot, odd bytes escaped in one way. */
static int encode(struct names_exchange *x, struct name_finding *f)
{
    struct dns_question question;
    struct dns_reader reader;
    struct dns_header header;
    size_t len;
    int r;

    if (getrandom(&x->id, sizeof(x->id), 0) != sizeof(x->id))
        return -EIO;
    r = dns_encode_query(x->id, f->query, f->type, x->query + 2, &len);
    if (r == 0)
        r = dns_read_header(&reader, x->query + 2, len, &header);
    if (r < 0 || dns_read_question(&reader, &question) != 1)
        return -EINVAL;
    memcpy(f->query, question.name, sizeof(f->query));
    x->query[0] = (uint8_t)(len >> 8);
    x->query[1] = (uint8_t)len;
    x->query_bytes = 2 + len;
    return 0;
}

bool names_exchange_begin(struct names_exchange *x, struct name_finding *f, uint64_t now_ns)
{
    int r;

    *x = (struct names_exchange){
        .active = true, .fd = -1, .finding = f, .started_ns = now_ns, .resend_ns = UINT64_MAX};
    f->outcome = NAME_SILENT;
    r = encode(x, f);
    if (r < 0) {
        f->outcome = NAME_NOT_ASKED;
        names_exchange_end(x);
        return false;
    }
    r = connect_to(x, SOCK_DGRAM);
    if (r == 0)
        r = send_datagram(x, now_ns);
    if (r < 0)
        finish(x, NAME_FAILED, r, now_ns);
    return x->active;
}

bool names_exchange_resend(struct names_exchange *x, uint64_t now_ns)
{
    int r = 0;

    if (!x->tcp && now_ns >= x->resend_ns)
        r = send_datagram(x, now_ns);
    if (r < 0)
        finish(x, NAME_FAILED, r, now_ns);
    return !x->active;
}

/* ---- what an answer says ----------------------------------------------------------------- */

/* Follows the aliases from the question on; what else the server added is left out. */
static void take_record(struct name_report *r, struct name_finding *f,
                        const struct dns_record *record, char owner[DNS_NAME_BYTES])
{
    bool alias = record->type == DNS_CNAME;
    struct name_answer *answer;

    if (record->section != DNS_ANSWER || record->class != DNS_CLASS_IN ||
        (record->type != f->type && !alias) || !dns_name_equal(record->name, owner))
        return;
    if (alias)
        memcpy(owner, record->target, DNS_NAME_BYTES);
    answer = names_answer(r, f);
    if (!answer)
        return;
    *answer = (struct name_answer){.type = record->type, .ttl_s = record->ttl_s};
    if (record->type == DNS_A || record->type == DNS_AAAA)
        answer->addr = addr_make(record->type == DNS_A ? AF_INET : AF_INET6, record->ip, 0);
    else
        memcpy(answer->name, record->target, sizeof(answer->name));
}

enum verdict { NOT_OURS, CUT, READ, UNREADABLE };

static bool our_question(const struct names_exchange *x, struct dns_reader *reader,
                         const struct dns_header *h)
{
    struct dns_question q;

    if (!h->response || h->id != x->id)
        return false;
    /* One that could not read the question does not repeat it. */
    if (h->counts[DNS_QUESTION] == 0 && h->rcode != DNS_NOERROR)
        return true;
    return dns_read_question(reader, &q) == 1 && q.type == x->finding->type &&
           dns_name_equal(q.name, x->finding->query);
}

static enum verdict read_answer(struct names_exchange *x, struct name_report *r,
                                const uint8_t *bytes, size_t len)
{
    struct name_finding *f = x->finding;
    char owner[DNS_NAME_BYTES];
    struct dns_reader reader;
    struct dns_header h;
    struct dns_record record;
    int more;

    if (dns_read_header(&reader, bytes, len, &h) < 0 || !our_question(x, &reader, &h))
        return NOT_OURS;
    if (h.truncated && !x->tcp)
        return CUT;
    f->rcode = h.rcode;
    memcpy(owner, f->query, sizeof(owner));
    while ((more = dns_read_record(&reader, &record)) > 0)
        take_record(r, f, &record, owner);
    return more < 0 ? UNREADABLE : READ;
}

/* ---- receiving --------------------------------------------------------------------------- */

static void go_to_tcp(struct names_exchange *x, uint64_t now_ns)
{
    int r;

    close(x->fd);
    x->resend_ns = UINT64_MAX;
    x->tcp = x->finding->tcp = true;
    x->answer = mem_new(STREAM_BYTES, 1);
    r = connect_to(x, SOCK_STREAM);
    if (r < 0)
        finish(x, NAME_FAILED, r, now_ns);
}

static void judge(struct names_exchange *x, struct name_report *r, const uint8_t *bytes,
                  size_t len, uint64_t now_ns)
{
    switch (read_answer(x, r, bytes, len)) {
    case NOT_OURS: /* a stream carries nothing else */
        if (x->tcp)
            finish(x, NAME_GARBLED, 0, now_ns);
        break;
    case CUT:
        go_to_tcp(x, now_ns);
        break;
    case READ:
        finish(x, NAME_ANSWERED, 0, now_ns);
        break;
    case UNREADABLE:
        finish(x, NAME_GARBLED, 0, now_ns);
        break;
    }
}

static void receive_datagram(struct names_exchange *x, struct name_report *r, uint64_t now_ns)
{
    uint8_t bytes[DATAGRAM_BYTES];
    ssize_t n = recv(x->fd, bytes, sizeof(bytes), 0);

    if (n >= 0)
        judge(x, r, bytes, (size_t)n, now_ns);
    else if (errno != EAGAIN && errno != EINTR)
        finish(x, NAME_FAILED, -errno, now_ns);
}

static void send_stream(struct names_exchange *x, uint64_t now_ns)
{
    ssize_t n = send(x->fd, x->query + x->sent, x->query_bytes - x->sent, MSG_NOSIGNAL);

    if (n >= 0)
        x->sent += (size_t)n;
    else if (errno != EAGAIN && errno != EINTR)
        finish(x, NAME_FAILED, -errno, now_ns);
}

static void receive_stream(struct names_exchange *x, struct name_report *r, uint64_t now_ns)
{
    size_t whole = x->got < 2 ? 2 : 2U + ((size_t)x->answer[0] << 8 | x->answer[1]);
    ssize_t n = recv(x->fd, x->answer + x->got, whole - x->got, 0);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0) {
        finish(x, NAME_FAILED, -errno, now_ns);
        return;
    }
    if (n == 0) {
        finish(x, NAME_GARBLED, 0, now_ns);
        return;
    }
    x->got += (size_t)n;
    if (x->got == whole && whole > 2)
        judge(x, r, x->answer + 2, whole - 2, now_ns);
}

short names_exchange_events(const struct names_exchange *x)
{
    return x->tcp && x->sent < x->query_bytes ? POLLOUT : POLLIN;
}

bool names_exchange_ready(struct names_exchange *x, struct name_report *r, uint64_t now_ns)
{
    if (!x->tcp)
        receive_datagram(x, r, now_ns);
    else if (x->sent < x->query_bytes)
        send_stream(x, now_ns);
    else
        receive_stream(x, r, now_ns);
    return !x->active;
}
