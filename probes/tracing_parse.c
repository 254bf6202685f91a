#include "probes/tracing_parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"

#define LINE_BYTES 1024
/* Where the process's name ends at the latest. */
#define COMM_COLUMNS 32
#define VALUE_BYTES 80

static const struct {
    const char *path, *name;
    const char *needs[6]; /* as they stand in the format's "print fmt" */
} tracepoints[KERNEL_EVENT_KINDS] = {
    [KERNEL_SET_STATE] = {"sock/inet_sock_set_state",
                          "inet_sock_set_state",
                          {"family=", "sport=", "saddr=", "saddrv6=", "oldstate=",
                           "newstate="}},
    [KERNEL_RETRANSMIT] = {"tcp/tcp_retransmit_skb",
                           "tcp_retransmit_skb",
                           {"sport=", "dport=", "saddr=", "saddrv6="}},
    [KERNEL_SEND_RESET] = {"tcp/tcp_send_reset", "tcp_send_reset", {NULL}},
    [KERNEL_RECEIVE_RESET] = {"tcp/tcp_receive_reset",
                              "tcp_receive_reset",
                              {"sport=", "dport=", "saddr=", "saddrv6="}},
    [KERNEL_ERROR_REPORT] = {"sock/inet_sk_error_report",
                             "inet_sk_error_report",
                             {"family=", "sport=", "saddr=", "saddrv6=", "error="}},
    [KERNEL_DROP] = {"skb/kfree_skb", "kfree_skb", {"reason: "}},
};

const char *tracing_event_path(enum kernel_event_kind kind)
{
    return (size_t)kind < KERNEL_EVENT_KINDS ? tracepoints[kind].path : NULL;
}

bool tracing_format_fits(enum kernel_event_kind kind, const char *format)
{
    const char *print = strstr(format, "print fmt:");
    bool by_port = print && strstr(print, "sport=") && strstr(print, "saddrv6=");

    if (!print || !tracing_event_path(kind))
        return false;
    /* Its form changed with Linux 6.10. */
    if (kind == KERNEL_SEND_RESET)
        return by_port || (strstr(print, "src=") && strstr(print, "dest="));
    for (size_t i = 0; i < sizeof(tracepoints[0].needs) / sizeof(tracepoints[0].needs[0]); i++)
        if (tracepoints[kind].needs[i] && !strstr(print, tracepoints[kind].needs[i]))
            return false;
    return true;
}

/* ---- the fields ------------------------------------------------------------------------ */

/* The value of " KEY=VALUE" up to the next space; false when it is not there or too long. */
static bool field(const char *fields, const char *key, char ret[VALUE_BYTES])
{
    size_t key_len = strlen(key), len;
    const char *at = fields;

    while ((at = strstr(at, key)) && at != fields && at[-1] != ' ')
        at += key_len;
    if (!at)
        return false;
    at += key_len;
    len = strcspn(at, " ");
    if (len >= VALUE_BYTES)
        return false;
    memcpy(ret, at, len);
    ret[len] = '\0';
    return true;
}

static bool number_of(const char *text, int base, uint64_t max, uint64_t *ret)
{
    char *end;

    if (strspn(text, base == 16 ? "0123456789abcdefABCDEFx" : "0123456789") != strlen(text) ||
        !*text)
        return false;
    errno = 0;
    *ret = strtoull(text, &end, base);
    return errno == 0 && !*end && *ret <= max;
}

static bool number_field(const char *fields, const char *key, int base, uint64_t max,
                         uint64_t *ret)
{
    char value[VALUE_BYTES];

    return field(fields, key, value) && number_of(value, base, max, ret);
}

/* "TCP_ESTABLISHED"; a number where the kernel has no name for it. */
static uint8_t state_field(const char *fields, const char *key)
{
    char value[VALUE_BYTES];

    if (!field(fields, key, value) || strncmp(value, "TCP_", 4) != 0)
        return 0;
    return (uint8_t)state_parse(value + 4);
}

