#include "core/model/journal.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/err.h"
#include "core/base/text.h"

/* A string being built; what does not fit is cut. */
struct text {
    char *buf;
    size_t size, used;
};

static void add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(t->buf + t->used, t->size - t->used, format, args);
    va_end(args);
    if (n > 0)
        t->used += (size_t)n < t->size - t->used ? (size_t)n : t->size - t->used - 1;
}

struct constant {
    int level; /* of a socket option; else unused */
    int value;
    const char *name;
};

#define CONSTANT(name)                                                                         \
    {                                                                                          \
        0, name, #name                                                                         \
    }
#define OPTION(level, name)                                                                    \
    {                                                                                          \
        level, name, #name                                                                     \
    }

static const struct constant domains[] = {
    CONSTANT(AF_INET), CONSTANT(AF_INET6), CONSTANT(AF_UNIX), {0, 0, NULL}};
static const struct constant types[] = {
    CONSTANT(SOCK_STREAM), CONSTANT(SOCK_DGRAM), CONSTANT(SOCK_SEQPACKET), {0, 0, NULL}};
static const struct constant type_flags[] = {
    CONSTANT(SOCK_NONBLOCK), CONSTANT(SOCK_CLOEXEC), {0, 0, NULL}};
static const struct constant message_flags[] = {
    CONSTANT(MSG_NOSIGNAL), CONSTANT(MSG_DONTWAIT), CONSTANT(MSG_PEEK), CONSTANT(MSG_MORE),
    CONSTANT(MSG_TRUNC),    CONSTANT(MSG_WAITALL),  {0, 0, NULL}};
static const struct constant protocols[] = {
    CONSTANT(IPPROTO_IP), CONSTANT(IPPROTO_TCP), CONSTANT(IPPROTO_UDP), {0, 0, NULL}};
static const struct constant hows[] = {
    CONSTANT(SHUT_RD), CONSTANT(SHUT_WR), CONSTANT(SHUT_RDWR), {0, 0, NULL}};
static const struct constant levels[] = {CONSTANT(SOL_SOCKET),
                                         CONSTANT(SOL_TCP),
                                         CONSTANT(SOL_IP),
                                         CONSTANT(SOL_IPV6),
                                         {0, 0, NULL}};
static const struct constant options[] = {
    OPTION(SOL_SOCKET, SO_ERROR),     OPTION(SOL_SOCKET, SO_REUSEADDR),
    OPTION(SOL_SOCKET, SO_REUSEPORT), OPTION(SOL_SOCKET, SO_RCVBUF),
    OPTION(SOL_SOCKET, SO_SNDBUF),    OPTION(SOL_SOCKET, SO_KEEPALIVE),
    OPTION(SOL_TCP, TCP_NODELAY),     OPTION(SOL_TCP, TCP_USER_TIMEOUT),
    OPTION(SOL_IPV6, IPV6_V6ONLY),    {0, 0, NULL}};

static const char *constant_name(const struct constant *table, int level, int value)
{
    for (; table->name; table++)
        if (table->value == value && table->level == level)
            return table->name;
    return NULL;
}

static void add_constant(struct text *t, const struct constant *table, int level, int value)
{
    const char *name = constant_name(table, level, value);

    if (name)
        add(t, "%s", name);
    else
        add(t, "%#x", (unsigned)value);
}

/* "A|B|0x40"; "0" when none is set. */
static void add_flags(struct text *t, const struct constant *table, int value, bool first)
{
    bool any = !first;

    for (; table->name; table++) {
        if (!(value & table->value))
            continue;
        add(t, "%s%s", any ? "|" : "", table->name);
        value &= ~table->value;
        any = true;
    }
    if (value || !any)
        add(t, any ? "|%#x" : value ? "%#x" : "%d", (unsigned)value);
}

static void add_quoted(struct text *t, const uint8_t *bytes, size_t kept, uint64_t length);

/* The path stands in the data where that is not what was sent or received. */
static void add_unix(struct text *t, const struct call *call)
{
    bool transfer = call->name == CALL_SENDTO || call->name == CALL_RECVFROM;

    add(t, "{sa_family=AF_UNIX");
    if (call->path_len && !transfer) {
        bool abstract = call->data[0] == '@';

        add(t, ", sun_path=%s", abstract ? "@" : "");
        add_quoted(t, call->data + abstract, call->data_len - abstract,
                   call->path_len - abstract);
    }
    add(t, "}");
}

static void add_addr(struct text *t, const struct call *call)
{
    const struct addr *a = &call->addr;
    char ip[ADDR_TEXT_BYTES];

    addr_format_ip(a, ip);
    if (a->family == AF_INET)
        add(t, "{sa_family=AF_INET, sin_port=htons(%u), sin_addr=\"%s\"}", a->port, ip);
    else if (a->family == AF_INET6)
        add(t, "{sa_family=AF_INET6, sin6_port=htons(%u), sin6_addr=\"%s\"}", a->port, ip);
    else if (a->family == AF_UNIX)
        add_unix(t, call);
    else
        add(t, "NULL");
}

