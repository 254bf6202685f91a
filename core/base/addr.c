#include "core/base/addr.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "core/base/text.h"

static const uint8_t MAPPED_PREFIX[12] = {[10] = 0xff, [11] = 0xff};

static size_t ip_bytes(const struct addr *a)
{
    return a->family == AF_INET ? 4 : a->family == AF_INET6 ? 16 : 0;
}

struct addr addr_make(int family, const void *ip, uint16_t port)
{
    struct addr a = {.family = (uint8_t)family, .port = port};

    memcpy(a.ip, ip, ip_bytes(&a));
    return a;
}

struct addr addr_from_sockaddr(const struct sockaddr *sa)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct addr a = {.family = AF_UNSPEC};

    if (sa->sa_family == AF_INET) {
        memcpy(&in, sa, sizeof(in));
        a = addr_make(AF_INET, &in.sin_addr, ntohs(in.sin_port));
    } else if (sa->sa_family == AF_INET6) {
        memcpy(&in6, sa, sizeof(in6));
        a = addr_make(AF_INET6, &in6.sin6_addr, ntohs(in6.sin6_port));
        a.scope = in6.sin6_scope_id;
    } else if (sa->sa_family == AF_UNIX) {
        a.family = AF_UNIX;
    }
    return a;
}

bool addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *ret, socklen_t *ret_len)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(a->port)};
    struct sockaddr_in6 in6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(a->port), .sin6_scope_id = a->scope};

    *ret = (struct sockaddr_storage){0};
    if (a->family == AF_INET) {
        memcpy(&in.sin_addr, a->ip, 4);
        memcpy(ret, &in, sizeof(in));
        *ret_len = sizeof(in);
    } else if (a->family == AF_INET6) {
        memcpy(&in6.sin6_addr, a->ip, 16);
        memcpy(ret, &in6, sizeof(in6));
        *ret_len = sizeof(in6);
    }
    return a->family == AF_INET || a->family == AF_INET6;
}

struct sockname sockname_from_addr(const struct addr *a)
{
    struct sockname n = {.len = 0};

    addr_to_sockaddr(a, &n.sa, &n.len);
    return n;
}

struct addr addr_from_sockname(const struct sockname *n)
{
    return addr_from_sockaddr((const struct sockaddr *)&n->sa);
}

struct sockname sockname_from_path(const char *path)
{
    struct sockname n = {.len = 0};
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    bool abstract = path[0] == '@';

    if (len > sizeof(un.sun_path) - (abstract ? 0 : 1))
        return n;
    memcpy(un.sun_path, path, len);
    if (abstract)
        un.sun_path[0] = '\0';
    memcpy(&n.sa, &un, sizeof(un));
    n.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (abstract ? 0 : 1));
    return n;
}

struct addr addr_unmapped(const struct addr *a)
{
    if (a->family != AF_INET6 || memcmp(a->ip, MAPPED_PREFIX, sizeof(MAPPED_PREFIX)) != 0)
        return *a;
    return addr_make(AF_INET, a->ip + 12, a->port);
}

bool addr_same_ip(const struct addr *a, const struct addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, ip_bytes(a)) == 0;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
    return a->port == b->port && addr_same_ip(a, b);
}

bool addr_is_any(const struct addr *a)
{
    static const uint8_t any[16];

    return memcmp(a->ip, any, sizeof(any)) == 0;
}

bool addr_is_loopback(const struct addr *a)
{
    static const uint8_t v6[16] = {[15] = 1};
    struct addr plain = addr_unmapped(a);

    return plain.family == AF_INET ? plain.ip[0] == 127
                                   : plain.family == AF_INET6 && memcmp(plain.ip, v6, 16) == 0;
}

bool addr_is_link_local(const struct addr *a)
{
    return a->family == AF_INET6 && a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80;
}

static char *put_decimal(char *out, uint32_t n)
{
    return out + text_u64(n, out);
}

static char *put_ipv4(char *out, const uint8_t ip[4])
{
    for (int i = 0; i < 4; i++) {
        if (i)
            *out++ = '.';
        out = put_decimal(out, ip[i]);
    }
    return out;
}

static char *put_group(char *out, unsigned group)
{
    static const char digits[] = "0123456789abcdef";
    int shift = group > 0xfff ? 12 : group > 0xff ? 8 : group > 0xf ? 4 : 0;

    for (; shift >= 0; shift -= 4)
        *out++ = digits[group >> shift & 0xf];
    return out;
}

/* The longest run of zero groups, the first of equal ones, if it has two or more (RFC 5952, 4.2);
 * else *ret_first is 8. */
static void find_zeros(const unsigned groups[8], int *ret_first, int *ret_n)
{
    *ret_first = 8;
    *ret_n = 1;
    for (int i = 0; i < 8; i++) {
        int n = 0;

        while (i + n < 8 && groups[i + n] == 0)
            n++;
        if (n > *ret_n) {
            *ret_first = i;
            *ret_n = n;
        }
        i += n;
    }
}

/* As inet_ntop(3) writes it: ::ffff:10.0.0.1 and ::10.0.0.1 with the IPv4 address in decimal. */
static char *put_ipv6(char *out, const uint8_t ip[16])
{
    unsigned groups[8];
    int first, n;

    for (int i = 0; i < 8; i++)
        groups[i] = (unsigned)ip[2 * i] << 8 | ip[2 * i + 1];
    find_zeros(groups, &first, &n);
    for (int i = 0; i < 8; i++) {
        if (i == first) {
            *out++ = ':';
            i += n - 1;
            if (i == 7)
                *out++ = ':';
            continue;
        }
        if (i)
            *out++ = ':';
        if (i == 6 && first == 0 && (n == 6 || (n == 5 && groups[5] == 0xffff)))
            return put_ipv4(out, ip + 12);
        out = put_group(out, groups[i]);
    }
    return out;
}

/* Behind what was written there stands no NUL. */
static char *put_ip(char *out, const struct addr *a)
{
    if (a->family == AF_INET)
        out = put_ipv4(out, a->ip);
    else if (a->family == AF_INET6)
        out = put_ipv6(out, a->ip);
    else
        *out++ = '?';
    if (a->scope) {
        *out++ = '%';
        out = put_decimal(out, a->scope);
    }
    return out;
}

const char *addr_format_ip(const struct addr *a, char buf[ADDR_TEXT_BYTES])
{
    *put_ip(buf, a) = '\0';
    return buf;
}

const char *addr_format(const struct addr *a, char buf[ADDR_TEXT_BYTES])
{
    char *out = buf;

    if (a->family == AF_UNSPEC)
        return strcpy(buf, "?");
    if (a->family == AF_UNIX)
        return strcpy(buf, "unix");
    if (a->family == AF_INET6)
        *out++ = '[';
    out = put_ip(out, a);
    if (a->family == AF_INET6)
        *out++ = ']';
    *out++ = ':';
    if (a->port)
        out = put_decimal(out, a->port);
    else
        *out++ = '*';
    *out = '\0';
    return buf;
}

void addr_trace(const struct addr *a, struct line_out *l)
{
    char ip[ADDR_TEXT_BYTES];

    addr_format_ip(a, ip);
    if (a->family == AF_INET)
        line_add(l, "{sa_family=AF_INET, sin_port=htons(%u), sin_addr=\"%s\"}", a->port, ip);
    else if (a->family == AF_INET6)
        line_add(l, "{sa_family=AF_INET6, sin6_port=htons(%u), sin6_addr=\"%s\"}", a->port, ip);
    else
        line_add(l, "NULL");
}