static uint8_t protocol_field(const char *fields)
{
    static const struct {
        const char *name;
        uint8_t protocol;
    } names[] = {{"IPPROTO_TCP", IPPROTO_TCP},
                 {"IPPROTO_UDP", IPPROTO_UDP},
                 {"IPPROTO_SCTP", IPPROTO_SCTP},
                 {"IPPROTO_DCCP", IPPROTO_DCCP},
                 {"17", IPPROTO_UDP},
                 {"0x11", IPPROTO_UDP}};
    char value[VALUE_BYTES];

    if (!field(fields, "protocol=", value))
        return 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(value, names[i].name) == 0)
            return names[i].protocol;
    return 0;
}

static bool parse_ip(int family, const char *text, uint16_t port, struct addr *ret)
{
    uint8_t ip[16];

    if (inet_pton(family, text, ip) != 1)
        return false;
    *ret = addr_make(family, ip, port);
    return true;
}

/* sport= dport= saddr= daddr= saddrv6= daddrv6=, and family= where the event has it: IPv4 has
 * its mapped address as saddrv6. */
static bool take_addresses(const char *fields, struct kernel_event *e)
{
    char family[VALUE_BYTES], local[VALUE_BYTES], peer[VALUE_BYTES];
    uint64_t sport, dport;
    bool v6;

    if (!field(fields, "family=", family)) {
        if (!field(fields, "saddrv6=", local))
            return false;
        strcpy(family, strncmp(local, "::ffff:", 7) == 0 ? "AF_INET" : "AF_INET6");
    }
    v6 = strcmp(family, "AF_INET6") == 0;
    if (!v6 && strcmp(family, "AF_INET") != 0)
        return false;
    return number_field(fields, "sport=", 10, UINT16_MAX, &sport) &&
           number_field(fields, "dport=", 10, UINT16_MAX, &dport) &&
           field(fields, v6 ? "saddrv6=" : "saddr=", local) &&
           field(fields, v6 ? "daddrv6=" : "daddr=", peer) &&
           parse_ip(v6 ? AF_INET6 : AF_INET, local, (uint16_t)sport, &e->local) &&
           parse_ip(v6 ? AF_INET6 : AF_INET, peer, (uint16_t)dport, &e->peer);
}

/* "127.0.0.1:80" or "[::1]:80" */
static bool take_end(const char *fields, const char *key, struct addr *ret)
{
    char value[VALUE_BYTES], *ip = value, *colon;
    uint64_t port;
    int family = AF_INET;

    if (!field(fields, key, value) || !(colon = strrchr(value, ':')) ||
        !number_of(colon + 1, 10, UINT16_MAX, &port))
        return false;
    *colon = '\0';
    if (*ip == '[') {
        if (colon[-1] != ']')
            return false;
        colon[-1] = '\0';
        ip++;
        family = AF_INET6;
    }
    return parse_ip(family, ip, (uint16_t)port, ret);
}

static void take_reason(const char *fields, const char *key, struct kernel_event *e)
{
    char value[VALUE_BYTES];

    if (field(fields, key, value))
        text_clean(value, strlen(value), e->reason, sizeof(e->reason));
}

static bool take_fields(const char *fields, struct kernel_event *e)
{
    uint64_t n;

    if (number_field(fields, "skaddr=", 16, UINT64_MAX, &n) ||
        number_field(fields, "rx_sk=", 16, UINT64_MAX, &n))
        e->socket = n;
    e->protocol = IPPROTO_TCP;
    switch (e->kind) {
    case KERNEL_SET_STATE:
        e->protocol = protocol_field(fields);
        e->old_state = state_field(fields, "oldstate=");
        e->new_state = state_field(fields, "newstate=");
        return take_addresses(fields, e);
    case KERNEL_ERROR_REPORT:
        e->protocol = protocol_field(fields);
        if (!number_field(fields, "error=", 10, INT32_MAX, &n))
            return false;
        e->error = (int32_t)n;
        return take_addresses(fields, e);
    case KERNEL_RETRANSMIT:
        e->new_state = state_field(fields, "state=");
        return take_addresses(fields, e);
    case KERNEL_SEND_RESET:
        e->new_state = state_field(fields, "state=");
        take_reason(fields, "reason=", e);
        return take_addresses(fields, e) ||
               (take_end(fields, "src=", &e->local) && take_end(fields, "dest=", &e->peer) &&
                e->local.family == e->peer.family);
    case KERNEL_RECEIVE_RESET:
        if (number_field(fields, "sock_cookie=", 16, UINT64_MAX, &n))
            e->cookie = n;
        return take_addresses(fields, e);
    default:
        e->protocol = 0; /* the event's is an EtherType */
        take_reason(fields, "reason: ", e);
        return e->reason[0] != '\0';
    }
}

