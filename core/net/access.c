#include "core/net/access.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse_prefix(const char *word, struct prefix *ret, struct err *err)
{
    char ip[INET6_ADDRSTRLEN + 1];
    size_t len = strcspn(word, "/");
    uint8_t bytes[16];
    unsigned long bits, max;
    int family;
    char *end;

    if (len >= sizeof(ip))
        return err_set(err, -EINVAL, "prefix", word, "this is no address");
    memcpy(ip, word, len);
    ip[len] = '\0';
    family = strchr(ip, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(family, ip, bytes) != 1)
        return err_set(err, -EINVAL, "prefix", word,
                       "this is no address: 10.0.0.0/8, fd00::/8");
    max = family == AF_INET6 ? 128 : 32;
    bits = max;
    if (word[len]) {
        bits = strtoul(word + len + 1, &end, 10);
        if (*end || word[len + 1] < '0' || word[len + 1] > '9' || bits > max)
            return err_set(err, -EINVAL, "prefix", word, "its length is a number from 0 to %lu",
                           max);
    }
    *ret = (struct prefix){.base = addr_make(family, bytes, 0), .bits = (unsigned)bits};
    /* Peers are compared as IPv4: ::ffff:0:0/96 is all of it (RFC 4291, 2.5.5.2). */
    if (bits >= 96 && addr_unmapped(&ret->base).family != family)
        *ret = (struct prefix){.base = addr_unmapped(&ret->base), .bits = (unsigned)bits - 96};
    return 0;
}

static int parse_list(const struct words *list, struct prefix *prefixes, size_t *ret_n,
                      struct err *err)
{
    size_t n = 0;

    for (const char *w = NULL; (w = words_next(list, w)) != NULL; n++) {
        if (n == ACCESS_PREFIXES)
            return err_set(err, -EINVAL, "prefix", w, "a list holds %d of them",
                           ACCESS_PREFIXES);
        if (parse_prefix(w, &prefixes[n], err) < 0)
            return -EINVAL;
    }
    *ret_n = n;
    return 0;
}

int access_parse(const struct words *allow, const struct words *deny, struct access *ret,
                 struct err *err)
{
    struct access a = {0};

    if (parse_list(allow, a.allowed, &a.n_allowed, err) < 0 ||
        parse_list(deny, a.denied, &a.n_denied, err) < 0)
        return -EINVAL;
    *ret = a;
    return 0;
}

static bool within(const struct prefix *p, const struct addr *a)
{
    unsigned whole = p->bits / 8, rest = p->bits % 8;
    unsigned mask = 0xff00U >> rest & 0xffU;

    return p->base.family == a->family && memcmp(p->base.ip, a->ip, whole) == 0 &&
           (!rest || ((p->base.ip[whole] ^ a->ip[whole]) & mask) == 0);
}

static bool any_of(const struct prefix *prefixes, size_t n, const struct addr *a)
{
    for (size_t i = 0; i < n; i++)
        if (within(&prefixes[i], a))
            return true;
    return false;
}

bool access_permits(const struct access *access, const struct addr *peer)
{
    struct addr plain = addr_unmapped(peer);

    if (plain.family != AF_INET && plain.family != AF_INET6)
        return true;
    if (any_of(access->denied, access->n_denied, &plain))
        return false;
    return access->n_allowed == 0 || any_of(access->allowed, access->n_allowed, &plain);
}
