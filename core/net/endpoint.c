#include "core/net/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/text.h"

#define OPERATION "endpoint"

static const struct {
    const char *name;
    enum endpoint_scheme scheme;
} schemes[] = {
    {"tcp", ENDPOINT_TCP},
    {"udp", ENDPOINT_UDP},
    {"tls", ENDPOINT_TLS},
    {"unix", ENDPOINT_UNIX},
    {"unix-dgram", ENDPOINT_UNIX_DGRAM},
    {"unix-seqpacket", ENDPOINT_UNIX_SEQPACKET},
};

static const char *scheme_name(enum endpoint_scheme scheme)
{
    return schemes[scheme].name;
}

static bool is_unix(enum endpoint_scheme scheme)
{
    return scheme >= ENDPOINT_UNIX;
}

/* The scheme before "://" (or ":" for unix ones), and what is behind it. */
static int parse_scheme(const char *text, enum endpoint_scheme *ret, const char **ret_rest,
                        struct err *err)
{
    const char *colon = strchr(text, ':');
    const char *slashes = strstr(text, "://");
    size_t len = colon ? (size_t)(colon - text) : 0;

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (len != strlen(schemes[i].name) || strncasecmp(text, schemes[i].name, len) != 0)
            continue;
        /* "tcp:80" is the host called tcp, and so is UNIX. */
        if (slashes != colon &&
            (!is_unix(schemes[i].scheme) || strncmp(text, schemes[i].name, len) != 0))
            continue;
        *ret = schemes[i].scheme;
        *ret_rest = colon + (is_unix(*ret) ? 1 : 3);
        return 0;
    }
    if (slashes)
        return err_set(err, -EINVAL, OPERATION, text,
                       "'%.*s' is no scheme: tcp, udp, tls, unix, unix-dgram or "
                       "unix-seqpacket",
                       (int)strcspn(text, ":") > 20 ? 20 : (int)strcspn(text, ":"), text);
    *ret = ENDPOINT_TCP;
    *ret_rest = text;
    return 0;
}

static int parse_path(const char *text, const char *path, struct endpoint *e, struct err *err)
{
    size_t len = strlen(path);

    if (len == 0 || strcmp(path, "@") == 0)
        return err_set(err, -EINVAL, OPERATION, text, "the path is missing");
    /* A path name needs room for its NUL, an abstract name does not (unix(7)). */
    if (len > ENDPOINT_PATH_BYTES - (path[0] == '@' ? 0 : 1))
        return err_set(err, -EINVAL, OPERATION, text,
                       "the path has %zu bytes, a socket address holds %d", len,
                       ENDPOINT_PATH_BYTES - 1);
    memcpy(e->path, path, len + 1);
    return 0;
}

static int service_port(const char *name, enum endpoint_scheme scheme, uint16_t *ret)
{
    struct servent entry, *found = NULL;
    char buf[1024];

    if (getservbyname_r(name, scheme == ENDPOINT_UDP ? "udp" : "tcp", &entry, buf, sizeof(buf),
                        &found) != 0 ||
        !found)
        return -ENOENT;
    *ret = ntohs((uint16_t)found->s_port);
    return 0;
}

static int parse_port(const char *text, const char *port, struct endpoint *e, struct err *err)
{
    size_t digits = strspn(port, "0123456789");
    unsigned long n;

    if (!port[0])
        return err_set(err, -EINVAL, OPERATION, text, "the port is missing");
    if (port[digits] == '\0') {
        errno = 0;
        n = strtoul(port, NULL, 10);
        if (errno || n > 65535)
            return err_set(err, -EINVAL, OPERATION, text, "port %.20s is not within 0 to 65535",
                           port);
        e->port = (uint16_t)n;
        return 0;
    }
    if (service_port(port, e->scheme, &e->port) < 0) {
        char clean[48];

        text_clean(port, strlen(port), clean, sizeof(clean));
        return err_set(err, -EINVAL, OPERATION, text,
                       "port '%s' is neither a number nor a known service", clean);
    }
    return 0;
}

/* [V6%ZONE] without its brackets. */
static int parse_bracketed(const char *text, char *inside, struct endpoint *e, struct err *err)
{
    char *zone = strchr(inside, '%');
    struct in6_addr in6;

    if (zone) {
        *zone++ = '\0';
        if (!zone[0] || strlen(zone) >= sizeof(e->zone))
            return err_set(err, -EINVAL, OPERATION, text, "the zone behind %% is not a name");
        strcpy(e->zone, zone);
    }
    if (inet_pton(AF_INET6, inside, &in6) != 1)
        return err_set(err, -EINVAL, OPERATION, text,
                       "what stands in brackets is no IPv6 address");
    strcpy(e->host, inside);
    return 0;
}

static int check_host(const char *text, const char *host, struct err *err)
{
    if (strlen(host) >= ENDPOINT_HOST_BYTES)
        return err_set(err, -EINVAL, OPERATION, text, "the host has more than %d bytes",
                       ENDPOINT_HOST_BYTES - 1);
    for (const unsigned char *c = (const unsigned char *)host; *c; c++)
        if (*c <= ' ' || *c == 0x7f || strchr("[]/@", *c))
            return err_set(err, -EINVAL, OPERATION, text,
                           "the host holds a character that no name has");
    return 0;
}