/* ---- the line -------------------------------------------------------------------------- */

/* "1234.567890:" and what follows. */
static const char *parse_time(const char *at, uint64_t *ret_ns)
{
    char *end;
    uint64_t seconds, micros;
    const char *dot;

    if (*at < '0' || *at > '9')
        return NULL;
    errno = 0;
    seconds = strtoull(at, &end, 10);
    if (errno || *end != '.' || seconds > UINT32_MAX)
        return NULL;
    dot = end;
    if (strspn(dot + 1, "0123456789") != 6 || dot[7] != ':' || dot[8] != ' ')
        return NULL;
    micros = strtoull(dot + 1, &end, 10);
    *ret_ns = seconds * CLOCK_SECOND_NS + micros * 1000;
    return dot + 9;
}

/* Past "-4242    [001] ..s1.  ", to the time. */
static const char *skip_context(const char *at)
{
    if (*at != '-')
        return NULL;
    at++;
    at += strspn(at, "0123456789");
    at += strspn(at, " ");
    if (*at == '(') { /* the thread group, where that option is on */
        at += strcspn(at, ")");
        at += *at == ')';
        at += strspn(at, " ");
    }
    if (*at != '[')
        return NULL;
    at += 1 + strspn(at + 1, "0123456789");
    if (*at != ']')
        return NULL;
    at++;
    at += strspn(at, " ");
    at += strcspn(at, " "); /* flags */
    return at + strspn(at, " ");
}

/* Past the time.  A name is too short to hold a context and a time itself: what is one is it. */
static const char *find_event(const char *text, uint64_t *ret_ns)
{
    const char *at = text, *event = NULL;

    while (!event && (at = strchr(at, '-')) && at - text <= COMM_COLUMNS) {
        event = skip_context(at++);
        event = event ? parse_time(event, ret_ns) : NULL;
    }
    return event;
}

int tracing_parse(const char *line, size_t len, struct kernel_event *ret)
{
    struct kernel_event e = {0};
    char text[LINE_BYTES];
    const char *at, *colon;

    if (len >= sizeof(text) || memchr(line, '\0', len))
        return -EBADMSG;
    memcpy(text, line, len);
    text[len] = '\0';
    at = find_event(text, &e.at_ns);
    colon = at ? strstr(at, ": ") : NULL;
    if (!colon)
        return -EBADMSG;
    for (size_t i = 0; i < KERNEL_EVENT_KINDS; i++) {
        const char *name = tracepoints[i].name;

        if (!name || strlen(name) != (size_t)(colon - at) ||
            memcmp(name, at, strlen(name)) != 0)
            continue;
        e.kind = (uint8_t)i;
        if (!take_fields(colon + 2, &e))
            return -EBADMSG;
        *ret = e;
        return 0;
    }
    return -ENOMSG;
}

bool tracing_parse_lost(const char *line, size_t len, uint64_t *ret_lost)
{
    char text[64];
    unsigned cpu;
    unsigned long lost;

    if (len >= sizeof(text))
        return false;
    memcpy(text, line, len);
    text[len] = '\0';
    if (sscanf(text, "CPU:%u [LOST %lu EVENTS]", &cpu, &lost) == 2) {
        *ret_lost = lost;
        return true;
    }
    *ret_lost = 1; /* the kernel does not know how many */
    return strncmp(text, "CPU:", 4) == 0 && strstr(text, "[LOST EVENTS]");
}
