/* core/net/proxy.c - which proxy: an URL, or the environment as curl(1) reads it. */
#include "core/net/proxy.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/words.h"
#include "core/net/access.h"

#define OPERATION "proxy"

static const struct {
    const char *scheme;
    enum proxy_kind kind;
    const char *port;
} kinds[] = {{"socks5://", PROXY_SOCKS5, "1080"},
             {"socks5h://", PROXY_SOCKS5, "1080"},
             {"http://", PROXY_HTTP, "80"}};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Resolve %XX in place (RFC 3986, 2.1); false when it is none, or a NUL. */
static bool percent_decode(char *text)
{
    char *out = text;

    for (const char *in = text; *in; in++) {
        char hex[3] = {0};

        if (*in != '%') {
            *out++ = *in;
            continue;
        }
        if (!isxdigit((unsigned char)in[1]) || !isxdigit((unsigned char)in[2]))
            return false;
        memcpy(hex, in + 1, 2);
        *out = (char)strtoul(hex, NULL, 16);
        if (!*out++)
            return false;
        in += 2;
    }
    *out = '\0';
    return true;
}

/* An error about an URL quotes its host, never the credentials before it. */
static int bad_url(struct err *err, const char *url, const char *reason)
{
    const char *at = strrchr(url, '@');

    return err_set(err, -EINVAL, OPERATION, at ? at + 1 : url, "%s", reason);
}

static int parse_credentials(const char *url, char *text, struct proxy *p, struct err *err)
{
    char *colon = strchr(text, ':');

    if (colon)
        *colon++ = '\0';
    else
        colon = text + strlen(text);
    if (!percent_decode(text) || !percent_decode(colon))
        return bad_url(err, url,
                       "a % in user or password is the beginning of %XX, %25 is itself");
    if (strlen(text) > PROXY_CREDENTIAL_BYTES || strlen(colon) > PROXY_CREDENTIAL_BYTES)
        return bad_url(err, url, "user and password have 255 bytes at most");
    strcpy(p->user, text);
    strcpy(p->password, colon);
    p->has_credentials = true;
    return 0;
}

/* Which of kinds the scheme says, and what is behind it; without a scheme it is HTTP. */
static int parse_kind(const char *url, size_t *ret_kind, size_t *ret_len)
{
    for (size_t i = 0; i < KINDS; i++)
        if (strncasecmp(url, kinds[i].scheme, strlen(kinds[i].scheme)) == 0) {
            *ret_kind = i;
            *ret_len = strlen(kinds[i].scheme);
            return 0;
        }
    if (strstr(url, "://"))
        return -EINVAL;
    *ret_kind = KINDS - 1;
    *ret_len = 0;
    return 0;
}

int proxy_parse(const char *url, struct proxy *ret, struct err *err)
{
    struct proxy p = {.kind = PROXY_NONE};
    char copy[COMMAND_PROXY_BYTES + 1], host[COMMAND_PROXY_BYTES + 16];
    char *rest, *at, *colon;
    size_t kind, len;
    bool has_port;

    if (!url[0])
        return bad_url(err, url, "it is empty: socks5://HOST:PORT or http://HOST:PORT");
    if (strlen(url) >= sizeof(copy))
        return bad_url(err, url, "it is longer than any proxy's URL");
    if (parse_kind(url, &kind, &len) < 0)
        return bad_url(err, url,
                       "it begins with socks5:// or http://, what else is not spoken");
    strcpy(copy, url);
    rest = copy + len;
    /* The end of the authority (RFC 3986, 3.2). */
    rest[strcspn(rest, "/?#")] = '\0';
    p.kind = kinds[kind].kind;
    at = strrchr(rest, '@');
    if (at) {
        *at = '\0';
        if (parse_credentials(url, rest, &p, err) < 0)
            return -EINVAL;
        rest = at + 1;
    }
    colon = strrchr(rest, ':');
    has_port = colon && !strchr(colon, ']');
    snprintf(host, sizeof(host), "tcp://%s%s%s", rest, has_port ? "" : ":",
             has_port ? "" : kinds[kind].port);
    if (endpoint_parse(host, &p.endpoint, err) < 0)
        return -EINVAL;
    if (!p.endpoint.host[0])
        return bad_url(err, url, "the host is missing");
    *ret = p;
    return 0;
}

/* ---- exceptions ----------------------------------------------------------------------- */

/* An address, or a prefix such as 10.0.0.0/8, and the host is one that it has. */
static bool entry_covers(const char *entry, const struct addr *host)
{
    struct words only = {0}, none = {0};
    struct access access;

    words_add(&only, entry);
    return access_parse(&only, &none, &access, NULL) == 0 && access_permits(&access, host);
}

/* "host" means its subdomains, too, as does ".host". */
static bool entry_names(const char *entry, const char *host)
{
    size_t len, host_len = strlen(host);

    entry += entry[0] == '*';
    entry += entry[0] == '.';
    len = strlen(entry);
    if (!len || len > host_len || strcasecmp(host + host_len - len, entry) != 0)
        return false;
    return len == host_len || host[host_len - len - 1] == '.';
}

/* One entry of NO_PROXY: everything, a name or a domain's end, an address or a prefix. */
static bool entry_matches(char *entry, const struct endpoint *endpoint)
{
    struct addr numeric;
    size_t len = strlen(entry);

    if (strcmp(entry, "*") == 0)
        return true;
    if (!endpoint_numeric(endpoint, &numeric))
        return entry_names(entry, endpoint->host);
    if (len && entry[0] == '[' && entry[len - 1] == ']') {
        entry[len - 1] = '\0';
        entry++;
    }
    return entry_covers(entry, &numeric);
}

static const char *variable(const char *lower, const char *upper, const char **ret_name)
{
    const char *value = getenv(lower);

    *ret_name = value && value[0] ? lower : upper;
    if (!value || !value[0])
        value = getenv(upper);
    return value && value[0] ? value : NULL;
}

static bool excepted(const struct endpoint *endpoint)
{
    const char *name, *list = variable("no_proxy", "NO_PROXY", &name);
    char entry[ENDPOINT_HOST_BYTES];

    while (list && *list) {
        size_t len;

        list += strspn(list, ", ");
        len = strcspn(list, ", ");
        snprintf(entry, sizeof(entry), "%.*s", (int)len, list);
        if (len < sizeof(entry) && entry_matches(entry, endpoint))
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
    if (!url || !endpoint->host[0] || excepted(endpoint))
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
    if (url[0] && stream && !endpoint->host[0])
        return err_set(err, -EINVAL, OPERATION, "",
                       "it is to be told a host: an empty one is this one");
    if (url[0] && !stream)
        return err_set(err, -EOPNOTSUPP, OPERATION, "",
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
