/* From what the tracer tells of a call to the evidence that rules read. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/why/gather_program.h"

static bool is_datagram(const struct program_call *c)
{
    return c->type == SOCK_DGRAM;
}

static bool is_unix(const struct program_call *c)
{
    return c->domain == AF_UNIX || c->path[0] || c->peer.family == AF_UNIX;
}

static bool is_bind(const struct program_call *c)
{
    return c->call == DOES_BIND || c->call == DOES_LISTEN;
}

static enum endpoint_scheme scheme_of(const struct program_call *c)
{
    if (is_unix(c))
        return c->type == SOCK_DGRAM       ? ENDPOINT_UNIX_DGRAM
               : c->type == SOCK_SEQPACKET ? ENDPOINT_UNIX_SEQPACKET
                                           : ENDPOINT_UNIX;
    return is_datagram(c) ? ENDPOINT_UDP : ENDPOINT_TCP;
}

static const struct addr *end_of(const struct program_call *c)
{
    return is_bind(c) ? &c->local : &c->peer;
}

static bool endpoint_of(const struct program_call *c, struct endpoint *ret)
{
    if (is_unix(c)) {
        *ret = (struct endpoint){.scheme = scheme_of(c)};
        snprintf(ret->path, sizeof(ret->path), "%.*s", (int)sizeof(ret->path) - 1, c->path);
        return c->path[0] != '\0';
    }
    *ret = endpoint_from_addr(scheme_of(c), end_of(c));
    return end_of(c)->family != AF_UNSPEC;
}

const char *program_call_text(const struct program_call *c, char buf[PROGRAM_CALL_TEXT_BYTES])
{
    char text[ENDPOINT_TEXT_BYTES];
    struct endpoint e;

    if (endpoint_of(c, &e))
        snprintf(buf, PROGRAM_CALL_TEXT_BYTES, "%s %s", program_call_name(c->call),
                 endpoint_format(&e, text));
    else if (c->fd >= 0)
        snprintf(buf, PROGRAM_CALL_TEXT_BYTES, "%s fd %d", program_call_name(c->call), c->fd);
    else
        snprintf(buf, PROGRAM_CALL_TEXT_BYTES, "%s", program_call_name(c->call));
    return buf;
}

/* nss's cache daemon is asked first and need not be there.  Addresses are put in order by
 * connecting datagram sockets to them, which sends nothing (RFC 6724, getaddrinfo(3)); a host
 * without IPv6 has no such socket. */
bool program_call_aside(const struct program_call *c)
{
    if (is_unix(c))
        return c->call == DOES_CONNECT && strstr(c->path, "/nscd/socket") != NULL;
    if (c->call == DOES_SOCKET)
        return c->error == -EAFNOSUPPORT;
    return c->call == DOES_CONNECT && is_datagram(c) &&
           (c->error == -ENETUNREACH || c->error == -EHOSTUNREACH ||
            c->error == -EADDRNOTAVAIL || c->error == -EAFNOSUPPORT);
}

static void fill_errors(const struct program_call *c, struct attempt *a)
{
    a->error = c->error;
    switch (c->call) {
    case DOES_RECV:
    case DOES_READ:
        a->recv_error = c->error;
        break;
    case DOES_SEND:
    case DOES_WRITE:
        a->send_error = c->error;
        a->unsent_bytes = c->bytes;
        /* A datagram that a filter swallows: the socket itself is well. */
        if (is_datagram(c) && c->error == -EPERM)
            a->error = 0;
        break;
    default:
        break;
    }
}

static void say_call(struct evidence *e, const struct program_call *c)
{
    char text[PROGRAM_CALL_TEXT_BYTES], took[TEXT_DURATION_BYTES];

    program_call_text(c, text);
    text_duration(c->elapsed_ns, took);
    if (c->error)
        evidence_say(e, "program", c->began_ns, "%s (%d): %s, fd %d%s: %s (%s) after %s",
                     c->comm, c->pid, text, c->fd,
                     c->non_blocking_connect ? ", non-blocking" : "",
                     strerrordesc_np(-c->error), err_name(c->error), took);
    else if (c->news == PROGRAM_GAVE_UP)
        evidence_say(e, "program", c->began_ns,
                     "%s (%d): %s, non-blocking: given up after %s or more", c->comm, c->pid,
                     text, took);
    else
        evidence_say(e, "program", c->began_ns, "%s (%d): %s, fd %d: waits for %s so far",
                     c->comm, c->pid, text, c->fd, took);
}

/* Errors that come from the peer or from the way to it: connect(2), icmp(7), net/ipv4/icmp.c,
 * net/ipv6/icmp.c.  Every other one is this host's own. */
static bool may_come_back(const struct program_call *c)
{
    switch (c->error) {
    case -ECONNREFUSED:
    case -ECONNRESET:
    case -ETIMEDOUT:
    case -EHOSTUNREACH:
    case -ENETUNREACH:
    case -EPROTO:
    case -ENOPROTOOPT:
    case -EMSGSIZE:
    case -EHOSTDOWN:
    case -ENONET:
    case -EOPNOTSUPP:
        return true;
    case -EACCES:
        return c->peer.family == AF_INET6;
    default:
        return false;
    }
}

static bool fails_in_call(const struct program_call *c)
{
    switch (c->call) {
    case DOES_SOCKET:
    case DOES_BIND:
    case DOES_LISTEN:
        return c->error != 0;
    case DOES_CONNECT:
        return c->error && (is_datagram(c) || !may_come_back(c));
    default:
        return false;
    }
}

struct evidence *program_evidence(const struct program_call *c)
{
    struct evidence *e = evidence_new();
    struct attempt *a = evidence_attempt(e);
    char text[PROGRAM_CALL_TEXT_BYTES];

    /* Evidence begins with the call: its lines tell the time since. */
    if (c->began_ns && c->began_ns < e->began_ns) {
        e->began_wall_ns -= e->began_ns - c->began_ns;
        e->began_ns = c->began_ns;
    }
    e->subject = is_bind(c) ? WHY_BIND : WHY_CONNECT;
    endpoint_of(c, &e->endpoint);
    snprintf(e->target, sizeof(e->target), "%.*s by %s (%d)", 250, program_call_text(c, text),
             c->comm, c->pid);
    a->call = program_call_name(c->call);
    a->to = *end_of(c);
    /* A connect() that failed leaves the port, and no address. */
    a->from = c->own.port && !addr_is_any(&c->own) ? addr_unmapped(&c->own) : c->local;
    a->in_call = fails_in_call(c);
    a->began_ns = c->began_ns;
    a->elapsed_ns = c->elapsed_ns;
    a->undecided = !c->error;
    fill_errors(c, a);
    say_call(e, c);
    return e;
}