static int parse_host(const char *text, char *host, struct endpoint *e, struct err *err)
{
    size_t len = strlen(host);
    int r;

    if (host[0] == '[') {
        if (host[len - 1] != ']')
            return err_set(err, -EINVAL, OPERATION, text, "the bracket is not closed");
        host[len - 1] = '\0';
        return parse_bracketed(text, host + 1, e, err);
    }
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t n = strlen(schemes[i].name);

        if (strncasecmp(host, schemes[i].name, n) == 0 && host[n] == ':')
            return err_set(err, -EINVAL, OPERATION, text, "'//' is missing: %s://HOST:PORT",
                           schemes[i].name);
    }
    if (strchr(host, ':'))
        return err_set(err, -EINVAL, OPERATION, text,
                       "an IPv6 address stands in brackets: [::1]:80");
    r = check_host(text, host, err);
    if (r < 0)
        return r;
    if (strcmp(host, "*") != 0)
        strcpy(e->host, host);
    return 0;
}

static int parse_host_port(const char *text, const char *rest, struct endpoint *e,
                           struct err *err)
{
    char copy[ENDPOINT_TEXT_BYTES + 64];
    char *colon;
    int r;

    if (strlen(rest) >= sizeof(copy))
        return err_set(err, -EINVAL, OPERATION, text, "it is longer than any endpoint");
    strcpy(copy, rest);
    colon = strrchr(copy, ':');
    /* The last colon of "[::1]" is no port's. */
    if (!colon || strchr(colon, ']'))
        return err_set(err, -EINVAL, OPERATION, text, "the port is missing: HOST:PORT");
    *colon = '\0';
    r = parse_host(text, copy, e, err);
    return r < 0 ? r : parse_port(text, colon + 1, e, err);
}

int endpoint_parse(const char *text, struct endpoint *ret, struct err *err)
{
    struct endpoint e = {0};
    const char *rest = text;
    int r;

    if (!text[0])
        return err_set(err, -EINVAL, OPERATION, "",
                       "it is empty: HOST:PORT or tcp://HOST:PORT");
    r = parse_scheme(text, &e.scheme, &rest, err);
    if (r < 0)
        return r;
    r = is_unix(e.scheme) ? parse_path(text, rest, &e, err)
                          : parse_host_port(text, rest, &e, err);
    if (r < 0)
        return r;
    *ret = e;
    return 0;
}

int endpoint_parse_words(size_t n, char *const words[], struct endpoint *ret, struct err *err)
{
    char joined[ENDPOINT_TEXT_BYTES + 64];
    const char *host;
    bool bare_v6;

    if (n == 0)
        return err_set(err, -EINVAL, OPERATION, "", "it is missing: HOST:PORT or HOST PORT");
    if (n == 1)
        return endpoint_parse(words[0], ret, err);
    if (n > 2)
        return err_set(err, -EINVAL, OPERATION, words[2], "nothing more was expected");
    host = words[0];
    if (strstr(host, "://"))
        return err_set(err, -EINVAL, OPERATION, words[1],
                       "nothing more was expected behind %.60s", host);
    if (strlen(host) + strlen(words[1]) + 4 > sizeof(joined))
        return err_set(err, -EINVAL, OPERATION, host, "it is longer than any endpoint");
    /* In two words an IPv6 address needs no brackets. */
    bare_v6 = host[0] != '[' && strchr(host, ':');
    snprintf(joined, sizeof(joined), bare_v6 ? "[%s]:%s" : "%s:%s", host, words[1]);
    return endpoint_parse(joined, ret, err);
}

const char *endpoint_format(const struct endpoint *e, char buf[ENDPOINT_TEXT_BYTES])
{
    const char *scheme = scheme_name(e->scheme);

    if (is_unix(e->scheme))
        snprintf(buf, ENDPOINT_TEXT_BYTES, "%s:%s", scheme, e->path);
    else if (strchr(e->host, ':'))
        snprintf(buf, ENDPOINT_TEXT_BYTES, "%s://[%.200s%s%s]:%u", scheme, e->host,
                 e->zone[0] ? "%" : "", e->zone, e->port);
    else
        snprintf(buf, ENDPOINT_TEXT_BYTES, "%s://%s:%u", scheme, e->host[0] ? e->host : "*",
                 e->port);
    return buf;
}

/* Of an interface's name, or its number; 0: there is none. */
static uint32_t zone_index(const char *zone)
{
    uint32_t index = if_nametoindex(zone);
    char name[IF_NAMESIZE], *end;

    if (index)
        return index;
    index = (uint32_t)strtoul(zone, &end, 10);
    return *end == '\0' && if_indextoname(index, name) ? index : 0;
}

bool endpoint_numeric(const struct endpoint *e, struct addr *ret)
{
    struct in6_addr in6;
    struct in_addr in = {.s_addr = htonl(INADDR_ANY)};

    if (is_unix(e->scheme))
        return false;
    if (inet_pton(AF_INET6, e->host, &in6) == 1) {
        *ret = addr_make(AF_INET6, &in6, e->port);
        ret->scope = e->zone[0] ? zone_index(e->zone) : 0;
        return !e->zone[0] || ret->scope;
    }
    if (e->host[0] && inet_pton(AF_INET, e->host, &in) != 1)
        return false;
    *ret = addr_make(AF_INET, &in, e->port);
    return true;
}

struct endpoint endpoint_from_addr(enum endpoint_scheme scheme, const struct addr *a)
{
    struct endpoint e = {.scheme = scheme, .port = a->port};
    char ip[ADDR_TEXT_BYTES];

    if (a->scope) {
        struct addr plain = *a;

        plain.scope = 0;
        snprintf(e.zone, sizeof(e.zone), "%u", a->scope);
        snprintf(e.host, sizeof(e.host), "%s", addr_format_ip(&plain, ip));
    } else {
        snprintf(e.host, sizeof(e.host), "%s", addr_format_ip(a, ip));
    }
    return e;
}
