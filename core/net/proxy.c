/* core/net/proxy.c - which proxy: an URL, or the environment as curl(1) reads it. */
#include "core/net/proxy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define OPERATION "proxy"

static const struct {
    const char *scheme;
    enum proxy_kind kind;
    const char *port;
} kinds[] = {{"socks5://", PROXY_SOCKS5, "1080"},
             {"socks5h://", PROXY_SOCKS5, "1080"},
             {"http://", PROXY_HTTP, "80"}};

/* Resolve %XX in place (RFC 3986, 2.1); false when it is none, or a NUL. */
static bool percent_decode(char *text)
{
    char *out = text;

    for (const char *in = text; *in; in++) {
        char hex[3] = {0}, *end;

        if (*in != '%') {
            *out++ = *in;
            continue;
        }
        memcpy(hex, in + 1, strnlen(in + 1, 2));
        *out = (char)strtoul(hex, &end, 16);
        if (end != hex + 2 || !*out++)
            return false;
        in += 2;
    }
    *out = '\0';
    return true;
}

static int parse_credentials(const char *url, char *text, struct proxy *p, struct err *err)
{
    char *colon = strchr(text, ':');

    if (colon)
        *colon++ = '\0';
    else
        colon = text + strlen(text);
    if (!percent_decode(text) || !percent_decode(colon) ||
        strlen(text) > PROXY_CREDENTIAL_BYTES || strlen(colon) > PROXY_CREDENTIAL_BYTES)
        return err_set(err, -EINVAL, OPERATION, url,
                       "user and password have 255 bytes at most");
    strcpy(p->user, text);
    strcpy(p->password, colon);
    p->has_credentials = true;
    return 0;
}

int proxy_parse(const char *url, struct proxy *ret, struct err *err)
{
    struct proxy p = {.kind = PROXY_NONE};
    char copy[COMMAND_PROXY_BYTES + 1], host[COMMAND_PROXY_BYTES + 8];
    char *rest = NULL, *at, *colon;
    size_t kind = 0;

    if (strlen(url) >= sizeof(copy))
        return err_set(err, -EINVAL, OPERATION, url, "it is longer than any proxy's URL");
    strcpy(copy, url);
    for (; kind < sizeof(kinds) / sizeof(kinds[0]) && !rest; kind++)
        if (strncasecmp(copy, kinds[kind].scheme, strlen(kinds[kind].scheme)) == 0)
            rest = copy + strlen(kinds[kind].scheme);
    if (!rest)
        return err_set(err, -EINVAL, OPERATION, url,
                       "it begins with socks5:// or http://, what else is not spoken");
    p.kind = kinds[--kind].kind;
    at = strrchr(rest, '@');
    if (at) {
        *at = '\0';
        if (parse_credentials(url, rest, &p, err) < 0)
            return -EINVAL;
        rest = at + 1;
    }
    rest[strcspn(rest, "/")] = '\0';
    colon = strrchr(rest, ':');
    snprintf(host, sizeof(host), "tcp://%s%s%s", rest, colon && !strchr(colon, ']') ? "" : ":",
             colon && !strchr(colon, ']') ? "" : kinds[kind].port);
    if (endpoint_parse(host, &p.endpoint, err) < 0)
        return -EINVAL;
    if (!p.endpoint.host[0])
        return err_set(err, -EINVAL, OPERATION, url, "the host is missing");
    *ret = p;
    return 0;
}

/* One entry of NO_PROXY: a name, a domain's end, an address; "host" means its subdomains too. */
static bool entry_matches(const char *entry, size_t len, const char *host)
{
    size_t host_len = strlen(host);

    if (len && entry[0] == '.') {
        entry++;
        len--;
    }
    if (len == 1 && entry[0] == '*')
        return true;
    if (!len || len > host_len || strncasecmp(host + host_len - len, entry, len) != 0)
        return false;
    return len == host_len || host[host_len - len - 1] == '.';
}

static const char *variable(const char *lower, const char *upper, const char **ret_name)
{
    const char *value = getenv(lower);

    *ret_name = value && value[0] ? lower : upper;
    if (!value || !value[0])
        value = getenv(upper);
    return value && value[0] ? value : NULL;
}

static bool excepted(const char *host)
{
    const char *name, *list = variable("no_proxy", "NO_PROXY", &name);

    while (list && *list) {
        size_t len;

        list += strspn(list, ", ");
        len = strcspn(list, ", ");
        if (entry_matches(list, len, host))
            return true;
        list += len;
    }
    return false;
}

static int from_environment(const struct endpoint *endpoint, struct proxy *ret, struct err *err)
{
    const char *name = NULL, *url = NULL;
    struct proxy p;

    if (endpoint->scheme == ENDPOINT_TLS)
        url = variable("https_proxy", "HTTPS_PROXY", &name);
    if (!url)
        url = variable("all_proxy", "ALL_PROXY", &name);
    if (!url || excepted(endpoint->host))
        return 0;
    if (proxy_parse(url, &p, err) < 0) {
        err_hint(err, "it comes from the environment's %s; --no-proxy goes directly", name);
        return -EINVAL;
    }
    snprintf(p.variable, sizeof(p.variable), "%s", name);
    *ret = p;
    return 0;
}

int proxy_choose(const struct endpoint *endpoint, const char *url, bool direct,
                 struct proxy *ret, struct err *err)
{
    bool stream = endpoint->scheme == ENDPOINT_TCP || endpoint->scheme == ENDPOINT_TLS;

    *ret = (struct proxy){.kind = PROXY_NONE};
    if (url[0] && !stream)
        return err_set(err, -EOPNOTSUPP, OPERATION, url,
                       "only tcp:// and tls:// go through one");
    if (url[0])
        return proxy_parse(url, ret, err);
    return direct || !stream ? 0 : from_environment(endpoint, ret, err);
}

const char *proxy_format(const struct proxy *proxy, char buf[ENDPOINT_TEXT_BYTES])
{
    char endpoint[ENDPOINT_TEXT_BYTES];

    endpoint_format(&proxy->endpoint, endpoint);
    snprintf(buf, ENDPOINT_TEXT_BYTES, "%s%.270s",
             proxy->kind == PROXY_SOCKS5 ? "socks5://" : "http://",
             endpoint + strlen("tcp://"));
    return buf;
}