/* C's spelling of bytes, as strace writes them: octal only where nothing shorter says it. */
static void add_quoted(struct text *t, const uint8_t *bytes, size_t kept, uint64_t length)
{
    add(t, "\"");
    for (size_t i = 0; i < kept; i++) {
        uint8_t c = bytes[i];
        const char *at = c ? strchr("\n\r\t\"\\", c) : NULL;

        if (at)
            add(t, "\\%c", "nrt\"\\"[at - "\n\r\t\"\\"]);
        else if (c >= 0x20 && c < 0x7f)
            add(t, "%c", c);
        else
            add(t, "\\x%02x", c);
    }
    add(t, length > kept ? "\"..." : "\"");
}

static void add_transfer(struct text *t, const struct call *call)
{
    bool sent = call->name == CALL_SEND || call->name == CALL_SENDTO;

    add(t, "%d, ", call->fd);
    if (sent || call->result >= 0)
        add_quoted(t, call->data, call->data_len, sent ? call->length : (uint64_t)call->result);
    else
        add(t, "...");
    add(t, ", %llu, ", (unsigned long long)call->length);
    add_flags(t, message_flags, call->a, true);
    if (call->name != CALL_SENDTO && call->name != CALL_RECVFROM)
        return;
    add(t, ", ");
    add_addr(t, call);
    add(t, sent ? ", %d" : ", [%d]", call->d);
}

static void add_option(struct text *t, const struct call *call)
{
    add(t, "%d, ", call->fd);
    add_constant(t, levels, 0, call->a);
    add(t, ", ");
    add_constant(t, options, call->a, call->b);
    if (call->name == CALL_SETSOCKOPT)
        add(t, ", [%d], %d", call->c, call->d);
    else if (call->result == 0 && call->a == SOL_SOCKET && call->b == SO_ERROR && call->c > 0)
        add(t, ", [%s], [%d]", err_name(call->c), call->d); /* it is what failed */
    else if (call->result == 0)
        add(t, ", [%d], [%d]", call->c, call->d);
    else
        add(t, ", ..., [%d]", call->d);
}

static void add_arguments(struct text *t, const struct call *call)
{
    switch ((enum call_name)call->name) {
    case CALL_SOCKET:
        add_constant(t, domains, 0, call->a);
        add(t, ", ");
        add_constant(t, types, 0, call->b & ~(SOCK_NONBLOCK | SOCK_CLOEXEC));
        add_flags(t, type_flags, call->b & (SOCK_NONBLOCK | SOCK_CLOEXEC), false);
        add(t, ", ");
        add_constant(t, protocols, 0, call->c);
        break;
    case CALL_BIND:
    case CALL_CONNECT:
        add(t, "%d, ", call->fd);
        add_addr(t, call);
        add(t, ", %d", call->d);
        break;
    case CALL_LISTEN:
        add(t, "%d, %d", call->fd, call->a);
        break;
    case CALL_ACCEPT4:
        add(t, "%d, ", call->fd);
        add_addr(t, call);
        add(t, ", ");
        add_flags(t, type_flags, call->a, true);
        break;
    case CALL_SEND:
    case CALL_RECV:
    case CALL_SENDTO:
    case CALL_RECVFROM:
        add_transfer(t, call);
        break;
    case CALL_SHUTDOWN:
        add(t, "%d, ", call->fd);
        add_constant(t, hows, 0, call->a);
        break;
    case CALL_CLOSE:
        add(t, "%d", call->fd);
        break;
    case CALL_SETSOCKOPT:
    case CALL_GETSOCKOPT:
        add_option(t, call);
        break;
    case CALL_GETSOCKNAME:
        add(t, "%d, ", call->fd);
        add_addr(t, call);
        break;
    case CALL_NAMES:
        break;
    }
}

const char *call_name(enum call_name name)
{
    static const char *const names[CALL_NAMES] = {[CALL_SOCKET] = "socket",
                                                  [CALL_BIND] = "bind",
                                                  [CALL_LISTEN] = "listen",
                                                  [CALL_CONNECT] = "connect",
                                                  [CALL_ACCEPT4] = "accept4",
                                                  [CALL_SEND] = "send",
                                                  [CALL_RECV] = "recv",
                                                  [CALL_SENDTO] = "sendto",
                                                  [CALL_RECVFROM] = "recvfrom",
                                                  [CALL_SHUTDOWN] = "shutdown",
                                                  [CALL_CLOSE] = "close",
                                                  [CALL_SETSOCKOPT] = "setsockopt",
                                                  [CALL_GETSOCKOPT] = "getsockopt",
                                                  [CALL_GETSOCKNAME] = "getsockname"};

    return (unsigned)name < CALL_NAMES ? names[name] : "?";
}

size_t call_format(const struct call *call, char *buf, size_t size)
{
    struct text t = {.buf = buf, .size = size};

    add(&t, "%s(", call_name((enum call_name)call->name));
    add_arguments(&t, call);
    if (call->error)
        add(&t, ") = -1 %s (%s)", err_name(call->error), strerrordesc_np(call->error));
    else
        add(&t, ") = %lld", (long long)call->result);
    add(&t, " <%llu.%06llu>", (unsigned long long)(call->duration_ns / 1000000000),
        (unsigned long long)(call->duration_ns / 1000 % 1000000));
    return t.used;
}

struct ring *journal_new(void)
{
    return ring_new(JOURNAL_CALLS, sizeof(struct call), 0);
}
